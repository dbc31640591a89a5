//! Delivering: what is due in the outbox, claimed under a lease, handed to the transport one by one.
//!
//! Nothing is sent inside a transaction. Delivery is at least once, and a repeat is the same mail with the
//! same Message-ID. An attempt is counted by the claim, before it is tried. What became of a mail is noted
//! at once, or with others where that last began less than 50 ms ago; that, and the next claim, go on while the next mail is
//! handed over ([`Beside`]). What can't be noted is kept, and nothing more is handed over before it is.

mod line;
mod outcome;
#[cfg(test)]
mod tests;

use self::line::{Beside, Done, Line};
use self::outcome::{LONGEST_WAIT_MS, Tried, word};
use super::alarm::{Alarm, Alarms};
use super::meter::{Meters, Stage};
use super::pulse::Loop;
use super::{DaemonError, Renewer, Step, Stop};
use crate::clock::{Clock, Stopwatch};
use crate::config::{self, secret};
use crate::model::outbox::Rendered;
use crate::smtp::{Accepted, Refusal, Times, Transport};
use crate::store::{Claim, Delivery, Outcome, Quota, Settled, Store};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Mails of one claim.
const BATCH: u32 = 32;
/// With so few of them left, the next are claimed.
const LOW: usize = 8;
/// How long a claimed mail may take to be handed over, ten minutes of waiting for an answer included.
const LEASE_MS: i64 = 30 * 60 * 1000;
/// What a delivery that is under way may take when the daemon is to end.
const GRACE: Duration = Duration::from_secs(4);

/// Hands mails of ours over.
#[derive(Debug)]
pub struct Post {
    store: Store,
    clock: Clock,
    settings: config::Smtp,
    limits: config::Limits,
    owner: String,
    times: Times,
    alarms: Alarms,
    line: Mutex<Line>,
    /// Who looks at what waited before it goes.
    renewer: Option<Renewer>,
    /// What is noted of its work.
    meters: Arc<Meters>,
}

impl Post {
    /// Connects with the first mail.
    pub fn new(store: Store, clock: Clock, settings: config::Smtp, limits: config::Limits, owner: String) -> Post {
        let alarms = Alarms::new(store.clone(), clock.clone());
        let meters = Arc::new(Meters::new(Duration::ZERO));
        Post { store, clock, settings, limits, owner, times: Times::default(), alarms, line: Mutex::default(), renewer: None, meters }
    }

    /// The same, which notes its work there.
    pub fn with_meters(self, meters: Arc<Meters>) -> Post {
        Post { meters, ..self }
    }

    /// The same, which writes what waited too long again.
    pub fn with_renewer(self, renewer: Renewer) -> Post {
        Post { renewer: Some(renewer), ..self }
    }

    /// The same with other patience.
    pub fn with_times(self, times: Times) -> Post {
        Post { times, ..self }
    }

    /// Delivers what is due, within the cap per hour. At a stop, what was not begun is given back.
    pub async fn step(&self, stop: &Stop) -> Result<Step, DaemonError> {
        let mut line = self.line.lock().await;
        self.settle(&mut line).await?;
        if line.is_unsure {
            let replies = self.store.give_back_replies(&self.owner).await?;
            line.is_unsure = false;
            if replies > 0 {
                tracing::warn!(replies, "replies were claimed by a commit whose answer was lost; they are claimed anew");
            }
        }
        let now = self.clock.now();
        if line.is_closed(now) {
            return Ok(Step::Idle);
        }
        (line.closed_until, line.fault) = (None, None);
        if line.looked_at.replace(now).is_none_or(|last| now < last) {
            let moved = self.store.follow_clock(now.as_millisecond(), LONGEST_WAIT_MS * 2).await?;
            if moved > 0 {
                tracing::warn!(replies = moved, "the clock went back; what waited for a far day goes as planned");
            }
        }
        let due = match self.claim(true).await {
            Ok(due) => due,
            Err(error) => {
                line.is_unsure = true;
                return Err(error);
            }
        };
        if due.is_empty() {
            if let Some(transport) = &mut line.transport {
                transport.close().await;
            }
            return Ok(Step::Idle);
        }
        self.hand_over(due, &mut line, stop).await?;
        self.settle(&mut line).await?;
        Ok(Step::Worked)
    }

