//! White corridors: where neighbouring lines leave the same stripe of the page free, columns part.
//!
//! Lines on both sides of a stripe make it a corridor; a line on one side only stands in its column; a line across it
//! ends it. So a table without rulings is found wherever its words stand in their cells: left, centred or in the middle.

use super::joins::{is_option, is_stub};
use super::lines::{COLUMN_GAP, Line};
use super::paragraphs::{Room, fills};
use super::rows::MARGINS;
use std::ops::Range;

/// A gap narrower than this, in font sizes, parts no columns.
const NARROWEST: f64 = 0.8;
/// How far values that begin at one place may begin apart, in font sizes.
const EXACT: f64 = 0.2;
/// As many rows prove that a narrow gap parts columns.
const KEPT_BY: usize = 3;
/// A column of labels takes no larger part of the room.
const LABELS: f64 = 0.4;
/// How far a piece may begin from its column, in font sizes.
const ALIGNED: f64 = 1.0;
/// How far the first line of a value may begin behind its column, in font sizes.
const INDENTED: f64 = 2.5;
/// Lines that one corridor runs through, at most.
const LONGEST: usize = 2_000;

/// Lines with a corridor through them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Corridor {
    /// The lines, by number.
    pub(super) lines: Range<usize>,
    /// Where its left column ends.
    pub(super) from: f64,
    /// Where its right column begins.
    pub(super) to: f64,
}

/// On which sides of a corridor a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// In the left column only.
    Left,
    /// In the right column only.
    Right,
    /// In both.
    Both,
}

