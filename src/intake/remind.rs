//! When a unit is reminded of what it was asked to correct: one working day before the period ends and before a window
//! closes, and once after the period, when the coordinators have had their working day to telephone.
//!
//! Only who was asked is reminded, and not on the day of a request. An occasion that is over is not made up for: what
//! was missed while the program was down is told while it still helps, or not at all.

use crate::intake::correction::{Course, period};
use crate::intake::schedule::Office;
use crate::model::{campaign::Calendar, reading::WindowPlace, time};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeMap;

/// When an office begins where its hours don't say.
const MORNING: Time = Time::constant(8, 30, 0, 0);
/// The working days after the deadline: the first is the coordinators', on the second the unit is reminded.
const AFTER: u32 = 2;
/// How long the reminder after the deadline may be late.
const NO_LONGER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What a reminder is for, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// The period ends on this day.
    Deadline(Date),
    /// It ended on this day.
    Overdue(Date),
    /// Windows close with the beginning of this day.
    Window(Date),
}

impl Occasion {
    /// What the record knows it by.
    pub fn key(self) -> String {
        match self {
            Occasion::Deadline(day) => format!("deadline/{day}"),
            Occasion::Overdue(day) => format!("overdue/{day}"),
            Occasion::Window(day) => format!("window/{day}"),
        }
    }
}

/// An occasion with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// What for.
    pub occasion: Occasion,
    /// From when on: the beginning of the office's day.
    pub from: Timestamp,
    /// Before when it has to go, or it no longer helps.
    pub until: Timestamp,
}

/// Until when a case keeps its place; none where nothing was asked, or nobody can say.
pub fn deadline(course: &Course, office: &Office<'_>) -> Option<Timestamp> {
    period(&course.requests, office).map(|(_, end)| end)
}

/// Every occasion to remind the unit of a case that still lacks something, those of the past too.
pub fn occasions(course: &Course, calendar: &Calendar, office: &Office<'_>) -> Vec<Due> {
    let Some(asked) = course.requests.iter().map(|request| request.sent).max() else { return Vec::new() };
    if course.place.late {
        return Vec::new();
    }
    let mut due: Vec<Due> = deadline(course, office).map(|end| of_deadline(end, office)).unwrap_or_default();
    due.extend(closing(&course.place, calendar).into_keys().filter_map(|closes| of_window(closes, office)));
    let asked = time::local(asked).date();
    due.retain(|due| time::local(due.from).date() > asked);
    due.sort();
    due
}

/// What is to be said now.
pub fn due(course: &Course, calendar: &Calendar, office: &Office<'_>, now: Timestamp) -> Vec<Due> {
    let mut due = occasions(course, calendar, office);
    due.retain(|due| due.from <= now && office.in_hours(now) < due.until);
    due
}

/// The windows in which a case stands, and the collection, each by the first day that no longer belongs to it.
pub fn closing(place: &WindowPlace, calendar: &Calendar) -> BTreeMap<Date, Vec<String>> {
    let mut closing: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    if let Some(first) = place.month.as_deref().and_then(|month| format!("{month}-01").parse::<Date>().ok()) {
        let name = format!("{}年{}月常态化征集", first.year(), first.month());
        closing.entry(first.saturating_add(1.month())).or_default().push(name);
    }
    for batch in calendar.batches.iter().filter(|batch| place.batch.as_deref() == Some(&batch.id)) {
        closing.entry(batch.until).or_default().push(batch.name.clone());
    }
    closing.entry(calendar.closes).or_default().push("本次征集".to_owned());
    closing
}

fn of_deadline(end: Timestamp, office: &Office<'_>) -> Vec<Due> {
    let day = time::local(end).date();
    let before = office.workdays.working_day_before(day).and_then(|before| opening(before, office));
    let after = office.workdays.add_working_days(day, AFTER).and_then(|after| opening(after, office));
    let before = before.map(|from| Due { occasion: Occasion::Deadline(day), from, until: end });
    let after = after.map(|from| Due { occasion: Occasion::Overdue(day), from, until: from.saturating_add(NO_LONGER).unwrap_or(from) });
    before.into_iter().chain(after).collect()
}

fn of_window(closes: Date, office: &Office<'_>) -> Option<Due> {
    let day = office.workdays.working_day_before(closes.yesterday().ok()?)?;
    Some(Due { occasion: Occasion::Window(closes), from: opening(day, office)?, until: time::start_of(closes)? })
}

