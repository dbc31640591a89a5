//! One process among several: which mailboxes are its own, for how long, and that it says it lives.
//!
//! Where there is a file and no others can be, every mailbox is its own and nothing is said.

use super::meter::Meters;
use super::pulse::Loop;
use super::{Daemon, DaemonError, Judge, Source, Stop};
use crate::clock::Clock;
use crate::store::node::host;
use crate::store::{Held, Node, Store, StoreError};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};

/// Between two signs of life: three may be lost.
const BEAT_EVERY: Duration = Duration::from_secs(8);

/// After so long without an answer to one, the others have taken over.
const BEAT_WITHIN: Duration = Duration::from_secs(45);
/// Until a mailbox that couldn't be let go is tried again.
const LET_GO_EVERY: Duration = Duration::from_secs(2);
/// A stop waits for the signing off no longer.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// This process's share of the mailboxes.
#[derive(Debug)]
pub(super) struct Share {
    store: Store,
    clock: Clock,
    owner: String,
    meters: Arc<Meters>,
    configured: Vec<String>,
    /// As it signed on; not where it is alone.
    node: OnceLock<Node>,
    /// Those that it may work on.
    kept: watch::Sender<BTreeSet<String>>,
    /// Held from asking the record what this process has until `kept` says so.
    turn: Mutex<()>,
    /// Rings when a mailbox was let go, so that the next beat comes at once.
    changed: Notify,
}

impl Share {
    /// All of them, until it signs on among others.
    pub(super) fn new(judge: &Judge, sources: &[Source]) -> Share {
        let configured: Vec<String> = sources.iter().map(|source| source.mailbox.name.clone()).collect();
        let all = configured.iter().cloned().collect();
        let (store, clock, owner) = (judge.store.clone(), judge.clock.clone(), judge.owner.clone());
        Share {
            store,
            clock,
            owner,
            meters: judge.meters.clone(),
            configured,
            node: OnceLock::new(),
            kept: watch::channel(all).0,
            turn: Mutex::new(()),
            changed: Notify::new(),
        }
    }

    /// Signs on where there may be others. `stays`: not for one pass only.
    pub(super) async fn join(&self, stays: bool) -> Result<(), DaemonError> {
        if !self.is_shared() {
            return Ok(());
        }
        let wants = if stays { self.configured.clone() } else { Vec::new() };
        let node = Node { owner: self.owner.clone(), host: host(), pid: std::process::id(), wants };
        self.store.join(&node, self.now_ms()).await?;
        self.kept.send_replace(BTreeSet::new());
        self.beat(self.node.get_or_init(|| node)).await
    }

    pub(super) fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    /// Whether this process may work on a mailbox at present.
    pub(super) fn has(&self, source: &Source) -> bool {
        self.kept.borrow().contains(&source.mailbox.name)
    }

    /// The mailboxes that this process may work on, now and later.
    pub(super) fn kept(&self) -> watch::Receiver<BTreeSet<String>> {
        self.kept.subscribe()
    }

    /// Signs of life until the stop.
    pub(super) async fn beats(&self, stop: &Stop) -> Result<(), DaemonError> {
        let Some(node) = self.node.get() else { return Ok(()) };
        let pulse = self.meters.pulses.begin(Loop::Beat, "");
        while stop.or(tokio::time::timeout(BEAT_EVERY, self.changed.notified())).await.is_some() {
            pulse.mark();
            // A server that is silent says no error either.
            let beat = tokio::time::timeout(BEAT_WITHIN, self.beat(node)).await;
            match beat.unwrap_or_else(|_| Err(StoreError::SignedOff.into())) {
                Ok(()) => {}
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => tracing::warn!(error = %error, "no sign of life can be given"),
            }
        }
        Ok(())
    }

    async fn beat(&self, node: &Node) -> Result<(), DaemonError> {
        let _turn = self.turn.lock().await;
        let Held { mailboxes, surplus, gone } = self.store.beat(node, &self.configured, self.now_ms()).await?;
        self.meters.signed();
        for (owner, claims) in gone {
            tracing::warn!(node = %owner, claims, "a process has given no sign for thirty seconds; its work is taken over");
        }
        let kept: BTreeSet<String> = mailboxes.difference(&surplus).cloned().collect();
        self.kept.send_if_modified(|before| {
            let is_new = *before != kept;
            if is_new {
                tracing::info!(mailboxes = ?kept, "the mailboxes of this process");
                *before = kept;
            }
            is_new
        });
        Ok(())
    }

    /// Works on a mailbox for as long as it is this process's own; `work` ends at its stop.
    pub(super) async fn while_kept(
        &self,
        source: &Source,
        stop: &Stop,
        work: impl AsyncFn(&Stop) -> Result<(), DaemonError>,
    ) -> Result<(), DaemonError> {
        let name = &source.mailbox.name;
        loop {
            let mut kept = self.kept.subscribe();
            let taken = async { kept.wait_for(|kept| kept.contains(name)).await.map(drop) };
            if !matches!(stop.or(taken).await, Some(Ok(()))) {
                return Ok(());
            }
            let (end, ended) = watch::channel(false);
            let mut kept = self.kept.subscribe();
            let ends = async {
                let lost = async { kept.wait_for(|kept| !kept.contains(name)).await.map(drop) };
                let _either = stop.or(lost).await;
                end.send_replace(true);
                std::future::pending::<()>().await;
            };
            let inner = Stop::new(ended);
            tokio::select! {
                outcome = work(&inner) => outcome?,
                () = ends => {}
            }
            if stop.is_set() {
                return Ok(());
            }
            self.let_go(name, stop).await?;
        }
    }

    /// Tried until it succeeds, since nobody else can take the mailbox before. A beat since the loss may have found it this
    /// process's own again: it is let go all the same, and not kept.
    async fn let_go(&self, mailbox: &str, stop: &Stop) -> Result<(), DaemonError> {
        loop {
            match self.let_go_once(mailbox).await {
                Ok(()) => {
                    self.changed.notify_one();
                    return Ok(());
                }
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) => tracing::warn!(mailbox.name = %mailbox, error = %error, "a mailbox can't be let go yet"),
            }
            if stop.or(tokio::time::sleep(LET_GO_EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn let_go_once(&self, mailbox: &str) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        self.store.let_go(&self.owner, mailbox).await?;
        self.kept.send_if_modified(|kept| kept.remove(mailbox));
        Ok(())
    }

    /// Signs off: what it had is free at once.
    pub(super) async fn leave(&self) {
        if !self.is_shared() {
            return;
        }
        match tokio::time::timeout(LEAVE_WITHIN, self.store.leave(&self.owner, self.now_ms())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "can't sign off; the others find out in thirty seconds"),
            Err(_) => tracing::warn!("the server doesn't answer the signing off; the others find out in thirty seconds"),
        }
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

impl Daemon {
    /// The mailboxes that are this process's own at present.
    pub fn own_sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| self.share.has(source))
    }

    /// Signs off, where it signed on.
    pub async fn leave(&self) {
        self.share.leave().await;
    }
}
