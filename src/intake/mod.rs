//! The verbs.
pub mod blank_form;
pub mod compose;
pub mod document;
pub mod identity;
pub mod message;
