//! `inspect`: what would become of mails, without touching anything.

use super::list::dates;
use super::{Failure, form, output, progress};
use crate::app;
use crate::clock::Clock;
use crate::intake::compose::{self, Disclosure, Letter, LetterCase, LetterKind};
use crate::intake::identity::sha256_hex;
use crate::intake::{Arrival, Extent, Received, decide};
use crate::model::campaign::Campaign;
use crate::model::decision::{Context, Decision, Disposition};
use crate::model::message::Kind;
use crate::model::outbox::{ReplyKind, ReplyPlan};
use crate::model::reading::{Intake, MessageSummary, Reading, Thread};
use crate::model::time;
use crate::worker::{Pool, WorkerError};
use clap::{Args, ValueEnum};
use futures::StreamExt;
use jiff::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// 看邮件会怎样处理，不作改动
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui inspect [选项] <路径>...",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui inspect 邮件.eml\n  zhihui inspect --received 2023-06-30T23:59:59+08:00 邮件.eml\n  zhihui inspect --format jsonl 文件夹"
)]
pub struct Inspect {
    /// 邮件文件（.eml）或装有邮件文件的文件夹
    #[arg(required = true, value_name = "路径", help_heading = "参数")]
    paths: Vec<PathBuf>,
    /// 当作这时收到的来判断，默认看邮件头
    #[arg(long, value_name = "时刻")]
    received: Option<String>,
    /// 征集活动文件，默认用配置中的或内置的
    #[arg(long, value_name = "文件")]
    campaign: Option<PathBuf>,
    /// 输出格式：text 或 jsonl，默认 text
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

/// One line of JSON (the contract's object).
#[derive(Debug, Serialize)]
struct Inspection<'a> {
    file: &'a str,
    #[serde(flatten)]
    reading: &'a Reading,
    reply: ReplyPlan,
}

/// How often a worker is started for a mail.
const STARTS: u32 = 3;

/// A file to look at, with the name that it is shown by.
struct Mail {
    path: PathBuf,
    shown: String,
}

impl Inspect {
    /// Reads every mail in workers and prints in order.
    pub async fn run(&self, config: Option<&Path>) -> Result<(), Failure> {
        let campaign = form::campaign(self.campaign.as_deref(), config)?;
        let received = self.received.as_deref().map(|typed| dates::instant(typed, Clock::System.now())).transpose()?;
        let mails = mails(&self.paths)?;
        let program = std::env::current_exe().map_err(Failure::failed)?;
        let pool = app::pool(program, &campaign);
        let parallel = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let progress = progress::bar("正在读信", mails.len());
        let mut readings = futures::stream::iter(mails).map(|mail| read(&pool, mail, received)).buffered(parallel);
        while let Some((mail, intake)) = readings.next().await {
            let intake = intake?;
            let decision = decide::decide(&intake, &Context::default());
            let reply = reply(&intake, &decision, &campaign.campaign);
            let text = match self.format {
                Format::Jsonl => {
                    let line = Inspection { file: &mail.shown, reading: &intake.reading, reply };
                    serde_json::to_string(&line).map_err(Failure::failed)? + "\n"
                }
                Format::Text => super::inspect_text::page(&mail.shown, &intake, &decision, &reply),
            };
            progress.step();
            progress.aside(|| output::print(&text))?;
        }
        Ok(())
    }
}

/// The mails under the paths, in order. A folder gives every `.eml` below it.
fn mails(paths: &[PathBuf]) -> Result<Vec<Mail>, Failure> {
    let mut mails = Vec::new();
    for path in paths {
        let found = std::fs::metadata(path).map_err(|error| Failure::of_file(path.display(), "无法打开", &error))?;
        if found.is_dir() {
            folder(path, path, &mut mails)?;
        } else {
            let shown = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            mails.push(Mail { path: path.clone(), shown });
        }
    }
    Ok(mails)
}

