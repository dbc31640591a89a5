//! What is kept no longer than the office wants: which cases and mails have had their time, and their erasure.
//!
//! A case goes as a whole with its mails, files and letters, or it stays. What is left is what statistics and the audit
//! log need: its number, title and unit, where and how it stood, when, and the hashes. Erased rows are overwritten in
//! the file (`secure_delete`), which is then written anew, and the write-ahead log is emptied behind them. Blobs are noted in the transaction and
//! removed after it, so that a cut leaves nothing behind that nobody knows of.

mod erase;
#[cfg(test)]
mod tests;

use super::rows::{Insert, Statement};
use super::{ActCase, Dialect, Result, Store, StoreError, Transaction, blob, from_i64};
use crate::model::audit::{Act, By};
use serde_json::json;
use sqlx::{Any, Row};
use std::collections::{BTreeMap, BTreeSet};

/// The field of a ruling that keeps a case from being purged.
const HOLD: &str = "hold";
/// What stands where something was.
const GONE: &str = "（已清除）";

/// What has had its time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// Cases: row, number or row, and the last that happened, in unix milliseconds.
    pub cases: Vec<(i64, String, i64)>,
    /// Mails of these cases, and of none.
    pub mails: Vec<ExpiredMail>,
    /// Cases of that age that are held.
    pub held: Vec<String>,
    /// Cases of that age that stay for now: they share a mail with one that stays, or something about them still waits.
    pub kept: Vec<String>,
}

/// A mail that has had its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredMail {
    /// Its row.
    pub id: i64,
    /// Its campaign.
    pub campaign: String,
    /// The blob that holds it.
    pub sha256: Option<String>,
    /// When it was received, in unix milliseconds.
    pub received_ms: i64,
    /// The cases that it belongs to.
    pub cases: Vec<i64>,
}

/// What went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// Cases.
    pub cases: usize,
    /// Mails.
    pub mails: usize,
    /// Blobs that nothing refers to any more.
    pub blobs: usize,
    /// SHA-256 over the hashes of all that went, a line each in order: what the log certifies.
    pub manifest: String,
}

/// Cases that came before an instant, with all that may have happened to them since.
const ENDED: &str = "SELECT c.id, COALESCE(c.number, CAST(c.id AS TEXT)) AS name, c.received_ms, c.merged_into,
         (SELECT MAX(r.received_ms) FROM revision r WHERE r.case_id = c.id) AS revised_ms,
         (SELECT MAX(COALESCE(o.sent_ms, o.created_ms)) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
          WHERE oc.case_id = c.id) AS told_ms,
         (SELECT MAX(g.at_ms) FROM ruling g WHERE g.case_id = c.id AND g.field <> 'hold') AS ruled_ms,
         (SELECT MAX(COALESCE(s.confirmed_ms, s.at_ms)) FROM selection s WHERE s.case_id = c.id) AS selected_ms,
         (SELECT COUNT(*) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
          WHERE oc.case_id = c.id AND o.state IN ('queued', 'held')) AS waiting,
         (SELECT COUNT(*) FROM ruling g WHERE g.case_id = c.id AND g.field = 'hold' AND g.state = 'standing') AS held
     FROM case_record c WHERE c.purged_ms IS NULL AND c.received_ms < $1";

impl Store {
    /// What ended before this instant. Only what came before it is asked when it last moved.
    pub async fn expired(&self, before_ms: i64) -> Result<Expired> {
        let cases = sqlx::query(ENDED);
        let mut cases = cases.bind(before_ms).fetch_all(&self.pool).await?;
        // Not by the statement: in the order of its keys SQLite would look at every row.
        cases.sort_by_key(|row| row.try_get::<i64, _>("id").ok());
        let mut expired = Expired::default();
        let mut open: BTreeMap<i64, (String, i64)> = BTreeMap::new();
        let mut parts: Vec<(i64, i64)> = Vec::new();
        for row in cases {
            let (id, name): (i64, String) = (row.try_get("id")?, row.try_get("name")?);
            parts.extend(row.try_get::<Option<i64>, _>("merged_into")?.map(|into| (id, into)));
            let mut last: i64 = row.try_get("received_ms")?;
            for later in ["revised_ms", "told_ms", "ruled_ms", "selected_ms"] {
                last = last.max(row.try_get::<Option<i64>, _>(later)?.unwrap_or(i64::MIN));
            }
            match (last < before_ms, row.try_get::<i64, _>("held")? > 0, row.try_get::<i64, _>("waiting")? > 0) {
                (false, ..) => {}
                (true, true, _) => expired.held.push(name),
                (true, false, true) => expired.kept.push(name),
                (true, false, false) => drop(open.insert(id, (name, last))),
            }
        }
        let mails = self.mails_before(before_ms).await?;
        if open.is_empty() && mails.is_empty() {
            return Ok(expired);
        }
        let of_cases = self.mails_of_cases().await?;
        let mails = with_cases(mails, &of_cases);
        settle(&mut open, &parts, &mails, &of_cases, &mut expired.kept);
        expired.mails = mails.into_iter().filter(|mail| mail.cases.iter().all(|case| open.contains_key(case))).collect();
        expired.cases = open.into_iter().map(|(id, (name, last))| (id, name, last)).collect();
        Ok(expired)
    }

