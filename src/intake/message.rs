//! The raw bytes of a mail → [`Message`] (RFC 5322, RFC 2045 to 2047, RFC 2231), whatever the bytes are.
//!
//! 1. [`field`] splits header and body and decodes raw 8-bit fields, [`words`] encoded words, [`charset`] bytes;
//! 2. [`part`] walks the parts: [`multipart`], [`parameter`], [`transfer`], [`html`], [`report`], and what wraps
//!    a whole mail: `tnef` and `msg` of `outlook`, `signed`;
//! 3. [`address`], [`identifier`] and [`date`] read the structured fields, [`name`] cleans what is shown.
//!
//! The structure is read here rather than by mail-parser, whose decoders are used: in hostile mail that one
//! overflows the stack on nested messages, takes time by the square of the parts, and leaves a cut-off base64
//! part undecoded. Nothing is refused; where a limit is passed, the rest is left out and [`Parsed::exceeded`]
//! says so. What the mail means is not asked here.

pub mod address;
mod body;
pub mod charset;
pub mod date;
pub mod field;
pub mod html;
pub mod identifier;
mod leaf;
mod msg;
pub mod multipart;
pub mod name;
mod outlook;
pub mod parameter;
pub mod part;
pub mod report;
mod signed;
mod tnef;
pub mod transfer;
pub mod words;

use crate::model::address::Address;
use crate::model::message::{Attachment, HeaderField, Message};
use field::Entity;
use parameter::Parameterised;
pub use report::Report;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How much of a mail is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Multiparts and messages within each other.
    pub depth: usize,
    /// Parts in all.
    pub parts: usize,
    /// Bytes of header fields in all.
    pub header_bytes: usize,
    /// Header fields in all.
    pub header_fields: usize,
    /// Bytes of text, and of HTML.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 16, parts: 1000, header_bytes: 1 << 20, header_fields: 10_000, text_bytes: 1 << 20 }
    }
}

/// A mail as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The mail.
    pub message: Message,
    /// What it reports on, if it is a report.
    pub report: Option<Report>,
    /// By what its content is encrypted, if it is: a person has to look.
    pub sealed: Option<&'static str>,
    /// The limit that was passed: `depth`, `parts` or `header`. Something is missing then.
    pub exceeded: Option<&'static str>,
}

/// Reads a mail. Never fails.
pub fn read(raw: &[u8], limits: &Limits) -> Parsed {
    let raw = with_line_feeds(raw);
    let (entity, content) = part::Walk::new(limits).message(&raw);
    let top = Parameterised::parse(entity.get("content-type").unwrap_or_default());
    let text = |name: &str| entity.get(name).map(shown).unwrap_or_default();
    let from = addresses(&entity, "from").unwrap_or_default();
    let authors: BTreeSet<String> = entity.all("from").flat_map(address::all).map(|author| author.address.to_ascii_lowercase()).collect();
    let message = Message {
        message_id: entity.all("message-id").find_map(identifier::own),
        reply_to: reply_to(&entity, &from),
        from,
        authors: authors.len(),
        subject: text("subject"),
        in_reply_to: entity.all("in-reply-to").flat_map(identifier::all).collect(),
        references: entity.all("references").flat_map(identifier::all).collect(),
        received: entity.all("received").find_map(date::parse_received),
        date: entity.all("date").find_map(date::parse),
        content_type: if top.token.contains('/') { name::clean(&top.token) } else { "text/plain".into() },
        report_type: top.word("report-type").map(|kind| kind.to_ascii_lowercase()),
        text: content.body.text,
        html: content.body.html,
        attachments: content.attachments,
        enclosed: content.enclosed,
        header: entity.fields.iter().map(|field| HeaderField { name: field.name.clone(), value: shown(&field.value) }).collect(),
    };
    Parsed { message, report: content.report, sealed: content.sealed, exceeded: content.exceeded }
}

/// Whether a file is a mail, or a mail's files in Outlook's own formats.
pub fn is_packed_mail(bytes: &[u8], name: &str) -> bool {
    let named = name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("eml"));
    tnef::is_tnef(bytes) || msg::is_msg(bytes, name) || (named && field::looks_like_message(bytes))
}

/// The files of such a mail.
pub fn files_of(bytes: &[u8], name: &str) -> Vec<Attachment> {
    let outlook = if tnef::is_tnef(bytes) { tnef::read(bytes, 0) } else { msg::is_msg(bytes, name).then(|| msg::read(bytes)).flatten() };
    match outlook {
        Some(mail) => mail.into_attachments(&[]),
        None => read(bytes, &Limits::default()).message.attachments,
    }
}

/// A field's value as a person reads it.
fn shown(value: &str) -> String {
    name::clean(&words::decode(value))
}

/// The first mailbox of the fields of this name; one with an address before one without.
fn addresses(entity: &Entity<'_>, name: &str) -> Option<Address> {
    let found: Vec<_> = entity.all(name).map(address::first).collect();
    found.iter().find(|address| !address.address.is_empty()).or(found.first()).cloned()
}

/// Whom to answer, where the sender says so. Of several addresses the sender's own, else one of the same domain: the
/// others didn't write to us. Where none is, the sender.
fn reply_to(entity: &Entity<'_>, from: &Address) -> Option<Address> {
    let found: Vec<Address> = entity.all("reply-to").flat_map(address::all).collect();
    if let [_, _, ..] = found.as_slice() {
        let own = found.iter().find(|one| one.address.eq_ignore_ascii_case(&from.address));
        return own.or_else(|| found.iter().find(|one| one.domain() == from.domain())).cloned();
    }
    addresses(entity, "reply-to").filter(|found| !found.address.is_empty())
}

/// A mail whose lines end with bare CR, as old systems wrote them, with LF instead.
fn with_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return raw.into();
    }
    raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect::<Vec<u8>>().into()
}

#[cfg(test)]
mod tests;
