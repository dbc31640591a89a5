//! The edges to the second, as a table and for any instant.

use super::*;
use crate::model::campaign::{Basis, Batch};
use crate::model::reading::ClockSource;
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn calendar_of(year: i16) -> Calendar {
    let batch = |half: &str, from, until| Batch { id: format!("{year}-{half}"), name: half.into(), from, until, basis: Basis::Notice };
    let middle = date(year, 7, 1);
    Calendar {
        opens: date(year, 5, 23),
        closes: date(year + 1, 1, 1),
        basis: Basis::Notice,
        batches: vec![batch("H1", date(year, 5, 23), middle), batch("H2", middle, date(year, 12, 1))],
    }
}

fn calendar() -> Calendar {
    calendar_of(2023)
}

fn placed(instant: &str, calendar: &Calendar) -> (Option<String>, Option<String>, bool) {
    let WindowPlace { month, batch, late } = place(instant.parse().unwrap(), calendar);
    (month, batch, late)
}

#[test]
fn edges_to_the_second() {
    for (instant, month, batch, late) in [
        ("2023-05-20T12:00:00+08:00", Some("2023-05"), Some("2023-H1"), false),
        ("2023-05-22T23:59:59+08:00", Some("2023-05"), Some("2023-H1"), false),
        ("2023-05-23T00:00:00+08:00", Some("2023-05"), Some("2023-H1"), false),
        ("2023-05-31T23:59:59+08:00", Some("2023-05"), Some("2023-H1"), false),
        ("2023-06-01T00:00:00+08:00", Some("2023-06"), Some("2023-H1"), false),
        ("2023-06-30T23:59:58+08:00", Some("2023-06"), Some("2023-H1"), false),
        ("2023-06-30T23:59:59+08:00", Some("2023-06"), Some("2023-H1"), false),
        ("2023-06-30T23:59:59.999999999+08:00", Some("2023-06"), Some("2023-H1"), false),
        ("2023-07-01T00:00:00+08:00", Some("2023-07"), Some("2023-H2"), false),
        ("2023-07-01T00:00:01+08:00", Some("2023-07"), Some("2023-H2"), false),
        ("2023-06-30T15:59:59Z", Some("2023-06"), Some("2023-H1"), false),
        ("2023-06-30T16:00:00Z", Some("2023-07"), Some("2023-H2"), false),
        ("2023-06-30T23:59:59Z", Some("2023-07"), Some("2023-H2"), false),
        ("2023-06-30T10:59:59-05:00", Some("2023-06"), Some("2023-H1"), false),
        ("2023-11-30T23:59:58+08:00", Some("2023-11"), Some("2023-H2"), false),
        ("2023-11-30T23:59:59+08:00", Some("2023-11"), Some("2023-H2"), false),
        ("2023-11-30T15:59:59Z", Some("2023-11"), Some("2023-H2"), false),
        ("2023-11-30T16:00:00Z", Some("2023-12"), None, false),
        ("2023-12-01T00:00:00+08:00", Some("2023-12"), None, false),
        ("2023-12-01T00:00:01+08:00", Some("2023-12"), None, false),
        ("2023-12-31T23:59:58+08:00", Some("2023-12"), None, false),
        ("2023-12-31T23:59:59+08:00", Some("2023-12"), None, false),
        ("2023-12-31T15:59:59Z", Some("2023-12"), None, false),
        ("2023-12-31T16:00:00Z", None, None, true),
        ("2024-01-01T00:00:00+08:00", None, None, true),
        ("2024-01-01T00:00:01+08:00", None, None, true),
    ] {
        assert_eq!(placed(instant, &calendar()), (month.map(str::to_owned), batch.map(str::to_owned), late), "{instant}");
    }
}

#[test]
fn a_leap_day_is_a_day_of_its_month() {
    let mut leap = calendar_of(2024);
    leap.opens = date(2024, 1, 1);
    leap.batches[0].from = date(2024, 1, 1);
    for (instant, month) in [
        ("2024-01-31T23:59:59+08:00", "2024-01"),
        ("2024-02-01T00:00:00+08:00", "2024-02"),
        ("2024-02-28T23:59:59+08:00", "2024-02"),
        ("2024-02-29T00:00:00+08:00", "2024-02"),
        ("2024-02-29T00:00:01+08:00", "2024-02"),
        ("2024-02-29T15:59:59Z", "2024-02"),
        ("2024-02-29T23:59:58+08:00", "2024-02"),
        ("2024-02-29T23:59:59+08:00", "2024-02"),
        ("2024-02-29T16:00:00Z", "2024-03"),
        ("2024-03-01T00:00:00+08:00", "2024-03"),
        ("2024-03-01T00:00:01+08:00", "2024-03"),
    ] {
        assert_eq!(placed(instant, &leap), (Some(month.into()), Some("2024-H1".into()), false), "{instant}");
    }
    let february = all(&leap).into_iter().find(|window| window.id == "2024-02").unwrap();
    assert_eq!(february.until.duration_since(february.from), SignedDuration::from_hours(29 * 24));
}

