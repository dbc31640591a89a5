//! `reconcile`: every mailbox held against the ledger.

use super::output::{self, Column, Format};
use super::{Failure, progress};
use crate::app::App;
use crate::daemon::{Depth, Difference, Kind, Mend, Outcome, Reconciled, Source};
use crate::model::time;
use crate::store::{BlobError, Place};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeSet;

/// 逐封核对邮箱与台账，说明差别，并补收缺少的
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui reconcile [选项]",
    next_help_heading = "选项",
    after_help = "示例：\n  zhihui reconcile\n  zhihui reconcile --fix\n  zhihui reconcile --files\n  zhihui reconcile --format csv > 差别.csv\n\n台账与邮箱一致时退出码为 0，还有差别待办时为 3；邮箱里后来移走、删除的不算"
)]
pub struct Reconcile {
    /// 补收缺少的邮件，取回缺失的原文
    #[arg(long)]
    fix: bool,
    /// 并逐个读出保存的原文和材料，核对有无缺失、改动
    #[arg(long)]
    files: bool,
    /// 只核对这个邮箱，如 main，默认全部
    #[arg(long, value_name = "名称")]
    mailbox: Option<String>,
    /// 输出格式：table、json、jsonl 或 csv，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: Format,
}

/// A difference as it is printed.
#[derive(Debug, Serialize)]
struct Row {
    mailbox: String,
    kind: &'static str,
    outcome: &'static str,
    uid: Option<u32>,
    file: Option<String>,
    message: Option<i64>,
    received_at: Option<String>,
    bytes: Option<u64>,
    subject: String,
    sha256: Option<String>,
    because: String,
}

const COLUMNS: &[Column<Row>] = &[
    ("邮箱", |row| row.mailbox.clone()),
    ("差别", |row| kind_word(row.kind).to_owned()),
    ("结果", |row| outcome_word(row.outcome).to_owned()),
    ("UID/文件", |row| row.uid.map(|uid| uid.to_string()).or_else(|| row.file.clone()).unwrap_or_default()),
    ("邮件", |row| row.message.map(|id| id.to_string()).unwrap_or_default()),
    ("收到", |row| row.received_at.as_deref().and_then(|at| at.get(..16)).unwrap_or_default().replace('T', " ")),
    ("字节", |row| row.bytes.map(|bytes| bytes.to_string()).unwrap_or_default()),
    ("主题", |row| row.subject.clone()),
    ("说明", |row| row.because.clone()),
];

impl Reconcile {
    /// Runs it. A mailbox that can't be read is told after the others.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let daemon = app.daemon(std::env::current_exe().map_err(Failure::failed)?).await?;
        let wanted = |source: &&Source| self.mailbox.as_ref().is_none_or(|name| *name == source.mailbox.name);
        let sources: Vec<&Source> = daemon.sources().iter().filter(wanted).collect();
        if let (Some(name), true) = (&self.mailbox, sources.is_empty()) {
            return Err(Failure::usage(format!("配置中没有邮箱“{name}”，请用 zhihui config show 查看")));
        }
        let mend = if self.fix { Mend::Yes } else { Mend::No };
        let depth = if self.files { Depth::Bytes } else { Depth::Names };
        let (mut rows, mut left, mut fault) = (Vec::new(), 0, None);
        for source in sources {
            let name = &source.mailbox.name;
            let wheel = progress::wheel(format!("正在逐封核对邮箱 {name}"));
            let outcome = source.reconcile(daemon.judge(), mend, depth).await;
            drop(wheel);
            match outcome {
                Ok(reconciled) => {
                    eprintln!("{}", summary(name, &reconciled));
                    left += reconciled.differences.iter().filter(|difference| difference.outcome == Outcome::Left).count();
                    rows.extend(reconciled.differences.into_iter().map(|difference| row(name, difference)));
                }
                Err(error) => fault = Some(error),
            }
        }
        if self.files && fault.is_none() {
            let told: BTreeSet<i64> = rows.iter().filter(|row| row.kind == "original_missing").filter_map(|row| row.message).collect();
            let (looked, damaged) = damaged(app, &told).await?;
            let verdict = if damaged.is_empty() { "一致".to_owned() } else { format!("另有{}个缺失或改动", damaged.len()) };
            eprintln!("保存的文件{looked}个，逐个核对：{verdict}");
            left += damaged.len();
            rows.extend(damaged);
        }
        if !rows.is_empty() || self.format != Format::Table {
            output::list(&rows, self.format, COLUMNS)?;
        }
        match fault {
            Some(error) => Err(error.into()),
            None if left > 0 => Err(Failure { code: 3, message: advice(left, mend) }),
            None => Ok(()),
        }
    }
}

