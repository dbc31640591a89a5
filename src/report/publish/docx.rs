//! What compilation, copy and letters are laid out with (ECMA-376), in the faces and sizes of official documents
//! (GB/T 9704): 方正小标宋 or 宋体 for titles, 黑体 for headings, 仿宋 for text.
//!
//! docx-rs calls every picture PNG and every author unknown, and numbers paragraphs by a counter of the thread; all of that is
//! put right while packing, so that the same document has the same bytes wherever it is made.

use super::{Case, Figure};
use crate::intake::blank_form::packed_with;
use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, LineSpacingType, PageMargin, PageNum, Paragraph, Pic, Run, RunFonts, SpecialIndentType,
    Style, StyleType, Tab, TabLeaderType, TabValueType,
};

pub(super) const SONG: &str = "宋体";
pub(super) const FANG_SONG: &str = "仿宋";
pub(super) const HEI: &str = "黑体";
pub(super) const KAI: &str = "楷体";

/// Sizes in half-points: 二号, 三号, 小四.
pub(super) const TITLE: usize = 44;
pub(super) const BODY: usize = 32;
pub(super) const SMALL: usize = 24;
/// Brand and rules.
pub(super) const RED: &str = "9B1B17";

/// Twentieths of a point: a line of text, and the width of the page between its margins.
const LINE: i32 = 560;
const WIDTH: usize = 8844;
/// English Metric Units of a millimetre, and what a picture may take.
const MILLIMETRE: f64 = 36_000.0;
const WIDEST: f64 = 140.0;
const TALLEST: f64 = 86.0;

/// An empty page of A4.
pub(super) fn sheet() -> Docx {
    let margins = PageMargin::new().top(2098).bottom(1985).left(1588).right(1474).header(850).footer(1100).gutter(0);
    let heading = |id: &str, name: &str, level: usize, size: usize| {
        let style = Style::new(id, StyleType::Paragraph).name(name).size(size).bold().fonts(fonts(SONG)).outline_lvl(level);
        style.align(AlignmentType::Center).q_format(true)
    };
    // What a program writes a table of contents anew with.
    let entry = |id: &str, name: &str| Style::new(id, StyleType::Paragraph).name(name).size(SMALL + 4).fonts(fonts(FANG_SONG));
    Docx::new()
        .page_size(11906, 16838)
        .page_margin(margins)
        .default_fonts(fonts(FANG_SONG))
        .default_size(BODY)
        .add_style(heading("Heading1", "heading 1", 0, TITLE))
        .add_style(heading("Heading2", "heading 2", 1, TITLE - 4))
        .add_style(entry("TOC1", "toc 1").bold())
        .add_style(entry("TOC2", "toc 2"))
}

/// The page's number at its foot.
pub(super) fn footer() -> Footer {
    let number = Paragraph::new().add_run(run("— ", SONG, SMALL)).add_page_num(PageNum::new()).add_run(run(" —", SONG, SMALL));
    Footer::new().add_paragraph(number.align(AlignmentType::Center))
}

/// Packs it. `title` and `author` are what the file says of itself.
pub(super) fn packed(docx: Docx, title: &str, author: &str) -> Result<Vec<u8>, String> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (title, author) = (escaped(title), escaped(author));
    packed_with(docx, |name, bytes| match name.as_str() {
        "docProps/core.xml" => {
            let text = String::from_utf8_lossy(&bytes).replace(">unknown<", &format!(">{author}<"));
            let text = text.replace("</cp:coreProperties>", &format!("<dc:title>{title}</dc:title></cp:coreProperties>"));
            (name, text.into_bytes())
        }
        "word/_rels/document.xml.rels" => {
            let text = String::from_utf8_lossy(&bytes).replace(".png\"", ".jpeg\"");
            (name, text.into_bytes())
        }
        part if part.starts_with("word/") && part.ends_with(".xml") => {
            let text = unnumbered(&String::from_utf8_lossy(&bytes));
            (name, text.into_bytes())
        }
        picture if picture.starts_with("word/media/") => (picture.replace(".png", ".jpeg"), bytes),
        _ => (name, bytes),
    })
}

