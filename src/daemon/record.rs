//! Recording: everything that one mail changes, within the transaction of its batch: disposition, cases,
//! evidence, and the queued reply.

use super::process::{Judge, Judged};
use super::receive::Source;
use super::told::Told;
use super::{DaemonError, reply, trail};
use crate::config::CampaignFile;
use crate::intake::correction::{self, Arrived};
use crate::intake::schedule::Office;
use crate::intake::{decide, region, supplement, window};
use crate::model::audit::Act;
use crate::model::decision::{CaseChange, Context, Decision, Disposition, KnownCase};
use crate::model::placement::Placement;
use crate::model::reading::{CaseReading, CaseStatus, CaseTrace, Intake, WindowPlace};
use crate::model::roster::Roster;
use crate::model::ruling;
use crate::store::{CaseEntry, Claimed, Transaction, Verdict};
use jiff::Timestamp;
use std::sync::Arc;

/// One case as it was recorded: what its reply needs.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// Its row.
    pub id: i64,
    /// Its number; none for a possible revision.
    pub number: Option<String>,
    /// Where it is placed.
    pub place: WindowPlace,
    /// As it stands now, where files that followed or came before have mended something in it.
    pub mended: Option<CaseReading>,
    /// Whether the case's latest form is a newer one.
    pub is_overtaken: bool,
    /// Whether it still keeps the place of its first form when it is corrected in time.
    pub keeps_place: bool,
}

