//! An IMAP4rev1 mailbox (RFC 3501), read-only (EXAMINE), page by page in the order of UIDs.
//!
//! 1. EXAMINE tells UIDVALIDITY; another one than the ledger's means that all UIDs start again.
//! 2. A listing (sizes and dates) of the UIDs behind the known ones; it serves many pages.
//! 3. A page's bytes: small messages in one command, large ones in pieces, over the limit the header only.
//!
//! Behind the last listed message 1 is repeated, because UIDNEXT and UIDVALIDITY may be new. The last range
//! of a listing is always `n:*`, so that a wrong or missing UIDNEXT can't hide a message; what the server
//! then gives below `n` (its last message, RFC 3501 section 6.4.8) is dropped.

mod fetch;
mod name;
mod profile;
mod session;
mod wait;

use super::{Body, Fetched, HEADER_BYTES, Key, Known, MailboxError, Options, Page, header_of, page_end};
use crate::config;
use async_imap::imap_proto::{Response, ResponseCode};
use fetch::{Entry, Given, PIECE};
use secrecy::SecretString;
use session::{Answer, Link};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many UIDs a listing covers where the folder is large; empty ranges make the next one wider.
const RANGE: u32 = 1000;

/// How many messages may break the connection before any is given.
const BROKEN: usize = 3;

/// An open IMAP mailbox.
#[derive(Debug)]
pub struct Imap {
    link: Link,
    folder: String,
    options: Options,
    /// Of the last EXAMINE.
    status: FolderStatus,
    /// Whether `status` was read since the last listing.
    is_fresh: bool,
    listing: Listing,
    /// For a new connection in the midst of a page.
    settings: config::Mailbox,
    secret: SecretString,
}

/// What EXAMINE tells.
#[derive(Debug, Clone, Copy, Default)]
struct FolderStatus {
    validity: u32,
    next: Option<u32>,
}

/// The messages of a range of UIDs.
#[derive(Debug, Default)]
struct Listing {
    from: u32,
    upto: u32,
    /// Nothing was behind `upto`.
    is_last: bool,
    entries: BTreeMap<u32, Entry>,
}

impl Imap {
    pub(super) async fn open(settings: &config::Mailbox, secret: &SecretString, options: Options) -> Result<Self, MailboxError> {
        let folder =
            name::quoted(&settings.folder).ok_or_else(|| MailboxError::Settings(format!("folder {:?} is no name", settings.folder)))?;
        let mut link = Link::open(settings, secret, options.times.clone()).await?;
        let status = examine(&mut link, &folder).await?;
        let (settings, secret) = (settings.clone(), secret.clone());
        Ok(Self { link, folder, options, status, is_fresh: true, listing: Listing::default(), settings, secret })
    }

    pub(super) async fn next(&mut self, known: &Known) -> Result<Page, MailboxError> {
        let start = self.start(known);
        // UIDs below `start` stay out of the listing once they are known.
        if self.listing.from <= start && start <= self.listing.upto {
            self.listing.entries = self.listing.entries.split_off(&start);
        } else {
            self.look(start, known).await?;
        }
        self.page().await
    }

    /// The first UID that isn't known.
    fn start(&self, known: &Known) -> u32 {
        if known.validity == Some(self.status.validity) { known.last_uid.saturating_add(1) } else { 1 }
    }

    /// Lists what is behind `start`, after a new EXAMINE where the last listing reached the end.
    async fn look(&mut self, start: u32, known: &Known) -> Result<(), MailboxError> {
        let continues = !self.listing.is_last && start == self.listing.upto.saturating_add(1);
        if !continues && !std::mem::take(&mut self.is_fresh) {
            self.status = examine(&mut self.link, &self.folder).await?;
        }
        self.is_fresh = false;
        self.link.news = false;
        let (mut start, mut width) = (self.start(known), RANGE);
        loop {
            self.listing = self.list(start, width).await?;
            if self.listing.is_last || !self.listing.entries.is_empty() {
                return Ok(());
            }
            start = self.listing.upto.saturating_add(1);
            width = width.saturating_mul(8);
        }
    }

