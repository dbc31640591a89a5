//! What waited too long before it goes: a correction request or a summary whose deadline would be another now is written again,
//! under its own Message-ID; a reminder that no longer helps is taken back.
//!
//! Once the server may have had it, a mail stays as it is: a repeat is the same bytes.

use super::DaemonError;
use super::reply::from_field;
use super::summary::{self, letter_case, letter_file};
use crate::config::{CampaignFile, Config};
use crate::intake::compose::{self, Deadline, Disclosure, Letter, LetterAttachment, LetterCase, LetterFile, LetterKind};
use crate::intake::schedule::Office;
use crate::model::{
    outbox::{REMINDER, Rendered, SUMMARY},
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

impl Renewer {
    /// The mail as it may go now; none where it goes no more.
    pub(super) async fn renewed(&self, delivery: Delivery, owner: &str, now: Timestamp) -> Result<Option<Delivery>, DaemonError> {
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
        let (Some(stated), Some(at)) = (waited.until_ms, deadline) else { return Ok(Some(delivery)) };
        let until_ms = time::shanghai().to_timestamp(at).map_or(stated, Timestamp::as_millisecond);
        if until_ms == stated {
            return Ok(Some(delivery));
        }
        let entries = if delivery.kind == SUMMARY { self.store.summary_entries(delivery.id).await? } else { Vec::new() };
        let Some(mime) = self.rewritten(&delivery, (&waited, entries), at, now) else { return Ok(Some(delivery)) };
        if !self.store.rewrite(delivery.id, owner, &mime, until_ms).await? {
            return Ok(Some(delivery));
        }
        tracing::info!(outbox.id = delivery.id, "written again, since it goes later than it said");
        Ok(Some(Delivery { mime, ..delivery }))
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
        (waited, entries): (&Waited, Vec<SummaryEntry>),
        at: DateTime,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let file = self.campaigns.iter().find(|file| file.campaign.id == waited.campaign)?;
        let deadline = Deadline { at, working_days: self.config.correction.working_days };
        let mail = if delivery.kind == SUMMARY {
            let envelope = summary::Envelope {
                to: &entries.last()?.to.clone(),
                from: &from_field(self.config.smtp.from()),
                message_id: &delivery.message_id,
                in_reply_to: waited.in_reply_to.as_deref(),
                now,
            };
            summary::again(entries, file, &envelope, deadline)
        } else {
            let request: Request = serde_json::from_str(waited.letter.as_deref()?).ok()?;
            self.request(delivery, waited, request, (file, deadline), now)
        };
        match mail {
            Ok(mail) => Some(mail.bytes),
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
        Request { entry, references, amends }: Request,
        (file, deadline): (&CampaignFile, Deadline),
        now: Timestamp,
    ) -> Result<Rendered, compose::ComposeError> {
        let annotated = attachments(&delivery.mime, &file.campaign.form.file_name);
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
            deadline: Some(deadline),
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
