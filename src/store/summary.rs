//! Mails past the cap of a day, until a summary reply tells their sender of all of them.

use super::{Result, Store, StoreError, Transaction, from_i64, text};
use crate::model::summary::SummaryEntry;

/// A mail for a summary.
#[derive(Debug, Clone, Copy)]
pub struct SummaryItem<'a> {
    /// The mail.
    pub message: i64,
    /// The campaign whose words are used.
    pub campaign: &'a str,
    /// To whom.
    pub recipient: &'a str,
    /// The first instant of the day that it counts for.
    pub day_ms: i64,
    /// What is said of it.
    pub entry: &'a SummaryEntry,
}

/// Whom a summary is due to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryDue {
    /// The campaign.
    pub campaign: String,
    /// The address, in lower case.
    pub recipient: String,
    /// The day.
    pub day_ms: i64,
}

impl Transaction {
    /// Notes a mail for the summary of its day. Repeating it changes nothing: the mail is the primary key.
    pub async fn add_to_summary(&mut self, item: &SummaryItem<'_>) -> Result<()> {
        let content = serde_json::to_string(item.entry).map_err(|source| StoreError::Row { what: "summary_item", source })?;
        let query = sqlx::query(
            "INSERT INTO summary_item (message, campaign, recipient, day_ms, content) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(item.message).bind(item.campaign).bind(text(&item.recipient.to_ascii_lowercase()));
        query.bind(item.day_ms).bind(text(&content)).execute(self.connection()).await?;
        failpoint!("summary.noted");
        Ok(())
    }

    /// What a summary tells, with the mails' rows, in the order of receipt.
    pub async fn summary_items(&mut self, due: &SummaryDue) -> Result<Vec<(i64, SummaryEntry)>> {
        let query = sqlx::query_as(
            "SELECT message, content FROM summary_item
             WHERE outbox IS NULL AND campaign = $1 AND recipient = $2 AND day_ms = $3 ORDER BY message",
        );
        let query = query.bind(text(&due.campaign)).bind(text(&due.recipient)).bind(due.day_ms);
        let rows: Vec<(i64, String)> = query.fetch_all(self.connection()).await?;
        rows.into_iter().map(|(message, content)| Ok((message, entry(&content)?))).collect()
    }

    /// Notes which summary tells of them.
    pub async fn summary_told(&mut self, due: &SummaryDue, outbox: i64) -> Result<()> {
        let query =
            sqlx::query("UPDATE summary_item SET outbox = $4 WHERE outbox IS NULL AND campaign = $1 AND recipient = $2 AND day_ms = $3");
        let query = query.bind(text(&due.campaign)).bind(text(&due.recipient)).bind(due.day_ms).bind(outbox);
        query.execute(self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// What a queued summary tells, in the order of receipt.
    pub async fn summary_entries(&self, outbox: i64) -> Result<Vec<SummaryEntry>> {
        let query = sqlx::query_scalar("SELECT content FROM summary_item WHERE outbox = $1 ORDER BY message");
        let contents: Vec<String> = query.bind(outbox).fetch_all(&self.pool).await?;
        contents.iter().map(|content| entry(content)).collect()
    }

    /// Whom a summary is due to: of days before this one.
    pub async fn summaries_due(&self, midnight_ms: i64) -> Result<Vec<SummaryDue>> {
        let query = sqlx::query_as(
            "SELECT DISTINCT campaign, recipient, day_ms FROM summary_item
             WHERE outbox IS NULL AND day_ms < $1 ORDER BY day_ms, campaign, recipient LIMIT 200",
        );
        let rows: Vec<(String, String, i64)> = query.bind(midnight_ms).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(campaign, recipient, day_ms)| SummaryDue { campaign, recipient, day_ms }).collect())
    }

    /// How many mails wait for a summary.
    pub async fn waiting_for_summary(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM summary_item WHERE outbox IS NULL").fetch_one(&self.pool).await?;
        Ok(from_i64(count))
    }
}

fn entry(content: &str) -> Result<SummaryEntry> {
    serde_json::from_str(content).map_err(|source| StoreError::Row { what: "summary_item", source })
}
