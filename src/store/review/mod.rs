//! Rounds of review: which cases by which revision, who judges which of them, and what came in. Scores are read only where
//! sheets come in and where a round is closed.

mod history;
mod open;
mod round;
mod work;

use super::{Result, Store, StoreError, Transaction, from_i64, rfc3339, text, to_i64};
use crate::model::reading::CaseReading;
use crate::model::review::{Bar, Reviewer, Score};
use sqlx::{Any, Row, any::AnyRow};
use std::collections::BTreeMap;

pub use round::{BarRow, LeftOut, Member, Recusal, Round, RoundCase, RoundRow};
pub use work::ScoreRow;

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
            "SELECT opened_ms, actor, rules, manifest_sha256, seed, per_case, assigned_ms, closed_ms, closed_by, result, masks, left_out
             FROM review_round WHERE campaign = $1 AND batch = $2",
        );
        let Some(row) = query.bind(campaign).bind(batch).fetch_optional(self.connection()).await? else { return Ok(None) };
        let instant = |column: &str| -> Result<Option<String>> { Ok(row.try_get::<Option<i64>, _>(column)?.map(rfc3339)) };
        let (result, left_out): (Option<String>, Option<String>) = (row.try_get("result")?, row.try_get("left_out")?);
        let cases = self.round_cases(campaign, batch).await?;
        let left_out = match left_out {
            Some(json) => serde_json::from_str(&json).map_err(fault)?,
            None => self.left_out(&cases).await?,
        };
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
            cases,
            left_out,
            recusals: self.recusals(campaign, batch).await?,
            masks: serde_json::from_str(row.try_get("masks")?).map_err(fault)?,
            bars: self.bars(campaign, batch).await?,
            tasks: self.tasks(campaign, batch).await?,
            scored: self.scored(campaign, batch).await?,
        }))
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
    use crate::model::review::ReviewRules;
    use serde_json::json;

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
        let recusal = Recusal {
            case,
            reviewer: "P01".into(),
            instead: Some("P03".into()),
            without: vec!["A-9".into()],
            reason: String::new(),
            actor: String::new(),
            at: String::new(),
        };
        tx.recuse(key, &recusal, true, &by(9000).because("曾任顾问")).await.unwrap();
        assert_eq!(tx.scores(key).await.unwrap(), []);
        tx.set_masks(key, &["某词".into()], &by(9100)).await.unwrap();
        let ranking = json!([{"number": number, "totals": [{"reviewer": "P02", "remark": "致电张某"}]}, {"number": "A-9", "totals": [{"remark": "好"}]}]);
        tx.close_review(key, &ranking, &[], &by(9500)).await.unwrap();
        tx.forget_remarks(case).await.unwrap();
        tx.commit().await.unwrap();
        let round = store.review("2023", "2023-H1").await.unwrap().unwrap();
        assert_eq!(round.tasks, [(case, "P02".to_owned()), (case, "P03".to_owned())]);
        assert_eq!((round.bars[0].bar, round.bars[0].reason.as_str(), round.scored.len()), (Bar::Recused, "曾任顾问", 0));
        let result = round.result.unwrap();
        assert_eq!((&result[0]["totals"][0]["remark"], &result[1]["totals"][0]["remark"]), (&json!(""), &json!("好")));
        let told = &round.recusals[0];
        assert_eq!(
            (told.instead.as_deref(), told.without.as_slice(), told.reason.as_str()),
            (Some("P03"), &["A-9".to_owned()][..], "曾任顾问")
        );
        assert_eq!(round.masks, ["某词"]);
        // What turns out to be classified is judged no more, and not to be judged at all.
        sqlx::query("UPDATE message SET classified = 1").execute(&store.pool).await.unwrap();
        assert!(store.reviewable("2023", "2023-H1").await.unwrap().is_empty());
        assert!(store.review("2023", "2023-H1").await.unwrap().unwrap().cases[0].is_out());
        let listed = store.review_rounds("2023").await.unwrap();
        assert_eq!((listed[0].state.as_str(), listed[0].tasks, listed[0].scored), ("closed", 2, 0));
        assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
    }
}
