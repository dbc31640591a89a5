//! An Outlook `.msg` file → its text and files ([MS-OXMSG] in a compound file, [MS-CFB]).

use crate::intake::message::outlook::{self, DATA, DEPTH, Outlook, OutlookFile, eight_bit, utf16};
use cfb::CompoundFile;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Storages of files in one mail.
const FILES: usize = 500;
/// Bytes of all streams that are read.
const BYTES: u64 = 128 << 20;

type Compound<'a> = CompoundFile<Cursor<&'a [u8]>>;

/// Whether bytes are a `.msg` file: its properties have a stream of this name.
pub(super) fn is_msg(bytes: &[u8], name: &str) -> bool {
    let named = || name.to_ascii_lowercase().ends_with(".msg");
    bytes.starts_with(MAGIC) && (named() || !name.contains('.')) && {
        let stream: Vec<u8> = "__properties_version1.0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(stream.len()).any(|window| window == stream.as_slice())
    }
}

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Option<Outlook> {
    let mut compound = CompoundFile::open(Cursor::new(bytes)).ok()?;
    let mut left = BYTES;
    Some(mail(&mut compound, Path::new("/"), 0, &mut left))
}

fn mail(compound: &mut Compound<'_>, storage: &Path, depth: usize, left: &mut u64) -> Outlook {
    let html = stream(compound, storage, outlook::HTML, "0102", left).map(|bytes| eight_bit(&bytes, 0));
    let mut mail = Outlook {
        subject: text(compound, storage, outlook::SUBJECT, left),
        text: text(compound, storage, outlook::BODY, left),
        html: html.unwrap_or_default(),
        rtf: stream(compound, storage, outlook::RTF, "0102", left).and_then(|bytes| outlook::rtf_with_table(&bytes)),
        files: Vec::new(),
    };
    let children: Vec<PathBuf> = match compound.read_storage(storage) {
        Ok(entries) => entries
            .filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0_"))
            .take(FILES)
            .map(|entry| entry.path().to_owned())
            .collect(),
        Err(_) => Vec::new(),
    };
    for child in children {
        let mut file = OutlookFile::default();
        for property in [outlook::LONG_NAME, outlook::SHORT_NAME, outlook::DISPLAY_NAME] {
            file.name_by(property, &text(compound, &child, property, left));
        }
        file.bytes = stream(compound, &child, DATA, "0102", left).unwrap_or_default();
        let inner = child.join(substream(DATA, "000D"));
        if depth < DEPTH && compound.is_storage(&inner) {
            file.mail = Some(Box::new(self::mail(compound, &inner, depth + 1, left)));
        }
        mail.files.push(file);
    }
    mail.files.retain(|file| !file.is_empty());
    mail
}

fn text(compound: &mut Compound<'_>, storage: &Path, property: u16, left: &mut u64) -> String {
    if let Some(bytes) = stream(compound, storage, property, "001F", left) {
        return utf16(&bytes);
    }
    stream(compound, storage, property, "001E", left).map(|bytes| eight_bit(&bytes, 0)).unwrap_or_default()
}

fn stream(compound: &mut Compound<'_>, storage: &Path, property: u16, kind: &str, left: &mut u64) -> Option<Vec<u8>> {
    let stream = compound.open_stream(storage.join(substream(property, kind))).ok()?;
    let mut bytes = Vec::new();
    stream.take(*left).read_to_end(&mut bytes).ok()?;
    *left -= bytes.len() as u64;
    Some(bytes)
}

fn substream(property: u16, kind: &str) -> String {
    format!("__substg1.0_{property:04X}{kind}")
}
