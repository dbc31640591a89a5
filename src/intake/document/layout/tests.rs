use super::Sheet;
use super::sketch::{outline, sheet};
use crate::model::document::Block;

const SHORT: &str = "一二三四五六七八九十一二三四五六七八";
const LONG: &str = "一二三四五六七八九十一二三四五六七八九十";

fn blocks(sheets: Vec<Sheet>) -> Vec<Block> {
    super::blocks(sheets).0
}

#[test]
fn a_line_that_fills_its_room_goes_on_and_a_short_one_ends_the_paragraph() {
    let page = sheet().write(100.0, 100.0, LONG).write(100.0, 115.0, "完。").write(120.0, 130.0, SHORT).write(100.0, 145.0, LONG);
    assert_eq!(outline(&blocks(vec![page])), [format!("{LONG}完。"), format!("{}{LONG}", SHORT)]);
}

#[test]
fn a_label_begins_a_paragraph_however_full_the_line_before_was() {
    let page =
        sheet().write(100.0, 100.0, LONG).write(100.0, 115.0, "联系人：张三").write(100.0, 130.0, LONG).write(100.0, 145.0, "二、做法");
    assert_eq!(outline(&blocks(vec![page])), [LONG, "联系人：张三", LONG, "二、做法"]);
}

#[test]
fn wrapped_letters_are_parted_by_a_blank_and_wrapped_numbers_are_not() {
    let page = sheet()
        .write(100.0, 100.0, "采用质量管理体系 management")
        .write(100.0, 115.0, "system，电话一二三 1990000")
        .write(100.0, 130.0, "9037");
    assert_eq!(outline(&blocks(vec![page])), ["采用质量管理体系 management system，电话一二三 19900009037"]);
}

#[test]
fn a_word_that_a_full_line_breaks_is_one_and_two_words_are_two() {
    let wrapped = |lines: &[&str]| {
        let page = lines.iter().zip(0_u8..).fold(sheet(), |page, (line, at)| page.write(100.0, 100.0 + 15.0 * f64::from(at), line));
        outline(&blocks(vec![page])).concat()
    };
    // Capitals that a full line broke; with a blank only where both are words elsewhere.
    assert_eq!(wrapped(&["一二三四五六七八九十依托CNA", "S认可"]), "一二三四五六七八九十依托CNAS认可");
    assert_eq!(wrapped(&["一与ABC和DEF之间，然后是ABC", "DEF。"]), "一与ABC和DEF之间，然后是ABC DEF。");
    // A standard and its number.
    assert_eq!(wrapped(&["一二三四五六七八九十通过ISO", "9001认证"]), "一二三四五六七八九十通过ISO 9001认证");
    // What stands whole in the same text is no two words, whatever its letters.
    assert_eq!(wrapped(&["使用iPad的企业，一二三四五六iP", "ad。"]), "使用iPad的企业，一二三四五六iPad。");
}

#[test]
fn narrow_letters_at_the_pitch_of_half_a_character_are_one_word() {
    let mut page = sheet().write(100.0, 100.0, "开展ISO");
    page.marks.iter_mut().filter(|mark| mark.c == 'I').for_each(|mark| mark.x1 = mark.x0 + 2.5);
    assert_eq!(outline(&blocks(vec![page])), ["开展ISO"]);
}

#[test]
fn tables_within_tables_cost_no_more_than_tables_beside_each_other() {
    let nested = (0..150_u8).map(|at| (10.0 * f64::from(at), 4000.0 - 10.0 * f64::from(at)));
    let mut page = nested.fold(sheet(), |page, (from, to)| {
        let edges = [from, from + 5.0, to - 5.0, to];
        page.grid(&edges, &edges)
    });
    (page.width, page.height) = (4100.0, 4100.0);
    let page = (0..80_u8).fold(page, |page, at| page.write(1495.0, 1510.0 + 12.0 * f64::from(at), &"茶".repeat(100)));
    // To place each mark in the outer table of every two would take minutes.
    assert_eq!(outline(&blocks(vec![page])).concat().matches('茶').count(), 80 * 100);
}

