//! `outbox show`: a mail of ours as its reader sees it, or as it goes over the wire.

use crate::app::App;
use crate::cli::output;
use crate::cli::{Failure, words};
use crate::store::OutboxRow;
use clap::{Args, ValueEnum};
use mail_parser::{MessageParser, MimeHeaders};
use std::fmt::Write;
use std::io::{self, IsTerminal};

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Show {
    /// 回复的序号，见 zhihui outbox list
    #[arg(required = true, value_name = "序号", help_heading = "参数")]
    ids: Vec<i64>,
    /// 输出格式：text 或 eml，默认在终端上为 text，否则为 eml
    #[arg(long, value_enum, value_name = "格式", hide_possible_values = true)]
    format: Option<ShowFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    #[value(alias = "table")]
    Text,
    Eml,
}

impl Show {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let is_read = match self.format {
            Some(format) => format == ShowFormat::Text,
            None => io::stdout().is_terminal(),
        };
        let mut pages = String::new();
        for id in &self.ids {
            let unknown = || Failure::failed(format!("发件箱中没有第{id}号\nzhihui outbox list   看发件箱和序号"));
            let mime = app.store.outbox_mime(*id).await?.ok_or_else(unknown)?;
            if !is_read {
                output::bytes(&mime)?;
                continue;
            }
            let row = app.store.outbox_row(*id).await?.ok_or_else(unknown)?;
            page(&row, &mime, &mut pages);
        }
        if is_read {
            output::print_paged(&pages)?;
        }
        Ok(())
    }
}

fn page(row: &OutboxRow, mime: &[u8], out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    let mut line = |label: &str, value: &str| output::put_labelled(out, label, value);
    line("序号", &format!("{}，{}，{}", row.id, words::reply(&row.kind), words::state(&row.state)));
    line("收件人", &row.to);
    line("主题", &row.subject);
    if !row.case_numbers.is_empty() {
        line("案例", &row.case_numbers.join("、"));
    }
    let Some(mail) = MessageParser::default().parse(mime) else { return };
    for file in mail.attachments() {
        let bytes = u64::try_from(file.contents().len()).unwrap_or(u64::MAX);
        line("附件", &format!("{}（{}）", file.attachment_name().unwrap_or("（未命名）"), words::size(bytes)));
    }
    match (&row.sent_at, &row.next_attempt_at, &row.last_error) {
        (Some(sent), ..) => line("发出", &words::minute(sent)),
        (None, Some(next), _) if row.state == "queued" => line("发出", &format!("不早于 {}", words::minute(next))),
        _ => {}
    }
    if let Some(error) = &row.last_error {
        line("说明", error);
    }
    out.push('\n');
    let text = mail.body_text(0).unwrap_or_default();
    output::put_text(out, text.trim_end());
    let hint = match row.state.as_str() {
        "held" => format!("zhihui outbox release {0}   放行\nzhihui outbox cancel {0}   不发了", row.id),
        "queued" => format!("zhihui outbox hold {0}   暂缓发出", row.id),
        "dead" | "uncertain" => format!("zhihui outbox retry {0}   重发", row.id),
        _ => return,
    };
    let _ = writeln!(out, "\n{hint}");
}
