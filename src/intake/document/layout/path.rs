//! Paths become rulings: straight strokes along an axis, and thin filled rectangles.

use super::Sheet;
use super::matrix::Matrix;

/// The path under construction, in page coordinates.
#[derive(Debug, Default)]
pub(in crate::intake::document) struct Path {
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    points: Vec<(f64, f64)>,
    curved: bool,
    closed: bool,
}

impl Part {
    /// Left, top, right, bottom.
    fn edges(&self) -> [f64; 4] {
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.points.iter().fold(start, |[l, t, r, b], (x, y)| [l.min(*x), t.min(*y), r.max(*x), b.max(*y)])
    }

    fn is_aslant(&self) -> bool {
        let aslant = |((x0, y0), (x1, y1)): (&(f64, f64), &(f64, f64))| (x0 - x1).abs() > 1.0 && (y0 - y1).abs() > 1.0;
        self.points.iter().zip(self.points.iter().skip(1)).any(aslant)
    }
}

/// Points kept: a drawing has more, and no rulings.
const MOST_POINTS: usize = 50_000;

impl Path {
    /// Begins a part.
    pub(in crate::intake::document) fn move_to(&mut self, point: (f64, f64)) {
        self.parts.push(Part { points: vec![point], ..Part::default() });
    }

    /// A straight line.
    pub(in crate::intake::document) fn line_to(&mut self, point: (f64, f64)) {
        if let Some(part) = self.parts.last_mut().filter(|part| part.points.len() < MOST_POINTS) {
            part.points.push(point);
        }
    }

    /// A curve, of which only the end counts.
    pub(in crate::intake::document) fn curve_to(&mut self, point: (f64, f64)) {
        if let Some(part) = self.parts.last_mut() {
            part.curved = true;
        }
        self.line_to(point);
    }

    /// Closes the part.
    pub(in crate::intake::document) fn close(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            part.closed = true;
        }
    }

    /// A rectangle.
    pub(in crate::intake::document) fn rectangle(&mut self, ctm: Matrix, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let points = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)].map(|point| ctm.at(point)).to_vec();
        self.parts.push(Part { points, curved: false, closed: true });
    }

    /// Left, top, right, bottom of all of it.
    pub(in crate::intake::document) fn edges(&self) -> [f64; 4] {
        let nothing = Part::default().edges();
        self.parts
            .iter()
            .map(Part::edges)
            .fold(nothing, |[l, t, r, b], [left, top, right, bottom]| [l.min(left), t.min(top), r.max(right), b.max(bottom)])
    }

    /// Draws the outline.
    pub(in crate::intake::document) fn stroke(&self, sheet: &mut Sheet) {
        self.by_hand(sheet);
        for part in self.parts.iter().filter(|part| !part.curved) {
            for (from, to) in part.points.iter().zip(part.points.iter().skip(1)) {
                sheet.rule(*from, *to);
            }
            if let (Some(first), Some(last), true) = (part.points.first(), part.points.last(), part.closed) {
                sheet.rule(*last, *first);
            }
        }
    }

    /// Fills the inside.
    pub(in crate::intake::document) fn fill(&self, sheet: &mut Sheet) {
        self.by_hand(sheet);
        for part in self.parts.iter().filter(|part| !part.curved && (2..=6).contains(&part.points.len())) {
            sheet.fill(part.edges());
        }
    }

    /// Notes the grounds that the inside lays under words.
    pub(in crate::intake::document) fn ground(&self, sheet: &mut Sheet) {
        self.parts.iter().for_each(|part| sheet.ground(part.edges()));
    }

    /// Notes what is curved or aslant: no ruling, but maybe a tick.
    fn by_hand(&self, sheet: &mut Sheet) {
        for part in self.parts.iter().filter(|part| part.curved || part.is_aslant()) {
            sheet.stroke(part.edges());
        }
    }

    /// Forgets all.
    pub(in crate::intake::document) fn clear(&mut self) {
        self.parts.clear();
    }
}
