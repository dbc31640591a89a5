//! The rows of the lists, with the contract's keys.
//!
//! A key means what it means in `inspect --format jsonl`: `from` is a name and an address, `defects` are
//! objects. Instants are RFC 3339 in +08:00.

use super::{
    Result, from_i64,
    list::{RECORD, UNIT},
    rfc3339,
};
use crate::model::address::Address;
use crate::model::reading::WindowPlace;
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

/// The row that is meant by a number without a zero before it; no row is below 1.
pub(super) fn id(typed: &str) -> i64 {
    if typed.starts_with('0') { -1 } else { typed.parse().unwrap_or(-1) }
}

/// A mail of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct MessageRow {
    pub id: i64,
    pub mailbox: String,
    /// Its latest UID; none in a folder of files.
    pub uid: Option<i64>,
    pub sha256: Option<String>,
    pub message_id: Option<String>,
    pub from: Address,
    pub subject: String,
    pub received_at: String,
    /// By which clock: `internaldate`, `received`, `date` or `file`; empty where it was not read.
    pub received_source: String,
    pub bytes: u64,
    pub kind: Option<String>,
    pub disposition: Option<String>,
    /// Why, in a sentence.
    pub because: String,
    pub duplicate_of: Option<i64>,
    /// Whether it looks classified; then its words are for nobody who doesn't ask for them.
    pub classified: bool,
    pub case_numbers: Vec<String>,
    /// Whether a person has answered it.
    pub answered: bool,
    pub attempts: u32,
    pub last_error: Option<String>,
    pub campaign: String,
}

/// A case as its latest revision has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct CaseRow {
    pub id: i64,
    pub number: Option<String>,
    pub status: String,
    pub title: Option<String>,
    pub unit: Option<String>,
    pub region: Option<String>,
    pub channel: String,
    pub categories: Vec<String>,
    pub focus_areas: Vec<String>,
    pub month: Option<String>,
    pub batch: Option<String>,
    pub late: bool,
    pub revision: u32,
    pub received_at: String,
    pub seal: String,
    pub defects: Vec<DefectRow>,
    pub outcome: Option<String>,
    /// Of a possible revision: the case that may be meant.
    pub possibly_of: Option<String>,
    /// Of a merged case: the number of the one that it is part of.
    pub merged_into: Option<String>,
    pub opener: String,
    pub campaign: String,
}

/// A defect, as in the JSON of `inspect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct DefectRow {
    pub code: String,
    pub field: Option<String>,
    pub severity: String,
    pub message: String,
}

/// A mail of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the contract's")]
pub struct OutboxRow {
    pub id: i64,
    pub kind: String,
    pub to: String,
    pub subject: String,
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub state: String,
    pub attempts: u32,
    /// None where it doesn't go out by itself.
    pub next_attempt_at: Option<String>,
    /// The first case that it tells about.
    pub case_number: Option<String>,
    pub case_numbers: Vec<String>,
    pub last_error: Option<String>,
    /// The server's words when it took it.
    pub answer: Option<String>,
    pub created_at: String,
    pub sent_at: Option<String>,
    /// The row of the mail that it answers.
    pub source_message: Option<i64>,
    pub campaign: String,
}

/// Where a case stands, from `month`, `batch` and `late`.
pub(super) fn place(row: &AnyRow) -> Result<WindowPlace> {
    Ok(WindowPlace { month: row.try_get("month")?, batch: row.try_get("batch")?, late: row.try_get::<i64, _>("late")? != 0 })
}

