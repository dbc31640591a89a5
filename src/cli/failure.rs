//! How a command ends when it doesn't succeed: a sentence that says what to do, and an exit code.

use crate::config::ConfigError;
use crate::daemon::DaemonError;
use crate::store::backup::BackupError;
use crate::store::{BlobError, StoreError};
use std::fmt::Display;

/// A command's failure.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What a person reads.
    pub message: String,
}

impl Failure {
    /// Exit code 1.
    pub fn failed(why: impl Display) -> Failure {
        Failure { code: 1, message: why.to_string() }
    }

    /// Exit code 2.
    pub fn usage(why: impl Display) -> Failure {
        Failure { code: 2, message: why.to_string() }
    }

    /// Exit code 3: the command did its work, and there is something to be looked at.
    pub fn found(what: impl Display) -> Failure {
        Failure { code: 3, message: what.to_string() }
    }

    /// Exit code 75: the same may succeed later.
    pub fn later(why: impl Display) -> Failure {
        Failure { code: 75, message: why.to_string() }
    }

    /// Exit code 1: a file that can't be read or written (`无法读取`, `无法写入`), and why in Chinese where the reason is a usual one.
    pub fn of_file(path: impl Display, what: &str, error: &std::io::Error) -> Failure {
        Failure::failed(format!("{path} {what}：{}", because(error)))
    }

    fn transient_or(transient: bool, code: u8, why: impl Display) -> Failure {
        if transient { Failure::later(why) } else { Failure { code, message: why.to_string() } }
    }
}

/// Why a file can't be used, as people say it.
pub fn because(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "没有这个文件或文件夹".to_owned(),
        ErrorKind::PermissionDenied => "没有权限".to_owned(),
        ErrorKind::IsADirectory => "是文件夹，不是文件".to_owned(),
        ErrorKind::NotADirectory => "路径中有的不是文件夹".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘已满".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "磁盘是只读的".to_owned(),
        ErrorKind::InvalidData => "内容不是 UTF-8 文字".to_owned(),
        _ => error.to_string(),
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure { code: 78, message: error.to_string() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::transient_or(error.is_transient(), 1, error)
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Failure {
        Failure::transient_or(error.is_transient(), 1, error)
    }
}

impl From<DaemonError> for Failure {
    fn from(error: DaemonError) -> Failure {
        Failure::transient_or(error.is_transient(), if error.is_configuration() { 78 } else { 1 }, error)
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        Failure::transient_or(error.is_transient(), 1, error)
    }
}
