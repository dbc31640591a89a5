//! The year as it is told: by window, batch and week, with its activities, reminders and digests.

use super::{Options, SimulateError};
use crate::app::App;
use crate::model::{campaign::Campaign, time};
use crate::report::activity;
use crate::store::{CaseRow, Filter, OutboxRow};
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::collections::BTreeMap;

/// Days ahead of which a digest tells.
const AHEAD: i32 = 14;

/// A year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each key is a heading of the tables that the command prints")]
pub struct Year {
    pub seed: u64,
    pub from: Date,
    pub until: Date,
    pub mails: BTreeMap<String, u64>,
    pub replies: BTreeMap<String, u64>,
    pub windows: Vec<Window>,
    pub batches: Vec<Window>,
    pub activities: Vec<ActivityTold>,
    pub weeks: Vec<Week>,
    pub differences: Vec<String>,
}

/// A window, or what is late.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as above")]
pub struct Window {
    pub id: String,
    pub name: String,
    pub cases: u64,
    pub accepted: u64,
    pub needs_correction: u64,
    pub late: u64,
}

/// An activity, and in how many weekly digests it was near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as above")]
pub struct ActivityTold {
    pub time: String,
    pub item: String,
    pub digests: u64,
}

/// A week from Monday.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as above")]
pub struct Week {
    pub from: Date,
    pub mails: u64,
    pub cases: u64,
    pub acknowledgements: u64,
    pub corrections: u64,
    pub other_replies: u64,
    pub reminders: u64,
    pub digests: u64,
}

/// Counts what the record holds.
pub async fn count(options: &Options, app: &App, campaign: &Campaign, differences: Vec<String>) -> Result<Year, SimulateError> {
    let messages = app.store.list_messages(&Filter::default()).await?;
    let cases = app.store.list_cases(&Filter::default()).await?;
    let outbox: Vec<OutboxRow> =
        app.store.list_outbox(&Filter::default()).await?.into_iter().filter(|mail| mail.sent_at.is_some()).collect();
    let mut weeks = weeks(options);
    let mut week = |at: &str, count: fn(&mut Week) -> &mut u64| {
        if let Some(week) = day(at).and_then(|day| weeks.get_mut(&monday(day))) {
            *count(week) += 1;
        }
    };
    messages.iter().for_each(|mail| week(&mail.received_at, |week| &mut week.mails));
    cases.iter().filter(|case| case.number.is_some()).for_each(|case| week(&case.received_at, |week| &mut week.cases));
    for mail in &outbox {
        week(
            mail.sent_at.as_deref().unwrap_or_default(),
            match mail.kind.as_str() {
                "acknowledgement" => |week| &mut week.acknowledgements,
                "correction" => |week| &mut week.corrections,
                "reminder" => |week| &mut week.reminders,
                "digest" => |week| &mut week.digests,
                _ => |week| &mut week.other_replies,
            },
        );
    }
    Ok(Year {
        seed: options.seed,
        from: options.from,
        until: options.until,
        mails: tally(messages.iter().map(|mail| mail.disposition.clone().unwrap_or_default())),
        replies: tally(outbox.iter().map(|mail| mail.kind.clone())),
        windows: months(campaign, &cases),
        batches: batches(campaign, &cases),
        activities: activities(campaign, &outbox),
        weeks: weeks.into_values().collect(),
        differences,
    })
}

fn tally(values: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut tally = BTreeMap::new();
    values.for_each(|value| *tally.entry(value).or_default() += 1);
    tally
}

/// The twelve months of the campaign's year, and what is late.
fn months(campaign: &Campaign, cases: &[CaseRow]) -> Vec<Window> {
    let year = campaign.calendar.opens.year();
    let months = (1..=12).map(|month| {
        let id = format!("{year:04}-{month:02}");
        let name = format!("{month}月常态化征集");
        window(&id, &name, cases.iter().filter(|case| case.month.as_deref() == Some(id.as_str())))
    });
    months.chain([window("late", "逾期", cases.iter().filter(|case| case.late))]).collect()
}

fn batches(campaign: &Campaign, cases: &[CaseRow]) -> Vec<Window> {
    let of = |id: &str| cases.iter().filter(|case| case.batch.as_deref() == Some(id)).collect::<Vec<_>>();
    campaign.calendar.batches.iter().map(|batch| window(&batch.id, &batch.name, of(&batch.id).into_iter())).collect()
}

fn window<'a>(id: &str, name: &str, cases: impl Iterator<Item = &'a CaseRow>) -> Window {
    let mut window = Window { id: id.to_owned(), name: name.to_owned(), ..Window::default() };
    for case in cases.filter(|case| case.number.is_some()) {
        window.cases += 1;
        match case.status.as_str() {
            "accepted" => window.accepted += 1,
            "needs_correction" => window.needs_correction += 1,
            "late" => window.late += 1,
            _ => {}
        }
    }
    window
}

fn activities(campaign: &Campaign, outbox: &[OutboxRow]) -> Vec<ActivityTold> {
    let mut days: Vec<Date> = outbox.iter().filter(|mail| mail.kind == "digest").filter_map(|mail| day(mail.sent_at.as_deref()?)).collect();
    days.sort();
    days.dedup();
    let near = |item: &str, day: &Date| activity::upcoming(&campaign.activities, *day, AHEAD).iter().any(|near| near.activity.item == item);
    let told = |item: &str| days.iter().filter(|day| near(item, day)).count() as u64;
    let of = campaign.activities.iter();
    of.map(|one| ActivityTold { time: one.time.clone(), item: one.item.clone(), digests: told(&one.item) }).collect()
}

fn weeks(options: &Options) -> BTreeMap<Date, Week> {
    let mondays = monday(options.from).series(7.days()).take_while(|monday| *monday < options.until);
    mondays.map(|from| (from, Week { from, ..Week::default() })).collect()
}

fn monday(day: Date) -> Date {
    let since = day.weekday().since(Weekday::Monday);
    day.saturating_sub(i64::from(since).days())
}

fn day(at: &str) -> Option<Date> {
    at.parse::<Timestamp>().ok().map(|at| time::local(at).date())
}
