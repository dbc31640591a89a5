//! The loops: receive → process → deliver, each a `step()` that a test can drive, joined only by the store.
//!
//! [`Daemon::poll`] makes one pass and ends when nothing is due; [`Daemon::run`] goes on until it is told
//! to stop, and finishes what is in hand.

mod alarm;
mod amend;
mod annotated;
mod batch;
mod breaker;
mod courtesy;
mod deliver;
pub mod desk;
mod digest;
mod error;
mod life;
pub mod meter;
mod mint;
mod node;
mod observe;
mod open;
mod owed;
mod process;
mod publish;
pub mod pulse;
mod quota;
mod receive;
mod reconcile;
mod record;
mod remind;
mod renew;
mod reply;
mod reread;
mod stop;
mod summary;
mod told;
mod trail;

pub use amend::{Amender, Applied, Tell};
pub use deliver::Post;
pub use digest::{Draft, Editor, Queued, Wanted};
pub use error::DaemonError;
pub use meter::Meters;
pub use observe::Observer;
pub use process::Judge;
pub use publish::{Gathered, LeftOut, Looked, Publisher, Standing, Verdict};
pub use receive::Source;
pub use reconcile::{Depth, Difference, Kind, Mend, Outcome, Reconciled};
pub use renew::Renewer;
pub use reread::{Rereader, Rereading};
pub use stop::Stop;

use crate::model::time;
use crate::store::DaemonLock;
use alarm::{Alarm, Alarms};
use jiff::Timestamp;
use node::Share;
use tokio::sync::Notify;

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
    alarms: Alarms,
    /// Who writes the digests; none where nobody wants any.
    editor: Option<Editor>,
    /// Rings when replies were queued.
    queued: Notify,
    /// Which of the mailboxes are this process's own.
    share: Share,
}

/// What one pass did.
#[derive(Debug, Default)]
pub struct Pass {
    /// What went wrong; the rest of the pass went on.
    pub faults: Vec<DaemonError>,
}

impl Pass {
    /// Whether the record can't be used, so that nothing else can be done either.
    fn is_cut_off(&self) -> bool {
        self.faults.iter().any(DaemonError::is_of_record)
    }
}

impl Daemon {
    /// Puts the loops together.
    pub fn new(judge: Judge, post: Post, sources: Vec<Source>) -> Daemon {
        let alarms = Alarms::new(judge.store.clone(), judge.clock.clone());
        let share = Share::new(&judge, &sources);
        Daemon { judge, post, sources, alarms, editor: None, queued: Notify::new(), share }
    }

    /// The same, which writes digests too.
    pub fn with_editor(self, editor: Editor) -> Daemon {
        Daemon { editor: Some(editor), ..self }
    }

    /// The mailboxes.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// What they are received and judged with.
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Takes over what a dead predecessor held, and clears away what it left half-written; the lock proves
    /// that it is dead. Where others may work on the record, it signs on, for one pass or to stay.
    pub async fn take_over(&self, lock: &DaemonLock, stays: bool) -> Result<(), DaemonError> {
        let done = self.prepare(lock, stays).await;
        if done.is_err() {
            // Nobody else is to wait for a process that never began.
            self.leave().await;
        }
        done
    }

    async fn prepare(&self, lock: &DaemonLock, stays: bool) -> Result<(), DaemonError> {
        self.share.join(stays).await?;
        let taken = self.judge.store.release_foreign_leases(lock, &self.judge.owner, self.judge.clock.now().as_millisecond()).await?;
        if taken > 0 {
            tracing::info!(leases = taken, "took over leases of a process that is gone");
        }
        self.note_campaigns().await?;
        if let Some(words) =
            self.judge.workdays.runs_out(time::local(self.judge.clock.now()).date(), self.judge.config.correction.working_days)
        {
            tracing::warn!(advice = %words, "the table of working days ends soon");
        }
        match self.judge.blobs.sweep().await {
            // What takes no writing now is met again by what has to write.
            Err(error) if !error.is_storage() => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// A changed campaign file is told: it judges what comes from now on, and moves nothing that is there.
    async fn note_campaigns(&self) -> Result<(), DaemonError> {
        let now_ms = self.judge.clock.now().as_millisecond();
        for source in &self.sources {
            let (id, sha256) = (&source.campaign.campaign.id, &source.campaign.sha256);
            self.judge.store.keep_campaign_file(id, (sha256, &source.campaign.text), now_ms).await?;
            if self.judge.store.note_campaign(id, sha256, now_ms).await? {
                tracing::warn!(campaign.id = %id, "the campaign file has changed; cases keep what it said before until they are reread");
            }
        }
        Ok(())
    }

    /// One pass: everything there is, received, judged and answered. A fault of one mailbox or of the
    /// SMTP server leaves the others alone and is told at the end; one of the record itself ends the pass.
    pub async fn poll(&self) -> Pass {
        let told = Stop::never();
        tokio::select! {
            // On the heap: it holds everything that a pass holds.
            pass = Box::pin(self.one_pass()) => pass,
            lost = self.share.beats(&told), if self.share.is_shared() => Pass { faults: lost.err().into_iter().collect() },
        }
    }

    async fn one_pass(&self) -> Pass {
        let mut pass = Pass::default();
        for source in self.own_sources() {
            let receiving = async { unless_fatal(self.receive_all(source).await) };
            let judging = async { unless_fatal(self.judge_while_receiving(source).await) };
            match tokio::try_join!(receiving, judging) {
                Ok((received, judged)) => pass.faults.extend(received.into_iter().chain(judged)),
                Err(fatal) => pass.faults.push(fatal),
            }
            if !pass.is_cut_off() {
                // What came in after the judge had looked for the last time.
                pass.faults.extend(self.judge_all(source).await.err());
                source.show_all(&self.judge).await;
            }
            if pass.is_cut_off() {
                break;
            }
        }
        if !pass.is_cut_off() {
            pass.faults.extend(self.judge.summarise(&self.sources).await.err());
        }
        if !pass.is_cut_off() {
            pass.faults.extend(self.remind(Timestamp::MIN).await.err());
        }
        if !pass.is_cut_off() {
            pass.faults.extend(self.write_digests(Timestamp::MIN).await.err());
        }
        if !pass.is_cut_off() {
            pass.faults.extend(self.deliver_all().await.err());
        }
        match pass.faults.iter().find(|fault| fault.is_storage()) {
            Some(fault) => self.alarms.raise(Alarm::Storage, &fault.to_string()).await,
            None if !pass.is_cut_off() => self.alarms.clear(Alarm::Storage).await,
            None => {}
        }
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
        while self.judge.step(source, &Stop::never()).await? == Step::Worked {}
        Ok(())
    }

    async fn deliver_all(&self) -> Result<(), DaemonError> {
        while self.post.step(&Stop::never()).await? == Step::Worked {}
        self.post.fault().await
    }
}

/// A fault that ends everything is an error at once; any other is told at the end.
fn unless_fatal(outcome: Result<(), DaemonError>) -> Result<Option<DaemonError>, DaemonError> {
    match outcome {
        Err(fault) if fault.is_fatal() => Err(fault),
        other => Ok(other.err()),
    }
}