    /// Notes what could not be noted before. To be called at the end.
    pub async fn note_the_rest(&self) -> Result<(), DaemonError> {
        self.settle(&mut *self.line.lock().await).await
    }

    /// What the server or its settings lack, if the last attempt failed for that.
    pub async fn fault(&self) -> Result<(), DaemonError> {
        self.line.lock().await.fault.take().map_or(Ok(()), |fault| Err(DaemonError::Smtp(fault)))
    }

    /// What may go out within this hour. `is_idle`: this process has nothing in hand.
    async fn claim(&self, is_idle: bool) -> Result<Vec<Delivery>, DaemonError> {
        let now_ms = self.clock.now().as_millisecond();
        let Claim { due, sent, room } = self.store.claim_replies(self.quota(), now_ms, &self.owner, LEASE_MS).await?;
        if room > 0 {
            self.alarms.clear(Alarm::RepliesPerHour).await;
            return Ok(due);
        }
        let cap = self.limits.replies_per_hour;
        let left = if is_idle && sent >= u64::from(cap) { self.store.due(now_ms).await? } else { 0 };
        if left > 0 {
            let sentence = format!("一小时内已发出{sent}封，达到上限（replies_per_hour = {cap}），还有{left}封等待发出，请核对是否正常");
            self.alarms.raise(Alarm::RepliesPerHour, &sentence).await;
        }
        Ok(due)
    }

    fn quota(&self) -> Quota {
        Quota { at_once: BATCH, per_hour: self.limits.replies_per_hour }
    }

    /// Hands over what was claimed, and what is claimed meanwhile, until nothing is due.
    async fn hand_over(&self, due: Vec<Delivery>, line: &mut Line, stop: &Stop) -> Result<(), DaemonError> {
        let mut queue = VecDeque::from(due);
        let mut beside = Beside::default();
        loop {
            let goes_on = line.fault.is_none() && !stop.is_set() && beside.failed.is_none();
            self.keep_up(&mut queue, line, &mut beside, goes_on);
            let Some(delivery) = queue.pop_front() else {
                if !beside.is_busy() {
                    break;
                }
                let done = beside.done().await;
                beside.take(done, line, &mut queue);
                continue;
            };
            let tried = Tried::of(&delivery);
            let id = tried.outbox;
            let postponed = || Outcome::Postponed { next_ms: self.clock.now().as_millisecond() };
            if !goes_on {
                line.note(id, postponed());
                continue;
            }
            failpoint!("deliver.begin");
            let delivery = match beside.along(self.renewed(delivery)).await {
                Ok(Some(delivery)) => delivery,
                Ok(None) => continue,
                Err(error) => {
                    line.note(id, postponed());
                    beside.failed = Some(error);
                    continue;
                }
            };
            let outcome = self.deliver(delivery, line, &mut queue, &mut beside, stop).await;
            failpoint!("deliver.answered");
            let outcome = self.outcome(tried, outcome, line);
            self.meters.delivered(word(&outcome));
            self.meters.pulses.mark(Loop::Deliver, "");
            line.note(id, outcome);
            if let Some(fault) = &line.fault {
                beside.along(self.alarms.raise(Alarm::Smtp, fault)).await;
            }
            while beside.is_busy() && line.unsettled.len() >= BATCH as usize {
                let done = beside.done().await;
                beside.take(done, line, &mut queue);
            }
        }
        line.is_unsure |= beside.failed.is_some();
        beside.failed.map_or(Ok(()), Err)
    }

