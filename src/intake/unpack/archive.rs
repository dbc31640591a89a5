//! The kinds of archives that are opened, told by their first bytes, and what opening one gives.

use super::budget::Budget;
use super::{rar, seven_zip, stream, zip};

/// A kind of archive that is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// Zip, also of several volumes.
    Zip,
    /// 7z.
    SevenZip,
    /// Rar 1.5 to 7.
    Rar,
    /// tar.
    Tar,
    /// One file in a gzip stream.
    Gzip,
    /// One file in a bzip2 stream.
    Bzip2,
    /// One file in an xz stream.
    Xz,
}

impl Archive {
    /// Tells an archive by its first bytes.
    pub fn by_bytes(bytes: &[u8]) -> Option<Archive> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        match () {
            () if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || starts(b"PK\x07\x08PK\x03\x04") || starts(b"PK00PK\x03\x04") => {
                Some(Archive::Zip)
            }
            () if starts(b"7z\xbc\xaf\x27\x1c") => Some(Archive::SevenZip),
            () if starts(b"Rar!\x1a\x07") => Some(Archive::Rar),
            () if starts(b"\x1f\x8b\x08") => Some(Archive::Gzip),
            () if starts(b"BZh") && bytes.get(4..10) == Some(b"1AY&SY") => Some(Archive::Bzip2),
            () if starts(b"\xfd7zXZ\0") => Some(Archive::Xz),
            () if bytes.get(257..262) == Some(b"ustar") => Some(Archive::Tar),
            () => None,
        }
    }

    /// What a name says that it is.
    pub fn by_extension(extension: &str) -> Option<Archive> {
        match extension {
            "zip" => Some(Archive::Zip),
            "7z" => Some(Archive::SevenZip),
            "rar" => Some(Archive::Rar),
            "tar" => Some(Archive::Tar),
            "gz" | "tgz" | "taz" => Some(Archive::Gzip),
            "bz2" | "tbz" | "tbz2" => Some(Archive::Bzip2),
            "xz" | "txz" => Some(Archive::Xz),
            _ => None,
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Archive::Zip => "application/zip",
            Archive::SevenZip => "application/x-7z-compressed",
            Archive::Rar => "application/vnd.rar",
            Archive::Tar => "application/x-tar",
            Archive::Gzip => "application/gzip",
            Archive::Bzip2 => "application/x-bzip2",
            Archive::Xz => "application/x-xz",
        }
    }

    /// Takes it apart: `volumes` are its bytes in order, one but for rar.
    pub(super) fn open(self, volumes: &[&[u8]], name: &str, passwords: &[String], budget: &mut Budget) -> Opened {
        let bytes = volumes.first().copied().unwrap_or_default();
        let passwords = passwords.get(..budget.limits.passwords).unwrap_or(passwords);
        match self {
            Archive::Zip => zip::open(bytes, passwords, budget),
            Archive::SevenZip => seven_zip::open(bytes, passwords, budget),
            Archive::Rar => rar::open(volumes, passwords, budget),
            Archive::Tar => stream::tar(bytes, budget),
            Archive::Gzip => stream::gzip(bytes, name, budget),
            Archive::Bzip2 => stream::bzip2(bytes, name, budget),
            Archive::Xz => stream::xz(bytes, name, budget),
        }
    }
}

/// A file taken out of an archive.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name with the folders before it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What opening an archive gave.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// The files.
    pub entries: Vec<Entry>,
    /// Whether something in it wants a password that isn't known.
    pub encrypted: bool,
    /// Why something in it can't be read.
    pub unreadable: Option<&'static str>,
}

impl Opened {
    /// An archive of which nothing can be read.
    pub fn unreadable(why: &'static str) -> Opened {
        Opened { unreadable: Some(why), ..Opened::default() }
    }

    /// Notes that something in it can't be read.
    pub fn note_unreadable(&mut self, why: &'static str) {
        self.unreadable.get_or_insert(why);
    }
}
