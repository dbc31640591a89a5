//! What is kept no longer than the office wants: which cases and mails have had their time, and their erasure.
//!
//! A case goes as a whole with its mails, files and letters, or it stays. What is left is what statistics and the audit
//! log need: its number, title and unit, where and how it stood, when, and the hashes. Erased rows are overwritten in
//! the file (`secure_delete`), which is then written anew, and the write-ahead log is emptied behind them. Blobs are noted in the transaction and
//! removed after it, so that a cut leaves nothing behind that nobody knows of.

use super::rows::{Insert, Statement};
use super::{ActCase, Dialect, Result, Store, StoreError, Transaction, blob, from_i64};
use crate::model::audit::{Act, By};
use crate::model::reading::{CaseReading, CaseTrace, Contact, Introduction, Opinion};
use futures::TryStreamExt;
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

    /// Of all that came with a mail, as far as rows name it.
    async fn hashes(&mut self, mail: &ExpiredMail) -> Result<BTreeSet<String>> {
        let mut hashes: BTreeSet<String> = mail.sha256.iter().cloned().collect();
        let query = sqlx::query_scalar::<Any, String>(
            "SELECT sha256 FROM evidence WHERE message = $1 UNION SELECT form_sha256 FROM revision WHERE message = $1 AND form_sha256 <> ''",
        );
        hashes.extend(query.bind(mail.id).fetch_all(self.connection()).await?);
        let query = sqlx::query_scalar::<Any, String>(
            "SELECT trace FROM revision WHERE message = $1
             UNION ALL SELECT s.trace FROM superseded_reading s JOIN revision r ON r.case_id = s.case_id AND r.revision = s.revision
             WHERE r.message = $1",
        );
        for trace in query.bind(mail.id).fetch_all(self.connection()).await? {
            let trace: CaseTrace = serde_json::from_str(&trace).map_err(|source| StoreError::Row { what: "trace", source })?;
            hashes.extend(trace.annotated.into_iter().map(|copy| copy.sha256));
            hashes.extend(Some(trace.form_sha256).filter(|sha256| !sha256.is_empty()));
        }
        Ok(hashes)
    }

    async fn purge_due(&mut self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("SELECT sha256 FROM purge_due ORDER BY sha256").fetch_all(self.connection()).await?)
    }

    /// Leaves what is still referred to. Each table is read once, however much is due: nothing else is found by a hash.
    async fn spare_referred(&mut self) -> Result<()> {
        for statement in [
            "DELETE FROM purge_due WHERE sha256 IN (SELECT sha256 FROM message WHERE sha256 IS NOT NULL AND purged_ms IS NULL)",
            "DELETE FROM purge_due WHERE sha256 IN
                 (SELECT e.sha256 FROM evidence e JOIN message m ON m.id = e.message WHERE m.purged_ms IS NULL)",
            "DELETE FROM purge_due WHERE sha256 IN
                 (SELECT r.form_sha256 FROM revision r JOIN message m ON m.id = r.message WHERE m.purged_ms IS NULL)",
        ] {
            sqlx::query(statement).execute(self.connection()).await?;
        }
        self.spare_copies().await
    }

    /// A copy of a form, and the earlier mail whose archive was opened, are named by a trace.
    async fn spare_copies(&mut self) -> Result<()> {
        let mut due: BTreeSet<String> = self.purge_due().await?.into_iter().collect();
        if due.is_empty() {
            return Ok(());
        }
        let query = sqlx::query_scalar::<Any, String>(
            "SELECT r.trace FROM revision r JOIN message m ON m.id = r.message
             WHERE m.purged_ms IS NULL AND (r.trace LIKE '%\"annotated\":[%' OR r.trace LIKE '%\"opened\":%')
             UNION ALL
             SELECT s.trace FROM superseded_reading s JOIN revision r ON r.case_id = s.case_id AND r.revision = s.revision
             JOIN message m ON m.id = r.message WHERE m.purged_ms IS NULL",
        );
        let mut spared = BTreeSet::new();
        let mut traces = query.fetch(self.connection());
        while let Some(trace) = traces.try_next().await? {
            let trace: CaseTrace = serde_json::from_str(&trace).map_err(|source| StoreError::Row { what: "trace", source })?;
            let named = trace.annotated.into_iter().map(|copy| copy.sha256).chain(trace.opened).chain([trace.form_sha256]);
            spared.extend(named.filter_map(|sha256| due.take(&sha256)));
        }
        drop(traces);
        for sha256 in spared {
            sqlx::query("DELETE FROM purge_due WHERE sha256 = $1").bind(sha256).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Who wrote, what it said, and our letters about it.
    async fn erase_mail(&mut self, message: i64, now_ms: i64) -> Result<()> {
        let query = sqlx::query(
            "UPDATE message SET part = 'none', from_address = '', from_name = NULL, subject = '', reading = NULL, last_error = NULL,
                 dismissed_because = CASE WHEN dismissed_because IS NULL THEN NULL ELSE '（已清除）' END,
                 because = '保存期满，内容已清除', purged_ms = $2
             WHERE id = $1",
        );
        query.bind(message).bind(now_ms).execute(self.connection()).await?;
        for statement in [
            "DELETE FROM message_answer WHERE message = $1",
            "UPDATE evidence SET name = '（已清除）' WHERE message = $1",
            "UPDATE defect SET sentence = '（已清除）' WHERE message = $1",
            "UPDATE summary_item SET recipient = '', content = '{}' WHERE message = $1",
        ] {
            sqlx::query(statement).bind(message).execute(self.connection()).await?;
        }
        let query = sqlx::query(
            "UPDATE outbox SET to_address = '', subject = '', mime = $2, letter = NULL, answer = NULL, last_error = NULL WHERE source_message = $1",
        );
        query.bind(message).bind(Vec::<u8>::new()).execute(self.connection()).await?;
        Ok(())
    }

    /// Whom to call, and the unit's own words.
    async fn erase_case(&mut self, case: i64, now_ms: i64) -> Result<()> {
        let query = sqlx::query("SELECT revision, reading, trace FROM revision WHERE case_id = $1").bind(case);
        for row in query.fetch_all(self.connection()).await? {
            let fault = |what| move |source| StoreError::Row { what, source };
            let reading: CaseReading = serde_json::from_str(row.try_get("reading")?).map_err(fault("reading"))?;
            let trace: CaseTrace = serde_json::from_str(row.try_get("trace")?).map_err(fault("trace"))?;
            let trace = CaseTrace { form_sha256: trace.form_sha256, ..CaseTrace::default() };
            let query = sqlx::query("UPDATE revision SET reading = $3, trace = $4, search = '' WHERE case_id = $1 AND revision = $2");
            let query = query.bind(case).bind(row.try_get::<i64, _>("revision")?);
            let query = query.bind(serde_json::to_string(&stripped(reading)).map_err(fault("reading"))?);
            query.bind(serde_json::to_string(&trace).map_err(fault("trace"))?).execute(self.connection()).await?;
        }
        for statement in [
            "DELETE FROM case_phone WHERE case_id = $1",
            "DELETE FROM superseded_reading WHERE case_id = $1",
            "DELETE FROM ledger_entry WHERE case_id = $1 AND field = 'remark'",
            "UPDATE ruling SET value = '\"（已清除）\"', seen = NULL, reason = '（已清除）'
             WHERE case_id = $1 AND (field IN ('note', 'introduction', 'opinion') OR field LIKE 'contact.%')",
            "UPDATE ruling SET reason = '（已清除）' WHERE case_id = $1",
            "UPDATE selection SET reason = '（已清除）' WHERE case_id = $1",
            "UPDATE consent SET reason = '（已清除）', pictures = '[]' WHERE case_id = $1",
            "UPDATE review_score SET remark = '' WHERE case_id = $1",
            "UPDATE review_bar SET reason = '（已清除）' WHERE case_id = $1 AND reason <> ''",
            "UPDATE review_recusal SET reason = '（已清除）' WHERE case_id = $1 AND reason <> ''",
            // Words that were left out of what reviewers read are somebody's.
            "UPDATE review_round SET masks = '[]' WHERE closed_ms IS NOT NULL AND EXISTS (SELECT 1 FROM review_case rc
             WHERE rc.campaign = review_round.campaign AND rc.batch = review_round.batch AND rc.case_id = $1)",
            "UPDATE objection SET content = '（已清除）' WHERE case_id = $1",
            "UPDATE approval SET reason = '（已清除）'
             WHERE subject = (SELECT 'case/' || COALESCE(number, CAST(id AS TEXT)) FROM case_record WHERE id = $1)",
        ] {
            sqlx::query(statement).bind(case).execute(self.connection()).await?;
        }
        self.forget_remarks(case).await?;
        let query = sqlx::query("UPDATE case_record SET opener = '', purged_ms = $2 WHERE id = $1").bind(case).bind(now_ms);
        query.execute(self.connection()).await?;
        let query = sqlx::query(
            "UPDATE outbox SET to_address = '', subject = '', mime = $2, letter = NULL, answer = NULL, last_error = NULL
             WHERE id IN (SELECT outbox FROM outbox_case WHERE case_id = $1)
               AND NOT EXISTS (SELECT 1 FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id
                               WHERE oc.outbox = outbox.id AND c.purged_ms IS NULL)",
        );
        query.bind(case).bind(Vec::<u8>::new()).execute(self.connection()).await?;
        Ok(())
    }
}

