//! What reports are made of: each case as it stood at an instant, and what else waits for a person.
//!
//! The record gives these facts, [`crate::report`] counts and words them. Nothing here is rendered.

use super::placement::Request;
use super::reading::{CaseStatus, Contact};
use jiff::Timestamp;
use serde::Serialize;

/// One case as it stood at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    /// Its row.
    pub id: i64,
    /// Its number; none of a possible revision.
    pub number: Option<String>,
    /// Its state then.
    pub status: CaseStatus,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// A region's full name, `province`, or nothing.
    pub region: Option<String>,
    /// `direct` or `local`.
    pub channel: String,
    /// Keys of categories, in the form's order.
    pub categories: Vec<String>,
    /// Keys of focus areas.
    pub focus_areas: Vec<String>,
    /// `2023-06`.
    pub month: Option<String>,
    /// `2023-H1`.
    pub batch: Option<String>,
    /// When its first form was received.
    pub opened: Timestamp,
    /// When the form that counted then was received.
    pub revised: Timestamp,
    /// Which revision that was.
    pub revision: u32,
    /// What the unit has to mend.
    pub corrections: Vec<String>,
    /// What a coordinator has to look at.
    pub checks: Vec<String>,
    /// What asked the unit to correct it, in the order of sending.
    pub requests: Vec<Request>,
    /// Who is asked.
    pub contact: Contact,
    /// Of a possible revision: the number of the case that may be meant.
    pub possibly_of: Option<String>,
    /// What people filled into the ledger.
    pub desk: DeskEntry,
}

/// What people fill into the ledger beside a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeskEntry {
    /// 处理意见.
    pub opinion: String,
    /// 承办人.
    pub handler: String,
    /// 备注.
    pub remark: String,
}

impl DeskEntry {
    /// The columns of the ledger that people fill in, with their keys in the record.
    pub const FIELDS: [(&'static str, &'static str); 3] = [("opinion", "处理意见"), ("handler", "承办人"), ("remark", "备注")];

    /// A field by its key.
    pub fn get(&self, field: &str) -> &str {
        match field {
            "opinion" => &self.opinion,
            "handler" => &self.handler,
            "remark" => &self.remark,
            _ => "",
        }
    }

    /// Sets a field by its key.
    pub fn set(&mut self, field: &str, value: String) {
        match field {
            "opinion" => self.opinion = value,
            "handler" => self.handler = value,
            "remark" => self.remark = value,
            _ => {}
        }
    }
}

/// What waits beside the cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskFacts {
    /// When the latest mail was received that a person sent.
    pub last_received: Option<Timestamp>,
    /// Mails in quarantine that nobody has seen to.
    pub quarantined: u64,
    /// Mails of ours that could not be delivered, or of which nobody knows.
    pub undelivered: Vec<Undelivered>,
    /// Mails of ours that wait for a person to release them.
    pub held: u64,
    /// Questions that came within the period and that nobody has answered from here.
    pub inquiries: u64,
}

/// A mail of ours that did not reach its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Its kind.
    pub kind: String,
    /// The case that it tells about.
    pub number: Option<String>,
    /// That case's unit.
    pub unit: Option<String>,
    /// That case's region.
    pub region: Option<String>,
}

/// Who wrote, was told how to apply, and has no case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its display name, if any.
    pub name: Option<String>,
    /// Its address.
    pub address: String,
    /// When it wrote last.
    pub last: Timestamp,
}
