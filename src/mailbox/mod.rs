//! The receiving edge: a mailbox, wherever it is, becomes pages of raw messages with the instant of receipt.
//!
//! It reads and changes nothing: no flag, no name, no move, unless [`Mailbox::show`] is asked to. It keeps no
//! memory of its own either: what has been seen is the ledger's, comes in as [`Known`], and goes out as
//! [`Page::upto`]. It doesn't parse, judge or store a message. After an error the mailbox is to be closed
//! and opened again.

mod eml;
mod error;
mod folder;
mod imap;
mod maildir;
mod reach;

pub use error::MailboxError;
pub use imap::Courtesy;
pub use reach::{addresses, handshake};

use crate::config::{self, Profile, Source};
use folder::Folder;
use imap::Imap;
use jiff::Timestamp;
use secrecy::SecretString;
use std::{collections::HashSet, time::Duration};

/// How many messages a page holds at most: one group commit.
pub const PAGE_MESSAGES: usize = 32;
/// How many bytes a page holds at most, by declared size; one larger message is a page of its own.
pub const PAGE_BYTES: u64 = 16 << 20;
/// A larger header is cut: nobody writes one.
pub const HEADER_BYTES: u64 = 1 << 20;

/// Where a message is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// IMAP: meaningful only together.
    Uid {
        /// The folder's UIDVALIDITY.
        validity: u32,
        /// The message's UID.
        uid: u32,
    },
    /// Maildir's unique name (before `:2,`), or the file's name.
    Name(String),
}

/// What the ledger has of this mailbox. An advance of `last_uid`, or a name, must be durable first.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The UIDVALIDITY that `last_uid` belongs to.
    pub validity: Option<u32>,
    /// The last [`Page::upto`].
    pub last_uid: u32,
    /// The names of Maildir and `.eml` folders.
    pub names: HashSet<String>,
}

impl Known {
    /// What the ledger will have once this page is in it; whether that is anything new.
    pub fn passes(&mut self, page: &Page) -> bool {
        let moved = !page.messages.is_empty() || page.validity != self.validity || page.upto > self.last_uid;
        self.last_uid = if page.validity == self.validity { self.last_uid.max(page.upto) } else { page.upto };
        self.validity = page.validity;
        self.names.extend(page.messages.iter().filter_map(|fetched| match &fetched.key {
            Key::Name(name) => Some(name.clone()),
            Key::Uid { .. } => None,
        }));
        moved
    }
}

/// What was read of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All its bytes.
    Whole(Vec<u8>),
    /// Its header only: it is over [`Options::message_bytes`].
    HeaderOnly(Vec<u8>),
    /// Nothing: it is older than [`Options::since`].
    Skipped,
    /// Nothing: the message is there, and the server or the file system doesn't give it. Why, in its words.
    Failed(String),
}

impl Body {
    /// How many bytes of it are held.
    pub fn length(&self) -> u64 {
        match self {
            Body::Whole(bytes) | Body::HeaderOnly(bytes) => bytes.len() as u64,
            Body::Skipped | Body::Failed(_) => 0,
        }
    }
}

/// A message as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is.
    pub key: Key,
    /// INTERNALDATE, or the file's mtime; none where a server doesn't tell.
    pub time: Option<Timestamp>,
    /// As the server or the file system tells it; `Whole`'s length may differ, and wins.
    pub size: u64,
    /// What was read.
    pub body: Body,
}

/// The next messages, in the order of their arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// At most [`PAGE_MESSAGES`], about [`PAGE_BYTES`].
    pub messages: Vec<Fetched>,
    /// The UIDVALIDITY of `upto`; none for files.
    pub validity: Option<u32>,
    /// Every UID up to and with this one has been seen; 0 for files.
    pub upto: u32,
    /// Nothing more is there now.
    pub exhausted: bool,
}

/// A message that is there, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub key: Key,
    /// INTERNALDATE, or the file's mtime; none where a server doesn't tell.
    pub time: Option<Timestamp>,
    /// RFC822.SIZE, or the file's length; none where a server doesn't tell.
    pub size: Option<u64>,
}

