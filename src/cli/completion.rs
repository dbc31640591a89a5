//! `completion bash|zsh|fish`: what the shell needs to complete our commands.

use super::{Cli, Failure, output};
use clap::{Args, CommandFactory, ValueEnum};

/// 写出命令行自动补全的脚本
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui completion [选项] <bash|zsh|fish>",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui completion bash > ~/.local/share/bash-completion/completions/zhihui\n  zhihui completion zsh > ~/.zfunc/_zhihui\n  zhihui completion fish > ~/.config/fish/completions/zhihui.fish\n\n重新打开终端后生效"
)]
pub struct Completion {
    /// 哪种命令行
    #[arg(value_enum, value_name = "bash|zsh|fish", help_heading = "参数", hide_possible_values = true)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Completion {
    /// Prints the script.
    pub fn run(&self) -> Result<(), Failure> {
        let shell = match self.shell {
            Shell::Bash => clap_complete::Shell::Bash,
            Shell::Zsh => clap_complete::Shell::Zsh,
            Shell::Fish => clap_complete::Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "zhihui", &mut script);
        output::bytes(&script)
    }
}
