//! The summary reply (汇总回执): past the cap of a day a sender gets no more replies, and after midnight one that
//! lists everything of that day which wasn't answered.
//!
//! It is queued in the transaction that marks its mails as told, so it goes once, over restarts too. It counts as one
//! of the new day's replies, and one that is very long waits for a person: a machine sent so much.

use super::receive::Source;
use super::record::Recorded;
use super::reply::{Answered, from_field, personal};
use super::{DaemonError, Judge, Step, mint};
use crate::config::{CampaignFile, ReplyMode};
use crate::intake::compose::{self, ComposeError, Deadline, Disclosure, Letter, LetterCase, LetterFile, LetterKind, LetterMail};
use crate::intake::schedule::Office;
use crate::model::address::Address;
use crate::model::decision::Disposition;
use crate::model::outbox::{OutboxState, Rendered, SUMMARY};
use crate::model::reading::Authentication;
use crate::model::summary::{SummaryCase, SummaryEntry, SummaryFile, overtaken};
use crate::model::time;
use crate::store::{Outgoing, SummaryDue};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A sender who isn't a machine sends no more in a day.
const MOST: usize = 100;

impl Judge {
    /// Queues the summaries of days that are over.
    pub(super) async fn summarise(&self, sources: &[Source]) -> Result<Step, DaemonError> {
        let now = self.clock.now();
        let midnight = time::start_of(time::local(now).date()).unwrap_or(now);
        let mut step = Step::Idle;
        for due in self.store.summaries_due(midnight.as_millisecond()).await? {
            // Of a campaign that is no longer configured nothing can be said; it stays noted.
            let Some(source) = sources.iter().find(|source| source.campaign.campaign.id == due.campaign) else { continue };
            self.summarise_one(&due, &source.campaign, now).await?;
            step = Step::Worked;
        }
        Ok(step)
    }

    async fn summarise_one(&self, due: &SummaryDue, campaign: &CampaignFile, now: Timestamp) -> Result<(), DaemonError> {
        let mut tx = self.store.begin().await?;
        let (messages, mut entries): (Vec<i64>, Vec<SummaryEntry>) = tx.summary_items(due).await?.into_iter().unzip();
        let (Some(first), Some(last)) = (messages.first(), entries.last()) else { return Ok(()) };
        let (to, in_reply_to) = (last.to.clone(), last.message_id.clone());
        let from = self.config.smtp.from();
        let words = [SUMMARY, &due.campaign, &due.recipient, &first.to_string()];
        let message_id = mint::message_id(&self.key, &words, &from.domain());
        let newer = overtaken(&mut entries);
        let asks = entries.iter().any(SummaryEntry::asks);
        let office = Office::of(&self.config, &self.workdays);
        let not_before = if asks { office.in_hours(now) } else { now };
        let deadline = deadline(&entries, not_before, &office);
        let cases: BTreeSet<i64> = entries.iter().flat_map(|entry| entry.cases.iter().map(|case| case.id)).collect();
        let state = self.summary_state(&entries, asks);
        let envelope = Envelope { to: &to, from: &from_field(from), message_id: &message_id, in_reply_to: in_reply_to.as_deref(), now };
        let mail = write((&entries, &newer), campaign, &envelope, deadline)?;
        let outgoing = Outgoing {
            kind: SUMMARY,
            campaign: &due.campaign,
            mail: &mail,
            in_reply_to: in_reply_to.as_deref(),
            source_message: None,
            cases: &cases.into_iter().collect::<Vec<_>>(),
            state,
            not_before_ms: not_before.as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        if let Some(id) = tx.enqueue(&outgoing).await? {
            tx.summary_told(due, id).await?;
            let until = deadline.and_then(|deadline| time::shanghai().to_timestamp(deadline.at).ok());
            tx.keep_letter(id, None, until.map(Timestamp::as_millisecond)).await?;
            for (case, received_ms) in asked(&entries) {
                tx.note_asked(id, case, received_ms).await?;
            }
            tracing::info!(outbox.id = id, messages = messages.len(), "a summary reply");
        }
        failpoint!("summary.queued");
        Ok(tx.commit().await?)
    }

    fn summary_state(&self, entries: &[SummaryEntry], asks: bool) -> OutboxState {
        let by_mode = match self.config.replies.mode {
            ReplyMode::All => false,
            ReplyMode::Receipts => asks,
            ReplyMode::Hold => true,
        };
        let perhaps_told = self.restored_ms.is_some_and(|restored| entries.iter().any(|entry| entry.received_ms < restored));
        if by_mode || perhaps_told || entries.len() > MOST { OutboxState::Held } else { OutboxState::Queued }
    }
}

/// The cases that a summary asks to correct, with the instant at which the form was received that it asks about.
fn asked(entries: &[SummaryEntry]) -> impl Iterator<Item = (i64, i64)> {
    entries.iter().flat_map(|entry| {
        let open = entry.cases.iter().filter(|case| case.asks() && !case.place.late);
        open.map(|case| (case.id, entry.received_ms))
    })
}

/// By when what a summary asks for is due if it leaves then; none where it asks for nothing, or a case has no place to keep any more.
fn deadline(entries: &[SummaryEntry], leaves: Timestamp, office: &Office<'_>) -> Option<Deadline> {
    let asks = entries.iter().any(SummaryEntry::asks);
    let keeps_place = entries.iter().flat_map(|entry| &entry.cases).filter(|case| case.asks()).all(|case| case.keeps_place);
    let at = office.deadline(leaves).filter(|_| asks && keeps_place)?;
    Some(Deadline { at, working_days: office.working_days })
}

/// A summary that goes later than it says, written again under its Message-ID.
pub(super) fn again(
    mut entries: Vec<SummaryEntry>,
    campaign: &CampaignFile,
    envelope: &Envelope<'_>,
    deadline: Deadline,
) -> Result<Rendered, ComposeError> {
    let newer = overtaken(&mut entries);
    write((&entries, &newer), campaign, envelope, Some(deadline))
}

/// What surrounds the text.
pub(super) struct Envelope<'a> {
    /// To whom.
    pub to: &'a Address,
    /// From whom.
    pub from: &'a str,
    /// With its angle brackets.
    pub message_id: &'a str,
    /// What it answers.
    pub in_reply_to: Option<&'a str>,
    /// The day that it bears.
    pub now: Timestamp,
}

