//! Receiving: pages of a mailbox become blobs and rows, and the mailbox's position moves with them.

use super::breaker::Breaker;
use super::meter::Stage;
use super::pulse::Loop;
use super::{DaemonError, Judge};
use crate::clock::Stopwatch;
use crate::config::{self, CampaignFile, secret};
use crate::mailbox::{Body, Fetched, Key, Known, Mailbox, MailboxError, Options, PAGE_BYTES, Page};
use crate::store::{Owed, Place, Received, ReceivedState};
use crate::worker::Pool;
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A mailbox with what its mails are read and judged with.
#[derive(Debug)]
pub struct Source {
    /// Its settings.
    pub mailbox: config::Mailbox,
    /// The campaign that its mails are judged by.
    pub campaign: Arc<CampaignFile>,
    /// The workers that read them.
    pub pool: Arc<Pool>,
    /// What is older is skipped.
    pub since: Option<Timestamp>,
    /// Rings when mails came in.
    pub received: Notify,
    /// Rings when a pass has received everything.
    pub finished: Notify,
    /// When everything there was had last been received, in unix milliseconds.
    pub drained_ms: AtomicI64,
    /// When it was last looked how full the mailbox is, in unix milliseconds.
    pub weighed_ms: AtomicI64,
}

impl Source {
    /// Opens the mailbox, receives everything there is, and closes it.
    pub async fn receive_all(&self, judge: &Judge) -> Result<(), DaemonError> {
        let mut mailbox = self.open(judge).await?;
        self.drain(&mut mailbox, judge).await?;
        self.weigh(&mut mailbox, judge).await?;
        mailbox.close().await;
        Ok(())
    }

    /// Receives and waits for as long as the connection lasts.
    pub(super) async fn session(&self, judge: &Judge, poll_every: Duration) -> Result<(), DaemonError> {
        let mut mailbox = self.open(judge).await?;
        loop {
            let validity = self.drain(&mut mailbox, judge).await?;
            self.show(&mut mailbox, validity, judge).await;
            self.weigh(&mut mailbox, judge).await?;
            judge.meters.pulses.mark(Loop::Receive, &self.mailbox.name);
            mailbox.wait(poll_every).await.map_err(|source| self.fault(source))?;
        }
    }

    /// Opens the mailbox, unless its login was refused a while ago.
    pub async fn open(&self, judge: &Judge) -> Result<Mailbox, DaemonError> {
        let secret = self.secret().await?;
        let options = Options::new(&judge.config.limits, self.since);
        let breaker = Breaker::new(judge, &self.mailbox, secret.as_ref());
        breaker.check().await?;
        let outcome = Mailbox::open(&self.mailbox, secret, options).await;
        breaker.note(&outcome).await?;
        outcome.map_err(|source| self.fault(source))
    }

    async fn secret(&self) -> Result<Option<SecretString>, DaemonError> {
        Ok(match self.mailbox.password() {
            Some(source) => Some(secret::resolve(&source).await?),
            None => None,
        })
    }

    /// Everything there is, and what is owed from before; the UIDVALIDITY of it. A page is fetched while the one before it
    /// is made durable, unless that is a mail larger than a page.
    async fn drain(&self, mailbox: &mut Mailbox, judge: &Judge) -> Result<Option<u32>, DaemonError> {
        let began_ms = judge.clock.now().as_millisecond();
        let mut known = self.known(judge).await?;
        let mut page = self.fetch(mailbox, &known, judge).await?;
        while !page.exhausted {
            let moved = known.passes(&page);
            if page.messages.iter().map(|fetched| fetched.body.length()).sum::<u64>() > PAGE_BYTES {
                self.record(page, moved, judge).await?;
                page = self.fetch(mailbox, &known, judge).await?;
                continue;
            }
            // Either is finished, whatever becomes of the other.
            let (following, recorded) = tokio::join!(self.fetch(mailbox, &known, judge), self.record(page, moved, judge));
            recorded?;
            page = following?;
        }
        let (validity, moved) = (page.validity, known.passes(&page));
        self.record(page, moved, judge).await?;
        judge.store.forget_owed_elsewhere(&self.mailbox.name, validity).await?;
        self.collect(mailbox, validity, judge).await?;
        self.drained_ms.store(began_ms, Ordering::Relaxed);
        if judge.store.is_shared() {
            judge.store.note_read(&self.mailbox.name, began_ms).await?;
        }
        Ok(validity)
    }

    async fn fetch(&self, mailbox: &mut Mailbox, known: &Known, judge: &Judge) -> Result<Page, DaemonError> {
        let watch = Stopwatch::start();
        let page = mailbox.next(known).await;
        if matches!(page, Err(MailboxError::LoginRefused { .. })) {
            // A new connection in the midst of a page.
            Breaker::new(judge, &self.mailbox, self.secret().await?.as_ref()).note(&page).await?;
        }
        let page = page.map_err(|source| self.fault(source))?;
        self.note_page(&page, watch, judge);
        Ok(page)
    }

    /// Whether what came before this instant has been received, by whichever process.
    pub(super) async fn is_read(&self, judge: &Judge, until_ms: i64) -> Result<bool, DaemonError> {
        if self.drained_ms.load(Ordering::Relaxed) >= until_ms {
            return Ok(true);
        }
        Ok(judge.store.is_shared() && judge.store.read_ms(&self.mailbox.name).await?.is_some_and(|read_ms| read_ms >= until_ms))
    }

