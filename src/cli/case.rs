//! `case list`, and what else is done with cases: each in a file of its own.

mod explain;
mod export;
mod show;
mod tell;

use explain::Explain;
use export::Export;
use show::Show;

pub use show::detail;
pub use tell::{masked, masked_change, settled_seal};

use super::list::{Desk, ListArgs, Noun};
use super::output::{self, Field, Shape, Tone};
use super::{Failure, act, merge, overdue, progress, reread, search, words};
use crate::app::App;
use crate::config::ViewOf;
use crate::store::{CaseRow, order};
use clap::{Args, Subcommand};

/// 查案例，登记、更正、退回、撤回、并案，按新规则重读
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui case [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui case list\n  zhihui case search 光电子 计量\n  zhihui case show JCZH-2023-0001"
)]
pub struct Case {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出案例
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case list [选项]",
        after_help = "示例：\n  zhihui case list --view 待补正\n  zhihui case list --status 待补正 --region 十堰 --sort -received_at\n  zhihui case list --window 上半年 --format xlsx --to 上半年.xlsx\n\n状态：accepted 材料齐全、needs_correction 待补正、late 逾期、\n      possible_revision 待并案、returned 退回、withdrawn 已撤回、merged 已并案\n视图：待补正、超期未补、待并案、逾期、待核章、市州未定、本月"
    )]
    List(Box<ListArgs>),
    /// 列出已过补正期限仍未补齐的案例，附期限、联系人和电话
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case overdue [选项]",
        after_help = "示例：\n  zhihui case overdue\n  zhihui case overdue --with-contacts --reason 电话催补\n\n联系人和电话默认隐藏一部分；写全须两人先后运行同样的命令，记入审计日志\n一件的电话见 zhihui case show"
    )]
    Overdue(Box<overdue::Overdue>),
    /// 在题目、单位、案例介绍和证明材料中查找
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case search [选项] <词>...",
        after_help = "示例：\n  zhihui case search 光电子 计量\n  zhihui case search 光电子 --region 武汉 --limit 50\n\n每个词都要出现，两个字的词也可以；题目和单位中有的排在前面"
    )]
    Search(Box<search::Search>),
    /// 显示一件案例的全部情况
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case show [选项] <编号>",
        after_help = "示例：\n  zhihui case show JCZH-2023-0001\n  zhihui case show JCZH-2023-0001 --format json\n\n联系人和电话写全，供电话联系；列表、说明和导出中隐藏一部分"
    )]
    Show(Show),
    /// 说明一件案例：从收到的邮件到答复，每项内容出自何处，每条规则结果如何
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case explain [选项] <编号>",
        after_help = "示例：\n  zhihui case explain JCZH-2023-0001\n  zhihui case explain JCZH-2023-0001 --html 说明.html\n\n网页只有一个文件，不联网也能看，可打印；联系人和电话默认隐藏一部分，写全须两人先后运行同样的命令，记入审计日志"
    )]
    Explain(Explain),
    /// 把待并案的材料并入案例，或把两件案例并成一件
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case merge [选项] --reason <原因> <案例>",
        after_help = "示例：
  zhihui case merge 12 --reason 同一案例，市局重复报送
  zhihui case merge JCZH-2023-0008 --into JCZH-2023-0003 --reason 同一案例 --yes

两边的版本、材料和邮件都保留，收到较晚的版本作为案例内容"
    )]
    Merge(merge::Merge),
    /// 待并案的材料是另一件案例：另给编号
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case separate [选项] --reason <原因> <案例>",
        after_help = "示例：
  zhihui case separate 12 --reason 经核实是另一件案例 --yes"
    )]
    Separate(merge::Separate),
    /// 准予逾期的案例列入一个窗口，须两人先后确认
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case admit [选项] --window <窗口> --reason <原因> <编号>",
        after_help = "示例：
  zhihui case admit JCZH-2023-0031 --window 2023-H2 --reason 因系统故障迟到，经批准 --yes

第一人运行后为提议，另一人再运行同样的命令才生效；同一人两次无效"
    )]
    Admit(merge::Admit),
    /// 登记不经邮件报送的案例：微信、OA、传真、纸质
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case add [选项] --source <来源> --received <时间> --reason <原因> <文件>...",
        after_help = "示例：
  zhihui case add --source 微信 --received 2023-06-30T16:20 --reason 单位邮箱故障 申报表.docx 盖章.jpg
  zhihui case add --source 纸质 --received 昨天 --reason 邮寄 扫描件.pdf --yes
  zhihui case add --case JCZH-2023-0001 --source 传真 --received 今天 --reason 补盖章 盖章页.jpg

