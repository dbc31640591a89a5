//! Receiving: pages of a mailbox into durable bytes, then into the ledger together with the position.
//!
//! Nothing is parsed here. The raw bytes of a page are durable before its rows are written, and the
//! position moves in the same transaction as the rows, so a kill repeats at most one page.

use super::{DaemonError, Judge};
use crate::config::{self, CampaignFile, secret};
use crate::intake::identity::sha256_hex;
use crate::mailbox::{Body, Fetched, Key, Known, Mailbox, MailboxError, Options, Page};
use crate::model::reading::StoredFile;
use crate::store::{Place, Received, ReceivedState};
use crate::worker::Pool;
use jiff::Timestamp;
use std::sync::Arc;
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
}

impl Source {
    /// Opens the mailbox, receives everything there is, and closes it.
    pub async fn receive_all(&self, judge: &Judge) -> Result<(), DaemonError> {
        let mut mailbox = self.open(judge).await?;
        self.drain(&mut mailbox, judge).await?;
        mailbox.close().await;
        Ok(())
    }

    /// Opens the mailbox, and receives and waits for as long as the connection lasts.
    pub async fn session(&self, judge: &Judge, at_most: Duration) -> Result<(), DaemonError> {
        let mut mailbox = self.open(judge).await?;
        loop {
            self.drain(&mut mailbox, judge).await?;
            mailbox.wait(at_most).await.map_err(|source| self.fault(source))?;
        }
    }

    async fn open(&self, judge: &Judge) -> Result<Mailbox, DaemonError> {
        let secret = match self.mailbox.password() {
            Some(source) => Some(secret::resolve(&source).await?),
            None => None,
        };
        let options = Options::new(&judge.config.limits, self.since);
        Mailbox::open(&self.mailbox, secret, options).await.map_err(|source| self.fault(source))
    }

    async fn drain(&self, mailbox: &mut Mailbox, judge: &Judge) -> Result<(), DaemonError> {
        loop {
            let progress = judge.store.progress(&self.mailbox.name).await?;
            let known = Known { validity: progress.uidvalidity, last_uid: progress.last_uid, names: progress.names };
            let page = mailbox.next(&known).await.map_err(|source| self.fault(source))?;
            let exhausted = page.exhausted;
            let moved = !page.messages.is_empty() || page.validity != known.validity || page.upto > known.last_uid;
            if moved {
                self.record(page, judge).await?;
                self.received.notify_one();
            }
            if exhausted {
                return Ok(());
            }
        }
    }

    /// Makes a page durable: bytes first, then rows and position in one transaction.
    async fn record(&self, page: Page, judge: &Judge) -> Result<(), DaemonError> {
        let (validity, upto) = (page.validity, page.upto);
        let mut files = Vec::new();
        let mut rows = Vec::new();
        for fetched in page.messages {
            let (row, file) = self.row(fetched, judge.clock.now());
            rows.push(row);
            files.extend(file);
        }
        judge.blobs.put_all(files).await?;
        judge.store.record_received(&self.mailbox.name, &self.campaign.campaign.id, validity, upto, &rows).await?;
        tracing::info!(mailbox.name = %self.mailbox.name, messages = rows.len(), mailbox.uid = upto, "received");
        Ok(())
    }

    fn row(&self, fetched: Fetched, now: Timestamp) -> (Received, Option<StoredFile>) {
        let place = match fetched.key {
            Key::Uid { uid, .. } => Place::Uid(uid),
            Key::Name(name) => Place::Name(name),
        };
        let (state, bytes) = match fetched.body {
            Body::Whole(bytes) => (ReceivedState::Whole, Some(bytes)),
            Body::HeaderOnly(bytes) => (ReceivedState::HeaderOnly, Some(bytes)),
            Body::Skipped => (ReceivedState::Skipped, None),
            Body::Failed(reason) => (ReceivedState::Failed(format!("邮箱服务器未能给出这封邮件：{reason}")), None),
        };
        let size = match (&state, &bytes) {
            (ReceivedState::Whole, Some(bytes)) => bytes.len() as u64,
            _ => fetched.size,
        };
        let file = bytes.map(|bytes| StoredFile { sha256: sha256_hex(&bytes), bytes });
        let server = matches!(place, Place::Uid(_)) && fetched.time.is_some();
        let row = Received {
            place,
            sha256: file.as_ref().map(|file| file.sha256.clone()),
            bytes: size,
            received_ms: fetched.time.unwrap_or(now).as_millisecond(),
            received_is_server_time: server,
            state,
        };
        (row, file)
    }

    fn fault(&self, source: MailboxError) -> DaemonError {
        DaemonError::Mailbox { mailbox: self.mailbox.name.clone(), source }
    }
}
