//! Scattered cells and merged areas become a [`Table`].
//!
//! Rows and columns in which nothing stands are left out, within the table as at its edges: so a stray
//! cell far away, or an area merged over a whole column, costs no more than any other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::ReadError;
use crate::model::document::{Block, Cell, Inline, Paragraph, Row, Table};

/// What stands in one cell.
pub(in crate::intake::document) struct Filled {
    /// Its row, from 0.
    pub(in crate::intake::document) row: u32,
    /// Its column, from 0.
    pub(in crate::intake::document) column: u32,
    /// Its content: more than one of a place join.
    pub(in crate::intake::document) inlines: Vec<Inline>,
}

/// A merged area by its first and last (row, column).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::intake::document) struct Area {
    /// The cell that shows its content.
    pub(in crate::intake::document) first: (u32, u32),
    /// The opposite corner.
    pub(in crate::intake::document) last: (u32, u32),
}

impl Area {
    /// Whether a cell belongs to it.
    pub(in crate::intake::document) fn holds(&self, row: u32, column: u32) -> bool {
        (self.first.0..=self.last.0).contains(&row) && (self.first.1..=self.last.1).contains(&column)
    }
}

/// Makes the table; none where nothing stands.
pub(in crate::intake::document) fn table(cells: Vec<Filled>, merged: &[Area], nodes: &mut usize) -> Result<Option<Table>, ReadError> {
    let rows: BTreeSet<u32> = cells.iter().map(|cell| cell.row).collect();
    let columns: BTreeSet<u32> = cells.iter().map(|cell| cell.column).collect();
    let mut content: BTreeMap<(u32, u32), Vec<Inline>> = BTreeMap::new();
    for cell in cells {
        content.entry((cell.row, cell.column)).or_default().extend(cell.inlines);
    }
    let merges = merges(merged, &rows, &columns, nodes)?;
    let mut table = Table::default();
    for row in &rows {
        let mut cells = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let place = (*row, *column);
            if merges.hidden.contains(&place) {
                continue;
            }
            *nodes = nodes.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
            let (row_span, column_span) = merges.spans.get(&place).copied().unwrap_or((1, 1));
            let inlines = content.remove(&place).unwrap_or_default();
            let source = usize::try_from(*row).ok().map(|row| row + 1);
            cells.push(Cell { column: at, column_span, row_span, blocks: vec![Block::Paragraph(Paragraph { inlines, source })] });
        }
        table.rows.push(Row { cells });
    }
    Ok((!table.rows.is_empty()).then_some(table))
}

/// How merged areas cover the rows and columns that are kept.
#[derive(Default)]
struct Merges {
    /// Rows and columns covered, by the area's first place.
    spans: HashMap<(u32, u32), (usize, usize)>,
    /// The other places.
    hidden: HashSet<(u32, u32)>,
}

/// Every place that an area covers costs a node: areas may be many and overlap.
fn merges(merged: &[Area], rows: &BTreeSet<u32>, columns: &BTreeSet<u32>, nodes: &mut usize) -> Result<Merges, ReadError> {
    let mut merges = Merges::default();
    let mut left = *nodes;
    let mut areas: Vec<&Area> = merged.iter().filter(|area| area.first.0 <= area.last.0 && area.first.1 <= area.last.1).collect();
    areas.sort();
    for area in areas {
        let covered = || columns.range(area.first.1..=area.last.1);
        let (row_span, column_span) = (rows.range(area.first.0..=area.last.0).count(), covered().count());
        left = left.checked_sub((row_span * column_span).max(1)).ok_or(ReadError::TooLarge("nodes"))?;
        let mut places = rows.range(area.first.0..=area.last.0).flat_map(|row| covered().map(|column| (*row, *column)));
        // An area that begins within another one is none.
        let Some(first) = places.next().filter(|first| !merges.hidden.contains(first) && !merges.spans.contains_key(first)) else {
            continue;
        };
        merges.hidden.extend(places);
        merges.spans.insert(first, (row_span, column_span));
    }
    Ok(merges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::Text;

    fn filled(row: u32, column: u32, text: &str) -> Filled {
        Filled { row, column, inlines: vec![Inline::Text(Text { text: text.into(), ..Text::default() })] }
    }

    fn shape(table: &Table) -> Vec<Vec<(usize, usize, usize, String)>> {
        let text = |cell: &Cell| match &cell.blocks[..] {
            [Block::Paragraph(paragraph)] => paragraph.text(),
            other => panic!("{other:?}"),
        };
        table
            .rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| (cell.column, cell.column_span, cell.row_span, text(cell))).collect())
            .collect()
    }

    #[test]
    fn empty_rows_and_columns_are_left_out() {
        let cells = vec![filled(3, 2, "甲"), filled(1_048_575, 16_383, "丁"), filled(3, 4, "乙")];
        let table = table(cells, &[], &mut 100).unwrap().unwrap();
        let none = String::new;
        assert_eq!(
            shape(&table),
            [
                vec![(0, 1, 1, "甲".into()), (1, 1, 1, "乙".into()), (2, 1, 1, none())],
                vec![(0, 1, 1, none()), (1, 1, 1, none()), (2, 1, 1, "丁".into())]
            ]
        );
    }

    #[test]
    fn merged_areas_are_one_cell() {
        let cells =
            vec![filled(0, 0, "题"), filled(1, 0, "类"), filled(1, 1, "一"), filled(2, 1, "二"), filled(2, 2, "三"), filled(0, 2, "盖住")];
        let merged = [Area { first: (0, 0), last: (0, 5) }, Area { first: (1, 0), last: (1_048_575, 0) }];
        let table = table(cells, &merged, &mut 100).unwrap().unwrap();
        assert_eq!(
            shape(&table),
            [
                vec![(0, 3, 1, "题".into())],
                vec![(0, 1, 2, "类".into()), (1, 1, 1, "一".into()), (2, 1, 1, String::new())],
                vec![(1, 1, 1, "二".into()), (2, 1, 1, "三".into())]
            ]
        );
    }

    #[test]
    fn overlapping_and_reversed_areas_end() {
        let cells = || (0..300).map(|at| filled(at, at, "x")).collect::<Vec<_>>();
        let ladder: Vec<Area> = (0..300).map(|at| Area { first: (at, 299 - at), last: (299, 299) }).collect();
        assert_eq!(table(cells(), &ladder, &mut 100_000), Err(ReadError::TooLarge("nodes")));
        let reversed = [Area { first: (5, 5), last: (1, 1) }];
        assert!(table(vec![filled(1, 1, "x")], &reversed, &mut 10).is_ok());
    }

    #[test]
    fn a_sparse_sheet_stops_at_the_limit() {
        let cells = (0..1000).map(|at| filled(at, at, "x")).collect();
        assert_eq!(table(cells, &[], &mut 10_000), Err(ReadError::TooLarge("nodes")));
    }
}
