//! `refer --to department|local|samr`: selected cases sent on, with letter and package, through the outbox; `refer list`
//! tells what became of them.

use super::act::Consent;
use super::list::{Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{self, Field, Tone, visible};
use super::window::numbered;
use super::{Failure, actor, approval, words};
use crate::app::{self, App};
use crate::daemon::desk::{NoReferral, ReferralDone, Referring};
use crate::model::outcome::Outcome;
use crate::report::publish::referral::Target;
use crate::store::ReferralRow;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// 把入选的案例推送给主管部门、地方政府，报送市场监管总局
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui refer [选项] --to <去向> --address <邮箱> --reason <原因> <编号>...\n      zhihui refer list [选项]",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "示例：\n  zhihui refer --to department --recipient 省经济和信息化厅 --address office@jxt.example --reason 供参考推广 JCZH-2023-0001\n  zhihui refer --to samr --address office@samr.example --reason 择优报送 JCZH-2023-0001 JCZH-2023-0002\n  zhihui refer list\n\n去向：department 主管部门、local 地方政府、samr 市场监管总局\n附函件（Word文档）和材料包（申报表副本、案例记录、证明材料清单，不写联系人和电话），\n先暂缓，用 zhihui outbox show 看过全文，再用 zhihui outbox release 放行\n报送市场监管总局的，发出后评审结果记为“已报送”"
)]
pub struct Refer {
    #[command(subcommand)]
    action: Option<Action>,
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 去向，取值见下
    #[arg(long, value_enum, value_name = "去向", hide_possible_values = true, required = true)]
    to: Option<To>,
    /// 收件邮箱
    #[arg(long, value_name = "邮箱", required = true)]
    address: Option<String>,
    /// 函件抬头的单位，默认按去向
    #[arg(long, value_name = "单位")]
    recipient: Option<String>,
    /// 原因，必填，记入审计日志
    #[arg(long, value_name = "原因", value_parser = super::act::reason, required = true)]
    reason: Option<String>,
    /// 附申报表原件，写明联系人姓名和电话；须两人先后运行同样的命令
    #[arg(long)]
    with_contacts: bool,
    /// 不再询问，直接执行
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    Department,
    Local,
    Samr,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 列出推送、报送的情况
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui refer list [选项]",
        after_help = "示例：\n  zhihui refer list\n  zhihui refer list --format xlsx --to 推送情况.xlsx\n\n状态：queued 待发、held 暂缓、sent 已发、dead 未能送达、cancelled 已取消、uncertain 送达不明"
    )]
    List {
        #[command(flatten)]
        narrow: NarrowArgs,
        #[command(flatten)]
        shape: ShapeArgs,
    },
}

type Key = Field<ReferralRow>;

const FIELDS: &[Key] = &[
    Key::new("id", "序号", |row| row.id.to_string()).shown(0),
    Key::new("target", "去向", |row| Target::parse(&row.target).map_or(row.target.clone(), |target| target.label().to_owned())).shown(0),
    Key::new("recipient", "收件单位", |row| row.recipient.clone()).shown(1).elastic(12),
    Key::new("address", "收件邮箱", |row| row.address.clone()).shown(3).elastic(12),
    Key::new("case_numbers", "案例", |row| row.case_numbers.join(" ")).shown(0).elastic(14),
    Key::new("outbox", "发件箱", |row| row.outbox.to_string()).shown(2),
    Key::new("state", "状态", |row| words::state(&row.state).to_owned()).shown(0).toned(|row| match row.state.as_str() {
        "sent" => Tone::Good,
        "held" | "uncertain" => Tone::Open,
        "dead" => Tone::Bad,
        "cancelled" => Tone::Faint,
        _ => Tone::Plain,
    }),
    Key::new("sent_at", "发出", |row| row.sent_at.as_deref().map(words::minute).unwrap_or_default()).shown(1),
    Key::new("actor", "经办", |row| row.actor.clone()).shown(4),
    Key::new("reason", "原因", |row| row.reason.clone()).shown(5).elastic(12),
    Key::new("at", "登记", |row| words::minute(&row.at)).shown(6),
    Key::new("package_sha256", "材料包摘要", |row| row.package_sha256.clone()),
    Key::new("campaign", "征集活动", |row| row.campaign.clone()),
];

static LIST: Kept<ReferralRow> = Kept {
    command: "zhihui refer list",
    things: "推送",
    measure: "封",
    when_empty: "还没有推送过案例\nzhihui refer --help   看怎样推送",
    fields: FIELDS,
    tells: Tells {
        status: Some((words::STATES, |row| &row.state)),
        at: Some(|row| &row.at),
        campaign: Some(|row| Some(row.campaign.clone())),
        cases: Some(|row| row.case_numbers.clone()),
        ..Tells::NOTHING
    },
};

