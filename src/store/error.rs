//! What can go wrong with the record, in a sentence for people, and whether trying again may help.

use super::blob::takes_nothing;
use std::path::PathBuf;

/// The result of every function of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// An error of ours; a sender's mistake is a defect and never one of these.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address can't be used.
    #[error("数据库地址 {url} 无法使用：{hint}")]
    Url {
        /// As configured, without a password.
        url: String,
        /// What to write instead.
        hint: String,
    },
    /// The database's folder or file can't be created.
    #[error("数据库文件 {path} 无法创建或打开：{source}", path = path.display())]
    Folder {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database's file lies on a share of the network, where SQLite's locks and its log can't be relied on.
    #[error("数据库文件 {path} 在网络共享（{kind}）上，SQLite 在那里可能丢失数据；请放到本机磁盘，几台机器共用请改用 PostgreSQL", path = path.display())]
    Share {
        /// The database's file.
        path: PathBuf,
        /// Which share.
        kind: &'static str,
    },
    /// The tables can't be brought up to date.
    #[error("数据库的表无法更新（可能由更新的版本建立）：{0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Another daemon works on the database.
    #[error("另一个 zhihui 正在使用这个数据库（锁文件 {}）", .0.display())]
    Locked(PathBuf),
    /// The database's file is no longer where it was opened: what is written now is gone when the process ends.
    #[error("数据库文件 {} 已被移走、删除或替换，程序已停止，以免写入的内容丢失；请放回原来的文件，或从备份恢复，再重新启动", .0.display())]
    Moved(PathBuf),
    /// The other processes took this one for gone, and have taken its work over.
    #[error("其他节点已有三十秒没有收到本进程的信号，接手了它的工作；本进程停止，请由服务管理器重新启动")]
    SignedOff,
    /// Something is being erased, and whoever came now might refer to it.
    #[error("正在清除到期的内容（zhihui privacy purge），结束之前不能启动；请稍后再启动")]
    Erasing,
    /// A statement failed.
    #[error("数据库操作失败{hint}：{0}", hint = hint(.0))]
    Database(#[from] sqlx::Error),
    /// A row holds what this version can't read.
    #[error("数据库中的记录无法解读（{what}）：{source}")]
    Row {
        /// Which record.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Whether the same call may succeed later: another writer, a full disk, a lost connection.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Database(source) => database_is_transient(source),
            StoreError::Migrate(sqlx::migrate::MigrateError::Execute(source)) => database_is_transient(source),
            StoreError::Migrate(sqlx::migrate::MigrateError::ExecuteMigration(source, _)) => database_is_transient(source),
            StoreError::Locked(_) | StoreError::SignedOff | StoreError::Erasing => true,
            StoreError::Folder { source, .. } => takes_nothing(source),
            StoreError::Url { .. } | StoreError::Share { .. } | StoreError::Migrate(_) | StoreError::Moved(_) | StoreError::Row { .. } => {
                false
            }
        }
    }

    /// Whether the process must end: what it believes durable may not be, or the file is damaged or gone.
    pub fn is_fatal(&self) -> bool {
        matches!(self, StoreError::Moved(_) | StoreError::SignedOff)
            || self.code().is_some_and(|code| [IOERR_FSYNC, IOERR_DIR_FSYNC].contains(&code) || [CORRUPT, NOTADB].contains(&(code & 0xff)))
    }

    /// Whether the disk takes nothing at present: it is full, over quota, or read-only.
    pub fn is_storage(&self) -> bool {
        match self {
            StoreError::Folder { source, .. } => takes_nothing(source),
            other => {
                other.code().is_some_and(|code| code == IOERR_WRITE || [FULL, READONLY, CANTOPEN].contains(&(code & 0xff)))
                    || other.source_of_database().is_some_and(server_disk_is_full)
            }
        }
    }

    /// SQLite's extended code, if this is a failure of SQLite.
    fn code(&self) -> Option<i64> {
        self.source_of_database().and_then(sqlite_code)
    }

    fn source_of_database(&self) -> Option<&sqlx::Error> {
        match self {
            StoreError::Database(source) => Some(source),
            StoreError::Migrate(sqlx::migrate::MigrateError::Execute(source)) => Some(source),
            StoreError::Migrate(sqlx::migrate::MigrateError::ExecuteMigration(source, _)) => Some(source),
            StoreError::Migrate(_)
            | StoreError::Url { .. }
            | StoreError::Folder { .. }
            | StoreError::Share { .. }
            | StoreError::Locked(_)
            | StoreError::Moved(_)
            | StoreError::SignedOff
            | StoreError::Erasing
            | StoreError::Row { .. } => None,
        }
    }
}

