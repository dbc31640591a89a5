//! How many cases stand in each window, by their state.

use super::{Result, Store, from_i64, row};
use crate::model::reading::WindowPlace;
use sqlx::{Any, Row};

/// Cases of one place and one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceCount {
    /// Where they stand.
    pub place: WindowPlace,
    /// Their state.
    pub status: String,
    /// How many.
    pub cases: u64,
}

impl Store {
    /// Every place and state of a campaign's cases that has any.
    pub async fn count_by_place(&self, campaign: &str) -> Result<Vec<PlaceCount>> {
        let query = sqlx::query::<Any>(
            "SELECT month, batch, late, status, COUNT(*) AS cases FROM case_record WHERE campaign = $1
             GROUP BY month, batch, late, status ORDER BY month, batch, late, status",
        );
        let rows = query.bind(campaign).fetch_all(&self.pool).await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(PlaceCount { place: row::place(row)?, status: row.try_get("status")?, cases: from_i64(row.try_get("cases")?) })
        };
        rows.iter().map(read).collect()
    }
}
