//! The IMAP side of the receiving edge against a scripted server: refusals, lost connections, odd servers.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod courtesy;
mod cuts;
#[path = "../fake/mod.rs"]
mod fake;
mod idle;
mod login;
mod pages;
mod quirks;
mod quota;
mod receiving;

use fake::{Fake, HANG_UP, Step};
use jiff::Timestamp;
use secrecy::SecretString;
use std::time::Duration;
use zhihui::config;
use zhihui::mailbox::{Body, Key, Known, Mailbox, MailboxError, Options, Page, Times};

const GREETING: &str = "* OK ready\r\n";
const DATE: &str = "INTERNALDATE \"01-Jun-2023 08:00:00 +0800\"";

fn times() -> Times {
    Times { connect: Duration::from_millis(500), command: Duration::from_millis(500), idle: Duration::from_secs(60) }
}

fn options() -> Options {
    Options { times: times(), ..Options::new(&config::Limits::default(), None) }
}

fn settings(fake: &Fake, more: &str) -> config::Mailbox {
    let port = fake.port;
    toml::from_str(&format!("host = \"127.0.0.1\"\nport = {port}\nusername = \"u\"\ncampaign = \"c.toml\"\n{more}")).unwrap()
}

async fn open_with(fake: &Fake, more: &str, options: Options) -> Result<Mailbox, MailboxError> {
    Mailbox::open(&settings(fake, more), Some(SecretString::from("p")), options).await
}

async fn open(fake: &Fake) -> Mailbox {
    open_with(fake, "tls = \"none\"", options()).await.unwrap()
}

fn ok(part: &'static str) -> Step {
    (part, "{tag} OK done\r\n".into())
}

fn login() -> Vec<Step> {
    vec![ok("LOGIN \"u\" \"p\""), ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n".into())]
}

fn examine(exists: u32, validity: u32, next: &str) -> Step {
    let answer = format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] valid\r\n{next}{{tag}} OK [READ-ONLY] done\r\n");
    ("EXAMINE \"INBOX\"", answer)
}

fn list(range: &'static str, messages: &[(u32, usize)]) -> Step {
    let lines = messages.iter().map(|(uid, size)| format!("* 1 FETCH (UID {uid} RFC822.SIZE {size} {DATE})\r\n"));
    (range, lines.collect::<String>() + "{tag} OK done\r\n")
}

fn body(uid: u32, text: &str) -> String {
    format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n{text})\r\n", text.len())
}

/// A server that has logged in the client and shown the folder.
async fn with(steps: Vec<Step>) -> Fake {
    Fake::start(vec![(GREETING, login().into_iter().chain(steps).collect())]).await
}

fn bodies(page: &Page) -> Vec<(u32, Body)> {
    let uid = |key: &Key| if let Key::Uid { uid, .. } = key { *uid } else { 0 };
    page.messages.iter().map(|message| (uid(&message.key), message.body.clone())).collect()
}

fn whole(text: &str) -> Body {
    Body::Whole(text.as_bytes().to_vec())
}

fn known(page: &Page) -> Known {
    Known { validity: page.validity, last_uid: page.upto, ..Known::default() }
}

/// A connection on which the folder is open, and then these steps.
fn connection(exists: u32, steps: Vec<Step>) -> (&'static str, Vec<Step>) {
    (GREETING, login().into_iter().chain([examine(exists, 7, "")]).chain(steps).collect())
}
