//! The record: every mail, case, reading and reply in one database, and raw bytes in a folder of blobs.
//!
//! One [`Store`], its `impl` spread over a file for each group of tables, and no traits. This is the only
//! layer that holds SQL. It keeps what others decided and decides nothing itself.
//!
//! **Why `Any`.** sqlx's `Any` driver gives one code path, one set of literal statements and one set of
//! tests for SQLite and PostgreSQL. Its price is that only TEXT, BIGINT and BLOB columns are carried, so
//! instants are unix milliseconds and structures are JSON; two native pools would have doubled every
//! function for the sake of column types that nothing here needs.
//!
//! **Promises.** A write transaction on SQLite begins with `BEGIN IMMEDIATE`, on PostgreSQL with an advisory lock,
//! so there is one writer at a time: no upgrade of a read lock that could fail halfway, and the chain of the audit
//! log needs that order anyway. SQLite's journal is WAL with `synchronous=FULL`, PostgreSQL's `synchronous_commit` is
//! on: what was committed survives a power cut. Every write is safe to repeat; the unique key that makes it so
//! is named beside the statement.

pub mod act;
pub mod alarm;
pub mod alone;
pub mod approval;
pub mod audit;
pub mod backup;
pub mod blob;
pub mod campaign_file;
pub mod case;
mod connect;
pub mod consent;
pub mod context;
mod copy;
pub mod course;
pub mod delivery;
pub mod detail;
pub mod digest;
pub mod error;
pub mod evidence_text;
pub mod filter;
pub mod finding;
pub mod frozen;
pub mod gauge;
pub mod handed;
pub mod history;
pub mod inquiry;
pub mod lacking;
pub mod ledger;
pub mod list;
pub mod lock;
pub mod mailbox;
pub mod merge;
pub mod message;
mod migrate;
pub mod names;
pub mod node;
pub mod order;
pub mod origin;
pub mod outbox;
mod overtaken;
pub mod owed;
pub mod pending;
pub mod receive;
pub mod reconcile;
pub mod referral;
pub mod remind;
pub mod report;
pub mod reread;
pub mod retention;
pub mod review;
pub mod roster;
pub mod row;
mod rows;
pub mod ruling;
pub mod search;
pub mod selection;
pub mod setting;
pub mod settled;
mod share;
pub mod summary;
#[cfg(test)]
pub(crate) mod testing;
pub mod transaction;
pub mod transfer;
pub mod verdict;
pub mod window;

pub use self::{
    act::{ActCase, Correspondence},
    alarm::AlarmRow,
    alone::Alone,
    approval::{Approval, Waiting},
    audit::{
        list::{AuditFilter, AuditRow},
        verify::{Anchor, AuditFault, AuditReport},
    },
    blob::{BlobError, Blobs, Patience, Probed, Trouble, Written},
    case::CaseEntry,
    consent::{Consent, ConsentPicture, Publishable},
    copy::KeptFile,
    detail::{CaseDetail, Counted, EvidenceRow, RereadingRow, RevisionRow},
    digest::DigestKey,
    error::{Result, StoreError},
    filter::{Direction, Filter, SortKey},
    frozen::Frozen,
    gauge::{Gauges, Queue},
    handed::{HandedCase, HandedMail},
    history::{CaseHistory, DigestRow, ReminderRow},
    inquiry::Asking,
    lacking::Lacking,
    lock::DaemonLock,
    mailbox::Progress,
    merge::{MergePlan, NoMerge},
    message::{
        Claimed, Exhausted, MAX_ATTEMPTS, Part,
        quarantine::{Asked, QuarantineRow},
    },
    node::{Held, Node, NodeRow},
    origin::{OriginRow, PositionRow},
    outbox::{
        Claim, Delivery, Outgoing, Quota,
        desk::Change,
        renew::Waited,
        settle::{Outcome, Settled},
    },
    owed::Owed,
    pending::PendingCounts,
    receive::{Place, Received, ReceivedState},
    reconcile::{Late, Recorded},
    referral::{NewReferral, ReferralRow},
    remind::{OpenCase, ReminderKey, SentRequest},
    reread::{Reread, RereadCase, Rereadable},
    retention::{Expired, ExpiredMail, Purged},
    review::{BarRow, LeftOut, Member, Recusal, Round, RoundCase, RoundRow, ScoreRow},
    row::{CaseRow, DefectRow, MessageRow, OutboxRow},
    ruling::{Admission, RulingRow},
    search::{Found, Hit, Snippet},
    selection::{NoticeCase, ObjectionRow, SelectedCase, Selection, SelectionRow},
    summary::{SummaryDue, SummaryItem},
    transaction::Transaction,
    verdict::Verdict,
    window::PlaceCount,
};

use self::connect::Connections;
use self::error::url_error;
use sqlx::{Any, Executor};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: sqlx::Pool<Any>,
    /// What write transactions run on. There is one at a time anyway: on SQLite always the same connection has it, whose
    /// statements are prepared and whose pages are in memory.
    write: sqlx::Pool<Any>,
    dialect: Dialect,
    /// What this process signed on as, where there may be others.
    node: Arc<OnceLock<String>>,
    /// Who of this process writes, where a server would let each wait in a queue: were it put to sleep, the server would wait
    /// for each in turn.
    writer: Arc<Semaphore>,
    /// The file that was opened; a file of the same name may be another.
    file: Option<FileId>,
    abandoned: Arc<AtomicBool>,
}

