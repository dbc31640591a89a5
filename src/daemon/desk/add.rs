//! What came otherwise than by mail enters the record by hand, through the same rules: read by a worker, judged against
//! what is known, recorded with its files. Nobody is answered; a person tells the unit.

use crate::daemon::process::{Judged, of_worker};
use crate::daemon::{DaemonError, Judge, Source};
use crate::intake::handed::Handed;
use crate::intake::identity::sha256_hex;
use crate::intake::{Arrival, Extent, Received};
use crate::model::audit::{Act, By};
use crate::model::reading::{Authentication, Intake, StoredFile};
use crate::store::{Claimed, HandedMail, Part, Place, ReceivedState};
use serde_json::json;

/// The ledger's name for what is entered by hand. It is no mailbox that anybody polls.
pub const BY_HAND: &str = "人工登记";

/// What was handed in, as a mail that was read.
#[derive(Debug)]
pub struct Entered {
    raw: Vec<u8>,
    sha256: String,
    way: String,
    files: usize,
    received_ms: i64,
    intake: Intake,
}

impl Entered {
    /// Why it can't be entered: it must be looked at by a person first.
    pub fn quarantine(&self) -> Option<&str> {
        self.intake.quarantine.as_deref()
    }
}

impl Judge {
    /// Reads what was handed in.
    pub async fn read_handed(&self, handed: &Handed, source: &Source) -> Result<Entered, DaemonError> {
        let raw = handed.mail(self.config.smtp.from()).map_err(|error| DaemonError::Reading(error.to_string()))?;
        let arrival = Arrival { received: Received::At(handed.received), extent: Extent::Whole, authserv_id: None, passwords: Vec::new() };
        let mut intake = source.pool.read(&arrival, &raw).await.map_err(of_worker)?;
        // A coordinator hands it in.
        intake.thread.authentication = Authentication::Unchecked;
        intake.thread.handed_for = Some(handed.case.clone().unwrap_or_default());
        intake.thread.mentions = handed.case.iter().cloned().collect();
        Ok(Entered {
            sha256: sha256_hex(&raw),
            raw,
            way: handed.way.clone(),
            files: handed.files.len(),
            received_ms: handed.received.as_millisecond(),
            intake,
        })
    }

    /// Enters it; only shown, nothing of it stays. None where the same was entered before.
    pub async fn enter(&self, entered: &Entered, source: &Source, by: &By, is_meant: bool) -> Result<Option<HandedMail>, DaemonError> {
        if is_meant {
            // Durable before anything speaks of them.
            let raw = StoredFile { sha256: entered.sha256.clone(), bytes: entered.raw.clone().into() };
            let files = std::iter::once(raw).chain(entered.intake.files.iter().cloned());
            self.blobs.put_all(files.collect()).await?;
        }
        let campaign = &source.campaign.campaign.id;
        let mut tx = self.store.begin().await?;
        let item = crate::store::Received {
            place: Place::Name(entered.sha256.clone()),
            sha256: Some(entered.sha256.clone()),
            bytes: entered.raw.len() as u64,
            received_ms: entered.received_ms,
            received_is_server_time: true,
            state: ReceivedState::Whole,
        };
        let id = tx.record_handed(BY_HAND, campaign, &item).await?;
        if !tx.is_unjudged(id).await? {
            return Ok(None);
        }
        let claimed = Claimed {
            id,
            mailbox: BY_HAND.to_owned(),
            campaign: campaign.clone(),
            sha256: entered.sha256.clone(),
            part: Part::Whole,
            bytes: entered.raw.len() as u64,
            received_ms: entered.received_ms,
            received_is_server_time: true,
            attempts: 1,
            // Perhaps: nobody has looked.
            is_replay: true,
        };
        let told =
            self.record(&Judged { claimed, intake: entered.intake.clone(), opened: None, written: Vec::new() }, source, &mut tx).await?;
        tx.set_received_by_person(id).await?;
        let handed = tx.handed(id).await?;
        let names = handed.cases.iter().map(|case| case.number.clone().unwrap_or_else(|| case.id.to_string()));
        let detail = json!({"way": entered.way, "files": entered.files, "message": id, "sha256": entered.sha256});
        for subject in names.map(|name| format!("case/{name}")).collect::<Vec<_>>() {
            tx.audit(by.entry(Act::CaseAdded, subject, detail.clone()));
        }
        if handed.cases.is_empty() {
            tx.audit(by.entry(Act::CaseAdded, format!("message/{id}"), detail));
        }
        if is_meant {
            tx.commit().await?;
            told.iter().for_each(|told| told.tell(&self.meters));
        } else {
            tx.rollback().await?
        }
        Ok(Some(handed))
    }
}
