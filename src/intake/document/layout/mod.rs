//! Pages of placed marks become the blocks of a [`Document`](crate::model::document::Document).
//!
//! PDF and OFD know characters with positions, lines and pictures, but neither paragraphs nor tables. What
//! rulings fence in is a cell; elsewhere a column is where the pieces of neighbouring lines begin; a line
//! that filled its room goes on in the next one. Which field a label is of, nothing here knows; where labels end that
//! nothing fences in, `words` weighs.

mod broken;
mod columns;
mod corridor;
mod deal;
mod flow;
mod grid;
mod joins;
mod lines;
pub(super) mod matrix;
mod paragraphs;
pub(super) mod path;
mod rows;
mod running;
mod tables;
mod words;

#[cfg(test)]
pub(super) mod sketch;
#[cfg(test)]
mod tests;

use crate::model::document::{Block, Style};
use matrix::Matrix;

/// One page: y grows downwards, units are those of the font sizes.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// The page's width.
    pub(super) width: f64,
    /// The page's height.
    pub(super) height: f64,
    /// Characters, in any order.
    pub(super) marks: Vec<Mark>,
    /// Horizontal rulings.
    pub(super) across: Vec<Rule>,
    /// Vertical rulings.
    pub(super) down: Vec<Rule>,
    /// Pictures.
    pub(super) pictures: Vec<Placed>,
    /// Small strokes that are no rulings: left, top, right, bottom. Somebody's tick may be one.
    pub(super) strokes: Vec<[f64; 4]>,
    /// Grounds of a colour: left, top, right, bottom.
    pub(super) grounds: Vec<[f64; 4]>,
    /// What is drawn outside of it doesn't show: left, top, right, bottom. All shows where there is none.
    pub(super) clip: Option<[f64; 4]>,
    /// Characters that were left out because they run elsewhere than to the right: down, to the left, up.
    pub(super) turned: [usize; 3],
}

/// One character where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// The character.
    pub(super) c: char,
    /// Its left edge.
    pub(super) x0: f64,
    /// Its right edge.
    pub(super) x1: f64,
    /// Its baseline.
    pub(super) y: f64,
    /// The font size.
    pub(super) size: f64,
    /// Its emphasis.
    pub(super) style: Style,
}

/// A straight line along an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    /// Its place on the other axis.
    pub(super) at: f64,
    /// Where it begins.
    pub(super) from: f64,
    /// Where it ends.
    pub(super) to: f64,
}

/// A picture where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    /// Its index among the document's pictures.
    pub(super) picture: usize,
    /// The edges: left, top, right, bottom.
    pub(super) edges: [f64; 4],
}

/// More strokes than anybody draws by hand: outlines of characters, or a drawing.
const MOST_STROKES: usize = 200;
/// The largest and the smallest stroke that may be a tick or a ring around a word.
const STROKE: std::ops::RangeInclusive<f64> = 4.0..=80.0;
/// The dots of dotted borders are no larger.
const DOT: f64 = 2.0;
/// More rulings than a page of text has: a drawing, whose lines fence nothing in.
const MOST_RULES: usize = 20_000;

impl Sheet {
    /// The map that sets the page upright, where most of its characters run elsewhere than to the right: a page that
    /// lies on its side.
    pub(super) fn upright(&self) -> Option<Matrix> {
        let [down, left, up] = self.turned;
        let most = down.max(left).max(up);
        let turn = match () {
            () if most <= self.marks.len() => return None,
            () if most == down => [0.0, -1.0, 1.0, 0.0, 0.0, self.width],
            () if most == left => [-1.0, 0.0, 0.0, -1.0, self.width, self.height],
            () => [0.0, 1.0, -1.0, 0.0, self.height, 0.0],
        };
        Some(Matrix(turn))
    }

