//! 报送单位意见 and 相关证明材料: what the unit wrote there, and the date beside the seal.

use crate::intake::form::introduction::own_words;
use crate::intake::form::locate::Line;
use crate::intake::form::units::is_unit_name;
use crate::intake::form::wording::Wording;
use crate::intake::text;
use crate::model::reading::Opinion;
use jiff::civil::Date;
use regex::Regex;
use std::sync::LazyLock;

static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:(?:日\s*期|时\s*间)\s*[:：]?\s*)?(?:(?P<year>[12]\d\s?\d\s?\d|[一二]?[〇○零Ｏ0OoΟ一二三四五六七八九]{3,4})\s*[年./．。／－—-]\s*(?P<month>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[月./．。／－—-]\s*(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?|(?P<compact>[\d]+))").ok()
});
/// A date of this century without it.
static SHORT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"2\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*[日号]").ok());
static STAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)(?:(?:^|\s)[单單]\s*位\s*)?[(（]?\s*(?:此处)?(?:加\s*盖)?\s*(?:本?[单單]\s*位)?(?:负责人)?(?:签字)?[、/]?\s*(?:[盖蓋]\s*公?\s*章|公\s*章|签\s*章)\s*(?:处)?\s*[)）]?\s*[:：]?").ok()
});
/// A line for somebody's name: `负责人（签字）：张三`.
static SIGNATURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)^[^\S\n]*(?:单位)?(?:主要|法定)?(?:负责人|代表人|领导|经办人|审核人)\s*[(（]?\s*(?:签\s*[字名章]|盖\s*章)[^\n:：]{0,10}[:：]?[^\d\n]{0,16}$").ok()
});
/// Nothing but names to be signed: `经办人：　　负责人（签字）：`, `签字：`.
static SIGNATURES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)^[^\S\n]*(?:(?:本?单位|主要|法定|项目|分管)*(?:负责人|代表人|领导|经办人|审核人|承办人|签\s*[字名章]人?)[^\S\n]*(?:[(（][^()（）\n]{0,12}[)）])?[^\S\n]*(?:签\s*[字名章])?[^\S\n]*[:：][^\S\n]*[一-龥·]{0,4}[^\S\n]*)+$").ok()
});
/// A date that lacks its day or its year, or all of its numbers, at a line's end.
static PART_OF_DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)(?:^|[^\S\n])[^\S\n]*(?:(?:[12]\d{3}[^\S\n]*年[^\S\n]*)?\d{1,2}[^\S\n]*月[^\S\n]*(?:\d{1,2}[^\S\n]*[日号])?|(?:20\d{0,2})?[^\S\n]*年[^\S\n]+月[^\S\n]+日)[^\S\n]*$")
        .ok()
});
/// As much of an opinion is read, in bytes: patterns are looked for all over it.
const LONGEST: usize = 64 << 10;
/// A note of the form's maker at its foot, which is nobody's opinion.
const NOTES: [&str; 9] = ["审核人:", "注:", "备注:", "说明:", "填表说明", "填报说明", "填表人:", "填报人:", "联系人:"];
/// Such a note of a line, below which the opinion may go on.
const NUMBERS: [&str; 2] = ["联系电话", "咨询电话"];

/// Reads the lines under 报送单位意见.
pub fn read(lines: &[Line], wording: &Wording) -> Opinion {
    let texts: Vec<String> = lines.iter().map(Line::text).collect();
    let whole: Vec<String> = texts.iter().flat_map(|text| text.split('\n')).map(with_whole_year).collect();
    let lines = whole.iter().map(String::as_str);
    let own = lines.take_while(|line| !is_note(line) && !heads_a_form(line) && !heads_a_signature(line));
    let own: Vec<&str> = own.filter(|line| !is_of(line, &NUMBERS)).collect();
    let mut content: String = above_a_signature(&own, wording).join("\n");
    content.truncate(content.floor_char_boundary(LONGEST));
    let date = dates(&text::narrowed(&content)).pop();
    let text = match closed(&content) {
        Some((above, below)) => words(above, wording).or_else(|| words(below, wording).filter(|below| agrees(below))),
        None => words(&content, wording),
    };
    Opinion { text, date: date.map(|date| date.to_string()) }
}

/// `盖章：23年6月30日` with 2023, where nothing but the date's label and the place of the seal stands on its line.
fn with_whole_year(line: &str) -> String {
    let narrow: String = line.chars().map(narrow_digit).collect();
    let Some((short, stamp)) = SHORT.as_ref().zip(STAMP.as_ref()).filter(|(short, _)| short.is_match(&narrow)) else { return narrow };
    let rest = short.replace(&narrow, "");
    let rest = stamp.replace_all(&rest, "");
    let alone = !without_date_label(&rest).chars().any(char::is_alphanumeric);
    if alone { short.replace(&narrow, "20$0").into_owned() } else { narrow }
}

