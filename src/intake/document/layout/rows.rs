//! Two columns of lines become rows: each label with the lines of its value.
//!
//! Which lines go on from the one before, `joins` says; how the right column's are dealt out, `deal` weighs.

use super::corridor::Corridor;
use super::deal::Columns;
use super::joins::{joins, torn};
use super::lines::Line;

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
    let steps = |column: &[Placed]| column.iter().zip(column.iter().skip(1)).map(|(one, other)| other.y - one.y).collect::<Vec<f64>>();
    let steps = steps(&labels).into_iter().chain(steps(&values)).filter(|step| *step > 1.0);
    let pitch = steps.fold(f64::INFINITY, f64::min);
    let columns = Columns { joins: joins(&labels, &values, &ys, corridor), torn, labels, values, start: corridor.to, pitch };
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
pub(super) struct Placed {
    pub(super) line: Line,
    pub(super) y: f64,
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
