//! A batch on its way: read on all workers at once, decided and recorded in the order of receipt.
//!
//! What has been read waits at most 50 ms for others, from the first that could be recorded; then all that is ready is
//! recorded together, while the slower mails behind it are still being read. In a backlog the groups grow by themselves:
//! what is read while one is being recorded is the next. A mail that can't be read holds back those behind it: no
//! correction may overtake its original.

use super::process::{Judge, Judged};
use super::receive::Source;
use super::{DaemonError, Stop};
use crate::clock::Stopwatch;
use crate::store::Claimed;
use futures::{Stream, StreamExt};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

/// How long the first of what has been read waits for others.
const GROUP: Duration = Duration::from_millis(50);
/// How many mails are recorded together at most.
const MOST: usize = 32;

/// A mail that was read, or which one could not be.
type Outcome = Result<Judged, (i64, DaemonError)>;

/// What has been read, and how long ago the first of it was.
struct Group<T> {
    ready: Vec<T>,
    since: Option<Stopwatch>,
}

impl<T> Group<T> {
    fn add(&mut self, one: T, since: Stopwatch) {
        self.ready.push(one);
        self.since.get_or_insert(since);
    }

    /// How long the first may wait still; none where there is none.
    fn left(&self) -> Option<Duration> {
        self.since.map(|since| GROUP.saturating_sub(since.elapsed()))
    }

    fn is_full(&self) -> bool {
        self.ready.len() >= MOST
    }

    fn take(&mut self) -> Vec<T> {
        self.since = None;
        std::mem::take(&mut self.ready)
    }
}

/// Mails in order, as they are read. The workers go on only while somebody waits here.
struct Readings<'a, S> {
    stream: Pin<&'a mut S>,
    /// What was read while something else was waited for, and how long ago.
    ahead: VecDeque<(Outcome, Stopwatch)>,
}

impl<S: Stream<Item = Outcome>> Readings<'_, S> {
    async fn next(&mut self) -> Option<(Outcome, Stopwatch)> {
        match self.ahead.pop_front() {
            Some(one) => Some(one),
            None => self.stream.next().await.map(|one| (one, Stopwatch::start())),
        }
    }

    /// Does something else while the workers go on: their time is counted.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                Some(one) = self.stream.next() => self.ahead.push_back((one, Stopwatch::start())),
            }
        }
    }
}

/// What happens next to a batch.
enum Next {
    /// It was read so long ago.
    Read(Box<Judged>, Stopwatch),
    Failed(i64, DaemonError),
    /// What was read has waited long enough, or is enough.
    Due,
    /// Everything is read.
    End,
    Stopped,
}

impl Judge {
    /// Judges what was claimed. At a stop, what was read is recorded and the rest given back.
    pub(super) async fn judge(&self, claimed: Vec<Claimed>, source: &Source, stop: &Stop) -> Result<(), DaemonError> {
        let parallel = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let stream = pin!(futures::stream::iter(claimed).map(|claimed| self.read_one(claimed, source)).buffered(parallel));
        let mut readings = Readings { stream, ahead: VecDeque::new() };
        let mut group = Group { ready: Vec::new(), since: None };
        loop {
            let next = if group.is_full() { Next::Due } else { next(&mut readings, group.left(), stop).await };
            // What a password may open has to be in the record.
            let tells = matches!(&next, Next::Read(one, _) if one.tells_password());
            let is_due = tells || !matches!(next, Next::Read(..));
            if is_due && !readings.beside(self.record_group(group.take(), source)).await? {
                return Ok(());
            }
            match next {
                Next::Read(one, since) => {
                    let one = if tells { readings.beside(self.opened(*one, source)).await? } else { *one };
                    group.add(one, since);
                }
                Next::Due => {}
                Next::Failed(id, error) => return self.put_back(id, source, error).await,
                Next::End => return Ok(()),
                Next::Stopped => return self.give_back(source).await,
            }
        }
    }
}

async fn next<S: Stream<Item = Outcome>>(readings: &mut Readings<'_, S>, left: Option<Duration>, stop: &Stop) -> Next {
    tokio::select! {
        biased;
        () = stop.wait() => Next::Stopped,
        one = readings.next() => match one {
            Some((Ok(one), since)) => Next::Read(Box::new(one), since),
            Some((Err((id, error)), _)) => Next::Failed(id, error),
            None => Next::End,
        },
        () = tokio::time::sleep(left.unwrap_or_default()), if left.is_some() => Next::Due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_waits_from_the_first_that_is_ready_and_not_from_the_last() {
        let mut group = Group { ready: Vec::new(), since: None };
        assert_eq!(group.left(), None);
        group.add(1, Stopwatch::started(GROUP));
        group.add(2, Stopwatch::start());
        assert_eq!(group.left(), Some(Duration::ZERO));
        assert_eq!((group.take(), group.left()), (vec![1, 2], None));
    }
}