/// When the office begins on a working day.
fn opening(day: Date, office: &Office<'_>) -> Option<Timestamp> {
    time::shanghai().to_timestamp(day.to_datetime(MORNING)).ok().map(|at| office.in_hours(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CampaignFile, builtin, values::Quiet};
    use crate::intake::correction::Request;
    use crate::model::workdays::Workdays;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn table() -> Workdays {
        toml::from_str(builtin::WORKDAYS).unwrap()
    }

    fn office<'a>(workdays: &'a Workdays, quiet: &str) -> Office<'a> {
        let quiet = quiet.parse::<Quiet>().unwrap().0;
        Office { wait: SignedDuration::ZERO, quiet, working_days: 5, until: Time::constant(17, 30, 0, 0), workdays }
    }

    fn course(month: &str, batch: Option<&str>, sent: &[&str]) -> Course {
        let place = WindowPlace { month: Some(month.into()), batch: batch.map(String::from), late: false };
        let requests = sent.iter().map(|sent| Request { asked: at(sent), sent: at(sent), until: None }).collect();
        Course { place, requests, ..Course::default() }
    }

    fn told(course: &Course, quiet: &str) -> Vec<String> {
        let (table, campaign) = (table(), CampaignFile::builtin().unwrap());
        let due = occasions(course, &campaign.campaign.calendar, &office(&table, quiet));
        due.iter().map(|due| format!("{} {}", due.occasion.key(), time::rfc3339(due.from))).collect()
    }

    #[test]
    fn one_working_day_before_and_once_after() {
        assert_eq!(
            told(&course("2023-06", Some("2023-H1"), &["2023-06-20T09:00:00+08:00"]), "17:30-08:30"),
            [
                "deadline/2023-06-28 2023-06-27T08:30:00+08:00",
                "overdue/2023-06-28 2023-06-30T08:30:00+08:00",
                "window/2023-07-01 2023-06-29T08:30:00+08:00",
                "window/2024-01-01 2023-12-29T08:30:00+08:00",
            ]
        );
        // Over the national holiday, with hours of another office.
        assert_eq!(
            told(&course("2023-09", Some("2023-H2"), &["2023-09-27T10:00:00+08:00"]), "18:00-09:00"),
            [
                "deadline/2023-10-10 2023-10-09T09:00:00+08:00",
                "overdue/2023-10-10 2023-10-12T09:00:00+08:00",
                "window/2023-10-01 2023-09-28T09:00:00+08:00",
                "window/2023-12-01 2023-11-29T09:00:00+08:00",
                "window/2024-01-01 2023-12-29T09:00:00+08:00",
            ]
        );
    }

    #[test]
    fn nobody_is_reminded_before_or_on_the_day_of_a_request_and_nobody_who_was_not_asked() {
        assert_eq!(told(&course("2023-06", None, &[]), ""), [""; 0]);
        let asked = told(&course("2023-06", Some("2023-H1"), &["2023-06-29T08:30:00+08:00"]), "");
        assert!(!asked.iter().any(|due| due.starts_with("window/2023-07-01")), "{asked:?}");
        let late =
            Course { place: WindowPlace { late: true, ..WindowPlace::default() }, ..course("", None, &["2024-01-02T09:00:00+08:00"]) };
        assert_eq!(told(&late, ""), [""; 0]);
    }

    #[test]
    fn what_was_missed_is_told_while_it_helps() {
        let (table, campaign) = (table(), CampaignFile::builtin().unwrap());
        let course = course("2023-07", Some("2023-H2"), &["2023-07-03T09:00:00+08:00"]);
        let keys = |now: &str| {
            let due = due(&course, &campaign.campaign.calendar, &office(&table, "17:30-08:30"), at(now));
            due.iter().map(|due| due.occasion.key()).collect::<Vec<_>>()
        };
        for (now, expected) in [
            ("2023-07-07T08:29:59+08:00", &[][..]),
            ("2023-07-07T08:30:00+08:00", &["deadline/2023-07-10"]),
            // After hours it could go on the morning of the day itself.
            ("2023-07-07T20:00:00+08:00", &["deadline/2023-07-10"]),
            ("2023-07-10T17:29:59+08:00", &["deadline/2023-07-10"]),
            ("2023-07-10T17:30:00+08:00", &[]),
            ("2023-07-12T08:29:59+08:00", &[]),
            ("2023-07-12T08:30:00+08:00", &["overdue/2023-07-10"]),
            ("2023-07-25T17:29:59+08:00", &["overdue/2023-07-10"]),
            ("2023-07-26T08:30:00+08:00", &[]),
            ("2023-07-28T08:30:00+08:00", &["window/2023-08-01"]),
            ("2023-07-31T17:29:59+08:00", &["window/2023-08-01"]),
            ("2023-07-31T17:30:00+08:00", &[]),
        ] {
            assert_eq!(keys(now), expected, "{now}");
        }
    }

    #[test]
    fn a_further_request_within_the_period_moves_the_reminder() {
        let course = course("2023-07", Some("2023-H2"), &["2023-07-03T09:00:00+08:00", "2023-07-07T09:00:00+08:00"]);
        let told = told(&course, "");
        assert_eq!(told.first().map(String::as_str), Some("deadline/2023-07-14 2023-07-13T08:30:00+08:00"), "{told:?}");
    }
}
