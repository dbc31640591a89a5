//! What others may see of a running daemon: whether it lives, whether it does its work, and its figures.
//!
//! Everything here is said in words of our own, with the names that the office gave its mailboxes: what a server answered, who
//! wrote and to whom is in the record and, masked, in the log. The pages are for who has no login.

mod exposition;
mod figures;
mod ready;

use super::Daemon;
use super::meter::Meters;
use crate::clock::Clock;
use crate::http::{Answer, Page};
use crate::store::{Gauges, Store};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// An answer of the record that takes longer is none: who asks has a patience of its own.
const RECORD_WITHIN: Duration = Duration::from_secs(3);

/// Who tells how a daemon is. Cheap to clone, and outlives the daemon.
#[derive(Debug, Clone)]
pub struct Observer(Arc<Seen>);

#[derive(Debug)]
struct Seen {
    store: Store,
    clock: Clock,
    meters: Arc<Meters>,
    /// The mailboxes of the configuration.
    mailboxes: Vec<String>,
    /// Those that this process may work on.
    kept: watch::Receiver<BTreeSet<String>>,
}

impl Daemon {
    /// Who tells how it is.
    pub fn observer(&self) -> Observer {
        Observer(Arc::new(Seen {
            store: self.judge.store.clone(),
            clock: self.judge.clock.clone(),
            meters: self.judge.meters.clone(),
            mailboxes: self.sources.iter().map(|source| source.mailbox.name.clone()).collect(),
            kept: self.share.kept(),
        }))
    }
}

impl Observer {
    /// Whether every loop turns.
    pub fn is_turning(&self) -> bool {
        self.0.meters.pulses.are_well()
    }

    /// The loops that are stuck, each with its mailbox.
    pub fn stuck(&self) -> Vec<String> {
        let stuck = self.0.meters.pulses.stuck().into_iter();
        stuck.map(|(which, mailbox)| format!("{} {mailbox}", which.as_str()).trim_end().to_owned()).collect()
    }

    /// What a page says now.
    pub async fn answer(self, page: Page) -> Answer {
        match page {
            Page::Alive => alive(&self.stuck()),
            Page::Ready => ready::page(&self.0.shortcomings(self.0.gauges().await.as_ref())),
            Page::Metrics => Answer { is_well: true, text: self.0.figures(self.0.gauges().await.as_ref()) },
        }
    }
}

fn alive(stuck: &[String]) -> Answer {
    let text = if stuck.is_empty() { "alive\n".to_owned() } else { stuck.iter().map(|which| format!("stuck: {which}\n")).collect() };
    Answer { is_well: stuck.is_empty(), text }
}

impl Seen {
    /// What waits in the record; none where the record can't be asked.
    async fn gauges(&self) -> Option<Gauges> {
        let asked = self.store.gauges(self.clock.now().as_millisecond());
        match tokio::time::timeout(RECORD_WITHIN, asked).await {
            Ok(Ok(gauges)) => Some(gauges),
            Ok(Err(error)) => {
                tracing::debug!(error = %error, "the record can't be asked how much waits");
                None
            }
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::pulse::Loop;
    use jiff::Timestamp;

    /// A daemon that looks after one mailbox, on an empty record.
    pub(super) async fn seen(folder: &tempfile::TempDir) -> Seen {
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        let meters = Arc::new(Meters::new(Duration::ZERO));
        // For as long as the test goes on.
        std::mem::forget(meters.looks_after("main"));
        let mailboxes = vec!["main".to_owned()];
        let kept = watch::channel(mailboxes.iter().cloned().collect()).1;
        Seen { store, clock: Clock::fixed(Timestamp::UNIX_EPOCH), meters, mailboxes, kept }
    }

    #[tokio::test]
    async fn a_process_lives_while_its_loops_turn() {
        let folder = tempfile::tempdir().unwrap();
        let observer = Observer(Arc::new(seen(&folder).await));
        assert!(!observer.is_turning(), "none has begun");
        let pulses = &observer.0.meters.pulses;
        let _turns = pulses.begin(Loop::Judge, "main");
        assert!(observer.is_turning());
        assert_eq!(observer.clone().answer(Page::Alive).await, Answer { is_well: true, text: "alive\n".into() });
        let _stuck = pulses.begin_overdue(Loop::Receive, "main");
        assert!(!observer.is_turning());
        assert_eq!(observer.clone().answer(Page::Alive).await, Answer { is_well: false, text: "stuck: receive main\n".into() });
    }
}
