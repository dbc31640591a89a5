//! What is held for a person: listed, judged again, or seen to by hand.
//!
//! A mail that is judged again goes the way of every mail, and its thread with it: later mails that answer it
//! and that came to nothing (for guidance, for a person) are judged again behind it, in the order of receipt.
//! What such a mail was to be told and was not yet is taken back; what it was told stays its one reply.

use super::super::{
    Filter, Result, Store, Transaction,
    filter::{Listed, Sql},
    order, rfc3339, text,
};
use super::Part;
use crate::model::address::Address;
use crate::model::audit::{Act, By};
use crate::store::from_i64;
use serde::Serialize;
use serde_json::json;
use sqlx::{Row, any::AnyRow};

/// A mail that is or was held for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are those of the mails' list")]
pub struct QuarantineRow {
    pub id: i64,
    /// `open`, or `dismissed` by a person.
    pub status: String,
    pub mailbox: String,
    pub uid: Option<i64>,
    pub sha256: Option<String>,
    pub message_id: Option<String>,
    pub from: Address,
    pub subject: String,
    pub received_at: String,
    pub bytes: u64,
    /// `whole`, `header` or `none`: how much of it is stored.
    pub part: String,
    /// Whether it looks classified.
    pub classified: bool,
    /// Why it is held.
    pub because: String,
    pub attempts: u32,
    pub last_error: Option<String>,
    /// How often it was judged again.
    pub replays: u32,
    pub dismissed_at: Option<String>,
    pub dismissed_because: Option<String>,
    pub campaign: String,
}

/// What became of a wish of the person at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is done.
    Done,
    /// It was so already.
    Already,
    /// It isn't held: it has this disposition, or waits to be judged.
    NotHeld(Option<String>),
    /// Only so much of it is stored.
    Incomplete(Part),
    /// No mail has this number.
    Unknown,
}

/// What bears on such a wish.
struct Held {
    disposition: Option<String>,
    part: Part,
    is_stored: bool,
    replays: i64,
    is_dismissed: bool,
}

impl Store {
    /// What is held, oldest first. `status` is `open` (where left out) or `dismissed`. Classified matter is
    /// found by no text.
    pub async fn list_quarantine(&self, filter: &Filter) -> Result<Vec<QuarantineRow>> {
        let sql = Sql::listed(Sql::new(LIST), &OF_QUARANTINE, filter, |sql| of_quarantine(filter, sql));
        self.rows(&sql, read_row).await
    }

    /// How many would be listed without a limit.
    pub async fn count_quarantine(&self, filter: &Filter) -> Result<u64> {
        let mut sql = Sql::new("SELECT COUNT(*) FROM message m WHERE m.state = 'done' AND m.disposition = 'quarantined'");
        of_quarantine(filter, &mut sql);
        self.count(&sql).await
    }

    /// One of them, dismissed or not.
    pub async fn quarantined(&self, message: i64) -> Result<Option<QuarantineRow>> {
        let mut rows = Vec::new();
        for status in ["open", "dismissed"] {
            rows.extend(self.list_quarantine(&Filter { status: Some(status.into()), ..Filter::default() }).await?);
        }
        Ok(rows.into_iter().find(|row| row.id == message))
    }

    /// Lets a quarantined mail be judged again, from nothing. Repeating it changes nothing.
    pub async fn replay(&self, message: i64, by: &By) -> Result<Asked> {
        let mut tx = self.begin().await?;
        let Some(held) = tx.held(message).await? else { return Ok(Asked::Unknown) };
        match held.disposition.as_deref() {
            Some("quarantined") if held.part == Part::Whole && held.is_stored => {}
            Some("quarantined") => return Ok(Asked::Incomplete(held.part)),
            _ if held.replays > 0 => return Ok(Asked::Already),
            _ => return Ok(Asked::NotHeld(held.disposition)),
        }
        tx.judge_again(message).await?;
        tx.audit(by.entry(Act::MessageReplayed, format!("message/{message}"), json!({})));
        failpoint!("quarantine.replay");
        tx.commit().await?;
        Ok(Asked::Done)
    }

    /// A person has seen to it. Repeating it changes nothing: the first reason stays.
    pub async fn dismiss(&self, message: i64, by: &By) -> Result<Asked> {
        let mut tx = self.begin().await?;
        let Some(held) = tx.held(message).await? else { return Ok(Asked::Unknown) };
        if held.disposition.as_deref() != Some("quarantined") {
            return Ok(Asked::NotHeld(held.disposition));
        }
        if held.is_dismissed {
            return Ok(Asked::Already);
        }
        let query = sqlx::query("UPDATE message SET dismissed_ms = $2, dismissed_because = $3 WHERE id = $1");
        query.bind(message).bind(by.at_ms).bind(text(&by.reason)).execute(tx.connection()).await?;
        tx.audit(by.entry(Act::MessageDismissed, format!("message/{message}"), json!({})));
        tx.commit().await?;
        Ok(Asked::Done)
    }
}

