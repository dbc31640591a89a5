//! Many rows by one statement: on its way to the database's thread or server a statement costs more than a row does.

use super::{Result, Transaction};
use sqlx::{Any, AssertSqlSafe, any::AnyArguments, query::Query};

/// A statement, to which values are bound.
pub(super) type Statement = Query<'static, Any, AnyArguments>;

/// So many rows at once: a connection keeps a hundred statements prepared, and each number of rows is one of its own.
const AT_ONCE: [usize; 6] = [64, 16, 8, 4, 2, 1];

/// A row's values, to be bound to a statement.
type Values = Box<dyn FnOnce(Statement) -> Statement + Send>;

/// Rows that a transaction inserts later, by table.
#[derive(Default)]
pub(super) struct Later(Vec<(&'static Insert, Vec<Values>)>);

impl std::fmt::Debug for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(insert, rows)| (insert.into, rows.len()))).finish()
    }
}

/// How rows are inserted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insert {
    /// `INSERT INTO table (column, column)`.
    pub into: &'static str,
    /// What becomes of one row's values, `$1` the first of them.
    pub row: &'static str,
    /// How many values a row has.
    pub values: usize,
    /// What follows the rows, as `ON CONFLICT DO NOTHING`.
    pub then: &'static str,
}

impl Insert {
    fn text(&self, rows: usize) -> String {
        let rows: Vec<String> = (0..rows).map(|row| self.numbered(row * self.values)).collect();
        format!("{} VALUES {} {}", self.into, rows.join(", "), self.then)
    }

    /// The row with `$1` as `$(before + 1)`.
    fn numbered(&self, before: usize) -> String {
        let mut parts = self.row.split('$');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at_checked(digits).unwrap_or((part, ""));
            text.push_str(&format!("${}{rest}", number.parse::<usize>().unwrap_or_default() + before));
        }
        text
    }
}

/// `$3, $4, $5`: so many values from this one on, for an `IN`.
pub(super) fn values(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

impl Transaction {
    /// From now on rows of tables that hardly anything of a batch of mails reads wait for each other, until [`Transaction::written`].
    /// For mails that open cases and change nothing that was there.
    pub fn gather(&mut self) {
        self.gathers = true;
    }

    /// Inserts what waits, and from now on every row when it comes.
    pub async fn at_once(&mut self) -> Result<()> {
        self.gathers = false;
        self.written().await
    }

    /// Inserts what waits: before anything that may read it, and before the end.
    pub async fn written(&mut self) -> Result<()> {
        for (insert, rows) in std::mem::take(&mut self.later).0 {
            self.insert_all(insert, rows, |row, values| values(row)).await?;
        }
        Ok(())
    }

    /// Inserts rows, of which each binds its values; with others of their table where rows wait.
    pub(super) async fn insert_later<V: FnOnce(Statement) -> Statement + Send + 'static>(
        &mut self,
        insert: &'static Insert,
        rows: impl IntoIterator<Item = V>,
    ) -> Result<()> {
        if !self.gathers {
            return self.insert_all(insert, rows, |row, values| values(row)).await;
        }
        let rows = rows.into_iter().map(|row| Box::new(row) as Values);
        match self.later.0.iter_mut().find(|(known, _)| known.into == insert.into) {
            Some((_, waiting)) => waiting.extend(rows),
            None => self.later.0.push((insert, rows.collect())),
        }
        Ok(())
    }

    /// Inserts all of them; `bind` gives a row's values in their order.
    pub(super) async fn insert_all<T>(
        &mut self,
        insert: &Insert,
        rows: impl IntoIterator<Item = T>,
        bind: impl Fn(Statement, T) -> Statement,
    ) -> Result<()> {
        let mut rows: Vec<T> = rows.into_iter().collect();
        for size in AT_ONCE {
            while rows.len() >= size {
                let rest = rows.split_off(size);
                let statement = sqlx::query(AssertSqlSafe(insert.text(size)));
                rows.into_iter().fold(statement, &bind).execute(self.connection()).await?;
                rows = rest;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    const SETTING: Insert =
        Insert { into: "INSERT INTO setting (key, value)", row: "($1, lower($2))", values: 2, then: "ON CONFLICT DO NOTHING" };

    #[test]
    fn each_row_has_its_own_numbers() {
        assert_eq!(SETTING.text(2), "INSERT INTO setting (key, value) VALUES ($1, lower($2)), ($3, lower($4)) ON CONFLICT DO NOTHING");
    }

    #[tokio::test]
    async fn any_number_of_rows_is_inserted_once_each() {
        let (_dir, store) = store().await;
        for count in [0_usize, 1, 9, 70, 131] {
            let mut tx = store.begin().await.unwrap();
            let keys = (0..count).map(|n| format!("row {n}"));
            tx.insert_all(&SETTING, keys, |statement, key| statement.bind(key).bind("VALUE")).await.unwrap();
            let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM setting WHERE key LIKE 'row %' AND value = 'value'")
                .fetch_one(tx.connection())
                .await
                .unwrap();
            assert_eq!(usize::try_from(rows), Ok(count));
            tx.rollback().await.unwrap();
        }
    }
}
