//! Letters about what selection made of cases, and those that send cases on: what is decided, withdrawn or classified later
//! makes them untrue, and then they go no more, however far they have come.

use super::super::{Result, Store, Transaction};
use crate::model::audit::{Act, By};
use crate::model::outcome::Outcome;
use serde_json::json;
use sqlx::Any;

/// Decided cases without a letter since; the arguments are campaign and batch, or a case.
macro_rules! untold {
    () => {
        "SELECT c.number, s.outcome FROM case_record c
         JOIN selection s ON s.id = (SELECT MAX(n.id) FROM selection n
             WHERE n.case_id = c.id AND n.state = 'standing' AND n.outcome IN ('selected', 'not_selected'))
         WHERE ((c.campaign = $1 AND s.batch = $2) OR c.id = $3) AND c.number IS NOT NULL AND c.purged_ms IS NULL
           AND (c.outcome = s.outcome OR (c.outcome = 'referred' AND s.outcome = 'selected'))
           AND c.status NOT IN ('merged', 'withdrawn', 'returned', 'possible_revision')
           AND NOT EXISTS (SELECT 1 FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
               WHERE oc.case_id = c.id AND o.kind = s.outcome AND o.state <> 'cancelled'
                 AND o.created_ms >= COALESCE(s.confirmed_ms, s.at_ms))
         ORDER BY c.number"
    };
}

impl Transaction {
    /// Letters about the outcome, and those that send the case on, that wait: what was decided since makes them untrue. The
    /// result names them.
    pub async fn withdraw_outcome_letters(&mut self, case: i64, by: &By) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar::<Any, i64>(
            "UPDATE outbox SET state = 'cancelled' WHERE kind IN ('selected', 'not_selected', 'referral') AND state IN ('held', 'queued')
               AND lease_until_ms <= $2 AND id IN (SELECT outbox FROM outbox_case WHERE case_id = $1) RETURNING id",
        );
        let mut ids = query.bind(case).bind(by.at_ms).fetch_all(self.connection()).await?;
        ids.sort_unstable();
        for id in &ids {
            let program = By::program(by.at_ms).because("案例的状态或评审结果已变");
            self.audit(program.entry(Act::ReplyCancelled, format!("outbox/{id}"), json!({})));
        }
        Ok(ids)
    }

    /// The other cases that these mails tell of, by number: nobody tells of them any more.
    pub async fn told_beside(&mut self, mails: &[i64], case: i64) -> Result<Vec<String>> {
        let mut numbers = Vec::new();
        for id in mails {
            let query = sqlx::query_scalar::<Any, String>(
                "SELECT c.number FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id
                 WHERE oc.outbox = $1 AND c.id <> $2 AND c.number IS NOT NULL ORDER BY c.id",
            );
            numbers.extend(query.bind(*id).bind(case).fetch_all(self.connection()).await?);
        }
        numbers.sort();
        numbers.dedup();
        Ok(numbers)
    }

    /// What a case's unit is to be told and wasn't: whether it was selected. None where a letter about it waits or went.
    pub async fn untold(&mut self, case: i64) -> Result<Option<Outcome>> {
        let query = sqlx::query_as::<Any, (String, String)>(untold!()).bind("").bind("").bind(case);
        Ok(query.fetch_optional(self.connection()).await?.and_then(|(_, outcome)| Outcome::parse(&outcome)))
    }

    /// The cases that a mail may tell of no more, unless it went already: purged, taken or sent back, merged, classified since,
    /// or with another outcome than it tells. By number; of every other kind of mail none.
    pub async fn tells_no_more(&mut self, outbox: i64) -> Result<Vec<String>> {
        let query = sqlx::query_scalar::<Any, String>(
            "SELECT COALESCE(c.number, CAST(c.id AS TEXT)) FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id
             JOIN case_record c ON c.id = oc.case_id
             WHERE o.id = $1 AND o.state <> 'sent' AND o.kind IN ('selected', 'not_selected', 'referral')
               AND (c.purged_ms IS NOT NULL OR c.outcome IS NULL
                 OR (o.kind = 'not_selected' AND c.outcome <> 'not_selected')
                 OR (o.kind <> 'not_selected' AND c.outcome NOT IN ('selected', 'referred'))
                 OR c.status IN ('merged', 'withdrawn', 'returned', 'possible_revision')
                 OR EXISTS (SELECT 1 FROM revision v JOIN message m ON m.id = v.message WHERE v.case_id = c.id AND m.classified <> 0
                     AND v.revision = COALESCE((SELECT MAX(f.revision) FROM frozen_case f WHERE f.case_id = c.id), c.revision))
                 OR (o.kind = 'referral' AND EXISTS (SELECT 1 FROM evidence e JOIN message m ON m.id = e.message
                     WHERE e.case_id = c.id AND m.classified <> 0)))
             ORDER BY c.id",
        );
        Ok(query.bind(outbox).fetch_all(self.connection()).await?)
    }
}

impl Store {
    /// The cases of a batch of which nobody has told, or is to tell, their units what was decided: by number.
    pub async fn untold_cases(&self, campaign: &str, batch: &str) -> Result<Vec<String>> {
        let query = sqlx::query_as::<Any, (String, String)>(untold!()).bind(campaign).bind(batch).bind(-1_i64);
        Ok(query.fetch_all(&self.pool).await?.into_iter().map(|(number, _)| number).collect())
    }

