//! The erasure of a mail and of a case in the record, and what other records still need of its files.

use super::super::{Result, StoreError, Transaction};
use super::{ExpiredMail, GONE};
use crate::model::reading::{CaseReading, CaseTrace, Contact, Introduction, Opinion};
use futures::TryStreamExt;
use sqlx::{Any, Row};
use std::collections::BTreeSet;

impl Transaction {
    /// Of all that came with a mail, as far as rows name it.
    pub(super) async fn hashes(&mut self, mail: &ExpiredMail) -> Result<BTreeSet<String>> {
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

    pub(super) async fn purge_due(&mut self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("SELECT sha256 FROM purge_due ORDER BY sha256").fetch_all(self.connection()).await?)
    }

    /// Leaves what is still referred to. Each table is read once, however much is due: nothing else is found by a hash.
    pub(super) async fn spare_referred(&mut self) -> Result<()> {
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
    pub(super) async fn erase_mail(&mut self, message: i64, now_ms: i64) -> Result<()> {
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
    pub(super) async fn erase_case(&mut self, case: i64, now_ms: i64) -> Result<()> {
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
