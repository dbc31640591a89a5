//! Rar archives of versions 1.5 to 7 → their files; solid, encrypted and of several volumes.

use super::archive::{Entry, Opened};
use super::budget::Budget;
use super::names;
use rars::{Archive, ArchiveReadOptions, ArchiveReader, Error, ErrorKind, ExtractedEntryMeta};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// Headers of one archive.
const HEADERS: u64 = 20_000;
/// Bytes of headers of one archive.
const HEADER_BYTES: u64 = 8 << 20;

/// Takes the volumes of an archive apart, trying the passwords where one is wanted.
pub(super) fn open(volumes: &[&[u8]], passwords: &[String], budget: &mut Budget) -> Opened {
    let mut outcome = attempt(volumes, None, budget);
    for password in passwords {
        match &outcome {
            Err(error) if wants_password(error) => outcome = attempt(volumes, Some(password.as_bytes()), budget),
            _ => break,
        }
    }
    match outcome {
        Ok(opened) => opened,
        Err(error) if wants_password(&error) => Opened { encrypted: true, ..Opened::default() },
        Err(error) => match error.kind() {
            ErrorKind::ResourceLimit => {
                budget.exceed("解压所需内存或解压后大小");
                Opened::default()
            }
            ErrorKind::UnsupportedFeature | ErrorKind::UnsupportedFormat => Opened::unreadable("采用了不常见的压缩方式"),
            _ => Opened::unreadable("文件损坏或分卷不全"),
        },
    }
}

fn wants_password(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::PasswordRequired | ErrorKind::BadPassword)
}

/// Whether more volumes belong after the last of these; none where that can't be told.
pub(super) fn goes_on(volumes: &[&[u8]]) -> Option<bool> {
    let last = ArchiveReader::read_with_options(volumes.last()?, options(None)).ok()?;
    Some(last.members().last().is_some_and(|member| member.meta.is_split_after))
}

fn options(password: Option<&[u8]>) -> ArchiveReadOptions<'_> {
    ArchiveReadOptions::with_optional_password(password).with_max_header_count(HEADERS).with_max_header_bytes(HEADER_BYTES)
}

fn attempt(volumes: &[&[u8]], password: Option<&[u8]>, budget: &mut Budget) -> Result<Opened, Error> {
    let packed: u64 = volumes.iter().map(|volume| volume.len() as u64).sum();
    let most = budget.bytes.min(packed.saturating_mul(budget.limits.ratio).max(budget.limits.ratio_from));
    let options = options(password)
        .with_max_total_output_bytes(most)
        .with_rar50_dictionary_size_limit(budget.limits.memory)
        .with_rar50_buffered_decode_limit(budget.limits.memory)
        .with_max_reader_workspace_bytes(budget.limits.memory);
    let archives =
        volumes.iter().map(|volume| ArchiveReader::read_with_options(volume, options)).collect::<Result<Vec<Archive>, Error>>()?;
    let found = Found::default();
    let room = budget.limits.files.saturating_sub(budget.files);
    let writer = |meta: &ExtractedEntryMeta| Ok(found.writer(meta, room));
    let outcome = match archives.as_slice() {
        [only] => only.extract_to_with_options(options, writer),
        several => rars::extract_volumes_to_with_options(several, options, writer),
    };
    let mut opened = Opened { entries: found.into_entries(), ..Opened::default() };
    match outcome {
        Ok(()) => {}
        Err(error) if wants_password(&error) || opened.entries.is_empty() => return Err(error),
        Err(error) if password.is_some() && error.kind() == ErrorKind::ChecksumMismatch => return Err(Error::WrongPasswordOrCorruptData),
        Err(error) if error.kind() == ErrorKind::ResourceLimit => {
            budget.exceed("解压后大小");
        }
        Err(_) => {
            // The file at which it stopped is cut off.
            opened.entries.pop();
            opened.note_unreadable("文件损坏或分卷不全");
        }
    }
    for entry in &opened.entries {
        if !budget.count() || budget.spend(entry.bytes.len() as u64, 0, packed).is_err() {
            break;
        }
    }
    Ok(opened)
}

/// The files as they are written out.
#[derive(Default)]
struct Found(Rc<RefCell<Vec<Entry>>>);

impl Found {
    /// Where a file's bytes go; nowhere for folders, litter and what is past the limit.
    fn writer(&self, meta: &ExtractedEntryMeta, room: usize) -> Box<dyn Write> {
        let name = names::decode(meta.name_bytes(), meta.name_is_unicode);
        let mut entries = self.0.borrow_mut();
        if meta.is_directory || names::visible(&name).is_none() || entries.len() > room {
            return Box::new(io::sink());
        }
        entries.push(Entry { name, bytes: Vec::new() });
        Box::new(Sink { entries: Rc::clone(&self.0), at: entries.len() - 1 })
    }

    fn into_entries(self) -> Vec<Entry> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

struct Sink {
    entries: Rc<RefCell<Vec<Entry>>>,
    at: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(entry) = self.entries.borrow_mut().get_mut(self.at) {
            entry.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
