//! Text operators: strings become marks where they stand. ISO 32000-1, 9.3 and 9.4.

use super::font::Font;
use super::symbol;
use crate::intake::document::layout::matrix::Matrix;
use crate::intake::document::layout::{Mark, Sheet};
use crate::model::document::Style;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::Number;
use std::rc::Rc;

/// Characters of a text that replaces marks: longer ones describe pictures.
const LONGEST_REPLACED: usize = 64;

/// The text state and the text object's matrices.
#[derive(Clone)]
pub(super) struct TextState {
    /// The font, once one is set.
    pub(super) font: Option<Rc<Font>>,
    /// Its size.
    pub(super) size: f64,
    /// `Tc`.
    pub(super) character_spacing: f64,
    /// `Tw`.
    pub(super) word_spacing: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    mode: i64,
    /// Whether characters are filled with a colour, not black or grey.
    coloured: bool,
    /// Whether what is filled shows as a ground: neither white nor black.
    pub(super) tinted: bool,
    matrix: Matrix,
    line: Matrix,
}

impl Default for TextState {
    fn default() -> Self {
        TextState {
            font: None,
            size: 0.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
            coloured: false,
            tinted: false,
            matrix: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
        }
    }
}

/// Lets the marks from an index on say a text of their own, if it is a word on one line.
pub(super) fn replace(marks: &mut Vec<Mark>, from: usize, text: &str) {
    let text: Vec<char> = text.chars().filter_map(|c| symbol::shown(None, c)).collect();
    let Some((first, rest)) = marks.get(from..).and_then(|marks| marks.split_first()) else { return };
    let one_line = rest.iter().all(|mark| (mark.y - first.y).abs() < 0.1 * first.size.max(1.0));
    if !one_line || text.is_empty() || text.len() > LONGEST_REPLACED {
        return;
    }
    let (template, x0) = (*first, first.x0);
    let step = (rest.last().map_or(first.x1, |last| last.x1) - x0) / text.len() as f64;
    marks.truncate(from);
    marks.extend(text.into_iter().zip(0..).map(|(c, index)| {
        let x0 = x0 + step * f64::from(index);
        Mark { c, x0, x1: x0 + step, ..template }
    }));
}

/// Grey, red with green and blue, or the four inks, as red, green and blue.
fn rgb(numbers: &[Number]) -> Option<[f64; 3]> {
    match numbers {
        [grey] => Some([grey.as_f64(); 3]),
        [red, green, blue] => Some([red, green, blue].map(|number| number.as_f64())),
        [cyan, magenta, yellow, black] => Some([cyan, magenta, yellow].map(|ink| (1.0 - ink.as_f64()) * (1.0 - black.as_f64()))),
        _ => None,
    }
}

fn is_tinted(colour: [f64; 3]) -> bool {
    !colour.iter().all(|part| *part >= 0.98) && !colour.iter().all(|part| *part <= 0.05)
}

fn is_coloured([red, green, blue]: [f64; 3]) -> bool {
    red.max(green).max(blue) - red.min(green).min(blue) > 0.3
}

impl TextState {
    /// Interprets an operator that sets a number or a place; false if it is none of these.
    pub(super) fn interpret(&mut self, operation: &Op<'_, '_>) -> bool {
        match operation {
            Op::CharacterSpacing(op) => self.character_spacing = op.0.as_f64(),
            Op::WordSpacing(op) => self.word_spacing = op.0.as_f64(),
            Op::HorizontalScaling(op) => self.scale = op.0.as_f64() / 100.0,
            Op::TextLeading(op) => self.leading = op.0.as_f64(),
            Op::TextRenderingMode(op) => self.mode = op.0.as_i64(),
            Op::TextRise(op) => self.rise = op.0.as_f64(),
            Op::NonStrokeColorDeviceRgb(op) => self.fill_with(&[op.0, op.1, op.2]),
            Op::NonStrokeColorDeviceGray(op) => self.fill_with(&[op.0]),
            Op::NonStrokeColorCmyk(op) => self.fill_with(&[op.0, op.1, op.2, op.3]),
            Op::NonStrokeColor(op) => self.fill_with(&op.0),
            Op::NonStrokeColorNamed(op) => self.fill_with(&op.0),
            Op::BeginText(_) => self.place(Matrix::IDENTITY),
            Op::NextLine(op) => self.place(Matrix::moving(op.0.as_f64(), op.1.as_f64()).then(self.line)),
            Op::NextLineAndSetLeading(op) => {
                self.leading = -op.1.as_f64();
                self.place(Matrix::moving(op.0.as_f64(), op.1.as_f64()).then(self.line));
            }
            Op::SetTextMatrix(op) => self.place(Matrix([op.0, op.1, op.2, op.3, op.4, op.5].map(|number| number.as_f64()))),
            Op::NextLineUsingLeading(_) => self.next_line(),
            _ => return false,
        }
        true
    }

