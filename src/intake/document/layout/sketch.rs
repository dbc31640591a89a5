//! For tests: sheets drawn by hand, and documents as lines that an assertion can show.

use super::{Mark, Sheet};
use crate::model::document::{Block, Style};

/// An A4 page.
pub(in crate::intake::document) fn sheet() -> Sheet {
    Sheet { width: 595.0, height: 842.0, ..Sheet::default() }
}

impl Sheet {
    /// Writes at 10 points, Chinese as wide as high and letters half of that.
    pub(in crate::intake::document) fn write(mut self, x: f64, y: f64, text: &str) -> Sheet {
        let mut x0 = x;
        for c in text.chars() {
            let x1 = x0 + if c.is_ascii() { 5.0 } else { 10.0 };
            self.marks.push(Mark { c, x0, x1, y, size: 10.0, style: Style::default() });
            x0 = x1;
        }
        self
    }

    /// Draws a grid of these column and row edges.
    pub(in crate::intake::document) fn grid(mut self, xs: &[f64], ys: &[f64]) -> Sheet {
        let (left, right, top, foot) = (xs[0], xs[xs.len() - 1], ys[0], ys[ys.len() - 1]);
        ys.iter().for_each(|y| self.rule((left, *y), (right, *y)));
        xs.iter().for_each(|x| self.rule((*x, top), (*x, foot)));
        self
    }
}

/// Paragraphs as lines; a table's rows with `|` between cells and `/` between a cell's paragraphs.
pub(in crate::intake::document) fn outline(blocks: &[Block]) -> Vec<String> {
    let mut out = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => out.push(paragraph.text()),
            Block::Table(table) => out.extend(table.rows.iter().map(|row| {
                let cells: Vec<String> = row.cells.iter().map(|cell| outline(&cell.blocks).join("/")).collect();
                format!("{} |", cells.join(" | "))
            })),
        }
    }
    out
}