impl Transaction {
    /// Later mails that answer a replayed one, and that came to nothing, are judged again behind it. The
    /// result counts them. Repeating it changes nothing: they are `received` then.
    pub async fn judge_thread_again(&mut self, message: i64) -> Result<u64> {
        let query = sqlx::query_scalar(
            "SELECT later.id FROM message m
             JOIN message_answer a ON a.answered = m.message_id
             JOIN message later ON later.id = a.message
             WHERE m.id = $1 AND m.replays > 0 AND later.id > m.id AND later.mailbox = m.mailbox AND later.state = 'done'
               AND later.part = 'whole' AND later.disposition IN ('inquiry', 'guidance')
             ORDER BY later.id",
        );
        let later: Vec<i64> = query.bind(message).fetch_all(self.connection()).await?;
        for message in &later {
            self.judge_again(*message).await?;
        }
        Ok(later.len() as u64)
    }

    async fn judge_again(&mut self, message: i64) -> Result<()> {
        let done = sqlx::query(
            "UPDATE message SET state = 'received', disposition = NULL, because = '', attempts = 0, interruptions = 0,
                 lease_owner = NULL, lease_until_ms = 0, last_error = NULL, duplicate_of = NULL,
                 replays = replays + 1, dismissed_ms = NULL, dismissed_because = NULL
             WHERE id = $1",
        );
        done.bind(message).execute(self.connection()).await?;
        for findings in [
            "DELETE FROM defect WHERE message = $1 AND case_id IS NULL",
            "DELETE FROM evidence WHERE message = $1 AND case_id IS NULL",
            // Nobody has seen it: it was never tried.
            "DELETE FROM outbox WHERE source_message = $1 AND state IN ('queued', 'held', 'cancelled') AND attempts = 0
                 AND lease_owner IS NULL AND id NOT IN (SELECT outbox FROM outbox_case)",
        ] {
            sqlx::query(findings).bind(message).execute(self.connection()).await?;
        }
        Ok(())
    }

    async fn held(&mut self, message: i64) -> Result<Option<Held>> {
        let query = sqlx::query("SELECT disposition, part, sha256, replays, dismissed_ms FROM message WHERE id = $1").bind(message);
        let Some(row) = query.fetch_optional(self.connection()).await? else { return Ok(None) };
        Ok(Some(Held {
            disposition: row.try_get("disposition")?,
            part: Part::parse(row.try_get("part")?),
            is_stored: row.try_get::<Option<String>, _>("sha256")?.is_some(),
            replays: row.try_get("replays")?,
            is_dismissed: row.try_get::<Option<i64>, _>("dismissed_ms")?.is_some(),
        }))
    }
}

const LIST: &str = "SELECT m.id, m.mailbox, m.sha256, m.message_id, m.from_name, m.from_address, m.subject, m.received_ms, m.bytes, m.part,
         m.classified, m.because, m.attempts, m.last_error, m.replays, m.dismissed_ms, m.dismissed_because, m.campaign,
         (SELECT p.uid FROM mailbox_position p WHERE p.message = m.id ORDER BY p.id DESC LIMIT 1) AS uid
     FROM message m WHERE m.state = 'done' AND m.disposition = 'quarantined'";

const OF_QUARANTINE: Listed = Listed {
    among: " AND m.id IN (SELECT m.id FROM message m WHERE m.state = 'done' AND m.disposition = 'quarantined'",
    orders: order::MESSAGES,
    row: "m.id",
};

fn of_quarantine(filter: &Filter, sql: &mut Sql) {
    match filter.status.as_deref() {
        Some("dismissed") => sql.push(" AND m.dismissed_ms IS NOT NULL"),
        _ => sql.push(" AND m.dismissed_ms IS NULL"),
    };
    filter.of_messages(sql);
}

