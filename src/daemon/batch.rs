//! A batch on its way: read on all workers at once, decided and recorded in the order of receipt.
//!
//! What has been read waits at most 50 ms for the next one; then it is recorded, while the slower mails behind it are still
//! being read. In a backlog, where one follows the other, many are recorded together. A mail that can't be read holds back those behind it: no correction may overtake its original.

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

/// How long what has been read waits for the next one.
const GROUP: Duration = Duration::from_millis(50);

/// A mail that was read, or which one could not be.
type Outcome = Result<Judged, (i64, DaemonError)>;

/// Mails in order, as they are read. The workers go on only while somebody waits here.
struct Readings<'a, S> {
    stream: Pin<&'a mut S>,
    /// What was read while something else was waited for.
    ahead: VecDeque<Outcome>,
}

impl<S: Stream<Item = Outcome>> Readings<'_, S> {
    async fn next(&mut self) -> Option<Outcome> {
        match self.ahead.pop_front() {
            Some(one) => Some(one),
            None => self.stream.next().await,
        }
    }

    /// Does something else while the workers go on.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                Some(one) = self.stream.next() => self.ahead.push_back(one),
            }
        }
    }
}

/// What happens next to a batch.
enum Next {
    Read(Box<Judged>),
    Failed(i64, DaemonError),
    /// What was read has waited long enough.
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
        let (mut group, mut waiting) = (Vec::new(), None);
        loop {
            let next = next(&mut readings, waiting, stop).await;
            // What a password may open has to be in the record.
            let tells = matches!(&next, Next::Read(one) if one.tells_password());
            if tells || !matches!(next, Next::Read(_)) {
                waiting = None;
                if !readings.beside(self.record_group(std::mem::take(&mut group), source)).await? {
                    return Ok(());
                }
            }
            match next {
                Next::Read(one) => {
                    group.push(if tells { readings.beside(self.opened(*one, source)).await? } else { *one });
                    waiting = Some(Stopwatch::start());
                }
                Next::Due => {}
                Next::Failed(id, error) => return self.put_back(id, source, error).await,
                Next::End => return Ok(()),
                Next::Stopped => return self.give_back(source).await,
            }
        }
    }
}

async fn next<S: Stream<Item = Outcome>>(readings: &mut Readings<'_, S>, waiting: Option<Stopwatch>, stop: &Stop) -> Next {
    let left = waiting.map(|waiting| GROUP.saturating_sub(waiting.elapsed()));
    tokio::select! {
        biased;
        () = stop.wait() => Next::Stopped,
        one = readings.next() => match one {
            Some(Ok(one)) => Next::Read(Box::new(one)),
            Some(Err((id, error))) => Next::Failed(id, error),
            None => Next::End,
        },
        () = tokio::time::sleep(left.unwrap_or_default()), if left.is_some() => Next::Due,
    }
}
