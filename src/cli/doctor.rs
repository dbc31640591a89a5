//! `doctor`: each part of the way from the mailbox to the record, looked at from the daemon's own view.
//!
//! Nothing is changed, sent or received. A login that was refused a while ago waits here as it does in the
//! daemon: an account must not be locked by being looked at.

use super::output::{self, Column, Format};
use super::{Failure, doctor_mailbox};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Loaded, secret};
use crate::daemon::Daemon;
use crate::intake::compose;
use crate::model::time;
use crate::sender::Senders;
use crate::smtp;
use crate::store::AlarmRow;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// 逐项检查收信、发信、数据库、磁盘和时钟，说明怎样处理
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui doctor [选项]",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui doctor\n  zhihui doctor --format json\n\n一切正常时退出码为 0，有需要处理的为 3"
)]
pub struct Doctor {
    /// 输出格式：table、json、jsonl 或 csv，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: Format,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Something a person should know, and that may lose or delay mail.
    Warning,
    /// It doesn't work.
    Failed,
}

/// One check.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What was looked at: `mailbox.login` and the like.
    pub name: String,
    /// Which one, where there are several.
    pub subject: String,
    /// What it came to.
    pub health: Health,
    /// In Chinese: what was found, and what to do.
    pub detail: String,
}

impl Check {
    /// A check with its result.
    pub fn new(name: &str, subject: &str, health: Health, detail: impl Into<String>) -> Self {
        Check { name: name.to_owned(), subject: subject.to_owned(), health, detail: detail.into() }
    }

    /// What succeeds is well, what fails is not.
    pub fn of<E: std::fmt::Display>(name: &str, subject: &str, outcome: Result<String, E>) -> Self {
        match outcome {
            Ok(detail) => Self::new(name, subject, Health::Ok, detail),
            Err(error) => Self::new(name, subject, Health::Failed, error.to_string()),
        }
    }
}

const COLUMNS: &[Column<Check>] = &[
    ("检查", |check| word(&check.name).to_owned()),
    ("对象", |check| check.subject.clone()),
    ("结果", |check| {
        match check.health {
            Health::Ok => "正常",
            Health::Warning => "注意",
            Health::Failed => "有问题",
        }
        .to_owned()
    }),
    ("说明", |check| check.detail.clone()),
];

/// Less room than this is soon used up by scans.
const ROOM_BYTES: u64 = 2 << 30;
/// And with less than this nothing more is to be received.
const LEAST_BYTES: u64 = 200 << 20;

impl Doctor {
    /// Runs every check, whatever the others came to.
    pub async fn run(&self, loaded: Loaded) -> Result<(), Failure> {
        let clock = Clock::System;
        let mut checks = campaigns(&loaded);
        let smtp = loaded.config.smtp.clone();
        let of_workdays = of_workdays(&loaded, clock.now());
        checks.extend(disk(&loaded));
        match App::open(loaded, clock.clone()).await {
            Err(error) => checks.push(Check::new("database", "", Health::Failed, error.to_string())),
            Ok(app) => {
                checks.push(database(&app).await);
                checks.extend(bucket(&app).await);
                checks.extend(alarms(&app).await);
                let daemon = app.daemon(std::env::current_exe().map_err(Failure::failed)?).await?;
                checks.extend(mailboxes(&daemon).await);
            }
        }
        checks.push(sending(&smtp).await);
        checks.extend(senders(&smtp).await);
        checks.push(of_clock(clock.now()));
        checks.push(of_workdays);
        output::list(&checks, self.format, COLUMNS)?;
        let found = checks.iter().filter(|check| check.health != Health::Ok).count();
        if found > 0 {
            return Err(Failure { code: 3, message: format!("有{found}项需要处理，见“说明”一栏") });
        }
        Ok(())
    }
}

/// Whether deadlines can be told for a while yet.
fn of_workdays(loaded: &Loaded, now: Timestamp) -> Check {
    let workdays = &loaded.workdays;
    let until = workdays.last_day().map_or_else(|| "空表".to_owned(), |last| format!("工作日表到{last}为止"));
    match workdays.runs_out(time::local(now).date(), loaded.config.correction.working_days) {
        Some(words) => Check::new("workdays", "", Health::Warning, words),
        None => Check::new("workdays", "", Health::Ok, until),
    }
}

async fn mailboxes(daemon: &Daemon) -> Vec<Check> {
    let mut checks = Vec::new();
    for source in daemon.sources() {
        checks.extend(doctor_mailbox::check(source, daemon.judge()).await);
    }
    checks
}

