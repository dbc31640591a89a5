//! A mail as it was read from its raw bytes (RFC 5322, RFC 2045).

use crate::model::address::Address;
use serde::{Deserialize, Serialize};

/// A header field, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    /// The name in lower case.
    pub name: String,
    /// The unfolded, decoded value.
    pub value: String,
}

/// A mail: its header, the text a person reads, and its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The header fields in their order, topmost first.
    pub header: Vec<HeaderField>,
    /// `Message-ID` with its angle brackets.
    pub message_id: Option<String>,
    /// The first mailbox of `From`.
    pub from: Address,
    /// How many addresses `From` names, in however many fields.
    pub authors: usize,
    /// The first mailbox of `Reply-To`, if there is one.
    pub reply_to: Option<Address>,
    /// `Subject`, decoded; empty where missing.
    pub subject: String,
    /// `In-Reply-To`'s message identifiers.
    pub in_reply_to: Vec<String>,
    /// `References`' message identifiers, oldest first.
    pub references: Vec<String>,
    /// The topmost `Received` field's time.
    pub received: Option<jiff::Timestamp>,
    /// `Date`.
    pub date: Option<jiff::Timestamp>,
    /// The top `Content-Type` in lower case without parameters, such as `multipart/report`.
    pub content_type: String,
    /// The `report-type` parameter of a `multipart/report`.
    pub report_type: Option<String>,
    /// The readable text: `text/plain`, or `text/html` as text, parts in order.
    pub text: String,
    /// The same before tags were taken off, where there was HTML: links stand in it.
    pub html: String,
    /// Every leaf that is a file, in order, those of nested messages with their path.
    pub attachments: Vec<Attachment>,
    /// What the mails say that this one holds (转发), in their order.
    pub enclosed: Vec<Enclosed>,
}

/// The text of a mail within the mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enclosed {
    /// Its name, and those of the mails that it was in, outermost first.
    pub within: Vec<String>,
    /// The readable text.
    pub text: String,
    /// The same before tags were taken off, where there was HTML.
    pub html: String,
}

/// A file in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The decoded file name as data (never a path): control characters removed, may be empty.
    pub name: String,
    /// Names of the nested messages or archives that it was in, outermost first.
    pub within: Vec<String>,
    /// The declared media type, lower case.
    pub media_type: String,
    /// Whether it is shown within an HTML body (`Content-ID` with inline disposition).
    pub inline: bool,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
}

impl Message {
    /// The first header field of this name (lower case).
    pub fn field(&self, name: &str) -> Option<&str> {
        self.header.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// Every header field of this name (lower case), topmost first.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.header.iter().filter(move |field| field.name == name).map(|field| field.value.as_str())
    }
}

/// What a mail is, by the order of design: a bounce before a receipt, before an automatic reply, before bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It carries a form, or plainly means to.
    Submission,
    /// Files without a form, answering an earlier mail.
    Supplement,
    /// Anything else from a person.
    Inquiry,
    /// A vacation notice or another automatic answer (RFC 3834).
    AutoReply,
    /// A delivery status notification (RFC 3464), or one in a provider's own words.
    Bounce,
    /// A message disposition notification (RFC 8098).
    ReadReceipt,
    /// A newsletter or a list.
    Bulk,
}

impl Kind {
    /// Whether a machine sent it: never answered, never changes a case.
    pub fn is_automatic(self) -> bool {
        match self {
            Kind::Submission | Kind::Supplement | Kind::Inquiry => false,
            Kind::AutoReply | Kind::Bounce | Kind::ReadReceipt | Kind::Bulk => true,
        }
    }

    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Submission => "submission",
            Kind::Supplement => "supplement",
            Kind::Inquiry => "inquiry",
            Kind::AutoReply => "auto_reply",
            Kind::Bounce => "bounce",
            Kind::ReadReceipt => "read_receipt",
            Kind::Bulk => "bulk",
        }
    }
}
