//! A deployment's record moved from a file to a PostgreSQL server: every row of every table, compared by hashes.
//!
//! The tables are those of the file's catalogue, so none can be forgotten here. The index of what cases say is made
//! anew by the triggers that always make it. All of it is one transaction: whole, or nothing.

use super::{Dialect, Result, Store, StoreError, Transaction, from_i64};
use crate::model::audit::{Act, By};
use futures::TryStreamExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row, ValueRef, any::AnyRow};

/// Rows of one statement.
const BATCH: usize = 100;

/// Why a record can't be moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Only from a file to a server.
    #[error("只能从 sqlite:路径 搬到 postgres://…")]
    Direction,
    /// There is something already.
    #[error("目标库中已有数据（{0}），为免混在一起，没有复制；请换一个空库")]
    Occupied(String),
    /// What arrived is not what was sent.
    #[error("表 {0} 复制后与原来的不一致，已全部撤回；请检查两边的磁盘后重试")]
    Differs(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> TransferError {
        TransferError::Store(error.into())
    }
}

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// What all of them say, whatever their order: the sum of their SHA-256, in hexadecimal.
    pub hash: String,
}

/// A column, and what PostgreSQL keeps in it.
struct Column {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Bytes,
    Text,
}

impl Store {
    /// Moves everything of this file to an empty database. Nobody else may work on the file meanwhile; what another
    /// process had claimed is given back before. The tables, as they were found equal.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while a daemon works on the file.
    pub async fn move_to(&self, target: &Store, owner: &str, by: &By) -> std::result::Result<Vec<Moved>, TransferError> {
        let (Dialect::Sqlite(_), Dialect::Postgres) = (&self.dialect, &target.dialect) else { return Err(TransferError::Direction) };
        let lock = self.daemon_lock()?;
        self.release_foreign_leases(&lock, owner, by.at_ms).await?;
        // Its transaction keeps every other writer out until it is dropped.
        let mut source = self.begin().await?;
        let mut tx = target.begin().await?;
        // While the file is read, the server waits, and must not take that for a process that stopped.
        sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(tx.connection()).await?;
        let tables = tables(source.connection()).await?;
        for table in ["message", "audit", "case_record", "outbox"] {
            if count(tx.connection(), table).await? > 0 {
                return Err(TransferError::Occupied(table.to_owned()));
            }
        }
        tx.defer_references(true).await?;
        let mut moved = Vec::new();
        for table in &tables {
            // What a migration has put there comes from the file, too.
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(tx.connection()).await?;
            let columns = columns(tx.connection(), table).await?;
            copy(source.connection(), tx.connection(), table, &columns).await?;
            let (before, after) = (told(source.connection(), table, &columns).await?, told(tx.connection(), table, &columns).await?);
            if before != after {
                return Err(TransferError::Differs(table.clone()));
            }
            moved.push(after);
        }
        tx.go_on_numbering(source.connection()).await?;
        tx.defer_references(false).await?;
        let rows: u64 = moved.iter().map(|table| table.rows).sum();
        tx.audit(by.entry(Act::DatabaseCopied, "database", json!({"tables": moved.len(), "rows": rows})));
        tx.commit().await?;
        // All is there, and what is not indexed yet is by whoever writes next.
        if let Err(error) = target.index_due().await {
            tracing::warn!(error = %error, "what was moved is not all indexed for search yet");
        }
        Ok(moved)
    }
}

/// In the order in which they were made, so that what a row refers to mostly comes before it.
async fn tables(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let query = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'case_search%'
           AND name NOT IN ('_sqlx_migrations', 'search_due') ORDER BY rowid",
    );
    Ok(query.fetch_all(connection).await?)
}

async fn columns(connection: &mut AnyConnection, table: &str) -> Result<Vec<Column>> {
    let query = sqlx::query_as::<_, (String, String)>(
        "SELECT column_name::text, data_type::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    );
    let read = |(name, data_type): (String, String)| {
        let kind = match data_type.as_str() {
            "bigint" => Kind::Number,
            "bytea" => Kind::Bytes,
            _ => Kind::Text,
        };
        Column { name, kind }
    };
    Ok(query.bind(table).fetch_all(connection).await?.into_iter().map(read).collect())
}

async fn count(connection: &mut AnyConnection, table: &str) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"))).fetch_one(connection).await?;
    Ok(from_i64(count))
}

fn select(table: &str, columns: &[Column]) -> AssertSqlSafe<String> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    AssertSqlSafe(format!("SELECT {} FROM {table}", names.join(", ")))
}

async fn copy(from: &mut AnyConnection, to: &mut AnyConnection, table: &str, columns: &[Column]) -> Result<()> {
    let mut rows = sqlx::query::<Any>(select(table, columns)).fetch(from);
    let mut batch = Vec::new();
    while let Some(row) = rows.try_next().await? {
        batch.push(row);
        if batch.len() == BATCH {
            insert(to, table, columns, &std::mem::take(&mut batch)).await?;
        }
    }
    insert(to, table, columns, &batch).await
}

