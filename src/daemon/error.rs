//! What can stop a command or a loop, with what to do about it and whether trying later may help.

use crate::config::ConfigError;
use crate::mailbox::MailboxError;
use crate::store::{BlobError, StoreError};
use std::time::Duration;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The configuration, or a secret that it names.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A mailbox.
    #[error("邮箱 {mailbox}：{source}。{}", .source.advice())]
    Mailbox {
        /// Its name in the configuration.
        mailbox: String,
        /// What happened.
        source: MailboxError,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blobs.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The SMTP server, or the folder that stands for it.
    #[error("发信：{0}")]
    Smtp(String),
    /// Senders can't be looked up.
    #[error(transparent)]
    Sender(#[from] crate::sender::SenderError),
    /// A worker process can't be started.
    #[error("{0}")]
    Worker(String),
    /// A mail can't be read by its worker.
    #[error("{0}")]
    Reading(String),
    /// A reply can't be written.
    #[error("回复无法生成：{0}")]
    Compose(#[from] crate::intake::compose::ComposeError),
    /// A digest or its files can't be written.
    #[error("周报无法生成：{0}")]
    Report(String),
}

impl DaemonError {
    /// Whether the same may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        match self {
            DaemonError::Config(_)
            | DaemonError::Sender(_)
            | DaemonError::Compose(_)
            | DaemonError::Report(_)
            | DaemonError::Reading(_) => false,
            DaemonError::Mailbox { source, .. } => source.is_transient(),
            DaemonError::Store(error) => error.is_transient(),
            DaemonError::Blob(error) => error.is_transient(),
            DaemonError::Smtp(_) | DaemonError::Worker(_) => true,
        }
    }

    /// Whether the process must end: what it believes durable may not be. Nothing is tried again.
    pub fn is_fatal(&self) -> bool {
        match self {
            DaemonError::Store(error) => error.is_fatal(),
            DaemonError::Blob(error) => error.is_fatal(),
            DaemonError::Config(_)
            | DaemonError::Mailbox { .. }
            | DaemonError::Smtp(_)
            | DaemonError::Sender(_)
            | DaemonError::Worker(_)
            | DaemonError::Reading(_)
            | DaemonError::Report(_)
            | DaemonError::Compose(_) => false,
        }
    }

    /// Whether the disk takes nothing at present: it is full, over quota, or read-only.
    pub fn is_storage(&self) -> bool {
        match self {
            DaemonError::Store(error) => error.is_storage(),
            DaemonError::Blob(error) => error.is_storage(),
            DaemonError::Config(_)
            | DaemonError::Mailbox { .. }
            | DaemonError::Smtp(_)
            | DaemonError::Sender(_)
            | DaemonError::Worker(_)
            | DaemonError::Reading(_)
            | DaemonError::Report(_)
            | DaemonError::Compose(_) => false,
        }
    }

    /// Whether nothing else can be done either: the record itself can't be used.
    pub fn is_of_record(&self) -> bool {
        self.is_fatal() || self.is_storage() || matches!(self, DaemonError::Store(error) if error.is_transient())
    }

    /// Whether the configuration must change first.
    pub fn is_configuration(&self) -> bool {
        match self {
            DaemonError::Config(_) | DaemonError::Sender(_) | DaemonError::Compose(_) => true,
            DaemonError::Mailbox { source, .. } => !source.is_transient(),
            DaemonError::Store(_)
            | DaemonError::Blob(_)
            | DaemonError::Smtp(_)
            | DaemonError::Worker(_)
            | DaemonError::Reading(_)
            | DaemonError::Report(_) => false,
        }
    }

    /// The least wait before another look. While a login is paused nothing is tried, but the password may
    /// have been corrected.
    pub fn least_wait(&self) -> Duration {
        match self {
            DaemonError::Mailbox { source: MailboxError::Paused { .. }, .. } => Duration::from_secs(60),
            DaemonError::Mailbox { .. }
            | DaemonError::Config(_)
            | DaemonError::Store(_)
            | DaemonError::Blob(_)
            | DaemonError::Smtp(_)
            | DaemonError::Sender(_)
            | DaemonError::Worker(_)
            | DaemonError::Reading(_)
            | DaemonError::Report(_)
            | DaemonError::Compose(_) => Duration::ZERO,
        }
    }
}
