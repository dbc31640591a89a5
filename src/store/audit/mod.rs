//! The audit log: every act of people and of the program, in the transaction of the act itself.
//!
//! [`Transaction::audit`] only takes an entry down; `commit` chains what was taken down to the end of the log and
//! writes it, so that nothing is committed without its entry, a batch costs one chain, and the end is locked for a
//! moment only. The hash of a row is the SHA-256 of the compact JSON array
//!
//! ```text
//! [previous, number, at_ms, actor, act, subject, reason, detail]
//! ```
//!
//! with every text as it stands in the table, so that anybody can verify the log with any tool.

pub mod list;
pub mod verify;

use super::rows::{Insert, Statement};
use super::{Result, Store, Transaction, blob, text, to_i64};
use crate::model::audit::Entry;

/// The texts of a row, as they stand in the table and in its hash.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub previous: &'a str,
    pub number: i64,
    pub at_ms: i64,
    pub actor: &'a str,
    pub act: &'a str,
    pub subject: &'a str,
    pub reason: &'a str,
    pub detail: &'a str,
}

impl Row<'_> {
    /// Its hash, lower-case hexadecimal.
    pub fn hash(&self) -> String {
        let Row { previous, number, at_ms, actor, act, subject, reason, detail } = self;
        let array = serde_json::json!([previous, number, at_ms, actor, act, subject, reason, detail]);
        blob::hash(array.to_string().as_bytes())
    }
}

impl Transaction {
    /// Takes an act down; it is written when the transaction commits, and only then.
    pub fn audit(&mut self, entry: Entry) {
        self.acts.push(entry);
    }

    /// Chains what was taken down to the end of the log. The first statement locks the end until the commit.
    pub(super) async fn write_audit(&mut self) -> Result<()> {
        let acts = std::mem::take(&mut self.acts);
        if acts.is_empty() {
            return Ok(());
        }
        let query = sqlx::query_as("UPDATE audit_head SET last = last + $1 WHERE one = 1 RETURNING last, hash");
        let (last, mut previous): (i64, String) = query.bind(to_i64(acts.len())).fetch_one(self.connection()).await?;
        let first = last - to_i64(acts.len()) + 1;
        let mut rows = Vec::new();
        for (number, act) in (first..).zip(&acts) {
            let reason = self.without_people(act).await?;
            let row = Chained::after(previous, number, act, &reason);
            previous = row.hash.clone();
            rows.push(row);
        }
        self.insert_all(&ROW, rows, Chained::bound).await?;
        sqlx::query("UPDATE audit_head SET hash = $1 WHERE one = 1").bind(previous).execute(self.connection()).await?;
        Ok(())
    }
}

const ROW: Insert = Insert {
    into: "INSERT INTO audit (number, at_ms, actor, act, subject, reason, detail, previous, hash)",
    row: "($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    values: 9,
    then: "",
};

/// An act in its place in the chain.
struct Chained {
    number: i64,
    at_ms: i64,
    actor: String,
    act: &'static str,
    subject: String,
    reason: String,
    detail: String,
    previous: String,
    hash: String,
}

impl Chained {
    fn after(previous: String, number: i64, entry: &Entry, reason: &str) -> Chained {
        let (at_ms, act, actor) = (entry.by.at_ms, entry.act.as_str(), text(entry.by.actor.as_str()));
        let (subject, reason, detail) = (text(&entry.subject), text(reason), text(&entry.detail.to_string()));
        let row = Row { previous: &previous, number, at_ms, actor: &actor, act, subject: &subject, reason: &reason, detail: &detail };
        let hash = row.hash();
        Chained { number, at_ms, actor, act, subject, reason, detail, previous, hash }
    }

    fn bound(row: Statement, act: Chained) -> Statement {
        row.bind(act.number)
            .bind(act.at_ms)
            .bind(act.actor)
            .bind(act.act)
            .bind(act.subject)
            .bind(act.reason)
            .bind(act.detail)
            .bind(act.previous)
            .bind(act.hash)
    }
}

impl Store {
    /// Writes an act down that changes nothing else in the record.
    pub async fn audit(&self, entry: Entry) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.audit(entry);
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::list::AuditFilter;
    use crate::model::audit::{Act, Actor, By};
    use serde_json::json;

    #[tokio::test]
    async fn an_act_is_written_with_what_it_changes_or_not_at_all() {
        let (_dir, store) = store().await;
        let by = By { actor: Actor::Person("zhang".into()), at_ms: 5, reason: "原因".into() };
        let mut tx = store.begin().await.unwrap();
        tx.audit(by.entry(Act::CaseRevised, "case/1", json!({"revision": 2})));
        tx.rollback().await.unwrap();
        assert!(store.list_audit(&AuditFilter::default()).await.unwrap().is_empty());
        let mut tx = store.begin().await.unwrap();
        tx.audit(by.entry(Act::CaseRevised, "case/1", json!({"revision": 2})));
        tx.audit(By::program(6).entry(Act::ReplyQueued, "outbox/1", json!({})));
        tx.commit().await.unwrap();
        let rows = store.list_audit(&AuditFilter::default()).await.unwrap();
        assert_eq!(rows.iter().map(|row| (row.number, row.actor.as_deref())).collect::<Vec<_>>(), [(1, Some("zhang")), (2, None)]);
        assert_eq!((rows[0].act.as_str(), rows[0].reason.as_str(), &rows[0].detail), ("case.revised", "原因", &json!({"revision": 2})));
    }

    #[tokio::test]
    async fn writers_at_the_same_time_chain_one_after_the_other() {
        let (_dir, store) = store().await;
        let write = |at_ms| {
            let store = store.clone();
            tokio::spawn(async move { store.audit(By::program(at_ms).entry(Act::BackupMade, "backup", json!({}))).await })
        };
        for task in (0..20).map(write).collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
        let report = store.verify_audit(None).await.unwrap();
        assert_eq!((report.rows, report.faults), (20, vec![]));
    }
}
