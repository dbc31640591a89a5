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
}