    /// Has a claimed mail go no more where it may not tell of some of its cases any more; they are given back. One that the server
    /// may have had before waits for a person.
    pub async fn stop_untrue(&self, id: i64, now_ms: i64) -> Result<Vec<String>> {
        let mut tx = self.begin().await?;
        let numbers = tx.tells_no_more(id).await?;
        if numbers.is_empty() {
            tx.rollback().await?;
            return Ok(numbers);
        }
        let why = format!("案例 {} 的状态或评审结果已变，或疑似涉密，没有发出", numbers.join("、"));
        let query = sqlx::query_scalar::<Any, String>(
            "UPDATE outbox SET state = CASE WHEN lost_answers > 0 THEN 'uncertain' ELSE 'cancelled' END, attempts = attempts - 1,
                 lease_owner = NULL, lease_until_ms = 0, last_error = $2
             WHERE id = $1 AND state = 'queued' AND attempts > 0 RETURNING state",
        );
        if let Some(state) = query.bind(id).bind(&why).fetch_optional(tx.connection()).await? {
            let act = if state == "cancelled" { Act::ReplyCancelled } else { Act::ReplyUncertain };
            tx.audit(By::program(now_ms).because("案例的状态或评审结果已变").entry(act, format!("outbox/{id}"), json!({})));
        }
        tx.commit().await?;
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::super::super::{Outgoing, Settled};
    use super::*;
    use crate::model::outbox::OutboxState;
    use crate::store::Outcome as Delivered;

    async fn letter(store: &Store, name: &str, kind: &'static str, cases: &[i64]) -> i64 {
        let mail = rendered(name, "u@unit.example");
        let mut tx = store.begin().await.unwrap();
        let id = tx.enqueue(&Outgoing { kind, state: OutboxState::Queued, cases, ..outgoing(&mail) }).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn set(store: &Store, statement: &'static str) {
        sqlx::query(statement).execute(&store.pool).await.unwrap();
    }

    #[tokio::test]
    async fn a_claimed_letter_that_holds_no_more_is_given_back_and_one_that_may_have_gone_waits_for_a_person() {
        let (_dir, store) = store().await;
        let (one, first) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let (two, second) = open(&store, 2, "b", "某市计量院", "另一题目", "19900000002").await;
        set(&store, "UPDATE case_record SET outcome = 'selected'").await;
        set(&store, "UPDATE outbox SET state = 'cancelled'").await;
        let id = letter(&store, "both", "selected", &[one, two]).await;
        assert_eq!(store.claim_outbox(9, 2000, "me", 0).await.unwrap().len(), 1);
        assert!(store.stop_untrue(id, 2000).await.unwrap().is_empty(), "it holds");
        set(&store, "UPDATE case_record SET status = 'withdrawn' WHERE id = (SELECT MAX(id) FROM case_record)").await;
        assert_eq!(store.stop_untrue(id, 2000).await.unwrap(), std::slice::from_ref(&second));
        let row = async |id| store.list_outbox(&Default::default()).await.unwrap().into_iter().find(|row| row.id == id).unwrap();
        assert_eq!((row(id).await.state.as_str(), row(id).await.attempts), ("cancelled", 0));
        assert!(row(id).await.last_error.unwrap().contains(&second));
        assert!(store.claim_outbox(9, 3000, "me", 0).await.unwrap().is_empty());
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.told_beside(&[id], two).await.unwrap(), [first]);
        drop(tx);
        // Where an answer was lost, the server may have it: what became of it a person finds out.
        let id = letter(&store, "lost", "referral", &[one]).await;
        store.claim_outbox(9, 4000, "me", 0).await.unwrap();
        let outcome = Delivered::Lost { next_ms: 5000, error: "没有应答".into() };
        store.settle(&[Settled { id, outcome }], 4000).await.unwrap();
        store.claim_outbox(9, 5000, "me", 0).await.unwrap();
        set(&store, "UPDATE message SET classified = 1").await;
        assert_eq!(store.stop_untrue(id, 5000).await.unwrap().len(), 1);
        assert_eq!(row(id).await.state, "uncertain");
        assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
    }

    #[tokio::test]
    async fn each_kind_of_letter_holds_as_long_as_what_it_tells() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let mails = [
            letter(&store, "selected", "selected", &[case]).await,
            letter(&store, "not", "not_selected", &[case]).await,
            letter(&store, "referral", "referral", &[case]).await,
            letter(&store, "other", "correction", &[case]).await,
        ];
        let no_more = async || {
            let mut tx = store.begin().await.unwrap();
            let mut told = Vec::new();
            for id in mails {
                told.push(tx.tells_no_more(id).await.unwrap() == [number.clone()]);
            }
            told
        };
        for (outcome, untrue) in [
            ("UPDATE case_record SET outcome = NULL", [true, true, true, false]),
            ("UPDATE case_record SET outcome = 'not_selected'", [true, false, true, false]),
            ("UPDATE case_record SET outcome = 'referred'", [false, true, false, false]),
            ("UPDATE case_record SET outcome = 'selected'", [false, true, false, false]),
            ("UPDATE case_record SET status = 'merged'", [true, true, true, false]),
        ] {
            set(&store, outcome).await;
            assert_eq!(no_more().await, untrue, "{outcome}");
        }
    }
}
