//! A case that was read again: written down, and its unit told what it was told wrongly, in one transaction.
//!
//! A letter goes only where that is asked for, only to an address that was written to about the case before, and never where
//! the mail itself might not be answered. Each case has a letter of its own, which names it: what was told of the others of its
//! mail holds. Requests that have not gone and ask for what isn't lacking are taken back anyway.

use super::renew::Request;
use super::reply::{case_files, from_field, personal};
use super::reread::Rereading;
use super::{DaemonError, annotated, mint, summary};
use crate::config::{CampaignFile, Config, ReplyMode};
use crate::intake::amend::{Standing, Telling, telling};
use crate::intake::compose::{self, Deadline, Disclosure, Letter, LetterAttachment, LetterCase, LetterFile, LetterKind};
use crate::intake::schedule::Office;
use crate::intake::{correction, decide};
use crate::model::outbox::{AMENDMENT, OutboxState, ReplyKind};
use crate::model::reading::{Authentication, CaseReading, CaseStatus, Intake};
use crate::model::summary::{SummaryCase, SummaryEntry};
use crate::model::{audit::By, time};
use crate::store::{Outgoing, RereadCase, Rereadable, Store, Transaction};
use jiff::Timestamp;

/// What is applied with.
#[derive(Debug, Clone, Copy)]
pub struct Amender<'a> {
    /// The record.
    pub store: &'a Store,
    /// Modes, limits and addresses.
    pub config: &'a Config,
    /// The campaign's texts.
    pub campaign: &'a CampaignFile,
    /// Hours and periods.
    pub office: &'a Office<'a>,
    /// What our Message-IDs are minted with.
    pub key: &'a str,
}

/// Whether units are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// No letter is written.
    Nobody,
    /// Whoever was told otherwise.
    Units,
}

/// What became of a case that was to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It has changed since it was read: nothing was written.
    Overtaken,
    /// Written, and nothing told; why not, where its unit should have been.
    Quietly(Option<&'static str>),
    /// Written, and a letter of this kind and state queued.
    Told(Telling, OutboxState),
}

/// A letter about one case.
struct Draft<'a> {
    telling: Telling,
    case: &'a RereadCase,
    known: &'a Rereadable,
    intake: &'a Intake,
    reading: &'a CaseReading,
    after: &'a Standing,
    by: &'a By,
}

