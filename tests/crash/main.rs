//! Kills and faults at every step: after each, the next start takes everything up, and nothing is lost,
//! doubled or half-written.
//!
//! The program is built with the feature `failpoints`; `tests/run` runs this. `shim.c` stands between the
//! program and the C library. More rounds: `ZHIHUI_CRASH_ROUNDS=300` (kills at random times, 60 by
//! default), with `ZHIHUI_CRASH_SEED=N` for other times; `ZHIHUI_CRASH=long` passes every point each time that
//! it is reached, not only the first and the last time; `ZHIHUI_CRASH_MAILS=5000` for three processes at once.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

mod clock;
mod disk;
mod kills;
#[path = "../../benches/throughput/mailbox.rs"]
mod mailbox;
mod nodes;
mod points;
mod record;
mod scene;
mod shim;
#[path = "../end_to_end/site.rs"]
#[expect(dead_code, reason = "only a part of it is needed here")]
mod site;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "a part of the harness")]
mod support;
mod syncs;
mod wire;
