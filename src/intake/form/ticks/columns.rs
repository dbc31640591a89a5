//! Words in one row of a table and their ticks in the next: each tick is moved behind the word in its column.

use crate::intake::form::locate::Line;
use std::borrow::Cow;

/// No form offers more choices.
const MOST_COLUMNS: usize = 32;

/// Whether a line's own characters hold words, ticks, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Words,
    Ticks,
    Nothing,
}

/// The lines as they should be read: where a row of words has a row of ticks beneath it, a line for each column.
pub(super) fn by_column(lines: &[Line], holds: impl Fn(&Line) -> Holds) -> Cow<'_, [Line]> {
    let rows = rows(lines);
    let kind = |row: &[usize]| {
        let of = |wanted| row.iter().any(|at| lines.get(*at).is_some_and(|line| holds(line) == wanted));
        (of(Holds::Words), of(Holds::Ticks))
    };
    let [words, ticks] = rows.as_slice() else { return Cow::Borrowed(lines) };
    if words.len() != ticks.len() || words.len() > MOST_COLUMNS {
        return Cow::Borrowed(lines);
    }
    if kind(words) != (true, false) || kind(ticks) != (false, true) {
        return Cow::Borrowed(lines);
    }
    let joined = words.iter().zip(ticks).filter_map(|(word, tick)| {
        let mut line = lines.get(*word)?.clone();
        line.inlines.extend(lines.get(*tick)?.inlines.iter().cloned());
        Some(line)
    });
    Cow::Owned(joined.collect())
}

/// The lines of each row, if every cell holds one line.
fn rows(lines: &[Line]) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut last: Option<(usize, usize, usize)> = None;
    for (at, line) in lines.iter().enumerate() {
        let Some(cell) = line.place.cell else { return Vec::new() };
        match (last, rows.last_mut()) {
            (Some(last), _) if last == cell => return Vec::new(),
            (Some((table, row, _)), Some(open)) if (table, row) == (cell.0, cell.1) => open.push(at),
            _ => rows.push(vec![at]),
        }
        last = Some(cell);
    }
    rows
}
