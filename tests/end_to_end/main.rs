//! The program itself, as it is installed, against real servers: Dovecot, Postfix and smtp-sink on loopback.
//!
//! Each test has servers, a configuration and a database of its own. What the program decides about a form
//! is tested elsewhere; here it is that nothing is lost, doubled or left unsaid, whatever happens meanwhile.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

mod bad_input;
mod courtesy;
mod daemon;
mod doctor;
#[path = "../support/golden.rs"]
#[expect(dead_code, reason = "only the mails are needed here")]
mod golden;
mod interrupted;
mod login;
mod mails;
mod passwords;
mod quarantine;
mod reconcile;
mod replies;
mod sending;
mod site;
mod sources;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "a part of the harness")]
mod support;
mod threads;