/// Below the date, and a blank line, a mail's sender signs, with a date of his own; unless the opinion is written there, or
/// the date that was left blank above.
fn above_a_signature<'a>(lines: &'a [&'a str], wording: &Wording) -> &'a [&'a str] {
    let blank = |line: &&str| is_blank_date(line);
    let closing = lines.iter().position(|line| is_blank_date(line) || is_dated(line));
    let signed = closing.and_then(|at| lines.iter().skip(at).position(|line| line.trim().is_empty()).map(|below| at + below));
    let (above, below) = lines.split_at(signed.unwrap_or(lines.len()));
    let dated_below = || above.iter().any(blank) && below.iter().any(|line| !dates(line).is_empty());
    // Words that a signature may hold too count only where nothing was written above the date.
    let written_below = || below.iter().any(|line| agrees(line)) && words(&above.join("\n"), wording).is_none();
    if below.iter().any(|line| line.contains("同意")) || dated_below() || written_below() { lines } else { above }
}

/// What ends with a line that holds nothing but a date and the place of the seal, and what stands below: a note there, or a
/// page's head that came along, is nobody's opinion.
fn closed(content: &str) -> Option<(&str, &str)> {
    let ends = content.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at, line))
    });
    let (dated, blank): (Vec<_>, Vec<_>) =
        ends.filter(|(_, line)| is_dated(line) || is_blank_date(line)).partition(|(_, line)| is_dated(line));
    let (end, _) = dated.last().or(blank.last())?;
    content.split_at_checked(*end)
}

/// Whether a line holds nothing but a date and the place of the seal.
fn is_dated(line: &str) -> bool {
    let dated = !dates(&text::narrowed(line)).is_empty();
    let rest = DATE.as_ref().map_or_else(String::new, |pattern| pattern.replace_all(line, keep_other_numbers).into_owned());
    dated && STAMP.as_ref().is_some_and(|stamp| !stamp.replace_all(&rest, "").chars().any(char::is_alphanumeric))
}

/// Whether a line of some words is such as opinions are made of: no unit's name (专利审查协作中心), and nothing that a mail says
/// of itself (请予查收).
fn agrees(words: &str) -> bool {
    const WORDS: [&str; 15] =
        ["同意", "属实", "真实", "推荐", "上报", "审核", "审查", "通过", "予以", "拟报", "准予", "现予", "符合", "请予", "报送省"];
    const OF_MAILS: [&str; 4] = ["查收", "收悉", "附件", "联系"];
    let of = |line: &str, words: &[&str]| words.iter().any(|word| line.contains(word));
    words.lines().any(|line| of(line, &WORDS) && !of(line, &OF_MAILS) && !is_unit_name(line))
}

/// The words of an opinion, without date, seal and signatures.
fn words(content: &str, wording: &Wording) -> Option<String> {
    let without_date = DATE.as_ref().map_or(content.to_owned(), |date| date.replace_all(content, keep_other_numbers).into_owned());
    let without_date = SIGNATURE.as_ref().map_or(without_date.clone(), |line| line.replace_all(&without_date, "").into_owned());
    let without_stamp = STAMP.as_ref().map_or(without_date.clone(), |stamp| stamp.replace_all(&without_date, "\n").into_owned());
    let without = |text: String, pattern: &LazyLock<Option<Regex>>| {
        pattern.as_ref().map_or(text.clone(), |pattern| pattern.replace_all(&text, "").into_owned())
    };
    let words = without(without(without_stamp, &PART_OF_DATE), &SIGNATURES);
    let words = ["意见：", "意见:"].iter().find_map(|head| words.trim_start().strip_prefix(head)).unwrap_or(&words);
    // A blank date whose words stand in cells of their own, or its label alone; a note that stood in one line with the date.
    let is_part_of_date = |line: &str| without_date_label(line).chars().all(|c| c.is_whitespace() || "年月日".contains(c));
    let says_something = |line: &&str| !is_part_of_date(line) && !is_note(line) && !is_page_number(line);
    // A page's lines run together: 同意报送。单位（盖章）
    let bare = |line: &'_ str| match line.trim_end().strip_suffix("单位").filter(|rest| rest.ends_with(['。', '；', '！'])) {
        Some(rest) => rest.to_owned(),
        None => line.to_owned(),
    };
    own_text(&words.split('\n').filter(says_something).map(bare).collect::<Vec<_>>().join("\n"), wording)
}

