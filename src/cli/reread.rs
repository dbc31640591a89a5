//! `case reread`: what kept cases would say under the campaign file and the rules of today, and why; applied on demand.
//!
//! Nothing is sent unless `--reply` says so. A case that nobody rereads keeps what it said, and the hash of the campaign file that judged it.

use super::case::detail;
use super::progress::{self, Progress};
use super::window::{campaigns, numbered};
use super::{Failure, actor, output, words};
use crate::app::{self, App};
use crate::config::CampaignFile;
use crate::daemon::{Amender, Applied, Rereader, Rereading, Tell};
use crate::intake::amend::Telling;
use crate::intake::schedule::Office;
use crate::model::audit::By;
use crate::model::difference::Difference;
use crate::model::outbox::OutboxState;
use crate::model::reading::WindowPlace;
use crate::store::{Filter, RereadCase};
use clap::{Args, ValueEnum};
use futures::StreamExt;
use serde::Serialize;
use std::fmt::Write;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct RereadCommand {
    /// 案例编号，默认全部
    #[arg(value_name = "编号", help_heading = "参数")]
    numbers: Vec<String>,
    /// 只看会有什么变化，不作改动
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// 确认改动；不写则与 --dry-run 相同
    #[arg(long, requires = "reason")]
    yes: bool,
    /// 答复因此有变的，另发更正（误发过补正通知的）、回执或补正通知
    #[arg(long)]
    reply: bool,
    /// 原因，记入审计日志
    #[arg(long, value_name = "原因", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,
    /// 输出格式：text 或 jsonl，默认 text
    #[arg(long, value_enum, default_value_t = ShowFormat::Text, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    #[value(alias = "table")]
    Text,
    #[value(alias = "json")]
    Jsonl,
}

/// One case that would change.
#[derive(Debug, Serialize)]
struct Line<'a> {
    number: &'a str,
    /// `campaign`: its file has changed; `program`: the program reads otherwise.
    because: &'static str,
    window_before: &'a WindowPlace,
    window_after: &'a WindowPlace,
    revisions: Vec<RevisionLine>,
    unread: &'a [(u32, String)],
    /// The letter that goes with `--reply`.
    reply: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct RevisionLine {
    revision: u32,
    changes: Vec<Difference>,
}

/// What became of them all.
#[derive(Debug, Default)]
struct Counts {
    same: u64,
    changed: u64,
    moved: u64,
    unread: u64,
    applied: u64,
    told: u64,
    held: u64,
    overtaken: Vec<String>,
}

