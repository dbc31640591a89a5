//! Processing: claimed mails, read by the workers in parallel, decided one after the other, recorded with
//! their replies in one transaction for the batch.
//!
//! An attempt is counted, and committed, by the claim, before anything is tried. A mail that can't be read
//! goes back to the head of the queue; the third time it goes to quarantine and the rest goes on.

use super::receive::Source;
use super::{DaemonError, Step, reply};
use crate::clock::Clock;
use crate::config::{CampaignFile, Config};
use crate::intake::{Arrival, Extent, Received, decide, supplement};
use crate::model::decision::{CaseChange, Context, Decision, Disposition, KnownCase};
use crate::model::defect::Severity;
use crate::model::reading::{CaseReading, CaseStatus, Intake, WindowPlace};
use crate::model::workdays::Workdays;
use crate::store::{Blobs, CaseEntry, Claimed, MAX_ATTEMPTS, Part, Store, Transaction, Verdict};
use crate::worker::WorkerError;
use futures::StreamExt;
use jiff::Timestamp;
use std::sync::Arc;

/// Mails of one batch: one group commit.
const BATCH: u32 = 32;
/// How long a batch may be worked on before another process may take it.
const LEASE_MS: i64 = 15 * 60 * 1000;

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
    /// When a backup was put back, in unix milliseconds: mails from before may have been answered already.
    pub restored_ms: Option<i64>,
}

/// A mail that was read.
struct Judged {
    claimed: Claimed,
    intake: Intake,
}

/// One case as it was recorded: what its reply needs.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// Its row.
    pub id: i64,
    /// Its number; none for a possible revision.
    pub number: Option<String>,
    /// Where it is placed.
    pub place: WindowPlace,
    /// As it stands now, where files that followed have mended something in it.
    pub mended: Option<CaseReading>,
}

impl Judge {
    /// Judges one batch of a mailbox.
    pub async fn step(&self, source: &Source) -> Result<Step, DaemonError> {
        let now = self.clock.now();
        self.quarantine_exhausted(source, now).await?;
        let claimed = self.store.claim(&source.mailbox.name, BATCH, now.as_millisecond(), &self.owner, LEASE_MS).await?;
        if claimed.is_empty() {
            return Ok(Step::Idle);
        }
        let judged = self.read(claimed, source).await?;
        self.keep(&judged).await?;
        if let Err(error) = self.commit(&judged, source).await {
            tracing::error!(messages = judged.len(), error = %error, "a batch can't be recorded; each mail by itself");
            self.one_by_one(judged, source).await?;
        }
        Ok(Step::Worked)
    }

    async fn quarantine_exhausted(&self, source: &Source, now: Timestamp) -> Result<(), DaemonError> {
        for exhausted in self.store.exhausted(&source.mailbox.name, now.as_millisecond()).await? {
            let why = exhausted.last_error.unwrap_or_else(|| "处理时程序意外中断".into());
            let mut tx = self.store.begin().await?;
            tx.quarantine(exhausted.id, &format!("{MAX_ATTEMPTS}次处理均未成功：{why}")).await?;
            tx.commit().await?;
            tracing::warn!(message.id = exhausted.id, attempt = exhausted.attempts, "quarantined");
        }
        Ok(())
    }

    /// Reads a batch on all workers, in order up to the first mail that can't be read. That one and those
    /// behind it go back: no correction may overtake its original.
    async fn read(&self, claimed: Vec<Claimed>, source: &Source) -> Result<Vec<Judged>, DaemonError> {
        let ids: Vec<i64> = claimed.iter().map(|claimed| claimed.id).collect();
        let parallel = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let mut readings = futures::stream::iter(claimed).map(|claimed| self.read_one(claimed, source)).buffered(parallel);
        let mut judged: Vec<Judged> = Vec::new();
        while let Some(outcome) = readings.next().await {
            match outcome {
                Ok(one) => judged.push(one),
                Err((id, error)) => {
                    drop(readings);
                    self.put_back(id, &ids, judged.len(), &error).await?;
                    if error.is_transient() {
                        return Err(error);
                    }
                    break;
                }
            }
        }
        Ok(judged)
    }

    async fn put_back(&self, failed: i64, ids: &[i64], read: usize, error: &DaemonError) -> Result<(), DaemonError> {
        tracing::warn!(message.id = failed, error = %error, "a mail can't be read");
        for id in ids.iter().skip(read) {
            if *id == failed && !error.is_transient() {
                self.store.attempt_failed(*id, &self.owner, self.clock.now().as_millisecond(), &error.to_string()).await?;
            } else {
                self.store.give_back(*id, &self.owner).await?;
            }
        }
        Ok(())
    }

