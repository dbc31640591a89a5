//! `audit list` and `audit verify`: who did what to what, when and why, and whether the log is as it was written.

use super::Failure;
use super::list::{Desk, NarrowArgs, ShapeArgs};
use super::output::{self, Field, Tone};
use super::window::numbered;
use super::{progress, words};
use crate::app::App;
use crate::config::problem::nearest;
use crate::model::audit::Act;
use crate::report::words::without_people;
use crate::store::{Anchor, AuditFilter, AuditRow, Filter};
use clap::{Args, Subcommand};
use std::collections::{BTreeMap, BTreeSet};

/// 查审计日志，核对它是否完好
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui audit [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui audit list --case JCZH-2023-0001\n  zhihui audit verify"
)]
pub struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出谁在何时对什么做了什么、为什么
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui audit list [选项]",
        after_help = "示例：\n  zhihui audit list --case JCZH-2023-0001\n  zhihui audit list --actor zhang --since 2023-06-01\n  zhihui audit list --act reply --limit 50\n\n--limit 列出最近几条；程序自己做的事，--actor 写 \"\"；--act 可写全名或开头，如 case、reply.sent\n市州、单位等指操作所涉及的案例；--text 找原因和细节中的文字\n原因中案例联系人的姓名和电话隐藏一部分"
    )]
    List(Box<List>),
    /// 核对日志有没有被改动、删除或添加
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui audit verify [选项]",
        after_help = "示例：\n  zhihui audit verify\n  zhihui audit verify --anchor 137-9f3a5c0e7d21b84f6a03c9e2d5b7f410\n\n完好时退出码为 0，有问题时为 3。锚是日志末尾的摘要，抄在日志之外（如每期周报末尾）；\n给出以前的锚，整段重写的日志也能发现"
    )]
    Verify {
        /// 以前抄下的锚
        #[arg(long, value_name = "锚", help_heading = "选项")]
        anchor: Option<Anchor>,
    },
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct List {
    /// 谁：登录名
    #[arg(long, value_name = "登录名")]
    actor: Option<String>,
    /// 做了什么，如 case.opened、reply
    #[arg(long, value_name = "事项")]
    act: Option<String>,
    /// 案例编号：与它和它的邮件、回复有关的
    #[arg(long, value_name = "编号")]
    case: Option<String>,
    /// 对什么，如 outbox/3、message/12
    #[arg(long, value_name = "对象")]
    subject: Option<String>,
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    shape: ShapeArgs,
}

/// What acts can be narrowed by; the rest is said of their cases.
const KNOWN: [&str; 10] =
    ["--window", "--batch", "--region", "--channel", "--category", "--focus", "--unit", "--since", "--until", "--campaign"];

type Key = Field<AuditRow>;

const FIELDS: &[Key] = &[
    Key::new("number", "序号", |row| row.number.to_string()).shown(0),
    Key::new("at", "时刻", |row| row.at.get(..19).unwrap_or_default().replace('T', " ")).shown(0),
    Key::new("actor", "谁", |row| row.actor.clone().unwrap_or_else(|| "（程序）".into())).shown(0).elastic(8),
    Key::new("act", "做了什么", |row| Act::parse(&row.act).map_or(row.act.clone(), |act| act.label().to_owned()))
        .shown(0)
        .toned(|row| if row.actor.is_none() { Tone::Faint } else { Tone::Plain }),
    Key::new("subject", "对象", |row| words::subject(&row.subject)).shown(1).elastic(14),
    Key::new("reason", "原因", |row| row.reason.clone()).shown(2).elastic(12),
    Key::new("detail", "细节", |row| row.detail.to_string()),
    Key::new("hash", "摘要", |row| row.hash.clone()),
];

impl Audit {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(list) => list.run(app).await,
            Action::Verify { anchor } => verify(app, anchor.as_ref()).await,
        }
    }
}

impl List {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let filter = self.filter(app).await?;
        let mut rows = self.shape.ordered(progress::patiently("正在读取", app.store.list_audit(&filter)).await?, FIELDS)?;
        hide_people(app, &mut rows).await?;
        let is_cut = filter.limit.is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit));
        let all = if is_cut { Some(app.store.count_audit(&filter).await?) } else { None };
        self.shape.print_part(&rows, FIELDS, "条", all)?;
        if rows.is_empty() && self.shape.is_plain() {
            eprintln!("zhihui audit list --limit 20   看最近的操作");
        }
        Ok(())
    }

    async fn filter(&self, app: &App) -> Result<AuditFilter, Failure> {
        self.narrow.only("zhihui audit list", "操作", &KNOWN)?;
        let about = self.narrow.filter(&Desk::new(app).await?, &[])?;
        let is_known = |named: &str| Act::ALL.iter().any(|act| act.as_str() == named || act.as_str().split('.').next() == Some(named));
        if let Some(act) = self.act.as_deref().filter(|act| !is_known(act)) {
            let known: Vec<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
            let perhaps = nearest(act, &known).map(|meant| format!("，是否想写“{meant}”")).unwrap_or_default();
            let act = output::visible(act);
            return Err(Failure::usage(format!("没有“{act}”这种事项{perhaps}\n可以写：{}", known.join("、"))));
        }
        Ok(AuditFilter {
            actor: self.actor.clone(),
            act: self.act.clone(),
            case: self.case.as_deref().map(|case| numbered(app, case)),
            subject: self.subject.clone(),
            since: about.since,
            until: about.until,
            text: about.text.clone(),
            about: Filter { since: None, until: None, text: None, ..about },
            limit: self.shape.limit,
        })
    }
}

/// A list of acts needs no names: what people wrote is told without those on the forms in question.
async fn hide_people(app: &App, rows: &mut [AuditRow]) -> Result<(), Failure> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows.iter_mut().filter(|row| row.actor.is_some() && !row.reason.is_empty()) {
        if !known.contains_key(&row.subject) {
            known.insert(row.subject.clone(), app.store.names_about(&row.subject).await?);
        }
        if let Some(names) = known.get(&row.subject) {
            row.reason = without_people(&row.reason, names);
        }
    }
    Ok(())
}

async fn verify(app: &App, anchor: Option<&Anchor>) -> Result<(), Failure> {
    let report = progress::patiently("正在核对审计日志", app.store.verify_audit(anchor)).await?;
    if report.faults.is_empty() {
        return output::print(&format!("审计日志完好：共{}条，锚 {}\n", report.rows, report.anchor));
    }
    let listed: String = report.faults.iter().map(|fault| format!("\n  {fault}")).collect();
    Err(Failure::found(format!("审计日志有{}处问题，请保留现场并查明：{listed}", report.faults.len())))
}
