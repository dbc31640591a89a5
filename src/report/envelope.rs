//! What a mail of the office begins with: who writes to whom, and when (RFC 5322).
//!
//! Nothing is random: boundaries are made from the Message-ID.

use crate::intake::compose::mime::{boundary, field, is_message_id, since_epoch};
use jiff::Timestamp;
use lettre::{
    Message,
    message::{Mailbox, MessageBuilder, header::HeaderName},
};
use std::time::UNIX_EPOCH;

/// Who writes to whom, and when.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// `荆楚质汇案例征集 <cases@example.com>`.
    pub from: &'a str,
    /// The recipient's address.
    pub to: &'a str,
    /// With its angle brackets.
    pub message_id: &'a str,
    /// The `Date` field.
    pub date: Timestamp,
}

impl Envelope<'_> {
    /// Whether the Message-ID may stand in a header field.
    pub fn is_named(&self) -> bool {
        is_message_id(self.message_id)
    }

    /// The header.
    pub fn message(&self, from: Mailbox, to: Mailbox, subject: &str) -> MessageBuilder {
        Message::builder()
            .from(from)
            .to(to)
            .subject(subject)
            .raw_header(field(HeaderName::new_from_ascii_str("Message-ID"), self.message_id.to_owned()))
            .date(UNIX_EPOCH + since_epoch(self.date))
    }

    /// What separates the parts of one kind.
    pub fn boundary(&self, part: &str) -> String {
        boundary(self.message_id, part)
    }
}
