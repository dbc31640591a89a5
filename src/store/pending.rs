//! How much is where: what a person, a digest and a health check ask first.

use super::{Result, Store, from_i64};
use serde::Serialize;
use sqlx::Any;
use std::collections::BTreeMap;

/// Counts over the whole database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PendingCounts {
    /// Mails by their disposition; those that wait to be judged under `received`, those that a person has
    /// seen to in quarantine under `dismissed`.
    pub messages: BTreeMap<String, u64>,
    /// Cases by their status.
    pub cases: BTreeMap<String, u64>,
    /// Mails of ours by their state.
    pub outbox: BTreeMap<String, u64>,
}

impl PendingCounts {
    /// Mails that wait to be judged.
    pub fn waiting(&self) -> u64 {
        self.messages.get("received").copied().unwrap_or_default()
    }

    /// Mails that are held for a person.
    pub fn quarantined(&self) -> u64 {
        self.messages.get("quarantined").copied().unwrap_or_default()
    }

    /// Mails of ours that go out by themselves.
    pub fn queued(&self) -> u64 {
        self.outbox.get("queued").copied().unwrap_or_default()
    }
}

impl Store {
    /// How much is where.
    pub async fn pending_counts(&self) -> Result<PendingCounts> {
        // By the index of dispositions: the rows of mails are long.
        let messages = "SELECT disposition, COUNT(*) FROM message WHERE disposition IS NOT NULL AND disposition <> 'quarantined'
                            GROUP BY disposition
                        UNION ALL
                        SELECT CASE WHEN dismissed_ms IS NULL THEN 'quarantined' ELSE 'dismissed' END AS place, COUNT(*) FROM message
                            WHERE disposition = 'quarantined' GROUP BY place
                        UNION ALL
                        SELECT state, COUNT(*) FROM message WHERE state = 'received' AND disposition IS NULL GROUP BY state";
        Ok(PendingCounts {
            messages: self.counts(messages).await?,
            cases: self.counts("SELECT status, COUNT(*) FROM case_record GROUP BY status").await?,
            outbox: self.counts("SELECT state, COUNT(*) FROM outbox GROUP BY state").await?,
        })
    }

    async fn counts(&self, sql: &'static str) -> Result<BTreeMap<String, u64>> {
        let rows = sqlx::query_as::<Any, (String, i64)>(sql).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(name, count)| (name, from_i64(count))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[tokio::test]
    async fn everything_is_counted_where_it_is() {
        let (_dir, store) = store().await;
        open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        receive(&store, 2, "b").await;
        let id = receive(&store, 3, "c").await;
        quarantine(&store, id).await;
        let counts = store.pending_counts().await.unwrap();
        assert_eq!((counts.waiting(), counts.quarantined(), counts.queued()), (1, 1, 1));
        assert_eq!(counts.cases.get("accepted"), Some(&1));
    }
}
