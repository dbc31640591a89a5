//! What people do with a case at the desk: settle what it says, send it back, take it out, note, assign. Each step of an
//! act is a row beside the case, in the transaction of its entry in the audit log; what a case says follows from them.

use super::{Result, StoreError, Transaction, from_i64, row, settled, text, to_i64};
use crate::model::audit::{Act, By};
use crate::model::placement::{Course, Placement};
use crate::model::reading::WindowPlace;
use crate::model::ruling::Field;
use serde_json::{Value, json};
use sqlx::Row;

/// The field of the ledger that a case's handler stands in.
const HANDLER: &str = "handler";

/// A case as far as acts need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActCase {
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
    /// Its latest revision.
    pub revision: u32,
    /// When that was received.
    pub received_ms: i64,
    /// The frozen batches that count it.
    pub frozen: Vec<String>,
    /// Who handles it.
    pub handler: String,
}

impl ActCase {
    /// How the audit log and people name it.
    pub fn name(&self) -> String {
        self.number.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// Whom a letter about a case goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondence {
    /// The address that was written to about it before.
    pub to: String,
    /// The unit's mail with its latest form.
    pub message_id: Option<String>,
    /// What that mail says it is about.
    pub subject: String,
}

impl Transaction {
    /// A case by its number, or by its row; none where it isn't known or is part of another.
    pub async fn act_case(&mut self, case: &str) -> Result<Option<ActCase>> {
        let query = sqlx::query(
            "SELECT c.id, c.number, c.campaign, c.status, c.month, c.batch, c.late, c.revision, r.received_ms,
                 COALESCE(e.value, '') AS handler
             FROM case_record c JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             LEFT JOIN ledger_entry e ON e.case_id = c.id AND e.field = 'handler'
             WHERE c.number = $1 OR c.id = $2",
        );
        let query = query.bind(case).bind(row::id(case));
        let Some(row) = query.fetch_optional(self.connection()).await? else { return Ok(None) };
        let id: i64 = row.try_get("id")?;
        let query = sqlx::query_scalar("SELECT name FROM frozen_case WHERE case_id = $1 ORDER BY name").bind(id);
        let frozen = query.fetch_all(self.connection()).await?;
        Ok(Some(ActCase {
            id,
            number: row.try_get("number")?,
            campaign: row.try_get("campaign")?,
            status: row.try_get("status")?,
            place: row::place(&row)?,
            revision: from_i64(row.try_get("revision")?),
            received_ms: row.try_get("received_ms")?,
            frozen,
            handler: row.try_get("handler")?,
        }))
    }

    /// Settles one field. What was settled there before is replaced, and stays to be read.
    pub async fn settle_field(&mut self, case: &ActCase, field: Field, value: &Value, by: &By) -> Result<()> {
        let seen = self.latest_reading(case.id).await?.map_or(Value::Null, |(reading, _)| field.said(&reading));
        self.replace_rulings(case.id, field).await?;
        let query = sqlx::query(
            "INSERT INTO ruling (case_id, field, value, state, actor, reason, at_ms, revision, seen)
             VALUES ($1, $2, $3, 'standing', $4, $5, $6, $7, $8)",
        );
        let query = query.bind(case.id).bind(field.as_str()).bind(settled::json(value)).bind(by.actor.as_str()).bind(text(&by.reason));
        query.bind(by.at_ms).bind(to_i64(case.revision)).bind(settled::json(&seen)).execute(self.connection()).await?;
        self.refresh(case.id).await
    }

    /// Takes a decision back: the form counts again. False where nothing was settled there.
    pub async fn revert_field(&mut self, case: &ActCase, field: Field) -> Result<bool> {
        let replaced = self.replace_rulings(case.id, field).await?;
        self.refresh(case.id).await?;
        Ok(replaced > 0)
    }

    async fn replace_rulings(&mut self, case: i64, field: Field) -> Result<u64> {
        let query = sqlx::query("UPDATE ruling SET state = 'replaced' WHERE case_id = $1 AND field = $2 AND state = 'standing'");
        Ok(query.bind(case).bind(field.as_str()).execute(self.connection()).await?.rows_affected())
    }

    /// Keeps a remark beside a case. The log names it and doesn't repeat it: it may hold anything.
    pub async fn note_case(&mut self, case: &ActCase, note: &str, by: &By) -> Result<()> {
        let value = settled::json(&Value::from(note));
        self.rule(case.id, "note", &value, "standing", by).await?;
        self.audit(by.entry(Act::CaseNoted, format!("case/{}", case.name()), json!({"characters": note.chars().count()})));
        Ok(())
    }

