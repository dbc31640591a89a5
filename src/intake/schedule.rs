//! When a reply may leave, and until when a correction keeps its place (design rule 8).
//!
//! Acknowledgements go at once; corrections wait for a second mail, then for office hours on a working
//! day. Where the table of working days ends, Monday to Friday counts.

use crate::config::Config;
use crate::config::values::QuietHours;
use crate::model::outbox::ReplyKind;
use crate::model::time;
use crate::model::workdays::Workdays;
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp};

/// The office's hours and habits, from the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Office<'a> {
    /// How long a correction request waits.
    pub wait: SignedDuration,
    /// The hours in which corrections don't go; none: they always go.
    pub quiet: Option<QuietHours>,
    /// Working days of the correction period.
    pub working_days: u32,
    /// Until when on its last day.
    pub until: Time,
    /// Holidays and make-up days.
    pub workdays: &'a Workdays,
}

impl<'a> Office<'a> {
    /// As the configuration has it.
    pub fn of(config: &Config, workdays: &'a Workdays) -> Office<'a> {
        Office {
            wait: SignedDuration::try_from(config.correction.wait()).unwrap_or(SignedDuration::ZERO),
            quiet: config.replies.quiet(),
            working_days: config.correction.working_days,
            until: config.correction.until(),
            workdays,
        }
    }
}

impl Office<'_> {
    /// The earliest instant at which a reply may leave.
    pub fn earliest(&self, kind: ReplyKind, now: Timestamp) -> Timestamp {
        match kind {
            ReplyKind::Correction => self.in_hours(now.saturating_add(self.wait).unwrap_or(now)),
            ReplyKind::Acknowledgement | ReplyKind::Guidance | ReplyKind::Late | ReplyKind::None => now,
        }
    }

    /// The end of the correction period of a request that leaves at this instant; none past the table's end.
    pub fn deadline(&self, leaves: Timestamp) -> Option<DateTime> {
        let day = self.workdays.add_working_days(time::local(leaves).date(), self.working_days)?;
        Some(day.to_datetime(self.until))
    }

    /// The first instant from this one on at which the office asks anybody for anything.
    pub fn in_hours(&self, at: Timestamp) -> Timestamp {
        let Some(quiet) = self.quiet else { return at };
        let local = time::local(at);
        let mut moment = local.datetime();
        for _ in 0..60 {
            if !self.workdays.works(moment.date()) {
                let Ok(next) = moment.date().tomorrow() else { break };
                moment = next.to_datetime(Time::midnight());
            } else if quiet.contains(moment.time()) {
                let over_midnight = moment.time() >= quiet.until;
                let day = if over_midnight { moment.date().tomorrow().unwrap_or(moment.date()) } else { moment.date() };
                moment = day.to_datetime(quiet.until);
            } else {
                return time::shanghai().to_timestamp(moment).unwrap_or(at).max(at);
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Workdays {
        toml::from_str(crate::config::builtin::WORKDAYS).unwrap()
    }

    fn leaves(kind: ReplyKind, now: &str) -> String {
        let quiet = "17:30-08:30".parse::<crate::config::values::Quiet>().unwrap().0;
        let table = table();
        let office =
            Office { wait: SignedDuration::from_hours(2), quiet, working_days: 5, until: Time::constant(17, 30, 0, 0), workdays: &table };
        time::rfc3339(office.earliest(kind, now.parse().unwrap()))
    }

    #[test]
    fn corrections_wait_for_office_hours_and_acknowledgements_for_nothing() {
        for (now, expected) in [
            ("2023-06-19T10:00:00+08:00", "2023-06-19T12:00:00+08:00"),
            ("2023-06-19T16:00:00+08:00", "2023-06-20T08:30:00+08:00"),
            ("2023-06-19T23:00:00+08:00", "2023-06-20T08:30:00+08:00"),
            ("2023-06-20T05:00:00+08:00", "2023-06-20T08:30:00+08:00"),
            // The Dragon Boat holiday, and the Sunday that makes up for it.
            ("2023-06-21T16:00:00+08:00", "2023-06-25T08:30:00+08:00"),
        ] {
            assert_eq!(leaves(ReplyKind::Correction, now), expected, "{now}");
            assert_eq!(leaves(ReplyKind::Acknowledgement, now), now);
        }
    }

    #[test]
    fn the_correction_period_counts_working_days() {
        let table = table();
        let office =
            Office { wait: SignedDuration::ZERO, quiet: None, working_days: 5, until: Time::constant(17, 30, 0, 0), workdays: &table };
        let deadline = office.deadline("2023-06-20T09:00:00+08:00".parse().unwrap());
        assert_eq!(deadline.map(|at| at.to_string()).as_deref(), Some("2023-06-28T17:30:00"));
    }
}
