//! The digest on one A4 page, as a DOCX (ECMA-376) for the file and for those who read on paper.
//!
//! It says what the mail says in its words, shortened where the page ends: regions stand in two halves beside
//! each other, of activities and tasks only the first are named. The same page gives the same bytes.

use super::digest::{Page, RegionRow};
use crate::intake::blank_form::packed;
use docx_rs::{
    AlignmentType, Docx, HeightRule, LineSpacing, LineSpacingType, PageMargin, Paragraph, Run, RunFonts, Shading, SpecialIndentType, Table,
    TableAlignmentType, TableCell, TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType,
};

/// What fits on the page.
const ACTIVITIES: usize = 3;
const TASKS: usize = 6;
const SENTENCE: usize = 90;

/// Widths in twentieths of a point: 市州, and each of its figures; two halves make the line.
const NAME: usize = 1000;
const FIGURE: usize = 830;
const FIGURES: usize = 4;

/// Sizes in half-points.
const TITLE: usize = 40;
const BODY: usize = 22;
const SMALL: usize = 19;

const SONG: &str = "宋体";
const FANG_SONG: &str = "仿宋";
const HEI: &str = "黑体";

/// The one page as the bytes of a `.docx` file.
pub fn brief(page: &Page) -> Result<Vec<u8>, String> {
    let margins = PageMargin::new().top(1080).bottom(850).left(1300).right(1300).header(500).footer(500).gutter(0);
    let docx = Docx::new().page_size(11906, 16838).page_margin(margins).default_fonts(fonts(FANG_SONG)).default_size(BODY);
    let title = line(&format!("{}{}", page.brand, page.title), SONG, TITLE, 560).align(AlignmentType::Center);
    let stretch = line(&page.stretch, FANG_SONG, BODY, 420).align(AlignmentType::Center);
    let mut docx = docx.add_paragraph(title).add_paragraph(stretch);
    for sentence in std::iter::once(&page.opening).chain(&page.further) {
        docx = docx.add_paragraph(body(sentence));
    }
    let mut chapter = 0;
    let mut heading = |name: &str| {
        chapter += 1;
        let ordinal = ["一", "二", "三", "四", "五"].get(chapter - 1).copied().unwrap_or_default();
        line(&format!("{ordinal}、{name}"), HEI, BODY, 400).indent(None, Some(SpecialIndentType::FirstLine(440)), None, None)
    };
    if !page.regions.is_empty() {
        docx = docx.add_paragraph(heading("各市州报送情况（件）")).add_table(regions(&page.regions));
    }
    docx = docx.add_paragraph(heading("案例分类"));
    let categories: Vec<String> = page.categories.iter().map(|row| format!("{}{}件", row.name, row.total)).collect();
    docx = docx.add_paragraph(body(&format!("累计：{}（一件可属几类）。", categories.join("、"))));
    docx = docx.add_paragraph(heading("近两周期限和活动"));
    for sentence in page.deadlines.iter().take(4) {
        docx = docx.add_paragraph(body(sentence));
    }
    let activities: Vec<String> =
        page.activities.iter().take(ACTIVITIES).map(|one| format!("{}，{}（{}）", one.when, one.item, one.hosts)).collect();
    let more = if page.activities.len() > ACTIVITIES { "等" } else { "" };
    docx = docx.add_paragraph(body(&match activities.is_empty() {
        true => "近两周没有计划中的活动。".to_owned(),
        false => format!("活动：{}{more}。", activities.join("；")),
    }));
    docx = docx.add_paragraph(heading("请专班办理"));
    for (at, sentence) in page.todo.iter().take(TASKS).enumerate() {
        docx = docx.add_paragraph(body(&format!("{}. {}", at + 1, shortened(sentence))));
    }
    if page.todo.is_empty() {
        docx = docx.add_paragraph(body("本周没有需要另行办理的事项。"));
    }
    for text in [&page.signature, &page.dated] {
        docx = docx.add_paragraph(line(text, FANG_SONG, BODY, 360).align(AlignmentType::Right));
    }
    packed(docx)
}

fn shortened(sentence: &str) -> String {
    if sentence.chars().count() <= SENTENCE {
        return sentence.to_owned();
    }
    sentence.chars().take(SENTENCE - 1).chain(['…']).collect()
}

