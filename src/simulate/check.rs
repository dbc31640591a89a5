//! What should have gone out: every reminder and digest with its day, worked out from what happened and the calendar alone,
//! without the code that queues them; and how that differs from what did.

use super::{Options, SimulateError};
use crate::app::App;
use crate::model::{campaign::Calendar, campaign::Campaign, placement::Request, reading::WindowPlace, time, workdays::Workdays};
use crate::store::{CaseHistory, DigestRow, ReminderRow};
use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// What goes out, and the day on which it does.
type Days = BTreeMap<String, Vec<Date>>;

/// A sentence for everything that didn't go once on its day, or that nobody was to have.
pub async fn differences(options: &Options, app: &App, campaign: &Campaign, workdays: &Workdays) -> Result<Vec<String>, SimulateError> {
    let store = &app.store;
    let office = Office { options, calendar: &campaign.calendar, workdays, working_days: app.loaded.config.correction.working_days };
    let mut due = Days::new();
    for history in store.case_histories(&campaign.id).await? {
        for (occasion, day) in office.reminders(&history) {
            due.entry(format!("提醒 {} {occasion}", history.number)).or_default().push(day);
        }
    }
    let recipients = app.loaded.config.digests.iter().flat_map(|digest| digest.to.iter().map(|to| to.0.address.clone()));
    for recipient in recipients {
        for (week, day) in office.digests() {
            due.entry(format!("周报 {week} {recipient}")).or_default().push(day);
        }
    }
    let mut went = Days::new();
    for ReminderRow { number, occasion, state, sent_ms } in store.list_reminders(&campaign.id).await? {
        note(&mut went, format!("提醒 {number} {occasion}"), &state, sent_ms);
    }
    for DigestRow { week, recipient, state, sent_ms, .. } in store.list_digests(&campaign.id).await? {
        note(&mut went, format!("周报 {week} {recipient}"), &state, sent_ms);
    }
    Ok(compare(&due, &went))
}

fn note(went: &mut Days, what: String, state: &str, sent_ms: Option<i64>) {
    let days = went.entry(what).or_default();
    if let Some(at) = sent_ms.filter(|_| state == "sent").and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
        days.push(time::local(at).date());
    }
}

fn compare(due: &Days, went: &Days) -> Vec<String> {
    let list = |days: Option<&Vec<Date>>| {
        let days: Vec<String> = days.into_iter().flatten().map(Date::to_string).collect();
        if days.is_empty() { "未发出".to_owned() } else { days.join("、") }
    };
    let names: std::collections::BTreeSet<&String> = due.keys().chain(went.keys()).collect();
    let differ = names.into_iter().filter(|name| due.get(*name) != went.get(*name));
    differ.map(|name| format!("{name}：应为 {}，实为 {}", list(due.get(name)), list(went.get(name)))).collect()
}

struct Office<'a> {
    options: &'a Options,
    calendar: &'a Calendar,
    workdays: &'a Workdays,
    working_days: u32,
}

impl Office<'_> {
    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        self.options.from.series(1.day()).take_while(|day| *day < self.options.until)
    }

    fn works(&self, day: Date) -> bool {
        self.workdays.is_working_day(day) == Some(true)
    }

    /// The `n`-th working day from a day, which itself doesn't count; backwards for a step of -1.
    fn working_day(&self, day: Date, n: u32, step: i8) -> Date {
        let days = day.series(i64::from(step).days()).skip(1).filter(|day| self.works(*day));
        days.take(usize::try_from(n).unwrap_or_default()).last().unwrap_or(day)
    }

    /// Every working morning on which the case was open, its unit had been asked before, and something was near.
    fn reminders(&self, history: &CaseHistory) -> Vec<(String, Date)> {
        let mut due = Vec::new();
        for day in self.days().filter(|day| self.works(*day)) {
            let morning = ms(day.at(8, 30, 0, 0));
            let Some((_, place, status)) = history.revisions.iter().rfind(|(received, ..)| *received <= morning) else { continue };
            let milliseconds = |request: &Request| (request.asked.as_millisecond(), request.sent.as_millisecond());
            let asked: Vec<(i64, i64)> = history.requests.iter().map(milliseconds).filter(|(asked, _)| *asked <= morning).collect();
            let is_waiting = asked.iter().any(|(_, sent)| *sent >= ms(day.at(0, 0, 0, 0)));
            if status != "needs_correction" || place.late || asked.is_empty() || is_waiting {
                continue;
            }
            if let Some(end) = self.deadline(&asked) {
                if self.working_day(end, 1, -1) == day {
                    due.push((format!("deadline/{end}"), day));
                }
                if self.working_day(end, 2, 1) == day {
                    due.push((format!("overdue/{end}"), day));
                }
            }
            for closes in self.closing(place) {
                if self.working_day(closes.yesterday().unwrap_or(closes), 1, -1) == day {
                    due.push((format!("window/{closes}"), day));
                }
            }
        }
        due
    }

    /// Five working days after the first request, and after each that a mail within the period led to.
    fn deadline(&self, asked: &[(i64, i64)]) -> Option<Date> {
        let end = |sent: i64| Some(self.working_day(time::local(Timestamp::from_millisecond(sent).ok()?).date(), self.working_days, 1));
        let (_, first) = asked.first()?;
        let mut until = end(*first)?;
        for (received, sent) in asked.iter().skip(1) {
            if *received <= ms(until.at(17, 30, 0, 0)) {
                until = until.max(end(*sent)?);
            }
        }
        Some(until)
    }

    fn closing(&self, place: &WindowPlace) -> Vec<Date> {
        let month = place.month.as_deref().and_then(|month| format!("{month}-01").parse::<Date>().ok());
        let batch = self.calendar.batches.iter().find(|batch| place.batch.as_deref() == Some(&batch.id));
        let mut days: Vec<Date> = month.map(|first| first.saturating_add(1.month())).into_iter().collect();
        days.extend(batch.map(|batch| batch.until));
        days.push(self.calendar.closes);
        days.sort();
        days.dedup();
        days
    }

    /// Each Monday, or the first working day after where that is a holiday, once the collection has opened. The last
    /// one before the program is there is caught up with on its first day.
    fn digests(&self) -> Vec<(String, Date)> {
        let (first, until) = (self.options.from, self.options.until);
        let days = first.saturating_sub(3.weeks()).series(1.day()).take_while(|day| *day < until);
        let mondays = days.filter(|day| day.weekday() == Weekday::Monday && *day > self.calendar.opens);
        let told: Vec<(String, Date)> = mondays
            .filter_map(|monday| {
                let day = if self.works(monday) { monday } else { self.working_day(monday, 1, 1) };
                let week = monday.yesterday().ok()?.iso_week_date();
                (day < until).then(|| (format!("{:04}-W{:02}", week.year(), week.week()), day))
            })
            .collect();
        let missed = told.iter().filter(|(_, day)| *day < first).count().saturating_sub(1);
        told.into_iter().skip(missed).map(|(week, day)| (week, day.max(first))).collect()
    }
}

