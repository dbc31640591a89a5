//! Every habit of ticking that was met or thought of, each with what it must be read as.

use super::*;
use crate::intake::form::locate::Place;
use crate::model::document::{Document, Format, Inline, Picture, Style, Text, Tick, TickSource};

pub(super) fn rules() -> Vec<CategoryRule> {
    let rule = |id, label: &str, aliases: &[&str]| CategoryRule {
        id,
        label: label.into(),
        aliases: aliases.iter().map(|word| (*word).to_owned()).collect(),
        on_form: id != Category::IntellectualProperty,
    };
    vec![
        rule(Category::Metrology, "计量", &["计量标准"]),
        rule(Category::Standards, "标准", &["标准化"]),
        rule(Category::Inspection, "检验检测", &[]),
        rule(Category::Certification, "认证", &["认证认可"]),
        rule(Category::IntellectualProperty, "知识产权", &["专利"]),
        rule(Category::Other, "其它", &["其他"]),
    ]
}

pub(super) fn document(pictures: &[Picture]) -> Document {
    Document { format: Format::Docx, blocks: Vec::new(), pictures: pictures.to_vec(), pages: Vec::new(), guessed: false }
}

pub(super) fn read_text(content: &str) -> Choice {
    let inlines = vec![Inline::Text(Text { text: content.into(), style: Style::default() })];
    read(&[Line { inlines, ..Line::default() }], &document(&[]), &rules())
}

#[test]
fn every_habit_of_ticking() {
    use Category::*;
    for (content, expected) in [
        ("□计量  ☑标准  □检验检测  □认证  □其它  ____", vec![Standards]),
        ("□计量  ■标准  □检验检测  □认证  □其他  ____", vec![Standards]),
        ("□√计量  □标准  □检验检测  □认证  □其 它  ____", vec![Metrology]),
        ("□计量  □标准  □检验检测  □√认证  □其 它  ____", vec![Certification]),
        ("√□计量  □标准  □检验检测  □认证  □其它", vec![Metrology]),
        ("□计量  √□标准  □检验检测  □认证  □其它", vec![Standards]),
        ("□计量√  □标准  □检验检测  □认证  □其它", vec![Metrology]),
        ("□计量  □标准  □检验检测√ □认证√ □其它", vec![Inspection, Certification]),
        ("计量√  标准  检验检测  认证  其它", vec![Metrology]),
        ("√计量  标准  检验检测  √认证  其它", vec![Metrology, Certification]),
        ("计量□  标准☑  检验检测□  认证□  其它□", vec![Standards]),
        ("（√）计量 （ ）标准 （ ）检验检测 （ ）认证 （ ）其它", vec![Metrology]),
        ("计量（ ） 标准（√） 检验检测（ ） 认证（ ） 其它（ ）", vec![Standards]),
        ("[√]计量 [ ]标准 [ ]检验检测 【√】认证 【 】其它", vec![Metrology, Certification]),
        ("□计量  □标准  □检验检测  □认证  □其它", vec![]),
        ("检验检测", vec![Inspection]),
        ("计量、标准", vec![Metrology, Standards]),
        ("□计量 □标准 □检验检测 □认证 ☑知识产权 □其它", vec![IntellectualProperty]),
        ("□计量 □标准 □检验检测 □认证 ☑其它：知识产\n权保护", vec![IntellectualProperty]),
        ("□計量 □標準 □檢驗檢測 □認證 ☑其他：知識產權", vec![IntellectualProperty]),
        ("□计量  □标准  □检验检测  □认证   √其它________", vec![Other]),
        ("计量　√标准　检验检测　认证　其它", vec![Standards]),
        ("计量、检验检测√、认证", vec![Inspection]),
        ("✔计量✔标准□检验检测✔ 认证□其它", vec![Metrology, Standards, Certification]),
        ("□ 计量 ⊠ 标准 □ 检验检测 □ 认证 □ 其它", vec![Standards]),
        ("计量 标准", vec![Metrology, Standards]),
        ("（在相应的□内打√，可多选）\n□计量 □标准 □√检验检测 □认证 □其它____", vec![Inspection]),
        ("请在相应的□内打“√”：□计量 □标准 □检验检测 □认证 □其它____", vec![]),
        ("□计量 □标准 □检验检测 □认证 □其它____（请在所选类别前打“√”）", vec![]),
        ("□计量 □标准 ☑检验检测 □认证 □其它____（请在所选类别前打“√”）", vec![Inspection]),
        ("[x]计量 [ ]标准 [ ]检验检测 [ ]认证 [ ]其它", vec![Metrology]),
        ("V计量 □标准 □检验检测 □认证 □其它", vec![Metrology]),
        ("口计量 口标准 口√检验检测 口认证 口其它____", vec![Inspection]),
        ("计量：√ 标准： 检验检测： 认证： 其它：", vec![Metrology]),
        ("计量：    标准：    检验检测：    认证：√    其它：", vec![Certification]),
        ("计量： √ 标准：  检验检测：  认证：  其它：", vec![Metrology]),
        ("计量： √标准：  检验检测：  认证：  其它：", vec![Standards]),
        ("计量：□  标准：☑  检验检测：□  认证：□  其它：□：____", vec![Standards]),
        ("计量：□\t标准：☑\t检验检测：☑\t认证：□\t其它：□", vec![Standards, Inspection]),
        ("计量 ☑是 □否；标准 □是 ☑否；检验检测 ☑是 □否；认证 □是 ☑否；其它 □是 ☑否：____", vec![Metrology, Inspection]),
        ("计量 是☑ 否□　标准 是□ 否☑　检验检测 是□ 否☑　认证 是□ 否☑　其它 是□ 否☑", vec![Metrology]),
        ("计量：否  标准：是  检验检测：否  认证：否  其它：是", vec![Standards, Other]),
        ("计量：否  标准：是  检验检测：否  认证：否  其它______", vec![Standards]),
        ("计量（否）、标准（是）、检验检测（否）、认证（否）、其它（否）", vec![Standards]),
        ("计量：否 标准：否 检验检测：否 认证：否 其它：否", vec![]),
        ("计量（√）标准（×）检验检测（×）认证（×）其它（√）（   ）", vec![Metrology, Other]),
        ("计量（×） 标准（√） 检验检测（×） 认证（×） 其它（×）", vec![Standards]),
        ("（√） 计量  （×） 标准  （×） 检验检测  （×） 认证  （√） 其它____", vec![Metrology, Other]),
    ] {
        let choice = read_text(content);
        assert_eq!((choice.categories, choice.doubt), (expected, None), "{content}");
    }
}

