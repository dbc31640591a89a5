//! Lines that no ruling fences in become paragraphs, and tables where their pieces stand in columns.

use super::lines::Line;
use super::paragraphs::{Room, paragraphs};
use super::tables;
use crate::model::document::{Block, Row, Table};

/// How far a piece may begin from its column, in font sizes.
const ALIGNED: f64 = 1.0;
/// How far the first line of a value may begin behind its column, in font sizes.
const INDENTED: f64 = 2.5;

/// The blocks of lines in reading order.
pub(super) fn blocks(lines: &[Line], room: impl Fn(&[Line]) -> Room) -> Vec<Block> {
    let split: Vec<Vec<Line>> = lines.iter().map(Line::pieces).collect();
    let mut out = Vec::new();
    let mut known: Vec<f64> = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while at < lines.len() {
        let Some(columns) = split.get(at..).and_then(|split| Columns::grow(split, &known)) else {
            at += 1;
            continue;
        };
        let before = lines.get(plain..at).unwrap_or_default();
        out.extend(paragraphs(before, room(before)));
        at += columns.lines;
        plain = at;
        known.clone_from(&columns.starts);
        out.push(Block::Table(columns.table()));
    }
    let rest = lines.get(plain..).unwrap_or_default();
    out.extend(paragraphs(rest, room(rest)));
    out
}

/// The room of lines that stand free on their pages.
pub(super) fn free_room(lines: &[Line]) -> Room {
    Room { right: usual_end(lines), ..Room::of(lines) }
}

/// Where full lines end: where most long lines do, so that one stray line doesn't make all the others short.
fn usual_end(lines: &[Line]) -> f64 {
    let longest = Room::of(lines).right;
    let ends: Vec<(f64, f64)> = lines.iter().filter(|line| line.picture.is_none()).map(|line| (line.x1, line.size)).collect();
    let near = |end: f64, size: f64| ends.iter().filter(move |(other, _)| (other - end).abs() <= size).map(|(other, _)| *other);
    let most = ends
        .iter()
        .map(|(end, size)| (near(*end, *size).count(), *end, *size))
        .max_by(|one, other| (one.0, one.1).partial_cmp(&(other.0, other.1)).unwrap_or(std::cmp::Ordering::Equal));
    match most {
        Some((count, end, size)) if count >= 3 && count * 3 >= ends.len() => near(end, size).fold(end, f64::max),
        _ => longest,
    }
}

/// Rows of pieces whose beginnings line up.
struct Columns {
    starts: Vec<f64>,
    rows: Vec<Vec<Vec<Line>>>,
    lines: usize,
}

impl Columns {
    /// The table that begins with the first line: two lines at least, or one whose columns an earlier table had.
    fn grow(split: &[Vec<Line>], known: &[f64]) -> Option<Columns> {
        let first = split.first().filter(|pieces| pieces.len() >= 2)?;
        let starts: Vec<f64> = first.iter().map(|piece| piece.x0).collect();
        let again = starts.len() == known.len() && first.iter().zip(known).all(aligned);
        let mut columns = Columns { starts, rows: vec![first.iter().map(|piece| vec![piece.clone()]).collect()], lines: 1 };
        for pieces in split.iter().skip(1) {
            if !columns.takes_row(pieces) && !columns.takes_rest(pieces) {
                break;
            }
            columns.lines += 1;
        }
        (columns.rows.len() >= 2 || again).then(|| columns.without_wrapped_rows())
    }

    /// The first column may be indented, the others make the table.
    fn takes_row(&mut self, pieces: &[Line]) -> bool {
        let fits = pieces.len() == self.starts.len() && pieces.iter().zip(&self.starts).skip(1).all(aligned);
        if fits {
            self.rows.push(pieces.iter().map(|piece| vec![piece.clone()]).collect());
        }
        fits
    }