fn campaigns(loaded: &Loaded) -> Vec<Check> {
    let of = |(path, file): (&PathBuf, &std::sync::Arc<crate::config::CampaignFile>)| {
        let subject = path.display().to_string();
        let texts = compose::check_texts(&file.campaign).map_err(|(kind, error)| format!("回复 {kind:?} 的文字无法使用：{error}"));
        Check::of("campaign", &subject, texts.map(|()| format!("征集活动 {}，文字和规则可用", file.campaign.id)))
    };
    loaded.campaigns.iter().map(of).chain(answers_go_astray(loaded)).collect()
}

/// All campaigns write from one address. Where units answer, their mail comes to that address's mailbox, and to its campaign.
fn answers_go_astray(loaded: &Loaded) -> Vec<Check> {
    let from = &loaded.config.smtp.from().address;
    let has_own = |path: &PathBuf| {
        loaded.config.mailboxes.iter().any(|mailbox| mailbox.campaign == *path && mailbox.username.eq_ignore_ascii_case(from))
    };
    let silent = loaded.campaigns.iter().filter(|(_, file)| file.campaign.office.reply_to.is_empty());
    let astray: Vec<_> = silent.filter(|(path, _)| !has_own(path)).collect();
    // Of folders it can't be told whose mailbox they are: one may be that address's.
    if astray.len() < 2 && !loaded.campaigns.keys().any(has_own) || loaded.campaigns.len() < 2 {
        return Vec::new();
    }
    let told = |(path, file): (&PathBuf, &std::sync::Arc<crate::config::CampaignFile>)| {
        let words = format!(
            "单位回复征集活动 {} 的邮件会寄到 {from}，混入别的活动；请在该文件 [office] 写 reply_to = \"本活动的收件邮箱\"",
            file.campaign.id
        );
        Check::new("campaign", &path.display().to_string(), Health::Warning, words)
    };
    astray.into_iter().map(told).collect()
}

/// The folders that grow. What doesn't exist yet is made where its nearest ancestor is.
fn disk(loaded: &Loaded) -> Vec<Check> {
    let config = &loaded.config;
    let places = [config.database.url.expose(), config.blobs.url.to_string()];
    let folders = places.iter().filter_map(|url| url.split_once(':').filter(|(scheme, _)| ["sqlite", "file"].contains(scheme)));
    folders.map(|(_, path)| room(Path::new(path.trim_start_matches("//")))).collect()
}

fn room(path: &Path) -> Check {
    let subject = path.display().to_string();
    let existing = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(existing) {
        Err(error) => Check::new("disk", &subject, Health::Failed, format!("无法查看剩余空间（{error}）")),
        Ok(of) => {
            let free = of.f_bavail.saturating_mul(of.f_frsize);
            let mebibytes = free >> 20;
            let (health, advice) = match free {
                ..LEAST_BYTES => (Health::Failed, "，已不足以收信，请立即清理或扩容"),
                LEAST_BYTES..ROOM_BYTES => (Health::Warning, "，请尽早清理或扩容"),
                _ => (Health::Ok, ""),
            };
            Check::new("disk", &subject, health, format!("剩余 {mebibytes} MB{advice}"))
        }
    }
}

async fn database(app: &App) -> Check {
    let sound = async {
        let damage = app.store.damage().await.map_err(|error| error.to_string())?;
        if let Some(damage) = damage.first() {
            return Err(format!("数据库文件已损坏（{damage}），请停止运行，从备份恢复"));
        }
        let counts = app.store.pending_counts().await.map_err(|error| error.to_string())?;
        let mails: u64 = counts.messages.values().sum();
        Ok(format!("完好；台账中邮件{mails}封，待处理{}封，隔离{}封", counts.waiting(), counts.quarantined()))
    };
    Check::of("database", "", sound.await)
}

/// Puts a little into the bucket, reads it and takes it away again. A folder shows by its disk.
async fn bucket(app: &App) -> Option<Check> {
    let url = &app.loaded.config.blobs.url;
    url.bucket()?;
    let subject = url.to_string();
    Some(match app.blobs.probe().await {
        Err(error) => Check::new("blobs", &subject, Health::Failed, error.to_string()),
        Ok(probed) if probed.keeps_versions => {
            let advice = "可以写入、读出和删除；但存储桶开着版本控制，zhihui privacy purge 清除的内容仍会留作旧版本，请关闭版本控制或设定旧版本的保存期限";
            Check::new("blobs", &subject, Health::Warning, advice)
        }
        Ok(_) => Check::new("blobs", &subject, Health::Ok, "可以写入、读出和删除"),
    })
}

