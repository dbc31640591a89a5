//! The bytes of a file become named parts, as ISO/IEC 29500-2 (Open Packaging Conventions) says.
//!
//! Names are compared without case and with either slash, as word processors do. It unpacks a part only
//! when asked, and counts what comes out. It does not follow relationships.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::xml;
use super::{Limits, ReadError};

/// Compound File Binary ([MS-CFB]): an encrypted package, or not a package at all.
const CFB: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";

/// An opened package with what may still be unpacked from it.
pub(in crate::intake) struct Package<'a> {
    parts: Parts<'a>,
    names: HashMap<String, usize>,
    left: u64,
}

/// Where the parts lie.
enum Parts<'a> {
    /// In a zip archive, packed.
    Zip(Box<ZipArchive<Cursor<&'a [u8]>>>),
    /// In one XML file, read out already.
    Flat(Vec<Vec<u8>>),
}

impl<'a> Package<'a> {
    /// Reads the directory of the archive.
    pub(in crate::intake) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        if bytes.starts_with(&CFB) {
            return Err(compound_file(bytes));
        }
        if super::flat::is_flat(bytes) {
            return super::flat::open(bytes, limits);
        }
        // Checked before the directory is read, because reading it allocates for every entry.
        if declared_entries(bytes).is_some_and(|entries| entries > limits.entries) {
            return Err(ReadError::TooLarge("entries"));
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(corrupt)?;
        if archive.len() > limits.entries {
            return Err(ReadError::TooLarge("entries"));
        }
        // An archive found behind the start of another one is an embedded file of a package cut short.
        if archive.offset() > 0 && bytes.starts_with(LOCAL_HEADER) {
            return Err(ReadError::Corrupt("the archive is cut short".into()));
        }
        let names = archive.file_names_raw().enumerate().map(|(index, raw)| (normal(&String::from_utf8_lossy(raw)), index)).collect();
        Ok(Self { parts: Parts::Zip(Box::new(archive)), names, left: limits.bytes_unpacked })
    }

    /// Parts that one XML file held, by their names.
    pub(in crate::intake) fn of_parts(parts: Vec<(String, Vec<u8>)>, limits: &Limits) -> Self {
        let names = parts.iter().enumerate().map(|(index, (name, _))| (normal(name), index)).collect();
        Self { parts: Parts::Flat(parts.into_iter().map(|(_, bytes)| bytes).collect()), names, left: limits.bytes_unpacked }
    }

    /// The name, in normal form, of the part that holds the body.
    pub(in crate::intake) fn main(&mut self) -> Result<String, ReadError> {
        let by_rels = self.xml("_rels/.rels").ok().and_then(|text| xml::main_by_rels(&text));
        if let Some(name) = by_rels.filter(|name| self.has(name)) {
            return Ok(name);
        }
        let by_type = self.xml("[content_types].xml").ok().and_then(|text| xml::main_by_type(&text));
        if let Some(name) = by_type.filter(|name| self.has(name)) {
            return Ok(name);
        }
        if self.has("word/document.xml") {
            return Ok("word/document.xml".into());
        }
        self.main_by_root()
    }

    /// The last resort: the first part whose root element is `document`.
    fn main_by_root(&mut self) -> Result<String, ReadError> {
        let mut names: Vec<String> = self.names.keys().filter(|name| name.ends_with(".xml")).cloned().collect();
        names.sort();
        for name in names {
            match self.xml(&name) {
                Ok(text) if xml::root_is_document(&text) => return Ok(name),
                Err(ReadError::TooLarge(what)) => return Err(ReadError::TooLarge(what)),
                Ok(_) | Err(ReadError::Encrypted | ReadError::Corrupt(_)) => {}
            }
        }
        Err(ReadError::Corrupt("no document part".into()))
    }

    /// Whether there is a part of this normal name.
    pub(in crate::intake) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The normal names of all parts, sorted.
    pub(in crate::intake) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Whether two parts have the same normal name: another reader might take the other one.
    pub(in crate::intake) fn has_twins(&self) -> bool {
        let count = match &self.parts {
            Parts::Zip(archive) => archive.len(),
            Parts::Flat(parts) => parts.len(),
        };
        self.names.len() < count
    }

    /// The part's text, decoded.
    pub(in crate::intake) fn xml(&mut self, name: &str) -> Result<String, ReadError> {
        xml::decode(self.bytes(name)?)
    }

    /// The part's bytes; what is unpacked counts even if it is then thrown away.
    pub(in crate::intake) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ReadError> {
        let index = *self.names.get(name).ok_or_else(|| ReadError::Corrupt(format!("no part {name}")))?;
        let archive = match &mut self.parts {
            Parts::Zip(archive) => archive,
            Parts::Flat(parts) => return Ok(parts.get(index).cloned().unwrap_or_default()),
        };
        if archive.by_index_data(index).map_err(corrupt)?.encrypted() {
            return Err(ReadError::Encrypted);
        }
        let part = archive.by_index(index).map_err(corrupt)?;
        let mut out = Vec::with_capacity(usize::try_from(part.size().min(self.left).min(1 << 20)).unwrap_or_default());
        let read = part.take(self.left.saturating_add(1)).read_to_end(&mut out);
        let unpacked = out.len() as u64;
        if unpacked > self.left {
            self.left = 0;
            return Err(ReadError::TooLarge("bytes unpacked"));
        }
        self.left -= unpacked;
        read.map_err(|error| ReadError::Corrupt(format!("{name}: {error}")))?;
        Ok(out)
    }

    /// Whether the part claims to fit into what may still be unpacked. A part that lies is stopped later.
    pub(in crate::intake) fn fits(&self, name: &str) -> bool {
        let Some(index) = self.names.get(name) else { return false };
        match &self.parts {
            Parts::Zip(archive) => archive.by_index_data(*index).is_ok_and(|part| part.size() <= self.left),
            Parts::Flat(_) => true,
        }
    }
}

/// The form in which names are compared: forward slashes, no leading one, lower case.
pub(in crate::intake) fn normal(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_ascii_lowercase()
}

fn corrupt(error: zip::result::ZipError) -> ReadError {
    ReadError::Corrupt(error.to_string())
}

/// Directory entries of a compound file are 128 bytes each, aligned, and begin with their UTF-16 name.
fn compound_file(bytes: &[u8]) -> ReadError {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.chunks(128).any(|entry| entry.starts_with(&name)) {
        ReadError::Encrypted
    } else {
        ReadError::Corrupt("a compound file, not a package".into())
    }
}

/// The number of entries that the last end-of-directory record claims (APPNOTE 4.3.16).
fn declared_entries(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.get(bytes.len().saturating_sub(22 + (1 << 16))..)?;
    let at = tail.windows(END_OF_DIRECTORY.len()).rposition(|window| window == END_OF_DIRECTORY)?;
    let count: [u8; 2] = tail.get(at + 10..at + 12)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(count)))
}
