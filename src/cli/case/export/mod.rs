//! `case export`: cases as files, into a new folder or a new ZIP archive: forms, evidence, the record, a readable account,
//! and the hashes beside them. The same record gives the same bytes, so that two exports can be compared.
//!
//! Of a frozen batch the files are those of its manifest, and the record goes no further than the freezing. Classified
//! matter is never exported.

mod batch;
mod sink;

use super::explain::Account;
use super::show::detail;
use super::tell::{self, Contacts};
use crate::app::App;
use crate::cli::output::visible;
use crate::cli::{Failure, actor, approval, progress};
use crate::model::audit::Act;
use crate::report::dossier::{self, Dossier, Entry};
use crate::report::explain::text;
use crate::store::CaseDetail;
use batch::Batch;
use clap::Args;
use serde_json::json;
use sink::Sink;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Export {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required_unless_present = "batch")]
    numbers: Vec<String>,
    /// 已冻结的批次，如 2023-H1、上半年：其中全部案例，按计入的版本
    #[arg(long, value_name = "批次", conflicts_with = "numbers")]
    batch: Option<String>,
    /// 写到哪个新文件夹，以 .zip 结尾的写成压缩包
    #[arg(long, value_name = "文件夹或压缩包")]
    to: PathBuf,
    /// 案例记录中写明联系人姓名和电话，默认隐去；须两人先后运行同样的命令
    #[arg(long, requires = "reason")]
    with_contacts: bool,
    /// 为什么要写明，记入审计日志
    #[arg(long, value_name = "原因", value_parser = crate::cli::act::reason)]
    reason: Option<String>,
}

/// A file to be taken along: what it is, its name, its hash.
type Wanted = (&'static str, String, String);

impl Export {
    /// Finds every case before anything is written.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let batch = match &self.batch {
            Some(typed) => Some(Batch::find(app, typed).await?),
            None => None,
        };
        let cases = match &batch {
            Some(batch) => batch.cases(app).await?,
            None => self.cases(app).await?,
        };
        if self.with_contacts && !self.is_granted(app, &cases).await? {
            return Ok(());
        }
        let mut sink = Sink::create(&self.to).map_err(|error| sink::fault(&self.to, &error))?;
        for case in &cases {
            let entry = actor::by(app, self.reason.as_deref()).entry(Act::CaseExported, format!("case/{}", case.number()), json!({}));
            app.store.audit(entry).await?;
        }
        let (mut files, mut missing) = (0, 0);
        let bar = progress::bar("正在写出", cases.len());
        for case in &cases {
            let (entries, lost) = self.entries(app, case).await?;
            let number = case.number();
            let folder = dossier::folder(&number, case.detail.case.title.as_deref());
            for entry in &entries {
                sink.write(&folder, entry).map_err(|error| sink::fault(&self.to, &error))?;
            }
            files += entries.len();
            missing += lost;
            bar.step();
        }
        drop(bar);
        if let Some(manifest) = batch.as_ref().map(Batch::entry) {
            sink.write("", &manifest).map_err(|error| sink::fault(&self.to, &error))?;
        }
        sink.finish().map_err(|error| sink::fault(&self.to, &error))?;
        eprintln!("已写出 {}：{}件案例，{files}个文件", self.to.display(), cases.len());
        if missing == 0 { Ok(()) } else { Err(Failure::found(format!("其中{missing}个文件缺失或损坏，没有写出"))) }
    }

    /// The cases that are named, each once.
    async fn cases(&self, app: &App) -> Result<Vec<Case>, Failure> {
        let mut cases = Vec::new();
        let mut known = BTreeSet::new();
        for number in &self.numbers {
            let detail = detail(app, number).await?;
            if known.insert(detail.case.id) {
                cases.push(Case::whole(detail)?);
            }
        }
        Ok(cases)
    }

    /// Names and numbers go out when two persons want the same cases.
    async fn is_granted(&self, app: &App, cases: &[Case]) -> Result<bool, Failure> {
        let mut names: Vec<String> = cases.iter().map(Case::number).collect();
        names.sort();
        let subject = format!("export/{}", names.join(","));
        approval::of_contacts(app, &subject, &json!({"cases": names.len()}), self.reason.as_deref()).await
    }

    /// The files of one case, and how many of them are not as they were kept.
    async fn entries(&self, app: &App, case: &Case) -> Result<(Vec<Entry>, usize), Failure> {
        let mut dossier = Dossier::default();
        let mut detail = case.detail.clone();
        if !self.with_contacts {
            tell::without_people(&mut detail);
        }
        let record = serde_json::to_value(&detail).map_err(Failure::failed)?;
        let record = if self.with_contacts { record } else { dossier::masked(record) };
        dossier.add("record.json", (serde_json::to_string_pretty(&record).map_err(Failure::failed)? + "\n").into_bytes());
        let contacts = if self.with_contacts { Contacts::Shown } else { Contacts::Masked };
        let account = Account::of(app, case.detail.clone(), contacts, Vec::new()).await?;
        // Editors of any age on Windows read it.
        let told = format!("\u{feff}{}", text::text(&account.page(None), None)).replace('\n', "\r\n");
        dossier.add("说明.txt", told.into_bytes());
        let mut missing = 0;
        for (what, name, sha256) in &case.files {
            match app.blobs.get(sha256).await {
                Ok(bytes) => dossier.number(what, name, bytes),
                Err(error) if error.is_transient() => return Err(error.into()),
                Err(error) => {
                    eprintln!("{} 没有写出：{error}", visible(name));
                    missing += 1;
                }
            }
        }
        Ok((dossier.into_entries(), missing))
    }
}

