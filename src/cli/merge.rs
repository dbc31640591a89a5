//! `case merge`, `case separate` and `case admit`: what a coordinator settles. Each is shown first, and done when it is
//! confirmed.

use super::act::Consent;
use super::window::campaigns;
use super::{Failure, actor, output, words};
use crate::app::{self, App};
use crate::config::CampaignFile;
use crate::intake::correction::{self, Arrived};
use crate::intake::schedule::Office;
use crate::intake::window;
use crate::model::difference;
use crate::model::placement::Placement;
use crate::model::reading::{CaseStatus, WindowPlace};
use crate::store::{Admission, MergePlan, NoMerge};
use clap::Args;
use jiff::Timestamp;
use std::fmt::Write;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Merge {
    /// 待并案的序号（见 zhihui case list --status possible_revision 的 id），或并掉的案例编号
    #[arg(value_name = "案例", help_heading = "参数")]
    case: String,
    /// 并入哪件案例，默认为系统认为可能相同的那件
    #[arg(long, value_name = "编号")]
    into: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Separate {
    /// 待并案的序号，见 zhihui case list --status possible_revision 的 id
    #[arg(value_name = "案例", help_heading = "参数")]
    case: String,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Admit {
    /// 逾期案例的编号
    #[arg(value_name = "编号", help_heading = "参数")]
    number: String,
    /// 列入哪个窗口，如 2023-H2、2023-12
    #[arg(long, value_name = "窗口")]
    window: String,
    #[command(flatten)]
    consent: Consent,
}

impl Merge {
    /// Merges two cases.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let plan = app.store.merge_plan(&self.case, self.into.as_deref()).await?.map_err(refused)?;
        let placement = placement(app, &plan)?;
        output::print(&output::visible_lines(&page(&plan, &placement)))?;
        output::print("\n")?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        app.store.merge(&self.case, self.into.as_deref(), &placement, &by).await?.map_err(refused)?;
        eprintln!("已并案，见 zhihui case show {}", plan.target.number.as_deref().unwrap_or_default());
        Ok(())
    }
}

/// Where the case stands after merging: by the rule for corrections, as if the newer form had been known for its own.
fn placement(app: &App, plan: &MergePlan) -> Result<Placement, Failure> {
    let workdays = app::workdays()?;
    let office = Office::of(&app.loaded.config, &workdays);
    let file = campaign(app, plan.target.number.as_deref().unwrap_or_default())?;
    let received = Timestamp::from_millisecond(plan.source.received_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let arrived = Arrived { received, is_complete: !plan.source.reading.lacks_something() };
    Ok(correction::placed(&plan.course, arrived, &file.campaign.calendar, &office))
}

fn campaign(app: &App, number: &str) -> Result<Arc<CampaignFile>, Failure> {
    let mut files = campaigns(app).into_iter();
    let found = files.find(|file| number.starts_with(&format!("{}-", file.campaign.number_prefix)));
    found.ok_or_else(|| Failure::failed(format!("配置中没有案例 {number} 所属的征集活动")))
}

fn page(plan: &MergePlan, placement: &Placement) -> String {
    let mut out = String::new();
    let name = |number: &Option<String>, id: i64| number.clone().unwrap_or_else(|| format!("待并案第{id}号"));
    let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
    for (what, case) in [("并掉", &plan.source), ("保留", &plan.target)] {
        let _ = writeln!(out, "{what}  {}  {}《{}》", name(&case.number, case.id), blank(&case.unit), blank(&case.title));
    }
    if !plan.source_counts() {
        let _ = writeln!(out, "并掉的一件收到较早，其版本只作为历史保存，案例内容不变");
        return out;
    }
    let place = words::place(&placement.place);
    let _ = writeln!(out, "并掉的一件收到较晚，成为案例的最新版本。征集窗口：{place}（{}）", placement.rule.label());
    // Where the newer form would stand by itself says nothing of where the case will.
    let changes = difference::between(&plan.target.reading, &plan.source.reading).into_iter();
    for change in changes.filter(|change| !matches!(change.field, "window" | "status")) {
        let told = |value: &Option<String>| short(value.as_deref().map(|value| words::value(change.field, value)).as_deref());
        let _ = writeln!(out, "  {}：{} → {}", change.label, told(&change.before), told(&change.after));
    }
    out
}

/// A value on one line.
pub(super) fn short(text: Option<&str>) -> String {
    const MOST: usize = 40;
    let text = text.unwrap_or("（空）").split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= MOST {
        text
    } else {
        format!("{}……（共{}字符）", text.chars().take(MOST).collect::<String>(), text.chars().count())
    }
}

fn refused(why: NoMerge) -> Failure {
    let label = |state: &str| CaseStatus::parse(state).map_or(state.to_owned(), |status| status.label().to_owned());
    Failure::failed(match why {
        NoMerge::Unknown(case) => {
            format!("没有案例 {}，请用 zhihui case list --status possible_revision --format json 查看", output::visible(&case))
        }
        NoMerge::State(state) => format!("案例现为“{}”，不能这样处理", label(&state)),
        NoMerge::NoTarget => "请用 --into 写明并入哪件案例".into(),
        NoMerge::Same => "两个是同一件案例".into(),
        NoMerge::Campaign => "两件案例属于不同的征集活动，不能并案".into(),
        NoMerge::Frozen(window) => format!("案例已计入冻结的批次 {window}，不能并掉"),
    })
}

impl Separate {
    /// Gives a possible revision a number of its own.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let detail = app.store.case_detail(&self.case).await?.ok_or_else(|| refused(NoMerge::Unknown(self.case.clone())))?;
        if detail.case.status != "possible_revision" {
            return Err(refused(NoMerge::State(detail.case.status)));
        }
        let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
        let (unit, title) = (blank(&detail.case.unit), blank(&detail.case.title));
        output::print(&format!("{}\n", output::visible(&format!("分立  {unit}《{title}》：另给编号，作为单独的案例"))))?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let mut files = campaigns(app).into_iter();
        let file = files.find(|file| file.campaign.id == detail.case.campaign);
        let file = file.ok_or_else(|| Failure::failed("配置中没有这件案例所属的征集活动"))?;
        let by = actor::by(app, Some(&self.consent.reason));
        let number = app.store.separate(&self.case, &file.campaign.number_prefix, &by).await?.map_err(refused)?;
        eprintln!("已分立，编号 {number}，见 zhihui case show {number}");
        Ok(())
    }
}

impl Admit {
    /// Puts a late case into a window, when two persons say so.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let place = self.place(app)?;
        output::print(&format!("准予列入  {}  {}，须两人确认\n", output::visible(&self.number), words::place(&place)))?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        let label = |state: &str| CaseStatus::parse(state).map_or(state.to_owned(), |status| status.label().to_owned());
        match app.store.admit(&self.number, &self.window, &place, &by).await? {
            Admission::Proposed => {
                eprintln!("已提出。请另一位协调员运行：zhihui case admit {} --window {} --reason 原因 --yes", self.number, self.window)
            }
            Admission::Admitted => eprintln!("已列入 {}", self.window),
            Admission::Already => eprintln!("此前已列入 {}", self.window),
            Admission::SamePerson => return Err(Failure::failed("须由另一人确认：这一提议是您自己提出的")),
            Admission::NotInRoster => return Err(Failure::failed(super::approval::NOT_IN_ROSTER)),
            Admission::NotLate(state) => return Err(Failure::failed(format!("案例现为“{}”，只有逾期的案例需要准予列入", label(&state)))),
            Admission::Frozen => return Err(Failure::failed(format!("{}所在批次已经冻结，不能再列入", self.window))),
            Admission::Unknown => return Err(refused(NoMerge::Unknown(self.number.clone()))),
        }
        Ok(())
    }

    fn place(&self, app: &App) -> Result<WindowPlace, Failure> {
        let file = campaign(app, &self.number)?;
        window::by_name(&self.window, &file.campaign.calendar).ok_or_else(|| {
            let known: Vec<String> = window::all(&file.campaign.calendar).into_iter().map(|window| window.id).collect();
            Failure::usage(format!("没有“{}”这个窗口，可以写：{}", self.window, known.join("、")))
        })
    }
}