    /// An empty page as large as this one when it has been turned.
    pub(super) fn turned_by(&self, turn: Matrix) -> Sheet {
        let [left, top, right, bottom] = turn.around((0.0, 0.0), (self.width, self.height));
        Sheet { width: right - left, height: bottom - top, ..Sheet::default() }
    }

    /// Notes a character that runs in this direction instead of to the right.
    pub(super) fn note_turned(&mut self, (x, y): (f64, f64)) {
        let direction = if x.abs() > y.abs() {
            1
        } else if y > 0.0 {
            0
        } else {
            2
        };
        if let Some(count) = self.turned.get_mut(direction) {
            *count += 1;
        }
    }

    /// Notes the line between two points, if it runs along an axis.
    pub(super) fn rule(&mut self, from: (f64, f64), to: (f64, f64)) {
        let inside = |(x, y): (f64, f64)| match self.clip {
            Some([left, top, right, bottom]) => (x.max(left).min(right), y.max(top).min(bottom)),
            None => (x, y),
        };
        let ((x0, y0), (x1, y1)) = (inside(from), inside(to));
        // A ruling that lies outside altogether has been moved to the edge.
        let level = (from.1 - to.1).abs() <= (from.0 - to.0).abs();
        let moved = if level { (from.1 - y0).abs() } else { (from.0 - x0).abs() };
        if moved > 1.0 {
            return;
        }
        if (y0 - y1).abs() <= 0.5 && (x0 - x1).abs() > 0.1 {
            push(&mut self.across, Rule { at: (y0 + y1) / 2.0, from: x0.min(x1), to: x0.max(x1) });
        } else if (x0 - x1).abs() <= 0.5 && (y0 - y1).abs() > 0.1 {
            push(&mut self.down, Rule { at: (x0 + x1) / 2.0, from: y0.min(y1), to: y0.max(y1) });
        }
    }

    /// Notes a stroke that is neither upright nor level, if it is as large as a tick or a ring around a word.
    pub(super) fn stroke(&mut self, edges: [f64; 4]) {
        let [left, top, right, bottom] = edges;
        let largest = (right - left).max(bottom - top);
        if STROKE.contains(&largest) && self.strokes.len() <= MOST_STROKES {
            self.strokes.push(edges);
        }
    }

    /// Notes an area of a colour, as far as it shows, if a character has room on it.
    pub(super) fn ground(&mut self, [left, top, right, bottom]: [f64; 4]) {
        let [l, t, r, b] = self.clip.unwrap_or([f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY]);
        let shown = [left.max(l), top.max(t), right.min(r), bottom.min(b)];
        let [left, top, right, bottom] = shown;
        if (right - left).min(bottom - top) > *STROKE.start() && self.grounds.len() <= MOST_STROKES {
            self.grounds.push(shown);
        }
    }

    /// Notes a filled area, if it is thin enough to be a ruling, or a dot of one.
    pub(super) fn fill(&mut self, [left, top, right, bottom]: [f64; 4]) {
        let (width, height) = ((right - left).abs(), (bottom - top).abs());
        if width.max(height) <= DOT && (width - height).abs() <= 0.1 * DOT {
            let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
            self.rule((left, middle.1), (right, middle.1));
            self.rule((middle.0, top), (middle.0, bottom));
            return;
        }
        if height <= 3.0 && width > height {
            let y = (top + bottom) / 2.0;
            self.rule((left, y), (right, y));
        } else if width <= 3.0 && height > width {
            let x = (left + right) / 2.0;
            self.rule((x, top), (x, bottom));
        }
    }
}

fn push(rules: &mut Vec<Rule>, rule: Rule) {
    if rules.len() <= MOST_RULES && rule.at.is_finite() && rule.from.is_finite() && rule.to.is_finite() {
        rules.push(rule);
    }
}

/// The blocks of all pages, in reading order, the words of each page without blanks, and whether no ruling
/// fences in a table.
pub(super) fn blocks(sheets: Vec<Sheet>) -> (Vec<Block>, Vec<String>, bool) {
    flow::blocks(sheets)
}
