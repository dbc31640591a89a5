//! Private real servers for the tests: each test starts its own on 127.0.0.1, in a folder of its own.
//!
//! A server is a child that ends with the test, passed, failed or killed. It doesn't touch the system's
//! own services. A missing program fails the test with the name of its Debian package; nothing is skipped.
//!
//! A test file that uses only a part of this says so:
//! `#[expect(dead_code, reason = "a part of the harness")] mod support;`

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails has failed the test")]

pub mod dovecot;
pub mod imap;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod s3;
pub mod smtp_sink;
pub mod tls;
