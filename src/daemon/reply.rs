//! The reply to one mail: whether, when and in which state it is queued, and its letter.
//!
//! It is rendered once, here, with its Message-ID minted; what happens to it afterwards is the outbox's.

use super::process::Judge;
use super::receive::Source;
use super::record::{Recorded, received_ms};
use super::renew::Request;
use super::{DaemonError, annotated, mint, summary};
use crate::config::ReplyMode;
use crate::intake::compose::{self, Deadline, Disclosure, Letter, LetterCase, LetterFile, LetterKind};
use crate::intake::schedule::Office;
use crate::intake::{decide, supplement};
use crate::model::address::Address;
use crate::model::decision::{Context, Decision, Disposition};
use crate::model::defect::Severity;
use crate::model::outbox::{OutboxState, Rendered, ReplyKind};
use crate::model::reading::{CaseReading, Contact, Intake, Reading};
use crate::model::time;
use crate::store::{Claimed, Outgoing, SummaryItem, Transaction};
use jiff::Timestamp;
use std::borrow::Cow;

const DAY_MS: i64 = 86_400_000;

/// A reply, rendered.
pub(super) struct Planned {
    /// `acknowledgement`, `correction` …
    pub kind: &'static str,
    campaign: String,
    mail: Rendered,
    in_reply_to: Option<String>,
    source_message: i64,
    cases: Vec<i64>,
    state: OutboxState,
    not_before: Timestamp,
    now: Timestamp,
    /// What a request is written from, should it be sent later than it says.
    pub letter: Option<String>,
    /// The deadline that it tells.
    pub until: Option<Timestamp>,
    /// The cases that it asks to correct.
    pub asked: Vec<i64>,
}

impl Planned {
    /// As the store queues it.
    pub fn as_outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            kind: self.kind,
            campaign: &self.campaign,
            mail: &self.mail,
            in_reply_to: self.in_reply_to.as_deref(),
            source_message: Some(self.source_message),
            cases: &self.cases,
            state: self.state,
            not_before_ms: self.not_before.as_millisecond(),
            now_ms: self.now.as_millisecond(),
        }
    }
}

/// A mail that was just recorded, with everything that a reply to it speaks of.
#[derive(Clone, Copy)]
pub(super) struct Answered<'a> {
    /// Where it came from.
    pub source: &'a Source,
    /// Its row.
    pub claimed: &'a Claimed,
    /// What was read.
    pub intake: &'a Intake,
    /// Its verdict.
    pub decision: &'a Decision,
    /// Its cases.
    pub recorded: &'a [Recorded],
    /// What was known before.
    pub context: &'a Context,
}

