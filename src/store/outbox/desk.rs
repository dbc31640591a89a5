//! What the person at the desk does with a mail of ours. Each wish may be repeated: what is so already stays so.

use super::super::{Result, Store};
use crate::model::audit::{Act, By};
use serde_json::json;

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is done.
    Done,
    /// It was so already.
    Already,
    /// It can't be: the item is in this state.
    Not(String),
    /// It is being delivered this moment.
    Busy,
    /// It tells of cases or sends them on, and of these it may not any more.
    Overtaken(Vec<String>),
    /// No item has this number.
    Unknown,
}

impl Store {
    /// Keeps a waiting mail back.
    pub async fn hold(&self, id: i64, by: &By) -> Result<Change> {
        let statement = "UPDATE outbox SET state = 'held' WHERE id = $1 AND state = 'queued' AND lease_until_ms <= $2";
        self.change(statement, (id, Act::ReplyHeld), by, &["queued"], &["held"]).await
    }

    /// Lets a held mail go.
    pub async fn release(&self, id: i64, by: &By) -> Result<Change> {
        let statement = "UPDATE outbox SET state = 'queued', next_attempt_ms = $2 WHERE id = $1 AND state = 'held'";
        self.change(statement, (id, Act::ReplyReleased), by, &[], &["queued", "sent"]).await
    }

    /// Has a dead or uncertain mail tried again, or a waiting one at once.
    pub async fn retry(&self, id: i64, by: &By) -> Result<Change> {
        let statement =
            "UPDATE outbox SET attempts = CASE WHEN state = 'queued' THEN attempts ELSE 0 END, state = 'queued', next_attempt_ms = $2
             WHERE id = $1 AND state IN ('queued', 'dead', 'uncertain') AND lease_until_ms <= $2";
        self.change(statement, (id, Act::ReplyRetried), by, &["queued"], &["sent"]).await
    }

    /// Takes a mail back.
    pub async fn cancel(&self, id: i64, by: &By) -> Result<Change> {
        let statement = "UPDATE outbox SET state = 'cancelled'
             WHERE id = $1 AND state IN ('queued', 'held', 'dead', 'uncertain') AND lease_until_ms <= $2";
        self.change(statement, (id, Act::ReplyCancelled), by, &["queued"], &["cancelled"]).await
    }

    /// In a state of `leased` it was not changed only because it is being delivered; in one of `reached` the
    /// wish has come true already.
    async fn change(&self, statement: &'static str, (id, act): (i64, Act), by: &By, leased: &[&str], reached: &[&str]) -> Result<Change> {
        let mut tx = self.begin().await?;
        if matches!(act, Act::ReplyReleased | Act::ReplyRetried) {
            let overtaken = tx.tells_no_more(id).await?;
            if !overtaken.is_empty() {
                return Ok(Change::Overtaken(overtaken));
            }
        }
        let done = sqlx::query(statement).bind(id).bind(by.at_ms).execute(tx.connection()).await?.rows_affected() == 1;
        if done {
            tx.audit(by.entry(act, format!("outbox/{id}"), json!({})));
            failpoint!("outbox.changed");
            tx.commit().await?;
            return Ok(Change::Done);
        }
        let query = sqlx::query_scalar::<_, String>("SELECT state FROM outbox WHERE id = $1").bind(id);
        Ok(match query.fetch_optional(tx.connection()).await? {
            None => Change::Unknown,
            Some(state) if reached.contains(&state.as_str()) => Change::Already,
            Some(state) if leased.contains(&state.as_str()) => Change::Busy,
            Some(state) => Change::Not(state),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Settled, testing::*};
    use super::super::tests::queue;
    use super::Change::{Already, Busy, Done, Not, Unknown};

    #[tokio::test]
    async fn every_wish_may_be_repeated_and_a_wrong_one_is_told() {
        let (_dir, store) = store().await;
        let id = queue(&store, "a", None, 0).await.unwrap();
        for wanted in [Done, Already] {
            assert_eq!(store.hold(id, &by(1)).await.unwrap(), wanted);
        }
        assert_eq!(store.retry(id, &by(1)).await.unwrap(), Not("held".into()));
        for wanted in [Done, Already] {
            assert_eq!(store.release(id, &by(1)).await.unwrap(), wanted);
        }
        assert_eq!(store.retry(id, &by(1)).await.unwrap(), Done);
        store.claim_outbox(1, 1, "me", 100).await.unwrap();
        assert_eq!(
            (store.hold(id, &by(2)).await.unwrap(), store.retry(id, &by(2)).await.unwrap(), store.cancel(id, &by(2)).await.unwrap()),
            (Busy, Busy, Busy)
        );
        store.settle(&[Settled { id, outcome: accepted(3) }], 3).await.unwrap();
        assert_eq!(
            (store.hold(id, &by(4)).await.unwrap(), store.cancel(id, &by(4)).await.unwrap()),
            (Not("sent".into()), Not("sent".into()))
        );
        assert_eq!((store.release(id, &by(4)).await.unwrap(), store.retry(id, &by(4)).await.unwrap()), (Already, Already));
        let other = queue(&store, "b", None, 0).await.unwrap();
        for wanted in [Done, Already] {
            assert_eq!(store.cancel(other, &by(1)).await.unwrap(), wanted);
        }
        assert_eq!((store.retry(other, &by(1)).await.unwrap(), store.hold(99, &by(1)).await.unwrap()), (Not("cancelled".into()), Unknown));
    }
}
