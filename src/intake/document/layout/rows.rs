//! Two columns of lines become rows: each label with the lines of its value.
//!
//! Words in cells stand at the top or in the middle, and no ruling tells which: of all ways to deal the right
//! column's lines out in order, the one is taken in which every value stands best beside its label.

use super::corridor::Corridor;
use super::lines::Line;
use super::paragraphs::{Room, fills, goes_on};

/// A label's lines and its value's.
#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    /// The left column.
    pub(super) label: Vec<Line>,
    /// The right column.
    pub(super) value: Vec<Line>,
}

/// Word's and WPS's margins at both sides of a column's edge.
pub(super) const MARGINS: f64 = 12.0;
/// Ways weighed, at most; a table that has more is dealt out from top to top.
const MOST_WAYS: usize = 2_000_000;
/// What lists of options are written with.
const OPTIONS: &str = "□☐☑☒■●○◯√✓()（）[]［］【】";
/// What an option begins with.
const BOXES: &str = "□☐☑☒■●○◯√✓";
/// Lines of one label, at most.
const LONGEST_LABEL: usize = 8;
/// What it costs, in font sizes, that a label has no value.
const EMPTY: f64 = 0.6;
/// That a paragraph is torn.
const TORN: f64 = 1.5;
/// That a list of options is torn.
const LIST_TORN: f64 = 0.5;
/// That a row's words stand otherwise than those of the others.
const OTHERWISE: f64 = 0.3;
/// That a label ends although it filled its column.
const ENDED: f64 = 0.4;
/// That it goes on in a line with a value of its own.
const GONE_ON: f64 = 1.0;
/// The step below a heading, in font sizes.
const APART: f64 = 2.2;
/// That a line above the first label is nobody's value: as a cell's lines stand, and as a heading does.
const LEFT_OUT: (f64, f64) = (1.2, 0.3);

/// The lines above the first row, which are no part of it, and the rows of a corridor's lines.
///
/// `right` is where full lines end.
pub(super) fn pairs(lines: &[Line], corridor: &Corridor, right: f64) -> (Vec<Line>, Vec<Pair>) {
    let ys = unrolled(lines);
    let (mut labels, mut values): (Vec<Placed>, Vec<Placed>) = (Vec::new(), Vec::new());
    for (line, y) in lines.iter().zip(&ys) {
        let (left, right) = line.cut(corridor.middle());
        labels.extend(left.map(|line| Placed { line, y: *y }));
        values.extend(right.map(|line| Placed { line, y: *y }));
    }
    let torn = torn(&values, corridor.to, right);
    let columns = Columns { joins: joins(&labels, &values, &ys, corridor), torn, labels, values, start: corridor.to };
    let dealt = columns.dealt();
    let (mut labels, mut values) =
        (columns.labels.into_iter().map(|placed| placed.line), columns.values.into_iter().map(|placed| placed.line));
    let above = values.by_ref().take(dealt.left_out).collect();
    let rows = dealt
        .rows
        .into_iter()
        .map(|(label, value)| Pair { label: labels.by_ref().take(label).collect(), value: values.by_ref().take(value).collect() });
    (above, rows.collect())
}

/// A line with its height over all pages.
#[derive(Debug, Clone)]
struct Placed {
    line: Line,
    y: f64,
}

/// Heights as if the pages were one: the next page's first line follows the last as lines do.
fn unrolled(lines: &[Line]) -> Vec<f64> {
    let pairs = || lines.iter().zip(lines.iter().skip(1));
    let mut steps: Vec<f64> = pairs().filter(|(one, other)| one.page == other.page).map(|(one, other)| other.y - one.y).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
    let mut shift = 0.0;
    let mut out: Vec<f64> = lines.first().map(|first| first.y).into_iter().collect();
    for (before, line) in pairs() {
        if before.page != line.page {
            shift += before.y + usual.max(1.2 * line.size) - line.y;
        }
        out.push(line.y + shift);
    }
    out
}

/// Whether a label may go on in the next line of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    /// It ended before its column did.
    Never,
    /// It filled its column, and the next line has nothing beside it.
    Perhaps,
    /// It filled its column, but the next line has a value beside it.
    Hardly,
    /// The next line is nearer than rows are.
    Surely,
}

