//! zhihui.
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod intake;
pub mod mailbox;
pub mod model;
pub mod net;
pub mod smtp;
pub mod store;
pub mod telemetry;
pub mod worker;
