//! Rounds of review: which cases by which revision, who judges which of them, and what came in. Scores are read only where
//! sheets come in and where a round is closed.

mod work;

use super::{Result, Store, StoreError, Transaction, from_i64, rfc3339, text, to_i64};
use crate::model::audit::{Act, By};
use crate::model::reading::{CaseReading, CaseStatus};
use crate::model::review::{Bar, ReviewRules, Reviewer, Score};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Any, Row, any::AnyRow};
use std::collections::BTreeMap;

pub use work::ScoreRow;

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

impl Store {
    /// The rounds of a campaign.
    pub async fn review_rounds(&self, campaign: &str) -> Result<Vec<RoundRow>> {
        let query = sqlx::query(
            "SELECT r.batch, r.campaign, r.opened_ms, r.assigned_ms, r.closed_ms,
                 (SELECT COUNT(*) FROM review_case c WHERE c.campaign = r.campaign AND c.batch = r.batch) AS cases,
                 (SELECT COUNT(*) FROM review_member m WHERE m.campaign = r.campaign AND m.batch = r.batch) AS reviewers,
                 (SELECT COUNT(*) FROM review_task t WHERE t.campaign = r.campaign AND t.batch = r.batch) AS tasks,
                 (SELECT COUNT(*) FROM review_score s JOIN review_task t ON t.campaign = s.campaign AND t.batch = s.batch
                  AND t.case_id = s.case_id AND t.reviewer = s.reviewer WHERE s.campaign = r.campaign AND s.batch = r.batch) AS scored
             FROM review_round r WHERE r.campaign = $1 ORDER BY r.batch",
        );
        let read = |row: &AnyRow| -> Result<RoundRow> {
            let instant = |column: &str| -> Result<Option<String>> { Ok(row.try_get::<Option<i64>, _>(column)?.map(rfc3339)) };
            let count = |column: &str| -> Result<u64> { Ok(from_i64(row.try_get(column)?)) };
            let (assigned, closed_at) = (instant("assigned_ms")?, instant("closed_ms")?);
            let state = if closed_at.is_some() { "closed" } else { assigned.map_or("open", |_| "assigned") };
            Ok(RoundRow {
                batch: row.try_get("batch")?,
                campaign: row.try_get("campaign")?,
                state: state.to_owned(),
                cases: count("cases")?,
                reviewers: count("reviewers")?,
                tasks: count("tasks")?,
                scored: count("scored")?,
                opened_at: rfc3339(row.try_get("opened_ms")?),
                closed_at,
            })
        };
        query.bind(campaign).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// The cases of a frozen batch that can be judged, by number: with the revision that counts, unless they were taken back,
    /// sent back, joined to another or classified since.
    pub async fn reviewable(&self, campaign: &str, batch: &str) -> Result<Vec<RoundCase>> {
        let query = sqlx::query(
            "SELECT c.id, c.number, c.title, c.unit, c.region, f.revision, c.status, c.outcome, 0 AS classified FROM frozen_case f
             JOIN case_record c ON c.id = f.case_id
             WHERE f.campaign = $1 AND f.name = $2 AND c.number IS NOT NULL AND c.purged_ms IS NULL
               AND c.status NOT IN ('merged', 'withdrawn', 'returned', 'possible_revision')
               AND NOT EXISTS (SELECT 1 FROM revision v JOIN message m ON m.id = v.message
                   WHERE v.case_id = c.id AND v.revision = f.revision AND m.classified <> 0)
             ORDER BY c.number",
        );
        query.bind(campaign).bind(batch).fetch_all(&self.pool).await?.iter().map(|row| read_case(row, None)).collect()
    }

    /// What each of these cases, by its row, says in that revision with what people settled over it, and the names of those who
    /// mailed it.
    pub async fn review_readings(&self, cases: &[RoundCase]) -> Result<BTreeMap<i64, (CaseReading, Vec<String>)>> {
        let mut tx = self.begin().await?;
        let mut readings = BTreeMap::new();
        for case in cases {
            let Some(reading) = tx.settled_revision(case.id, case.revision).await? else { continue };
            let query = sqlx::query_scalar(
                "SELECT DISTINCT m.from_name FROM message m JOIN message_case mc ON mc.message = m.id
                 WHERE mc.case_id = $1 AND m.from_name IS NOT NULL ORDER BY m.from_name",
            );
            let senders = query.bind(case.id).fetch_all(tx.connection()).await?;
            readings.insert(case.id, (reading, senders));
        }
        tx.rollback().await?;
        Ok(readings)
    }

    /// A round, whole.
    pub async fn review(&self, campaign: &str, batch: &str) -> Result<Option<Round>> {
        let mut tx = self.begin().await?;
        let round = tx.review(campaign, batch).await?;
        tx.rollback().await?;
        Ok(round)
    }
}

impl Transaction {
    /// As [`Store::review`], within this transaction.
    pub async fn review(&mut self, campaign: &str, batch: &str) -> Result<Option<Round>> {
        let query = sqlx::query(
            "SELECT opened_ms, actor, rules, manifest_sha256, seed, per_case, assigned_ms, closed_ms, closed_by, result
             FROM review_round WHERE campaign = $1 AND batch = $2",
        );
        let Some(row) = query.bind(campaign).bind(batch).fetch_optional(self.connection()).await? else { return Ok(None) };
        let instant = |column: &str| -> Result<Option<String>> { Ok(row.try_get::<Option<i64>, _>(column)?.map(rfc3339)) };
        let result: Option<String> = row.try_get("result")?;
        Ok(Some(Round {
            campaign: campaign.to_owned(),
            batch: batch.to_owned(),
            opened_at: rfc3339(row.try_get("opened_ms")?),
            actor: row.try_get("actor")?,
            rules: serde_json::from_str(row.try_get("rules")?).map_err(fault)?,
            manifest_sha256: row.try_get("manifest_sha256")?,
            seed: row.try_get("seed")?,
            per_case: row.try_get::<Option<i64>, _>("per_case")?.map(from_i64),
            assigned_at: instant("assigned_ms")?,
            closed_at: instant("closed_ms")?,
            closed_by: row.try_get("closed_by")?,
            result: result.as_deref().map(serde_json::from_str).transpose().map_err(fault)?,
            members: self.members(campaign, batch).await?,
            cases: self.round_cases(campaign, batch).await?,
            bars: self.bars(campaign, batch).await?,
            tasks: self.tasks(campaign, batch).await?,
            scored: self.scored(campaign, batch).await?,
        }))
    }