/// What stands between each line of the left column and the next.
fn joins(labels: &[Placed], values: &[Placed], ys: &[f64], corridor: &Corridor) -> Vec<Join> {
    let above = |y: f64| ys.iter().copied().filter(|other| *other < y - 0.5).fold(f64::NEG_INFINITY, f64::max);
    let mut usual: Vec<f64> = labels.iter().map(|label| label.y - above(label.y)).filter(|step| step.is_finite()).collect();
    usual.sort_by(f64::total_cmp);
    let pitch = usual.get(usual.len() / 2).copied().unwrap_or(f64::INFINITY);
    let on_a_page = labels.iter().zip(labels.iter().skip(1)).filter(|(one, other)| one.line.page == other.line.page);
    let least = on_a_page.map(|(one, other)| other.y - one.y).filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
    let column = corridor.to - MARGINS;
    let beside = |y: f64| values.iter().any(|value| (value.y - y).abs() < 0.5);
    let join = |(last, next): (&Placed, &Placed)| {
        let em = last.line.size.max(next.line.size).max(1.0);
        let step = next.y - last.y;
        if last.line.picture.is_some() || next.line.picture.is_some() {
            Join::Never
        } else if step <= 1.7 * em && next.y - above(next.y) < 0.75 * pitch {
            Join::Surely
        } else if step > 1.25 * least.max(em) || is_option(&next.line) {
            Join::Never
        } else if is_stub(&next.line) {
            Join::Surely
        } else if fills(&last.line, &next.line, column) {
            if beside(last.y) && beside(next.y) { Join::Hardly } else { Join::Perhaps }
        } else {
            Join::Never
        }
    };
    labels.iter().zip(labels.iter().skip(1)).map(join).collect()
}

/// `□标准`: no label goes on so.
pub(super) fn is_option(line: &Line) -> bool {
    line.marks.iter().map(|mark| mark.c).find(|c| !c.is_whitespace()).is_some_and(|c| BOXES.contains(c))
}

fn is_bold(line: &Line) -> bool {
    line.picture.is_none() && line.marks.iter().all(|mark| mark.style.bold || mark.c.is_whitespace())
}

/// `位`, `章）`: no label is so short.
fn is_stub(line: &Line) -> bool {
    let mut letters = line.marks.iter().map(|mark| mark.c).filter(|c| c.is_alphanumeric());
    letters.next().is_some_and(|c| !c.is_ascii()) && letters.next().is_none()
}

fn steps(lines: &[Placed]) -> impl Iterator<Item = f64> {
    lines.iter().zip(lines.iter().skip(1)).map(|(one, other)| other.y - one.y)
}

/// One and the next.
type Neighbours<'a, T> = (&'a T, &'a T);

/// Which lines of the right column go on from the one before, in one of their columns at least.
fn torn(values: &[Placed], left: f64, right: f64) -> Vec<bool> {
    let least = steps(values).filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
    let pieces: Vec<Vec<Line>> = values.iter().map(|placed| placed.line.pieces(0.8 * placed.line.size)).collect();
    let goes_on = |((one, other), (above, below)): (Neighbours<'_, Placed>, Neighbours<'_, Vec<Line>>)| {
        let (size, step) = (one.line.size.max(other.line.size), other.y - one.y);
        let text = one.line.picture.is_none() && other.line.picture.is_none() && (is_bold(&other.line) || !is_bold(&one.line));
        let whole = above.len() == 1 || below.len() == 1;
        let starts = || above.iter().chain(below).map(|piece| piece.x0);
        let column = |piece: &Line| {
            let next = starts().filter(|start| *start > piece.x0 + size).fold(f64::INFINITY, f64::min);
            Room { left: piece.x0, right: right.min(next - MARGINS) }
        };
        let in_a_column = || {
            above
                .iter()
                .any(|piece| below.iter().any(|rest| (rest.x0 - piece.x0).abs() <= size && goes_on(piece, rest, column(piece), step + 1.0)))
        };
        let all = Room { left, right };
        text && step <= 1.25 * least.max(size) && if whole { goes_on(&one.line, &other.line, all, step + 1.0) } else { in_a_column() }
    };
    let lines = values.iter().zip(values.iter().skip(1)).zip(pieces.iter().zip(pieces.iter().skip(1))).map(goes_on);
    std::iter::once(false).chain(lines).collect()
}

