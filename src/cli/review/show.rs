//! `review list` and `review show`: how far each round is, its ranking once it is closed, and the steps of one case.

use super::changes;
use super::close::ranked;
use super::select::last_day;
use super::{only, round};
use crate::app::App;
use crate::cli::list::{Kept, NarrowArgs, ShapeArgs, Tells};
use crate::cli::output::{self, Field, Format, Tone, visible};
use crate::cli::{Failure, window, words};
use crate::model::outcome::Outcome;
use crate::model::review::Reviewer;
use crate::review::ranking::{Ranked, points};
use crate::store::{BarRow, Round, RoundRow};
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct List {
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    shape: ShapeArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Show {
    /// 批次或案例编号，默认为正在进行的批次
    #[arg(value_name = "批次或编号", help_heading = "参数")]
    what: Option<String>,
    /// 各专家的进度
    #[arg(long)]
    reviewers: bool,
    /// 谁不评哪件，为什么
    #[arg(long, conflicts_with = "reviewers")]
    conflicts: bool,
    /// 分配之后的回避、补派和撤回，按先后
    #[arg(long, conflicts_with_all = ["reviewers", "conflicts"])]
    changes: bool,
    /// 每件案例由哪几位专家评审，评审结束后可看
    #[arg(long, conflicts_with_all = ["reviewers", "conflicts", "changes"])]
    assignment: bool,
    #[command(flatten)]
    shape: ShapeArgs,
}

type RoundKey = Field<RoundRow>;

const ROUNDS: &[RoundKey] = &[
    RoundKey::new("batch", "批次", |row| row.batch.clone()).shown(0),
    RoundKey::new("campaign", "征集活动", |row| row.campaign.clone()),
    RoundKey::new("state", "状态", |row| state(&row.state).to_owned()).shown(0),
    RoundKey::new("cases", "案例", |row| row.cases.to_string()).shown(0),
    RoundKey::new("reviewers", "专家", |row| row.reviewers.to_string()).shown(1),
    RoundKey::new("tasks", "应评", |row| row.tasks.to_string()).shown(0),
    RoundKey::new("scored", "已评", |row| row.scored.to_string()).shown(0),
    RoundKey::new("opened_at", "启动", |row| words::minute(&row.opened_at)).shown(2),
    RoundKey::new("closed_at", "结束", |row| row.closed_at.as_deref().map(words::minute).unwrap_or_default()).shown(2),
];

/// States of rounds.
const STATES: words::Words = &[("open", "待分配"), ("assigned", "评审中"), ("closed", "已结束")];

fn state(key: &str) -> &str {
    STATES.iter().find(|(state, _)| *state == key).map_or("已结束", |(_, word)| word)
}

static LIST: Kept<RoundRow> = Kept {
    command: "zhihui review list",
    things: "评审",
    measure: "个",
    when_empty: "还没有启动过评审\nzhihui review open 批次 --reviewers 名册.xlsx   启动一个批次的评审",
    fields: ROUNDS,
    tells: Tells {
        status: Some((STATES, |row| &row.state)),
        windows: Some(|row| vec![row.batch.clone()]),
        at: Some(|row| &row.opened_at),
        campaign: Some(|row| Some(row.campaign.clone())),
        ..Tells::NOTHING
    },
};

/// A reviewer's progress.
#[derive(Debug, Serialize)]
struct ProgressRow {
    reviewer: String,
    name: String,
    unit: String,
    region: Option<String>,
    tasks: usize,
    scored: usize,
    barred: usize,
}

type ProgressKey = Field<ProgressRow>;

const PROGRESS: &[ProgressKey] = &[
    ProgressKey::new("reviewer", "专家", |row| row.reviewer.clone()).shown(0),
    ProgressKey::new("name", "姓名", |row| row.name.clone()).shown(0),
    ProgressKey::new("unit", "单位", |row| row.unit.clone()).shown(2).elastic(12),
    ProgressKey::new("region", "市州", |row| words::region(row.region.as_deref()).to_owned()).shown(3),
    ProgressKey::new("tasks", "应评", |row| row.tasks.to_string()).shown(0),
    ProgressKey::new("scored", "已评", |row| row.scored.to_string()).shown(0),
    ProgressKey::new("barred", "回避", |row| row.barred.to_string()).shown(1),
];

/// Who doesn't judge what.
#[derive(Debug, Serialize)]
struct ConflictRow {
    case_number: String,
    reviewer: String,
    name: String,
    /// `person`, `unit`, `superior`, `region` or `recused`.
    why: &'static str,
    reason: String,
}

type ConflictKey = Field<ConflictRow>;

const CONFLICTS: &[ConflictKey] = &[
    ConflictKey::new("case_number", "案例编号", |row| row.case_number.clone()).shown(0),
    ConflictKey::new("reviewer", "专家", |row| row.reviewer.clone()).shown(0),
    ConflictKey::new("name", "姓名", |row| row.name.clone()).shown(1),
    ConflictKey::new("why", "原因", |row| crate::model::review::Bar::parse(row.why).map_or("", |bar| bar.label()).to_owned()).shown(0),
    ConflictKey::new("reason", "说明", |row| row.reason.clone()).shown(2).elastic(12),
];

/// A case in the ranking. Points are as people write them.
#[derive(Debug, Serialize)]
struct RankRow {
    rank: Option<usize>,
    number: String,
    code: String,
    title: Option<String>,
    unit: Option<String>,
    region: Option<String>,
    mean: Option<String>,
    median: Option<String>,
    spread: String,
    disagreed: bool,
    /// The codes of reviewers whose total is far from the median.
    outliers: Vec<String>,
    /// Each reviewer's total.
    totals: Vec<String>,
    /// What reviewers wrote beside it.
    remarks: Vec<String>,
    outcome: Option<String>,
}

type RankKey = Field<RankRow>;

const RANKING: &[RankKey] = &[
    RankKey::new("rank", "排名", |row| row.rank.map(|rank| rank.to_string()).unwrap_or_default()).shown(0),
    RankKey::new("number", "编号", |row| row.number.clone()).shown(0),
    RankKey::new("code", "代号", |row| row.code.clone()),
    RankKey::new("title", "案例题目", |row| row.title.clone().unwrap_or_default()).shown(2).elastic(14),
    RankKey::new("unit", "报送单位", |row| row.unit.clone().unwrap_or_default()).shown(4).elastic(12),
    RankKey::new("region", "市州", |row| words::region(row.region.as_deref()).to_owned()).shown(5),
    RankKey::new("mean", "平均分", |row| row.mean.clone().unwrap_or_default()).shown(0),
    RankKey::new("median", "中位数", |row| row.median.clone().unwrap_or_default()).shown(1),
    RankKey::new("spread", "高低差", |row| row.spread.clone()).shown(3),
    RankKey::new("disagreed", "分歧", |row| if row.disagreed { "较大".into() } else { String::new() })
        .shown(1)
        .toned(|row| if row.disagreed { Tone::Open } else { Tone::Plain }),
    RankKey::new("outliers", "离群", |row| row.outliers.join("、")).shown(1),
    RankKey::new("totals", "各专家总分", |row| row.totals.join("、")),
    RankKey::new("remarks", "评审意见", |row| row.remarks.join("；")),
    RankKey::new("outcome", "评审结果", |row| words::outcome(row.outcome.as_deref()).to_owned()).shown(0),
];

impl List {
    /// Lists the rounds.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut rows = Vec::new();
        for file in window::campaigns(app) {
            rows.extend(app.store.review_rounds(&file.campaign.id).await?);
        }
        self.shape.print_kept(app, &self.narrow, &LIST, rows).await
    }
}

