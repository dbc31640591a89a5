//! What a summary reply (汇总回执) says of one mail, as it was known when the mail was judged.

use crate::model::address::Address;
use crate::model::defect::{Defect, Severity};
use crate::model::reading::WindowPlace;
use serde::{Deserialize, Serialize};

/// One mail past the cap of its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryEntry {
    /// To whom.
    pub to: Address,
    /// When it was received, in unix milliseconds.
    pub received_ms: i64,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// Whether its sender is proven, or nobody asks: personal data may be told.
    pub is_proven: bool,
    /// Names and numbers that are hidden otherwise.
    pub personal: Vec<String>,
    /// Its cases; none of a possible revision, of which nothing is told.
    pub cases: Vec<SummaryCase>,
    /// What belongs to no single case.
    pub defects: Vec<Defect>,
    /// Files that belong to no single case.
    pub files: Vec<SummaryFile>,
    /// Whether no form came with it.
    pub lacks_form: bool,
}

/// A case of that mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryCase {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: Option<String>,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// Where it is placed.
    pub place: WindowPlace,
    /// What was found.
    pub defects: Vec<Defect>,
    /// Its files.
    pub files: Vec<SummaryFile>,
    /// Whether it still keeps that place when it is corrected in time.
    #[serde(default = "kept")]
    pub keeps_place: bool,
}

fn kept() -> bool {
    true
}

/// A file that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryFile {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

impl SummaryEntry {
    /// Whether the unit is asked for anything.
    pub fn asks(&self) -> bool {
        self.lacks_form || self.cases.iter().any(SummaryCase::asks) || asks(&self.defects)
    }
}

impl SummaryCase {
    /// Whether the unit is asked to correct it.
    pub fn asks(&self) -> bool {
        asks(&self.defects)
    }
}

fn asks(defects: &[Defect]) -> bool {
    defects.iter().any(|defect| defect.severity == Severity::Correct)
}

/// Takes the defects off every case that a later mail brings again, so that only what stands last is asked for.
/// The result tells for each mail and case which mail that is, from 1.
pub fn overtaken(entries: &mut [SummaryEntry]) -> Vec<Vec<Option<u32>>> {
    let ids: Vec<Vec<i64>> = entries.iter().map(|entry| entry.cases.iter().map(|case| case.id).collect()).collect();
    let later = |at: usize, id: i64| {
        let found = ids.iter().rposition(|cases| cases.contains(&id)).filter(|later| *later > at);
        found.and_then(|later| u32::try_from(later + 1).ok())
    };
    let told: Vec<Vec<Option<u32>>> = ids.iter().enumerate().map(|(at, cases)| cases.iter().map(|id| later(at, *id)).collect()).collect();
    for (entry, told) in entries.iter_mut().zip(&told) {
        for (case, _) in entry.cases.iter_mut().zip(told).filter(|(_, later)| later.is_some()) {
            case.defects.clear();
        }
    }
    told
}
