//! The filters that every list shares, and what they mean for lists that are put together in memory: a row tells of a notion
//! by itself, or by its cases. What a list doesn't know it can't be narrowed by; then that is said.

use super::{Desk, Name, ShapeArgs, dates, resolve, window};
use crate::app::App;
use crate::cli::output::Field;
use crate::cli::words::{self, Words};
use crate::cli::{Failure, output};
use crate::store::Filter;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// 每个列表共用的筛选条件
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "选项")]
pub struct NarrowArgs {
    /// 状态，如 待补正
    #[arg(long, value_name = "状态")]
    pub status: Option<String>,
    /// 征集窗口，如 2023-06、6月、2023-H1、上半年
    #[arg(long, value_name = "窗口")]
    pub window: Option<String>,
    /// 阶段性征集批次，如 2023-H1、上半年
    #[arg(long, value_name = "批次")]
    pub batch: Option<String>,
    /// 市州，如 十堰、shiyan、省直、未定
    #[arg(long, value_name = "市州")]
    pub region: Option<String>,
    /// 渠道：direct 直接报送，local 地方征集
    #[arg(long, value_name = "渠道")]
    pub channel: Option<String>,
    /// 类别，如 计量、metrology
    #[arg(long, value_name = "类别")]
    pub category: Option<String>,
    /// 重点方面，如 中小微企业、small_business
    #[arg(long, value_name = "方面")]
    pub focus: Option<String>,
    /// 单位名称中的文字
    #[arg(long, value_name = "单位")]
    pub unit: Option<String>,
    /// 从这时起的，如 2023-06-01、6月、上周一、3天前
    #[arg(long, value_name = "日期")]
    pub since: Option<String>,
    /// 在这时之前的，如 2023-07-01、今天
    #[arg(long, value_name = "日期")]
    pub until: Option<String>,
    /// 其中的文字
    #[arg(long, value_name = "文字")]
    pub text: Option<String>,
    /// 征集活动，如 2023
    #[arg(long, value_name = "活动")]
    pub campaign: Option<String>,
}

/// A list that is put together in memory.
pub struct Kept<T: 'static> {
    /// The list itself, as it is typed.
    pub command: &'static str,
    /// What its rows are.
    pub things: &'static str,
    /// What they are counted by.
    pub measure: &'static str,
    /// What to say, and to type, where there is none at all.
    pub when_empty: &'static str,
    /// Its keys.
    pub fields: &'static [Field<T>],
    /// What its rows tell.
    pub tells: Tells<T>,
}

/// What states there are, and a row's.
type State<T> = (Words, fn(&T) -> &str);

/// What a row tells of the shared notions; where it tells nothing of one, its cases may.
pub struct Tells<T> {
    /// Its state, and what states there are.
    pub status: Option<State<T>>,
    /// The windows that it is about.
    pub windows: Option<fn(&T) -> Vec<String>>,
    /// Its region by its full name, `province`, or none where that is open.
    pub region: Option<fn(&T) -> Option<&str>>,
    /// The names of its units.
    pub units: Option<fn(&T) -> Vec<String>>,
    /// When it was, in RFC 3339.
    pub at: Option<fn(&T) -> &str>,
    /// Its campaign.
    pub campaign: Option<fn(&T) -> Option<String>>,
    /// The numbers of its cases, or their rows.
    pub cases: Option<fn(&T) -> Vec<String>>,
}

impl<T> Tells<T> {
    /// Nothing.
    pub const NOTHING: Tells<T> = Tells { status: None, windows: None, region: None, units: None, at: None, campaign: None, cases: None };
}

/// The notions in words, each with its option.
const NOTIONS: [(&str, &str); 11] = [
    ("--status", "状态"),
    ("--window", "征集窗口"),
    ("--batch", "批次"),
    ("--region", "市州"),
    ("--channel", "渠道"),
    ("--category", "类别"),
    ("--focus", "重点方面"),
    ("--unit", "单位"),
    ("--since", "时间"),
    ("--until", "时间"),
    ("--campaign", "征集活动"),
];

impl NarrowArgs {
    /// What is typed, by the option.
    fn typed(&self, option: &str) -> Option<&String> {
        let of = match option {
            "--status" => &self.status,
            "--window" => &self.window,
            "--batch" => &self.batch,
            "--region" => &self.region,
            "--channel" => &self.channel,
            "--category" => &self.category,
            "--focus" => &self.focus,
            "--unit" => &self.unit,
            "--since" => &self.since,
            "--until" => &self.until,
            "--campaign" => &self.campaign,
            _ => &self.text,
        };
        of.as_ref()
    }

