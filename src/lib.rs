//! zhihui.
pub mod config;
pub mod intake;
pub mod mailbox;
pub mod model;
pub mod net;
pub mod smtp;