/// `年　 月　 日`, `日期：   年   月   日`.
fn is_blank_date(line: &str) -> bool {
    without_date_label(line).chars().filter(|c| !c.is_whitespace()).eq("年月日".chars())
}

/// A line without the label of its date: `日期：`.
fn without_date_label(line: &str) -> &str {
    const LABELS: [&str; 5] = ["日期", "时间", "填报日期", "签署日期", "盖章日期"];
    let labelled = line.split_once([':', '：']).filter(|(label, _)| {
        let bare: String = label.chars().filter(|c| !c.is_whitespace()).collect();
        LABELS.contains(&bare.as_str())
    });
    labelled.map_or(line, |(_, date)| date)
}

/// What mailers put above the sender's name, below a form in the mail's own text.
fn heads_a_signature(line: &str) -> bool {
    let bare = line.trim();
    let ruled = bare.chars().count() >= 5 && bare.chars().all(|c| matches!(c, '-' | '—' | '－' | ' ' | '\u{a0}'));
    ruled || bare == "--" || ["发自我的", "发送自", "Sent from"].iter().any(|head| bare.starts_with(head))
}

fn is_note(line: &str) -> bool {
    is_of(line, &NOTES)
}

fn is_of(line: &str, notes: &[&str]) -> bool {
    let line = text::narrowed(line);
    notes.iter().any(|note| line.trim_start().starts_with(note))
}

/// `第1页 共2页`: a page's foot that came along.
fn is_page_number(line: &str) -> bool {
    let bare: String = text::narrowed(line).chars().filter(|c| !c.is_whitespace()).collect();
    let is_number = |text: &str| (1..=3).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    let pages = bare.strip_prefix('第').and_then(|rest| rest.split_once('页'));
    pages.is_some_and(|(page, of)| {
        let whole = of.trim_start_matches('/').strip_prefix('共').and_then(|rest| rest.strip_suffix('页'));
        is_number(page) && (of.is_empty() || whole.is_some_and(is_number))
    })
}

/// `附件2`, `2023年…典型案例申报表`: the head of the next form.
fn heads_a_form(line: &str) -> bool {
    let bare: String = text::narrowed(line).chars().filter(|c| !c.is_whitespace()).collect();
    let annex = bare.strip_prefix("附件").map(|rest| rest.trim_end_matches(':'));
    let numbered =
        annex.is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(|c| c.is_ascii_digit() || "一二三四五".contains(c)));
    // 申报表（2023年）
    let title = bare.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).map_or(bare.as_str(), |(title, _)| title);
    let form = ["申报表", "申报书", "申请表", "推荐表"].iter().any(|end| title.trim_end_matches(['(', ')']).ends_with(end));
    let says_more = ["同意", "报送", "推荐", "审核", "属实", "填写", "，", ","].iter().any(|word| bare.contains(word));
    numbered || form && bare.chars().count() >= 8 && !says_more
}

/// Digits alone are a date only as 20230630.
fn keep_other_numbers(found: &regex::Captures<'_>) -> String {
    match found.name("compact").filter(|_| as_date(found).is_none()) {
        Some(_) => found.get(0).map_or_else(String::new, |whole| whole.as_str().to_owned()),
        None => String::new(),
    }
}

fn narrow_digit(c: char) -> char {
    Some(text::narrow(c)).filter(char::is_ascii_digit).unwrap_or(c)
}

/// Where cells were worked out from where words stand, an opinion may have fallen to the row above its own.
pub fn take_from_materials(opinion: &mut Opinion, materials: &mut Option<String>) {
    let agrees = |line: &str| line.chars().count() <= 40 && ["同意", "属实"].iter().any(|word| line.contains(word));
    let Some((above, last)) = materials.as_deref().map(|text| text.rsplit_once('\n').unwrap_or(("", text))) else { return };
    if opinion.text.is_none() && agrees(last) {
        opinion.text = Some(last.to_owned());
        *materials = Some(above.to_owned()).filter(|above| !above.is_empty());
    }
}

/// Reads the lines under 相关证明材料.
pub fn materials(content: &str, wording: &Wording) -> Option<String> {
    own_text(content, wording)
}

fn own_text(content: &str, wording: &Wording) -> Option<String> {
    let own: Vec<String> = content
        .split('\n')
        .filter_map(|line| own_words(line, wording))
        .map(|line| text::tidy(&line))
        .filter(|line| !line.is_empty())
        .collect();
    (!own.is_empty()).then(|| own.join("\n"))
}