    async fn read_one(&self, claimed: Claimed, source: &Source) -> Result<Judged, (i64, DaemonError)> {
        let id = claimed.id;
        let raw = self.blobs.get(&claimed.sha256).await.map_err(|error| (id, error.into()))?;
        let at = Timestamp::from_millisecond(claimed.received_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let header = Arrival {
            received: if claimed.received_is_server_time { Received::At(at) } else { Received::File(at) },
            authserv_id: self.config.smtp.authserv_id.clone(),
            extent: match claimed.part {
                Part::Whole => Extent::Whole,
                Part::Header | Part::None => Extent::HeaderOnly(claimed.bytes),
            },
        };
        let intake = source.pool.read(&header, &raw).await.map_err(|error| (id, of_worker(error)))?;
        Ok(Judged { claimed, intake })
    }

    /// Makes the files of a batch durable before its records speak of them.
    async fn keep(&self, judged: &[Judged]) -> Result<(), DaemonError> {
        let files = judged.iter().flat_map(|judged| judged.intake.files.iter().cloned()).collect();
        Ok(self.blobs.put_all(files).await?)
    }

    async fn commit(&self, judged: &[Judged], source: &Source) -> Result<(), DaemonError> {
        let mut tx = self.store.begin().await?;
        for one in judged {
            self.record(one, source, &mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn one_by_one(&self, judged: Vec<Judged>, source: &Source) -> Result<(), DaemonError> {
        for one in judged {
            let id = one.claimed.id;
            if let Err(error) = self.commit(&[one], source).await {
                self.store.attempt_failed(id, &self.owner, self.clock.now().as_millisecond(), &error.to_string()).await?;
                if error.is_transient() {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Everything that one mail changes: disposition, cases, evidence and the queued reply.
    async fn record(&self, judged: &Judged, source: &Source, tx: &mut Transaction) -> Result<(), DaemonError> {
        let Judged { claimed, intake } = judged;
        let campaign = &source.campaign;
        let context = tx.context(intake, &campaign.campaign.id, claimed.id).await?;
        let too_old = self.is_skipped(claimed, intake, source);
        let decision = if too_old { skipped() } else { decide::decide(intake, &context) };
        let verdict = Verdict {
            message: claimed.id,
            disposition: decision.disposition,
            because: &decision.because,
            duplicate_of: decision.duplicate_of,
            intake: Some(intake),
        };
        if !tx.set_disposition(&verdict).await? {
            return Ok(());
        }
        if enters_the_record(decision.disposition) {
            tx.add_texts(&intake.texts).await?;
        }
        if let Some(report) = &intake.thread.report {
            let told = tx.note_delivery_report(claimed.id, report, &intake.thread).await?;
            tracing::info!(message.id = claimed.id, outbox.id = told, "a delivery report");
        }
        let recorded = self.record_cases(claimed, intake, &decision, &context, campaign, tx).await?;
        let answered = reply::Answered { source, claimed, intake, decision: &decision, recorded: &recorded, context: &context };
        if let Some(outgoing) = reply::plan(self, answered, tx).await? {
            tx.enqueue(&outgoing.as_outgoing()).await?;
        }
        tracing::info!(message.id = claimed.id, mailbox.name = %claimed.mailbox, disposition = decision.disposition.as_str(), "judged");
        Ok(())
    }

    /// A file has no server's time before it is read; then its `Received` tells whether it is too old.
    fn is_skipped(&self, claimed: &Claimed, intake: &Intake, source: &Source) -> bool {
        let received = intake.reading.message.received_at.parse::<Timestamp>();
        !claimed.received_is_server_time && received.is_ok_and(|received| source.since.is_some_and(|since| received < since))
    }

    async fn record_cases(
        &self,
        claimed: &Claimed,
        intake: &Intake,
        decision: &Decision,
        context: &Context,
        campaign: &CampaignFile,
        tx: &mut Transaction,
    ) -> Result<Vec<Recorded>, DaemonError> {
        let mut recorded = Vec::new();
        for (form_index, (reading, change)) in intake.reading.cases.iter().zip(&decision.changes).enumerate() {
            let Some(trace) = intake.traces.get(form_index) else { continue };
            let known = revised(change, context);
            let place = known.map_or(&reading.window, |known| &known.place);
            let entry = CaseEntry {
                campaign: &campaign.campaign.id,
                campaign_sha256: &campaign.sha256,
                message: claimed.id,
                form_index,
                sender: &intake.reading.message.from.address,
                received_ms: received_ms(intake, claimed),
                reading,
                trace,
                place,
                status: status(reading, place),
            };
            recorded.push(self.record_case(change, known.and_then(|known| known.number.clone()), &entry, campaign, tx).await?);
        }
        let of_case = context.cases.iter().find(|known| Some(known.id) == decision.supplements);
        if let Some(known) = of_case {
            recorded.push(self.record_supplement(claimed, intake, known, campaign, tx).await?);
        } else {
            tx.add_evidence(claimed.id, None, None, &intake.reading.evidence).await?;
        }
        Ok(recorded)
    }

    /// Files that follow a form: kept with its case, and a revision of it where they mend something.
    async fn record_supplement(
        &self,
        claimed: &Claimed,
        intake: &Intake,
        known: &KnownCase,
        campaign: &CampaignFile,
        tx: &mut Transaction,
    ) -> Result<Recorded, DaemonError> {
        let files = supplement::files(intake);
        let latest = tx.latest_reading(known.id).await?;
        let mended = latest.and_then(|(reading, trace)| Some((supplement::mended(&reading, &files)?, trace)));
        match &mended {
            None => tx.add_evidence(claimed.id, None, Some((known.id, known.revision)), &files).await?,
            Some((reading, trace)) => {
                let entry = CaseEntry {
                    campaign: &campaign.campaign.id,
                    campaign_sha256: &campaign.sha256,
                    message: claimed.id,
                    form_index: 0,
                    sender: &intake.reading.message.from.address,
                    received_ms: received_ms(intake, claimed),
                    reading,
                    trace,
                    place: &known.place,
                    status: status(reading, &known.place),
                };
                tx.add_revision(known.id, &entry).await?;
                tx.cancel_waiting(known.id, "correction", self.clock.now().as_millisecond()).await?;
            }
        }
        let mended = mended.map(|(reading, _)| reading);
        Ok(Recorded { id: known.id, number: known.number.clone(), place: known.place.clone(), mended })
    }

    async fn record_case(
        &self,
        change: &CaseChange,
        number: Option<String>,
        entry: &CaseEntry<'_>,
        campaign: &CampaignFile,
        tx: &mut Transaction,
    ) -> Result<Recorded, DaemonError> {
        let place = entry.place.clone();
        Ok(match change {
            CaseChange::Open => {
                let number = tx.next_number(&campaign.campaign.id, &campaign.campaign.number_prefix).await?;
                Recorded { id: tx.open_case(entry, &number).await?, number: Some(number), place, mended: None }
            }
            CaseChange::Revise(id) => {
                tx.add_revision(*id, entry).await?;
                tx.cancel_waiting(*id, "correction", self.clock.now().as_millisecond()).await?;
                Recorded { id: *id, number, place, mended: None }
            }
            CaseChange::PossiblyRevise(beside) => {
                Recorded { id: tx.add_possible_revision(*beside, entry).await?, number: None, place, mended: None }
            }
        })
    }
}

/// Whether what a mail says may be searched: not what is held, skipped, or known already.
fn enters_the_record(disposition: Disposition) -> bool {
    match disposition {
        Disposition::Quarantined | Disposition::Skipped | Disposition::Duplicate | Disposition::Automatic => false,
        Disposition::Case
        | Disposition::Revision
        | Disposition::PossibleRevision
        | Disposition::Supplement
        | Disposition::Guidance
        | Disposition::Inquiry => true,
    }
}

fn skipped() -> Decision {
    Decision {
        disposition: Disposition::Skipped,
        changes: Vec::new(),
        supplements: None,
        duplicate_of: None,
        because: "早于本邮箱设定的起始日期".into(),
    }
}

fn revised<'a>(change: &CaseChange, context: &'a Context) -> Option<&'a KnownCase> {
    match change {
        CaseChange::Revise(id) => context.cases.iter().find(|known| known.id == *id),
        CaseChange::Open | CaseChange::PossiblyRevise(_) => None,
    }
}

/// A case keeps the window of its first form, so a correction after the close is not late.
fn status(reading: &CaseReading, place: &WindowPlace) -> CaseStatus {
    match (place.late, reading.defects.iter().any(|defect| defect.severity == Severity::Correct)) {
        (true, _) => CaseStatus::Late,
        (false, true) => CaseStatus::NeedsCorrection,
        (false, false) => CaseStatus::Accepted,
    }
}

/// The instant that the reading was judged by.
pub(super) fn received_ms(intake: &Intake, claimed: &Claimed) -> i64 {
    intake.reading.message.received_at.parse::<Timestamp>().map_or(claimed.received_ms, Timestamp::as_millisecond)
}

fn of_worker(error: WorkerError) -> DaemonError {
    if error.is_transient() { DaemonError::Worker(error.to_string()) } else { DaemonError::Reading(error.to_string()) }
}
