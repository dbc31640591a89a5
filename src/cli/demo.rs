//! `demo`: the main job on a mailbox that is built into the program: a Maildir in, SQLite and folders, the
//! replies as `.eml` files.

use super::{Failure, case, progress, run};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, builtin};
use crate::store::Filter;
use clap::Args;
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

/// The shipped mailbox.
static MAILDIR: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/demo/Maildir");

/// A configuration that works on, and answers at once whatever the mails' age.
const CONFIG: &str = r#"# 演示用的配置：读本文件夹中的 Maildir，回复写成 replies 文件夹中的 .eml 文件，不向外发送任何邮件。
[database]
url = "sqlite:zhihui.db"
[blobs]
url = "file:blobs"
[[mailbox]]
name = "demo"
source = "maildir"
path = "Maildir"
campaign = "campaign-2023.toml"
[smtp]
transport = "file"
path = "replies"
from = "荆楚质汇案例征集 <cases@zhihui.example>"
[limits]
reply_within_days = 36500
[correction]
wait = "0h"
[replies]
quiet = ""
"#;

/// 用自带的邮箱演示全过程，结果留在一个文件夹里
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui demo [选项]",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui demo\n  zhihui demo --dir 试用"
)]
pub struct Demo {
    /// 演示用的文件夹，默认 demo
    #[arg(long, default_value = "demo", value_name = "文件夹", hide_default_value = true)]
    dir: PathBuf,
}

impl Demo {
    /// Lays the folder out, makes one pass, and shows the backlog and where to look.
    pub async fn run(&self) -> Result<(), Failure> {
        let config = self.dir.join("zhihui.toml");
        self.lay_out(&config).map_err(|error| Failure::of_file(self.dir.display(), "无法写入", &error))?;
        let app = App::open(Config::load(Some(&config), [])?, Clock::System).await?;
        let outcome = progress::patiently("正在收信、处理、答复", run::pass(&app)).await;
        let cases = app.store.list_cases(&Filter::default()).await?;
        let counts = app.store.pending_counts().await?;
        app.store.close().await;
        outcome?;
        case::backlog(&cases)?;
        let messages: u64 = counts.messages.values().sum();
        let sent = counts.outbox.get("sent").copied().unwrap_or_default();
        eprintln!("收到邮件{messages}封，登记案例{}件，写出回复{sent}封。", cases.len());
        eprintln!("回复在 {}，可用邮件程序打开。", self.dir.join("replies").display());
        eprintln!("接着可以试：");
        let with = format!("--config {}", config.display());
        if let Some(number) = cases.iter().find_map(|case| case.number.as_deref()) {
            eprintln!("  zhihui {with} case show {number}");
        }
        eprintln!("  zhihui {with} message list");
        eprintln!("  zhihui {with} outbox list");
        Ok(())
    }

    /// Writes what is not there yet: a second demonstration goes on where the first ended.
    fn lay_out(&self, config: &Path) -> std::io::Result<()> {
        for folder in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(self.dir.join("Maildir").join(folder))?;
        }
        std::fs::create_dir_all(self.dir.join("replies"))?;
        for folder in MAILDIR.dirs() {
            for mail in folder.files().filter(|file| file.path().file_name().is_some_and(|name| name != ".gitkeep")) {
                write_new(&self.dir.join("Maildir").join(mail.path()), mail.contents())?;
            }
        }
        write_new(&self.dir.join("campaign-2023.toml"), builtin::CAMPAIGN.as_bytes())?;
        write_new(config, CONFIG.as_bytes())
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.exists() { Ok(()) } else { std::fs::write(path, bytes) }
}
