//! The reason of an act, and the word that it is meant: by `--yes`, or asked for on a terminal.

use crate::cli::Failure;
use clap::Args;
use std::io::{self, BufRead, IsTerminal, Write};

#[derive(Debug, Clone, Args)]
pub struct Consent {
    /// 原因，必填，记入审计日志
    #[arg(long, value_name = "原因", value_parser = reason)]
    pub reason: String,
    /// 不再询问，直接执行
    #[arg(long)]
    pub yes: bool,
}

/// A reason of one line.
pub fn reason(text: &str) -> Result<String, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { Err("请写明原因".into()) } else { Ok(text) }
}

impl Consent {
    /// Whether it is to be done. Where nobody can be asked and nothing was said, that is a mistake of usage.
    pub fn is_given(&self) -> Result<bool, Failure> {
        is_given(self.yes)
    }
}

/// As [`Consent::is_given`], where the reason came another way.
pub fn is_given(yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage("以上尚未执行：没有终端可以询问。确认请在命令后加 --yes"));
    }
    eprint!("以上确认执行吗？输入 y 后回车执行，其他不执行：");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::failed)?;
    let meant = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是" | "ｙ");
    if !meant {
        eprintln!("没有执行");
    }
    Ok(meant)
}
