//! The ledger (台账) as an XLSX workbook: one row a case with columns for people to fill in, counts by region
//! and by window, and what the filled-in columns say when the workbook comes back.
//!
//! What comes from mail stands in text cells only, so that nothing in it is ever computed.

mod read;
mod style;
mod write;

pub use read::{Change, Fault, Filled, changes, read};
pub(crate) use read::{letters, text};
pub use write::{Contacts, Ledger};

/// The sheet with a row for each case.
pub const SHEET: &str = "台账";
/// What a person writes into a cell to have it emptied: an empty cell leaves what was written before.
pub const CLEAR: &str = "清空";
