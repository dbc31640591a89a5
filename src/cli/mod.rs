//! The command line: noun and verb, Chinese help, data to standard output and talk to standard error.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 3 something was found, 75 try later, 78 configuration.

mod act;
mod activity;
mod activity_import;
mod actor;
mod approval;
mod audit;
mod backup;
mod case;
mod completion;
mod config;
mod database;
mod demo;
mod digest;
mod doctor;
mod doctor_mailbox;
mod failure;
mod form;
mod inspect;
mod inspect_text;
mod ledger;
mod list;
mod man;
mod merge;
mod message;
mod node;
mod outbox;
mod output;
mod overdue;
mod privacy;
mod progress;
mod publish;
mod quarantine;
mod reconcile;
mod refer;
mod reread;
mod review;
mod rewrite;
mod roster;
mod run;
mod search;
mod service;
mod simulate;
mod unsent;
mod usage;
mod waiting;
mod window;
mod words;
mod worker;

pub use failure::Failure;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Loaded, environment, places::DatabaseUrl};
use crate::telemetry::{self, LogFormat, Usual};
use clap::{Parser, Subcommand};
use std::{path::PathBuf, time::Duration};

const HELP: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// 从指定邮箱收取典型案例材料，读懂申报表，登记成案例，答复报送单位
#[derive(Debug, Parser)]
#[command(
    name = "zhihui",
    version,
    help_template = HELP,
    override_usage = "zhihui [选项] <命令>",
    subcommand_help_heading = "命令",
    subcommand_value_name = "命令",
    next_help_heading = "选项",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "示例：\n  zhihui demo               用自带的邮箱看一遍全过程\n  zhihui case list          列出已登记的案例\n  zhihui inspect 邮件.eml   看一封邮件会怎样处理，不作改动\n  zhihui case list --help   看一个命令的用法"
)]
pub struct Cli {
    /// 配置文件，默认 $ZHIHUI_CONFIG 或 config/zhihui.toml
    #[arg(long, global = true, display_order = 101, value_name = "文件")]
    config: Option<PathBuf>,
    /// 日志样式：auto、human 或 json，默认 auto
    #[arg(
        long,
        global = true,
        display_order = 102,
        value_enum,
        default_value_t,
        value_name = "样式",
        hide_possible_values = true,
        hide_default_value = true
    )]
    log_format: LogFormat,
    /// 显示帮助
    #[arg(short, long, global = true, display_order = 103, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// 显示版本
    #[arg(short = 'V', long, display_order = 104, action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 持续运行：收信、处理、答复
    #[command(
        help_template = HELP,
        override_usage = "zhihui run [选项]",
        after_help = "示例：\n  zhihui run\n  zhihui --config /etc/zhihui/zhihui.toml run\n\n按 Ctrl-C 停止，手头的信处理完才结束；改了配置后用 kill -HUP 重新读取"
    )]
    Run,
    /// 收信、处理、答复各一遍，然后结束
    #[command(
        help_template = HELP,
        override_usage = "zhihui poll [选项]",
        after_help = "示例：\n  zhihui poll\n  zhihui --config demo/zhihui.toml poll"
    )]
    Poll,
    /// 用自带的邮箱演示全过程，结果留在一个文件夹里
    Demo(demo::Demo),
    /// 模拟一整年的征集，列出结果并自行核对
    Simulate(simulate::Simulate),
    /// 看邮件会怎样处理，不作改动
    Inspect(inspect::Inspect),
    /// 检查、显示配置
    Config(config::ConfigCommand),
    /// 逐项检查收信、发信、数据库、磁盘和时钟，说明怎样处理
    Doctor(doctor::Doctor),
    /// 写出空白申报表（附件2）
    Form(form::Form),
    /// 看活动计划（附件1），导出日历，从表格读入
    Activity(activity::ActivityCommand),
    /// 查案例，登记、更正、退回、撤回、并案，按新规则重读
    Case(Box<case::Case>),
    /// 看征集窗口，冻结一个批次
    Window(window::WindowCommand),
    /// 查邮件台账
    Message(Box<message::Message>),
    /// 看隔离区，重新处理或处置
    Quarantine(Box<quarantine::Quarantine>),
    /// 看发件箱，放行或暂缓回复
    Outbox(Box<outbox::Outbox>),
    /// 看周报、发周报，列出未报送名单
    Digest(Box<digest::Digest>),
    /// 导出案例台账，导回填好的台账
    Ledger(Box<ledger::Ledger>),
    /// 导入、查看名册：单位、协调员、联络员
    Roster(Box<roster::RosterCommand>),
    /// 评审：分配专家、导出材料和评分表、导入评分、排名，确定评审结果
    Review(Box<review::Review>),
    /// 到期清除材料和个人信息，依法保留个别案例
    Privacy(Box<privacy::Privacy>),
    /// 登记单位同意公开，生成公布网站、案例汇编和稿件
    Publish(Box<publish::Publish>),
    /// 把入选的案例推送给主管部门、地方政府，报送市场监管总局
    Refer(Box<refer::Refer>),
    /// 逐封核对邮箱与台账，说明差别，并补收缺少的
    Reconcile(reconcile::Reconcile),
    /// 看等待另一人确认的操作
    Approval(approval::ApprovalCommand),
    /// 查审计日志，核对它是否完好
    Audit(Box<audit::Audit>),
    Backup(backup::Backup),
    /// 看哪些进程在处理这个数据库，各管哪些邮箱
    Node(node::NodeCommand),
    /// 把数据库搬到 PostgreSQL
    Database(database::Database),
    Restore(backup::Restore),
    Completion(completion::Completion),
    Man(man::Man),
    /// 读信进程，由程序自己启动
    #[command(hide = true)]
    Worker,
}

