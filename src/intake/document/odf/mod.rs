//! An OpenDocument text or spreadsheet becomes a [`Document`]: body or sheets, then headers, footers and notes
//! that carry text.
//!
//! ISO/IEC 26300, as LibreOffice, Word and WPS write it. Names are told by their customary prefixes, which all of
//! them use. Deleted text lies apart from the body and isn't read; neither are hidden text and sheets, comments and
//! automatic numbering. Such a form is rare, so it has no name of its own among the formats: it is a text.

mod content;
mod controls;
mod looks;
mod sheet;
mod story;
mod walker;

use self::walker::{Budget, Walker};
use super::docx::package::Package;
use super::{Limits, ReadError};
use crate::model::document::{Document, Format};

/// Whether a package that names its media type is one of these: by that, or by its name where it was packed anew.
pub(in crate::intake) fn is_read(bytes: &[u8], extension: &str) -> bool {
    const MEDIA: &[u8] = b"mimetypeapplication/vnd.oasis.opendocument.";
    let kind = bytes.get(30..).and_then(|first| first.strip_prefix(MEDIA));
    match kind {
        Some(kind) => [&b"text"[..], b"spreadsheet"].iter().any(|known| kind.starts_with(known)),
        None => matches!(extension, "odt" | "ott" | "ods" | "ots"),
    }
}

/// Reads a package into a document.
///
/// # Errors
/// [`ReadError::Encrypted`] for an encrypted package, [`ReadError::Corrupt`] for a damaged archive or body,
/// [`ReadError::TooLarge`] where a limit was met.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes, limits)?;
    if package.xml("meta-inf/manifest.xml").is_ok_and(|manifest| manifest.contains("encryption-data")) {
        return Err(ReadError::Encrypted);
    }
    let content = package.xml("content.xml")?;
    let styles = package.xml("styles.xml").unwrap_or_default();
    let mut budget = Budget::of(limits);
    let mut walker = Walker::new(&mut package, &mut budget);
    match walker.walk(&styles) {
        Err(ReadError::TooLarge(what)) => return Err(ReadError::TooLarge(what)),
        // Without its styles the text is still there.
        Ok(()) | Err(ReadError::Encrypted | ReadError::Corrupt(_)) => walker.forget(),
    }
    walker.walk(&content)?;
    let (blocks, pictures) = walker.finish();
    Ok(Document { format: Format::Text, blocks, pictures, pages: Vec::new(), guessed: false })
}

#[cfg(test)]
mod tests;