// SQLite's result codes (sqlite.org/rescode.html): the low byte is the primary code.
const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const READONLY: i64 = 8;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const CANTOPEN: i64 = 14;
const NOTADB: i64 = 26;
const IOERR: i64 = 10;
const IOERR_WRITE: i64 = 778;
const IOERR_FSYNC: i64 = 1034;
const IOERR_DIR_FSYNC: i64 = 1290;

fn sqlite_code(error: &sqlx::Error) -> Option<i64> {
    let sqlx::Error::Database(source) = error else { return None };
    source.code().filter(|code| code.len() != 5).and_then(|code| code.parse().ok())
}

/// PostgreSQL's `disk_full`.
fn server_disk_is_full(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(source) if source.code().as_deref() == Some("53100"))
}

/// What to do, where SQLite's own words don't say it.
fn hint(error: &sqlx::Error) -> &'static str {
    if matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_)) {
        return "（连接不上数据库服务器，请检查地址、网络和数据库服务）";
    }
    if let sqlx::Error::Database(source) = error {
        match source.code().as_deref() {
            Some("28000" | "28P01") => return "（数据库服务器拒绝登录，请检查用户名和密码）",
            Some("3D000") => return "（数据库服务器上没有这个库，请先建库）",
            Some("42501") => return "（数据库用户没有所需的权限）",
            Some("53100" | "53200") => return "（数据库服务器的磁盘或内存已满，请清理）",
            _ => {}
        }
    }
    match sqlite_code(error) {
        Some(IOERR_FSYNC | IOERR_DIR_FSYNC) => "（磁盘未能确认写入，数据可能丢失，程序已停止；请检查磁盘后再启动）",
        Some(code) if [CORRUPT, NOTADB].contains(&(code & 0xff)) => "（数据库文件已损坏，程序已停止；请检查磁盘，从备份恢复）",
        Some(code) if code & 0xff == FULL => "（磁盘已满，请清理）",
        Some(code) if [READONLY, CANTOPEN].contains(&(code & 0xff)) => "（数据库文件不可写，请检查磁盘和权限）",
        Some(code) if [BUSY, LOCKED].contains(&(code & 0xff)) => "（数据库被其他程序占用）",
        Some(_) | None => "",
    }
}

fn database_is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(source) => source.code().is_some_and(|code| code_is_transient(&code)),
        _ => false,
    }
}

/// SQLite's codes are numbers, PostgreSQL's are SQLSTATEs of five characters (its manual, appendix A). An
/// input or output that failed may succeed later, but for a sync.
fn code_is_transient(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "25006", "25P02", "25P03", "40", "53", "55P03", "57014", "57P"].iter().any(|prefix| code.starts_with(prefix));
    }
    code.parse::<i64>().is_ok_and(|code| {
        ![IOERR_FSYNC, IOERR_DIR_FSYNC].contains(&code) && [BUSY, LOCKED, FULL, READONLY, CANTOPEN, IOERR].contains(&(code & 0xff))
    })
}

/// An address is shown without what stands before its `@`, which may be a password, and a server's without its options,
/// one of which may be one, too.
pub(super) fn url_error(url: &str, hint: &str) -> StoreError {
    let url = match url.split_once('?') {
        Some((address, _)) if url.contains("://") => address,
        _ => url,
    };
    let shown = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => url.to_owned(),
    };
    StoreError::Url { url: shown, hint: hint.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_writer_is_transient_and_a_broken_key_is_not() {
        for code in ["5", "261", "517", "6", "13", "8", "14", "778", "40001", "57P01", "08006", "25P02", "25006", "57014"] {
            assert!(code_is_transient(code), "{code}");
        }
        for code in ["2067", "1", "11", "1034", "1290", "23505", "42P01"] {
            assert!(!code_is_transient(code), "{code}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for url in ["postgres://u:secret@h/d", "postgres://h/d?password=secret", "postgres://u:secret@h/d?password=secret"] {
            assert!(!url_error(url, "x").to_string().contains("secret"), "{url}");
        }
    }
}
