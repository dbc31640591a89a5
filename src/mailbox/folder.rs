//! Files in a folder become pages: what Maildir and `.eml` folders have in common.
//!
//! Files are read, never renamed, moved or changed. Only regular files count: a symbolic link may lead
//! anywhere, and a FIFO never ends.

use super::{Body, Fetched, HEADER_BYTES, Key, Known, Listed, MailboxError, Options, Page, Survey, header_of, page_end};
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
        let end = page_end(self.pending.iter().map(|found| self.options.cost(found)));
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

    /// Everything that is there now.
    pub(super) async fn survey(&self) -> Result<Survey, MailboxError> {
        let listed = |found: Found| Listed { key: Key::Name(found.name), time: Some(found.time), size: Some(found.size) };
        Ok(Survey { validity: None, messages: self.find().await?.into_iter().map(listed).collect() })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Mailbox;
    use std::time::{Duration, UNIX_EPOCH};

    fn put(path: PathBuf, text: &str, seconds: u64) {
        fs::write(&path, text).unwrap();
        File::open(&path).unwrap().set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }

    fn maildir() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        ["cur", "new", "tmp"].iter().for_each(|name| fs::create_dir(folder.path().join(name)).unwrap());
        folder
    }

    async fn open(source: &str, path: &Path, options: Options) -> Result<Mailbox, MailboxError> {
        let settings = toml::from_str(&format!("source = {source:?}\npath = {path:?}\ncampaign = \"c.toml\"")).unwrap();
        Mailbox::open(&settings, None, options).await
    }

    fn options() -> Options {
        Options::new(&config::Limits::default(), None)
    }

    fn names(page: &Page) -> Vec<String> {
        let name = |key: &Key| if let Key::Name(name) = key { name.clone() } else { String::new() };
        page.messages.iter().map(|message| name(&message.key)).collect()
    }

    #[tokio::test]
    async fn a_maildir_is_read_in_the_order_of_arrival_and_left_as_it_was() {
        let folder = maildir();
        put(folder.path().join("cur/2.host:2,S"), "two", 20);
        put(folder.path().join("new/1.host"), "one", 10);
        put(folder.path().join("new/3.host"), "three", 20);
        put(folder.path().join("tmp/0.host"), "unfinished", 1);
        put(folder.path().join("new/.hidden"), "no", 1);
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("new/4.host")).unwrap();
        let mut mailbox = open("maildir", folder.path(), options()).await.unwrap();
        let page = mailbox.next(&Known::default()).await.unwrap();
        assert_eq!(names(&page), ["1.host", "2.host", "3.host"]);
        assert_eq!(page.messages[0].body, Body::Whole(b"one".to_vec()));
        assert_eq!(page.messages[1].time, Some(Timestamp::from_second(20).unwrap()));
        assert!(page.exhausted && folder.path().join("new/1.host").exists());
        // Read by somebody meanwhile: the name stays, so it isn't new.
        fs::rename(folder.path().join("new/1.host"), folder.path().join("cur/1.host:2,S")).unwrap();
        let known = Known { names: names(&page).into_iter().collect(), ..Known::default() };
        assert_eq!(mailbox.next(&known).await.unwrap(), Page { exhausted: true, ..Page::default() });
        assert_eq!(mailbox.again(&Key::Name("1.host".into())).await.unwrap().unwrap().body, Body::Whole(b"one".to_vec()));
    }

    #[tokio::test]
    async fn a_message_that_moves_away_is_not_overtaken() {
        let folder = maildir();
        (1..=34).for_each(|n| put(folder.path().join(format!("new/{n}.host")), "text", n));
        let mut mailbox = open("maildir", folder.path(), options()).await.unwrap();
        let first = mailbox.next(&Known::default()).await.unwrap();
        fs::rename(folder.path().join("new/33.host"), folder.path().join("cur/33.host:2,")).unwrap();
        let known = Known { names: names(&first).into_iter().collect(), ..Known::default() };
        let second = mailbox.next(&known).await.unwrap();
        assert_eq!((names(&second).len(), second.exhausted), (0, false));
        assert_eq!(names(&mailbox.next(&known).await.unwrap()), ["33.host", "34.host"]);
    }

    #[tokio::test]
    async fn files_are_read_by_name_in_pages_within_their_limits() {
        let folder = tempfile::tempdir().unwrap();
        (0..40).for_each(|n| put(folder.path().join(format!("{n:02}.eml")), "A: 1\n\nbody", 100 - n));
        put(folder.path().join("00.EML"), "old", 1);
        put(folder.path().join("01.eml"), &format!("A: 1\n\n{}", "x".repeat(100)), 50);
        put(folder.path().join("readme.txt"), "no", 50);
        let options = Options { message_bytes: 50, since: Some(Timestamp::from_second(2).unwrap()), ..options() };
        let mut mailbox = open("eml", folder.path(), options).await.unwrap();
        let page = mailbox.next(&Known::default()).await.unwrap();
        assert_eq!((page.messages.len(), page.exhausted), (32, false));
        assert_eq!(names(&page)[..3], ["00.EML", "00.eml", "01.eml"]);
        let bodies: Vec<_> = page.messages.iter().take(3).map(|message| message.body.clone()).collect();
        assert_eq!(bodies, [Body::Skipped, Body::Whole(b"A: 1\n\nbody".to_vec()), Body::HeaderOnly(b"A: 1\n\n".to_vec())]);
        let known = Known { names: names(&page).into_iter().collect(), ..Known::default() };
        let page = mailbox.next(&known).await.unwrap();
        assert_eq!((page.messages.len(), page.exhausted), (9, true));
    }

    #[tokio::test]
    async fn a_missing_folder_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let error = open("maildir", folder.path(), options()).await.unwrap_err();
        assert!(matches!(error, MailboxError::NoSuchFolder(_)), "{error}");
    }

    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        assert_eq!(readable(OsStr::from_bytes(b"\xc9\xea.eml")), "%C9%EA.eml");
        assert_eq!(readable(OsStr::new("申报.eml")), "申报.eml");
    }
}
