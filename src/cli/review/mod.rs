//! `review`: a round of review from its opening to its ranking, and what is made of it.

mod assign;
mod changes;
mod close;
mod export;
mod import;
mod letter;
mod open;
mod select;
mod show;

use super::{Failure, window};
use crate::app::App;
use crate::config::CampaignFile;
use crate::intake::window::Window;
use crate::store::{Round, RoundCase, RoundRow};
use clap::{Args, Subcommand};
use std::path::Path;
use std::sync::Arc;

/// 评审：分配专家、导出材料和评分表、导入评分、排名，确定评审结果
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui review [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：
  zhihui window freeze 2023-H1 --yes                                  先冻结批次
  zhihui review open 2023-H1 --reviewers 专家.xlsx --reason 启动评审
  zhihui review assign --seed 公开抽取的数字 --reason 分配评审
  zhihui review export --to 评审材料
  zhihui review import P01.xlsx P02.xlsx
  zhihui review close --to 评审纪要.docx --reason 评审结束
  zhihui review select JCZH-2023-0001 --outcome 拟入选 --reason 得分居前
  zhihui review confirm --batch 2023-H1 --reason 复核无误             另一位协调员确认"
)]
pub struct Review {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 为冻结的批次启动评审，从名册读入专家，找出需要回避的
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review open [选项] --reviewers <文件> --reason <原因> <批次>",
        after_help = "示例：
  zhihui review open 2023-H1 --reviewers 专家.xlsx --reason 启动评审
  zhihui review open 2023-H1 --reviewers 专家.xlsx --reason 启动评审 --yes

名册的表头：姓名、单位、市州、登录名；市州和登录名可以不写，外省专家的市州留空
本人是联系人、同一单位、上下级单位的不评；[review] exclude_region = true 时同一市州的也不评
分配之前可以重新启动，换一份名册"
    )]
    Open(open::Open),
    /// 按公开的种子分配专家；或登记一位专家对一件案例的回避
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review assign [选项] --seed <种子> --reason <原因> [批次]\n      zhihui review assign [选项] --recuse <专家> <案例> --reason <原因> [批次]",
        after_help = "示例：
  zhihui review assign --seed 2023年7月3日彩票03071219 --reason 分配评审
  zhihui review assign --seed 2023年7月3日彩票03071219 --per-case 5 --reason 分配评审 --yes
  zhihui review assign --recuse P02 JCZH-2023-0007 --reason 曾任该单位顾问

同样的案例、专家和种子得到同样的分配，每位专家的件数尽量相同。种子在评审结束时随纪要公布，
之前请只公布它的SHA-256，以免由种子推出案例的代号
回避后只补派这一件，其他分配不变；专家可写代号或姓名，案例可写编号或评审代号"
    )]
    Assign(assign::Assign),
    /// 导出每位专家的评审材料（DOCX）和评分表（XLSX）
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review export [选项] --to <文件夹> [批次]",
        after_help = "示例：
  zhihui review export --to 评审材料
  zhihui review export --to 补派材料 --reviewer P03
  zhihui review export --to 评审材料2 --mask 高明 --mask 车城质检

盲评时材料中没有单位、人员、电话、印章、图片和文件属性；登记中没有、只在文字中出现的人名和单位，
紧挨职务等能确定的也隐去，不能确定的列出来，请在发出前看一遍，用 --mask 写明要隐去的词再导出一次；
这些词对本次评审以后的导出都有效，写错的用 --unmask 去掉"
    )]
    Export(export::Export),
    /// 导入填好的评分表，有误的写明单元格
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review import [选项] <文件>…",
        after_help = "示例：\n  zhihui review import P01.xlsx P02.xlsx\n  zhihui review import P01.xlsx --reason 专家更正评分\n\n有误的表一格也不导入，其他的表照常导入；重复导入没有影响。评审结束前不显示任何评分"
    )]
    Import(import::Import),
    /// 结束评审：排名，写出纪要
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review close [选项] --reason <原因> [批次]",
        after_help = "示例：
  zhihui review close --reason 评分已齐
  zhihui review close --reason 评分已齐 --to 评审纪要.docx --yes
  zhihui review close 2023-H1 --to 评审纪要.docx --reason 再写一份

按平均分排名，平均分相同的比较中位数。总分与中位数相差超过 [review] outlier 分的标为离群（至少3位专家），
最高与最低相差超过 disagreement 分的标为分歧较大；两者只作提示"
    )]
    Close(close::Close),
    /// 提出案例的评审结果，由另一人确认
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review select [选项] --outcome <结果> --reason <原因> <编号>…",
        after_help = "示例：
  zhihui review select JCZH-2023-0001 JCZH-2023-0004 --outcome 拟入选 --reason 得分居前
  zhihui review select JCZH-2023-0001 --outcome 公示中 --reason 经专班会议通过
  zhihui review select JCZH-2023-0001 --outcome 入选 --reason 公示期满无异议

