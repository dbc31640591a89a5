//! `window list` and `window freeze`: each window with its instants and what stands in it; a batch closed for good.

use super::list::{self, Desk, Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{self, Field, Tone, visible};
use super::{Failure, actor, words};
use crate::app::{self, App};
use crate::config::CampaignFile;
use crate::intake::window::{self, Window};
use crate::model::time;
use crate::store::{Filter, PlaceCount};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// 看征集窗口，冻结一个批次
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui window [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui window list\n  zhihui window freeze 2023-H1"
)]
pub struct WindowCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出各窗口的起止时刻、各状态的案例数和尚未办结的
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui window list [选项]",
        after_help = "示例：\n  zhihui window list\n  zhihui window list --columns name,state,total,open --sort -open\n  zhihui window list --region 十堰\n  zhihui window list --format xlsx --to 窗口.xlsx\n\n起止时刻为北京时间，含起不含止。未办结：待补正和待并案的\n市州、渠道、类别、重点方面、单位、收到的时间限定计入哪些案例\n状态：upcoming 未开始、open 进行中、closed 已截止、frozen 已冻结"
    )]
    List {
        #[command(flatten)]
        narrow: Box<NarrowArgs>,
        #[command(flatten)]
        shape: ShapeArgs,
    },
    /// 冻结一个批次：记下其中的案例、计入的版本和文件的摘要，以后的版本不再计入
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui window freeze [选项] <批次>",
        after_help = "示例：\n  zhihui window freeze 2023-H1                  先看看会冻结什么\n  zhihui window freeze 2023-H1 --yes --reason 上半年宣传定稿\n  zhihui window freeze 2023-H1 --to 上半年.json  再导出已冻结的清单，每次都一样"
    )]
    Freeze(Freeze),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Freeze {
    /// 批次，如 2023-H1、上半年
    #[arg(value_name = "批次", help_heading = "参数")]
    window: String,
    /// 确认冻结，冻结后不能撤销
    #[arg(long)]
    yes: bool,
    /// 原因，记入审计日志
    #[arg(long, value_name = "原因")]
    reason: Option<String>,
    /// 清单写到这个文件，默认输出到屏幕
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
}

/// A window as it is listed.
#[derive(Debug, Serialize)]
struct WindowRow {
    window: String,
    name: String,
    campaign: String,
    /// `month`, `batch` or `late`.
    kind: &'static str,
    from: Option<String>,
    until: Option<String>,
    /// `upcoming`, `open`, `closed` or `frozen`.
    state: &'static str,
    frozen_at: Option<String>,
    total: u64,
    accepted: u64,
    needs_correction: u64,
    late: u64,
    possible_revision: u64,
    returned: u64,
    withdrawn: u64,
    /// What still waits for somebody: to be corrected, or to be settled.
    open: u64,
}

type Key = Field<WindowRow>;

const FIELDS: &[Key] = &[
    Key::new("window", "窗口", |row| row.window.clone()).shown(0),
    Key::new("name", "名称", |row| row.name.clone()).shown(0).elastic(20),
    Key::new("campaign", "征集活动", |row| row.campaign.clone()),
    Key::new("kind", "种类", |row| kind(row.kind).to_owned()),
    Key::new("from", "起", |row| shown(row.from.as_deref())).shown(8),
    Key::new("until", "止（不含）", |row| shown(row.until.as_deref())).shown(6),
    Key::new("state", "状态", |row| state(row.state).to_owned()).shown(0).toned(|row| match row.state {
        "open" => Tone::Good,
        "frozen" | "upcoming" => Tone::Faint,
        _ => Tone::Plain,
    }),
    Key::new("frozen_at", "冻结", |row| shown(row.frozen_at.as_deref())),
    Key::new("total", "案例", |row| row.total.to_string()).shown(0),
    Key::new("accepted", "材料齐全", |row| row.accepted.to_string()).shown(1),
    Key::new("needs_correction", "待补正", |row| row.needs_correction.to_string()).shown(1),
    Key::new("late", "逾期", |row| row.late.to_string()).shown(4),
    Key::new("possible_revision", "待并案", |row| row.possible_revision.to_string()).shown(2),
    Key::new("returned", "退回", |row| row.returned.to_string()).shown(5),
    Key::new("withdrawn", "撤回", |row| row.withdrawn.to_string()).shown(5),
    Key::new("open", "未办结", |row| row.open.to_string()).shown(0),
];

fn shown(at: Option<&str>) -> String {
    at.and_then(|at| at.get(..19)).unwrap_or_default().replace('T', " ")
}

