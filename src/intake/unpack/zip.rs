//! Zip archives (APPNOTE.TXT 6.3) → their files: deflate, deflate64 and bzip2, ZipCrypto and AES.

use super::archive::{Entry, Opened};
use super::budget::{Budget, Stopped};
use super::names;
use encoding_rs::GB18030;
use std::io::{Cursor, Read, Seek};
use zip::CompressionMethod;
use zip::read::ZipReadOptions;
use zip::result::ZipError;

/// The flag by which a name says that it is UTF-8.
const UTF8_FLAG: u16 = 1 << 11;

/// What each entry of a directory begins with (APPNOTE.TXT 4.3.12).
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
/// Entries, of archives within it too, that an archive is opened with: reading its directory takes ten times the memory
/// that the directory itself does, whatever it says of its length.
const MOST_ENTRIES: usize = 50_000;

/// Whether there are too many entries to read their directory.
pub(super) fn is_crowded(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, DIRECTORY_ENTRY).nth(MOST_ENTRIES).is_some()
}

/// Takes an archive apart; passwords are tried where one is wanted, the last one that fitted first.
pub(super) fn open(bytes: &[u8], passwords: &[String], budget: &mut Budget) -> Opened {
    if is_crowded(bytes) {
        budget.exceed("附件数量");
        return Opened::default();
    }
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Opened::unreadable("文件损坏") };
    let mut opened = Opened::default();
    let mut keys = keys(passwords);
    for index in 0..archive.len() {
        let Ok(mut file) = archive.by_index_raw(index) else {
            opened.note_unreadable("文件损坏");
            continue;
        };
        let name = names::decode(file.name_raw(), file.flags().as_u16() & UTF8_FLAG != 0);
        let (folder, encrypted) = (file.is_dir() || file.is_symlink(), file.encrypted());
        let hungry = match file.compression() {
            CompressionMethod::LZMA => dictionary(&mut file) > budget.limits.memory,
            CompressionMethod::PPMD => model(&mut file) > budget.limits.memory,
            _ => false,
        };
        drop(file);
        if folder || names::visible(&name).is_none() {
            continue;
        }
        if hungry {
            budget.exceed("解压所需内存");
            break;
        }
        if !budget.count() {
            break;
        }
        let read = if encrypted {
            decrypt(&mut archive, index, &mut keys, bytes.len(), budget)
        } else {
            read(&mut archive, index, None, bytes.len(), budget)
        };
        match read {
            Ok(bytes) => opened.entries.push(Entry { name, bytes }),
            Err(Fault::Stopped(Stopped::Exceeded)) => break,
            Err(Fault::Method) => opened.note_unreadable("采用了不常见的压缩方式"),
            Err(Fault::Password) => opened.encrypted = true,
            Err(Fault::Stopped(Stopped::Broken)) if encrypted => opened.encrypted = true,
            Err(Fault::Stopped(Stopped::Broken)) => opened.note_unreadable("文件损坏"),
        }
    }
    opened
}

/// Bytes of an LZMA stream's dictionary, which stand in its data (APPNOTE.TXT 5.8).
fn dictionary(file: impl Read) -> u64 {
    // Version, size of the properties, the properties: a byte and the dictionary's size.
    match head::<9>(file) {
        Some([_, _, 5, 0, _, size @ ..]) => u32::from_le_bytes(size).into(),
        _ => 0,
    }
}

/// Bytes of a PPMd stream's model: in megabytes less one, above the four bits of its order (APPNOTE.TXT 5.10).
fn model(file: impl Read) -> u64 {
    head::<2>(file).map_or(0, |bytes| (u64::from(u16::from_le_bytes(bytes) >> 4 & 0xff) + 1) << 20)
}

/// The first bytes of a file's data.
fn head<const LENGTH: usize>(mut file: impl Read) -> Option<[u8; LENGTH]> {
    let mut head = [0; LENGTH];
    file.read_exact(&mut head).ok().map(|()| head)
}

enum Fault {
    Stopped(Stopped),
    Password,
    Method,
}

/// Every password as bytes: Chinese ones as UTF-8 and as GBK, since the format doesn't say.
fn keys(passwords: &[String]) -> Vec<Vec<u8>> {
    let both = |password: &String| {
        let gbk = (!password.is_ascii()).then(|| GB18030.encode(password).0.into_owned());
        [Some(password.as_bytes().to_vec()), gbk]
    };
    passwords.iter().flat_map(both).flatten().collect()
}

/// ZipCrypto checks a password by one byte only, so a key fits where the data does.
fn decrypt<R: Read + Seek>(
    archive: &mut zip::ZipArchive<R>,
    index: usize,
    keys: &mut [Vec<u8>],
    packed: usize,
    budget: &mut Budget,
) -> Result<Vec<u8>, Fault> {
    for at in 0..keys.len() {
        let Some(key) = keys.get(at).cloned() else { break };
        let before = budget.bytes;
        match read(archive, index, Some(&key), packed, budget) {
            Ok(bytes) => {
                keys.swap(0, at);
                return Ok(bytes);
            }
            Err(Fault::Stopped(Stopped::Broken) | Fault::Password) => budget.bytes = before,
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::Password)
}

fn read<R: Read + Seek>(
    archive: &mut zip::ZipArchive<R>,
    index: usize,
    key: Option<&[u8]>,
    packed: usize,
    budget: &mut Budget,
) -> Result<Vec<u8>, Fault> {
    let file = archive.by_index_with_options(index, ZipReadOptions::new().password(key)).map_err(|error| match error {
        ZipError::InvalidPassword => Fault::Password,
        ZipError::CompressionMethodNotSupported(_) => Fault::Method,
        ZipError::UnsupportedArchive(text) if text.to_ascii_lowercase().contains("password") => Fault::Password,
        ZipError::UnsupportedArchive(_) => Fault::Method,
        ZipError::Io(_) | ZipError::InvalidArchive(_) | ZipError::FileNotFound => Fault::Stopped(Stopped::Broken),
        _ => Fault::Stopped(Stopped::Broken),
    })?;
    budget.read(file, packed).map_err(Fault::Stopped)
}
