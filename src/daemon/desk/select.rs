//! Selection at the desk: one person proposes what becomes of cases whose review is over, another confirms, the unit's letter
//! is written and waits to be looked at. For all of the cases that are named, or for none; shown before it is done.

use super::tell::{self, Told};
use super::{Desk, Posted, reading};
use crate::daemon::DaemonError;
use crate::model::audit::By;
use crate::model::outcome::Outcome;
use crate::model::reading::CaseStatus;
use crate::model::time;
use crate::store::{ActCase, Round, Selection, Transaction};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The first person's wish.
    Propose(Outcome),
    /// The second person's word for what waits.
    Confirm,
    /// An objection came in the public notice, at this instant.
    Object(&'a str, Timestamp),
    /// The unit is told what was decided, where no letter does.
    Tell,
}

/// What came of it for one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its number.
    pub name: String,
    /// 报送单位.
    pub unit: Option<String>,
    /// 案例题目.
    pub title: Option<String>,
    /// Where it stood.
    pub before: Option<Outcome>,
    /// Where it stands, or will when another confirms.
    pub after: Outcome,
    /// The first instant after the public notice that it opens.
    pub until: Option<Timestamp>,
    /// The letter to the unit.
    pub letters: Vec<Posted>,
    /// What else a person should know.
    pub remarks: Vec<String>,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotChosen {
    /// No such case.
    Unknown(String),
    /// It was taken back, sent back or joined to another.
    Gone(String, String),
    /// It looks classified.
    Classified(String),
    /// Its review is not over, or there was none, or nobody judged it.
    NotReviewed(String),
    /// This may not follow.
    State(String, Option<Outcome>, Outcome),
    /// It is to be made public first.
    NoticeFirst(String, u32),
    /// The rules know no public notice.
    NoNotice(String),
    /// Its public notice still runs, until this instant.
    Running(String, Timestamp),
    /// The table of working days ends before the notice would.
    NoWorkdays(String),
    /// Nothing waits to be confirmed.
    Nothing(String),
    /// Nothing was decided, or its unit was told already.
    Told(String),
    /// It takes another person.
    SamePerson(String),
    /// Coordinators are named in the roster, and this login is none of theirs.
    NotInRoster,
    /// It has changed since it was looked at.
    Changed,
}

type Outcomes<T> = Result<Result<T, NotChosen>, DaemonError>;

impl Desk {
    /// Does it; with nothing `shown` before, nothing of it stays.
    pub async fn choose(&self, cases: &[String], choice: Choice<'_>, by: &By, shown: Option<&[Chosen]>) -> Outcomes<Vec<Chosen>> {
        let mut tx = self.store.begin().await?;
        let (mut done, mut told) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for name in cases {
            let Some(case) = tx.act_case(name).await? else { return Ok(Err(NotChosen::Unknown(name.clone()))) };
            if !seen.insert(case.id) {
                continue;
            }
            let one = match self.choose_one(&case, choice, by, &mut tx).await? {
                Ok(one) => one,
                Err(why) => return Ok(Err(why)),
            };
            let errand = if matches!(choice, Choice::Confirm | Choice::Tell) { tell::errand(one.after) } else { None };
            if let Some((errand, reading)) = errand.zip(reading(&case, &mut tx).await?) {
                told.push(Told { at: done.len(), case, reading, errand });
            }
            done.push(one);
        }
        self.tell(told, &mut done, by, &mut tx).await?;
        match shown {
            None => tx.rollback().await?,
            Some(shown) if !same(shown, &done) => {
                tx.rollback().await?;
                return Ok(Err(NotChosen::Changed));
            }
            Some(_) => tx.commit().await?,
        }
        Ok(Ok(done))
    }

