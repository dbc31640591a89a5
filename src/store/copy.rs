//! What a copy of the database needs: which blobs it speaks of, what it must not carry, whether it is whole,
//! and what changes when it is put to work again.

use super::{Dialect, Result, Store, from_i64};
use crate::model::audit::{Act, By};
use serde_json::json;
use std::collections::BTreeSet;

/// Noted when a backup was put back, in unix milliseconds: replies to mails from before wait for a person.
pub const RESTORED_MS: &str = "restored_ms";

/// A raw mail or a file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its name.
    pub sha256: String,
    /// The mail that it is, or came with first.
    pub message: i64,
    /// Whether it is the mail itself.
    pub is_original: bool,
    /// Where that came in.
    pub mailbox: String,
}

impl Store {
    /// The SHA-256 of every raw mail and file that rows speak of, but for classified mails'.
    pub(super) async fn blobs(&self) -> Result<BTreeSet<String>> {
        let query = sqlx::query_scalar::<_, String>(
            "SELECT sha256 FROM message WHERE sha256 IS NOT NULL AND classified = 0 AND purged_ms IS NULL
             UNION SELECT e.sha256 FROM evidence e JOIN message m ON m.id = e.message WHERE m.classified = 0 AND m.purged_ms IS NULL
             UNION SELECT r.form_sha256 FROM revision r JOIN message m ON m.id = r.message
             WHERE r.form_sha256 <> '' AND m.purged_ms IS NULL",
        );
        Ok(query.fetch_all(&self.pool).await?.into_iter().collect())
    }

    /// The same, each with a mail that it came with.
    pub async fn kept_files(&self) -> Result<Vec<KeptFile>> {
        let query = sqlx::query_as::<_, (String, i64, i64, String)>(
            "SELECT f.sha256, f.message, f.is_original, m.mailbox FROM (
                 SELECT sha256, MIN(message) AS message, MAX(is_original) AS is_original FROM (
                     SELECT sha256, id AS message, CAST(1 AS BIGINT) AS is_original FROM message
                     WHERE sha256 IS NOT NULL AND classified = 0 AND purged_ms IS NULL
                     UNION ALL SELECT e.sha256, e.message, CAST(0 AS BIGINT) FROM evidence e JOIN message m ON m.id = e.message
                     WHERE m.classified = 0 AND m.purged_ms IS NULL
                     UNION ALL SELECT r.form_sha256, r.message, CAST(0 AS BIGINT) FROM revision r JOIN message m ON m.id = r.message
                     WHERE r.form_sha256 <> '' AND m.classified = 0 AND m.purged_ms IS NULL) every_one
                 GROUP BY sha256) f JOIN message m ON m.id = f.message
             ORDER BY f.message, f.sha256",
        );
        let rows = query.fetch_all(&self.pool).await?.into_iter();
        Ok(rows
            .map(|(sha256, message, is_original, mailbox)| KeptFile { sha256, message, is_original: is_original == 1, mailbox })
            .collect())
    }

    /// Mails in the ledger, and cases with a number.
    pub(super) async fn contents(&self) -> Result<(u64, u64)> {
        let messages: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM message").fetch_one(&self.pool).await?;
        let cases: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM case_record WHERE number IS NOT NULL").fetch_one(&self.pool).await?;
        Ok((from_i64(messages), from_i64(cases)))
    }

    /// Takes out of this copy what classified mails say; their rows stay, so that no mail is unaccounted for.
    /// Its file may still hold them, in free pages and its log: SQLite overwrites nothing that is deleted.
    pub(super) async fn leave_out_classified(&self) -> Result<u64> {
        let mut tx = self.begin().await?;
        for statement in [
            "DELETE FROM evidence WHERE message IN (SELECT id FROM message WHERE classified = 1)",
            "DELETE FROM defect WHERE message IN (SELECT id FROM message WHERE classified = 1)",
            "DELETE FROM message_answer WHERE message IN (SELECT id FROM message WHERE classified = 1)",
        ] {
            sqlx::query(statement).execute(tx.connection()).await?;
        }
        let done = sqlx::query(
            "UPDATE message SET from_address = '', from_name = NULL, subject = '', message_id = NULL, stable_sha256 = NULL,
                 reading = NULL, last_error = NULL, because = '疑似带有密级标志，内容未备份'
             WHERE classified = 1",
        )
        .execute(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// What SQLite finds damaged; nothing where all is well, or where a server looks after its pages itself.
    pub async fn damage(&self) -> Result<Vec<String>> {
        if self.dialect == Dialect::Postgres {
            return Ok(Vec::new());
        }
        let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.pool).await?;
        Ok(said.into_iter().filter(|line| line != "ok").collect())
    }

    /// Since the copy was made, its replies may have gone out and its mails may have been answered: what was
    /// queued is held, leases are nobody's, and the instant is noted. Repeating it changes nothing but that.
    pub(super) async fn awake_after_restore(&self, by: &By, made_at: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = sqlx::query(
            "UPDATE outbox SET state = 'held', lease_owner = NULL, lease_until_ms = 0,
                 last_error = '自备份恢复：可能在备份之后已经发出，核对后放行'
             WHERE state = 'queued'",
        )
        .execute(tx.connection())
        .await?;
        sqlx::query("UPDATE message SET lease_owner = NULL, lease_until_ms = 0").execute(tx.connection()).await?;
        tx.audit(by.entry(Act::BackupRestored, "backup", json!({"made_at": made_at, "held": held.rows_affected()})));
        tx.commit().await?;
        self.set_setting(RESTORED_MS, &by.at_ms.to_string()).await
    }

    /// When a backup was last put back.
    pub async fn restored_ms(&self) -> Result<Option<i64>> {
        Ok(self.setting(RESTORED_MS).await?.and_then(|value| value.parse().ok()))
    }
}
