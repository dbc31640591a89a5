//! `config check` and `config show`.

use super::{Failure, output};
use crate::config::{self, Loaded};
use crate::intake::compose;
use clap::{Args, Subcommand};

/// 检查、显示配置
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui config [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui config check"
)]
pub struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 检查配置文件和征集活动文件，说明哪些设置尚未启用
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui config check [选项]",
        after_help = "示例：\n  zhihui config check\n  zhihui --config demo/zhihui.toml config check"
    )]
    Check,
    /// 显示生效的配置，密码不显示
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui config show [选项]",
        after_help = "示例：\n  zhihui config show"
    )]
    Show,
}

impl ConfigCommand {
    /// Runs it on a configuration that was loaded, which is most of the check.
    pub fn run(&self, loaded: Loaded) -> Result<(), Failure> {
        match self.action {
            Action::Check => check(&loaded),
            Action::Show => output::print(&config::show(&loaded.config).map_err(Failure::failed)?),
        }
    }
}

fn check(loaded: &Loaded) -> Result<(), Failure> {
    for (path, campaign) in &loaded.campaigns {
        compose::check_texts(&campaign.campaign)
            .map_err(|(kind, error)| Failure {
                code: 78, message: format!("{}：回复 {kind:?} 的文字无法使用：{error}", path.display())
            })?;
    }
    output::print(&format!("配置文件 {} 可以使用。\n", loaded.path.display()))?;
    let notices: Vec<String> = config::check(&loaded.config).into_iter().map(|notice| format!("提示：{}\n", notice.0)).collect();
    output::print(&notices.concat())
}