/// A case with the files that go with it.
pub(super) struct Case {
    detail: CaseDetail,
    files: Vec<Wanted>,
}

impl Case {
    /// A case as it stands.
    fn whole(detail: CaseDetail) -> Result<Case, Failure> {
        let detail = without_classified(detail)?;
        let mut files: Vec<Wanted> = Vec::new();
        let mut forms = BTreeSet::new();
        for revision in detail.revisions.iter().filter(|revision| !revision.form_sha256.is_empty()) {
            if forms.insert(revision.form_sha256.as_str()) {
                let name = format!("第{}版_{}", revision.revision, dossier::safe(&revision.reading.form.file));
                files.push(("申报表", name, revision.form_sha256.clone()));
            }
        }
        let mut known = BTreeSet::new();
        for file in detail.evidence.iter().filter(|file| !forms.contains(file.sha256.as_str())) {
            if known.insert((&file.sha256, &file.name)) {
                files.push((role(&file.role), file.name.clone(), file.sha256.clone()));
            }
        }
        Ok(Case { files, detail: unobserved(detail) })
    }

    fn number(&self) -> String {
        self.detail.case.number.clone().unwrap_or_else(|| self.detail.case.id.to_string())
    }
}

/// What a file is called in an export.
fn role(role: &str) -> &'static str {
    match role {
        "scan" => "扫描件",
        "form_copy" => "申报表副本",
        "case_text" => "案例正文",
        "letter" => "函件",
        "summary_table" => "汇总表",
        _ => "证明材料",
    }
}

/// What looks classified stays where it is: the files and readings of such mails. A case that is nothing else is refused.
fn without_classified(mut detail: CaseDetail) -> Result<CaseDetail, Failure> {
    let classified: BTreeSet<i64> = detail.messages.iter().filter(|message| message.classified).map(|message| message.id).collect();
    if classified.is_empty() {
        return Ok(detail);
    }
    detail.revisions.retain(|revision| !classified.contains(&revision.message));
    detail.evidence.retain(|file| !classified.contains(&file.message));
    if detail.revisions.is_empty() {
        let number = detail.case.number.unwrap_or_else(|| detail.case.id.to_string());
        return Err(Failure::failed(format!("{number} 疑似涉密，不能导出，请按保密规定处理")));
    }
    eprintln!("{} 中疑似涉密的邮件没有导出", detail.case.number.as_deref().unwrap_or_default());
    Ok(detail)
}

/// That somebody looked at it or exported it doesn't change the case: so two exports are the same.
fn unobserved(mut detail: CaseDetail) -> CaseDetail {
    let looks = [Act::ContactsExported, Act::ContactsShown, Act::CaseExported, Act::MessageShown, Act::MessageExported];
    detail.history.retain(|row| looks.iter().all(|act| row.act != act.as_str()));
    detail
}
