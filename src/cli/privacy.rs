//! `privacy hold`, `privacy release` and `privacy purge`: what is kept no longer than the office wants, and what is kept
//! in spite of that.

use super::act::Consent;
use super::output::{self, visible};
use super::window::{campaigns, numbered};
use super::{Failure, actor, progress};
use crate::app::{self, App};
use crate::intake::{Arrival, Extent, Received};
use crate::model::time;
use crate::store::{Alone, Expired, ExpiredMail};
use crate::worker::Pool;
use clap::{Args, Subcommand};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// 到期清除材料和个人信息，依法保留个别案例
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui privacy [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui privacy hold JCZH-2023-0001 --reason 行政复议\n  zhihui privacy purge --reason 保存期满"
)]
pub struct Privacy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列为依法保留：保存期满也不清除
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui privacy hold [选项] --reason <原因> <编号>...",
        after_help = "示例：\n  zhihui privacy hold JCZH-2023-0001 --reason 行政复议 --yes"
    )]
    Hold(Hold),
    /// 取消依法保留
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui privacy release [选项] --reason <原因> <编号>...",
        after_help = "示例：\n  zhihui privacy release JCZH-2023-0001 --reason 复议已结 --yes"
    )]
    Release(Hold),
    /// 清除保存期满的材料和个人信息，先显示清除哪些
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui privacy purge [选项] --reason <原因>",
        after_help = "示例：
  zhihui privacy purge --reason 保存期满
  zhihui privacy purge --reason 保存期满 --yes

保存年限由配置文件的 [privacy] retain_years 决定，不写则不清除
清除后只留编号、题目、单位、窗口、状态和文件的校验值；校验值记入审计日志作为凭证
不能恢复；此前的备份不受影响，请另行处理"
    )]
    Purge(Purge),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Hold {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Purge {
    #[command(flatten)]
    consent: Consent,
}

impl Privacy {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::Hold(hold) => hold.run(app, true).await,
            Action::Release(hold) => hold.run(app, false).await,
            Action::Purge(purge) => purge.run(app).await,
        }
    }
}

impl Hold {
    /// All of them or none.
    async fn run(&self, app: &App, is_held: bool) -> Result<(), Failure> {
        let word = if is_held { "列为依法保留" } else { "取消依法保留" };
        let by = || actor::by(app, Some(&self.consent.reason));
        let mut tx = app.store.begin().await?;
        let numbers: Vec<String> = self.numbers.iter().map(|number| numbered(app, number)).collect();
        for number in &numbers {
            let case = tx.act_case(number).await?;
            let unknown =
                || Failure::failed(format!("没有案例 {}，没有作任何改动\nzhihui case list   看已登记的案例和编号", visible(number)));
            let case = case.ok_or_else(unknown)?;
            let change = if tx.hold_case(&case, is_held, &by()).await? { word } else { "不变：已是这样" };
            output::print(&format!("{}  {change}\n", visible(&case.name())))?;
        }
        tx.rollback().await?;
        if !self.consent.is_given()? {
            return Ok(());
        }
        let mut tx = app.store.begin().await?;
        for number in &numbers {
            if let Some(case) = tx.act_case(number).await? {
                tx.hold_case(&case, is_held, &by()).await?;
            }
        }
        tx.commit().await?;
        eprintln!("已{word}");
        Ok(())
    }
}

