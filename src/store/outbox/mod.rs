//! The outbox: mails of ours, queued with what they tell about, claimed under a lease, sent at least once.
//!
//! Each keeps its rendered bytes and its Message-ID, so a repeat is the same mail.

pub mod desk;
pub mod renew;
pub mod settle;
#[cfg(test)]
mod tests;

use super::{Dialect, Result, Store, Transaction, from_i64, text};
use crate::model::audit::{Act, By};
use crate::model::outbox::{OutboxState, Rendered, repeats_of};
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

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
    /// The row of the mail that it answers.
    pub source_message: Option<i64>,
}

/// How many mails are claimed at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// At once.
    pub at_once: u32,
    /// Within an hour, whoever sends them.
    pub per_hour: u32,
}

/// What was claimed, and how many mails the hour had before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Earliest first.
    pub due: Vec<Delivery>,
    /// How many went out within the hour.
    pub sent: u64,
    /// How many more could have been claimed.
    pub room: u32,
}

const HOUR_MS: i64 = 3_600_000;
/// Other machines' clocks may be a little ahead.
const AHEAD_MS: i64 = 60_000;

/// Whether a mail is taken back that asks about other cases too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Ignore,
    Spare,
}

impl Transaction {
    /// Queues a mail; the result is its row, or none where the mail that it answers has its reply already, or is told of in a
    /// summary.
    /// Repeating it changes nothing: `message_id` and `source_message` are unique.
    pub async fn enqueue(&mut self, outgoing: &Outgoing<'_>) -> Result<Option<i64>> {
        let query = sqlx::query_scalar(
            "INSERT INTO outbox (kind, campaign, state, to_address, subject, message_id, in_reply_to, source_message, mime,
                 next_attempt_ms, created_ms, repeat_limit)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
             WHERE NOT EXISTS (SELECT 1 FROM summary_item WHERE message = $8)
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
            .bind(i64::from(repeats_of(outgoing.kind)))
            .fetch_optional(self.connection())
            .await?;
        let Some(id) = id else { return Ok(None) };
        failpoint!("outbox.queued");
        for case in outgoing.cases {
            // Repeating it changes nothing: (outbox, case_id) is the primary key.
            let insert = sqlx::query("INSERT INTO outbox_case (outbox, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            insert.bind(id).bind(*case).execute(self.connection()).await?;
        }
        let act = if outgoing.state == OutboxState::Held { Act::ReplyHeld } else { Act::ReplyQueued };
        let detail = json!({"kind": outgoing.kind, "message": outgoing.source_message});
        self.audit(By::program(outgoing.now_ms).entry(act, format!("outbox/{id}"), detail));
        Ok(Some(id))
    }

    /// Takes back what waits to be said about a case, of one kind: a correction request to which nothing is
    /// left to ask. What is being delivered this moment stays. The result counts them.
    pub async fn cancel_waiting(&mut self, case: i64, kind: &str, now_ms: i64) -> Result<u64> {
        self.cancel(case, kind, Others::Ignore, now_ms).await
    }

    async fn cancel(&mut self, case: i64, kind: &str, others: Others, now_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar::<_, i64>(
            "UPDATE outbox SET state = 'cancelled'
             WHERE state IN ('queued', 'held') AND kind = $2 AND lease_until_ms <= $3
               AND id IN (SELECT outbox FROM outbox_case WHERE case_id = $1)
               AND ($4 = 0 OR NOT EXISTS (SELECT 1 FROM outbox_case other
                   WHERE other.outbox = outbox.id AND other.case_id <> $1 AND other.asked_ms IS NOT NULL))
             RETURNING id",
        );
        let query = query.bind(case).bind(kind).bind(now_ms).bind(i64::from(others == Others::Spare));
        let taken_back = query.fetch_all(self.connection()).await?;
        for id in &taken_back {
            let by = By::program(now_ms).because("所要求的已经补齐或已有新版本，无须再发");
            self.audit(by.entry(Act::ReplyCancelled, format!("outbox/{id}"), json!({})));
        }
        Ok(taken_back.len() as u64)
    }

    /// How many replies of a campaign to an address were queued since then, summaries included, for the cap per sender.
    pub async fn replies_to_since(&mut self, campaign: &str, address: &str, since_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar(
            // The second condition is what PostgreSQL's index is of.
            "SELECT COUNT(*) FROM outbox
             WHERE lower(to_address) = $1 AND substr(lower(to_address), 1, 200) = substr($1, 1, 200) AND created_ms >= $2 AND (source_message IS NOT NULL OR kind = 'summary') AND state <> 'cancelled'
               AND campaign = $3",
        );
        let count: i64 = query.bind(text(&address.to_ascii_lowercase())).bind(since_ms).bind(campaign).fetch_one(self.connection()).await?;
        Ok(from_i64(count))
    }

    /// How many replies about a case were queued since then, to whomever, for the cap per case.
    pub async fn replies_about_since(&mut self, case: i64, since_ms: i64) -> Result<u64> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             WHERE oc.case_id = $1 AND o.created_ms >= $2 AND (o.source_message IS NOT NULL OR o.kind = 'summary') AND o.state <> 'cancelled'",
        );
        let count: i64 = query.bind(case).bind(since_ms).fetch_one(self.connection()).await?;
        Ok(from_i64(count))
    }
}

