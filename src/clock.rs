//! The only place that reads the time. Everything else is told what time it is, so that a test can say so.
//!
//! `clippy.toml` forbids the readers of the system's clocks elsewhere.

use jiff::Timestamp;
use std::{
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
}
