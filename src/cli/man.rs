//! `man [--dir D]`: manual pages (roff), one for each command, made of the same words as its help.

use super::{Cli, Failure, output};
use clap::{Args, Command, CommandFactory};
use std::path::PathBuf;

/// 写出手册页
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui man [选项]",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui man | man -l -            看主手册页\n  zhihui man --dir /usr/local/share/man/man1   写出全部手册页，之后可用 man zhihui-case-list"
)]
pub struct Man {
    /// 把每个命令的手册页写到这个文件夹，不写就输出主手册页
    #[arg(long, value_name = "文件夹")]
    dir: Option<PathBuf>,
}

/// The headings are clap_mangen's.
const HEADINGS: &[(&str, &str)] = &[
    (".SH NAME", ".SH 名称"),
    (".SH SYNOPSIS", ".SH 用法"),
    (".SH DESCRIPTION", ".SH 说明"),
    (".SH OPTIONS", ".SH 选项"),
    (".SH SUBCOMMANDS", ".SH 命令"),
    (".SH EXTRA", ".SH 示例与取值"),
    (".SH VERSION", ".SH 版本"),
];

impl Man {
    /// Prints or writes them.
    pub fn run(&self) -> Result<(), Failure> {
        let mut command = Cli::command();
        command.build();
        let Some(dir) = &self.dir else { return output::print(&page(&command, "zhihui")?) };
        let unwritable = |error| Failure::of_file(dir.display(), "无法写入", &error);
        std::fs::create_dir_all(dir).map_err(unwritable)?;
        let mut pages = Vec::new();
        collect(&command, "zhihui", &mut pages)?;
        for (name, page) in &pages {
            std::fs::write(dir.join(format!("{name}.1")), page).map_err(unwritable)?;
        }
        eprintln!("已写入 {} 页手册到 {}", pages.len(), dir.display());
        Ok(())
    }
}

fn collect(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<(), Failure> {
    pages.push((name.to_owned(), page(command, name)?));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command.clone()).title(name).render(&mut bytes).map_err(Failure::failed)?;
    let text = String::from_utf8(bytes).map_err(Failure::failed)?;
    let heading =
        |line: &str| HEADINGS.iter().find(|(english, _)| *english == line).map_or(line.to_owned(), |(_, chinese)| (*chinese).to_owned());
    Ok(text.lines().map(heading).collect::<Vec<_>>().join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_an_example() {
        let mut command = Cli::command();
        command.build();
        let mut pages = Vec::new();
        collect(&command, "zhihui", &mut pages).unwrap();
        assert!(pages.len() > 20 && pages.iter().any(|(name, _)| name == "zhihui-case-list"), "{}", pages.len());
        for (name, page) in &pages {
            assert!(page.contains("示例"), "{name} has no example");
            assert!(!page.contains("worker") && page.contains(".SH 名称"), "{name}");
        }
    }
}
