//! `review select`, `review confirm` and `review object`: what becomes of cases, by two persons.

use super::batch;
use crate::app::App;
use crate::cli::act::{self, Consent};
use crate::cli::output::{self, visible};
use crate::cli::window::numbered;
use crate::cli::{Failure, actor, approval, list, words};
use crate::daemon::desk::{Choice, Chosen, NotChosen, Posted};
use crate::model::outcome::Outcome;
use crate::model::time;
use clap::Args;
use jiff::Timestamp;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Select {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required = true)]
    numbers: Vec<String>,
    /// 结果：拟入选、公示中、入选、不予采用
    #[arg(long, value_name = "结果", value_parser = outcome)]
    outcome: Outcome,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Confirm {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required_unless_present = "batch", conflicts_with = "batch")]
    numbers: Vec<String>,
    /// 这个批次里等待确认的全部
    #[arg(long, value_name = "批次")]
    batch: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Object {
    /// 案例编号
    #[arg(value_name = "编号", help_heading = "参数")]
    number: String,
    /// 异议的内容，- 从标准输入读
    #[arg(long, value_name = "文字")]
    text: String,
    /// 何时收到，默认现在
    #[arg(long, value_name = "日期")]
    received: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

fn outcome(word: &str) -> Result<Outcome, String> {
    match Outcome::named(word.trim()) {
        Some(outcome @ (Outcome::Proposed | Outcome::InNotice | Outcome::Selected | Outcome::NotSelected)) => Ok(outcome),
        Some(Outcome::Objected) => Err("异议请用 zhihui review object 记下".into()),
        Some(Outcome::Referred) => Err("报送请用 zhihui refer".into()),
        None => Err("可以写：拟入选、公示中、入选、不予采用".into()),
    }
}

impl Select {
    /// Proposes.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let numbers: Vec<String> = self.numbers.iter().map(|number| numbered(app, number)).collect();
        let done = perform(app, &numbers, Choice::Propose(self.outcome), &self.consent).await?;
        if done > 0 {
            eprintln!("已提出：{done}件；请另一位协调员用 zhihui review confirm 确认");
        }
        Ok(())
    }
}

impl Confirm {
    /// Confirms.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let numbers = match &self.batch {
            None => self.numbers.iter().map(|number| numbered(app, number)).collect(),
            Some(name) => {
                let (file, window) = batch(app, name).await?;
                let waiting = app.store.waiting_selections(&file.campaign.id, &window.id).await?;
                let waiting: Vec<String> = waiting.into_iter().map(|row| row.number).collect();
                self.confirmable(app, &waiting).await?
            }
        };
        if numbers.is_empty() {
            eprintln!("没有等待确认的评审结果");
            return Ok(());
        }
        let done = perform(app, &numbers, Choice::Confirm, &self.consent).await?;
        if done > 0 {
            eprintln!("已确认：{done}件");
        }
        Ok(())
    }
}

impl Confirm {
    /// Of what waits in a batch that which can be confirmed now; what can't holds up none of the rest, and is told.
    async fn confirmable(&self, app: &App, numbers: &[String]) -> Result<Vec<String>, Failure> {
        let desk = app.desk().await?;
        let by = actor::by(app, Some(&self.consent.reason));
        let (mut able, mut skipped) = (Vec::new(), Vec::new());
        for number in numbers {
            match desk.choose(std::slice::from_ref(number), Choice::Confirm, &by, None).await? {
                Ok(_) => able.push(number.clone()),
                Err(why @ NotChosen::NotInRoster) => return Err(refused(why)),
                Err(why) => skipped.push(refused(why).message),
            }
        }
        if able.is_empty() && !skipped.is_empty() {
            return Err(Failure::failed(skipped.join("\n")));
        }
        skipped.iter().for_each(|why| eprintln!("跳过：{why}"));
        Ok(able)
    }
}

impl Object {
    /// Keeps an objection.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let text = act::text(&self.text)?;
        let now = app.clock.now();
        let received = self.received.as_deref().map_or(Ok(now), |typed| list::dates::instant(typed, now))?;
        if received > now {
            return Err(Failure::usage("收到异议的时间还没有到"));
        }
        let number = numbered(app, &self.number);
        let done = perform(app, std::slice::from_ref(&number), Choice::Object(&text, received), &self.consent).await?;
        if done > 0 {
            eprintln!("已记下异议。核实后请用 zhihui review select {} --outcome 结果 --reason 核实情况", visible(&number));
        }
        Ok(())
    }
}