fn read_row(row: &AnyRow) -> Result<QuarantineRow> {
    let dismissed: Option<i64> = row.try_get("dismissed_ms")?;
    Ok(QuarantineRow {
        id: row.try_get("id")?,
        status: if dismissed.is_some() { "dismissed".into() } else { "open".into() },
        mailbox: row.try_get("mailbox")?,
        uid: row.try_get("uid")?,
        sha256: row.try_get("sha256")?,
        message_id: row.try_get("message_id")?,
        from: Address { name: row.try_get("from_name")?, address: row.try_get("from_address")? },
        subject: row.try_get("subject")?,
        received_at: rfc3339(row.try_get("received_ms")?),
        bytes: from_i64(row.try_get("bytes")?),
        part: row.try_get("part")?,
        classified: row.try_get::<i64, _>("classified")? == 1,
        because: row.try_get("because")?,
        attempts: from_i64(row.try_get("attempts")?),
        last_error: row.try_get("last_error")?,
        replays: from_i64(row.try_get("replays")?),
        dismissed_at: dismissed.map(rfc3339),
        dismissed_because: row.try_get("dismissed_because")?,
        campaign: row.try_get("campaign")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use crate::model::decision::Disposition;
    use crate::store::{Received, ReceivedState, Verdict};

    #[tokio::test]
    async fn a_quarantined_mail_is_judged_again_and_a_repeat_changes_nothing() {
        let (_dir, store) = store().await;
        let id = receive(&store, 1, "a").await;
        assert_eq!(store.replay(id, &by(1)).await.unwrap(), Asked::NotHeld(None));
        assert_eq!(store.replay(99, &by(1)).await.unwrap(), Asked::Unknown);
        quarantine(&store, id).await;
        assert_eq!(store.list_quarantine(&Filter::default()).await.unwrap()[0].because, "三次未能读取");
        assert_eq!(store.replay(id, &by(1)).await.unwrap(), Asked::Done);
        assert_eq!(store.replay(id, &by(1)).await.unwrap(), Asked::Already);
        assert_eq!(store.claim("main", 1, 0, "me", 10).await.unwrap()[0].attempts, 1);
        quarantine(&store, id).await;
        assert_eq!(store.replay(id, &by(1)).await.unwrap(), Asked::Done, "it is held anew");
    }

    #[tokio::test]
    async fn what_is_not_stored_whole_can_not_be_judged_again() {
        let (_dir, store) = store().await;
        let failed = Received { sha256: None, state: ReceivedState::Failed { reason: "x".into(), now_ms: 1 }, ..whole(1, "") };
        let header = Received { state: ReceivedState::HeaderOnly, ..whole(2, "h") };
        let ids = store.record_received("main", "2023", Some(1), 2, &[failed, header]).await.unwrap();
        quarantine(&store, ids[1]).await;
        assert_eq!(store.replay(ids[0], &by(1)).await.unwrap(), Asked::Incomplete(Part::None));
        assert_eq!(store.replay(ids[1], &by(1)).await.unwrap(), Asked::Incomplete(Part::Header));
    }

    #[tokio::test]
    async fn a_dismissed_mail_is_off_the_list_and_keeps_its_first_reason() {
        let (_dir, store) = store().await;
        let id = receive(&store, 1, "a").await;
        assert_eq!(store.dismiss(id, &by(1).because("x")).await.unwrap(), Asked::NotHeld(None));
        quarantine(&store, id).await;
        assert_eq!(store.dismiss(id, &by(1000).because("已电话联系")).await.unwrap(), Asked::Done);
        assert_eq!(store.dismiss(id, &by(2000).because("另一原因")).await.unwrap(), Asked::Already);
        assert!(store.list_quarantine(&Filter::default()).await.unwrap().is_empty());
        let dismissed = Filter { status: Some("dismissed".into()), ..Filter::default() };
        let row = store.list_quarantine(&dismissed).await.unwrap().remove(0);
        assert_eq!((row.dismissed_because.as_deref(), row.status.as_str()), (Some("已电话联系"), "dismissed"));
        assert_eq!(store.pending_counts().await.unwrap().quarantined(), 0);
        assert_eq!(store.replay(id, &by(1)).await.unwrap(), Asked::Done);
        assert!(store.quarantined(id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_replayed_mails_thread_is_judged_again_behind_it() {
        let (_dir, store) = store().await;
        let first = receive(&store, 1, "a").await;
        quarantine(&store, first).await;
        let mut answers = Vec::new();
        for (uid, name, answered, disposition) in [
            (2, "b", "<a@example.com>", Disposition::Inquiry),
            (3, "c", "<a@example.com>", Disposition::Automatic),
            (4, "d", "<z@example.com>", Disposition::Inquiry),
        ] {
            let id = receive(&store, uid, name).await;
            let mut intake = intake(name, "u@example.com", vec![]);
            intake.thread.answers = vec![answered.into()];
            let mut tx = store.begin().await.unwrap();
            let verdict = Verdict { message: id, disposition, because: "", duplicate_of: None, intake: Some(&intake) };
            tx.set_disposition(&verdict).await.unwrap();
            tx.commit().await.unwrap();
            answers.push(id);
        }
        store.replay(first, &by(1)).await.unwrap();
        let intake = intake("a", "u@example.com", vec![]);
        let mut tx = store.begin().await.unwrap();
        let verdict = Verdict { message: first, disposition: Disposition::Case, because: "", duplicate_of: None, intake: Some(&intake) };
        tx.set_disposition(&verdict).await.unwrap();
        assert_eq!(tx.judge_thread_again(first).await.unwrap(), 1);
        assert_eq!(tx.judge_thread_again(first).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let waiting: Vec<i64> = store.claim("main", 9, 0, "me", 10).await.unwrap().iter().map(|claimed| claimed.id).collect();
        assert_eq!(waiting, [answers[0]]);
    }
}
