//! The only place that reads the time, or chance. Everything else is told what time it is, so that a test can
//! say so.
//!
//! `clippy.toml` forbids the readers of the system's clocks elsewhere.

use jiff::Timestamp;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// A time that only tests, `demo` and `simulate` move; clones share it.
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands still.
    pub fn fixed(at: Timestamp) -> Self {
        Clock::Fixed(Arc::new(Mutex::new(at)))
    }

    /// What time it is.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// A random share of a length of time, so that many who wait don't come back at once. With a fixed
    /// clock there is no chance: it is nothing.
    pub fn share_of(&self, length: Duration) -> Duration {
        match self {
            // The standard library's hasher has a random key for each process and counts on from it.
            Clock::System => {
                let random = RandomState::new().build_hasher().finish() >> 40;
                length.mul_f64(random as f64 / f64::from(1_u32 << 24))
            }
            Clock::Fixed(_) => Duration::ZERO,
        }
    }

    /// Sets a fixed clock; the system's clock is not ours to set.
    pub fn set(&self, to: Timestamp) {
        match self {
            Clock::System => {}
            Clock::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner) = to,
        }
    }

    /// Moves a fixed clock on.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().checked_add(by).unwrap_or(Timestamp::MAX));
    }
}

/// How long something takes, by a clock that never goes back.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// As if it had been started so long ago.
    #[cfg(test)]
    pub fn started(ago: Duration) -> Self {
        let Stopwatch(now) = Self::start();
        Stopwatch(now.checked_sub(ago).unwrap())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told_and_for_all_its_clones() {
        let clock = Clock::fixed("2023-06-30T15:59:59Z".parse().unwrap());
        let other = clock.clone();
        assert_eq!(clock.now(), other.now());
        clock.advance(Duration::from_secs(1));
        assert_eq!(other.now().to_string(), "2023-06-30T16:00:00Z");
        Clock::System.set(Timestamp::UNIX_EPOCH);
        assert!(Clock::System.now() > other.now());
    }

    #[test]
    fn shares_differ_and_are_never_the_whole() {
        let whole = Duration::from_secs(60);
        let shares: std::collections::BTreeSet<_> = (0..20).map(|_| Clock::System.share_of(whole)).collect();
        assert!(shares.len() > 15 && shares.iter().all(|share| *share < whole), "{shares:?}");
        assert_eq!(Clock::fixed(Timestamp::UNIX_EPOCH).share_of(whole), Duration::ZERO);
    }
}
