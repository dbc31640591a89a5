//! Cells as HTML, RTF and old word processors give them, row by row with spans, get their grid columns.
//!
//! A cell takes the first columns that no cell from above reaches into (the table model of HTML, section
//! 4.9.12). Spans are bounded: no file can name an absurd one.

use crate::model::document::{Block, Cell, Row, Table};

/// Word allows 63 columns; what lies beyond these stands on the last one.
const MOST_COLUMNS: usize = 1_024;

/// A table being laid out.
#[derive(Default)]
pub(super) struct Grid {
    rows: Vec<Row>,
    /// For each column, the first row that is free again.
    free_from: Vec<usize>,
}

impl Grid {
    /// A row begins.
    pub(super) fn row(&mut self) {
        self.rows.push(Row::default());
    }

    /// The next cell of the row.
    pub(super) fn cell(&mut self, column_span: usize, row_span: usize, blocks: Vec<Block>) {
        if self.rows.is_empty() {
            self.row();
        }
        let at = self.rows.len() - 1;
        let Some(row) = self.rows.last_mut() else { return };
        let after = row.cells.last().map_or(0, |cell| cell.column + cell.column_span);
        let is_free = |column: &usize| self.free_from.get(*column).is_none_or(|free| *free <= at);
        let column = (after..MOST_COLUMNS).find(is_free).unwrap_or(MOST_COLUMNS);
        let wanted = column_span.clamp(1, MOST_COLUMNS.saturating_sub(column).max(1));
        let column_span = (column..column + wanted).take_while(is_free).count().max(1);
        let end = (column + column_span).min(MOST_COLUMNS);
        if self.free_from.len() < end {
            self.free_from.resize(end, 0);
        }
        if let Some(covered) = self.free_from.get_mut(column.min(end)..end) {
            covered.fill(at.saturating_add(row_span.max(1)));
        }
        row.cells.push(Cell { column, column_span, row_span: row_span.max(1), blocks });
    }

    /// The table ends; spans that reach beyond its last row are cut. A table without cells is none.
    pub(super) fn close(mut self) -> Option<Table> {
        let rows = self.rows.len();
        for (at, row) in self.rows.iter_mut().enumerate() {
            for cell in &mut row.cells {
                cell.row_span = cell.row_span.min(rows - at);
            }
        }
        self.rows.iter().any(|row| !row.cells.is_empty()).then_some(Table { rows: self.rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(rows: &[&[(usize, usize)]]) -> Vec<Vec<(usize, usize, usize)>> {
        let mut grid = Grid::default();
        for row in rows {
            grid.row();
            row.iter().for_each(|(columns, rows)| grid.cell(*columns, *rows, Vec::new()));
        }
        let table = grid.close().unwrap();
        table.rows.iter().map(|row| row.cells.iter().map(|cell| (cell.column, cell.column_span, cell.row_span)).collect()).collect()
    }

    #[test]
    fn cells_make_way_for_those_from_above() {
        assert_eq!(
            laid(&[&[(1, 2), (2, 1)], &[(1, 1), (1, 1)], &[(3, 1)]]),
            [vec![(0, 1, 2), (1, 2, 1)], vec![(1, 1, 1), (2, 1, 1)], vec![(0, 3, 1)]]
        );
    }

    #[test]
    fn absurd_spans_are_cut() {
        assert_eq!(laid(&[&[(usize::MAX, usize::MAX), (5, 5)]]), [vec![(0, 1024, 1), (1024, 1, 1)]]);
        assert_eq!(laid(&[&[(0, 0)], &[(1, 1)]]), [vec![(0, 1, 1)], vec![(0, 1, 1)]]);
    }
}