    /// The server has answered. A look that found nothing says nothing of how long mails take.
    fn note_page(&self, page: &Page, watch: Stopwatch, judge: &Judge) {
        if !page.messages.is_empty() {
            judge.meters.took(Stage::Fetch, watch);
        }
        judge.meters.read_well(&self.mailbox.name);
        judge.meters.pulses.mark(Loop::Receive, &self.mailbox.name);
    }

    /// What the record has of the mailbox. Files that are owed are known, too: they come another way.
    async fn known(&self, judge: &Judge) -> Result<Known, DaemonError> {
        let progress = judge.store.progress(&self.mailbox.name).await?;
        let mut known = Known { validity: progress.uidvalidity, last_uid: progress.last_uid, names: progress.names };
        for owed in judge.store.owed(&self.mailbox.name, None).await? {
            if let Place::Name(name) = owed.place {
                known.names.insert(name);
            }
        }
        Ok(known)
    }

    /// Makes a page durable: what is owed, then bytes, then rows and position in one transaction.
    async fn record(&self, page: Page, moved: bool, judge: &Judge) -> Result<(), DaemonError> {
        if !moved {
            return Ok(());
        }
        let (validity, upto) = (page.validity, page.upto);
        let (failed, given): (Vec<_>, Vec<_>) = page.messages.into_iter().partition(|fetched| matches!(fetched.body, Body::Failed(_)));
        self.owe(failed, validity, judge).await?;
        self.keep(given, validity, upto, judge).await?;
        self.received.notify_one();
        Ok(())
    }

    /// Bytes first, then rows and position in one transaction. `upto` 0 leaves the position where it is.
    pub(super) async fn keep(&self, given: Vec<Fetched>, validity: Option<u32>, upto: u32, judge: &Judge) -> Result<(), DaemonError> {
        let (mut rows, mut contents) = (Vec::new(), Vec::new());
        for fetched in given {
            let (row, bytes) = row(fetched, judge.clock.now());
            rows.push(row);
            contents.push(bytes);
        }
        let (name, watch) = (&self.mailbox.name, Stopwatch::start());
        let has_bytes: Vec<bool> = contents.iter().map(Option::is_some).collect();
        let names = judge.blobs.add_all(contents.into_iter().flatten().collect()).await?;
        let with_bytes = rows.iter_mut().zip(has_bytes).filter_map(|(row, has_bytes)| has_bytes.then_some(row));
        with_bytes.zip(names).for_each(|(row, sha256)| row.sha256 = Some(sha256));
        let ids = judge.store.record_received(name, &self.campaign.campaign.id, validity, upto, &rows).await?;
        if !rows.is_empty() {
            judge.meters.took(Stage::Keep, watch);
        }
        for (row, id) in rows.iter().zip(ids) {
            // A file's name may be a person's.
            let uid = match row.place {
                Place::Uid(uid) => Some(uid),
                Place::Name(_) => None,
            };
            tracing::info!(message.id = id, mailbox.name = %name, mailbox.uid = uid, bytes = row.bytes, "received");
        }
        Ok(())
    }

    async fn owe(&self, failed: Vec<Fetched>, validity: Option<u32>, judge: &Judge) -> Result<(), DaemonError> {
        let now = judge.clock.now();
        let owed: Vec<Owed> = failed.into_iter().filter_map(|fetched| super::owed::owed(fetched, now)).collect();
        if owed.is_empty() {
            return Ok(());
        }
        tracing::warn!(mailbox.name = %self.mailbox.name, messages = owed.len(), "mails are listed and not given; they are asked for again");
        Ok(judge.store.owe(&self.mailbox.name, validity, &owed).await?)
    }

    pub(super) fn fault(&self, source: MailboxError) -> DaemonError {
        DaemonError::Mailbox { mailbox: self.mailbox.name.clone(), source }
    }
}

/// Where a mail stands in the record.
pub(super) fn place(key: Key) -> Place {
    match key {
        Key::Uid { uid, .. } => Place::Uid(uid),
        Key::Name(name) => Place::Name(name),
    }
}

/// A mail as the record takes it once its bytes are kept, and these.
pub(super) fn row(fetched: Fetched, now: Timestamp) -> (Received, Option<Vec<u8>>) {
    let place = place(fetched.key);
    let (state, bytes) = match fetched.body {
        Body::Whole(bytes) => (ReceivedState::Whole, Some(bytes)),
        Body::HeaderOnly(bytes) => (ReceivedState::HeaderOnly, Some(bytes)),
        Body::Skipped => (ReceivedState::Skipped, None),
        Body::Failed(reason) => (
            ReceivedState::Failed { reason: format!("邮箱服务器未能给出这封邮件：{reason}"), now_ms: now.as_millisecond() },
            None,
        ),
    };
    let size = match (&state, &bytes) {
        (ReceivedState::Whole, Some(bytes)) => bytes.len() as u64,
        _ => fetched.size,
    };
    let server = matches!(place, Place::Uid(_)) && fetched.time.is_some();
    let row = Received {
        place,
        sha256: None,
        bytes: size,
        received_ms: fetched.time.unwrap_or(now).as_millisecond(),
        received_is_server_time: server,
        state,
    };
    (row, bytes)
}
