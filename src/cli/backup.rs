//! `backup`, `backup verify` and `restore`: a copy of everything that stands on its own, and back again.

use super::{Failure, actor, output, progress};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::model::time;
use crate::store::Blobs;
use crate::store::backup::{self, Manifest};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// 备份数据库、原始邮件和材料、配置（不含密码），程序运行中也可以备份
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui backup [选项]\n      zhihui backup verify <文件夹>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    subcommand_value_name = "命令",
    args_conflicts_with_subcommands = true,
    after_help = "示例：\n  zhihui backup                         备份到数据库旁的 backup 文件夹\n  zhihui backup --to /mnt/u盘/2023-06-30  备份到指定的新文件夹\n  zhihui backup verify /mnt/u盘/2023-06-30\n\n备份是一个普通文件夹，可以复制到别处，也可以用 sha256sum -c SHA256SUMS 核对；\n其中有个人信息，请像邮箱一样保管。疑似涉密的邮件不备份内容"
)]
pub struct Backup {
    /// 备份到哪个文件夹，须还不存在；默认为数据库旁的 backup/日期T时刻
    #[arg(long, value_name = "文件夹")]
    to: Option<PathBuf>,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 核对一份备份是否完好
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui backup verify [选项] <文件夹>",
        after_help = "示例：\n  zhihui backup verify var/backup/2023-06-30T173000\n\n完好时退出码为 0，有问题时为 3"
    )]
    Verify {
        /// 备份所在的文件夹
        #[arg(value_name = "文件夹", help_heading = "参数")]
        folder: PathBuf,
    },
}

/// 用备份恢复到空的位置
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui restore [选项] <文件夹>",
    next_help_heading = "选项",
    after_help = "示例：\n  cp -r 备份/config .            先把配置放好，密码文件重新写一份\n  zhihui restore 备份\n\n恢复后，备份时待发的回复都暂缓，因为可能已经发出；\n用 zhihui outbox list --status held 核对后放行"
)]
pub struct Restore {
    /// 备份所在的文件夹
    #[arg(value_name = "文件夹", help_heading = "参数")]
    folder: PathBuf,
}

impl Backup {
    /// Whether it works on the record of a configuration, or only on a folder.
    pub fn folder_to_verify(&self) -> Option<&PathBuf> {
        self.action.as_ref().map(|Action::Verify { folder }| folder)
    }

    /// Makes a backup.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let to = self.to.clone().unwrap_or_else(|| default_folder(app));
        let config: Vec<PathBuf> = std::iter::once(app.loaded.path.clone()).chain(app.loaded.campaigns.keys().cloned()).collect();
        if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|error| Failure::failed(format!("{} 无法建立：{error}", parent.display())))?;
        }
        let wheel = progress::wheel(format!("正在备份到 {}", to.display()));
        let manifest = backup::create(&app.store, &app.blobs, &config, &to, &actor::by(app, None)).await;
        drop(wheel);
        let manifest = manifest?;
        output::print(&format!("已备份到 {}：{}。\n", to.display(), contents(&manifest)))?;
        if manifest.missing.is_empty() {
            return Ok(());
        }
        let missing = manifest.missing.iter().map(|sha256| format!("\n  {sha256}")).collect::<String>();
        Err(Failure::found(format!("有{}个文件在文件库中缺失或已损坏，未能备份，请从更早的备份中找回：{missing}", manifest.missing.len())))
    }
}

fn default_folder(app: &App) -> PathBuf {
    let stamp = time::local(app.clock.now()).strftime("%Y-%m-%dT%H%M%S").to_string();
    let beside = app.store.folder().unwrap_or_else(|| PathBuf::from("var"));
    beside.join("backup").join(stamp)
}

/// Checks a backup.
pub async fn verify(folder: &std::path::Path) -> Result<(), Failure> {
    let wheel = progress::wheel(format!("正在核对 {}", folder.display()));
    let outcome = backup::verify(folder).await;
    drop(wheel);
    let (manifest, faults) = outcome?;
    if faults.is_empty() {
        return output::print(&format!("备份完好：制作于{}，{}。\n", manifest.created_at, contents(&manifest)));
    }
    let listed = faults.iter().map(|fault| format!("\n  {}", output::visible(&fault.to_string()))).collect::<String>();
    Err(Failure::found(format!("备份有{}处问题，不能用来恢复：{listed}", faults.len())))
}

impl Restore {
    /// Puts a backup back.
    pub async fn run(&self, loaded: &Loaded, clock: &Clock) -> Result<(), Failure> {
        let blobs = Blobs::of(&loaded.config.blobs)?;
        let wheel = progress::wheel(format!("正在核对并恢复 {}", self.folder.display()));
        let manifest = backup::restore(&self.folder, &loaded.config.database.url.expose(), &blobs, &actor::by_clock(clock, None)).await;
        drop(wheel);
        let manifest = manifest?;
        output::print(&format!(
            "已恢复到{}时的状态：{}。\n之后收到的邮件会在下一次收信时重新读取；备份时待发的回复已暂缓，请用 zhihui outbox list --status held 核对后放行。\n",
            manifest.created_at,
            contents(&manifest)
        ))
    }
}

fn contents(manifest: &Manifest) -> String {
    let classified = match manifest.classified {
        0 => String::new(),
        count => format!("，另有{count}封疑似涉密的邮件未备份内容"),
    };
    format!("邮件{}封、案例{}件、文件{}个{classified}", manifest.messages, manifest.cases, manifest.blobs)
}
