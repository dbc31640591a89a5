//! The audit log as a list, narrowed by who, what, when, and by the case that an act has to do with.

use super::super::{Result, Store, StoreError, filter::part_of, rfc3339, to_i64};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Row, any::AnyRow};

/// What the list is narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A login name; empty: the program.
    pub actor: Option<String>,
    /// An act, or the beginning of its name: `reply`.
    pub act: Option<String>,
    /// A case's number: acts on it, on its mails, and on the replies about it.
    pub case: Option<String>,
    /// What was acted on: `outbox/3`.
    pub subject: Option<String>,
    /// At or after.
    pub since: Option<jiff::Timestamp>,
    /// Before.
    pub until: Option<jiff::Timestamp>,
    /// A part of the reason or the details.
    pub text: Option<String>,
    /// The newest so many; none: all.
    pub limit: Option<u32>,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the keys are told by the log's own table")]
pub struct AuditRow {
    pub number: i64,
    pub at: String,
    /// None: the program.
    pub actor: Option<String>,
    pub act: String,
    pub subject: String,
    pub reason: String,
    pub detail: Value,
    pub hash: String,
}

impl Store {
    /// The acts, oldest first.
    pub async fn list_audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>> {
        let query = sqlx::query(
            "SELECT number, at_ms, actor, act, subject, reason, detail, hash FROM audit a
             WHERE (CAST($1 AS TEXT) IS NULL OR actor = $1)
               AND (CAST($2 AS TEXT) IS NULL OR act = $2 OR act LIKE $2 || '.%')
               AND (CAST($3 AS TEXT) IS NULL OR subject = 'case/' || $3
                    OR subject IN (SELECT 'outbox/' || CAST(oc.outbox AS TEXT) FROM outbox_case oc
                                   JOIN case_record c ON c.id = oc.case_id WHERE c.number = $3)
                    OR subject IN (SELECT 'message/' || CAST(mc.message AS TEXT) FROM message_case mc
                                   JOIN case_record c ON c.id = mc.case_id WHERE c.number = $3)
                    OR subject IN (SELECT 'case/' || CAST(c.id AS TEXT) FROM case_record c WHERE c.number = $3))
               AND (CAST($4 AS TEXT) IS NULL OR subject = $4)
               AND (CAST($5 AS BIGINT) IS NULL OR at_ms >= $5)
               AND (CAST($6 AS BIGINT) IS NULL OR at_ms < $6)
               AND (CAST($7 AS TEXT) IS NULL OR lower(reason) LIKE $7 ESCAPE '!' OR lower(detail) LIKE $7 ESCAPE '!')
             ORDER BY number DESC LIMIT $8",
        );
        let rows = query
            .bind(filter.actor.clone())
            .bind(filter.act.clone())
            .bind(filter.case.clone())
            .bind(filter.subject.clone())
            .bind(filter.since.map(jiff::Timestamp::as_millisecond))
            .bind(filter.until.map(jiff::Timestamp::as_millisecond))
            .bind(filter.text.as_deref().map(part_of))
            .bind(filter.limit.map_or(i64::MAX, to_i64))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().rev().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<AuditRow> {
    let actor: String = row.try_get("actor")?;
    Ok(AuditRow {
        number: row.try_get("number")?,
        at: rfc3339(row.try_get("at_ms")?),
        actor: Some(actor).filter(|actor| !actor.is_empty()),
        act: row.try_get("act")?,
        subject: row.try_get("subject")?,
        reason: row.try_get("reason")?,
        detail: serde_json::from_str(row.try_get("detail")?).map_err(|source| StoreError::Row { what: "detail", source })?,
        hash: row.try_get("hash")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{Outcome, Settled, testing::*};
    use super::*;
    use crate::model::audit::{Act, Actor, By};
    use serde_json::json;

    #[tokio::test]
    async fn the_list_is_narrowed() {
        let (_dir, store) = store().await;
        let (_, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        store.settle(&[Settled { id: 1, outcome: Outcome::Sent { at_ms: 3000 } }], 3000).await.unwrap();
        let by = By { actor: Actor::Person("zhang".into()), at_ms: 9000, reason: "核对 100%".into() };
        store.audit(by.entry(Act::BackupMade, "backup", json!({"messages": 3}))).await.unwrap();
        let acts = async |filter: AuditFilter| store.list_audit(&filter).await.unwrap().into_iter().map(|row| row.act).collect::<Vec<_>>();
        let all = || AuditFilter::default();
        assert_eq!(acts(all()).await, ["reply.queued", "reply.sent", "backup.made"]);
        assert_eq!(acts(AuditFilter { actor: Some("zhang".into()), ..all() }).await, ["backup.made"]);
        assert_eq!(acts(AuditFilter { actor: Some(String::new()), ..all() }).await, ["reply.queued", "reply.sent"]);
        assert_eq!(acts(AuditFilter { act: Some("reply".into()), ..all() }).await, ["reply.queued", "reply.sent"]);
        assert_eq!(acts(AuditFilter { act: Some("reply.sent".into()), ..all() }).await, ["reply.sent"]);
        assert_eq!(acts(AuditFilter { case: Some(number), ..all() }).await, ["reply.queued", "reply.sent"]);
        assert_eq!(acts(AuditFilter { subject: Some("backup".into()), ..all() }).await, ["backup.made"]);
        assert_eq!(acts(AuditFilter { text: Some("100%".into()), ..all() }).await, ["backup.made"]);
        assert_eq!(acts(AuditFilter { limit: Some(1), ..all() }).await, ["backup.made"]);
        let at = |ms| Some(jiff::Timestamp::from_millisecond(ms).unwrap());
        assert_eq!(acts(AuditFilter { since: at(3000), until: at(9000), ..all() }).await, ["reply.sent"]);
    }
}
