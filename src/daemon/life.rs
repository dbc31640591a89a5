//! The daemon's life: a loop for each mailbox that receives, one that judges, and one that delivers, until it
//! is told to stop or a fault makes it end.
//!
//! A fault is told in the log when it begins, not at each try. Where the disk takes nothing, receiving pauses
//! before anything is fetched, and goes on by itself. A sync that failed ends the process: see
//! [`DaemonError::is_fatal`].

use super::alarm::Alarm;
use super::pulse::Loop;
use super::{Daemon, DaemonError, Source, Step, Stop};
use crate::clock::Stopwatch;
use crate::mailbox::MailboxError;
use std::future::Future;
use std::time::Duration;
use tokio::sync::watch;

/// How often a mailbox is looked at even where the server promises to tell (some promise and don't).
const POLL_EVERY: Duration = Duration::from_secs(60);
/// How long is waited after a fault, at first and at most; it doubles in between.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));
/// At most so long where it is our own record or disk: what was cleared away is soon noticed.
const RECORD_BACK_OFF: Duration = Duration::from_secs(20);
/// How often the outbox is looked at for what has become due.
const DELIVER_EVERY: Duration = Duration::from_secs(15);
/// How often it is looked for a digest or a reminder that is due.
const DIGEST_EVERY: Duration = Duration::from_secs(20);
/// How long a stop waits for what is in hand.
const SHUTDOWN: Duration = Duration::from_secs(8);

/// How long what became of the last replies may take to be noted.
const LAST_NOTES: Duration = Duration::from_millis(500);

/// What one loop has met since it last went well.
#[derive(Debug, Default)]
struct Trouble {
    wait: Option<Duration>,
    told: String,
}

impl Trouble {
    /// How long to wait, and whether it has to be told.
    fn with(&mut self, fault: &DaemonError) -> (Duration, bool) {
        let most = if fault.is_of_record() { RECORD_BACK_OFF } else { BACK_OFF.1 };
        let wait = self.wait.map_or(BACK_OFF.0, |wait| wait.saturating_mul(2)).min(most);
        self.wait = Some(wait);
        let said = fault.to_string();
        let is_new = self.told != said;
        self.told = said;
        (wait.max(fault.least_wait()), is_new)
    }
}

impl Daemon {
    /// Until `stop` turns true, and at most eight seconds longer; or until a fault that ends everything.
    pub async fn run(&self, stop: watch::Receiver<bool>) -> Result<(), DaemonError> {
        let stop = Stop::new(stop);
        let overdue = async {
            stop.wait().await;
            tokio::time::sleep(SHUTDOWN).await;
        };
        let outcome = tokio::select! {
            outcome = self.loops(&stop) => outcome,
            () = overdue => {
                tracing::warn!("stopped before everything in hand was finished; the next start takes it up");
                Ok(())
            }
        };
        if outcome.is_ok() && !matches!(tokio::time::timeout(LAST_NOTES, self.post.note_the_rest()).await, Ok(Ok(()))) {
            tracing::warn!("what became of some replies can't be noted; they may go once more");
        }
        if outcome.is_ok() {
            self.leave().await;
        }
        outcome
    }

    async fn loops(&self, stop: &Stop) -> Result<(), DaemonError> {
        let mailboxes = self.sources.iter().map(|source| {
            self.share.while_kept(source, stop, async |stop: &Stop| {
                let _looked_after = self.judge.meters.looks_after(&source.mailbox.name);
                tokio::try_join!(self.receive_loop(source, stop), self.judge_loop(source, stop)).map(drop)
            })
        });
        let mailboxes = futures::future::try_join_all(mailboxes);
        let beats = self.share.beats(stop);
        tokio::try_join!(mailboxes, beats, self.deliver_loop(stop), self.digest_loop(stop), self.remind_loop(stop)).map(|_| ())
    }

    async fn receive_loop(&self, source: &Source, stop: &Stop) -> Result<(), DaemonError> {
        let mut trouble = Trouble::default();
        let (meters, name) = (&self.judge.meters, &source.mailbox.name);
        let pulse = meters.pulses.begin(Loop::Receive, name);
        while !stop.is_set() {
            pulse.mark();
            let watch = Stopwatch::start();
            if let Some(Err(fault)) = stop.or(self.session(source)).await {
                if watch.elapsed() > BACK_OFF.1 {
                    trouble = Trouble::default();
                }
                meters.read_badly(name);
                pulse.mark();
                self.wait_after(fault, &mut trouble, stop, |fault, retry_ms| match fault {
                    // A refused login has had its alert.
                    DaemonError::Mailbox { source: MailboxError::LoginRefused { .. } | MailboxError::Paused { .. }, .. } => {
                        tracing::debug!(mailbox.name = %name, retry_ms, error = %fault, "mailbox can't be read");
                    }
                    _ => tracing::warn!(mailbox.name = %name, retry_ms, error = %fault, "mailbox can't be read"),
                })
                .await?;
            }
        }
        Ok(())
    }

    /// Nothing is fetched while there is nowhere to put it.
    async fn session(&self, source: &Source) -> Result<(), DaemonError> {
        if self.alarms.quiet_for(Alarm::Storage).is_some() {
            self.try_storage().await?;
        }
        source.session(&self.judge, POLL_EVERY).await
    }

