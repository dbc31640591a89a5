//! How a claimed mail is let go again: it failed, it was not begun, or its process is dead.

use super::super::{DaemonLock, Result, Store, Transaction, text};
use crate::model::audit::{Act, By};
use serde_json::json;
use sqlx::AssertSqlSafe;

/// Deaths of the whole program while it held a mail that are not held against the mail.
const FREE_INTERRUPTIONS: i64 = 6;

impl Store {
    /// Notes why an attempt failed and gives the mail free again, from `retry_ms` on.
    pub async fn attempt_failed(&self, message: i64, owner: &str, retry_ms: i64, error: &str) -> Result<()> {
        sqlx::query(
            "UPDATE message SET lease_owner = NULL, lease_until_ms = $3, last_error = $4
             WHERE id = $1 AND lease_owner = $2 AND state = 'received'",
        )
        .bind(message)
        .bind(owner)
        .bind(retry_ms)
        .bind(text(error))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives back what was claimed and not begun (a shutdown, a full disk): the attempt doesn't count.
    pub async fn give_back(&self, message: i64, owner: &str) -> Result<()> {
        sqlx::query(
            "UPDATE message SET lease_owner = NULL, lease_until_ms = 0, attempts = attempts - 1
             WHERE id = $1 AND lease_owner = $2 AND state = 'received' AND attempts > 0",
        )
        .bind(message)
        .bind(owner)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives back everything that this process has claimed in a mailbox: what it was at could not be
    /// finished, through no fault of a mail. The attempts don't count.
    pub async fn give_back_all(&self, mailbox: &str, owner: &str) -> Result<u64> {
        let query = sqlx::query(
            "UPDATE message SET lease_owner = NULL, lease_until_ms = 0, attempts = attempts - 1
             WHERE mailbox = $1 AND lease_owner = $2 AND state = 'received' AND attempts > 0",
        );
        Ok(query.bind(mailbox).bind(owner).execute(&self.pool).await?.rows_affected())
    }

    /// On start, under the lock, with an owner that no earlier process had: every lease belongs to a dead
    /// process, so all are taken over at once, whatever the clock says. Without a lock that excludes others
    /// (PostgreSQL) that is done when a process is found gone. The result counts mails and replies.
    pub async fn release_foreign_leases(&self, lock: &DaemonLock, owner: &str, now_ms: i64) -> Result<u64> {
        if !lock.is_exclusive() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let released = tx.release_leases("lease_owner <> $1", owner, now_ms).await?;
        failpoint!("lease.taken_over");
        tx.commit().await?;
        Ok(released)
    }
}

impl Transaction {
    /// Gives back what one process has claimed, which is gone.
    pub(in super::super) async fn release_leases_of(&mut self, owner: &str, now_ms: i64) -> Result<u64> {
        self.release_leases("lease_owner = $1", owner, now_ms).await
    }

    /// A mail that was cut off gets its attempt back, six times: who kills the program (an operator, a power cut) is
    /// seldom a mail, since mails are read in other processes. A mail of ours that may not be repeated waits for a
    /// person, since it may have left.
    async fn release_leases(&mut self, whose: &'static str, owner: &str, now_ms: i64) -> Result<u64> {
        let mails = sqlx::query(AssertSqlSafe(format!(
            "UPDATE message SET lease_owner = NULL, lease_until_ms = 0, interruptions = interruptions + 1,
                 attempts = CASE WHEN interruptions < $2 AND attempts > 0 THEN attempts - 1 ELSE attempts END
             WHERE state = 'received' AND lease_owner IS NOT NULL AND {whose}"
        )))
        .bind(owner)
        .bind(FREE_INTERRUPTIONS)
        .execute(self.connection())
        .await?;
        let replies: Vec<(i64, String)> = sqlx::query_as(AssertSqlSafe(format!(
            "UPDATE outbox SET lease_owner = NULL, lease_until_ms = 0,
                 state = CASE WHEN state = 'queued' AND repeat_limit = 0 THEN 'uncertain' ELSE state END
             WHERE lease_owner IS NOT NULL AND {whose} RETURNING id, state"
        )))
        .bind(owner)
        .fetch_all(self.connection())
        .await?;
        for (id, _) in replies.iter().filter(|(_, state)| state == "uncertain") {
            self.audit(By::program(now_ms).because("发送时程序中断").entry(Act::ReplyUncertain, format!("outbox/{id}"), json!({})));
        }
        Ok(mails.rows_affected() + replies.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::MAX_ATTEMPTS;
    use super::super::tests::{fill, filled, ids};
    use super::FREE_INTERRUPTIONS;
    use crate::store::testing::file;

    #[tokio::test]
    async fn kills_at_random_send_no_innocent_mail_to_quarantine() {
        let (_dir, store) = file().await;
        fill(&store, 4).await;
        let lock = store.daemon_lock().unwrap();
        store.claim("main", 9, 0, "first", 1000).await.unwrap();
        assert_eq!(store.release_foreign_leases(&lock, "second", 0).await.unwrap(), 4);
        for _ in 1..FREE_INTERRUPTIONS {
            assert_eq!(ids(&store.claim("main", 9, 0, "alone", 1000).await.unwrap()), [1]);
            store.release_foreign_leases(&lock, "next", 0).await.unwrap();
        }
        for _ in 0..MAX_ATTEMPTS {
            assert_eq!(store.exhausted("main", 0).await.unwrap(), []);
            assert_eq!(ids(&store.claim("main", 9, 0, "alone", 1000).await.unwrap()), [1]);
            store.release_foreign_leases(&lock, "next", 0).await.unwrap();
        }
        assert_eq!(store.exhausted("main", 0).await.unwrap().len(), 1);
        let next = store.claim("main", 9, 0, "fifth", 1000).await.unwrap();
        assert_eq!((next[0].id, next[0].attempts), (2, 1));
    }

    #[tokio::test]
    async fn leases_of_the_living_are_kept() {
        let (_dir, store) = filled(1).await;
        store.claim("main", 1, 0, "me", 10).await.unwrap();
        let lock = store.daemon_lock().unwrap();
        assert_eq!(store.release_foreign_leases(&lock, "me", 0).await.unwrap(), 0);
        store.give_back(1, "me").await.unwrap();
        assert_eq!(store.claim("main", 1, 0, "me", 10).await.unwrap()[0].attempts, 1);
    }

    #[tokio::test]
    async fn what_could_not_be_finished_is_given_back_whatever_the_clock_says() {
        let (_dir, store) = filled(3).await;
        const YEAR: i64 = 366 * 86_400_000;
        assert_eq!(store.claim("main", 2, YEAR, "me", 1000).await.unwrap().len(), 2);
        // The clock has gone back: the leases reach far into the future.
        assert_eq!(ids(&store.claim("main", 9, 0, "me", 1000).await.unwrap()), [3]);
        assert_eq!(store.give_back_all("other", "me").await.unwrap(), 0);
        assert_eq!(store.give_back_all("main", "me").await.unwrap(), 3);
        let again = store.claim("main", 9, 0, "me", 1000).await.unwrap();
        assert_eq!((ids(&again), again[0].attempts), (vec![1, 2, 3], 1));
    }
}
