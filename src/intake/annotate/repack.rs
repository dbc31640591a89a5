//! A package with some parts replaced or added: every other part is copied as it was packed, in the same order.

use super::Refusal;
use crate::intake::document::docx::package::normal;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The level of compression: each mail waits for it, and its reply is a few kB longer.
const FAST: i64 = 1;

/// A part that gets these bytes: one that is there, or a new one.
pub(super) struct Change {
    /// Its name; of one that is there, in whatever case.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The parts of a package as they lie in its archive.
pub(super) struct Parts<'a> {
    bytes: &'a [u8],
    /// Their names as they are written, by those under which they are compared.
    names: BTreeMap<String, String>,
}

impl<'a> Parts<'a> {
    /// Reads the directory.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Parts<'a>, Refusal> {
        let mut archive = open(bytes)?;
        let mut names = BTreeMap::new();
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(fault)?;
            if part.encrypted() {
                return Err(Refusal::Odd("an encrypted part"));
            }
            let name = std::str::from_utf8(part.name_raw()).map_err(|_| Refusal::Odd("a part's name"))?;
            names.insert(normal(name), name.to_owned());
        }
        Ok(Parts { bytes, names })
    }

    /// A part's name as it is written.
    pub(super) fn written(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// Whether no part has this name.
    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.names.contains_key(&normal(name))
    }

    /// The package with these changes.
    pub(super) fn repack(&self, changes: Vec<Change>) -> Result<Vec<u8>, Refusal> {
        let mut changes: BTreeMap<String, Change> = changes.into_iter().map(|change| (normal(&change.name), change)).collect();
        let mut archive = open(self.bytes)?;
        let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(self.bytes.len() + (16 << 10))));
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(fault)?;
            let name = String::from_utf8_lossy(part.name_raw()).into_owned();
            match changes.remove(&normal(&name)) {
                None => writer.raw_copy_file(part).map_err(fault)?,
                Some(change) => {
                    let packed = part.compression() == CompressionMethod::Deflated;
                    let options = part.options().large_file(false).compression_level(packed.then_some(FAST));
                    drop(part);
                    write(&mut writer, &name, options, &change.bytes)?;
                }
            }
        }
        for change in changes.into_values() {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            write(&mut writer, &change.name, options.compression_level(Some(FAST)), &change.bytes)?;
        }
        Ok(writer.finish().map_err(fault)?.into_inner())
    }
}

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Refusal> {
    ZipArchive::new(Cursor::new(bytes)).map_err(fault)
}

fn write(writer: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, options: SimpleFileOptions, bytes: &[u8]) -> Result<(), Refusal> {
    writer.start_file(name, options).map_err(fault)?;
    writer.write_all(bytes).map_err(|error| Refusal::Package(error.to_string()))
}

fn fault(error: zip::result::ZipError) -> Refusal {
    Refusal::Package(error.to_string())
}
