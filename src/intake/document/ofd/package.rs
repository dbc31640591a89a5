//! The archive of an OFD file: parts by name, unpacked within limits.
//!
//! Names are compared without case and with either slash, as the writers seen here mix them.

use super::xml::{self, Node};
use super::{Limits, ReadError};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// An opened archive with what may still be unpacked from it.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    names: HashMap<String, usize>,
    left: u64,
    nodes: usize,
    depth: usize,
}

impl<'a> Package<'a> {
    /// Reads the directory of the archive.
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(corrupt)?;
        if archive.len() > limits.entries {
            return Err(ReadError::TooLarge("entries"));
        }
        let names: HashMap<String, usize> =
            archive.file_names_raw().enumerate().map(|(index, raw)| (normal(&String::from_utf8_lossy(raw)), index)).collect();
        // GM/T 0099 puts the plan of an encrypted file here.
        if names.contains_key("encryptions.xml") {
            return Err(ReadError::Encrypted);
        }
        Ok(Self { archive, names, left: limits.bytes_unpacked, nodes: limits.nodes, depth: limits.xml_depth })
    }

    /// Whether there is a part whose name ends so, in lower case.
    pub(super) fn has_name_ending(&self, end: &str) -> bool {
        self.names.keys().any(|name| name.ends_with(end))
    }

    /// The parts whose names end so, in order.
    pub(super) fn names_ending(&self, end: &str) -> Vec<String> {
        let mut names: Vec<String> = self.names.keys().filter(|name| name.ends_with(end)).cloned().collect();
        names.sort_unstable();
        names
    }

    /// The part's bytes.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ReadError> {
        let index = *self.names.get(&normal(name)).ok_or_else(|| ReadError::Corrupt(format!("no part {name}")))?;
        if self.archive.by_index_data(index).map_err(corrupt)?.encrypted() {
            return Err(ReadError::Encrypted);
        }
        let part = self.archive.by_index(index).map_err(corrupt)?;
        let mut out = Vec::new();
        let read = part.take(self.left.saturating_add(1)).read_to_end(&mut out);
        self.left = self.left.checked_sub(out.len() as u64).ok_or(ReadError::TooLarge("bytes unpacked"))?;
        read.map_err(|error| ReadError::Corrupt(format!("{name}: {error}")))?;
        Ok(out)
    }

    /// The part as XML.
    pub(super) fn node(&mut self, name: &str) -> Result<Node, ReadError> {
        let bytes = self.bytes(name)?;
        xml::parse(&text(&bytes), self.depth, &mut self.nodes)
    }
}

/// The standard demands UTF-8; a part that says GBK is taken at its word.
fn text(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(100)).unwrap_or_default()).to_ascii_lowercase();
    let gbk = head.contains("encoding=\"gb") || head.contains("encoding='gb");
    if gbk { encoding_rs::GB18030.decode(bytes).0.into_owned() } else { encoding_rs::UTF_8.decode(bytes).0.into_owned() }
}

/// A location as seen from a part: from the root if it begins with a slash, else beside the part.
pub(super) fn resolved(part: &str, location: &str) -> String {
    let location = location.trim().replace('\\', "/");
    let folder = part.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from_root = location.starts_with('/');
    let steps = if from_root { "" } else { folder };
    let mut out: Vec<&str> = Vec::new();
    for step in steps.split('/').chain(location.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            step => out.push(step),
        }
    }
    let path = out.join("/");
    if location.ends_with('/') { format!("{path}/") } else { path }
}

fn normal(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches(['/', '.']).to_lowercase()
}

fn corrupt(error: zip::result::ZipError) -> ReadError {
    ReadError::Corrupt(error.to_string())
}
