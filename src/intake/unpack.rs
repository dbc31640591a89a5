//! The files of a mail: attachments told apart by their first bytes, zip archives opened.
//!
//! Names are data: no path is ever made from one. Every limit is checked on bytes actually read.

use crate::intake::identity::sha256_hex;
use crate::model::document::Format;
use crate::model::message::Attachment;
use std::io::{Cursor, Read};

/// Bounds on what archives may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files of one mail, those in archives counted.
    pub files: usize,
    /// Bytes taken out of archives, all together.
    pub bytes: u64,
    /// Archives within archives.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 1000, bytes: 256 << 20, depth: 3 }
    }
}

/// What a file is by its bytes (and, where they don't tell, by its name).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// A document that may be a form.
    Document(Format),
    /// A picture.
    Image(&'static str),
    /// A zip archive.
    Zip,
    /// An archive of another kind.
    Archive(&'static str),
    /// Anything else.
    Other,
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
    let mut out = Unpacker { out: Unpacked::default(), limits: *limits, left: limits.bytes };
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

/// Tells a file by its first bytes; the name decides only between formats that share them.
pub fn file_type(bytes: &[u8], name: &str) -> FileType {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.trim().to_ascii_lowercase()).unwrap_or_default();
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return zip_type(bytes, &extension);
    }
    if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return match extension.as_str() {
            "xls" | "et" => FileType::Document(Format::Xls),
            "wps" => FileType::Document(Format::Wps),
            "docx" | "docm" => FileType::Document(Format::Docx),
            "msg" | "ppt" | "dps" | "vsd" | "db" => FileType::Other,
            _ => FileType::Document(Format::Doc),
        };
    }
    let image = [
        (&b"\xff\xd8\xff"[..], "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF8", "image/gif"),
        (b"BM", "image/bmp"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
    ];
    if let Some((_, media)) = image.iter().find(|(magic, media)| starts(magic) && (*media != "image/bmp" || extension == "bmp")) {
        return FileType::Image(media);
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return FileType::Image("image/webp");
    }
    if bytes.get(4..8) == Some(b"ftyp")
        && bytes.get(8..12).is_some_and(|brand| [b"heic", b"heix", b"mif1", b"heif", b"hevc"].iter().any(|known| *known == brand))
    {
        return FileType::Image("image/heic");
    }
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    if head.windows(5).any(|window| window == b"%PDF-") {
        return FileType::Document(Format::Pdf);
    }
    match () {
        () if starts(b"{\\rtf") => FileType::Document(Format::Rtf),
        () if starts(b"7z\xbc\xaf\x27\x1c") => FileType::Archive("7z"),
        () if starts(b"Rar!\x1a\x07") => FileType::Archive("rar"),
        () if starts(b"\x1f\x8b") => FileType::Archive("gzip"),
        () => by_extension(&extension, head),
    }
}

/// What the bytes don't tell: the name says what it was meant to be.
fn by_extension(extension: &str, head: &[u8]) -> FileType {
    let lower = head.to_ascii_lowercase();
    let html = lower.windows(5).any(|window| window == b"<html" || window == b"<body");
    match extension {
        "docx" | "docm" | "dotx" => FileType::Document(Format::Docx),
        "doc" | "wps" if html => FileType::Document(Format::Html),
        "doc" => FileType::Document(Format::Doc),
        "wps" => FileType::Document(Format::Wps),
        "pdf" => FileType::Document(Format::Pdf),
        "ofd" => FileType::Document(Format::Ofd),
        "xlsx" => FileType::Document(Format::Xlsx),
        "xls" | "et" => FileType::Document(Format::Xls),
        "zip" => FileType::Zip,
        "rar" => FileType::Archive("rar"),
        "7z" => FileType::Archive("7z"),
        "jpg" | "jpeg" => FileType::Image("image/jpeg"),
        "png" => FileType::Image("image/png"),
        "heic" => FileType::Image("image/heic"),
        _ => FileType::Other,
    }
}

/// What lies in a zip container: an office document, an OFD, or just files.
fn zip_type(bytes: &[u8], extension: &str) -> FileType {
    let Ok(archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return by_extension(extension, &[]);
    };
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(|name| name.replace('\\', "/").to_ascii_lowercase()).collect();
    let has = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    let office = has(&|name| name == "[content_types].xml") || has(&|name| name == "_rels/.rels");
    match () {
        () if has(&|name| name.starts_with("word/")) => FileType::Document(Format::Docx),
        () if has(&|name| name == "xl/workbook.xml" || name == "xl/workbook.bin") => FileType::Document(Format::Xlsx),
        () if has(&|name| name == "ofd.xml") => FileType::Document(Format::Ofd),
        () if office && has(&|name| name.starts_with("ppt/")) => FileType::Other,
        () if office && matches!(extension, "docx" | "docm" | "dotx") => FileType::Document(Format::Docx),
        () => FileType::Zip,
    }
}

fn media_type(file_type: FileType, declared: &str) -> &str {
    match file_type {
        FileType::Image(media) => media,
        FileType::Zip => "application/zip",
        FileType::Archive("7z") => "application/x-7z-compressed",
        FileType::Archive("rar") => "application/vnd.rar",
        FileType::Archive(_) => "application/gzip",
        FileType::Document(format) => match format {
            Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Doc => "application/msword",
            Format::Wps => "application/vnd.ms-works",
            Format::Xls => "application/vnd.ms-excel",
            Format::Pdf => "application/pdf",
            Format::Ofd => "application/ofd",
            Format::Rtf => "application/rtf",
            Format::Html => "text/html",
            Format::Image | Format::Text => "application/octet-stream",
        },
        FileType::Other if declared.is_empty() => "application/octet-stream",
        FileType::Other => declared,
    }
}