/// What is said of a mail that was just recorded.
pub(super) fn entry(answered: Answered<'_>, cases: &[LetterCase<'_>], shared: &[LetterFile<'_>]) -> Option<SummaryEntry> {
    let Answered { intake, decision, recorded, claimed, .. } = answered;
    let to = intake.thread.reply_to.clone()?;
    // Of a possible revision nothing is told but its files.
    let is_told = decision.disposition != Disposition::PossibleRevision;
    let told = cases.iter().zip(recorded).filter(|_| is_told);
    let hidden = cases.iter().filter(|_| !is_told).flat_map(|case| case.files);
    let is_supplement = decision.disposition == Disposition::Supplement;
    Some(SummaryEntry {
        to,
        received_ms: super::record::received_ms(intake, claimed),
        subject: intake.reading.message.subject.clone(),
        message_id: intake.reading.message.message_id.clone(),
        is_proven: matches!(intake.thread.authentication, Authentication::Pass | Authentication::Unchecked),
        personal: personal(intake),
        cases: told.map(|(case, recorded)| summary_case(recorded, case)).collect(),
        defects: if is_told && !is_supplement { intake.reading.defects.clone() } else { Vec::new() },
        files: hidden.chain(shared).map(summary_file).collect(),
        lacks_form: decision.disposition == Disposition::Guidance,
    })
}

fn summary_case(recorded: &Recorded, case: &LetterCase<'_>) -> SummaryCase {
    SummaryCase {
        id: recorded.id,
        number: case.number.map(str::to_owned),
        title: case.title.map(str::to_owned),
        unit: case.unit.map(str::to_owned),
        place: case.window.clone(),
        defects: case.defects.to_vec(),
        files: case.files.iter().map(summary_file).collect(),
        keeps_place: recorded.keeps_place,
    }
}

pub(super) fn summary_file(file: &LetterFile<'_>) -> SummaryFile {
    SummaryFile { name: file.name.to_owned(), bytes: file.bytes }
}

/// `newer`: for each mail and case the later mail that brings it again.
fn write(
    (entries, newer): (&[SummaryEntry], &[Vec<Option<u32>>]),
    campaign: &CampaignFile,
    envelope: &Envelope<'_>,
    deadline: Option<Deadline>,
) -> Result<Rendered, ComposeError> {
    let files: Vec<Vec<Vec<LetterFile<'_>>>> =
        entries.iter().map(|entry| entry.cases.iter().map(|case| case.files.iter().map(letter_file).collect()).collect()).collect();
    let shared: Vec<Vec<LetterFile<'_>>> = entries.iter().map(|entry| entry.files.iter().map(letter_file).collect()).collect();
    let cases: Vec<Vec<LetterCase<'_>>> = entries
        .iter()
        .zip(&files)
        .map(|(entry, files)| entry.cases.iter().zip(files).map(|(case, files)| letter_case(case, files)).collect())
        .collect();
    let mails: Vec<LetterMail<'_>> = entries
        .iter()
        .zip(cases.iter().zip(&shared).zip(newer))
        .map(|(entry, ((cases, files), newer))| LetterMail {
            received: Timestamp::from_millisecond(entry.received_ms).unwrap_or(envelope.now),
            subject: &entry.subject,
            cases,
            newer,
            defects: &entry.defects,
            files,
            lacks_form: entry.lacks_form,
        })
        .collect();
    let mut seen = BTreeSet::new();
    let all: Vec<LetterCase<'_>> = cases
        .iter()
        .flatten()
        .filter(|case| seen.insert(case.number))
        .map(|case| LetterCase { defects: &[], files: &[], ..*case })
        .collect();
    let unit = all.first().and_then(|case| case.unit).filter(|unit| all.iter().all(|case| case.unit == Some(unit)));
    let personal: Vec<&str> = entries.iter().flat_map(|entry| entry.personal.iter().map(String::as_str)).collect();
    let is_proven = entries.iter().all(|entry| entry.is_proven);
    compose::compose(&Letter {
        kind: LetterKind::Summary,
        campaign: &campaign.campaign,
        salutation: unit,
        received: mails.first().map_or(envelope.now, |mail| mail.received),
        cases: &all,
        defects: &[],
        files: &[],
        mails: &mails,
        deadline,
        to: envelope.to,
        from: envelope.from,
        message_id: envelope.message_id,
        date: envelope.now,
        in_reply_to: envelope.in_reply_to,
        references: &[],
        original_subject: "",
        disclosure: if is_proven { Disclosure::Full } else { Disclosure::Reduced },
        reminding: None,
        said: "",
        annotated: &[],
        personal: &personal,
    })
}

pub(super) fn letter_file(file: &SummaryFile) -> LetterFile<'_> {
    LetterFile { name: &file.name, bytes: file.bytes }
}

pub(super) fn letter_case<'a>(case: &'a SummaryCase, files: &'a [LetterFile<'a>]) -> LetterCase<'a> {
    LetterCase {
        number: case.number.as_deref(),
        title: case.title.as_deref(),
        unit: case.unit.as_deref(),
        window: &case.place,
        defects: &case.defects,
        files,
    }
}