impl Show {
    /// Shows a round, or a case.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let what = match &self.what {
            Some(what) => what.clone(),
            None => only(app).await?,
        };
        let what = window::numbered(app, &what);
        let is_case = window::campaigns(app).iter().any(|file| what.starts_with(&file.campaign.number_prefix));
        if is_case || app.store.publishable(&what).await?.is_some() {
            return self.case(app, &what).await;
        }
        // A number has its last four digits behind a hyphen; no batch has.
        if what.rsplit_once('-').is_some_and(|(_, last)| last.len() >= 4 && last.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(Failure::failed(format!("没有案例 {}，请用 zhihui case list 查看", visible(&what))));
        }
        let (_, round) = round(app, Some(&what)).await?;
        if self.conflicts {
            let rows = round.bars.iter().map(|bar| conflict(&round, bar)).collect();
            return self.shape.print(rows, CONFLICTS, "处");
        }
        if self.changes {
            return self.shape.print(changes::changes(&round), changes::CHANGES, "处");
        }
        if self.assignment {
            // Codes and numbers side by side tell whose a pack is.
            return match round.closed_at {
                Some(_) => self.shape.print(changes::assigned(&round), changes::ASSIGNED, "件"),
                None => Err(Failure::failed("评审结束前不显示案例的代号和评审专家，请先用 zhihui review close")),
            };
        }
        if self.reviewers || round.closed_at.is_none() {
            let rows = round.members.iter().map(|member| progress(&round, member)).collect();
            return self.shape.print(rows, PROGRESS, "位");
        }
        let rows = ranked(&round)?.into_iter().map(|row| rank(&round, row)).collect();
        self.shape.print(rows, RANKING, "件")
    }

    /// The steps of a case, its public notice and what was objected.
    async fn case(&self, app: &App, number: &str) -> Result<(), Failure> {
        let (steps, objections) = (app.store.selection_steps(number).await?, app.store.objections(number).await?);
        if matches!(self.shape.format, Format::Json | Format::Jsonl) {
            let value = serde_json::json!({
                "number": number, "outcome": app.store.outcome(number).await?, "steps": steps, "objections": objections,
            });
            return output::print(&format!("{}\n", serde_json::to_string_pretty(&value).map_err(Failure::failed)?));
        }
        let mut lines = Vec::new();
        for step in steps.iter().filter(|step| step.state != "replaced") {
            let who = match (&step.confirmed_by, step.state.as_str()) {
                (Some(second), _) => format!("{}提出，{second}确认", step.actor),
                (None, "proposed") => format!("{}提出，待另一人确认", step.actor),
                (None, _) => step.actor.clone(),
            };
            let at = words::minute(step.confirmed_at.as_deref().unwrap_or(&step.at));
            lines.push(format!("{at}  {}  {who}  {}", step.outcome.label(), step.reason));
            let until = step.until.as_deref().and_then(|until| until.parse().ok());
            lines.extend(until.map(|until| format!("    公示至{}", last_day(until))));
        }
        for one in &objections {
            let settled = match one.settled.as_deref() {
                Some("upheld") => "成立",
                Some(_) => "不成立",
                None => "待核实",
            };
            lines.push(format!("{}  异议（{settled}）  {}", words::minute(&one.received_at), one.content));
            lines.extend(one.settled_reason.as_ref().map(|reason| format!("    {reason}")));
        }
        if lines.is_empty() {
            eprintln!("案例 {} 还没有评审结果", visible(number));
        } else {
            let now = app.store.outcome(number).await?.map_or("（未定）", Outcome::label);
            lines.insert(0, format!("{number}  评审结果：{now}"));
        }
        lines.iter().try_for_each(|line| output::print(&format!("{}\n", visible(line))))
    }
}

