//! Mails of ours that wait and may be overtaken by time: what they were written from, and until when what they say is true.

use super::super::{Result, Store, Transaction, text};
use super::Others;
use crate::model::audit::{Act, By};
use crate::model::outbox::Rendered;
use serde_json::json;
use sqlx::Row;

/// What a claimed mail was written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// Its campaign.
    pub campaign: String,
    /// The letter, as JSON; none of a mail that is never written again.
    pub letter: Option<String>,
    /// The deadline that it tells, or when it no longer helps.
    pub until_ms: Option<i64>,
    /// The Message-ID that it answers.
    pub in_reply_to: Option<String>,
    /// Whether an earlier attempt may have arrived: then a repeat is the same bytes.
    pub may_have_arrived: bool,
    /// Whether every case that it tells about still lacks something.
    pub is_open: bool,
    /// The cases that it asks to correct.
    pub asked: Vec<i64>,
}

impl Transaction {
    /// Keeps what a mail was written from, in the transaction that queues it.
    pub async fn keep_letter(&mut self, outbox: i64, letter: Option<&str>, until_ms: Option<i64>) -> Result<()> {
        if letter.is_none() && until_ms.is_none() {
            return Ok(());
        }
        let query = sqlx::query("UPDATE outbox SET letter = $2, until_ms = $3 WHERE id = $1");
        query.bind(outbox).bind(letter.map(text)).bind(until_ms).execute(self.connection()).await?;
        Ok(())
    }

    /// Takes a case out of the correction requests that wait. One that asks about others too stays for those, and is written
    /// again without this case before it goes; one that asks about nothing else is taken back.
    pub async fn asks_no_more(&mut self, case: i64, now_ms: i64) -> Result<()> {
        let query = sqlx::query(
            "UPDATE outbox_case SET asked_ms = NULL WHERE case_id = $1 AND outbox IN (
                 SELECT o.id FROM outbox o JOIN outbox_case other ON other.outbox = o.id
                 WHERE o.kind = 'correction' AND o.state IN ('queued', 'held') AND o.lease_until_ms <= $2
                   AND other.case_id <> $1 AND other.asked_ms IS NOT NULL)",
        );
        query.bind(case).bind(now_ms).execute(self.connection()).await?;
        self.cancel(case, "correction", Others::Spare, now_ms).await?;
        Ok(())
    }

    /// Takes back the reminders of a case that wait. What they told is not told: of other cases it may be said again.
    pub async fn withdraw_reminders(&mut self, case: i64, now_ms: i64) -> Result<()> {
        if self.cancel_waiting(case, crate::model::outbox::REMINDER, now_ms).await? > 0 {
            let query = sqlx::query(
                "DELETE FROM reminder WHERE outbox IN (SELECT oc.outbox FROM outbox_case oc JOIN outbox o ON o.id = oc.outbox
                     WHERE oc.case_id = $1 AND o.kind = 'reminder' AND o.state = 'cancelled')",
            )
            .bind(case);
            query.execute(self.connection()).await?;
        }
        Ok(())
    }
}

impl Store {
    /// What a mail was written from; none where it is gone.
    pub async fn waited(&self, id: i64) -> Result<Option<Waited>> {
        let query = sqlx::query(
            "SELECT o.campaign, o.letter, o.until_ms, o.in_reply_to, o.lost_answers,
                 (SELECT COUNT(*) FROM outbox_case oc JOIN case_record c ON c.id = oc.case_id
                  WHERE oc.outbox = o.id AND c.status <> 'needs_correction') AS closed
             FROM outbox o WHERE o.id = $1",
        );
        let Some(row) = query.bind(id).fetch_optional(&self.pool).await? else { return Ok(None) };
        let asked = sqlx::query_scalar("SELECT case_id FROM outbox_case WHERE outbox = $1 AND asked_ms IS NOT NULL ORDER BY case_id");
        Ok(Some(Waited {
            campaign: row.try_get("campaign")?,
            letter: row.try_get("letter")?,
            until_ms: row.try_get("until_ms")?,
            in_reply_to: row.try_get("in_reply_to")?,
            may_have_arrived: row.try_get::<i64, _>("lost_answers")? > 0,
            is_open: row.try_get::<i64, _>("closed")? == 0,
            asked: asked.bind(id).fetch_all(&self.pool).await?,
        }))
    }

