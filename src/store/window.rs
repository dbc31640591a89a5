//! How many cases stand in each window, by their state.

use super::{Filter, Result, Store, filter::Sql, from_i64, list::of_backlog, row};
use crate::model::reading::WindowPlace;
use sqlx::Row;

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
    /// Every place and state of a campaign's cases that has any, of those that pass.
    pub async fn count_by_place(&self, campaign: &str, filter: &Filter) -> Result<Vec<PlaceCount>> {
        let mut sql = Sql::new("SELECT c.month, c.batch, c.late, c.status, COUNT(*) AS cases FROM case_record c");
        sql.with(" WHERE c.campaign = ?", campaign);
        of_backlog(filter, &self.dialect, &mut sql);
        sql.push(" GROUP BY c.month, c.batch, c.late, c.status ORDER BY c.month, c.batch, c.late, c.status");
        let read = |row: &sqlx::any::AnyRow| {
            Ok(PlaceCount { place: row::place(row)?, status: row.try_get("status")?, cases: from_i64(row.try_get("cases")?) })
        };
        self.rows(&sql, read).await
    }
}