fn kind(kind: &str) -> &str {
    match kind {
        "month" => "常态化",
        "batch" => "阶段性",
        _ => "逾期",
    }
}

/// States of windows.
const STATES: words::Words = &[("upcoming", "未开始"), ("open", "进行中"), ("closed", "已截止"), ("frozen", "已冻结")];

fn state(state: &str) -> &str {
    STATES.iter().find(|(key, _)| *key == state).map_or(state, |(_, word)| word)
}

/// What is asked about cases says which of them are counted; the rest, which windows are listed.
static LIST: Kept<WindowRow> = Kept {
    command: "zhihui window list",
    things: "窗口",
    measure: "个",
    when_empty: "配置中没有征集活动\nzhihui config check   检查配置",
    fields: FIELDS,
    tells: Tells {
        status: Some((STATES, |row| row.state)),
        windows: Some(|row| vec![row.window.clone()]),
        campaign: Some(|row| Some(row.campaign.clone())),
        ..Tells::NOTHING
    },
};

impl WindowCommand {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List { narrow, shape } => list(app, narrow, shape).await,
            Action::Freeze(freeze) => freeze.run(app).await,
        }
    }
}

/// The campaigns of the configuration, each once.
pub(super) fn campaigns(app: &App) -> Vec<Arc<CampaignFile>> {
    app::each_once(app.loaded.campaigns.values().cloned())
}

/// A case's number as it is kept, however its letters and width are typed, or only its last four digits where there is one
/// campaign; what is none stays as it is.
pub(super) fn numbered(app: &App, typed: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        other => other,
    };
    let typed: String = typed.trim().chars().map(narrow).collect();
    let files = campaigns(app);
    // A row has no zero before it: those are of possible revisions, which have no number yet.
    if let ([only], true) =
        (files.as_slice(), typed.len() >= 4 && typed.starts_with('0') && typed.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return format!("{}-{typed}", only.campaign.number_prefix);
    }
    let known = files.into_iter().find_map(|file| {
        let prefix = &file.campaign.number_prefix;
        let (head, rest) = typed.split_at_checked(prefix.len())?;
        (head.eq_ignore_ascii_case(prefix) && rest.starts_with('-')).then(|| format!("{prefix}{rest}"))
    });
    known.unwrap_or(typed)
}

/// A batch by any of its names. Where several campaigns have one of that name, the campaign stands before it: `2023/2023-H1`.
pub(super) async fn named_batch(app: &App, typed: &str) -> Result<(Arc<CampaignFile>, Window), Failure> {
    let (wanted, name) = typed.split_once('/').map_or((None, typed), |(campaign, name)| (Some(campaign.trim()), name));
    let name = list::batch(name, &Desk::new(app).await?)?;
    let mut found: Vec<(Arc<CampaignFile>, Window)> = Vec::new();
    for file in campaigns(app).into_iter().filter(|file| wanted.is_none_or(|id| file.campaign.id == id)) {
        let window = window::all(&file.campaign.calendar).into_iter().find(|window| window.is_batch && window.id == name);
        found.extend(window.map(|window| (file, window)));
    }
    if found.len() > 1 {
        let names = found.iter().map(|(file, window)| format!("{}/{}", file.campaign.id, window.id)).collect::<Vec<_>>().join("、");
        return Err(Failure::usage(format!("几个征集活动都有“{name}”这个批次，请写明是哪一个：{names}")));
    }
    found.pop().ok_or_else(|| Failure::usage(format!("配置中没有“{}”这个批次", visible(typed))))
}

async fn list(app: &App, narrow: &NarrowArgs, shape: &ShapeArgs) -> Result<(), Failure> {
    let asked = narrow.filter(&Desk::new(app).await?, STATES)?;
    let counted = Filter { status: None, window: None, batch: None, text: None, campaign: None, ..asked };
    let rows = rows(app, &counted).await?;
    let which =
        NarrowArgs { region: None, channel: None, category: None, focus: None, unit: None, since: None, until: None, ..narrow.clone() };
    shape.print_kept(app, &which, &LIST, rows).await
}

async fn rows(app: &App, counted: &Filter) -> Result<Vec<WindowRow>, Failure> {
    let mut rows = Vec::new();
    for file in campaigns(app) {
        let id = &file.campaign.id;
        let (counts, frozen) = (app.store.count_by_place(id, counted).await?, app.store.frozen_windows(id).await?);
        for window in window::all(&file.campaign.calendar) {
            let frozen_at = frozen.iter().find(|(name, _)| *name == window.id).map(|(_, at)| at.clone());
            rows.push(row(id, &window, &counts, frozen_at, app.clock.now()));
        }
        rows.push(late_row(id, &counts));
    }
    Ok(rows)
}

