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

    fn transient_or(transient: bool, code: u8, why: impl Display) -> Failure {
        if transient { Failure::later(why) } else { Failure { code, message: why.to_string() } }
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