/// Shows what would come of it, and does it where that is wanted; how many were done.
pub(super) async fn perform(app: &App, numbers: &[String], choice: Choice<'_>, consent: &Consent) -> Result<usize, Failure> {
    let desk = app.desk().await?;
    let by = || actor::by(app, Some(&consent.reason));
    let shown = desk.choose(numbers, choice, &by(), None).await?.map_err(refused)?;
    shown.iter().try_for_each(|one| output::print(&page(one, choice)))?;
    if !consent.is_given()? {
        return Ok(0);
    }
    let done = desk.choose(numbers, choice, &by(), Some(&shown)).await?.map_err(refused)?;
    for letter in done.iter().flat_map(|one| &one.letters) {
        eprintln!("{}", visible(&act::next(letter)));
    }
    if done.iter().any(|one| one.until.is_some()) {
        eprintln!("公示名单请用 zhihui publish notice --to 文件夹 写出");
    }
    Ok(done.len())
}

fn page(one: &Chosen, choice: Choice<'_>) -> String {
    let blank = |text: &Option<String>| text.clone().unwrap_or_else(|| "（未填）".into());
    let is_telling = matches!(choice, Choice::Tell);
    let waits = if matches!(choice, Choice::Propose(_)) { "（待另一人确认）" } else { "" };
    let before = one.before.map_or("（未定）", Outcome::label);
    let mut lines = vec![
        format!("{}  {}《{}》", one.name, blank(&one.unit), blank(&one.title)),
        match is_telling {
            true => format!("  评审结果：{}", one.after.label()),
            false => format!("  评审结果：{before} → {}{waits}", one.after.label()),
        },
    ];
    lines.extend(one.until.map(|until| format!("  公示至{}", last_day(until))));
    lines.extend(one.remarks.iter().map(|remark| format!("  {remark}")));
    let mut out: String = lines.iter().map(|line| visible(line) + "\n").collect();
    one.letters.iter().for_each(|posted: &Posted| act::letter(posted, &mut out));
    out
}

/// The last day before an instant, in words.
pub(super) fn last_day(until: Timestamp) -> String {
    let before = until.saturating_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(until);
    time::local(before).strftime("%Y年%-m月%-d日").to_string()
}

fn refused(why: NotChosen) -> Failure {
    let nothing = "没有作任何改动";
    match why {
        NotChosen::Unknown(case) => Failure::failed(format!("没有案例 {}，{nothing}", visible(&case))),
        NotChosen::Gone(case, status) => Failure::failed(format!("案例 {case} 现为“{}”，{nothing}", words::status(&status))),
        NotChosen::Classified(case) => Failure::failed(format!("案例 {case} 疑似涉密，请按保密规定处理，{nothing}")),
        NotChosen::NotReviewed(case) => {
            Failure::failed(format!("案例 {case} 没有参加评审、没有得到评分，或它的评审还没有结束（zhihui review close），{nothing}"))
        }
        NotChosen::State(case, before, after) => {
            let next: Vec<&str> = Outcome::next(before).iter().map(|outcome| outcome.label()).collect();
            let before = before.map_or("未定", Outcome::label);
            let next = if next.is_empty() { "不再变动".to_owned() } else { format!("接下来可以是：{}", next.join("、")) };
            Failure::failed(format!("案例 {case} 现为“{before}”，不能改为“{}”（{next}），{nothing}", after.label()))
        }
        NotChosen::NoticeFirst(case, days) => {
            Failure::failed(format!("案例 {case} 须先公示{days}个工作日：用 --outcome 公示中，{nothing}"))
        }
        NotChosen::NoNotice(case) => Failure::failed(format!("案例 {case} 的评审规则不设公示（notice_working_days = 0），{nothing}")),
        NotChosen::Running(case, until) => Failure::failed(format!("案例 {case} 公示至{}，期满才能入选，{nothing}", last_day(until))),
        NotChosen::NoWorkdays(case) => Failure::failed(format!("工作日表推算不出案例 {case} 的公示期，请补充工作日表，{nothing}")),
        NotChosen::Nothing(case) => Failure::failed(format!("案例 {case} 没有等待确认的评审结果，{nothing}")),
        NotChosen::Told(case) => {
            Failure::failed(format!("案例 {case} 还没有入选或不予采用，或告知结果的信已写好（见 zhihui case show {case}），{nothing}"))
        }
        NotChosen::SamePerson(case) => Failure::failed(format!("案例 {case} 的评审结果是您自己提出的，须由另一人确认，{nothing}")),
        NotChosen::NotInRoster => Failure::failed(approval::NOT_IN_ROSTER),
        NotChosen::Changed => Failure::later("案例在确认期间又有变化，没有作任何改动；请重新运行，看过新的内容再确认"),
    }
}
