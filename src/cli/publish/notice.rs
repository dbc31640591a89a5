//! `publish notice`: the public notice of the cases that are to be selected, for each period a DOCX and a page for the portal.

use super::{batch, publisher};
use crate::app::App;
use crate::cli::output::visible;
use crate::cli::window::campaigns;
use crate::cli::{Failure, actor};
use crate::config::CampaignFile;
use crate::daemon::Standing;
use crate::model::audit::Act;
use crate::model::time;
use crate::model::workdays::Workdays;
use crate::report::publish::notice::Notice;
use crate::report::publish::{Case, Source};
use crate::store::NoticeCase;
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct NoticeCommand {
    /// 写到这个文件夹，须还不存在
    #[arg(long, value_name = "文件夹")]
    to: PathBuf,
    /// 只写这个批次，如 2023-H1、上半年，默认全部
    #[arg(long, value_name = "批次")]
    batch: Option<String>,
}

/// What one notice is of: the batch, the day of the confirmation, the first and the last day.
type Period = (String, Date, Date, Date);

impl NoticeCommand {
    /// Writes what is in the public notice now.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let batch = batch(app, self.batch.as_deref()).await?;
        let workdays = &app.loaded.workdays;
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let mut acts = Vec::new();
        for file in campaigns(app) {
            let mut periods: BTreeMap<Period, Vec<NoticeCase>> = BTreeMap::new();
            for case in app.store.in_notice(&file.campaign.id, batch.as_deref()).await? {
                periods.entry(period(&case, workdays)?).or_default().push(case);
            }
            for (period, listed) in periods {
                let cases = cases(app, &file, &listed).await?;
                if cases.is_empty() {
                    continue;
                }
                files.extend(self.notice(app, &file, &period, &cases, workdays)?);
                let numbers: Vec<&str> = cases.iter().map(|case| case.number.as_str()).collect();
                acts.push((format!("notice/{}", period.0), json!({"cases": numbers, "until": period.3.to_string()})));
            }
        }
        if files.is_empty() {
            return Err(Failure::failed(
                "没有公示中的案例；请先用 zhihui review select 编号 --outcome 公示中 --reason 原因 提出，由另一人用 zhihui review confirm 确认",
            ));
        }
        write(&self.to, &files).map_err(|error| Failure::failed(format!("{} 无法写入：{error}", self.to.display())))?;
        let mut tx = app.store.begin().await?;
        acts.into_iter().for_each(|(subject, detail)| tx.audit(actor::by(app, None).entry(Act::NoticePublished, subject, detail)));
        tx.commit().await?;
        eprintln!("公示已写到 {}：每个公示期一份 Word 文档和一份可粘贴的网页，请核对后发布", self.to.display());
        eprintln!(
            "收到异议用 zhihui review object 编号 --text 内容 --reason 来源 记下；公示期满无异议的，用 zhihui review select 编号 --outcome 入选"
        );
        Ok(())
    }

    fn notice(
        &self,
        app: &App,
        file: &CampaignFile,
        (_, dated, first, last): &Period,
        cases: &[Case],
        workdays: &Workdays,
    ) -> Result<[(String, Vec<u8>); 2], Failure> {
        let Some(Case { batch, .. }) = cases.first() else { return Err(Failure::failed("没有公示中的案例")) };
        let days = (1..400).find(|days| workdays.add_working_days(*dated, *days) == Some(*last)).unwrap_or_default();
        let notice = Notice {
            campaign: &file.campaign,
            batch,
            dated: *dated,
            days: (*first, *last),
            working_days: days,
            mailbox: &app.loaded.config.smtp.from().address,
            cases,
        };
        if file.campaign.office.contact.trim().is_empty() {
            eprintln!("征集活动文件中没有写联系方式（[office] contact），公示中只有邮箱；补上联系电话后请重新写一份");
        }
        if time::local(app.clock.now()).date() > *first {
            eprintln!("公示期自{first}起算；到今天还没有发布的，公示时间不足{days}个工作日，请与专班商定后重新公示");
        }
        let name = format!("公示_{}_{first}至{last}", batch.id);
        let docx = notice.docx().map_err(|error| Failure::failed(format!("公示无法生成：{error}")))?;
        let html = notice.html().map_err(|error| Failure::failed(format!("公示无法生成：{error:#}")))?;
        Ok([(format!("{name}.docx"), docx), (format!("{name}.html"), html.into_bytes())])
    }
}

/// The working days that follow the one on which it was confirmed.
fn period(case: &NoticeCase, workdays: &Workdays) -> Result<Period, Failure> {
    let day = |ms: i64| Timestamp::from_millisecond(ms).map(|at| time::local(at).date()).map_err(Failure::failed);
    let dated = day(case.confirmed_ms)?;
    let first = workdays.add_working_days(dated, 1).ok_or_else(|| Failure::failed("工作日表推算不出公示期，请补充工作日表"))?;
    Ok((case.batch.clone(), dated, first, day(case.until_ms.saturating_sub(1))?))
}

/// The cases as they are listed; what may not be shown is told.
async fn cases(app: &App, file: &std::sync::Arc<CampaignFile>, listed: &[NoticeCase]) -> Result<Vec<Case>, Failure> {
    let publisher = publisher(app, file)?;
    let mut cases = Vec::new();
    for one in listed {
        let Some(found) = app.store.publishable(&one.number).await? else { continue };
        match Standing::of(&found) {
            why @ (Standing::Classified | Standing::Status) => {
                eprintln!("{}", visible(&format!("未列入公示 {}：{}", one.number, why.label())));
            }
            Standing::Ready | Standing::Missing | Standing::Withdrawn | Standing::Changed => {
                let source = Source { number: &one.number, reading: &found.reading, batch: Some(&one.batch), figures: &[] };
                cases.push(Case::new(source, &file.campaign, &publisher.regions));
            }
        }
    }
    Ok(cases)
}

/// Never over what is there.
fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    fs::create_dir(folder)?;
    for (name, bytes) in files {
        let mut file = File::options().write(true).create_new(true).open(folder.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    Ok(())
}
