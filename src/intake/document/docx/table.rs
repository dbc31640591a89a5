//! Rows of raw cells (`w:tr`, `w:tc`) become a [`Table`] with merged cells resolved.
//!
//! ISO/IEC 29500-1, 17.4: `gridSpan`, `gridBefore`, `vMerge` and the older `hMerge`. The declared grid
//! (`w:tblGrid`) isn't used: producers often get it wrong, and spans alone tell the columns.

use quick_xml::events::BytesStart;

use super::run::number;
use super::xml::attribute;
use crate::model::document::{Block, Cell, Row, Table};

/// Word allows 63 columns; more are cut, so that no file can name an absurd one.
const MOST_COLUMNS: usize = 1_024;

/// A table being read.
#[derive(Default)]
pub(super) struct OpenTable {
    rows: Vec<OpenRow>,
    row: Option<OpenRow>,
}

#[derive(Default)]
struct OpenRow {
    before: usize,
    deleted: bool,
    cells: Vec<OpenCell>,
}

/// A cell being read.
#[derive(Default)]
pub(super) struct OpenCell {
    span: usize,
    down: Merge,
    right: Merge,
    deleted: bool,
    /// What it holds.
    pub(super) blocks: Vec<Block>,
}

/// A cell's part in a merged area.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Merge {
    /// It stands alone.
    #[default]
    Alone,
    /// It begins one.
    Restart,
    /// It belongs to the cell above, or to the left.
    Continue,
}

impl Merge {
    /// A merge without a value continues.
    fn of(element: &BytesStart<'_>) -> Self {
        if attribute(element, "val").is_some_and(|value| value == "restart") { Self::Restart } else { Self::Continue }
    }
}

impl OpenCell {
    /// Takes up one child of `w:tcPr`.
    pub(super) fn property(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "gridSpan" => self.span = number(element).unwrap_or_default(),
            "vMerge" | "vmerge" => self.down = Merge::of(element),
            "hMerge" | "hmerge" => self.right = Merge::of(element),
            "cellDel" => self.deleted = true,
            _ => {}
        }
    }
}

impl OpenTable {
    /// A row begins.
    pub(super) fn open_row(&mut self) {
        self.close_row();
        self.row = Some(OpenRow::default());
    }

    /// Takes up one child of `w:trPr`.
    pub(super) fn row_property(&mut self, name: &str, element: &BytesStart<'_>) {
        let Some(row) = &mut self.row else { return };
        match name {
            "gridBefore" => row.before = number(element).unwrap_or_default().min(MOST_COLUMNS),
            "del" | "moveFrom" => row.deleted = true,
            _ => {}
        }
    }

    /// A cell ends. A cell outside a row gets one: the file is malformed.
    pub(super) fn push(&mut self, cell: OpenCell) {
        if !cell.deleted {
            self.row.get_or_insert_default().cells.push(cell);
        }
    }

    /// The row ends.
    pub(super) fn close_row(&mut self) {
        self.rows.extend(self.row.take().filter(|row| !row.deleted));
    }

    /// The table ends: merged cells are resolved. A table without cells is none.
    pub(super) fn close(mut self) -> Option<Table> {
        self.close_row();
        let mut merger = Merger::default();
        for row in self.rows {
            merger.row(row);
        }
        let rows = merger.rows;
        if rows.iter().all(|row| row.cells.is_empty()) { None } else { Some(Table { rows }) }
    }
}

#[derive(Default)]
struct Merger {
    rows: Vec<Row>,
    /// The merged areas that reach down to the row above, by their first column.
    reaching: Vec<Reach>,
}

/// A merged area: its first column, and where its cell stands.
#[derive(Clone, Copy)]
struct Reach {
    column: usize,
    row: usize,
    place: usize,
}

impl Merger {
    fn row(&mut self, row: OpenRow) {
        let mut reaching = Vec::new();
        let mut column = row.before;
        let mut cells: Vec<Cell> = Vec::with_capacity(row.cells.len());
        for open in row.cells {
            let span = open.span.clamp(1, MOST_COLUMNS);
            match (cells.last_mut(), self.above(open.down, column)) {
                (Some(left), _) if open.right == Merge::Continue => left.column_span += span,
                (_, Some(reach)) => {
                    if let Some(above) = self.cell(reach) {
                        above.row_span += 1;
                    }
                    reaching.push(reach);
                }
                (_, None) => {
                    if open.down != Merge::Alone {
                        reaching.push(Reach { column, row: self.rows.len(), place: cells.len() });
                    }
                    cells.push(Cell { column, column_span: span, row_span: 1, blocks: open.blocks });
                }
            }
            column += span;
        }
        self.rows.push(Row { cells });
        self.reaching = reaching;
    }

    /// The area that a continuing cell at this column belongs to. Without one it begins its own, as in Word.
    fn above(&self, down: Merge, column: usize) -> Option<Reach> {
        let at = self.reaching.binary_search_by_key(&column, |reach| reach.column).ok().filter(|_| down == Merge::Continue)?;
        self.reaching.get(at).copied()
    }

    fn cell(&mut self, reach: Reach) -> Option<&mut Cell> {
        self.rows.get_mut(reach.row)?.cells.get_mut(reach.place)
    }
}
