//! zhihui.
pub mod config;
pub mod intake;
pub mod model;
pub mod store;
