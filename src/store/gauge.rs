//! How much waits where, and since when: what is looked at every few seconds by whoever watches. Each statement is answered
//! by an index, or by the few rows that are open.

use super::{Result, Store, from_i64};
use sqlx::Any;
use std::collections::{BTreeMap, BTreeSet};

/// So many, and the instant of the oldest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    /// How many.
    pub count: u64,
    /// Since when the oldest waits, in unix milliseconds.
    pub oldest_ms: Option<i64>,
}

/// What waits in the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Mails that are not judged yet, for each mailbox, from when they were received.
    pub unjudged: BTreeMap<String, Queue>,
    /// Mails that a mailbox lists and doesn't give.
    pub owed: BTreeMap<String, u64>,
    /// Replies that should have gone, from when they were queued.
    pub unsent: Queue,
    /// Mails of ours by their state, but for those that are done with.
    pub outbox: BTreeMap<String, u64>,
    /// What is in quarantine and no person has seen to, from when it was received.
    pub quarantined: Queue,
    /// Alarms that stand: their kind, the mailbox or nothing, and since when.
    pub alarms: Vec<(String, String, i64)>,
    /// Where several processes work: the mailboxes that one of them looks after.
    pub looked_after: BTreeSet<String>,
}

impl Store {
    /// What waits, at this instant.
    pub async fn gauges(&self, now_ms: i64) -> Result<Gauges> {
        let unjudged = "SELECT mailbox, COUNT(*), MIN(received_ms) FROM message WHERE state = 'received' GROUP BY mailbox";
        let unjudged: Vec<(String, i64, Option<i64>)> = sqlx::query_as(unjudged).fetch_all(&self.pool).await?;
        let owed: Vec<(String, i64)> = sqlx::query_as("SELECT mailbox, COUNT(*) FROM owed GROUP BY mailbox").fetch_all(&self.pool).await?;
        // The index outbox_state holds all that this asks for: the rows themselves have whole mails in them.
        let unsent = "SELECT COUNT(*), MIN(created_ms) FROM outbox WHERE state = 'queued' AND next_attempt_ms <= $1";
        let unsent: (i64, Option<i64>) = sqlx::query_as(unsent).bind(now_ms).fetch_one(&self.pool).await?;
        let outbox = "SELECT state, COUNT(*) FROM outbox WHERE state IN ('queued', 'held', 'dead', 'uncertain') GROUP BY state";
        let outbox: Vec<(String, i64)> = sqlx::query_as(outbox).fetch_all(&self.pool).await?;
        let quarantined = "SELECT COUNT(*), MIN(received_ms) FROM message WHERE disposition = 'quarantined' AND dismissed_ms IS NULL";
        let quarantined: (i64, Option<i64>) = sqlx::query_as(quarantined).fetch_one(&self.pool).await?;
        let alarms = "SELECT kind, subject, since_ms FROM alarm ORDER BY since_ms, kind, subject";
        let alarms = sqlx::query_as::<Any, (String, String, i64)>(alarms).fetch_all(&self.pool).await?;
        let looked_after: Vec<String> = sqlx::query_scalar("SELECT mailbox FROM node_mailbox").fetch_all(&self.pool).await?;
        Ok(Gauges {
            unjudged: unjudged.into_iter().map(|(mailbox, count, oldest)| (mailbox, waiting((count, oldest)))).collect(),
            owed: owed.into_iter().map(|(mailbox, count)| (mailbox, from_i64(count))).collect(),
            unsent: waiting(unsent),
            outbox: outbox.into_iter().map(|(state, count)| (state, from_i64(count))).collect(),
            quarantined: waiting(quarantined),
            alarms,
            looked_after: looked_after.into_iter().collect(),
        })
    }
}

fn waiting((count, oldest_ms): (i64, Option<i64>)) -> Queue {
    Queue { count: from_i64(count), oldest_ms }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[tokio::test]
    async fn what_is_open_is_counted_from_its_oldest_and_what_is_done_with_is_not() {
        let (_dir, store) = store().await;
        assert_eq!(store.gauges(0).await.unwrap(), Gauges::default());
        // Judged, with its acknowledgement in the outbox.
        open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        receive(&store, 2, "b").await;
        let held = receive(&store, 3, "c").await;
        quarantine(&store, held).await;
        store.raise_alarm("login", "main", "拒绝登录", 7).await.unwrap();
        let gauges = store.gauges(i64::MAX).await.unwrap();
        assert_eq!(gauges.unjudged.values().map(|waiting| waiting.count).collect::<Vec<_>>(), [1]);
        assert!(gauges.unjudged.values().all(|waiting| waiting.oldest_ms.is_some()));
        assert_eq!((gauges.quarantined.count, gauges.unsent.count), (1, 1));
        assert_eq!(gauges.outbox, [("queued".to_owned(), 1)].into());
        assert_eq!(gauges.alarms, [("login".to_owned(), "main".to_owned(), 7)]);
        assert_eq!(store.gauges(i64::MIN).await.unwrap().unsent, Queue::default(), "what is to go later is not late");
    }

    #[tokio::test]
    async fn no_whole_mail_is_read_to_tell_how_old_it_is() {
        let (_dir, store) = file().await;
        let plan = "EXPLAIN QUERY PLAN SELECT COUNT(*), MIN(created_ms) FROM outbox WHERE state = 'queued' AND next_attempt_ms <= 1";
        let rows = sqlx::query(plan).fetch_all(&store.pool).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, "detail")).collect();
        assert!(plan.iter().all(|step| step.contains("USING COVERING INDEX outbox_state")), "{plan:?}");
    }
}
