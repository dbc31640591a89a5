//! `case explain`: one case from the mail's position and hash to the reply, for somebody who has to answer for it: each
//! value with where it stood, each rule with what it found, every decision and act, and whether anything was altered since.

mod answers;
mod course;
mod form;
mod mails;
mod more;
pub(super) mod whole;

use super::show::{deadline, detail};
use super::tell::{self, Contacts};
use crate::app::App;
use crate::cli::output::{self, terminal};
use crate::cli::window::campaigns;
use crate::cli::{Failure, approval, progress, words};
use crate::config::{CampaignFile, parse_campaign};
use crate::model::workdays::Workdays;
use crate::report::explain::{Chapter, Fact, Page, html, text};
use crate::store::{CaseDetail, RevisionRow};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use whole::Check;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Explain {
    /// 案例编号
    #[arg(value_name = "编号", help_heading = "参数")]
    number: String,
    /// 写成一个网页文件，文件须还不存在
    #[arg(long, value_name = "文件")]
    html: Option<PathBuf>,
    /// 联系人和电话写全，须两人先后运行，记入审计日志
    #[arg(long, requires = "reason")]
    with_contacts: bool,
    /// 为什么要写全，记入审计日志
    #[arg(long, value_name = "原因", value_parser = crate::cli::act::reason)]
    reason: Option<String>,
}

/// What an explanation is made of.
pub(super) struct Account {
    detail: CaseDetail,
    /// The campaign files that judged its revisions, by hash, as far as they are kept.
    rules: BTreeMap<String, Arc<CampaignFile>>,
    checks: Vec<Check>,
    contacts: Contacts,
    /// The hash of the campaign file of today.
    current_rules: Option<String>,
    /// By when the unit is to answer.
    deadline: Option<Timestamp>,
    workdays: Arc<Workdays>,
}

impl Explain {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let detail = detail(app, &self.number).await?;
        if self.with_contacts && !self.is_granted(app, &detail).await? {
            return Ok(());
        }
        let contacts = if self.with_contacts { Contacts::Shown } else { Contacts::Masked };
        let checks = progress::patiently("正在核对文件和日志", whole::checks(app, &detail)).await?;
        let account = Account::of(app, detail, contacts, checks).await?;
        let page = account.page(Some(&tell::at(app.clock.now())));
        match &self.html {
            None => output::print_paged(&text::text(&page, terminal::width())),
            Some(path) => output::sheet::write_new(path, html::html(&page).map_err(Failure::failed)?.as_bytes()),
        }
    }

    /// Names and numbers are told when two persons want those of this case.
    async fn is_granted(&self, app: &App, detail: &CaseDetail) -> Result<bool, Failure> {
        let number = detail.case.number.clone().unwrap_or_else(|| detail.case.id.to_string());
        approval::of_contacts(app, &format!("case/{number}"), &json!({"as": "explain"}), self.reason.as_deref()).await
    }
}

/// The campaign files by which the case was judged. What was judged before files were kept may still be the file of today.
async fn rules(app: &App, detail: &CaseDetail) -> Result<BTreeMap<String, Arc<CampaignFile>>, Failure> {
    let mut rules: BTreeMap<String, Arc<CampaignFile>> = campaigns(app).into_iter().map(|file| (file.sha256.clone(), file)).collect();
    for revision in &detail.revisions {
        let sha256 = &revision.campaign_sha256;
        if rules.contains_key(sha256) {
            continue;
        }
        if let Some(text) = app.store.campaign_file(sha256).await?
            && let Ok(file) = parse_campaign("征集活动文件", text)
        {
            rules.insert(sha256.clone(), Arc::new(file));
        }
    }
    Ok(rules)
}

impl Account {
    /// Gathers it.
    pub(super) async fn of(app: &App, mut detail: CaseDetail, contacts: Contacts, checks: Vec<Check>) -> Result<Account, Failure> {
        if contacts == Contacts::Masked {
            tell::without_people(&mut detail);
        }
        let current = campaigns(app).into_iter().find(|file| file.campaign.id == detail.case.campaign);
        Ok(Account {
            rules: rules(app, &detail).await?,
            checks,
            contacts,
            current_rules: current.map(|file| file.sha256.clone()),
            deadline: deadline(app, &detail)?,
            workdays: app.loaded.workdays.clone(),
            detail,
        })
    }

    /// The page. `now` is when it was made, where it tells.
    pub(super) fn page(&self, now: Option<&str>) -> Page {
        let case = &self.detail.case;
        let number = case.number.clone().unwrap_or_else(|| format!("待并案第{}号", case.id));
        let place = words::window(case.month.as_deref(), case.batch.as_deref(), case.late);
        let made = now.map_or("时刻均为北京时间（UTC+8）。".to_owned(), |now| {
            format!("本页由 zhihui {} 于 {now} 生成，时刻均为北京时间（UTC+8）。", env!("CARGO_PKG_VERSION"))
        });
        let is_whole = if self.checks.iter().all(Check::is_good) { "核对无误" } else { "有不符之处，见“完好性核对”" };
        Page {
            title: format!("案例说明 {number}"),
            subject: tell::title(case.title.as_deref()),
            facts: vec![
                Fact::new("报送单位", case.unit.as_deref().unwrap_or("（未填）")),
                Fact::new("状态", words::status(&case.status)),
                Fact::new("征集窗口", place),
                Fact::new("首次收到", tell::second(&case.received_at)),
            ]
            .into_iter()
            .chain((!self.checks.is_empty()).then(|| Fact::new("登记是否完好", is_whole)))
            .collect(),
            chapters: self.chapters(),
            foot: vec![
                made,
                match self.contacts {
                    Contacts::Masked => "联系人姓名和电话已隐藏一部分。".to_owned(),
                    Contacts::Shown => "含联系人姓名和电话，请妥善保管。".to_owned(),
                },
            ],
        }
    }

    fn chapters(&self) -> Vec<Chapter> {
        [
            self.answers(),
            self.more_answers(),
            self.mails(),
            self.form(),
            self.rules(),
            self.placing(),
            self.revisions(),
            self.decisions(),
            self.files(),
            self.replies(),
            self.acts(),
            self.whole(),
        ]
        .into_iter()
        .filter(|chapter| !chapter.parts.is_empty())
        .collect()
    }

    /// The revision that the case stands by.
    fn standing(&self) -> Option<&RevisionRow> {
        let detail = &self.detail;
        detail.revisions.iter().find(|revision| revision.revision == detail.case.revision).or(detail.revisions.last())
    }

    /// The campaign file that judged a revision.
    fn rules_of(&self, revision: &RevisionRow) -> Option<&CampaignFile> {
        self.rules.get(&revision.campaign_sha256).map(Arc::as_ref)
    }

    fn chapter(
        id: &'static str,
        heading: &'static str,
        lead: impl Into<String>,
        parts: impl IntoIterator<Item = Option<crate::report::explain::Part>>,
    ) -> Chapter {
        Chapter { id, heading, lead: lead.into(), parts: parts.into_iter().flatten().collect() }
    }
}