    /// One range. A folder with few messages is listed at once, however far apart its UIDs are.
    async fn list(&mut self, from: u32, width: u32) -> Result<Listing, MailboxError> {
        let upto = from.saturating_add(width - 1);
        let is_last = self.link.exists <= RANGE || self.status.next.is_none_or(|next| next <= upto);
        let set = if is_last { format!("{from}:*") } else { format!("{from}:{upto}") };
        let entries = if self.link.exists == 0 { BTreeMap::new() } else { fetch::list(&mut self.link, &set).await?.split_off(&from) };
        // Behind the end `upto` is what was seen, not what UIDNEXT promises.
        let last = entries.last_key_value().map_or(from.saturating_sub(1), |(uid, _)| *uid);
        Ok(Listing { from, upto: if is_last { last } else { upto }, is_last, entries })
    }

    async fn page(&mut self) -> Result<Page, MailboxError> {
        let costs = self.listing.entries.values().map(|entry| self.plan(entry).cost(entry.size));
        let page: Vec<(u32, Entry)> = self.listing.entries.iter().take(page_end(costs)).map(|(uid, entry)| (*uid, *entry)).collect();
        let whole = page.len() == self.listing.entries.len();
        let upto = if whole { self.listing.upto } else { page.last().map_or(0, |(uid, _)| *uid) };
        let messages = self.fetch(&page).await?;
        let validity = Some(self.status.validity);
        Ok(Page { messages, validity, upto, exhausted: whole && self.listing.is_last })
    }

    fn key(&self, uid: u32) -> Key {
        Key::Uid { validity: self.status.validity, uid }
    }

    /// The messages of a page. Servers answer with BYE to the fetch of one damaged file (Dovecot), or with
    /// what no parser takes: then each message is asked for alone, over a new connection where it must be.
    async fn fetch(&mut self, page: &[(u32, Entry)]) -> Result<Vec<Fetched>, MailboxError> {
        match self.try_page(page).await {
            Err(error) if breaks(&error) => {
                tracing::warn!(%error, "a page broke the connection; its messages are fetched one by one");
                self.reconnect().await?;
                self.one_by_one(page).await
            }
            result => result,
        }
    }

    async fn one_by_one(&mut self, page: &[(u32, Entry)]) -> Result<Vec<Fetched>, MailboxError> {
        let mut messages = Vec::new();
        let (mut given, mut broken) = (0, 0);
        for one in page.chunks(1) {
            let mut result = self.try_page(one).await;
            if result.as_ref().is_err_and(breaks) {
                self.reconnect().await?;
                result = self.try_page(one).await;
            }
            match result {
                Ok(fetched) => {
                    given += fetched.len();
                    messages.extend(fetched);
                }
                // A server that gives nothing at all is to blame itself, not its messages.
                Err(error) if !breaks(&error) || (given == 0 && broken + 1 >= BROKEN) => return Err(error),
                Err(error) => {
                    broken += 1;
                    self.reconnect().await?;
                    let failed = |(uid, entry): &(u32, Entry)| Fetched {
                        key: self.key(*uid),
                        time: entry.time,
                        size: entry.size,
                        body: Body::Failed(error.to_string()),
                    };
                    messages.extend(one.iter().map(failed));
                }
            }
        }
        Ok(messages)
    }

    /// A new connection to the same folder.
    async fn reconnect(&mut self) -> Result<(), MailboxError> {
        self.link.hang_up().await;
        self.link = Link::open(&self.settings, &self.secret, self.options.times.clone()).await?;
        let status = examine(&mut self.link, &self.folder).await?;
        if status.validity != self.status.validity {
            return Err(MailboxError::Protocol("UIDVALIDITY changed in the midst of a page".into()));
        }
        Ok(())
    }

    async fn try_page(&mut self, page: &[(u32, Entry)]) -> Result<Vec<Fetched>, MailboxError> {
        let small: Vec<_> = page.iter().filter(|(_, e)| self.plan(e) == Plan::Batch).map(|(uid, entry)| (*uid, entry.size)).collect();
        let mut given = fetch::whole(&mut self.link, &small).await?;
        let mut messages = Vec::new();
        for (uid, entry) in page {
            let plan = self.plan(entry);
            match plan {
                Plan::Skip | Plan::Batch => {}
                Plan::Pieces => given.extend(fetch::pieces(&mut self.link, *uid, entry.size, self.options.message_bytes).await?),
                Plan::Header => given.extend(fetch::header(&mut self.link, *uid).await?),
            }
            if let Some(body) = self.body(plan, *uid, entry.size, &mut given) {
                messages.push(Fetched { key: self.key(*uid), time: entry.time, size: entry.size, body });
            }
        }
        Ok(messages)
    }

