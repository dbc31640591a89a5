//! The outbox: mails of ours, rendered once, with the Message-ID minted when they are queued.

use serde::{Deserialize, Serialize};

/// What a mail of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// 收件回执.
    Acknowledgement,
    /// 补正通知.
    Correction,
    /// How to submit, with the blank form.
    Guidance,
    /// It came after the close.
    Late,
    /// None is sent.
    None,
}

impl ReplyKind {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ReplyKind::Acknowledgement => "acknowledgement",
            ReplyKind::Correction => "correction",
            ReplyKind::Guidance => "guidance",
            ReplyKind::Late => "late",
            ReplyKind::None => "none",
        }
    }
}

/// What `inspect` says about the reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyPlan {
    /// Which reply.
    pub kind: ReplyKind,
    /// To whom; `null` where none is sent.
    pub to: Option<String>,
    /// Its subject; `null` where none is sent.
    pub subject: Option<String>,
    /// Why, in a sentence.
    pub because: String,
}

/// The state of an outbox item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// It goes out when its time has come.
    Queued,
    /// A person releases it.
    Held,
    /// The server accepted it.
    Sent,
    /// It can't be delivered.
    Dead,
    /// A person cancelled it, or nothing was left to say.
    Cancelled,
    /// The server's answer was lost after the data: it may have been accepted.
    Uncertain,
}

impl OutboxState {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            OutboxState::Queued => "queued",
            OutboxState::Held => "held",
            OutboxState::Sent => "sent",
            OutboxState::Dead => "dead",
            OutboxState::Cancelled => "cancelled",
            OutboxState::Uncertain => "uncertain",
        }
    }
}

/// 更正: what we told wrongly, where nothing is asked.
pub const AMENDMENT: &str = "amendment";

/// The kind of a summary reply (汇总回执), which answers several mails at once.
pub const SUMMARY: &str = "summary";

/// The kind of a reminder (补正提醒).
pub const REMINDER: &str = "reminder";

/// The kind of a mail by which selected cases are sent on (推送、报送).
pub const REFERRAL: &str = "referral";

/// How often a mail of this kind is sent again by itself when the server's answer was lost behind the data: a
/// second receipt is better than none, but a second digest to the whole office is not,
/// nor a second reminder, nor a second letter to a government.
pub fn repeats_of(kind: &str) -> u32 {
    if kind == "digest" || kind == REMINDER || kind == REFERRAL { 0 } else { 1 }
}

/// A rendered mail with its envelope (RFC 5321).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// With its angle brackets.
    pub message_id: String,
    /// The envelope's recipient.
    pub to: String,
    /// The decoded subject.
    pub subject: String,
    /// The whole mail as it goes over the wire, CRLF line ends.
    pub bytes: Vec<u8>,
}
