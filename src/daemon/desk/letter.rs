//! The letter that follows from an act: to the address that was written to about the case before, in the thread of the
//! unit's own mail, through the outbox.
//!
//! Nobody looked at the sender again, so it names no contact and brings no file, as to an unproven sender.

use super::Desk;
use crate::config::ReplyMode;
use crate::daemon::renew::Request;
use crate::daemon::reply::from_field;
use crate::daemon::{DaemonError, mint};
use crate::intake::compose::{self, ComposeError, Deadline, Disclosure, Letter, LetterCase, LetterKind};
use crate::intake::correction;
use crate::model::address::Address;
use crate::model::audit::By;
use crate::model::outbox::{OutboxState, Rendered, ReplyKind};
use crate::model::outcome::Outcome;
use crate::model::reading::CaseReading;
use crate::model::summary::{SummaryCase, SummaryEntry};
use crate::model::time;
use crate::store::{ActCase, Correspondence, Outgoing, Transaction};
use jiff::Timestamp;
use mail_parser::MessageParser;

/// What the unit is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Errand<'a> {
    /// Its case is complete.
    Acknowledgement,
    /// What it still lacks.
    Correction,
    /// Why it comes back.
    Returned(&'a str),
    /// It was selected.
    Selected,
    /// It was not.
    NotSelected,
}

/// A letter that was queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its row in the outbox.
    pub id: i64,
    /// Its kind.
    pub kind: &'static str,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Whether it goes by itself.
    pub state: OutboxState,
    /// Not before.
    pub not_before: Timestamp,
}

/// A letter, or why none goes.
pub(super) type Post = Result<Result<Posted, &'static str>, DaemonError>;

impl Posted {
    /// The same without what the instant of writing makes of it.
    pub(super) fn undated(&self) -> Posted {
        Posted { id: 0, text: String::new(), not_before: Timestamp::UNIX_EPOCH, ..self.clone() }
    }
}

impl Desk {
    /// Queues a letter about a case; or says why none goes.
    pub(super) async fn post(&self, case: (&ActCase, &CaseReading), errand: Errand<'_>, by: &By, tx: &mut Transaction) -> Post {
        self.post_about(case, &[], errand, by, tx).await
    }

