//! Which week's digest was queued for whom, so that each goes to each recipient once.

use super::{Result, Store, Transaction, text, to_i64};
use crate::model::audit::{Act, By};
use serde_json::json;

/// A digest of one week for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestKey<'a> {
    /// The campaign.
    pub campaign: &'a str,
    /// A region's full name, or `province`; empty: all.
    pub scope: &'a str,
    /// `2023-W26`.
    pub week: &'a str,
    /// The recipient's address.
    pub recipient: &'a str,
    /// 0 for the schedule's, then counted.
    pub copy: u32,
}

impl Store {
    /// How many copies of a week's digest were queued for a recipient.
    pub async fn digest_copies(&self, key: &DigestKey<'_>) -> Result<u32> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM digest WHERE campaign = $1 AND scope = $2 AND week = $3 AND recipient = $4");
        let query = query.bind(key.campaign).bind(key.scope).bind(key.week).bind(text(&key.recipient.to_ascii_lowercase()));
        let count: i64 = query.fetch_one(&self.pool).await?;
        Ok(super::from_i64(count))
    }

    /// The latest week whose digest the schedule queued for a recipient.
    pub async fn last_digest(&self, campaign: &str, scope: &str, recipient: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT MAX(week) FROM digest WHERE campaign = $1 AND scope = $2 AND recipient = $3 AND actor = ''");
        Ok(query.bind(campaign).bind(scope).bind(text(&recipient.to_ascii_lowercase())).fetch_one(&self.pool).await?)
    }

    /// How many mails from before an instant wait to be judged: what they bring is missing in every count.
    pub async fn unjudged_before(&self, campaign: &str, before_ms: i64) -> Result<u64> {
        // The sum keeps SQLite from looking at all that came before, and not at the few that wait.
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM message WHERE campaign = $1 AND state = 'received' AND received_ms + 0 < $2");
        let count: i64 = query.bind(campaign).bind(before_ms).fetch_one(&self.pool).await?;
        Ok(super::from_i64(count))
    }
}

impl Transaction {
    /// Notes that a digest was queued, in the transaction that queues it. False where it was before: the
    /// primary key is (campaign, scope, week, recipient, copy); then the transaction is to be rolled back.
    pub async fn note_digest(&mut self, key: &DigestKey<'_>, outbox: i64, by: &By) -> Result<bool> {
        let query = sqlx::query(
            "INSERT INTO digest (campaign, scope, week, recipient, copy, outbox, actor, reason, queued_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        );
        let query = query
            .bind(key.campaign)
            .bind(key.scope)
            .bind(key.week)
            .bind(text(&key.recipient.to_ascii_lowercase()))
            .bind(to_i64(key.copy))
            .bind(outbox)
            .bind(text(by.actor.as_str()))
            .bind(text(&by.reason))
            .bind(by.at_ms);
        if query.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = json!({"campaign": key.campaign, "scope": key.scope, "week": key.week, "copy": key.copy});
        self.audit(by.entry(Act::DigestQueued, format!("outbox/{outbox}"), detail));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[tokio::test]
    async fn a_weeks_digest_is_noted_once_for_each_recipient() {
        let (_dir, store) = store().await;
        let key = DigestKey { campaign: "2023", scope: "", week: "2023-W26", recipient: "Office@example.com", copy: 0 };
        let mail = rendered("digest", "office@example.com");
        let mut tx = store.begin().await.unwrap();
        let outbox = tx.enqueue(&outgoing(&mail)).await.unwrap().unwrap();
        let by = By::program(1);
        assert!(tx.note_digest(&key, outbox, &by).await.unwrap());
        assert!(!tx.note_digest(&DigestKey { recipient: "office@EXAMPLE.com", ..key }, outbox, &by).await.unwrap());
        assert!(tx.note_digest(&DigestKey { copy: 1, ..key }, outbox, &by).await.unwrap());
        assert!(tx.note_digest(&DigestKey { week: "2023-W25", ..key }, outbox, &by).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(store.digest_copies(&key).await.unwrap(), 2);
        assert_eq!(store.last_digest("2023", "", "office@example.com").await.unwrap().as_deref(), Some("2023-W26"));
        assert_eq!(store.last_digest("2023", "十堰市", "office@example.com").await.unwrap(), None);
    }
}
