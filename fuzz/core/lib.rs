//! What the program reads mail with, from its own sources: `intake`, and what that may import.

#[path = "../../src/model/mod.rs"]
pub mod model;

#[path = "../../src/config/mod.rs"]
pub mod config;

#[path = "../../src/intake/mod.rs"]
pub mod intake;
