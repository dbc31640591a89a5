//! The outbox: mails of ours, queued with what they tell about, claimed under a lease, sent at least once.
//!
//! Each keeps its rendered bytes and its Message-ID, so a repeat is the same mail.

use super::{Result, Store, Transaction, from_i64, text};
use crate::model::outbox::{OutboxState, Rendered};
use sqlx::{Row, any::AnyRow};

/// A mail to be queued.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// `acknowledgement`, `correction`, `guidance`, `late`, `digest` …
    pub kind: &'a str,
    /// The campaign that it belongs to.
    pub campaign: &'a str,
    /// The mail itself.
    pub mail: &'a Rendered,
    /// The Message-ID that it answers.
    pub in_reply_to: Option<&'a str>,
    /// The row of the mail that it answers: at most one reply each.
    pub source_message: Option<i64>,
    /// The cases that it tells about.
    pub cases: &'a [i64],
    /// `Queued`, or `Held` until a person releases it.
    pub state: OutboxState,
    /// Not to be sent before.
    pub not_before_ms: i64,
    /// Now.
    pub now_ms: i64,
}

/// A mail to be delivered now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its row.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// The envelope's recipient.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID.
    pub message_id: String,
    /// The whole mail.
    pub mime: Vec<u8>,
    /// This attempt, from 1.
    pub attempts: u32,
    /// When it was queued.
    pub created_ms: i64,
}

impl Transaction {
    /// Queues a mail; the result is its row, or none where the mail that it answers has its reply already.
    /// Repeating it changes nothing: `message_id` and `source_message` are unique.
    pub async fn enqueue(&mut self, outgoing: &Outgoing<'_>) -> Result<Option<i64>> {
        let query = sqlx::query_scalar(
            "INSERT INTO outbox (kind, campaign, state, to_address, subject, message_id, in_reply_to, source_message, mime,
                 next_attempt_ms, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT DO NOTHING RETURNING id",
        );
        let mail = outgoing.mail;
        let id: Option<i64> = query
            .bind(outgoing.kind)
            .bind(outgoing.campaign)
            .bind(outgoing.state.as_str())
            .bind(text(&mail.to))
            .bind(text(&mail.subject))
            .bind(text(&mail.message_id))
            .bind(outgoing.in_reply_to.map(text))
            .bind(outgoing.source_message)
            .bind(mail.bytes.as_slice())
            .bind(outgoing.not_before_ms)
            .bind(outgoing.now_ms)
            .fetch_optional(self.connection())
            .await?;
        let Some(id) = id else { return Ok(None) };
        for case in outgoing.cases {
            // Repeating it changes nothing: (outbox, case_id) is the primary key.
            let insert = sqlx::query("INSERT INTO outbox_case (outbox, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            insert.bind(id).bind(*case).execute(self.connection()).await?;
        }
        Ok(Some(id))
    }

    /// Takes back what waits to be said about a case, of one kind: a correction request to which nothing is
    /// left to ask. What is being delivered this moment stays. The result counts them.
    pub async fn cancel_waiting(&mut self, case: i64, kind: &str, now_ms: i64) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE outbox SET state = 'cancelled'
             WHERE state IN ('queued', 'held') AND kind = $2 AND lease_until_ms <= $3
               AND id IN (SELECT outbox FROM outbox_case WHERE case_id = $1)",
        );
        Ok(done.bind(case).bind(kind).bind(now_ms).execute(self.connection()).await?.rows_affected())
    }

    /// How many replies to an address were queued since then, for the cap per sender.
    pub async fn replies_to_since(&mut self, address: &str, since_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM outbox
             WHERE lower(to_address) = $1 AND created_ms >= $2 AND source_message IS NOT NULL AND state <> 'cancelled'",
        );
        let count: i64 = query.bind(text(&address.to_ascii_lowercase())).bind(since_ms).fetch_one(self.connection()).await?;
        Ok(from_i64(count))
    }

    /// How many replies about a case were queued since then, to whomever, for the cap per case.
    pub async fn replies_about_since(&mut self, case: i64, since_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             WHERE oc.case_id = $1 AND o.created_ms >= $2 AND o.source_message IS NOT NULL AND o.state <> 'cancelled'",
        );
        let count: i64 = query.bind(case).bind(since_ms).fetch_one(self.connection()).await?;
        Ok(from_i64(count))
    }
}