#[test]
fn other_keeps_its_text_and_its_words_tick_nothing() {
    let choice = read_text("□计量 □标准 □检验检测 □认证 ☑其它  计量+标准综合服务");
    assert_eq!((choice.categories, choice.other.as_deref()), (vec![Category::Other], Some("计量+标准综合服务")));
    let choice = read_text("□计量 □标准 □检验检测 □认证 ☑其他：知识产权质押融资__");
    assert_eq!((choice.categories, choice.other.as_deref()), (vec![Category::IntellectualProperty], Some("知识产权质押融资")));
    assert_eq!(read_text("□计量 □标准 □检验检测 □认证 ☑其它____（请注明）").other, None);
    assert_eq!(read_text("计量（ ）标准（ ）检验检测（ ）认证（ ）其它（√）能源管理").other.as_deref(), Some("能源管理"));
    let choice = read_text("计量（ ）标准（ ）检验检测（ ）认证（ ）其它（√）专利导航");
    assert_eq!((choice.categories, choice.other.as_deref()), (vec![Category::IntellectualProperty], Some("专利导航")));
    for (content, other, category) in [
        ("计量：□ 标准：□ 检验检测：□ 认证：□ 其他：☑：__计量+标准综合服务____", "计量+标准综合服务", Category::Other),
        ("计量： 标准： 检验检测： 认证： 其它：√：知识产权", "知识产权", Category::IntellectualProperty),
    ] {
        let choice = read_text(content);
        assert_eq!((choice.categories, choice.other.as_deref(), choice.doubt), (vec![category], Some(other), None), "{content}");
    }
}

