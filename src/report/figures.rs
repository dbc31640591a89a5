//! Counts what a digest and a ledger tell: cases by their standing, region, category and focus area, against the week before.
//!
//! Every case counts once in [`Tally`]: complete, to be corrected, to be looked at by a coordinator, late or
//! returned. A possible revision (待并案) is no case of its own yet, what was withdrawn or merged none any more.

use super::week::Period;
use crate::intake::{correction, schedule::Office};
use crate::model::{
    campaign::Campaign,
    reading::CaseStatus,
    region::Regions,
    report::{CaseFacts, DeskFacts},
    time::local,
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use std::collections::BTreeMap;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// 材料齐全: nothing is left to do.
    Complete,
    /// 待补正: it is the unit's turn.
    Correcting,
    /// 待人工核查: complete for the unit, a coordinator has to look.
    Checking,
    /// 逾期: it came after the close.
    Late,
    /// 退回.
    Returned,
    /// 待并案.
    Beside,
    /// Withdrawn or merged.
    Gone,
}

impl Standing {
    /// Of a case.
    pub fn of(case: &CaseFacts) -> Standing {
        match case.status {
            CaseStatus::Accepted if case.checks.is_empty() => Standing::Complete,
            CaseStatus::Accepted => Standing::Checking,
            CaseStatus::NeedsCorrection => Standing::Correcting,
            CaseStatus::Late => Standing::Late,
            CaseStatus::Returned => Standing::Returned,
            CaseStatus::PossibleRevision => Standing::Beside,
            CaseStatus::Withdrawn | CaseStatus::Merged => Standing::Gone,
        }
    }

    /// Whether it is a case of its own.
    pub fn counts(self) -> bool {
        match self {
            Standing::Complete | Standing::Correcting | Standing::Checking | Standing::Late | Standing::Returned => true,
            Standing::Beside | Standing::Gone => false,
        }
    }
}

/// How many cases there are, and of which standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Within the period.
    pub new: u64,
    /// All; the sum of the following.
    pub total: u64,
    /// 材料齐全.
    pub complete: u64,
    /// 待补正.
    pub correcting: u64,
    /// 待人工核查.
    pub checking: u64,
    /// 逾期.
    pub late: u64,
    /// 退回.
    pub returned: u64,
}

impl Tally {
    /// Over cases.
    pub fn over<'a>(cases: impl IntoIterator<Item = &'a CaseFacts>, period: &Period) -> Tally {
        let mut tally = Tally::default();
        cases.into_iter().for_each(|case| tally.add(case, period));
        tally
    }

    fn add(&mut self, case: &CaseFacts, period: &Period) {
        match Standing::of(case) {
            Standing::Complete => self.complete += 1,
            Standing::Correcting => self.correcting += 1,
            Standing::Checking => self.checking += 1,
            Standing::Late => self.late += 1,
            Standing::Returned => self.returned += 1,
            Standing::Beside | Standing::Gone => return,
        }
        self.total += 1;
        self.new += u64::from(is_within(case.opened, period));
    }
}

/// The cases of one region, category or focus area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its key: a region's full name, `province`, nothing; a category's or focus area's key.
    pub key: Option<String>,
    /// Its name in a table.
    pub name: String,
    /// Its cases.
    pub tally: Tally,
    /// When its latest form was received.
    pub last: Option<Timestamp>,
}

/// A case past its correction period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Its number.
    pub number: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Until when it was to be corrected.
    pub deadline: DateTime,
}

/// By when a case is to be corrected; none while it is not its unit's turn.
pub fn deadline(case: &CaseFacts, office: &Office<'_>) -> Option<Timestamp> {
    let waits = case.status == CaseStatus::NeedsCorrection;
    waits.then(|| correction::due(&case.requests, case.revised, office)).flatten()
}

/// Everything that a digest counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What it tells about.
    pub period: Period,
    /// All cases.
    pub all: Tally,
    /// All cases a week before.
    pub before: Tally,
    /// The regions in administrative order, those without a case too.
    pub regions: Vec<Group>,
    /// 省直.
    pub province: Group,
    /// Cases whose region nobody knows.
    pub unknown: Group,
    /// Categories in the form's order; a case may have several.
    pub categories: Vec<Group>,
    /// Focus areas in the notice's order; a case may have several.
    pub focus_areas: Vec<Group>,
    /// New cases of the last weeks, oldest first: the first day of each and its count.
    pub weeks: Vec<(Date, u64)>,
    /// 待并案.
    pub possible: u64,
    /// Past their correction period, the longest first.
    pub overdue: Vec<Overdue>,
    /// Days on which correction periods end, and how many.
    pub deadlines: BTreeMap<Date, u64>,
    /// What waits beside the cases.
    pub desk: DeskFacts,
}

/// How many weeks a chart shows.
const WEEKS: usize = 10;

