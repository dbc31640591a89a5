//! What can go wrong with the blobs, in a sentence for people, and whether trying again may help.

use super::Trouble;
use std::{io, path::PathBuf};

/// What can go wrong with the blobs, in a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The address can't be used.
    #[error("文件库地址 {url} 无法使用：{hint}")]
    Url {
        /// As configured.
        url: String,
        /// What to write instead.
        hint: &'static str,
    },
    /// The folder or a file can't be read or written.
    #[error("文件库 {path} 读写失败：{source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk did not confirm that it kept what was written. Linux reports that once and then forgets it,
    /// so it can't be tried again in the same process.
    #[error("磁盘未能确认写入 {path}，数据可能丢失，请停止程序并检查磁盘：{source}", path = path.display())]
    Sync {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A bucket gives or takes nothing at present.
    #[error("对象存储 {place} {what}：{advice}（{detail}）", what = trouble.what(), advice = trouble.advice())]
    Bucket {
        /// Server and bucket.
        place: String,
        /// What stands in the way.
        trouble: Trouble,
        /// The server's own words, or the network's.
        detail: String,
    },
    /// The bytes are not those of the name.
    #[error("文件 {0} 的内容与其 SHA-256 不符，可能被改动或损坏")]
    Changed(String),
    /// No such file.
    #[error("文件库中没有 {0}")]
    Missing(String),
    /// What should be a SHA-256 is none.
    #[error("{0:?} 不是 SHA-256")]
    Name(String),
    /// The runtime is shutting down.
    #[error("文件库操作被中断")]
    Interrupted,
}

impl BlobError {
    /// Whether the process must end: what it believes durable may not be.
    pub fn is_fatal(&self) -> bool {
        matches!(self, BlobError::Sync { .. })
    }

    /// Whether the same call may succeed later: a full disk, too many open files. Of a bucket always: no mail is to blame for
    /// a key that was changed.
    pub fn is_transient(&self) -> bool {
        matches!(self, BlobError::Io { .. } | BlobError::Bucket { .. } | BlobError::Interrupted)
    }

    /// Whether the disk takes nothing at present: it is full, over quota, or read-only. A bucket takes nothing whatever it is.
    pub fn is_storage(&self) -> bool {
        match self {
            BlobError::Io { source, .. } => takes_nothing(source),
            BlobError::Bucket { .. } => true,
            _ => false,
        }
    }
}

/// Whether a disk takes nothing: it is full, over quota, or read-only.
pub(in crate::store) fn takes_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem | PermissionDenied)
}
