//! What people do at the desk, as one transaction for all the cases that are named: the act itself, what follows from it
//! for state and window, the letter that goes to the unit, and the entry in the audit log.
//!
//! An act is shown before it is done: it is done in a transaction that is rolled back, and what came of it is the
//! preview. So nothing is told that wouldn't happen, and what changed in between is noticed.

mod add;
mod answer;
mod consent;
mod letter;
mod refer;
mod select;
mod tell;

pub use add::{BY_HAND, Entered};
pub use answer::Answering;
pub use consent::Consenting;
pub use letter::Posted;
pub use refer::{Done as ReferralDone, NoReferral, Referring};
pub use select::{Choice, Chosen, NotChosen};

use super::DaemonError;
use crate::clock::Clock;
use crate::config::{CampaignFile, Config};
use crate::intake::correction::{self, Arrived};
use crate::intake::schedule::Office;
use crate::model::audit::{Act, By};
use crate::model::difference::{self, Difference};
use crate::model::reading::{CaseReading, CaseStatus, WindowPlace};
use crate::model::ruling::Field;
use crate::model::workdays::Workdays;
use crate::store::{ActCase, Store, Transaction};
use jiff::Timestamp;
use letter::Errand;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Acts for people.
#[derive(Debug)]
pub struct Desk {
    /// The records.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Modes of replies, hours and periods.
    pub config: Arc<Config>,
    /// The campaigns that mailboxes name.
    pub campaigns: Vec<Arc<CampaignFile>>,
    /// Holidays and make-up days.
    pub workdays: Arc<Workdays>,
    /// What our Message-IDs are minted with.
    pub key: String,
}

/// What is done with a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// What it says is settled.
    Settle(Vec<(Field, Value)>),
    /// What was settled is taken back.
    Revert(Vec<Field>),
    /// 退回: with the reason, which the unit is told.
    Return,
    /// 撤回, as the unit wishes.
    Withdraw,
    /// A remark.
    Note(String),
    /// 承办人; empty: nobody any more.
    Assign(String),
}

/// Whether it is only looked at.
#[derive(Debug, Clone, Copy)]
pub enum Intent<'a> {
    /// Nothing stays.
    Shown,
    /// It is done, if this still comes of it.
    Meant(&'a [Done]),
}

/// What came of an act for one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its number, or its row.
    pub name: String,
    /// 报送单位.
    pub unit: Option<String>,
    /// 案例题目.
    pub title: Option<String>,
    /// What it says otherwise from now on.
    pub changes: Vec<Difference>,
    /// Its state before and after.
    pub status: (String, String),
    /// Where it stood and stands.
    pub place: (WindowPlace, WindowPlace),
    /// Who handled it before.
    pub handler: String,
    /// The letters that go.
    pub letters: Vec<Posted>,
    /// What else a person should know.
    pub remarks: Vec<String>,
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such case.
    Unknown(String),
    /// The case has a state in which this can't be done.
    State(String, String),
    /// It has no number yet: a person merges or separates it first.
    NotYet(String),
    /// It changes nothing.
    Nothing(String),
    /// The case has changed since it was looked at.
    Changed,
}

impl Desk {
    /// Does it for all of the cases, or for none.
    pub async fn act(&self, cases: &[String], deed: &Deed, by: &By, intent: Intent<'_>) -> Result<Result<Vec<Done>, Refusal>, DaemonError> {
        let mut tx = self.store.begin().await?;
        let mut done = Vec::new();
        let mut seen = BTreeSet::new();
        for name in cases {
            let Some(case) = tx.act_case(name).await? else { return Ok(Err(Refusal::Unknown(name.clone()))) };
            if !seen.insert(case.id) {
                continue;
            }
            if let Some(why) = refused(&case, deed) {
                return Ok(Err(why));
            }
            match self.one(&case, deed, by, &mut tx).await? {
                Some(one) => done.push(one),
                None => return Ok(Err(Refusal::Nothing(case.name()))),
            }
        }
        match intent {
            Intent::Shown => tx.rollback().await?,
            Intent::Meant(shown) if !same(shown, &done) => {
                tx.rollback().await?;
                return Ok(Err(Refusal::Changed));
            }
            Intent::Meant(_) => tx.commit().await?,
        }
        Ok(Ok(done))
    }

