//! Review (评审): reviewers out of a workbook, who judges what, blind packs and scoring sheets as files, scores out of
//! sheets, the ranking and its minutes. Pure: data in, bytes and findings out.
//!
//! 1. [`reviewers`] reads the roster of reviewers; [`conflict`] says who can't judge which case;
//! 2. [`assignment`] says who judges what, from a published seed: the same cases, reviewers and seed give the same;
//! 3. [`blind`] takes out of a text whose it is; [`pack`] and [`sheet`] write what a reviewer gets;
//! 4. [`scores`] reads what comes back, every fault with its cell;
//! 5. [`ranking`] makes the order; [`minutes`] writes it down.

pub mod assignment;
pub mod blind;
pub mod conflict;
mod docx;
pub mod minutes;
pub mod pack;
pub mod ranking;
pub mod reviewers;
pub mod scores;
pub mod sheet;