fn progress(round: &Round, member: &Reviewer) -> ProgressRow {
    let own = |pairs: &[(i64, String)]| pairs.iter().filter(|(_, code)| *code == member.code).count();
    ProgressRow {
        reviewer: member.code.clone(),
        name: member.name.clone(),
        unit: member.unit.clone(),
        region: member.region.clone(),
        tasks: own(&round.tasks),
        scored: own(&round.scored),
        barred: round.bars.iter().filter(|bar| bar.reviewer == member.code).count(),
    }
}

fn conflict(round: &Round, bar: &BarRow) -> ConflictRow {
    ConflictRow {
        case_number: round.cases.iter().find(|case| case.id == bar.case).map(|case| case.number.clone()).unwrap_or_default(),
        reviewer: bar.reviewer.clone(),
        name: round.members.iter().find(|member| member.code == bar.reviewer).map(|member| member.name.clone()).unwrap_or_default(),
        why: bar.bar.as_str(),
        reason: bar.reason.clone(),
    }
}

fn rank(round: &Round, row: Ranked) -> RankRow {
    let case = round.cases.iter().find(|case| case.number == row.number);
    RankRow {
        rank: row.rank,
        code: row.code,
        title: case.and_then(|case| case.title.clone()),
        unit: case.and_then(|case| case.unit.clone()),
        region: case.and_then(|case| case.region.clone()),
        mean: row.mean.map(points),
        median: row.median.map(points),
        spread: points(row.spread),
        disagreed: row.disagreed,
        outliers: row.totals.iter().filter(|total| total.outlier).map(|total| total.reviewer.clone()).collect(),
        totals: row.totals.iter().map(|total| format!("{} {}", total.reviewer, points(total.points))).collect(),
        remarks: row
            .totals
            .iter()
            .filter(|total| !total.remark.is_empty())
            .map(|total| format!("{} {}", total.reviewer, total.remark))
            .collect(),
        outcome: case.and_then(|case| case.outcome.clone()),
        number: row.number,
    }
}
