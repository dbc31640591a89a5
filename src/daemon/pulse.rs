//! Whether the loops turn: each marks every turn, and one that has not for longer than anything that it does may take is
//! stuck. So what watches the process can tell one that works from one that only exists.
//!
//! A loop that fails and waits for its next try turns, too: restarting it would mend nothing.

use crate::clock::Stopwatch;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A loop of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loop {
    /// Receives from one mailbox.
    Receive,
    /// Judges what one mailbox brought.
    Judge,
    /// Hands replies over.
    Deliver,
    /// Writes digests.
    Digest,
    /// Writes reminders.
    Remind,
    /// Gives signs of life to the other processes.
    Beat,
}

impl Loop {
    /// As the figures name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Loop::Receive => "receive",
            Loop::Judge => "judge",
            Loop::Deliver => "deliver",
            Loop::Digest => "digest",
            Loop::Remind => "remind",
            Loop::Beat => "beat",
        }
    }

    /// How long one turn may take at most. The longest wait after a fault is eight minutes; the rest is what one turn does: a
    /// large mail over a slow line (`largest` is what it may take), a mail that a worker reads, an SMTP server's ten minutes
    /// behind the data, a digest of everything. To be late here costs little, to be early would end a process that works.
    fn patience(self, largest: Duration) -> Duration {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        match self {
            Loop::Receive => minutes(20) + largest * 2,
            Loop::Judge | Loop::Deliver => minutes(45),
            Loop::Digest | Loop::Remind => minutes(60),
            Loop::Beat => minutes(10),
        }
    }
}

/// The loops that run, each with the mailbox that it is for; empty where it is for all.
#[derive(Debug)]
pub struct Pulses {
    turning: Mutex<BTreeMap<(Loop, String), Turning>>,
    largest: Duration,
}

#[derive(Debug)]
struct Turning {
    last: Stopwatch,
    patience: Duration,
}

/// A loop that runs, until this is dropped.
#[derive(Debug)]
pub struct Pulse<'a> {
    pulses: &'a Pulses,
    which: Loop,
    mailbox: &'a str,
}

impl Pulses {
    /// None runs yet. `largest`: how long the largest mail may take to be fetched.
    pub fn new(largest: Duration) -> Pulses {
        Pulses { turning: Mutex::default(), largest }
    }

    /// A loop begins to turn.
    pub fn begin<'a>(&'a self, which: Loop, mailbox: &'a str) -> Pulse<'a> {
        self.begin_with(which, mailbox, which.patience(self.largest))
    }

    fn begin_with<'a>(&'a self, which: Loop, mailbox: &'a str, patience: Duration) -> Pulse<'a> {
        self.lock().insert((which, mailbox.to_owned()), Turning { last: Stopwatch::start(), patience });
        Pulse { pulses: self, which, mailbox }
    }

    /// As if it had stood still for longer than it may.
    #[cfg(test)]
    pub fn begin_overdue<'a>(&'a self, which: Loop, mailbox: &'a str) -> Pulse<'a> {
        self.begin_with(which, mailbox, Duration::ZERO)
    }

    /// It got on with something; nothing, where the loop doesn't run.
    pub fn mark(&self, which: Loop, mailbox: &str) {
        if let Some(turning) = self.lock().get_mut(&(which, mailbox.to_owned())) {
            turning.last = Stopwatch::start();
        }
    }

    /// Every loop that runs, with its mailbox and the time since its last mark.
    pub fn ages(&self) -> Vec<(Loop, String, Duration)> {
        self.lock().iter().map(|((which, mailbox), turning)| (*which, mailbox.clone(), turning.last.elapsed())).collect()
    }

    /// Those that are stuck.
    pub fn stuck(&self) -> Vec<(Loop, String)> {
        let turning = self.lock();
        let stuck = turning.iter().filter(|(_, turning)| turning.last.elapsed() > turning.patience);
        stuck.map(|(key, _)| key.clone()).collect()
    }

    /// Whether loops run, and none is stuck.
    pub fn are_well(&self) -> bool {
        !self.lock().is_empty() && self.stuck().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Loop, String), Turning>> {
        self.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulse<'_> {
    /// It got on with something.
    pub fn mark(&self) {
        self.pulses.mark(self.which, self.mailbox);
    }
}

impl Drop for Pulse<'_> {
    fn drop(&mut self) {
        self.pulses.lock().remove(&(self.which, self.mailbox.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_makes_no_turn_within_its_time_is_stuck_until_it_makes_one() {
        let pulses = Pulses::new(Duration::ZERO);
        assert!(!pulses.are_well(), "none runs");
        let _well = pulses.begin(Loop::Judge, "main");
        assert!(pulses.are_well());
        let stuck = pulses.begin_overdue(Loop::Receive, "main");
        assert_eq!(pulses.stuck(), [(Loop::Receive, "main".to_owned())]);
        assert!(!pulses.are_well());
        drop(stuck);
        assert!(pulses.are_well(), "one that has ended is no longer waited for");
    }

    #[test]
    fn a_mark_is_of_one_loop_of_one_mailbox() {
        let pulses = Pulses::new(Duration::ZERO);
        let _both = ["a", "b"].map(|mailbox| pulses.begin(Loop::Receive, mailbox));
        let old = || pulses.lock().values_mut().for_each(|turning| turning.last = Stopwatch::started(Duration::from_secs(1300)));
        old();
        assert_eq!(pulses.stuck().len(), 2);
        pulses.mark(Loop::Receive, "b");
        pulses.mark(Loop::Judge, "a");
        assert_eq!(pulses.stuck(), [(Loop::Receive, "a".to_owned())]);
        assert_eq!(pulses.ages().len(), 2, "a mark begins no loop");
    }

    #[test]
    fn no_turn_is_called_stuck_before_its_longest_wait_is_over() {
        let loops = [Loop::Receive, Loop::Judge, Loop::Deliver, Loop::Digest, Loop::Remind, Loop::Beat];
        assert!(loops.iter().all(|which| which.patience(Duration::ZERO) >= Duration::from_secs(450 + 120)));
        assert!(Loop::Receive.patience(Duration::from_secs(3600)) > Duration::from_secs(7200));
    }
}
