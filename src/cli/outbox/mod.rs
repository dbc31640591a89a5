//! `outbox list`, and what people do with a mail of ours: `show|hold|release|retry|cancel`.

mod show;

use super::list::{Desk, ListArgs, Noun};
use super::output::{Field, Tone};
use super::{Failure, actor, progress, waiting, words};
use crate::app::App;
use crate::config::ViewOf;
use crate::model::audit::By;
use crate::store::{Change, OutboxRow, order};
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
        after_help = "示例：\n  zhihui outbox list --status held\n\n状态：queued 待发、held 暂缓、sent 已发、dead 未能送达、\n      cancelled 已取消、uncertain 送达不明\n视图：待放行、未送达、送达不明"
    )]
    List(Box<ListArgs>),
    /// 看回复的全文、附件和送出情况
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui outbox show [选项] <序号>...",
        after_help = "示例：\n  zhihui outbox show 3\n  zhihui outbox show 3 > 回复.eml\n\n在终端上显示文字，写到文件或交给其他程序的是邮件原文（eml）；--format 指定其一"
    )]
    Show(show::Show),
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

impl Items {
    fn by(&self, app: &App) -> By {
        actor::by(app, self.reason.as_deref())
    }
}

type Key = Field<OutboxRow>;

const FIELDS: &[Key] = &[
    Key::new("id", "序号", |row| row.id.to_string()).shown(0),
    Key::new("kind", "种类", |row| words::reply(&row.kind).to_owned()).shown(1),
    Key::new("to", "收件人", |row| row.to.clone()).shown(2).elastic(16),
    Key::new("subject", "主题", |row| row.subject.clone()).shown(0).elastic(20),
    Key::new("message_id", "Message-ID", |row| row.message_id.clone()),
    Key::new("in_reply_to", "答复", |row| row.in_reply_to.clone().unwrap_or_default()),
    Key::new("state", "状态", |row| words::state(&row.state).to_owned()).shown(0).toned(|row| match row.state.as_str() {
        "sent" => Tone::Good,
        "held" | "uncertain" => Tone::Open,
        "dead" => Tone::Bad,
        "cancelled" => Tone::Faint,
        _ => Tone::Plain,
    }),
    Key::new("attempts", "试过", |row| row.attempts.to_string()),
    Key::new("next_attempt_at", "下次发送", |row| row.next_attempt_at.as_deref().map(words::minute).unwrap_or_default()).shown(4),
    Key::new("case_number", "首件", |row| row.case_number.clone().unwrap_or_default()),
    Key::new("case_numbers", "案例", |row| row.case_numbers.join(" ")).shown(3).elastic(14),
    Key::new("last_error", "说明", |row| row.last_error.clone().unwrap_or_default()).shown(5).elastic(16),
    Key::new("created_at", "写好", |row| words::minute(&row.created_at)),
    Key::new("sent_at", "发出", |row| row.sent_at.as_deref().map(words::minute).unwrap_or_default()),
    Key::new("campaign", "征集活动", |row| row.campaign.clone()),
];

const NOUN: Noun = Noun {
    views: ViewOf::Outbox,
    statuses: words::STATES,
    orders: order::OUTBOX,
    measure: "封",
    command: "zhihui outbox list",
    when_empty: "zhihui message list   看收到的邮件",
};

async fn list(args: &ListArgs, app: &App) -> Result<(), Failure> {
    let query = args.query(&Desk::of_list(app, args, &NOUN).await?, &NOUN, FIELDS)?;
    let rows = progress::patiently("正在读取", app.store.list_outbox(&query.filter)).await?;
    let all = if query.is_cut(rows.len()) { Some(app.store.count_outbox(&query.filter).await?) } else { None };
    let first = |state: &str| rows.iter().find(|row| row.state == state).map(|row| row.id);
    let mut next: Vec<String> = rows.first().map(|row| format!("zhihui outbox show {}   看一封的全文", row.id)).into_iter().collect();
    next.extend(first("held").map(|id| format!("zhihui outbox release {id}   放行暂缓的")));
    next.extend(first("dead").or(first("uncertain")).map(|id| format!("zhihui outbox retry {id}   重发未能送达的")));
    query.print(&rows, FIELDS, all, &next)
}

impl Outbox {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(args) => {
                list(args, app).await?;
                waiting::tell(app).await
            }
            Action::Show(show) => show.run(app).await,
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
            Change::Not(now) => {
                refused.push(format!("第{id}号现为“{}”：{}；请用 zhihui outbox list 查看", words::state(&now), words.needed))
            }
            Change::Overtaken(cases) => {
                let cases = cases.join("、");
                refused
                    .push(format!("第{id}号中的案例 {cases} 评审结果有变、已退出或疑似涉密，不能发出；请用 zhihui outbox cancel {id} 取消，信中其他案例的用 zhihui review letter 或 zhihui refer 重写"));
            }
            Change::Unknown => refused.push(format!("发件箱中没有第{id}号，请用 zhihui outbox list 查看")),
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Failure::failed(refused.join("\n"))) }
}