impl Amender<'_> {
    /// What would be told, if the case became what was found.
    pub fn foretold(&self, case: &RereadCase, found: &Rereading) -> Telling {
        let status = CaseStatus::parse(&case.status);
        let Some((known, before)) = status.and_then(|status| Some((standing_revision(case)?, status))) else { return Telling::Nothing };
        let reading = found.latest(case).unwrap_or(&known.reading);
        let after = Standing::of(CaseStatus::of(reading, &found.place), &found.place, reading);
        telling(&Standing::of(before, &case.place, &known.reading), &after, was_asked(case, known))
    }

    /// Writes down what was found.
    pub async fn apply(&self, case: &RereadCase, found: &Rereading, by: &By, tell: Tell) -> Result<Applied, DaemonError> {
        let mut tx = self.store.begin().await?;
        if !tx.apply_reread(case, &self.campaign.sha256, &found.revisions, by).await? {
            tx.rollback().await?;
            return Ok(Applied::Overtaken);
        }
        let applied = match (standing_revision(case), CaseStatus::parse(&case.status)) {
            (Some(known), Some(status)) => self.tell(&mut tx, (case, known, status), found, by, tell).await?,
            (_, _) => Applied::Quietly(None),
        };
        tx.commit().await?;
        Ok(applied)
    }

    async fn tell(
        &self,
        tx: &mut Transaction,
        (case, known, status): (&RereadCase, &Rereadable, CaseStatus),
        found: &Rereading,
        by: &By,
        tell: Tell,
    ) -> Result<Applied, DaemonError> {
        // What people settled lies over the reading, so the record is asked and not the reading.
        let Some((now, place)) = tx.status_and_place(case.id).await? else { return Ok(Applied::Quietly(None)) };
        let reading = found.latest(case).unwrap_or(&known.reading);
        let after = Standing::of(CaseStatus::parse(&now).unwrap_or(status), &place, reading);
        let telling = telling(&Standing::of(status, &case.place, &known.reading), &after, was_asked(case, known));
        if matches!(telling, Telling::Acknowledgement | Telling::Retraction) || (tell == Tell::Units && telling != Telling::Nothing) {
            tx.asks_no_more(case.id, by.at_ms).await?;
            tx.withdraw_reminders(case.id, by.at_ms).await?;
        }
        let (Tell::Units, Some(intake)) = (tell, &found.intake) else { return Ok(Applied::Quietly(None)) };
        if telling == Telling::Nothing {
            return Ok(Applied::Quietly(None));
        }
        self.queue(tx, &Draft { telling, case, known, intake, reading, after: &after, by }).await
    }

    async fn queue(&self, tx: &mut Transaction, draft: &Draft<'_>) -> Result<Applied, DaemonError> {
        let from = self.config.smtp.from();
        let quietly = |why| Ok(Applied::Quietly(Some(why)));
        if let Some(why) = decide::may_not_answer(draft.intake, &from.address, |address| self.config.replies.is_never(address)) {
            return quietly(why);
        }
        let (Some(to), Some(disclosure)) = (&draft.intake.thread.reply_to, Disclosure::of(draft.intake.thread.authentication)) else {
            return quietly("没有可以自动答复的地址，由专班协调员处理");
        };
        if !tx.wrote_to(draft.case.id, &to.address).await? {
            return quietly("此前没有答复过这一地址，由专班协调员处理");
        }
        let now = Timestamp::from_millisecond(draft.by.at_ms).unwrap_or_default();
        let (outbox_kind, letter_kind, schedule) = kinds(draft);
        let asks = !draft.after.to_correct.is_empty();
        let leaves = if schedule == ReplyKind::Acknowledgement { now } else { self.office.in_hours(now) };
        let received = Timestamp::from_millisecond(draft.known.received_ms).unwrap_or(now);
        let keeps_place = correction::is_within(&draft.case.course, received, self.office);
        let deadline = self.office.deadline(leaves).filter(|_| asks && keeps_place);
        let deadline = deadline.map(|at| Deadline { at, working_days: self.office.working_days });
        let number = draft.case.number.clone().unwrap_or_default();
        let words = [outbox_kind, &number, &draft.known.revision.to_string(), &draft.by.at_ms.to_string()];
        let message_id = mint::message_id(self.key, &words, &from.domain());
        let files = if draft.known.is_supplement { Vec::new() } else { case_files(draft.intake, draft.known.form_index, draft.reading) };
        let letter_case = LetterCase {
            number: draft.case.number.as_deref(),
            title: draft.reading.title.as_deref(),
            unit: draft.reading.unit.as_deref(),
            window: &draft.after.place,
            defects: &draft.reading.defects,
            files: &files,
        };
        let personal = personal(draft.intake);
        let annotated = if asks && disclosure == Disclosure::Full { copies(draft) } else { Vec::new() };
        let mail = compose::compose(&Letter {
            kind: letter_kind,
            campaign: &self.campaign.campaign,
            salutation: letter_case.unit,
            received,
            cases: &[letter_case],
            defects: &[],
            files: &[],
            mails: &[],
            said: "",
            deadline,
            to,
            from: &from_field(from),
            message_id: &message_id,
            date: now,
            in_reply_to: draft.intake.reading.message.message_id.as_deref(),
            references: &draft.intake.thread.answers,
            original_subject: &draft.intake.reading.message.subject,
            disclosure,
            reminding: None,
            annotated: &annotated,
            personal: &personal.iter().map(String::as_str).collect::<Vec<_>>(),
        })?;
        let state = self.state(schedule, received, now);
        let outgoing = Outgoing {
            kind: outbox_kind,
            campaign: &draft.case.campaign,
            mail: &mail,
            in_reply_to: draft.intake.reading.message.message_id.as_deref(),
            source_message: None,
            cases: &[draft.case.id],
            state,
            not_before_ms: leaves.as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        let Some(id) = tx.enqueue(&outgoing).await? else { return Ok(Applied::Quietly(None)) };
        if asks {
            let request = deadline.map(|_| request(draft, &files, letter_kind));
            let until = deadline.and_then(|deadline| time::shanghai().to_timestamp(deadline.at).ok());
            let json = request.and_then(|request| serde_json::to_string(&request).ok());
            tx.keep_letter(id, json.as_deref(), until.map(Timestamp::as_millisecond)).await?;
            tx.note_asked(id, draft.case.id, draft.known.received_ms).await?;
        }
        Ok(Applied::Told(draft.telling, state))
    }

    /// As replies are held: by the mode, and where the mail is old.
    fn state(&self, kind: ReplyKind, received: Timestamp, now: Timestamp) -> OutboxState {
        let by_mode = match self.config.replies.mode {
            ReplyMode::All => false,
            ReplyMode::Receipts => kind != ReplyKind::Acknowledgement,
            ReplyMode::Hold => true,
        };
        let days = now.duration_since(received).as_hours() / 24;
        let is_old = days > i64::from(self.config.limits.reply_within_days) || days < -1;
        if by_mode || is_old { OutboxState::Held } else { OutboxState::Queued }
    }
}

