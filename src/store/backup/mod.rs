//! A copy of the record that stands on its own: made while the daemon runs, checked at any time, put back
//! onto an empty machine.
//!
//! A backup is a plain folder, to be copied with any tool:
//!
//! ```text
//! SHA256SUMS    a line for every other file, as sha256sum(1) writes and checks it; written last
//! backup.json   when and of what it was made, and what it leaves out
//! zhihui.db     the database at one instant, with the key of our Message-IDs
//! blobs/ab/…    every raw mail and file that the database speaks of
//! config/…      the configuration and campaign files; no secrets
//! ```
//!
//! What looks classified (design rule 13) is in no backup: its bytes are left out, and its row keeps neither
//! sender nor subject. The database is copied first: a blob is durable before a row speaks of it, so whatever
//! the copy speaks of is there.

mod create;
mod restore;
mod sums;
mod verify;

pub use self::{create::create, restore::restore, verify::verify};

use super::{BlobError, StoreError};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
};

const SUMS: &str = "SHA256SUMS";
const MANIFEST: &str = "backup.json";
const DATABASE: &str = "zhihui.db";
const BLOBS: &str = "blobs";
const CONFIG: &str = "config";

/// The layout above. A later one gets a later number.
const FORMAT: u32 = 1;

/// What a backup says of itself (`backup.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout.
    pub format: u32,
    /// The program that made it.
    pub program: String,
    /// When the database was copied, RFC 3339 in +08:00.
    pub created_at: String,
    /// Mails in the ledger.
    pub messages: u64,
    /// Cases with a number.
    pub cases: u64,
    /// Blobs in the backup.
    pub blobs: u64,
    /// Mails that look classified, whose content is left out.
    pub classified: u64,
    /// Blobs that the database speaks of and that could not be read when the backup was made.
    pub missing: BTreeSet<String>,
}

/// Something wrong with a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A file of the list isn't there.
    Missing(String),
    /// A file's bytes are not those of the list.
    Changed(String),
    /// A file that the list doesn't name.
    Unknown(String),
    /// The database speaks of a blob that the backup hasn't.
    Blob(String),
    /// SQLite finds the database damaged.
    Database(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Missing(name) => write!(f, "缺少文件 {name}"),
            Fault::Changed(name) => write!(f, "文件 {name} 的内容被改动或损坏"),
            Fault::Unknown(name) => write!(f, "多出文件 {name}，不在清单中"),
            Fault::Blob(sha256) => write!(f, "数据库提到的文件 {sha256} 不在备份中"),
            Fault::Database(why) => write!(f, "数据库损坏：{why}"),
        }
    }
}

/// Why a backup can't be made, read or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has tools of its own.
    #[error("backup 和 restore 只用于 SQLite 数据库；PostgreSQL 请用 pg_dump，文件库另外复制")]
    Postgres,
    /// There is something where a backup was to be made.
    #[error("{} 已经存在，请用 --to 另选一个还不存在的文件夹", .0.display())]
    Occupied(PathBuf),
    /// There is a database where one was to be put back.
    #[error("数据库 {} 已经存在，恢复只能在空的位置进行；请先把它移走", .0.display())]
    NotEmpty(PathBuf),
    /// It lacks the list that is written last.
    #[error("{} 不是完整的备份：其中没有可用的 SHA256SUMS 和 backup.json", .0.display())]
    NotABackup(PathBuf),
    /// A later program made it.
    #[error("这份备份由更新的版本（{0}）制作，请用该版本恢复")]
    Newer(String),
    /// It isn't as it was made.
    #[error("备份有{}处问题，没有恢复任何内容；详见 zhihui backup verify", .0.len())]
    Damaged(Vec<Fault>),
    /// A file can't be read or written.
    #[error("{path} 读写失败：{source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blobs.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl BackupError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            BackupError::Store(error) => error.is_transient(),
            BackupError::Blob(error) => error.is_transient(),
            BackupError::Postgres
            | BackupError::Occupied(_)
            | BackupError::NotEmpty(_)
            | BackupError::NotABackup(_)
            | BackupError::Newer(_)
            | BackupError::Damaged(_)
            | BackupError::Io { .. } => false,
        }
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    }
}

type Result<T> = std::result::Result<T, BackupError>;

/// Where a blob lies within a backup.
fn blob_name(sha256: &str) -> String {
    let (folder, name) = sha256.split_at_checked(2).unwrap_or(("", sha256));
    format!("{BLOBS}/{folder}/{name}")
}

fn manifest(backup: &Path) -> Result<Manifest> {
    let incomplete = || BackupError::NotABackup(backup.to_owned());
    let text = std::fs::read(backup.join(MANIFEST)).map_err(|_| incomplete())?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| incomplete())?;
    if manifest.format > FORMAT { Err(BackupError::Newer(manifest.program)) } else { Ok(manifest) }
}

#[cfg(test)]
mod tests;