按与来信相同的规则读取、核对、编号；不发信"
    )]
    Add(act::Add),
    /// 人工确定案例的内容，此后的来件和重读不改变它
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case edit [选项] --field <栏目=内容> --reason <原因> <编号>...",
        after_help = "示例：
  zhihui case edit JCZH-2023-0001 --field 市州=十堰 --reason 电话核实
  zhihui case edit JCZH-2023-0001 --field 联系人及电话='李某 0719-5526248' --reason 单位来电更正 --yes
  zhihui case edit JCZH-2023-0001 --field 案例介绍=@介绍.txt --reason 单位来电更正
  zhihui case edit JCZH-2023-0001 --as-read 市州 --reason 更正有误

栏目：案例题目、报送单位、市州、渠道、案例分类、其它类别、联系人及电话、
      案例介绍、报送单位意见、重点方面、公章；状态只能用 --as-read 恢复
案例介绍、报送单位意见可写在文件里：@后面写文件名，UTF-8 文本"
    )]
    Edit(act::Edit),
    /// 指定承办人
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case assign [选项] --reason <原因> <编号>... <承办人>",
        after_help = "示例：
  zhihui case assign JCZH-2023-0001 JCZH-2023-0002 李某 --reason 分工 --yes
  zhihui case assign JCZH-2023-0001 无 --reason 调整分工

与台账的“承办人”一栏是同一内容"
    )]
    Assign(act::Assign),
    /// 退回案例，告知单位原因
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case return [选项] --reason <原因> <编号>...",
        after_help = "示例：
  zhihui case return JCZH-2023-0001 --reason 案例内容与质量基础设施无关

原因写给单位看；退回告知先暂缓，用 zhihui outbox release 放行后发出
单位再次报送的，案例恢复处理；误退的用 zhihui case edit --as-read 状态 恢复"
    )]
    Return(act::Return),
    /// 单位要求撤回案例
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case withdraw [选项] --reason <原因> <编号>...",
        after_help = "示例：
  zhihui case withdraw JCZH-2023-0001 --reason 单位来电撤回 --yes

不再催补，不再计入；恢复用 zhihui case edit --as-read 状态"
    )]
    Withdraw(act::Withdraw),
    /// 在案例旁写备注
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case note [选项] --text <文字> <编号>...",
        after_help = "示例：
  zhihui case note JCZH-2023-0001 --text 已电话联系，周五前补齐 --yes"
    )]
    Note(act::Note),
    /// 确认申报表上有没有本单位公章
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case confirm-seal [选项] --reason <原因> <编号>... <present|absent>",
        after_help = "示例：
  zhihui case confirm-seal JCZH-2023-0001 present --reason 已看原件
  zhihui case list --view 待核章

由此补齐的案例给单位发收件回执；确认没有的发补正通知"
    )]
    ConfirmSeal(act::ConfirmSeal),
    /// 确定案例属于哪些重点方面
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case set-focus [选项] --reason <原因> <编号>... <方面>",
        after_help = "示例：
  zhihui case set-focus JCZH-2023-0001 技术创新、中小微企业 --reason 已阅 --yes"
    )]
    SetFocus(act::SetFocus),
    /// 答复来信
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case answer [选项] --text <文件> --reason <原因> <来信>",
        after_help = "示例：
  zhihui message list --view 待答复
  zhihui case answer 12 --text 答复.txt --reason 咨询报送时间

称呼、落款和日期由程序加上，以原来信的主题答复"
    )]
    Answer(act::Answer),
    /// 用现在的征集活动文件和规则重读已收到的邮件，看哪些案例会变、为什么
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case reread [选项] [编号]...",
        after_help = "示例：
  zhihui case reread --dry-run
  zhihui case reread JCZH-2023-0001 --dry-run
  zhihui case reread --yes --reason 按修订后的征集时间

改动只记入案例，不发邮件；原来的内容保留；人工确定的内容和已冻结的批次不变"
    )]
    Reread(reread::RereadCommand),
    /// 把案例写成文件：申报表、证明材料、案例记录和校验值
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui case export [选项] --to <文件夹或压缩包> <编号>…",
        after_help = "示例：\n  zhihui case export JCZH-2023-0001 --to 案例\n  zhihui case export JCZH-2023-0001 JCZH-2023-0002 --to 案例.zip\n\n写出的文件可用 sha256sum -c SHA256SUMS 核对"
    )]
    Export(Export),
}

type Key = Field<CaseRow>;