impl Command {
    /// What runs for the service's sake tells what it does; everything else is a talk with a person.
    fn usually_logged(&self) -> Usual {
        if matches!(self, Command::Run | Command::Poll | Command::Worker) { Usual::Work } else { Usual::Faults }
    }
}

impl Cli {
    /// Reads the arguments; help and version are printed at once, and end the program.
    pub fn read() -> Result<Cli, Failure> {
        Cli::try_parse().map_err(|error| match usage::told(&error) {
            Some(told) => Failure::usage(output::visible_lines(&told)),
            None => error.exit(),
        })
    }

    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        if matches!(self.command, Command::Worker) {
            return worker::run();
        }
        telemetry::start(self.log_format, self.command.usually_logged())?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
        let outcome = runtime.block_on(self.dispatch());
        match &outcome {
            // What still blocks (a name that is looked up, a disk that doesn't answer) is not waited for.
            Ok(()) => runtime.shutdown_timeout(Duration::from_millis(500)),
            // After a failure nothing more is done, not even closing: see `Store::abandon`.
            Err(_) => std::mem::forget(runtime),
        }
        outcome
    }

    async fn dispatch(self) -> Result<(), Failure> {
        let load = || Config::load(self.config.as_deref(), environment());
        match self.command {
            Command::Run => run::run(load()?, load).await,
            Command::Poll => run::poll(load()?).await,
            Command::Demo(demo) => demo.run().await,
            Command::Simulate(simulate) => simulate.run().await,
            Command::Inspect(inspect) => inspect.run(self.config.as_deref()).await,
            Command::Config(command) => command.run(load()?),
            Command::Form(form) => form.run(self.config.as_deref()),
            Command::Activity(activity) => activity.run(self.config.as_deref()),
            Command::Case(case) => case.run(&open_existing(load()?).await?).await,
            Command::Window(window) => window.run(&open_existing(load()?).await?).await,
            Command::Message(message) => message.run(&open_existing(load()?).await?).await,
            Command::Quarantine(quarantine) => quarantine.run(&open_existing(load()?).await?).await,
            Command::Outbox(outbox) => outbox.run(&open_existing(load()?).await?).await,
            Command::Digest(digest) => digest.run(&open_existing(load()?).await?).await,
            Command::Roster(roster) => roster.run(&open_existing(load()?).await?).await,
            Command::Ledger(ledger) => ledger.run(&open_existing(load()?).await?).await,
            Command::Review(review) => review.run(&open_existing(load()?).await?).await,
            Command::Privacy(privacy) => privacy.run(&open_existing(load()?).await?).await,
            Command::Approval(approval) => approval.run(&open_existing(load()?).await?).await,
            Command::Publish(publish) => publish.run(&open_existing(load()?).await?).await,
            Command::Refer(refer) => refer.run(&open_existing(load()?).await?).await,
            Command::Audit(audit) => audit.run(&open_existing(load()?).await?).await,
            Command::Completion(completion) => completion.run(),
            Command::Man(man) => man.run(),
            Command::Doctor(doctor) => doctor.run(load()?).await,
            Command::Reconcile(reconcile) => reconcile.run(&open(load()?).await?).await,
            Command::Backup(command) => match command.folder_to_verify() {
                Some(folder) => backup::verify(folder).await,
                None => command.run(&open_existing(load()?).await?).await,
            },
            Command::Node(command) => command.run(&open_existing(load()?).await?).await,
            Command::Database(database) => database.run().await,
            Command::Restore(restore) => restore.run(&load()?, &Clock::System).await,
            Command::Worker => Ok(()),
        }
    }
}

/// What looks at the record, or changes what is in it, says where there was none: a wrong path would look like an empty desk.
async fn open_existing(loaded: Loaded) -> Result<App, Failure> {
    if let DatabaseUrl::Sqlite(path) = &loaded.config.database.url
        && !path.exists()
    {
        eprintln!(
            "尚无数据库，已新建 {}：先用 zhihui poll 收一次信；应有数据库的，请核对配置文件 {} 的 [database]",
            path.display(),
            loaded.path.display()
        );
    }
    open(loaded).await
}

/// A new version brings the tables of a large record up to date, which takes its time.
async fn open(loaded: Loaded) -> Result<App, Failure> {
    Ok(progress::patiently("正在打开数据库", App::open(loaded, Clock::System)).await?)
}
