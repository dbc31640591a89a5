//! A password that comes in a mail of its own: the archive of an earlier mail is opened with it.
//!
//! The kept mail is read once more by a worker, and what it holds counts as brought by the mail that told the password:
//! whose case that is, where it is placed and what is answered goes as for any correction. Where the password opens
//! nothing, or more than one mail, a coordinator is told, as before. Nothing is recorded here.

use super::DaemonError;
use super::process::{self, Judge, Judged};
use super::receive::Source;
use crate::intake::{Arrival, Extent, Received, decide};
use crate::model::decision::Context;
use crate::model::defect::{Defect, DefectCode};
use crate::model::message::Kind;
use crate::model::reading::{Intake, Reading};
use crate::store::{Blobs, Transaction};
use crate::worker::Pool;
use jiff::Timestamp;

/// So many shut archives of one sender are tried.
const MOST: usize = 4;

/// What a password has opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// SHA-256 of the earlier mail.
    pub mail: String,
    /// The mail that told the password, as if it had brought the files itself.
    pub intake: Intake,
}

impl Judge {
    /// Opens with the password that a mail tells what its sender sent before. To be called when everything before it is recorded.
    pub(super) async fn opened(&self, judged: Judged, source: &Source) -> Result<Judged, DaemonError> {
        let mut tx = self.store.begin().await?;
        let context = tx.context(&judged.intake, &source.campaign.campaign.id, judged.claimed.id).await?;
        tx.rollback().await?;
        let shut = decide::shut_mails(&judged.intake, &context);
        if shut.len() > MOST {
            return Ok(judged);
        }
        let mut opened = Vec::new();
        for mail in shut {
            match read(&self.blobs, &source.pool, &mail, &judged.intake, self.config.smtp.authserv_id.as_deref()).await {
                Ok(Some(intake)) => opened.push(Opened { mail, intake }),
                Ok(None) => {}
                Err(error) if error.is_transient() => return Err(error),
                // The mail that tells the password is not to blame: a person opens the archive.
                Err(error) => tracing::warn!(message.id = judged.claimed.id, error = %error, "an archive can't be opened"),
            }
        }
        let mut only = if opened.len() == 1 { opened.pop() } else { None };
        let mut written = judged.written;
        if let Some(opened) = &mut only {
            written.push(self.write(&mut opened.intake).await?);
        }
        Ok(Judged { opened: only, written, ..judged })
    }
}

/// What an earlier mail holds, opened with the passwords that another tells; none where it stays shut or brings no form.
pub(super) async fn read(
    blobs: &Blobs,
    pool: &Pool,
    mail: &str,
    told: &Intake,
    authserv_id: Option<&str>,
) -> Result<Option<Intake>, DaemonError> {
    let raw = blobs.get(mail).await?;
    let arrival = Arrival {
        received: Received::At(told.reading.message.received_at.parse().unwrap_or(Timestamp::UNIX_EPOCH)),
        extent: Extent::Whole,
        authserv_id: authserv_id.map(str::to_owned),
        passwords: told.thread.passwords.clone(),
    };
    let found = pool.read(&arrival, &raw).await.map_err(process::of_worker)?;
    let is_open = !defects(&found.reading).any(|defect| defect.code == DefectCode::ArchiveEncrypted) && !found.reading.cases.is_empty();
    Ok((is_open || found.quarantine.is_some()).then(|| brought_by(found, told, mail)))
}

fn defects(reading: &Reading) -> impl Iterator<Item = &Defect> {
    reading.cases.iter().flat_map(|case| &case.defects).chain(&reading.defects)
}

/// What was found, as if the mail that told the password had brought it.
fn brought_by(found: Intake, told: &Intake, mail: &str) -> Intake {
    let mut intake = Intake {
        reading: Reading { message: told.reading.message.clone(), kind: Kind::Submission, ..found.reading },
        thread: told.thread.clone(),
        clocks: told.clocks.clone(),
        quarantine: found.quarantine.map(|why| format!("打开先前收到的压缩包后：{why}")),
        ..found
    };
    intake.traces.iter_mut().for_each(|trace| trace.opened = Some(mail.to_owned()));
    intake
}

impl Judged {
    /// What the mail brings and what is known of it: with what its password opened, while that is still shut in the record.
    pub(super) async fn in_context(&self, campaign: &str, tx: &mut Transaction) -> Result<(&Intake, Context), DaemonError> {
        if let Some(Opened { mail, intake }) = &self.opened {
            let mut context = tx.context(intake, campaign, self.claimed.id).await?;
            if context.cases.iter().any(|case| case.shut.as_ref() == Some(mail)) {
                context.opened = Some(mail.clone());
                return Ok((intake, context));
            }
        }
        Ok((&self.intake, tx.context(&self.intake, campaign, self.claimed.id).await?))
    }
}
