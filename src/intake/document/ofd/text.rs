//! Text objects become marks. GB/T 33190, 11: characters with the steps between them.

use super::xml::Node;
use crate::intake::document::layout::Mark;
use crate::intake::document::layout::matrix::Matrix;
use crate::model::document::Style;

/// Notes the characters of a text object, given its own space: at most one more than so many.
pub(super) fn marks(object: &Node, own: Matrix, most: usize, marks: &mut Vec<Mark>) {
    let Some(size) = object.number("Size") else { return };
    let scale = object.number("HScale").unwrap_or(1.0);
    let bold = object.number("Weight").is_some_and(|weight| weight >= 700.0);
    let style = Style { bold, ..Style::default() };
    let boundary = object.numbers("Boundary").filter(|_| object.attribute("CTM").is_none());
    let rest = |x: f64| boundary.as_ref().and_then(|edges| edges.get(2)).map(|wide| wide - x).filter(|rest| *rest > 0.2 * size);
    let (mut x, mut y) = (0.0, 0.0);
    for code in object.all("TextCode") {
        x = code.number("X").unwrap_or(x);
        y = code.number("Y").unwrap_or(y);
        let (mut right, mut down) = (Steps::of(code, "DeltaX"), Steps::of(code, "DeltaY"));
        let (mut at_x, mut at_y) = (x, y);
        let mut characters = code.text.trim_matches(['\n', '\r', '\t']).chars().peekable();
        while let Some(c) = characters.next() {
            if marks.len() > most {
                return;
            }
            let natural = width(c) * size * scale;
            let step = right.next();
            // Full steps tell the width, which some letters have more of than others; a jump to another line or column
            // doesn't. The last one ends where the object does.
            let next = characters.peek().copied();
            let within_word = c.is_ascii_alphanumeric() && next.is_none_or(|next| next.is_ascii_alphanumeric());
            let most = if within_word { size * scale } else { natural };
            let told = step.or_else(|| rest(at_x).filter(|_| next.is_none() && within_word));
            let wide = told.filter(|told| (0.0..=most).contains(told)).unwrap_or(natural);
            push(marks, c, own, (at_x, at_y), (wide, size), style);
            at_x += step.unwrap_or(if down.is_empty() { natural } else { 0.0 });
            at_y += down.next().unwrap_or_default();
        }
    }
}

fn push(marks: &mut Vec<Mark>, c: char, own: Matrix, (x, y): (f64, f64), (wide, size): (f64, f64), style: Style) {
    let ((x0, top), (x1, end)) = (own.at((x, y)), own.at((x + wide, y)));
    let runs_right = x1 > x0 && (end - top).abs() <= 0.2 * (x1 - x0);
    if runs_right && !c.is_control() {
        marks.push(Mark { c, x0, x1, y: top, size: own.height() * size, style });
    }
}

/// How wide a character usually is, in font sizes: fonts aren't read.
fn width(c: char) -> f64 {
    if c.is_ascii() { 0.5 } else { 1.0 }
}

/// `DeltaX` or `DeltaY`: numbers, and `g n d` for `n` times `d`.
struct Steps<'a> {
    tokens: std::iter::Peekable<std::str::SplitWhitespace<'a>>,
    again: (u32, f64),
}

impl<'a> Steps<'a> {
    fn of(code: &'a Node, name: &str) -> Steps<'a> {
        Steps { tokens: code.attribute(name).unwrap_or_default().split_whitespace().peekable(), again: (0, 0.0) }
    }

    fn is_empty(&mut self) -> bool {
        self.again.0 == 0 && self.tokens.peek().is_none()
    }

    fn next(&mut self) -> Option<f64> {
        if let (times @ 1.., step) = self.again {
            self.again.0 = times - 1;
            return Some(step);
        }
        match self.tokens.next()? {
            "g" | "G" => {
                let times: u32 = self.tokens.next()?.parse().ok()?;
                let step = self.tokens.next()?.parse().ok()?;
                self.again = (times.saturating_sub(1), step);
                (times > 0).then_some(step)
            }
            number => number.parse().ok(),
        }
    }
}
