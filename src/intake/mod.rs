//! The whole understanding of one mail, on one screen: raw bytes into an [`Intake`].
//!
//! read → screen → unpack → forms → check. Pure: the same bytes, campaign and instant give the same
//! reading. What earlier mails have to do with it is [`decide`]'s business.

pub mod amend;
pub mod annotate;
pub mod blank_form;
pub mod check;
pub mod compose;
pub mod correction;
pub mod decide;
pub mod delivery;
pub mod document;
pub mod evidence;
pub mod focus;
pub mod form;
pub mod forms;
pub mod handed;
pub mod handover;
pub mod identity;
pub mod labels;
pub mod links;
pub mod message;
pub mod picture;
pub mod quote;
pub mod region;
pub mod remind;
pub mod schedule;
pub mod screen;
pub mod seal;
pub mod stamp;
pub mod supplement;
pub mod text;
pub mod thread;
pub mod unpack;
pub mod window;
pub mod word_lists;

use crate::model::campaign::Campaign;
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::message::{Kind, Message};
use crate::model::reading::{ClockSource, Clocks, Intake, MessageSummary, Reading, StoredFile};
use crate::model::region::Regions;
use crate::model::time;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What every mail of a mailbox is read with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The notice.
    pub campaign: Campaign,
    /// The province.
    pub regions: Regions,
    /// The campaign's labels, ready to be looked up.
    pub labels: labels::Labels,
    /// The campaign's words, ready to be looked for.
    pub words: word_lists::WordLists,
    /// How the campaign's case numbers look.
    pub case_numbers: Option<regex::Regex>,
    /// Bounds while reading the mail.
    pub message_limits: message::Limits,
    /// Bounds while reading documents.
    pub document_limits: document::Limits,
    /// Bounds while opening archives.
    pub unpack_limits: unpack::Limits,
}

impl Setup {
    /// Takes a campaign and a province, with the usual bounds.
    pub fn new(campaign: Campaign, regions: Regions) -> Setup {
        let labels = labels::Labels::new(&campaign.form);
        let words = word_lists::WordLists::new(&campaign.words);
        let case_numbers = thread::case_numbers(&campaign.number_prefix);
        Setup {
            campaign,
            regions,
            labels,
            words,
            case_numbers,
            message_limits: message::Limits::default(),
            document_limits: document::Limits::default(),
            unpack_limits: unpack::Limits::default(),
        }
    }
}

/// When a mail came, as far as its source can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Received {
    /// The mailbox's server says so (IMAP INTERNALDATE), or the person who asks.
    At(Timestamp),
    /// A file's time: the topmost `Received` is better, then `Date`.
    File(Timestamp),
}

impl Received {
    /// The instant by which the windows judge.
    pub fn resolve(self, message: &Message) -> Timestamp {
        match self {
            Received::At(at) => at,
            Received::File(at) => message.received.or(message.date).unwrap_or(at),
        }
    }

    /// What every clock says, and which of them counts.
    pub fn clocks(self, message: &Message) -> Clocks {
        let (source, internaldate) = match self {
            Received::At(at) => (ClockSource::Internaldate, Some(at)),
            Received::File(_) if message.received.is_some() => (ClockSource::Received, None),
            Received::File(_) if message.date.is_some() => (ClockSource::Date, None),
            Received::File(_) => (ClockSource::File, None),
        };
        Clocks { source, internaldate, received: message.received, date: message.date }
    }
}

/// Whether all of a mail was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its header only: it is larger than `limits.message_bytes`, and has this many bytes.
    HeaderOnly(u64),
}

/// What is known of a mail beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// When it came.
    pub received: Received,
    /// How much of it there is.
    pub extent: Extent,
    /// Whose `Authentication-Results` are believed.
    pub authserv_id: Option<String>,
    /// Passwords that the sender told in another mail.
    pub passwords: Vec<String>,
}

/// Reads one mail. Bytes that are given away are let go of before its files are opened: a large mail is not held
/// beside all that comes out of it.
pub fn read(raw: impl AsRef<[u8]>, arrival: &Arrival, setup: &Setup) -> Intake {
    let (parsed, intake) = structure(raw.as_ref(), arrival, setup);
    drop(raw);
    content(parsed, intake, arrival, setup)
}

/// The most characters of a mail's own text that are handed on.
const MOST_SAID: usize = 20_000;

