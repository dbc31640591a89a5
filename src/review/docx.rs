//! How the papers of a review look (ECMA-376): faces and sizes of office documents, A4, page numbers at the foot.

use crate::report::visible::is_unseen;
use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, LineSpacingType, NumPages, PageMargin, PageNum, Paragraph, Run, RunFonts, Shading,
    SpecialIndentType, Table, TableAlignmentType, TableCell, TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType,
};

pub(super) const SONG: &str = "宋体";
pub(super) const FANG_SONG: &str = "仿宋";
pub(super) const HEI: &str = "黑体";

/// Sizes in half-points.
pub(super) const TITLE: usize = 40;
pub(super) const BODY: usize = 26;
pub(super) const SMALL: usize = 20;

/// What the text takes in width, in twentieths of a point.
pub(super) const WIDTH: usize = 9000;

/// An empty A4 page.
pub(super) fn page(foot: &str) -> Docx {
    let margins = PageMargin::new().top(1360).bottom(1200).left(1450).right(1450).header(600).footer(600).gutter(0);
    let number = |paragraph: Paragraph| {
        let paragraph = paragraph.add_run(run(&format!("{foot}　第"), FANG_SONG, SMALL)).add_page_num(PageNum::new());
        paragraph.add_run(run("页，共", FANG_SONG, SMALL)).add_num_pages(NumPages::new()).add_run(run("页", FANG_SONG, SMALL))
    };
    let footer = Footer::new().add_paragraph(number(Paragraph::new()).align(AlignmentType::Center));
    Docx::new().page_size(11906, 16838).page_margin(margins).default_fonts(fonts(FANG_SONG)).default_size(BODY).footer(footer)
}

pub(super) fn title(text: &str) -> Paragraph {
    spaced(Paragraph::new().add_run(run(text, SONG, TITLE).bold()), 600).align(AlignmentType::Center)
}

pub(super) fn centred(text: &str) -> Paragraph {
    spaced(Paragraph::new().add_run(run(text, FANG_SONG, BODY)), 460).align(AlignmentType::Center)
}

pub(super) fn heading(text: &str) -> Paragraph {
    let paragraph = spaced(Paragraph::new().add_run(run(text, HEI, BODY)), 500).keep_next(true);
    paragraph.indent(None, Some(SpecialIndentType::FirstLine(520)), None, None)
}

/// Indented by two characters.
pub(super) fn body(text: &str) -> Paragraph {
    let paragraph = spaced(Paragraph::new().add_run(run(text, FANG_SONG, BODY)), 460);
    paragraph.indent(None, Some(SpecialIndentType::FirstLine(520)), None, None)
}

pub(super) fn right(text: &str) -> Paragraph {
    spaced(Paragraph::new().add_run(run(text, FANG_SONG, BODY)), 480).align(AlignmentType::Right)
}

pub(super) fn spaced(paragraph: Paragraph, twentieths: i32) -> Paragraph {
    let spacing = LineSpacing::new().before(0).after(0).line_rule(LineSpacingType::AtLeast).line(twentieths);
    paragraph.snap_to_grid(false).line_spacing(spacing)
}

/// A table with a head; widths in twentieths of a point. Rows don't break across pages. A column of short values stands in
/// the middle, one of sentences on the left.
pub(super) fn table(widths: &[usize], head: &[&str], rows: &[Vec<String>]) -> Table {
    const SHORT: usize = 14;
    let is_short = |at: usize| rows.iter().filter_map(|row| row.get(at)).all(|text| columns(text) <= SHORT);
    let aligned: Vec<AlignmentType> =
        (0..widths.len()).map(|at| if is_short(at) { AlignmentType::Center } else { AlignmentType::Left }).collect();
    let row = |texts: &mut dyn Iterator<Item = &str>| {
        let cells = texts.zip(widths).zip(&aligned).map(|((text, width), align)| cell(run(text, FANG_SONG, SMALL), *width, *align));
        TableRow::new(cells.collect()).cant_split()
    };
    let shaded =
        |(text, width): (&&str, &usize)| cell(run(text, HEI, SMALL), *width, AlignmentType::Center).shading(Shading::new().fill("F3EEE6"));
    let head = TableRow::new(head.iter().zip(widths).map(shaded).collect()).cant_split();
    let rows = std::iter::once(head).chain(rows.iter().map(|texts| row(&mut texts.iter().map(String::as_str))));
    let table = Table::new(rows.collect()).set_grid(widths.to_vec()).width(widths.iter().sum(), WidthType::Dxa);
    let margins = TableCellMargins::new().margin(30, 60, 30, 60);
    table.layout(TableLayoutType::Fixed).align(TableAlignmentType::Center).margins(margins)
}

/// How wide a text is: a Chinese character is as wide as two others.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn cell(run: Run, width: usize, align: AlignmentType) -> TableCell {
    let paragraph = spaced(Paragraph::new().add_run(run), 280).align(align);
    TableCell::new().width(width, WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(paragraph)
}

pub(super) fn run(text: &str, face: &str, size: usize) -> Run {
    Run::new().add_text(text).fonts(fonts(face)).size(size)
}

fn fonts(face: &str) -> RunFonts {
    RunFonts::new().ascii(face).hi_ansi(face).east_asia(face).hint("eastAsia")
}

/// Values of mail may hold what XML can't, or what turns the direction of the text round: those characters go.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !is_unseen(*c) && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}
