//! Working days: turns the State Council's holiday notices (a TOML file in `config/`) and a day into
//! whether offices work, and into the day that a period of working days ends on.
//!
//! It doesn't know hours, and it guesses only where it is asked to ([`Workdays::works`]): else a year that the table lacks
//! has no answer.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// How many days before its end the table is asked to be continued.
const WELL_BEFORE: i32 = 60;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workdays {
    /// One table for each year whose holidays are known.
    #[serde(rename = "year")]
    pub years: Vec<Year>,
}

/// What differs from Monday to Friday in one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// The year.
    pub year: i16,
    /// The notice that it comes from, with its number.
    pub source: String,
    /// Weekdays on which offices are closed.
    pub days_off: Vec<Date>,
    /// Saturdays and Sundays on which offices work (调休上班).
    pub working_weekends: Vec<Date>,
}

impl Workdays {
    /// Whether offices work on that day; none where the table doesn't know its year.
    pub fn is_working_day(&self, date: Date) -> Option<bool> {
        let year = self.years.iter().find(|year| year.year == date.year())?;
        Some(if is_weekend(date) { year.working_weekends.contains(&date) } else { !year.days_off.contains(&date) })
    }

    /// Whether offices work on that day; a year that the table lacks has Mondays to Fridays.
    pub fn works(&self, date: Date) -> bool {
        self.is_working_day(date).unwrap_or(!is_weekend(date))
    }

    /// The `n`-th working day after `date`, which itself doesn't count; `date` for 0, none past the table's end.
    pub fn add_working_days(&self, date: Date, n: u32) -> Option<Date> {
        let mut day = date;
        let mut left = n;
        while left > 0 {
            day = day.tomorrow().ok()?;
            left -= u32::from(self.is_working_day(day)?);
        }
        Some(day)
    }

    /// The last working day before `date`; none where the table doesn't know.
    pub fn working_day_before(&self, date: Date) -> Option<Date> {
        let mut day = date.yesterday().ok()?;
        while !self.is_working_day(day)? {
            day = day.yesterday().ok()?;
        }
        Some(day)
    }

    /// The last day up to which the table knows each year from its first; none of an empty table.
    pub fn last_day(&self) -> Option<Date> {
        let first = self.years.iter().map(|year| year.year).min()?;
        let known = (first..).take_while(|year| self.years.iter().any(|one| one.year == *year));
        known.last().map(|year| Date::constant(year, 12, 31))
    }

    /// The first day from which the `n`-th working day can't be told.
    fn fails_from(&self, n: u32) -> Option<Date> {
        let mut day = self.last_day()?;
        let mut left = n;
        loop {
            left = left.saturating_sub(u32::from(self.is_working_day(day)?));
            if left == 0 {
                return Some(day);
            }
            day = day.yesterday().ok()?;
        }
    }

    /// What to say where the table ends soon: the State Council's notice for the next year comes in November. `n`: the working
    /// days of the correction period.
    pub fn runs_out(&self, today: Date, n: u32) -> Option<String> {
        let last = self.last_day()?;
        let left = today.until(last).map_or(0, |span| span.get_days());
        if left >= WELL_BEFORE {
            return None;
        }
        let (year, next) = (last.year(), i32::from(last.year()) + 1);
        let fails = match self.fails_from(n).filter(|from| *from > today) {
            Some(from) => format!("{}月{}日起发出的补正通知将", from.month(), from.day()),
            None => "现在发出的补正通知已".to_owned(),
        };
        Some(format!(
            "工作日表只到{year}年底：{fails}算不出期限，信中不写期限，原征集窗口先予保留；之后发信和周报的日子只按星期一至星期五推算，不计节假日和调休。\
             请按国务院办公厅公布的{next}年放假安排写一个工作日表，用配置 [correction] 的 workdays 指明（写法见操作手册 operations.md 的“Working days”一节）"
        ))
    }

    /// The same, with the years of another table over it.
    pub fn with(mut self, own: Workdays) -> Workdays {
        self.years.retain(|year| own.years.iter().all(|one| one.year != year.year));
        self.years.extend(own.years);
        self.years.sort_by_key(|year| year.year);
        self
    }

