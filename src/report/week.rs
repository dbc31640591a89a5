//! Weeks of a digest (ISO 8601) and the instants at which they are due.
//!
//! A digest tells about the seven days before its weekday: on Mondays the week from Monday to Sunday that has
//! just ended. The period bears the ISO week in which its last day lies, so each week has exactly one. Where
//! its weekday is a holiday, the digest waits for the next working day; the period stays.

use crate::model::{
    time,
    workdays::{Workdays, is_weekend},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, ISOWeekDate, Time, Weekday},
};
use std::{fmt, str::FromStr};

/// An ISO week: `2023-W26`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    year: i16,
    number: i8,
}

/// What a digest tells about: days, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The week that it bears.
    pub week: Week,
    /// The first day.
    pub from: Date,
    /// The first day after.
    pub until: Date,
}

/// When a digest is due.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// Its weekday.
    pub day: Weekday,
    /// Its time of day.
    pub time: Time,
    /// Holidays and make-up days.
    pub workdays: &'a Workdays,
}

impl Week {
    /// The week of a day.
    pub fn of(day: Date) -> Week {
        let date = day.iso_week_date();
        Week { year: date.year(), number: date.week() }
    }

    /// A day of it; none at the calendar's end.
    pub fn date(self, weekday: Weekday) -> Option<Date> {
        ISOWeekDate::new(self.year, self.number, weekday).ok().map(ISOWeekDate::date)
    }

    /// So many weeks earlier.
    pub fn earlier(self, weeks: i32) -> Option<Week> {
        Some(Week::of(self.date(Weekday::Thursday)?.checked_sub(weeks.weeks()).ok()?))
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.number)
    }
}

impl FromStr for Week {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Week, Self::Err> {
        let parse = || {
            let (year, number) = text.trim().split_once("-W").or_else(|| text.trim().split_once("-w"))?;
            let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(year, 4) || !digits(number, 2) {
                return None;
            }
            let week = Week { year: year.parse().ok()?, number: number.parse().ok()? };
            week.date(Weekday::Monday).map(|_| week)
        };
        parse().ok_or("周应写成 2023-W26 这样（2023年第26周）")
    }
}

impl Period {
    /// Its first instant.
    pub fn starts(&self) -> Timestamp {
        time::start_of(self.from).unwrap_or(Timestamp::MIN)
    }

    /// The first instant after.
    pub fn ends(&self) -> Timestamp {
        time::start_of(self.until).unwrap_or(Timestamp::MAX)
    }

    /// Its last day.
    pub fn last_day(&self) -> Date {
        self.until.yesterday().unwrap_or(self.until)
    }

    /// The seven days before.
    pub fn before(&self) -> Period {
        let from = self.from.saturating_sub(7.days());
        Period { week: Week::of(self.from.yesterday().unwrap_or(self.from)), from, until: self.from }
    }
}

