//! Delivering: what is due in the outbox, claimed under a lease, handed to the transport one by one.
//!
//! Nothing is sent inside a transaction. Delivery is at least once, and a repeat is the same mail with the
//! same Message-ID. An attempt is counted by the claim, before it is tried.

use super::{DaemonError, Step};
use crate::clock::Clock;
use crate::config::{self, secret};
use crate::model::outbox::Rendered;
use crate::smtp::{Refusal, Times, Transport};
use crate::store::{Delivery, Store};
use jiff::Timestamp;
use tokio::sync::Mutex;

/// Mails of one claim.
const BATCH: u32 = 32;
/// How long a claimed mail may take to be handed over, ten minutes of waiting for an answer included.
const LEASE_MS: i64 = 30 * 60 * 1000;
/// How long a mail that is refused for now is tried (RFC 5321 section 4.5.4.1: four to five days).
const DEADLINE_MS: i64 = 5 * 24 * 3600 * 1000;
const HOUR_MS: i64 = 3600 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

/// Hands mails of ours over.
#[derive(Debug)]
pub struct Post {
    store: Store,
    clock: Clock,
    settings: config::Smtp,
    limits: config::Limits,
    owner: String,
    line: Mutex<Line>,
}

/// The connection, and what last went wrong with it.
#[derive(Debug, Default)]
struct Line {
    transport: Option<Transport>,
    fault: Option<String>,
    /// Until then nothing is tried: the server can't be reached, or refuses us.
    closed_until: Option<Timestamp>,
}

impl Post {
    /// Connects with the first mail.
    pub fn new(store: Store, clock: Clock, settings: config::Smtp, limits: config::Limits, owner: String) -> Post {
        Post { store, clock, settings, limits, owner, line: Mutex::default() }
    }

    /// Delivers what is due, within the cap per hour.
    pub async fn step(&self) -> Result<Step, DaemonError> {
        let mut line = self.line.lock().await;
        let now = self.clock.now();
        if line.closed_until.is_some_and(|until| now < until) {
            return Ok(Step::Idle);
        }
        (line.closed_until, line.fault) = (None, None);
        let room = self.room(now).await?;
        let due = if room == 0 {
            Vec::new()
        } else {
            self.store.claim_outbox(room.min(BATCH), now.as_millisecond(), &self.owner, LEASE_MS).await?
        };
        if due.is_empty() {
            if let Some(transport) = &mut line.transport {
                transport.close().await;
            }
            return Ok(Step::Idle);
        }
        for delivery in due {
            self.one(delivery, &mut line).await?;
        }
        Ok(Step::Worked)
    }

    /// What the server or its settings lack, if the last attempt failed for that.
    pub async fn fault(&self) -> Result<(), DaemonError> {
        self.line.lock().await.fault.take().map_or(Ok(()), |fault| Err(DaemonError::Smtp(fault)))
    }

    /// How many more may go out within this hour.
    async fn room(&self, now: Timestamp) -> Result<u32, DaemonError> {
        let sent = self.store.sent_since(now.as_millisecond().saturating_sub(HOUR_MS)).await?;
        let room = u64::from(self.limits.replies_per_hour).saturating_sub(sent);
        Ok(u32::try_from(room).unwrap_or(u32::MAX))
    }

    async fn one(&self, delivery: Delivery, line: &mut Line) -> Result<(), DaemonError> {
        if line.fault.is_some() {
            return Ok(self.store.postpone(delivery.id, self.clock.now().as_millisecond()).await?);
        }
        let mail = Rendered { message_id: delivery.message_id, to: delivery.to, subject: delivery.subject, bytes: delivery.mime };
        let outcome = match self.transport(line).await {
            Ok(transport) => transport.deliver(&mail).await,
            Err(refusal) => Err(refusal),
        };
        let now = self.clock.now().as_millisecond();
        let (id, attempt) = (delivery.id, delivery.attempts);
        let Err(refusal) = outcome else {
            tracing::info!(outbox.id = id, attempt, "sent");
            return Ok(self.store.mark_sent(id, now).await?);
        };
        tracing::warn!(outbox.id = id, attempt, error = %refusal, "not sent");
        let said = format!("{refusal}。{}", refusal.advice());
        match refusal {
            Refusal::Permanent { .. } => self.store.mark_dead(id, &said).await?,
            Refusal::Uncertain(_) if attempt > 1 => self.store.mark_uncertain(id, &said).await?,
            // Repeated once, as the same mail: two receipts are better than none.
            Refusal::Uncertain(_) => self.store.defer(id, now.saturating_add(back_off(attempt)), &said).await?,
            Refusal::Transient { .. } if now.saturating_sub(delivery.created_ms) > DEADLINE_MS => self.store.mark_dead(id, &said).await?,
            Refusal::Transient { .. } => self.store.defer(id, now.saturating_add(back_off(attempt)), &said).await?,
            Refusal::Account { .. } | Refusal::Unreachable(_) => {
                line.fault = Some(said.clone());
                line.transport = None;
                line.closed_until = Timestamp::from_millisecond(now.saturating_add(MINUTE_MS)).ok();
                // It stays due: the line is closed for this process, and another pass may find it open again.
                self.store.postpone(id, now).await?;
            }
        }
        Ok(())
    }

    async fn transport<'a>(&self, line: &'a mut Line) -> Result<&'a mut Transport, Refusal> {
        if line.transport.is_none() {
            let secret = match self.settings.password() {
                Some(source) => Some(secret::resolve(&source).await.map_err(|error| Refusal::Unreachable(error.to_string()))?),
                None => None,
            };
            line.transport = Some(Transport::open(&self.settings, secret, Times::default())?);
        }
        line.transport.as_mut().ok_or_else(|| Refusal::Unreachable(String::new()))
    }
}

/// 5, 10, 20, 40 … minutes, at most 4 hours.
fn back_off(attempt: u32) -> i64 {
    (5 * MINUTE_MS).saturating_mul(1_i64 << attempt.saturating_sub(1).min(6)).min(4 * HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outbox::OutboxState;
    use crate::store::{Filter, Outgoing};
    use std::time::Duration;

    #[tokio::test]
    async fn what_waited_for_the_server_goes_when_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        let mail = Rendered { message_id: "<1@x>".into(), to: "u@unit.example".into(), subject: "s".into(), bytes: b"m".to_vec() };
        let outgoing = Outgoing {
            kind: "guidance",
            campaign: "2023",
            mail: &mail,
            in_reply_to: None,
            source_message: None,
            cases: &[],
            state: OutboxState::Queued,
            not_before_ms: 0,
            now_ms: 0,
        };
        let mut tx = store.begin().await.unwrap();
        tx.enqueue(&outgoing).await.unwrap();
        tx.commit().await.unwrap();
        // A file stands where the folder should be.
        let path = folder.path().join("replies");
        std::fs::write(&path, "").unwrap();
        let settings = toml::from_str(&format!("transport = \"file\"\npath = {path:?}\nfrom = \"cases@hubei.example\"")).unwrap();
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let limits = toml::from_str("").unwrap();
        let post = Post::new(store.clone(), clock.clone(), settings, limits, "me".into());
        let state = async || store.list_outbox(&Filter::default()).await.unwrap().remove(0).state;

        assert_eq!(post.step().await.unwrap(), Step::Worked);
        std::fs::remove_file(&path).unwrap();
        assert_eq!((post.step().await.unwrap(), state().await.as_str()), (Step::Idle, "queued"));
        clock.advance(Duration::from_secs(61));
        assert_eq!((post.step().await.unwrap(), state().await.as_str()), (Step::Worked, "sent"));
        post.fault().await.unwrap();
    }
}
