//! `case merge`, `case separate` and `case admit`: what a coordinator settles. Each is shown first, and done when it is
//! confirmed.

use super::act::Consent;
use super::case::{detail, masked_change};
use super::list::{Desk, resolve};
use super::window::{campaigns, numbered};
use super::{Failure, actor, output, words};
use crate::app::App;
use crate::config::CampaignFile;
use crate::intake::correction::{self, Arrived};
use crate::intake::schedule::Office;
use crate::intake::window;
use crate::model::difference;
use crate::model::placement::Placement;
use crate::model::reading::{CaseStatus, WindowPlace};
use crate::store::{Admission, CaseRow, MergePlan, NoMerge};
use clap::Args;
use jiff::Timestamp;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Merge {
    /// 待并案的序号（见 zhihui case list --view 待并案），或并掉的案例编号
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
    /// 待并案的序号，见 zhihui case list --view 待并案
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
    /// 列入哪个窗口，如 2023-H2、下半年、2023-12
    #[arg(long, value_name = "窗口")]
    window: String,
    #[command(flatten)]
    consent: Consent,
}

impl Merge {
    /// Merges two cases.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (case, into) = (numbered(app, &self.case), self.into.as_deref().map(|into| numbered(app, into)));
        let plan = app.store.merge_plan(&case, into.as_deref()).await?.map_err(refused)?;
        let placement = placement(app, &plan)?;
        output::print(&page(&plan, &placement))?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        app.store.merge(&case, into.as_deref(), &placement, &by).await?.map_err(refused)?;
        eprintln!("已并案，见 zhihui case show {}", plan.target.number.as_deref().unwrap_or_default());
        Ok(())
    }
}

/// Where the case stands after merging: by the rule for corrections, as if the newer form had been known for its own.
fn placement(app: &App, plan: &MergePlan) -> Result<Placement, Failure> {
    let office = Office::of(&app.loaded.config, &app.loaded.workdays);
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
    let mut line = |text: &str| output::put(&mut out, "", "    ", text);
    let name = |number: &Option<String>, id: i64| number.clone().unwrap_or_else(|| format!("待并案第{id}号"));
    let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
    for (what, case) in [("并掉", &plan.source), ("保留", &plan.target)] {
        line(&format!("{what}  {}  {}《{}》", name(&case.number, case.id), blank(&case.unit), blank(&case.title)));
    }
    if !plan.source_counts() {
        line("并掉的一件收到较早，其版本只作为历史保存，案例内容不变");
        return out;
    }
    let place = words::place(&placement.place);
    line(&format!("并掉的一件收到较晚，成为案例的最新版本。征集窗口：{place}（{}）", placement.rule.label()));
    // Where the newer form would stand by itself says nothing of where the case will.
    let changes = difference::between(&plan.target.reading, &plan.source.reading).into_iter();
    changes.filter(|change| !matches!(change.field, "window" | "status")).for_each(|change| line(&format!("  {}", masked_change(&change))));
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
            format!("没有案例 {}\nzhihui case list --view 待并案   看待并案的，第一列是序号", output::visible(&case))
        }
        NoMerge::State(state) => format!("案例现为“{}”，不能这样处理\nzhihui case list --view 待并案   看待并案的", label(&state)),
        NoMerge::NoTarget => "请用 --into 写明并入哪件案例".into(),
        NoMerge::Same => "两个是同一件案例".into(),
        NoMerge::Campaign => "两件案例属于不同的征集活动，不能并案".into(),
        NoMerge::Frozen(window) => format!("案例已计入冻结的批次 {window}，不能并掉"),
    })
}

impl Separate {
    /// Gives a possible revision a number of its own.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let case = numbered(app, &self.case);
        let detail = app.store.case_detail(&case).await?.ok_or_else(|| refused(NoMerge::Unknown(case.clone())))?;
        if detail.case.status != "possible_revision" {
            return Err(refused(NoMerge::State(detail.case.status)));
        }
        let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
        let (unit, title) = (blank(&detail.case.unit), blank(&detail.case.title));
        let mut page = String::new();
        output::put(&mut page, "", "    ", &format!("分立  {unit}《{title}》：另给编号，作为单独的案例"));
        output::print(&page)?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let mut files = campaigns(app).into_iter();
        let file = files.find(|file| file.campaign.id == detail.case.campaign);
        let file = file.ok_or_else(|| Failure::failed("配置中没有这件案例所属的征集活动"))?;
        let by = actor::by(app, Some(&self.consent.reason));
        let number = app.store.separate(&case, &file.campaign.number_prefix, &by).await?.map_err(refused)?;
        eprintln!("已分立，编号 {number}，见 zhihui case show {number}");
        Ok(())
    }
}

impl Admit {
    /// Puts a late case into a window, when two persons say so.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let detail = detail(app, &self.number).await?;
        let CaseRow { number, status, late, title, unit, .. } = &detail.case;
        let number = number.as_deref().ok_or_else(|| refused(NoMerge::State(status.clone())))?;
        let (window, place) = self.place(app, number).await?;
        if !late {
            return Err(not_late(status));
        }
        let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
        let proposed = detail.rulings.iter().find(|ruling| ruling.field == "window" && ruling.state == "proposed");
        let state = match proposed.filter(|ruling| ruling.value.get("window").and_then(|value| value.as_str()) == Some(&window)) {
            Some(first) => format!("{} 已于{}提出，原因：{}；另一人确认后生效", first.actor, words::minute(&first.at), first.reason),
            None => "须两人先后确认，这是第一人提出".to_owned(),
        };
        let mut page = String::new();
        output::put(&mut page, "", "    ", &format!("{number}  {}《{}》", blank(unit), blank(title)));
        output::put(&mut page, "  ", "    ", &format!("征集窗口：逾期 → {}", words::place(&place)));
        output::put(&mut page, "  ", "    ", &state);
        output::print(&page)?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let by = actor::by(app, Some(&self.consent.reason));
        match app.store.admit(number, &window, &place, &by).await? {
            Admission::Proposed => eprintln!(
                "已提出。请另一位协调员运行：zhihui case admit {number} --window {window} --reason 原因 --yes\nzhihui approval list   看等待确认的操作"
            ),
            Admission::Admitted => eprintln!("已列入 {window}，见 zhihui case show {number}"),
            Admission::Already => eprintln!("此前已列入 {window}"),
            Admission::SamePerson => return Err(Failure::failed("须由另一人确认：这一提议是您自己提出的")),
            Admission::NotInRoster => return Err(Failure::failed(super::approval::NOT_IN_ROSTER)),
            Admission::NotLate(state) => return Err(not_late(&state)),
            Admission::Frozen => return Err(Failure::failed(format!("{window} 所在批次已经冻结，不能再列入"))),
            Admission::Unknown => return Err(refused(NoMerge::Unknown(number.to_owned()))),
        }
        Ok(())
    }

    /// The window by any of its names, and what it is a place in.
    async fn place(&self, app: &App, number: &str) -> Result<(String, WindowPlace), Failure> {
        let file = campaign(app, number)?;
        let desk = Desk::of_file(&file, app.clock.now())?;
        let window = resolve("窗口", &self.window, &desk.windows())?;
        let place = window::by_name(&window, &file.campaign.calendar);
        Ok((window, place.ok_or_else(|| Failure::usage(format!("没有“{}”这个窗口", output::visible(&self.window))))?))
    }
}

fn not_late(state: &str) -> Failure {
    let label = CaseStatus::parse(state).map_or(state, |status| status.label());
    Failure::failed(format!("案例现为“{label}”，只有逾期的案例需要准予列入"))
}
