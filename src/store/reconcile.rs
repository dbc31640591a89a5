//! The ledger as `reconcile` holds it against the mailbox, and what it mends; and what is due to be shown in
//! the mailbox afterwards.

use super::{Part, Place, Result, Store, from_i64, to_i64};
use sqlx::{Any, Row, any::AnyRow};

/// How often a courtesy is tried.
const COURTESY_ATTEMPTS: i64 = 3;
/// The value of a courtesy that was shown.
const SHOWN: i64 = -1;

/// A place of a mailbox with the mail that was met there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Where.
    pub place: Place,
    /// The UIDVALIDITY of the place; none for files.
    pub uidvalidity: Option<u32>,
    /// The mail's row.
    pub message: i64,
    /// The blob that holds its bytes; none where nothing was read.
    pub sha256: Option<String>,
    /// How much of it is stored.
    pub part: Part,
    /// Its size.
    pub bytes: u64,
    /// When it was received.
    pub received_ms: i64,
    /// Whether the mailbox's server said so.
    pub received_is_server_time: bool,
    /// What it ended with; none as long as it waits.
    pub disposition: Option<String>,
    /// Why.
    pub because: String,
    /// Its subject, where it was read and doesn't look classified.
    pub subject: String,
    /// Whether it looks classified: its bytes are in no backup.
    pub is_classified: bool,
    /// Whether a person has seen to it.
    pub is_dismissed: bool,
}

/// Bytes that were fetched for a mail of which none were stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late<'a> {
    /// The mail's row.
    pub message: i64,
    /// The blob.
    pub sha256: &'a str,
    /// Whether it is the whole mail or its header.
    pub part: Part,
    /// The size of the whole mail.
    pub bytes: u64,
}

