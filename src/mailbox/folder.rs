//! Files in a folder become pages: what Maildir and `.eml` folders have in common.
//!
//! Files are read, never renamed, moved or changed. Only regular files count: a symbolic link may lead
//! anywhere, and a FIFO never ends.

use super::{Body, Fetched, HEADER_BYTES, Key, Known, MailboxError, Options, Page, header_of, page_end};
use crate::config;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Finds the messages of a folder, in their order.
pub(super) type Scan = fn(&Path) -> Result<Vec<Found>, MailboxError>;

/// A file that is a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Its mtime.
    pub time: Timestamp,
    /// Its key.
    pub name: String,
    /// Where it was when it was found.
    pub path: PathBuf,
    /// Its length.
    pub size: u64,
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    scan: Scan,
    options: Options,
    /// Found, and not yet known: a scan serves many pages.
    pending: VecDeque<Found>,
}

impl Folder {
    pub(super) async fn open(settings: &config::Mailbox, scan: Scan, options: Options) -> Result<Self, MailboxError> {
        let path = settings.path.clone().ok_or_else(|| MailboxError::Settings(format!("mailbox {} has no path", settings.name)))?;
        let folder = Self { path, scan, options, pending: VecDeque::new() };
        folder.find().await?;
        Ok(folder)
    }

    pub(super) async fn next(&mut self, known: &Known) -> Result<Page, MailboxError> {
        self.pending.retain(|found| !known.names.contains(&found.name));
        if self.pending.is_empty() {
            self.pending = self.find().await?.into_iter().filter(|found| !known.names.contains(&found.name)).collect();
        }
        if self.pending.is_empty() {
            return Ok(Page { exhausted: true, ..Page::default() });
        }
        let end = page_end(self.pending.iter().map(|found| self.options.cost(found)), self.options.page_messages);
        let page: Vec<Found> = self.pending.iter().take(end).cloned().collect();
        let complete = page.len() == self.pending.len();
        let (messages, moved) = self.read_all(page).await?;
        if moved {
            // Another program is renaming files (`new` to `cur`): look again for what is behind.
            self.pending.clear();
        }
        Ok(Page { messages, exhausted: complete && !moved, ..Page::default() })
    }

    pub(super) async fn again(&mut self, key: &Key) -> Result<Option<Fetched>, MailboxError> {
        let Key::Name(name) = key else { return Ok(None) };
        let found = self.find().await?.into_iter().filter(|found| found.name == *name).take(1).collect();
        Ok(self.read_all(found).await?.0.pop())
    }

    async fn find(&self) -> Result<Vec<Found>, MailboxError> {
        let (scan, path) = (self.scan, self.path.clone());
        blocking(move || scan(&path)).await
    }

    async fn read_all(&self, found: Vec<Found>) -> Result<(Vec<Fetched>, bool), MailboxError> {
        let options = self.options.clone();
        blocking(move || Ok(read_all(found, &options))).await
    }
}

impl Options {
    /// What a file costs of a page's bytes.
    fn cost(&self, found: &Found) -> u64 {
        if self.skips(Some(found.time)) || found.size > self.message_bytes { 0 } else { found.size }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, MailboxError> + Send + 'static) -> Result<T, MailboxError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(MailboxError::Io { path: "worker thread".into(), source: io::Error::other(error) }))
}

/// Reads files in order, up to the first that is no longer there: those behind must not overtake it.
fn read_all(found: Vec<Found>, options: &Options) -> (Vec<Fetched>, bool) {
    let mut messages = Vec::new();
    for found in found {
        let body = match read(&found, options) {
            Ok(body) => body,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (messages, true),
            Err(error) => Body::Failed(error.to_string()),
        };
        messages.push(Fetched { key: Key::Name(found.name), time: Some(found.time), size: found.size, body });
    }
    (messages, false)
}

fn read(found: &Found, options: &Options) -> io::Result<Body> {
    if options.skips(Some(found.time)) {
        return Ok(Body::Skipped);
    }
    let file = File::open(&found.path)?;
    let mut bytes = Vec::new();
    if found.size > options.message_bytes {
        file.take(HEADER_BYTES).read_to_end(&mut bytes)?;
        return Ok(Body::HeaderOnly(header_of(bytes)));
    }
    // A file that grew since it was found is still bounded.
    file.take(options.message_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    let whole = u64::try_from(bytes.len()).is_ok_and(|length| length <= options.message_bytes);
    Ok(if whole { Body::Whole(bytes) } else { Body::HeaderOnly(header_of(bytes)) })
}

/// The regular files of a folder that `key` gives a key to. Hidden files are never messages.
pub(super) fn files(folder: &Path, key: impl Fn(&str) -> Option<String>) -> Result<Vec<Found>, MailboxError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => MailboxError::NoSuchFolder(folder.display().to_string()),
        _ => MailboxError::Io { path: folder.display().to_string(), source },
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Some(name) = key(&readable(&entry.file_name())).filter(|name| !name.starts_with('.')) else { continue };
        // Gone between the listing and here: renamed or removed, the next scan tells.
        let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
        let Ok(time) = metadata.modified().map_err(|_| ()).and_then(|time| Timestamp::try_from(time).map_err(|_| ())) else { continue };
        if metadata.is_file() {
            found.push(Found { time, name, path: entry.path(), size: metadata.len() });
        }
    }
    Ok(found)
}

/// A name in GBK stays unambiguous: bytes that are not UTF-8 become `%XX`.
fn readable(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("%{byte:02X}")));
    }
    text
}
