//! `publish build`: site, compilation and copy into one folder, which takes the place of the one before as a whole.

use super::folder::Folder;
use super::{batch, publisher};
use crate::app::App;
use crate::cli::list::Desk;
use crate::cli::output::visible;
use crate::cli::window::campaigns;
use crate::cli::{Failure, actor, list};
use crate::config::CampaignFile;
use crate::daemon::Gathered;
use crate::model::audit::Act;
use crate::report::dossier::Entry;
use crate::report::publish::{Publication, compilation, copy, site};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Build {
    /// 写到哪个文件夹；以前生成过的整体替换
    #[arg(long, value_name = "文件夹")]
    to: PathBuf,
    /// 只写这个批次，如 2023-H1、上半年，默认全部
    #[arg(long, value_name = "批次")]
    batch: Option<String>,
    /// 征集活动，如 2023，配置了几个时写明
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
}

impl Build {
    /// Gathers everything before anything is written.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let batch = batch(app, self.batch.as_deref()).await?;
        let file = self.campaign(app).await?;
        let folder = Folder::prepare(&self.to)?;
        let gathered = publisher(app, &file)?.gather(batch.as_deref()).await?;
        if gathered.publication.cases.is_empty() && folder.has_cases() {
            tell(&gathered);
            let shown = self.to.display();
            return Err(Failure::failed(format!(
                "没有可以公布的案例，{shown} 中原来生成的没有改动；确要撤下全部，请先删除 {shown} 再运行，并撤下已上传的网页"
            )));
        }
        let files = files(&gathered.publication)?;
        folder.write(&files)?;
        let numbers: Vec<&str> = gathered.publication.cases.iter().map(|case| case.number.as_str()).collect();
        let detail = json!({"batch": batch, "cases": numbers});
        app.store.audit(actor::by(app, None).entry(Act::SitePublished, format!("publication/{}", file.campaign.id), detail)).await?;
        tell(&gathered);
        let shown = self.to.display();
        eprintln!("已生成 {shown}：公布案例{}件，{}个文件；用浏览器打开 {shown}/index.html 查看", numbers.len(), files.len());
        Ok(())
    }

    async fn campaign(&self, app: &App) -> Result<Arc<CampaignFile>, Failure> {
        let files = campaigns(app);
        let wanted = match (&self.campaign, files.as_slice()) {
            (Some(typed), _) => list::resolve("征集活动", typed, &Desk::new(app).await?.campaigns())?,
            (None, [only]) => only.campaign.id.clone(),
            (None, []) => return Err(Failure::failed("配置中没有征集活动")),
            (None, _) => {
                let ids = files.iter().map(|file| file.campaign.id.as_str()).collect::<Vec<_>>().join("、");
                return Err(Failure::usage(format!("配置了几个征集活动，请用 --campaign 写明：{ids}")));
            }
        };
        let found = files.into_iter().find(|file| file.campaign.id == wanted);
        found.ok_or_else(|| Failure::failed("配置中没有这个征集活动"))
    }
}

/// All of them, in one order.
fn files(publication: &Publication) -> Result<Vec<Entry>, Failure> {
    let mut files = site::site(publication).map_err(|error| Failure::failed(format!("网页无法生成：{error:#}")))?;
    if publication.cases.is_empty() {
        return Ok(files);
    }
    let bytes = compilation::compilation(publication).map_err(|error| Failure::failed(format!("案例汇编无法生成：{error}")))?;
    files.push(Entry { path: "compilation.docx".into(), bytes });
    for case in &publication.cases {
        files.extend(copy::copy(publication, case).map_err(Failure::failed)?);
    }
    Ok(files)
}

/// What was not written, and what a person should look at.
fn tell(gathered: &Gathered) {
    for left in &gathered.left_out {
        eprintln!("未公布 {}《{}》：{}", left.number, visible(&left.title), left.standing.label());
    }
    if !gathered.left_out.is_empty() {
        eprintln!("登记同意用 zhihui publish consent 编号 --reason 依据");
    }
    for (number, name) in &gathered.lost {
        eprintln!("{number} 的图片没有写出，已不在材料中、无法识读或有印章：{}", visible(name));
    }
    for case in gathered.publication.cases.iter().filter(|case| case.taken_out > 0) {
        eprintln!("{} 的文字中隐去了联系人姓名、电话等{}处，请核对 cases/{}.html", case.number, case.taken_out, case.number);
    }
}