#[test]
fn what_could_be_either_is_doubt() {
    assert!(read_text("□计量√□标准 □检验检测 □认证 □其它").doubt.is_some());
    assert!(read_text("计量√标准检验检测认证其它").doubt.is_some());
    assert!(read_text("计量：√标准：检验检测：认证：其它：").doubt.is_some());
    assert!(read_text("×计量 □标准 √检验检测 □认证 □其它").doubt.is_some());
    assert!(read_text("计量 ☑是 ☑否 标准 □是 ☑否 检验检测 □是 ☑否 认证 □是 ☑否 其它 □是 ☑否").doubt.is_some());
    assert!(read_text("计量0、标准0、检验检测1、认证0、其他0").doubt.is_some());
    assert!(read_text("□计量 □标准（是） □检验检测 □认证 □其它").doubt.is_some());
    assert!(read_text("□计量 □标准 □检验检测 □认证 □其它 知识产权").doubt.is_some());
    assert!(read_text("计量 □标准 □检验检测 □认证 □其它").doubt.is_some(), "its box taken away");
    assert_eq!(read_text("□计量 □标准 □检验检测 □认证 其它").doubt, None);
    let bold = |text: &str, bold| Inline::Text(Text { text: text.into(), style: Style { bold, ..Style::default() } });
    let line =
        Line { inlines: vec![bold("计量 ", false), bold("标准", true), bold(" 检验检测 认证 其它", false)], ..Line::default() };
    let choice = read(&[line], &document(&[]), &rules());
    assert!(choice.categories.is_empty() && choice.doubt.is_some());
}

#[test]
fn struck_words_are_out_and_symbols_count() {
    let struck = |text: &str, strike| Inline::Text(Text { text: text.into(), style: Style { strike, ..Style::default() } });
    let line = Line {
        inlines: vec![struck("计量 标准 ", true), struck("检验检测", false), struck(" 认证 其它", true)], ..Line::default()
    };
    assert_eq!(read(&[line], &document(&[]), &rules()).categories, [Category::Inspection]);
    let tick = |checked| Inline::Tick(Tick { checked, source: TickSource::SymbolFont });
    let line = Line { inlines: vec![tick(false), struck("计量 ", false), tick(true), struck("标准", false)], ..Line::default() };
    assert_eq!(read(&[line], &document(&[]), &rules()).categories, [Category::Standards]);
}

/// Nothing is ticked, and nothing is in doubt: the unit is asked.
const NONE: &[Category] = &[];

#[test]
fn counting_and_nearness_agree_or_it_is_doubt() {
    use Category::*;
    for (content, expected) in [
        ("□计量 □标准 □检验检测 ☑认证 其它____", vec![Certification]),
        ("□计量 □标准 □检验检测 □认证 √其它：能源", vec![Other]),
        ("计量□ 标准☑ 检验检测□ 认证□ 其它____", vec![Standards]),
        ("计量\n√标准\n检验检测\n认证\n其它", vec![Standards]),
        ("计量 √\n标准\n检验检测\n认证\n其它", vec![Metrology]),
        ("□\n计量\n☑\n标准\n□\n检验检测\n□\n认证\n□\n其它", vec![Standards]),
        ("1.计量 2.√标准 3.检验检测 4.认证 5.其它", vec![Standards]),
        ("□ √ 计量 □ 标准 □ 检验检测 □ 认证 □ 其它", vec![Metrology]),
        ("☑️计量 □标准 □检验检测 □认证 □其它", vec![Metrology]),
        ("√\u{20de}计量 □标准 □检验检测 □认证 □其它", vec![Metrology]),
        (" \u{20de}计量 √\u{20de}标准  \u{20de}检验检测  \u{20de}认证  \u{20de}其它", vec![Standards]),
        ("〔√〕计量 〔 〕标准 〔 〕检验检测 〔 〕认证 〔 〕其它", vec![Metrology]),
        ("［　］计量 ［√］标准 ［　］检验检测 ［　］认证 ［　］其它", vec![Standards]),
        ("计量(√) 标准() 检验检测() 认证() 其它()", vec![Metrology]),
        ("⊙计量 ○标准 ○检验检测 ○认证 ○其它", vec![Metrology]),
        ("★计量 ☆标准 ☆检验检测 ☆认证 ☆其它", vec![Metrology]),
        ("●计量 ○标准 ○检验检测 ○认证 ○其它", vec![Metrology]),
        ("☒计量 □标准 ☒检验检测 □认证 □其它", vec![Metrology, Inspection]),
        ("□×计量 □标准 □检验检测 □认证 □其它", vec![Metrology]),
        ("∨计量 □标准 □检验检测 □认证 □其它", vec![Metrology]),
        ("þ计量 ¨标准 ¨检验检测 ¨认证 ¨其它", vec![Metrology]),
        ("R计量 £标准 £检验检测 £认证 £其它", vec![Metrology]),
        ("O计量 O标准 √检验检测 O认证 O其它", vec![Inspection]),
        ("●计量√ ●标准 ●检验检测 ●认证 ●其它", vec![Metrology]),
        ("标\u{200b}准", vec![Standards]),
        ("检验检测类", vec![Inspection]),
    ] {
        let choice = read_text(content);
        assert_eq!((choice.categories, choice.doubt), (expected, None), "{content}");
    }
}