    /// Whether anything is typed.
    pub fn is_typed(&self) -> bool {
        self.text.is_some() || NOTIONS.iter().any(|(option, _)| self.typed(option).is_some())
    }

    /// A mistake of usage where something is typed that this list knows nothing of.
    pub fn only(&self, command: &str, things: &str, known: &[&str]) -> Result<(), Failure> {
        let Some((option, notion)) = NOTIONS.iter().find(|(option, _)| self.typed(option).is_some() && !known.contains(option)) else {
            return Ok(());
        };
        let options: Vec<&str> = known.iter().copied().chain(["--text"]).collect();
        Err(Failure::usage(format!("{command} 不能用 {option} 筛选：{things}没有{notion}\n可以用：{}", options.join("、"))))
    }

    /// The names of what is typed, resolved to keys; what people say of states depends on the list.
    pub fn filter(&self, desk: &Desk, statuses: Words) -> Result<Filter, Failure> {
        let one = |what: &str, typed: &Option<String>, names: &dyn Fn() -> Vec<Name>| {
            typed.as_deref().map(|typed| resolve(what, typed, &names())).transpose()
        };
        let at = |typed: &Option<String>| typed.as_deref().map(|typed| dates::instant(typed, desk.now)).transpose();
        Ok(Filter {
            status: one("状态", &self.status, &|| Name::all(statuses))?,
            window: window(&self.window, &|| desk.windows(), "窗口")?,
            batch: window(&self.batch, &|| desk.batches(), "批次")?,
            region: one("市州", &self.region, &|| desk.regions())?,
            channel: one("渠道", &self.channel, &|| Name::all(words::CHANNELS))?,
            category: one("类别", &self.category, &|| desk.categories())?,
            focus: one("重点方面", &self.focus, &|| desk.focus_areas())?,
            unit: self.unit.clone(),
            since: at(&self.since)?,
            until: at(&self.until)?,
            text: self.text.clone(),
            campaign: one("征集活动", &self.campaign, &|| desk.campaigns())?,
            ..Filter::default()
        })
    }

    /// The rows that pass.
    pub async fn keep<T: Serialize>(&self, app: &App, list: &Kept<T>, mut rows: Vec<T>) -> Result<Vec<T>, Failure> {
        if !self.is_typed() {
            return Ok(rows);
        }
        let desk = Desk::new(app).await?;
        self.only(list.command, list.things, &list.tells.options())?;
        let statuses = list.tells.status.map_or(words::STATUSES, |(statuses, _)| statuses);
        let asked = self.filter(&desk, statuses)?;
        let of_cases = list.tells.narrow(&asked, &mut rows);
        if let (Some(cases), true) = (list.tells.cases, of_cases.is_narrowed()) {
            let known = app.store.list_cases(&of_cases).await?;
            let names: BTreeSet<String> = known.into_iter().map(|case| case.number.unwrap_or_else(|| case.id.to_string())).collect();
            rows.retain(|row| cases(row).iter().any(|case| names.contains(case)));
        }
        if let Some(text) = &asked.text {
            rows.retain(|row| list.fields.iter().any(|field| has(&field.text(row), text)));
        }
        Ok(rows)
    }
}

impl<T> Tells<T> {
    /// The options that a list of such rows can be narrowed by.
    fn options(&self) -> Vec<&'static str> {
        let by_cases = self.cases.is_some();
        let told = [
            ("--status", self.status.is_some()),
            ("--window", self.windows.is_some()),
            ("--batch", self.windows.is_some()),
            ("--region", self.region.is_some()),
            ("--unit", self.units.is_some()),
            ("--since", self.at.is_some()),
            ("--until", self.at.is_some()),
            ("--campaign", self.campaign.is_some()),
            ("--channel", false),
            ("--category", false),
            ("--focus", false),
        ];
        told.into_iter().filter(|(_, tells)| *tells || by_cases).map(|(option, _)| option).collect()
    }

    /// Takes out what doesn't pass by what the rows tell; the rest is asked of their cases.
    fn narrow(&self, asked: &Filter, rows: &mut Vec<T>) -> Filter {
        let mut left = Filter { text: None, ..asked.clone() };
        if let Some((_, status)) = self.status
            && let Some(wanted) = left.status.take()
        {
            rows.retain(|row| status(row) == wanted);
        }
        if let Some(windows) = self.windows {
            for wanted in [left.window.take(), left.batch.take()].into_iter().flatten() {
                rows.retain(|row| windows(row).contains(&wanted));
            }
        }
        if let Some(region) = self.region
            && let Some(wanted) = left.region.take()
        {
            rows.retain(|row| region(row).unwrap_or("unknown") == wanted);
        }
        if let Some(units) = self.units
            && let Some(wanted) = left.unit.take()
        {
            rows.retain(|row| units(row).iter().any(|unit| has(unit, &wanted)));
        }
        if let Some(campaign) = self.campaign
            && let Some(wanted) = left.campaign.take()
        {
            rows.retain(|row| campaign(row).as_ref() == Some(&wanted));
        }
        if let Some(at) = self.at {
            let (since, until) = (left.since.take(), left.until.take());
            rows.retain(|row| is_between(at(row), since, until));
        }
        left
    }
}