    /// What came of a message; none where it has vanished.
    fn body(&self, plan: Plan, uid: u32, size: u64, given: &mut Given) -> Option<Body> {
        if plan == Plan::Skip {
            return Some(Body::Skipped);
        }
        Some(match (given.remove(&uid)?, plan) {
            (Err(reason), _) => Body::Failed(reason),
            (Ok(bytes), Plan::Header) => Body::HeaderOnly(bytes),
            (Ok(bytes), Plan::Skip | Plan::Batch | Plan::Pieces) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                if length != size {
                    tracing::warn!(mailbox.uid = uid, declared = size, received = length, "the size differs from RFC822.SIZE");
                }
                if length > self.options.message_bytes { Body::HeaderOnly(header_of(bytes)) } else { Body::Whole(bytes) }
            }
        })
    }

    fn plan(&self, entry: &Entry) -> Plan {
        match entry.size {
            _ if self.options.skips(entry.time) => Plan::Skip,
            size if size > self.options.message_bytes => Plan::Header,
            size if size > 2 * PIECE => Plan::Pieces,
            _ => Plan::Batch,
        }
    }

    pub(super) async fn again(&mut self, key: &Key) -> Result<Option<Fetched>, MailboxError> {
        let Key::Uid { validity, uid } = key else { return Ok(None) };
        if *validity != self.status.validity {
            return Ok(None);
        }
        let entry = fetch::list(&mut self.link, &uid.to_string()).await?.remove(uid);
        let page: Vec<_> = entry.into_iter().map(|entry| (*uid, entry)).collect();
        Ok(self.fetch(&page).await?.pop())
    }

    pub(super) async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        wait::wait(&mut self.link, at_most).await
    }

    pub(super) async fn close(mut self) {
        // The server answers with BYE, which reads as a lost connection; either way it is over.
        let within = self.link.times.command.min(Duration::from_secs(5));
        let _over = self.link.command("LOGOUT", within, |_| {}).await;
    }
}

/// How a message is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Skip,
    Batch,
    Pieces,
    Header,
}

impl Plan {
    /// What a message costs of a page's bytes.
    fn cost(self, size: u64) -> u64 {
        match self {
            Plan::Skip => 0,
            Plan::Header => HEADER_BYTES,
            Plan::Batch | Plan::Pieces => size,
        }
    }
}

/// Whether the connection is of no use any more, and a new one may help.
fn breaks(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Unreachable(_) | MailboxError::Protocol(_) | MailboxError::Timeout(_))
}

/// EXAMINE (RFC 3501 section 6.3.2): SELECT without any change, not even of `\Recent`.
async fn examine(link: &mut Link, folder: &str) -> Result<FolderStatus, MailboxError> {
    let mut status = FolderStatus::default();
    let mut unstable = false;
    let within = link.times.command;
    let answer = link
        .command(&format!("EXAMINE {folder}"), within, |response| {
            if let Response::Data { outcome, .. } = response {
                match outcome.code {
                    Some(ResponseCode::UidValidity(validity)) => status.validity = validity,
                    Some(ResponseCode::UidNext(next)) => status.next = Some(next).filter(|next| *next > 0),
                    Some(ResponseCode::UidNotSticky) => unstable = true,
                    _ => {}
                }
            }
        })
        .await?;
    match answer {
        Answer::Refused(text) if text.to_ascii_lowercase().contains("unsafe login") => {
            Err(MailboxError::LoginRefused { profile: link.profile, text })
        }
        Answer::Refused(text) if session::is_temporary(&text) => Err(MailboxError::Busy(text)),
        Answer::Refused(text) => Err(MailboxError::NoSuchFolder(format!("{folder}: {text}"))),
        // UIDs that mean nothing tomorrow would lose or repeat mail silently (RFC 3501 section 2.3.1.1).
        Answer::Done if status.validity == 0 || unstable => Err(MailboxError::Protocol("the folder has no lasting UIDVALIDITY".into())),
        Answer::Done => Ok(status),
    }
}
