//! `publish list|consent|notice|build`: what society sees of the selected cases, and what their units consented to.

mod build;
mod consent;
mod folder;
mod notice;

use super::list::{self, Desk, Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{Field, Tone};
use super::window::campaigns;
use super::{Failure, words};
use crate::app::App;
use crate::config::CampaignFile;
use crate::daemon::{Publisher, Standing};
use crate::report::words as report_words;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::sync::Arc;

/// 写出公示，登记单位同意公开，生成公布网站、案例汇编和稿件
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui publish [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui publish notice --to 公示                          公示中的名单\n  zhihui publish list\n  zhihui publish consent JCZH-2023-0001 --reason 单位来函同意公开\n  zhihui publish build --to 公布"
)]
pub struct Publish {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出入选的案例，是否登记了同意公开
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui publish list [选项]",
        after_help = "示例：\n  zhihui publish list\n  zhihui publish list --batch 上半年 --format xlsx --to 同意情况.xlsx\n\n同意：given 已同意、missing 未登记、withdrawn 已撤回、changed 同意后内容有变动、\n      classified 疑似涉密、status 案例状态有变；只有已同意的公布"
    )]
    List(Box<List>),
    /// 写出公示：拟入选的名单、公示时间、异议的提法
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui publish notice [选项] --to <文件夹>",
        after_help = "示例：\n  zhihui publish notice --to 公示\n  zhihui publish notice --to 公示 --batch 上半年\n\n列出公示中的案例：编号、题目、报送单位、地区，不写案例内容和人员；一个公示期一份，Word文档和可粘贴的网页\n公示期自确认后的下一个工作日起算；其间收到异议用 zhihui review object 记下"
    )]
    Notice(notice::NoticeCommand),
    /// 登记单位同意公开的文字和照片，或撤回同意
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui publish consent [选项] --reason <原因> <编号>...",
        after_help = "示例：\n  zhihui publish consent JCZH-2023-0001 --reason 单位来函同意公开\n  zhihui publish consent JCZH-2023-0001 --picture 获奖证书.jpg --reason 单位来函同意公开 --yes\n  zhihui publish consent JCZH-2023-0001 --withdraw --reason 单位来电要求撤下\n\n先列出将公开的文字和照片，确认后登记；登记之后内容有变动的，须重新登记才公布\n撤回后请重新运行 zhihui publish build，并替换已上传的网页"
    )]
    Consent(consent::ConsentCommand),
    /// 生成公布网站、案例汇编，以及供门户网站和微信公众号使用的稿件
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui publish build [选项] --to <文件夹>",
        after_help = "示例：\n  zhihui publish build --to 公布\n  zhihui publish build --to 公布 --batch 上半年\n\n用浏览器打开文件夹中的 index.html 查看，不联网也能看、能查找；案例汇编为 compilation.docx，\n稿件在 copy 文件夹中，每件有 Word 文档和可粘贴的网页。只写已确认入选、已登记同意公开的案例，\n不写联系人、电话和印章。文件夹以前生成过的，整体替换；生成不成的，原来的不动"
    )]
    Build(build::Build),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct List {
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    shape: ShapeArgs,
}

/// A selected case.
#[derive(Debug, Serialize)]
struct Row {
    number: String,
    title: Option<String>,
    unit: Option<String>,
    region: Option<String>,
    batch: String,
    outcome: &'static str,
    consent: &'static str,
    pictures: usize,
    consent_at: Option<String>,
    consent_by: Option<String>,
    reason: Option<String>,
    #[serde(skip)]
    standing: Option<Standing>,
    #[serde(skip)]
    outcome_label: &'static str,
    #[serde(skip)]
    batch_label: String,
}

type Key = Field<Row>;