/// Device and inode.
type FileId = (u64, u64);

/// Which database it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Dialect {
    /// A file of this path.
    Sqlite(PathBuf),
    /// A server.
    Postgres,
}

impl Store {
    /// Opens the database of `sqlite:PATH` (created with its folder where missing) or `postgres://…`, and
    /// brings its tables up to date.
    pub async fn open(database_url: &str) -> Result<Store> {
        let Connections { dialect, read, write } = connect::open(database_url).await?;
        let file = match &dialect {
            Dialect::Sqlite(path) => Some(file_id(path).map_err(|source| StoreError::Folder { path: path.clone(), source })?),
            Dialect::Postgres => None,
        };
        let (node, abandoned) = (Arc::default(), Arc::default());
        let store = Store { pool: read, write, dialect, node, writer: Arc::new(Semaphore::new(1)), file, abandoned };
        let migrated = store.migrate().await;
        if migrated.as_ref().is_err_and(StoreError::is_fatal) {
            store.abandon();
        }
        migrated.map(|()| store)
    }

    /// A write transaction; dropped without `commit`, it leaves nothing.
    ///
    /// # Errors
    /// [`StoreError::SignedOff`] where the others took this process for gone.
    pub async fn begin(&self) -> Result<Transaction> {
        let mut tx = self.begin_for_all().await?;
        match self.node.get() {
            Some(owner) if !tx.is_signed_on(owner).await? => Err(StoreError::SignedOff),
            Some(_) | None => Ok(tx),
        }
    }

    /// The same, whoever writes.
    async fn begin_for_all(&self) -> Result<Transaction> {
        self.in_place()?;
        let (inner, turn) = match self.dialect {
            Dialect::Sqlite(_) => (self.write.begin_with("BEGIN IMMEDIATE").await?, None),
            Dialect::Postgres => self.begin_on_server().await?,
        };
        Ok(Transaction::new(inner, self.dialect.clone(), turn))
    }

    /// sqlx rolls back what it counts as begun, and counts when BEGIN is answered: so the wait for the other writers comes
    /// after it, and a task of its own, which nobody can drop, sees that answer.
    async fn begin_on_server(&self) -> sqlx::Result<(sqlx::Transaction<'static, Any>, Option<OwnedSemaphorePermit>)> {
        let (pool, writer) = (self.write.clone(), self.writer.clone());
        let begun = tokio::spawn(async move {
            let turn = writer.acquire_owned().await.ok();
            let mut tx = pool.begin_with("BEGIN").await?;
            let wait = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(current_schema(), 0))";
            (&mut *tx).execute(wait).await?;
            Ok((tx, turn))
        });
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// SQLite goes on writing to a file that was moved or deleted, and says nothing.
    fn in_place(&self) -> Result<()> {
        let (Dialect::Sqlite(path), Some(_)) = (&self.dialect, self.file) else { return Ok(()) };
        let now = match file_id(path) {
            Ok(id) => Some(id),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            // Whatever it is, SQLite meets it, too.
            Err(_) => return Ok(()),
        };
        if now == self.file { Ok(()) } else { Err(StoreError::Moved(path.clone())) }
    }

    /// After a sync that failed: nothing more is written, not even on closing. SQLite would fold its log into
    /// the file, and sync both again, when the last connection closes; so they stay open until the process ends.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
        std::mem::forget((self.pool.clone(), self.write.clone()));
    }

    /// The folder of a database that is a file.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.dialect {
            Dialect::Sqlite(path) => path.parent().map(Path::to_owned),
            Dialect::Postgres => None,
        }
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the file.
    pub async fn close(&self) {
        if self.abandoned.load(Ordering::SeqCst) {
            return;
        }
        self.pool.close().await;
        self.write.close().await;
    }
}

impl Dialect {
    /// That a row is one of those to be claimed, which `select` finds: those that another process claims at this moment are
    /// its own. SQLite has one writer at a time. PostgreSQL may run what stands in an `IN` again for each row, and passes by
    /// what it has just claimed, so that in the end it claims more than its limit; an array is made once.
    fn is_one_of(&self, select: &str) -> String {
        match self {
            Dialect::Sqlite(_) => format!("id IN ({select})"),
            Dialect::Postgres => format!("id = ANY(ARRAY({select} FOR UPDATE SKIP LOCKED))"),
        }
    }

    /// The rest of `sqlite:` is a plain path: blanks, `%`, `?` and Chinese need no escaping.
    fn of(url: &str) -> Result<Dialect> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Dialect::Postgres);
        }
        let path = url.strip_prefix("sqlite:").ok_or_else(|| url_error(url, "只支持 sqlite:路径 与 postgres://…"))?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(":memory:") {
            return Err(url_error(url, "请写出数据库文件的路径，不支持内存数据库"));
        }
        Ok(Dialect::Sqlite(PathBuf::from(path)))
    }
}

fn file_id(path: &Path) -> std::io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Counts and sizes are kept as BIGINT.
fn to_i64(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// And come back as what they were.
fn from_i64<T: TryFrom<i64> + Default>(value: i64) -> T {
    T::try_from(value).unwrap_or_default()
}

/// PostgreSQL's TEXT can't hold NUL, which hostile mail may.
fn text(value: &str) -> String {
    value.replace('\0', "")
}

/// An instant of the database as the contract writes it.
fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(crate::model::time::rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests;
