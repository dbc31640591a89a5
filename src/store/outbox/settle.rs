//! What became of claimed mails of ours, noted for a whole batch in one transaction.

use super::super::{Result, Store, Transaction, text};
use super::{Claim, Quota};
use crate::model::audit::{Act, By};
use crate::model::outbox::OutboxState;
use serde_json::json;
use sqlx::Any;

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The item.
    pub id: i64,
    /// Its outcome.
    pub outcome: Outcome,
}

/// An outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server accepted it. It holds even where the item was cancelled meanwhile: it is the truth.
    Sent {
        /// When.
        at_ms: i64,
        /// The server's words; of a folder, the file.
        answer: String,
    },
    /// It was refused for now, and is tried again.
    Deferred {
        /// When.
        next_ms: i64,
        /// The server's words.
        error: String,
    },
    /// It was not tried (a cap, a stop, no connection): the attempt doesn't count.
    Postponed {
        /// When it may be tried.
        next_ms: i64,
    },
    /// It can't be delivered.
    Dead {
        /// The server's words.
        error: String,
    },
    /// The server's answer was lost behind the data: it may have been accepted. It is sent again as the same
    /// mail while its `repeat_limit` allows that, and waits for a person otherwise.
    Lost {
        /// When it is sent again.
        next_ms: i64,
        /// What happened.
        error: String,
    },
}

impl Store {
    /// Notes what became of a batch. Repeating it changes nothing but for what was postponed or lost, which
    /// needs the claim's lease: only the first of two finds it. Where there are others it must be this process's own.
    pub async fn settle(&self, batch: &[Settled], now_ms: i64) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        tx.settle_outbox(batch, now_ms, self.node.get()).await?;
        tx.commit().await
    }

    /// The same, and takes what is due, as [`Store::claim_replies`] does, in one commit.
    pub async fn settle_and_claim(&self, batch: &[Settled], now_ms: i64, quota: Quota, owner: &str, lease_ms: i64) -> Result<Claim> {
        let mut tx = self.begin().await?;
        tx.settle_outbox(batch, now_ms, self.node.get()).await?;
        let claim = tx.claim_replies(quota, now_ms, owner, lease_ms).await?;
        tx.commit().await?;
        Ok(claim)
    }
}

impl Transaction {
    async fn settle_outbox(&mut self, batch: &[Settled], now_ms: i64, node: Option<&String>) -> Result<()> {
        failpoint!("outbox.settle");
        for Settled { id, outcome } in batch {
            let query = match outcome {
                Outcome::Sent { at_ms, answer } => sqlx::query_scalar::<Any, String>(
                    "UPDATE outbox SET state = 'sent', sent_ms = $2, answer = $3, last_error = NULL, lease_owner = NULL, lease_until_ms = 0
                     WHERE id = $1 AND state <> 'sent' RETURNING state",
                )
                .bind(*id)
                .bind(*at_ms)
                .bind(text(answer)),
                Outcome::Deferred { next_ms, error } => sqlx::query_scalar::<Any, String>(
                    "UPDATE outbox SET next_attempt_ms = $2, last_error = $3, lease_owner = NULL, lease_until_ms = 0
                     WHERE id = $1 AND state = 'queued' RETURNING state",
                )
                .bind(*id)
                .bind(*next_ms)
                .bind(text(error)),
                Outcome::Postponed { next_ms } => sqlx::query_scalar::<Any, String>(
                    "UPDATE outbox SET next_attempt_ms = $2, attempts = attempts - 1, lease_owner = NULL, lease_until_ms = 0
                     WHERE id = $1 AND state = 'queued' AND attempts > 0 AND lease_owner = COALESCE($3, lease_owner) RETURNING state",
                )
                .bind(*id)
                .bind(*next_ms)
                .bind(node.cloned()),
                Outcome::Dead { error } => sqlx::query_scalar::<Any, String>(
                    "UPDATE outbox SET state = $2, last_error = $3, lease_owner = NULL, lease_until_ms = 0
                     WHERE id = $1 AND state = 'queued' RETURNING state",
                )
                .bind(*id)
                .bind(OutboxState::Dead.as_str())
                .bind(text(error)),
                Outcome::Lost { next_ms, error } => sqlx::query_scalar::<Any, String>(
                    "UPDATE outbox SET state = CASE WHEN lost_answers < repeat_limit THEN state ELSE 'uncertain' END,
                         lost_answers = lost_answers + 1, next_attempt_ms = $2, last_error = $3, lease_owner = NULL, lease_until_ms = 0
                     WHERE id = $1 AND state = 'queued' AND lease_owner = COALESCE($4, lease_owner) RETURNING state",
                )
                .bind(*id)
                .bind(*next_ms)
                .bind(text(error))
                .bind(node.cloned()),
            };
            let state = query.fetch_optional(self.connection()).await?;
            if state.as_deref() == Some(OutboxState::Sent.as_str()) {
                self.note_referred(*id, now_ms).await?;
            }
            if let Some(act) = state.as_deref().and_then(act_of) {
                self.audit(By::program(now_ms).entry(act, format!("outbox/{id}"), json!({})));
            }
        }
        Ok(())
    }
}

