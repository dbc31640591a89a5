//! A mail that a person answers: which it is, and that it was answered.

use super::{Part, Result, Store, Transaction, text};
use sqlx::Row;

/// A mail that asks something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// Its row.
    pub id: i64,
    /// Its campaign.
    pub campaign: String,
    /// The blob that holds it; none where it is not there as a whole.
    pub sha256: Option<String>,
    /// When it was received.
    pub received_ms: i64,
    /// Whether the mailbox's server said so.
    pub is_server_time: bool,
    /// How it ended.
    pub disposition: Option<String>,
    /// Whether it looks classified.
    pub is_classified: bool,
    /// The row of the answer that it has already.
    pub answered: Option<i64>,
}

impl Store {
    /// A mail by its row or by its Message-ID, with or without angle brackets; the latest of several.
    pub async fn asking(&self, message: &str) -> Result<Option<Asking>> {
        let query = sqlx::query(
            "SELECT m.id, m.campaign, m.sha256, m.part, m.received_ms, m.received_is_server_time, m.disposition, m.classified,
                 (SELECT o.id FROM outbox o WHERE o.id = m.answer AND o.state NOT IN ('cancelled', 'dead')) AS answered
             FROM message m WHERE m.id = $1 OR m.message_id = $2 ORDER BY m.id DESC LIMIT 1",
        );
        let bare = message.trim().trim_matches(['<', '>']);
        let query = query.bind(bare.parse::<i64>().unwrap_or(-1)).bind(format!("<{}>", text(bare)));
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        let part: String = row.try_get("part")?;
        Ok(Some(Asking {
            id: row.try_get("id")?,
            campaign: row.try_get("campaign")?,
            sha256: row.try_get::<Option<String>, _>("sha256")?.filter(|_| part == Part::Whole.as_str()),
            received_ms: row.try_get("received_ms")?,
            is_server_time: row.try_get::<i64, _>("received_is_server_time")? == 1,
            disposition: row.try_get("disposition")?,
            is_classified: row.try_get::<i64, _>("classified")? == 1,
            answered: row.try_get("answered")?,
        }))
    }
}

impl Transaction {
    /// The mail that a letter answers by itself, where none does yet: each mail has one reply of ours at most.
    pub async fn unanswered(&mut self, message: i64) -> Result<Option<i64>> {
        let query = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM outbox WHERE source_message = $1").bind(message);
        let replies = query.fetch_one(self.connection()).await?;
        let query = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM summary_item WHERE message = $1").bind(message);
        let told = query.fetch_one(self.connection()).await?;
        Ok((replies == 0 && told == 0).then_some(message))
    }

    /// Says in the ledger that a person answered, and by which mail of ours.
    pub async fn note_answer(&mut self, message: i64, outbox: i64, because: &str) -> Result<()> {
        let query =
            sqlx::query("UPDATE message SET because = $2, answer = $3 WHERE id = $1").bind(message).bind(text(because)).bind(outbox);
        query.execute(self.connection()).await?;
        Ok(())
    }
}