    /// What stands in or behind a column but the first is the rest of the value above it, and so is what stands
    /// close beneath a label, closer than rows do.
    fn takes_rest(&mut self, pieces: &[Line]) -> bool {
        let (Some(piece), Some(end)) = (pieces.first(), pieces.last().map(|last| last.x1)) else { return false };
        let pitch = self.pitch();
        let behind = self.starts.iter().rposition(|start| piece.x0 >= start - ALIGNED * piece.size).unwrap_or_default();
        let next = self.starts.get(behind + 1).copied().unwrap_or(f64::INFINITY);
        let Some(lines) = self.rows.last_mut().and_then(|row| row.get_mut(behind)) else { return false };
        let Some(last) = lines.last().filter(|_| end < next) else { return false };
        let step = piece.y - last.y;
        if last.page != piece.page {
            return self.goes_on_over_the_page(behind, pieces);
        }
        let near = if behind > 0 { step <= 8.0 * piece.size } else { step <= 1.7 * piece.size && step < 0.8 * pitch };
        if near {
            lines.extend(pieces.iter().cloned());
        }
        near
    }

    /// At the head of the next page a line by itself where a value's lines begin is the rest of it.
    fn goes_on_over_the_page(&mut self, column: usize, pieces: &[Line]) -> bool {
        let ([piece], Some(start)) = (pieces, self.starts.get(column)) else { return false };
        let Some(lines) = self.rows.last_mut().and_then(|row| row.get_mut(column)) else { return false };
        let below = lines.last().is_some_and(|last| last.page + 1 == piece.page);
        let goes_on = column > 0 && below && piece.x0 - start <= INDENTED * piece.size;
        if goes_on {
            lines.push(piece.clone());
        }
        goes_on
    }

    /// The usual step from row to row; any, while there is one row.
    fn pitch(&self) -> f64 {
        let mut steps: Vec<f64> = self.steps().collect();
        steps.sort_by(f64::total_cmp);
        steps.get(steps.len() / 2).copied().unwrap_or(f64::INFINITY)
    }

    /// The steps from each row's last line to the next row's first.
    fn steps(&self) -> impl Iterator<Item = f64> {
        let top = |row: &[Vec<Line>]| row.iter().flatten().map(|line| line.y).fold(f64::INFINITY, f64::min);
        let foot = |row: &[Vec<Line>]| row.iter().flatten().map(|line| line.y).fold(f64::NEG_INFINITY, f64::max);
        self.rows.iter().zip(self.rows.iter().skip(1)).map(move |(one, other)| top(other) - foot(one))
    }

    /// Rows much closer than the others are the rest of the row above: a label and its value both wrapped.
    fn without_wrapped_rows(mut self) -> Columns {
        let pitch = self.pitch();
        let close: Vec<bool> = std::iter::once(false).chain(self.steps().map(|step| step > 0.0 && step < 0.75 * pitch)).collect();
        let rows = std::mem::take(&mut self.rows);
        for (row, close) in rows.into_iter().zip(close) {
            match self.rows.last_mut().filter(|_| close) {
                Some(above) => above.iter_mut().zip(row).for_each(|(cell, rest)| cell.extend(rest)),
                None => self.rows.push(row),
            }
        }
        self
    }

    /// A column's lines together show how much room each of its cells has.
    fn table(self) -> Table {
        let column = |at: usize| self.rows.iter().filter_map(|row| row.get(at)).flatten().cloned().collect::<Vec<Line>>();
        let rooms: Vec<Room> = (0..self.starts.len()).map(|at| Room::of(&column(at))).collect();
        let cell = |((at, lines), room): ((usize, &Vec<Line>), &Room)| tables::cell(at, paragraphs(lines, *room));
        Table { rows: self.rows.iter().map(|row| Row { cells: row.iter().enumerate().zip(&rooms).map(cell).collect() }).collect() }
    }
}

fn aligned((piece, start): (&Line, &f64)) -> bool {
    (-ALIGNED..=INDENTED).contains(&((piece.x0 - start) / piece.size.max(0.1)))
}
