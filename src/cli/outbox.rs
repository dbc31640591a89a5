//! `outbox list`, and what people do with a mail of ours: `show|hold|release|retry|cancel`.

use super::list::ListArgs;
use super::output::{self, Column};
use super::{Failure, actor, waiting};
use crate::app::App;
use crate::model::audit::By;
use crate::store::{Change, OutboxRow};
use clap::{Args, Subcommand};

/// 看发件箱，放行或暂缓回复
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui outbox [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui outbox list --status held\n  zhihui outbox release 3 4"
)]
pub struct Outbox {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出待发、已发的回复
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox list [选项]",
        after_help = "示例：\n  zhihui outbox list --status held\n\n状态：queued 待发、held 暂缓、sent 已发、dead 未能送达、\n      cancelled 已取消、uncertain 送达不明"
    )]
    List(Box<ListArgs>),
    /// 显示回复的原文
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox show [选项] <序号>...",
        after_help = "示例：\n  zhihui outbox show 3\n  zhihui outbox show 3 > 回复.eml"
    )]
    Show(Shown),
    /// 暂不发出
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox hold [选项] <序号>...",
        after_help = "示例：\n  zhihui outbox hold 3"
    )]
    Hold(Items),
    /// 准予发出
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox release [选项] <序号>...",
        after_help = "示例：\n  zhihui outbox release 3\n  zhihui outbox release 3 4 5"
    )]
    Release(Items),
    /// 重发未能送达的，待发的马上发
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox retry [选项] <序号>...",
        after_help = "示例：\n  zhihui outbox retry 3"
    )]
    Retry(Items),
    /// 不再发出
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox cancel [选项] <序号>...",
        after_help = "示例：\n  zhihui outbox cancel 3"
    )]
    Cancel(Items),
}

#[derive(Debug, Args)]
struct Items {
    /// 回复的序号，见 zhihui outbox list
    #[arg(required = true, value_name = "序号", help_heading = "参数")]
    ids: Vec<i64>,
    /// 原因，记入审计日志
    #[arg(long, value_name = "原因", help_heading = "选项")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
struct Shown {
    /// 回复的序号，见 zhihui outbox list
    #[arg(required = true, value_name = "序号", help_heading = "参数")]
    ids: Vec<i64>,
}

impl Items {
    fn by(&self, app: &App) -> By {
        actor::by(app, self.reason.as_deref())
    }
}

const COLUMNS: &[Column<OutboxRow>] = &[
    ("序号", |row| row.id.to_string()),
    ("种类", |row| kind(&row.kind).to_owned()),
    ("收件人", |row| row.to.clone()),
    ("主题", |row| row.subject.clone()),
    ("状态", |row| state(&row.state).to_owned()),
    ("下次发送", |row| row.next_attempt_at.as_deref().and_then(|at| at.get(..16)).unwrap_or_default().replace('T', " ")),
    ("案例", |row| row.case_numbers.join(" ")),
    ("说明", |row| row.last_error.clone().unwrap_or_default()),
];

impl Outbox {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(args) => {
                output::list(&app.store.list_outbox(&args.filter()?).await?, args.format, COLUMNS)?;
                waiting::tell(app).await
            }
            Action::Show(items) => show(app, items).await,
            Action::Hold(items) => each(items, &WORDS_HOLD, async |id| Ok(app.store.hold(id, &items.by(app)).await?)).await,
            Action::Release(items) => each(items, &WORDS_RELEASE, async |id| Ok(app.store.release(id, &items.by(app)).await?)).await,
            Action::Retry(items) => each(items, &WORDS_RETRY, async |id| Ok(app.store.retry(id, &items.by(app)).await?)).await,
            Action::Cancel(items) => each(items, &WORDS_CANCEL, async |id| Ok(app.store.cancel(id, &items.by(app)).await?)).await,
        }
    }
}

/// What is said of a wish.
struct Words {
    done: &'static str,
    already: &'static str,
    /// What must be, where it is not.
    needed: &'static str,
}

const WORDS_HOLD: Words = Words { done: "已暂缓发出", already: "已在暂缓中", needed: "只有待发的可以暂缓" };
const WORDS_RELEASE: Words =
    Words {
        done: "已准予发出", already: "此前已准予发出", needed: "只有暂缓的可以放行，未能送达的请用 zhihui outbox retry"
    };
const WORDS_RETRY: Words = Words {
    done: "将重新发送",
    already: "此前已发出，不再重发",
    needed: "只有未能送达、送达不明和待发的可以重发，暂缓的请用 zhihui outbox release",
};
const WORDS_CANCEL: Words = Words { done: "已取消", already: "此前已取消", needed: "已经发出的不能取消" };

/// Does all that can be done, tells each, and fails if one could not be.
async fn each(items: &Items, words: &Words, wish: impl AsyncFn(i64) -> Result<Change, Failure>) -> Result<(), Failure> {
    let mut refused = Vec::new();
    for id in &items.ids {
        match wish(*id).await? {
            Change::Done => eprintln!("第{id}号{}", words.done),
            Change::Already => eprintln!("第{id}号{}", words.already),
            Change::Busy => refused.push(format!("第{id}号正在发送，请稍后用 zhihui outbox list 查看结果")),
            Change::Not(now) => refused.push(format!("第{id}号现为“{}”：{}；请用 zhihui outbox list 查看", state(&now), words.needed)),
            Change::Unknown => refused.push(format!("发件箱中没有第{id}号，请用 zhihui outbox list 查看")),
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Failure::failed(refused.join("\n"))) }
}

async fn show(app: &App, items: &Shown) -> Result<(), Failure> {
    for id in &items.ids {
        let mime = app.store.outbox_mime(*id).await?.ok_or_else(|| Failure::failed(format!("发件箱中没有第{id}号")))?;
        output::print(&String::from_utf8_lossy(&mime))?;
    }
    Ok(())
}

fn kind(value: &str) -> &str {
    match value {
        "acknowledgement" => "收件回执",
        "correction" => "补正通知",
        "guidance" => "报送说明",
        "late" => "逾期告知",
        "digest" => "周报",
        "summary" => "汇总回执",
        "reminder" => "补正提醒",
        other => other,
    }
}

/// What a table shows for a state.
pub fn state(value: &str) -> &str {
    match value {
        "queued" => "待发",
        "held" => "暂缓",
        "sent" => "已发",
        "dead" => "未能送达",
        "cancelled" => "已取消",
        "uncertain" => "送达不明",
        other => other,
    }
}
