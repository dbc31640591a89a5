//! A whole campaign year in minutes: mails by chance from a seed, received, judged and answered by the daemon's own steps on
//! a clock that leaps from one event to the next, and what came out of it held against what should have.
//!
//! [`script`] writes the mails, `form` and `mail` their bytes; [`stage`] plays them; [`check`] works out by itself which
//! reminders and digests were due and on which day; [`year`] counts.

mod beside;
mod chance;
pub mod check;
mod form;
mod mail;
pub mod script;
pub mod stage;
pub mod year;

pub use stage::{Options, play};
pub use year::Year;

use crate::config::ConfigError;
use crate::daemon::DaemonError;
use crate::store::StoreError;

/// Why a year could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The folder can't be used.
    #[error("{path} 无法写入：{source}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A mail can't be written.
    #[error("模拟的申报表无法生成：{0}")]
    Form(String),
    /// The configuration of the year is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The pipeline failed.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The record failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
