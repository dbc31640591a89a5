//! Packages with one part replaced.

use std::io::{Cursor, Read, Write};
use zhihui::model::document::Format;

/// The part of the OFD fixture that shows text.
pub const OFD_PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";

const XLSX: &[u8] = include_bytes!("../../fixtures/documents/form.xlsx");
const OFD: &[u8] = include_bytes!("../../fixtures/documents/form.ofd");

const DOCX: [(&str, &str); 2] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#,
    ),
];

/// A package of the format, around this part.
pub fn package(format: Format, part: &str, bytes: &[u8]) -> Vec<u8> {
    let mut others: Vec<(String, Vec<u8>)> = match format {
        Format::Xlsx => all(XLSX),
        Format::Ofd => all(OFD),
        _ => DOCX.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect(),
    };
    others.retain(|(name, _)| name != part);
    others.push((part.to_owned(), bytes.to_vec()));
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in others {
        writer.start_file(name, stored).and_then(|()| Ok(writer.write_all(&bytes)?)).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

/// One part of a package.
pub fn part(package: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).ok()?;
    let mut bytes = Vec::new();
    archive.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn all(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(archive) = zip::ZipArchive::new(Cursor::new(package)) else { return Vec::new() };
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    names.into_iter().filter_map(|name| part(package, &name).map(|bytes| (name, bytes))).collect()
}
