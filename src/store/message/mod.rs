//! Mails that wait to be judged: claimed in order of receipt, under a lease, with the attempt counted first.
//!
//! What was tried [`MAX_ATTEMPTS`] times is not claimed again; the caller takes it from
//! [`Store::exhausted`] and quarantines it, and the rest goes on.
//!
//! A killed daemon takes its whole batch down, though at most one mail of it can be the reason. So a batch
//! that was cut off gets its attempt back and is claimed again one mail at a time: a mail that kills is
//! found, and its neighbours don't go to quarantine with it.

mod lease;
pub mod quarantine;

use super::{Result, Store, from_i64};
use sqlx::{Any, AssertSqlSafe, Row, any::AnyRow};

/// How often a mail is tried.
pub const MAX_ATTEMPTS: u32 = 3;

/// How much of a mail is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Its header.
    Header,
    /// Nothing.
    None,
}

impl Part {
    /// The value in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Whole => "whole",
            Part::Header => "header",
            Part::None => "none",
        }
    }

    fn parse(value: &str) -> Part {
        [Part::Whole, Part::Header].into_iter().find(|part| part.as_str() == value).unwrap_or(Part::None)
    }
}

/// A mail to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its row.
    pub id: i64,
    /// The mailbox it was met in.
    pub mailbox: String,
    /// The campaign it is judged by.
    pub campaign: String,
    /// The blob that holds its bytes.
    pub sha256: String,
    /// Whether the blob is the whole mail or its header.
    pub part: Part,
    /// The size of the whole mail.
    pub bytes: u64,
    /// When it was received.
    pub received_ms: i64,
    /// Whether the mailbox's server said so.
    pub received_is_server_time: bool,
    /// This attempt, from 1.
    pub attempts: u32,
    /// Whether a person had it judged again.
    pub is_replay: bool,
}

/// A mail that was tried too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    /// Its row.
    pub id: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong the last time, if that could still be noted.
    pub last_error: Option<String>,
}

impl Store {
    /// Takes the next mails of a mailbox, in order of receipt, and counts the attempt. Two that claim at
    /// the same time never get the same mail: the condition stands in the outer `WHERE` too.
    pub async fn claim(&self, mailbox: &str, limit: u32, now_ms: i64, owner: &str, lease_ms: i64) -> Result<Vec<Claimed>> {
        let (below, limit) = self.batch_bounds(mailbox, limit, now_ms).await?;
        let mut tx = self.begin().await?;
        failpoint!("message.claim");
        let rows = sqlx::query::<Any>(
            "UPDATE message SET attempts = attempts + 1, lease_owner = $1, lease_until_ms = $2
             WHERE id IN (
                 SELECT id FROM message
                 WHERE mailbox = $3 AND state = 'received' AND attempts < $4 AND lease_until_ms <= $5 AND id < $6
                 ORDER BY id LIMIT $7)
               AND state = 'received' AND attempts < $4 AND lease_until_ms <= $5
             RETURNING id, mailbox, campaign, sha256, part, bytes, received_ms, received_is_server_time, attempts, replays",
        )
        .bind(owner)
        .bind(now_ms.saturating_add(lease_ms))
        .bind(mailbox)
        .bind(i64::from(MAX_ATTEMPTS))
        .bind(now_ms)
        .bind(below)
        .bind(i64::from(limit))
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        failpoint!("message.claimed");
        let mut claimed = rows.iter().map(read_claimed).collect::<Result<Vec<_>>>()?;
        claimed.sort_by_key(|claimed| claimed.id);
        Ok(claimed)
    }

