//! Ways of ticking that no form asks for: each is read where it is certain, and else a person is asked.

use super::tests::{document, line, read_text, rules};
use super::*;
use crate::intake::form::locate::Place;
use crate::model::document::Style;

#[test]
fn certain_ways_are_read() {
    use Category::*;
    for (content, expected) in [
        ("▲计量 △标准 △检验检测 △认证 △其它", vec![Metrology]),
        ("计量Y 标准N 检验检测N 认证N 其它N", vec![Metrology]),
        ("计量（有）标准（无）检验检测（有）认证（无）其它（无）", vec![Metrology, Inspection]),
        ("选择：计量、标准", vec![Metrology, Standards]),
        ("√计量/标准/检验检测/认证/其它", vec![Metrology]),
        ("计量、✓ 标准、检验检测、认证、其它", vec![Standards]),
        // Of two blanks the narrower says where the mark belongs.
        ("计量　✓ 标准　✓ 检验检测　认证　其它（   ）", vec![Standards, Inspection]),
        ("计量 ✓  标准  检验检测  认证  其它", vec![Metrology]),
        ("（●）计量 （ ）标准 （ ）检验检测 （ ）认证 （ ）其它", vec![Metrology]),
        ("（          ）计量 （    √     ）标准 （          ）检验检测 （      ）认证", vec![Standards]),
        ("一、√计量 二、标准 三、检验检测 四、认证 五、其它", vec![Metrology]),
        ("Ⅰ.计量 Ⅱ.标准√ Ⅲ.检验检测 Ⅳ.认证 Ⅴ.其它", vec![Standards]),
        ("1、计量□、2、标准☑、3、检验检测□、4、认证□、5、其它□", vec![Standards]),
        ("□计量 □标准 □检验检测 □认证 其它：√知识产权", vec![IntellectualProperty]),
        ("□计量 □标准 □检验检测 □认证 其它 √（知识产权）", vec![IntellectualProperty]),
        ("A.□计量 B.☑标准 C.□检验检测 D.□认证 E.□其它", vec![Standards]),
        ("□1计量 ☑2标准 □3检验检测 □4认证 □5其它", vec![Standards]),
        ("计量__√__  标准_____  检验检测__√__  认证_____  其它_____", vec![Metrology, Inspection]),
        ("计量____ 标准＿＿√ 检验检测____ 认证____ 其它____", vec![Standards]),
        ("1.计量 2.标准", vec![Metrology, Standards]),
        ("1.计量、2.√标准、3.√检验检测、4.认证、5.其它", vec![Standards, Inspection]),
        ("□计量：\t□标准：\t□检验检测：\t□认证：√\t□其它：（   ）", vec![Certification]),
    ] {
        let choice = read_text(content);
        assert_eq!((choice.categories, choice.doubt), (expected, None), "{content}");
    }
}

#[test]
fn what_was_somehow_chosen_is_asked_of_a_person() {
    for content in [
        "△计量 □标准 □检验检测 □认证 □其它",
        "Y计量 N标准 N检验检测 N认证 N其它",
        "□计量 ☑选中标准 □检验检测 □认证 □其它",
        "〇计量 □标准 □检验检测 □认证 □其它",
        "计量（打勾） 标准 检验检测 认证 其它",
        "□计量（打√） □标准 □检验检测 □认证 □其它",
        "□计量 □标准（勾选） □检验检测 □认证 □其它",
        "□计量 □标准（选） □检验检测 □认证 □其它",
        "□计量 □标准 □检验检测 □认证 □其它（打勾）",
        "计量 打勾 标准 检验检测 认证 其它",
        "1.计量 2.标准 3.检验检测 4.认证 5.其它 选择：2",
        "①计量 ②标准 ③检验检测 ④认证 ⑤其它　②",
        "A.计量 B.标准 C.检验检测 D.认证 E.其它 选：A、C",
        "A、C",
        "②",
        "√",
        "(1)计量 ( )标准 ( )检验检测 ( )认证 ( )其它",
        "□1计量 □标准 □检验检测 □认证 □其它",
        "（○）计量 （ ）标准 （ ）检验检测 （ ）认证 （ ）其它",
        "√计量、标准",
        "计量 【标准】 检验检测 认证 其它",
        "计量 “标准” 检验检测 认证 其它",
        "□计量 □标准* □检验检测 □认证 □其它",
        "□计量 回标准 □检验检测 □认证 □其它",
        "计量 标准 ✓ 检验检测 认证 其它",
        "计量\n标准\n√\n检验检测\n认证\n其它",
        "计量 1 标准 2 检验检测 认证 其它",
        "□计量 □标准 □检验检测 □认证 □其它 已勾选标准",
        // The mark is a stranger's.
        "☑质量管理 □计量 □标准 □检验检测 □认证 □其它",
    ] {
        assert!(read_text(content).doubt.is_some(), "{content} {:?}", read_text(content).categories);
    }
}

#[test]
fn numbers_and_instructions_choose_nothing() {
    for content in [
        "一、计量 二、标准 三、检验检测 四、认证 五、其它",
        "1、计量□、2、标准□、3、检验检测□、4、认证□、5、其它□",
        "□1.计量 □2.标准 □3.检验检测 □4.认证 □其它",
        "A.□计量 B.□标准 C.□检验检测 D.□认证 E.□其它",
        "（打√）□计量 □标准 □检验检测 □认证 □其它",
        "□计量 □标准 □检验检测 □认证 □其它____（请在□内打√）",
        "计量____ 标准____ 检验检测____ 认证____ 其它____",
    ] {
        let choice = read_text(content);
        assert_eq!((choice.categories.len(), choice.doubt), (0, None), "{content}");
    }
}

/// The rows of a table in the cell, its cells parted by `|`.
fn table(rows: &[&str]) -> Vec<Line> {
    let cells = rows.iter().enumerate().flat_map(|(row, cells)| cells.split('|').enumerate().map(move |(at, text)| (row, at, text)));
    cells
        .map(|(row, at, text)| Line { place: Place { cell: Some((1, row, at)), ..Place::default() }, ..line(&[(text, Style::default())]) })
        .collect()
}

#[test]
fn ticks_in_cells_beside_their_words() {
    use Category::*;
    for rows in [
        &["计量|", "标准|√", "检验检测|", "认证|", "其它|"][..],
        &["|计量", "√|标准", "|检验检测", "|认证", "|其它"],
        &["计量||标准|√|检验检测||认证||其它|"],
        &["类别|是|否", "计量||√", "标准|√|", "检验检测||√", "认证||√", "其它||√"],
        &["类别|是|否", "计量||", "标准（国际）|√|", "检验检测||", "认证||", "其它||"],
        &["计量|标准|检验检测|认证|其它", "|√|||"],
        &["计量|标准|检验检测|认证|其它", "||√|||"],
    ] {
        let choice = read(&table(rows), &document(&[]), &rules());
        assert_eq!((choice.categories, choice.doubt), (vec![Standards], None), "{rows:?}");
    }
    // A reader may give no line for a blank cell.
    let blanks = table(&["类别|是|否", "计量||√", "标准|√|", "检验检测||√", "认证||√", "其它||√"]);
    let shown: Vec<Line> = blanks.into_iter().filter(|line| !line.is_blank()).collect();
    let choice = read(&shown, &document(&[]), &rules());
    assert_eq!((choice.categories, choice.doubt), (vec![Standards], None));
    let both = table(&["类别|是|否", "计量|√|√", "标准||√", "检验检测||√", "认证||√", "其它||√"]);
    assert!(read(&both, &document(&[]), &rules()).doubt.is_some());
}
