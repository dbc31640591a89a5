//! What happens in a round: it is assigned, somebody withdraws, sheets come in, it is closed. The log holds no scores while
//! they are hidden.

use super::{LeftOut, Recusal, Result, Score, Transaction, fault, text};
use crate::model::audit::{Act, By};
use crate::model::review::Bar;
use serde_json::{Value, json};
use sqlx::Any;

/// A score of somebody who still judges the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreRow {
    /// The case's row.
    pub case: i64,
    /// The reviewer's code.
    pub reviewer: String,
    /// What was given.
    pub score: Score,
}

impl Transaction {
    /// Says who judges what, and what reviewers see instead of numbers. What was assigned before is replaced.
    pub async fn assign_review(
        &mut self,
        (campaign, batch): (&str, &str),
        (seed, per_case): (&str, u32),
        codes: &[(i64, String)],
        tasks: &[(i64, String)],
        by: &By,
    ) -> Result<()> {
        let query = sqlx::query("UPDATE review_round SET seed = $3, per_case = $4, assigned_ms = $5 WHERE campaign = $1 AND batch = $2");
        let query = query.bind(campaign).bind(batch).bind(text(seed)).bind(i64::from(per_case)).bind(by.at_ms);
        query.execute(self.connection()).await?;
        let query = sqlx::query("DELETE FROM review_task WHERE campaign = $1 AND batch = $2").bind(campaign).bind(batch);
        query.execute(self.connection()).await?;
        // Who withdrew before this assignment stays barred; what was filled of the one before is no more.
        let query = sqlx::query("DELETE FROM review_recusal WHERE campaign = $1 AND batch = $2").bind(campaign).bind(batch);
        query.execute(self.connection()).await?;
        // What isn't judged any more keeps no code that another case has now.
        let query = sqlx::query("UPDATE review_case SET code = NULL WHERE campaign = $1 AND batch = $2").bind(campaign).bind(batch);
        query.execute(self.connection()).await?;
        for (case, code) in codes {
            let query = sqlx::query("UPDATE review_case SET code = $4 WHERE campaign = $1 AND batch = $2 AND case_id = $3");
            query.bind(campaign).bind(batch).bind(case).bind(code).execute(self.connection()).await?;
        }
        for (case, reviewer) in tasks {
            self.add_task((campaign, batch), (*case, reviewer)).await?;
        }
        // The seed itself is published when the round is over; until then its hash stands for it.
        let detail = json!({"seed_sha256": super::super::blob::hash(seed.as_bytes()), "per_case": per_case, "tasks": tasks.len()});
        self.audit(by.entry(Act::ReviewAssigned, format!("review/{batch}"), detail));
        Ok(())
    }