    /// Opens a round, or one anew to which nothing was assigned yet.
    pub async fn open_review(
        &mut self,
        (campaign, batch, manifest_sha256): (&str, &str, &str),
        rules: &ReviewRules,
        cases: &[RoundCase],
        members: &[Member<'_>],
        by: &By,
    ) -> Result<()> {
        for statement in [
            "DELETE FROM review_bar WHERE campaign = $1 AND batch = $2",
            "DELETE FROM review_member WHERE campaign = $1 AND batch = $2",
            "DELETE FROM review_case WHERE campaign = $1 AND batch = $2",
            "DELETE FROM review_round WHERE campaign = $1 AND batch = $2",
        ] {
            sqlx::query(statement).bind(campaign).bind(batch).execute(self.connection()).await?;
        }
        let query = sqlx::query(
            "INSERT INTO review_round (campaign, batch, opened_ms, actor, rules, manifest_sha256) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(campaign).bind(batch).bind(by.at_ms).bind(by.actor.as_str());
        query.bind(serde_json::to_string(rules).map_err(fault)?).bind(manifest_sha256).execute(self.connection()).await?;
        for case in cases {
            let query = sqlx::query("INSERT INTO review_case (campaign, batch, case_id, revision) VALUES ($1, $2, $3, $4)");
            query.bind(campaign).bind(batch).bind(case.id).bind(to_i64(case.revision)).execute(self.connection()).await?;
        }
        for Member { reviewer, bars } in members {
            let query = sqlx::query(
                "INSERT INTO review_member (campaign, batch, code, name, unit, region, login) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            );
            let query = query.bind(campaign).bind(batch).bind(&reviewer.code).bind(text(&reviewer.name)).bind(text(&reviewer.unit));
            query.bind(reviewer.region.as_deref()).bind(reviewer.login.as_deref()).execute(self.connection()).await?;
            for (case, bar) in *bars {
                self.bar((campaign, batch), (*case, &reviewer.code), *bar, &By { reason: String::new(), ..by.clone() }).await?;
            }
        }
        let barred: usize = members.iter().map(|member| member.bars.len()).sum();
        let detail = json!({"cases": cases.len(), "reviewers": members.len(), "conflicts": barred, "manifest_sha256": manifest_sha256});
        self.audit(by.entry(Act::ReviewOpened, format!("review/{batch}"), detail));
        Ok(())
    }

    async fn bar(&mut self, (campaign, batch): (&str, &str), (case, reviewer): (i64, &str), bar: Bar, by: &By) -> Result<()> {
        // Repeating it changes nothing but the reason: (campaign, batch, case_id, reviewer) is the primary key.
        let query = sqlx::query(
            "INSERT INTO review_bar (campaign, batch, case_id, reviewer, bar, reason, actor, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (campaign, batch, case_id, reviewer) DO UPDATE SET bar = excluded.bar, reason = excluded.reason,
                 actor = excluded.actor, at_ms = excluded.at_ms",
        );
        let query = query.bind(campaign).bind(batch).bind(case).bind(reviewer).bind(bar.as_str());
        query.bind(text(&by.reason)).bind(by.actor.as_str()).bind(by.at_ms).execute(self.connection()).await?;
        Ok(())
    }

    async fn members(&mut self, campaign: &str, batch: &str) -> Result<Vec<Reviewer>> {
        let query =
            sqlx::query("SELECT code, name, unit, region, login FROM review_member WHERE campaign = $1 AND batch = $2 ORDER BY code");
        let read = |row: &AnyRow| {
            Ok(Reviewer {
                code: row.try_get("code")?,
                name: row.try_get("name")?,
                unit: row.try_get("unit")?,
                region: row.try_get("region")?,
                login: row.try_get("login")?,
            })
        };
        query.bind(campaign).bind(batch).fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    async fn round_cases(&mut self, campaign: &str, batch: &str) -> Result<Vec<RoundCase>> {
        let query = sqlx::query(
            "SELECT c.id, c.number, c.title, c.unit, c.region, r.revision, r.code, c.status, c.outcome,
                 (SELECT COUNT(*) FROM revision v JOIN message m ON m.id = v.message
                  WHERE v.case_id = c.id AND v.revision = r.revision AND m.classified <> 0) AS classified
             FROM review_case r
             JOIN case_record c ON c.id = r.case_id WHERE r.campaign = $1 AND r.batch = $2 ORDER BY c.number",
        );
        let rows = query.bind(campaign).bind(batch).fetch_all(self.connection()).await?;
        rows.iter().map(|row| read_case(row, row.try_get("code")?)).collect()
    }

    async fn bars(&mut self, campaign: &str, batch: &str) -> Result<Vec<BarRow>> {
        let query = sqlx::query_as::<Any, (i64, String, String, String)>(
            "SELECT case_id, reviewer, bar, reason FROM review_bar WHERE campaign = $1 AND batch = $2 ORDER BY case_id, reviewer",
        );
        let rows = query.bind(campaign).bind(batch).fetch_all(self.connection()).await?;
        let read = |(case, reviewer, bar, reason): (i64, String, String, String)| {
            // The table's own CHECK holds it to these.
            Bar::parse(&bar).map(|bar| BarRow { case, reviewer, bar, reason })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}

fn read_case(row: &AnyRow, code: Option<String>) -> Result<RoundCase> {
    Ok(RoundCase {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        region: row.try_get("region")?,
        revision: from_i64(row.try_get("revision")?),
        code,
        status: row.try_get("status")?,
        outcome: row.try_get("outcome")?,
        is_classified: row.try_get::<i64, _>("classified")? != 0,
    })
}

fn fault(source: serde_json::Error) -> StoreError {
    StoreError::Row { what: "review", source }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn reviewer(code: &str) -> Reviewer {
        Reviewer { code: code.into(), name: format!("专家{code}"), unit: "某高校".into(), region: None, login: None }
    }

    #[tokio::test]
    async fn a_round_is_opened_assigned_scored_and_closed_and_a_recused_score_counts_no_more() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let frozen = store.freeze("2023", "2023-H1", &by(5000)).await.unwrap();
        let cases = store.reviewable("2023", "2023-H1").await.unwrap();
        assert_eq!((cases.len(), cases[0].number.as_str()), (1, number.as_str()));
        assert_eq!(store.review_readings(&cases).await.unwrap()[&case].0.contact.phones, ["19900000001"]);
        let (key, people) = (("2023", "2023-H1"), [reviewer("P01"), reviewer("P02"), reviewer("P03")]);
        let members: Vec<Member<'_>> = people.iter().map(|reviewer| Member { reviewer, bars: &[] }).collect();
        let mut tx = store.begin().await.unwrap();
        for _ in 0..2 {
            let place = (key.0, key.1, frozen.sha256.as_str());
            tx.open_review(place, &ReviewRules::default(), &cases, &members, &by(6000)).await.unwrap();
        }
        let tasks = [(case, "P01".to_owned()), (case, "P02".to_owned())];
        tx.assign_review(key, ("种子", 2), &[(case, "案例01".to_owned())], &tasks, &by(7000)).await.unwrap();
        let score = |points| Score { tenths: vec![points; 4], remark: String::new() };
        assert!(tx.score(key, (case, "P01"), &score(800), &by(8000)).await.unwrap());
        assert!(!tx.score(key, (case, "P01"), &score(800), &by(8001)).await.unwrap(), "the same twice is once");
        assert!(tx.score(key, (case, "P01"), &score(700), &by(8002)).await.unwrap());
        assert!(!tx.score(key, (case, "P03"), &score(700), &by(8003)).await.unwrap(), "nobody judges what is not theirs");
        tx.commit().await.unwrap();
        let round = store.review("2023", "2023-H1").await.unwrap().unwrap();
        assert_eq!((round.members.len(), round.tasks.len(), round.scored.len()), (3, 2, 1));
        assert_eq!((round.cases[0].code.as_deref(), round.seed.as_deref()), (Some("案例01"), Some("种子")));
        let mut tx = store.begin().await.unwrap();
        tx.recuse(key, (case, "P01"), Some("P03"), &by(9000).because("曾任顾问")).await.unwrap();
        assert_eq!(tx.scores(key).await.unwrap(), []);
        tx.close_review(key, &json!([]), &by(9500)).await.unwrap();
        tx.commit().await.unwrap();
        let round = store.review("2023", "2023-H1").await.unwrap().unwrap();
        assert_eq!(round.tasks, [(case, "P02".to_owned()), (case, "P03".to_owned())]);
        assert_eq!((round.bars[0].bar, round.bars[0].reason.as_str(), round.scored.len()), (Bar::Recused, "曾任顾问", 0));
        // What turns out to be classified is judged no more, and not to be judged at all.
        sqlx::query("UPDATE message SET classified = 1").execute(&store.pool).await.unwrap();
        assert!(store.reviewable("2023", "2023-H1").await.unwrap().is_empty());
        assert!(store.review("2023", "2023-H1").await.unwrap().unwrap().cases[0].is_out());
        let listed = store.review_rounds("2023").await.unwrap();
        assert_eq!((listed[0].state.as_str(), listed[0].tasks, listed[0].scored), ("closed", 2, 0));
        assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
    }
}