#[test]
fn a_running_head_within_an_open_table_is_left_out() {
    let first = sheet().write(200.0, 30.0, "案例申报材料").grid(&[50.0, 150.0, 400.0], &[50.0, 80.0, 842.0]);
    let first = first.write(60.0, 70.0, "案例题目").write(160.0, 70.0, "题目").write(60.0, 100.0, "案例介绍").write(160.0, 100.0, SHORT);
    let second = sheet().write(200.0, 30.0, "案例申报材料").grid(&[50.0, 150.0, 400.0], &[0.0, 400.0]).write(160.0, 100.0, "完。");
    let found = outline(&blocks(vec![first, second]));
    assert!(found.iter().all(|row| !row.contains("介绍") || !row.contains("申报材料")), "{found:?}");
}

#[test]
fn blanks_come_from_gaps_but_not_from_justification() {
    let page = sheet()
        .write(100.0, 100.0, "张三")
        .write(128.0, 100.0, "李四")
        .write(152.0, 100.0, "王五")
        .write(175.0, 100.0, "ab")
        .write(188.0, 100.0, "cd");
    assert_eq!(outline(&blocks(vec![page])), ["张三 李四王五ab cd"]);
}

#[test]
fn rulings_make_cells_and_a_missing_one_merges_them() {
    let mut page = sheet().grid(&[50.0, 150.0, 400.0], &[50.0, 80.0, 110.0]);
    page = page.grid(&[50.0, 400.0], &[110.0, 200.0]);
    page = page.write(60.0, 70.0, "案例题目").write(160.0, 70.0, "题目").write(60.0, 100.0, "报送单位").write(160.0, 100.0, "某局");
    page = page.write(60.0, 130.0, "一、案例介绍").write(60.0, 145.0, "正文");
    let found = blocks(vec![page]);
    assert_eq!(outline(&found), ["案例题目 | 题目 |", "报送单位 | 某局 |", "一、案例介绍/正文 |"]);
    let [Block::Table(table)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(table.rows[2].cells[0].column_span, 2);
}

#[test]
fn a_cell_over_several_rows_is_one_cell() {
    let mut page = sheet();
    for (from, to) in [((50.0, 50.0), (300.0, 50.0)), ((150.0, 80.0), (300.0, 80.0)), ((50.0, 110.0), (300.0, 110.0))] {
        page.rule(from, to);
    }
    for x in [50.0, 150.0, 300.0] {
        page.rule((x, 50.0), (x, 110.0));
    }
    let found = blocks(vec![page.write(60.0, 80.0, "联系人").write(160.0, 70.0, "张三").write(160.0, 100.0, "李四")]);
    assert_eq!(outline(&found), ["联系人 | 张三 |", "李四 |"]);
    let [Block::Table(table)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((table.rows[0].cells[0].row_span, table.rows[1].cells[0].column), (2, 1));
}

#[test]
fn a_table_within_a_frame_goes_on_over_the_page() {
    let framed = |ys: &[f64]| sheet().grid(&[50.0, 262.0], &[ys[0] - 4.0, ys[ys.len() - 1] + 4.0]).grid(&[54.0, 154.0, 262.0], ys);
    let first = framed(&[100.0, 130.0, 200.0]).write(60.0, 120.0, "案例题目").write(160.0, 120.0, "题目");
    let first = first.write(60.0, 150.0, "案例介绍").write(158.0, 195.0, "一二三四五六七八九十");
    let second = framed(&[50.0, 80.0, 110.0]).write(158.0, 70.0, "完。").write(60.0, 100.0, "意见").write(160.0, 100.0, "同意");
    assert_eq!(outline(&blocks(vec![first, second])), ["案例题目 | 题目 |", "案例介绍 | 一二三四五六七八九十完。 |", "意见 | 同意 |"]);
}

#[test]
fn a_table_goes_on_over_the_page_and_a_paragraph_with_it() {
    let first = sheet().grid(&[50.0, 258.0], &[700.0, 800.0]).write(54.0, 750.0, LONG).write(290.0, 825.0, "- 1 -");
    let second = sheet().grid(&[50.0, 258.0], &[50.0, 100.0]).write(54.0, 70.0, "完。");
    assert_eq!(outline(&blocks(vec![first, second])), [format!("{LONG}完。 |")]);
}

#[test]
fn a_broken_row_with_a_label_goes_on_under_no_label() {
    let edges = [50.0, 150.0, 358.0];
    let first = sheet().grid(&edges, &[700.0, 800.0]).write(60.0, 750.0, "案例介绍").write(154.0, 750.0, LONG);
    let second =
        sheet().grid(&edges, &[50.0, 100.0, 130.0]).write(154.0, 70.0, "完。").write(60.0, 120.0, "材料").write(154.0, 120.0, "无");
    assert_eq!(outline(&blocks(vec![first, second])), [format!("案例介绍 | {LONG}完。 |"), "材料 | 无 |".to_owned()]);
}

#[test]
fn pieces_that_line_up_are_columns_and_a_wrapped_value_stays_one() {
    let mut page = sheet().write(60.0, 100.0, "案例题目").write(200.0, 100.0, LONG).write(200.0, 115.0, "下半");
    page = page
        .write(60.0, 140.0, "联系人及")
        .write(200.0, 140.0, "张三")
        .write(60.0, 155.0, "电话")
        .write(60.0, 180.0, "报送单位")
        .write(200.0, 180.0, "某局");
    page = page.write(60.0, 220.0, "一、案例介绍");
    let title = format!("案例题目 | {LONG}下半 |");
    assert_eq!(outline(&blocks(vec![page])), [title.as_str(), "联系人及电话 | 张三 |", "报送单位 | 某局 |", "一、案例介绍"]);
}

#[test]
fn a_label_and_its_value_that_both_wrap_are_one_row() {
    let mut page = sheet().write(60.0, 100.0, "案例").write(200.0, 100.0, LONG).write(60.0, 115.0, "题目").write(200.0, 115.0, "下半");
    page = page.write(60.0, 140.0, "报送单位").write(200.0, 140.0, "某局").write(60.0, 165.0, "所属产业").write(200.0, 165.0, "茶叶");
    let title = format!("案例/题目 | {LONG}下半 |");
    assert_eq!(outline(&blocks(vec![page])), [title.as_str(), "报送单位 | 某局 |", "所属产业 | 茶叶 |"]);
}

#[test]
fn a_value_in_a_column_goes_on_over_the_page() {
    let first = sheet().write(60.0, 700.0, "报送单位").write(200.0, 700.0, "某局").write(60.0, 740.0, "案例介绍").write(200.0, 740.0, LONG);
    let next = sheet().write(200.0, 60.0, "下半").write(220.0, 75.0, SHORT).write(60.0, 115.0, "证明材料").write(200.0, 115.0, "见附件");
    let found = outline(&blocks(vec![first, next]));
    assert_eq!(found, ["报送单位 | 某局 |", &format!("案例介绍 | {LONG}下半/{SHORT} |"), "证明材料 | 见附件 |"]);
}

#[test]
fn a_heading_over_the_page_is_no_value() {
    let first = sheet().write(60.0, 700.0, "报送单位").write(200.0, 700.0, "某局").write(60.0, 740.0, "联系人").write(200.0, 740.0, "张三");
    let next = sheet().write(260.0, 60.0, "申报书").write(60.0, 75.0, LONG).write(260.0, 75.0, LONG);
    let text = format!("{LONG}{LONG}");
    assert_eq!(outline(&blocks(vec![first, next])), ["报送单位 | 某局 |", "联系人 | 张三 |", "申报书", &text]);
}

#[test]
fn a_page_s_heading_above_a_table_without_rulings_is_no_value() {
    let page = sheet().write(185.0, 92.0, "某省产业发展").write(255.0, 109.0, "典型案例").write(72.0, 126.0, "案例题目");
    let page = page.write(143.0, 126.0, "茶叶标准化").write(72.0, 143.0, "报送单位").write(143.0, 143.0, "某局");
    let page = page.write(72.0, 160.0, "案例分类").write(143.0, 160.0, "□计量  ☑标准");
    let found = outline(&blocks(vec![page]));
    assert_eq!(
        found.get(found.len() - 3..),
        Some(&["案例题目 | 茶叶标准化 |", "报送单位 | 某局 |", "案例分类 | □计量  ☑标准 |"].map(String::from)[..])
    );
}

#[test]
fn an_address_beneath_a_number_is_none_of_it() {
    for (number, address) in [("19900000001", "123456789@qq.example"), ("0719-5526248", "bgs@unit.example")] {
        let page = sheet().write(100.0, 100.0, number).write(100.0, 115.0, address);
        assert_eq!(outline(&blocks(vec![page])), [number, address]);
    }
}

#[test]
fn an_indented_value_stands_in_its_column() {
    let page =
        sheet().write(60.0, 100.0, "报送单位").write(200.0, 100.0, "某局").write(60.0, 125.0, "单位意见").write(220.0, 125.0, "同意");
    assert_eq!(outline(&blocks(vec![page])), ["报送单位 | 某局 |", "单位意见 | 同意 |"]);
}

#[test]
fn a_number_and_a_full_stop_begin_a_paragraph_but_a_fraction_does_not() {
    let page = sheet().write(100.0, 100.0, LONG).write(100.0, 115.0, "二.材料").write(100.0, 130.0, LONG).write(100.0, 145.0, "2.材料");
    let page = page.write(100.0, 160.0, LONG).write(100.0, 175.0, "2.5亿元");
    assert_eq!(outline(&blocks(vec![page])), [LONG, "二.材料", LONG, "2.材料", &format!("{LONG}2.5亿元")]);
}

#[test]
fn a_line_around_the_page_fences_nothing_in() {
    let page = sheet().grid(&[10.0, 585.0], &[10.0, 832.0]).write(100.0, 100.0, "正文");
    assert_eq!(outline(&blocks(vec![page])), ["正文"]);
}

#[test]
fn a_ruling_under_words_underlines_them() {
    let mut page = sheet().write(100.0, 100.0, "计量标准");
    page.rule((120.0, 102.0), (140.0, 102.0));
    let found = blocks(vec![page]);
    let [Block::Paragraph(paragraph)] = found.as_slice() else { panic!("{found:?}") };
    let underlined: Vec<bool> =
        paragraph.inlines.iter().map(|inline| matches!(inline, crate::model::document::Inline::Text(run) if run.style.underline)).collect();
    assert_eq!(underlined, [false, true]);
}

#[test]
fn a_stroke_over_a_word_sets_it_off() {
    let mut page = sheet().write(100.0, 100.0, "□计量").write(160.0, 100.0, "□标准");
    page.stroke([100.0, 90.0, 109.0, 100.0]);
    let found = blocks(vec![page]);
    let [Block::Paragraph(paragraph)] = found.as_slice() else { panic!("{found:?}") };
    let set_off: String = paragraph
        .inlines
        .iter()
        .filter_map(|inline| match inline {
            crate::model::document::Inline::Text(run) if run.style.marked => Some(run.text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(set_off, "□计");
}

#[test]
fn drawings_and_odd_numbers_do_no_harm() {
    let mut page = sheet().write(f64::NAN, 100.0, "坏").write(100.0, f64::INFINITY, "坏").write(100.0, 100.0, "好");
    for at in 0..super::MOST_RULES * 2 {
        page.rule((0.0, at as f64), (500.0, at as f64));
        page.rule((at as f64, 0.0), (at as f64, 500.0));
    }
    assert_eq!(outline(&blocks(vec![page])), ["好"]);
}

#[test]
fn each_page_keeps_its_words() {
    let (first, second) = (sheet().write(60.0, 70.0, "案例题目 茶"), sheet().write(60.0, 70.0, "报送单位"));
    assert_eq!(super::blocks(vec![first, second]).1, ["案例题目茶", "报送单位"]);
}

#[test]
fn what_each_page_repeats_parts_no_table() {
    let page = |ys: &[f64]| sheet().write(240.0, 40.0, "申报材料").grid(&[50.0, 150.0, 358.0], ys).write(240.0, 820.0, "某局制");
    let first = page(&[100.0, 130.0, 780.0]).write(60.0, 120.0, "案例题目").write(160.0, 120.0, "题目");
    let first = first.write(60.0, 150.0, "案例介绍").write(154.0, 775.0, LONG);
    let second = page(&[60.0, 90.0, 120.0]).write(154.0, 80.0, "完。").write(60.0, 110.0, "意见").write(160.0, 110.0, "同意");
    assert_eq!(outline(&blocks(vec![first, second])), ["案例题目 | 题目 |", &format!("案例介绍 | {LONG}完。 |"), "意见 | 同意 |"]);
}

#[test]
fn what_stands_on_one_page_only_is_nobodys_head() {
    let first = sheet().write(60.0, 40.0, "案例题目：甲").write(60.0, 60.0, "报送单位：乙");
    let second = sheet().write(60.0, 40.0, "案例题目：丙").write(60.0, 60.0, "报送单位：丁");
    let all = ["案例题目：甲", "报送单位：乙", "案例题目：丙", "报送单位：丁"];
    assert_eq!(outline(&blocks(vec![first, second])), all);
}

#[test]
fn a_head_that_each_page_repeats_stands_once() {
    let page = |ys: &[f64]| sheet().grid(&[50.0, 150.0, 358.0], ys).write(60.0, ys[0] + 20.0, "项目").write(160.0, ys[0] + 20.0, "内容");
    let first = page(&[700.0, 730.0, 800.0]).write(60.0, 750.0, "案例介绍").write(154.0, 795.0, LONG);
    let second = page(&[50.0, 80.0, 110.0]).write(154.0, 100.0, "完。");
    assert_eq!(outline(&blocks(vec![first, second])), ["项目 | 内容 |", &format!("案例介绍 | {LONG}完。 |")]);
}

#[test]
fn a_label_in_the_middle_of_a_row_may_stand_on_its_second_page() {
    let edges = [50.0, 150.0, 358.0];
    let first = sheet().grid(&edges, &[700.0, 730.0, 800.0]).write(60.0, 720.0, "题目").write(160.0, 720.0, "茶").write(154.0, 795.0, LONG);
    let second = sheet().grid(&edges, &[50.0, 100.0, 130.0]).write(60.0, 60.0, "案例介绍").write(154.0, 65.0, "完。");
    let second = second.write(60.0, 120.0, "意见").write(160.0, 120.0, "同意");
    assert_eq!(outline(&blocks(vec![first, second])), ["题目 | 茶 |", &format!("案例介绍 | {LONG}完。 |"), "意见 | 同意 |"]);
}

#[test]
fn a_cell_that_the_pages_end_cuts_open_is_a_cell() {
    let upright = |mut page: super::Sheet, from: f64, to: f64| {
        [50.0, 150.0, 358.0].into_iter().for_each(|x| page.rule((x, from), (x, to)));
        page
    };
    let mut first = sheet();
    [700.0, 730.0].into_iter().for_each(|y| first.rule((50.0, y), (358.0, y)));
    let first = upright(first, 700.0, 800.0).write(60.0, 720.0, "题目").write(160.0, 720.0, "茶");
    let first = first.write(60.0, 750.0, "案例介绍").write(154.0, 795.0, LONG);
    let second = upright(sheet(), 50.0, 800.0).write(154.0, 65.0, LONG);
    let mut third = upright(sheet(), 50.0, 130.0).write(154.0, 65.0, "完。").write(60.0, 120.0, "意见").write(160.0, 120.0, "同意");
    [100.0, 130.0].into_iter().for_each(|y| third.rule((50.0, y), (358.0, y)));
    let text = format!("案例介绍 | {LONG}{LONG}完。 |");
    assert_eq!(outline(&blocks(vec![first, second, third])), ["题目 | 茶 |", &text, "意见 | 同意 |"]);
}

#[test]
fn dots_in_a_row_are_a_ruling() {
    let mut page = sheet().write(60.0, 70.0, "题目").write(160.0, 70.0, "茶").write(60.0, 100.0, "单位").write(160.0, 100.0, "局");
    for step in 0..100 {
        let along = f64::from(step) * 2.0;
        [50.0, 80.0, 110.0].into_iter().for_each(|y| page.fill([50.0 + along, y, 51.0 + along, y + 1.0]));
        if step < 31 {
            [50.0, 150.0, 248.0].into_iter().for_each(|x| page.fill([x, 50.0 + along, x + 1.0, 51.0 + along]));
        }
    }
    assert_eq!(outline(&blocks(vec![page])), ["题目 | 茶 |", "单位 | 局 |"]);
}

#[test]
fn columns_as_near_as_cells_are_parted_where_their_rows_begin_alike() {
    let page = sheet().write(60.0, 100.0, "案例题目").write(110.0, 100.0, "茶叶").write(60.0, 120.0, "报送单位").write(110.0, 140.0, LONG);
    let page = page.write(60.0, 140.0, "名称（全").write(60.0, 160.0, "称）").write(60.0, 180.0, "案例分类").write(110.0, 180.0, "☑计量");
    let page = page.write(60.0, 200.0, "一、案例介绍在这里");
    let unit = format!("报送单位名称（全称） | {LONG} |");
    assert_eq!(outline(&blocks(vec![page])), ["案例题目 | 茶叶 |", &unit, "案例分类 | ☑计量 |", "一、案例介绍在这里"]);
}

#[test]
fn labels_written_upright_are_one_each() {
    let mut page = sheet().write(60.0, 80.0, "题目").write(160.0, 80.0, "茶叶");
    for (at, c) in "相关荣誉及证明材料".chars().enumerate() {
        page = page.write(60.0, 110.0 + 12.0 * at as f64, &c.to_string());
    }
    for (at, c) in "单位意见".chars().enumerate() {
        page = page.write(60.0, 226.0 + 12.0 * at as f64, &c.to_string());
    }
    let page = page.write(160.0, 226.0, "同意上报");
    assert_eq!(outline(&blocks(vec![page])), ["题目 | 茶叶 |", "相关荣誉及证明材料 |  |", "单位意见 | 同意上报 |"]);
}

#[test]
fn a_word_on_a_ground_of_colour_is_set_off() {
    let mut page = sheet().grid(&[50.0, 150.0, 400.0], &[80.0, 120.0]).write(60.0, 100.0, "分类").write(160.0, 100.0, "□计量 □标准");
    // Only the second word stands on it, and what is clipped away shows nowhere.
    page.ground([195.0, 88.0, 225.0, 104.0]);
    page.clip = Some([0.0, 0.0, 1.0, 1.0]);
    page.ground([160.0, 88.0, 190.0, 104.0]);
    let found = blocks(vec![page]);
    let Some(Block::Table(table)) = found.first() else { panic!("no table") };
    let Some(Block::Paragraph(options)) = table.rows[0].cells[1].blocks.first() else { panic!("no options") };
    let set_off = options.inlines.iter().filter_map(|inline| match inline {
        crate::model::document::Inline::Text(text) if text.style.marked => Some(text.text.as_str()),
        _ => None,
    });
    assert_eq!(set_off.collect::<String>(), "□标准");
}
