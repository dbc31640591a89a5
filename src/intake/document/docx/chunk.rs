//! Documents within the document: `w:altChunk` takes in HTML, RTF, text or another DOCX (ISO/IEC 29500-1, 17.17.2),
//! and Word 2003's XML holds its pictures itself (`w:binData`).
//!
//! One level and few of them: what a taken-in document takes in is left out. What can't be read is left out too.

use quick_xml::events::BytesStart;

use super::content::Opened;
use super::names::Ns;
use super::walker::Walker;
use super::{Chunks, read_within};
use crate::intake::document::{html, mht, rtf, text};
use crate::intake::message::transfer;
use crate::model::document::{Block, Document, Inline};

impl Walker<'_, '_> {
    /// `w:altChunk`: the blocks of the document that it names.
    pub(super) fn embed(&mut self, element: &BytesStart<'_>) -> Opened {
        let left = self.chunks.checked_sub(1);
        self.chunks = left.unwrap_or_default();
        if left.is_some()
            && self.visible()
            && let Some(id) = self.names.attribute(element, Ns::Relationship, "id")
            && let Some(target) = self.rels.target(&id).map(str::to_owned)
            && let Ok(bytes) = self.package.bytes(&target)
            && let Some(document) = self.taken_in(&target, &bytes)
        {
            self.take_in(document);
        }
        Opened::Skip
    }

    fn taken_in(&self, name: &str, bytes: &[u8]) -> Option<Document> {
        let limits = self.share();
        match () {
            () if bytes.starts_with(b"PK") => read_within(bytes, &limits, Chunks::Skip).ok(),
            () if bytes.starts_with(b"{\\rtf") => rtf::read(bytes, &limits).ok(),
            () if mht::is_mht(bytes) => mht::read(bytes, &limits).ok(),
            () if html::is_html(bytes) || name.ends_with("htm") || name.ends_with("html") => html::read(bytes, &limits).ok(),
            () if name.ends_with(".txt") => Some(text::read(bytes)),
            () => None,
        }
    }

    fn take_in(&mut self, document: Document) {
        let before = self.pictures.len();
        let mut blocks = document.blocks;
        self.pictures.extend(document.pictures);
        renumber(&mut blocks, before);
        // Every block was counted by its own reader; here each costs a node once more.
        for block in blocks {
            if !self.spend() {
                return;
            }
            self.read += 1;
            if let Some(story) = self.story() {
                story.push_block(block);
            }
        }
    }

    /// `w:binData` ends: a picture in base64.
    pub(super) fn close_data(&mut self) {
        let data = std::mem::take(&mut self.text);
        let bytes = transfer::decode(data.as_bytes(), "base64").into_owned();
        if !bytes.is_empty() && self.visible() && self.spend() {
            let index = self.pictures.add("picture", bytes, self.floating);
            if let Some(story) = self.story() {
                story.push(Inline::Picture(index));
            }
        }
        self.text = data;
    }
}

/// Pictures of a taken-in document follow those before it; depth is bounded by its reader.
fn renumber(blocks: &mut [Block], by: usize) {
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => paragraph.inlines.iter_mut().for_each(|inline| {
                if let Inline::Picture(index) = inline {
                    *index += by;
                }
            }),
            Block::Table(table) => {
                table.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(|cell| renumber(&mut cell.blocks, by));
            }
        }
    }
}