/// Both columns' lines, to be dealt out to rows.
struct Columns {
    labels: Vec<Placed>,
    values: Vec<Placed>,
    /// Between each label's line and the next.
    joins: Vec<Join>,
    /// Whether a value's line goes on from the one before.
    torn: Vec<bool>,
    /// Where the right column begins.
    start: f64,
}

/// Where words stand in their cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Top,
    Middle,
}

/// How many lines of each column each row has.
struct Dealt {
    left_out: usize,
    rows: Vec<(usize, usize)>,
}

/// The cheapest way to a state, and the state before.
#[derive(Clone, Copy)]
struct Way {
    cost: f64,
    from: (usize, usize),
}

impl Columns {
    fn dealt(&self) -> Dealt {
        // One table's words stand alike in all its cells.
        let ways = [Stand::Top, Stand::Middle].into_iter().filter_map(|stand| self.cheapest(stand));
        let cheapest = ways.min_by(|one, other| one.0.total_cmp(&other.0));
        cheapest.map_or_else(|| self.by_tops(), |(_, dealt)| dealt)
    }

    /// Of all ways to deal the lines out in order the cheapest; none where there is none, or too many.
    fn cheapest(&self, stand: Stand) -> Option<(f64, Dealt)> {
        let (labels, values) = (self.labels.len(), self.values.len());
        let unknown = Way { cost: f64::INFINITY, from: (0, 0) };
        let mut left = MOST_WAYS.checked_sub(labels.saturating_mul(values))?;
        let mut ways: Vec<Vec<Way>> = vec![vec![unknown; values + 1]; labels + 1];
        if let Some(first) = ways.first_mut() {
            let mut cost = 0.0;
            for (at, way) in first.iter_mut().enumerate() {
                *way = Way { cost, from: (0, at) };
                cost += self.left_out(at);
            }
        }
        for label in 0..labels {
            for end in self.ends_of_label(label) {
                let broken = self.broken(label, end);
                for start in 0..=values {
                    let so_far = ways.get(label).and_then(|ways| ways.get(start)).map_or(f64::INFINITY, |way| way.cost) + broken;
                    if so_far.is_finite() {
                        left = left.checked_sub(self.extend(&mut ways, (label, start), (end, so_far), stand))?;
                    }
                }
            }
        }
        let cost = ways.last().and_then(|ways| ways.last()).map(|way| way.cost).filter(|cost| cost.is_finite())?;
        Some((cost, traced(&ways, (labels, values))))
    }

    /// Tries every value for a label's lines that reaches into no other row; counts the tries.
    fn extend(&self, ways: &mut [Vec<Way>], from: (usize, usize), (end, so_far): (usize, f64), stand: Stand) -> usize {
        let label = self.labels.get(from.0..end).unwrap_or_default();
        let before = from.0.checked_sub(1).and_then(|at| self.labels.get(at)).map_or(f64::NEG_INFINITY, |label| label.y);
        let next = self.labels.get(end).map_or(f64::INFINITY, |label| label.y);
        let Some(here) = ways.get_mut(end) else { return 0 };
        let mut tries = 0;
        for (until, way) in here.iter_mut().enumerate().skip(from.1) {
            tries += 1;
            let value = self.values.get(from.1..until).unwrap_or_default();
            if value.first().is_some_and(|first| first.y < before + 0.3 * first.line.size) {
                break;
            }
            if value.last().is_some_and(|last| last.y > next - 0.3 * last.line.size) {
                break;
            }
            let tear = if until > from.1 { self.tear(from.1) } else { 0.0 };
            let cost = so_far + tear + misfit(value, span(label), stand);
            if cost < way.cost {
                *way = Way { cost, from };
            }
        }
        tries
    }

