//! What happened to a round after the assignment: who withdrew in which order, and which cases are judged no more.

use super::{LeftOut, Recusal, Result, RoundCase, Transaction, fault, rfc3339, text};
use crate::model::audit::{Act, By};
use serde_json::{Value, json};
use sqlx::{Row, any::AnyRow};

impl Transaction {
    /// Notes who withdrew, who judges instead, and what was judged no more by then: with that anybody can work it out again.
    pub(super) async fn note_recusal(&mut self, (campaign, batch): (&str, &str), recusal: &Recusal, by: &By) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO review_recusal (campaign, batch, case_id, reviewer, instead, without, reason, actor, at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        );
        let query = query.bind(campaign).bind(batch).bind(recusal.case).bind(&recusal.reviewer).bind(recusal.instead.as_deref());
        let query = query.bind(serde_json::to_string(&recusal.without).map_err(fault)?).bind(text(&by.reason));
        query.bind(by.actor.as_str()).bind(by.at_ms).execute(self.connection()).await?;
        Ok(())
    }

    pub(super) async fn recusals(&mut self, campaign: &str, batch: &str) -> Result<Vec<Recusal>> {
        let query = sqlx::query(
            "SELECT case_id, reviewer, instead, without, reason, actor, at_ms FROM review_recusal WHERE campaign = $1 AND batch = $2
             ORDER BY id",
        );
        let read = |row: &AnyRow| {
            Ok(Recusal {
                case: row.try_get("case_id")?,
                reviewer: row.try_get("reviewer")?,
                instead: row.try_get("instead")?,
                without: serde_json::from_str(row.try_get("without")?).map_err(fault)?,
                reason: row.try_get("reason")?,
                actor: row.try_get("actor")?,
                at: rfc3339(row.try_get("at_ms")?),
            })
        };
        query.bind(campaign).bind(batch).fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    /// Of these cases those that have a code and are judged no more, with since when, as the log has it.
    pub(super) async fn left_out(&mut self, cases: &[RoundCase]) -> Result<Vec<LeftOut>> {
        let mut left = Vec::new();
        for case in cases.iter().filter(|case| case.is_out()) {
            let Some(code) = case.code.clone() else { continue };
            let why = if case.is_classified { "classified" } else { case.status.as_str() };
            let query = sqlx::query_scalar::<_, Option<i64>>(
                "SELECT MAX(at_ms) FROM audit WHERE subject = $1 AND act IN ('case.withdrawn', 'case.returned', 'case.merged')",
            );
            let at_ms = query.bind(format!("case/{}", case.number)).fetch_one(self.connection()).await?;
            let at = at_ms.filter(|_| !case.is_classified).map(rfc3339);
            left.push(LeftOut { number: case.number.clone(), code, why: why.to_owned(), at });
        }
        Ok(left)
    }

    /// Forgets what reviewers wrote beside a case, in the rankings too.
    pub(in crate::store) async fn forget_remarks(&mut self, case: i64) -> Result<()> {
        let query = sqlx::query_as::<_, (String, String, String, String)>(
            "SELECT r.campaign, r.batch, r.result, c.number FROM review_round r
             JOIN review_case rc ON rc.campaign = r.campaign AND rc.batch = r.batch JOIN case_record c ON c.id = rc.case_id
             WHERE rc.case_id = $1 AND r.result IS NOT NULL AND c.number IS NOT NULL",
        );
        for (campaign, batch, result, number) in query.bind(case).fetch_all(self.connection()).await? {
            let mut rows: Value = serde_json::from_str(&result).map_err(fault)?;
            let own = rows.as_array_mut().into_iter().flatten().filter(|row| row.get("number").and_then(Value::as_str) == Some(&number));
            for total in own.filter_map(|row| row.get_mut("totals")?.as_array_mut()).flatten() {
                total.as_object_mut().map(|total| total.insert("remark".into(), "".into()));
            }
            let query = sqlx::query("UPDATE review_round SET result = $3 WHERE campaign = $1 AND batch = $2").bind(campaign).bind(batch);
            query.bind(rows.to_string()).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Says what else is left out of what reviewers read. The log counts the words: they are somebody's.
    pub async fn set_masks(&mut self, (campaign, batch): (&str, &str), masks: &[String], by: &By) -> Result<()> {
        let query = sqlx::query("UPDATE review_round SET masks = $3 WHERE campaign = $1 AND batch = $2").bind(campaign).bind(batch);
        query.bind(serde_json::to_string(masks).map_err(fault)?).execute(self.connection()).await?;
        self.audit(by.entry(Act::ReviewMasked, format!("review/{batch}"), json!({"words": masks.len()})));
        Ok(())
    }
}