impl Judge {
    /// Everything that one mail changes: disposition, cases, evidence and the queued reply. The result is for the log, once it
    /// is committed; none where somebody else has recorded it.
    pub(super) async fn record(&self, judged: &Judged, source: &Source, tx: &mut Transaction) -> Result<Option<Told>, DaemonError> {
        let claimed = &judged.claimed;
        let campaign = &source.campaign;
        let (intake, context) = judged.in_context(&campaign.campaign.id, tx).await?;
        let too_old = self.is_skipped(claimed, intake, source);
        let decision = if too_old { skipped() } else { decide::decide(intake, &context) };
        let only_opens = decision.changes.iter().all(|change| *change == CaseChange::Open) && decision.supplements.is_none();
        if claimed.is_replay || !only_opens {
            tx.at_once().await?;
        }
        let verdict = Verdict {
            message: claimed.id,
            disposition: decision.disposition,
            because: &decision.because,
            duplicate_of: decision.duplicate_of,
            intake: Some(intake),
        };
        if !tx.set_disposition(&verdict).await? {
            return Ok(None);
        }
        let mut told = Told { message: claimed.id, mailbox: claimed.mailbox.clone(), disposition: decision.disposition, reply: None };
        if let Some(report) = &intake.thread.report {
            let told = tx.note_delivery_report((claimed.id, self.clock.now().as_millisecond()), report, &intake.thread).await?;
            tracing::info!(message.id = claimed.id, outbox.id = told, "a delivery report");
        }
        if let Some(opened) = context.opened.as_deref().filter(|_| trail::is_classified(intake)) {
            tx.classify(opened).await?;
        }
        let now_ms = self.clock.now().as_millisecond();
        trail::quarantined(claimed.id, intake, &decision, now_ms).into_iter().for_each(|entry| tx.audit(entry));
        if enters_the_record(decision.disposition) {
            tx.add_texts(&intake.texts).await?;
        }
        let recorded = self.record_cases(claimed, intake, &decision, &context, campaign, tx).await?;
        if claimed.is_replay {
            tx.judge_thread_again(claimed.id).await?;
        }
        let is_overtaken = !recorded.is_empty() && recorded.iter().all(|recorded| recorded.is_overtaken);
        let answered = reply::Answered { source, claimed, intake, decision: &decision, recorded: &recorded, context: &context };
        // The unit has sent a newer form meanwhile, and was answered: nothing is asked of the older one.
        if !is_overtaken
            && let Some(outgoing) = reply::plan(self, answered, tx).await?
            && let Some(id) = tx.enqueue(&outgoing.as_outgoing()).await?
        {
            tx.keep_letter(id, outgoing.letter.as_deref(), outgoing.until.map(Timestamp::as_millisecond)).await?;
            for case in &outgoing.asked {
                tx.note_asked(id, *case, received_ms(intake, claimed)).await?;
            }
            told.reply = Some((id, outgoing.kind));
        }
        Ok(Some(told))
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
        let roster = if decision.changes.is_empty() { Arc::default() } else { tx.roster(&campaign.campaign.id).await? };
        for (form_index, (reading, change)) in intake.reading.cases.iter().zip(&decision.changes).enumerate() {
            let Some(trace) = intake.traces.get(form_index) else { continue };
            let known = revised(change, context);
            let mended = earlier_seal(reading, change, tx).await?;
            let reading = doubted(mended.as_ref().unwrap_or(reading), intake, campaign, &roster);
            let settled = settled(known, &reading, tx).await?;
            let judged = settled.as_ref().unwrap_or(&reading);
            // What lay in the same archive has the place of the case that stood for it.
            let beside = known.or_else(|| beside(change, context));
            let (placement, keeps_place) = self.placement(beside, judged, received(intake, claimed), campaign, tx).await?;
            let entry = entry((claimed, intake), form_index, (&reading, trace), &placement, campaign);
            let of_case = self.record_case(change, known.and_then(|known| known.number.clone()), &entry, campaign, tx).await?;
            recorded.push(Recorded { mended: settled.or(mended), keeps_place, ..of_case });
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
        let now_ms = self.clock.now().as_millisecond();
        let files = supplement::files(intake);
        let latest = tx.latest_reading(known.id).await?;
        let mended = latest.and_then(|(reading, trace)| supplement::mended((&reading, &trace), intake));
        let (mut place, mut keeps_place, mut settled_now) = (known.place.clone(), true, None);
        match &mended {
            None => {
                tx.add_evidence(claimed.id, None, Some((known.id, known.revision)), &files).await?;
                tx.audit(trail::supplement((known.id, known.number.as_deref()), claimed.id, now_ms));
            }
            Some((reading, trace)) => {
                settled_now = settled(Some(known), reading, tx).await?;
                let judged = settled_now.as_ref().unwrap_or(reading);
                let placement = self.placement(Some(known), judged, received(intake, claimed), campaign, tx).await?;
                keeps_place = placement.1;
                let entry = entry((claimed, intake), 0, (reading, trace), &placement.0, campaign);
                let revision = tx.add_revision(known.id, &entry).await?;
                tx.audit(trail::case(Act::CaseSupplemented, (known.id, known.number.as_deref()), Some(revision), &entry, now_ms));
                tx.asks_no_more(known.id, now_ms).await?;
                tx.withdraw_reminders(known.id, now_ms).await?;
                place.clone_from(&placement.0.place);
            }
        }
        let mended = settled_now.or(mended.map(|(reading, _)| reading));
        Ok(Recorded { id: known.id, number: known.number.clone(), place, mended, is_overtaken: false, keeps_place })
    }

    /// Where a case stands with this reading, and whether a correction of it would still keep that place.
    async fn placement(
        &self,
        known: Option<&KnownCase>,
        reading: &CaseReading,
        received: Timestamp,
        campaign: &CampaignFile,
        tx: &mut Transaction,
    ) -> Result<(Placement, bool), DaemonError> {
        let Some(known) = known else { return Ok((correction::first(&reading.window, received), true)) };
        let course = tx.course(known.id).await?;
        let office = Office::of(&self.config, &self.workdays);
        let arrived = Arrived { received, is_complete: !reading.lacks_something() };
        let placement = correction::placed(&course, arrived, &campaign.campaign.calendar, &office);
        Ok((placement, correction::is_within(&course, received, &office)))
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
        let now_ms = self.clock.now().as_millisecond();
        Ok(match change {
            CaseChange::Open => {
                let number = tx.next_number(&campaign.campaign.id, &campaign.campaign.number_prefix).await?;
                let id = tx.open_case(entry, &number).await?;
                tx.audit(trail::case(Act::CaseOpened, (id, Some(&number)), Some(1), entry, now_ms));
                Recorded { id, number: Some(number), place, mended: None, is_overtaken: false, keeps_place: true }
            }
            CaseChange::Revise(id) if tx.is_overtaken(entry.message, *id).await? => {
                let revision = tx.add_overtaken_revision(*id, &CaseEntry { placement: None, ..*entry }).await?;
                tx.audit(trail::case(Act::CaseRevised, (*id, number.as_deref()), Some(revision), entry, now_ms));
                Recorded { id: *id, number, place, mended: None, is_overtaken: true, keeps_place: true }
            }
            CaseChange::Revise(id) => {
                let revision = tx.add_revision(*id, entry).await?;
                tx.audit(trail::case(Act::CaseRevised, (*id, number.as_deref()), Some(revision), entry, now_ms));
                tx.asks_no_more(*id, now_ms).await?;
                tx.withdraw_reminders(*id, now_ms).await?;
                Recorded { id: *id, number, place, mended: None, is_overtaken: false, keeps_place: true }
            }
            CaseChange::PossiblyRevise(beside) => {
                let id = tx.add_possible_revision(*beside, entry).await?;
                tx.audit(trail::case(Act::CasePossibleRevision, (id, None), Some(1), entry, now_ms));
                Recorded { id, number: None, place, mended: None, is_overtaken: false, keeps_place: true }
            }
        })
    }
}

/// The form as it stands with the stamped scan of an earlier version, where it brings none itself.
async fn earlier_seal(reading: &CaseReading, change: &CaseChange, tx: &mut Transaction) -> Result<Option<CaseReading>, DaemonError> {
    let CaseChange::Revise(id) = change else { return Ok(None) };
    Ok(tx.latest_reading(*id).await?.and_then(|(earlier, _)| supplement::with_earlier_seal(reading, &earlier)))
}

/// The form that comes to a case, with what people settled about that over it; none where they settled nothing.
async fn settled(known: Option<&KnownCase>, reading: &CaseReading, tx: &mut Transaction) -> Result<Option<CaseReading>, DaemonError> {
    let Some(known) = known else { return Ok(None) };
    let rulings = tx.standing(known.id).await?;
    Ok((!rulings.is_empty()).then(|| ruling::settled(reading, known.revision.saturating_add(1), &rulings)))
}

/// A reading of a case's form as the record takes it: from a form, or from files that followed one.
fn entry<'a>(
    (claimed, intake): (&'a Claimed, &'a Intake),
    form_index: usize,
    (reading, trace): (&'a CaseReading, &'a CaseTrace),
    placement: &'a Placement,
    campaign: &'a CampaignFile,
) -> CaseEntry<'a> {
    CaseEntry {
        campaign: &campaign.campaign.id,
        campaign_sha256: &campaign.sha256,
        message: claimed.id,
        form_index,
        sender: &intake.reading.message.from.address,
        received_ms: received_ms(intake, claimed),
        reading,
        trace,
        place: &placement.place,
        placement: Some(placement),
        status: CaseStatus::of(reading, &placement.place),
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

/// The case that stood for the archive from which another one is opened.
fn beside<'a>(change: &CaseChange, context: &'a Context) -> Option<&'a KnownCase> {
    let stood = context.cases.iter().find(|known| context.opened.is_some() && known.shut == context.opened);
    stood.filter(|_| matches!(change, CaseChange::Open))
}

/// The reading with a check for a coordinator, where the clocks disagree on when the mail came, and with what the roster
/// says of its unit.
pub(super) fn doubted(reading: &CaseReading, intake: &Intake, campaign: &CampaignFile, roster: &Roster) -> CaseReading {
    let mut reading = reading.clone();
    region::by_roster(&mut reading, roster);
    reading.defects.extend(window::doubt(&intake.clocks, &campaign.campaign.calendar));
    reading
}

fn received(intake: &Intake, claimed: &Claimed) -> Timestamp {
    Timestamp::from_millisecond(received_ms(intake, claimed)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The instant that the reading was judged by.
pub(super) fn received_ms(intake: &Intake, claimed: &Claimed) -> i64 {
    intake.reading.message.received_at.parse::<Timestamp>().map_or(claimed.received_ms, Timestamp::as_millisecond)
}