    /// Takes a colour to fill with; a pattern shows as a ground.
    fn fill_with(&mut self, numbers: &[Number]) {
        let colour = rgb(numbers);
        self.coloured = colour.is_some_and(is_coloured);
        self.tinted = colour.is_none_or(is_tinted);
    }

    /// `T*`.
    pub(super) fn next_line(&mut self) {
        self.place(Matrix::moving(0.0, -self.leading).then(self.line));
    }

    /// A number in `TJ`: thousandths of the font size, to the left.
    pub(super) fn adjust(&mut self, number: f64) {
        self.advance(-number / 1000.0 * self.size * self.scale);
    }

    /// Shows a string.
    pub(super) fn show(&mut self, bytes: &[u8], ctm: Matrix, sheet: &mut Sheet) {
        let Some(font) = self.font.clone() else { return };
        // A font that has no bold sister is thickened by a stroke around its characters.
        let style = Style { bold: font.style().bold || self.mode == 2, marked: self.coloured, ..font.style() };
        for code in font.codes(bytes) {
            let width = code.width * self.size * self.scale;
            if self.is_shown() {
                self.mark(&code.text, width, style, ctm, sheet);
                if code.text.is_empty() && !code.is_space {
                    self.lost(width, ctm, sheet);
                }
            }
            let word = if code.is_space { self.word_spacing } else { 0.0 };
            self.advance(width + (self.character_spacing + word) * self.scale);
        }
    }

    /// A code of which nobody knows what it shows stands there as something drawn would: it may be a tick.
    fn lost(&self, width: f64, ctm: Matrix, sheet: &mut Sheet) {
        sheet.stroke(self.matrix.then(ctm).around((0.0, self.rise), (width, self.rise + 0.8 * self.size)));
    }

    /// The characters of one code share its width. Text that doesn't run to the right is a watermark or a margin, or the
    /// whole page lies on its side.
    fn mark(&self, text: &str, width: f64, style: Style, ctm: Matrix, sheet: &mut Sheet) {
        let whole = self.matrix.then(ctm);
        let ((x0, y), (x1, y1)) = (whole.at((0.0, self.rise)), whole.at((width, self.rise)));
        let unit = whole.at((1.0, self.rise));
        let runs_right = unit.0 - x0 > 0.0 && (unit.1 - y).abs() <= 0.2 * (unit.0 - x0);
        if !y1.is_finite() {
            return;
        }
        if !runs_right {
            sheet.note_turned((unit.0 - x0, unit.1 - y));
            return;
        }
        let count = text.chars().count().max(1) as f64;
        let step = (x1 - x0) / count;
        let size = whole.height() * self.size.abs();
        sheet.marks.extend(text.chars().zip(0..).map(|(c, index)| {
            let x0 = x0 + step * f64::from(index);
            Mark { c, x0, x1: x0 + step, y, size, style }
        }));
    }

    /// Invisible text is an OCR layer under a scan, and no more certain than OCR.
    fn is_shown(&self) -> bool {
        !matches!(self.mode, 3 | 7)
    }

    fn place(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.matrix = matrix;
    }

    fn advance(&mut self, by: f64) {
        self.matrix = Matrix::moving(by, 0.0).then(self.matrix);
    }
}
