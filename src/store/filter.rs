//! What every list is narrowed by, and the SQL that says so.
//!
//! A statement is put together from literal pieces: only the conditions that are asked for stand in it, since
//! neither engine uses an index for `$1 IS NULL OR …`. Values are always bound, never written into the text.
//! The conditions on a case are the same in every list: a mail or a reply passes where one of its cases does.

use super::to_i64;
use sqlx::{Any, AssertSqlSafe, any::AnyArguments, query::Query};

/// What a list is narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A case's status, a mail's disposition (or `received`), a reply's state.
    pub status: Option<String>,
    /// A window: `2023-06` or `2023-H1`.
    pub window: Option<String>,
    /// A batch: `2023-H1`.
    pub batch: Option<String>,
    /// A region by its full name; `province`; `unknown` where none is known.
    pub region: Option<String>,
    /// `direct` or `local`.
    pub channel: Option<String>,
    /// A category's key.
    pub category: Option<String>,
    /// A focus area's key.
    pub focus: Option<String>,
    /// A part of the unit's name.
    pub unit: Option<String>,
    /// `present`, `unverified` or `absent`.
    pub seal: Option<String>,
    /// Whether it came after the close.
    pub late: Option<bool>,
    /// Only these cases, by their rows, and only while they need correcting: those past their periods.
    pub overdue: Option<Vec<i64>>,
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
    /// The order; where left out, that of receipt, opening or queueing.
    pub sort: Vec<SortKey>,
    /// At most so many; none: the whole list.
    pub limit: Option<u32>,
}

/// A key that a list is ordered by. A key that the list doesn't order by ([`super::order`]) is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// The key of the row.
    pub key: String,
    /// Which end comes first.
    pub direction: Direction,
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest.
    Ascending,
    /// The greatest.
    Descending,
}

/// A value of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    Text(String),
    Number(i64),
}

impl From<String> for Bound {
    fn from(text: String) -> Bound {
        Bound::Text(super::text(&text))
    }
}

impl From<&str> for Bound {
    fn from(text: &str) -> Bound {
        Bound::Text(super::text(text))
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Bound {
        Bound::Number(number)
    }
}

impl From<jiff::Timestamp> for Bound {
    fn from(at: jiff::Timestamp) -> Bound {
        Bound::Number(at.as_millisecond())
    }
}

/// What a list goes through.
pub(super) struct Listed {
    /// The condition that a row is among those that follow in the parenthesis: ` AND c.id IN (SELECT c.id FROM … WHERE 1 = 1`.
    pub among: &'static str,
    /// What it can be ordered by.
    pub orders: &'static [(&'static str, &'static str)],
    /// The row, which settles the order.
    pub row: &'static str,
}

/// A statement in the making: literal text, and the values of its parameters.
#[derive(Debug, Default)]
pub(super) struct Sql {
    text: String,
    values: Vec<Bound>,
}

impl Sql {
    pub(super) fn new(text: &'static str) -> Sql {
        Sql { text: text.to_owned(), values: Vec::new() }
    }

    /// More text without a value.
    pub(super) fn push(&mut self, text: &'static str) -> &mut Sql {
        self.text.push_str(text);
        self
    }

    /// More text with a value: every `?` stands for it.
    pub(super) fn with(&mut self, text: &'static str, value: impl Into<Bound>) -> &mut Sql {
        self.values.push(value.into());
        let parameter = format!("${}", self.values.len());
        self.text.push_str(&text.replace('?', &parameter));
        self
    }

    /// As [`Sql::with`], where there is a value.
    pub(super) fn when<T: Into<Bound>>(&mut self, text: &'static str, value: Option<T>) -> &mut Sql {
        if let Some(value) = value {
            self.with(text, value);
        }
        self
    }

    /// Numbers with commas between them: more than an engine has parameters, and nothing but digits.
    pub(super) fn numbers(&mut self, numbers: &[i64]) -> &mut Sql {
        // PostgreSQL takes no empty list.
        let digits: Vec<String> = numbers.iter().map(i64::to_string).collect();
        self.text.push_str(if digits.is_empty() { "NULL" } else { "" });
        self.text.push_str(&digits.join(","));
        self
    }

    /// The order of a list: by what is asked for, then by its row. `orders` are keys with their SQL.
    pub(super) fn order(&mut self, sort: &[SortKey], orders: &'static [(&'static str, &'static str)], row: &'static str) -> &mut Sql {
        self.push(" ORDER BY ");
        for key in sort {
            let Some((_, sql)) = orders.iter().find(|(name, _)| *name == key.key) else { continue };
            for part in sql.split(';') {
                self.text.push_str(part);
                self.text.push_str(if key.direction == Direction::Descending { " DESC, " } else { ", " });
            }
        }
        self.push(row)
    }

    /// A list in its order. Of one that is limited the rows are found first and their columns gathered then: an engine
    /// gathers every column of everything that it puts in order.
    pub(super) fn listed(columns: Sql, of: &Listed, filter: &Filter, narrow: impl Fn(&mut Sql)) -> Sql {
        let mut sql = columns;
        if filter.limit.is_some() {
            sql.push(of.among);
            narrow(&mut sql);
            sql.order(&filter.sort, of.orders, of.row);
            filter.limited(&mut sql);
            sql.push(")");
        } else {
            narrow(&mut sql);
        }
        sql.order(&filter.sort, of.orders, of.row);
        sql
    }

