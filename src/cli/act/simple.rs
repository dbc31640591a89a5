//! `case return`, `case withdraw`, `case note` and `case assign`.

use super::{Consent, consent, perform};
use crate::app::App;
use crate::cli::Failure;
use crate::daemon::desk::Deed;
use clap::Args;
use std::io::Read;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Return {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Withdraw {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Note {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 备注的文字，- 从标准输入读
    #[arg(long, value_name = "文字")]
    text: String,
    /// 原因，默认为“备注”
    #[arg(long, value_name = "原因", value_parser = consent::reason, default_value = "备注", hide_default_value = true)]
    reason: String,
    /// 不再询问，直接执行
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Assign {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 承办人，写“无”则取消
    #[arg(value_name = "承办人", help_heading = "参数", required = true)]
    handler: String,
    #[command(flatten)]
    consent: Consent,
}

impl Return {
    /// Sends cases back to their units.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        perform(app, &self.numbers, &Deed::Return, &self.consent, "已退回").await
    }
}

impl Withdraw {
    /// Takes cases out, as their units wish.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        perform(app, &self.numbers, &Deed::Withdraw, &self.consent, "已撤回").await
    }
}

impl Note {
    /// Keeps a remark beside cases.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let text = text(&self.text)?;
        let consent = Consent { reason: self.reason.clone(), yes: self.yes };
        perform(app, &self.numbers, &Deed::Note(text), &consent, "已备注").await
    }
}

impl Assign {
    /// Says who handles cases.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let handler = self.handler.split_whitespace().collect::<Vec<_>>().join(" ");
        if handler.is_empty() || handler.chars().count() > 40 {
            return Err(Failure::usage("承办人请写姓名，不超过40个字；取消请写“无”"));
        }
        let handler = if handler == "无" { String::new() } else { handler };
        perform(app, &self.numbers, &Deed::Assign(handler), &self.consent, "已指定承办人").await
    }
}

/// Words given in the command, or read from standard input.
pub fn text(given: &str) -> Result<String, Failure> {
    const MOST: u64 = 64 << 10;
    let mut text = given.to_owned();
    if given == "-" {
        text.clear();
        std::io::stdin().lock().take(MOST).read_to_string(&mut text).map_err(|error| Failure::of_file("标准输入", "无法读取", &error))?;
    }
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.is_empty() { Err(Failure::usage("没有写文字")) } else { Ok(text) }
}