pub(super) fn read_message(row: &AnyRow) -> Result<MessageRow> {
    Ok(MessageRow {
        id: row.try_get("id")?,
        mailbox: row.try_get("mailbox")?,
        uid: row.try_get("uid")?,
        sha256: row.try_get("sha256")?,
        message_id: row.try_get("message_id")?,
        from: Address { name: row.try_get("from_name")?, address: row.try_get("from_address")? },
        subject: row.try_get("subject")?,
        received_at: rfc3339(row.try_get("received_ms")?),
        received_source: row.try_get("received_source")?,
        bytes: from_i64(row.try_get("bytes")?),
        kind: row.try_get("kind")?,
        disposition: row.try_get("disposition")?,
        because: row.try_get("because")?,
        duplicate_of: row.try_get("duplicate_of")?,
        classified: row.try_get::<i64, _>("classified")? == 1,
        case_numbers: gathered(row, "case_numbers")?,
        answered: row.try_get::<i64, _>("answered")? == 1,
        attempts: from_i64(row.try_get("attempts")?),
        last_error: row.try_get("last_error")?,
        campaign: row.try_get("campaign")?,
    })
}

pub(super) fn read_case(row: &AnyRow) -> Result<CaseRow> {
    Ok(CaseRow {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        status: row.try_get("status")?,
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        region: row.try_get("region")?,
        channel: row.try_get("channel")?,
        categories: gathered(row, "categories")?,
        focus_areas: gathered(row, "focus_areas")?,
        month: row.try_get("month")?,
        batch: row.try_get("batch")?,
        late: row.try_get::<i64, _>("late")? == 1,
        revision: from_i64(row.try_get("revision")?),
        received_at: rfc3339(row.try_get("received_ms")?),
        seal: row.try_get("seal")?,
        defects: gathered_defects(row)?,
        outcome: row.try_get("outcome")?,
        possibly_of: row.try_get("possibly_of")?,
        merged_into: row.try_get("merged_into")?,
        opener: row.try_get("opener")?,
        campaign: row.try_get("campaign")?,
    })
}

pub(super) fn read_outbox(row: &AnyRow) -> Result<OutboxRow> {
    let state: String = row.try_get("state")?;
    let case_numbers = gathered(row, "case_numbers")?;
    let next_attempt_ms: i64 = row.try_get("next_attempt_ms")?;
    Ok(OutboxRow {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        to: row.try_get("to_address")?,
        subject: row.try_get("subject")?,
        message_id: row.try_get("message_id")?,
        in_reply_to: row.try_get("in_reply_to")?,
        attempts: from_i64(row.try_get("attempts")?),
        next_attempt_at: (state == "queued").then(|| rfc3339(next_attempt_ms)),
        state,
        case_number: case_numbers.first().cloned(),
        case_numbers,
        last_error: row.try_get("last_error")?,
        answer: row.try_get("answer")?,
        created_at: rfc3339(row.try_get("created_ms")?),
        sent_at: row.try_get::<Option<i64>, _>("sent_ms")?.map(rfc3339),
        source_message: row.try_get("source_message")?,
        campaign: row.try_get("campaign")?,
    })
}

pub(super) fn read_defect(row: &AnyRow) -> Result<DefectRow> {
    Ok(DefectRow {
        code: row.try_get("code")?,
        field: row.try_get("field")?,
        severity: row.try_get("severity")?,
        message: row.try_get("sentence")?,
    })
}

/// Keys and numbers, which hold no `;`.
fn gathered(row: &AnyRow, column: &str) -> Result<Vec<String>> {
    let joined: Option<String> = row.try_get(column)?;
    Ok(joined.iter().flat_map(|joined| joined.split(';')).map(str::to_owned).collect())
}

fn gathered_defects(row: &AnyRow) -> Result<Vec<DefectRow>> {
    let joined: Option<String> = row.try_get("defects")?;
    let defect = |item: &str| {
        let mut values = item.splitn(4, UNIT).map(str::to_owned);
        let mut next = || values.next().unwrap_or_default();
        DefectRow { code: next(), field: Some(next()).filter(|field| !field.is_empty()), severity: next(), message: next() }
    };
    Ok(joined.iter().flat_map(|joined| joined.split(RECORD)).map(defect).collect())
}