/// Found by the time: by the bare state, SQLite would look at everything that was ever sent, before each claim.
const SENT_WITHIN: &str = "SELECT COUNT(*) FROM outbox WHERE sent_ms >= $1 AND sent_ms <= $2 AND COALESCE(state, '') = 'sent'";

impl Store {
    /// Takes what is due, earliest first, and counts the attempt. Two that claim at the same time never get
    /// the same mail: the condition stands in the outer `WHERE` too. What a living process claimed stays its own, whatever
    /// the clock of its machine says.
    pub async fn claim_replies(&self, quota: Quota, now_ms: i64, owner: &str, lease_ms: i64) -> Result<Claim> {
        self.in_place()?;
        let mut tx = self.begin().await?;
        let claim = tx.claim_replies(quota, now_ms, owner, lease_ms).await?;
        tx.commit().await?;
        failpoint!("outbox.claimed");
        Ok(claim)
    }

    /// Gives back everything that this process has claimed: it has nothing in hand, and knows of no claim. The answer of a
    /// commit that claimed may have been lost. The attempts don't count.
    pub async fn give_back_replies(&self, owner: &str) -> Result<u64> {
        let mut tx = self.begin().await?;
        let query = sqlx::query(
            "UPDATE outbox SET lease_owner = NULL, lease_until_ms = 0, attempts = attempts - 1
             WHERE state = 'queued' AND lease_owner = $1 AND attempts > 0",
        );
        let given_back = query.bind(owner).execute(tx.connection()).await?.rows_affected();
        tx.commit().await?;
        Ok(given_back)
    }

    /// Whether a claim still stands.
    pub async fn holds_reply(&self, id: i64, owner: &str) -> Result<bool> {
        let query = sqlx::query("SELECT 1 FROM outbox WHERE id = $1 AND lease_owner = $2 AND state = 'queued'");
        Ok(query.bind(id).bind(owner).fetch_optional(&self.pool).await?.is_some())
    }

    /// When the next mail may be tried: its time has come, and no one has it.
    pub async fn next_due_ms(&self) -> Result<Option<i64>> {
        let query = sqlx::query_scalar(
            "SELECT MIN(CASE WHEN lease_until_ms > next_attempt_ms THEN lease_until_ms ELSE next_attempt_ms END)
             FROM outbox WHERE state = 'queued'",
        );
        Ok(query.fetch_one(&self.pool).await?)
    }

    /// How many mails could be handed over now.
    pub async fn due(&self, now_ms: i64) -> Result<u64> {
        let query =
            sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE state = 'queued' AND next_attempt_ms <= $1 AND lease_until_ms <= $1");
        let count: i64 = query.bind(now_ms).fetch_one(&self.pool).await?;
        Ok(from_i64(count))
    }