    /// Begins to note what has waited long enough, and to claim what comes next; both in one commit.
    fn keep_up<'a>(&'a self, queue: &mut VecDeque<Delivery>, line: &mut Line, beside: &mut Beside<'a>, goes_on: bool) {
        if beside.is_busy() || beside.failed.is_some() {
            return;
        }
        let is_due = line.waits() == Some(Duration::ZERO) || queue.is_empty();
        let wants_more = goes_on && !beside.is_drained && queue.len() <= LOW;
        if line.unsettled.is_empty() {
            if wants_more {
                beside.begin(async move { Done::Claimed(self.claim(false).await) });
            }
        } else if wants_more {
            let batch = line.begin_to_note();
            beside.begin(async move { Done::NotedAndClaimed(self.note_and_claim(&batch).await) });
        } else if is_due || line.unsettled.len() >= BATCH as usize {
            let batch = line.begin_to_note();
            beside.begin(async move { Done::Noted(self.note(&batch).await) });
        }
    }

    async fn renewed(&self, delivery: Delivery) -> Result<Option<Delivery>, DaemonError> {
        // Where there are others, this process may have slept since it claimed.
        if self.store.is_shared() && !self.store.holds_reply(delivery.id, &self.owner).await? {
            return Ok(None);
        }
        match &self.renewer {
            Some(renewer) => renewer.renewed(delivery, &self.owner, self.clock.now()).await,
            None => Ok(Some(delivery)),
        }
    }

    /// Hands one mail over. However long that takes, what became of earlier ones is noted meanwhile. Where
    /// the daemon is to end, it doesn't take long.
    async fn deliver<'a>(
        &'a self,
        delivery: Delivery,
        line: &mut Line,
        queue: &mut VecDeque<Delivery>,
        beside: &mut Beside<'a>,
        stop: &Stop,
    ) -> Result<Accepted, Refusal> {
        let mail = Rendered { message_id: delivery.message_id, to: delivery.to, subject: delivery.subject, bytes: delivery.mime };
        let (mut transport, watch) = (line.transport.take(), Stopwatch::start());
        let outcome = {
            let delivering = self.transport(&mut transport, &mail);
            tokio::pin!(delivering);
            let overdue = async {
                stop.wait().await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::pin!(overdue);
            loop {
                let left = line.waits();
                let (is_busy, is_due) = (beside.is_busy(), left.is_some() && beside.failed.is_none());
                tokio::select! {
                    biased;
                    outcome = &mut delivering => break Some(outcome),
                    done = beside.done(), if is_busy => beside.take(done, line, queue),
                    () = tokio::time::sleep(left.unwrap_or_default()), if is_due && !is_busy => {
                        self.keep_up(queue, line, beside, !stop.is_set());
                    }
                    () = &mut overdue => break None,
                }
            }
        };
        let outcome = outcome.unwrap_or_else(|| {
            let has_left = transport.take().is_some_and(|transport| transport.may_have_delivered());
            let words = "the program was told to end".to_owned();
            Err(if has_left { Refusal::Uncertain(words) } else { Refusal::Unreachable(words) })
        });
        self.meters.took(Stage::Send, watch);
        line.transport = transport;
        outcome
    }

    async fn transport(&self, transport: &mut Option<Transport>, mail: &Rendered) -> Result<Accepted, Refusal> {
        if transport.is_none() {
            let secret = match self.settings.password() {
                Some(source) => Some(secret::resolve(&source).await.map_err(|error| Refusal::Unreachable(error.to_string()))?),
                None => None,
            };
            *transport = Some(Transport::open(&self.settings, secret, self.times.clone())?);
        }
        match transport {
            Some(transport) => transport.deliver(mail).await,
            None => Err(Refusal::Unreachable(String::new())),
        }
    }

    /// Notes what could not be noted before, or waits to be.
    async fn settle(&self, line: &mut Line) -> Result<(), DaemonError> {
        let batch = line.begin_to_note();
        if !batch.is_empty() {
            self.note(&batch).await?;
            line.noting.clear();
        }
        Ok(())
    }

    /// Notes what became of mails that were handed over.
    async fn note(&self, batch: &[Settled]) -> Result<(), DaemonError> {
        self.store.settle(batch, self.clock.now().as_millisecond()).await?;
        failpoint!("deliver.settled");
        self.all_clear(batch).await;
        Ok(())
    }

    /// The same, and claims what comes next.
    async fn note_and_claim(&self, batch: &[Settled]) -> Result<Vec<Delivery>, DaemonError> {
        let now_ms = self.clock.now().as_millisecond();
        let claim = self.store.settle_and_claim(batch, now_ms, self.quota(), &self.owner, LEASE_MS).await?;
        failpoint!("deliver.settled");
        self.all_clear(batch).await;
        Ok(claim.due)
    }

    async fn all_clear(&self, batch: &[Settled]) {
        if batch.iter().any(|settled| matches!(settled.outcome, Outcome::Sent { .. })) {
            self.alarms.clear(Alarm::Smtp).await;
        }
    }
}