    /// Mails that ended and that nobody has to look at any more, in their order, without their cases.
    async fn mails_before(&self, before_ms: i64) -> Result<Vec<ExpiredMail>> {
        let rows = sqlx::query(
            "SELECT m.id, m.campaign, m.sha256, m.received_ms FROM message m
             WHERE m.received_ms < $1 AND m.state = 'done' AND m.purged_ms IS NULL
               AND (m.disposition <> 'quarantined' OR m.dismissed_ms IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.source_message = m.id AND o.state IN ('queued', 'held'))
               AND NOT EXISTS (SELECT 1 FROM summary_item s WHERE s.message = m.id AND s.outbox IS NULL)",
        );
        let mut rows = rows.bind(before_ms).fetch_all(&self.pool).await?;
        rows.sort_by_key(|row| row.try_get::<i64, _>("id").ok());
        let read = |row: &sqlx::any::AnyRow| {
            Ok(ExpiredMail {
                id: row.try_get("id")?,
                campaign: row.try_get("campaign")?,
                sha256: row.try_get("sha256")?,
                received_ms: row.try_get("received_ms")?,
                cases: Vec::new(),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn mails_of_cases(&self) -> Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as::<Any, (i64, i64)>("SELECT message, case_id FROM message_case").fetch_all(&self.pool).await?)
    }

    /// Erases it, with the certificate in the audit log. `files` are further files of each mail, which no row names.
    pub async fn purge(&self, expired: &Expired, files: &BTreeMap<i64, Vec<String>>, before_ms: i64, by: &By) -> Result<Purged> {
        let mut tx = self.begin().await?;
        if let Dialect::Sqlite(_) = self.dialect {
            sqlx::query("PRAGMA secure_delete = ON").fetch_all(tx.connection()).await?;
        }
        let mut hashes: BTreeSet<String> = BTreeSet::new();
        let mut of_case: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for mail in &expired.mails {
            let mut own = tx.hashes(mail).await?;
            own.extend(files.get(&mail.id).into_iter().flatten().cloned());
            tx.erase_mail(mail.id, by.at_ms).await?;
            if mail.cases.is_empty() {
                tx.audit(by.entry(Act::MessagePurged, format!("message/{}", mail.id), json!({"sha256": own})));
            }
            mail.cases.iter().for_each(|case| of_case.entry(*case).or_default().extend(own.iter().cloned()));
            hashes.extend(own);
        }
        for (case, name, _) in &expired.cases {
            tx.erase_case(*case, by.at_ms).await?;
            let own = of_case.remove(case).unwrap_or_default();
            tx.audit(by.entry(Act::CasePurged, format!("case/{name}"), json!({"sha256": own})));
        }
        tx.insert_all(&DUE, hashes.iter().cloned(), Statement::bind).await?;
        tx.spare_referred().await?;
        sqlx::query("DELETE FROM evidence_text WHERE sha256 IN (SELECT sha256 FROM purge_due)").execute(tx.connection()).await?;
        let gone = tx.purge_due().await?.iter().filter(|sha256| hashes.contains(*sha256)).count();
        let manifest = blob::hash(hashes.iter().map(|sha256| format!("{sha256}\n")).collect::<String>().as_bytes());
        let purged = Purged { cases: expired.cases.len(), mails: expired.mails.len(), blobs: gone, manifest };
        let before = super::rfc3339(before_ms);
        let detail = json!({
            "before": before, "cases": purged.cases, "messages": purged.mails, "blobs": purged.blobs, "manifest": purged.manifest,
        });
        tx.audit(by.entry(Act::PurgeDone, "privacy", detail));
        tx.commit().await?;
        self.index_due().await?;
        Ok(purged)
    }

    /// Takes what was erased out of the database's own files; false where another process still reads them.
    pub async fn scrub(&self) -> Result<bool> {
        let Dialect::Sqlite(_) = self.dialect else { return Ok(true) };
        sqlx::query("INSERT INTO case_search (case_search) VALUES ('optimize')").execute(&self.pool).await?;
        // What was written over before, without overwriting, is left in the pages until the file is written anew.
        if let Err(error) = sqlx::query("VACUUM").execute(&self.pool).await.map_err(StoreError::from) {
            return if error.is_transient() { Ok(false) } else { Err(error) };
        }
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.pool).await?;
        Ok(row.try_get::<i64, _>(0)? == 0)
    }

    /// Blobs that are to be removed from the disk; what came again since stays.
    pub async fn purge_due(&self) -> Result<Vec<String>> {
        let mut tx = self.begin().await?;
        tx.spare_referred().await?;
        let due = tx.purge_due().await?;
        tx.commit().await?;
        Ok(due)
    }

    /// They are gone.
    pub async fn purge_finished(&self, removed: &[String]) -> Result<()> {
        let mut tx = self.begin().await?;
        for sha256 in removed {
            sqlx::query("DELETE FROM purge_due WHERE sha256 = $1").bind(sha256).execute(tx.connection()).await?;
        }
        tx.commit().await
    }

    /// How many backups were made, which hold what was erased since.
    pub async fn backups_made(&self) -> Result<u64> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM audit WHERE act = 'backup.made'");
        let count: i64 = query.fetch_one(&self.pool).await?;
        Ok(from_i64(count))
    }
}

