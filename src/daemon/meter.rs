//! What the loops do and how long it takes, noted while they do it. Numbers, and words of our own: nothing of a mail.
//!
//! It is this process's alone and begins anew with it. What is in the record is asked for there.

use super::pulse::Pulses;
use crate::clock::Stopwatch;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A stage on the way of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A page of at most 32 mails comes from the mailbox.
    Fetch,
    /// A page's bytes and rows are made durable.
    Keep,
    /// A worker reads one mail.
    Parse,
    /// What was read of a few mails is recorded with their replies, in one commit.
    Store,
    /// One mail of ours is handed over.
    Send,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Stage; 5] = [Stage::Fetch, Stage::Keep, Stage::Parse, Stage::Store, Stage::Send];

    /// As the figures name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Fetch => "fetch",
            Stage::Keep => "keep",
            Stage::Parse => "parse",
            Stage::Store => "store",
            Stage::Send => "send",
        }
    }
}

/// The upper ends of a histogram's buckets, in milliseconds; what took longer is in none of them.
pub const BUCKETS_MS: [u64; 12] = [1, 5, 10, 25, 50, 100, 250, 1000, 5000, 20_000, 60_000, 300_000];

/// How long something took, each time.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS_MS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Histogram {
    fn add(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
        let bucket = self.buckets.iter().zip(BUCKETS_MS).find(|(_, end)| us <= end * 1000);
        if let Some((bucket, _)) = bucket {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many took at most so many milliseconds, for each end of a bucket.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut sum = 0;
        self.buckets.iter().zip(BUCKETS_MS).map(move |(bucket, end)| {
            sum += bucket.load(Ordering::Relaxed);
            (end, sum)
        })
    }

    /// How many there were, and what they took together.
    pub fn total(&self) -> (u64, Duration) {
        (self.count.load(Ordering::Relaxed), Duration::from_micros(self.sum_us.load(Ordering::Relaxed)))
    }
}

/// What is known of the way to one mailbox since this process looks after it.
#[derive(Debug, Clone, Copy)]
pub struct Contact {
    /// Since it was last read well, or since this process began to look after it.
    pub since: Stopwatch,
    /// Whether it was read at all.
    pub was_read: bool,
    /// Tries in a row that came to nothing.
    pub faults: u32,
}

/// What is known of the way to the SMTP server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// Since the server took a mail.
    pub last_sent: Option<Stopwatch>,
    /// Since when it can't be used.
    pub broken: Option<Stopwatch>,
}

/// Everything that is noted.
#[derive(Debug)]
pub struct Meters {
    /// Since this process began.
    pub started: Stopwatch,
    /// Whether the loops turn.
    pub pulses: Pulses,
    stages: [Histogram; 5],
    judged: Mutex<BTreeMap<&'static str, u64>>,
    delivered: Mutex<BTreeMap<&'static str, u64>>,
    mailboxes: Mutex<BTreeMap<String, Contact>>,
    line: Mutex<Line>,
    /// Since the last sign of life that the record took.
    signed: Mutex<Option<Stopwatch>>,
}

impl Meters {
    /// Nothing happened yet. `largest`: how long the largest mail may take to be fetched.
    pub fn new(largest: Duration) -> Meters {
        Meters {
            started: Stopwatch::start(),
            pulses: Pulses::new(largest),
            stages: Default::default(),
            judged: Mutex::default(),
            delivered: Mutex::default(),
            mailboxes: Mutex::default(),
            line: Mutex::default(),
            signed: Mutex::default(),
        }
    }

    /// A stage has ended.
    pub fn took(&self, stage: Stage, watch: Stopwatch) {
        if let Some(histogram) = self.stages.get(stage as usize) {
            histogram.add(watch.elapsed());
        }
    }

    /// How long each stage took.
    pub fn stages(&self) -> impl Iterator<Item = (Stage, &Histogram)> {
        Stage::ALL.into_iter().zip(&self.stages)
    }

    /// A mail came to its disposition.
    pub fn judged(&self, disposition: &'static str) {
        *lock(&self.judged).entry(disposition).or_default() += 1;
    }