/// The dates of a text, in its order.
fn dates(text: &str) -> Vec<Date> {
    DATE.as_ref().map_or_else(Vec::new, |date| date.captures_iter(text).filter_map(|found| as_date(&found)).collect())
}

fn as_date(found: &regex::Captures<'_>) -> Option<Date> {
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    if let Some(compact) = part("compact") {
        return Date::strptime("%Y%m%d", compact).ok().filter(|date| compact.len() == 8 && (2000..2100).contains(&date.year()));
    }
    let year: String = part("year")?.chars().filter(|c| !c.is_whitespace()).map(digit).collect::<Option<String>>()?;
    Date::new(year.parse().ok()?, number(part("month")?)?, number(part("day")?)?).ok()
}

fn digit(c: char) -> Option<char> {
    let value = match c {
        '〇' | '○' | '零' | 'Ｏ' | 'O' | 'o' | 'Ο' => 0,
        c => "一二三四五六七八九".chars().position(|known| known == c).map(|at| at as u32 + 1).or_else(|| c.to_digit(10))?,
    };
    char::from_digit(value, 10)
}

/// `06`, `六`, `十一`, `二十三`.
fn number(text: &str) -> Option<i8> {
    if let Ok(plain) = text.parse() {
        return Some(plain);
    }
    let unit = |text: &str| if text.is_empty() { Some(0) } else { text.chars().next().and_then(digit).and_then(|c| c.to_digit(10)) };
    let value = match text.split_once('十') {
        Some((tens, ones)) => (if tens.is_empty() { 1 } else { unit(tens)? }) * 10 + unit(ones)?,
        None => unit(text)?,
    };
    i8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Inline, Text};

    fn read_text(content: &str) -> Opinion {
        let campaign = crate::config::CampaignFile::builtin().unwrap().campaign;
        let inlines = vec![Inline::Text(Text { text: content.into(), ..Text::default() })];
        read(&[Line { inlines, ..Line::default() }], &Wording::new(&campaign.form))
    }

    #[test]
    fn the_head_of_the_next_form_is_no_opinion() {
        for head in [
            "附件2",
            "附件 2：",
            "2023年湖北省质量基础设施服务产业发展典型案例申报表",
            "“荆楚质汇”典型案例申报书",
            "典型案例申报表（2023年）",
        ] {
            assert!(heads_a_form(head), "{head}");
        }
        for own in ["附件2份", "同意报送该申报表", "附件：申报表", "经审核，同意。"] {
            assert!(!heads_a_form(own), "{own}");
        }
    }

    #[test]
    fn what_a_mailer_puts_below_is_no_opinion() {
        for line in ["------------------ ", "--", "——————", "发自我的iPhone"] {
            assert!(heads_a_signature(line), "{line}");
        }
        assert!(!heads_a_signature("——同意报送") && !heads_a_signature(""));
    }

    #[test]
    fn signatures_and_stamps_are_no_opinion() {
        for content in [
            "同意报送。\n经办人：        负责人（签字）：        \n单位（盖章）",
            "同意报送。\n主要负责人签名：          （单位公章）\n2023年6月30日",
            "同意报送。\n签字：            盖章：\n日期：2023年6月30日",
            "同意报送。\n（加盖单位公章）\n2023年6月",
            "同意报送。\n负责人：          （签章）          2023年6月30号",
            "意见：同意报送。\n法定代表人（或授权代表）签字：\n单位盖章：\n6月30日",
            "同意报送。\n单位负责人（签字）：张三\n盖　章：",
            "同意报送。                    年   月   日",
            "同意报送。　　　2023年　 月　 日",
            "同意报送。\n年\n月\n日",
            "同意报送。\n（盖章）\n第1页 共12页",
            "第 2 页\n同意报送。",
            "同意报送。\n（盖章）2023年7月6日\n注：本表一式两份。",
            "同意报送。\n2023年7月6日注：本表一式两份。",
            "同意报送。\n联系电话咨询：省局专班",
            "同意报送。\n（盖章）\n日期：",
            "同意报送。单位（盖章）：\n2023年6月30日",
            "同意报送。\n盖章：\n日 期：     年    月    日",
            "同意报送。\n盖章：\n    年    月    日\n某某省某某局典型案例申报材料",
        ] {
            let opinion = read_text(content);
            assert_eq!(opinion.text.as_deref(), Some("同意报送。"), "{content}");
        }
    }

    #[test]
    fn a_short_year_is_one_only_where_a_date_stands_alone() {
        for (content, text, date) in [
            ("同意报送。\n盖章：23年6月30日", "同意报送。", Some("2023-06-30")),
            ("同意报送。\n（盖章）\n日期：23年 6 月 30 日", "同意报送。", Some("2023-06-30")),
            ("同意报送。\n２３年６月３０日（盖章）", "同意报送。", Some("2023-06-30")),
            ("自22年3月1日起实施，属实。\n（盖章）\n年  月  日", "自22年3月1日起实施，属实。", None),
            ("自22年3月1日实施，属实。\n2023年6月8日", "自22年3月1日实施，属实。", Some("2023-06-08")),
            ("同意报送。成立20年3月2日内完成。\n2023年 月 日", "同意报送。成立20年3月2日内完成。", None),
            ("同意报送。\n成立123年6月30日", "同意报送。\n成立123年6月30日", None),
        ] {
            let opinion = read_text(content);
            assert_eq!((opinion.text.as_deref(), opinion.date.as_deref()), (Some(text), date), "{content}");
        }
    }

    #[test]
    fn what_stands_below_the_date_is_no_opinion() {
        for (content, expected) in [
            ("同意报送。\n（盖章）\n2023年6月30日\n数据来源：内部统计。", "同意报送。"),
            ("经2023年6月1日会议研究，情况属实。\n同意报送。\n盖章：", "经会议研究，情况属实。\n同意报送。"),
            ("2023年6月30日\n同意报送。", "同意报送。"),
            ("同意报送。\n盖章：\n年   月   日\n\n某某\n某某办公室", "同意报送。"),
            ("（单位盖章）\n2023年6月30日\n同意报送。", "同意报送。"),
            ("（盖章）\n年 月 日\n\n同意报送。\n2023年6月30日", "同意报送。"),
            ("同意报送。\n联系电话：0719-5526248\n（盖章）2023年6月30日", "同意报送。"),
            ("同意报送。\n盖章：\n2023年6月30日\n\n某某市某某所\n2023年7月1日", "同意报送。"),
            ("（盖章）\n2023年6月30日\n\n情况属实，推荐上报。", "情况属实，推荐上报。"),
            ("（盖章）\n2023年6月30日\n符合申报条件，予以报送。", "符合申报条件，予以报送。"),
            ("日期：2023年6月30日\n拟报送省局。\n单位（盖章）", "拟报送省局。"),
            ("同意报送。\n（盖章）\n2023年6月30日\n\n某某市专利审查中心\n推荐材料另附", "同意报送。"),
        ] {
            let opinion = read_text(content);
            assert_eq!(opinion.text.as_deref(), Some(expected), "{content}");
        }
    }

    #[test]
    fn what_follows_an_opinion_left_blank_is_none() {
        for (content, date) in [
            ("盖章：\n2023年6月30日\n\n某某市某某所办公室", Some("2023-06-30")),
            ("盖章：\n2023年6月30日\n某某省典型案例材料", Some("2023-06-30")),
            ("（盖章）\n日期：2023.6.30\n\n某某市某某所\n2023年7月1日", Some("2023-06-30")),
            ("（盖章）\n   年   月   日\n某某市某某所", None),
            ("（盖章）\n2023年6月30日\n\n某某省专利审查协作中心", Some("2023-06-30")),
            ("（盖章）\n2023年6月30日\n\n以上材料请予查收。", Some("2023-06-30")),
            ("（盖章）\n日期：   年   月   日", None),
            ("（盖章）\n年 月 日\n\n2023年6月30日", Some("2023-06-30")),
        ] {
            let opinion = read_text(content);
            assert_eq!((opinion.text, opinion.date.as_deref()), (None, date), "{content}");
        }
    }

    #[test]
    fn dates_in_every_writing() {
        for (content, expected) in [
            ("2023 年 12 月 29 日", Some("2023-12-29")),
            ("2023.06.30", Some("2023-06-30")),
            ("二〇二三年六月三十日", Some("2023-06-30")),
            ("二○二三年十一月二十三日", Some("2023-11-23")),
            ("年   月   日", None),
            ("2023年13月1日", None),
            ("日期：20230630", Some("2023-06-30")),
            ("2023．6．30", Some("2023-06-30")),
            ("2023。6。30", Some("2023-06-30")),
            ("经审核，3家企业属实", None),
        ] {
            let found = DATE.as_ref().and_then(|date| date.captures(content).and_then(|found| as_date(&found)));
            assert_eq!(found.map(|date| date.to_string()).as_deref(), expected, "{content}");
        }
    }
}