impl Corridor {
    /// The corridors of lines in reading order, none over another.
    pub(super) fn all(lines: &[Line]) -> Vec<Corridor> {
        let mut found: Vec<Corridor> = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let floor = found.last().map_or(0, |last| last.lines.end);
            let known: Vec<f64> = found.iter().map(|corridor| corridor.to).collect();
            match Corridor::through(lines, at, floor, &known) {
                Some(corridor) => {
                    at = corridor.lines.end.max(at + 1);
                    found.push(corridor);
                }
                None => at += 1,
            }
        }
        found
    }

    /// The corridor through a line with a column's gap, if it makes a table.
    fn through(lines: &[Line], at: usize, floor: usize, known: &[f64]) -> Option<Corridor> {
        let line = lines.get(at)?;
        let beside = lines.get(at + 1).and_then(|next| between(line, next));
        let wide = line
            .gaps(COLUMN_GAP * line.size)
            .into_iter()
            .chain(beside)
            .find_map(|gap| Corridor::grown(lines, at, floor, gap)?.table(lines, known));
        let begins_as_known = |gap: &(f64, f64)| known.iter().any(|start| (gap.1 - start).abs() <= EXACT * line.size);
        let narrow = || line.gaps(NARROWEST * line.size);
        let known_one = || Corridor::grown(lines, at, floor, narrow().into_iter().find(begins_as_known)?)?.table(lines, known);
        let kept = || Corridor::grown(lines, at, floor, narrow().into_iter().next()?)?.kept(lines)?.table(lines, known);
        wide.or_else(known_one).or_else(kept)
    }

    /// A corridor as narrow as a table's cells leave between their words, if it is one by its rows: labels in a narrow
    /// column on the left, and several values that begin at exactly one place.
    fn kept(self, lines: &[Line]) -> Option<Corridor> {
        let own = lines.get(self.lines.clone())?;
        let (left, right) = (Room::of(own).left, Room::of(own).right);
        let rows = own.iter().filter(|line| self.side(line) == Side::Both);
        let starts = rows.filter_map(|line| Some((line.cut(self.middle()).1?.x0, line.size)));
        let exact = starts.filter(|(start, size)| (start - self.to).abs() <= EXACT * size).count();
        (exact >= KEPT_BY && self.to - left <= LABELS * (right - left)).then_some(self)
    }

    /// As far down and up as it stays free.
    fn grown(lines: &[Line], at: usize, floor: usize, gap: (f64, f64)) -> Option<Corridor> {
        let mut grown = Corridor { lines: at..at + 1, from: gap.0, to: gap.1 };
        for (index, line) in lines.iter().enumerate().skip(at + 1).take(LONGEST) {
            if !grown.takes(line) {
                break;
            }
            grown.lines.end = index + 1;
        }
        for (index, line) in lines.iter().enumerate().take(at).skip(floor).rev().take(LONGEST) {
            if !grown.takes(line) {
                break;
            }
            grown.lines.start = index;
        }
        Some(grown)
    }

    /// Narrows to what a line leaves free of it; false where that is too little.
    fn takes(&mut self, line: &Line) -> bool {
        let least = NARROWEST * line.size;
        // What begins exactly where the column does may stand as near as its cell's margins let it, and a line that
        // leaves all of the corridor free narrows nothing.
        let exact = |start: f64| (start - self.to).abs() <= EXACT * line.size;
        let common = |(from, to): (f64, f64)| ((self.from.max(from), self.to.min(to)), exact(to) || from <= self.from && self.to <= to);
        let beside = [(f64::NEG_INFINITY, line.x0), (line.x1, f64::INFINITY)];
        let wide = |((from, to), fits): &((f64, f64), bool)| to - from >= if *fits { EXACT * line.size } else { least.max(1.0) };
        let free = line.gaps(EXACT * line.size).into_iter().chain(beside).map(common).filter(wide).map(|(free, _)| free);
        let Some((from, to)) = free.max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0))) else { return false };
        (self.from, self.to) = (from, to);
        true
    }

    /// Where a line is cut in two.
    pub(super) fn middle(&self) -> f64 {
        (self.from + self.to) / 2.0
    }

    /// Where a line stands.
    pub(super) fn side(&self, line: &Line) -> Side {
        match (line.x0 < self.middle(), line.x1 > self.middle()) {
            (true, true) => Side::Both,
            (true, false) => Side::Left,
            (false, _) => Side::Right,
        }
    }

    /// The part that is a table: from its first to its last row. None where there is none.
    fn table(self, lines: &[Line], known: &[f64]) -> Option<Corridor> {
        let own = lines.get(self.lines.clone())?;
        let sides: Vec<Side> = own.iter().map(|line| self.side(line)).collect();
        // Options beneath a label and the first option: lines of text with tabs in them, no columns.
        if own.iter().zip(&sides).any(|(line, side)| *side == Side::Left && is_option(line)) {
            return None;
        }
        // A label and a value in the middle of their cells may stand half a line apart.
        let beside = |at: usize| {
            sides.get(at) == Some(&Side::Both)
                || (at > 0 && own.get(at - 1).zip(own.get(at)).is_some_and(|(one, other)| between(one, other).is_some()))
        };
        let in_rows: Vec<usize> = (0..own.len()).filter(|at| beside(*at)).collect();
        let rows = in_rows.len();
        let last = in_rows.last().copied()?;
        let first = in_rows.first().copied().map(|first| if sides.get(first) == Some(&Side::Both) { first } else { first - 1 })?;
        let starts: Vec<Option<f64>> = own.iter().map(|line| line.cut(self.middle()).1.map(|right| right.x0)).collect();
        let aligned = |at: usize, line: &Line| {
            let behind = starts.get(at).copied().flatten().map(|start| (start - self.to) / line.size.max(0.1));
            behind.is_some_and(|behind| (-ALIGNED..=INDENTED).contains(&behind))
        };
        let right = |at: &usize| sides.get(*at) == Some(&Side::Right);
        let values = own.iter().enumerate().skip(last + 1).filter(|(at, line)| right(at) && aligned(*at, line)).count();
        let again = known.iter().any(|start| {
            let behind = (self.to - start) / own.first().map_or(1.0, |line| line.size.max(0.1));
            (-ALIGNED..=INDENTED).contains(&behind)
        });
        if rows < 2 && !again && values < 2 {
            return None;
        }
        let anchor = (last + 1..own.len())
            .take_while(|at| near(own, *at))
            .filter(|at| right(at) && own.get(*at).is_some_and(|line| aligned(*at, line)));
        let foot = anchor.last().unwrap_or(last);
        let on_the_page =
            |at: usize| own.get(at).zip(own.get(at - 1)).is_some_and(|(line, above)| line.page == above.page || aligned(at, line));
        let foot = (foot + 1..own.len()).take_while(|at| right(at) && near(own, *at) && on_the_page(*at)).last().unwrap_or(foot);
        let foot = (foot + 1..own.len()).take_while(|at| self.ends_label(own, *at) && near(own, *at)).last().unwrap_or(foot);
        let anchor = (0..first)
            .rev()
            .take_while(|at| near(own, at + 1))
            .filter(|at| right(at) && own.get(*at).is_some_and(|line| aligned(*at, line)));
        let head = anchor.last().unwrap_or(first);
        let head = (0..head).rev().take_while(|at| right(at) && near(own, at + 1)).last().unwrap_or(head);
        let head = (0..head).rev().take_while(|at| self.begins_label(own, *at) && near(own, at + 1)).last().unwrap_or(head);
        let start = self.lines.start;
        Some(Corridor { lines: start + head..start + foot + 1, ..self })
    }

    /// Whether a line below the last row is the rest of its label.
    fn ends_label(&self, own: &[Line], at: usize) -> bool {
        let above = own.get(..at).unwrap_or_default().iter().rev().find_map(|line| line.cut(self.middle()).0);
        let line = own.get(at).filter(|line| self.side(line) == Side::Left);
        above.zip(line).is_some_and(|(above, line)| fills(&above, line, self.to - MARGINS) || are_upright(&above, line))
    }

    /// Whether a line above the first row begins its label.
    fn begins_label(&self, own: &[Line], at: usize) -> bool {
        let below = own.iter().skip(at + 1).find_map(|line| line.cut(self.middle()).0);
        let line = own.get(at).filter(|line| self.side(line) == Side::Left);
        line.zip(below).is_some_and(|(line, below)| fills(line, &below, self.to - MARGINS) || are_upright(line, &below))
    }
}