/// Everything that is in a mailbox at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The folder's UIDVALIDITY; none for files.
    pub validity: Option<u32>,
    /// In the order of arrival.
    pub messages: Vec<Listed>,
}

/// What an IMAP server is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// Whose habits it has.
    pub profile: Profile,
    /// Whether it was told who we are (ID, RFC 2971).
    pub introduced: bool,
    /// Whether it offers IDLE (RFC 2177).
    pub idle: bool,
    /// Whether it offers MOVE (RFC 6851).
    pub moves: bool,
}

/// How much is read, and how long is waited.
#[derive(Debug, Clone)]
pub struct Options {
    /// A larger message is read by its header only.
    pub message_bytes: u64,
    /// An older message is not read.
    pub since: Option<Timestamp>,
    /// How long is waited.
    pub times: Times,
}

/// How long is waited for a server.
#[derive(Debug, Clone)]
pub struct Times {
    /// For a connection and for the TLS handshake, each.
    pub connect: Duration,
    /// For the answer to a command; what is large gets a second more for every [`BYTES_PER_SECOND`].
    pub command: Duration,
    /// For news under one IDLE. Providers drop silent connections much sooner than RFC 2177's 29 minutes.
    pub idle: Duration,
}

/// A slower line is a broken one.
pub const BYTES_PER_SECOND: u64 = 32 << 10;

impl Default for Times {
    fn default() -> Self {
        Self { connect: Duration::from_secs(15), command: Duration::from_secs(30), idle: Duration::from_secs(9 * 60) }
    }
}

impl Options {
    /// The options of a configuration; `since` is 00:00 in Asia/Shanghai of the mailbox's day.
    pub fn new(limits: &config::Limits, since: Option<Timestamp>) -> Self {
        Self { message_bytes: limits.message_bytes, since, times: Times::default() }
    }

    /// Whether a message is older than `since`. One without a time is read.
    fn skips(&self, time: Option<Timestamp>) -> bool {
        matches!((time, self.since), (Some(time), Some(since)) if time < since)
    }
}

/// How much of its storage a mailbox takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// What is there.
    pub used: u64,
    /// What may be there; not 0.
    pub limit: u64,
}

impl Usage {
    /// In hundredths of the limit.
    pub fn share(self) -> u64 {
        self.used.saturating_mul(100) / self.limit.max(1)
    }
}

/// A mailbox that is open.
#[derive(Debug)]
pub enum Mailbox {
    /// IMAP4rev1.
    Imap(Box<Imap>),
    /// A Maildir.
    Maildir(Folder),
    /// A folder of `.eml` files.
    Eml(Folder),
}

impl Mailbox {
    /// Connects and logs in, or looks whether the folder is there.
    pub async fn open(settings: &config::Mailbox, secret: Option<SecretString>, options: Options) -> Result<Self, MailboxError> {
        Ok(match settings.source {
            Source::Imap => {
                let secret = secret.ok_or_else(|| MailboxError::Settings(format!("mailbox {} has no password", settings.name)))?;
                Mailbox::Imap(Box::new(Imap::open(settings, &secret, options).await?))
            }
            Source::Maildir => Mailbox::Maildir(Folder::open(settings, maildir::scan, options).await?),
            Source::Eml => Mailbox::Eml(Folder::open(settings, eml::scan, options).await?),
        })
    }