impl Store {
    /// Takes what is due, earliest first, and counts the attempt. Two that claim at the same time never get
    /// the same mail: the condition stands in the outer `WHERE` too.
    pub async fn claim_outbox(&self, limit: u32, now_ms: i64, owner: &str, lease_ms: i64) -> Result<Vec<Delivery>> {
        let rows = sqlx::query(
            "UPDATE outbox SET attempts = attempts + 1, lease_owner = $1, lease_until_ms = $2
             WHERE id IN (
                 SELECT id FROM outbox
                 WHERE state = 'queued' AND next_attempt_ms <= $3 AND lease_until_ms <= $3
                 ORDER BY next_attempt_ms, id LIMIT $4)
               AND state = 'queued' AND next_attempt_ms <= $3 AND lease_until_ms <= $3
             RETURNING id, kind, to_address, subject, message_id, mime, attempts, created_ms, next_attempt_ms",
        )
        .bind(owner)
        .bind(now_ms.saturating_add(lease_ms))
        .bind(now_ms)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let mut due = rows.iter().map(read_delivery).collect::<Result<Vec<_>>>()?;
        due.sort_by_key(|(next_attempt_ms, delivery)| (*next_attempt_ms, delivery.id));
        Ok(due.into_iter().map(|(_, delivery)| delivery).collect())
    }

