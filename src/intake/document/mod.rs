//! Readers of files: each turns one format into a [`Document`].
//!
//! A reader is pure: bytes and limits in, a document out. It never fails on odd content, only on a file
//! that cannot be read as a whole. What the content means is decided elsewhere.

pub mod docx;
mod grid;
pub mod html;
mod inlines;
mod layout;
pub mod legacy;
pub mod mht;
pub mod odf;
pub mod ofd;
pub mod pdf;
pub mod rtf;
pub mod spreadsheet;
pub mod text;
mod unplaced;

use crate::model::document::{Block, Document, Format, Inline};

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
    /// Tags, texts and references read, over all parts: this bounds the time.
    pub xml_events: usize,
    /// Paragraphs, rows, cells and inlines, all together: this bounds the memory.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_unpacked: 64 << 20, entries: 2_000, xml_depth: 256, xml_events: 4_000_000, nodes: 500_000 }
    }
}

/// The format by whose reader a file is read: web pages come under any name, as some systems export 申报表.docx.
pub fn read_as(format: Format, bytes: &[u8]) -> Format {
    match format {
        Format::Doc | Format::Wps | Format::Xls | Format::Docx | Format::Xlsx if legacy::is_compound(bytes) => format,
        Format::Doc | Format::Wps if docx::flat::is_word_xml(bytes) => format,
        Format::Doc | Format::Wps | Format::Xls if html::is_html(bytes) || mht::is_mht(bytes) => Format::Html,
        Format::Docx | Format::Xlsx | Format::Rtf | Format::Pdf | Format::Ofd if html::is_page(bytes) || mht::is_mht(bytes) => Format::Html,
        other => other,
    }
}

/// Reads a file of a known format; none where there is no reader for it.
pub fn read(format: Format, bytes: &[u8], limits: &Limits) -> Option<Result<Document, ReadError>> {
    match read_as(format, bytes) {
        // Old files under new names are common, and encrypted ones are compound files whatever they were.
        Format::Docx | Format::Doc | Format::Wps | Format::Xlsx | Format::Xls if legacy::is_compound(bytes) => {
            Some(legacy::read(format, bytes, limits))
        }
        // No reader knows it: a person looks, and nobody is told that the file is damaged.
        Format::Xlsx if spreadsheet::is_binary(bytes) => None,
        Format::Docx => Some(docx::read(bytes, limits)),
        Format::Doc | Format::Wps if docx::flat::is_word_xml(bytes) => Some(docx::read(bytes, limits)),
        Format::Xlsx => Some(spreadsheet::read(bytes, limits)),
        Format::Rtf => Some(rtf::read(bytes, limits)),
        Format::Html if mht::is_mht(bytes) => Some(mht::read(bytes, limits)),
        Format::Html => Some(html::read(bytes, limits)),
        Format::Doc | Format::Wps | Format::Xls => Some(Err(ReadError::Corrupt("not a compound file".into()))),
        Format::Pdf => Some(pdf::read(bytes, limits)),
        Format::Text if bytes.starts_with(b"PK") => Some(odf::read(bytes, limits)),
        Format::Text => Some(Ok(text::read(bytes))),
        Format::Ofd => Some(ofd::read(bytes, limits)),
        Format::Image => None,
    }
}

/// Whether any paragraph holds something to read, so that a header or a note counts; the readers bound the depth.
fn holds_text(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(paragraph) => paragraph.inlines.iter().any(|inline| match inline {
            Inline::Text(run) => !run.text.trim().is_empty(),
            Inline::Tick(_) => true,
            Inline::Picture(_) => false,
        }),
        Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).any(|cell| holds_text(&cell.blocks)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_by(format: Format, bytes: &[u8]) -> Option<Result<Format, ReadError>> {
        Some(read(format, bytes, &Limits::default())?.map(|document| document.format))
    }

    #[test]
    fn files_are_read_by_what_they_are() {
        let doc = include_bytes!("../../../fixtures/documents/form.doc");
        let xls = include_bytes!("../../../fixtures/documents/form.xls");
        let html = "<html><body>案例题目</body></html>".as_bytes();
        assert_eq!(read_by(Format::Docx, doc), Some(Ok(Format::Doc)));
        assert_eq!(read_by(Format::Wps, doc), Some(Ok(Format::Wps)));
        assert_eq!(read_by(Format::Xlsx, xls), Some(Ok(Format::Xls)));
        for claimed in [Format::Doc, Format::Docx, Format::Wps, Format::Xls, Format::Xlsx, Format::Pdf, Format::Ofd] {
            assert_eq!(read_by(claimed, html), Some(Ok(Format::Html)), "{claimed:?}");
        }
        assert_eq!(read_by(Format::Html, html), Some(Ok(Format::Html)));
        assert_eq!(read_by(Format::Rtf, b"{\\rtf1 x}"), Some(Ok(Format::Rtf)));
        assert_eq!(read_by(Format::Image, b"PK"), None);
        assert_eq!(read_by(Format::Xlsx, b"PK\x03\x04 xl/workbook.bin PK\x05\x06"), None);
    }

    #[test]
    fn a_file_is_a_page_by_its_beginning() {
        let page = b"<html><body>x</body></html>";
        let of_mail = b"From: <x>\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<html>x</html>";
        for format in [Format::Docx, Format::Rtf, Format::Xlsx, Format::Pdf, Format::Ofd, Format::Doc, Format::Wps, Format::Xls] {
            assert_eq!((read_as(format, page), read_as(format, of_mail)), (Format::Html, Format::Html), "{format:?}");
        }
        assert_eq!(read_as(Format::Pdf, b"%PDF-1.4 MIME-Version: 1.0 multipart/related <html>"), Format::Pdf);
        assert_eq!(read_as(Format::Rtf, b"{\\rtf1 MIME-Version: 1.0 text/html <html>}"), Format::Rtf);
    }

    #[test]
    fn encrypted_and_damaged_files_are_told_apart() {
        let mut encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        encrypted.resize(512, 0);
        encrypted.extend("EncryptedPackage\0".encode_utf16().flat_map(u16::to_le_bytes));
        for format in [Format::Docx, Format::Doc, Format::Xlsx, Format::Xls] {
            assert_eq!(read_by(format, &encrypted), Some(Err(ReadError::Encrypted)), "{format:?}");
            assert!(matches!(read_by(format, b"nothing"), Some(Err(ReadError::Corrupt(_)))), "{format:?}");
        }
    }
}
