//! The summary reply (汇总回执): past the cap of a day a sender gets no more replies, and after midnight one that
//! lists everything of that day which wasn't answered.
//!
//! It is queued in the transaction that marks its mails as told, so it goes once, over restarts too. It counts as one
//! of the new day's replies, and one that is very long waits for a person: a machine sent so much.

use super::receive::Source;
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
        let asks = entries.iter().any(SummaryEntry::asks);
        let office = Office::of(&self.config, &self.workdays);
        let not_before = if asks { office.in_hours(now) } else { now };
        let deadline = office.deadline(not_before).map(|at| Deadline { at, working_days: office.working_days });
        let cases: BTreeSet<i64> = entries.iter().flat_map(|entry| entry.cases.iter().map(|case| case.id)).collect();
        let state = self.summary_state(&entries, asks);
        let envelope = Envelope { to: &to, from: &from_field(from), message_id: &message_id, in_reply_to: in_reply_to.as_deref(), now };
        let mail = write(&mut entries, campaign, &envelope, if asks { deadline } else { None })?;
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

/// What surrounds the text.
struct Envelope<'a> {
    to: &'a Address,
    from: &'a str,
    message_id: &'a str,
    in_reply_to: Option<&'a str>,
    now: Timestamp,
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
        cases: told.map(|(case, recorded)| summary_case(recorded.id, case)).collect(),
        defects: if is_told && !is_supplement { intake.reading.defects.clone() } else { Vec::new() },
        files: hidden.chain(shared).map(summary_file).collect(),
        lacks_form: decision.disposition == Disposition::Guidance,
    })
}

fn summary_case(id: i64, case: &LetterCase<'_>) -> SummaryCase {
    SummaryCase {
        id,
        number: case.number.map(str::to_owned),
        title: case.title.map(str::to_owned),
        unit: case.unit.map(str::to_owned),
        place: case.window.clone(),
        defects: case.defects.to_vec(),
        files: case.files.iter().map(summary_file).collect(),
    }
}

fn summary_file(file: &LetterFile<'_>) -> SummaryFile {
    SummaryFile { name: file.name.to_owned(), bytes: file.bytes }
}

fn write(
    entries: &mut [SummaryEntry],
    campaign: &CampaignFile,
    envelope: &Envelope<'_>,
    deadline: Option<Deadline>,
) -> Result<Rendered, ComposeError> {
    let newer = overtaken(entries);
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
        .zip(cases.iter().zip(&shared).zip(&newer))
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
