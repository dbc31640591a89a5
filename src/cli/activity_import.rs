//! `activity import`: a plan out of a table, held against the campaign file's own, and put in its place where that is confirmed.

use super::activity::hand_over;
use super::form::campaign_and_path;
use super::output::{self, Column, Format, visible_lines};
use super::{Failure, rewrite};
use crate::config::{CampaignFile, parse_campaign};
use crate::intake::document::{self, Limits};
use crate::intake::unpack::{FileType, file_type};
use crate::model::campaign::Activity;
use crate::report::activity::{self, import::Imported, plan, plan::Change};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The largest file that is read as a plan.
const LARGEST: u64 = 32 << 20;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Import {
    /// 活动计划，.docx 或 .xlsx
    #[arg(value_name = "文件", help_heading = "参数")]
    file: PathBuf,
    /// 计划的年度，默认取表中所写的，其次取征集活动的年度
    #[arg(long, value_name = "年度", value_parser = clap::value_parser!(i16).range(2000..2100))]
    year: Option<i16>,
    /// 征集活动文件，默认用配置中的或内置的
    #[arg(long, value_name = "文件")]
    campaign: Option<PathBuf>,
    /// 确认写入征集活动文件；不写则只预览
    #[arg(long, conflicts_with = "to")]
    yes: bool,
    /// 只把 [[activity]] 各节写到另一个文件，- 为屏幕
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
}

/// A row of the table, and how it stands to the plan that is there.
#[derive(Serialize)]
struct Row {
    activity: Activity,
    change: Change,
}

const COLUMNS: &[Column<Row>] = &[
    ("对照", |row| row.change.label().to_owned()),
    ("时间", |row| row.activity.time.clone()),
    ("起", |row| row.activity.from.to_string()),
    ("止（不含）", |row| row.activity.until.to_string()),
    ("重复", |row| activity::recurs(&row.activity)),
    ("活动事项", |row| format!("{}{}", row.activity.item, row.activity.certainty.label())),
    ("主办处室/单位", |row| row.activity.hosts.join("、")),
];

impl Import {
    /// Runs it.
    pub fn run(&self, config: Option<&Path>) -> Result<(), Failure> {
        let (known, path) = campaign_and_path(self.campaign.as_deref(), config)?;
        let read = table(&self.file, self.year.unwrap_or_else(|| known.campaign.calendar.opens.year()))?;
        for fault in &read.faults {
            eprintln!("{}", visible_lines(&fault.to_string()));
        }
        if !read.faults.is_empty() {
            let found = format!("读出{}项活动，{}处不能识别", read.activities.len(), read.faults.len());
            return Err(Failure::failed(format!("{found}，请改正表格后重试")));
        }
        if let Some(to) = &self.to {
            let text = plan::section(&read.activities).map_err(Failure::failed)?;
            let to = (to != Path::new("-")).then_some(to.as_path());
            return hand_over(text.as_bytes(), to, &format!("{}项活动", read.activities.len()));
        }
        if !show(&known, &read.activities)? {
            eprintln!("与征集活动文件中的计划相同，无须写入");
            return Ok(());
        }
        match (self.yes, path) {
            (false, Some(path)) => {
                eprintln!("未作改动；核对无误后加 --yes 写入 {}", path.display());
                Ok(())
            }
            (false, None) => {
                eprintln!("未作改动；现用的是内置的征集活动文件，请用 --campaign 指定要写入的文件，或用 --to 另存");
                Ok(())
            }
            (true, None) => Err(Failure::usage("现用的是内置的征集活动文件，请用 --campaign 指定要写入的文件，或用 --to 另存")),
            (true, Some(path)) => write(&known, &path, &read.activities),
        }
    }
}

/// Shows the plan as it was read, and what is gone; false where nothing changes.
fn show(known: &CampaignFile, activities: &[Activity]) -> Result<bool, Failure> {
    let before = &known.campaign.activities;
    let (changes, gone) = plan::compare(before, activities);
    let rows: Vec<Row> = activities.iter().cloned().zip(changes).map(|(activity, change)| Row { activity, change }).collect();
    output::list(&rows, Format::Table, COLUMNS)?;
    for activity in &gone {
        eprintln!("{}", visible_lines(&format!("取消：{}　{}（{}）", activity.time, activity.item, activity.hosts.join("、"))));
    }
    let count = |change: Change| rows.iter().filter(|row| row.change == change).count();
    eprintln!(
        "读出{}项活动：新增{}项，变动{}项，不变{}项；现行计划中取消{}项",
        rows.len(),
        count(Change::New),
        count(Change::Changed),
        count(Change::Same),
        gone.len()
    );
    Ok(before.as_slice() != activities)
}

/// Writes the campaign file, once what it says then was read and is right.
fn write(known: &CampaignFile, path: &Path, activities: &[Activity]) -> Result<(), Failure> {
    let text = plan::replaced(&known.text, activities).map_err(Failure::failed)?;
    let read = parse_campaign(&path.display().to_string(), text)?;
    if read.campaign.activities != activities {
        return Err(Failure::failed("写出的计划读回后不一致，未作改动"));
    }
    let kept = rewrite::rewrite(path, &known.text, &read.text)?;
    eprintln!("已写入 {}：{}项活动；原文件留存为 {}", path.display(), activities.len(), kept.display());
    eprintln!("正在运行的 zhihui run 收到 SIGHUP 或重启后按新的计划");
    Ok(())
}

fn table(path: &Path, year: i16) -> Result<Imported, Failure> {
    let name = path.display();
    let size = std::fs::metadata(path).map_err(|error| Failure::of_file(&name, "无法读取", &error))?.len();
    if size > LARGEST {
        return Err(Failure::failed(format!("{name} 过大，不像活动计划表")));
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::of_file(&name, "无法读取", &error))?;
    let FileType::Document(format) = file_type(&bytes, &path.to_string_lossy()) else {
        return Err(Failure::failed(format!("{name} 不是 Word 或 Excel 文件")));
    };
    match document::read(format, &bytes, &Limits::default()) {
        Some(Ok(document)) => Ok(activity::import::import(&document, year)),
        Some(Err(error)) => Err(Failure::failed(format!("{name} 无法读取：{error}"))),
        None => Err(Failure::failed(format!("{name} 是本程序不能读取的格式，请另存为 .docx 或 .xlsx"))),
    }
}