impl RereadCommand {
    /// Rereads, shows, and applies where it is meant.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let by = self.yes.then(|| actor::by(app, self.reason.as_deref()));
        let mut counts = Counts::default();
        for number in &self.numbers {
            detail(app, number).await?;
        }
        for file in campaigns(app) {
            self.campaign(app, &file, by.as_ref(), &mut counts).await?;
        }
        eprintln!(
            "共重读{}件：{}件有变化（其中{}件征集窗口变动），{}件不变，{}件有版本未能重读",
            counts.same + counts.changed,
            counts.changed,
            counts.moved,
            counts.same,
            counts.unread
        );
        match (self.yes, counts.changed) {
            (true, _) if self.reply => {
                let held = if counts.held > 0 { format!("，其中{}封待人工放行", counts.held) } else { String::new() };
                eprintln!("已改动{}件，{}封邮件已放入发件箱{held}", counts.applied, counts.told);
            }
            (true, _) => eprintln!("已改动{}件，没有发出任何邮件", counts.applied),
            (false, 0) => {}
            (false, _) => eprintln!("以上尚未改动。确认请运行：zhihui case reread --yes --reason 原因"),
        }
        let overtaken = counts.overtaken.join("、");
        if overtaken.is_empty() {
            Ok(())
        } else {
            Err(Failure::later(format!("以下案例在重读期间收到新的邮件，请再重读一次：{overtaken}")))
        }
    }

    async fn campaign(&self, app: &App, file: &CampaignFile, by: Option<&By>, counts: &mut Counts) -> Result<(), Failure> {
        let office = Office::of(&app.loaded.config, &app.loaded.workdays);
        let pool = app::pool(std::env::current_exe().map_err(Failure::failed)?, file);
        let authserv_id = app.loaded.config.smtp.authserv_id.as_deref();
        let roster = app.store.roster(&file.campaign.id).await?;
        let now = app.clock.now();
        let rereader = Rereader { blobs: &app.blobs, pool: &pool, campaign: file, office: &office, roster: &roster, authserv_id, now };
        let (config, key) = (&app.loaded.config, app.store.hmac_key().await?);
        let amender = Amender { store: &app.store, config, campaign: file, office: &office, key: &key };
        let parallel = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let cases = self.cases(app, file).await?;
        let bar = progress::bar("正在重读", cases.len());
        let read = |case: RereadCase| async {
            let found = rereader.read(&case).await;
            (case, found)
        };
        let mut read = futures::stream::iter(cases.into_iter().map(read)).buffered(parallel);
        while let Some((case, found)) = read.next().await {
            self.one((app, &amender, &bar), (&case, found?), by, counts).await?;
            bar.step();
        }
        Ok(())
    }

    async fn cases(&self, app: &App, file: &CampaignFile) -> Result<Vec<RereadCase>, Failure> {
        let filter = Filter { campaign: Some(file.campaign.id.clone()), ..Filter::default() };
        let mut cases = Vec::new();
        let numbers: Vec<String> = self.numbers.iter().map(|number| numbered(app, number)).collect();
        for row in app.store.list_cases(&filter).await? {
            let name = row.number.clone().unwrap_or_else(|| row.id.to_string());
            if numbers.is_empty() || numbers.contains(&name) {
                cases.extend(app.store.reread_case(&row.id.to_string()).await?);
            }
        }
        Ok(cases)
    }

    async fn one(
        &self,
        (app, amender, bar): (&App, &Amender<'_>, &Progress),
        (case, found): (&RereadCase, Rereading),
        by: Option<&By>,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        counts.unread += u64::from(!found.unread.is_empty());
        let moved = found.place != case.place;
        if found.changes.is_empty() && !moved && found.unread.is_empty() {
            counts.same += 1;
            return Ok(());
        }
        let changed = !found.revisions.is_empty();
        *(if changed { &mut counts.changed } else { &mut counts.same }) += 1;
        counts.moved += u64::from(moved);
        let name = case.number.clone().unwrap_or_else(|| format!("待并案第{}号", case.id));
        let new_rules = case.revisions.iter().any(|revision| revision.campaign_sha256 != amender.campaign.sha256);
        let telling = if self.reply { amender.foretold(case, &found) } else { Telling::Nothing };
        let told = match self.format {
            ShowFormat::Text => page(&name, case, &found, (new_rules, telling)),
            ShowFormat::Jsonl => line(&name, case, &found, (new_rules, telling))?,
        };
        bar.aside(|| output::print(&told))?;
        let Some(by) = by.filter(|_| changed) else { return Ok(()) };
        // What the new readings speak of is durable before they are written.
        app.blobs.put_all(found.files.clone()).await?;
        match amender.apply(case, &found, by, if self.reply { Tell::Units } else { Tell::Nobody }).await? {
            Applied::Overtaken => {
                counts.overtaken.push(name);
                return Ok(());
            }
            Applied::Quietly(Some(why)) => bar.aside(|| eprintln!("{}：没有发信，{why}", output::visible(&name))),
            Applied::Quietly(None) => {}
            Applied::Told(_, state) => {
                counts.told += 1;
                counts.held += u64::from(state == OutboxState::Held);
            }
        }
        counts.applied += 1;
        Ok(())
    }
}

/// What would be sent; nothing where nothing is.
fn told(telling: Telling) -> Option<(&'static str, &'static str)> {
    match telling {
        Telling::Nothing => None,
        Telling::Acknowledgement => Some(("acknowledgement", "收件回执（原补正通知尚未发出，不再发）")),
        Telling::Request => Some(("correction", "补正通知（代替尚未发出的）")),
        Telling::Retraction => Some(("retraction", "更正（此前误发补正通知，材料已齐）")),
        Telling::Amendment => Some(("amendment", "更正（按重读后的内容）")),
    }
}

fn page(name: &str, case: &RereadCase, found: &Rereading, (new_rules, telling): (bool, Telling)) -> String {
    let mut out = String::new();
    let why = if new_rules { "征集活动文件已不是登记时的那一份" } else { "程序的读法有变动" };
    let _ = writeln!(out, "{}  （{why}）", output::visible(name));
    if found.place != case.place {
        let _ = writeln!(out, "  征集窗口：{} → {}", words::place(&case.place), words::place(&found.place));
    }
    for (revision, changes) in &found.changes {
        for change in changes {
            let _ = writeln!(out, "  第{revision}版  {}", output::visible(&super::case::masked_change(change)));
        }
    }
    if let Some((_, words)) = told(telling) {
        let _ = writeln!(out, "  答复：{words}");
    }
    for (revision, why) in &found.unread {
        let _ = writeln!(out, "  第{revision}版  未能重读，保持不变：{}", output::visible(why));
    }
    out
}

fn line(name: &str, case: &RereadCase, found: &Rereading, (new_rules, telling): (bool, Telling)) -> Result<String, Failure> {
    let line = Line {
        number: name,
        because: if new_rules { "campaign" } else { "program" },
        window_before: &case.place,
        window_after: &found.place,
        revisions: found
            .changes
            .iter()
            .map(|(revision, changes)| RevisionLine { revision: *revision, changes: changes.iter().map(super::case::masked).collect() })
            .collect(),
        unread: &found.unread,
        reply: told(telling).map(|(key, _)| key),
    };
    Ok(serde_json::to_string(&line).map_err(Failure::failed)? + "\n")
}