    /// After the clock was ahead: what was queued or deferred then waits for an instant that is far away. It
    /// is brought as much nearer as the clock went back. The result counts what was moved.
    pub async fn follow_clock(&self, now_ms: i64, longest_wait_ms: i64) -> Result<u64> {
        let mut moved = 0;
        for statement in [
            "UPDATE outbox SET next_attempt_ms = next_attempt_ms - (created_ms - $1), created_ms = $1
             WHERE state = 'queued' AND lease_owner IS NULL AND created_ms > $2",
            "UPDATE outbox SET next_attempt_ms = $1 WHERE state = 'queued' AND lease_owner IS NULL AND attempts > 0 AND next_attempt_ms > $2",
        ] {
            let query = sqlx::query(statement).bind(now_ms).bind(now_ms.saturating_add(longest_wait_ms));
            moved += query.execute(&self.pool).await?.rows_affected();
        }
        Ok(moved)
    }

    /// The whole mail of an item, for show and export; none where no such item is known.
    pub async fn outbox_mime(&self, id: i64) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar("SELECT mime FROM outbox WHERE id = $1").bind(id).fetch_optional(&self.pool).await?)
    }
}

impl Transaction {
    /// Claims what the hour has room for: what went out within it counts, and what anybody has in hand, since writers are one
    /// at a time. The end of the hour matters: after the clock was ahead, mails stand there as sent in the future.
    async fn claim_replies(&mut self, quota: Quota, now_ms: i64, owner: &str, lease_ms: i64) -> Result<Claim> {
        let query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT ({SENT_WITHIN}), (SELECT COUNT(*) FROM outbox WHERE lease_owner IS NOT NULL AND lease_until_ms > $3 AND state = 'queued')"
        )));
        let query = query.bind(now_ms.saturating_sub(HOUR_MS)).bind(now_ms.saturating_add(AHEAD_MS)).bind(now_ms);
        let (sent, in_hand): (i64, i64) = query.fetch_one(self.connection()).await?;
        let room = i64::from(quota.per_hour).saturating_sub(sent).saturating_sub(in_hand);
        let room = u32::try_from(room.max(0)).unwrap_or(u32::MAX);
        let dialect = self.dialect().clone();
        let due = match room.min(quota.at_once) {
            0 => Vec::new(),
            limit => claim((&dialect, self.connection()), limit, now_ms, owner, lease_ms).await?,
        };
        Ok(Claim { due, sent: from_i64(sent), room })
    }
}

async fn claim(
    (dialect, connection): (&Dialect, &mut AnyConnection),
    limit: u32,
    now_ms: i64,
    owner: &str,
    lease_ms: i64,
) -> Result<Vec<Delivery>> {
    let is_free = "state = 'queued' AND next_attempt_ms <= $3 AND lease_until_ms <= $3
           AND (lease_owner IS NULL OR lease_owner = $1 OR lease_owner NOT IN (SELECT owner FROM node))";
    let is_one = dialect.is_one_of(&format!("SELECT id FROM outbox WHERE {is_free} ORDER BY next_attempt_ms, id LIMIT $4"));
    let rows = sqlx::query(AssertSqlSafe(format!(
        "UPDATE outbox SET attempts = attempts + 1, lease_owner = $1, lease_until_ms = $2
         WHERE {is_one} AND {is_free}
         RETURNING id, kind, to_address, subject, message_id, mime, attempts, created_ms, next_attempt_ms, source_message"
    )))
    .bind(owner)
    .bind(now_ms.saturating_add(lease_ms))
    .bind(now_ms)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    let mut due = rows.iter().map(read_delivery).collect::<Result<Vec<_>>>()?;
    due.sort_by_key(|(next_attempt_ms, delivery)| (*next_attempt_ms, delivery.id));
    Ok(due.into_iter().map(|(_, delivery)| delivery).collect())
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
        source_message: row.try_get("source_message")?,
    };
    Ok((row.try_get("next_attempt_ms")?, delivery))
}