/// Every file that the record speaks of, read and held against its hash: how many, and those that are not as they were kept. Of
/// the mails in `told` it was said already that their raw bytes are lost.
async fn damaged(app: &App, told: &BTreeSet<i64>) -> Result<(usize, Vec<Row>), Failure> {
    let kept = app.store.kept_files().await?;
    let bar = progress::bar("逐个核对文件", kept.len());
    let mut rows = Vec::new();
    for file in &kept {
        bar.step();
        if file.is_original && told.contains(&file.message) {
            continue;
        }
        let kind = match app.blobs.get(&file.sha256).await {
            Ok(_) => continue,
            Err(BlobError::Missing(_)) => "file_missing",
            Err(BlobError::Changed(_)) => "file_changed",
            Err(error) => return Err(error.into()),
        };
        let advice = if file.is_original {
            "请用 zhihui reconcile --files --fix 从邮箱取回，或从备份恢复"
        } else {
            "请从备份恢复"
        };
        let what = if file.is_original { "邮件原文" } else { "申报表或材料" };
        rows.push(Row {
            mailbox: file.mailbox.clone(),
            kind,
            outcome: "left",
            uid: None,
            file: None,
            message: Some(file.message),
            received_at: None,
            bytes: None,
            subject: String::new(),
            sha256: Some(file.sha256.clone()),
            because: format!("{what}{}，SHA-256 {}；{advice}", if kind == "file_missing" { "缺失" } else { "已被改动" }, file.sha256),
        });
    }
    Ok((kept.len(), rows))
}

fn summary(name: &str, reconciled: &Reconciled) -> String {
    let Reconciled { listed, recorded, skipped, differences } = reconciled;
    let count = |outcome: Outcome| differences.iter().filter(|difference| difference.outcome == outcome).count();
    let (left, mended, told) = (count(Outcome::Left), count(Outcome::Mended), count(Outcome::Told));
    let verdict = if left == 0 && mended == 0 { "一致".to_owned() } else { format!("待办{left}封，已补{mended}封") };
    let told = if told == 0 { String::new() } else { format!("；另有{told}处仅供了解") };
    format!("邮箱 {name}：服务器上{listed}封，台账中{recorded}封（其中早于起始日期未读的{skipped}封）：{verdict}{told}")
}

fn advice(left: usize, mend: Mend) -> String {
    match mend {
        Mend::No => format!("还有{left}封待办：zhihui reconcile --fix 补收缺少的，zhihui poll 处理已收妥的"),
        Mend::Yes => format!("还有{left}封未能补齐：请按“说明”一栏处理，稍后再试"),
    }
}

fn row(mailbox: &str, difference: Difference) -> Row {
    let (uid, file) = match difference.place {
        Place::Uid(uid) => (Some(uid), None),
        Place::Name(name) => (None, Some(name)),
    };
    Row {
        mailbox: mailbox.to_owned(),
        kind: kind_key(difference.kind),
        outcome: match difference.outcome {
            Outcome::Left => "left",
            Outcome::Mended => "fixed",
            Outcome::Told => "information",
        },
        uid,
        file,
        message: difference.message,
        received_at: difference.received.map(time::rfc3339),
        bytes: difference.bytes,
        subject: difference.subject,
        sha256: None,
        because: difference.because,
    }
}

fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "missing",
        Kind::Unread => "unread",
        Kind::Reused => "reused",
        Kind::Owed => "owed",
        Kind::Quarantined => "quarantined_unread",
        Kind::Original => "original_missing",
        Kind::Undecided => "undecided",
        Kind::Size => "size",
        Kind::Vanished => "vanished",
        Kind::Renumbered => "renumbered",
    }
}

fn kind_word(key: &str) -> &str {
    match key {
        "missing" => "台账缺少",
        "unread" => "尚未收取",
        "reused" => "编号重用",
        "owed" => "未能取到",
        "quarantined_unread" => "隔离未读",
        "original_missing" => "原文缺失",
        "undecided" => "尚未处理",
        "size" => "大小不符",
        "vanished" => "邮箱已无",
        "renumbered" => "旧编号",
        "file_missing" => "文件缺失",
        "file_changed" => "文件改动",
        other => other,
    }
}

fn outcome_word(key: &str) -> &str {
    match key {
        "left" => "待办",
        "fixed" => "已补",
        _ => "仅供了解",
    }
}