/// What is left of a form.
fn stripped(mut reading: CaseReading) -> CaseReading {
    GONE.clone_into(&mut reading.form.file);
    (reading.contact, reading.more_contacts) = (Contact::default(), Vec::new());
    reading.introduction = Introduction { words: reading.introduction.words, ..Introduction::default() };
    (reading.materials, reading.opinion) = (None, Opinion::default());
    reading.focus_areas.iter_mut().for_each(|area| area.because.clear());
    reading.defects.iter_mut().for_each(|defect| GONE.clone_into(&mut defect.message));
    reading.evidence.iter_mut().for_each(|file| GONE.clone_into(&mut file.name));
    reading
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, Settled, testing::*};
    use super::*;
    use crate::model::reading::AnnotatedForm;
    use crate::model::ruling::Field;

    const LATER: i64 = 1_000_000_000;

    /// Two cases; what was to be sent is sent.
    async fn two() -> (tempfile::TempDir, Store, String) {
        let (dir, store) = store().await;
        let (_, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        open(&store, 2, "b", "某市检验所", "别的题目", "19900000002").await;
        for delivery in store.claim_outbox(9, 5_000, "me", 100).await.unwrap() {
            store.settle(&[Settled { id: delivery.id, outcome: accepted(5_000) }], 5_000).await.unwrap();
        }
        (dir, store, number)
    }

    #[tokio::test]
    async fn what_goes_is_nowhere_in_the_record_any_more_and_is_certified() {
        let (dir, store, number) = two().await;
        let mut tx = store.begin().await.unwrap();
        let case = tx.act_case(&number).await.unwrap().unwrap();
        tx.settle_field(&case, Field::Introduction, &json!({"text": "甪直的人工介绍", "words": 7}), &by(1)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.expired(5_000).await.unwrap(), Expired::default(), "the last that happened counts");
        let expired = store.expired(LATER).await.unwrap();
        assert_eq!((expired.cases.len(), expired.mails.len()), (2, 2));
        let files = BTreeMap::from([(expired.mails[0].id, vec![hash("inline")])]);
        let purged = store.purge(&expired, &files, LATER, &by(LATER).because("期满")).await.unwrap();
        // Two mails, the form, the evidence, and the file that no row names.
        assert_eq!((purged.cases, purged.mails, purged.blobs), (2, 2, 5));
        let mut due = [hash("a"), hash("b"), hash("form"), hash("evidence"), hash("inline")];
        due.sort();
        assert_eq!(store.purge_due().await.unwrap(), due);
        assert!(store.scrub().await.unwrap());
        let detail = store.case_detail(&number).await.unwrap().unwrap();
        assert_eq!((detail.case.title.as_deref(), detail.revisions[0].reading.contact.phones.len()), (Some("题目"), 0));
        assert_eq!(store.expired(LATER).await.unwrap(), Expired::default(), "once");
        let log = store.list_audit(&Default::default()).await.unwrap();
        let certified = log.iter().find(|row| row.act == "case.purged").unwrap();
        assert!(certified.detail["sha256"].as_array().unwrap().contains(&json!(hash("a"))) && certified.reason == "期满");
        assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
        store.close().await;
        for name in ["test.db", "test.db-wal"] {
            let bytes = std::fs::read(dir.path().join(name)).unwrap_or_default();
            for word in ["19900000001", "a@unit.example", "台账.xlsx", "甪直"] {
                assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} in {name}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_held_or_still_waits_stays() {
        let (_dir, store, number) = two().await;
        let mut tx = store.begin().await.unwrap();
        let case = tx.act_case(&number).await.unwrap().unwrap();
        assert!(tx.hold_case(&case, true, &by(6_000)).await.unwrap());
        assert!(!tx.hold_case(&case, true, &by(6_000)).await.unwrap());
        tx.commit().await.unwrap();
        let expired = store.expired(LATER).await.unwrap();
        assert_eq!((expired.held.as_slice(), expired.cases.len(), expired.mails.len()), (&[number.clone()][..], 1, 1));
        // The form and the evidence are the other case's too.
        let purged = store.purge(&expired, &BTreeMap::new(), LATER, &by(LATER)).await.unwrap();
        assert_eq!((purged.blobs, store.purge_due().await.unwrap()), (1, vec![hash("b")]));
        let mut tx = store.begin().await.unwrap();
        assert!(tx.hold_case(&case, false, &by(7_000)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(store.expired(LATER).await.unwrap().cases.len(), 1);
        assert_eq!(store.list_cases(&Filter::default()).await.unwrap().len(), 2, "the case itself stays in the list");
    }

    #[tokio::test]
    async fn a_copy_that_another_case_still_names_stays_and_one_that_none_names_goes() {
        let (_dir, store, number) = two().await;
        let names = |copies: &[&str]| CaseTrace {
            form_sha256: hash("form"),
            annotated: copies.iter().map(|copy| AnnotatedForm { sha256: hash(copy), notes: vec![] }).collect(),
            ..CaseTrace::default()
        };
        for (case, copies) in [(1_i64, names(&["own", "shared", "before"])), (2, names(&["shared"]))] {
            let query = sqlx::query("UPDATE revision SET trace = $2 WHERE case_id = $1").bind(case);
            query.bind(serde_json::to_string(&copies).unwrap()).execute(&store.pool).await.unwrap();
        }
        // What the other's reading named before it was read again.
        let before = sqlx::query(
            "INSERT INTO superseded_reading (case_id, revision, campaign_sha256, status, reading, trace, until_ms)
             VALUES (2, 1, '', 'accepted', '{}', $1, 0)",
        );
        before.bind(serde_json::to_string(&names(&["before"])).unwrap()).execute(&store.pool).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let other = tx.act_case("JCZH-2023-0002").await.unwrap().unwrap();
        assert!(tx.hold_case(&other, true, &by(6_000)).await.unwrap());
        tx.commit().await.unwrap();
        let expired = store.expired(LATER).await.unwrap();
        assert_eq!(expired.cases.iter().map(|case| case.1.as_str()).collect::<Vec<_>>(), [number]);
        let purged = store.purge(&expired, &BTreeMap::new(), LATER, &by(LATER)).await.unwrap();
        let mut gone = [hash("a"), hash("own")];
        gone.sort();
        assert_eq!((purged.blobs, store.purge_due().await.unwrap().as_slice()), (2, &gone[..]));
    }

    #[tokio::test]
    async fn what_came_later_is_not_looked_at() {
        let (_dir, store) = file().await;
        let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {ENDED}"));
        let plan: Vec<sqlx::any::AnyRow> = sqlx::query(plan).bind(0_i64).fetch_all(&store.pool).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(
            steps.iter().any(|step| step.starts_with("SEARCH c ")) && !steps.iter().any(|step| step.starts_with("SCAN c")),
            "{steps:?}"
        );
    }

    #[test]
    fn a_mail_that_stays_keeps_its_cases() {
        let named = |id: i64| (id, (id.to_string(), 0));
        let mail = |id, cases: &[i64]| ExpiredMail { id, campaign: String::new(), sha256: None, received_ms: 0, cases: cases.to_vec() };
        // Case 2 shares mail 1 with case 1, and mail 2 with case 3, which stays; case 4 was merged into case 3.
        let mut open: BTreeMap<i64, (String, i64)> = [1, 2, 4, 5].map(named).into();
        let mut kept = Vec::new();
        let all = [(1, 1), (1, 2), (2, 2), (2, 3), (3, 5)];
        settle(&mut open, &[(4, 3)], &[mail(1, &[1, 2]), mail(2, &[2, 3]), mail(3, &[5])], &all, &mut kept);
        assert_eq!(open.keys().copied().collect::<Vec<_>>(), [5]);
        kept.sort();
        assert_eq!(kept, ["1", "2", "4"]);
    }
}