    async fn add_task(&mut self, (campaign, batch): (&str, &str), (case, reviewer): (i64, &str)) -> Result<()> {
        // Repeating it changes nothing: (campaign, batch, case_id, reviewer) is the primary key.
        let query =
            sqlx::query("INSERT INTO review_task (campaign, batch, case_id, reviewer) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
        query.bind(campaign).bind(batch).bind(case).bind(reviewer).execute(self.connection()).await?;
        Ok(())
    }

    /// Somebody doesn't judge a case; another does, where it was assigned. What was judged by the first counts no more.
    pub async fn recuse(&mut self, key: (&str, &str), recusal: &Recusal, is_assigned: bool, by: &By) -> Result<()> {
        let (campaign, batch) = key;
        let Recusal { case, reviewer, instead, .. } = recusal;
        self.bar(key, (*case, reviewer), Bar::Recused, by).await?;
        for statement in [
            "DELETE FROM review_task WHERE campaign = $1 AND batch = $2 AND case_id = $3 AND reviewer = $4",
            "DELETE FROM review_score WHERE campaign = $1 AND batch = $2 AND case_id = $3 AND reviewer = $4",
        ] {
            sqlx::query(statement).bind(campaign).bind(batch).bind(case).bind(reviewer).execute(self.connection()).await?;
        }
        if let Some(instead) = instead {
            self.add_task(key, (*case, instead)).await?;
        }
        if is_assigned {
            self.note_recusal(key, recusal, by).await?;
        }
        let detail = json!({"case": case, "reviewer": reviewer, "instead": instead});
        self.audit(by.entry(Act::ReviewRecused, format!("review/{batch}"), detail));
        Ok(())
    }

    pub(super) async fn tasks(&mut self, campaign: &str, batch: &str) -> Result<Vec<(i64, String)>> {
        let query = sqlx::query_as::<Any, (i64, String)>(
            "SELECT case_id, reviewer FROM review_task WHERE campaign = $1 AND batch = $2 ORDER BY case_id, reviewer",
        );
        Ok(query.bind(campaign).bind(batch).fetch_all(self.connection()).await?)
    }

    pub(super) async fn scored(&mut self, campaign: &str, batch: &str) -> Result<Vec<(i64, String)>> {
        let query = sqlx::query_as::<Any, (i64, String)>(
            "SELECT s.case_id, s.reviewer FROM review_score s JOIN review_task t ON t.campaign = s.campaign AND t.batch = s.batch
             AND t.case_id = s.case_id AND t.reviewer = s.reviewer
             WHERE s.campaign = $1 AND s.batch = $2 ORDER BY s.case_id, s.reviewer",
        );
        Ok(query.bind(campaign).bind(batch).fetch_all(self.connection()).await?)
    }

    /// Every score of those who still judge the case.
    pub async fn scores(&mut self, (campaign, batch): (&str, &str)) -> Result<Vec<ScoreRow>> {
        let query = sqlx::query_as::<Any, (i64, String, String, String)>(
            "SELECT s.case_id, s.reviewer, s.scores, s.remark FROM review_score s JOIN review_task t ON t.campaign = s.campaign
             AND t.batch = s.batch AND t.case_id = s.case_id AND t.reviewer = s.reviewer
             WHERE s.campaign = $1 AND s.batch = $2 ORDER BY s.case_id, s.reviewer",
        );
        let rows = query.bind(campaign).bind(batch).fetch_all(self.connection()).await?;
        let read = |(case, reviewer, scores, remark): (i64, String, String, String)| {
            let tenths = serde_json::from_str(&scores).map_err(fault)?;
            Ok(ScoreRow { case, reviewer, score: Score { tenths, remark } })
        };
        rows.into_iter().map(read).collect()
    }

    /// Takes a score over. False where it is there already, or where the case is not this reviewer's to judge.
    pub async fn score(&mut self, (campaign, batch): (&str, &str), (case, reviewer): (i64, &str), score: &Score, by: &By) -> Result<bool> {
        // Repeating it changes nothing: (campaign, batch, case_id, reviewer) is the primary key, and what is equal is left.
        let query = sqlx::query(
            "INSERT INTO review_score (campaign, batch, case_id, reviewer, scores, remark, actor, at_ms)
             SELECT t.campaign, t.batch, t.case_id, t.reviewer, $5, $6, $7, $8 FROM review_task t
             WHERE t.campaign = $1 AND t.batch = $2 AND t.case_id = $3 AND t.reviewer = $4
             ON CONFLICT (campaign, batch, case_id, reviewer) DO UPDATE SET scores = excluded.scores, remark = excluded.remark,
                 actor = excluded.actor, at_ms = excluded.at_ms
             WHERE review_score.scores <> excluded.scores OR review_score.remark <> excluded.remark",
        );
        let query = query.bind(campaign).bind(batch).bind(case).bind(reviewer).bind(serde_json::to_string(&score.tenths).map_err(fault)?);
        let query = query.bind(text(&score.remark)).bind(by.actor.as_str()).bind(by.at_ms);
        Ok(query.execute(self.connection()).await?.rows_affected() > 0)
    }

    /// Notes that a sheet came in; how many scores are new and how many were changed by it.
    pub fn note_sheet(&mut self, batch: &str, reviewer: &str, sha256: &str, (new, changed): (usize, usize), by: &By) {
        let detail = json!({"reviewer": reviewer, "sheet_sha256": sha256, "new": new, "changed": changed});
        self.audit(by.entry(Act::ReviewScored, format!("review/{batch}"), detail));
    }

    /// Notes that packs and sheets were written.
    pub fn note_packs(&mut self, batch: &str, reviewers: usize, by: &By) {
        self.audit(by.entry(Act::ReviewExported, format!("review/{batch}"), json!({"reviewers": reviewers})));
    }

    /// Ends a round: the ranking stays as it is, and nothing comes in any more.
    pub async fn close_review(&mut self, (campaign, batch): (&str, &str), result: &Value, left_out: &[LeftOut], by: &By) -> Result<()> {
        let result = serde_json::to_string(result).map_err(fault)?;
        let query = sqlx::query(
            "UPDATE review_round SET closed_ms = $3, closed_by = $4, result = $5, left_out = $6
             WHERE campaign = $1 AND batch = $2 AND closed_ms IS NULL",
        );
        let query = query.bind(campaign).bind(batch).bind(by.at_ms).bind(by.actor.as_str()).bind(&result);
        let query = query.bind(serde_json::to_string(left_out).map_err(fault)?);
        query.execute(self.connection()).await?;
        let seed: Option<String> = sqlx::query_scalar("SELECT seed FROM review_round WHERE campaign = $1 AND batch = $2")
            .bind(campaign)
            .bind(batch)
            .fetch_one(self.connection())
            .await?;
        let sha256 = super::super::blob::hash(result.as_bytes());
        self.audit(by.entry(Act::ReviewClosed, format!("review/{batch}"), json!({"seed": seed, "ranking_sha256": sha256})));
        Ok(())
    }
}