结果：拟入选 → 公示中 → 入选，或不予采用；有异议用 zhihui review object 记下，
处理后写入选（异议不成立）、公示中（重新公示）或不予采用（异议成立）"
    )]
    Select(select::Select),
    /// 确认另一人提出的评审结果，写好给单位的信
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review confirm [选项] --reason <原因> <编号>…",
        after_help = "示例：\n  zhihui review confirm JCZH-2023-0001 --reason 复核无误\n  zhihui review confirm --batch 2023-H1 --reason 复核无误 --yes\n\n入选和不予采用的写好告知单位的信（同一单位、同一邮箱、同样结果的写在一封中），暂缓发出，用 zhihui outbox show 看，用 zhihui outbox release 放行"
    )]
    Confirm(select::Confirm),
    /// 给还没有告知结果的单位写信
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review letter [选项] --reason <原因> <编号>…",
        after_help = "示例：\n  zhihui review letter --batch 2023-H1 --reason 告知结果\n  zhihui review letter JCZH-2023-0004 --reason 原信已取消，重写 --yes\n\n确认入选或不予采用时已写好信；信被取消的（如同一封信中的另一件案例结果有变），用这个命令重写\n同一单位、同一邮箱、同样结果的案例写在一封信中，暂缓发出，用 zhihui outbox release 放行"
    )]
    Letter(letter::Letter),
    /// 记下公示期间的异议
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review object [选项] --text <文字> --reason <原因> <编号>",
        after_help = "示例：\n  zhihui review object JCZH-2023-0001 --text 来电反映数据有出入 --received 昨天 --reason 公示期间来电"
    )]
    Object(select::Object),
    /// 列出各批次的评审和进度
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review list [选项]",
        after_help = "示例：\n  zhihui review list\n  zhihui review list --format json\n\n状态：open 待分配、assigned 评审中、closed 已结束；时间按启动"
    )]
    List(Box<show::List>),
    /// 看一个批次的进度或排名，或一件案例的评审结果
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui review show [选项] [批次或编号]",
        after_help = "示例：\n  zhihui review show 2023-H1              结束前为各专家的进度，结束后为排名\n  zhihui review show 2023-H1 --reviewers  各专家的进度\n  zhihui review show 2023-H1 --conflicts  谁不评哪件，为什么\n  zhihui review show 2023-H1 --changes    分配之后的回避、补派和撤回，按先后\n  zhihui review show 2023-H1 --assignment 结束后：每件案例由哪几位专家评审\n  zhihui review show JCZH-2023-0001       一件案例的评审结果、公示和异议"
    )]
    Show(show::Show),
}

impl Review {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::Open(open) => open.run(app).await,
            Action::Assign(assign) => assign.run(app).await,
            Action::Export(export) => export.run(app).await,
            Action::Import(import) => import.run(app).await,
            Action::Close(close) => close.run(app).await,
            Action::Select(select) => select.run(app).await,
            Action::Confirm(confirm) => confirm.run(app).await,
            Action::Letter(letter) => letter.run(app).await,
            Action::Object(object) => object.run(app).await,
            Action::List(list) => list.run(app).await,
            Action::Show(show) => show.run(app).await,
        }
    }
}

/// A batch by any of its names.
async fn batch(app: &App, typed: &str) -> Result<(Arc<CampaignFile>, Window), Failure> {
    window::named_batch(app, typed).await
}

/// The round that is meant: of this batch, else the only one that isn't closed, else the only one.
async fn round(app: &App, name: Option<&str>) -> Result<(Arc<CampaignFile>, Round), Failure> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => only(app).await?,
    };
    let (file, window) = batch(app, &name).await?;
    let name = &window.id;
    match app.store.review(&file.campaign.id, &window.id).await? {
        Some(round) => Ok((file, round)),
        None => Err(Failure::failed(format!("{name} 还没有启动评审，请先用 zhihui review open {name} --reviewers 名册.xlsx"))),
    }
}

async fn only(app: &App) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for file in window::campaigns(app) {
        rows.extend(app.store.review_rounds(&file.campaign.id).await?);
    }
    let several = window::campaigns(app).len() > 1;
    let name = |row: &RoundRow| if several { format!("{}/{}", row.campaign, row.batch) } else { row.batch.clone() };
    let open: Vec<String> = rows.iter().filter(|row| row.state != "closed").map(name).collect();
    let all: Vec<String> = rows.iter().map(name).collect();
    match (open.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one]) => Ok(one.clone()),
        (_, []) => Err(Failure::failed("还没有启动过评审，请先用 zhihui review open 批次 --reviewers 名册.xlsx")),
        (_, all) => Err(Failure::usage(format!("请写明批次：{}", all.join("、")))),
    }
}

/// What people call a batch.
fn batch_name(file: &CampaignFile, id: &str) -> String {
    let batch = file.campaign.calendar.batches.iter().find(|batch| batch.id == id);
    batch.map_or_else(|| id.to_owned(), |batch| batch.name.clone())
}

fn unless_closed(round: &Round) -> Result<(), Failure> {
    match &round.closed_at {
        Some(at) => Err(Failure::failed(format!("{} 的评审已于{}结束，不能再改", round.batch, super::words::minute(at)))),
        None => Ok(()),
    }
}

/// A case of a round by its number or its code.
fn case<'a>(round: &'a Round, word: &str) -> Result<&'a RoundCase, Failure> {
    let is_meant = |case: &&RoundCase| case.number.eq_ignore_ascii_case(word) || case.code.as_deref() == Some(word);
    round.cases.iter().find(is_meant).ok_or_else(|| Failure::failed(format!("{} 的评审中没有案例“{word}”", round.batch)))
}

/// A reviewer's code, by code or name.
fn reviewer<'a>(round: &'a Round, word: &str) -> Result<&'a str, Failure> {
    let found: Vec<&str> = round
        .members
        .iter()
        .filter(|member| member.code.eq_ignore_ascii_case(word) || member.name == word)
        .map(|member| member.code.as_str())
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::failed(format!("{} 的评审中没有专家“{word}”", round.batch))),
        several => Err(Failure::usage(format!("有几位专家叫“{word}”，请写代号：{}", several.join("、")))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    /// More than any roster or sheet has.
    const MOST: u64 = 32 << 20;
    let fault = |why: String| Failure::failed(format!("{} {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| fault(format!("无法读取：{error}")))?.len();
    if size > MOST {
        return Err(fault("太大，不是导出的表".into()));
    }
    std::fs::read(path).map_err(|error| fault(format!("无法读取：{error}")))
}
