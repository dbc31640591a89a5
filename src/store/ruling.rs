//! What people settle about a case: rows that overlay every reading, so that no rereading undoes them. What takes two
//! persons is proposed by the first and stands when another confirms it.

use super::{Result, Store, StoreError, Transaction, rfc3339, text};
use crate::model::audit::{Act, By};
use crate::model::reading::WindowPlace;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Any, Row, any::AnyRow};

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the keys speak for themselves")]
pub struct RulingRow {
    pub field: String,
    pub value: Value,
    /// `proposed`, `standing` or `replaced`.
    pub state: String,
    pub actor: String,
    /// Who confirmed it, where it takes two.
    pub second: Option<String>,
    pub reason: String,
    pub at: String,
    /// The same, in unix milliseconds: a second may hold several acts.
    #[serde(skip)]
    pub at_ms: i64,
}

/// What became of the wish to admit a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It waits for a second person.
    Proposed,
    /// It is in the window.
    Admitted,
    /// The same person has proposed it.
    SamePerson,
    /// Coordinators are named in the roster, and this login is none of theirs.
    NotInRoster,
    /// It has been admitted there before.
    Already,
    /// It isn't late: this is its state.
    NotLate(String),
    /// The window is frozen.
    Frozen,
    /// No such case.
    Unknown,
}

impl Store {
    /// Puts a late case into a window by name. The first person proposes, another confirms.
    pub async fn admit(&self, case: &str, window: &str, place: &WindowPlace, by: &By) -> Result<Admission> {
        let mut tx = self.begin().await?;
        let outcome = tx.admit(case, window, place, by).await?;
        match outcome {
            Admission::Proposed | Admission::Admitted => tx.commit().await?,
            _ => tx.rollback().await?,
        }
        Ok(outcome)
    }

    /// What people settled about a case, oldest first.
    pub(super) async fn rulings(&self, case: i64) -> Result<Vec<RulingRow>> {
        let query = sqlx::query("SELECT field, value, state, actor, second, reason, at_ms FROM ruling WHERE case_id = $1 ORDER BY id");
        query.bind(case).fetch_all(&self.pool).await?.iter().map(read).collect()
    }
}

impl Transaction {
    async fn admit(&mut self, case: &str, window: &str, place: &WindowPlace, by: &By) -> Result<Admission> {
        let query = sqlx::query("SELECT id, number, status, late, campaign FROM case_record WHERE number = $1");
        let Some(row) = query.bind(case).fetch_optional(self.connection()).await? else { return Ok(Admission::Unknown) };
        let (id, status, campaign): (i64, String, String) = (row.try_get("id")?, row.try_get("status")?, row.try_get("campaign")?);
        let value = json!({"window": window, "month": place.month, "batch": place.batch}).to_string();
        if row.try_get::<i64, _>("late")? == 0 || status == "merged" {
            let standing = self.window_ruling(id, "standing").await?;
            return Ok(if standing.is_some_and(|(_, _, now)| now == value) { Admission::Already } else { Admission::NotLate(status) });
        }
        if self.is_frozen(&campaign, place.batch.as_deref().unwrap_or(window)).await? {
            return Ok(Admission::Frozen);
        }
        let roster = self.roster(&campaign).await?;
        if !roster.may_confirm(by.actor.as_str()) {
            return Ok(Admission::NotInRoster);
        }
        let subject = format!("case/{case}");
        match self.window_ruling(id, "proposed").await? {
            Some((_, proposer, proposed)) if proposed == value && roster.is_same(&proposer, by.actor.as_str()) => Ok(Admission::SamePerson),
            Some((ruling, proposer, proposed)) if proposed == value => {
                let query = sqlx::query("UPDATE ruling SET state = 'standing', second = $2 WHERE id = $1");
                query.bind(ruling).bind(by.actor.as_str()).execute(self.connection()).await?;
                self.place(id, place).await?;
                self.audit(by.entry(Act::CaseAdmitted, subject, json!({"window": window, "proposed_by": proposer})));
                Ok(Admission::Admitted)
            }
            other => {
                if let Some((ruling, ..)) = other {
                    let query = sqlx::query("UPDATE ruling SET state = 'replaced' WHERE id = $1").bind(ruling);
                    query.execute(self.connection()).await?;
                }
                self.rule(id, "window", &value, "proposed", by).await?;
                self.audit(by.entry(Act::CaseAdmissionProposed, subject, json!({"window": window})));
                Ok(Admission::Proposed)
            }
        }
    }