const FIELDS: &[Key] = &[
    Key::new("number", "编号", |row| row.number.clone()).shown(0),
    Key::new("title", "案例题目", |row| row.title.clone().unwrap_or_else(|| "（未填）".into())).shown(0).elastic(20),
    Key::new("unit", "报送单位", |row| row.unit.clone().unwrap_or_else(|| "（未填）".into())).shown(2).elastic(14),
    Key::new("region", "市州", |row| words::region(row.region.as_deref()).to_owned()).shown(4),
    Key::new("batch", "批次", |row| row.batch_label.clone()).shown(3),
    Key::new("outcome", "评审结果", |row| row.outcome_label.to_owned()).shown(3),
    Key::new("consent", "同意公开", |row| row.standing.map_or("", Standing::label).to_owned()).shown(0).toned(|row| match row.standing {
        Some(Standing::Ready) => Tone::Good,
        Some(Standing::Missing) | None => Tone::Open,
        Some(Standing::Withdrawn | Standing::Changed | Standing::Classified | Standing::Status) => Tone::Bad,
    }),
    Key::new("pictures", "照片", |row| row.pictures.to_string()).shown(2),
    Key::new("consent_at", "登记时间", |row| row.consent_at.as_deref().map(words::minute).unwrap_or_default()).shown(5),
    Key::new("consent_by", "登记人", |row| row.consent_by.clone().unwrap_or_default()),
    Key::new("reason", "依据", |row| row.reason.clone().unwrap_or_default()).shown(6).elastic(12),
];

/// What may be said of the consent.
const CONSENTS: words::Words = &[
    ("given", "已同意"),
    ("missing", "未登记"),
    ("withdrawn", "已撤回"),
    ("changed", "内容有变动"),
    ("classified", "疑似涉密"),
    ("status", "状态有变"),
];

static LIST: Kept<Row> = Kept {
    command: "zhihui publish list",
    things: "入选的案例",
    measure: "件",
    when_empty: "还没有入选的案例\nzhihui review select --help   看怎样确定评审结果",
    fields: FIELDS,
    tells: Tells { status: Some((CONSENTS, |row| row.consent)), cases: Some(|row| vec![row.number.clone()]), ..Tells::NOTHING },
};

impl Publish {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(list) => list.run(app).await,
            Action::Notice(notice) => notice.run(app).await,
            Action::Consent(consent) => consent.run(app).await,
            Action::Build(build) => build.run(app).await,
        }
    }
}

impl List {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut rows = Vec::new();
        for file in campaigns(app) {
            for (selected, found) in app.store.selected_publishable(&file.campaign.id, None).await? {
                let standing = Standing::of(&found);
                let consent = found.consent.as_ref();
                rows.push(Row {
                    title: found.reading.title.clone(),
                    unit: found.reading.unit.clone(),
                    region: found.reading.region.clone(),
                    batch_label: report_words::batch(&selected.batch, &file.campaign).to_owned(),
                    outcome: selected.outcome.as_str(),
                    outcome_label: selected.outcome.label(),
                    consent: standing.as_str(),
                    pictures: consent.map_or(0, |consent| consent.pictures.len()),
                    consent_at: consent.map(|consent| consent.at.clone()),
                    consent_by: consent.map(|consent| consent.actor.clone()),
                    reason: consent.map(|consent| consent.reason.clone()),
                    standing: Some(standing),
                    number: selected.number,
                    batch: selected.batch,
                });
            }
        }
        self.shape.print_kept(app, &self.narrow, &LIST, rows).await
    }
}

/// A batch by any of its names.
async fn batch(app: &App, typed: Option<&str>) -> Result<Option<String>, Failure> {
    match typed {
        Some(typed) => Ok(Some(list::batch(typed, &Desk::new(app).await?)?)),
        None => Ok(None),
    }
}

/// Who gathers for the campaign of a case.
pub(super) fn publisher_of(app: &App, number: &str) -> Result<Publisher, Failure> {
    let mut files = campaigns(app).into_iter();
    let found = files.find(|file| number.starts_with(&format!("{}-", file.campaign.number_prefix)));
    let file = found.ok_or_else(|| Failure::failed(format!("没有案例 {}，请用 zhihui case list 查看", super::output::visible(number))))?;
    publisher(app, &file)
}

fn publisher(app: &App, file: &Arc<CampaignFile>) -> Result<Publisher, Failure> {
    Ok(app.publisher(file, std::env::current_exe().map_err(Failure::failed)?)?)
}
