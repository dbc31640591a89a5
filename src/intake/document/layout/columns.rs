//! Lines that no ruling fences in become paragraphs, and tables where their pieces stand in columns.

use super::lines::Line;
use super::paragraphs::{Room, paragraphs};
use super::tables;
use crate::model::document::{Block, Cell, Row, Table};

/// How far a piece may begin from its column, in font sizes.
const ALIGNED: f64 = 1.0;

/// The blocks of lines in reading order.
pub(super) fn blocks(lines: Vec<Line>) -> Vec<Block> {
    let split: Vec<Vec<Line>> = lines.iter().map(Line::pieces).collect();
    let mut out = Vec::new();
    let mut plain: Vec<Line> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        match split.get(at..).and_then(Columns::grow) {
            Some(columns) => {
                flush(&mut plain, &mut out);
                at += columns.lines;
                out.push(Block::Table(columns.table()));
            }
            None => {
                plain.push(line.clone());
                at += 1;
            }
        }
    }
    flush(&mut plain, &mut out);
    out
}

fn flush(plain: &mut Vec<Line>, out: &mut Vec<Block>) {
    let lines = std::mem::take(plain);
    out.extend(paragraphs(&lines, Room { right: usual_end(&lines), ..Room::of(&lines) }));
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
    /// The table that begins with the first line, if there is one of two lines at least.
    fn grow(split: &[Vec<Line>]) -> Option<Columns> {
        let first = split.first().filter(|pieces| pieces.len() >= 2)?;
        let starts = first.iter().map(|piece| piece.x0).collect();
        let mut columns = Columns { starts, rows: vec![first.iter().map(|piece| vec![piece.clone()]).collect()], lines: 1 };
        for pieces in split.iter().skip(1) {
            if !columns.takes_row(pieces) && !columns.takes_rest(pieces) {
                break;
            }
            columns.lines += 1;
        }
        (columns.lines >= 2).then_some(columns)
    }

    fn takes_row(&mut self, pieces: &[Line]) -> bool {
        let aligned = |(piece, start): (&Line, &f64)| (piece.x0 - start).abs() <= ALIGNED * piece.size;
        // The first column may be indented, the others make the table.
        let fits = pieces.len() == self.starts.len() && pieces.iter().zip(&self.starts).skip(1).all(aligned);
        if fits {
            self.rows.push(pieces.iter().map(|piece| vec![piece.clone()]).collect());
        }
        fits
    }

    /// A line in a column but the first is the rest of the value above it.
    fn takes_rest(&mut self, pieces: &[Line]) -> bool {
        let [piece] = pieces else { return false };
        let column = self.starts.iter().skip(1).position(|start| (piece.x0 - start).abs() <= ALIGNED * piece.size);
        let cell = column.and_then(|column| self.rows.last_mut()?.get_mut(column + 1));
        match cell {
            Some(lines) if lines.last().is_some_and(|last| last.page == piece.page && piece.y - last.y <= 2.2 * piece.size) => {
                lines.push(piece.clone());
                true
            }
            _ => false,
        }
    }

    fn table(self) -> Table {
        let row = |cells: Vec<Vec<Line>>| Row { cells: cells.into_iter().enumerate().map(cell).collect() };
        Table { rows: self.rows.into_iter().map(row).collect() }
    }
}

fn cell((column, lines): (usize, Vec<Line>)) -> Cell {
    let room = Room::of(&lines);
    tables::cell(column, paragraphs(&lines, room))
}
