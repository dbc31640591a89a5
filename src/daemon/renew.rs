//! What waited too long before it goes: a correction request or a summary whose deadline would be another now is written again,
//! under its own Message-ID, and so is a request that asks about fewer cases than it says; a reminder that no longer helps is
//! taken back, and a letter about what became of cases, or one that sends them on, where that holds no more.
//!
//! Once the server may have had it, a mail stays as it is: a repeat is the same bytes.

use super::DaemonError;
use super::reply::from_field;
use super::summary::{self, letter_case, letter_file};
use crate::config::{CampaignFile, Config};
use crate::intake::compose::{self, Deadline, Disclosure, Letter, LetterAttachment, LetterCase, LetterFile, LetterKind};
use crate::intake::schedule::Office;
use crate::model::{
    outbox::{REFERRAL, REMINDER, Rendered, SUMMARY},
    outcome::Outcome,
    summary::SummaryEntry,
    time,
    workdays::Workdays,
};
use crate::store::{Delivery, Store, Waited};
use jiff::Timestamp;
use jiff::civil::DateTime;
use mail_parser::{MessageParser, MimeHeaders};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a correction request is written from, but for the forms with comments, which the mail itself holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// The mail that it answers.
    pub entry: SummaryEntry,
    /// That mail's references.
    pub references: Vec<String>,
    /// Whether it amends what we told before.
    #[serde(default)]
    pub amends: bool,
}

/// Looks at mails before they go.
#[derive(Debug)]
pub struct Renewer {
    /// The records.
    pub store: Store,
    /// The correction period.
    pub config: Arc<Config>,
    /// The campaigns that mailboxes name.
    pub campaigns: Vec<Arc<CampaignFile>>,
    /// Holidays and make-up days.
    pub workdays: Arc<Workdays>,
}

impl Request {
    /// Whether it asks to correct a case that it is not to ask about any more.
    fn says_more(&self, asked: &[i64]) -> bool {
        self.entry.cases.iter().any(|case| case.asks() && !asked.contains(&case.id))
    }
}

impl Renewer {
    /// The mail as it may go now; none where it goes no more.
    pub(super) async fn renewed(&self, delivery: Delivery, owner: &str, now: Timestamp) -> Result<Option<Delivery>, DaemonError> {
        if [Outcome::Selected.as_str(), Outcome::NotSelected.as_str(), REFERRAL].contains(&delivery.kind.as_str()) {
            return self.still_true(delivery, now).await;
        }
        if delivery.kind != "correction" && delivery.kind != REMINDER && delivery.kind != SUMMARY {
            return Ok(Some(delivery));
        }
        let Some(waited) = self.store.waited(delivery.id).await?.filter(|waited| !waited.may_have_arrived) else {
            return Ok(Some(delivery));
        };
        if delivery.kind == REMINDER {
            return self.still_helps(delivery, &waited, now).await;
        }
        let deadline = Office::of(&self.config, &self.workdays).deadline(now);
        let told = waited.until_ms.and_then(|until| Timestamp::from_millisecond(until).ok());
        let at = told.map(|told| deadline.unwrap_or_else(|| time::local(told).datetime()));
        let until_ms = at.and_then(|at| time::shanghai().to_timestamp(at).ok()).map(Timestamp::as_millisecond);
        let request = waited.letter.as_deref().and_then(|letter| serde_json::from_str::<Request>(letter).ok());
        if until_ms == waited.until_ms && !request.as_ref().is_some_and(|request| request.says_more(&waited.asked)) {
            return Ok(Some(delivery));
        }
        let entries = if delivery.kind == SUMMARY { self.store.summary_entries(delivery.id).await? } else { Vec::new() };
        let Some(mail) = self.rewritten(&delivery, &waited, (entries, request), at, now) else { return Ok(Some(delivery)) };
        if !self.store.rewrite(delivery.id, owner, &mail, until_ms).await? {
            return Ok(Some(delivery));
        }
        tracing::info!(outbox.id = delivery.id, "written again, since something else holds now than it said");
        Ok(Some(Delivery { mime: mail.bytes, subject: mail.subject, ..delivery }))
    }

    /// What tells of cases that were taken back, classified or decided otherwise since goes no more.
    async fn still_true(&self, delivery: Delivery, now: Timestamp) -> Result<Option<Delivery>, DaemonError> {
        let untrue = self.store.stop_untrue(delivery.id, now.as_millisecond()).await?;
        if untrue.is_empty() {
            return Ok(Some(delivery));
        }
        tracing::warn!(
            outbox.id = delivery.id,
            cases = untrue.join(","),
            "not sent: its cases are withdrawn, classified or decided otherwise"
        );
        Ok(None)
    }

    async fn still_helps(&self, delivery: Delivery, waited: &Waited, now: Timestamp) -> Result<Option<Delivery>, DaemonError> {
        let now_ms = now.as_millisecond();
        let is_over = waited.until_ms.is_some_and(|until| until <= now_ms);
        if waited.is_open && !is_over {
            return Ok(Some(delivery));
        }
        let because = if waited.is_open { "发出前已过时限，不再提醒" } else { "案例已不需要补正，不再提醒" };
        self.store.withdraw(delivery.id, now_ms, because, !waited.is_open).await?;
        Ok(None)
    }

