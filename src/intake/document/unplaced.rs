//! Pictures whose place in the text isn't known go where forms bear their seal: to the end of the last cell.

use crate::model::document::{Block, Cell, Inline, Paragraph};

/// Adds a paragraph of pictures to the last cell of the last table, or after everything where there is none.
pub(super) fn place(pictures: Vec<Inline>, blocks: &mut Vec<Block>) {
    if pictures.is_empty() {
        return;
    }
    let paragraph = Block::Paragraph(Paragraph { inlines: pictures, source: None });
    match last_cell(blocks) {
        Some(cell) => cell.blocks.push(paragraph),
        None => blocks.push(paragraph),
    }
}

fn last_cell(blocks: &mut [Block]) -> Option<&mut Cell> {
    let table = blocks.iter_mut().rev().find_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Paragraph(_) => None,
    })?;
    table.rows.iter_mut().rev().find_map(|row| row.cells.last_mut())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Row, Table};

    #[test]
    fn pictures_go_to_the_last_cell_or_to_the_end() {
        let cell = || Cell { column: 0, column_span: 1, row_span: 1, blocks: Vec::new() };
        let table = Table { rows: vec![Row { cells: vec![cell(), cell()] }, Row::default()] };
        let mut blocks = vec![Block::Table(table), Block::Paragraph(Paragraph::default())];
        place(vec![Inline::Picture(3)], &mut blocks);
        let Block::Table(table) = &blocks[0] else { panic!() };
        assert_eq!(table.rows[0].cells[1].blocks, [Block::Paragraph(Paragraph { inlines: vec![Inline::Picture(3)], source: None })]);
        place(vec![Inline::Picture(0)], &mut blocks);
        assert_eq!(blocks.len(), 2);
        let mut none = Vec::new();
        place(vec![Inline::Picture(0)], &mut none);
        place(Vec::new(), &mut none);
        assert_eq!(none.len(), 1);
    }
}