async fn insert(to: &mut AnyConnection, table: &str, columns: &[Column], rows: &[AnyRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut parameter = 0;
    let values = rows.iter().map(|_| {
        let row: Vec<String> = columns.iter().map(|_| (parameter += 1, format!("${parameter}")).1).collect();
        format!("({})", row.join(", "))
    });
    let values: Vec<String> = values.collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES {}", names.join(", "), values.join(", "));
    let mut query = sqlx::query::<Any>(AssertSqlSafe(sql));
    for row in rows {
        for (index, column) in columns.iter().enumerate() {
            query = match column.kind {
                Kind::Number => query.bind(row.try_get::<Option<i64>, _>(index)?),
                Kind::Bytes => query.bind(row.try_get::<Option<Vec<u8>>, _>(index)?),
                Kind::Text => query.bind(row.try_get::<Option<String>, _>(index)?),
            };
        }
    }
    query.execute(to).await?;
    Ok(())
}

/// What a table says, read back.
async fn told(connection: &mut AnyConnection, table: &str, columns: &[Column]) -> Result<Moved> {
    let mut found = sqlx::query::<Any>(select(table, columns)).fetch(connection);
    let (mut rows, mut sum) = (0, [0_u8; 32]);
    while let Some(row) = found.try_next().await? {
        rows += 1;
        add(&mut sum, &hash(&row, columns)?);
    }
    Ok(Moved { table: table.to_owned(), rows, hash: data_encoding::HEXLOWER.encode(&sum) })
}

/// Each value with its kind and its length, so that no two rows are written alike.
fn hash(row: &AnyRow, columns: &[Column]) -> Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    for (index, column) in columns.iter().enumerate() {
        if row.try_get_raw(index)?.is_null() {
            hasher.update(b"-");
            continue;
        }
        let (tag, bytes) = match column.kind {
            Kind::Number => (b"n", row.try_get::<i64, _>(index)?.to_be_bytes().to_vec()),
            Kind::Bytes => (b"b", row.try_get::<Vec<u8>, _>(index)?),
            Kind::Text => (b"t", row.try_get::<String, _>(index)?.into_bytes()),
        };
        hasher.update(tag);
        hasher.update(bytes.len().to_be_bytes());
        hasher.update(bytes);
    }
    Ok(hasher.finalize().into())
}

/// The sum of two numbers of 256 bits, without what is carried out of them.
fn add(sum: &mut [u8; 32], hash: &[u8; 32]) {
    let mut carry = 0_u16;
    for (digit, more) in sum.iter_mut().zip(hash) {
        let all = u16::from(*digit) + u16::from(*more) + carry;
        let [high, low] = all.to_be_bytes();
        (*digit, carry) = (low, u16::from(high));
    }
}

impl Transaction {
    /// Whether references are looked after only at the end: a row may refer to one that comes later.
    async fn defer_references(&mut self, deferred: bool) -> Result<()> {
        if !deferred {
            sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(self.connection()).await?;
        }
        let keys: Vec<(String, String)> = sqlx::query_as(
            "SELECT c.relname::text, k.conname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
             WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace ORDER BY 1, 2",
        )
        .fetch_all(self.connection())
        .await?;
        let how = if deferred { "DEFERRABLE INITIALLY DEFERRED" } else { "NOT DEFERRABLE" };
        for (table, key) in keys {
            let statement = format!("ALTER TABLE {table} ALTER CONSTRAINT {key} {how}");
            sqlx::query(AssertSqlSafe(statement)).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Numbers go on where the file's did: none is given twice.
    async fn go_on_numbering(&mut self, source: &mut AnyConnection) -> Result<()> {
        let last: Vec<(String, i64)> = sqlx::query_as("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetch_all(source).await?;
        for (table, last) in last {
            let next = sqlx::query("SELECT setval(pg_get_serial_sequence($1, 'id'), $2, true)").bind(table).bind(last.max(1));
            next.execute(self.connection()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_sum_of_rows_is_that_of_any_order_and_of_no_other_rows() {
        let [a, b, c] = ["a", "b", "c"].map(|name| <[u8; 32]>::from(Sha256::digest(name)));
        let sum = |hashes: &[[u8; 32]]| {
            let mut sum = [0; 32];
            hashes.iter().for_each(|one| add(&mut sum, one));
            sum
        };
        assert_eq!(sum(&[a, b, c]), sum(&[c, a, b]));
        assert!(sum(&[a, b]) != sum(&[a, c]) && sum(&[a, b]) != sum(&[a, b, b]));
        let mut full = [255; 32];
        add(&mut full, &{
            let mut one = [0; 32];
            one[0] = 1;
            one
        });
        assert_eq!(full, [0; 32]);
    }

    #[tokio::test]
    async fn from_a_file_to_a_server_and_no_other_way() {
        let ((_a, from), (_b, to)) = (file().await, file().await);
        assert!(matches!(from.move_to(&to, "me", &by(1)).await, Err(TransferError::Direction)));
    }
}
