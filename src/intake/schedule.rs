//! When a reply may leave, and until when a correction keeps its place (design rule 8).
//!
//! Acknowledgements go at once; corrections wait for a second mail, then for office hours on a working
//! day. Where the table of working days ends, Monday to Friday counts.

use crate::model::outbox::ReplyKind;
use crate::model::time;
use crate::model::workdays::Workdays;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, Timestamp};

/// The office's hours and habits, from the configuration.
#[derive(Debug, Clone)]
pub struct Office<'a> {
    /// How long a correction request waits.
    pub wait: SignedDuration,
    /// When office hours end and begin again; none: always open.
    pub quiet: Option<(Time, Time)>,
    /// Working days of the correction period.
    pub working_days: u32,
    /// Until when on its last day.
    pub until: Time,
    /// Holidays and make-up days.
    pub workdays: &'a Workdays,
}

impl Office<'_> {
    /// The earliest instant at which a reply may leave.
    pub fn earliest(&self, kind: ReplyKind, now: Timestamp) -> Timestamp {
        match kind {
            ReplyKind::Correction => self.in_office_hours(now.saturating_add(self.wait).unwrap_or(now)),
            ReplyKind::Acknowledgement | ReplyKind::Guidance | ReplyKind::Late | ReplyKind::None => now,
        }
    }

    /// The end of the correction period of a request that leaves at this instant; none past the table's end.
    pub fn deadline(&self, leaves: Timestamp) -> Option<DateTime> {
        let day = self.workdays.add_working_days(time::local(leaves).date(), self.working_days)?;
        Some(day.to_datetime(self.until))
    }

    fn in_office_hours(&self, at: Timestamp) -> Timestamp {
        let Some((closes, opens)) = self.quiet else { return at };
        let local = time::local(at);
        let (mut day, mut hour) = (local.date(), local.time());
        for _ in 0..30 {
            if self.works(day) && hour < closes {
                let hour = hour.max(opens);
                return time::shanghai().to_timestamp(day.to_datetime(hour)).unwrap_or(at).max(at);
            }
            let Ok(next) = day.tomorrow() else { break };
            (day, hour) = (next, Time::midnight());
        }
        at
    }

    fn works(&self, day: Date) -> bool {
        self.workdays.is_working_day(day).unwrap_or(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
    }
}
