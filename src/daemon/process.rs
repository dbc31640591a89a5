//! Processing: claimed mails, read by the workers in parallel, decided one after the other, recorded with
//! their replies in one transaction for the batch.
//!
//! How a batch goes on stands in `batch`, what one mail changes in `record`.
//!
//! An attempt is counted, and committed, by the claim, before anything is tried. A mail that can't be read
//! goes back to the head of the queue; the third time it goes to quarantine and the rest goes on. Where the
//! fault isn't a mail's (a full disk, a locked database, a stop), everything claimed is given back, and no
//! attempt counts.

use super::meter::{Meters, Stage};
use super::open::Opened;
use super::pulse::Loop;
use super::receive::Source;
use super::{DaemonError, Step, Stop};
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::intake::identity::sha256_hex;
use crate::intake::{Arrival, Extent, Received};
use crate::model::audit::{Act, By};
use crate::model::message::Kind;
use crate::model::reading::{Authentication, Intake};
use crate::model::workdays::Workdays;
use crate::sender::Senders;
use crate::store::{BlobError, Blobs, Claimed, MAX_ATTEMPTS, Part, Store, Written};
use crate::worker::WorkerError;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Mails that are claimed together. They are recorded in groups: see `batch`.
const BATCH: u32 = 64;
/// How long a batch may be worked on before another process may take it.
const LEASE_MS: i64 = 15 * 60 * 1000;
/// Of an older mail the DNS no longer says that its sender was false.
const OLD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Judges mails.
#[derive(Debug)]
pub struct Judge {
    /// The records.
    pub store: Store,
    /// Raw mails and evidence.
    pub blobs: Blobs,
    /// The time.
    pub clock: Clock,
    /// The office's settings.
    pub config: Arc<Config>,
    /// Holidays and make-up days.
    pub workdays: Arc<Workdays>,
    /// Who holds this process's leases.
    pub owner: String,
    /// What our Message-IDs are minted with.
    pub key: String,
    /// Mailboxes in which claims are left of a batch that could not be finished.
    pub unsettled: Mutex<BTreeSet<String>>,
    /// Looks senders up, where the office has them looked up.
    pub senders: Option<Senders>,
    /// When a backup was put back, in unix milliseconds: mails from before may have been answered already.
    pub restored_ms: Option<i64>,
    /// What is noted of its work.
    pub meters: Arc<Meters>,
}

/// A mail that was read.
pub(super) struct Judged {
    /// Its row.
    pub claimed: Claimed,
    /// What was read; of its files those that letters need.
    pub intake: Intake,
    /// What the password that it tells has opened.
    pub opened: Option<Opened>,
    /// Its files, to be made durable before it is recorded.
    pub written: Vec<Written>,
}

impl Judged {
    /// Whether it tells the password of something that came before.
    pub fn tells_password(&self) -> bool {
        !self.intake.thread.passwords.is_empty()
    }
}

impl Judge {
    /// Judges one batch of a mailbox. At a stop, what was read is recorded and the rest given back.
    pub async fn step(&self, source: &Source, stop: &Stop) -> Result<Step, DaemonError> {
        let mailbox = &source.mailbox.name;
        if self.unsettled().contains(mailbox) {
            self.settle(mailbox).await?;
        }
        let outcome = self.batch(source, stop).await;
        if outcome.as_ref().is_err_and(|error| !error.is_fatal()) {
            self.unsettled().insert(mailbox.clone());
            if let Err(error) = self.settle(mailbox).await {
                tracing::warn!(mailbox.name = %mailbox, error = %error, "claims are given back later");
            }
        }
        outcome
    }

    /// Gives back what is still claimed: a batch was not finished through no fault of its mails.
    async fn settle(&self, mailbox: &str) -> Result<(), DaemonError> {
        self.store.give_back_all(mailbox, &self.owner).await?;
        self.unsettled().remove(mailbox);
        Ok(())
    }