#[test]
fn what_may_mean_either_is_asked() {
    for content in [
        "□计量 □标准 □检验检测 □认证√  其它____",
        "计量 □ 标准 ☑ 检验检测 □ 认证 □ 其它",
        "☑计量 ☒标准 ☒检验检测 ☒认证 ☒其它",
        "□计量 ✗标准 □检验检测 □认证 □其它",
        "×计量 ×标准 检验检测 ×认证 ×其它",
        "■计量 √标准 □检验检测 □认证 □其它",
        "●计量 ●标准 ●检验检测 ●认证 ●其它",
        "■计量 ■标准 ■检验检测 ■认证 ■其它",
        "□计量 □标准 □检验检测 □认证 □其它____ √",
        "□计量 □标准 □检验检测 □认证 □其它____\n√",
        "√\n计量 标准 检验检测 认证 其它",
        "□检验检测",
        "计量、标准、检验检测、认证",
        "标准 □计量 □标准 □检验检测 □认证 □其它",
        "不含认证的检验检测",
        "质量提升",
        "□计量 □标准 √质量管理 □检验检测 □认证 □其它",
        "√\u{338}计量 □标准 □检验检测 □认证 □其它",
        "□计量 □标准 □检验检测 □认证 □其它 ☑计量",
        "计\u{20dd}量\u{20dd} 标准 检验检测 认证 其它",
    ] {
        let choice = read_text(content);
        assert!(choice.doubt.is_some(), "{content} {:?}", choice.categories);
    }
}

#[test]
fn nothing_ticked_is_told_to_the_unit() {
    for content in [
        "□计量 □标准 □检验检测 □认证 □其它____",
        "□计量 □标准 □检验检测 □认证  其它________",
        "计量 标准 检验检测 认证 其它____",
        "（ ）计量 （ ）标准 （ ）检验检测 （ ）认证 （ ）其它",
        "请在对应选项前打勾：□计量 □标准 □检验检测 □认证 □其它",
        "",
    ] {
        let choice = read_text(content);
        assert_eq!((choice.categories.as_slice(), choice.doubt), (NONE, None), "{content}");
    }
}

pub(super) fn line(pieces: &[(&str, Style)]) -> Line {
    let inlines = pieces.iter().map(|(text, style)| Inline::Text(Text { text: (*text).into(), style: *style })).collect();
    Line { inlines, ..Line::default() }
}

#[test]
fn blanks_that_a_page_lost_tick_nothing_silently() {
    let choice = read_text("√ 计量□ 标准√ 检验检测 □ 认证□ 其它（   ）");
    assert!(choice.doubt.is_some(), "{choice:?}");
    let whole = read_text("√ 计量 □ 标准 √ 检验检测 □ 认证 □ 其它（   ）");
    assert_eq!((whole.categories, whole.doubt), (vec![Category::Metrology, Category::Inspection], None));
}

#[test]
fn emphasis_and_half_struck_words_are_doubt() {
    let plain = Style::default();
    for style in [Style { bold: true, ..plain }, Style { underline: true, ..plain }, Style { marked: true, ..plain }] {
        let choice = read(&[line(&[("□计量 □", plain), ("标准", style), (" □检验检测 □认证 □其它", plain)])], &document(&[]), &rules());
        assert!(choice.categories.is_empty() && choice.doubt.is_some(), "{style:?}");
        // All of them look alike: nothing is set off.
        let choice = read(&[line(&[("□计量 □标准 □检验检测 □认证 □其它", style)])], &document(&[]), &rules());
        assert_eq!((choice.categories.len(), choice.doubt), (0, None), "{style:?}");
    }
    let struck = Style { strike: true, ..plain };
    for pieces in [
        &[("计", struck), ("量 标准 检验检测 认证 其它", plain)][..],
        &[("☑", plain), ("计量", struck), (" □标准 □检验检测 □认证 □其它", plain)],
        &[("√", struck), ("计量 □标准 □检验检测 □认证 □其它", plain)],
        &[("□计量 □标准 □检验检测 □", plain), ("认证", struck), (" □其它", plain)],
    ] {
        assert!(read(&[line(pieces)], &document(&[]), &rules()).doubt.is_some(), "{pieces:?}");
    }
}

