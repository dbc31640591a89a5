//! A plan of activities as iCalendar (RFC 5545), for a calendar program to take in.
//!
//! Every activity is an event of whole days, which needs no time zone; one that recurs has a rule. UIDs are made from
//! the plan and DTSTAMP is its day, so that the same plan gives the same bytes and taking it in again changes nothing.

use super::activity::{first_day, last_day, recurrence, weekday};
use crate::model::campaign::{Activity, Campaign, Certainty};
use crate::model::time::start_of;
use data_encoding::HEXLOWER;
use icalendar::{Calendar, Component, Event, EventStatus, Property};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::fmt;

/// The calendar.
///
/// # Errors
/// Never, unless formatting into memory fails.
pub fn calendar(activities: &[&Activity], campaign: &Campaign) -> Result<String, fmt::Error> {
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//zhihui//activities//ZH"))
        .append_property(Property::new("CALSCALE", "GREGORIAN"))
        .append_property(Property::new("METHOD", "PUBLISH"))
        .append_property(Property::new("X-WR-CALNAME", escaped(&format!("{}活动计划", campaign.brand.name))))
        .append_property(Property::new("X-WR-TIMEZONE", "Asia/Shanghai"));
    let mut uids: Vec<String> = Vec::new();
    for activity in activities {
        let uid = uid(activity, campaign, &mut uids);
        calendar.push(event(activity, campaign, &uid));
    }
    let mut out = String::new();
    fmt::Write::write_fmt(&mut out, format_args!("{calendar}"))?;
    Ok(out)
}

fn event(activity: &Activity, campaign: &Campaign, uid: &str) -> Event {
    let step = recurrence(activity);
    let begins = if step.is_some() { first_day(activity) } else { activity.from };
    let ends = if step.is_some() { begins.tomorrow().unwrap_or(begins) } else { activity.until };
    let told = format!("时间：{}{}\n主办：{}", activity.time, activity.certainty.label(), activity.hosts.join("、"));
    let mut event = Event::new();
    event
        .uid(uid)
        .append_property(Property::new("DTSTAMP", stamp(campaign)))
        .append_property(day("DTSTART", begins))
        .append_property(day("DTEND", ends))
        .summary(&activity.item)
        .description(&told)
        .append_property(Property::new("TRANSP", "TRANSPARENT"))
        .status(match activity.certainty {
            Certainty::Settled => EventStatus::Confirmed,
            Certainty::About | Certainty::Open => EventStatus::Tentative,
        });
    if let Some(last) = step.and_then(|step| last_day(activity, step)) {
        event.append_property(Property::new("RRULE", rule(activity, begins, last)));
    }
    event.done()
}

/// The rule ends with the last day itself, a date as DTSTART is (RFC 5545, 3.3.10).
fn rule(activity: &Activity, first: Date, last: Date) -> String {
    let until = last.strftime("%Y%m%d");
    match activity.weekday.as_deref().and_then(weekday) {
        Some(_) => {
            let day: String = first.strftime("%a").to_string().chars().take(2).collect::<String>().to_uppercase();
            format!("FREQ=WEEKLY;BYDAY={day};UNTIL={until}")
        }
        None => format!("FREQ=MONTHLY;INTERVAL={};UNTIL={until}", activity.every_months.unwrap_or(1)),
    }
}

fn day(name: &str, day: Date) -> Property {
    Property::new(name, day.strftime("%Y%m%d").to_string()).add_parameter("VALUE", "DATE").done()
}

/// The day of the notice, in UTC.
fn stamp(campaign: &Campaign) -> String {
    let at = start_of(campaign.calendar.opens).unwrap_or_default();
    at.to_zoned_datetime(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The same for the same row of the same plan; the second of two rows that say the same has another.
fn uid(activity: &Activity, campaign: &Campaign, taken: &mut Vec<String>) -> String {
    let of = |n: usize| {
        let digest = Sha256::digest(format!("{}\n{}\n{}\n{n}", campaign.id, activity.time, activity.item));
        format!("{}@activity.zhihui", HEXLOWER.encode(digest.get(..16).unwrap_or_default()))
    };
    let uid = (0..).map(of).find(|uid| !taken.contains(uid)).unwrap_or_default();
    taken.push(uid.clone());
    uid
}

/// TEXT (RFC 5545, 3.3.11), for properties that the library doesn't know.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;

    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    #[test]
    fn the_plan_is_a_calendar() {
        let campaign = CampaignFile::builtin().unwrap().campaign;
        let activities: Vec<&Activity> = campaign.activities.iter().collect();
        let text = calendar(&activities, &campaign).unwrap();
        assert_eq!(text, calendar(&activities, &campaign).unwrap());
        assert_eq!((text.matches("BEGIN:VEVENT").count(), text.matches("UID:").count(), text.matches("RRULE").count()), (17, 17, 1));
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
        let whole = unfolded(&text);
        for line in [
            "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20231228\r\n",
            "DTSTART;VALUE=DATE:20230105\r\n",
            "DTEND;VALUE=DATE:20230106\r\n",
            "DTSTAMP:20230522T160000Z\r\n",
            "SUMMARY:有机产品认证专家行活动\r\n",
            "DESCRIPTION:时间：2023年9—10月\\n主办：省局认检处\r\n",
        ] {
            assert!(whole.contains(line), "no {line} in {whole}");
        }
    }

    #[test]
    fn marks_of_the_format_are_escaped() {
        let campaign = CampaignFile::builtin().unwrap().campaign;
        let mut odd = campaign.activities[4].clone();
        odd.item = "甲,乙;丙\\丁\r\nBEGIN:VEVENT".into();
        let text = unfolded(&calendar(&[&odd, &odd], &campaign).unwrap());
        assert!(text.contains("SUMMARY:甲\\,乙\\;丙\\\\丁"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("BEGIN:VEVENT")).count(), 2, "{text}");
        let uids: Vec<&str> = text.lines().filter(|line| line.starts_with("UID:")).collect();
        assert_ne!(uids[0], uids[1]);
    }
}
