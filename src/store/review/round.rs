//! A round of review as the record has it.

use crate::model::reading::CaseStatus;
use crate::model::review::{Bar, ReviewRules, Reviewer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A round.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Round {
    /// Its campaign.
    pub campaign: String,
    /// Its frozen batch.
    pub batch: String,
    /// When it was opened.
    pub opened_at: String,
    /// By whom.
    pub actor: String,
    /// The rules as they were then.
    pub rules: ReviewRules,
    /// SHA-256 of the frozen batch's manifest.
    pub manifest_sha256: String,
    /// What the assignment follows from; none before it is made.
    pub seed: Option<String>,
    /// How many judge a case.
    pub per_case: Option<u32>,
    /// When it was assigned.
    pub assigned_at: Option<String>,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// By whom.
    pub closed_by: Option<String>,
    /// The ranking, once it is closed.
    pub result: Option<Value>,
    /// The reviewers, by code.
    pub members: Vec<Reviewer>,
    /// The cases, by number.
    pub cases: Vec<RoundCase>,
    /// Who doesn't judge what.
    pub bars: Vec<BarRow>,
    /// Who judges what: the case's row and the reviewer's code.
    pub tasks: Vec<(i64, String)>,
    /// What was judged of that.
    pub scored: Vec<(i64, String)>,
    /// Who withdrew after the assignment, in the order in which it was noted.
    pub recusals: Vec<Recusal>,
    /// The cases that were assigned and are judged no more, by number; once the round is closed, those of then.
    pub left_out: Vec<LeftOut>,
    /// What else is left out of what reviewers read.
    pub masks: Vec<String>,
}

/// A case of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundCase {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The revision that is judged.
    pub revision: u32,
    /// What reviewers see instead of the number.
    pub code: Option<String>,
    /// Its state now.
    pub status: String,
    /// What selection made of it.
    pub outcome: Option<String>,
    /// Whether the mail that brought what is judged looks classified by now.
    pub is_classified: bool,
}

impl RoundCase {
    /// Whether it was taken back, sent back, joined to another or classified since: then it is judged no more.
    pub fn is_out(&self) -> bool {
        let status = CaseStatus::parse(&self.status);
        self.is_classified
            || matches!(status, Some(CaseStatus::Merged | CaseStatus::Withdrawn | CaseStatus::Returned | CaseStatus::PossibleRevision))
    }
}

/// Why somebody doesn't judge a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarRow {
    /// The case's row.
    pub case: i64,
    /// The reviewer's code.
    pub reviewer: String,
    /// Why.
    pub bar: Bar,
    /// What was said; empty where names told.
    pub reason: String,
}

/// A round as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys speak for themselves")]
pub struct RoundRow {
    pub batch: String,
    pub campaign: String,
    /// `open`, `assigned` or `closed`.
    pub state: String,
    pub cases: u64,
    pub reviewers: u64,
    pub tasks: u64,
    pub scored: u64,
    pub opened_at: String,
    pub closed_at: Option<String>,
}

/// Who is asked to judge, with the bars that names tell.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The reviewer.
    pub reviewer: &'a Reviewer,
    /// The rows of cases that the reviewer doesn't judge.
    pub bars: &'a [(i64, Bar)],
}

/// Somebody withdrew after the assignment, and somebody else took over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recusal {
    /// The case's row.
    pub case: i64,
    /// Who withdrew.
    pub reviewer: String,
    /// Who judges instead; none where it wasn't assigned, or was judged no more.
    pub instead: Option<String>,
    /// The cases that were judged no more by then: their numbers.
    pub without: Vec<String>,
    /// Why.
    pub reason: String,
    /// By whom it was noted.
    pub actor: String,
    /// When.
    pub at: String,
}

/// A case that was assigned and is judged no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its number.
    pub number: String,
    /// What reviewers saw instead.
    pub code: String,
    /// `withdrawn`, `returned`, `merged`, `possible_revision` or `classified`.
    pub why: String,
    /// Since when; none where nobody noted it.
    pub at: Option<String>,
}
