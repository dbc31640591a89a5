//! What selection makes of each case: every step is a row and stays. What people decide waits for a second
//! person; a fact (an objection came in, the case was sent on) stands at once. `case_record.outcome` says where a case stands
//! now; letters that tell it are taken back where it holds no more.

use super::{Result, Store, from_i64, rfc3339};
use crate::model::outcome::Outcome;
use serde::Serialize;
use sqlx::{Any, Row, any::AnyRow};

/// A literal statement that reads steps; the rest says which.
macro_rules! steps {
    ($which:literal) => {
        concat!(
            "SELECT s.id, c.number, s.batch, s.outcome, s.state, s.actor, s.confirmed_by, s.reason, s.at_ms, s.confirmed_ms, s.until_ms
             FROM selection s JOIN case_record c ON c.id = s.case_id ",
            $which
        )
    };
}

mod letter;
mod notice;
mod objection;
mod step;

pub use notice::NoticeCase;
pub use objection::ObjectionRow;

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys speak for themselves")]
pub struct SelectionRow {
    pub id: i64,
    pub number: String,
    pub batch: String,
    pub outcome: Outcome,
    /// `proposed`: it waits for a second person; `standing`; or `replaced`.
    pub state: String,
    pub actor: String,
    /// Who confirmed it; none of a fact, which needs no second person.
    pub confirmed_by: Option<String>,
    pub reason: String,
    pub at: String,
    pub confirmed_at: Option<String>,
    /// The end of the public notice that it opens.
    pub until: Option<String>,
}

/// A case that is selected for good: 入选 or 已报送, confirmed by a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedCase {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// Its frozen batch.
    pub batch: String,
    /// The revision that counts in it.
    pub revision: u32,
    /// 入选 or 已报送.
    pub outcome: Outcome,
    /// Since when, in unix milliseconds.
    pub since_ms: i64,
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// It stands.
    Confirmed(Box<SelectionRow>),
    /// Nothing waits to be confirmed.
    Nothing,
    /// The same person has proposed it.
    SamePerson,
    /// Coordinators are named in the roster, and this login is none of theirs.
    NotInRoster,
    /// The case has moved on since.
    Overtaken(Option<Outcome>),
}

impl Store {
    /// Where a case stands in selection; none where nothing is decided, or no such case is.
    pub async fn outcome(&self, number: &str) -> Result<Option<Outcome>> {
        let query = sqlx::query_scalar::<Any, Option<String>>("SELECT outcome FROM case_record WHERE number = $1").bind(number);
        Ok(query.fetch_optional(&self.pool).await?.flatten().as_deref().and_then(Outcome::parse))
    }

