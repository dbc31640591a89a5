//! What a bounce says became of a mail of ours: a [`Parsed`] mail into a [`DeliveryReport`].
//!
//! RFC 3464 tells it in fields of its own. QQ, NetEase and Coremail write a letter instead, with the address,
//! sometimes with the mail that came back, sometimes with nothing but its subject; then every address and
//! every Message-ID of ours in it are taken down, and the outbox tells which mail is meant.

use crate::intake::message::Parsed;
use crate::model::message::Kind;
use crate::model::reading::DeliveryReport;
use regex::Regex;
use std::sync::LazyLock;

/// As [RFC 5322](https://www.rfc-editor.org/rfc/rfc5322) section 3.4.1 allows it, in the part that people use.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}").ok());

/// A Message-ID as we mint it.
static OURS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"<zhihui\.[0-9a-f]{32}@[A-Za-z0-9.-]{1,253}>").ok());

/// How much of a letter is looked at, in characters, and how many addresses are taken down.
const CHARACTERS: usize = 20_000;
const ADDRESSES: usize = 10;

/// What a mail of this kind reports; none where it is no bounce.
pub fn report(parsed: &Parsed, kind: Kind) -> Option<DeliveryReport> {
    if kind != Kind::Bounce {
        return None;
    }
    let told = parsed.report.clone().unwrap_or_default();
    let letter: String = parsed.message.text.chars().take(CHARACTERS).collect();
    let named = ADDRESS.iter().flat_map(|address| address.find_iter(&letter)).map(|found| found.as_str().to_ascii_lowercase());
    let mut recipients: Vec<String> = Vec::new();
    for address in told.final_recipient.iter().map(|address| address.to_ascii_lowercase()).chain(named) {
        if recipients.len() < ADDRESSES && !recipients.contains(&address) {
            recipients.push(address);
        }
    }
    let in_letter = || OURS.as_ref().and_then(|ours| ours.find(&letter)).map(|found| found.as_str().to_owned());
    Some(DeliveryReport {
        message_id: told.original_message_id.or_else(in_letter),
        recipients,
        is_final: !matches!(told.action.as_deref(), Some("delayed" | "delivered" | "relayed" | "expanded")),
        status: told.status,
    })
}
