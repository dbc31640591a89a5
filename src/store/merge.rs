//! 并案 and 分立: what a coordinator makes of a possible revision, or of two cases that are one.
//!
//! A merged case keeps its row and its number, and its revisions go on as revisions of the other one with their
//! mails, defects and files: nothing of either history is lost.

use super::names::row_of;
use super::{CaseEntry, Result, Store, StoreError, Transaction, from_i64};
use crate::model::audit::{Act, By};
use crate::model::placement::{Course, Placement};
use crate::model::reading::{CaseReading, CaseStatus};
use serde_json::json;
use sqlx::{Row, any::AnyRow};

/// A case as far as merging needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mergeable {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// Its state.
    pub status: String,
    /// When its latest form was received, in unix milliseconds.
    pub received_ms: i64,
    /// What its latest form says.
    pub reading: CaseReading,
    campaign: String,
    campaign_sha256: String,
    possibly_of: Option<i64>,
}

/// What merging would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePlan {
    /// The case that goes.
    pub source: Mergeable,
    /// The case that stays.
    pub target: Mergeable,
    /// How that one went so far.
    pub course: Course,
}

impl MergePlan {
    /// Whether the source's form is the newer one, which then counts.
    pub fn source_counts(&self) -> bool {
        self.source.received_ms > self.target.received_ms
    }
}

/// Why two cases can't be merged, or one can't be separated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMerge {
    /// No such case.
    Unknown(String),
    /// It waits for no decision: it has this state.
    State(String),
    /// It names no other case, and none was named.
    NoTarget,
    /// Both are the same case.
    Same,
    /// They belong to two campaigns.
    Campaign,
    /// A frozen batch counts it.
    Frozen(String),
}

impl Store {
    /// Looks at what merging would do and changes nothing. Without `into` it is the case that may be meant.
    pub async fn merge_plan(&self, source: &str, into: Option<&str>) -> Result<std::result::Result<MergePlan, NoMerge>> {
        let mut tx = self.begin().await?;
        let plan = tx.merge_plan(source, into).await;
        tx.rollback().await?;
        plan
    }

    /// Merges as was planned. `placement` is where the case stands afterwards.
    pub async fn merge(
        &self,
        source: &str,
        into: Option<&str>,
        placement: &Placement,
        by: &By,
    ) -> Result<std::result::Result<(), NoMerge>> {
        let mut tx = self.begin().await?;
        let plan = match tx.merge_plan(source, into).await? {
            Ok(plan) => plan,
            Err(why) => return Ok(Err(why)),
        };
        tx.withdraw_outcome_letters(plan.source.id, by).await?;
        let last = tx.move_history(&plan).await?;
        if plan.source_counts() {
            tx.adopt(&plan, last, placement).await?;
        }
        let query = sqlx::query("UPDATE case_record SET status = 'merged', merged_into = $2 WHERE id = $1");
        query.bind(plan.source.id).bind(plan.target.id).execute(tx.connection()).await?;
        let name = |case: &Mergeable| format!("case/{}", case.number.clone().unwrap_or_else(|| case.id.to_string()));
        let detail = json!({"into": name(&plan.target), "source_counts": plan.source_counts(), "revision": last});
        tx.audit(by.entry(Act::CaseMerged, name(&plan.source), detail.clone()));
        tx.audit(by.entry(Act::CaseMerged, name(&plan.target), json!({"from": name(&plan.source), "source_counts": plan.source_counts()})));
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// A possible revision becomes a case of its own; the result is its number.
    pub async fn separate(&self, case: &str, prefix: &str, by: &By) -> Result<std::result::Result<String, NoMerge>> {
        let mut tx = self.begin().await?;
        let case = match tx.mergeable(case).await? {
            Some(case) if case.status == "possible_revision" => case,
            Some(case) => return Ok(Err(NoMerge::State(case.status))),
            None => return Ok(Err(NoMerge::Unknown(case.to_owned()))),
        };
        let number = tx.next_number(&case.campaign, prefix).await?;
        let query = sqlx::query("UPDATE case_record SET number = $2, status = $3, possibly_of = NULL WHERE id = $1");
        query.bind(case.id).bind(&number).bind(case.reading.status.as_str()).execute(tx.connection()).await?;
        tx.audit(by.entry(Act::CaseSeparated, format!("case/{number}"), json!({"row": case.id})));
        tx.commit().await?;
        Ok(Ok(number))
    }
}

impl Transaction {
    async fn merge_plan(&mut self, source: &str, into: Option<&str>) -> Result<std::result::Result<MergePlan, NoMerge>> {
        let Some(source_case) = self.mergeable(source).await? else { return Ok(Err(NoMerge::Unknown(source.to_owned()))) };
        let into = into.map(str::to_owned).or_else(|| source_case.possibly_of.map(|row| row.to_string()));
        let Some(into) = into else { return Ok(Err(NoMerge::NoTarget)) };
        let Some(target) = self.mergeable(&into).await? else { return Ok(Err(NoMerge::Unknown(into))) };
        if let Some(done) = [&source_case, &target].into_iter().find(|case| ["merged", "withdrawn"].contains(&case.status.as_str())) {
            return Ok(Err(NoMerge::State(done.status.clone())));
        }
        match () {
            () if source_case.id == target.id => return Ok(Err(NoMerge::Same)),
            () if source_case.campaign != target.campaign => return Ok(Err(NoMerge::Campaign)),
            () if target.number.is_none() => return Ok(Err(NoMerge::State(target.status))),
            () => {}
        }
        if let Some(window) = self.frozen_in(source_case.id).await? {
            return Ok(Err(NoMerge::Frozen(window)));
        }
        let course = self.course(target.id).await?;
        Ok(Ok(MergePlan { source: source_case, target, course }))
    }