/// A part without the numbers of its paragraphs, which only comments need ([MS-DOCX] 2.2.6.2).
fn unnumbered(xml: &str) -> String {
    const NUMBER: &str = " w14:paraId=\"";
    let mut parts = xml.split(NUMBER);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('"').map_or("", |(_, rest)| rest))
}

pub(super) fn fonts(face: &str) -> RunFonts {
    RunFonts::new().ascii(face).hi_ansi(face).east_asia(face).hint("eastAsia")
}

pub(super) fn run(text: &str, face: &str, size: usize) -> Run {
    Run::new().add_text(text).fonts(fonts(face)).size(size)
}

fn exact(paragraph: Paragraph, before: u32, after: u32) -> Paragraph {
    let spacing = LineSpacing::new().before(before).after(after).line_rule(LineSpacingType::Exact).line(LINE);
    paragraph.snap_to_grid(false).line_spacing(spacing)
}

/// A line of any kind, as high as its letters.
pub(super) fn line(run: Run, align: AlignmentType, before: u32, after: u32) -> Paragraph {
    let spacing = LineSpacing::new().before(before).after(after);
    Paragraph::new().add_run(run).align(align).snap_to_grid(false).line_spacing(spacing)
}

/// Text, its first line indented by two characters.
pub(super) fn body(text: &str) -> Paragraph {
    indented(run(text, FANG_SONG, BODY))
}

/// Text from the margin, such as a salutation.
pub(super) fn flush(text: &str) -> Paragraph {
    exact(Paragraph::new().add_run(run(text, FANG_SONG, BODY)), 0, 0)
}

fn indented(run: Run) -> Paragraph {
    let both = Paragraph::new().add_run(run).align(AlignmentType::Both);
    exact(both, 0, 0).indent(None, Some(SpecialIndentType::FirstLine(640)), None, None)
}

/// `一、背景和意义`.
pub(super) fn heading(text: &str) -> Paragraph {
    exact(indented(run(text, HEI, BODY)), 120, 0).keep_next(true)
}

/// A picture with its caption.
pub(super) fn picture(figure: &Figure, at: usize) -> Vec<Paragraph> {
    let (width, height) = (f64::from(figure.width.max(1)), f64::from(figure.height.max(1)));
    let scale = (WIDEST / width).min(TALLEST / height);
    let emu = |pixels: f64| (pixels * scale * MILLIMETRE) as u32;
    let pic = Pic::new_with_dimensions(figure.jpeg.clone(), u32::from(figure.width), u32::from(figure.height));
    let pic = pic.id(format!("rIdPicture{at}")).size(emu(width), emu(height));
    let shown = line(Run::new().add_image(pic), AlignmentType::Center, 240, 60);
    let caption = (!figure.caption.is_empty()).then(|| line(run(&figure.caption, KAI, SMALL), AlignmentType::Center, 0, 240));
    let shown = if caption.is_some() { shown.keep_next(true) } else { shown };
    std::iter::once(shown).chain(caption).collect()
}

/// What a case says, and its pictures; `pictures` counts them within the document.
pub(super) fn content(case: &Case, pictures: &mut usize) -> Vec<Paragraph> {
    let mut out = Vec::new();
    for (at, part) in case.parts.iter().enumerate() {
        if !part.heading.is_empty() {
            out.push(heading(&format!("{}、{}", super::numeral(at + 1), part.heading)));
        }
        for paragraph in &part.paragraphs {
            out.push(match paragraph.is_heading {
                true => exact(indented(run(&paragraph.text, KAI, BODY).bold()), 0, 0).keep_next(true),
                false => body(&paragraph.text),
            });
        }
    }
    for figure in &case.figures {
        *pictures += 1;
        out.extend(picture(figure, *pictures));
    }
    out
}

/// An entry of the contents: its words, and dots up to the number of its page.
pub(super) fn entry(style: &str) -> Paragraph {
    let tab = Tab::new().val(TabValueType::Right).leader(TabLeaderType::Dot).pos(WIDTH);
    let indent = if style == "TOC2" { Some(0) } else { None };
    let spacing = LineSpacing::new().before(if style == "TOC1" { 160 } else { 0 }).after(60);
    Paragraph::new().style(style).add_tab(tab).line_spacing(spacing).snap_to_grid(false).indent(indent, None, None, None)
}
