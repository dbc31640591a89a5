//! `case list` and `case show`.

use super::case_export::Export;
use super::list::ListArgs;
use super::output::{self, Column, Format, visible};
use super::{Failure, outbox};
use crate::app::App;
use crate::model::reading::CaseStatus;
use crate::store::{CaseDetail, CaseRow};
use clap::{Args, Subcommand, ValueEnum};
use std::fmt::Write;

/// 查案例
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui case [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui case list\n  zhihui case show JCZH-2023-0001"
)]
pub struct Case {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出案例
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case list [选项]",
        after_help = "示例：\n  zhihui case list --status needs_correction --region 十堰\n  zhihui case list --window 2023-H1 --format csv\n\n状态：accepted 材料齐全、needs_correction 待补正、late 逾期、\n      possible_revision 待并案"
    )]
    List(Box<ListArgs>),
    /// 显示一件案例的全部情况
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case show [选项] <编号>",
        after_help = "示例：\n  zhihui case show JCZH-2023-0001\n  zhihui case show JCZH-2023-0001 --format json"
    )]
    Show(Show),
    /// 把案例写成文件：申报表、证明材料、案例记录和校验值
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case export [选项] --to <文件夹或压缩包> <编号>…",
        after_help = "示例：\n  zhihui case export JCZH-2023-0001 --to 案例\n  zhihui case export JCZH-2023-0001 JCZH-2023-0002 --to 案例.zip\n\n写出的文件可用 sha256sum -c SHA256SUMS 核对"
    )]
    Export(Export),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Show {
    /// 案例编号
    #[arg(value_name = "编号", help_heading = "参数")]
    number: String,
    /// 输出格式：text 或 json，默认 text
    #[arg(long, value_enum, default_value_t = ShowFormat::Text, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    #[value(alias = "table")]
    Text,
    #[value(alias = "jsonl")]
    Json,
}

/// The columns of the backlog.
pub const COLUMNS: &[Column<CaseRow>] = &[
    ("编号", |row| row.number.clone().unwrap_or_else(|| format!("（待并案，原{}）", row.possibly_of.as_deref().unwrap_or("案例")))),
    ("状态", |row| CaseStatus::parse(&row.status).map_or(row.status.clone(), |status| status.label().to_owned())),
    ("案例题目", |row| row.title.clone().unwrap_or_else(|| "（未填）".into())),
    ("报送单位", |row| row.unit.clone().unwrap_or_else(|| "（未填）".into())),
    ("市州", |row| region(row.region.as_deref()).to_owned()),
    ("窗口", |row| {
        if row.late {
            "逾期".into()
        } else {
            [row.month.as_deref(), row.batch.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    }),
    ("收到", |row| row.received_at.get(..16).unwrap_or_default().replace('T', " ")),
    ("需补正", |row| row.defects.iter().filter(|defect| defect.severity == "correct").count().to_string()),
];

impl Case {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(args) => output::list(&app.store.list_cases(&args.filter()?).await?, args.format, COLUMNS),
            Action::Show(show) => show.run(app).await,
            Action::Export(export) => export.run(app).await,
        }
    }
}

/// Prints the backlog as a table.
pub fn backlog(rows: &[CaseRow]) -> Result<(), Failure> {
    output::list(rows, Format::Table, COLUMNS)
}

fn region(value: Option<&str>) -> &str {
    match value {
        None => "未定",
        Some("province") => "省直",
        Some(name) => name,
    }
}

impl Show {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let detail = app.store.case_detail(&self.number).await?;
        let detail =
            detail.ok_or_else(|| Failure::failed(format!("没有编号为 {} 的案例，请用 zhihui case list 查看", visible(&self.number))))?;
        output::print(&match self.format {
            ShowFormat::Json => serde_json::to_string_pretty(&detail).map_err(Failure::failed)? + "\n",
            ShowFormat::Text => page(&detail),
        })
    }
}

fn page(detail: &CaseDetail) -> String {
    let case = &detail.case;
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(out, "{label}  {}", visible(value));
    };
    for (label, cell) in COLUMNS.iter().take(7) {
        line(label, &cell(case));
    }
    line("类别", &case.categories.join("、"));
    if let Some(latest) = detail.revisions.last() {
        let reading = &latest.reading;
        line("联系人", reading.contact.name.as_deref().unwrap_or("（未填）"));
        line("电话", &reading.contact.phones.join("、"));
        line("介绍字数", &reading.introduction.words.to_string());
    }
    line("公章", &case.seal);
    section(
        &mut out,
        "问题",
        case.defects.iter().map(|defect| {
            let whose = if defect.severity == "correct" { "需补正" } else { "待核查" };
            format!("{whose}  {}", defect.message)
        }),
    );
    section(&mut out, "材料", detail.evidence.iter().map(|file| format!("{}（{}字节，{}）", file.name, file.bytes, file.role)));
    section(
        &mut out,
        "版本",
        detail
            .revisions
            .iter()
            .map(|revision| format!("第{}版  收到 {}  邮件序号 {}", revision.revision, revision.received_at, revision.message)),
    );
    section(
        &mut out,
        "邮件",
        detail.messages.iter().map(|message| format!("{}  {}  {}", message.received_at, message.from.address, message.subject)),
    );
    section(
        &mut out,
        "回复",
        detail.outbox.iter().map(|mail| {
            let when = mail.sent_at.as_deref().or(mail.next_attempt_at.as_deref()).unwrap_or("");
            let why = mail.last_error.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
            format!("{}  {}  {}  {when}{why}", outbox::state(&mail.state), mail.to, mail.subject)
        }),
    );
    out
}

fn section(out: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}");
    for line in lines {
        let _ = writeln!(out, "  {}", visible(&line));
    }
}