    /// What can't be meant in a table that somebody wrote: each exception stands in its year, and changes something.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, year) in self.years.iter().enumerate() {
            let named = year.year;
            if self.years.iter().take(at).any(|earlier| earlier.year == named) {
                faults.push(format!("{named}年写了两次，请合为一段 [[year]]。"));
            }
            for day in year.days_off.iter().chain(&year.working_weekends).filter(|day| day.year() != named) {
                faults.push(format!("{day} 写在{named}年之下，请核对日期，或移到它那一年的 [[year]]。"));
            }
            for day in year.days_off.iter().filter(|day| is_weekend(**day)) {
                faults.push(format!("days_off 中的 {day} 是周末，本来就放假，请核对；只写星期一至星期五中放假的日子。"));
            }
            for day in year.working_weekends.iter().filter(|day| !is_weekend(**day)) {
                faults.push(format!("working_weekends 中的 {day} 不是周末，请核对；只写调休上班的星期六、星期日。"));
            }
        }
        faults
    }
}

/// Saturday or Sunday.
pub fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn table() -> Workdays {
        toml::from_str(include_str!("../../config/workdays.toml")).unwrap()
    }

    #[test]
    fn the_dragon_boat_festival_of_2023_and_its_make_up_sunday() {
        let table = table();
        for day in 22..=24 {
            assert_eq!(table.is_working_day(date(2023, 6, day)), Some(false), "{day}");
        }
        assert_eq!(table.is_working_day(date(2023, 6, 25)), Some(true));
        assert_eq!(table.add_working_days(date(2023, 6, 20), 5), Some(date(2023, 6, 28)));
    }

    #[test]
    fn the_national_day_of_2023_runs_from_mid_autumn_to_the_sixth() {
        let table = table();
        assert_eq!(table.is_working_day(date(2023, 9, 28)), Some(true));
        assert_eq!(table.add_working_days(date(2023, 9, 28), 1), Some(date(2023, 10, 7)));
        assert_eq!(table.add_working_days(date(2023, 9, 28), 5), Some(date(2023, 10, 11)));
    }

    #[test]
    fn the_spring_festival_of_2024_leaves_new_years_eve_a_working_day() {
        let table = table();
        assert_eq!(table.is_working_day(date(2024, 2, 4)), Some(true));
        assert_eq!(table.is_working_day(date(2024, 2, 9)), Some(true));
        assert_eq!(table.add_working_days(date(2024, 2, 9), 1), Some(date(2024, 2, 18)));
    }

    #[test]
    fn known_days_of_the_later_years() {
        let table = table();
        let days = [
            (date(2024, 9, 14), true),
            (date(2024, 9, 17), false),
            (date(2024, 10, 12), true),
            (date(2025, 1, 26), true),
            (date(2025, 2, 4), false),
            (date(2025, 2, 5), true),
            (date(2025, 10, 8), false),
            (date(2025, 10, 11), true),
            (date(2026, 1, 4), true),
            (date(2026, 2, 23), false),
            (date(2026, 2, 28), true),
            (date(2026, 6, 19), false),
            (date(2026, 9, 20), true),
            (date(2026, 10, 8), true),
        ];
        for (day, working) in days {
            assert_eq!(table.is_working_day(day), Some(working), "{day}");
        }
    }

    #[test]
    fn a_period_may_cross_the_year() {
        assert_eq!(table().add_working_days(date(2023, 12, 29), 5), Some(date(2024, 1, 8)));
    }

    #[test]
    fn no_days_are_counted_from_a_day_off_either() {
        assert_eq!(table().add_working_days(date(2023, 6, 22), 0), Some(date(2023, 6, 22)));
    }

    #[test]
    fn nothing_is_known_past_the_table() {
        let table = table();
        assert_eq!(table.is_working_day(date(2027, 1, 4)), None);
        assert_eq!(table.add_working_days(date(2026, 12, 30), 1), Some(date(2026, 12, 31)));
        assert_eq!(table.add_working_days(date(2026, 12, 30), 2), None);
        assert_eq!(table.is_working_day(date(2022, 12, 30)), None);
    }

    #[test]
    fn the_working_day_before_skips_holidays_and_takes_make_up_days() {
        let table = table();
        for (day, before) in [
            (date(2023, 7, 7), date(2023, 7, 6)),
            (date(2023, 6, 26), date(2023, 6, 25)),
            (date(2023, 10, 7), date(2023, 9, 28)),
            (date(2023, 12, 31), date(2023, 12, 29)),
            (date(2024, 1, 2), date(2023, 12, 29)),
        ] {
            assert_eq!(table.working_day_before(day), Some(before), "{day}");
        }
        assert_eq!(table.working_day_before(date(2023, 1, 1)), None);
    }

    #[test]
    fn the_end_of_the_table_is_told_well_before() {
        let table = table();
        let told = |month, day| table.runs_out(date(2026, month, day), 5);
        assert_eq!(told(11, 1), None);
        assert!(told(11, 2).unwrap().contains("2027年放假安排"));
        // From the day before on, the fifth working day is the 31st.
        assert_eq!(table.add_working_days(date(2026, 12, 24), 5), Some(date(2026, 12, 31)));
        assert!(told(12, 24).unwrap().contains("12月25日起发出的补正通知将算不出期限"));
        assert!(told(12, 25).unwrap().contains("现在发出的补正通知已算不出期限"));
        assert!(table.runs_out(date(2027, 3, 1), 5).unwrap().contains("现在发出的补正通知已算不出期限"));
    }

    /// A table of 2027 as somebody may write it; the days are made up.
    const OWN: &str = "[[year]]\nyear = 2027\nsource = \"x\"\ndays_off = [\"2027-01-01\"]\nworking_weekends = [\"2027-01-03\"]\n";

    #[test]
    fn an_offices_own_years_lie_over_those_that_are_built_in() {
        let own: Workdays = toml::from_str(OWN).unwrap();
        let table = table().with(own.clone());
        assert_eq!(table.last_day(), Some(date(2027, 12, 31)));
        assert_eq!(table.runs_out(date(2026, 12, 28), 5), None);
        assert_eq!(table.add_working_days(date(2026, 12, 30), 3), Some(date(2027, 1, 4)));
        let later = Workdays { years: vec![Year { year: 2029, ..own.years[0].clone() }] };
        assert_eq!(table.clone().with(later).last_day(), Some(date(2027, 12, 31)), "2028 is missing");
        let changed = Workdays { years: vec![Year { year: 2026, ..own.years[0].clone() }] };
        let table = table.with(changed);
        assert_eq!((table.years.len(), table.is_working_day(date(2026, 10, 1))), (5, Some(true)));
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        let faults = |old: &str, new: &str| toml::from_str::<Workdays>(&OWN.replace(old, new)).unwrap().faults();
        assert_eq!(faults("", ""), [""; 0]);
        assert!(faults("2027-01-01", "2026-01-01")[0].contains("2026-01-01 写在2027年之下"));
        assert!(faults("2027-01-01", "2027-01-02")[0].contains("2027-01-02 是周末"));
        assert!(faults("2027-01-03", "2027-01-04")[0].contains("2027-01-04 不是周末"));
        let twice = toml::from_str::<Workdays>(&format!("{OWN}{OWN}")).unwrap().faults();
        assert_eq!(twice, ["2027年写了两次，请合为一段 [[year]]。"]);
    }

    #[test]
    fn every_exception_stands_in_its_year_and_changes_something() {
        assert_eq!(table().faults(), [""; 0]);
    }

    #[test]
    fn make_up_days_leave_each_year_its_weekdays_less_the_statutory_holidays() {
        // 11 statutory days until 2024, 13 from 2025 on (全国年节及纪念日放假办法, revised in November 2024);
        // one that falls on a weekend is made up for, so every year must come out exactly so.
        let table = table();
        for year in &table.years {
            let days = date(year.year, 1, 1).series(jiff::Span::new().days(1)).take_while(|day| day.year() == year.year);
            let (mut weekdays, mut working) = (0, 0);
            for day in days {
                weekdays += i32::from(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
                working += i32::from(table.is_working_day(day).unwrap());
            }
            assert_eq!(weekdays - working, if year.year < 2025 { 11 } else { 13 }, "{}", year.year);
        }
    }
}
