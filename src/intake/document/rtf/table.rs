//! Rows whose cells are told by their right edges become a [`Table`].
//!
//! Cells are merged down by `\clvmgf` and `\clvmrg`, across by `\clmgf` and `\clmrg` or simply by their width.

use std::collections::BTreeSet;

use crate::intake::document::grid::Grid;
use crate::model::document::{Block, Table};

/// Word allows 63 cells in a row.
const MOST_CELLS: usize = 128;
/// Edges that lie closer than this, in twips, are one: word processors round.
const SAME_EDGE: i32 = 20;

/// A row's definition (`\trowd`).
#[derive(Debug, Clone, Default)]
pub(super) struct Definition {
    left: i32,
    cells: Vec<Place>,
    next: Merged,
}

#[derive(Debug, Clone, Copy, Default)]
struct Merged {
    down: bool,
    across: bool,
}

/// Where a cell ends, and whether it belongs to another one.
#[derive(Debug, Clone, Copy)]
struct Place {
    right: i32,
    merged: Merged,
}

impl Definition {
    /// Takes up a control word.
    pub(super) fn word(&mut self, word: &str, number: i32) {
        match word {
            "trowd" => *self = Self::default(),
            "trleft" => self.left = number,
            "clvmrg" => self.next.down = true,
            "clmrg" => self.next.across = true,
            "cellx" if self.cells.len() < MOST_CELLS => self.cells.push(Place { right: number, merged: std::mem::take(&mut self.next) }),
            _ => {}
        }
    }
}

/// A table being read.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<Vec<Cell>>,
    cells: Vec<Vec<Block>>,
    /// The content of the cell that is being read.
    pub(super) blocks: Vec<Block>,
}

struct Cell {
    left: i32,
    right: i32,
    down: bool,
    blocks: Vec<Block>,
}

impl Rows {
    /// The cell ends.
    pub(super) fn cell(&mut self) {
        self.cells.push(std::mem::take(&mut self.blocks));
    }

    /// The row ends. Cells beyond its definition follow with a width of their own.
    pub(super) fn row(&mut self, definition: &Definition) {
        let mut left = definition.left;
        let mut row: Vec<Cell> = Vec::new();
        let mut places = definition.cells.iter();
        for blocks in std::mem::take(&mut self.cells) {
            let place = places.next().copied().unwrap_or(Place { right: left.saturating_add(1000), merged: Merged::default() });
            let right = place.right.max(left);
            match row.last_mut() {
                Some(before) if place.merged.across => before.right = right,
                _ => row.push(Cell { left, right, down: place.merged.down, blocks }),
            }
            left = right;
        }
        if !row.is_empty() {
            self.rows.push(row);
        }
    }

    /// The table ends; a row that was cut short is kept.
    pub(super) fn close(mut self, definition: &Definition) -> Option<Table> {
        if !self.blocks.is_empty() {
            self.cell();
        }
        self.row(definition);
        let edges = edges(&self.rows);
        let column = |edge: i32| edges.partition_point(|known| *known <= edge.saturating_sub(SAME_EDGE));
        let below: Vec<BTreeSet<i32>> =
            self.rows.iter().map(|row| row.iter().filter(|cell| cell.down).map(|cell| cell.left / SAME_EDGE).collect()).collect();
        let mut grid = Grid::default();
        for (at, row) in self.rows.into_iter().enumerate() {
            grid.row();
            for cell in row {
                let continues = |row: &&BTreeSet<i32>| row.range(cell.left / SAME_EDGE - 1..=cell.left / SAME_EDGE + 1).next().is_some();
                // A cell that continues nothing begins its own area, as in Word.
                if cell.down && at > 0 {
                    continue;
                }
                let rows = 1 + below.iter().skip(at + 1).take_while(continues).count();
                grid.cell(column(cell.right).saturating_sub(column(cell.left)), rows, cell.blocks);
            }
        }
        grid.close()
    }
}

/// The edges of all cells, those that lie together only once.
fn edges(rows: &[Vec<Cell>]) -> Vec<i32> {
    let all: BTreeSet<i32> = rows.iter().flatten().flat_map(|cell| [cell.left, cell.right]).collect();
    let mut edges: Vec<i32> = Vec::new();
    for edge in all {
        if edges.last().is_none_or(|last| edge.saturating_sub(*last) >= SAME_EDGE) {
            edges.push(edge);
        }
    }
    edges
}
