//! What is wrong at present and wants a person: raised once, cleared once, and kept over restarts.

use super::{Result, Store, rfc3339, text};
use crate::model::audit::{Act, By};
use serde::Serialize;
use serde_json::json;

/// An alarm that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlarmRow {
    /// What is wrong: `storage`, `replies_per_hour` …
    pub kind: String,
    /// With what: a mailbox's name; empty where it concerns all.
    pub subject: String,
    /// Since when.
    pub since: String,
    /// What happened, in a sentence for people.
    pub sentence: String,
}

impl Store {
    /// Raises an alarm. False where it stands already: the primary key is (kind, subject).
    pub async fn raise_alarm(&self, kind: &str, subject: &str, sentence: &str, now_ms: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("INSERT INTO alarm (kind, subject, since_ms, sentence) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
        let query = query.bind(kind).bind(subject).bind(now_ms).bind(text(sentence));
        let is_new = query.execute(tx.connection()).await?.rows_affected() == 1;
        if is_new {
            tx.audit(By::program(now_ms).entry(Act::AlarmRaised, of(kind, subject), json!({})));
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// Clears it. False where it doesn't stand.
    pub async fn clear_alarm(&self, kind: &str, subject: &str, now_ms: i64) -> Result<bool> {
        let query = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM alarm WHERE kind = $1 AND subject = $2");
        if query.bind(kind).bind(subject).fetch_one(&self.pool).await? == 0 {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let query = sqlx::query("DELETE FROM alarm WHERE kind = $1 AND subject = $2").bind(kind).bind(subject);
        let stood = query.execute(tx.connection()).await?.rows_affected() == 1;
        if stood {
            tx.audit(By::program(now_ms).entry(Act::AlarmCleared, of(kind, subject), json!({})));
        }
        tx.commit().await?;
        Ok(stood)
    }

    /// Every alarm that stands, oldest first.
    pub async fn alarms(&self) -> Result<Vec<AlarmRow>> {
        let query = sqlx::query_as("SELECT kind, subject, since_ms, sentence FROM alarm ORDER BY since_ms, kind, subject");
        let rows: Vec<(String, String, i64, String)> = query.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(kind, subject, since, sentence)| AlarmRow { kind, subject, since: rfc3339(since), sentence }).collect())
    }
}

/// How the audit log names it.
fn of(kind: &str, subject: &str) -> String {
    if subject.is_empty() { format!("alarm/{kind}") } else { format!("alarm/{kind}/{subject}") }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[tokio::test]
    async fn an_alarm_is_raised_once_and_cleared_once() {
        let (_dir, store) = store().await;
        assert!(store.raise_alarm("storage", "", "磁盘已满", 1).await.unwrap());
        assert!(!store.raise_alarm("storage", "", "磁盘仍满", 2).await.unwrap());
        assert_eq!(store.alarms().await.unwrap()[0].sentence, "磁盘已满");
        assert!(store.clear_alarm("storage", "", 3).await.unwrap());
        assert!(!store.clear_alarm("storage", "", 3).await.unwrap());
    }
}