/// Whether two lines are a character each, the one right under the other.
fn are_upright(above: &Line, line: &Line) -> bool {
    is_stub(above) && is_stub(line) && (above.x0 - line.x0).abs() <= 0.5 * line.size && line.y - above.y <= 2.0 * line.size
}

/// The gap between two lines nearer to each other than lines of one column are.
fn between(one: &Line, other: &Line) -> Option<(f64, f64)> {
    let size = one.size.max(other.size);
    let gap = if one.x0 < other.x0 { (one.x1, other.x0) } else { (other.x1, one.x0) };
    let apart = one.picture.is_none() && other.picture.is_none() && gap.1 - gap.0 >= NARROWEST * size;
    (apart && one.page == other.page && (other.y - one.y) < 0.95 * size).then_some(gap)
}

/// Whether a line stands as near to the one above as a cell's lines do, in a like size.
fn near(lines: &[Line], at: usize) -> bool {
    let above = at.checked_sub(1).and_then(|above| lines.get(above));
    let Some((above, line)) = above.zip(lines.get(at)) else { return false };
    let size = line.size.max(above.size);
    let alike = size <= 1.15 * line.size.min(above.size) || line.picture.is_some() || above.picture.is_some();
    alike && (above.page != line.page || line.y - above.y <= 8.0 * size)
}

impl Line {
    /// The gaps between its marks that are at least so wide.
    pub(super) fn gaps(&self, least: f64) -> Vec<(f64, f64)> {
        let mut out = Vec::new();
        let mut end: Option<f64> = None;
        for mark in self.marks.iter().filter(|mark| !mark.c.is_whitespace()) {
            if let Some(end) = end.filter(|end| mark.x0 - end >= least) {
                out.push((end, mark.x0));
            }
            end = Some(end.map_or(mark.x1, |end| end.max(mark.x1)));
        }
        out
    }

    /// What stands before and behind a place.
    pub(super) fn cut(&self, place: f64) -> (Option<Line>, Option<Line>) {
        if self.picture.is_some() {
            let whole = Some(self.clone());
            return if (self.x0 + self.x1) / 2.0 < place { (whole, None) } else { (None, whole) };
        }
        let (left, right) = self.marks.iter().copied().partition(|mark| (mark.x0 + mark.x1) / 2.0 < place);
        (self.part(left), self.part(right))
    }
}
