//! `activity`: the plan of activities (Annex 1), listed, exported as iCalendar, and read from a table.

use super::Failure;
use super::activity_import::Import;
use super::form::campaign_named;
use super::list::{Desk, Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{self, Field, visible};
use crate::clock::Clock;
use crate::config::CampaignFile;
use crate::intake::window;
use crate::model::campaign::{Activity, Certainty};
use crate::model::time;
use crate::report::activity;
use crate::report::calendar::calendar;
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// 看活动计划（附件1），导出日历，从表格读入
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui activity <命令>",
    subcommand_help_heading = "命令",
    subcommand_value_name = "命令",
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "示例：\n  zhihui activity list --month 2023-09\n  zhihui activity export --to 活动计划.ics"
)]
pub struct ActivityCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 列出活动
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui activity list [选项]",
        after_help = "示例：\n  zhihui activity list\n  zhihui activity list --month 2023-09 --host 省纤检局\n  zhihui activity list --window 上半年\n\n时间、窗口、批次取其间进行的活动；--unit 与 --host 相同；--campaign 也可写征集活动文件"
    )]
    List {
        #[command(flatten)]
        chosen: Chosen,
        #[command(flatten)]
        shape: ShapeArgs,
    },
    /// 导出为日历文件（iCalendar），可在日历软件中打开
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui activity export [选项]",
        after_help = "示例：\n  zhihui activity export --to 活动计划.ics\n  zhihui activity export --host 省纤检局 > 活动计划.ics"
    )]
    Export {
        #[command(flatten)]
        chosen: Chosen,
        /// 输出格式：ics
        #[arg(long, value_enum, default_value_t = Calendars::Ics, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
        format: Calendars,
        /// 写到哪个文件，默认输出到屏幕
        #[arg(long, value_name = "文件")]
        to: Option<PathBuf>,
    },
    /// 从 Word 或 Excel 表格读入活动计划：先与现行计划对照预览，加 --yes 写入征集活动文件
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui activity import [选项] <文件>",
        after_help = "示例：\n  zhihui activity import 活动计划.xlsx\n  zhihui activity import 活动计划.xlsx --yes\n  zhihui activity import 活动计划.docx --year 2024 --campaign campaign-2024.toml --yes\n\n只改写 [[activity]] 各节，文件的其余内容不变；原文件另存为 .bak"
    )]
    Import(Import),
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Calendars {
    Ics,
}

/// Which activities.
#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Chosen {
    /// 月份，如 2023-09
    #[arg(long, value_name = "月份")]
    month: Option<String>,
    /// 主办处室或单位名称中的文字
    #[arg(long, value_name = "单位")]
    host: Option<String>,
    #[command(flatten)]
    narrow: NarrowArgs,
}

/// A row of the list.
#[derive(Serialize)]
struct Listed {
    time: String,
    item: String,
    hosts: Vec<String>,
    from: Date,
    until: Date,
    weekday: Option<String>,
    every_months: Option<u8>,
    certainty: Certainty,
    /// The days of the month on which one that recurs takes place.
    days: Vec<Date>,
}

impl ActivityCommand {
    /// Runs it; it needs no configuration.
    pub fn run(&self, config: Option<&Path>) -> Result<(), Failure> {
        match &self.command {
            Command::List { chosen, shape } => {
                let file = campaign_named(chosen.narrow.campaign.as_deref(), config)?;
                let list = if chosen.month.is_some() { &OF_MONTH_LIST } else { &LIST };
                let rows = chosen.of(&file)?.into_iter().map(listed).collect();
                shape.print_of(list, rows, chosen.is_typed())
            }
            Command::Export { chosen, format: Calendars::Ics, to } => {
                let file = campaign_named(chosen.narrow.campaign.as_deref(), config)?;
                let mut activities: Vec<&Activity> = chosen.of(&file)?.into_iter().map(|near| near.activity).collect();
                // As the plan has them, and not by the days of one month.
                activities.sort_by_key(|chosen| file.campaign.activities.iter().position(|activity| std::ptr::eq(activity, *chosen)));
                let text = calendar(&activities, &file.campaign).map_err(Failure::failed)?;
                hand_over(text.as_bytes(), to.as_deref(), &format!("{}项活动", activities.len()))
            }
            Command::Import(import) => import.run(config),
        }
    }
}

impl Chosen {
    fn is_typed(&self) -> bool {
        self.month.is_some() || self.host.is_some() || NarrowArgs { campaign: None, ..self.narrow.clone() }.is_typed()
    }

