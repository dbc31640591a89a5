//! `database copy`: a deployment moves to another database.

use super::{Failure, actor, output, progress};
use crate::clock::Clock;
use crate::store::Store;
use crate::store::transfer::TransferError;
use clap::{Args, Subcommand};

/// 把数据库搬到 PostgreSQL
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui database [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui database copy --from sqlite:var/zhihui.db --to postgres://zhihui@db.example.com/zhihui"
)]
pub struct Database {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 把一个 SQLite 数据库的全部内容复制到空的 PostgreSQL 库，逐表核对
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui database copy --from <数据库> --to <数据库>",
        next_help_heading = "选项",
        after_help = "示例：\n  zhihui database copy --from sqlite:var/zhihui.db --to postgres://zhihui@db.example.com/zhihui\n\n复制前请先停止 zhihui run；原来的数据库不改动、不删除。复制在一个事务中完成，逐表核对内容，不一致就全部撤回。\n原始邮件和材料不在数据库里，[blobs] 一项不变。口令不要写在命令行里，请用环境变量 PGPASSWORD 或 ~/.pgpass。\n完成后把配置文件 [database] 的 url 改为新的地址，再启动"
    )]
    Copy {
        /// 原来的数据库，如 sqlite:var/zhihui.db
        #[arg(long, value_name = "数据库")]
        from: String,
        /// 新的、空的数据库，如 postgres://zhihui@db.example.com/zhihui
        #[arg(long, value_name = "数据库")]
        to: String,
    },
}

impl Database {
    /// Runs the command.
    pub async fn run(&self) -> Result<(), Failure> {
        let Action::Copy { from, to } = &self.action;
        if let Some(path) = from.strip_prefix("sqlite:")
            && !std::path::Path::new(path.strip_prefix("//").unwrap_or(path)).is_file()
        {
            return Err(Failure::usage(format!("没有数据库 {from}，请核对 --from")));
        }
        let (source, target) = (Store::open(from).await?, Store::open(to).await?);
        let wheel = progress::wheel("正在复制");
        let moved = source.move_to(&target, &format!("copy-{}", std::process::id()), &actor::by_clock(&Clock::System, None)).await;
        drop(wheel);
        let moved = moved.map_err(|error| match error {
            TransferError::Store(error) => error.into(),
            TransferError::Direction | TransferError::Occupied(_) | TransferError::Differs(_) => Failure::failed(error),
        })?;
        let rows: u64 = moved.iter().map(|table| table.rows).sum();
        let mut text = String::new();
        for table in &moved {
            text.push_str(&format!("{}  {:>9}  {}\n", table.hash.get(..16).unwrap_or_default(), table.rows, table.table));
        }
        text.push_str(&format!("已复制 {} 张表，共 {rows} 行，逐表核对一致。\n", moved.len()));
        output::print(&text)?;
        eprintln!("下一步：把配置文件 [database] 的 url 改为新的地址，运行 zhihui doctor 核对，再启动 zhihui run");
        source.close().await;
        target.close().await;
        Ok(())
    }
}
