//! `config check` and `config show`.

use super::{Failure, output};
use crate::config::{self, Loaded};
use crate::intake::compose;
use clap::{Args, Subcommand};

/// 检查、显示配置
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 检查配置文件和征集活动文件，说明哪些设置尚未启用
    Check,
    /// 显示生效的配置，密码不显示
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
