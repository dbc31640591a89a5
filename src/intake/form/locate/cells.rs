//! What a table's cell holds.

use crate::model::document::{Block, Cell, Inline, Row};

/// The longest cell that holds a label and its hints, in bytes: what is longer is somebody's text.
pub(super) const LONGEST: usize = 4096;

pub(super) fn text_len(block: &Block) -> usize {
    match block {
        Block::Paragraph(paragraph) => paragraph.inlines.iter().map(Inline::text_len).sum(),
        Block::Table(_) => 0,
    }
}

/// The first paragraph of a label's cell that holds something.
pub(super) fn source_of(cell: &Cell) -> Option<usize> {
    cell.blocks.iter().find_map(|block| match block {
        Block::Paragraph(paragraph) if !paragraph.is_blank() => paragraph.source,
        Block::Paragraph(_) | Block::Table(_) => None,
    })
}

pub(super) fn cell_text(cell: &Cell) -> String {
    let paragraphs = cell.blocks.iter().filter_map(|block| match block {
        Block::Paragraph(paragraph) => Some(paragraph.text()),
        Block::Table(_) => None,
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}

/// The only cell of a row that holds something, and its number.
pub(super) fn only_filled(row: &Row) -> Option<(usize, &Cell)> {
    let mut filled = row.cells.iter().enumerate().filter(|(_, cell)| !is_blank_cell(cell));
    filled.next().filter(|_| filled.next().is_none())
}

/// Whether what a cell holds begins with a paragraph, and not with a table in it.
pub(super) fn begins_with_words(cell: &Cell) -> bool {
    cell.blocks.iter().find(|block| !is_empty_paragraph(block)).is_some_and(|block| matches!(block, Block::Paragraph(_)))
}

pub(super) fn is_blank_cell(cell: &Cell) -> bool {
    cell.blocks.iter().all(is_empty_paragraph)
}

pub(super) fn is_empty_paragraph(block: &Block) -> bool {
    match block {
        Block::Paragraph(paragraph) => paragraph.is_blank(),
        Block::Table(_) => false,
    }
}
