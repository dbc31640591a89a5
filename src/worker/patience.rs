//! How long a worker is waited for: until it has had the processor for as long as it may, and not until a clock says so.
//!
//! On a machine that is busy with other things, or slept, a worker may have had little of its time, or none: that is no fault of
//! its mail. Its processor time is looked at when it could have had all of it, and then every quarter of that at the latest. One
//! that does nothing meanwhile hangs, and there is an end in any case.

use std::time::Duration;

/// Of a clock tick as `/proc` counts processor time, on every architecture of Linux (proc_pid_stat(5)).
const TICK: Duration = Duration::from_millis(10);
/// So many times what is allowed is waited at most, however little the worker was given: less than a mail is leased for.
const MOST: u32 = 5;

/// What a worker may take, and has taken.
#[derive(Debug)]
pub(super) struct Patience {
    allowed: Duration,
    /// Processor time at the beginning, and when it was last looked at.
    before: Duration,
    last: Duration,
    idle: u32,
    /// How long it was waited for, by the clock.
    waited: Duration,
}

impl Patience {
    /// A mail begins, and may be waited for as long as is allowed. `used`: the processor time that the worker has had so far.
    pub(super) fn new(allowed: Duration, used: Option<Duration>) -> Patience {
        let before = used.unwrap_or_default();
        Patience { allowed, before, last: before, idle: 0, waited: allowed }
    }

    /// It has been waited so long: how long the worker may be waited for still. `used` as above; where it isn't known, the
    /// clock decides.
    pub(super) fn left(&mut self, used: Option<Duration>) -> Option<Duration> {
        let used = used?;
        self.idle = if used > self.last { 0 } else { self.idle + 1 };
        self.last = used;
        let left = self.allowed.saturating_sub(used.saturating_sub(self.before));
        if left < 2 * TICK || self.idle > 2 || self.waited >= self.allowed * MOST {
            return None;
        }
        let term = left.min(self.allowed / 4);
        self.waited += term;
        Some(term)
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

    /// How long is waited, in seconds, where twenty are allowed and the worker, which had had five, has had so many each time.
    fn waits(used: impl IntoIterator<Item = Option<f32>>) -> Vec<f32> {
        let mut patience = Patience::new(Duration::from_secs(20), Some(Duration::from_secs(5)));
        used.into_iter().map_while(|used| patience.left(used.map(Duration::from_secs_f32))).map(|left| left.as_secs_f32()).collect()
    }

    #[test]
    fn who_has_had_the_time_or_does_nothing_is_waited_for_no_longer() {
        assert_eq!(waits([Some(25.0)]), [0.0; 0], "all its time");
        assert_eq!(waits([Some(24.99)]), [0.0; 0], "all but what is not counted");
        assert_eq!(waits([Some(8.0), Some(24.0), Some(25.0)]), [5.0, 1.0], "less than all, and then the rest");
        assert_eq!(waits([Some(5.0), Some(6.0), Some(6.0), Some(6.0), Some(6.0)]), [5.0; 4], "idle, at work, idle for good");
        assert_eq!(waits([Some(5.0); 4]), [5.0; 2], "it hangs");
        assert_eq!(waits([None]), [0.0; 0], "the clock alone");
        assert_eq!(waits((1..100).map(|n| Some(5.0 + n as f32 / 10.0))).len(), 16, "not for ever");
    }

    #[test]
    fn the_time_that_a_process_has_had_is_known() {
        assert!(used(std::process::id()).is_some());
        assert_eq!(used(999_999_999), None);
    }
}
