//! A DOCX file becomes a [`Document`]: body, then headers, footers, footnotes and endnotes that carry text.
//!
//! Follows ECMA-376 / ISO/IEC 29500, transitional and strict, and [MS-DOCX] for the 2010 checkbox control.
//! Only the parts that hold content are unpacked, and each is walked once. Styles, numbering, comments,
//! charts, diagrams and `altChunk` are not read. What makes a truncated file unreadable is its lost
//! central directory: nothing is salvaged from one.

mod content;
mod field;
mod form_field;
mod inline;
mod instruction;
mod names;
pub(super) mod package;
mod picture;
pub(super) mod rels;
mod run;
mod story;
pub(super) mod symbols;
mod table;
mod walker;
pub(super) mod xml;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use self::package::Package;
use self::picture::Pictures;
use self::rels::Rels;
use self::walker::{Budget, Walker};
use super::{Limits, ReadError};
use crate::model::document::{Block, Document, Format, Inline};

/// Reads a package into a document.
///
/// # Errors
/// [`ReadError::Encrypted`] for an encrypted package, [`ReadError::Corrupt`] for a damaged archive or main
/// part, [`ReadError::TooLarge`] where a limit was met. Damage in any other part only loses that part.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes, limits)?;
    let main = package.main()?;
    let rels = Rels::of(&mut package, &main);
    let xml = package.xml(&main)?;
    if !xml::root_is_document(&xml) {
        return Err(ReadError::Corrupt("the main part is no document".into()));
    }
    let mut pictures = Pictures::default();
    let mut budget = Budget::of(limits);
    let mut blocks = Walker::new(&mut package, &mut pictures, &rels, &mut budget).walk(&xml)?;
    for part in rels.side_parts(&package, &main) {
        let Ok(xml) = package.xml(&part) else { continue };
        let rels = Rels::of(&mut package, &part);
        let kept = pictures.len();
        match Walker::new(&mut package, &mut pictures, &rels, &mut budget).walk(&xml) {
            Ok(side) if has_text(&side) => blocks.extend(side),
            Err(ReadError::TooLarge(what)) => return Err(ReadError::TooLarge(what)),
            Ok(_) | Err(ReadError::Encrypted | ReadError::Corrupt(_)) => pictures.truncate(kept),
        }
    }
    Ok(Document { format: Format::Docx, blocks, pictures: pictures.into_vec() })
}

/// Whether any paragraph holds something to read; depth is bounded by [`Limits::xml_depth`].
fn has_text(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(paragraph) => paragraph.inlines.iter().any(|inline| match inline {
            Inline::Text(run) => !run.text.trim().is_empty(),
            Inline::Tick(_) => true,
            Inline::Picture(_) => false,
        }),
        Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).any(|cell| has_text(&cell.blocks)),
    })
}
