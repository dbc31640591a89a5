//! Connections: to what, and how each is set up.

use super::error::url_error;
use super::{Dialect, Result, StoreError, share};
use sqlx::{
    Any, AnyConnection, Connection, Database, Executor, Pool,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use sqlx_core::transaction::TransactionManager;
use std::{path::Path, time::Duration};

/// How long a statement waits for another writer before it fails as transient.
pub(super) const WAIT: Duration = Duration::from_secs(30);

/// How many statements run at the same time at most.
const CONNECTIONS: u32 = 8;

/// A database's connections.
pub(super) struct Connections {
    pub dialect: Dialect,
    /// For statements of their own.
    pub read: Pool<Any>,
    /// For write transactions. On a server the same.
    pub write: Pool<Any>,
}

/// Those of `sqlite:PATH` (created with its folder where missing) or `postgres://…`.
pub(super) async fn open(database_url: &str) -> Result<Connections> {
    sqlx::any::install_default_drivers();
    let dialect = Dialect::of(database_url)?;
    let unusable = |error| match error {
        sqlx::Error::Configuration(_) => url_error(database_url, "地址有误，请写成 sqlite:路径 或 postgres://用户@主机/库名"),
        other => other.into(),
    };
    let pool = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT);
    if let Dialect::Sqlite(path) = &dialect {
        if let Some(kind) = share::share(path) {
            return Err(StoreError::Share { path: path.clone(), kind });
        }
        create_private(path).map_err(|source| StoreError::Folder { path: path.clone(), source })?;
        let options: AnyConnectOptions = sqlite_url(path).parse().map_err(unusable)?;
        // The pool would try again until its time is over, and then tell the time instead of the reason. This connection is
        // closed behind that of the pool: the last to close folds the log into the file.
        let mut first = AnyConnection::connect_with(&options).await.map_err(unusable)?;
        prepare_sqlite(&mut first).await?;
        // A file needs no asking whether it is still there.
        let pool = pool.test_before_acquire(false).after_release(|c, _| Box::pin(end_transaction(c)));
        let read = pool.clone().after_connect(|c, _| Box::pin(prepare_sqlite(c)));
        let write = pool.max_connections(1).after_connect(|c, _| Box::pin(prepare_writer(c)));
        let read = read.connect_with(options.clone()).await.map_err(unusable)?;
        first.close().await?;
        return Ok(Connections { read, write: write.connect_lazy_with(options), dialect });
    }
    let options: AnyConnectOptions = database_url.parse().map_err(unusable)?;
    // Told at once, as above.
    AnyConnection::connect_with(&options).await.map_err(unusable)?.close().await?;
    let pool = pool.after_connect(|c, _| Box::pin(prepare_postgres(c))).connect_with(options).await.map_err(unusable)?;
    Ok(Connections { write: pool.clone(), read: pool, dialect })
}

/// SQLite rolls a transaction back by itself where the disk is full (sqlite.org/lang_transaction.html), and then
/// refuses the ROLLBACK of sqlx, which goes on counting that transaction and lets no other begin on the connection.
/// Closing it instead could be the last to close, which syncs the file again: see [`Store::abandon`].
async fn end_transaction(connection: &mut AnyConnection) -> std::result::Result<bool, sqlx::Error> {
    // What was dropped is rolled back before this is answered.
    connection.ping().await?;
    if connection.is_in_transaction() {
        // Fails where one is open after all, which the ROLLBACK ends.
        let _one_is_open = connection.execute("BEGIN").await;
        <<Any as Database>::TransactionManager as TransactionManager>::rollback(connection).await?;
    }
    Ok(true)
}

/// Set on every connection, since only the journal mode is kept in the file itself. Folding the log into the file costs three
/// syncs each time; the default of 1000 pages has that happen every thirty mails.
async fn prepare_sqlite(connection: &mut AnyConnection) -> sqlx::Result<()> {
    let pragmas = "PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000";
    connection.execute(pragmas).await?;
    Ok(())
}

/// A statement that may fail halfway remembers what it changes, in a file where that is much, unless it is told to use memory.
/// Each connection has its own cache, and what it holds is good as long as nobody else writes.
async fn prepare_writer(connection: &mut AnyConnection) -> sqlx::Result<()> {
    prepare_sqlite(connection).await?;
    connection.execute("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000").await?;
    Ok(())
}

/// A statement waits as long for another writer as on SQLite. A process that stops halfway, or that can't be reached any
/// more, must not keep the others from writing: the server then ends its transaction.
async fn prepare_postgres(connection: &mut AnyConnection) -> sqlx::Result<()> {
    let settings = "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '10s'; SET synchronous_commit = on;
                    SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2";
    connection.execute(settings).await?;
    Ok(())
}

/// An empty file is a valid, empty database. It is created here so that it is readable by its owner only;
/// SQLite gives its log files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

/// sqlx takes a URL and decodes it again, so everything but plain characters is encoded for it.
pub(super) fn sqlite_url(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(byte);
    let encode = |byte: &u8| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    format!("sqlite:{}", path.as_os_str().as_bytes().iter().map(encode).collect::<String>())
}
