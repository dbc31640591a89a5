//! A compound file of Office 97 to 2003, or of WPS, becomes a [`Document`].
//!
//! Word and WPS Writer documents ([MS-DOC], Word 6 and 95 as far as text and tables), Excel workbooks and
//! WPS `.et` ([MS-XLS]) are parsed by office_oxide within limits of memory and text; here its tree is turned
//! into ours. The password that Excel sets by itself is tried on workbooks. What a file is, its streams tell, not its
//! name. Check boxes of forms and symbols are put among a Word document's characters first: see `word`. Automatic
//! numbering is not read. Where a picture stands isn't told: see `unplaced`.

mod convert;
mod word;

use std::io::Cursor;

use office_oxide::options::ParseOptions;
use office_oxide::{DocumentFormat, OfficeError};

use super::{Limits, ReadError, unplaced};
use crate::model::document::{Document, Format, Inline, Picture};

/// What every compound file ([MS-CFB]) begins with.
const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Whether a file is a compound file.
pub(super) fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads a compound file into a document of the format that it turns out to be.
///
/// # Errors
/// [`ReadError::Encrypted`] where it wants a password, [`ReadError::Corrupt`] where it is damaged or of
/// another program, [`ReadError::TooLarge`] where a limit was met.
pub fn read(claimed: Format, bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    if has_stream(bytes, "EncryptedPackage") {
        return Err(ReadError::Encrypted);
    }
    let word = has_stream(bytes, "WordDocument");
    let excel = has_stream(bytes, "Workbook") || has_stream(bytes, "Book");
    // Either may embed the other: then the claim decides.
    let (kind, format) = match (word, excel, claimed) {
        (true, true, Format::Xls | Format::Xlsx) | (false, true, _) => (DocumentFormat::Xls, Format::Xls),
        (true, _, Format::Wps) => (DocumentFormat::Doc, Format::Wps),
        (true, _, _) => (DocumentFormat::Doc, Format::Doc),
        (false, false, _) => return Err(ReadError::Corrupt("a compound file without a document".into())),
    };
    let options = options(limits);
    let word::Prepared { changed, floating } =
        if kind == DocumentFormat::Doc { word::prepare(bytes, limits) } else { word::Prepared::default() };
    let stand_ins = changed.is_some();
    let bytes = changed.unwrap_or_else(|| bytes.to_vec());
    let parsed = office_oxide::Document::from_reader_with(Cursor::new(bytes), kind, &options).map_err(refused)?;
    let mut document = convert::document(&parsed.to_ir(), format, stand_ins, limits)?;
    add_floating(floating, &mut document);
    Ok(document)
}

/// Adds the pictures that float over a Word document's text.
fn add_floating(floating: Vec<(Vec<u8>, &str)>, document: &mut Document) {
    let mut inlines = Vec::new();
    for (bytes, end) in floating {
        if document.pictures.iter().all(|known| known.bytes != bytes) {
            let index = document.pictures.len();
            document.pictures.push(Picture { name: format!("image{}.{end}", index + 1), bytes, floating: true });
            inlines.push(Inline::Picture(index));
        }
    }
    unplaced::place(inlines, &mut document.blocks);
}

fn options(limits: &Limits) -> ParseOptions {
    let mut options = ParseOptions::default();
    options.limits.text_chars = usize::try_from(limits.bytes_unpacked / 8).unwrap_or(usize::MAX);
    options.limits.memory_bytes = limits.bytes_unpacked;
    options.limits.package_bytes = limits.bytes_unpacked;
    options.limits.part_bytes = limits.bytes_unpacked;
    options.limits.package_entries = limits.entries;
    options
}

fn refused(error: OfficeError) -> ReadError {
    use office_oxide::doc::DocError;
    use office_oxide::xls::XlsError;
    match error {
        OfficeError::Doc(DocError::Encrypted) | OfficeError::Xls(XlsError::Encrypted | XlsError::EncryptionNotSupported(_)) => {
            ReadError::Encrypted
        }
        other => ReadError::Corrupt(other.to_string()),
    }
}