impl Refer {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match (&self.action, self.to, &self.address, &self.reason) {
            (Some(Action::List { narrow, shape }), ..) => shape.print_kept(app, narrow, &LIST, app.store.list_referrals(None).await?).await,
            (None, Some(to), Some(address), Some(reason)) => self.refer(app, to.target(), address.trim(), reason).await,
            // clap asks for them.
            (None, ..) => Err(Failure::usage("请写明 --to、--address 和 --reason")),
        }
    }

    async fn refer(&self, app: &App, target: Target, address: &str, reason: &str) -> Result<(), Failure> {
        // The letter keeps the order in which they were named.
        let mut known = BTreeSet::new();
        let numbers = self.numbers.iter().map(|number| numbered(app, number));
        let numbers: Vec<String> = numbers.filter(|number| known.insert(number.clone())).collect();
        let recipient = self.recipient.as_deref().unwrap_or(target.recipient());
        let recipient = recipient.split_whitespace().collect::<Vec<_>>().join(" ");
        let recipient = recipient.trim_end_matches([':', '：']);
        if recipient.is_empty() || recipient.chars().count() > 60 || recipient.contains('/') || visible(recipient) != recipient {
            return Err(Failure::usage("--recipient 请写单位名称，不超过60个字，不含“/”"));
        }
        let regions = app::regions()?;
        let desk = app.desk().await?;
        let plain = Referring { target, recipient, address, numbers: &numbers, with_contacts: None, regions: &regions };
        let wish = Referring { with_contacts: self.with_contacts.then_some(&app.blobs), ..plain };
        let shown = desk.refer(&wish, &actor::by(app, Some(reason)), None).await?.map_err(refused)?;
        output::print(&page(&shown, target, recipient, self.with_contacts))?;
        let consent = Consent { reason: reason.to_owned(), yes: self.yes };
        if !consent.is_given()? {
            return Ok(());
        }
        if self.with_contacts && !self.is_granted(app, (target, address, recipient), &numbers, reason).await? {
            return Ok(());
        }
        let done = desk.refer(&wish, &actor::by(app, Some(reason)), Some(&shown)).await?.map_err(refused)?;
        let id = done.posted.id;
        eprintln!("已写好，暂缓发出：用 zhihui outbox show {id} 看全文，用 zhihui outbox release {id} 放行；进展见 zhihui refer list");
        Ok(())
    }

    /// Names and numbers go out when two persons want the same cases to go to the same recipient at the same address.
    async fn is_granted(
        &self,
        app: &App,
        (target, address, recipient): (Target, &str, &str),
        numbers: &[String],
        reason: &str,
    ) -> Result<bool, Failure> {
        let sorted: Vec<&str> = numbers.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
        let subject = format!("referral/{}/{}/{}/{recipient}", target.as_str(), address.to_lowercase(), sorted.join(","));
        approval::of_contacts(app, &subject, &json!({"cases": numbers.len()}), Some(reason)).await
    }
}

impl To {
    fn target(self) -> Target {
        match self {
            To::Department => Target::Department,
            To::Local => Target::Local,
            To::Samr => Target::Samr,
        }
    }
}

fn page(done: &ReferralDone, target: Target, recipient: &str, with_contacts: bool) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{}", visible(text));
    };
    line(&format!("{}（{}）  收件邮箱 {}", recipient, target.label(), done.posted.to));
    for (number, title, unit) in &done.cases {
        line(&format!("  {number}  {unit}《{title}》"));
    }
    if !done.before.is_empty() {
        line(&format!("  注意：此前已向该邮箱推送过 {}", done.before.join("、")));
    }
    let holds = if with_contacts { "附申报表原件，写明联系人和电话" } else { "不写联系人和电话" };
    line(&format!("  附件：函件、材料包（{}，{holds}）", words::size(u64::try_from(done.package_bytes).unwrap_or(u64::MAX))));
    if done.taken_out > 0 && !with_contacts {
        line(&format!("  文字中的联系人姓名、电话等{}处已隐去，请核对", done.taken_out));
    }
    line(&format!("  主题 {}", done.posted.subject));
    for text in done.posted.text.lines() {
        line(&format!("  │ {text}"));
    }
    out
}

fn refused(why: NoReferral) -> Failure {
    let list = "请用 zhihui publish list 查看入选的案例";
    Failure::failed(match why {
        NoReferral::Unknown(number) => format!("没有案例 {}，或材料已清除；{list}", visible(&number)),
        NoReferral::NotSelected(number, outcome) => {
            let outcome = outcome.map_or("尚未评审", Outcome::label);
            format!("案例 {} 现为“{outcome}”，只有已确认入选的可以推送；{list}", visible(&number))
        }
        NoReferral::Classified(number) => format!("{} 疑似涉密，不能推送，请按保密规定处理", visible(&number)),
        NoReferral::Status(number) => format!("案例 {} 已退回、撤回或并案，不能推送", visible(&number)),
        NoReferral::Campaign => "这些案例不属于同一个征集活动，或配置中没有它；请分别推送".into(),
        NoReferral::Address => "收件邮箱写得不对，应如 office@example.com".into(),
        NoReferral::Already => "同样的一封已在发件箱中，见 zhihui refer list".into(),
        NoReferral::Changed => return Failure::later("案例在确认期间又有变化，没有作任何改动；请重新运行，看过新的内容再确认"),
    })
}
