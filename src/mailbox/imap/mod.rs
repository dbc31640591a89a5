//! An IMAP4rev1 mailbox (RFC 3501), read-only (EXAMINE), page by page in the order of UIDs.
//!
//! 1. EXAMINE tells UIDVALIDITY; another one than the ledger's means that all UIDs start again.
//! 2. A listing (sizes and dates) of the UIDs behind the known ones; it serves many pages.
//! 3. A page's bytes: small messages in one command, large ones in pieces, over the limit the header only.
//!
//! Behind the last listed message 1 is repeated, because UIDNEXT and UIDVALIDITY may be new. The last range
//! of a listing is always `n:*`, so that a wrong or missing UIDNEXT can't hide a message; what the server
//! then gives below `n` (its last message, RFC 3501 section 6.4.8) is dropped. For the same reason the
//! position never passes the last message that was really listed.

mod courtesy;
mod fetch;
mod name;
mod profile;
mod quota;
mod session;
mod wait;
mod wire;

pub use courtesy::Courtesy;

use super::{
    Body, Fetched, HEADER_BYTES, Key, Known, Listed, MailboxError, Manners, Options, PAGE_BYTES, Page, Survey, Usage, header_of, page_end,
};
use crate::config;
use async_imap::imap_proto::{Response, ResponseCode};
use fetch::{Entry, Given, PIECE};
use secrecy::SecretString;
use session::{Answer, Bounds, Link};
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
        let mut width = RANGE;
        while self.listing.entries.is_empty() && !self.listing.is_last {
            width = width.saturating_mul(8);
            self.listing = self.list(self.listing.upto.saturating_add(1), width).await?;
        }
        self.page(self.start(known)).await
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
        self.listing = self.list(self.start(known), RANGE).await?;
        Ok(())
    }

    /// One range. A folder with few messages is listed at once, however far apart its UIDs are.
    async fn list(&mut self, from: u32, width: u32) -> Result<Listing, MailboxError> {
        let upto = from.saturating_add(width - 1);
        let is_last = self.link.exists <= RANGE || self.status.next.is_none_or(|next| next <= upto);
        let set = if is_last { format!("{from}:*") } else { format!("{from}:{upto}") };
        // EXISTS is no reason not to ask: it may be wrong. What lies outside of the range was told unasked.
        let mut entries = fetch::list(&mut self.link, &set).await?;
        entries.retain(|uid, _| from <= *uid && (is_last || *uid <= upto));
        let last = entries.last_key_value().map_or(from.saturating_sub(1), |(uid, _)| *uid);
        Ok(Listing { from, upto: if is_last { last } else { upto }, is_last, entries })
    }

    async fn page(&mut self, start: u32) -> Result<Page, MailboxError> {
        let costs = self.listing.entries.values().map(|entry| self.plan(entry, Manner::Usual).cost(entry.size));
        let page: Vec<(u32, Entry)> = self.listing.entries.iter().take(page_end(costs)).map(|(uid, entry)| (*uid, *entry)).collect();
        let whole = page.len() == self.listing.entries.len();
        // What was seen, not what UIDNEXT promises: a message may yet come to the gap that it leaves.
        let upto = page.last().map_or(start.saturating_sub(1), |(uid, _)| *uid);
        let messages = self.fetch(&page).await?;
        let validity = Some(self.status.validity);
        Ok(Page { messages, validity, upto, exhausted: whole && self.listing.is_last })
    }

    /// Everything that is there now, without its bytes.
    pub(super) async fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.status = examine(&mut self.link, &self.folder).await?;
        let (mut from, mut width) = (1, RANGE);
        let mut messages = Vec::new();
        loop {
            let listing = self.list(from, width).await?;
            let listed = |(uid, entry): (&u32, &Entry)| Listed { key: self.key(*uid), time: entry.time, size: entry.size };
            messages.extend(listing.entries.iter().map(listed));
            if listing.is_last {
                return Ok(Survey { validity: Some(self.status.validity), messages });
            }
            from = listing.upto.saturating_add(1);
            width = if listing.entries.is_empty() { width.saturating_mul(8) } else { RANGE };
        }
    }

    /// How full it is, as far as the server tells.
    pub(super) async fn usage(&mut self) -> Result<Option<Usage>, MailboxError> {
        quota::usage(&mut self.link, &self.folder).await
    }

    /// What the server is like.
    pub(super) fn manners(&self) -> Manners {
        let link = &self.link;
        Manners { profile: link.profile, introduced: link.introduced, idle: link.idle, moves: link.moves }
    }

    fn key(&self, uid: u32) -> Key {
        Key::Uid { validity: self.status.validity, uid }
    }

    /// The messages of a page. Servers answer with BYE to the fetch of one damaged file (Dovecot), or with
    /// what no parser takes: then each message is asked for alone, over a new connection where it must be.
    async fn fetch(&mut self, page: &[(u32, Entry)]) -> Result<Vec<Fetched>, MailboxError> {
        match self.try_page(page, Manner::Usual).await {
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
            let mut result = self.try_page(one, Manner::Usual).await;
            if result.as_ref().is_err_and(breaks) {
                self.reconnect().await?;
                // Perhaps it is much larger than it is said to be.
                result = self.try_page(one, Manner::Careful).await;
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
                        size: entry.size.unwrap_or_default(),
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

    async fn try_page(&mut self, page: &[(u32, Entry)], manner: Manner) -> Result<Vec<Fetched>, MailboxError> {
        let small: Vec<_> = page.iter().filter(|(_, entry)| self.plan(entry, manner) == Plan::Batch).copied().collect();
        let mut given = fetch::whole(&mut self.link, &small).await?;
        let mut messages = Vec::new();
        for (uid, entry) in page {
            let plan = self.plan(entry, manner);
            match plan {
                Plan::Skip | Plan::Batch => {}
                Plan::Pieces => given.extend(fetch::pieces(&mut self.link, *uid, entry, self.options.message_bytes).await?),
                Plan::Header => given.extend(fetch::header(&mut self.link, *uid).await?),
            }
            if let Some(body) = self.body(plan, *uid, &mut given) {
                messages.push(Fetched { key: self.key(*uid), time: entry.time, size: size_of(entry, &body), body });
            }
        }
        Ok(messages)
    }

    /// What came of a message; none where it has vanished.
    fn body(&self, plan: Plan, uid: u32, given: &mut Given) -> Option<Body> {
        if plan == Plan::Skip {
            return Some(Body::Skipped);
        }
        Some(match (given.remove(&uid)?, plan) {
            (Err(reason), _) => Body::Failed(reason),
            (Ok(bytes), Plan::Header) => Body::HeaderOnly(bytes),
            (Ok(bytes), Plan::Skip | Plan::Batch | Plan::Pieces) => {
                let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= self.options.message_bytes);
                if fits { Body::Whole(bytes) } else { Body::HeaderOnly(header_of(bytes)) }
            }
        })
    }

    fn plan(&self, entry: &Entry, manner: Manner) -> Plan {
        match (entry.size, manner) {
            _ if self.options.skips(entry.time) => Plan::Skip,
            (Some(size), _) if size > self.options.message_bytes => Plan::Header,
            (Some(size), Manner::Usual) if size <= 2 * PIECE => Plan::Batch,
            _ => Plan::Pieces,
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

    /// Flags or moves messages; false where the folder's UIDVALIDITY is another.
    pub(super) async fn show(&mut self, courtesy: Courtesy, validity: u32, uids: &[u32]) -> Result<bool, MailboxError> {
        let folder = self.folder.clone();
        // The folder is open for writing then: the next look opens it anew.
        (self.is_fresh, self.listing) = (false, Listing::default());
        courtesy::show(&mut self.link, &folder, validity, uids, courtesy).await
    }

    pub(super) async fn wait(&mut self, at_most: Duration) -> Result<(), MailboxError> {
        wait::wait(&mut self.link, at_most).await
    }

    pub(super) async fn close(mut self) {
        // The server answers with BYE, which reads as a lost connection; either way it is over.
        let usual = self.link.usual();
        let bounds = Bounds { within: usual.within.min(Duration::from_secs(5)), ..usual };
        let _over = self.link.command("LOGOUT", bounds, |_| {}).await;
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
    fn cost(self, size: Option<u64>) -> u64 {
        match self {
            Plan::Skip => 0,
            Plan::Header => HEADER_BYTES,
            Plan::Batch | Plan::Pieces => size.unwrap_or(PAGE_BYTES),
        }
    }
}

/// How far declared sizes are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Small messages come in one command.
    Usual,
    /// All come in pieces.
    Careful,
}

/// As the server tells it, else as it turned out.
fn size_of(entry: &Entry, body: &Body) -> u64 {
    entry.size.unwrap_or(match body {
        Body::Whole(bytes) | Body::HeaderOnly(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        Body::Skipped | Body::Failed(_) => 0,
    })
}

/// Whether the connection is of no use any more, and a new one may help.
fn breaks(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Unreachable(_) | MailboxError::Protocol(_) | MailboxError::Timeout(_))
}

/// EXAMINE (RFC 3501 section 6.3.2): SELECT without any change, not even of `\Recent`.
async fn examine(link: &mut Link, folder: &str) -> Result<FolderStatus, MailboxError> {
    open_folder(link, &format!("EXAMINE {folder}")).await
}

/// EXAMINE or SELECT. Who is refused as unsafe and hasn't introduced himself does so and asks once more.
async fn open_folder(link: &mut Link, command: &str) -> Result<FolderStatus, MailboxError> {
    let mut outcome = ask_for_folder(link, command).await?;
    if matches!(&outcome, Err(text) if is_unsafe(text)) && !link.introduced {
        link.introduce().await?;
        outcome = ask_for_folder(link, command).await?;
    }
    match outcome {
        Err(text) if is_unsafe(&text) => Err(MailboxError::LoginRefused { profile: link.profile, text }),
        Err(text) if session::is_temporary(&text) => Err(MailboxError::Busy(text)),
        Err(text) => Err(MailboxError::NoSuchFolder(format!("{}: {text}", command.split_once(' ').map_or("", |(_, folder)| folder)))),
        // UIDs that mean nothing tomorrow would lose or repeat mail silently (RFC 3501 section 2.3.1.1).
        Ok(status) if status.validity == 0 => Err(MailboxError::Protocol("the folder has no lasting UIDVALIDITY".into())),
        Ok(status) => Ok(status),
    }
}

fn is_unsafe(text: &str) -> bool {
    text.to_ascii_lowercase().contains("unsafe login")
}

/// The folder's numbers, or the words of the refusal.
async fn ask_for_folder(link: &mut Link, command: &str) -> Result<Result<FolderStatus, String>, MailboxError> {
    let mut status = FolderStatus::default();
    let mut unstable = false;
    let usual = link.usual();
    let answer = link
        .command(command, usual, |response| {
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
    if unstable {
        status.validity = 0;
    }
    Ok(match answer {
        Answer::Refused(text) => Err(text),
        Answer::Done => Ok(status),
    })
}
