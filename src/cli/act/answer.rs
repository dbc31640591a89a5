//! `case answer`: a person's answer to a mail, in the office's frame, through the outbox.

use super::{Consent, letter, next, simple};
use crate::app::{self, App};
use crate::cli::failure::because;
use crate::cli::output::visible;
use crate::cli::window::campaigns;
use crate::cli::{Failure, actor, output, words};
use crate::daemon::desk::Answering;
use crate::report::visible::bounded;
use crate::store::Asking;
use clap::Args;
use std::path::Path;

/// The most bytes of an answer.
const LONGEST: usize = 64 << 10;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Answer {
    /// 来信的序号或 Message-ID，见 zhihui message list --view 待答复
    #[arg(value_name = "来信", help_heading = "参数")]
    message: String,
    /// 答复正文的文件，- 从标准输入读；空行分段，称呼、落款由程序加上
    #[arg(long, value_name = "文件")]
    text: String,
    /// 称呼，默认为“报送单位”
    #[arg(long, value_name = "单位")]
    unit: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

impl Answer {
    /// Shows the letter, and queues it where that is wanted.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let asking = app.store.asking(&self.message).await?;
        let asking = asking.ok_or_else(|| {
            Failure::failed(format!("没有序号为 {} 的来信\nzhihui message list --view 待答复   看要答复的来信", visible(&self.message)))
        })?;
        fit(&asking)?;
        let text = self.words()?;
        let file = campaigns(app).into_iter().find(|file| file.campaign.id == asking.campaign);
        let file = file.ok_or_else(|| Failure::failed("配置中没有这封邮件所属的征集活动"))?;
        let pool = app::pool(std::env::current_exe().map_err(Failure::failed)?, &file);
        let authserv_id = app.loaded.config.smtp.authserv_id.as_deref();
        let answering = Answering::read(asking, &app.blobs, &pool, authserv_id).await?.map_err(Failure::failed)?;
        let desk = app.desk().await?;
        let by = || actor::by(app, Some(&self.consent.reason));
        let shown = desk.answer(&answering, &text, self.unit.as_deref(), &by(), false).await?.map_err(Failure::failed)?;
        let mut page = String::new();
        output::put(&mut page, "来信  ", "      ", answering.subject());
        quoted(answering.said(), &mut page);
        letter(&shown, &mut page);
        output::print(&page)?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let posted = desk.answer(&answering, &text, self.unit.as_deref(), &by(), true).await?.map_err(Failure::failed)?;
        eprintln!("{}", visible(&next(&posted)));
        Ok(())
    }

    fn words(&self) -> Result<String, Failure> {
        if self.text == "-" {
            return simple::text("-");
        }
        let fault = |why: &dyn std::fmt::Display| Failure::failed(format!("{} 无法读取：{why}", visible(&self.text)));
        let bytes = std::fs::read(Path::new(&self.text)).map_err(|error| fault(&because(&error)))?;
        if bytes.len() > LONGEST {
            return Err(fault(&"答复太长"));
        }
        let text = String::from_utf8(bytes).map_err(|_| fault(&"不是 UTF-8 的文字文件"))?;
        simple::text(text.trim_start_matches('\u{feff}'))
    }
}

/// The beginning of what is answered.
fn quoted(said: &str, page: &mut String) {
    const LINES: usize = 12;
    let lines: Vec<&str> = said.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    for line in lines.iter().take(LINES) {
        output::put(page, "  > ", "  > ", &bounded(line, 200));
    }
    if lines.len() > LINES {
        page.push_str(&format!("  > ……（共{}行，用 zhihui message show 看全文）\n", lines.len()));
    }
}

/// A mail that a person may answer by a letter.
fn fit(asking: &Asking) -> Result<(), Failure> {
    if asking.is_classified {
        return Err(Failure::failed("这封邮件疑似涉密，不能通过本邮箱答复"));
    }
    if let Some(id) = asking.answered {
        return Err(Failure::failed(format!("这封来信已有答复（发件箱第{id}封），请用 zhihui outbox show {id} 查看")));
    }
    match asking.disposition.as_deref() {
        None => Err(Failure::later("这封邮件还没有处理，请稍后再试")),
        Some(end @ ("automatic" | "duplicate" | "skipped" | "quarantined")) => {
            Err(Failure::failed(format!("这封邮件的处理结果是“{}”，不能答复", words::disposition(Some(end)))))
        }
        Some(_) => Ok(()),
    }
}