    /// The same about several cases of a unit, which all were written about to one address.
    pub(super) async fn post_about(
        &self,
        (case, reading): (&ActCase, &CaseReading),
        further: &[(&ActCase, &CaseReading)],
        errand: Errand<'_>,
        by: &By,
        tx: &mut Transaction,
    ) -> Post {
        let Some(file) = self.campaign(&case.campaign) else {
            return Ok(Err("不发信：配置中没有这件案例所属的征集活动"));
        };
        let Some(found) = tx.correspondence(case.id).await? else {
            return Ok(Err("不发信：此前没有就这件案例给单位发过邮件，请另行告知"));
        };
        let to = Address { name: None, address: found.to.clone() };
        if self.config.replies.is_never(&to) {
            return Ok(Err("不发信：该邮箱由专人答复，请另行告知"));
        }
        let (kind, reply, said) = match errand {
            Errand::Acknowledgement => (LetterKind::Acknowledgement, ReplyKind::Acknowledgement, ""),
            Errand::Correction => (LetterKind::Correction, ReplyKind::Correction, ""),
            Errand::Returned(why) => (LetterKind::Returned, ReplyKind::None, why),
            Errand::Selected => (LetterKind::Selected, ReplyKind::None, ""),
            Errand::NotSelected => (LetterKind::NotSelected, ReplyKind::None, ""),
        };
        let (now, office) = (self.clock.now(), self.office());
        let not_before = office.earliest(reply, now);
        let received = Timestamp::from_millisecond(case.received_ms).unwrap_or(now);
        let keeps_place = correction::is_within(&tx.course(case.id).await?, received, &office);
        let deadline = office.deadline(not_before).filter(|_| reply == ReplyKind::Correction && keeps_place);
        let deadline = deadline.map(|at| Deadline { at, working_days: office.working_days });
        let from = self.config.smtp.from();
        let word = match errand {
            Errand::Returned(_) => "returned",
            Errand::Selected => Outcome::Selected.as_str(),
            Errand::NotSelected => Outcome::NotSelected.as_str(),
            Errand::Acknowledgement | Errand::Correction => reply.as_str(),
        };
        let all = || std::iter::once((case, reading)).chain(further.iter().copied());
        let names: Vec<String> = all().map(|(case, _)| case.name()).collect();
        let message_id = mint::message_id(&self.key, &["desk", word, &names.join(","), &by.at_ms.to_string()], &from.domain());
        let entry = entry(case, reading, &found, keeps_place);
        let personal: Vec<&str> = all().flat_map(|(_, reading)| people(reading)).map(String::as_str).collect();
        let shown: Vec<LetterCase<'_>> = all().map(|(case, reading)| letter_case(case, reading)).collect();
        let mail = compose::compose(&Letter {
            kind,
            campaign: &file.campaign,
            salutation: reading.unit.as_deref(),
            received,
            cases: &shown,
            defects: &[],
            files: &[],
            mails: &[],
            deadline,
            reminding: None,
            said,
            to: &to,
            from: &from_field(from),
            message_id: &message_id,
            date: now,
            in_reply_to: found.message_id.as_deref(),
            references: &[],
            original_subject: &found.subject,
            disclosure: Disclosure::Reduced,
            annotated: &[],
            personal: &personal,
        });
        let mail = match mail {
            Err(ComposeError::Recipient) => return Ok(Err("不发信：邮箱地址有误，请另行告知")),
            mail => mail?,
        };
        let state = self.state(errand);
        let ids: Vec<i64> = all().map(|(case, _)| case.id).collect();
        let outgoing = Outgoing {
            kind: word,
            campaign: &case.campaign,
            mail: &mail,
            in_reply_to: found.message_id.as_deref(),
            source_message: None,
            cases: &ids,
            state,
            not_before_ms: not_before.as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        let Some(id) = tx.enqueue(&outgoing).await? else { return Ok(Err("不发信：同样的一封已在发件箱中")) };
        if kind == LetterKind::Correction {
            tx.note_asked(id, case.id, case.received_ms).await?;
        }
        if let Some(deadline) = deadline {
            let request = serde_json::to_string(&Request { entry, references: Vec::new(), amends: false }).ok();
            let until = time::shanghai().to_timestamp(deadline.at).ok().map(Timestamp::as_millisecond);
            tx.keep_letter(id, request.as_deref(), until).await?;
        }
        Ok(Ok(posted(id, word, &mail, state, not_before)))
    }

    /// What a person wrote, or decided, waits for a look at the whole letter; the others go as the office has it for their kind.
    fn state(&self, errand: Errand<'_>) -> OutboxState {
        match (errand, self.config.replies.mode) {
            (Errand::Returned(_) | Errand::Selected | Errand::NotSelected, _)
            | (_, ReplyMode::Hold)
            | (Errand::Correction, ReplyMode::Receipts) => OutboxState::Held,
            (Errand::Acknowledgement, ReplyMode::All | ReplyMode::Receipts) | (Errand::Correction, ReplyMode::All) => OutboxState::Queued,
        }
    }
}

pub(super) fn posted(id: i64, kind: &'static str, mail: &Rendered, state: OutboxState, not_before: Timestamp) -> Posted {
    let text = MessageParser::default().parse(&mail.bytes).and_then(|mail| mail.body_text(0).map(|text| text.replace("\r\n", "\n")));
    Posted { id, kind, to: mail.to.clone(), subject: mail.subject.clone(), text: text.unwrap_or_default(), state, not_before }
}

fn letter_case<'a>(case: &'a ActCase, reading: &'a CaseReading) -> LetterCase<'a> {
    LetterCase {
        number: case.number.as_deref(),
        title: reading.title.as_deref(),
        unit: reading.unit.as_deref(),
        window: &case.place,
        defects: &reading.defects,
        files: &[],
    }
}

/// Names and numbers of its contacts.
fn people(reading: &CaseReading) -> impl Iterator<Item = &String> {
    let contacts = std::iter::once(&reading.contact).chain(&reading.more_contacts);
    contacts.flat_map(|contact| contact.name.iter().chain(&contact.phones))
}

/// What a request is written from, should it go later than it says.
fn entry(case: &ActCase, reading: &CaseReading, found: &Correspondence, keeps_place: bool) -> SummaryEntry {
    SummaryEntry {
        to: Address { name: None, address: found.to.clone() },
        received_ms: case.received_ms,
        subject: found.subject.clone(),
        message_id: found.message_id.clone(),
        is_proven: false,
        personal: people(reading).cloned().collect(),
        cases: vec![SummaryCase {
            id: case.id,
            number: case.number.clone(),
            title: reading.title.clone(),
            unit: reading.unit.clone(),
            place: case.place.clone(),
            defects: reading.defects.clone(),
            files: Vec::new(),
            keeps_place,
        }],
        defects: Vec::new(),
        files: Vec::new(),
        lacks_form: false,
    }
}
