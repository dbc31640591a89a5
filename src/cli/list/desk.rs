//! What words of a list can mean: the regions, the campaigns' windows, categories and focus areas, and the time.

use super::names::Name;
use crate::app::{self, App};
use crate::cli::{Failure, words};
use crate::config::{CampaignFile, View};
use crate::intake::window;
use crate::model::region::Regions;
use crate::model::{time, workdays::Workdays};
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;

/// How far back a correction request may lie whose period is asked about.
const FURTHEST: u16 = 400;

/// What is known at the desk.
pub struct Desk {
    regions: Regions,
    campaigns: Vec<Arc<CampaignFile>>,
    /// Campaigns of the record, also those that are configured no more.
    kept: Vec<String>,
    /// The office's own views.
    pub views: Vec<View>,
    /// What time it is.
    pub now: Timestamp,
    working_days: u32,
    until: jiff::civil::Time,
}

impl Desk {
    /// Gathers it.
    pub async fn new(app: &App) -> Result<Desk, Failure> {
        let config = &app.loaded.config;
        Ok(Desk {
            regions: app::regions()?,
            campaigns: app.loaded.campaigns.values().cloned().collect(),
            kept: app.store.campaigns().await?,
            views: config.views.clone(),
            now: app.clock.now(),
            working_days: config.correction.working_days,
            until: config.correction.until(),
        })
    }

    /// The cities and prefectures, and what is none of them.
    pub fn regions(&self) -> Vec<Name> {
        let around = [Name::new("province", ["省直", "省", self.regions.province.as_str()]), Name::new("unknown", ["未定"])];
        let region = |region: &crate::model::region::Region| {
            let names = [&region.short, &region.english].into_iter().chain(&region.aliases);
            Name::new(region.name.clone(), names.cloned())
        };
        self.regions.regions.iter().map(region).chain(around).collect()
    }

    /// 案例分类, as the campaigns call them.
    pub fn categories(&self) -> Vec<Name> {
        let rules = self.campaigns.iter().flat_map(|file| &file.campaign.categories);
        let names = rules.map(|rule| Name::new(rule.id.as_str(), std::iter::once(&rule.label).chain(&rule.aliases).cloned()));
        once_each(names)
    }

    /// 重点方面; the words that all begin with are left out.
    pub fn focus_areas(&self) -> Vec<Name> {
        let rules = self.campaigns.iter().flat_map(|file| &file.campaign.focus_areas);
        once_each(rules.map(|rule| Name::new(rule.id.clone(), [words::focus(&rule.id), rule.label.as_str()])))
    }

    /// The campaigns that are configured or in the record.
    pub fn campaigns(&self) -> Vec<Name> {
        let named = self.campaigns.iter().map(|file| Name::new(file.campaign.id.clone(), [file.campaign.id.clone()]));
        once_each(named.chain(self.kept.iter().map(|id| Name::new(id.clone(), [id.clone()]))))
    }

    /// 阶段性征集, by their keys, their names and their halves.
    pub fn batches(&self) -> Vec<Name> {
        let batches = self.campaigns.iter().flat_map(|file| &file.campaign.calendar.batches);
        once_each(batches.map(|batch| Name::new(batch.id.clone(), [batch.name.clone(), words::batch(&batch.id)])))
    }

    /// Months and batches.
    pub fn windows(&self) -> Vec<Name> {
        let mut names = Vec::new();
        let windows = self.campaigns.iter().flat_map(|file| window::all(&file.campaign.calendar));
        for window in windows.filter(|window| !window.is_batch) {
            let day = time::local(window.from).date();
            let month = format!("{}月", day.month());
            names.push(Name::new(window.id, [format!("{}年{month}", day.year()), month.clone(), format!("{month}份")]));
        }
        names.extend(self.batches());
        once_each(names.into_iter())
    }

    /// Corrections that were asked for before this instant have run out of their period.
    pub fn asked_before(&self) -> Result<Timestamp, Failure> {
        let workdays = app::workdays()?;
        let now = time::local(self.now);
        let mut day = now.date();
        for _ in 0..FURTHEST {
            let end = period_end(&workdays, day, self.working_days).map(|end| end.to_datetime(self.until));
            let next = day.tomorrow().ok();
            if end.is_some_and(|end| end <= now.datetime())
                && let Some(next) = next
            {
                return Ok(time::start_of(next).unwrap_or(self.now));
            }
            let Ok(before) = day.yesterday() else { break };
            day = before;
        }
        Ok(time::start_of(day).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

/// The last day of a period that begins on this day; where the table ends, Monday to Friday counts.
fn period_end(workdays: &Workdays, from: Date, working_days: u32) -> Option<Date> {
    let (mut day, mut left) = (from, working_days);
    while left > 0 {
        day = day.tomorrow().ok()?;
        left = left.saturating_sub(u32::from(workdays.works(day)));
    }
    Some(day)
}

fn once_each(names: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut out: Vec<Name> = Vec::new();
    for name in names {
        if out.iter().all(|known| !known.is(&name)) {
            out.push(name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_ends_after_working_days() {
        let workdays = app::workdays().unwrap();
        let end = |from: &str| period_end(&workdays, from.parse().unwrap(), 5).unwrap().to_string();
        assert_eq!(end("2023-06-20"), "2023-06-28");
        assert_eq!(end("2010-06-04"), "2010-06-11");
    }
}