    /// A delivery came to this.
    pub fn delivered(&self, outcome: &'static str) {
        *lock(&self.delivered).entry(outcome).or_default() += 1;
    }

    /// How many mails came to each disposition, and how many deliveries to each outcome.
    pub fn counts(&self) -> (BTreeMap<&'static str, u64>, BTreeMap<&'static str, u64>) {
        (lock(&self.judged).clone(), lock(&self.delivered).clone())
    }

    /// This process looks after a mailbox, until the result is dropped.
    pub fn looks_after<'a>(&'a self, name: &'a str) -> Care<'a> {
        lock(&self.mailboxes).insert(name.to_owned(), Contact { since: Stopwatch::start(), was_read: false, faults: 0 });
        Care { meters: self, name }
    }

    /// The mailbox was read well.
    pub fn read_well(&self, name: &str) {
        if let Some(contact) = lock(&self.mailboxes).get_mut(name) {
            *contact = Contact { since: Stopwatch::start(), was_read: true, faults: 0 };
        }
    }

    /// It could not be read.
    pub fn read_badly(&self, name: &str) {
        if let Some(contact) = lock(&self.mailboxes).get_mut(name) {
            contact.faults = contact.faults.saturating_add(1);
        }
    }

    /// The mailboxes that this process looks after.
    pub fn mailboxes(&self) -> BTreeMap<String, Contact> {
        lock(&self.mailboxes).clone()
    }

    /// The SMTP server took a mail.
    pub fn line_is_well(&self) {
        *lock(&self.line) = Line { last_sent: Some(Stopwatch::start()), broken: None };
    }

    /// The SMTP server can't be used.
    pub fn line_is_broken(&self) {
        lock(&self.line).broken.get_or_insert_with(Stopwatch::start);
    }

    /// The way to the SMTP server.
    pub fn line(&self) -> Line {
        *lock(&self.line)
    }

    /// The record took a sign of life.
    pub fn signed(&self) {
        *lock(&self.signed) = Some(Stopwatch::start());
    }

    /// How long ago the record took a sign of life; none where none is given.
    pub fn last_sign(&self) -> Option<Duration> {
        lock(&self.signed).map(|watch| watch.elapsed())
    }
}

/// A mailbox that this process looks after.
#[derive(Debug)]
pub struct Care<'a> {
    meters: &'a Meters,
    name: &'a str,
}

impl Drop for Care<'_> {
    fn drop(&mut self) {
        lock(&self.meters.mailboxes).remove(self.name);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_exactly_as_long_is_still_in_the_bucket_and_what_took_longer_than_all_is_counted() {
        let histogram = Histogram::default();
        for ms in [1, 2, 5, 400_000] {
            histogram.add(Duration::from_millis(ms));
        }
        let cumulative: Vec<(u64, u64)> = histogram.cumulative().collect();
        assert_eq!(cumulative[..3], [(1, 1), (5, 3), (10, 3)]);
        assert_eq!((cumulative.last(), histogram.total()), (Some(&(300_000, 3)), (4, Duration::from_millis(400_008))));
    }

    #[test]
    fn faults_are_counted_in_a_row_and_only_where_this_process_looks() {
        let meters = Meters::new(Duration::ZERO);
        meters.read_badly("main");
        assert!(meters.mailboxes().is_empty());
        let care = meters.looks_after("main");
        meters.read_badly("main");
        meters.read_badly("main");
        assert_eq!((meters.mailboxes()["main"].faults, meters.mailboxes()["main"].was_read), (2, false));
        meters.read_well("main");
        assert_eq!((meters.mailboxes()["main"].faults, meters.mailboxes()["main"].was_read), (0, true));
        drop(care);
        assert!(meters.mailboxes().is_empty());
    }

    #[test]
    fn the_line_is_broken_from_the_first_fault_until_a_mail_goes() {
        let meters = Meters::new(Duration::ZERO);
        meters.line_is_broken();
        let first = meters.line().broken.unwrap();
        meters.line_is_broken();
        let since_first = first.elapsed();
        assert!(meters.line().broken.unwrap().elapsed() >= since_first);
        meters.line_is_well();
        assert!(meters.line().broken.is_none() && meters.line().last_sent.is_some());
    }
}