impl Store {
    /// Every place of a mailbox that was recorded, in the order of recording.
    pub async fn recorded(&self, mailbox: &str) -> Result<Vec<Recorded>> {
        let query = sqlx::query::<Any>(
            "SELECT p.uidvalidity, p.uid, p.name, m.id, m.sha256, m.part, m.bytes, m.received_ms,
                    m.received_is_server_time, m.disposition, m.because,
                    CASE WHEN m.classified = 1 THEN '' ELSE m.subject END AS subject, m.classified, m.dismissed_ms
             FROM mailbox_position p JOIN message m ON m.id = p.message
             WHERE p.mailbox = $1 ORDER BY p.id",
        );
        query.bind(mailbox).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// A server that gives a UID to another mail against the standard (restored from a backup, say): the mail
    /// that was met there keeps its row under a name of its own, and the place is free for the other one.
    /// (mailbox, name) is unique, so it is freed once for a mail.
    pub async fn free_place(&self, mailbox: &str, uidvalidity: u32, uid: u32) -> Result<bool> {
        let freed = sqlx::query(
            "UPDATE mailbox_position SET uidvalidity = NULL, uid = NULL, name = $4 || CAST(id AS TEXT)
             WHERE mailbox = $1 AND uidvalidity = $2 AND uid = $3",
        )
        .bind(mailbox)
        .bind(i64::from(uidvalidity))
        .bind(i64::from(uid))
        .bind(format!("uid {uid} of {uidvalidity}, reused, "))
        .execute(&self.pool)
        .await?;
        Ok(freed.rows_affected() == 1)
    }

    /// Gives a quarantined mail the bytes that it lacked, to be judged. False where it has some, or isn't
    /// quarantined; (mailbox, sha256, twin) is unique.
    pub async fn arrived_late(&self, late: &Late<'_>) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE message SET sha256 = $2, part = $3, bytes = $4, state = 'received', disposition = NULL, because = '',
                 twin = (SELECT COUNT(*) FROM message o WHERE o.mailbox = message.mailbox AND o.sha256 = $2),
                 attempts = 0, interruptions = 0, lease_owner = NULL, lease_until_ms = 0, last_error = NULL
             WHERE id = $1 AND state = 'done' AND disposition = 'quarantined' AND part = 'none'",
        )
        .bind(late.message)
        .bind(late.sha256)
        .bind(late.part.as_str())
        .bind(to_i64(late.bytes))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// UIDs of mails that have their disposition and were not shown in the mailbox yet, in order. What a
    /// person has yet to look at, and what was skipped, is not among them. The attempt is counted first.
    pub async fn claim_courtesies(&self, mailbox: &str, uidvalidity: u32, limit: u32) -> Result<Vec<u32>> {
        let query = sqlx::query_scalar::<Any, i64>(
            "UPDATE mailbox_position SET courtesy = courtesy + 1
             WHERE id IN (
                 SELECT p.id FROM mailbox_position p JOIN message m ON m.id = p.message
                 WHERE p.mailbox = $1 AND p.uidvalidity = $2 AND p.courtesy >= 0 AND p.courtesy < $3
                   AND m.state = 'done' AND m.disposition NOT IN ('quarantined', 'skipped')
                 ORDER BY p.uid LIMIT $4)
               AND courtesy >= 0 AND courtesy < $3
             RETURNING uid",
        );
        let query = query.bind(mailbox).bind(i64::from(uidvalidity)).bind(COURTESY_ATTEMPTS).bind(i64::from(limit));
        let mut uids: Vec<u32> = query.fetch_all(&self.pool).await?.into_iter().map(from_i64).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// Whether any mail of a mailbox waits to be shown.
    pub async fn has_courtesies(&self, mailbox: &str, uidvalidity: u32) -> Result<bool> {
        let query = sqlx::query_scalar::<Any, i64>(
            "SELECT COUNT(*) FROM mailbox_position p JOIN message m ON m.id = p.message
             WHERE p.mailbox = $1 AND p.uidvalidity = $2 AND p.courtesy >= 0 AND p.courtesy < $3
               AND m.state = 'done' AND m.disposition NOT IN ('quarantined', 'skipped')",
        );
        let count = query.bind(mailbox).bind(i64::from(uidvalidity)).bind(COURTESY_ATTEMPTS).fetch_one(&self.pool).await?;
        Ok(count > 0)
    }

    /// They were shown. Repeating it changes nothing: (mailbox, uidvalidity, uid) is unique.
    pub async fn courtesies_shown(&self, mailbox: &str, uidvalidity: u32, uids: &[u32]) -> Result<()> {
        let mut tx = self.begin().await?;
        for uid in uids {
            sqlx::query("UPDATE mailbox_position SET courtesy = $4 WHERE mailbox = $1 AND uidvalidity = $2 AND uid = $3")
                .bind(mailbox)
                .bind(i64::from(uidvalidity))
                .bind(i64::from(*uid))
                .bind(SHOWN)
                .execute(tx.connection())
                .await?;
        }
        tx.commit().await
    }
}

fn read(row: &AnyRow) -> Result<Recorded> {
    let name: Option<String> = row.try_get("name")?;
    let uid: Option<i64> = row.try_get("uid")?;
    let part: String = row.try_get("part")?;
    Ok(Recorded {
        place: name.map_or_else(|| Place::Uid(from_i64(uid.unwrap_or_default())), Place::Name),
        uidvalidity: row.try_get::<Option<i64>, _>("uidvalidity")?.map(from_i64),
        message: row.try_get("id")?,
        sha256: row.try_get("sha256")?,
        part: [Part::Whole, Part::Header].into_iter().find(|known| known.as_str() == part).unwrap_or(Part::None),
        bytes: from_i64(row.try_get("bytes")?),
        received_ms: row.try_get("received_ms")?,
        received_is_server_time: row.try_get::<i64, _>("received_is_server_time")? == 1,
        disposition: row.try_get("disposition")?,
        because: row.try_get("because")?,
        subject: row.try_get("subject")?,
        is_classified: row.try_get::<i64, _>("classified")? == 1,
        is_dismissed: row.try_get::<Option<i64>, _>("dismissed_ms")?.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use crate::store::{Received, ReceivedState};

    #[tokio::test]
    async fn bytes_that_come_late_are_judged_and_come_once() {
        let (_dir, store) = store().await;
        let failed = Received { sha256: None, state: ReceivedState::Failed { reason: "damaged".into(), now_ms: 1 }, ..whole(2, "") };
        store.record_received("main", "2023", Some(1), 3, &[whole(1, "a"), failed, whole(3, "c")]).await.unwrap();
        assert_eq!(store.recorded("main").await.unwrap()[1].part, Part::None);
        let sha256 = hash("a");
        let late = Late { message: 2, sha256: &sha256, part: Part::Whole, bytes: 1 };
        assert!(store.arrived_late(&late).await.unwrap());
        assert!(!store.arrived_late(&late).await.unwrap());
        assert!(!store.arrived_late(&Late { message: 1, ..late }).await.unwrap(), "what is there stays");
        let claimed = store.claim("main", 9, 0, "me", 1).await.unwrap();
        assert_eq!(claimed.iter().map(|claimed| claimed.id).collect::<Vec<_>>(), [1, 2, 3], "in the order of receipt");
    }

    #[tokio::test]
    async fn a_courtesy_waits_for_the_disposition_and_is_shown_once() {
        let (_dir, store) = store().await;
        open(&store, 1, "a", "某市计量院", "题目", "").await;
        receive(&store, 2, "b").await;
        let held = receive(&store, 3, "c").await;
        quarantine(&store, held).await;
        assert!(store.has_courtesies("main", 1).await.unwrap());
        for _ in 0..3 {
            assert_eq!(store.claim_courtesies("main", 1, 9).await.unwrap(), [1]);
        }
        assert!(store.claim_courtesies("main", 1, 9).await.unwrap().is_empty(), "three tries are enough");
        assert!(!store.has_courtesies("main", 1).await.unwrap());
        open(&store, 4, "d", "某市质检院", "题目二", "").await;
        assert_eq!(store.claim_courtesies("main", 1, 9).await.unwrap(), [4]);
        store.courtesies_shown("main", 1, &[4]).await.unwrap();
        assert!(store.claim_courtesies("main", 1, 9).await.unwrap().is_empty());
        assert!(store.claim_courtesies("main", 2, 9).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_place_that_was_given_away_is_freed_and_nothing_is_lost() {
        let (_dir, store) = store().await;
        let first = receive(&store, 7, "a").await;
        assert!(store.free_place("main", 1, 7).await.unwrap());
        assert!(!store.free_place("main", 1, 7).await.unwrap());
        let second = receive(&store, 7, "b").await;
        let recorded = store.recorded("main").await.unwrap();
        assert_eq!(recorded.iter().map(|one| one.message).collect::<Vec<_>>(), [first, second]);
        assert_eq!(recorded[1].place, Place::Uid(7));
    }
}
