//! Packages made by hand for the tests of this module.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::{Limits, ReadError};
use crate::model::document::{Block, Document, Inline, Paragraph, Table, Tick, TickSource};

pub(super) const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

const ROOT: &str = r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">"#;

/// Zips parts.
pub(super) fn package<B: AsRef<[u8]>>(parts: &[(&str, B)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A document part around a body.
pub(super) fn document(body: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{ROOT}<w:body>{body}<w:sectPr/></w:body></w:document>")
}

/// The document part's relationships: id, type and target.
pub(super) fn rels(list: &[(&str, &str, &str)]) -> String {
    let one = |(id, kind, target): &(&str, &str, &str)| {
        format!(
            r#"<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>"#
        )
    };
    format!("<Relationships>{}</Relationships>", list.iter().map(one).collect::<String>())
}

pub(super) fn try_read(parts: &[(&str, &str)]) -> Result<Document, ReadError> {
    super::read(&package(parts), &Limits::default())
}

pub(super) fn try_body(body: &str) -> Result<Document, ReadError> {
    try_read(&[("_rels/.rels", RELS), ("word/document.xml", &document(body))])
}

/// Reads a body.
pub(super) fn body(body: &str) -> Document {
    try_body(body).unwrap()
}

/// Reads runs inside one paragraph.
pub(super) fn paragraph(runs: &str) -> Paragraph {
    let document = body(&format!("<w:p>{runs}</w:p>"));
    match document.blocks.into_iter().next() {
        Some(Block::Paragraph(paragraph)) => paragraph,
        other => panic!("no paragraph: {other:?}"),
    }
}

/// The text of runs inside one paragraph.
pub(super) fn text(runs: &str) -> String {
    paragraph(runs).text()
}

/// The ticks of a paragraph.
pub(super) fn ticks(runs: &str) -> Vec<(bool, TickSource)> {
    let tick = |inline: Inline| if let Inline::Tick(Tick { checked, source }) = inline { Some((checked, source)) } else { None };
    paragraph(runs).inlines.into_iter().filter_map(tick).collect()
}

/// The first table of a body.
pub(super) fn table(xml: &str) -> Table {
    let document = body(xml);
    let table = |block: Block| if let Block::Table(table) = block { Some(table) } else { None };
    document.blocks.into_iter().find_map(table).unwrap()
}

/// A table's cells by row: column, spans and text.
pub(super) fn cells(table: &Table) -> Vec<Vec<(usize, usize, usize, String)>> {
    let text = |blocks: &[Block]| {
        blocks.iter().map(|b| if let Block::Paragraph(p) = b { p.text() } else { "[table]".into() }).collect::<Vec<_>>().join("|")
    };
    table.rows.iter().map(|row| row.cells.iter().map(|c| (c.column, c.column_span, c.row_span, text(&c.blocks))).collect()).collect()
}