fn ms(at: DateTime) -> i64 {
    time::shanghai().to_timestamp(at).map_or(i64::MAX, Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CampaignFile, builtin};
    use jiff::civil::date;

    fn due(requests: &[(&str, &str)], revisions: &[(&str, &str)]) -> Vec<String> {
        let workdays: Workdays = toml::from_str(builtin::WORKDAYS).unwrap();
        let campaign = CampaignFile::builtin().unwrap().campaign;
        let options = Options { seed: 1, mails: 0, from: date(2023, 5, 23), until: date(2024, 1, 10) };
        let office = Office { options: &options, calendar: &campaign.calendar, workdays: &workdays, working_days: 5 };
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let place = WindowPlace { month: Some("2023-07".into()), batch: Some("2023-H2".into()), late: false };
        let history = CaseHistory {
            number: "1".into(),
            revisions: revisions.iter().map(|(received, status)| (at(received), place.clone(), (*status).into())).collect(),
            requests: requests
                .iter()
                .map(|(asked, sent)| Request { asked: asked.parse().unwrap(), sent: sent.parse().unwrap(), until: None })
                .collect(),
        };
        office.reminders(&history).iter().map(|(occasion, day)| format!("{occasion} {day}")).collect()
    }

    #[test]
    fn a_case_that_nobody_mends_is_told_five_times_and_one_that_is_mended_no_more() {
        let (asked, first) =
            (("2023-07-03T08:00:00+08:00", "2023-07-03T10:00:00+08:00"), ("2023-07-03T08:00:00+08:00", "needs_correction"));
        let never = due(&[asked], &[first]);
        assert_eq!(
            never,
            [
                "deadline/2023-07-10 2023-07-07",
                "overdue/2023-07-10 2023-07-12",
                "window/2023-08-01 2023-07-28",
                "window/2023-12-01 2023-11-29",
                "window/2024-01-01 2023-12-29",
            ]
        );
        let mended = due(&[asked], &[first, ("2023-07-11T10:00:00+08:00", "accepted")]);
        assert_eq!(mended, never[..1]);
    }

    #[test]
    fn what_is_missing_doubled_or_too_much_is_told() {
        let days = |pairs: &[(&str, &[Date])]| pairs.iter().map(|(name, days)| ((*name).to_owned(), days.to_vec())).collect::<Days>();
        let (day, other) = (date(2023, 7, 7), date(2023, 7, 10));
        let due = days(&[("甲", &[day]), ("乙", &[day]), ("丙", &[day])]);
        assert_eq!(compare(&due, &due), Vec::<String>::new());
        let told = compare(&due, &days(&[("甲", &[other]), ("乙", &[day, day]), ("丁", &[day])]));
        assert_eq!(
            told,
            [
                "丁：应为 未发出，实为 2023-07-07",
                "丙：应为 2023-07-07，实为 未发出",
                "乙：应为 2023-07-07，实为 2023-07-07、2023-07-07",
                "甲：应为 2023-07-07，实为 2023-07-10",
            ]
        );
    }
}
