//! The nouns: what a mail, a form, a case and a campaign are. Pure data, shared by every layer.
//!
//! Nothing here reads a clock, a file or a network, and nothing here imports from another layer.

pub mod address;
pub mod audit;
pub mod campaign;
pub mod decision;
pub mod defect;
pub mod difference;
pub mod document;
pub mod message;
pub mod outbox;
pub mod outcome;
pub mod people;
pub mod placement;
pub mod reading;
pub mod region;
pub mod report;
pub mod review;
pub mod roster;
pub mod ruling;
pub mod sender;
pub mod summary;
pub mod time;
pub mod workdays;
