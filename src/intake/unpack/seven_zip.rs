//! 7z archives → their files, names encrypted or not.

use super::archive::{Entry, Opened};
use super::budget::{Budget, Stopped};
use super::names;
use sevenz_rust2::{ArchiveReader, EntryDecision, Error, Password};
use std::io::{Cursor, Read};

/// The coder of AES-256 with SHA-256 for keys (7zFormat.txt).
const AES: [u8; 4] = [0x06, 0xF1, 0x07, 0x01];
/// Rounds of SHA-256 for a key, as a power of two. 7-Zip writes 19; each more doubles the time of a try.
const KEY_POWER: u8 = 20;

/// Takes an archive apart, trying the passwords where one is wanted.
pub(super) fn open(bytes: &[u8], passwords: &[String], budget: &mut Budget) -> Opened {
    let mut outcome = attempt(bytes, Password::empty(), budget);
    for password in passwords {
        match outcome {
            Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => outcome = attempt(bytes, Password::new(password), budget),
            _ => break,
        }
    }
    match outcome {
        Ok(opened) => opened,
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => Opened { encrypted: true, ..Opened::default() },
        Err(Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_)) => Opened::unreadable("采用了不常见的压缩方式"),
        Err(Error::MaxMemLimited { .. }) => {
            budget.exceed("解压所需内存");
            Opened::default()
        }
        Err(_) => Opened::unreadable("文件损坏"),
    }
}

/// How many bytes an archive has by its own start header; more where volumes are missing.
pub(super) fn whole_size(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize| bytes.get(at..at + 8).and_then(|found| found.try_into().ok()).map(u64::from_le_bytes);
    number(12)?.checked_add(number(20)?)?.checked_add(32)
}

fn attempt(bytes: &[u8], password: Password, budget: &mut Budget) -> Result<Opened, Error> {
    let (tried, left, files) = (!password.is_empty(), budget.bytes, budget.files);
    if tried && costs_too_much(bytes) {
        return Err(Error::Unsupported("key derivation".into()));
    }
    let memory = usize::try_from(budget.limits.memory / 1024).unwrap_or(usize::MAX);
    let mut opened = Opened::default();
    let outcome = ArchiveReader::new_with_memory_limit(Cursor::new(bytes), password, memory).and_then(|mut archive| {
        archive.set_thread_count(1);
        archive.for_each_entries_with_decision(|entry, data| {
            let name = names::clean(entry.name());
            if entry.is_directory() || entry.is_anti_item() || names::visible(&name).is_none() {
                return Ok(EntryDecision::Continue);
            }
            if !budget.count() {
                return Ok(EntryDecision::Stop);
            }
            take(name, data, bytes.len(), budget, &mut opened)
        })
    });
    match outcome {
        Ok(()) => Ok(opened),
        // With a password, data that doesn't hold means that the password is wrong.
        Err(Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch | Error::Io(..) | Error::Other(_)) if tried => {
            (budget.bytes, budget.files) = (left, files);
            Err(Error::MaybeBadPassword(std::io::ErrorKind::InvalidData.into()))
        }
        Err(error @ (Error::PasswordRequired | Error::MaybeBadPassword(_))) => {
            (budget.bytes, budget.files) = (left, files);
            Err(error)
        }
        Err(_) if !opened.entries.is_empty() => {
            opened.note_unreadable("文件损坏");
            Ok(opened)
        }
        Err(error) => Err(error),
    }
}

fn take(name: String, data: &mut dyn Read, packed: usize, budget: &mut Budget, opened: &mut Opened) -> Result<EntryDecision, Error> {
    match budget.read(data, packed) {
        Ok(bytes) => {
            opened.entries.push(Entry { name, bytes });
            Ok(EntryDecision::Continue)
        }
        Err(Stopped::Exceeded) => Ok(EntryDecision::Stop),
        Err(Stopped::Broken) => Err(Error::ChecksumVerificationFailed),
    }
}

/// Whether a key would take more rounds than 7-Zip ever asks for. The coder is looked for where it can
/// stand in the clear: in the header at the end.
fn costs_too_much(bytes: &[u8]) -> bool {
    let header = whole_size(bytes).and_then(|_| usize::try_from(u64::from_le_bytes(bytes.get(12..20)?.try_into().ok()?)).ok());
    let header = header.and_then(|at| bytes.get(at.saturating_add(32)..)).unwrap_or_default();
    let coders = header.windows(6).filter(|window| window.starts_with(&AES));
    coders.filter_map(|window| window.get(5)).any(|first| first & 0x3F > KEY_POWER && first & 0x3F != 0x3F)
}
