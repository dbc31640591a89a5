//! The audit log as a list, narrowed by who, what, when, and by the case that an act has to do with.

use super::super::{
    Result, Store, StoreError,
    filter::{Filter, Sql, part_of},
    rfc3339, to_i64,
};
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
    /// What is asked about cases: acts on those that pass, on their mails, on the replies about them, and on their windows.
    pub about: Filter,
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
        let mut sql = Sql::new("SELECT number, at_ms, actor, act, subject, reason, detail, hash FROM audit a WHERE 1 = 1");
        filter.narrow(&mut sql);
        sql.with(" ORDER BY number DESC LIMIT ?", filter.limit.map_or(i64::MAX, to_i64));
        sql.query().fetch_all(&self.pool).await?.iter().rev().map(read).collect()
    }

    /// How many there are.
    pub async fn count_audit(&self, filter: &AuditFilter) -> Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM audit a WHERE 1 = 1");
        filter.narrow(&mut sql);
        self.count(&sql).await
    }
}

impl AuditFilter {
    /// Only what is asked for: so an index is used where there is one.
    fn narrow(&self, sql: &mut Sql) {
        sql.when(" AND actor = ?", self.actor.as_deref())
            .when(" AND (act = ? OR act LIKE ? || '.%')", self.act.as_deref())
            .when(
                " AND subject IN (SELECT 'case/' || COALESCE(number, CAST(id AS TEXT)) FROM case_record WHERE number = ?
                      UNION SELECT 'case/' || CAST(id AS TEXT) FROM case_record WHERE number = ?
                      UNION SELECT 'outbox/' || CAST(oc.outbox AS TEXT) FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id
                          WHERE c.number = ?
                      UNION SELECT 'message/' || CAST(r.message AS TEXT) FROM revision r JOIN case_record c ON c.id = r.case_id
                          WHERE c.number = ?
                      UNION SELECT 'message/' || CAST(e.message AS TEXT) FROM evidence e JOIN case_record c ON c.id = e.case_id
                          WHERE c.number = ?)",
                self.case.as_deref(),
            )
            .when(" AND subject = ?", self.subject.as_deref())
            .when(" AND at_ms >= ?", self.since)
            .when(" AND at_ms < ?", self.until)
            .when(" AND (lower(reason) LIKE ? ESCAPE '!' OR lower(detail) LIKE ? ESCAPE '!')", self.text.as_deref().map(part_of));
        if self.about.is_narrowed() {
            sql.push(" AND subject IN (");
            self.about_cases(sql);
            sql.push(")");
        }
    }

    /// What acts were done to that have to do with these cases, as the log writes it.
    fn about_cases(&self, sql: &mut Sql) {
        let about = &self.about;
        let of_cases = |sql: &mut Sql| {
            about.of_cases(sql);
            sql.when(" AND c.campaign = ?", about.campaign.as_deref());
        };
        sql.push("SELECT 'case/' || COALESCE(c.number, CAST(c.id AS TEXT)) FROM case_record c WHERE 1 = 1");
        of_cases(sql);
        sql.push(
            " UNION SELECT 'outbox/' || CAST(oc.outbox AS TEXT) FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id WHERE 1 = 1",
        );
        of_cases(sql);
        sql.push(" UNION SELECT 'message/' || CAST(r.message AS TEXT) FROM revision r JOIN case_record c ON c.id = r.case_id WHERE 1 = 1");
        of_cases(sql);
        sql.push(" UNION SELECT 'message/' || CAST(e.message AS TEXT) FROM evidence e JOIN case_record c ON c.id = e.case_id WHERE 1 = 1");
        of_cases(sql);
        sql.when(" UNION SELECT 'window/' || ?", about.window.as_deref()).when(" UNION SELECT 'window/' || ?", about.batch.as_deref());
        // What came to no case, and what was done to the campaign as a whole.
        if let (Some(campaign), false) = (about.campaign.as_deref(), about.is_about_cases()) {
            sql.with(" UNION SELECT 'message/' || CAST(m.id AS TEXT) FROM message m WHERE m.campaign = ?", campaign)
                .with(" UNION SELECT 'outbox/' || CAST(o.id AS TEXT) FROM outbox o WHERE o.campaign = ?", campaign)
                .with(" UNION SELECT 'window/' || name FROM frozen_window WHERE campaign = ? UNION SELECT 'campaign/' || ?", campaign);
        }
    }
}