/// What the daemon found wrong and has not found right again.
async fn alarms(app: &App) -> Vec<Check> {
    let open = match app.store.alarms().await {
        Ok(open) => open,
        Err(error) => return vec![Check::new("alarm", "", Health::Failed, error.to_string())],
    };
    let of = |alarm: &AlarmRow| {
        let detail = format!("{}起：{}。{}", output::minute(&alarm.since), alarm.sentence.trim_end_matches('。'), advice(&alarm.kind));
        Check::new("alarm", &alarm.subject, Health::Warning, detail)
    };
    let mut checks: Vec<Check> = open.iter().map(of).collect();
    if checks.is_empty() {
        checks.push(Check::new("alarm", "", Health::Ok, "没有未解除的告警"));
    }
    checks
}

fn advice(alarm: &str) -> &'static str {
    match alarm {
        "storage" => "磁盘满的请清理或扩容，对象存储的请按说明处理，之后自动恢复收信",
        "replies_per_hour" => "请用 zhihui outbox list --status queued 核对；确属正常的会逐小时发出，或调高 replies_per_hour",
        "smtp" => "请按说明检查发信服务器和账户，之后自动补发",
        "login" => "请核对用户名和授权码，改好后运行中的程序一分钟内自动重试",
        _ => "详情见运行日志",
    }
}

/// Whether the name server answers by which senders are looked up.
async fn senders(settings: &crate::config::Smtp) -> Option<Check> {
    let subject = settings.resolver.map(|address| address.to_string()).unwrap_or_default();
    match Senders::open(settings) {
        Ok(None) => None,
        Err(error) => Some(Check::new("sender.dns", &subject, Health::Failed, error.to_string())),
        Ok(Some(senders)) => {
            let failed = |why| format!("DNS 服务器不能查询（{why}）：来信的发件人暂不能验证，回信将不带附件和联系信息");
            let outcome = senders.check(&settings.from().domain()).await.map(|()| "可以查询，用于验证发件人".to_owned()).map_err(failed);
            Some(Check::of("sender.dns", &subject, outcome))
        }
    }
}

/// Connects and logs in, and sends nothing.
async fn sending(settings: &crate::config::Smtp) -> Check {
    let subject = if settings.host.is_empty() { String::new() } else { format!("{}:{}", settings.host, settings.port()) };
    let secret = match settings.password() {
        Some(source) => match secret::resolve(&source).await {
            Ok(secret) => Some(secret),
            Err(error) => return Check::new("smtp", &subject, Health::Failed, error.to_string()),
        },
        None => None,
    };
    let outcome = async {
        let mut transport = smtp::Transport::open(settings, secret, smtp::Times::default())?;
        transport.check().await?;
        transport.close().await;
        Ok::<String, smtp::Refusal>("可以连接并登录，没有发出邮件".to_owned())
    };
    Check::of("smtp", &subject, outcome.await.map_err(|refusal| format!("{refusal}。{}", refusal.advice())))
}

/// Without another clock at hand, only nonsense shows; a mailbox's own clock is compared where it tells.
fn of_clock(now: Timestamp) -> Check {
    let year = crate::model::time::local(now).year();
    let shown = crate::model::time::rfc3339(now);
    if (2023..2100).contains(&year) {
        Check::new("clock", "", Health::Ok, format!("本机时间 {shown}"))
    } else {
        Check::new("clock", "", Health::Failed, format!("本机时间 {shown} 明显有误，请校准系统时钟（如启用 NTP）"))
    }
}

fn word(name: &str) -> &str {
    match name {
        "campaign" => "征集活动文件",
        "disk" => "磁盘",
        "database" => "数据库",
        "blobs" => "对象存储",
        "smtp" => "发信",
        "clock" => "时钟",
        "workdays" => "工作日表",
        "alarm" => "告警",
        "sender.dns" => "发件人验证",
        "mailbox.dns" => "域名解析",
        "mailbox.tls" => "加密连接",
        "mailbox.login" => "登录",
        "mailbox.id" => "客户端标识",
        "mailbox.folder" => "收件文件夹",
        "mailbox.window" => "可见范围",
        "mailbox.clock" => "邮箱时钟",
        "mailbox.idle" => "新邮件通知",
        "mailbox.after" => "处理后标记",
        other => other,
    }
}