    fn of<'a>(&self, file: &'a CampaignFile) -> Result<Vec<activity::Near<'a>>, Failure> {
        self.narrow.only("zhihui activity list", "活动", &KNOWN)?;
        let activities = &file.campaign.activities;
        let near = match self.period(file)? {
            Some((from, until)) => activity::between(activities, from, until),
            None => activities.iter().map(|activity| activity::Near { activity, days: Vec::new() }).collect(),
        };
        let has = |text: &str, word: &Option<String>| word.as_ref().is_none_or(|word| text.contains(word.trim()));
        let is_chosen = |near: &activity::Near<'_>| {
            let hosted = |unit: &Option<String>| unit.is_none() || near.activity.hosts.iter().any(|host| has(host, unit));
            hosted(&self.host) && hosted(&self.narrow.unit) && has(&near.activity.item, &self.narrow.text)
        };
        Ok(near.into_iter().filter(is_chosen).collect())
    }

    /// The days that are asked for, the last one not among them; none where nothing is said of days.
    fn period(&self, file: &CampaignFile) -> Result<Option<(Date, Date)>, Failure> {
        let desk = Desk::of_file(file, Clock::System.now())?;
        let asked = NarrowArgs { campaign: None, ..self.narrow.clone() }.filter(&desk, &[])?;
        let day = |at: Timestamp| time::local(at).date();
        let mut periods = Vec::new();
        if let Some(month) = &self.month {
            let first = self::month(month)?;
            periods.push((first, first.saturating_add(1.month())));
        }
        for name in asked.window.iter().chain(&asked.batch) {
            let window = window::all(&file.campaign.calendar).into_iter().find(|window| window.id == *name);
            let window = window.ok_or_else(|| Failure::usage(format!("征集活动中没有“{}”这个窗口", visible(name))))?;
            periods.push((day(window.from), day(window.until)));
        }
        if asked.since.is_some() || asked.until.is_some() {
            periods.push((asked.since.map_or(Date::MIN, day), asked.until.map_or(Date::MAX, day)));
        }
        Ok(periods.into_iter().reduce(|one, other| (one.0.max(other.0), one.1.min(other.1))))
    }
}

/// What activities can be narrowed by.
const KNOWN: [&str; 6] = ["--window", "--batch", "--unit", "--since", "--until", "--campaign"];

static LIST: Kept<Listed> = kept(FIELDS);
static OF_MONTH_LIST: Kept<Listed> = kept(OF_MONTH);

const fn kept(fields: &'static [Key]) -> Kept<Listed> {
    let when_empty = "征集活动文件中没有活动计划\nzhihui activity import --help   看怎样从表格读入";
    Kept { command: "zhihui activity list", things: "活动", measure: "项", when_empty, fields, tells: Tells::NOTHING }
}

fn listed(near: activity::Near<'_>) -> Listed {
    let Activity { time, item, hosts, from, until, weekday, every_months, certainty } = near.activity.clone();
    Listed { time, item, hosts, from, until, weekday, every_months, certainty, days: near.days }
}

type Key = Field<Listed>;

const FIELDS: &[Key] = &fields(DAYS);
/// Of a month: with its days.
const OF_MONTH: &[Key] = &fields(DAYS.shown(2));

const DAYS: Key = Key::new("days", "当月日期", |row| {
    row.days.iter().map(|day| day.strftime("%-m月%-d日").to_string()).collect::<Vec<_>>().join("、")
})
.elastic(10);

const fn fields(days: Key) -> [Key; 9] {
    [
        Key::new("time", "时间", |row| format!("{}{}", row.time, row.certainty.label())).shown(0).elastic(14),
        Key::new("item", "活动事项", |row| row.item.clone()).shown(0).elastic(24),
        Key::new("hosts", "主办处室/单位", |row| row.hosts.join("、")).shown(1).elastic(12),
        days,
        Key::new("from", "起", |row| row.from.to_string()),
        Key::new("until", "止（不含）", |row| row.until.to_string()),
        Key::new("weekday", "每周", |row| row.weekday.clone().unwrap_or_default()),
        Key::new("every_months", "每几个月", |row| row.every_months.map(|months| months.to_string()).unwrap_or_default()),
        Key::new("certainty", "确定程度", |row| row.certainty.label().to_owned()),
    ]
}

fn month(text: &str) -> Result<Date, Failure> {
    let first = format!("{text}-01").parse::<Date>().ok().filter(|_| text.len() == 7);
    first.ok_or_else(|| Failure::usage(format!("“{}”不是月份，应写成 2023-09 这样", visible(text))))
}

/// Writes to a file, never over one that is there, or prints.
pub(super) fn hand_over(bytes: &[u8], to: Option<&Path>, what: &str) -> Result<(), Failure> {
    let Some(path) = to else { return output::bytes(bytes) };
    let mut file = std::fs::File::options().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::failed(format!("{} 已存在，请换一个文件名", path.display())),
        _ => Failure::of_file(path.display(), "无法写入", &error),
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| Failure::of_file(path.display(), "无法写入", &error))?;
    eprintln!("已写出 {}：{what}", path.display());
    Ok(())
}
