//! The verbs.
pub mod document;