/// Every key of a case, and what the backlog shows.
pub const FIELDS: &[Key] = &[
    Key::new("id", "行号", |row| row.id.to_string()),
    Key::new("number", "编号", |row| match (&row.number, &row.possibly_of) {
        (Some(number), _) => number.clone(),
        // Merging and separating take the row's number.
        (None, Some(beside)) => format!("{}（原{}）", row.id, beside.rsplit('-').next().unwrap_or(beside)),
        (None, None) => row.id.to_string(),
    })
    .shown(0),
    Key::new("status", "状态", |row| words::status(&row.status).to_owned()).shown(0).toned(|row| match row.status.as_str() {
        "accepted" => Tone::Good,
        "needs_correction" | "possible_revision" => Tone::Open,
        "late" => Tone::Bad,
        _ => Tone::Faint,
    }),
    Key::new("title", "案例题目", |row| row.title.clone().unwrap_or_else(|| "（未填）".into())).shown(0).elastic(20),
    Key::new("unit", "报送单位", |row| row.unit.clone().unwrap_or_else(|| "（未填）".into())).shown(1).elastic(14),
    Key::new("region", "市州", |row| words::region(row.region.as_deref()).to_owned()).shown(2),
    Key::new("channel", "渠道", |row| words::channel(&row.channel).to_owned()),
    Key::new("categories", "类别", |row| said(&row.categories, words::category)),
    Key::new("focus_areas", "重点方面", |row| said(&row.focus_areas, words::focus)),
    Key::new("window", "窗口", |row| words::window(row.month.as_deref(), row.batch.as_deref(), row.late)).shown(4).only_shown(),
    Key::new("month", "月份", |row| row.month.as_deref().map(words::month).unwrap_or_default()),
    Key::new("batch", "批次", |row| row.batch.as_deref().map(words::batch).unwrap_or_default()),
    Key::new("late", "逾期", |row| words::yes(row.late).to_owned()),
    Key::new("revision", "版本", |row| row.revision.to_string()),
    Key::new("received_at", "收到", |row| words::minute(&row.received_at)).shown(5),
    Key::new("seal", "公章", |row| words::seal(&row.seal).to_owned()),
    Key::new("defects", "需补正", |row| match row.defects.iter().filter(|defect| defect.severity == "correct").count() {
        0 => String::new(),
        count => format!("{count}处"),
    })
    .shown(3),
    Key::new("outcome", "评审结果", |row| words::outcome(row.outcome.as_deref()).to_owned()),
    Key::new("possibly_of", "疑似同案", |row| row.possibly_of.clone().unwrap_or_default()),
    Key::new("merged_into", "已并入", |row| row.merged_into.clone().unwrap_or_default()),
    Key::new("opener", "报送邮箱", |row| row.opener.clone()),
    Key::new("campaign", "征集活动", |row| row.campaign.clone()),
];

/// The backlog.
pub const NOUN: Noun = Noun {
    views: ViewOf::Case,
    statuses: words::STATUSES,
    orders: order::CASES,
    measure: "件",
    command: "zhihui case list",
    when_empty: "zhihui poll   收一次信，再来看",
};

impl Case {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::List(args) => list(args, app).await,
            Action::Overdue(overdue) => overdue.run(app).await,
            Action::Search(search) => search.run(app).await,
            Action::Show(show) => show.run(app).await,
            Action::Explain(explain) => explain.run(app).await,
            Action::Merge(merge) => merge.run(app).await,
            Action::Separate(separate) => separate.run(app).await,
            Action::Admit(admit) => admit.run(app).await,
            Action::Add(add) => add.run(app).await,
            Action::Edit(edit) => edit.run(app).await,
            Action::Assign(assign) => assign.run(app).await,
            Action::Return(back) => back.run(app).await,
            Action::Withdraw(withdraw) => withdraw.run(app).await,
            Action::Note(note) => note.run(app).await,
            Action::ConfirmSeal(confirm) => confirm.run(app).await,
            Action::SetFocus(focus) => focus.run(app).await,
            Action::Answer(answer) => answer.run(app).await,
            Action::Reread(reread) => reread.run(app).await,
            Action::Export(export) => export.run(app).await,
        }
    }
}

async fn list(args: &ListArgs, app: &App) -> Result<(), Failure> {
    let query = args.query(&Desk::of_list(app, args, &NOUN).await?, &NOUN, FIELDS)?;
    let rows = progress::patiently("正在读取", app.store.list_cases(&query.filter)).await?;
    let all = if query.is_cut(rows.len()) { Some(app.store.count_cases(&query.filter).await?) } else { None };
    let next = rows.iter().find_map(|row| row.number.as_deref()).map(|number| format!("zhihui case show {number}   看一件的全部情况"));
    query.print(&rows, FIELDS, all, next.as_slice())
}

/// Prints the backlog as a table.
pub fn backlog(rows: &[CaseRow]) -> Result<(), Failure> {
    output::sheet(rows, FIELDS, &Shape::default()).map(drop)
}

fn said(keys: &[String], word: fn(&str) -> &str) -> String {
    keys.iter().map(|key| word(key)).collect::<Vec<_>>().join("、")
}
