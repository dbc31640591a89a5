//! How the workbook's cells look, and how high their rows are.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// The formats of cells.
pub(super) struct Styles {
    pub head: Format,
    pub cell: Format,
    pub to_fill: Format,
    pub count: Format,
    pub sum: Format,
    pub note: Format,
}

impl Styles {
    pub fn new() -> Styles {
        let base = Format::new().set_font_name("宋体").set_font_size(10).set_align(FormatAlign::Top).set_text_wrap();
        let bordered = base.clone().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0x00BF_BAB0)).set_num_format("@");
        let strong = bordered.clone().set_bold().set_background_color(Color::RGB(0x00F3_EEE6));
        Styles {
            head: strong.clone().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter),
            to_fill: bordered.clone().set_background_color(Color::RGB(0x00FF_FBE6)),
            count: bordered.clone().set_align(FormatAlign::Center),
            cell: bordered,
            sum: strong.set_align(FormatAlign::Center),
            note: base.set_font_size(11),
        }
    }
}

/// As high as the cell with the most lines: not every program works that out itself. A Chinese character is as
/// wide as two others.
pub(super) fn height<'a>(cells: impl Iterator<Item = (&'a String, f64)>) -> f64 {
    const LINE: f64 = 14.0;
    const MOST: f64 = 12.0;
    let lines = cells.map(|(text, width)| {
        let columns: u32 = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        (f64::from(columns) / (width - 1.0)).ceil()
    });
    lines.fold(1.0, f64::max).min(MOST) * LINE + 2.0
}
