//! The files of a mail: attachments told apart by their first bytes, zip archives opened.
//!
//! Names are data: no path is ever made from one. Every limit is checked on bytes actually read.

mod file_type;

pub use file_type::{FileType, file_type};

use crate::intake::identity::sha256_hex;
use crate::model::message::Attachment;
use file_type::media_type;
use std::io::{Cursor, Read};

/// Bounds on what archives may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files of one mail, those in archives counted.
    pub files: usize,
    /// Bytes taken out of archives, all together.
    pub bytes: u64,
    /// Bytes taken out of archives for each byte that came, past [`Limits::free_bytes`]: what swells more is no document.
    pub ratio: u64,
    /// Bytes taken out of archives whatever their ratio.
    pub free_bytes: u64,
    /// Archives within archives.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 1000, bytes: 256 << 20, ratio: 20, free_bytes: 64 << 20, depth: 3 }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name as data.
    pub name: String,
    /// The name after the archives and messages that it lay in: `材料.zip/申报表.docx`.
    pub path: String,
    /// Whether it lay in a forwarded message.
    pub forwarded: bool,
    /// What it is.
    pub file_type: FileType,
    /// The media type, by its bytes where they tell.
    pub media_type: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Everything that was unpacked.
#[derive(Debug, Clone, Default)]
pub struct Unpacked {
    /// The files in order; an opened archive is not among them.
    pub files: Vec<File>,
    /// Archives that want a password, by path.
    pub encrypted: Vec<String>,
    /// Archives that can't be opened, by path.
    pub unreadable: Vec<String>,
    /// Which limit was passed, if one was.
    pub exceeded: Option<&'static str>,
}

/// Opens the attachments of a mail, taking their bytes; their names and types stay.
pub fn unpack(attachments: &mut [Attachment], limits: &Limits) -> Unpacked {
    let packed: u64 = attachments.iter().map(|attachment| attachment.bytes.len() as u64).sum();
    let left = limits.bytes.min(limits.free_bytes.saturating_add(packed.saturating_mul(limits.ratio)));
    let mut out = Unpacker { out: Unpacked::default(), limits: *limits, left };
    for attachment in attachments {
        let forwarded = !attachment.within.is_empty();
        let path = attachment.within.iter().chain(std::iter::once(&attachment.name)).map(String::as_str).collect::<Vec<_>>().join("/");
        let bytes = std::mem::take(&mut attachment.bytes);
        out.file(Entry { name: attachment.name.clone(), path, forwarded, declared: attachment.media_type.clone(), bytes }, 0);
    }
    out.out
}

struct Entry {
    name: String,
    path: String,
    forwarded: bool,
    declared: String,
    bytes: Vec<u8>,
}

struct Unpacker {
    out: Unpacked,
    limits: Limits,
    left: u64,
}

impl Unpacker {
    fn file(&mut self, entry: Entry, depth: usize) {
        if self.out.files.len() >= self.limits.files {
            self.out.exceeded.get_or_insert("附件数量");
            return;
        }
        let file_type = file_type(&entry.bytes, &entry.name);
        if file_type == FileType::Zip {
            if depth >= self.limits.depth {
                self.out.exceeded.get_or_insert("压缩包层数");
                return;
            }
            if self.zip(&entry, depth) {
                return;
            }
        }
        let sha256 = sha256_hex(&entry.bytes);
        let media_type = media_type(file_type, &entry.declared).to_owned();
        self.out.files.push(File {
            name: entry.name,
            path: entry.path,
            forwarded: entry.forwarded,
            file_type,
            media_type,
            sha256,
            bytes: entry.bytes,
        });
    }

    /// Opens a zip archive; false where it is kept as a file, since it can't be opened.
    fn zip(&mut self, entry: &Entry, depth: usize) -> bool {
        let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(entry.bytes.as_slice())) else {
            self.out.unreadable.push(entry.path.clone());
            return false;
        };
        let mut opened = false;
        for index in 0..archive.len() {
            if self.out.files.len() >= self.limits.files {
                self.out.exceeded.get_or_insert("附件数量");
                break;
            }
            let Ok(file) = archive.by_index_raw(index) else { continue };
            if file.is_dir() {
                continue;
            }
            if file.encrypted() {
                self.note_encrypted(&entry.path);
                continue;
            }
            let raw_name = entry_name(file.name_raw());
            drop(file);
            let Ok(mut file2) = archive.by_index(index) else {
                self.note_unreadable(&entry.path);
                continue;
            };
            let Some(bytes) = self.read_bounded(&mut file2) else {
                self.note_unreadable(&entry.path);
                continue;
            };
            drop(file2);
            opened = true;
            let Some(name) = visible_name(&raw_name) else { continue };
            self.file(
                Entry { path: format!("{}/{}", entry.path, raw_name), name, forwarded: entry.forwarded, declared: String::new(), bytes },
                depth + 1,
            );
        }
        opened
    }

    fn note_encrypted(&mut self, path: &str) {
        if !self.out.encrypted.iter().any(|known| known == path) {
            self.out.encrypted.push(path.to_owned());
        }
    }

    fn note_unreadable(&mut self, path: &str) {
        if !self.out.unreadable.iter().any(|known| known == path) {
            self.out.unreadable.push(path.to_owned());
        }
    }

    fn read_bounded(&mut self, file: &mut impl Read) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(self.left + 1).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 > self.left {
            self.out.exceeded.get_or_insert("解压后大小");
            return None;
        }
        self.left -= bytes.len() as u64;
        Some(bytes)
    }
}

/// A name in an archive: UTF-8 where it is, else GB18030, whatever the flag says.
fn entry_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(raw).0.into_owned(),
    };
    name.replace('\\', "/").chars().filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect()
}

/// The last part of a path; none for what packers and file managers leave behind.
fn visible_name(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let litter = path.contains("__MACOSX/")
        || name.starts_with("._")
        || name.starts_with("~$")
        || matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini" | "");
    (!litter).then(|| name.to_owned())
}
