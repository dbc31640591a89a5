//! zhihui.
pub mod clock;
pub mod config;
pub mod intake;
pub mod mailbox;
pub mod model;
pub mod net;
pub mod store;
pub mod telemetry;
pub mod worker;