/// Whether a compound file has a stream of this name: directory entries are 128 bytes each, aligned, and
/// begin with their name, ended by a zero and compared without case.
fn has_stream(bytes: &[u8], name: &str) -> bool {
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    bytes.chunks(128).any(|entry| entry.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Block, Inline, Style, Table};

    const DOC: &[u8] = include_bytes!("../../../../fixtures/documents/form.doc");
    const PROTECTED: &[u8] = include_bytes!("../../../../fixtures/documents/form-protected.xls");
    const XLS: &[u8] = include_bytes!("../../../../fixtures/documents/form.xls");

    fn table(document: &Document) -> &Table {
        let table = document.blocks.iter().find_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Paragraph(_) => None,
        });
        table.unwrap()
    }

    /// Rows of (column, columns, rows, text).
    fn shape(table: &Table) -> Vec<Vec<(usize, usize, usize, String)>> {
        let text = |blocks: &[Block]| {
            Document { format: Format::Doc, blocks: blocks.to_vec(), pictures: Vec::new(), pages: Vec::new(), guessed: false }
                .text()
                .trim_end()
                .to_owned()
        };
        let cell = |cell: &crate::model::document::Cell| (cell.column, cell.column_span, cell.row_span, text(&cell.blocks));
        table.rows.iter().map(|row| row.cells.iter().map(cell).collect()).collect()
    }

    #[test]
    fn a_word_table_keeps_its_merged_cells_ticks_and_nested_table() {
        let document = read(Format::Doc, DOC, &Limits::default()).unwrap();
        let shape = shape(table(&document));
        let cell = |column, columns, rows, text: &str| (column, columns, rows, text.to_owned());
        assert_eq!(shape[0], [cell(0, 1, 1, "案例题目"), cell(1, 2, 1, "计量强基作废助企")]);
        assert_eq!(shape[1], [cell(0, 1, 1, "报送单位"), cell(1, 2, 1, "湖北省计量院\n第二段")]);
        assert_eq!(shape[2], [cell(0, 1, 2, "案例分类"), cell(1, 1, 1, "☑计量 ☐标准 ☑检验检测 ☐认证"), cell(2, 1, 1, "右")]);
        assert_eq!(shape[3].iter().map(|cell| cell.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(shape[4], [cell(0, 1, 1, "联系人及电话"), cell(1, 2, 1, "张三 19900000001\n内1\n内2\n表后")]);
        assert_eq!(document.format, Format::Doc);
        assert!(document.text().contains("尾段\n换行\t制表"));
        assert!(document.pictures.len() == 1 && document.pictures[0].bytes.starts_with(b"\x89PNG"));
        let Some(Block::Paragraph(last)) = table(&document).rows[5].cells[0].blocks.last() else { panic!() };
        assert_eq!(last.inlines, [Inline::Picture(0)]);
    }

    #[test]
    fn emphasis_is_kept() {
        let document = read(Format::Doc, DOC, &Limits::default()).unwrap();
        let [Block::Paragraph(paragraph)] = &table(&document).rows[0].cells[1].blocks[..] else { panic!() };
        let style = |inline: &Inline| match inline {
            Inline::Text(run) => run.style,
            other => panic!("{other:?}"),
        };
        let (plain, bold) = (Style::default(), Style { bold: true, ..Style::default() });
        let (strike, underline) = (Style { strike: true, ..plain }, Style { underline: true, ..plain });
        assert_eq!(paragraph.inlines.iter().map(style).collect::<Vec<_>>(), [plain, bold, strike, underline]);
    }

    #[test]
    fn a_workbook_is_read_as_it_is_seen() {
        // The claim says Word: the streams know better.
        let document = read(Format::Doc, XLS, &Limits::default()).unwrap();
        assert_eq!((document.format, document.blocks.len()), (Format::Xls, 1), "the hidden sheet stays hidden");
        let shape = shape(table(&document));
        let cell = |column, columns, rows, text: &str| (column, columns, rows, text.to_owned());
        assert_eq!(shape[0], [cell(0, 4, 1, "典型案例申报表")]);
        assert_eq!(shape[3], [cell(0, 1, 2, "案例分类"), cell(1, 3, 1, "☑计量 □标准")]);
        assert_eq!(shape[5][2], cell(2, 1, 1, "19900000074"));
        assert_eq!(shape[6][1], cell(1, 3, 1, "一、背景和意义\n第一行"));
        assert_eq!(shape[7][1], cell(1, 1, 1, "2023-06-30"));
    }

    #[test]
    fn the_password_that_excel_sets_by_itself_keeps_nobody_out() {
        // As a workbook is saved of which only the structure is protected: Excel never asks.
        let document = read(Format::Xls, PROTECTED, &Limits::default()).unwrap();
        assert_eq!(shape(table(&document))[5][2], (2, 1, 1, "19900000074".to_owned()));
    }

    #[test]
    fn damage_and_encryption_are_told() {
        let corrupt = |bytes: &[u8]| matches!(read(Format::Doc, bytes, &Limits::default()), Err(ReadError::Corrupt(_)));
        assert!(corrupt(&DOC[..600]));
        assert!(corrupt(MAGIC));
        let mut encrypted = DOC.to_vec();
        let at = encrypted.windows(2).position(|pair| pair == [0xEC, 0xA5]).unwrap();
        encrypted[at + 11] |= 0x01;
        assert_eq!(read(Format::Doc, &encrypted, &Limits::default()), Err(ReadError::Encrypted));
        let few = Limits { nodes: 10, ..Limits::default() };
        assert_eq!(read(Format::Doc, DOC, &few), Err(ReadError::TooLarge("nodes")));
        assert_eq!(read(Format::Xls, XLS, &few), Err(ReadError::TooLarge("nodes")));
    }
}