/// What it is that a mail came to this state. That it is to be tried again is no act.
fn act_of(state: &str) -> Option<Act> {
    match state {
        "sent" => Some(Act::ReplySent),
        "dead" => Some(Act::ReplyDead),
        "uncertain" => Some(Act::ReplyUncertain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Change, Filter, Outgoing, testing::*};
    use super::super::tests::queue;
    use super::*;

    async fn settle(store: &Store, id: i64, outcome: Outcome) -> (String, u32, Option<String>) {
        store.claim_outbox(1, 1000, "me", 10).await.unwrap();
        store.settle(&[Settled { id, outcome }], 1000).await.unwrap();
        let row = store.list_outbox(&Filter::default()).await.unwrap().into_iter().find(|row| row.id == id).unwrap();
        (row.state, row.attempts, row.last_error)
    }

    #[tokio::test]
    async fn an_item_goes_through_its_states() {
        let (_dir, store) = store().await;
        let id = queue(&store, "a", None, 0).await.unwrap();
        let error = || "450 later".to_owned();
        let deferred = settle(&store, id, Outcome::Deferred { next_ms: 50, error: error() }).await;
        assert_eq!(deferred, ("queued".into(), 1, Some(error())));
        assert_eq!(settle(&store, id, Outcome::Postponed { next_ms: 61 }).await, ("queued".into(), 1, Some(error())));
        assert_eq!(settle(&store, id, Outcome::Dead { error: error() }).await.0, "dead");
        assert_eq!(store.retry(id, &by(63)).await.unwrap(), Change::Done);
        assert_eq!(settle(&store, id, accepted(64)).await, ("sent".into(), 1, None));
        assert_eq!(settle(&store, id, Outcome::Dead { error: error() }).await.0, "sent");
        assert_eq!(store.next_due_ms().await.unwrap(), None);
        let row = store.list_outbox(&Filter::default()).await.unwrap().remove(0);
        assert_eq!(row.answer.as_deref(), Some("250 queued"), "the server's words are kept");
    }

    #[tokio::test]
    async fn a_lost_answer_is_followed_by_one_repeat_and_that_of_a_digest_by_none() {
        let (_dir, store) = store().await;
        let lost = || Outcome::Lost { next_ms: 0, error: "lost".into() };
        let id = queue(&store, "a", None, 0).await.unwrap();
        // Attempts that were refused for now are no repeats.
        settle(&store, id, Outcome::Deferred { next_ms: 0, error: "450".into() }).await;
        assert_eq!(settle(&store, id, lost()).await.0, "queued");
        assert_eq!(settle(&store, id, lost()).await.0, "uncertain");
        store.retry(id, &by(0)).await.unwrap();
        assert_eq!(settle(&store, id, lost()).await.0, "uncertain", "a person's repeat is one, too");
        let mail = rendered("digest", "office@example.com");
        let mut tx = store.begin().await.unwrap();
        let digest = tx.enqueue(&Outgoing { kind: "digest", ..outgoing(&mail) }).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(settle(&store, digest, lost()).await.0, "uncertain");
    }

    #[tokio::test]
    async fn after_a_kill_a_digest_that_may_have_left_waits_for_a_person() {
        let (_dir, store) = file().await;
        queue(&store, "a", None, 0).await.unwrap();
        let mail = rendered("digest", "office@example.com");
        let mut tx = store.begin().await.unwrap();
        tx.enqueue(&Outgoing { kind: "digest", ..outgoing(&mail) }).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        store.claim_outbox(9, 0, "killed", 10).await.unwrap();
        let lock = store.daemon_lock().unwrap();
        assert_eq!(store.release_foreign_leases(&lock, "me", 0).await.unwrap(), 2);
        let states: Vec<_> = store.list_outbox(&Filter::default()).await.unwrap().into_iter().map(|row| row.state).collect();
        assert_eq!(states, ["queued", "uncertain"]);
    }

    #[tokio::test]
    async fn what_is_noted_and_what_is_claimed_next_are_one_commit() {
        let (_dir, store) = store().await;
        let first = queue(&store, "a", None, 0).await.unwrap();
        let second = queue(&store, "b", None, 0).await.unwrap();
        store.claim_outbox(1, 10, "me", 30).await.unwrap();
        let noted = [Settled { id: first, outcome: accepted(20) }];
        let quota = |at_once| Quota { at_once, per_hour: 9 };
        let none = store.settle_and_claim(&noted, 20, quota(0), "me", 30).await.unwrap().due;
        let due = store.settle_and_claim(&noted, 20, quota(9), "me", 30).await.unwrap().due;
        assert_eq!((none.len(), due.iter().map(|due| (due.id, due.attempts)).collect::<Vec<_>>()), (0, vec![(second, 1)]));
        assert!(store.claim_outbox(9, 49, "other", 30).await.unwrap().is_empty());
        let states: Vec<_> = store.list_outbox(&Filter::default()).await.unwrap().into_iter().map(|row| row.state).collect();
        assert_eq!(states, ["sent", "queued"]);
        // Repeating what was noted adds nothing to the log.
        assert_eq!(store.list_audit(&Default::default()).await.unwrap().iter().filter(|row| row.act == "reply.sent").count(), 1);
    }
}