    /// Puts the mail that was written again in the place of the one before, under the same Message-ID. Only whoever holds the
    /// claim may; false where nobody does.
    pub async fn rewrite(&self, id: i64, owner: &str, mail: &Rendered, until_ms: Option<i64>) -> Result<bool> {
        let query =
            sqlx::query("UPDATE outbox SET mime = $3, until_ms = $4, subject = $5 WHERE id = $1 AND lease_owner = $2 AND state = 'queued'");
        let query = query.bind(id).bind(text(owner)).bind(mail.bytes.as_slice()).bind(until_ms).bind(text(&mail.subject));
        Ok(query.execute(&self.pool).await?.rows_affected() == 1)
    }

    /// Takes back a claimed reminder that has come too late, or whose case lacks nothing more. `is_void`: what it told of other
    /// cases may be told again.
    pub async fn withdraw(&self, id: i64, now_ms: i64, because: &str, is_void: bool) -> Result<()> {
        let mut tx = self.begin().await?;
        let query = sqlx::query(
            "UPDATE outbox SET state = 'cancelled', attempts = attempts - 1, lease_owner = NULL, lease_until_ms = 0
             WHERE id = $1 AND state = 'queued' AND attempts > 0",
        );
        if query.bind(id).execute(tx.connection()).await?.rows_affected() == 1 {
            if is_void {
                sqlx::query("DELETE FROM reminder WHERE outbox = $1").bind(id).execute(tx.connection()).await?;
            }
            tx.audit(By::program(now_ms).because(because).entry(Act::ReplyCancelled, format!("outbox/{id}"), json!({})));
        }
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Filter, Outgoing, ReminderKey, testing::*};
    use super::super::tests::queue;

    #[tokio::test]
    async fn only_who_holds_the_claim_writes_a_mail_again() {
        let (_dir, store) = store().await;
        let id = queue(&store, "a", None, 0).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.keep_letter(id, Some("{}"), Some(70)).await.unwrap();
        tx.commit().await.unwrap();
        let new = rendered("new", "u@example.com");
        assert!(!store.rewrite(id, "me", &new, Some(90)).await.unwrap());
        store.claim_outbox(1, 10, "me", 30).await.unwrap();
        assert!(!store.rewrite(id, "other", &new, Some(90)).await.unwrap());
        assert!(store.rewrite(id, "me", &new, Some(90)).await.unwrap());
        let waited = store.waited(id).await.unwrap().unwrap();
        assert_eq!((waited.letter.as_deref(), waited.until_ms, waited.may_have_arrived), (Some("{}"), Some(90), false));
        assert_eq!(store.claim_outbox(1, 50, "me", 30).await.unwrap()[0].mime, new.bytes);
    }

    #[tokio::test]
    async fn a_request_about_several_cases_stays_for_those_that_it_still_asks_about() {
        let (_dir, store) = store().await;
        let (first, _) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let (second, _) = open(&store, 2, "b", "某市质检院", "另一题目", "19900000002").await;
        let mail = rendered("ask", "u@example.com");
        let mut tx = store.begin().await.unwrap();
        let id = tx.enqueue(&Outgoing { kind: "correction", cases: &[first, second], ..outgoing(&mail) }).await.unwrap().unwrap();
        tx.note_asked(id, first, 1000).await.unwrap();
        tx.note_asked(id, second, 1000).await.unwrap();
        tx.asks_no_more(first, 2000).await.unwrap();
        tx.commit().await.unwrap();
        let state = async || store.list_outbox(&Filter::default()).await.unwrap().into_iter().find(|row| row.id == id).unwrap().state;
        assert_eq!((state().await.as_str(), store.waited(id).await.unwrap().unwrap().asked), ("queued", vec![second]));
        let mut tx = store.begin().await.unwrap();
        tx.asks_no_more(first, 2000).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(state().await, "queued", "a further form of the case that it doesn't ask about");
        let mut tx = store.begin().await.unwrap();
        tx.asks_no_more(second, 2000).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(state().await, "cancelled");
    }

    #[tokio::test]
    async fn a_withdrawn_reminder_frees_its_occasion_unless_it_is_over() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        for (name, is_void) in [("over", false), ("void", true)] {
            let id = queue(&store, name, None, 0).await.unwrap();
            let key = ReminderKey { case, occasion: name, day: Some(name) };
            let mut tx = store.begin().await.unwrap();
            assert!(tx.note_reminder(&key, id, 1).await.unwrap());
            tx.commit().await.unwrap();
            store.claim_outbox(9, 3000, "me", 0).await.unwrap();
            store.withdraw(id, 10, "已过期限", is_void).await.unwrap();
            let row = store.list_outbox(&Filter::default()).await.unwrap().into_iter().find(|row| row.id == id).unwrap();
            assert_eq!((row.state.as_str(), row.attempts), ("cancelled", 0));
            let mut tx = store.begin().await.unwrap();
            assert_eq!(tx.note_reminder(&key, id, 1).await.unwrap(), is_void);
        }
    }
}
