//! A PDF file becomes a [`Document`]: its text by position, its rulings as tables, its pictures as they stood.
//!
//! ISO 32000-1. Objects are read by `hayro-syntax`, character maps by `hayro-cmap`; what a page shows is
//! interpreted here, as far as text, straight lines and pictures go. Text that isn't shown (an OCR layer under
//! a scan) is not read: a scan stays a scan. Only the first pages are read, since a form stands there. Not
//! read: optional content states, rotated text, patterns, fonts without any map to Unicode.

mod annotation;
mod font;
mod glyph_names;
mod page;
mod picture;
mod signature;
mod simple_font;
mod stream;
mod symbol;
mod text;
mod type0;

#[cfg(test)]
mod tests;

use self::page::Reading;
use super::layout::{self, Sheet};
use super::{Limits, ReadError};
use crate::model::document::{Document, Format};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use self::signature::signatures;

/// Pages read. A longer file is read so far: what it applies with stands at its head.
const MOST_PAGES: usize = 200;

/// Reads a file into a document.
///
/// # Errors
/// [`ReadError::Encrypted`] if it wants a password, [`ReadError::Corrupt`] if no page of it can be read,
/// [`ReadError::TooLarge`] where a limit was met.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    // The library is young: where it panics on a damaged file, the file is damaged.
    catch_unwind(AssertUnwindSafe(|| pages(bytes, limits))).unwrap_or_else(|_| Err(ReadError::Corrupt("its structure".into())))
}

fn pages(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    let pdf = open(bytes, limits)?;
    let mut reading = Reading::new(limits);
    let mut sheets: Vec<Sheet> = Vec::new();
    for page in pdf.pages().iter().take(MOST_PAGES) {
        sheets.push(reading.page(page)?);
    }
    if sheets.is_empty() {
        return Err(ReadError::Corrupt("no pages".into()));
    }
    let (blocks, pages, guessed) = layout::blocks(sheets);
    Ok(Document { format: Format::Pdf, blocks, pictures: reading.pictures(), pages, guessed })
}

fn open(bytes: &[u8], limits: &Limits) -> Result<Pdf, ReadError> {
    stream::check_structure(bytes, limits.bytes_unpacked)?;
    Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm) => ReadError::Encrypted,
        LoadPdfError::Decryption(_) => ReadError::Corrupt("its encryption".into()),
        LoadPdfError::Invalid => ReadError::Corrupt("its structure".into()),
    })
}