    /// Where a label that begins at a line may end.
    fn ends_of_label(&self, from: usize) -> impl Iterator<Item = usize> {
        let lines = self.labels.len();
        let may_go_on = |at: &usize| self.joins.get(*at - 1).is_some_and(|join| *join != Join::Never);
        let longest = (from + 1..lines).take_while(may_go_on).take(LONGEST_LABEL - 1).last().unwrap_or(from);
        (from + 1..=longest + 1).filter(move |end| self.joins.get(*end - 1) != Some(&Join::Surely) || *end == longest + 1)
    }

    /// What it costs that a label's lines belong together and end where they do.
    fn broken(&self, from: usize, end: usize) -> f64 {
        let ended = self.joins.get(end - 1).is_some_and(|join| matches!(join, Join::Perhaps | Join::Hardly));
        let beside = |at: usize| self.labels.get(at).and_then(|label| self.values.iter().position(|value| (value.y - label.y).abs() < 0.5));
        // Where the value goes on as well, both wrapped.
        let alone = |at: &usize| self.joins.get(at - 1) == Some(&Join::Hardly) && beside(*at).is_some_and(|value| self.tear(value) <= 0.0);
        let gone_on = (from + 1..end).filter(alone).map(|_| GONE_ON).sum::<f64>();
        gone_on + if ended { ENDED } else { 0.0 }
    }

    fn left_out(&self, at: usize) -> f64 {
        let Some(value) = self.values.get(at) else { return 0.0 };
        let next = self.values.get(at + 1);
        let heads = is_bold(&value.line) && next.is_some_and(|next| !is_bold(&next.line));
        let apart = next.is_some_and(|next| next.y - value.y > APART * next.line.size);
        let aligned = (value.line.x0 - self.start).abs() <= value.line.size;
        if heads || apart && !aligned { LEFT_OUT.1 } else { LEFT_OUT.0 }
    }

    /// What it costs that a value begins with a line.
    fn tear(&self, at: usize) -> f64 {
        let options = |at: usize| self.values.get(at).is_some_and(|value| value.line.marks.iter().any(|mark| OPTIONS.contains(mark.c)));
        match at.checked_sub(1) {
            Some(_) if self.torn.get(at) == Some(&true) => TORN,
            Some(before) if options(before) && options(at) => LIST_TORN,
            _ => 0.0,
        }
    }

    /// Each line of the right column to the last label that begins no lower.
    fn by_tops(&self) -> Dealt {
        let mut done = 0;
        let rows = self.labels.iter().enumerate().map(|(at, _)| {
            let next = self.labels.get(at + 1).map_or(f64::INFINITY, |label| label.y - 0.4 * label.line.size);
            let end = self.values.partition_point(|value| value.y < next).max(done);
            let row = (1, end - done);
            done = end;
            row
        });
        Dealt { left_out: 0, rows: rows.collect() }
    }
}

/// The rows on the way to a state.
fn traced(ways: &[Vec<Way>], mut state: (usize, usize)) -> Dealt {
    let mut rows = Vec::new();
    while state.0 > 0 {
        let Some(way) = ways.get(state.0).and_then(|ways| ways.get(state.1)) else { break };
        rows.push((state.0 - way.from.0, state.1 - way.from.1));
        // Every way comes from fewer labels.
        state = way.from;
    }
    rows.reverse();
    Dealt { left_out: state.1, rows }
}

/// How badly a value stands beside its label, in font sizes.
fn misfit(value: &[Placed], label: (f64, f64), stand: Stand) -> f64 {
    let (Some(first), Some(last)) = (value.first(), value.last()) else { return EMPTY };
    let scale = first.line.size.max(1.0);
    let at_top = (first.y - label.0).abs();
    let in_the_middle = ((first.y + last.y) - (label.0 + label.1)).abs() / 2.0;
    let (top, middle) = match stand {
        Stand::Top => (0.0, OTHERWISE),
        Stand::Middle => (OTHERWISE, 0.0),
    };
    (at_top / scale + top).min(in_the_middle / scale + middle)
}

fn span(cell: &[Placed]) -> (f64, f64) {
    let ys = || cell.iter().map(|placed| placed.y);
    (ys().fold(f64::INFINITY, f64::min), ys().fold(f64::NEG_INFINITY, f64::max))
}