    fn unsettled(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn batch(&self, source: &Source, stop: &Stop) -> Result<Step, DaemonError> {
        let now = self.clock.now();
        self.quarantine_exhausted(source, now).await?;
        let claimed = self.store.claim(&source.mailbox.name, BATCH, now.as_millisecond(), &self.owner, LEASE_MS).await?;
        if claimed.is_empty() {
            return Ok(Step::Idle);
        }
        self.judge(claimed, source, stop).await?;
        Ok(Step::Worked)
    }

    /// Records mails that were read, all together; false where one of them can't be, and everything that is claimed was given back.
    pub(super) async fn record_group(&self, mut judged: Vec<Judged>, source: &Source) -> Result<bool, DaemonError> {
        if judged.is_empty() {
            return Ok(true);
        }
        failpoint!("process.read");
        // Durable before the records speak of them.
        self.blobs.settle(judged.iter_mut().flat_map(|one| std::mem::take(&mut one.written)).collect()).await?;
        failpoint!("process.kept");
        match self.commit(&judged, source).await {
            Ok(()) => Ok(true),
            // The record can't be written now: no mail is to blame.
            Err(error) if error.is_transient() || error.is_fatal() => Err(error),
            Err(error) => {
                tracing::error!(messages = judged.len(), error = %error, "a batch can't be recorded; each mail by itself");
                self.one_by_one(judged, source).await
            }
        }
    }

    async fn quarantine_exhausted(&self, source: &Source, now: Timestamp) -> Result<(), DaemonError> {
        for exhausted in self.store.exhausted(&source.mailbox.name, now.as_millisecond()).await? {
            let why = exhausted.last_error.unwrap_or_else(|| "处理时程序意外中断".into());
            let mut tx = self.store.begin().await?;
            let because = format!("{MAX_ATTEMPTS}次处理均未成功：{why}");
            if tx.quarantine(exhausted.id, &because).await? {
                let entry = By::program(now.as_millisecond()).because(because);
                tx.audit(entry.entry(Act::MessageQuarantined, format!("message/{}", exhausted.id), json!({})));
            }
            failpoint!("process.quarantine");
            tx.commit().await?;
            tracing::warn!(message.id = exhausted.id, attempt = exhausted.attempts, "quarantined");
        }
        Ok(())
    }

    /// A mail can't be read: that one and those behind it go back.
    pub(super) async fn put_back(&self, failed: i64, source: &Source, error: DaemonError) -> Result<(), DaemonError> {
        tracing::warn!(message.id = failed, error = %error, "a mail can't be read");
        if error.is_transient() || error.is_fatal() {
            return Err(error);
        }
        self.store.attempt_failed(failed, &self.owner, self.clock.now().as_millisecond(), &error.to_string()).await?;
        self.give_back(source).await
    }

    /// Gives back what is claimed and not recorded.
    pub(super) async fn give_back(&self, source: &Source) -> Result<(), DaemonError> {
        self.store.give_back_all(&source.mailbox.name, &self.owner).await?;
        Ok(())
    }

    pub(super) async fn read_one(&self, claimed: Claimed, source: &Source) -> Result<Judged, (i64, DaemonError)> {
        let id = claimed.id;
        let raw = self.blobs.get_once(&claimed.sha256).await.map_err(|error| (id, error.into()))?;
        let at = Timestamp::from_millisecond(claimed.received_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let header = Arrival {
            received: if claimed.received_is_server_time { Received::At(at) } else { Received::File(at) },
            authserv_id: self.config.smtp.authserv_id.clone(),
            passwords: Vec::new(),
            extent: match claimed.part {
                Part::Whole => Extent::Whole,
                Part::Header | Part::None => Extent::HeaderOnly(claimed.bytes),
            },
        };
        let watch = Stopwatch::start();
        let read = source.pool.read(&header, &raw).await;
        self.meters.took(Stage::Parse, watch);
        self.meters.pulses.mark(Loop::Judge, &source.mailbox.name);
        let mut intake = match read {
            Ok(intake) if intake.reading.message.sha256 == claimed.sha256 => intake,
            Ok(_) => return Err((id, BlobError::Changed(claimed.sha256).into())),
            Err(_) if sha256_hex(&raw) != claimed.sha256 => return Err((id, BlobError::Changed(claimed.sha256).into())),
            Err(error) => return Err((id, of_worker(error))),
        };
        tracing::info!(message.id = id, attempt = claimed.attempts, duration_ms = watch.elapsed().as_millis() as u64, "read");
        self.look_up_sender(id, raw, header.extent, &mut intake).await;
        let written = self.write(&mut intake).await.map_err(|error| (id, error))?;
        Ok(Judged { claimed, intake, opened: None, written: vec![written] })
    }

    /// Finds out about the sender what our provider didn't tell, where anything depends on it: a case that it could
    /// change, a letter that it would get.
    async fn look_up_sender(&self, message: i64, raw: Vec<u8>, extent: Extent, intake: &mut Intake) {
        let open = matches!(intake.thread.authentication, Authentication::Unknown | Authentication::Unchecked);
        let matters = matches!(intake.reading.kind, Kind::Submission | Kind::Supplement) || !intake.thread.passwords.is_empty();
        let Some(senders) = self.senders.as_ref().filter(|_| open && matters) else { return };
        let verdict = match extent {
            Extent::Whole => senders.verdict(Arc::new(raw), intake.thread.handover.clone(), intake.reading.message.from.domain()).await,
            Extent::HeaderOnly(_) => Authentication::Unknown,
        };
        let received = intake.reading.message.received_at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let age = self.clock.now().duration_since(received);
        // Keys are changed and servers move: what fails today may have been right when it came.
        let is_old = age > OLD;
        intake.thread.authentication = if is_old && verdict == Authentication::Fail { Authentication::Unknown } else { verdict };
        tracing::info!(message.id = message, sender = ?intake.thread.authentication, "looked up");
    }

    /// Writes the files of a mail, which are made durable with others', and holds on to those that letters need.
    pub(super) async fn write(&self, intake: &mut Intake) -> Result<Written, DaemonError> {
        let files = intake.files.clone();
        let is_sent = |sha256: &str| {
            let mut traces = intake.traces.iter();
            traces.any(|trace| trace.form_sha256 == sha256 || trace.annotated.iter().any(|copy| copy.sha256 == sha256))
        };
        intake.files.retain(|file| is_sent(&file.sha256));
        Ok(self.blobs.write(files).await?)
    }

    async fn commit(&self, judged: &[Judged], source: &Source) -> Result<(), DaemonError> {
        let watch = Stopwatch::start();
        let mut tx = self.store.begin().await?;
        let mut told = Vec::new();
        for one in judged {
            tx.gather();
            told.extend(self.record(one, source, &mut tx).await?);
            failpoint!("process.recorded");
        }
        tx.commit().await?;
        self.meters.took(Stage::Store, watch);
        self.meters.pulses.mark(Loop::Judge, &source.mailbox.name);
        told.iter().for_each(|told| told.tell(&self.meters));
        Ok(())
    }

    async fn one_by_one(&self, judged: Vec<Judged>, source: &Source) -> Result<bool, DaemonError> {
        for one in judged {
            let id = one.claimed.id;
            match self.commit(&[one], source).await {
                Ok(()) => {}
                Err(error) if error.is_transient() || error.is_fatal() => return Err(error),
                Err(error) => {
                    tracing::error!(message.id = id, error = %error, "a mail can't be recorded");
                    self.store.attempt_failed(id, &self.owner, self.clock.now().as_millisecond(), &error.to_string()).await?;
                    failpoint!("process.failed");
                    // Those behind it wait: no correction may overtake its original.
                    self.give_back(source).await?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

pub(super) fn of_worker(error: WorkerError) -> DaemonError {
    if error.is_transient() { DaemonError::Worker(error.to_string()) } else { DaemonError::Reading(error.to_string()) }
}
