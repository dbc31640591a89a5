//! `digest unsent`: the cities and units that have sent nothing (未报送名单), with a text for the chat group. Nothing is sent.

use super::Failure;
use super::digest::{campaign, read};
use super::list::{Desk, ShapeArgs, resolve};
use super::output::{self, Field, visible};
use crate::daemon::Editor;
use crate::intake::window as windows;
use crate::model::{campaign::Campaign, time};
use crate::report::unsent;
use clap::Args;
use jiff::civil::Date;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Unsent {
    /// 征集窗口，如 2023-06、6月、上半年，all 为全部，默认当前的阶段性征集
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
    #[command(flatten)]
    shape: ShapeArgs,
}

/// A row of the list.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    name: String,
}

type Key = Field<Row>;

const FIELDS: &[Key] = &[
    Key::new("kind", "类别", |row| match row.kind {
        "region" => "市州".into(),
        "unit" => "单位".into(),
        _ => "来信未报送".into(),
    })
    .shown(0),
    Key::new("name", "名称", |row| row.name.clone()).shown(0).elastic(16),
];

impl Unsent {
    /// Runs it.
    pub async fn run(&self, editor: &Editor) -> Result<(), Failure> {
        let file = campaign(editor, self.campaign.as_deref())?;
        let campaign = &file.campaign;
        let today = time::local(editor.clock.now()).date();
        let window = self.window(campaign, today, &Desk::of_file(&file, editor.clock.now())?)?;
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
        let count = rows.len();
        self.shape.print(rows, FIELDS, "条")?;
        eprintln!("{}：{count}条。可发到工作群的文字（不会自动发送）：", window.name);
        eprintln!("{}", visible(&notice));
        Ok(())
    }

    fn window(&self, campaign: &Campaign, today: Date, desk: &Desk) -> Result<Window, Failure> {
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
        if matches!(asked, "all" | "全部") {
            return Ok(whole());
        }
        let name = resolve("窗口", asked, &desk.windows())?;
        let window = windows::all(calendar).into_iter().find(|window| window.id == name);
        let window = window.ok_or_else(|| Failure::usage(format!("没有“{}”这个窗口", visible(asked))))?;
        Ok(Window { id: Some(window.id), name: window.name, last_day: time::local(window.until).date().yesterday().ok() })
    }
}

/// Which cases are looked at.
struct Window {
    id: Option<String>,
    name: String,
    last_day: Option<Date>,
}
