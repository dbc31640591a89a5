//! The verbs.
pub mod document;
pub mod identity;
pub mod message;