    /// The cases that are selected for good, by number: of one batch, or of all.
    pub async fn selected_cases(&self, campaign: &str, batch: Option<&str>) -> Result<Vec<SelectedCase>> {
        let query = sqlx::query_as::<Any, (i64, String, String, i64, String, i64)>(
            "SELECT c.id, c.number, f.name, f.revision, c.outcome, MAX(COALESCE(s.confirmed_ms, s.at_ms))
             FROM case_record c JOIN frozen_case f ON f.case_id = c.id AND f.campaign = c.campaign
             JOIN selection s ON s.case_id = c.id AND s.batch = f.name AND s.state = 'standing' AND s.outcome = c.outcome
             WHERE c.campaign = $1 AND (f.name = $2 OR $2 = '') AND c.outcome IN ('selected', 'referred')
               AND c.status NOT IN ('merged', 'withdrawn') AND c.purged_ms IS NULL
             GROUP BY c.id, c.number, f.name, f.revision, c.outcome ORDER BY c.number",
        );
        let rows = query.bind(campaign).bind(batch.unwrap_or_default()).fetch_all(&self.pool).await?;
        let read = |(id, number, batch, revision, outcome, since_ms): (i64, String, String, i64, String, i64)| {
            let outcome = Outcome::parse(&outcome)?;
            Some(SelectedCase { id, number, batch, revision: from_i64(revision), outcome, since_ms })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Every step of a case, oldest first.
    pub async fn selection_steps(&self, number: &str) -> Result<Vec<SelectionRow>> {
        let query = sqlx::query(steps!("WHERE c.number = $1 ORDER BY s.id")).bind(number);
        query.fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// What waits for a second person in a batch, by number.
    pub async fn waiting_selections(&self, campaign: &str, batch: &str) -> Result<Vec<SelectionRow>> {
        let query = sqlx::query(steps!("WHERE c.campaign = $1 AND s.batch = $2 AND s.state = 'proposed' ORDER BY c.number"));
        let query = query.bind(campaign).bind(batch);
        query.fetch_all(&self.pool).await?.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<SelectionRow> {
    let outcome: String = row.try_get("outcome")?;
    let instant = |column: &str| -> Result<Option<String>> { Ok(row.try_get::<Option<i64>, _>(column)?.map(rfc3339)) };
    Ok(SelectionRow {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        batch: row.try_get("batch")?,
        // The table's own CHECK holds it to these.
        outcome: Outcome::parse(&outcome).unwrap_or(Outcome::Proposed),
        state: row.try_get("state")?,
        actor: row.try_get("actor")?,
        confirmed_by: row.try_get("confirmed_by")?,
        reason: row.try_get("reason")?,
        at: rfc3339(row.try_get("at_ms")?),
        confirmed_at: instant("confirmed_ms")?,
        until: instant("until_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::ActCase;
    use super::super::testing::*;
    use super::*;
    use crate::model::audit::{Actor, By};

    async fn case(store: &Store) -> ActCase {
        let (_, number) = open(store, 1, "a", "某市计量院", "题目", "19900000001").await;
        store.freeze("2023", "2023-H1", &by(5000)).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.act_case(&number).await.unwrap().unwrap()
    }

    fn li(at_ms: i64) -> By {
        By { actor: Actor::Person("li".into()), at_ms, reason: "复核无误".into() }
    }

    async fn step(store: &Store, case: &ActCase, outcome: Outcome, at_ms: i64) -> Selection {
        let mut tx = store.begin().await.unwrap();
        tx.propose_outcome(case, "2023-H1", outcome, &by(at_ms).because("得分居前")).await.unwrap();
        let done = tx.confirm_outcome(case, Some(at_ms + 9), &li(at_ms + 1)).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    #[tokio::test]
    async fn a_case_is_selected_by_two_persons_and_every_step_stays() {
        let (_dir, store) = store().await;
        let case = case(&store).await;
        let number = case.name();
        let mut tx = store.begin().await.unwrap();
        tx.propose_outcome(&case, "2023-H1", Outcome::NotSelected, &by(1)).await.unwrap();
        tx.propose_outcome(&case, "2023-H1", Outcome::Proposed, &by(2)).await.unwrap();
        assert_eq!(tx.confirm_outcome(&case, None, &by(3)).await.unwrap(), Selection::SamePerson);
        tx.commit().await.unwrap();
        assert_eq!((store.outcome(&number).await.unwrap(), store.waiting_selections("2023", "2023-H1").await.unwrap().len()), (None, 1));
        let mut tx = store.begin().await.unwrap();
        assert!(matches!(tx.confirm_outcome(&case, Some(4), &li(4)).await.unwrap(), Selection::Confirmed(row) if row.until.is_none()));
        assert_eq!(tx.confirm_outcome(&case, None, &li(5)).await.unwrap(), Selection::Nothing);
        tx.commit().await.unwrap();
        assert_eq!(store.selected_cases("2023", None).await.unwrap(), []);
        assert!(matches!(step(&store, &case, Outcome::Referred, 10).await, Selection::Overtaken(Some(Outcome::Proposed))));
        assert!(matches!(step(&store, &case, Outcome::Selected, 20).await, Selection::Confirmed(_)));
        let selected = store.selected_cases("2023", Some("2023-H1")).await.unwrap();
        assert_eq!((selected.len(), selected[0].revision, selected[0].since_ms), (1, 1, 21));
        assert_eq!(store.selected_cases("2023", Some("2023-H2")).await.unwrap(), []);
        let mut tx = store.begin().await.unwrap();
        assert!(tx.note_outcome(&case, Outcome::Referred, &by(30)).await.unwrap());
        assert!(!tx.note_outcome(&case, Outcome::Referred, &by(31)).await.unwrap(), "once");
        tx.commit().await.unwrap();
        assert_eq!(store.selected_cases("2023", None).await.unwrap()[0].outcome, Outcome::Referred);
        let states: Vec<_> = store.selection_steps(&number).await.unwrap().into_iter().map(|row| (row.outcome, row.state)).collect();
        assert_eq!(states.len(), 5);
        assert_eq!(states[0], (Outcome::NotSelected, "replaced".to_owned()));
        assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
    }

    #[tokio::test]
    async fn an_objection_is_kept_with_what_came_of_it() {
        let (_dir, store) = store().await;
        let case = case(&store).await;
        let object = async |content: &str, at_ms| {
            let mut tx = store.begin().await.unwrap();
            let kept = tx.object(&case, content, at_ms, &by(at_ms)).await.unwrap();
            tx.commit().await.unwrap();
            kept
        };
        step(&store, &case, Outcome::Proposed, 10).await;
        assert!(!object("不在公示中", 15).await);
        assert!(matches!(step(&store, &case, Outcome::InNotice, 20).await, Selection::Confirmed(row) if row.until.is_some()));
        assert!(object("数据有出入", 30).await && object("与另一单位的做法相同", 31).await);
        assert_eq!(store.outcome(&case.name()).await.unwrap(), Some(Outcome::Objected));
        step(&store, &case, Outcome::Selected, 40).await;
        let objections = store.objections(&case.name()).await.unwrap();
        assert_eq!(objections.len(), 2);
        assert!(
            objections.iter().all(|one| one.settled.as_deref() == Some("dismissed") && one.settled_reason.as_deref() == Some("得分居前"))
        );
        assert_eq!(store.list_cases(&Default::default()).await.unwrap()[0].outcome.as_deref(), Some("selected"));
    }

    #[tokio::test]
    async fn what_was_proposed_before_an_objection_can_not_settle_it() {
        let (_dir, store) = store().await;
        let case = case(&store).await;
        step(&store, &case, Outcome::Proposed, 10).await;
        step(&store, &case, Outcome::InNotice, 20).await;
        let mut tx = store.begin().await.unwrap();
        for (objected_ms, at_ms) in [(31, 30), (33, 32)] {
            tx.propose_outcome(&case, "2023-H1", Outcome::Selected, &by(at_ms)).await.unwrap();
            assert!(tx.object(&case, "数据有出入", objected_ms, &by(objected_ms)).await.unwrap());
            assert_eq!(tx.confirm_outcome(&case, None, &li(34)).await.unwrap(), Selection::Nothing);
        }
        // What is proposed with the objections known may be confirmed, and the step that was confirmed is told.
        tx.propose_outcome(&case, "2023-H1", Outcome::Selected, &by(40)).await.unwrap();
        let done = tx.confirm_outcome(&case, None, &li(41)).await.unwrap();
        assert!(matches!(done, Selection::Confirmed(row) if row.outcome == Outcome::Selected && row.actor == "zhang"));
        tx.commit().await.unwrap();
        assert!(store.objections(&case.name()).await.unwrap().iter().all(|one| one.settled.is_some()));
    }
}
