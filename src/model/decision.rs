//! What becomes of one mail: the verdict, and the changes that it makes.

use crate::model::reading::WindowPlace;
use serde::{Deserialize, Serialize};

/// The one end of every mail in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It opened at least one case.
    Case,
    /// It revised a case.
    Revision,
    /// It may revise a case (待并案); a coordinator settles.
    PossibleRevision,
    /// It added files to a case.
    Supplement,
    /// The same mail once more.
    Duplicate,
    /// No form, or a blank one: told how to submit.
    Guidance,
    /// A coordinator answers.
    Inquiry,
    /// A machine sent it.
    Automatic,
    /// Held for a person.
    Quarantined,
    /// Older than `since`.
    Skipped,
}

impl Disposition {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Disposition::Case => "case",
            Disposition::Revision => "revision",
            Disposition::PossibleRevision => "possible_revision",
            Disposition::Supplement => "supplement",
            Disposition::Duplicate => "duplicate",
            Disposition::Guidance => "guidance",
            Disposition::Inquiry => "inquiry",
            Disposition::Automatic => "automatic",
            Disposition::Quarantined => "quarantined",
            Disposition::Skipped => "skipped",
        }
    }
}

/// What the store knows that bears on one mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The earlier mail that this one repeats: the same `sha256`, or the same `stable_sha256` with the
    /// same Message-ID and sender.
    pub duplicate_of: Option<i64>,
    /// Whether its Message-ID is one of ours: a mail of ours that came back.
    pub is_ours: bool,
    /// Cases of the campaign that share a thread, a number, a unit and title, or a unit and phone with it.
    pub cases: Vec<KnownCase>,
    /// The earlier mail whose archive the password that this one tells has opened: its files are in the reading.
    pub opened: Option<String>,
}

/// A case that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCase {
    /// Its row.
    pub id: i64,
    /// `JCZH-2023-0001`; none for a possible revision.
    pub number: Option<String>,
    /// The address that opened it.
    pub opener: String,
    /// Its unit, normalised (see [`matching_key`]).
    pub unit_key: String,
    /// Its title, normalised.
    pub title_key: String,
    /// Its contacts' phones.
    pub phones: Vec<String>,
    /// Whether the mail answers one of our mails about it, or one of its own.
    pub in_thread: bool,
    /// Whether its number stands in the mail.
    pub mentioned: bool,
    /// Whether the mail's sender opened it. Looked for only where the mail brings no form that names a case.
    pub same_sender: bool,
    /// Whether nothing that came with it could bear the seal.
    pub lacks_seal: bool,
    /// SHA-256 of the mail whose archive wants a password, where its latest form lies in such a mail.
    pub shut: Option<String>,
    /// Its latest revision, from 1.
    pub revision: u32,
    /// Its title as last written.
    pub title: Option<String>,
    /// Its unit as last written.
    pub unit: Option<String>,
    /// Where it is placed.
    pub place: WindowPlace,
}

/// The verdict on one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The mail's end.
    pub disposition: Disposition,
    /// What to do with each case of the reading, in the same order.
    pub changes: Vec<CaseChange>,
    /// The case that the mail's files go to, of a supplement.
    pub supplements: Option<i64>,
    /// The earlier mail that it repeats.
    pub duplicate_of: Option<i64>,
    /// Why, in a sentence for people.
    pub because: String,
}

/// What becomes of one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseChange {
    /// A new case with revision 1 and a number.
    Open,
    /// The next revision of this case.
    Revise(i64),
    /// Kept without a number beside this case, until a coordinator settles.
    PossiblyRevise(i64),
}

/// A name or title as it is compared: without blanks and marks, full-width forms narrowed, lower case.
pub fn matching_key(value: &str) -> String {
    value
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            other => other,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
