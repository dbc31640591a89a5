//! The loops: receive → process → deliver, each a `step()` that a test can drive, joined only by the store.
//!
//! [`Daemon::poll`] makes one pass and ends when nothing is due; [`Daemon::run`] goes on until it is told
//! to stop, and finishes what is in hand.

mod breaker;
mod courtesy;
mod deliver;
mod error;
mod owed;
mod process;
mod receive;
mod reconcile;
mod reply;

pub use deliver::Post;
pub use error::DaemonError;
pub use process::Judge;
pub use receive::Source;
pub use reconcile::{Difference, Kind, Mend, Outcome, Reconciled};

use crate::store::DaemonLock;
use std::future::Future;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How often the queue of received mails is looked at unasked.
const JUDGE_EVERY: Duration = Duration::from_secs(60);
/// How long is waited after a fault of ours.
const BACK_OFF: Duration = Duration::from_secs(2);
/// How often the outbox is looked at for what has become due.
const DELIVER_EVERY: Duration = Duration::from_secs(15);
/// How long a stop waits for what is in hand.
const SHUTDOWN: Duration = Duration::from_secs(9);

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something: there may be more.
    Worked,
    /// Nothing was due.
    Idle,
}

/// Receives, processes and delivers over all mailboxes of a configuration.
#[derive(Debug)]
pub struct Daemon {
    judge: Judge,
    post: Post,
    sources: Vec<Source>,
    /// Rings when replies were queued.
    queued: Notify,
}

/// What one pass did.
#[derive(Debug, Default)]
pub struct Pass {
    /// What went wrong; the rest of the pass went on.
    pub faults: Vec<DaemonError>,
}

impl Daemon {
    /// Puts the loops together.
    pub fn new(judge: Judge, post: Post, sources: Vec<Source>) -> Daemon {
        Daemon { judge, post, sources, queued: Notify::new() }
    }

    /// The mailboxes.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// What they are received and judged with.
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Takes over what a dead predecessor held; the lock proves that it is dead.
    pub async fn take_over(&self, lock: &DaemonLock) -> Result<(), DaemonError> {
        let taken = self.judge.store.release_foreign_leases(lock, &self.judge.owner).await?;
        if taken > 0 {
            tracing::info!(leases = taken, "took over leases of a process that is gone");
        }
        Ok(())
    }

    /// One pass: everything there is, received, judged and answered. A fault of one mailbox or of the
    /// SMTP server leaves the others alone and is told at the end.
    pub async fn poll(&self) -> Pass {
        let mut pass = Pass::default();
        for source in &self.sources {
            let (received, judged) = tokio::join!(self.receive_all(source), self.judge_while_receiving(source));
            pass.faults.extend(received.err().into_iter().chain(judged.err()));
            // What came in after the judge had looked for the last time.
            pass.faults.extend(self.judge_all(source).await.err());
            source.show_all(&self.judge).await;
        }
        pass.faults.extend(self.deliver_all().await.err());
        pass
    }

    async fn receive_all(&self, source: &Source) -> Result<(), DaemonError> {
        let outcome = source.receive_all(&self.judge).await;
        source.finished.notify_one();
        outcome
    }

    /// Judges beside the receiving, so that the two overlap, until the receiving has ended.
    async fn judge_while_receiving(&self, source: &Source) -> Result<(), DaemonError> {
        loop {
            tokio::select! {
                () = source.finished.notified() => return Ok(()),
                () = source.received.notified() => self.judge_all(source).await?,
            }
        }
    }

    async fn judge_all(&self, source: &Source) -> Result<(), DaemonError> {
        while self.judge.step(source).await? == Step::Worked {}
        Ok(())
    }

    async fn deliver_all(&self) -> Result<(), DaemonError> {
        while self.post.step().await? == Step::Worked {}
        self.post.fault().await
    }

    /// The daemon's life: until `stop` turns true, and at most nine seconds longer.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let loops = self.loops(stop.clone());
        let overdue = async {
            let _ = stop.wait_for(|stop| *stop).await;
            tokio::time::sleep(SHUTDOWN).await;
        };
        tokio::select! {
            () = loops => {}
            () = overdue => tracing::warn!("stopped before everything in hand was finished; the next start takes it up"),
        }
    }

    async fn loops(&self, stop: watch::Receiver<bool>) {
        let receivers = self.sources.iter().map(|source| source.live(&self.judge, stop.clone()));
        let judges = self.sources.iter().map(|source| self.judge_loop(source, stop.clone()));
        tokio::join!(futures::future::join_all(receivers), futures::future::join_all(judges), self.deliver_loop(stop.clone()));
    }

    async fn judge_loop(&self, source: &Source, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.judge.step(source).await {
                Ok(Step::Worked) => self.queued.notify_one(),
                Ok(Step::Idle) => {
                    until(
                        &mut stop,
                        futures::future::select(Box::pin(source.received.notified()), Box::pin(tokio::time::sleep(JUDGE_EVERY))),
                    )
                    .await;
                }
                Err(fault) => {
                    tracing::error!(mailbox.name = %source.mailbox.name, error = %fault, "mails can't be judged");
                    until(&mut stop, tokio::time::sleep(BACK_OFF)).await;
                }
            }
        }
    }

    async fn deliver_loop(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.post.step().await {
                Ok(Step::Worked) => {}
                Ok(Step::Idle) => {
                    until(
                        &mut stop,
                        futures::future::select(Box::pin(self.queued.notified()), Box::pin(tokio::time::sleep(DELIVER_EVERY))),
                    )
                    .await;
                }
                Err(fault) => {
                    tracing::error!(error = %fault, "replies can't be sent");
                    until(&mut stop, tokio::time::sleep(BACK_OFF)).await;
                }
            }
        }
    }
}

/// Waits for a future or for the stop; none at the stop.
async fn until<T>(stop: &mut watch::Receiver<bool>, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => None,
        output = future => Some(output),
    }
}