/// Repeating it changes nothing: sha256 is the primary key.
const DUE: Insert = Insert { into: "INSERT INTO purge_due (sha256)", row: "($1)", values: 1, then: "ON CONFLICT DO NOTHING" };

/// The mails with the cases that they belong to.
fn with_cases(mut mails: Vec<ExpiredMail>, of_cases: &[(i64, i64)]) -> Vec<ExpiredMail> {
    let mut by_mail: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    of_cases.iter().for_each(|(mail, case)| by_mail.entry(*mail).or_default().push(*case));
    mails.iter_mut().for_each(|mail| mail.cases = by_mail.remove(&mail.id).unwrap_or_default());
    mails
}

/// A case goes only with all its mails, and a mail only with all its cases; a merged case goes with the one it is part of.
fn settle(
    open: &mut BTreeMap<i64, (String, i64)>,
    parts: &[(i64, i64)],
    mails: &[ExpiredMail],
    all: &[(i64, i64)],
    kept: &mut Vec<String>,
) {
    let old: BTreeSet<i64> = mails.iter().map(|mail| mail.id).collect();
    let mut of_mail: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    all.iter().for_each(|(mail, case)| of_mail.entry(*mail).or_default().push(*case));
    loop {
        let stays = |case: &i64| !open.contains_key(case);
        let bound =
            of_mail.iter().filter(|(mail, cases)| !old.contains(mail) || cases.iter().any(stays)).flat_map(|(_, cases)| cases.clone());
        let merged = parts.iter().filter(|(_, into)| stays(into)).map(|(part, _)| *part);
        let leave: BTreeSet<i64> = bound.chain(merged).filter(|case| open.contains_key(case)).collect();
        if leave.is_empty() {
            return;
        }
        kept.extend(leave.iter().filter_map(|case| open.remove(case)).map(|(name, _)| name));
    }
}

impl Transaction {
    /// Keeps a case from being purged, or no longer. False where that is so already.
    pub async fn hold_case(&mut self, case: &ActCase, is_held: bool, by: &By) -> Result<bool> {
        let query =
            sqlx::query_scalar::<Any, i64>("SELECT COUNT(*) FROM ruling WHERE case_id = $1 AND field = 'hold' AND state = 'standing'");
        if (query.bind(case.id).fetch_one(self.connection()).await? > 0) == is_held {
            return Ok(false);
        }
        if is_held {
            self.rule(case.id, HOLD, "true", "standing", by).await?;
        } else {
            let query = sqlx::query("UPDATE ruling SET state = 'replaced' WHERE case_id = $1 AND field = 'hold' AND state = 'standing'");
            query.bind(case.id).execute(self.connection()).await?;
        }
        let act = if is_held { Act::CaseHeld } else { Act::CaseUnheld };
        self.audit(by.entry(act, format!("case/{}", case.name()), json!({})));
        Ok(true)
    }
}