    /// None where what it was written from is not known any more.
    fn rewritten(
        &self,
        delivery: &Delivery,
        waited: &Waited,
        (entries, request): (Vec<SummaryEntry>, Option<Request>),
        at: Option<DateTime>,
        now: Timestamp,
    ) -> Option<Rendered> {
        let file = self.campaigns.iter().find(|file| file.campaign.id == waited.campaign)?;
        let deadline = at.map(|at| Deadline { at, working_days: self.config.correction.working_days });
        let mail = if delivery.kind == SUMMARY {
            let envelope = summary::Envelope {
                to: &entries.last()?.to.clone(),
                from: &from_field(self.config.smtp.from()),
                message_id: &delivery.message_id,
                in_reply_to: waited.in_reply_to.as_deref(),
                now,
            };
            summary::again(entries, file, &envelope, deadline?)
        } else {
            self.request(delivery, waited, request?, (file, deadline), now)
        };
        match mail {
            Ok(mail) => Some(mail),
            Err(error) => {
                tracing::warn!(outbox.id = delivery.id, error = %error, "can't be written again; it goes as it is");
                None
            }
        }
    }

    fn request(
        &self,
        delivery: &Delivery,
        waited: &Waited,
        request: Request,
        (file, deadline): (&CampaignFile, Option<Deadline>),
        now: Timestamp,
    ) -> Result<Rendered, compose::ComposeError> {
        let left: Vec<bool> = request.entry.cases.iter().map(|case| !case.asks() || waited.asked.contains(&case.id)).collect();
        let annotated = of_cases(attachments(&delivery.mime, &file.campaign.form.file_name), &left);
        let Request { mut entry, references, amends } = request;
        let mut keep = left.into_iter();
        entry.cases.retain(|_| keep.next().unwrap_or(true));
        let files: Vec<Vec<LetterFile<'_>>> = entry.cases.iter().map(|case| case.files.iter().map(letter_file).collect()).collect();
        let cases: Vec<LetterCase<'_>> = entry.cases.iter().zip(&files).map(|(case, files)| letter_case(case, files)).collect();
        let shared: Vec<LetterFile<'_>> = entry.files.iter().map(letter_file).collect();
        let unit = cases.first().and_then(|case| case.unit).filter(|unit| cases.iter().all(|case| case.unit == Some(unit)));
        let personal: Vec<&str> = entry.personal.iter().map(String::as_str).collect();
        compose::compose(&Letter {
            kind: if amends { LetterKind::Amendment } else { LetterKind::Correction },
            campaign: &file.campaign,
            salutation: unit,
            received: Timestamp::from_millisecond(entry.received_ms).unwrap_or(now),
            cases: &cases,
            defects: &entry.defects,
            files: &shared,
            mails: &[],
            deadline,
            reminding: None,
            said: "",
            to: &entry.to,
            from: &from_field(self.config.smtp.from()),
            message_id: &delivery.message_id,
            date: now,
            in_reply_to: waited.in_reply_to.as_deref(),
            references: &references,
            original_subject: &entry.subject,
            disclosure: if entry.is_proven { Disclosure::Full } else { Disclosure::Reduced },
            annotated: &annotated,
            personal: &personal,
        })
    }
}

/// The files that go with a mail of ours, but for the blank form, which is written again too.
fn attachments(mime: &[u8], blank: &str) -> Vec<LetterAttachment> {
    let Some(mail) = MessageParser::default().parse(mime) else { return Vec::new() };
    let files = mail
        .attachments()
        .map(|part| LetterAttachment { name: part.attachment_name().unwrap_or_default().to_owned(), bytes: part.contents().to_vec() });
    files.filter(|file| !file.name.is_empty() && file.name != blank).collect()
}

/// The forms with comments of those cases that are left, under the numbers that these have now; what bears no number
/// belongs to all of them.
fn of_cases(files: Vec<LetterAttachment>, left: &[bool]) -> Vec<LetterAttachment> {
    let several = left.iter().filter(|left| **left).count() > 1;
    let numbered = |name: &str| {
        let (number, name) = name.strip_prefix('第')?.split_once("件 ")?;
        Some((number.parse::<usize>().ok()?, name.to_owned()))
    };
    let renamed = |file: LetterAttachment| {
        let Some((n, name)) = numbered(&file.name).filter(|(n, _)| left.len() > 1 && *n <= left.len()) else { return Some(file) };
        let now = left.iter().take(n).filter(|left| **left).count();
        let is_left = left.get(n.checked_sub(1)?).copied().unwrap_or_default();
        is_left.then(|| LetterAttachment { name: if several { format!("第{now}件 {name}") } else { name }, ..file })
    };
    files.into_iter().filter_map(renamed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_cases_that_are_left_bear_their_numbers() {
        let names = ["第1件 甲（批注）.docx", "第2件 乙（批注）.docx", "第3件 丙（批注）.docx", "合订（批注）.docx"];
        let of = |left: &[bool]| {
            let files = names.map(|name| LetterAttachment { name: name.into(), bytes: Vec::new() }).to_vec();
            of_cases(files, left).into_iter().map(|file| file.name).collect::<Vec<_>>()
        };
        assert_eq!(of(&[true, true, true]), names);
        assert_eq!(of(&[false, true, true]), ["第1件 乙（批注）.docx", "第2件 丙（批注）.docx", "合订（批注）.docx"]);
        assert_eq!(of(&[false, true, false]), ["乙（批注）.docx", "合订（批注）.docx"]);
        assert_eq!(of(&[true]), names, "a case alone has no number, so these are the unit's own names");
    }
}