    async fn one(&self, case: &ActCase, deed: &Deed, by: &By, tx: &mut Transaction) -> Result<Option<Done>, DaemonError> {
        let before = reading(case, tx).await?;
        if !apply(case, deed, by, tx).await? {
            return Ok(None);
        }
        if let (Some(before), Some(after)) = (&before, reading(case, tx).await?) {
            self.place_anew(case, before, &after, tx).await?;
        }
        let now = tx.act_case(&case.id.to_string()).await?.unwrap_or_else(|| case.clone());
        let after = reading(case, tx).await?;
        let changes = before.iter().zip(&after).flat_map(|(before, after)| difference::between(before, after)).collect();
        let mut done = Done {
            name: case.name(),
            unit: after.as_ref().and_then(|after| after.unit.clone()),
            title: after.as_ref().and_then(|after| after.title.clone()),
            changes,
            status: (case.status.clone(), now.status.clone()),
            place: (case.place.clone(), now.place.clone()),
            handler: case.handler.clone(),
            letters: Vec::new(),
            remarks: remarks(case),
        };
        if let Some(after) = &after {
            self.follow(case, &now, after, deed, by, &mut done, tx).await?;
        }
        Ok(Some(done))
    }

    /// A case that a person finds complete after all, or not, stands where it would stand if the program had found so.
    async fn place_anew(&self, case: &ActCase, before: &CaseReading, after: &CaseReading, tx: &mut Transaction) -> Result<(), DaemonError> {
        let is_complete = !after.lacks_something();
        if case.revision == 1 || before.lacks_something() != is_complete {
            return Ok(());
        }
        let Some(file) = self.campaign(&case.campaign) else { return Ok(()) };
        let received = Timestamp::from_millisecond(case.received_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let course = tx.course_before(case).await?;
        let placement = correction::placed(&course, Arrived { received, is_complete }, &file.campaign.calendar, &self.office());
        Ok(tx.set_placement(case, &placement).await?)
    }

    /// What follows for the unit: what waits to be asked about it is taken back, and it is told.
    #[expect(clippy::too_many_arguments, reason = "the case before and after, and what was done with it")]
    async fn follow(
        &self,
        case: &ActCase,
        now: &ActCase,
        after: &CaseReading,
        deed: &Deed,
        by: &By,
        done: &mut Done,
        tx: &mut Transaction,
    ) -> Result<(), DaemonError> {
        let waits = tx.is_request_waiting(case.id).await?;
        let status = |case: &ActCase| CaseStatus::parse(&case.status);
        let errand = match (deed, status(case), status(now)) {
            (Deed::Note(_) | Deed::Assign(_), ..) => return Ok(()),
            (Deed::Return, ..) => Some(Errand::Returned(&by.reason)),
            (Deed::Withdraw, ..) => None,
            (_, Some(CaseStatus::NeedsCorrection), Some(CaseStatus::Accepted)) => Some(Errand::Acknowledgement),
            (_, Some(CaseStatus::Accepted), Some(CaseStatus::NeedsCorrection)) => Some(Errand::Correction),
            (_, Some(CaseStatus::NeedsCorrection), Some(CaseStatus::NeedsCorrection)) if waits => Some(Errand::Correction),
            _ if case.status != now.status => {
                done.remarks.push("不发信：状态的变化请视情况告知单位".into());
                None
            }
            _ => return Ok(()),
        };
        if matches!(status(now), Some(CaseStatus::Withdrawn | CaseStatus::Returned)) {
            done.remarks.extend(tell::taken_back(case, by, tx).await?);
        }
        tx.asks_no_more(case.id, by.at_ms).await?;
        if now.status != CaseStatus::NeedsCorrection.as_str() {
            tx.withdraw_reminders(case.id, by.at_ms).await?;
        }
        let Some(errand) = errand else { return Ok(()) };
        match self.post((now, after), errand, by, tx).await? {
            Ok(posted) => done.letters.push(posted),
            Err(why) => done.remarks.push(why.to_owned()),
        }
        Ok(())
    }

    fn campaign(&self, id: &str) -> Option<&Arc<CampaignFile>> {
        self.campaigns.iter().find(|file| file.campaign.id == id)
    }

    fn office(&self) -> Office<'_> {
        Office::of(&self.config, &self.workdays)
    }
}