fn row(campaign: &str, window: &Window, counts: &[PlaceCount], frozen_at: Option<String>, now: Timestamp) -> WindowRow {
    let state = match () {
        () if frozen_at.is_some() => "frozen",
        () if now < window.from => "upcoming",
        () if now < window.until => "open",
        () => "closed",
    };
    let is_in = |count: &PlaceCount| if window.is_batch { &count.place.batch } else { &count.place.month }.as_deref() == Some(&window.id);
    WindowRow {
        window: window.id.clone(),
        name: window.name.clone(),
        campaign: campaign.to_owned(),
        kind: if window.is_batch { "batch" } else { "month" },
        from: Some(time::rfc3339(window.from)),
        until: Some(time::rfc3339(window.until)),
        state,
        frozen_at,
        ..counted(counts, is_in)
    }
}

/// What came after the close and was admitted nowhere.
fn late_row(campaign: &str, counts: &[PlaceCount]) -> WindowRow {
    let late = counted(counts, |count| count.place.late);
    WindowRow { window: "late".into(), name: "逾期".into(), campaign: campaign.to_owned(), kind: "late", state: "", ..late }
}

fn counted(counts: &[PlaceCount], is_in: impl Fn(&PlaceCount) -> bool) -> WindowRow {
    let of = |status: &str| counts.iter().filter(|count| is_in(count) && count.status == status).map(|count| count.cases).sum::<u64>();
    let (accepted, needs_correction, late, possible_revision) =
        (of("accepted"), of("needs_correction"), of("late"), of("possible_revision"));
    let (returned, withdrawn) = (of("returned"), of("withdrawn"));
    WindowRow {
        window: String::new(),
        name: String::new(),
        campaign: String::new(),
        kind: "",
        from: None,
        until: None,
        state: "",
        frozen_at: None,
        total: accepted + needs_correction + late + returned + withdrawn,
        accepted,
        needs_correction,
        late,
        possible_revision,
        returned,
        withdrawn,
        open: needs_correction + possible_revision,
    }
}

impl Freeze {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let (file, window) = named_batch(app, &self.window).await?;
        let (campaign, now) = (&file.campaign.id, app.clock.now());
        let frozen = match app.store.frozen(campaign, &window.id).await? {
            Some(frozen) => frozen,
            None if now < window.until => {
                return Err(Failure::failed(format!("{}到{}才截止，截止之后才能冻结", window.name, time::chinese_minute(window.until))));
            }
            None if self.yes => app.store.freeze(campaign, &window.id, &actor::by(app, self.reason.as_deref())).await?,
            None => return self.preview(app, campaign, &window).await,
        };
        if frozen.already {
            eprintln!("{}已于{}冻结，以下是当时的清单（SHA-256 {}）", window.name, shown(Some(&frozen.at)), frozen.sha256);
        } else {
            eprintln!("{}已冻结（清单 SHA-256 {}）", window.name, frozen.sha256);
        }
        match &self.to {
            None => output::print(&frozen.manifest),
            Some(path) => {
                std::fs::write(path, &frozen.manifest).map_err(|error| Failure::of_file(path.display(), "无法写入", &error))?;
                eprintln!("清单已写到 {}", path.display());
                Ok(())
            }
        }
    }

    async fn preview(&self, app: &App, campaign: &str, window: &Window) -> Result<(), Failure> {
        let counts = app.store.count_by_place(campaign, &Filter::default()).await?;
        let row = row(campaign, window, &counts, None, app.clock.now());
        let mut page = String::new();
        let counted = format!("{}（{}）将冻结：材料齐全{}件、待补正{}件", window.name, window.id, row.accepted, row.needs_correction);
        let (beside, returned, withdrawn) = (row.possible_revision, row.returned, row.withdrawn);
        output::put(&mut page, "", "", &format!("{counted}。另有待并案{beside}件、退回{returned}件、撤回{withdrawn}件，不计入。"));
        output::print(&page)?;
        if row.open > 0 {
            eprintln!("还有{}件未办结：冻结之后补正的版本会保存，但不再计入这一批", row.open);
        }
        eprintln!("冻结后不能撤销。确认请运行：zhihui window freeze {} --reason 原因 --yes", self.window);
        Ok(())
    }
}