    /// The next page behind what is known; empty and exhausted where nothing is new.
    pub async fn next(&mut self, known: &Known) -> Result<Page, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.next(known).await,
            Mailbox::Maildir(folder) | Mailbox::Eml(folder) => folder.next(known).await,
        }
    }

    /// One message once more, by its key; none where it is gone (or its UIDVALIDITY is).
    pub async fn again(&mut self, key: &Key) -> Result<Option<Fetched>, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.again(key).await,
            Mailbox::Maildir(folder) | Mailbox::Eml(folder) => folder.again(key).await,
        }
    }

    /// Everything that is there now, without its bytes.
    pub async fn survey(&mut self) -> Result<Survey, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.survey().await,
            Mailbox::Maildir(folder) | Mailbox::Eml(folder) => folder.survey().await,
        }
    }

    /// Flags or moves recorded messages, for the people who look into the mailbox; files are never touched.
    /// False where nothing was done.
    pub async fn show(&mut self, courtesy: Courtesy, validity: u32, uids: &[u32]) -> Result<bool, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.show(courtesy, validity, uids).await,
            Mailbox::Maildir(_) | Mailbox::Eml(_) => Ok(false),
        }
    }

    /// How full it is, as far as that is told.
    pub async fn usage(&mut self) -> Result<Option<Usage>, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.usage().await,
            Mailbox::Maildir(_) | Mailbox::Eml(_) => Ok(None),
        }
    }

    /// What the server is like; none for files.
    pub fn manners(&self) -> Option<Manners> {
        match self {
            Mailbox::Imap(imap) => Some(imap.manners()),
            Mailbox::Maildir(_) | Mailbox::Eml(_) => None,
        }
    }

    /// Waits for news, or for `at_most`; it may also return without news.
    pub async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.wait(at_most).await,
            Mailbox::Maildir(_) | Mailbox::Eml(_) => {
                tokio::time::sleep(at_most).await;
                Ok(())
            }
        }
    }

    /// Says goodbye, without insisting.
    pub async fn close(self) {
        match self {
            Mailbox::Imap(imap) => imap.close().await,
            Mailbox::Maildir(_) | Mailbox::Eml(_) => {}
        }
    }
}

/// A message's header with the empty line behind it, cut at [`HEADER_BYTES`].
fn header_of(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 2);
    let end_crlf = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    let end = end.into_iter().chain(end_crlf).min().unwrap_or(usize::MAX);
    bytes.truncate(end.min(usize::try_from(HEADER_BYTES).unwrap_or(usize::MAX)));
    bytes
}

/// Where a page ends that starts with messages of these sizes; it holds at least one.
fn page_end(sizes: impl Iterator<Item = u64>) -> usize {
    let mut total = 0u64;
    let fits = sizes.take(PAGE_MESSAGES).take_while(|size| {
        total = total.saturating_add(*size);
        total <= PAGE_BYTES
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_bounded_by_number_and_by_bytes_and_never_empty() {
        assert_eq!(page_end(std::iter::repeat_n(1, 100)), 32);
        assert_eq!(page_end([PAGE_BYTES - 1, 1, 1].into_iter()), 2);
        assert_eq!(page_end([PAGE_BYTES + 1, 1].into_iter()), 1);
    }

    #[test]
    fn a_page_in_the_record_is_known_and_a_new_validity_begins_anew() {
        let name = |name: &str| Fetched { key: Key::Name(name.into()), time: None, size: 0, body: Body::Skipped };
        let mut known = Known::default();
        assert!(known.passes(&Page { messages: vec![name("a")], ..Page::default() }) && known.names.contains("a"));
        assert!(!known.passes(&Page::default()));
        let page = |validity, upto| Page { validity: Some(validity), upto, ..Page::default() };
        assert!(known.passes(&page(7, 9)) && !known.passes(&page(7, 9)) && !known.passes(&page(7, 8)));
        assert_eq!(known.last_uid, 9);
        assert!(known.passes(&page(8, 2)));
        assert_eq!((known.validity, known.last_uid), (Some(8), 2));
    }

    #[test]
    fn a_header_ends_at_the_first_empty_line() {
        assert_eq!(header_of(b"A: 1\r\n\r\nbody\n\nmore".to_vec()), b"A: 1\r\n\r\n");
        assert_eq!(header_of(b"A: 1\n\nbody\r\n\r\n".to_vec()), b"A: 1\n\n");
        assert_eq!(header_of(b"A: 1".to_vec()), b"A: 1");
    }
}
