//! Marks become lines: what shares a baseline, from left to right, with the gaps between words.

use super::{Mark, Placed};
use crate::model::document::{Inline, Style, Text};

/// Marks on one baseline, or a picture by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// The page that it stands on.
    pub(super) page: usize,
    /// Its baseline, or the picture's middle.
    pub(super) y: f64,
    /// Where its first visible mark begins.
    pub(super) x0: f64,
    /// Where its last visible mark ends.
    pub(super) x1: f64,
    /// Its font size: the largest.
    pub(super) size: f64,
    /// Its marks from left to right.
    pub(super) marks: Vec<Mark>,
    /// The picture, on a line that holds nothing else.
    pub(super) picture: Option<usize>,
}

/// How far marks may stand from a baseline, in font sizes.
const SAME_LINE: f64 = 0.4;
/// A gap that parts words of letters, in font sizes.
const WORD_GAP: f64 = 0.2;
/// One that parts letters from Chinese, between which word processors leave a quarter by themselves.
const MIXED_GAP: f64 = 0.45;
/// One that parts Chinese characters, which justification spreads.
const WIDE_GAP: f64 = 0.7;
/// The width of a letter that stands as wide as half a Chinese character.
const HALF: f64 = 0.49;
/// A gap that somebody meant as a column.
pub(super) const COLUMN_GAP: f64 = 2.0;

/// Sorts marks into lines, top to bottom.
pub(super) fn lines(mut marks: Vec<Mark>, page: usize) -> Vec<Line> {
    marks.sort_by(|one, other| one.y.total_cmp(&other.y));
    let mut lines: Vec<Line> = Vec::new();
    for mark in marks {
        match lines.last_mut().filter(|line| (mark.y - line.y) <= SAME_LINE * mark.size.max(line.size)) {
            Some(line) => {
                line.size = line.size.max(mark.size);
                line.marks.push(mark);
            }
            None => lines.push(Line { page, y: mark.y, size: mark.size, marks: vec![mark], ..Line::default() }),
        }
    }
    lines.into_iter().filter_map(Line::finished).collect()
}

/// A picture as a line of its own.
pub(super) fn picture(placed: &Placed, page: usize) -> Line {
    let [left, top, right, bottom] = placed.edges;
    Line { page, y: (top + bottom) / 2.0, x0: left, x1: right, picture: Some(placed.picture), ..Line::default() }
}

impl Line {
    /// Orders the marks and measures the line; none if nothing on it shows.
    fn finished(mut self) -> Option<Line> {
        self.marks.sort_by(|one, other| one.x0.total_cmp(&other.x0));
        // Poor man's bold: the same character drawn twice, a hair apart.
        self.marks.dedup_by(|next, kept| next.c == kept.c && (next.x0 - kept.x0).abs() < 0.15 * kept.size && !next.c.is_whitespace());
        self.drop_covered_blanks();
        let mut shown = self.marks.iter().filter(|mark| !mark.c.is_whitespace());
        let first = shown.next()?;
        self.x0 = first.x0;
        self.x1 = shown.map(|mark| mark.x1).fold(first.x1, f64::max);
        Some(self)
    }

    /// LibreOffice underlines by drawing blanks over the words.
    fn drop_covered_blanks(&mut self) {
        let shown: Vec<(f64, f64)> = self.marks.iter().filter(|mark| !mark.c.is_whitespace()).map(|mark| (mark.x0, mark.x1)).collect();
        self.marks.retain(|mark| {
            let middle = (mark.x0 + mark.x1) / 2.0;
            let under = shown.partition_point(|(x0, _)| *x0 <= middle).checked_sub(1).and_then(|at| shown.get(at));
            !mark.c.is_whitespace() || under.is_none_or(|(_, x1)| *x1 <= middle)
        });
    }

    /// The line's pieces between gaps that are wider than this; a picture is one.
    pub(super) fn pieces(&self, gap: f64) -> Vec<Line> {
        if self.picture.is_some() {
            return vec![self.clone()];
        }
        let mut pieces: Vec<Vec<Mark>> = Vec::new();
        let mut end = f64::INFINITY;
        for mark in &self.marks {
            if !mark.c.is_whitespace() {
                if mark.x0 - end > gap || pieces.is_empty() {
                    pieces.push(Vec::new());
                }
                end = mark.x1;
            }
            if let Some(piece) = pieces.last_mut() {
                piece.push(*mark);
            }
        }
        pieces.into_iter().filter_map(|marks| self.part(marks)).collect()
    }

    /// A line of some of its marks; none if nothing of them shows.
    pub(super) fn part(&self, marks: Vec<Mark>) -> Option<Line> {
        Line { page: self.page, y: self.y, size: self.size, marks, ..Line::default() }.finished()
    }

    /// The visible characters without blanks.
    pub(super) fn bare(&self) -> String {
        self.marks.iter().map(|mark| mark.c).filter(|c| !c.is_whitespace()).collect()
    }

    /// The characters with their gaps as blanks, in runs of one style.
    pub(super) fn inlines(&self) -> Vec<Inline> {
        if let Some(index) = self.picture {
            return vec![Inline::Picture(index)];
        }
        let mut runs: Vec<Text> = Vec::new();
        let mut before: Option<&Mark> = None;
        for mark in &self.marks {
            if let Some(gap) = before.and_then(|before| gap(before, mark)) {
                push(&mut runs, gap, before.map_or(mark.style, |before| before.style));
            }
            push(&mut runs, mark.c, mark.style);
            before = Some(mark);
        }
        runs.into_iter().map(Inline::Text).collect()
    }
}

fn push(runs: &mut Vec<Text>, c: char, style: Style) {
    match runs.last_mut().filter(|run| run.style == style) {
        Some(run) => run.text.push(c),
        None => runs.push(Text { text: c.to_string(), style }),
    }
}

/// The blank that stands for the room between two marks, unless one of them is a blank.
fn gap(before: &Mark, after: &Mark) -> Option<char> {
    if before.c.is_whitespace() || after.c.is_whitespace() {
        return None;
    }
    let room = (after.x0 - before.x1) / before.size.max(after.size).max(0.1);
    // Letters at the pitch of half a Chinese character, however narrow each is: no blank has room there.
    let pitch = (after.x0 - before.x0) / before.size.max(after.size).max(0.1);
    if before.c.is_ascii() && after.c.is_ascii() && (HALF..=HALF + 0.01).contains(&pitch) && !"ijl".contains(before.c) {
        return None;
    }
    let wanted = match (before.c.is_ascii(), after.c.is_ascii()) {
        (true, true) => WORD_GAP,
        (false, false) => WIDE_GAP,
        (true, false) | (false, true) => MIXED_GAP,
    };
    match room {
        room if room > COLUMN_GAP => Some('\t'),
        room if room > wanted => Some(' '),
        _ => None,
    }
}
