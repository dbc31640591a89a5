//! What a file is, by its first bytes; its name decides only between formats that share them.

use super::archive::Archive;
use super::zip;
use crate::intake::document::docx::flat::is_word_xml;
use crate::intake::document::odf;
use crate::intake::message;
use crate::model::document::Format;
use std::io::Cursor;

/// What a file is by its bytes (and, where they don't tell, by its name).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// A document that may be a form.
    Document(Format),
    /// A picture.
    Image(&'static str),
    /// An archive of a kind that is opened.
    Packed(Archive),
    /// An archive of another kind, or one that unpacks itself: a person looks.
    Archive(&'static str),
    /// A mail, or a mail's files in Outlook's own format.
    Mail,
    /// Anything else.
    Other,
}

/// Tells a file by its first bytes; the name decides only between formats that share them.
pub fn file_type(bytes: &[u8], name: &str) -> FileType {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.trim().to_ascii_lowercase()).unwrap_or_default();
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return zip_type(bytes, &extension);
    }
    if let Some(archive) = Archive::by_bytes(bytes) {
        return FileType::Packed(archive);
    }
    if message::is_packed_mail(bytes, name) {
        return FileType::Mail;
    }
    if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return match extension.as_str() {
            "xls" | "et" => FileType::Document(Format::Xls),
            "wps" => FileType::Document(Format::Wps),
            "docx" | "docm" => FileType::Document(Format::Docx),
            "msg" | "ppt" | "dps" | "vsd" | "db" => FileType::Other,
            "doc" | "dot" | "wpt" => FileType::Document(Format::Doc),
            _ if is_workbook(bytes) => FileType::Document(Format::Xls),
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
        () if starts(b"MZ") && unpacks_itself(bytes) => FileType::Archive("application/vnd.microsoft.portable-executable"),
        () if let Some(media) = foreign_archive(bytes) => FileType::Archive(media),
        () => by_extension(&extension, head),
    }
}

/// Whether a compound file without a name that tells holds a stream called `Workbook` ([MS-XLS] section 2.1.2).
fn is_workbook(bytes: &[u8]) -> bool {
    /// A form's sheet is smaller.
    const LARGEST: usize = 4 << 20;
    let name = b"W\0o\0r\0k\0b\0o\0o\0k\0";
    bytes.get(..bytes.len().min(LARGEST)).is_some_and(|head| head.windows(name.len()).any(|window| window == name))
}

/// Archives that are recognised and not opened.
fn foreign_archive(bytes: &[u8]) -> Option<&'static str> {
    let magics: [(usize, &[u8], &'static str); 6] = [
        (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
        (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
        (0, b"\x1f\x9d", "application/x-compress"),
        (0, b"\x60\xea", "application/x-arj"),
        (2, b"-lh", "application/x-lzh"),
        (32769, b"CD001", "application/x-iso9660-image"),
    ];
    magics.iter().find(|(at, magic, _)| bytes.get(*at..at + magic.len()) == Some(magic)).map(|(_, _, media)| *media)
}

/// Whether a program carries an archive (自解压): zip's directory at its end, or another's mark within.
fn unpacks_itself(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(66 << 10)..).unwrap_or_default();
    let head = bytes.get(..bytes.len().min(1 << 20)).unwrap_or_default();
    let has = |part: &[u8], magic: &[u8]| part.windows(magic.len()).any(|window| window == magic);
    has(tail, b"PK\x05\x06") || has(head, b"Rar!\x1a\x07") || has(head, b"7z\xbc\xaf\x27\x1c")
}

/// What the bytes don't tell: the name says what it was meant to be.
fn by_extension(extension: &str, head: &[u8]) -> FileType {
    let lower = head.to_ascii_lowercase();
    let html = lower.windows(5).any(|window| window == b"<html" || window == b"<body");
    match extension {
        "docx" | "docm" | "dotx" | "dotm" => FileType::Document(Format::Docx),
        "xml" | "" | "bin" | "dat" if is_word_xml(head) => FileType::Document(Format::Doc),
        "mht" | "mhtml" => FileType::Document(Format::Html),
        "htm" | "html" | "doc" | "wps" if html => FileType::Document(Format::Html),
        // A web page that came without a name.
        "" | "bin" | "dat" if html && lower.trim_ascii_start().starts_with(b"<") => FileType::Document(Format::Html),
        "doc" => FileType::Document(Format::Doc),
        "wps" => FileType::Document(Format::Wps),
        "rtf" => FileType::Document(Format::Rtf),
        "pdf" => FileType::Document(Format::Pdf),
        "ofd" => FileType::Document(Format::Ofd),
        "xlsx" => FileType::Document(Format::Xlsx),
        "xls" | "et" => FileType::Document(Format::Xls),
        "jpg" | "jpeg" => FileType::Image("image/jpeg"),
        "png" => FileType::Image("image/png"),
        "heic" => FileType::Image("image/heic"),
        other => Archive::by_extension(other).map_or(FileType::Other, FileType::Packed),
    }
}

/// What lies in a zip container: an office document, an OFD, or just files.
fn zip_type(bytes: &[u8], extension: &str) -> FileType {
    if zip::is_crowded(bytes) {
        return FileType::Packed(Archive::Zip);
    }
    let Ok(archive) = ::zip::ZipArchive::new(Cursor::new(bytes)) else {
        return by_extension(extension, &[]);
    };
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(|name| name.replace('\\', "/").to_ascii_lowercase()).collect();
    let has = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    let office = has(&|name| name == "[content_types].xml") || has(&|name| name == "_rels/.rels");
    match () {
        () if has(&|name| name.starts_with("word/")) => FileType::Document(Format::Docx),
        () if has(&|name| name == "xl/workbook.xml" || name == "xl/workbook.bin") => FileType::Document(Format::Xlsx),
        () if has(&|name| name == "ofd.xml") => FileType::Document(Format::Ofd),
        // OpenDocument and EPUB open with their media type; of these, texts and sheets are read.
        () if has(&|name| name == "mimetype") && has(&|name| name == "content.xml") && odf::is_read(bytes, extension) => {
            FileType::Document(Format::Text)
        }
        () if has(&|name| name == "mimetype") => FileType::Archive("application/vnd.oasis.opendocument"),
        () if has(&|name| name == "meta-inf/manifest.mf") => FileType::Other,
        () if office && has(&|name| name.starts_with("ppt/")) => FileType::Other,
        () if office && matches!(extension, "docx" | "docm" | "dotx" | "dotm") => FileType::Document(Format::Docx),
        () => FileType::Packed(Archive::Zip),
    }
}

/// The media type by the bytes; the declared one where they don't tell.
pub(super) fn media_type(file_type: FileType, declared: &str) -> &str {
    match file_type {
        FileType::Image(media) => media,
        FileType::Packed(archive) => archive.media_type(),
        FileType::Archive(media) => media,
        FileType::Mail if declared.is_empty() => "message/rfc822",
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
            Format::Text if declared.contains("opendocument") => declared,
            Format::Text => "application/vnd.oasis.opendocument.text",
            Format::Image => "application/octet-stream",
        },
        FileType::Other if declared.is_empty() => "application/octet-stream",
        FileType::Mail | FileType::Other => declared,
    }
}