    async fn mergeable(&mut self, case: &str) -> Result<Option<Mergeable>> {
        let query = sqlx::query(
            "SELECT c.id, c.number, c.title, c.unit, c.status, c.campaign, c.possibly_of, r.received_ms, r.reading, r.campaign_sha256
             FROM case_record c LEFT JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             WHERE c.number = $2 OR (c.id = $1 AND c.status <> 'merged')",
        );
        query.bind(row_of(case)).bind(case).fetch_optional(self.connection()).await?.map(|row| read(&row)).transpose().map(Option::flatten)
    }

    /// The source's revisions behind the target's, with all that hangs on them; the result is the number of the last.
    async fn move_history(&mut self, plan: &MergePlan) -> Result<u32> {
        let (source, target) = (plan.source.id, plan.target.id);
        let last: i64 =
            sqlx::query_scalar("SELECT MAX(revision) FROM revision WHERE case_id = $1").bind(target).fetch_one(self.connection()).await?;
        let counts: i64 =
            sqlx::query_scalar("SELECT revision FROM case_record WHERE id = $1").bind(source).fetch_one(self.connection()).await?;
        for statement in [
            "UPDATE revision SET case_id = $2, revision = revision + $3, origin = $1 WHERE case_id = $1",
            "UPDATE defect SET case_id = $2, revision = revision + $3 WHERE case_id = $1",
            "UPDATE evidence SET case_id = $2, revision = revision + $3 WHERE case_id = $1",
            "UPDATE superseded_reading SET case_id = $2, revision = revision + $3 WHERE case_id = $1",
        ] {
            sqlx::query(statement).bind(source).bind(target).bind(last).execute(self.connection()).await?;
        }
        // What answers a mail about the one is meant for the other from now on.
        let query = sqlx::query(
            "INSERT INTO outbox_case (outbox, case_id, asked_ms) SELECT outbox, $2, asked_ms FROM outbox_case WHERE case_id = $1
                 ON CONFLICT DO NOTHING",
        );
        query.bind(source).bind(target).execute(self.connection()).await?;
        Ok(from_i64(last + counts))
    }

