//! The right column's lines are dealt out to the labels of the left one.
//!
//! Words in cells stand at the top or in the middle, and no ruling tells which: of all ways to deal the right
//! column's lines out in order, the one is taken in which every value stands best beside its label.

use super::joins::{Join, is_bold};
use super::rows::Placed;

/// Ways weighed, at most; a table that has more is dealt out from top to top.
const MOST_WAYS: usize = 2_000_000;
/// What lists of options are written with.
const OPTIONS: &str = "□☐☑☒■●○◯√✓";
/// Lines of one label, at most: written upright, each of its characters is one.
const LONGEST_LABEL: usize = 20;
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
/// That its lines stand as one cell's lines don't.
const UNEVEN: f64 = 0.5;
/// That it goes on in a line with a value of its own.
const GONE_ON: f64 = 1.0;
/// That a line above the first label is nobody's value: as a cell's lines stand, and as a heading does.
const LEFT_OUT: (f64, f64) = (1.2, 0.3);

/// Both columns' lines, to be dealt out to rows.
pub(super) struct Columns {
    pub(super) labels: Vec<Placed>,
    pub(super) values: Vec<Placed>,
    /// Between each label's line and the next.
    pub(super) joins: Vec<Join>,
    /// Whether a value's line goes on from the one before.
    pub(super) torn: Vec<bool>,
    /// Where the right column begins.
    pub(super) start: f64,
    /// The least step between lines of a column.
    pub(super) pitch: f64,
}

/// Whether a line holds boxes, or brackets with nothing or a tick between.
fn holds_options(line: &str) -> bool {
    let blank = ["()", "（）", "[]", "［］", "【】"].iter().any(|pair| line.contains(pair));
    blank || line.contains(|c| OPTIONS.contains(c))
}

/// Where words stand in their cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Top,
    Middle,
}

/// How many lines of each column each row has.
pub(super) struct Dealt {
    pub(super) left_out: usize,
    pub(super) rows: Vec<(usize, usize)>,
}

/// The cheapest way to a state, and the state before.
#[derive(Clone, Copy)]
struct Way {
    cost: f64,
    from: (usize, usize),
}

impl Columns {
    /// The cheapest way, or by the tops of cells where there are too many.
    pub(super) fn dealt(&self) -> Dealt {
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
            let cost = so_far + tear + misfit(value, span(label), stand) + self.unevenness(value);
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
        let beside = |at: usize| self.labels.get(at).and_then(|label| self.values.iter().position(|value| (value.y - label.y).abs() < 0.5));
        // Where the value goes on as well, both wrapped.
        let alone = |at: &usize| self.joins.get(at - 1) == Some(&Join::Hardly) && beside(*at).is_some_and(|value| self.tear(value) <= 0.0);
        let gone_on = (from + 1..end).filter(alone).map(|_| GONE_ON).sum::<f64>();
        let ended = match self.joins.get(end - 1) {
            Some(Join::Perhaps) => true,
            Some(Join::Hardly) => !alone(&end),
            Some(Join::Never | Join::Surely) | None => false,
        };
        gone_on + if ended { ENDED } else { 0.0 }
    }

    fn left_out(&self, at: usize) -> f64 {
        let Some(value) = self.values.get(at) else { return 0.0 };
        let next = self.values.get(at + 1);
        let heads = is_bold(&value.line) && next.is_some_and(|next| !is_bold(&next.line));
        let aligned = (value.line.x0 - self.start).abs() <= value.line.size;
        if heads || !aligned { LEFT_OUT.1 } else { LEFT_OUT.0 }
    }

    /// What it costs that a value begins with a line.
    fn tear(&self, at: usize) -> f64 {
        let options = |at: usize| self.values.get(at).is_some_and(|value| holds_options(&value.line.bare()));
        match at.checked_sub(1) {
            Some(before) if self.torn.get(at) == Some(&true) && !self.is_centred_above(before, at) => TORN,
            Some(before) if options(before) && options(at) => LIST_TORN,
            _ => 0.0,
        }
    }

    /// Whether a line begins farther in than any first line does, and the next where its column does: a heading of the page.
    fn is_centred_above(&self, above: usize, at: usize) -> bool {
        const INDENT: f64 = 4.0;
        let behind = |at: usize| self.values.get(at).map_or(0.0, |value| (value.line.x0 - self.start) / value.line.size.max(1.0));
        behind(above) > INDENT && behind(at) < 1.0
    }

    /// What it costs that a few lines of a value stand neither as near as lines do, nor with whole lines left free.
    fn unevenness(&self, value: &[Placed]) -> f64 {
        const FEW: usize = 4;
        let odd = |(one, other): (&Placed, &Placed)| {
            let lines = (other.y - one.y) / self.pitch.max(1.0);
            one.line.page == other.line.page && lines > 1.2 && (lines - lines.round()).abs() > 0.2
        };
        let pairs = || value.iter().zip(value.iter().skip(1));
        if value.len() <= FEW && pairs().any(odd) { UNEVEN } else { 0.0 }
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