/// Plans the reply to a mail; none where none is due.
pub(super) async fn plan(judge: &Judge, answered: Answered<'_>, tx: &mut Transaction) -> Result<Option<Planned>, DaemonError> {
    let Answered { source, claimed, intake, decision, recorded, .. } = answered;
    let (kind, _) = reply_kind(intake, decision, recorded);
    let from = judge.config.smtp.from();
    let Some(letter_kind) = letter_kind(kind, decision) else { return Ok(None) };
    if let Some(why) = decide::may_not_answer(intake, &from.address, |address| judge.config.replies.is_never(address)) {
        tracing::info!(message.id = claimed.id, because = why, "not answered");
        return Ok(None);
    }
    let Some(to) = &intake.thread.reply_to else { return Ok(None) };
    let Some(disclosure) = Disclosure::of(intake.thread.authentication) else { return Ok(None) };
    let now = judge.clock.now();
    let office = Office::of(&judge.config, &judge.workdays);
    let not_before = office.earliest(kind, now);
    // Past its period a case has no place to keep: nothing is promised any more.
    let keeps_place = recorded.iter().all(|recorded| recorded.keeps_place);
    let deadline = office.deadline(not_before).filter(|_| keeps_place).map(|at| Deadline { at, working_days: office.working_days });
    let message_id = mint::message_id(&judge.key, &[kind.as_str(), &claimed.sha256, &source.campaign.campaign.id], &from.domain());
    let files: Vec<Vec<LetterFile<'_>>> = intake.reading.cases.iter().enumerate().map(|(at, case)| case_files(intake, at, case)).collect();
    let cases = letter_cases(answered, &files);
    let followed = if decision.disposition == Disposition::Supplement { supplement::files(intake) } else { Vec::new() };
    let loose = if followed.is_empty() { &intake.reading.evidence } else { &followed };
    let shared: Vec<LetterFile<'_>> = loose.iter().map(|file| LetterFile { name: &file.name, bytes: file.bytes }).collect();
    let personal = personal(intake);
    let annotated = match (kind, disclosure) {
        (ReplyKind::Correction, Disclosure::Full) => annotated::copies(judge, answered, tx).await?,
        (_, _) => Vec::new(),
    };
    let letter = Letter {
        kind: letter_kind,
        campaign: &source.campaign.campaign,
        salutation: salutation(&cases),
        received: Timestamp::from_millisecond(received_ms(intake, claimed)).unwrap_or(now),
        cases: &cases,
        defects: if followed.is_empty() { &intake.reading.defects } else { &[] },
        files: &shared,
        mails: &[],
        deadline: if kind == ReplyKind::Correction { deadline } else { None },
        to,
        from: &from_field(from),
        message_id: &message_id,
        date: now,
        in_reply_to: intake.reading.message.message_id.as_deref(),
        references: &intake.thread.answers,
        original_subject: &intake.reading.message.subject,
        disclosure,
        reminding: None,
        said: "",
        annotated: &annotated,
        personal: &personal.iter().map(String::as_str).collect::<Vec<_>>(),
    };
    let mail = match compose::compose(&letter) {
        // What stands as an address can't be written to: that is the sender's mail, not our fault.
        Err(error @ compose::ComposeError::Recipient) => {
            tracing::info!(message.id = claimed.id, because = %error, "not answered");
            return Ok(None);
        }
        composed => composed?,
    };
    let state = match way(judge, kind, answered, &to.address, now, tx).await? {
        Way::Queued => OutboxState::Queued,
        Way::Held => OutboxState::Held,
        Way::Summary(day_ms) => {
            let Some(entry) = summary::entry(answered, &cases, &shared) else { return Ok(None) };
            let item =
                SummaryItem { message: claimed.id, campaign: &source.campaign.campaign.id, recipient: &to.address, day_ms, entry: &entry };
            tx.add_to_summary(&item).await?;
            tracing::info!(message.id = claimed.id, "past the cap of the day: told in the summary");
            return Ok(None);
        }
    };
    let request = summary::entry(answered, &cases, &shared).filter(|_| kind == ReplyKind::Correction);
    let request = request.map(|entry| Request { entry, references: intake.thread.answers.clone(), amends: false });
    let letter = request.and_then(|request| serde_json::to_string(&request).ok());
    Ok(Some(Planned {
        until: deadline.filter(|_| letter.is_some()).and_then(|deadline| time::shanghai().to_timestamp(deadline.at).ok()),
        letter,
        kind: kind.as_str(),
        campaign: source.campaign.campaign.id.clone(),
        mail,
        in_reply_to: intake.reading.message.message_id.clone(),
        source_message: claimed.id,
        cases: recorded.iter().map(|recorded| recorded.id).collect(),
        asked: asked(kind, &cases, recorded),
        state,
        not_before,
        now,
    }))
}

/// The cases that a request asks to correct.
fn asked(kind: ReplyKind, cases: &[LetterCase<'_>], recorded: &[Recorded]) -> Vec<i64> {
    let each = cases.iter().zip(recorded).filter(|_| kind == ReplyKind::Correction);
    each.filter(|(case, _)| case.defects.iter().any(|defect| defect.severity == Severity::Correct))
        .map(|(_, recorded)| recorded.id)
        .collect()
}

/// The cases that a letter speaks of: those of the mail, or the one that it supplements.
fn letter_cases<'a>(answered: Answered<'a>, files: &'a [Vec<LetterFile<'a>>]) -> Vec<LetterCase<'a>> {
    let Answered { intake, decision, recorded, context, .. } = answered;
    let left = recorded.first().and_then(|recorded| recorded.mended.as_ref()).map_or(&[][..], |case| case.defects.as_slice());
    if let Some(known) = context.cases.iter().find(|known| Some(known.id) == decision.supplements) {
        let place = recorded.first().map_or(&known.place, |recorded| &recorded.place);
        let (number, title, unit) = (known.number.as_deref(), known.title.as_deref(), known.unit.as_deref());
        return vec![LetterCase { number, title, unit, window: place, defects: left, files: &[] }];
    }
    let each = intake.reading.cases.iter().zip(recorded).zip(files);
    each.map(|((case, recorded), files)| LetterCase {
        number: recorded.number.as_deref(),
        title: case.title.as_deref(),
        unit: case.unit.as_deref(),
        window: &recorded.place,
        defects: recorded.mended.as_ref().map_or(&case.defects, |mended| &mended.defects),
        files,
    })
    .collect()
}

/// The due reply; of a revision that keeps its place, by that place and not by the day.
fn reply_kind(intake: &Intake, decision: &Decision, recorded: &[Recorded]) -> (ReplyKind, &'static str) {
    let reading = &as_recorded(&intake.reading, decision, recorded);
    let (kind, because) = decide::reply_kind(reading, decision);
    let left = recorded.iter().filter_map(|recorded| recorded.mended.as_ref()).flat_map(|case| &case.defects);
    if decision.disposition == Disposition::Supplement && left.into_iter().any(|defect| defect.severity == Severity::Correct) {
        return (ReplyKind::Correction, "补充材料之外仍有需要补正的问题");
    }
    let kept = decision.disposition == Disposition::Revision && recorded.iter().all(|recorded| !recorded.place.late);
    if kind == ReplyKind::Late && kept {
        return decide::reply_kind_in_time(reading);
    }
    (kind, because)
}

