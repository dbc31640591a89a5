//! What words of a list can mean: the regions, the campaigns' windows, categories and focus areas, and the time.

use super::{ListArgs, Noun, names::Name};
use crate::app::{self, App};
use crate::cli::{Failure, words};
use crate::config::{CampaignFile, View};
use crate::intake::window;
use crate::model::region::Regions;
use crate::model::time;
use jiff::Timestamp;
use std::sync::Arc;

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
    /// The cases past their correction periods.
    pub overdue: Vec<i64>,
}

impl Desk {
    /// Gathers it, but for what only some lists ask.
    pub async fn new(app: &App) -> Result<Desk, Failure> {
        Ok(Desk {
            regions: app::regions()?,
            campaigns: app.loaded.campaigns.values().cloned().collect(),
            kept: app.store.campaigns().await?,
            views: app.loaded.config.views.clone(),
            now: app.clock.now(),
            overdue: Vec::new(),
        })
    }

    /// What one campaign file says, where no record is open.
    pub fn of_file(file: &CampaignFile, now: Timestamp) -> Result<Desk, Failure> {
        let (campaigns, kept) = (vec![Arc::new(file.clone())], Vec::new());
        Ok(Desk { regions: app::regions()?, campaigns, kept, views: Vec::new(), now, overdue: Vec::new() })
    }

    /// Gathers it, for what this list asks.
    pub async fn of_list(app: &App, asked: &ListArgs, noun: &Noun) -> Result<Desk, Failure> {
        let mut desk = Desk::new(app).await?;
        let asks_overdue = asked.seen(noun, &desk.views)?.overdue;
        for campaign in desk.kept.iter().filter(|_| asks_overdue) {
            desk.overdue.extend(crate::cli::overdue::past(app, campaign).await?.into_iter().map(|(case, _)| case));
        }
        Ok(desk)
    }

    /// The cities and prefectures, and what is none of them.
    pub fn regions(&self) -> Vec<Name> {
        let around = [Name::new("province", ["省直", "省", "省直单位", self.regions.province.as_str()]), Name::new("unknown", ["未定"])];
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
