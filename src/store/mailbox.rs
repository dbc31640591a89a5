//! How far each mailbox has been read: its UIDVALIDITY and last UID, or the names seen in a folder.

use super::{Result, Store, from_i64};
use std::collections::HashSet;

/// What is known of a mailbox; empty for one that was never read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The UIDVALIDITY that `last_uid` belongs to (RFC 3501 section 2.3.1.1); none in a folder of files.
    pub uidvalidity: Option<u32>,
    /// Every UID up to this one is recorded; 0 at first.
    pub last_uid: u32,
    /// The names of the files that are recorded.
    pub names: HashSet<String>,
}

impl Store {
    /// Where to read on.
    pub async fn progress(&self, mailbox: &str) -> Result<Progress> {
        let query = sqlx::query_as("SELECT uidvalidity, last_uid FROM mailbox WHERE name = $1").bind(mailbox);
        let row: Option<(Option<i64>, i64)> = query.fetch_optional(&self.pool).await?;
        let (uidvalidity, last_uid) = row.unwrap_or_default();
        let query = sqlx::query_scalar("SELECT name FROM mailbox_position WHERE mailbox = $1 AND name IS NOT NULL");
        let names: Vec<String> = query.bind(mailbox).fetch_all(&self.pool).await?;
        Ok(Progress { uidvalidity: uidvalidity.map(from_i64), last_uid: from_i64(last_uid), names: names.into_iter().collect() })
    }

    /// Notes that what came before this instant has been received, for the others. Repeating it changes nothing, and nothing
    /// goes back: the mailbox is the primary key.
    pub async fn note_read(&self, mailbox: &str, read_ms: i64) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO mailbox_read (mailbox, read_ms) VALUES ($1, $2)
             ON CONFLICT (mailbox) DO UPDATE SET read_ms = $2 WHERE mailbox_read.read_ms < $2",
        );
        query.bind(mailbox).bind(read_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// Up to when a mailbox has been received, as far as anybody noted it.
    pub async fn read_ms(&self, mailbox: &str) -> Result<Option<i64>> {
        let query = sqlx::query_scalar("SELECT read_ms FROM mailbox_read WHERE mailbox = $1").bind(mailbox);
        Ok(query.fetch_optional(&self.pool).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[tokio::test]
    async fn how_far_a_mailbox_was_read_never_goes_back() {
        let (_dir, store) = store().await;
        assert_eq!(store.read_ms("main").await.unwrap(), None);
        for read_ms in [5, 9, 7] {
            store.note_read("main", read_ms).await.unwrap();
        }
        assert_eq!((store.read_ms("main").await.unwrap(), store.read_ms("other").await.unwrap()), (Some(9), None));
    }
}
