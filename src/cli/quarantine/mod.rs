//! `quarantine list|show|export|replay|dismiss`: what is held for a person, and what the person does with it.
//!
//! What looks classified is shown without anything that the mail says, unless that is asked for
//! (`--with-content`); so is it exported (design rule 13).

pub(super) mod export;
mod show;

use super::list::{Desk, ListArgs, Noun};
use super::output::Field;
use super::{Failure, actor, progress, waiting, words};
use crate::app::App;
use crate::config::ViewOf;
use crate::store::{Asked, BlobError, Part, QuarantineRow, order};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Stands for what a mail that looks classified says.
pub(super) const WITHHELD: &str = "（疑似涉密，内容不显示）";

/// 看隔离区，重新处理或处置
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui quarantine [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui quarantine list\n  zhihui quarantine show 12\n  zhihui quarantine replay 12\n  zhihui quarantine dismiss 12 --reason 已电话联系报送单位"
)]
pub struct Quarantine {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出隔离的邮件和原因
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui quarantine list [选项]",
        after_help = "示例：\n  zhihui quarantine list\n  zhihui quarantine list --status dismissed\n\n状态：open 待处置（默认）、dismissed 已处置"
    )]
    List(Box<List>),
    /// 显示一封隔离邮件的情况和可以怎样处置
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui quarantine show [选项] <序号>",
        after_help = "示例：\n  zhihui quarantine show 12\n  zhihui quarantine show 12 --with-content"
    )]
    Show(Show),
    /// 把邮件原文写到文件、文件夹或标准输出
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui quarantine export [选项] <序号> [去处]",
        after_help = "示例：\n  zhihui quarantine export 12\n  zhihui quarantine export 12 原件.eml\n  zhihui quarantine export 12 - | less\n\n去处可以是文件、已有的文件夹或 -（标准输出），默认当前文件夹；文件名由序号而来"
    )]
    Export(Export),
    /// 让邮件重新走一遍处理，答复过它的邮件随后重新判定
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui quarantine replay [选项] <序号>...",
        after_help = "示例：\n  zhihui quarantine replay 12\n  zhihui quarantine replay 12 13"
    )]
    Replay(Replay),
    /// 记下已另行处置，移出待处置清单
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui quarantine dismiss [选项] --reason <原因> <序号>...",
        after_help = "示例：\n  zhihui quarantine dismiss 12 --reason 已电话联系报送单位"
    )]
    Dismiss(Dismiss),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    list: ListArgs,
    #[command(flatten)]
    content: Content,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Content {
    /// 疑似涉密的邮件也显示内容
    #[arg(long)]
    with_content: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Show {
    /// 邮件的序号，见 zhihui quarantine list
    #[arg(value_name = "序号", help_heading = "参数")]
    id: i64,
    #[command(flatten)]
    content: Content,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Export {
    /// 邮件的序号，见 zhihui quarantine list
    #[arg(value_name = "序号", help_heading = "参数")]
    id: i64,
    /// 文件、文件夹或 -，默认当前文件夹
    #[arg(value_name = "去处", help_heading = "参数", default_value = ".", hide_default_value = true)]
    to: PathBuf,
    #[command(flatten)]
    content: Content,
}

#[derive(Debug, Args)]
struct Items {
    /// 邮件的序号，见 zhihui quarantine list
    #[arg(required = true, value_name = "序号", help_heading = "参数")]
    ids: Vec<i64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Replay {
    #[command(flatten)]
    items: Items,
    /// 原因，记入审计日志
    #[arg(long, value_name = "原因")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Dismiss {
    #[command(flatten)]
    items: Items,
    /// 怎样处置的，必填
    #[arg(long, value_name = "原因", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

type Key = Field<QuarantineRow>;

const FIELDS: &[Key] = &[
    Key::new("id", "序号", |row| row.id.to_string()).shown(0),
    Key::new("status", "状态", |row| words::held(&row.status).to_owned()),
    Key::new("mailbox", "邮箱", |row| row.mailbox.clone()),
    Key::new("uid", "UID", |row| row.uid.map(|uid| uid.to_string()).unwrap_or_default()),
    Key::new("sha256", "SHA-256", |row| row.sha256.clone().unwrap_or_default()),
    Key::new("message_id", "Message-ID", |row| row.message_id.clone().unwrap_or_default()),
    Key::new("received_at", "收到", |row| words::minute(&row.received_at)).shown(2),
    Key::new("from", "发件人", |row| row.from.address.clone()).shown(1).elastic(16),
    Key::new("subject", "主题", |row| row.subject.clone()).shown(0).elastic(16),
    Key::new("bytes", "大小", |row| words::size(row.bytes)).shown(3),
    Key::new("part", "存有", |row| show::stored(&row.part).to_owned()),
    Key::new("classified", "疑似涉密", |row| words::yes(row.classified).to_owned()),
    Key::new("because", "原因", |row| row.because.clone()).shown(0).elastic(20),
    Key::new("attempts", "试过", |row| row.attempts.to_string()),
    Key::new("last_error", "出错", |row| row.last_error.clone().unwrap_or_default()),
    Key::new("replays", "重新处理", |row| row.replays.to_string()),
    Key::new("dismissed_at", "处置时间", |row| row.dismissed_at.as_deref().map(words::minute).unwrap_or_default()),
    Key::new("dismissed_because", "处置", |row| row.dismissed_because.clone().unwrap_or_default()).shown(4).elastic(10),
    Key::new("campaign", "征集活动", |row| row.campaign.clone()),
];

const NOUN: Noun = Noun {
    views: ViewOf::Quarantine,
    statuses: words::HELD,
    orders: order::MESSAGES,
    measure: "封",
    command: "zhihui quarantine list",
    when_empty: "zhihui message list   看收到的邮件",
};

impl Quarantine {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(list) => list.run(app).await,
            Action::Show(show) => show.run(app).await,
            Action::Export(export) => export.run(app).await,
            Action::Replay(items) => replay(items, app).await,
            Action::Dismiss(dismiss) => dismiss.run(app).await,
        }
    }
}

impl List {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let query = self.list.query(&Desk::of_list(app, &self.list, &NOUN).await?, &NOUN, FIELDS)?;
        let rows = progress::patiently("正在读取", app.store.list_quarantine(&query.filter)).await?;
        let all = if query.is_cut(rows.len()) { Some(app.store.count_quarantine(&query.filter).await?) } else { None };
        let rows: Vec<QuarantineRow> = rows.into_iter().map(|row| self.content.of(row)).collect();
        let next = rows.first().map(|row| format!("zhihui quarantine show {}   看一封的情况和可以怎样处置", row.id));
        query.print(&rows, FIELDS, all, next.as_slice())?;
        waiting::tell(app).await
    }
}

impl Content {
    /// The row without what a mail that looks classified says.
    fn of(&self, mut row: QuarantineRow) -> QuarantineRow {
        if row.classified && !self.with_content {
            WITHHELD.clone_into(&mut row.subject);
            row.from.name = None;
        }
        row
    }

    fn shows(&self, row: &QuarantineRow) -> bool {
        self.with_content || !row.classified
    }
}

async fn replay(asked: &Replay, app: &App) -> Result<(), Failure> {
    let mut refused = Vec::new();
    for id in &asked.items.ids {
        // What is not there can't be read again.
        if let Some(sha256) = app.store.message_blob(*id).await?
            && let Err(error) = app.blobs.get(&sha256).await
        {
            refused.push(format!("第{id}号：{}", damaged(error).message));
            continue;
        }
        match app.store.replay(*id, &actor::by(app, asked.reason.as_deref())).await? {
            Asked::Done => eprintln!("第{id}号将重新处理；守护程序在运行时一分钟内进行，否则请运行 zhihui poll"),
            Asked::Already => eprintln!("第{id}号已在重新处理或已重新处理过，结果见 zhihui message list"),
            Asked::Incomplete(part) => refused.push(format!("第{id}号{}", show::incomplete(part == Part::Header))),
            other @ (Asked::NotHeld(_) | Asked::Unknown) => refused.push(not_held(*id, &other)),
        }
    }
    all_done(&refused)
}

impl Dismiss {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::usage("请写明怎样处置的：--reason 原因"));
        }
        let mut refused = Vec::new();
        for id in &self.items.ids {
            match app.store.dismiss(*id, &actor::by(app, Some(reason))).await? {
                Asked::Done => eprintln!("第{id}号已记为另行处置"),
                Asked::Already => eprintln!("第{id}号此前已处置，原因不变，见 zhihui quarantine show {id}"),
                other @ (Asked::NotHeld(_) | Asked::Unknown | Asked::Incomplete(_)) => refused.push(not_held(*id, &other)),
            }
        }
        all_done(&refused)
    }
}

async fn held(app: &App, id: i64) -> Result<QuarantineRow, Failure> {
    app.store.quarantined(id).await?.ok_or_else(|| Failure::failed(not_held(id, &Asked::Unknown)))
}

fn not_held(id: i64, asked: &Asked) -> String {
    match asked {
        Asked::NotHeld(Some(_)) => format!("第{id}号不在隔离区，处理结果见 zhihui message list"),
        Asked::NotHeld(None) => format!("第{id}号还在等待处理，不在隔离区"),
        Asked::Done | Asked::Already | Asked::Incomplete(_) | Asked::Unknown => {
            format!("隔离区中没有第{id}号，请用 zhihui quarantine list 查看")
        }
    }
}

fn all_done(refused: &[String]) -> Result<(), Failure> {
    if refused.is_empty() { Ok(()) } else { Err(Failure::failed(refused.join("\n"))) }
}

fn damaged(error: BlobError) -> Failure {
    let transient = error.is_transient();
    let message = format!("{error}；请从备份恢复文件库后再试，或在邮箱中查看原件");
    Failure { code: if transient { 75 } else { 1 }, message }
}