impl Store {
    /// Every act that a case has to do with, oldest first: on it, on what became part of it, on its mails and replies, and
    /// the freezing of batches that count it.
    pub(in super::super) async fn acts_of(&self, case: i64) -> Result<Vec<AuditRow>> {
        let campaign = sqlx::query_scalar::<_, String>("SELECT campaign FROM case_record WHERE id = $1").bind(case);
        let campaign = campaign.fetch_optional(&self.pool).await?.unwrap_or_default();
        // Batches of two campaigns may have the same name.
        let is_others = |row: &AuditRow| row.detail.get("campaign").and_then(serde_json::Value::as_str).is_some_and(|of| of != campaign);
        let mut acts: Vec<AuditRow> = of_case(case).query().fetch_all(&self.pool).await?.iter().map(read).collect::<Result<_>>()?;
        acts.retain(|row| !(row.subject.starts_with("window/") && is_others(row)));
        // What went out of a whole campaign before the case was there had nothing of it.
        let opened = acts.iter().position(|row| !row.subject.starts_with("campaign/")).unwrap_or(acts.len());
        acts.drain(..opened);
        Ok(acts)
    }
}

/// The exports with names and numbers are looked for by an index of their own: they name many cases, or a whole campaign.
fn of_case(case: i64) -> Sql {
    let mut sql = Sql::new("SELECT number, at_ms, actor, act, subject, reason, detail, hash FROM audit");
    sql.with(
        " WHERE subject IN (
              SELECT 'case/' || COALESCE(number, CAST(id AS TEXT)) FROM case_record WHERE id = ? OR merged_into = ?
              UNION SELECT 'case/' || CAST(id AS TEXT) FROM case_record WHERE id = ? OR merged_into = ?
              UNION SELECT 'outbox/' || CAST(outbox AS TEXT) FROM outbox_case WHERE case_id = ?
              UNION SELECT 'message/' || CAST(message AS TEXT) FROM revision WHERE case_id = ?
              UNION SELECT 'message/' || CAST(message AS TEXT) FROM evidence WHERE case_id = ?
              UNION SELECT 'window/' || name FROM frozen_case WHERE case_id = ?)
          OR (act = 'ledger.contacts_exported' AND EXISTS (SELECT 1 FROM case_record c WHERE c.id = ? AND (
              subject = 'campaign/' || c.campaign OR replace(subject, '/', ',') || ',' LIKE '%,' || c.number || ',%')))
          ORDER BY number",
        case,
    );
    sql
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
    use super::super::super::{Settled, testing::*};
    use super::*;
    use crate::model::audit::{Act, Actor, By};
    use serde_json::json;

    #[tokio::test]
    async fn no_case_is_told_by_going_through_the_whole_log() {
        let (_dir, store) = file().await;
        let mut narrowed = Sql::new("SELECT number FROM audit a WHERE 1 = 1");
        AuditFilter { case: Some("JCZH-2023-0001".into()), ..AuditFilter::default() }.narrow(&mut narrowed);
        for sql in [of_case(1), narrowed] {
            let rows = sql.explained().fetch_all(&store.pool).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("detail").unwrap()).collect();
            assert!(plan.iter().any(|line| line.contains("audit_subject")), "{plan:#?}");
            let through = |line: &&String| {
                ["audit", "a ", "case_record", "revision", "evidence"].iter().any(|table| line.starts_with(&format!("SCAN {table}")))
            };
            assert_eq!(plan.iter().find(through), None, "{plan:#?}");
        }
    }

    #[tokio::test]
    async fn the_list_is_narrowed() {
        let (_dir, store) = store().await;
        let (_, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        store.settle(&[Settled { id: 1, outcome: accepted(3000) }], 3000).await.unwrap();
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
        let about = |change: fn(&mut Filter)| {
            let mut filter = all();
            change(&mut filter.about);
            filter
        };
        assert_eq!(acts(about(|about| about.region = Some("十堰市".into()))).await, ["reply.queued", "reply.sent"]);
        assert!(acts(about(|about| about.region = Some("武汉市".into()))).await.is_empty());
        assert_eq!(acts(about(|about| about.unit = Some("计量".into()))).await, ["reply.queued", "reply.sent"]);
        assert_eq!(acts(about(|about| about.campaign = Some("2023".into()))).await, ["reply.queued", "reply.sent"]);
        assert!(acts(about(|about| about.campaign = Some("2022".into()))).await.is_empty());
        assert_eq!(acts(AuditFilter { limit: Some(1), ..all() }).await, ["backup.made"]);
        assert_eq!(store.count_audit(&AuditFilter { act: Some("reply".into()), limit: Some(1), ..all() }).await.unwrap(), 2);
        let at = |ms| Some(jiff::Timestamp::from_millisecond(ms).unwrap());
        assert_eq!(acts(AuditFilter { since: at(3000), until: at(9000), ..all() }).await, ["reply.sent"]);
    }
}
