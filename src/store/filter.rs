//! The filters that every list shares, bound as parameters `$1` to `$14` in the same order everywhere.
//!
//! `$1` status, `$2` window, `$3` batch, `$4` region, `$5` channel, `$6` category, `$7` focus, `$8` unit,
//! `$9` since, `$10` until, `$11` text, `$12` campaign, `$13` limit, `$14` the row of one case. A NULL
//! filters nothing. `$2` to `$8` and `$14` are about a case: a mail or reply passes where one of its cases does.

use super::to_i64;
use sqlx::{Any, any::AnyArguments, query::Query};

/// What a list is narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A case's status, a mail's disposition (or `received`), a reply's state.
    pub status: Option<String>,
    /// A window: `2023-06` or `2023-H1`.
    pub window: Option<String>,
    /// A batch: `2023-H1`.
    pub batch: Option<String>,
    /// A region, by its full name or the beginning of it; `province`.
    pub region: Option<String>,
    /// `direct` or `local`.
    pub channel: Option<String>,
    /// A category's key.
    pub category: Option<String>,
    /// A focus area's key.
    pub focus: Option<String>,
    /// A part of the unit's name.
    pub unit: Option<String>,
    /// Received (of a reply: queued) at or after.
    pub since: Option<jiff::Timestamp>,
    /// Received (of a reply: queued) before.
    pub until: Option<jiff::Timestamp>,
    /// A part of what it says.
    pub text: Option<String>,
    /// A campaign's key.
    pub campaign: Option<String>,
    /// The row of one case.
    pub case: Option<i64>,
    /// At most so many; none: the whole list.
    pub limit: Option<u32>,
}

/// The conditions on a case `c`, the same literal in every list.
macro_rules! case_conditions {
    () => {
        "(CAST($2 AS TEXT) IS NULL OR c.month = $2 OR c.batch = $2)
         AND (CAST($3 AS TEXT) IS NULL OR c.batch = $3)
         AND (CAST($4 AS TEXT) IS NULL OR c.region LIKE $4 ESCAPE '!')
         AND (CAST($5 AS TEXT) IS NULL OR c.channel = $5)
         AND (CAST($6 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM case_category cc WHERE cc.case_id = c.id AND cc.category = $6))
         AND (CAST($7 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM case_focus cf WHERE cf.case_id = c.id AND cf.focus = $7))
         AND (CAST($8 AS TEXT) IS NULL OR lower(c.unit) LIKE $8 ESCAPE '!')
         AND (CAST($14 AS BIGINT) IS NULL OR c.id = $14)"
    };
}

/// Whether nothing is asked about a case, so that what has no case is listed too.
macro_rules! no_case_conditions {
    () => {
        "COALESCE(CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS TEXT),
             CAST($8 AS TEXT), CAST($14 AS TEXT)) IS NULL"
    };
}

pub(super) use {case_conditions, no_case_conditions};

impl Filter {
    pub(super) fn bind<'q>(&self, query: Query<'q, Any, AnyArguments>) -> Query<'q, Any, AnyArguments> {
        query
            .bind(self.status.clone())
            .bind(self.window.clone())
            .bind(self.batch.clone())
            .bind(self.region.as_deref().map(|region| format!("{}%", escape(region))))
            .bind(self.channel.clone())
            .bind(self.category.clone())
            .bind(self.focus.clone())
            .bind(self.unit.as_deref().map(part_of))
            .bind(self.since.map(jiff::Timestamp::as_millisecond))
            .bind(self.until.map(jiff::Timestamp::as_millisecond))
            .bind(self.text.as_deref().map(part_of))
            .bind(self.campaign.clone())
            .bind(self.limit.map_or(i64::MAX, to_i64))
            .bind(self.case)
    }
}

/// The pattern of `LIKE` for what holds these words, compared in lower case (ASCII, as SQLite's `lower` does).
pub(super) fn part_of(words: &str) -> String {
    format!("%{}%", escape(&words.to_ascii_lowercase()))
}

/// The marks of `LIKE` stand for themselves.
fn escape(words: &str) -> String {
    words.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}
