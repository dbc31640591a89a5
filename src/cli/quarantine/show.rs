//! One quarantined mail for the person at the desk: what it is, and what to type next.

use super::{Show, held};
use crate::app::App;
use crate::cli::Failure;
use crate::cli::output::{self, visible};
use crate::cli::words;
use crate::model::reading::Reading;
use crate::store::{Part, QuarantineRow};
use std::fmt::Write;

impl Show {
    /// Runs it.
    pub(super) async fn run(&self, app: &App) -> Result<(), Failure> {
        let row = self.content.of(held(app, self.id).await?);
        let reading = if self.content.shows(&row) { app.store.message_reading(self.id).await? } else { None };
        output::print(&page(&row, reading.as_ref()))
    }
}

fn page(row: &QuarantineRow, reading: Option<&Reading>) -> String {
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(out, "{label}  {}", visible(value));
    };
    line("序号", &row.id.to_string());
    line("原因", &row.because);
    line("状态", if row.status == "open" { "待处置" } else { "已处置" });
    if let (Some(at), Some(because)) = (&row.dismissed_at, &row.dismissed_because) {
        line("处置", &format!("{}  {because}", words::minute(at)));
    }
    line("邮箱", &format!("{}{}", row.mailbox, row.uid.map(|uid| format!("，UID {uid}")).unwrap_or_default()));
    line("收到", &row.received_at);
    line("发件人", &[row.from.name.as_deref().unwrap_or_default(), &format!("<{}>", row.from.address)].join(" "));
    line("主题", &row.subject);
    line("大小", &format!("{}字节，{}", row.bytes, stored(&row.part)));
    line("处理", &format!("试过{}次，重新处理过{}次", row.attempts, row.replays));
    if let Some(error) = &row.last_error {
        line("出错", error);
    }
    if let Some(reading) = reading {
        let of_cases = reading.cases.iter().flat_map(|case| &case.evidence);
        for file in reading.evidence.iter().chain(of_cases) {
            line("附件", &format!("{}（{}字节）", file.name, file.bytes));
        }
        for defect in &reading.defects {
            line("问题", &defect.message);
        }
    }
    for hint in hints(row) {
        let _ = writeln!(out, "{hint}");
    }
    out
}

/// What to type next.
fn hints(row: &QuarantineRow) -> Vec<String> {
    let id = row.id;
    let mut hints = vec!["\n接着可以：".to_owned()];
    let content = if row.classified { " --with-content" } else { "" };
    if row.part != Part::None.as_str() {
        hints.push(format!("  zhihui quarantine export {id}{content}   取出{}查看", if row.part == "header" { "邮件头" } else { "原文" }));
    }
    if row.part == Part::Whole.as_str() {
        hints.push(format!("  zhihui quarantine replay {id}   程序或征集活动文件更新后，重新处理"));
    } else {
        hints.push(format!("  {}", incomplete(row.part == "header")));
    }
    if row.status == "open" {
        hints.push(format!("  zhihui quarantine dismiss {id} --reason 原因   已另行处置，移出清单"));
    }
    if row.classified {
        hints.push("  疑似涉密的邮件请按保密规定处理，不要转发；原件仍在邮箱中，也须处理".to_owned());
    }
    hints
}

/// What to do with a mail of which not all is stored.
pub(super) fn incomplete(has_header: bool) -> &'static str {
    if has_header {
        "邮件超过大小上限，只存有邮件头，不能重新处理：请在邮箱中查看原件，或请报送单位压缩、分次发送（上限见 limits.message_bytes）"
    } else {
        "邮件原文未能取得，不能重新处理：请在邮箱中查看原件，或请报送单位重新发送"
    }
}

pub(super) fn stored(part: &str) -> &'static str {
    match part {
        "whole" => "存有全文",
        "header" => "只存有邮件头",
        _ => "未存原文",
    }
}