/// Whether these words stand in it, whatever their case.
fn has(text: &str, words: &str) -> bool {
    text.to_lowercase().contains(&words.to_lowercase())
}

fn is_between(at: &str, since: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    let at: Option<Timestamp> = at.parse().ok();
    since.is_none_or(|since| at.is_some_and(|at| at >= since)) && until.is_none_or(|until| at.is_some_and(|at| at < until))
}

impl ShapeArgs {
    /// Narrows, orders, cuts and prints rows that are all there is. Where nothing is left, what to type next is said.
    pub async fn print_kept<T: Serialize>(
        &self,
        app: &App,
        narrow: &NarrowArgs,
        list: &'static Kept<T>,
        rows: Vec<T>,
    ) -> Result<(), Failure> {
        let rows = narrow.keep(app, list, rows).await?;
        self.print_of(list, rows, narrow.is_typed())
    }

    /// The same with rows that passed.
    pub fn print_of<T: Serialize>(&self, list: &'static Kept<T>, rows: Vec<T>, is_narrowed: bool) -> Result<(), Failure> {
        if !rows.is_empty() || !self.is_plain() {
            return self.print(rows, list.fields, list.measure);
        }
        // The keys are wrong whether there are rows or not.
        self.ordered(rows, list.fields)?;
        match is_narrowed {
            true => eprintln!("没有符合条件的{}\n{}   看全部", list.things, list.command),
            false => eprintln!("{}", output::visible_lines(list.when_empty)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(&'static str, Option<&'static str>, &'static str);

    const TELLS: Tells<Row> = Tells {
        status: Some((&[("alive", "在运行"), ("silent", "无信号")], |row| row.0)),
        region: Some(|row| row.1),
        at: Some(|row| row.2),
        ..Tells::NOTHING
    };

    fn rows() -> Vec<Row> {
        vec![Row("alive", Some("十堰市"), "2023-06-01T00:00:00+08:00"), Row("silent", None, "2023-07-01T00:00:00+08:00")]
    }

    fn left(filter: Filter) -> Vec<&'static str> {
        let mut rows = rows();
        assert!(!TELLS.narrow(&filter, &mut rows).is_narrowed(), "{filter:?} is settled by the rows");
        rows.iter().map(|row| row.0).collect()
    }

    #[test]
    fn rows_tell_by_themselves_and_the_rest_is_asked_of_their_cases() {
        let at = |text: &str| text.parse().ok();
        assert_eq!(left(Filter { status: Some("silent".into()), ..Filter::default() }), ["silent"]);
        assert_eq!(left(Filter { region: Some("unknown".into()), ..Filter::default() }), ["silent"]);
        assert_eq!(left(Filter { region: Some("十堰市".into()), ..Filter::default() }), ["alive"]);
        assert_eq!(left(Filter { since: at("2023-07-01T00:00:00+08:00"), ..Filter::default() }), ["silent"]);
        assert_eq!(left(Filter { until: at("2023-07-01T00:00:00+08:00"), ..Filter::default() }), ["alive"]);
        let asked = Filter { category: Some("metrology".into()), status: Some("alive".into()), ..Filter::default() };
        let mut rows = rows();
        assert_eq!(TELLS.narrow(&asked, &mut rows), Filter { category: Some("metrology".into()), ..Filter::default() });
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn what_a_list_knows_nothing_of_is_said_with_what_it_knows() {
        let typed = NarrowArgs { channel: Some("direct".into()), ..NarrowArgs::default() };
        let why = typed.only("zhihui node list", "进程", &TELLS.options()).unwrap_err();
        assert_eq!(why.code, 2);
        assert_eq!(
            why.message,
            "zhihui node list 不能用 --channel 筛选：进程没有渠道\n可以用：--status、--region、--since、--until、--text"
        );
        assert!(NarrowArgs::default().only("x", "y", &[]).is_ok());
        assert!(NarrowArgs { text: Some("x".into()), ..NarrowArgs::default() }.only("x", "y", &[]).is_ok());
    }
}
