//! `message list`: the ledger.

use super::Failure;
use super::list::ListArgs;
use super::output::{self, Column};
use super::quarantine::WITHHELD;
use crate::app::App;
use crate::store::MessageRow;
use clap::{Args, Subcommand};

/// 查邮件台账
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui message [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui message list"
)]
pub struct Message {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出收到的每一封邮件和它的处理结果
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui message list [选项]",
        after_help = "示例：\n  zhihui message list --status quarantined\n  zhihui message list --since 2023-06-01 --text 转发\n\n状态：case 立案、revision 新版本、possible_revision 待并案、\n      supplement 补充、duplicate 重复、guidance 已告知如何报送、\n      inquiry 待人工答复、automatic 自动邮件、quarantined 隔离、\n      skipped 过早未处理、received 待处理"
    )]
    List(ListArgs),
}

const COLUMNS: &[Column<MessageRow>] = &[
    ("序号", |row| row.id.to_string()),
    ("收到", |row| row.received_at.get(..16).unwrap_or_default().replace('T', " ")),
    ("发件人", |row| row.from.address.clone()),
    ("主题", |row| row.subject.clone()),
    ("处理", |row| disposition(row.disposition.as_deref()).to_owned()),
    ("案例", |row| row.case_numbers.join(" ")),
    ("说明", |row| row.because.clone()),
];

impl Message {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let Action::List(args) = &self.action;
        let rows = app.store.list_messages(&args.filter()?).await?;
        let rows: Vec<MessageRow> = rows.into_iter().map(withheld).collect();
        output::list(&rows, args.format, COLUMNS)
    }
}

/// Of a mail that looks classified the ledger shows where it is, and nothing that it says: who has to read it
/// asks for it by name (`quarantine show`).
fn withheld(mut row: MessageRow) -> MessageRow {
    if row.classified {
        WITHHELD.clone_into(&mut row.subject);
        row.from.name = None;
    }
    row
}

fn disposition(value: Option<&str>) -> &str {
    match value {
        None => "待处理",
        Some("case") => "立案",
        Some("revision") => "新版本",
        Some("possible_revision") => "待并案",
        Some("supplement") => "补充",
        Some("duplicate") => "重复",
        Some("guidance") => "已告知如何报送",
        Some("inquiry") => "待人工答复",
        Some("automatic") => "自动邮件",
        Some("quarantined") => "隔离",
        Some("skipped") => "未处理（过早）",
        Some(other) => other,
    }
}
