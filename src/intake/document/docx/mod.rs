//! A DOCX file becomes a [`Document`]: body, then headers, footers, footnotes and endnotes that carry text.
//!
//! Follows ECMA-376 / ISO/IEC 29500, transitional and strict, and [MS-DOCX] for the 2010 checkbox control.
//! Only the parts that hold content are unpacked, and each is walked once; styles where they are named. Comments,
//! charts and diagrams are not read; neither is automatic numbering, which counts as no word of the unit's and without which a heading
//! is still a heading. A package in one XML file (Flat OPC) and Word 2003's own XML are read in the same way. What makes a truncated file unreadable is its lost
//! central directory: nothing is salvaged from one.

mod chunk;
mod content;
mod field;
pub(in crate::intake) mod flat;
mod form_field;
mod inline;
pub(super) mod instruction;
pub(in crate::intake) mod names;
pub(in crate::intake) mod package;
mod picture;
pub(in crate::intake) mod rels;
mod run;
mod story;
mod styles;
pub(super) mod symbols;
mod table;
mod walker;
pub(in crate::intake) mod xml;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use self::package::Package;
use self::picture::Pictures;
use self::rels::Rels;
use self::styles::Styles;
use self::walker::{Budget, Walker};
use super::{Limits, ReadError, holds_text};
use crate::model::document::{Document, Format};

/// Reads a package into a document.
///
/// # Errors
/// [`ReadError::Encrypted`] for an encrypted package, [`ReadError::Corrupt`] for a damaged archive or main
/// part, [`ReadError::TooLarge`] where a limit was met. Damage in any other part only loses that part.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    read_within(bytes, limits, Chunks::Read)
}

/// Whether documents that a document takes in (`w:altChunk`) are read: those within them are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    Read,
    Skip,
}

impl Chunks {
    /// How many documents a document may take in.
    const MOST: usize = 8;

    fn count(self) -> usize {
        match self {
            Chunks::Read => Self::MOST,
            Chunks::Skip => 0,
        }
    }
}

fn read_within(bytes: &[u8], limits: &Limits, chunks: Chunks) -> Result<Document, ReadError> {
    if flat::is_word_2003(bytes) {
        return read_word_2003(bytes, limits);
    }
    let mut package = Package::open(bytes, limits)?;
    let main = package.main()?;
    let rels = Rels::of(&mut package, &main);
    let xml = package.xml(&main)?;
    if !xml::root_is_document(&xml) {
        return Err(ReadError::Corrupt("the main part is no document".into()));
    }
    let mut pictures = Pictures::default();
    let mut styles = Styles::of_part(rels.of_kind("styles"));
    let mut budget = Budget::of(limits);
    let walker = Walker::new(&mut package, &mut pictures, &rels, &mut styles, &mut budget, chunks);
    let mut blocks = match chunks {
        Chunks::Read => walker.numbering().walk(&xml)?,
        // Of another file than the one that a note would be written into.
        Chunks::Skip => walker.walk(&xml)?,
    };
    for part in rels.side_parts(&package, &main) {
        let Ok(xml) = package.xml(&part) else { continue };
        let rels = Rels::of(&mut package, &part);
        let kept = pictures.len();
        match Walker::new(&mut package, &mut pictures, &rels, &mut styles, &mut budget, chunks).walk(&xml) {
            Ok(side) if holds_text(&side) => blocks.extend(side),
            Err(ReadError::TooLarge(what)) => return Err(ReadError::TooLarge(what)),
            Ok(_) | Err(ReadError::Encrypted | ReadError::Corrupt(_)) => pictures.truncate(kept),
        }
    }
    Ok(Document { format: Format::Docx, blocks, pictures: pictures.into_vec(), pages: Vec::new(), guessed: false })
}

/// Word 2003's own XML: one part, its pictures in it.
fn read_word_2003(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    if bytes.len() as u64 > limits.bytes_unpacked {
        return Err(ReadError::TooLarge("bytes unpacked"));
    }
    let xml = xml::decode(bytes.to_vec())?;
    let mut package = Package::of_parts(Vec::new(), limits);
    let mut pictures = Pictures::default();
    let rels = Rels::of(&mut package, "");
    let (mut styles, mut budget) = (Styles::default(), Budget::of(limits));
    let blocks = Walker::new(&mut package, &mut pictures, &rels, &mut styles, &mut budget, Chunks::Skip).walk(&xml)?;
    Ok(Document { format: Format::Doc, blocks, pictures: pictures.into_vec(), pages: Vec::new(), guessed: false })
}