fn folder(root: &Path, folder_path: &Path, mails: &mut Vec<Mail>) -> Result<(), Failure> {
    let unreadable = |error| Failure::of_file(folder_path.display(), "无法打开", &error);
    let mut entries: Vec<_> = std::fs::read_dir(folder_path).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link could lead round in circles.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            folder(root, &path, mails)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml")) && path.is_file() {
            let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            mails.push(Mail { path, shown });
        }
    }
    Ok(())
}

async fn read(pool: &Pool, mail: Mail, received: Option<Timestamp>) -> (Mail, Result<Intake, Failure>) {
    let intake = read_file(pool, &mail.path, received).await;
    (mail, intake)
}

async fn read_file(pool: &Pool, path: &Path, received: Option<Timestamp>) -> Result<Intake, Failure> {
    let unreadable = |error| Failure::of_file(path.display(), "无法打开", &error);
    let raw = tokio::fs::read(path).await.map_err(unreadable)?;
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(unreadable)?;
    let file_time = Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH);
    let received = received.map_or(Received::File(file_time), Received::At);
    let arrival = Arrival { received, extent: Extent::Whole, authserv_id: None, passwords: Vec::new() };
    let mut outcome = pool.read(&arrival, &raw).await;
    // On a machine that is busy a worker may not have started in time; the mail has nothing to do with that.
    for _ in 1..STARTS {
        if outcome.as_ref().is_err_and(WorkerError::is_transient) {
            outcome = pool.read(&arrival, &raw).await;
        }
    }
    match outcome {
        Ok(intake) => Ok(intake),
        Err(error) if error.is_transient() => Err(Failure::failed(error)),
        Err(error) => Ok(unread(&raw, file_time, &error)),
    }
}

/// A mail over which its worker stumbled: it would go to quarantine.
fn unread(raw: &[u8], at: Timestamp, error: &WorkerError) -> Intake {
    let message = MessageSummary {
        message_id: None,
        from: crate::model::address::Address::default(),
        subject: String::new(),
        received_at: time::rfc3339(at),
        bytes: raw.len() as u64,
        sha256: sha256_hex(raw),
    };
    let reading = Reading { message, kind: Kind::Inquiry, cases: Vec::new(), evidence: Vec::new(), defects: Vec::new() };
    Intake {
        reading,
        thread: Thread::default(),
        traces: Vec::new(),
        files: Vec::new(),
        texts: Vec::new(),
        said: String::new(),
        quarantine: Some(error.to_string()),
        stamp: None,
        clocks: Default::default(),
    }
}

fn reply(intake: &Intake, decision: &Decision, campaign: &Campaign) -> ReplyPlan {
    let (kind, because) = decide::reply_kind(&intake.reading, decision);
    let none = |because: &str| ReplyPlan { kind: ReplyKind::None, to: None, subject: None, because: because.to_owned() };
    let Some(letter_kind) = LetterKind::of(kind) else {
        return none(if decision.disposition == Disposition::Quarantined { &decision.because } else { because });
    };
    let Some(to) = intake.thread.reply_to.as_ref().filter(|_| decide::may_not_answer(intake, "", |_| false).is_none()) else {
        return none(decide::may_not_answer(intake, "", |_| false).unwrap_or(because));
    };
    let cases: Vec<LetterCase<'_>> = intake
        .reading
        .cases
        .iter()
        .map(|case| LetterCase {
            number: None,
            title: case.title.as_deref(),
            unit: case.unit.as_deref(),
            window: &case.window,
            defects: &case.defects,
            files: &[],
        })
        .collect();
    let letter = Letter {
        kind: letter_kind,
        campaign,
        salutation: None,
        received: Timestamp::UNIX_EPOCH,
        cases: &cases,
        defects: &intake.reading.defects,
        files: &[],
        mails: &[],
        deadline: None,
        to,
        from: "",
        message_id: "",
        date: Timestamp::UNIX_EPOCH,
        in_reply_to: None,
        references: &[],
        original_subject: &intake.reading.message.subject,
        disclosure: Disclosure::Full,
        reminding: None,
        said: "",
        annotated: &[],
        personal: &[],
    };
    ReplyPlan { kind, to: Some(to.address.clone()), subject: compose::subject(&letter).ok(), because: because.to_owned() }
}
