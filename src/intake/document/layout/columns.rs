//! Lines that no ruling fences in become paragraphs, and tables where columns part.

use super::corridor::Corridor;
use super::lines::{COLUMN_GAP, Line};
use super::paragraphs::{Room, paragraphs};
use super::rows::{self, Pair};
use super::tables;
use crate::model::document::{Block, Cell, Row, Table};

/// Tables within a column of a table, at most.
const DEEPEST: usize = 3;
/// A value of no more lines holds no table of its own.
const FEW: usize = 6;
/// A gap between columns whose lines stand over each other, in font sizes.
const BESIDE: f64 = 0.8;

/// The blocks of lines in reading order.
pub(super) fn blocks(lines: &[Line], room: impl Fn(&[Line]) -> Room) -> Vec<Block> {
    blocks_within(lines, &room, DEEPEST)
}

fn blocks_within(lines: &[Line], room: &dyn Fn(&[Line]) -> Room, depth: usize) -> Vec<Block> {
    let mut out = Vec::new();
    let mut done = 0;
    let right = room(lines).right;
    // Text between tables has all the room that there is, however short its lines are.
    let wide = |lines: &[Line]| Room { right: room(lines).right.max(right), ..room(lines) };
    for corridor in Corridor::all(lines) {
        let before = lines.get(done..corridor.lines.start).unwrap_or_default();
        out.extend(paragraphs(before, wide(before)));
        let (above, pairs) = rows::pairs(lines.get(corridor.lines.clone()).unwrap_or_default(), &corridor, right);
        out.extend(paragraphs(&above, wide(&above)));
        out.push(Block::Table(table(&pairs, depth)));
        done = corridor.lines.end;
    }
    let rest = lines.get(done..).unwrap_or_default();
    out.extend(paragraphs(rest, wide(rest)));
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

/// The rows of a corridor: a label, and its value in one cell or in several.
fn table(pairs: &[Pair], depth: usize) -> Table {
    let labels: Vec<Line> = pairs.iter().flat_map(|pair| pair.label.clone()).collect();
    let values: Vec<Line> = pairs.iter().flat_map(|pair| pair.value.clone()).collect();
    let (left, right) = (Room::of(&labels), Room::of(&values));
    let mut starts: Vec<f64> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        let mut cells = vec![tables::cell(0, paragraphs(&pair.label, left))];
        // A label alone above another one has its row to itself; above a row of both it has a value that is blank.
        if pair.value.is_empty() && pairs.get(at + 1).is_some_and(|next| !next.value.is_empty()) {
            cells.push(tables::cell(1, Vec::new()));
        }
        let alike = rows.last().map_or(0, |row| row.cells.len());
        for (index, lines) in beside(pair, alike).into_iter().enumerate() {
            let column = column_of(&lines, &mut starts);
            // Rows of as many cells have the same columns, however the words stand in them.
            let above = rows.last().filter(|row| row.cells.len() >= 3 && row.cells.len() == alike);
            let column = above.and_then(|row| row.cells.get(index + 1)).map_or(column, |cell| cell.column);
            cells.push(cell(column, &lines, right, depth));
        }
        rows.push(Row { cells: in_order(cells) });
    }
    Table { rows }
}

/// A value's cell; where its lines have columns of their own, a table in it.
fn cell(column: usize, lines: &[Line], right: Room, depth: usize) -> Cell {
    let own = Room::of(lines);
    // A cell beside others has its own edges.
    let room = if own.right < right.right - 40.0 && own.left > right.left + 40.0 { own } else { right };
    match depth.checked_sub(1) {
        Some(depth) if lines.len() > FEW => tables::cell(column, blocks_within(lines, &|_| room, depth)),
        _ => tables::cell(column, paragraphs(lines, room)),
    }
}

/// A value's lines by cell: what stands in one line far apart, or in three columns and more over each other.
fn beside(pair: &Pair, above: usize) -> Vec<Vec<Line>> {
    let lines = &pair.value;
    if let [line] = lines.as_slice() {
        return line.pieces(COLUMN_GAP * line.size).into_iter().map(|piece| vec![piece]).collect();
    }
    let columns = stacked(lines);
    if columns.len() >= 3 || (columns.len() >= 2 && columns.len() + 1 == above) { columns } else { whole(lines) }
}

fn whole(lines: &[Line]) -> Vec<Vec<Line>> {
    if lines.is_empty() { Vec::new() } else { vec![lines.to_vec()] }
}

/// The lines by column, where stripes that stay free from top to foot part them.
fn stacked(lines: &[Line]) -> Vec<Vec<Line>> {
    let mut pieces: Vec<Line> = lines.iter().flat_map(|line| line.pieces(BESIDE * line.size)).collect();
    pieces.sort_by(|one, other| one.x0.total_cmp(&other.x0));
    let mut columns: Vec<(f64, Vec<Line>)> = Vec::new();
    for piece in pieces {
        match columns.last_mut().filter(|(end, _)| piece.x0 - *end < BESIDE * piece.size) {
            Some((end, column)) => {
                *end = end.max(piece.x1);
                column.push(piece);
            }
            None => columns.push((piece.x1, vec![piece])),
        }
    }
    let in_lines = |mut column: Vec<Line>| {
        column.sort_by(|one, other| (one.page, one.y).partial_cmp(&(other.page, other.y)).unwrap_or(std::cmp::Ordering::Equal));
        column
    };
    columns.into_iter().map(|(_, column)| in_lines(column)).collect()
}

/// The number of the column that begins where the lines do, from 1.
fn column_of(lines: &[Line], starts: &mut Vec<f64>) -> usize {
    let left = Room::of(lines).left;
    let size = lines.first().map_or(1.0, |line| line.size);
    let known = starts.iter().position(|start| (start - left).abs() <= size);
    known.unwrap_or_else(|| {
        starts.push(left);
        starts.len() - 1
    }) + 1
}

/// Cells of one row from left to right, each in a column of its own.
fn in_order(mut cells: Vec<Cell>) -> Vec<Cell> {
    let mut next = 0;
    for cell in &mut cells {
        cell.column = cell.column.max(next);
        next = cell.column + 1;
    }
    cells
}