/// What was read, with each case as it was recorded.
fn as_recorded<'a>(reading: &'a Reading, decision: &Decision, recorded: &[Recorded]) -> Cow<'a, Reading> {
    if decision.supplements.is_some() || recorded.iter().all(|recorded| recorded.mended.is_none()) {
        return Cow::Borrowed(reading);
    }
    let mut reading = reading.clone();
    for (case, recorded) in reading.cases.iter_mut().zip(recorded) {
        *case = recorded.mended.clone().unwrap_or_else(|| case.clone());
    }
    Cow::Owned(reading)
}

fn letter_kind(kind: ReplyKind, decision: &Decision) -> Option<LetterKind> {
    if decision.disposition == Disposition::PossibleRevision { Some(LetterKind::PossibleRevision) } else { LetterKind::of(kind) }
}

/// The files of a case, its form first.
pub(super) fn case_files<'a>(intake: &'a Intake, at: usize, case: &'a CaseReading) -> Vec<LetterFile<'a>> {
    let sha256 = intake.traces.get(at).map(|trace| trace.form_sha256.as_str());
    let form_bytes = intake.files.iter().find(|file| Some(file.sha256.as_str()) == sha256).map_or(0, |file| file.bytes.len() as u64);
    let form = LetterFile { name: &case.form.file, bytes: form_bytes };
    std::iter::once(form).chain(case.evidence.iter().map(|file| LetterFile { name: &file.name, bytes: file.bytes })).collect()
}

fn salutation<'a>(cases: &[LetterCase<'a>]) -> Option<&'a str> {
    let first = cases.first()?.unit?;
    cases.iter().all(|case| case.unit == Some(first)).then_some(first)
}

/// Names and phones that a reply to an unproven sender leaves out.
pub(super) fn personal(intake: &Intake) -> Vec<String> {
    let contacts = intake.reading.cases.iter().flat_map(|case| std::iter::once(&case.contact).chain(&case.more_contacts));
    contacts.flat_map(|contact: &Contact| contact.name.iter().chain(&contact.phones)).cloned().collect()
}

/// How a reply goes.
enum Way {
    Queued,
    /// A person releases it.
    Held,
    /// It doesn't: the summary of the day that begins at this instant tells of its mail.
    Summary(i64),
}

/// Held for a person by the mode, by the mail's age, and where the record was put back since, so that an answer may
/// have gone out that it doesn't know; past the caps told in a summary.
async fn way(
    judge: &Judge,
    kind: ReplyKind,
    answered: Answered<'_>,
    to: &str,
    now: Timestamp,
    tx: &mut Transaction,
) -> Result<Way, DaemonError> {
    let received_ms = received_ms(answered.intake, answered.claimed);
    let by_mode = match judge.config.replies.mode {
        ReplyMode::All => false,
        ReplyMode::Receipts => kind != ReplyKind::Acknowledgement,
        ReplyMode::Hold => true,
    };
    let age_ms = now.as_millisecond().saturating_sub(received_ms);
    let too_old = age_ms > i64::from(judge.config.limits.reply_within_days) * DAY_MS;
    // No mail comes from the future: the clock is wrong, so nobody knows how old any mail is.
    let clock_is_wrong = age_ms < -DAY_MS;
    if clock_is_wrong {
        tracing::error!(message.id = answered.claimed.id, "a mail comes from the future, so the clock is wrong; its reply is held");
    }
    let perhaps_answered = judge.restored_ms.is_some_and(|restored| received_ms < restored);
    if by_mode || too_old || clock_is_wrong || perhaps_answered {
        return Ok(Way::Held);
    }
    let midnight_ms = time::start_of(time::local(now).date()).unwrap_or(now).as_millisecond();
    let is_past = past_cap(judge, answered, to, midnight_ms, tx).await?;
    Ok(if is_past { Way::Summary(midnight_ms) } else { Way::Queued })
}

/// Who we are in a letter.
pub(super) fn from_field(from: &Address) -> String {
    match &from.name {
        Some(name) => format!("{name} <{}>", from.address),
        None => from.address.clone(),
    }
}

/// One address, and one case whatever the addresses, gets so many replies a day.
async fn past_cap(judge: &Judge, answered: Answered<'_>, to: &str, midnight_ms: i64, tx: &mut Transaction) -> Result<bool, DaemonError> {
    let cap = u64::from(judge.config.limits.replies_per_sender_per_day);
    if tx.replies_to_since(&answered.source.campaign.campaign.id, to, midnight_ms).await? >= cap {
        return Ok(true);
    }
    let supplemented = answered.decision.supplements.into_iter();
    for case in answered.recorded.iter().map(|recorded| recorded.id).chain(supplemented) {
        if tx.replies_about_since(case, midnight_ms).await? >= cap {
            return Ok(true);
        }
    }
    Ok(false)
}
