//! What one mail's documents may take, all together.

use crate::intake::document::{Limits, ReadError};
use crate::model::document::{Block, Document};

/// Bytes of documents that are kept: what doesn't fit is read again where it is looked at.
const KEPT: usize = 16 << 20;
/// About how many bytes of memory a form takes for one of its text: each run has its style and its place.
const OF_TEXT: usize = 16;
/// Cells, runs and empty paragraphs of all documents. Many large sheets would take as long as one larger than any.
const NODES: usize = 700_000;
/// Tags and texts for each of them; and of any document, however many came before it: Word is lavish with them.
const EVENTS: usize = 8;
const LEAST_EVENTS: usize = 100_000;

/// The room that is left.
pub(super) struct Room {
    kept: usize,
    nodes: usize,
}

impl Room {
    /// All of it.
    pub(super) fn new() -> Self {
        Room { kept: KEPT, nodes: NODES }
    }

    /// Where no picture is looked at.
    pub(super) fn for_words() -> Self {
        Room { kept: 0, ..Self::new() }
    }

    /// The next document takes five parts in seven of what is left: the first all that one may, and a form behind a few
    /// large ones can be read still.
    pub(super) fn limits(&self, limits: &Limits) -> Limits {
        let nodes = limits.nodes.min(self.nodes / 7 * 5);
        Limits { nodes, xml_events: limits.xml_events.min((nodes * EVENTS).max(LEAST_EVENTS)), ..*limits }
    }

    /// What has been read takes what it has, and what was too large all that it could.
    pub(super) fn take(&mut self, read: Option<&Result<Document, ReadError>>, limits: &Limits) {
        let taken = match read {
            Some(Ok(document)) => nodes(&document.blocks),
            Some(Err(ReadError::TooLarge(_))) => limits.nodes,
            Some(Err(ReadError::Encrypted | ReadError::Corrupt(_))) | None => 0,
        };
        self.nodes = self.nodes.saturating_sub(taken);
    }

    /// What [`stamp`](crate::intake::stamp) asks for, and of a form what [`annotate`](crate::intake::annotate) does.
    pub(super) fn keep(&mut self, document: Document, is_form: bool) -> Option<Document> {
        let pictures: usize = document.pictures.iter().map(|picture| picture.bytes.len()).sum();
        let text = if is_form { document.text().len() * OF_TEXT } else { 0 };
        self.kept = self.kept.checked_sub(pictures + text)?;
        Some(if is_form { document } else { Document { blocks: Vec::new(), pages: Vec::new(), ..document } })
    }
}

/// The readers bound the depth.
fn nodes(blocks: &[Block]) -> usize {
    let of_block = |block: &Block| match block {
        Block::Paragraph(paragraph) => paragraph.inlines.len().max(1),
        Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).map(|cell| 1 + nodes(&cell.blocks)).sum(),
    };
    blocks.iter().map(of_block).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Format, Paragraph};

    fn document(paragraphs: usize) -> Result<Document, ReadError> {
        let blocks = vec![Block::Paragraph(Paragraph { inlines: Vec::new(), source: None }); paragraphs];
        Ok(Document { format: Format::Docx, blocks, pictures: Vec::new(), pages: Vec::new(), guessed: false })
    }

    #[test]
    fn many_large_documents_take_no_more_than_one_larger_than_any_and_leave_enough_for_a_form() {
        let (all, mut room, mut most) = (Limits::default(), Room::new(), 0);
        for _ in 0..4 {
            let limits = room.limits(&all);
            most += limits.nodes;
            room.take(Some(&Err(ReadError::TooLarge("nodes"))), &limits);
        }
        assert!(most <= NODES, "{most}");
        let limits = room.limits(&all);
        assert!(limits.nodes > 2_000 && limits.xml_events >= LEAST_EVENTS, "{limits:?}");
    }

    #[test]
    fn thirty_forms_and_a_ledger_are_nothing() {
        let (all, mut room) = (Limits::default(), Room::new());
        for _ in 0..30 {
            let limits = room.limits(&all);
            room.take(Some(&document(2_000)), &limits);
        }
        assert!(room.limits(&all).nodes >= 250_000);
        assert!(room.limits(&all).xml_events >= 2_000_000);
    }
}
