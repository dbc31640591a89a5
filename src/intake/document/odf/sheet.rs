//! A table being read: a text's, row by row, or a sheet, whose empty cells are only counted.

use crate::intake::document::ReadError;
use crate::intake::document::grid::Grid;
use crate::intake::document::spreadsheet::{self, Area, Filled};
use crate::model::document::{Inline, Table};

use super::story::Story;

/// How often a cell with content is repeated, at most: sheets repeat by the million, people don't.
const MOST_REPEATS: u32 = 64;

/// An open cell.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenCell {
    pub(super) columns: u32,
    pub(super) rows: u32,
    pub(super) repeats: u32,
    /// What stands for a number that is shown with an exponent.
    pub(super) number: Option<String>,
}

/// An open table.
pub(super) enum OpenTable {
    /// Of a text.
    Text(Grid),
    /// A sheet.
    Sheet(Sheet),
}

/// A sheet.
#[derive(Default)]
pub(super) struct Sheet {
    cells: Vec<Filled>,
    areas: Vec<Area>,
    row: u32,
    rows: u32,
    column: u32,
}

impl OpenTable {
    /// A row begins, which stands for this many.
    pub(super) fn open_row(&mut self, repeats: u32) {
        match self {
            Self::Text(grid) => grid.row(),
            Self::Sheet(sheet) => {
                sheet.row = sheet.row.saturating_add(sheet.rows);
                (sheet.rows, sheet.column) = (repeats.max(1), 0);
            }
        }
    }

    /// Cells that another one covers.
    pub(super) fn skip(&mut self, repeats: u32) {
        if let Self::Sheet(sheet) = self {
            sheet.column = sheet.column.saturating_add(repeats.max(1));
        }
    }

    /// A cell ends; how many more than one it stands for.
    pub(super) fn push(&mut self, cell: &OpenCell, story: Story) -> usize {
        match self {
            Self::Text(grid) => {
                grid.cell(span(cell.columns), span(cell.rows), story.into_blocks());
                0
            }
            Self::Sheet(sheet) => sheet.push(cell, story.into_lines()),
        }
    }

    /// The table ends.
    pub(super) fn close(self, nodes: &mut usize) -> Result<Option<Table>, ReadError> {
        match self {
            Self::Text(grid) => Ok(grid.close()),
            Self::Sheet(sheet) => spreadsheet::table(sheet.cells, &sheet.areas, nodes),
        }
    }
}

impl Sheet {
    fn push(&mut self, cell: &OpenCell, inlines: Vec<Inline>) -> usize {
        let (row, column, repeats) = (self.row, self.column, cell.repeats.max(1));
        self.column = column.saturating_add(repeats);
        if inlines.iter().all(Inline::is_blank) {
            return 0;
        }
        if cell.columns > 1 || cell.rows > 1 {
            let last = (row.saturating_add(cell.rows.max(1) - 1), column.saturating_add(cell.columns.max(1) - 1));
            self.areas.push(Area { first: (row, column), last });
        }
        let before = self.cells.len();
        for row in row..row.saturating_add(self.rows.min(MOST_REPEATS)) {
            for column in column..column.saturating_add(repeats.min(MOST_REPEATS)) {
                self.cells.push(Filled { row, column, inlines: inlines.clone() });
            }
        }
        (self.cells.len() - before).saturating_sub(1)
    }
}

fn span(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
