//! One step follows another: one person proposes, another confirms; a fact is noted.

use super::super::{ActCase, Result, Transaction, text};
use super::{Selection, SelectionRow, read};
use crate::model::audit::{Act, By};
use crate::model::outcome::Outcome;
use serde_json::json;
use sqlx::Any;

impl Transaction {
    /// Where a case stands in selection.
    pub async fn outcome(&mut self, case: i64) -> Result<Option<Outcome>> {
        let query = sqlx::query_scalar::<Any, Option<String>>("SELECT outcome FROM case_record WHERE id = $1").bind(case);
        Ok(query.fetch_optional(self.connection()).await?.flatten().as_deref().and_then(Outcome::parse))
    }

    /// The newest step of a case that stands.
    pub async fn standing_selection(&mut self, case: i64) -> Result<Option<SelectionRow>> {
        self.newest(case, "standing").await
    }

    /// What waits for a second person to confirm it.
    pub async fn waiting_selection(&mut self, case: i64) -> Result<Option<SelectionRow>> {
        self.newest(case, "proposed").await
    }

    async fn newest(&mut self, case: i64, state: &str) -> Result<Option<SelectionRow>> {
        let query = sqlx::query(steps!("WHERE s.case_id = $1 AND s.state = $2 ORDER BY s.id DESC LIMIT 1")).bind(case).bind(state);
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// What the first person wants for a case; a wish that waited before is replaced. Whether it may follow is the caller's
    /// to ask ([`Outcome::may_follow`]). False where somebody else proposes at this moment: one wish waits at a time.
    pub async fn propose_outcome(&mut self, case: &ActCase, batch: &str, outcome: Outcome, by: &By) -> Result<bool> {
        let query = sqlx::query("UPDATE selection SET state = 'replaced' WHERE case_id = $1 AND state = 'proposed'").bind(case.id);
        query.execute(self.connection()).await?;
        if !self.add_step(case, batch, outcome, "proposed", by).await? {
            return Ok(false);
        }
        let detail = json!({"batch": batch, "outcome": outcome.as_str()});
        self.audit(by.entry(Act::SelectionProposed, format!("case/{}", case.name()), detail));
        Ok(true)
    }

    /// Another person confirms what waits. `until_ms` is the end of the public notice, where it opens one.
    pub async fn confirm_outcome(&mut self, case: &ActCase, until_ms: Option<i64>, by: &By) -> Result<Selection> {
        let Some(wish) = self.newest(case.id, "proposed").await? else { return Ok(Selection::Nothing) };
        let before = self.outcome(case.id).await?;
        if !wish.outcome.may_follow(before) {
            return Ok(Selection::Overtaken(before));
        }
        let roster = self.roster(&case.campaign).await?;
        if !roster.may_confirm(by.actor.as_str()) {
            return Ok(Selection::NotInRoster);
        }
        if roster.is_same(&wish.actor, by.actor.as_str()) {
            return Ok(Selection::SamePerson);
        }
        let until_ms = until_ms.filter(|_| wish.outcome == Outcome::InNotice);
        // Two who confirm at once confirm it once.
        let query = sqlx::query(
            "UPDATE selection SET state = 'standing', confirmed_by = $2, confirmed_ms = $3, until_ms = $4 WHERE id = $1 AND state = 'proposed'",
        );
        let query = query.bind(wish.id).bind(by.actor.as_str()).bind(by.at_ms).bind(until_ms);
        if query.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(Selection::Nothing);
        }
        self.set_outcome(case.id, wish.outcome).await?;
        if before == Some(Outcome::Objected) {
            self.settle_objections(case.id, wish.id, wish.outcome).await?;
        }
        let detail = json!({"batch": wish.batch, "outcome": wish.outcome.as_str(), "before": before, "proposed_by": wish.actor});
        self.audit(by.entry(Act::SelectionConfirmed, format!("case/{}", case.name()), detail));
        let query = sqlx::query(steps!("WHERE s.id = $1")).bind(wish.id);
        let row = query.fetch_one(self.connection()).await?;
        Ok(Selection::Confirmed(Box::new(read(&row)?)))
    }

    /// A fact about a case that one person notes: it was sent on (已报送), or was objected to. False where it may not follow.
    pub async fn note_outcome(&mut self, case: &ActCase, outcome: Outcome, by: &By) -> Result<bool> {
        let before = self.outcome(case.id).await?;
        if !outcome.may_follow(before) {
            return Ok(false);
        }
        let Some(standing) = self.standing_selection(case.id).await? else { return Ok(false) };
        self.add_step(case, &standing.batch, outcome, "standing", by).await?;
        self.set_outcome(case.id, outcome).await?;
        let detail = json!({"batch": standing.batch, "outcome": outcome.as_str(), "before": before});
        let act = if outcome == Outcome::Objected { Act::SelectionObjected } else { Act::SelectionConfirmed };
        self.audit(by.entry(act, format!("case/{}", case.name()), detail));
        Ok(true)
    }

    /// The end of the latest public notice of a case.
    pub async fn notice_until(&mut self, case: i64) -> Result<Option<i64>> {
        let query = sqlx::query_scalar::<Any, Option<i64>>(
            "SELECT MAX(until_ms) FROM selection WHERE case_id = $1 AND state = 'standing' AND outcome = 'in_notice'",
        );
        Ok(query.bind(case).fetch_one(self.connection()).await?)
    }

    async fn add_step(&mut self, case: &ActCase, batch: &str, outcome: Outcome, state: &str, by: &By) -> Result<bool> {
        // Only one row of a case is `proposed`: the index `selection_waiting` is unique.
        let query = sqlx::query(
            "INSERT INTO selection (case_id, batch, outcome, state, actor, reason, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT DO NOTHING",
        );
        let query = query.bind(case.id).bind(batch).bind(outcome.as_str()).bind(state).bind(by.actor.as_str());
        let query = query.bind(text(&by.reason)).bind(by.at_ms);
        Ok(query.execute(self.connection()).await?.rows_affected() == 1)
    }

    async fn set_outcome(&mut self, case: i64, outcome: Outcome) -> Result<()> {
        let query = sqlx::query("UPDATE case_record SET outcome = $2 WHERE id = $1").bind(case).bind(outcome.as_str());
        query.execute(self.connection()).await?;
        Ok(())
    }
}