/// False where nothing is changed by it.
async fn apply(case: &ActCase, deed: &Deed, by: &By, tx: &mut Transaction) -> Result<bool, DaemonError> {
    let subject = format!("case/{}", case.name());
    match deed {
        Deed::Settle(values) => {
            for (field, value) in values {
                tx.settle_field(case, *field, value, by).await?;
            }
            let told: serde_json::Map<String, Value> =
                values.iter().map(|(field, value)| (field.as_str().to_owned(), told(*field, value))).collect();
            tx.audit(by.entry(Act::CaseEdited, subject, json!({"revision": case.revision, "values": told})));
        }
        Deed::Revert(fields) => {
            let mut reverted = Vec::new();
            for field in fields {
                if tx.revert_field(case, *field).await? {
                    reverted.push(field.as_str());
                }
            }
            if reverted.is_empty() {
                return Ok(false);
            }
            tx.audit(by.entry(Act::CaseReverted, subject, json!({"revision": case.revision, "fields": reverted})));
        }
        Deed::Return => {
            tx.settle_field(case, Field::Status, &json!(CaseStatus::Returned), by).await?;
            tx.audit(by.entry(Act::CaseReturned, subject, json!({"revision": case.revision, "before": case.status})));
        }
        Deed::Withdraw => {
            tx.settle_field(case, Field::Status, &json!(CaseStatus::Withdrawn), by).await?;
            tx.audit(by.entry(Act::CaseWithdrawn, subject, json!({"revision": case.revision, "before": case.status})));
        }
        Deed::Note(note) => tx.note_case(case, note, by).await?,
        Deed::Assign(handler) if *handler == case.handler => return Ok(false),
        Deed::Assign(handler) => tx.assign_case(case, handler, by).await?,
    }
    Ok(true)
}

/// A value as the log may hold it: no words of mails, no names, no numbers.
fn told(field: Field, value: &Value) -> Value {
    match field {
        Field::Region | Field::Channel | Field::Categories | Field::FocusAreas | Field::Seal | Field::Status => value.clone(),
        Field::Introduction => json!({"words": value.get("words")}),
        Field::Title | Field::Unit | Field::CategoryOther | Field::ContactName | Field::Phones | Field::Opinion => Value::Null,
    }
}

fn refused(case: &ActCase, deed: &Deed) -> Option<Refusal> {
    let state = || Some(Refusal::State(case.name(), case.status.clone()));
    match (deed, CaseStatus::parse(&case.status)) {
        (_, Some(CaseStatus::Merged)) => state(),
        (Deed::Return | Deed::Withdraw, _) if case.number.is_none() => Some(Refusal::NotYet(case.name())),
        (Deed::Return, Some(CaseStatus::Returned | CaseStatus::Withdrawn)) | (Deed::Withdraw, Some(CaseStatus::Withdrawn)) => state(),
        _ => None,
    }
}

fn remarks(case: &ActCase) -> Vec<String> {
    let frozen = case.frozen.iter().map(|window| format!("已计入冻结的批次 {window}：批次的清单不变"));
    frozen.collect()
}

async fn reading(case: &ActCase, tx: &mut Transaction) -> Result<Option<CaseReading>, DaemonError> {
    Ok(tx.settled_reading(case.id).await?.map(|(reading, _)| reading))
}

/// Whether the same comes of it as was shown, but for the instants.
fn same(shown: &[Done], done: &[Done]) -> bool {
    let plain = |all: &[Done]| -> Vec<Done> {
        let letters = |one: &Done| one.letters.iter().map(Posted::undated).collect();
        all.iter().map(|one| Done { letters: letters(one), ..one.clone() }).collect()
    };
    plain(shown) == plain(done)
}
