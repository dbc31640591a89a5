//! The plan of activities (Annex 1): which of them fall into some days, and a plan out of a table.
//!
//! `when` understands a time as a notice words it, [`import`] reads a table of a DOCX or XLSX file, [`plan`] writes
//! what was understood as a section of a campaign file.

pub mod import;
pub mod plan;
mod point;
mod when;

pub use when::{When, understand};

use crate::model::campaign::Activity;
use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// The most days of one activity that are named: a year of Thursdays, and some.
const DAYS: usize = 400;

/// An activity that falls into some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near<'a> {
    /// Which.
    pub activity: &'a Activity,
    /// The days on which one that recurs takes place; none of one that simply goes on.
    pub days: Vec<Date>,
}

/// The activities from a day on, over so many days, in the order of the plan: of a digest, the next fourteen.
pub fn upcoming(activities: &[Activity], from: Date, days: i32) -> Vec<Near<'_>> {
    between(activities, from, from.saturating_add(days.days()))
}

/// The activities of a month.
pub fn of_month(activities: &[Activity], month: Date) -> Vec<Near<'_>> {
    let from = month.first_of_month();
    between(activities, from, from.saturating_add(1.month()))
}

/// The activities from a day on, until before another.
pub fn between(activities: &[Activity], from: Date, until: Date) -> Vec<Near<'_>> {
    activities.iter().filter_map(|activity| near(activity, from, until)).collect()
}

/// One activity, where it falls into these days.
pub fn near(activity: &Activity, from: Date, until: Date) -> Option<Near<'_>> {
    let (begins, ends) = (activity.from.max(from), activity.until.min(until));
    if begins >= ends {
        return None;
    }
    let Some(step) = recurrence(activity) else { return Some(Near { activity, days: Vec::new() }) };
    let days: Vec<Date> = occurrences(activity, step).take_while(|day| *day < ends).filter(|day| *day >= begins).take(DAYS).collect();
    (!days.is_empty()).then_some(Near { activity, days })
}

/// After which span an activity recurs; none where it doesn't.
pub fn recurrence(activity: &Activity) -> Option<Span> {
    match (activity.weekday.as_deref().and_then(weekday), activity.every_months) {
        (Some(_), _) => Some(1.week()),
        (None, Some(months)) if months > 0 => Some(i32::from(months).months()),
        (None, _) => None,
    }
}

/// The first day on which a recurring activity takes place.
pub fn first_day(activity: &Activity) -> Date {
    match activity.weekday.as_deref().and_then(weekday) {
        Some(day) if activity.from.weekday() != day => activity.from.nth_weekday(1, day).unwrap_or(activity.from),
        Some(_) | None => activity.from,
    }
}

/// The last day on which it does.
pub fn last_day(activity: &Activity, step: Span) -> Option<Date> {
    occurrences(activity, step).take_while(|day| *day < activity.until).take(DAYS).last()
}

fn occurrences(activity: &Activity, step: Span) -> impl Iterator<Item = Date> {
    first_day(activity).series(step)
}

const WEEKDAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "monday", "每周一"),
    (Weekday::Tuesday, "tuesday", "每周二"),
    (Weekday::Wednesday, "wednesday", "每周三"),
    (Weekday::Thursday, "thursday", "每周四"),
    (Weekday::Friday, "friday", "每周五"),
    (Weekday::Saturday, "saturday", "每周六"),
    (Weekday::Sunday, "sunday", "每周日"),
];

/// A weekday by its name in a campaign file.
pub fn weekday(name: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name.trim())).map(|(day, ..)| *day)
}

/// 每周四, 每月, 每季度, 每2个月; nothing of one that doesn't recur.
pub fn recurs(activity: &Activity) -> String {
    let day = activity.weekday.as_deref().and_then(weekday);
    match (WEEKDAYS.iter().find(|(known, ..)| Some(*known) == day), activity.every_months) {
        (Some((.., label)), _) => (*label).to_owned(),
        (None, Some(1)) => "每月".to_owned(),
        (None, Some(3)) => "每季度".to_owned(),
        (None, Some(months)) => format!("每{months}个月"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;
    use jiff::civil::date;

    fn plan() -> Vec<Activity> {
        CampaignFile::builtin().unwrap().campaign.activities
    }

    #[test]
    fn a_recurring_activity_names_its_days() {
        let plan = plan();
        let near = upcoming(&plan, date(2023, 6, 26), 14);
        assert_eq!(near[0].days, [date(2023, 6, 29), date(2023, 7, 6)]);
        assert_eq!(recurrence(near[0].activity).and_then(|step| last_day(near[0].activity, step)), Some(date(2023, 12, 28)));
        assert!(near.iter().any(|near| near.activity.item == "世界认可日" && near.days.is_empty()));
        assert!(!near.iter().any(|near| near.activity.item == "世界标准日"));
    }

    #[test]
    fn a_month_has_what_falls_into_it() {
        let plan = plan();
        let of = |month: i8| of_month(&plan, date(2023, month, 15)).len();
        assert_eq!((1..=12).map(of).collect::<Vec<_>>(), [1, 1, 1, 4, 4, 8, 8, 6, 10, 8, 4, 4]);
    }

    #[test]
    fn every_month_on_its_day() {
        let monthly =
            Activity { every_months: Some(1), weekday: None, from: date(2023, 1, 31), until: date(2024, 1, 1), ..plan()[4].clone() };
        let days: Vec<Date> = between(std::slice::from_ref(&monthly), date(2023, 2, 1), date(2023, 5, 1))[0].days.clone();
        assert_eq!(days, [date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30)]);
        assert!(between(&[monthly], date(2024, 1, 1), date(2024, 5, 1)).is_empty());
    }
}
