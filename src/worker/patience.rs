//! How long a worker is waited for: until it has had the processor for as long as it may, and not until a clock says so.
//!
//! On a machine that is busy with other things, or slept, a worker may have had little of its time, or none: that is no fault of
//! its mail. One that has done nothing for two terms on end hangs.

use std::time::Duration;

/// Of a clock tick as `/proc` counts processor time, on every architecture of Linux (proc_pid_stat(5)).
const TICK: Duration = Duration::from_millis(10);
/// The most terms that are waited for, however little the worker was given.
const MOST: u32 = 10;

/// What a worker may take, and has taken.
#[derive(Debug)]
pub(super) struct Patience {
    allowed: Duration,
    /// Processor time at the beginning, and when it was last looked at.
    before: Duration,
    last: Duration,
    idle: u32,
    terms: u32,
}

impl Patience {
    /// A mail begins. `used`: the processor time that the worker has had so far.
    pub(super) fn new(allowed: Duration, used: Option<Duration>) -> Patience {
        let before = used.unwrap_or_default();
        Patience { allowed, before, last: before, idle: 0, terms: 0 }
    }

    /// A term has gone by: whether the worker may have another. `used` as above; where it isn't known, the clock decides.
    pub(super) fn is_left(&mut self, used: Option<Duration>) -> bool {
        let Some(used) = used else { return false };
        self.terms += 1;
        self.idle = if used > self.last { 0 } else { self.idle + 1 };
        self.last = used;
        used.saturating_sub(self.before) < self.allowed && self.idle < 2 && self.terms < MOST
    }
}

/// The processor time that a process has had, with all its threads; none where it is gone, or `/proc` doesn't tell.
pub(super) fn used(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may hold anything, in brackets.
    let (_, after) = stat.rsplit_once(')')?;
    let ticks: Vec<u32> = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    let [user, system] = *ticks else { return None };
    Some(TICK * user.saturating_add(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn who_has_had_the_time_or_does_nothing_is_waited_for_no_longer() {
        let used = |seconds| Some(SECOND * seconds);
        let terms = |told: &[Option<Duration>]| {
            let mut patience = Patience::new(20 * SECOND, used(5));
            told.iter().take_while(|used| patience.is_left(**used)).count()
        };
        assert_eq!(terms(&[used(25)]), 0, "all its time");
        assert_eq!(terms(&[used(8), used(20), used(26)]), 2, "less than all, twice");
        assert_eq!(terms(&[used(5), used(6), used(6), used(6)]), 3, "idle, at work, idle twice");
        assert_eq!(terms(&[used(5), used(5)]), 1, "it hangs");
        assert_eq!(terms(&[None]), 0, "the clock alone");
        let little: Vec<_> = (6..20).map(used).collect();
        assert_eq!(terms(&little), 9, "not for ever");
    }

    #[test]
    fn the_time_that_a_process_has_had_is_known() {
        assert!(used(std::process::id()).is_some());
        assert_eq!(used(999_999_999), None);
    }
}