    /// A batch ends before the first mail that was cut off before, or that is judged again; such a mail is a
    /// batch of its own. So a replayed mail's thread is waiting behind it before anything newer is decided.
    async fn batch_bounds(&self, mailbox: &str, limit: u32, now_ms: i64) -> Result<(i64, u32)> {
        let query = sqlx::query_as(
            "SELECT MIN(id), MIN(CASE WHEN interruptions > 0 OR replays > 0 THEN id END) FROM (
                 SELECT id, interruptions, replays FROM message
                 WHERE mailbox = $1 AND state = 'received' AND attempts < $2 AND lease_until_ms <= $3 ORDER BY id LIMIT $4) AS next",
        );
        let query = query.bind(mailbox).bind(i64::from(MAX_ATTEMPTS)).bind(now_ms).bind(i64::from(limit));
        let (first, suspect): (Option<i64>, Option<i64>) = query.fetch_one(&self.pool).await?;
        Ok(match suspect {
            Some(suspect) if first == Some(suspect) => (suspect.saturating_add(1), limit.min(1)),
            Some(suspect) => (suspect, limit),
            None => (i64::MAX, limit),
        })
    }

    /// The mails of a mailbox that were tried too often and that nobody works on.
    pub async fn exhausted(&self, mailbox: &str, now_ms: i64) -> Result<Vec<Exhausted>> {
        // The number stands in the statement, as it does in the index that finds these few among all that wait.
        let query = sqlx::query_as::<Any, (i64, i64, Option<String>)>(AssertSqlSafe(format!(
            "SELECT id, attempts, last_error FROM message
             WHERE mailbox = $1 AND state = 'received' AND attempts >= {MAX_ATTEMPTS} AND lease_until_ms <= $2 ORDER BY id"
        )));
        let rows = query.bind(mailbox).bind(now_ms).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(id, attempts, last_error)| Exhausted { id, attempts: from_i64(attempts), last_error }).collect())
    }

    /// The blob of a mail, for export; none where nothing was stored or no such mail is known.
    pub async fn message_blob(&self, message: i64) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT sha256 FROM message WHERE id = $1").bind(message);
        Ok(query.fetch_optional(&self.pool).await?.flatten())
    }
}

fn read_claimed(row: &AnyRow) -> Result<Claimed> {
    Ok(Claimed {
        id: row.try_get("id")?,
        mailbox: row.try_get("mailbox")?,
        campaign: row.try_get("campaign")?,
        sha256: row.try_get("sha256")?,
        part: Part::parse(row.try_get("part")?),
        bytes: from_i64(row.try_get("bytes")?),
        received_ms: row.try_get("received_ms")?,
        received_is_server_time: row.try_get::<i64, _>("received_is_server_time")? == 1,
        attempts: from_i64(row.try_get("attempts")?),
        is_replay: row.try_get::<i64, _>("replays")? > 0,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    pub(super) async fn filled(count: u32) -> (tempfile::TempDir, Store) {
        let (dir, store) = store().await;
        fill(&store, count).await;
        (dir, store)
    }

    pub(super) async fn fill(store: &Store, count: u32) {
        let items: Vec<_> = (1..=count).map(|uid| whole(uid, &format!("m{uid}"))).collect();
        store.record_received("main", "2023", Some(1), count, &items).await.unwrap();
    }

    pub(super) fn ids(claimed: &[Claimed]) -> Vec<i64> {
        claimed.iter().map(|claimed| claimed.id).collect()
    }

    #[tokio::test]
    async fn mails_are_claimed_in_order_and_the_attempt_is_counted_first() {
        let (_dir, store) = filled(5).await;
        assert_eq!(ids(&store.claim("main", 2, 0, "a", 10).await.unwrap()), [1, 2]);
        let second = store.claim("main", 9, 0, "b", 10).await.unwrap();
        assert_eq!(ids(&second), [3, 4, 5]);
        assert!(second.iter().all(|claimed| claimed.attempts == 1));
        assert!(store.claim("main", 9, 9, "c", 10).await.unwrap().is_empty());
        assert!(store.claim("other", 9, 10, "c", 10).await.unwrap().is_empty());
        assert_eq!(store.claim("main", 1, 10, "c", 10).await.unwrap()[0].attempts, 2);
    }

    #[tokio::test]
    async fn what_fails_three_times_is_exhausted_and_the_rest_goes_on() {
        let (_dir, store) = filled(2).await;
        for attempt in 1..=3 {
            let claimed = store.claim("main", 1, 0, "a", 10).await.unwrap();
            assert_eq!((claimed[0].id, claimed[0].attempts), (1, attempt));
            store.attempt_failed(1, "a", 0, "worker died").await.unwrap();
        }
        assert_eq!(ids(&store.claim("main", 9, 0, "a", 10).await.unwrap()), [2]);
        let exhausted = store.exhausted("main", 0).await.unwrap();
        assert_eq!(exhausted, [Exhausted { id: 1, attempts: 3, last_error: Some("worker died".into()) }]);
    }

    #[tokio::test]
    async fn two_that_claim_at_once_share_nothing() {
        let (_dir, store) = filled(40).await;
        let worker = |name: &'static str| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    match store.claim("main", 3, 0, name, 1000).await.unwrap() {
                        claimed if claimed.is_empty() => return mine,
                        claimed => mine.extend(ids(&claimed)),
                    }
                }
            })
        };
        let (a, b, c) = tokio::join!(worker("a"), worker("b"), worker("c"));
        let mut all = [a.unwrap(), b.unwrap(), c.unwrap()].concat();
        all.sort_unstable();
        assert_eq!(all, (1..=40).collect::<Vec<i64>>());
    }
}
