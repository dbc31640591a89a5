//! What the assignment became: who judges which case, who withdrew and what is judged no more, for the minutes and for
//! `review show`.

use crate::cli::output::Field;
use crate::cli::words;
use crate::review::minutes::{Change, in_order};
use crate::store::Round;
use serde::Serialize;

/// Who judges a case.
#[derive(Debug, Serialize)]
pub(super) struct AssignedRow {
    pub case_number: String,
    pub code: String,
    pub reviewers: Vec<String>,
}

type AssignedKey = Field<AssignedRow>;
type ChangeKey = Field<Change>;

pub(super) const ASSIGNED: &[AssignedKey] = &[
    AssignedKey::new("case_number", "案例编号", |row| row.case_number.clone()).shown(0),
    AssignedKey::new("code", "评审代号", |row| row.code.clone()).shown(0),
    AssignedKey::new("reviewers", "评审专家", |row| row.reviewers.join("、")).shown(0),
];

pub(super) const CHANGES: &[ChangeKey] = &[
    ChangeKey::new("at", "时间", |row| row.at.as_deref().map(words::minute).unwrap_or_default()).shown(0),
    ChangeKey::new("what", "事项", |row| row.label().to_owned()).shown(0),
    ChangeKey::new("case_number", "案例编号", |row| row.case_number.clone()).shown(0),
    ChangeKey::new("reviewer", "专家", |row| row.reviewer.clone().unwrap_or_default()).shown(0),
    ChangeKey::new("instead", "补派", |row| row.instead.clone().unwrap_or_default()).shown(0),
    ChangeKey::new("reason", "说明", Change::note).shown(1).elastic(12),
    ChangeKey::new("without", "已不参加的", |row| row.without.join("、")),
];

/// The cases that were assigned, by number, those that are judged no more among them.
pub(super) fn assigned(round: &Round) -> Vec<AssignedRow> {
    let reviewers = |id: i64| round.tasks.iter().filter(|(case, _)| *case == id).map(|(_, reviewer)| reviewer.clone()).collect();
    let row = |case: &crate::store::RoundCase| {
        let code = case.code.clone()?;
        Some(AssignedRow { case_number: case.number.clone(), code, reviewers: reviewers(case.id) })
    };
    round.cases.iter().filter_map(row).collect()
}

/// What happened after the assignment, in its order.
pub(super) fn changes(round: &Round) -> Vec<Change> {
    let number = |id: i64| round.cases.iter().find(|case| case.id == id).map(|case| case.number.clone()).unwrap_or_default();
    let recused = round.recusals.iter().map(|recusal| Change {
        at: Some(recusal.at.clone()),
        what: "recused".into(),
        case_number: number(recusal.case),
        reviewer: Some(recusal.reviewer.clone()),
        instead: recusal.instead.clone(),
        without: recusal.without.clone(),
        reason: recusal.reason.clone(),
    });
    let left = round.left_out.iter().map(|left| Change {
        at: left.at.clone(),
        what: left.why.clone(),
        case_number: left.number.clone(),
        reviewer: None,
        instead: None,
        without: Vec::new(),
        reason: String::new(),
    });
    in_order(recused.chain(left).collect())
}