impl Figures {
    /// Counts. `cases` are those that were open at the end of the period, `before` those a week earlier.
    pub fn count(
        period: Period,
        cases: &[CaseFacts],
        before: &[CaseFacts],
        desk: DeskFacts,
        campaign: &Campaign,
        regions: &Regions,
        office: &Office<'_>,
    ) -> Figures {
        let group = |key: Option<&str>, name: &str, belongs: &dyn Fn(&CaseFacts) -> bool| {
            let own: Vec<&CaseFacts> = cases.iter().filter(|case| Standing::of(case).counts() && belongs(case)).collect();
            let last = own.iter().map(|case| case.revised).max();
            Group { key: key.map(str::to_owned), name: name.to_owned(), tally: Tally::over(own, &period), last }
        };
        let of_region = |key: Option<&str>, name: &str| group(key, name, &|case| case.region.as_deref() == key);
        let categories = campaign.categories.iter().map(|rule| {
            let key = rule.id.as_str();
            group(Some(key), &rule.label, &|case| case.categories.iter().any(|own| own == key))
        });
        let focus_areas = campaign
            .focus_areas
            .iter()
            .map(|rule| group(Some(&rule.id), super::words::focus(&rule.id, campaign), &|case| case.focus_areas.contains(&rule.id)));
        let ends = period.ends();
        Figures {
            period,
            all: Tally::over(cases, &period),
            before: Tally::over(before, &period.before()),
            regions: regions.regions.iter().map(|region| of_region(Some(&region.name), &region.short)).collect(),
            province: of_region(Some("province"), "省直"),
            unknown: of_region(None, "未定"),
            categories: categories.collect(),
            focus_areas: focus_areas.collect(),
            weeks: weeks(&period, cases, campaign),
            possible: cases.iter().filter(|case| Standing::of(case) == Standing::Beside).count() as u64,
            overdue: overdue(cases, ends, office),
            deadlines: deadlines(cases, ends, office),
            desk,
        }
    }

    /// The regions from which nothing came.
    pub fn silent(&self) -> Vec<&str> {
        self.regions.iter().filter(|group| group.tally.total == 0).map(|group| group.name.as_str()).collect()
    }
}

/// New cases of the period and the weeks before it, from the campaign's opening on. What came before the
/// opening counts in its first week.
fn weeks(period: &Period, cases: &[CaseFacts], campaign: &Campaign) -> Vec<(Date, u64)> {
    let mut weeks = Vec::new();
    let mut week = *period;
    for _ in 0..WEEKS {
        if week.until <= campaign.calendar.opens && week != *period {
            break;
        }
        let count = cases.iter().filter(|case| Standing::of(case).counts() && is_within(case.opened, &week)).count();
        weeks.push((week.from, count as u64));
        week = week.before();
    }
    weeks.reverse();
    weeks
}

fn overdue(cases: &[CaseFacts], ends: Timestamp, office: &Office<'_>) -> Vec<Overdue> {
    let passed = |case: &CaseFacts| {
        let deadline = deadline(case, office).filter(|deadline| *deadline < ends)?;
        Some(Overdue { number: case.number.clone()?, unit: case.unit.clone(), deadline: local(deadline).datetime() })
    };
    let mut overdue: Vec<Overdue> = cases.iter().filter_map(passed).collect();
    overdue.sort_by_key(|one| one.deadline);
    overdue
}

fn deadlines(cases: &[CaseFacts], ends: Timestamp, office: &Office<'_>) -> BTreeMap<Date, u64> {
    let mut days = BTreeMap::new();
    let ahead = cases.iter().filter_map(|case| deadline(case, office)).filter(|deadline| *deadline >= ends);
    ahead.for_each(|deadline| *days.entry(local(deadline).date()).or_default() += 1);
    days
}

fn is_within(at: Timestamp, period: &Period) -> bool {
    period.starts() <= at && at < period.ends()
}

#[cfg(test)]
mod tests {
    use super::super::digest::sample;
    use super::*;

    #[test]
    fn every_case_counts_once() {
        let figures = sample::figures();
        let Tally { new, total, complete, correcting, checking, late, returned } = figures.all;
        assert_eq!((new, total), (12, 46));
        assert_eq!((complete, correcting, checking, late, returned), (31, 13, 2, 0, 0));
        let regional: u64 = figures.regions.iter().chain([&figures.province, &figures.unknown]).map(|group| group.tally.total).sum();
        assert_eq!(regional, total);
        assert_eq!(figures.before.new, 9);
        assert_eq!(figures.silent(), ["鄂州", "天门", "神农架"]);
    }

    #[test]
    fn a_correction_period_ends_with_its_last_minute() {
        let figures = sample::figures();
        // Asked on Wednesday 14 June; of those asked on the 21st the 22nd to 24th were holidays, the 25th a make-up Sunday.
        assert_eq!(figures.overdue.len(), 2);
        assert_eq!(figures.overdue[0].deadline.to_string(), "2023-06-21T17:30:00");
        let ahead: Vec<String> = figures.deadlines.keys().map(ToString::to_string).collect();
        assert_eq!(ahead, ["2023-06-29"]);
    }
}
