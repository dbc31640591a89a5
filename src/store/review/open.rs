//! A round is opened: for these cases, with these reviewers and what bars them.

use super::{Member, Result, RoundCase, Transaction, fault, text, to_i64};
use crate::model::audit::{Act, By};
use crate::model::review::{Bar, ReviewRules};
use serde_json::json;

impl Transaction {
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
            "DELETE FROM review_recusal WHERE campaign = $1 AND batch = $2",
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

    pub(super) async fn bar(&mut self, (campaign, batch): (&str, &str), (case, reviewer): (i64, &str), bar: Bar, by: &By) -> Result<()> {
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
}