    /// A place that a person gave, and the state that the case has there.
    async fn place(&mut self, case: i64, place: &WindowPlace) -> Result<()> {
        sqlx::query(
            "UPDATE case_record SET month = $2, batch = $3, late = 0,
                 status = CASE
                     WHEN status <> 'late' THEN status
                     WHEN EXISTS (SELECT 1 FROM defect d WHERE d.case_id = case_record.id AND d.revision = case_record.revision
                                  AND d.severity = 'correct') THEN 'needs_correction'
                     ELSE 'accepted' END
             WHERE id = $1",
        )
        .bind(case)
        .bind(place.month.as_deref())
        .bind(place.batch.as_deref())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Row, person and value of the newest decision about a case's window.
    async fn window_ruling(&mut self, case: i64, state: &str) -> Result<Option<(i64, String, String)>> {
        let query = sqlx::query_as::<Any, (i64, String, String)>(
            "SELECT id, actor, value FROM ruling WHERE case_id = $1 AND field = 'window' AND state = $2 ORDER BY id DESC LIMIT 1",
        );
        Ok(query.bind(case).bind(state).fetch_optional(self.connection()).await?)
    }

    pub(super) async fn rule(&mut self, case: i64, field: &str, value: &str, state: &str, by: &By) -> Result<()> {
        let query =
            sqlx::query("INSERT INTO ruling (case_id, field, value, state, actor, reason, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let query = query.bind(case).bind(field).bind(text(value)).bind(state).bind(by.actor.as_str());
        query.bind(text(&by.reason)).bind(by.at_ms).execute(self.connection()).await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<RulingRow> {
    Ok(RulingRow {
        field: row.try_get("field")?,
        value: serde_json::from_str(row.try_get("value")?).map_err(|source| StoreError::Row { what: "ruling", source })?,
        state: row.try_get("state")?,
        actor: row.try_get("actor")?,
        second: row.try_get("second")?,
        reason: row.try_get("reason")?,
        at: rfc3339(row.try_get("at_ms")?),
        at_ms: row.try_get("at_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{CaseEntry, Filter, testing::*};
    use super::*;
    use crate::model::audit::Actor;
    use crate::model::campaign::Category;
    use crate::model::reading::CaseStatus;

    async fn late_case(store: &Store) -> i64 {
        let message = receive(store, 1, "a").await;
        let (reading, trace, _) = parts("某市计量院", "题目", "19900000001");
        let late = WindowPlace { month: None, batch: None, late: true };
        let mut tx = store.begin().await.unwrap();
        let entry = CaseEntry { status: CaseStatus::Late, ..entry(message, &reading, &trace, &late) };
        let case = tx.open_case(&entry, "JCZH-2023-0001").await.unwrap();
        tx.commit().await.unwrap();
        case
    }

    #[tokio::test]
    async fn a_late_case_is_admitted_by_two_persons() {
        let (_dir, store) = store().await;
        let case = late_case(&store).await;
        let h2 = WindowPlace { month: None, batch: Some("2023-H2".into()), late: false };
        let h1 = WindowPlace { month: None, batch: Some("2023-H1".into()), late: false };
        let other = By { actor: Actor::Person("li".into()), at_ms: 9, reason: "经批准".into() };
        let admit = async |window, place, by: &By| store.admit("JCZH-2023-0001", window, place, by).await.unwrap();
        assert_eq!(admit("2023-H1", &h1, &by(1)).await, Admission::Proposed);
        assert_eq!(admit("2023-H2", &h2, &by(2)).await, Admission::Proposed, "another window is another proposal");
        assert_eq!(admit("2023-H2", &h2, &by(3)).await, Admission::SamePerson);
        assert_eq!(store.list_cases(&Filter::default()).await.unwrap()[0].status, "late");
        let waits = store.waiting_for_two(i64::MAX).await.unwrap();
        assert_eq!(
            waits.iter().map(|one| (one.subject.as_str(), one.window.as_deref())).collect::<Vec<_>>(),
            [("case/JCZH-2023-0001", Some("2023-H2"))]
        );
        assert_eq!(admit("2023-H2", &h2, &other).await, Admission::Admitted);
        assert_eq!(admit("2023-H2", &h2, &other).await, Admission::Already);
        assert_eq!(admit("2023-H1", &h1, &other).await, Admission::NotLate("accepted".into()));
        assert_eq!(store.admit("JCZH-2023-0009", "2023-H2", &h2, &other).await.unwrap(), Admission::Unknown);
        let row = store.list_cases(&Filter::default()).await.unwrap().remove(0);
        assert_eq!((row.status.as_str(), row.batch.as_deref(), row.late), ("accepted", Some("2023-H2"), false));
        let acts: Vec<String> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| row.act).collect();
        assert_eq!(acts, ["case.admission_proposed", "case.admission_proposed", "case.admitted"]);
        let mut tx = store.begin().await.unwrap();
        assert!(tx.course(case).await.unwrap().is_ruled);
    }

    #[tokio::test]
    async fn what_a_person_settled_stays_over_a_new_reading() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let mut tx = store.begin().await.unwrap();
        tx.rule(case, "region", "\"襄阳市\"", "standing", &by(1)).await.unwrap();
        tx.rule(case, "categories", "[\"metrology\"]", "standing", &by(1)).await.unwrap();
        tx.commit().await.unwrap();
        let message = receive(&store, 2, "b").await;
        let (mut reading, trace, place) = parts("某市计量院", "新题目", "19900000001");
        reading.categories = vec![Category::Standards];
        let mut tx = store.begin().await.unwrap();
        tx.gather();
        tx.add_revision(case, &entry(message, &reading, &trace, &place)).await.unwrap();
        tx.commit().await.unwrap();
        let row = store.list_cases(&Filter::default()).await.unwrap().remove(0);
        assert_eq!((row.title.as_deref(), row.region.as_deref()), (Some("新题目"), Some("襄阳市")));
        assert_eq!(row.categories, ["metrology"]);
    }
}
