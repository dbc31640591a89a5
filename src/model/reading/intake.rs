//! What goes with a reading from a worker to the record: what ties the mail to others, how its values were found, its files.

use super::Reading;
use crate::model::{address::Address, defect::DefectCode, sender::Handover};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that a worker hands back for one mail: the reading, what binds it to earlier mails,
/// how each value was found, and the files to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The contract's object.
    pub reading: Reading,
    /// What ties the mail to others.
    pub thread: Thread,
    /// For each case of [`Reading::cases`], in the same order, how it was read.
    pub traces: Vec<CaseTrace>,
    /// Every distinct file of the mail, by hash, and the copies made of its forms.
    pub files: Vec<StoredFile>,
    /// What its files say, for search.
    #[serde(default)]
    pub texts: Vec<FileText>,
    /// What the mail itself says, as much of it as a person reads.
    #[serde(default)]
    pub said: String,
    /// Where a stamp was found in a mail that brings no form: an earlier form's page may have followed.
    #[serde(default)]
    pub stamp: Option<FieldTrace>,
    /// Why the mail must go to quarantine instead of being judged, if it must.
    pub quarantine: Option<String>,
    /// What each clock says about when it came.
    #[serde(default)]
    pub clocks: Clocks,
}

/// When a mail came, by every clock that says anything, and which of them is believed (design rule 6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// Whose instant counts.
    pub source: ClockSource,
    /// The mailbox's server (IMAP INTERNALDATE).
    pub internaldate: Option<Timestamp>,
    /// The topmost `Received`, which the receiving server wrote.
    pub received: Option<Timestamp>,
    /// The sender's `Date`.
    pub date: Option<Timestamp>,
}

/// Which clock counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockSource {
    /// The mailbox's server.
    Internaldate,
    /// The topmost `Received`.
    Received,
    /// The sender's `Date`.
    Date,
    /// The time of the file.
    #[default]
    File,
}

impl ClockSource {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ClockSource::Internaldate => "internaldate",
            ClockSource::Received => "received",
            ClockSource::Date => "date",
            ClockSource::File => "file",
        }
    }
}

/// What ties a mail to earlier ones, and tells whether it may be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The Message-IDs that it answers: `In-Reply-To`, then `References`, newest first.
    pub answers: Vec<String>,
    /// Case numbers that stand in its subject or text.
    pub mentions: Vec<String>,
    /// SHA-256 of the bytes without trace and `X-` header fields: the same mail delivered twice has the same.
    pub stable_sha256: String,
    /// What a bounce or receipt tells of a mail of ours.
    pub report: Option<DeliveryReport>,
    /// Where a reply goes: `Reply-To`, else `From`; `null` where nothing can be answered.
    pub reply_to: Option<Address>,
    /// The verdict on the sender: `authserv_id`'s `Authentication-Results` (RFC 8601), or what we found out ourselves.
    pub authentication: Authentication,
    /// Whether it reads as an automatic answer, though it brings files and no field says so: it changes no case.
    pub perhaps_automatic: bool,
    /// The passwords that it tells, where it brings no file that they could be for: an earlier mail's.
    pub passwords: Vec<String>,
    /// How it was handed over, so that the sender can be looked into.
    pub handover: Handover,
    /// Of what came by hand: the number of the case that it belongs to, as the coordinator says who enters it; empty where none
    /// is told.
    pub handed_for: Option<String>,
}

/// What became of a mail of ours, as another server tells (RFC 3464, RFC 8098, or in its own words).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The Message-ID of the mail that it is about.
    pub message_id: Option<String>,
    /// Addresses in it, in lower case: one of them is whom the mail was for.
    pub recipients: Vec<String>,
    /// Whether nothing more will be tried.
    pub is_final: bool,
    /// The enhanced status code, such as `5.1.1` (RFC 3463).
    pub status: Option<String>,
}

/// What the receiving server found out about the sender (RFC 8601).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// SPF, DKIM or DMARC passed.
    Pass,
    /// It failed: never answered.
    Fail,
    /// Nothing that we believe says anything.
    Unknown,
    /// The office names no server whose verdict counts (`smtp.authserv_id`).
    #[default]
    Unchecked,
}

impl Authentication {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Authentication::Pass => "pass",
            Authentication::Fail => "fail",
            Authentication::Unknown => "unknown",
            Authentication::Unchecked => "unchecked",
        }
    }
}

/// How a case's values were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseTrace {
    /// SHA-256 of the form's file.
    pub form_sha256: String,
    /// Where each value stood.
    pub fields: Vec<FieldTrace>,
    /// Copies of the form with a comment at each thing to correct; none where none could be written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotated: Vec<AnnotatedForm>,
    /// SHA-256 of the earlier mail whose archive it lay in; the mail that it counts for told the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
}

/// A copy of a form that bears comments, kept among the mail's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnotatedForm {
    /// SHA-256 of the copy.
    pub sha256: String,
    /// The case's defects that it has a comment on, sorted.
    pub notes: Vec<DefectCode>,
}

/// Where one value stood and why it was read so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldTrace {
    /// The field's JSON key.
    pub field: String,
    /// Where: `表1 第3行 第2格`, `第5段`; `第2页 表1 第3行 第2格` in formats that have pages.
    pub place: String,
    /// The label as it stood, or the rule that applied.
    pub because: String,
}

/// The beginning of what a file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileText {
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its text, bounded.
    pub text: String,
}

/// A file to be kept, content-addressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes; carried beside the JSON between processes.
    #[serde(skip)]
    pub bytes: Bytes,
}