    async fn choose_one(&self, case: &ActCase, choice: Choice<'_>, by: &By, tx: &mut Transaction) -> Outcomes<Chosen> {
        let name = case.name();
        if matches!(CaseStatus::parse(&case.status), Some(CaseStatus::Merged | CaseStatus::Withdrawn | CaseStatus::Returned)) {
            return Ok(Err(NotChosen::Gone(name, case.status.clone())));
        }
        let Some(round) = closed_round(case, tx).await? else { return Ok(Err(NotChosen::NotReviewed(name))) };
        if round.cases.iter().any(|one| one.id == case.id && one.is_classified) {
            return Ok(Err(NotChosen::Classified(name)));
        }
        let before = tx.outcome(case.id).await?;
        let settled = reading(case, tx).await?;
        let mut chosen = Chosen {
            name: name.clone(),
            unit: settled.as_ref().and_then(|reading| reading.unit.clone()),
            title: settled.as_ref().and_then(|reading| reading.title.clone()),
            before,
            after: Outcome::Objected,
            until: None,
            letters: Vec::new(),
            remarks: Vec::new(),
        };
        match choice {
            Choice::Object(content, received) => {
                if !tx.object(case, content, received.as_millisecond(), by).await? {
                    return Ok(Err(NotChosen::State(name, before, Outcome::Objected)));
                }
            }
            Choice::Propose(outcome) => {
                if let Some(why) = self.hindrance(case, before, outcome, &round, tx).await? {
                    return Ok(Err(why));
                }
                if !tx.roster(&case.campaign).await?.may_confirm(by.actor.as_str()) {
                    return Ok(Err(NotChosen::NotInRoster));
                }
                if !tx.propose_outcome(case, &round.batch, outcome, by).await? {
                    return Ok(Err(NotChosen::Changed));
                }
                chosen.after = outcome;
            }
            Choice::Confirm => {
                let Some(wish) = tx.waiting_selection(case.id).await? else { return Ok(Err(NotChosen::Nothing(name))) };
                if let Some(why) = self.hindrance(case, before, wish.outcome, &round, tx).await? {
                    return Ok(Err(why));
                }
                if wish.outcome == Outcome::InNotice {
                    chosen.until = self.notice(round.rules.notice_working_days, by);
                    if chosen.until.is_none() {
                        return Ok(Err(NotChosen::NoWorkdays(name)));
                    }
                }
                match tx.confirm_outcome(case, chosen.until.map(Timestamp::as_millisecond), by).await? {
                    Selection::Confirmed(row) => chosen.after = row.outcome,
                    Selection::Nothing => return Ok(Err(NotChosen::Nothing(name))),
                    Selection::SamePerson => return Ok(Err(NotChosen::SamePerson(name))),
                    Selection::NotInRoster => return Ok(Err(NotChosen::NotInRoster)),
                    Selection::Overtaken(_) => return Ok(Err(NotChosen::State(name, before, wish.outcome))),
                }
                chosen.remarks.push(format!("由{}提出：{}", wish.actor, wish.reason));
                chosen.remarks.extend(tell::taken_back(case, by, tx).await?);
            }
            Choice::Tell => match tx.untold(case.id).await? {
                Some(outcome) => chosen.after = before.unwrap_or(outcome),
                None => return Ok(Err(NotChosen::Told(name))),
            },
        }
        Ok(Ok(chosen))
    }

    /// Why a case can't come there now.
    async fn hindrance(
        &self,
        case: &ActCase,
        before: Option<Outcome>,
        after: Outcome,
        round: &Round,
        tx: &mut Transaction,
    ) -> Result<Option<NotChosen>, DaemonError> {
        let (name, days) = (case.name(), round.rules.notice_working_days);
        // What came in is noted by `object`, and what was sent on by whoever sends it.
        if !after.may_follow(before) || matches!(after, Outcome::Objected | Outcome::Referred) {
            return Ok(Some(NotChosen::State(name, before, after)));
        }
        if after == Outcome::Proposed && !is_ranked(round, &name) {
            return Ok(Some(NotChosen::NotReviewed(name)));
        }
        if after == Outcome::InNotice && days == 0 {
            return Ok(Some(NotChosen::NoNotice(name)));
        }
        if after != Outcome::Selected || days == 0 {
            return Ok(None);
        }
        let until = tx.notice_until(case.id).await?.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Ok(match until {
            _ if before == Some(Outcome::Proposed) => Some(NotChosen::NoticeFirst(name, days)),
            None => Some(NotChosen::NoticeFirst(name, days)),
            Some(until) if self.clock.now() < until => Some(NotChosen::Running(name, until)),
            Some(_) => None,
        })
    }

    /// The first instant after so many working days that follow today.
    fn notice(&self, days: u32, by: &By) -> Option<Timestamp> {
        let today = time::local(Timestamp::from_millisecond(by.at_ms).ok()?).date();
        time::start_of(self.workdays.add_working_days(today, days)?.tomorrow().ok()?)
    }
}

/// The closed round in which a case was judged; the latest, where it was in several.
async fn closed_round(case: &ActCase, tx: &mut Transaction) -> Result<Option<Round>, DaemonError> {
    for batch in case.frozen.iter().rev() {
        if let Some(round) = tx.review(&case.campaign, batch).await?
            && round.closed_at.is_some()
            && round.cases.iter().any(|one| one.id == case.id)
        {
            return Ok(Some(round));
        }
    }
    Ok(None)
}

/// Whether somebody judged it: it has a rank in what came of the round.
fn is_ranked(round: &Round, number: &str) -> bool {
    let rows = round.result.as_ref().and_then(serde_json::Value::as_array);
    let is_own = |row: &&serde_json::Value| row.get("number").and_then(serde_json::Value::as_str) == Some(number);
    rows.and_then(|rows| rows.iter().find(is_own)).and_then(|row| row.get("rank")).is_some_and(|rank| !rank.is_null())
}

/// Whether the same comes of it as was shown, but for the instants.
fn same(shown: &[Chosen], done: &[Chosen]) -> bool {
    let plain = |all: &[Chosen]| -> Vec<Chosen> {
        all.iter().map(|one| Chosen { letters: one.letters.iter().map(Posted::undated).collect(), ..one.clone() }).collect()
    };
    plain(shown) == plain(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_judged_has_no_rank() {
        let mut round = Round { campaign: "2023".into(), batch: "2023-H1".into(), ..Round::default() };
        assert!(!is_ranked(&round, "A-1"));
        round.result = Some(serde_json::json!([{"number": "A-1", "rank": 1}, {"number": "A-2", "rank": null}]));
        assert!(is_ranked(&round, "A-1") && !is_ranked(&round, "A-2") && !is_ranked(&round, "A-3"));
    }
}