#[test]
fn pictures_may_be_ticks() {
    let picture = |floating| Picture { name: String::new(), bytes: Vec::new(), floating };
    let mut with = line(&[("□计量 □标准 □检验检测 □认证 □其它", Style::default())]);
    with.inlines.insert(0, Inline::Picture(0));
    assert!(read(std::slice::from_ref(&with), &document(&[picture(false)]), &rules()).doubt.is_some());
    assert!(read(std::slice::from_ref(&with), &document(&[picture(true)]), &rules()).doubt.is_some());
    // A seal that reaches over a cell whose ticks are plain says nothing about them.
    let mut with = line(&[("☑计量 □标准 □检验检测 □认证 □其它", Style::default())]);
    with.inlines.insert(0, Inline::Picture(0));
    assert!(read(std::slice::from_ref(&with), &document(&[picture(false)]), &rules()).doubt.is_some());
    assert_eq!(read(std::slice::from_ref(&with), &document(&[picture(true)]), &rules()).doubt, None);
}

#[test]
fn a_control_that_contradicts_itself_is_doubt() {
    let mut with = line(&[("计量 □标准 □检验检测 □认证 □其它", Style::default())]);
    with.inlines.insert(0, Inline::Tick(Tick { checked: true, source: TickSource::Contradicted }));
    assert!(read(&[with], &document(&[]), &rules()).doubt.is_some());
}

#[test]
fn ticks_beneath_their_words_are_paired_by_column() {
    let cells = |row: usize, texts: &[&str]| -> Vec<Line> {
        let place = |at: usize| Place { cell: Some((1, row, at + 1)), ..Place::default() };
        texts.iter().enumerate().map(|(at, text)| Line { place: place(at), ..line(&[(text, Style::default())]) }).collect()
    };
    let words = cells(1, &["计量", "标准", "检验检测", "认证", "其它"]);
    let read_with = |ticks: &[&str]| read(&[words.clone(), cells(2, ticks)].concat(), &document(&[]), &rules());
    let choice = read_with(&["", "√", "", "", ""]);
    assert_eq!((choice.categories, choice.doubt), (vec![Category::Standards], None));
    let choice = read_with(&["", "√"]);
    assert!(choice.doubt.is_some() && choice.categories.is_empty(), "{choice:?}");
}

#[test]
fn boxes_that_a_format_may_lose_are_asked_for() {
    let words = [line(&[("计量 标准 检验检测 认证 其它____", Style::default())])];
    for (format, doubtful) in [(Format::Docx, false), (Format::Pdf, true), (Format::Doc, true)] {
        let choice = read(&words, &Document { format, ..document(&[]) }, &rules());
        assert_eq!((choice.categories.len(), choice.doubt.is_some()), (0, doubtful), "{format:?}");
    }
}

#[test]
fn the_reason_names_the_mark() {
    assert_eq!(read_text("□计量 ☑标准 □检验检测 √认证 □其它").because, "标准（☑）、认证（√）");
    assert_eq!(read_text("检验检测").because, "仅保留所选类别");
    assert_eq!(read_text("□计量 □标准 □检验检测 □认证 □其它").because, "无勾选");
}

#[test]
fn an_own_way_of_ticking_is_doubt_and_a_numbered_form_is_none() {
    for odd in ["计量＋ 标准－ 检验检测－ 认证－ 其它", "□计量（已选） □标准 □检验检测 □认证 □其它", "□计量 1 □标准 □检验检测 □认证 □其它"]
    {
        assert!(read_text(odd).doubt.is_some(), "{odd}");
    }
    let choice = read_text("1.□计量 2.□标准 3.□检验检测 4.□认证 5.□其它____");
    assert_eq!((choice.categories, choice.doubt), (vec![], None));
}
