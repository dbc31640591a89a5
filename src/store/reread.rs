//! Reading a case again under other rules: what there is to read, and what it says from then on.
//!
//! What a reading said before is kept for good (`superseded_reading`). What people settled stays over the new one, and
//! a frozen batch keeps its manifest.

use super::names::row_of;
use super::{CaseEntry, Part, Result, Store, StoreError, Transaction, from_i64, row};
use crate::model::audit::{Act, By};
use crate::model::placement::{Course, Placement};
use crate::model::reading::{CaseReading, CaseStatus, CaseTrace, WindowPlace};
use serde_json::json;
use sqlx::{Any, Row, any::AnyRow};

/// One revision, with the mail that it is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rereadable {
    /// From 1.
    pub revision: u32,
    /// The mail's row.
    pub message: i64,
    /// Which form of the mail.
    pub form_index: usize,
    /// The blob that holds the mail; none where it is not there as a whole.
    pub sha256: Option<String>,
    /// When it was received.
    pub received_ms: i64,
    /// Whether the mailbox's server said so.
    pub is_server_time: bool,
    /// Whether the mail brought files only, for an earlier form.
    pub is_supplement: bool,
    /// The earlier mail that the form lay in, where this one told the password.
    pub opened: Option<String>,
    /// SHA-256 of the campaign file that judged it.
    pub campaign_sha256: String,
    /// What was read.
    pub reading: CaseReading,
    /// Where it left the case.
    pub placement: Option<Placement>,
}

/// A case to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RereadCase {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: Option<String>,
    /// Its campaign.
    pub campaign: String,
    /// Its state.
    pub status: String,
    /// Where it stands.
    pub place: WindowPlace,
    /// The revision that it stands by.
    pub revision: u32,
    /// How it went.
    pub course: Course,
    /// Every revision, in order of receipt.
    pub revisions: Vec<Rereadable>,
}

/// What a revision says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reread {
    /// Which.
    pub revision: u32,
    /// What it says.
    pub reading: CaseReading,
    /// How it was read.
    pub trace: CaseTrace,
    /// Where it leaves the case.
    pub placement: Placement,
}

impl Store {
    /// A case by its number or its row; none where it isn't known or is part of another.
    pub async fn reread_case(&self, case: &str) -> Result<Option<RereadCase>> {
        let query = sqlx::query(
            "SELECT id, number, campaign, status, month, batch, late, revision FROM case_record
             WHERE (id = $1 OR number = $2) AND status <> 'merged'",
        );
        let Some(row) = query.bind(row_of(case)).bind(case).fetch_optional(&self.pool).await? else { return Ok(None) };
        let id = row.try_get("id")?;
        let mut tx = self.begin().await?;
        let course = tx.course(id).await?;
        tx.rollback().await?;
        let query = sqlx::query(
            "SELECT r.revision, r.message, r.form_index, r.received_ms, r.campaign_sha256, r.reading, r.trace, r.placement, m.sha256, m.part,
                 m.disposition, m.received_is_server_time
             FROM revision r JOIN message m ON m.id = r.message WHERE r.case_id = $1 ORDER BY r.received_ms, r.revision",
        );
        let rows = query.bind(id).fetch_all(&self.pool).await?;
        Ok(Some(RereadCase {
            id,
            number: row.try_get("number")?,
            campaign: row.try_get("campaign")?,
            status: row.try_get("status")?,
            place: row::place(&row)?,
            revision: from_i64(row.try_get("revision")?),
            course,
            revisions: rows.iter().map(read).collect::<Result<_>>()?,
        }))
    }
}

impl Transaction {
    /// Writes down what a case says now. False where it has changed since it was looked at; then the caller rolls back.
    pub async fn apply_reread(&mut self, case: &RereadCase, campaign_sha256: &str, reread: &[Reread], by: &By) -> Result<bool> {
        let now: (i64, i64) = sqlx::query_as::<Any, (i64, i64)>(
            "SELECT c.revision, (SELECT COUNT(*) FROM revision r WHERE r.case_id = c.id) FROM case_record c WHERE c.id = $1",
        )
        .bind(case.id)
        .fetch_one(self.connection())
        .await?;
        if now != (i64::from(case.revision), super::to_i64(case.revisions.len())) {
            return Ok(false);
        }
        for reread in reread {
            let Some(known) = case.revisions.iter().find(|known| known.revision == reread.revision) else { continue };
            self.replace_reading((case, known), campaign_sha256, reread, by).await?;
        }
        let subject = case.number.clone().unwrap_or_else(|| case.id.to_string());
        let revisions: Vec<u32> = reread.iter().map(|reread| reread.revision).collect();
        let readings: Vec<_> = reread.iter().map(|reread| CaseEntry::reading_sha256(&reread.reading)).collect();
        let detail = json!({"revisions": revisions, "campaign_sha256": campaign_sha256, "readings_sha256": readings});
        self.audit(by.entry(Act::CaseReread, format!("case/{subject}"), detail));
        Ok(true)
    }

