//! `simulate`: a whole campaign year in minutes, told as tables, and held against what should have gone out.

use super::Failure;
use super::output::{self, Column, Format};
use crate::simulate::year::{ActivityTold, Week, Window};
use crate::simulate::{self, Options, SimulateError, Year};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

/// 模拟一整年的征集：生成邮件，用真实的流程处理，列出结果并自行核对
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui simulate [选项]",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui simulate\n  zhihui simulate --seed 7 --mails 200 --dir 模拟\n  zhihui simulate --format json\n\n时间由程序推进，不等待也不向外发信；同一种子结果相同\n提醒和周报各在应发之日发出一次，否则列出差别，退出码为 1"
)]
pub struct Simulate {
    /// 随机数种子，默认 1
    #[arg(long, value_name = "种子", default_value_t = 1, hide_default_value = true)]
    seed: u64,
    /// 邮件封数，默认 2000
    #[arg(long, value_name = "封数", default_value_t = 2000, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    mails: u32,
    /// 空文件夹，结果留在其中，默认 simulate
    #[arg(long, value_name = "文件夹", default_value = "simulate", hide_default_value = true)]
    dir: PathBuf,
    /// 第一天，默认 2023-05-23
    #[arg(long, value_name = "日期", default_value = "2023-05-23", hide_default_value = true)]
    from: Date,
    /// 到这一天之前为止，默认 2024-01-10
    #[arg(long, value_name = "日期", default_value = "2024-01-10", hide_default_value = true)]
    until: Date,
    /// 输出格式：text 或 json，默认 text
    #[arg(long, value_enum, default_value_t = SimulateFormat::Text, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: SimulateFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SimulateFormat {
    #[value(alias = "table")]
    Text,
    Json,
}

const WINDOWS: &[Column<Window>] = &[
    ("征集窗口", |row| row.name.clone()),
    ("案例", |row| row.cases.to_string()),
    ("材料齐全", |row| row.accepted.to_string()),
    ("待补正", |row| row.needs_correction.to_string()),
    ("逾期", |row| row.late.to_string()),
];

const ACTIVITIES: &[Column<ActivityTold>] =
    &[("时间", |row| row.time.clone()), ("活动事项", |row| row.item.clone()), ("周报提示期数", |row| row.digests.to_string())];

const WEEKS: &[Column<Week>] = &[
    ("周一", |row| row.from.to_string()),
    ("来信", |row| row.mails.to_string()),
    ("新案例", |row| row.cases.to_string()),
    ("收件回执", |row| row.acknowledgements.to_string()),
    ("补正通知", |row| row.corrections.to_string()),
    ("补正提醒", |row| row.reminders.to_string()),
    ("其他答复", |row| row.other_replies.to_string()),
    ("周报", |row| row.digests.to_string()),
];

impl Simulate {
    /// Plays the year and tells it.
    pub async fn run(&self) -> Result<(), Failure> {
        if self.from >= self.until {
            return Err(Failure::usage("--from 应早于 --until"));
        }
        let options =
            Options { seed: self.seed, mails: usize::try_from(self.mails).unwrap_or_default(), from: self.from, until: self.until };
        let program = std::env::current_exe().map_err(Failure::failed)?;
        let told = |month: Date| eprintln!("正在模拟{}", month.strftime("%Y年%-m月"));
        let year = simulate::play(&options, &self.dir, program, told).await?;
        match self.format {
            SimulateFormat::Json => output::print(&(serde_json::to_string_pretty(&year).map_err(Failure::failed)? + "\n"))?,
            SimulateFormat::Text => tell(&year)?,
        }
        eprintln!("回复在 {}，可接着用 --config {} 查看。", self.dir.join("replies").display(), self.dir.join("zhihui.toml").display());
        if year.differences.is_empty() {
            eprintln!("核对无误：提醒和周报各在应发之日发出一次。");
            return Ok(());
        }
        year.differences.iter().for_each(|difference| eprintln!("{difference}"));
        Err(Failure::failed(format!("有{}处与应发的不符", year.differences.len())))
    }
}

fn tell(year: &Year) -> Result<(), Failure> {
    let sum = |of: &std::collections::BTreeMap<String, u64>| of.values().sum::<u64>();
    output::print(&format!("来信{}封，发出{}封\n\n各窗口\n", sum(&year.mails), sum(&year.replies)))?;
    output::list(&year.windows, Format::Table, WINDOWS)?;
    output::print("\n各批次\n")?;
    output::list(&year.batches, Format::Table, WINDOWS)?;
    output::print("\n活动计划\n")?;
    output::list(&year.activities, Format::Table, ACTIVITIES)?;
    output::print("\n各周\n")?;
    output::list(&year.weeks, Format::Table, WEEKS)
}

impl From<SimulateError> for Failure {
    fn from(error: SimulateError) -> Failure {
        match error {
            SimulateError::Config(error) => error.into(),
            SimulateError::Daemon(error) => error.into(),
            SimulateError::Store(error) => error.into(),
            error @ (SimulateError::Folder { .. } | SimulateError::Form(_)) => Failure::failed(error),
        }
    }
}
