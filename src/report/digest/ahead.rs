//! What stands before the office in the fourteen days after the period: ends of windows and of correction
//! periods, and activities of Annex 1.

use super::{Digest, page::Near};
use crate::intake::window::{self, Window};
use crate::model::campaign::{Activity, Campaign};
use crate::model::time;
use crate::report::activity;
use crate::report::words::{month_day, weekday};
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeMap;

/// How far a digest looks ahead.
const DAYS: i64 = 14;

/// A sentence for each day on which something ends.
pub fn deadlines(digest: &Digest) -> Vec<String> {
    let from = digest.figures.period.until;
    let until = from.saturating_add(DAYS.days());
    let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    for (day, count) in digest.figures.deadlines.range(from..until) {
        days.entry(*day).or_default().push(format!("{count}件案例的补正期限届满"));
    }
    for (end, words) in windows(digest.campaign) {
        let Ok(last_day) = end.yesterday() else { continue };
        if from <= last_day && last_day < until {
            days.entry(last_day).or_default().push(format!("{words}截止"));
        }
    }
    days.into_iter().map(|(day, words)| format!("{}（{}）：{}。", month_day(day), weekday(day), words.join("；"))).collect()
}

/// The first day after each window, and its name: batches before months, since they weigh more; then the collection itself.
fn windows(campaign: &Campaign) -> Vec<(Date, String)> {
    let (batches, months): (Vec<Window>, Vec<Window>) = window::all(&campaign.calendar).into_iter().partition(|window| window.is_batch);
    let batches = batches.into_iter().map(|one| (time::local(one.until).date(), one.name));
    let month = |one: Window| (time::local(one.until).date(), format!("{}月常态化征集", time::local(one.from).month()));
    batches.chain(months.into_iter().map(month)).chain([(campaign.calendar.closes, "本次征集".to_owned())]).collect()
}

/// The activities that fall into these days, those with a day of their own first.
pub fn activities(digest: &Digest) -> Vec<Near> {
    let from = digest.figures.period.until;
    let until = from.saturating_add(DAYS.days());
    let upcoming = activity::between(&digest.campaign.activities, from, until).into_iter();
    let mut near: Vec<(u8, Near)> = upcoming.map(|one| meeting(one, from, until)).collect();
    near.sort_by_key(|(order, _)| *order);
    near.into_iter().map(|(_, near)| near).collect()
}

fn meeting(near: activity::Near<'_>, from: Date, until: Date) -> (u8, Near) {
    let activity = near.activity;
    let (order, when) = match near.days.as_slice() {
        // What begins or ends now is nearer than what goes on for months.
        [] if activity.from >= from || activity.until <= until => (1, written(activity)),
        [] => (2, written(activity)),
        // 每周四（6月29日、7月6日）
        days => (0, format!("{}（{}）", activity::recurs(activity), days.iter().copied().map(month_day).collect::<Vec<_>>().join("、"))),
    };
    (order, Near { when, item: activity.item.clone(), hosts: activity.hosts.join("、") })
}

/// As the notice words it, without the year.
fn written(activity: &Activity) -> String {
    activity.time.replace(' ', "").trim_start_matches(&format!("{}年", activity.from.year())).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_end_of_june_is_near() {
        let figures = sample::figures();
        assert_eq!(
            deadlines(&sample::digest(&figures)),
            ["6月29日（周四）：11件案例的补正期限届满。", "6月30日（周五）：上半年阶段性征集截止；6月常态化征集截止。"]
        );
    }

    #[test]
    fn the_close_of_the_collection_is_told() {
        let mut figures = sample::figures();
        let until = date(2023, 12, 25);
        figures.period.until = until;
        figures.deadlines.clear();
        assert_eq!(deadlines(&sample::digest(&figures)), ["12月31日（周日）：12月常态化征集截止；本次征集截止。"]);
    }

    #[test]
    fn activities_with_a_day_of_their_own_come_first() {
        let figures = sample::figures();
        let near = activities(&sample::digest(&figures));
        assert_eq!((near[0].when.as_str(), near[0].item.as_str()), ("每周四（6月29日、7月6日）", "医疗器械检验检测技术预咨询开放日"));
        assert_eq!(near[1].when, "6月");
        assert!(near.iter().any(|one| one.when == "7月"), "{near:?}");
        assert!(!near.iter().any(|one| one.when.contains("9月—") || one.when == "9月"), "{near:?}");
    }

    #[test]
    fn what_recurs_every_months_is_told_only_in_a_fortnight_that_has_one_of_its_days() {
        let figures = sample::figures();
        let mut campaign = sample::CAMPAIGN.clone();
        let of = |item: &str, from: Date| {
            let until = date(2024, 1, 1);
            Activity { item: item.into(), from, until, weekday: None, every_months: Some(1), ..sample::CAMPAIGN.activities[4].clone() }
        };
        // The fortnight goes from Monday 26 June to Sunday 9 July.
        campaign.activities = vec![of("二十五日", date(2023, 1, 25)), of("九日", date(2023, 1, 9)), of("十日", date(2023, 1, 10))];
        let near = activities(&Digest { campaign: &campaign, ..sample::digest(&figures) });
        let told: Vec<_> = near.iter().map(|one| (one.when.as_str(), one.item.as_str())).collect();
        assert_eq!(told, [("每月（7月9日）", "九日")]);
    }
}
