//! `digest unsent`: the cities and units that have sent nothing (未报送名单), with a text for the chat group. Nothing is sent.

use super::Failure;
use super::digest::{campaign, read};
use super::output::{self, Column, Format, visible};
use crate::daemon::Editor;
use crate::model::{campaign::Campaign, time};
use crate::report::unsent;
use clap::Args;
use jiff::{ToSpan, civil::Date};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Unsent {
    /// 征集窗口，如 2023-06、2023-H1，all 为全部，默认当前的阶段性征集
    #[arg(long, value_name = "窗口")]
    window: Option<String>,
    /// 应报送单位的名单，XLSX 或每行一个单位的文本
    #[arg(long, value_name = "文件")]
    units: Option<PathBuf>,
    /// 只显示可发到工作群的文字
    #[arg(long)]
    text: bool,
    /// 征集活动，如 2023；配置了几个时要写明
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    /// 输出格式：table、json、jsonl 或 csv，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: Format,
}

/// A row of the list.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    name: String,
}

const COLUMNS: &[Column<Row>] = &[
    ("类别", |row| match row.kind {
        "region" => "市州".into(),
        "unit" => "单位".into(),
        _ => "来信未报送".into(),
    }),
    ("名称", |row| row.name.clone()),
];

impl Unsent {
    /// Runs it.
    pub async fn run(&self, editor: &Editor) -> Result<(), Failure> {
        let file = campaign(editor, self.campaign.as_deref())?;
        let campaign = &file.campaign;
        let today = time::local(editor.clock.now()).date();
        let window = self.window(campaign, today)?;
        let roster = editor.store.roster(&campaign.id).await?;
        let listed = match &self.units {
            Some(path) => {
                let bytes = read(path)?;
                unsent::units(&bytes).map_err(Failure::failed)?
            }
            None => roster.units.iter().map(|unit| unit.name.clone()).collect(),
        };
        let mut cases = editor.store.case_facts(&campaign.id, i64::MAX).await?;
        cases.retain(|case| window.id.as_deref().is_none_or(|id| case.month.as_deref() == Some(id) || case.batch.as_deref() == Some(id)));
        let wrote = editor.store.wrote_without_case(&campaign.id).await?;
        let unsent = unsent::unsent(&cases, (&listed, &roster), &wrote, &editor.regions);
        let notice = unsent.notice(campaign, &window.name, today, window.last_day.filter(|last| *last >= today));
        if self.text {
            return output::print(&format!("{notice}\n"));
        }
        let kinds = [("region", &unsent.regions), ("unit", &unsent.units), ("wrote", &unsent.wrote)];
        let rows: Vec<Row> =
            kinds.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| Row { kind, name: name.clone() })).collect();
        output::list(&rows, self.format, COLUMNS)?;
        eprintln!("{}：{}条。可发到工作群的文字（不会自动发送）：", window.name, rows.len());
        eprintln!("{}", visible(&notice));
        Ok(())
    }

    fn window(&self, campaign: &Campaign, today: Date) -> Result<Window, Failure> {
        let calendar = &campaign.calendar;
        let whole = || Window { id: None, name: "本次征集".into(), last_day: calendar.closes.yesterday().ok() };
        let batch = |batch: &crate::model::campaign::Batch| Window {
            id: Some(batch.id.clone()),
            name: batch.name.clone(),
            last_day: batch.until.yesterday().ok(),
        };
        let Some(asked) = self.window.as_deref() else {
            let current = calendar.batches.iter().find(|one| one.from <= today && today < one.until);
            return Ok(current.map_or_else(whole, batch));
        };
        if asked == "all" {
            return Ok(whole());
        }
        if let Some(found) = calendar.batches.iter().find(|one| one.id.eq_ignore_ascii_case(asked)) {
            return Ok(batch(found));
        }
        let first: Option<Date> = format!("{asked}-01").parse().ok().filter(|_| asked.len() == 7);
        let first = first.ok_or_else(|| Failure::usage(format!("没有“{}”这个窗口，应写成 2023-06 或 2023-H1 这样", visible(asked))))?;
        let next = first.saturating_add(1.month());
        let name = format!("{}年{}月常态化征集", first.year(), first.month());
        Ok(Window { id: Some(asked.to_owned()), name, last_day: next.yesterday().ok() })
    }
}

/// Which cases are looked at.
struct Window {
    id: Option<String>,
    name: String,
    last_day: Option<Date>,
}