/// Two halves of the table beside each other.
fn regions(rows: &[RegionRow]) -> Table {
    let heads = || ["市州", "新收", "累计", "齐全", "待补正"].map(String::from);
    let (left, right) = rows.split_at(rows.len() / 2);
    let head = TableRow::new(heads().iter().chain(&heads()).enumerate().map(|(at, text)| cell(at, text, true, true)).collect());
    // 合计 comes last, so the right half is the longer one.
    let lines = right.iter().enumerate().map(|(at, second)| {
        let bold = [false, second.is_sum];
        let texts = cells(left.get(at)).into_iter().chain(cells(Some(second)));
        let cells = texts.enumerate().map(|(at, text)| cell(at, &text, bold.get(at / (FIGURES + 1)).is_some_and(|bold| *bold), false));
        TableRow::new(cells.collect())
    });
    let rows = std::iter::once(head).chain(lines).map(|row| row.row_height(285.0).height_rule(HeightRule::Exact).cant_split());
    let grid: Vec<usize> = (0..2 * (FIGURES + 1)).map(width).collect();
    let whole = grid.iter().sum();
    let margins = TableCellMargins::new().margin(0, 40, 0, 40);
    let table = Table::new(rows.collect()).set_grid(grid).width(whole, WidthType::Dxa);
    table.layout(TableLayoutType::Fixed).align(TableAlignmentType::Center).margins(margins)
}

fn cells(row: Option<&RegionRow>) -> [String; FIGURES + 1] {
    row.map_or_else(Default::default, |row| {
        [row.name.clone(), row.new.to_string(), row.total.to_string(), row.complete.to_string(), row.correcting.to_string()]
    })
}

fn width(at: usize) -> usize {
    if at.is_multiple_of(FIGURES + 1) { NAME } else { FIGURE }
}

fn cell(at: usize, text: &str, bold: bool, shaded: bool) -> TableCell {
    let run = run(text, FANG_SONG, SMALL);
    let run = if bold { run.bold() } else { run };
    let paragraph = spaced(Paragraph::new().add_run(run), 260).align(AlignmentType::Center);
    let cell = TableCell::new().width(width(at), WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(paragraph);
    if shaded { cell.shading(Shading::new().fill("F3EEE6")) } else { cell }
}

/// Indented by two characters, as office letters are.
fn body(text: &str) -> Paragraph {
    line(text, FANG_SONG, BODY, 360).indent(None, Some(SpecialIndentType::FirstLine(440)), None, None)
}

fn line(text: &str, face: &str, size: usize, twentieths: i32) -> Paragraph {
    let run = run(text, face, size);
    spaced(Paragraph::new().add_run(if face == SONG { run.bold() } else { run }), twentieths)
}

fn spaced(paragraph: Paragraph, twentieths: i32) -> Paragraph {
    let spacing = LineSpacing::new().before(0).after(0).line_rule(LineSpacingType::Exact).line(twentieths);
    paragraph.snap_to_grid(false).line_spacing(spacing)
}

fn run(text: &str, face: &str, size: usize) -> Run {
    Run::new().add_text(text).fonts(fonts(face)).size(size)
}

fn fonts(face: &str) -> RunFonts {
    RunFonts::new().ascii(face).hi_ansi(face).east_asia(face).hint("eastAsia")
}

#[cfg(test)]
mod tests {
    use super::super::digest::{Page, sample};
    use super::*;
    use std::io::{Cursor, Read};

    #[test]
    fn the_same_page_gives_the_same_bytes_and_what_is_long_is_cut() {
        let figures = sample::figures();
        let mut page = Page::of(&sample::digest(&figures));
        page.todo = vec!["很长的事项".repeat(100); 30];
        let bytes = brief(&page).unwrap();
        assert_eq!(bytes, brief(&page).unwrap());
        let mut xml = String::new();
        zip::ZipArchive::new(Cursor::new(bytes)).unwrap().by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
        assert!(xml.contains("新收案例12件") && xml.contains("神农架") && xml.contains("合计"));
        assert_eq!(xml.matches(". 很长的事项").count(), TASKS);
        assert!(!xml.contains(&"很长的事项".repeat(19)));
    }
}
