//! What who runs the program sees of it: the pages for a monitoring system, what a service manager is told, and one mail's way
//! through the log. The program is run as it is installed, against real servers on loopback; the client is curl.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

mod log;
mod pages;
mod service;
#[path = "../end_to_end/site.rs"]
#[expect(dead_code, reason = "a part of the harness")]
mod site;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "a part of the harness")]
mod support;

use std::{fs, path::Path};
use support::dovecot::Dovecot;

/// Puts these of `fixtures/mail` into the inbox of `cases`.
fn arrive(dovecot: &Dovecot, names: &[&str]) {
    for name in names {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail").join(name).with_extension("eml");
        dovecot.append("cases", "INBOX", "15-Jun-2023 10:00:00 +0800", &fs::read(path).expect("the fixture"));
    }
}