impl Purge {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let years = app.loaded.config.privacy.retain_years;
        if years == 0 {
            return Err(Failure::failed("没有设定保存年限，没有清除任何内容；请在配置文件中写 [privacy] retain_years = 年数"));
        }
        let before = before(app.clock.now(), years)?;
        let expired = app.store.expired(before.as_millisecond()).await?;
        page(&expired)?;
        if expired.cases.is_empty() && expired.mails.is_empty() {
            eprintln!("没有{years}年前（{}以前）结束、应当清除的内容", time::chinese_minute(before));
            return Ok(());
        }
        eprintln!("以上{}件案例、{}封邮件的材料和个人信息将被清除，不能恢复", expired.cases.len(), expired.mails.len());
        if !self.consent.is_given()? {
            return Ok(());
        }
        // Nothing may come in that refers to a file which is about to go.
        let running = || Failure::later("后台程序正在运行，没有清除；请先停止它（zhihui run），清除后再启动");
        let mut alone = app.store.alone(app.clock.now().as_millisecond()).await?.ok_or_else(running)?;
        finish(app, &mut alone).await?;
        let (files, unread) = files(app, &expired.mails).await?;
        let by = actor::by(app, Some(&self.consent.reason));
        // What changed while somebody was asked stays for the next time.
        if app.store.expired(before.as_millisecond()).await? != expired {
            return Err(Failure::later("内容在确认期间又有变化，没有清除；请重新运行"));
        }
        let purged = app.store.purge(&expired, &files, before.as_millisecond(), &by).await?;
        finish(app, &mut alone).await?;
        if !app.store.scrub().await? {
            eprintln!("另有程序正在使用数据库，日志文件中的残留要等各程序都结束后才会清空");
        }
        eprintln!(
            "已清除{}件案例、{}封邮件、{}个文件；凭证 {}，见 zhihui audit list",
            purged.cases, purged.mails, purged.blobs, purged.manifest
        );
        if unread > 0 {
            eprintln!("其中{unread}封邮件已不能拆开，只清除了台账中记有的文件");
        }
        if app.blobs.keeps_versions().await? {
            eprintln!("存储桶开着版本控制，清除的文件仍留作旧版本，请在存储服务中删除旧版本");
        }
        let backups = app.store.backups_made().await?;
        if backups > 0 {
            eprintln!("此前做过{backups}次备份，其中仍有这些内容，请按保存年限一并处理");
        }
        Ok(())
    }
}

fn before(now: Timestamp, years: u32) -> Result<Timestamp, Failure> {
    let years = i64::from(years).years();
    let then = time::local(now).checked_sub(years).map_err(|_| Failure::failed("保存年限太长"))?;
    Ok(then.timestamp())
}

fn page(expired: &Expired) -> Result<(), Failure> {
    let at = |ms: i64| Timestamp::from_millisecond(ms).map(time::chinese_minute).unwrap_or_default();
    for (_, name, last) in &expired.cases {
        output::print(&format!("清除  {}  最后一次变动 {}\n", visible(name), at(*last)))?;
    }
    let loose = expired.mails.iter().filter(|mail| mail.cases.is_empty()).count();
    if loose > 0 {
        output::print(&format!("清除  不属于案例的邮件{loose}封\n"))?;
    }
    for (names, why) in [(&expired.held, "依法保留"), (&expired.kept, "与未到期的案例同在一封邮件，或还有待发的回复")]
    {
        for name in names {
            output::print(&format!("保留  {}  {why}\n", visible(name)))?;
        }
    }
    Ok(())
}

/// Every file that a mail holds, also those that no row names; and how many mails can't be taken apart any more.
async fn files(app: &App, mails: &[ExpiredMail]) -> Result<(BTreeMap<i64, Vec<String>>, usize), Failure> {
    let program = std::env::current_exe().map_err(Failure::failed)?;
    let pools: BTreeMap<String, Pool> =
        campaigns(app).into_iter().map(|file| (file.campaign.id.clone(), app::pool(program.clone(), &file))).collect();
    let bar = progress::bar("清点邮件中的文件", mails.len());
    let (mut files, mut unread) = (BTreeMap::new(), 0);
    for mail in mails {
        bar.step();
        let Some(sha256) = &mail.sha256 else { continue };
        let received = Received::At(Timestamp::from_millisecond(mail.received_ms).unwrap_or(Timestamp::UNIX_EPOCH));
        let arrival = Arrival { received, extent: Extent::Whole, authserv_id: None, passwords: Vec::new() };
        let read = match (app.blobs.get(sha256).await, pools.get(&mail.campaign)) {
            (Ok(raw), Some(pool)) => pool.read(&arrival, &raw).await.ok(),
            (Err(error), _) if error.is_transient() => return Err(error.into()),
            (_, _) => None,
        };
        match read {
            Some(intake) => drop(files.insert(mail.id, intake.files.into_iter().map(|file| file.sha256).collect())),
            None => unread += 1,
        }
    }
    Ok((files, unread))
}

/// Removes from the disk what the record has given up, also after a cut.
async fn finish(app: &App, alone: &mut Alone) -> Result<(), Failure> {
    let due = app.store.purge_due().await?;
    if due.is_empty() {
        return Ok(());
    }
    alone.still().await?;
    app.blobs.remove_all(due.clone()).await?;
    Ok(app.store.purge_finished(&due).await?)
}