    /// Says who handles a case, in the ledger's own column.
    pub async fn assign_case(&mut self, case: &ActCase, handler: &str, by: &By) -> Result<()> {
        // Repeating it changes nothing: (case_id, field) is the primary key.
        let query = sqlx::query(
            "INSERT INTO ledger_entry (case_id, field, value, actor, changed_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (case_id, field) DO UPDATE SET value = excluded.value, actor = excluded.actor, changed_ms = excluded.changed_ms",
        );
        let query = query.bind(case.id).bind(HANDLER).bind(text(handler)).bind(by.actor.as_str()).bind(by.at_ms);
        query.execute(self.connection()).await?;
        let detail = json!({"before": case.handler, "after": handler});
        self.audit(by.entry(Act::CaseAssigned, format!("case/{}", case.name()), detail));
        Ok(())
    }

    /// How a case went before its latest revision.
    pub async fn course_before(&mut self, case: &ActCase) -> Result<Course> {
        let mut course = self.course(case.id).await?;
        course.requests.retain(|request| request.asked.as_millisecond() < case.received_ms);
        let complete: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM revision r WHERE r.case_id = $1 AND r.revision < $2 AND NOT EXISTS (
                 SELECT 1 FROM defect d WHERE d.case_id = r.case_id AND d.revision = r.revision AND d.severity = 'correct')",
        )
        .bind(case.id)
        .bind(to_i64(case.revision))
        .fetch_one(self.connection())
        .await?;
        course.was_complete = complete > 0;
        let query = sqlx::query_scalar::<_, String>(
            "SELECT placement FROM revision WHERE case_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT 1",
        );
        let before = query.bind(case.id).bind(to_i64(case.revision)).fetch_optional(self.connection()).await?;
        if let Some(placement) = before.and_then(|json| serde_json::from_str::<Placement>(&json).ok()).filter(|_| !course.is_ruled) {
            course.place = placement.place;
        }
        Ok(course)
    }

    /// Where the latest revision leaves its case now, since a person says whether it is complete.
    pub async fn set_placement(&mut self, case: &ActCase, placement: &Placement) -> Result<()> {
        let json = serde_json::to_string(placement).map_err(|source| StoreError::Row { what: "placement", source })?;
        let query = sqlx::query("UPDATE revision SET placement = $3 WHERE case_id = $1 AND revision = $2");
        query.bind(case.id).bind(to_i64(case.revision)).bind(json).execute(self.connection()).await?;
        let place = &placement.place;
        let query = sqlx::query("UPDATE case_record SET month = $2, batch = $3, late = $4 WHERE id = $1").bind(case.id);
        let query = query.bind(place.month.as_deref()).bind(place.batch.as_deref()).bind(i64::from(place.late));
        query.execute(self.connection()).await?;
        self.refresh(case.id).await
    }

    /// Whom a letter about a case goes to: only an address that was written to about it before, since only those were
    /// found to be the unit's.
    pub async fn correspondence(&mut self, case: i64) -> Result<Option<Correspondence>> {
        let query = sqlx::query(
            "SELECT o.to_address, m.message_id, m.subject FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             JOIN case_record c ON c.id = oc.case_id
             JOIN revision r ON r.case_id = c.id AND r.revision = c.revision JOIN message m ON m.id = r.message
             WHERE oc.case_id = $1 AND o.kind NOT IN ('digest', 'referral') ORDER BY o.id DESC LIMIT 1",
        );
        let Some(row) = query.bind(case).fetch_optional(self.connection()).await? else { return Ok(None) };
        let (to, message_id, subject) = (row.try_get("to_address")?, row.try_get("message_id")?, row.try_get("subject")?);
        Ok(Some(Correspondence { to, message_id, subject }))
    }

    /// Whether a correction request about a case still waits to be sent.
    pub async fn is_request_waiting(&mut self, case: i64) -> Result<bool> {
        let query = sqlx::query_scalar::<_, i64>(
            "SELECT COUNT(*) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             WHERE oc.case_id = $1 AND o.state IN ('queued', 'held') AND o.kind = 'correction'",
        );
        Ok(query.bind(case).fetch_one(self.connection()).await? > 0)
    }
}