    /// The statement with its values.
    pub(super) fn query(&self) -> Query<'static, Any, AnyArguments> {
        self.values.iter().cloned().fold(sqlx::query(AssertSqlSafe(self.text.clone())), |query, value| match value {
            Bound::Text(text) => query.bind(text),
            Bound::Number(number) => query.bind(number),
        })
    }

    /// How SQLite would go about it.
    #[cfg(test)]
    pub(super) fn explained(&self) -> Query<'static, Any, AnyArguments> {
        let explained = Sql { text: format!("EXPLAIN QUERY PLAN {}", self.text), values: self.values.clone() };
        explained.query()
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl Filter {
    /// Whether anything is asked about a case: then what has no case doesn't pass.
    pub(super) fn is_about_cases(&self) -> bool {
        let texts = [&self.window, &self.batch, &self.region, &self.channel, &self.category, &self.focus, &self.unit, &self.seal];
        texts.into_iter().any(Option::is_some) || self.late.is_some() || self.overdue.is_some() || self.case.is_some()
    }

    /// Whether it leaves anything out but what is over the limit.
    pub fn is_narrowed(&self) -> bool {
        Filter { sort: Vec::new(), limit: None, ..self.clone() } != Filter::default()
    }

    /// The conditions on a case `c`, each with ` AND ` before it.
    pub(super) fn of_cases(&self, sql: &mut Sql) {
        let region = self.region.as_deref();
        sql.when(" AND (c.month = ? OR c.batch = ?)", self.window.as_deref())
            .when(" AND c.batch = ?", self.batch.as_deref())
            .when(" AND c.region = ?", region.filter(|region| *region != "unknown"))
            .when(" AND c.channel = ?", self.channel.as_deref())
            .when(" AND c.id IN (SELECT cc.case_id FROM case_category cc WHERE cc.category = ?)", self.category.as_deref())
            .when(" AND c.id IN (SELECT cf.case_id FROM case_focus cf WHERE cf.focus = ?)", self.focus.as_deref())
            .when(" AND lower(c.unit) LIKE ? ESCAPE '!'", self.unit.as_deref().map(part_of))
            .when(" AND c.seal = ?", self.seal.as_deref())
            .when(" AND c.late = ?", self.late.map(i64::from))
            .when(" AND c.id = ?", self.case);
        if let Some(overdue) = &self.overdue {
            sql.push(" AND c.status = 'needs_correction' AND c.id IN (").numbers(overdue).push(")");
        }
        if region == Some("unknown") {
            sql.push(" AND c.region IS NULL");
        }
    }

    /// The conditions on a mail `m` but for its status.
    pub(super) fn of_messages(&self, sql: &mut Sql) {
        sql.when(" AND m.received_ms >= ?", self.since)
            .when(" AND m.received_ms < ?", self.until)
            .when(
                " AND m.id IN (SELECT t.id FROM message t WHERE t.classified = 0 AND (lower(t.subject) LIKE ? ESCAPE '!'
                      OR lower(t.from_address) LIKE ? ESCAPE '!' OR lower(t.from_name) LIKE ? ESCAPE '!'))",
                self.text.as_deref().map(part_of),
            )
            .when(" AND m.campaign = ?", self.campaign.as_deref());
        if self.is_about_cases() {
            sql.push(" AND m.id IN (SELECT r.message FROM revision r JOIN case_record c ON c.id = r.case_id WHERE 1 = 1");
            self.of_cases(sql);
            sql.push(" UNION ALL SELECT e.message FROM evidence e JOIN case_record c ON c.id = e.case_id WHERE 1 = 1");
            self.of_cases(sql);
            sql.push(")");
        }
    }

    /// How many at most.
    pub(super) fn limited(&self, sql: &mut Sql) {
        sql.when(" LIMIT ?", self.limit.map(to_i64));
    }
}

/// The pattern of `LIKE` for what holds these words, compared in lower case (ASCII, as SQLite's `lower` does).
pub(super) fn part_of(words: &str) -> String {
    format!("%{}%", words.to_ascii_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_stands_in_the_statement_and_no_value_does() {
        let filter = Filter { window: Some("'; DROP TABLE".into()), since: Some(jiff::Timestamp::UNIX_EPOCH), ..Filter::default() };
        let mut sql = Sql::new("SELECT 1 FROM case_record c WHERE 1 = 1");
        filter.of_cases(&mut sql);
        sql.order(
            &[
                SortKey { key: "number".into(), direction: Direction::Descending },
                SortKey { key: "x".into(), direction: Direction::Ascending },
            ],
            &[("number", "length(c.number);c.number")],
            "c.id",
        );
        assert_eq!(
            sql.text(),
            "SELECT 1 FROM case_record c WHERE 1 = 1 AND (c.month = $1 OR c.batch = $1) ORDER BY length(c.number) DESC, c.number DESC, c.id"
        );
        assert!(!Filter { text: Some("x".into()), ..Filter::default() }.is_about_cases() && filter.is_about_cases());
    }
}
