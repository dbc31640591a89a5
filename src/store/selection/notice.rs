//! What is in the public notice (公示), and until when.

use super::super::{Result, Store};
use sqlx::Any;

/// A case that is made public before it is selected for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeCase {
    /// Its number.
    pub number: String,
    /// Its frozen batch.
    pub batch: String,
    /// When that was confirmed, in unix milliseconds.
    pub confirmed_ms: i64,
    /// The first instant after the notice.
    pub until_ms: i64,
}

impl Store {
    /// The cases whose public notice runs, by number: what was objected to one takes it out of no list, since the notice stands.
    /// Of one batch, or of all.
    pub async fn in_notice(&self, campaign: &str, batch: Option<&str>) -> Result<Vec<NoticeCase>> {
        let query = sqlx::query_as::<Any, (String, String, i64, i64)>(
            "SELECT c.number, s.batch, COALESCE(s.confirmed_ms, s.at_ms), s.until_ms FROM case_record c
             JOIN selection s ON s.id = (SELECT MAX(n.id) FROM selection n
                 WHERE n.case_id = c.id AND n.state = 'standing' AND n.outcome = 'in_notice')
             WHERE c.campaign = $1 AND (s.batch = $2 OR $2 = '') AND c.outcome IN ('in_notice', 'objected') AND s.until_ms IS NOT NULL
               AND c.number IS NOT NULL AND c.purged_ms IS NULL ORDER BY c.number",
        );
        let rows = query.bind(campaign).bind(batch.unwrap_or_default()).fetch_all(&self.pool).await?;
        let read = |(number, batch, confirmed_ms, until_ms)| NoticeCase { number, batch, confirmed_ms, until_ms };
        Ok(rows.into_iter().map(read).collect())
    }
}
