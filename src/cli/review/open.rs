//! `review open`: a round for a frozen batch, with its reviewers and who of them can't judge what.

use super::{batch, read};
use crate::app::{self, App};
use crate::cli::act::Consent;
use crate::cli::output::{self, visible};
use crate::cli::{Failure, actor};
use crate::config::CampaignFile;
use crate::model::review::{Bar, Reviewer};
use crate::review::conflict::{self, Known};
use crate::review::reviewers;
use crate::store::{Member, RoundCase};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Open {
    /// 批次，如 2023-H1
    #[arg(value_name = "批次", help_heading = "参数")]
    batch: String,
    /// 评审专家名册，.xlsx
    #[arg(long, value_name = "文件")]
    reviewers: PathBuf,
    /// 材料还待补正的案例也参加评审
    #[arg(long)]
    with_incomplete: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Open {
    /// Opens a round.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (file, window) = batch(app, &self.batch).await?;
        let campaign = &file.campaign;
        let Some(frozen) = app.store.frozen(&campaign.id, &window.id).await? else {
            return Err(Failure::failed(format!("{}还没有冻结，请先用 zhihui window freeze {} --yes", window.name, window.id)));
        };
        Self::unless_assigned(app, &campaign.id, &window.id).await?;
        let (roster, regions) = (app.store.roster(&campaign.id).await?, app::regions()?);
        let (people, faults) = reviewers::read(&read(&self.reviewers)?, &roster, &regions).map_err(Failure::failed)?;
        if !faults.is_empty() {
            let lines: Vec<String> = faults.iter().map(|fault| visible(&format!("{}：{}", fault.cell, fault.sentence))).collect();
            return Err(Failure::failed(format!("{}\n名册共{}处有误，没有启动评审", lines.join("\n"), faults.len())));
        }
        let per_case = campaign.review.per_case as usize;
        if people.len() < per_case {
            return Err(Failure::failed(format!("名册中有{}位专家，每件案例要由{per_case}位评审，请补充专家", people.len())));
        }
        let (cases, left): (Vec<RoundCase>, Vec<RoundCase>) = app
            .store
            .reviewable(&campaign.id, &window.id)
            .await?
            .into_iter()
            .partition(|case| self.with_incomplete || case.status != "needs_correction");
        if cases.is_empty() {
            return Err(Failure::failed(format!("{}中没有可以评审的案例", window.name)));
        }
        let known = Known { roster: &roster, regions: &regions, exclude_region: campaign.review.exclude_region };
        let readings = app.store.review_readings(&cases).await?;
        let bars_of = |reviewer: &Reviewer| -> Vec<(i64, Bar)> {
            let between = |(id, (reading, _)): (&i64, &(_, _))| conflict::between(reading, reviewer, &known).map(|bar| (*id, bar));
            readings.iter().filter_map(between).collect()
        };
        let bars: Vec<Vec<(i64, Bar)>> = people.iter().map(bars_of).collect();
        page(&file, &window.name, &cases, &left, &people, &bars)?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        let members: Vec<Member<'_>> = people.iter().zip(&bars).map(|(reviewer, bars)| Member { reviewer, bars }).collect();
        let mut tx = app.store.begin().await?;
        if tx.review(&campaign.id, &window.id).await?.is_some_and(|round| round.assigned_at.is_some()) {
            return Err(Failure::later("评审在确认期间已经分配，没有重新启动"));
        }
        tx.open_review((&campaign.id, &window.id, &frozen.sha256), &campaign.review, &cases, &members, &by).await?;
        tx.commit().await?;
        eprintln!("已启动评审。接着请用 zhihui review assign --seed 种子 --reason 原因 分配专家");
        Ok(())
    }

    async fn unless_assigned(app: &App, campaign: &str, batch: &str) -> Result<(), Failure> {
        match app.store.review(campaign, batch).await? {
            Some(round) if round.assigned_at.is_some() => {
                Err(Failure::failed(format!("{batch} 的评审已经分配，不能重新启动；专家回避请用 zhihui review assign --recuse")))
            }
            _ => Ok(()),
        }
    }
}

fn page(
    file: &CampaignFile,
    batch: &str,
    cases: &[RoundCase],
    left: &[RoundCase],
    people: &[Reviewer],
    bars: &[Vec<(i64, Bar)>],
) -> Result<(), Failure> {
    let rules = &file.campaign.review;
    let criteria: Vec<String> = rules.criteria.iter().map(|one| format!("{}{}%", one.name, one.weight)).collect();
    let mut lines = vec![
        format!("{batch}：{}件案例、{}位专家，每件由{}位评审，{}", cases.len(), people.len(), rules.per_case, rules.mode.label()),
        format!("评分项：{}", criteria.join("、")),
    ];
    for (one, bars) in people.iter().zip(bars) {
        let counted = Bar::ALL.iter().filter_map(|bar| {
            let count = bars.iter().filter(|(_, own)| own == bar).count();
            (count > 0).then(|| format!("{}{count}件", bar.label()))
        });
        let counted: Vec<String> = counted.collect();
        let barred = if counted.is_empty() { "无须回避".to_owned() } else { format!("不评：{}", counted.join("、")) };
        lines.push(format!("{}  {}  {}  {barred}", one.code, one.name, one.unit));
    }
    for case in left {
        lines.push(format!("不参加：{}  材料待补正（加 --with-incomplete 则参加）", case.number));
    }
    lines.iter().try_for_each(|line| output::print(&format!("{}\n", visible(line))))
}
