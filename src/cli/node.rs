//! `node list`: the processes that work on this record.

use super::Failure;
use super::list::{Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{Field, Tone};
use crate::app::App;
use crate::store::{NodeRow, StoreError};
use clap::{Args, Subcommand};

/// 看哪些进程在处理这个数据库，各管哪些邮箱
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui node [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui node list"
)]
pub struct NodeCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出在运行的进程、各自的邮箱和最近一次信号
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui node list [选项]",
        after_help = "示例：\n  zhihui node list\n  zhihui node list --format json\n\n几台机器用同一个 PostgreSQL 数据库、各自运行 zhihui run 时，一个邮箱同一时刻只由一个进程处理，\n回复由任一进程发出。三十秒没有信号的进程视为已停，由其他进程接手\n状态：alive 在运行、silent 无信号；时间按最近信号"
    )]
    List {
        #[command(flatten)]
        narrow: NarrowArgs,
        #[command(flatten)]
        shape: ShapeArgs,
    },
}

type Key = Field<NodeRow>;

const FIELDS: &[Key] = &[
    Key::new("node", "节点", |row| row.node.clone()).shown(2).elastic(20),
    Key::new("host", "主机", |row| row.host.clone()).shown(0),
    Key::new("pid", "进程", |row| row.pid.to_string()).shown(1),
    Key::new("alive", "状态", |row| if row.alive { "在运行" } else { "无信号" }.to_owned())
        .shown(0)
        .toned(|row| if row.alive { Tone::Good } else { Tone::Bad }),
    Key::new("mailboxes", "邮箱", |row| row.mailboxes.join("、")).shown(0).elastic(12),
    Key::new("version", "版本", |row| row.version.clone()).shown(4),
    Key::new("started_at", "启动", |row| shown(&row.started_at)).shown(3),
    Key::new("seen_at", "最近信号", |row| shown(&row.seen_at)).shown(0),
];

static LIST: Kept<NodeRow> = Kept {
    command: "zhihui node list",
    things: "进程",
    measure: "个",
    when_empty: "没有登记的进程\nzhihui run   开始处理",
    fields: FIELDS,
    tells: Tells {
        status: Some((&[("alive", "在运行"), ("silent", "无信号")], |row| if row.alive { "alive" } else { "silent" })),
        at: Some(|row| &row.seen_at),
        ..Tells::NOTHING
    },
};

fn shown(at: &str) -> String {
    at.get(..19).unwrap_or_default().replace('T', " ")
}

impl NodeCommand {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let Action::List { narrow, shape } = &self.action;
        if !app.store.is_shared() {
            let sentence = match app.store.daemon_lock() {
                Err(StoreError::Locked(_)) => "有一个进程正在处理这个数据库；",
                Ok(_) | Err(_) => "目前没有进程在处理这个数据库；",
            };
            eprintln!("{sentence}SQLite 数据库同一时刻只由一个进程处理，几台机器一起处理请用 PostgreSQL");
        }
        shape.print_kept(app, narrow, &LIST, app.store.nodes(app.clock.now().as_millisecond()).await?).await
    }
}
