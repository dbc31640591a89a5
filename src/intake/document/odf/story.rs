//! A story is a place that holds blocks: the body, a cell, a text box, a note.

use super::looks::Emphasis;
use crate::intake::document::inlines::{self, Look};
use crate::model::document::{Block, Inline, Paragraph};

/// A story being read.
#[derive(Default)]
pub(super) struct Story {
    pub(super) blocks: Vec<Block>,
    /// Blocks anchored in the open paragraph.
    anchored: Vec<Block>,
    paragraph: Option<Vec<Inline>>,
    /// How its characters look.
    pub(super) emphasis: Emphasis,
    /// Whether the last character was a blank: others that follow collapse into it (6.1.2).
    pub(super) after_blank: bool,
}

impl Story {
    /// Whether a paragraph is open.
    pub(super) fn is_open(&self) -> bool {
        self.paragraph.is_some()
    }

    /// A paragraph begins.
    pub(super) fn open(&mut self, emphasis: Emphasis) {
        self.paragraph = Some(Vec::new());
        self.emphasis = emphasis;
        self.after_blank = true;
    }

    /// It ends; what was anchored in it follows.
    pub(super) fn close(&mut self) {
        if let Some(inlines) = self.paragraph.take() {
            self.blocks.push(Block::Paragraph(Paragraph { inlines, source: None }));
        }
        self.blocks.append(&mut self.anchored);
    }

    /// Adds an inline, in a paragraph of its own where none is open; whether it is a new one.
    pub(super) fn push(&mut self, inline: Inline) -> bool {
        let Some(inlines) = &mut self.paragraph else {
            self.blocks.push(Block::Paragraph(Paragraph { inlines: vec![inline], source: None }));
            return true;
        };
        match (inlines.last_mut(), &inline) {
            (Some(Inline::Text(last)), Inline::Text(next)) if last.style == next.style => {
                last.text.push_str(&next.text);
                false
            }
            _ => {
                inlines.push(inline);
                true
            }
        }
    }

    /// Adds blocks: after the open paragraph where there is one.
    pub(super) fn extend(&mut self, blocks: impl IntoIterator<Item = Block>) {
        if self.is_open() { self.anchored.extend(blocks) } else { self.blocks.extend(blocks) }
    }

    /// It ends.
    pub(super) fn into_blocks(mut self) -> Vec<Block> {
        self.close();
        self.blocks
    }

    /// Its inlines, a line for each paragraph.
    pub(super) fn into_lines(self) -> Vec<Inline> {
        let mut out: Vec<Inline> = Vec::new();
        for block in self.into_blocks() {
            if let Block::Paragraph(paragraph) = block {
                if !out.is_empty() {
                    out.extend(inlines::of("\n", Look::default()));
                }
                out.extend(paragraph.inlines);
            }
        }
        out
    }
}
