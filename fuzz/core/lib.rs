//! What the program reads mail with, from its own sources: everything that `tests/layering.rs` keeps pure.

#[macro_use]
#[path = "../../src/failpoint.rs"]
pub mod failpoint;

#[path = "../../src/model/mod.rs"]
pub mod model;

#[path = "../../src/config/mod.rs"]
pub mod config;

#[path = "../../src/intake/mod.rs"]
pub mod intake;