/// What its header and its parts tell, before anything is looked into.
fn structure(raw: &[u8], arrival: &Arrival, setup: &Setup) -> (message::Parsed, Intake) {
    let parsed = message::read(raw, &setup.message_limits);
    let (received, extent) = (arrival.received.resolve(&parsed.message), arrival.extent);
    let thread = thread::of(raw, &parsed, arrival.authserv_id.as_deref(), setup);
    let intake = Intake {
        reading: Reading {
            message: summary(raw, &parsed.message, received, extent),
            kind: Kind::Inquiry,
            cases: Vec::new(),
            evidence: Vec::new(),
            defects: Vec::new(),
        },
        thread,
        traces: Vec::new(),
        files: Vec::new(),
        texts: Vec::new(),
        said: parsed.message.text.chars().take(MOST_SAID).collect(),
        stamp: None,
        quarantine: quarantine_before_reading(&parsed, extent),
        clocks: arrival.received.clocks(&parsed.message),
    };
    (parsed, intake)
}

/// What its text and its files hold.
fn content(mut parsed: message::Parsed, mut intake: Intake, arrival: &Arrival, setup: &Setup) -> Intake {
    let automatic = screen::automatic(&parsed, &setup.words);
    let passwords = [arrival.passwords.clone(), passwords(&parsed.message)].concat();
    let unpacked = unpack::unpack(&mut parsed.message.attachments, &passwords, &setup.unpack_limits);
    if let Some(kind) = automatic {
        intake.reading.kind = kind;
        intake.thread.report = delivery::report(&parsed, kind);
        forms::hold_marked(&parsed.message, &unpacked, setup, &mut intake);
    } else {
        let received = arrival.received.resolve(&parsed.message);
        forms::judge(&parsed.message, &unpacked, received, setup, &mut intake);
    }
    if intake.quarantine.is_none() {
        intake.quarantine = unpacked.exceeded.map(|limit| format!("超出处理上限：{limit}"));
    }
    // Classified matter stays in its raw mail alone.
    if !intake.reading.defects.iter().any(|defect| defect.code == DefectCode::MessageClassified) {
        keep(unpacked.files, &mut intake.files);
    }
    intake
}

fn quarantine_before_reading(parsed: &message::Parsed, extent: Extent) -> Option<String> {
    match (extent, parsed.exceeded, parsed.sealed) {
        (Extent::HeaderOnly(bytes), ..) => Some(format!("邮件大小 {bytes} 字节，超过上限，只读取了邮件头")),
        (Extent::Whole, Some(limit), _) => Some(format!("超出处理上限：{limit}")),
        (Extent::Whole, None, Some(by)) => Some(format!("邮件内容已加密（{by}），不能自动读取，请人工查看")),
        (Extent::Whole, None, None) => None,
    }
}

/// The passwords that the sender tells anywhere in the mail, 解压密码.txt beside the archive among it.
fn passwords(message: &Message) -> Vec<String> {
    let notes: Vec<String> = message.attachments.iter().filter_map(unpack::passwords::note).collect();
    let enclosed = message.enclosed.iter().map(|mail| mail.text.as_str());
    let names = message.attachments.iter().map(|attachment| attachment.name.as_str());
    unpack::passwords::told(
        [message.text.as_str(), message.subject.as_str()].into_iter().chain(names).chain(enclosed).chain(notes.iter().map(String::as_str)),
    )
}

fn summary(raw: &[u8], message: &Message, received: Timestamp, extent: Extent) -> MessageSummary {
    MessageSummary {
        message_id: message.message_id.clone(),
        from: message.from.clone(),
        subject: message.subject.clone(),
        received_at: time::rfc3339(received),
        bytes: match extent {
            Extent::Whole => raw.len() as u64,
            Extent::HeaderOnly(bytes) => bytes,
        },
        sha256: identity::sha256_hex(raw),
    }
}

/// Every distinct file, once.
fn keep(files: Vec<unpack::File>, kept: &mut Vec<StoredFile>) {
    for file in files {
        if !kept.iter().any(|known| known.sha256 == file.sha256) {
            kept.push(StoredFile { sha256: file.sha256, bytes: file.bytes.into() });
        }
    }
}

/// A defect that belongs to no single case.
fn of_the_mail(code: DefectCode, severity: Severity, message: impl Into<String>) -> Defect {
    check::defect(code, None, severity, message)
}