    /// A case's status and windows, with what people settled about it.
    pub async fn status_and_place(&mut self, case: i64) -> Result<Option<(String, WindowPlace)>> {
        let query = sqlx::query("SELECT status, month, batch, late FROM case_record WHERE id = $1").bind(case);
        let row = query.fetch_optional(self.connection()).await?;
        row.map(|row| Ok((row.try_get("status")?, row::place(&row)?))).transpose()
    }

    /// Whether a mail of ours about a case was written to this address.
    pub async fn wrote_to(&mut self, case: i64, address: &str) -> Result<bool> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             WHERE oc.case_id = $1 AND lower(o.to_address) = $2 AND o.kind <> 'referral'",
        );
        let count: i64 = query.bind(case).bind(super::text(&address.to_ascii_lowercase())).fetch_one(self.connection()).await?;
        Ok(count > 0)
    }

    async fn replace_reading(
        &mut self,
        (case, known): (&RereadCase, &Rereadable),
        campaign_sha256: &str,
        reread: &Reread,
        by: &By,
    ) -> Result<()> {
        // A state that a person gave, or that waits for one, is not a reading's to change.
        let kept = CaseStatus::parse(&case.status).filter(|status| {
            matches!(status, CaseStatus::PossibleRevision | CaseStatus::Returned | CaseStatus::Withdrawn | CaseStatus::Merged)
        });
        let entry = CaseEntry {
            campaign: &case.campaign,
            campaign_sha256,
            message: known.message,
            form_index: known.form_index,
            sender: "",
            received_ms: known.received_ms,
            reading: &reread.reading,
            trace: &reread.trace,
            place: &reread.placement.place,
            placement: Some(&reread.placement),
            status: kept.unwrap_or_else(|| CaseStatus::of(&reread.reading, &reread.placement.place)),
        };
        sqlx::query(
            "INSERT INTO superseded_reading (case_id, revision, campaign_sha256, status, reading, trace, until_ms)
             SELECT case_id, revision, campaign_sha256, status, reading, trace, $3 FROM revision WHERE case_id = $1 AND revision = $2",
        )
        .bind(case.id)
        .bind(i64::from(reread.revision))
        .bind(by.at_ms)
        .execute(self.connection())
        .await?;
        self.rewrite_revision(case.id, reread.revision, &entry).await?;
        for findings in
            ["DELETE FROM defect WHERE message = $1 AND form_index = $2", "DELETE FROM evidence WHERE message = $1 AND form_index = $2"]
        {
            let query = sqlx::query(findings).bind(known.message).bind(super::to_i64(known.form_index));
            query.execute(self.connection()).await?;
        }
        let owner = Some((case.id, reread.revision));
        self.add_defects(known.message, Some(known.form_index), owner, &reread.reading.defects).await?;
        self.add_evidence(known.message, Some(known.form_index), owner, &reread.reading.evidence).await?;
        if reread.revision == case.revision {
            self.take_over(case.id, reread.revision, &entry).await?;
        }
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Rereadable> {
    let part: String = row.try_get("part")?;
    let reading: String = row.try_get("reading")?;
    Ok(Rereadable {
        revision: from_i64(row.try_get("revision")?),
        message: row.try_get("message")?,
        form_index: from_i64(row.try_get("form_index")?),
        sha256: row.try_get::<Option<String>, _>("sha256")?.filter(|_| part == Part::Whole.as_str()),
        received_ms: row.try_get("received_ms")?,
        is_server_time: row.try_get::<i64, _>("received_is_server_time")? == 1,
        is_supplement: row.try_get::<Option<String>, _>("disposition")?.as_deref() == Some("supplement"),
        opened: serde_json::from_str::<CaseTrace>(row.try_get("trace")?).ok().and_then(|trace| trace.opened),
        campaign_sha256: row.try_get("campaign_sha256")?,
        reading: serde_json::from_str(&reading).map_err(|source| StoreError::Row { what: "reading", source })?,
        placement: serde_json::from_str(row.try_get("placement")?).ok(),
    })
}
