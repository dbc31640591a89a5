//! zhihui.
pub mod clock;
pub mod config;
pub mod intake;
pub mod model;
pub mod telemetry;
pub mod worker;
