//! A story is a place that holds blocks: the body, a cell, a text box, a header.
//!
//! It gathers paragraphs and tables in reading order. Text boxes follow the paragraph they are anchored in.

use super::field::Fields;
use super::run::RunState;
use super::styles::Emphasis;
use super::table::OpenTable;
use crate::model::document::{Block, Inline, Paragraph, Text};

/// A story being read. Run, fields and tables are its own, so that a text box inside a run disturbs nothing.
#[derive(Default)]
pub(super) struct Story {
    /// The open paragraph.
    pub(super) paragraph: Option<OpenParagraph>,
    /// The open run.
    pub(super) run: RunState,
    /// The open fields.
    pub(super) fields: Fields,
    /// The open tables: one, unless the file is malformed.
    pub(super) tables: Vec<OpenTable>,
    blocks: Vec<Block>,
    /// Blocks anchored in the open paragraph.
    anchored: Vec<Block>,
    /// Inlines whose paragraph mark was deleted: they run on into the next paragraph.
    carried: Vec<Inline>,
}

/// A paragraph being read.
#[derive(Default)]
pub(super) struct OpenParagraph {
    inlines: Vec<Inline>,
    source: Option<usize>,
    /// What its style says of characters.
    pub(super) emphasis: Emphasis,
    /// Whether its mark was deleted with changes tracked.
    pub(super) mark_deleted: bool,
}

impl Story {
    /// Begins a paragraph and gives back one that was open: a malformed file nests them.
    pub(super) fn open_paragraph(&mut self, source: Option<usize>) -> Option<OpenParagraph> {
        let inlines = std::mem::take(&mut self.carried);
        self.paragraph.replace(OpenParagraph { inlines, source, ..OpenParagraph::default() })
    }

    /// Ends the paragraph.
    pub(super) fn close_paragraph(&mut self, outer: Option<OpenParagraph>) {
        self.fields.end_paragraph();
        let Some(paragraph) = std::mem::replace(&mut self.paragraph, outer) else { return };
        if paragraph.mark_deleted {
            self.carried = paragraph.inlines;
            return;
        }
        self.blocks.push(Block::Paragraph(Paragraph { inlines: paragraph.inlines, source: paragraph.source }));
        self.blocks.append(&mut self.anchored);
    }

    /// Adds an inline to the open paragraph. Without one there is nowhere to put it: the file is malformed.
    pub(super) fn push(&mut self, inline: Inline) {
        if let Some(paragraph) = &mut self.paragraph {
            paragraph.inlines.push(inline);
        }
    }

    /// Adds characters in the run's style, and tells whether this made a new inline.
    pub(super) fn push_text(&mut self, text: &str) -> bool {
        let style = self.run.style;
        let Some(paragraph) = &mut self.paragraph else { return false };
        match paragraph.inlines.last_mut() {
            Some(Inline::Text(last)) if last.style == style => {
                last.text.push_str(text);
                false
            }
            _ => {
                paragraph.inlines.push(Inline::Text(Text { text: text.to_owned(), style }));
                true
            }
        }
    }

    /// Adds a block, after what was still to come before it.
    pub(super) fn push_block(&mut self, block: Block) {
        self.flush();
        self.blocks.push(block);
    }

    /// Adds blocks that are anchored here.
    pub(super) fn anchor(&mut self, blocks: Vec<Block>) {
        self.anchored.extend(blocks);
        if self.paragraph.is_none() && self.carried.is_empty() {
            self.flush();
        }
    }

    /// Ends the story.
    pub(super) fn into_blocks(mut self) -> Vec<Block> {
        self.flush();
        self.blocks
    }

    fn flush(&mut self) {
        if !self.carried.is_empty() {
            let inlines = std::mem::take(&mut self.carried);
            self.blocks.push(Block::Paragraph(Paragraph { inlines, source: None }));
        }
        self.blocks.append(&mut self.anchored);
    }
}
