//! A grid and the lines in its cells become a table, also where a page's end breaks it.

use super::columns;
use super::grid::{Area, Grid};
use super::lines::Line;
use super::paragraphs::{Room, goes_on, paragraphs};
use super::words::{self, Ends};
use crate::model::document::{Block, Cell, Row, Table};

/// What is narrower holds no character: it is the strip between double rulings, or between a table and the one around it.
const STRIP: f64 = 7.0;
/// Rows of a head that each page repeats, at most.
const HEAD: usize = 3;

/// A table that may yet go on over the page.
#[derive(Debug)]
pub(super) struct Ruled {
    width: (f64, f64),
    rows: Vec<Vec<RuledCell>>,
}

/// A cell with its lines.
#[derive(Debug)]
struct RuledCell {
    area: Area,
    sides: (f64, f64),
    lines: Vec<Line>,
}

impl Ruled {
    /// Puts each cell's lines, which are given by the cells' order, into it.
    pub(super) fn new(grid: &Grid, cells: Vec<Vec<Line>>) -> Ruled {
        let mut rows: Vec<Vec<RuledCell>> = Vec::new();
        for (area, lines) in grid.cells.iter().zip(cells) {
            while rows.len() <= area.row {
                rows.push(Vec::new());
            }
            let is_strip = lines.is_empty() && grid.narrowest(area) < STRIP;
            if let Some(row) = rows.get_mut(area.row).filter(|_| !is_strip) {
                row.push(RuledCell { area: *area, sides: grid.sides(area), lines });
            }
        }
        // A row in which only strips began is none, and cells from above don't cover it.
        let kept: Vec<bool> = rows.iter().map(|row| !row.is_empty()).collect();
        for area in rows.iter_mut().flatten().map(|cell| &mut cell.area) {
            area.rows = kept.iter().skip(area.row).take(area.rows).filter(|kept| **kept).count();
        }
        rows.retain(|row| !row.is_empty());
        Ruled { width: grid.width(), rows }
    }

    /// Whether nothing stands in it.
    pub(super) fn is_blank(&self) -> bool {
        self.rows.iter().flatten().all(|cell| cell.lines.is_empty())
    }

    /// Whether a row has several cells.
    pub(super) fn has_columns(&self) -> bool {
        self.rows.iter().any(|row| row.len() >= 2)
    }

    /// All its lines, cell by cell.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.rows.iter().flatten().flat_map(|cell| &cell.lines)
    }

    /// Keeps such lines only.
    pub(super) fn retain(&mut self, keep: impl Fn(&Line) -> bool) {
        self.rows.iter_mut().flatten().for_each(|cell| cell.lines.retain(&keep));
    }

    /// Whether the table at the head of the next page is this one's rest: it stands in the same place.
    pub(super) fn goes_on_in(&self, next: &Ruled) -> bool {
        (self.width.0 - next.width.0).abs() <= 5.0 && (self.width.1 - next.width.1).abs() <= 5.0
    }

    /// Adds the rest of the table, without the head that each page repeats; its first row may be the rest of the last one.
    pub(super) fn append(&mut self, mut next: Ruled) {
        let again = self.rows.iter().zip(&next.rows).take(HEAD).take_while(|(head, row)| is_repeated(head, row)).count();
        if again < next.rows.len() {
            next.rows.drain(..again);
        }
        let mut rows = next.rows.into_iter();
        if let Some(first) = rows.next() {
            match self.rows.last_mut().filter(|last| is_rest(last, &first)) {
                Some(last) => last.iter_mut().zip(first).for_each(|(cell, rest)| cell.lines.extend(rest.lines)),
                None => self.rows.push(first),
            }
        }
        self.rows.extend(rows);
    }

    /// The table as the model has it.
    pub(super) fn table(self) -> Table {
        let row = |cells: Vec<RuledCell>| {
            let whole = cells.len() == 1;
            Row { cells: cells.into_iter().map(|cell| cell.resolved(whole)).collect() }
        };
        Table { rows: self.rows.into_iter().map(row).collect() }
    }
}

/// Whether a row says the same in the same columns as one of the table's head.
fn is_repeated(head: &[RuledCell], row: &[RuledCell]) -> bool {
    let words = |row: &[RuledCell]| -> Vec<Vec<String>> { row.iter().map(|cell| cell.lines.iter().map(Line::bare).collect()).collect() };
    head.iter().any(|cell| !cell.lines.is_empty()) && words(head) == words(row)
}

/// A row broken by the page's end goes on in the same columns, with nothing beneath its label, or the label's own rest;
/// or its label stands in the middle of all of it, and so on the next page.
fn is_rest(last: &[RuledCell], first: &[RuledCell]) -> bool {
    let same = |one: f64, other: f64| (one - other).abs() <= 5.0;
    let aligned = |(one, other): (&RuledCell, &RuledCell)| same(one.sides.0, other.sides.0) && same(one.sides.1, other.sides.1);
    let blank_label = first.len() == 1 || first.first().is_some_and(|cell| cell.lines.is_empty());
    let rest_of_label = || match (last.split_first(), first.split_first()) {
        (Some((label, _)), Some((rest, others))) => match words::ends(&label.says(), &rest.says(), &rest.says()) {
            Some(Ends::Here) => false,
            Some(Ends::Later) => label.goes_on_in(rest),
            None => label.goes_on_in(rest) && others.iter().all(|cell| cell.lines.is_empty()),
        },
        (None, _) | (_, None) => false,
    };
    let yet_to_come =
        || last.split_first().is_some_and(|(label, values)| label.lines.is_empty() && values.iter().any(|cell| !cell.lines.is_empty()));
    last.len() == first.len()
        && last.iter().zip(first).all(aligned)
        && (blank_label || last.len() >= 2 && (rest_of_label() || yet_to_come()))
}

impl RuledCell {
    fn says(&self) -> String {
        self.lines.iter().map(Line::bare).collect()
    }

    /// Whether its last line filled it, and the first one of another cell is what had no room there.
    fn goes_on_in(&self, rest: &RuledCell) -> bool {
        let lines = self.lines.last().zip(rest.lines.first());
        lines.is_some_and(|(last, next)| goes_on(last, next, Room::in_cell(self.sides, &self.lines), f64::INFINITY))
    }

    /// The cell; one that has its row to itself may hold a table without rulings.
    fn resolved(self, whole: bool) -> Cell {
        let room = |lines: &[Line]| Room::in_cell(self.sides, lines);
        let blocks = if whole { columns::blocks(&self.lines, room) } else { paragraphs(&self.lines, room(&self.lines)) };
        let Area { column, columns, rows, .. } = self.area;
        Cell { column, column_span: columns, row_span: rows, blocks }
    }
}

/// A cell of one field.
pub(super) fn cell(column: usize, blocks: Vec<Block>) -> Cell {
    Cell { column, column_span: 1, row_span: 1, blocks }
}
