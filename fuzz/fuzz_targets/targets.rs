//! All targets in one program, which is linked once: `FUZZ_TARGET` names the one to feed.

#![no_main]

use std::sync::LazyLock;
use zhihui_fuzz::TARGETS;

static RUN: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET is set");
    TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET names a target").run
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| RUN(bytes));
