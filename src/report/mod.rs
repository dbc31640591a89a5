//! What the office reads: facts in, words and bytes out; pure.
//!
//! [`activity`] says when each activity of Annex 1 takes place and reads such a plan from a table, [`calendar`] writes
//! it as iCalendar. [`dossier`] is a case as files.

pub mod activity;
pub mod calendar;
pub mod dossier;
