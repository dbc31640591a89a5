//! `ledger export|import`: the ledger as a workbook, and what people filled into it back into the record.

use super::Failure;
use super::digest::{campaign, read, write_new};
use super::list::ShapeArgs;
use super::output::{Field, Format, visible};
use crate::app::App;
use crate::model::time;
use crate::report::ledger::{self, Change, Contacts, Fault};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// 导出案例台账，导回填好的台账
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui ledger [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui ledger export\n  zhihui ledger import 台账.xlsx"
)]
pub struct Ledger {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 写出台账（XLSX）：一行一件，附按市州、按征集窗口的统计
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui ledger export [选项]",
        after_help = "示例：\n  zhihui ledger export\n  zhihui ledger export --to 台账.xlsx\n  zhihui ledger export --to 联络用.xlsx --with-contacts --reason 电话催报\n\n联系人和电话默认隐藏一部分；写全的须两人先后运行同样的命令"
    )]
    Export(Export),
    /// 把台账中填好的处理意见、承办人、备注导入系统
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui ledger import [选项] <文件>",
        after_help = "示例：\n  zhihui ledger import 台账.xlsx\n  zhihui ledger import 台账.xlsx --yes\n\n不加 --yes 只显示改动；空着的格不改变原有内容，要清除请写“清空”"
    )]
    Import(Import),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Export {
    /// 写到哪个文件，默认以截至日期为名写在当前文件夹
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
    /// 联系人和电话写全；须两人先后运行同样的命令
    #[arg(long, requires = "reason")]
    with_contacts: bool,
    /// 为什么要写全，记入审计日志
    #[arg(long, value_name = "原因", value_parser = super::act::reason)]
    reason: Option<String>,
    /// 征集活动，如 2023；配置了几个时要写明
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Import {
    /// 填好的台账
    #[arg(value_name = "文件", help_heading = "参数")]
    file: PathBuf,
    /// 为什么导入，记入审计日志
    #[arg(long, value_name = "原因")]
    reason: Option<String>,
    /// 确认导入
    #[arg(long)]
    yes: bool,
    /// 征集活动，如 2023；配置了几个时要写明
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    #[command(flatten)]
    shape: ShapeArgs,
}

/// A change as it is shown.
#[derive(Debug, Serialize)]
struct Row {
    number: String,
    field: &'static str,
    label: &'static str,
    before: String,
    after: String,
}

type Key = Field<Row>;

const FIELDS: &[Key] = &[
    Key::new("number", "编号", |row| row.number.clone()).shown(0),
    Key::new("field", "键", |row| row.field.to_owned()),
    Key::new("label", "栏目", |row| row.label.to_owned()).shown(0),
    Key::new("before", "原内容", |row| row.before.clone()).shown(1).elastic(12),
    Key::new("after", "新内容", |row| if row.after.is_empty() { "（清空）".into() } else { row.after.clone() }).shown(0).elastic(12),
];

impl Ledger {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::Export(export) => export.run(app).await,
            Action::Import(import) => import.run(app).await,
        }
    }
}

impl Export {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let editor = app.editor().await?;
        let file = campaign(&editor, self.campaign.as_deref())?;
        let now = app.clock.now();
        let cases = super::progress::patiently("正在读取", app.store.case_facts(&file.campaign.id, i64::MAX)).await?;
        let contacts = if self.with_contacts { Contacts::Shown } else { Contacts::Masked };
        let bytes = editor.ledger(&cases, &file.campaign, now, contacts)?;
        let default = || PathBuf::from(format!("案例台账（截至{}）.xlsx", time::local(now).strftime("%Y-%m-%d")));
        if self.with_contacts {
            let subject = format!("campaign/{}", file.campaign.id);
            let detail = json!({"cases": cases.len()});
            if !super::approval::of_contacts(app, &subject, &detail, self.reason.as_deref()).await? {
                return Ok(());
            }
        }
        write_new(&self.to.clone().unwrap_or_else(default), &bytes)
    }
}

impl Import {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let editor = app.editor().await?;
        let id = campaign(&editor, self.campaign.as_deref())?.campaign.id.clone();
        let (filled, mut faults) = ledger::read(&read(&self.file)?).map_err(Failure::failed)?;
        let (changes, unknown) = ledger::changes(&filled, &app.store.ledger_entries(&id).await?);
        faults.extend(unknown);
        if !faults.is_empty() {
            let lines: Vec<String> = faults.iter().map(line).collect();
            return Err(Failure::failed(format!("{}\n共{}处有误，没有导入任何内容；请改好后再导入", lines.join("\n"), faults.len())));
        }
        if !changes.is_empty() || self.shape.format != Format::Table {
            self.shape.print(changes.iter().map(row).collect(), FIELDS, "处")?;
        }
        if changes.is_empty() {
            eprintln!("台账共{}件，没有需要导入的改动", filled.len());
            return Ok(());
        }
        if !self.yes {
            eprintln!("以上{}处改动还没有导入；核对无误后加上 --yes", changes.len());
            return Ok(());
        }
        apply(app, &changes, self.reason.as_deref()).await?;
        eprintln!("已导入{}处改动", changes.len());
        Ok(())
    }
}

/// All of them or none, in one transaction.
async fn apply(app: &App, changes: &[Change], reason: Option<&str>) -> Result<(), Failure> {
    let by = super::actor::by(app, reason);
    let mut tx = app.store.begin().await?;
    for change in changes {
        if !tx.set_ledger_entry((change.case, &change.number), change.field, &change.before, &change.after, &by).await? {
            return Err(Failure::later(format!("{}的{}刚刚被别人改过，没有导入任何内容；请重新导入", change.number, change.label)));
        }
    }
    Ok(tx.commit().await?)
}

fn line(fault: &Fault) -> String {
    visible(&format!("{}：{}", fault.cell, fault.sentence))
}

fn row(change: &Change) -> Row {
    let Change { number, field, label, before, after, .. } = change.clone();
    Row { number, field, label, before, after }
}