#[test]
fn the_windows_of_the_notice_have_their_instants() {
    let windows: Vec<(String, String, String)> =
        all(&calendar()).into_iter().map(|w| (w.id, time::rfc3339(w.from), time::rfc3339(w.until))).collect();
    assert_eq!(windows.len(), 10);
    let of = |id: &str| windows.iter().find(|window| window.0 == id).map(|window| (window.1.as_str(), window.2.as_str()));
    assert_eq!(of("2023-05"), Some(("2023-05-23T00:00:00+08:00", "2023-06-01T00:00:00+08:00")));
    assert_eq!(of("2023-12"), Some(("2023-12-01T00:00:00+08:00", "2024-01-01T00:00:00+08:00")));
    assert_eq!(of("2023-H1"), Some(("2023-05-23T00:00:00+08:00", "2023-07-01T00:00:00+08:00")));
    assert_eq!(of("2023-H2"), Some(("2023-07-01T00:00:00+08:00", "2023-12-01T00:00:00+08:00")));
    let named = |name| by_name(name, &calendar());
    assert_eq!(named("2023-H2"), Some(WindowPlace { month: None, batch: Some("2023-H2".into()), late: false }));
    assert_eq!(named("2023-11"), Some(WindowPlace { month: Some("2023-11".into()), batch: Some("2023-H2".into()), late: false }));
    assert_eq!((named("2024-01"), named("x")), (None, None));
}

#[test]
fn clocks_that_disagree_are_for_a_coordinator() {
    let at = |text: &str| (!text.is_empty()).then(|| text.parse::<Timestamp>().unwrap());
    for (internaldate, received, date, wanted) in [
        ("2023-06-30T15:00:00Z", "2023-06-30T14:59:58Z", "2023-06-30T14:59:00Z", None),
        ("2023-06-30T15:00:00Z", "2023-06-30T13:59:59Z", "", Some("Received")),
        ("2023-07-05T15:00:00Z", "2023-06-30T15:00:00Z", "", Some("Received")),
        // A late mail, and one from a clock that is a few hours ahead.
        ("2023-07-05T15:00:00Z", "", "2023-06-30T15:00:00Z", Some("不同征集窗口")),
        ("2023-06-30T15:30:00Z", "", "2023-07-01T15:00:00Z", None),
        ("2023-06-20T15:00:00Z", "", "2023-06-02T15:00:00Z", None),
        ("", "2023-07-05T15:00:00Z", "2023-06-30T15:00:00Z", Some("不同征集窗口")),
        ("", "", "2023-06-30T15:00:00Z", None),
        ("", "", "", Some("没有可靠的收到时刻")),
    ] {
        let clocks = Clocks { source: ClockSource::Internaldate, internaldate: at(internaldate), received: at(received), date: at(date) };
        let found = doubt(&clocks, &calendar());
        assert_eq!(found.is_some(), wanted.is_some(), "{clocks:?}: {found:?}");
        if let (Some(found), Some(wanted)) = (found, wanted) {
            assert!(found.message.contains(wanted) && found.severity == Severity::Check, "{found:?}");
        }
    }
}

/// Seconds since 1970 of a day's first second in Wuhan, by counting days: no time zone, no calendar library.
fn first_second(day: Date) -> i64 {
    let (y, m, d) = (i64::from(day.year()), i64::from(day.month()), i64::from(day.day()));
    let (y, m) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + d - 1 - 719_468;
    days * 86_400 - 8 * 3600
}

proptest! {
    /// Whatever the year, an instant stands in the windows whose seconds hold it, and in no other.
    #[test]
    fn any_instant_stands_where_its_second_is(year in 2000_i16..2100, offset in -200 * 86_400_i64..400 * 86_400) {
        let calendar = calendar_of(year);
        let second = first_second(date(year, 5, 23)) + offset;
        let found = place(Timestamp::from_second(second).unwrap(), &calendar);
        prop_assert_eq!(found.late, second >= first_second(calendar.closes));
        prop_assert_eq!(found.late, found.month.is_none());
        let batches: Vec<&str> = calendar.batches.iter()
            .filter(|batch| first_second(batch.from) <= second && second < first_second(batch.until))
            .map(|batch| batch.id.as_str()).collect();
        prop_assert!(batches.len() <= 1);
        let expected = if second < first_second(calendar.opens) { Some(calendar.batches[0].id.as_str()) } else { batches.first().copied() };
        prop_assert_eq!(found.batch.as_deref(), expected);
        if let Some(month) = &found.month {
            let first: Date = format!("{month}-01").parse().unwrap();
            prop_assert!(first_second(first) <= second && second < first_second(first.last_of_month().tomorrow().unwrap()));
        }
        // What is listed is what is judged by.
        for window in all(&calendar).iter().filter(|_| second >= first_second(calendar.opens)) {
            let holds = window.from.as_second() <= second && second < window.until.as_second();
            prop_assert_eq!(holds, [&found.month, &found.batch].contains(&&Some(window.id.clone())), "{}", window.id.clone());
        }
    }

    /// A second later is never an earlier window.
    #[test]
    fn time_never_goes_back(offset in 0_i64..250 * 86_400) {
        let calendar = calendar();
        let at = |offset| place(Timestamp::from_second(first_second(date(2023, 5, 23)) + offset).unwrap(), &calendar);
        let key = |place: WindowPlace| place.month.unwrap_or_else(|| "9999".into());
        prop_assert!(key(at(offset)) <= key(at(offset + 1)));
    }
}
