//! What the office reads: the weekly digest, the ledger, the list of those who have sent nothing, the plan of activities,
//! a case as files. Facts of the record in, words and bytes out; pure.
//!
//! [`week`] says which days a digest tells about and when it is due, [`figures`] counts, [`digest`] words and
//! lays out, [`chart`] paints, [`brief`] writes the one page of the same, [`ledger`] writes the workbook and
//! reads it back, [`unsent`] names who is missing. [`activity`] says when each activity of Annex 1 takes place and
//! reads such a plan from a table, [`calendar`] writes it as iCalendar. [`dossier`] is a case as files, [`explain`] a case
//! explained to an auditor, [`roster`] reads who is who. [`publish`] writes what society reads of the selected cases. [`visible`] makes inert what came from mail,
//! [`fold`] parts lines at a terminal's width.

pub mod activity;
pub mod brief;
pub mod calendar;
pub mod chart;
pub mod digest;
pub mod dossier;
mod envelope;
pub mod explain;
pub mod figures;
pub mod fold;
pub mod ledger;
pub mod publish;
pub mod roster;
pub mod unsent;
pub mod visible;
pub mod week;
pub mod words;
