//! `message list|show|export`: the ledger, and what one mail says.

mod show;

use super::Failure;
use super::list::{Desk, ListArgs, Noun};
use super::output::{Field, Tone};
use super::quarantine::WITHHELD;
use super::{progress, words};
use crate::app::App;
use crate::config::ViewOf;
use crate::store::{MessageRow, order};
use clap::{Args, Subcommand};

/// 查邮件台账
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui message [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui message list --view 待答复\n  zhihui message show 12"
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
        after_help = "示例：\n  zhihui message list --view 待答复\n  zhihui message list --since 上周一 --text 转发\n\n状态：case 立案、revision 新版本、possible_revision 待并案、\n      supplement 补充、duplicate 重复、guidance 已告知如何报送、\n      inquiry 要人工答复的来信、unanswered 其中未答复的、\n      automatic 自动邮件、quarantined 隔离、skipped 过早未处理、received 待处理\n视图：待答复、隔离、待处理"
    )]
    List(Box<ListArgs>),
    /// 看一封邮件：正文、附件、怎样处理的
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui message show [选项] <序号>",
        after_help = "示例：\n  zhihui message show 12\n  zhihui message show 12 --format json\n\n疑似涉密的不显示内容；查看记入审计日志"
    )]
    Show(show::Show),
    /// 把邮件原文写到文件、文件夹或标准输出
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui message export [选项] <序号> [去处]",
        after_help = "示例：\n  zhihui message export 12\n  zhihui message export 12 原件.eml\n  zhihui message export 12 - | less\n\n去处可以是文件、已有的文件夹或 -（标准输出），默认当前文件夹；记入审计日志"
    )]
    Export(show::Export),
}

type Key = Field<MessageRow>;

const FIELDS: &[Key] = &[
    Key::new("id", "序号", |row| row.id.to_string()).shown(0),
    Key::new("mailbox", "邮箱", |row| row.mailbox.clone()),
    Key::new("uid", "UID", |row| row.uid.map(|uid| uid.to_string()).unwrap_or_default()),
    Key::new("sha256", "SHA-256", |row| row.sha256.clone().unwrap_or_default()),
    Key::new("message_id", "Message-ID", |row| row.message_id.clone().unwrap_or_default()),
    Key::new("received_at", "收到", |row| words::minute(&row.received_at)).shown(2),
    Key::new("received_source", "收到依据", |row| row.received_source.clone()),
    Key::new("from", "发件人", |row| row.from.address.clone()).shown(1).elastic(16),
    Key::new("subject", "主题", |row| row.subject.clone()).shown(0).elastic(20),
    Key::new("bytes", "大小", |row| words::size(row.bytes)),
    Key::new("kind", "种类", |row| row.kind.as_deref().map(words::kind).unwrap_or_default().to_owned()),
    Key::new("disposition", "处理", |row| ended(row).to_owned()).shown(0).toned(tone),
    Key::new("case_numbers", "案例", |row| row.case_numbers.join(" ")).shown(3).elastic(14),
    Key::new("answered", "已答复", |row| words::yes(row.answered).to_owned()),
    Key::new("because", "说明", |row| row.because.clone()).shown(4).elastic(16),
    Key::new("duplicate_of", "重复于", |row| row.duplicate_of.map(|id| id.to_string()).unwrap_or_default()),
    Key::new("classified", "疑似涉密", |row| words::yes(row.classified).to_owned()),
    Key::new("attempts", "试过", |row| row.attempts.to_string()),
    Key::new("last_error", "出错", |row| row.last_error.clone().unwrap_or_default()),
    Key::new("campaign", "征集活动", |row| row.campaign.clone()),
];

const NOUN: Noun = Noun {
    views: ViewOf::Message,
    statuses: words::DISPOSITIONS,
    orders: order::MESSAGES,
    measure: "封",
    command: "zhihui message list",
    when_empty: "zhihui poll   收一次信，再来看",
};

/// How it ended; an inquiry also whether somebody has answered.
fn ended(row: &MessageRow) -> &str {
    match row.disposition.as_deref() {
        Some("inquiry") if row.answered => "已答复",
        end => words::disposition(end),
    }
}

fn tone(row: &MessageRow) -> Tone {
    match row.disposition.as_deref() {
        Some("case" | "revision" | "supplement") => Tone::Good,
        Some("inquiry") if row.answered => Tone::Good,
        Some("inquiry" | "possible_revision") => Tone::Open,
        Some("quarantined") => Tone::Bad,
        Some("duplicate" | "automatic" | "skipped") => Tone::Faint,
        Some(_) | None => Tone::Plain,
    }
}

impl Message {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(args) => list(args, app).await,
            Action::Show(show) => show.run(app).await,
            Action::Export(export) => export.run(app).await,
        }
    }
}

async fn list(args: &ListArgs, app: &App) -> Result<(), Failure> {
    let query = args.query(&Desk::of_list(app, args, &NOUN).await?, &NOUN, FIELDS)?;
    let rows = progress::patiently("正在读取", app.store.list_messages(&query.filter)).await?;
    let all = if query.is_cut(rows.len()) { Some(app.store.count_messages(&query.filter).await?) } else { None };
    let rows: Vec<MessageRow> = rows.into_iter().map(withheld).collect();
    let first = |end: &str| rows.iter().find(|row| row.disposition.as_deref() == Some(end) && !row.answered);
    let quarantined = first("quarantined").map(|_| "zhihui quarantine list   看隔离的邮件，逐封处置".to_owned());
    let shown = rows.iter().find(|row| !row.classified).map(|row| format!("zhihui message show {}   看一封的正文和附件", row.id));
    let asking = first("inquiry").map(|row| format!("zhihui case answer {} --text 文件 --reason 原因   答复来信", row.id));
    query.print(&rows, FIELDS, all, &shown.into_iter().chain(quarantined).chain(asking).collect::<Vec<_>>())
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