impl Schedule<'_> {
    /// The period that a week's digest tells about.
    pub fn period(&self, week: Week) -> Option<Period> {
        let until = week.date(self.day.previous())?.tomorrow().ok()?;
        Some(Period { week, from: until.checked_sub(7.days()).ok()?, until })
    }

    /// When a period's digest is due.
    pub fn due(&self, period: &Period) -> Option<Timestamp> {
        let mut day = period.until;
        // An office that asked for a Saturday or Sunday has it.
        if !is_weekend(day) {
            while !self.workdays.works(day) {
                day = day.tomorrow().ok()?;
            }
        }
        time::shanghai().to_timestamp(day.to_datetime(self.time)).ok()
    }

    /// The latest period whose digest is due.
    pub fn latest(&self, now: Timestamp) -> Option<Period> {
        let this = Week::of(time::local(now).date());
        // A digest waits at most for the longest holiday, which is shorter than two weeks.
        (0..4).filter_map(|weeks| self.period(this.earlier(weeks)?)).find(|period| self.due(period).is_some_and(|due| due <= now))
    }

    /// When the next digest after now is due.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let this = Week::of(time::local(now).date());
        (-2..4).filter_map(|weeks| self.due(&self.period(this.earlier(weeks)?)?)).filter(|due| *due > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time as clock};

    fn table() -> Workdays {
        toml::from_str(crate::config::builtin::WORKDAYS).unwrap()
    }

    fn schedule(day: Weekday, workdays: &Workdays) -> Schedule<'_> {
        Schedule { day, time: clock(8, 30, 0, 0), workdays }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_are_written_as_iso_8601_has_them() {
        for (day, week) in [(date(2023, 6, 25), "2023-W25"), (date(2023, 1, 1), "2022-W52"), (date(2024, 12, 30), "2025-W01")] {
            assert_eq!(Week::of(day).to_string(), week);
            assert_eq!(week.parse(), Ok(Week::of(day)));
        }
        for wrong in ["2023-W53", "2023-26", "2023-W6", "W26", "2023-W00", "", "２０２３-W26", "+023-W26"] {
            assert!(wrong.parse::<Week>().is_err(), "{wrong}");
        }
        assert!("2020-W53".parse::<Week>().is_ok());
    }

    #[test]
    fn a_monday_tells_about_the_week_before() {
        let table = table();
        let monday = schedule(Weekday::Monday, &table);
        let latest = monday.latest(at("2023-06-26T08:30:00+08:00")).unwrap();
        assert_eq!((latest.week.to_string().as_str(), latest.from, latest.until), ("2023-W25", date(2023, 6, 19), date(2023, 6, 26)));
        // A second earlier it is the week before that; Monday 19 June was a working day.
        let earlier = monday.latest(at("2023-06-26T08:29:59+08:00")).unwrap();
        assert_eq!(earlier.week.to_string(), "2023-W24");
        assert_eq!(latest.before().week, earlier.week);
    }

    #[test]
    fn any_weekday_gives_each_week_one_period() {
        let table = table();
        for day in
            [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday, Weekday::Saturday, Weekday::Sunday]
        {
            let schedule = schedule(day, &table);
            let mut week: Week = "2023-W01".parse().unwrap();
            let mut last: Option<Period> = None;
            for _ in 0..160 {
                let period = schedule.period(week).unwrap();
                assert_eq!(period.until.weekday(), day);
                assert_eq!(Week::of(period.last_day()), week);
                if let Some(last) = last {
                    assert_eq!(last.until, period.from, "{week}");
                    assert!(schedule.due(&last) <= schedule.due(&period), "{week}");
                }
                last = Some(period);
                week = week.earlier(-1).unwrap();
            }
        }
    }

    #[test]
    fn a_holiday_moves_the_digest_and_not_its_period() {
        let table = table();
        let monday = schedule(Weekday::Monday, &table);
        for (week, due) in [
            // Monday 2 October 2023 is a holiday, Saturday the 7th a make-up day.
            ("2023-W39", "2023-10-07T08:30:00+08:00"),
            // The Spring Festival of 2024 ends on Saturday 17 February; offices work on the Sunday.
            ("2024-W06", "2024-02-18T08:30:00+08:00"),
            ("2024-W07", "2024-02-19T08:30:00+08:00"),
            ("2023-W52", "2024-01-02T08:30:00+08:00"),
            ("2023-W24", "2023-06-19T08:30:00+08:00"),
        ] {
            let period = monday.period(week.parse().unwrap()).unwrap();
            assert_eq!(monday.due(&period), Some(at(due)), "{week}");
            assert_eq!(monday.latest(at(due)), Some(period), "{week}");
            assert_ne!(monday.latest(at(due) - 1.second()), Some(period), "{week}");
            assert_eq!(monday.next(at(due) - 1.second()), Some(at(due)), "{week}");
        }
    }

    #[test]
    fn a_weekend_that_was_asked_for_is_no_holiday() {
        let table = table();
        let sunday = schedule(Weekday::Sunday, &table);
        let period = sunday.period("2023-W24".parse().unwrap()).unwrap();
        assert_eq!(sunday.due(&period), Some(at("2023-06-18T08:30:00+08:00")));
    }
}
