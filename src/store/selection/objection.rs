//! What is objected in a public notice, and what came of it.

use super::super::{ActCase, Result, Store, Transaction, rfc3339, text};
use crate::model::audit::{Act, By};
use crate::model::outcome::Outcome;
use serde::Serialize;
use serde_json::json;
use sqlx::{Row, any::AnyRow};

/// What was objected in a public notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys speak for themselves")]
pub struct ObjectionRow {
    pub id: i64,
    pub number: String,
    pub content: String,
    pub received_at: String,
    pub actor: String,
    pub at: String,
    /// `upheld` or `dismissed`; none while it is open.
    pub settled: Option<String>,
    /// What the second person confirmed when it was settled.
    pub settled_reason: Option<String>,
}

impl Store {
    /// What was objected to a case, oldest first.
    pub async fn objections(&self, number: &str) -> Result<Vec<ObjectionRow>> {
        let query = sqlx::query(
            "SELECT o.id, c.number, o.content, o.received_ms, o.actor, o.at_ms, o.settled, s.reason AS settled_reason
             FROM objection o JOIN case_record c ON c.id = o.case_id LEFT JOIN selection s ON s.id = o.settled_by
             WHERE c.number = $1 ORDER BY o.id",
        );
        let read = |row: &AnyRow| {
            Ok(ObjectionRow {
                id: row.try_get("id")?,
                number: row.try_get("number")?,
                content: row.try_get("content")?,
                received_at: rfc3339(row.try_get("received_ms")?),
                actor: row.try_get("actor")?,
                at: rfc3339(row.try_get("at_ms")?),
                settled: row.try_get("settled")?,
                settled_reason: row.try_get("settled_reason")?,
            })
        };
        query.bind(number).fetch_all(&self.pool).await?.iter().map(read).collect()
    }
}

impl Transaction {
    /// Keeps an objection; the first one takes the case out of the public notice. False where the case is in none. The log
    /// names it and doesn't repeat it. What was proposed before it came in knew nothing of it, and is replaced.
    pub async fn object(&mut self, case: &ActCase, content: &str, received_ms: i64, by: &By) -> Result<bool> {
        match self.outcome(case.id).await? {
            Some(Outcome::InNotice) => drop(self.note_outcome(case, Outcome::Objected, by).await?),
            Some(Outcome::Objected) => {
                let detail = json!({"outcome": Outcome::Objected.as_str(), "again": true});
                self.audit(by.entry(Act::SelectionObjected, format!("case/{}", case.name()), detail));
            }
            _ => return Ok(false),
        }
        let query = sqlx::query("UPDATE selection SET state = 'replaced' WHERE case_id = $1 AND state = 'proposed'").bind(case.id);
        query.execute(self.connection()).await?;
        let query = sqlx::query("INSERT INTO objection (case_id, content, received_ms, actor, at_ms) VALUES ($1, $2, $3, $4, $5)");
        let query = query.bind(case.id).bind(text(content)).bind(received_ms).bind(by.actor.as_str()).bind(by.at_ms);
        query.execute(self.connection()).await?;
        Ok(true)
    }

    pub(super) async fn settle_objections(&mut self, case: i64, step: i64, outcome: Outcome) -> Result<()> {
        let settled = if outcome == Outcome::NotSelected { "upheld" } else { "dismissed" };
        let query = sqlx::query("UPDATE objection SET settled = $2, settled_by = $3 WHERE case_id = $1 AND settled IS NULL");
        query.bind(case).bind(settled).bind(step).execute(self.connection()).await?;
        Ok(())
    }
}
