//! Readers of files: each turns one format into a [`Document`].
//!
//! A reader is pure: bytes and limits in, a document out. It never fails on odd content, only on a file
//! that cannot be read as a whole. What the content means is decided elsewhere.

pub mod docx;
mod layout;
pub mod ofd;
pub mod pdf;

use crate::model::document::{Document, Format};

/// Why a file could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file wants a password.
    #[error("the file is encrypted")]
    Encrypted,
    /// The file is cut short, damaged, or not of the format it claims.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// Reading was stopped by the named limit.
    #[error("the file exceeds the limit on {0}")]
    TooLarge(&'static str),
}

/// What a reader may spend on one file. Declared sizes are never trusted: these count what was really read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes unpacked from the package, over all its parts.
    pub bytes_unpacked: u64,
    /// Entries of the package.
    pub entries: usize,
    /// Elements open at the same time.
    pub xml_depth: usize,
    /// Paragraphs, rows, cells and inlines, all together.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_unpacked: 64 << 20, entries: 2_000, xml_depth: 256, nodes: 500_000 }
    }
}

/// Reads a file of a known format; none where there is no reader for it.
pub fn read(format: Format, bytes: &[u8], limits: &Limits) -> Option<Result<Document, ReadError>> {
    match format {
        Format::Docx => Some(docx::read(bytes, limits)),
        Format::Ofd => Some(ofd::read(bytes, limits)),
        Format::Pdf => Some(pdf::read(bytes, limits)),
        Format::Doc | Format::Wps | Format::Rtf | Format::Html | Format::Xlsx | Format::Xls | Format::Image | Format::Text => None,
    }
}