    /// The merged form is what the case says from now on.
    async fn adopt(&mut self, plan: &MergePlan, revision: u32, placement: &Placement) -> Result<()> {
        let Some((reading, trace)) = self.reading_of(plan.target.id, revision).await? else { return Ok(()) };
        let entry = CaseEntry {
            campaign: &plan.source.campaign,
            campaign_sha256: &plan.source.campaign_sha256,
            message: 0,
            form_index: 0,
            sender: "",
            received_ms: plan.source.received_ms,
            reading: &reading,
            trace: &trace,
            place: &placement.place,
            placement: Some(placement),
            status: CaseStatus::of(&reading, &placement.place),
        };
        self.take_over(plan.target.id, revision, &entry).await
    }
}

fn read(row: &AnyRow) -> Result<Option<Mergeable>> {
    let Some(reading): Option<String> = row.try_get("reading")? else { return Ok(None) };
    Ok(Some(Mergeable {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        status: row.try_get("status")?,
        received_ms: row.try_get("received_ms")?,
        reading: serde_json::from_str(&reading).map_err(|source| StoreError::Row { what: "reading", source })?,
        campaign: row.try_get("campaign")?,
        campaign_sha256: row.try_get("campaign_sha256")?,
        possibly_of: row.try_get("possibly_of")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, testing::*};
    use super::*;
    use crate::model::placement::PlacementRule;

    /// A case, and beside it the same from a city's bureau with a later form.
    async fn beside(store: &Store) -> (i64, String, i64) {
        let (case, number) = open(store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let message = receive(store, 2, "b").await;
        let (reading, trace, place) = parts("某市计量院", "题目（修订）", "19900000001");
        let mut tx = store.begin().await.unwrap();
        let other = tx.add_possible_revision(case, &entry(message, &reading, &trace, &place)).await.unwrap();
        tx.commit().await.unwrap();
        (case, number, other)
    }

    #[tokio::test]
    async fn a_merged_case_keeps_both_histories_and_the_newer_form_counts() {
        let (_dir, store) = store().await;
        let (_, number, other) = beside(&store).await;
        let plan = store.merge_plan(&other.to_string(), None).await.unwrap().unwrap();
        assert!(plan.source_counts() && plan.target.number.as_ref() == Some(&number));
        let received = jiff::Timestamp::from_millisecond(2000).unwrap();
        let placement = Placement {
            place: plan.course.place.clone(),
            rule: PlacementRule::CompleteBefore,
            received,
            request_sent: None,
            deadline: None,
        };
        store.merge(&other.to_string(), None, &placement, &by(9).because("同一案例")).await.unwrap().unwrap();
        let detail = store.case_detail(&number).await.unwrap().unwrap();
        assert_eq!((detail.case.title.as_deref(), detail.case.revision, detail.revisions.len()), (Some("题目（修订）"), 2, 2));
        assert_eq!((detail.revisions[1].defects.len(), detail.evidence.len(), detail.messages.len()), (1, 2, 2));
        assert_eq!(detail.revisions[1].placement.as_ref().unwrap().rule, PlacementRule::CompleteBefore);
        let rows = store.list_cases(&Filter::default()).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["accepted", "merged"]);
        assert_eq!(rows[1].merged_into, Some(number.clone()));
        assert_eq!(store.merge_plan(&number, Some(&number)).await.unwrap(), Err(NoMerge::Same));
        assert!(store.merge_plan(&other.to_string(), None).await.unwrap().is_err(), "it is merged");
        let acts: Vec<_> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| (row.act, row.subject)).collect();
        assert!(
            acts.contains(&("case.merged".into(), format!("case/{other}")))
                && acts.contains(&("case.merged".into(), format!("case/{number}")))
        );
    }

    #[tokio::test]
    async fn a_separated_case_has_a_number_of_its_own() {
        let (_dir, store) = store().await;
        let (_, number, other) = beside(&store).await;
        let separated = store.separate(&other.to_string(), "JCZH-2023", &by(9)).await.unwrap().unwrap();
        assert_eq!((number.as_str(), separated.as_str()), ("JCZH-2023-0001", "JCZH-2023-0002"));
        let row = store.list_cases(&Filter::default()).await.unwrap().remove(1);
        assert_eq!((row.number.as_deref(), row.status.as_str()), (Some("JCZH-2023-0002"), "accepted"));
        assert_eq!(store.separate(&separated, "JCZH-2023", &by(9)).await.unwrap(), Err(NoMerge::State("accepted".into())));
    }
}