    /// The server accepted it. It holds even where the item was cancelled meanwhile: it is the truth.
    pub async fn mark_sent(&self, id: i64, now_ms: i64) -> Result<()> {
        let query = sqlx::query(
            "UPDATE outbox SET state = 'sent', sent_ms = $2, last_error = NULL, lease_owner = NULL, lease_until_ms = 0
             WHERE id = $1 AND state <> 'sent'",
        );
        query.bind(id).bind(now_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// It is tried again at `next_ms`.
    pub async fn defer(&self, id: i64, next_ms: i64, error: &str) -> Result<()> {
        let query = sqlx::query(
            "UPDATE outbox SET next_attempt_ms = $2, last_error = $3, lease_owner = NULL, lease_until_ms = 0
             WHERE id = $1 AND state = 'queued'",
        );
        query.bind(id).bind(next_ms).bind(text(error)).execute(&self.pool).await?;
        Ok(())
    }

    /// It waits until `next_ms` and was not tried (a cap, quiet hours, no connection): the attempt doesn't count.
    pub async fn postpone(&self, id: i64, next_ms: i64) -> Result<()> {
        let query = sqlx::query(
            "UPDATE outbox SET next_attempt_ms = $2, attempts = attempts - 1, lease_owner = NULL, lease_until_ms = 0
             WHERE id = $1 AND state = 'queued' AND attempts > 0 AND lease_owner IS NOT NULL",
        );
        query.bind(id).bind(next_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// It can't be delivered.
    pub async fn mark_dead(&self, id: i64, error: &str) -> Result<()> {
        self.give_up(id, OutboxState::Dead, error).await
    }

    /// The server's answer was lost after the data: it may have been accepted.
    pub async fn mark_uncertain(&self, id: i64, error: &str) -> Result<()> {
        self.give_up(id, OutboxState::Uncertain, error).await
    }

    async fn give_up(&self, id: i64, state: OutboxState, error: &str) -> Result<()> {
        let query = sqlx::query(
            "UPDATE outbox SET state = $2, last_error = $3, lease_owner = NULL, lease_until_ms = 0 WHERE id = $1 AND state = 'queued'",
        );
        query.bind(id).bind(state.as_str()).bind(text(error)).execute(&self.pool).await?;
        Ok(())
    }

    /// A person keeps a waiting mail back. False where it isn't waiting, or is being delivered.
    pub async fn hold(&self, id: i64, now_ms: i64) -> Result<bool> {
        let query = sqlx::query("UPDATE outbox SET state = 'held' WHERE id = $1 AND state = 'queued' AND lease_until_ms <= $2");
        Ok(query.bind(id).bind(now_ms).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// A person lets a held mail go. False where it isn't held.
    pub async fn release(&self, id: i64, now_ms: i64) -> Result<bool> {
        let query = sqlx::query("UPDATE outbox SET state = 'queued', next_attempt_ms = $2 WHERE id = $1 AND state = 'held'");
        Ok(query.bind(id).bind(now_ms).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// A person has a dead or uncertain mail tried again, or a waiting one at once. False where it is none of these.
    pub async fn retry(&self, id: i64, now_ms: i64) -> Result<bool> {
        let query = sqlx::query(
            "UPDATE outbox SET state = 'queued', next_attempt_ms = $2
             WHERE id = $1 AND state IN ('queued', 'dead', 'uncertain') AND lease_until_ms <= $2",
        );
        Ok(query.bind(id).bind(now_ms).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// A person takes a mail back. False where it is sent, or is being delivered.
    pub async fn cancel(&self, id: i64, now_ms: i64) -> Result<bool> {
        let query = sqlx::query(
            "UPDATE outbox SET state = 'cancelled'
             WHERE id = $1 AND state IN ('queued', 'held', 'dead', 'uncertain') AND lease_until_ms <= $2",
        );
        Ok(query.bind(id).bind(now_ms).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// When the next mail may be tried: its time has come, and no one has it.
    pub async fn next_due_ms(&self) -> Result<Option<i64>> {
        let query = sqlx::query_scalar(
            "SELECT MIN(CASE WHEN lease_until_ms > next_attempt_ms THEN lease_until_ms ELSE next_attempt_ms END)
             FROM outbox WHERE state = 'queued'",
        );
        Ok(query.fetch_one(&self.pool).await?)
    }

    /// How many mails went out since then, for the cap per hour.
    pub async fn sent_since(&self, since_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE sent_ms >= $1 AND state = 'sent'");
        Ok(from_i64(query.bind(since_ms).fetch_one(&self.pool).await?))
    }

    /// How many mails went out to an address since then.
    pub async fn sent_to_since(&self, address: &str, since_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE lower(to_address) = $1 AND sent_ms >= $2 AND state = 'sent'");
        Ok(from_i64(query.bind(text(&address.to_ascii_lowercase())).bind(since_ms).fetch_one(&self.pool).await?))
    }

    /// The whole mail of an item, for show and export; none where no such item is known.
    pub async fn outbox_mime(&self, id: i64) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar("SELECT mime FROM outbox WHERE id = $1").bind(id).fetch_optional(&self.pool).await?)
    }
}

fn read_delivery(row: &AnyRow) -> Result<(i64, Delivery)> {
    let delivery = Delivery {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        to: row.try_get("to_address")?,
        subject: row.try_get("subject")?,
        message_id: row.try_get("message_id")?,
        mime: row.try_get("mime")?,
        attempts: from_i64(row.try_get("attempts")?),
        created_ms: row.try_get("created_ms")?,
    };
    Ok((row.try_get("next_attempt_ms")?, delivery))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use crate::store::Filter;

    async fn queue(store: &Store, name: &str, source: Option<i64>, due: i64) -> Option<i64> {
        let mail = rendered(name, "U@example.com");
        let mut tx = store.begin().await.unwrap();
        let id = tx.enqueue(&Outgoing { source_message: source, not_before_ms: due, ..outgoing(&mail) }).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    #[tokio::test]
    async fn a_mail_has_at_most_one_reply() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        assert!(queue(&store, "one", Some(message), 0).await.is_some());
        assert_eq!(queue(&store, "other", Some(message), 0).await, None);
        assert_eq!(queue(&store, "one", None, 0).await, None, "a Message-ID is queued once");
        assert!(queue(&store, "digest", None, 0).await.is_some());
        assert!(queue(&store, "digest 2", None, 0).await.is_some());
    }

    #[tokio::test]
    async fn what_is_due_is_claimed_earliest_first_and_counted_before_it_is_tried() {
        let (_dir, store) = store().await;
        let (late, early) = (queue(&store, "late", None, 20).await.unwrap(), queue(&store, "early", None, 10).await.unwrap());
        queue(&store, "later", None, 99).await;
        assert_eq!(store.next_due_ms().await.unwrap(), Some(10));
        let due = store.claim_outbox(9, 50, "a", 30).await.unwrap();
        assert_eq!(due.iter().map(|d| (d.id, d.attempts)).collect::<Vec<_>>(), [(early, 1), (late, 1)]);
        assert_eq!(due[0].mime, rendered("early", "").bytes);
        assert!(store.claim_outbox(9, 79, "b", 30).await.unwrap().is_empty());
        assert_eq!(store.next_due_ms().await.unwrap(), Some(80));
        assert_eq!(store.claim_outbox(1, 80, "b", 30).await.unwrap()[0].attempts, 2);
    }

    #[tokio::test]
    async fn two_that_deliver_at_once_share_nothing() {
        let (_dir, store) = store().await;
        for number in 0..20 {
            queue(&store, &format!("m{number}"), None, 0).await;
        }
        let (a, b) = tokio::join!(store.claim_outbox(15, 1, "a", 9), store.claim_outbox(15, 1, "b", 9));
        let mut all: Vec<i64> = [a.unwrap(), b.unwrap()].concat().iter().map(|d| d.id).collect();
        all.sort_unstable();
        assert_eq!(all, (1..=20).collect::<Vec<i64>>());
    }

    #[tokio::test]
    async fn an_item_goes_through_its_states() {
        let (_dir, store) = store().await;
        let id = queue(&store, "a", None, 0).await.unwrap();
        store.claim_outbox(1, 1, "me", 100).await.unwrap();
        assert!(!store.cancel(id, 2).await.unwrap(), "it is being delivered");
        store.defer(id, 50, "450 later").await.unwrap();
        let row = store.list_outbox(&Filter::default()).await.unwrap().remove(0);
        assert_eq!((row.state.as_str(), row.attempts, row.last_error.as_deref()), ("queued", 1, Some("450 later")));
        assert!(store.hold(id, 3).await.unwrap());
        assert!(store.claim_outbox(1, 60, "me", 100).await.unwrap().is_empty());
        assert!(store.release(id, 60).await.unwrap());
        store.claim_outbox(1, 60, "me", 100).await.unwrap();
        store.postpone(id, 61).await.unwrap();
        store.claim_outbox(1, 61, "me", 100).await.unwrap();
        store.mark_uncertain(id, "lost").await.unwrap();
        assert!(store.retry(id, 62).await.unwrap());
        store.mark_dead(id, "550 no").await.unwrap();
        assert!(store.retry(id, 63).await.unwrap());
        store.mark_sent(id, 64).await.unwrap();
        assert!(!store.retry(id, 65).await.unwrap() && !store.cancel(id, 65).await.unwrap());
        assert_eq!(store.next_due_ms().await.unwrap(), None);
        assert_eq!(store.list_outbox(&Filter::default()).await.unwrap()[0].attempts, 2);
    }

    #[tokio::test]
    async fn the_caps_are_counted() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        let id = queue(&store, "a", Some(message), 0).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.replies_to_since("u@EXAMPLE.com", 0).await.unwrap(), 1);
        assert_eq!(tx.replies_to_since("u@example.com", 1001).await.unwrap(), 0);
        drop(tx);
        assert_eq!(store.sent_since(0).await.unwrap(), 0);
        store.mark_sent(id, 70).await.unwrap();
        assert_eq!((store.sent_since(70).await.unwrap(), store.sent_since(71).await.unwrap()), (1, 0));
        assert_eq!(store.sent_to_since("u@example.com", 70).await.unwrap(), 1);
        assert_eq!(store.sent_to_since("v@example.com", 70).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_request_with_nothing_left_to_ask_is_taken_back() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.cancel_waiting(case, "correction", 0).await.unwrap(), 0);
        assert_eq!(tx.cancel_waiting(case, "acknowledgement", 0).await.unwrap(), 1);
    }
}
