//! `message show` and `message export`: what one mail says, read once more by a worker, and its bytes as they came. Both are
//! in the audit log, since a mail may hold anything.

use super::ended;
use crate::app::{self, App};
use crate::cli::output::{self, visible};
use crate::cli::quarantine::export::hand_over;
use crate::cli::window::campaigns;
use crate::cli::{Failure, actor, progress, words};
use crate::daemon::desk::Answering;
use crate::model::audit::Act;
use crate::model::reading::Reading;
use crate::store::{Asking, MessageRow};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Show {
    /// 邮件的序号或 Message-ID，见 zhihui message list
    #[arg(value_name = "序号", help_heading = "参数")]
    message: String,
    /// 输出格式：text 或 json，默认 text
    #[arg(long, value_enum, default_value_t = ShowFormat::Text, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    #[value(alias = "table")]
    Text,
    #[value(alias = "jsonl")]
    Json,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Export {
    /// 邮件的序号或 Message-ID，见 zhihui message list
    #[arg(value_name = "序号", help_heading = "参数")]
    message: String,
    /// 文件、文件夹或 -，默认当前文件夹
    #[arg(value_name = "去处", help_heading = "参数", default_value = ".", hide_default_value = true)]
    to: PathBuf,
}

/// A mail with what it says.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    row: MessageRow,
    /// Its own text; none where it is not kept, or not shown.
    text: Option<String>,
    files: Vec<File>,
}

/// A file that it brought.
#[derive(Debug, Serialize)]
struct File {
    name: String,
    bytes: u64,
    role: &'static str,
}

async fn found(app: &App, message: &str) -> Result<(Asking, MessageRow), Failure> {
    let unknown = || Failure::failed(format!("没有序号为 {} 的邮件\nzhihui message list   看收到的邮件和序号", visible(message)));
    let asking = app.store.asking(message).await?.ok_or_else(unknown)?;
    let row = app.store.message(asking.id).await?.ok_or_else(unknown)?;
    Ok((asking, super::withheld(row)))
}

impl Show {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (asking, row) = found(app, &self.message).await?;
        let (id, is_told) = (row.id, !row.classified && asking.sha256.is_some());
        if is_told {
            app.store.audit(actor::by(app, None).entry(Act::MessageShown, format!("message/{id}"), json!({}))).await?;
        }
        let text = if is_told { Some(said(app, asking).await?) } else { None };
        let reading = if row.classified { None } else { app.store.message_reading(id).await? };
        let told = Told { row, text, files: reading.iter().flat_map(files).collect() };
        match self.format {
            ShowFormat::Json => output::print(&(serde_json::to_string_pretty(&told).map_err(Failure::failed)? + "\n")),
            ShowFormat::Text => {
                output::print_paged(&page(&told))?;
                next(&told.row).iter().for_each(|line| eprintln!("{line}"));
                Ok(())
            }
        }
    }
}

/// What it says, as a worker reads it.
async fn said(app: &App, asking: Asking) -> Result<String, Failure> {
    let file = campaigns(app).into_iter().find(|file| file.campaign.id == asking.campaign).or_else(|| campaigns(app).into_iter().next());
    let file = file.ok_or_else(|| Failure::failed("配置中没有征集活动"))?;
    let pool = app::pool(std::env::current_exe().map_err(Failure::failed)?, &file);
    let authserv_id = app.loaded.config.smtp.authserv_id.as_deref();
    let read = progress::patiently("正在读信", Answering::read(asking, &app.blobs, &pool, authserv_id)).await?;
    Ok(read.map_err(Failure::failed)?.said().to_owned())
}

fn files(reading: &Reading) -> impl Iterator<Item = File> {
    let of_cases = reading.cases.iter().flat_map(|case| &case.evidence);
    reading.evidence.iter().chain(of_cases).map(|file| File { name: file.name.clone(), bytes: file.bytes, role: file.role.as_str() })
}

fn page(told: &Told) -> String {
    let row = &told.row;
    let mut out = String::new();
    let mut line = |label: &str, value: &str| output::put_labelled(&mut out, label, value);
    line("邮件", &format!("序号 {}，{}", row.id, ended(row)));
    line("收到", &format!("{}（{}）", row.received_at.get(..19).unwrap_or_default().replace('T', " "), words::clock(&row.received_source)));
    line("发件人", format!("{} <{}>", row.from.name.as_deref().unwrap_or_default(), row.from.address).trim_start());
    line("主题", &row.subject);
    line("邮箱", &format!("{}{}", row.mailbox, row.uid.map(|uid| format!("，UID {uid}")).unwrap_or_default()));
    line("大小", &words::size(row.bytes));
    if !row.because.is_empty() {
        line("说明", &row.because);
    }
    if !row.case_numbers.is_empty() {
        line("案例", &row.case_numbers.join("、"));
    }
    for file in &told.files {
        line("附件", &format!("{}（{}，{}）", file.name, words::size(file.bytes), words::role(file.role)));
    }
    out.push('\n');
    match told.text.as_deref().map(str::trim_end) {
        None if row.classified => out.push_str("疑似涉密，不显示内容\n"),
        None => out.push_str("没有保存原文\n"),
        Some("") => out.push_str("（没有正文）\n"),
        Some(text) => output::put_text(&mut out, text),
    }
    out
}

/// What to type next.
fn next(row: &MessageRow) -> Vec<String> {
    let id = row.id;
    let answer = (row.disposition.as_deref() == Some("inquiry") && !row.answered)
        .then(|| format!("zhihui case answer {id} --text 文件 --reason 原因   答复来信"));
    let held = (row.disposition.as_deref() == Some("quarantined")).then(|| format!("zhihui quarantine show {id}   看怎样处置"));
    let case = row.case_numbers.first().map(|number| format!("zhihui case show {number}   看案例"));
    let raw = (!row.classified).then(|| format!("zhihui message export {id}   取出原文"));
    answer.into_iter().chain(held).chain(case).chain(raw).collect()
}

impl Export {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let (asking, row) = found(app, &self.message).await?;
        if row.classified {
            let hint = format!("zhihui quarantine export {} --with-content", row.id);
            return Err(Failure::failed(format!("第{}号疑似涉密，不从这里取出；须由专人按保密规定用 {hint}", row.id)));
        }
        let sha256 = asking.sha256.ok_or_else(|| Failure::failed(format!("第{}号没有保存完整的原文", row.id)))?;
        hand_over(app, (row.id, &sha256), &self.to, &format!("message-{}.eml", row.id)).await
    }
}
