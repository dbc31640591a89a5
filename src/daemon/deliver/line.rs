//! The line to the SMTP server: its connection, what last went wrong with it, what is not noted yet; and what goes on
//! beside a mail that is being handed over.

use super::DaemonError;
use super::outcome::MINUTE_MS;
use crate::clock::Stopwatch;
use crate::smtp::Transport;
use crate::store::{Delivery, Outcome, Settled};
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

/// So long after noting last began it begins again: what came meanwhile is noted together.
const GROUP: Duration = Duration::from_millis(50);
/// The longest time for which an unusable server is left alone.
const LONGEST_CLOSURE_MS: i64 = 15 * MINUTE_MS;

/// The connection, what last went wrong with it, and what is not noted yet.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub transport: Option<Transport>,
    pub fault: Option<String>,
    /// Faults since a mail was last accepted.
    pub faults: u32,
    /// Until then nothing is tried: the server can't be reached, or refuses us.
    pub closed_until: Option<Timestamp>,
    /// When it was last looked for what is due.
    pub looked_at: Option<Timestamp>,
    /// Outcomes that are not noted yet.
    pub unsettled: Vec<Settled>,
    /// Since noting last began.
    pub noted: Option<Stopwatch>,
    /// Outcomes that are being noted; kept until they are.
    pub noting: Vec<Settled>,
    /// Whether mails may be claimed that this process doesn't know of: a commit failed, or only its answer was lost.
    pub is_unsure: bool,
}

impl Line {
    /// A closure that would end far away was set by a clock that has gone back since.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        let left = self.closed_until.map(|until| until.as_millisecond().saturating_sub(now.as_millisecond()));
        left.is_some_and(|left| (1..=LONGEST_CLOSURE_MS).contains(&left))
    }

    /// 1, 2, 4, 8 minutes, at most 15.
    pub fn close(&mut self, now: Timestamp, fault: String) {
        let wait = MINUTE_MS.saturating_mul(1_i64 << self.faults.min(4)).min(LONGEST_CLOSURE_MS);
        self.faults = self.faults.saturating_add(1);
        self.fault = Some(fault);
        self.transport = None;
        self.closed_until = Timestamp::from_millisecond(now.as_millisecond().saturating_add(wait)).ok();
    }

    pub fn note(&mut self, id: i64, outcome: Outcome) {
        self.unsettled.push(Settled { id, outcome });
    }

    /// For how long what is not noted yet waits for others; none where there is nothing. A server that takes its time over
    /// each mail has each noted at once: whoever dies repeats what he didn't note.
    pub fn waits(&self) -> Option<Duration> {
        let left = || self.noted.map_or(Duration::ZERO, |noted| GROUP.saturating_sub(noted.elapsed()));
        (!self.unsettled.is_empty()).then(left)
    }

    /// Everything that is to be noted, with what could not be before.
    pub fn begin_to_note(&mut self) -> Vec<Settled> {
        self.noting.append(&mut self.unsettled);
        self.noted = Some(Stopwatch::start());
        self.noting.clone()
    }
}

/// So many claims of one step follow the first: the loop has other things to see to.
const CLAIMS: u32 = 15;

/// What goes on beside a mail that is being handed over, one thing at a time: the record has one writer.
#[derive(Default)]
pub(super) struct Beside<'a> {
    work: Option<BoxFuture<'a, Done>>,
    /// It came to its end while something else was waited for.
    finished: Option<Done>,
    claims: u32,
    /// Nothing more was due, or it is enough for now.
    pub is_drained: bool,
    /// What the record could not do.
    pub failed: Option<DaemonError>,
}

/// What came of it.
pub(super) enum Done {
    Noted(Result<(), DaemonError>),
    /// And claimed what comes next, in the same commit.
    NotedAndClaimed(Result<Vec<Delivery>, DaemonError>),
    Claimed(Result<Vec<Delivery>, DaemonError>),
}

impl<'a> Beside<'a> {
    pub fn is_busy(&self) -> bool {
        self.work.is_some() || self.finished.is_some()
    }

    pub fn begin(&mut self, work: impl Future<Output = Done> + Send + 'a) {
        self.work = Some(Box::pin(work));
    }

    /// Waits for it; whoever drops this goes on with it later.
    pub async fn done(&mut self) -> Done {
        if let Some(done) = self.finished.take() {
            return done;
        }
        let Some(work) = &mut self.work else { return std::future::pending().await };
        let done = work.await;
        self.work = None;
        done
    }

    /// Waits for something else without leaving it alone: it may hold the record, for which the other waits.
    pub async fn along<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        loop {
            let goes_on = self.work.is_some();
            tokio::select! {
                biased;
                outcome = &mut other => return outcome,
                done = self.done(), if goes_on => self.finished = Some(done),
            }
        }
    }

    /// Takes over what came of it.
    pub fn take(&mut self, done: Done, line: &mut Line, queue: &mut VecDeque<Delivery>) {
        match done {
            Done::Noted(Ok(())) => line.noting.clear(),
            Done::NotedAndClaimed(Ok(due)) => {
                line.noting.clear();
                self.claimed(due, queue);
            }
            Done::Claimed(Ok(due)) => self.claimed(due, queue),
            Done::Noted(Err(error)) | Done::NotedAndClaimed(Err(error)) | Done::Claimed(Err(error)) => self.failed = Some(error),
        }
    }

    fn claimed(&mut self, due: Vec<Delivery>, queue: &mut VecDeque<Delivery>) {
        self.claims += 1;
        self.is_drained |= due.is_empty() || self.claims >= CLAIMS;
        queue.extend(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use tokio::{sync::Mutex, task::yield_now};

    #[test]
    fn what_came_of_a_mail_is_noted_at_once_unless_others_were_just_now() {
        let postponed = |line: &mut Line| line.note(1, Outcome::Postponed { next_ms: 0 });
        let mut line = Line::default();
        assert_eq!(line.waits(), None);
        postponed(&mut line);
        assert_eq!(line.waits(), Some(Duration::ZERO), "the first waits for nobody");
        assert_eq!((line.begin_to_note().len(), line.waits()), (1, None));
        postponed(&mut line);
        assert!(line.waits().is_some_and(|left| left > Duration::ZERO), "it is noted with what comes within the time");
        line.noted = Some(Stopwatch::started(GROUP));
        assert_eq!(line.waits(), Some(Duration::ZERO));
    }

    #[tokio::test]
    async fn what_holds_the_record_goes_on_while_something_else_waits_for_it() {
        let record = Mutex::new(());
        let mut beside = Beside::default();
        beside.begin(async {
            let _held = record.lock().await;
            for _ in 0..20 {
                yield_now().await;
            }
            Done::Noted(Ok(()))
        });
        assert!(beside.done().now_or_never().is_none() && record.try_lock().is_err(), "it has begun");
        let other = async { drop(record.lock().await) };
        assert!(tokio::time::timeout(Duration::from_secs(10), beside.along(other)).await.is_ok());
        assert!(beside.is_busy() && matches!(beside.done().await, Done::Noted(Ok(()))) && !beside.is_busy(), "what came of it is kept");
    }
}