/// What the outbox calls it, which letter it is, and by whose hours it goes. What asks is a request, so that a newer form takes
/// it back while it waits.
fn kinds(draft: &Draft<'_>) -> (&'static str, LetterKind, ReplyKind) {
    match draft.telling {
        Telling::Nothing | Telling::Acknowledgement => {
            (ReplyKind::Acknowledgement.as_str(), LetterKind::Acknowledgement, ReplyKind::Acknowledgement)
        }
        Telling::Request => (ReplyKind::Correction.as_str(), LetterKind::Correction, ReplyKind::Correction),
        Telling::Retraction => (AMENDMENT, LetterKind::Retraction, ReplyKind::Correction),
        Telling::Amendment if draft.after.to_correct.is_empty() => (AMENDMENT, LetterKind::Amendment, ReplyKind::Correction),
        Telling::Amendment => (ReplyKind::Correction.as_str(), LetterKind::Amendment, ReplyKind::Correction),
    }
}

fn standing_revision(case: &RereadCase) -> Option<&Rereadable> {
    case.revisions.iter().find(|known| known.revision == case.revision)
}

fn was_asked(case: &RereadCase, known: &Rereadable) -> bool {
    let revised = Timestamp::from_millisecond(known.received_ms).unwrap_or_default();
    correction::is_units_turn(&case.course.requests, revised)
}

/// The form with comments on what is left, where this reading made one.
fn copies(draft: &Draft<'_>) -> Vec<LetterAttachment> {
    let trace = draft.intake.traces.get(draft.known.form_index).filter(|_| !draft.known.is_supplement);
    let sha256 = trace.and_then(|trace| annotated::copy(trace, &draft.reading.defects));
    let file = draft.intake.files.iter().find(|file| Some(&file.sha256) == sha256.as_ref());
    let name = crate::intake::annotate::name(&draft.reading.form.file);
    file.map(|file| LetterAttachment { name, bytes: file.bytes.to_vec() }).into_iter().collect()
}

/// What the letter is written from, should it go later than it says.
fn request(draft: &Draft<'_>, files: &[LetterFile<'_>], kind: LetterKind) -> Request {
    let Draft { case, known, intake, reading, after, .. } = draft;
    let told = SummaryCase {
        id: case.id,
        number: case.number.clone(),
        title: reading.title.clone(),
        unit: reading.unit.clone(),
        place: after.place.clone(),
        defects: reading.defects.clone(),
        files: files.iter().map(summary::summary_file).collect(),
        keeps_place: true,
    };
    let entry = SummaryEntry {
        to: intake.thread.reply_to.clone().unwrap_or_else(|| intake.reading.message.from.clone()),
        received_ms: known.received_ms,
        subject: intake.reading.message.subject.clone(),
        message_id: intake.reading.message.message_id.clone(),
        is_proven: matches!(intake.thread.authentication, Authentication::Pass | Authentication::Unchecked),
        personal: personal(intake),
        cases: vec![told],
        defects: Vec::new(),
        files: Vec::new(),
        lacks_form: false,
    };
    Request { entry, references: intake.thread.answers.clone(), amends: kind == LetterKind::Amendment }
}