    async fn judge_loop(&self, source: &Source, stop: &Stop) -> Result<(), DaemonError> {
        let mut trouble = Trouble::default();
        let pulse = self.judge.meters.pulses.begin(Loop::Judge, &source.mailbox.name);
        while !stop.is_set() {
            pulse.mark();
            match self.judge.step(source, stop).await {
                Ok(Step::Worked) => {
                    trouble = Trouble::default();
                    self.alarms.clear(Alarm::Storage).await;
                    self.queued.notify_one();
                }
                Ok(Step::Idle) => {
                    trouble = Trouble::default();
                    self.clear_storage_when_quiet().await;
                    either(stop, source.received.notified(), POLL_EVERY).await;
                }
                Err(fault) => {
                    let name = &source.mailbox.name;
                    self.wait_after(fault, &mut trouble, stop, |fault, retry_ms| {
                        tracing::error!(mailbox.name = %name, retry_ms, error = %fault, "mails can't be judged");
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    async fn deliver_loop(&self, stop: &Stop) -> Result<(), DaemonError> {
        let mut trouble = Trouble::default();
        let pulse = self.judge.meters.pulses.begin(Loop::Deliver, "");
        while !stop.is_set() {
            pulse.mark();
            let step = match self.judge.summarise(&self.sources).await {
                Ok(_) => self.post.step(stop).await,
                Err(fault) => Err(fault),
            };
            match step {
                Ok(Step::Worked) => trouble = Trouble::default(),
                Ok(Step::Idle) => {
                    trouble = Trouble::default();
                    either(stop, self.queued.notified(), DELIVER_EVERY).await;
                }
                Err(fault) => {
                    self.wait_after(fault, &mut trouble, stop, |fault, retry_ms| {
                        tracing::error!(retry_ms, error = %fault, "replies can't be sent");
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// Looks every minute for a digest that is due.
    async fn digest_loop(&self, stop: &Stop) -> Result<(), DaemonError> {
        let mut trouble = Trouble::default();
        let started = self.judge.clock.now();
        let pulse = self.judge.meters.pulses.begin(Loop::Digest, "");
        while !stop.is_set() {
            pulse.mark();
            match self.write_digests(started).await {
                Ok(written) => {
                    trouble = Trouble::default();
                    if written == Step::Worked {
                        self.queued.notify_one();
                    }
                    either(stop, std::future::pending(), DIGEST_EVERY).await;
                }
                Err(fault) => {
                    self.wait_after(fault, &mut trouble, stop, |fault, retry_ms| {
                        tracing::error!(retry_ms, error = %fault, "the weekly digest can't be written");
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// Looks whose corrections are due.
    async fn remind_loop(&self, stop: &Stop) -> Result<(), DaemonError> {
        let mut trouble = Trouble::default();
        let started = self.judge.clock.now();
        let pulse = self.judge.meters.pulses.begin(Loop::Remind, "");
        while !stop.is_set() {
            pulse.mark();
            match self.remind(started).await {
                Ok(queued) => {
                    trouble = Trouble::default();
                    if queued == Step::Worked {
                        self.queued.notify_one();
                    }
                    either(stop, std::future::pending(), DIGEST_EVERY).await;
                }
                Err(fault) => {
                    self.wait_after(fault, &mut trouble, stop, |fault, retry_ms| {
                        tracing::error!(retry_ms, error = %fault, "reminders can't be queued");
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// Tells a fault that is new, and waits before the next try; a fault that ends everything comes back.
    async fn wait_after(
        &self,
        fault: DaemonError,
        trouble: &mut Trouble,
        stop: &Stop,
        tell: impl FnOnce(&DaemonError, u64),
    ) -> Result<(), DaemonError> {
        if fault.is_fatal() {
            return Err(fault);
        }
        let (wait, is_new) = trouble.with(&fault);
        if is_new {
            tell(&fault, u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        }
        if fault.is_storage() {
            self.alarms.raise(Alarm::Storage, &format!("{fault}。已暂停收信，能写入后自动恢复。")).await;
        }
        // Many that lost the same server don't come back at the same moment.
        stop.or(tokio::time::sleep(wait + self.judge.clock.share_of(wait / 2))).await;
        Ok(())
    }

    /// A mailbox in which nothing arrives doesn't tell whether the disk takes anything again.
    async fn clear_storage_when_quiet(&self) {
        if self.alarms.quiet_for(Alarm::Storage).is_some_and(|quiet| quiet > RECORD_BACK_OFF * 2) && self.try_storage().await.is_ok() {
            self.alarms.clear(Alarm::Storage).await;
        }
    }

    /// Writes something to the blobs and to the record.
    async fn try_storage(&self) -> Result<(), DaemonError> {
        self.judge.blobs.probe().await?;
        let now = self.judge.clock.now().to_string();
        Ok(self.judge.store.set_setting("storage_tried", &now).await?)
    }
}

/// Waits until something rings, for a while, or for the stop.
async fn either(stop: &Stop, rings: impl Future<Output = ()>, at_most: Duration) {
    let _ = stop.or(tokio::time::timeout(at_most, rings)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_once_and_waited_for_longer_each_time() {
        let mut trouble = Trouble::default();
        let fault = |words: &str| DaemonError::Smtp(words.into());
        let waits: Vec<(u64, bool)> =
            ["a", "a", "a", "b"].map(|words| trouble.with(&fault(words))).map(|(wait, is_new)| (wait.as_secs(), is_new)).into();
        assert_eq!(waits, [(2, true), (4, false), (8, false), (16, true)]);
        for _ in 0..20 {
            trouble.with(&fault("b"));
        }
        assert_eq!(trouble.with(&fault("b")), (BACK_OFF.1, false));
    }
}
