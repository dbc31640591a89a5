//! The options that every list shares, and what they mean for one list: what it is narrowed to, in which order, in
//! which format, with which columns.

pub mod dates;
mod desk;
mod names;
mod shape;
mod views;

pub use desk::Desk;
pub use names::{Name, resolve};
pub use shape::ShapeArgs;

use super::Failure;
use super::output::{self, Field, Format, Shape};
use super::words::{self, Words};
use crate::config::{View, ViewOf};
use crate::model::time;
use crate::store::{Direction, Filter, SortKey};
use clap::Args;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use std::path::PathBuf;

/// 每个列表共用的筛选条件
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "选项")]
pub struct ListArgs {
    /// 状态，取值见下
    #[arg(long, value_name = "状态")]
    status: Option<String>,
    /// 征集窗口，如 2023-06、6月、2023-H1、上半年
    #[arg(long, value_name = "窗口")]
    window: Option<String>,
    /// 阶段性征集批次，如 2023-H1、上半年
    #[arg(long, value_name = "批次")]
    batch: Option<String>,
    /// 市州，如 十堰、shiyan、省直、未定
    #[arg(long, value_name = "市州")]
    region: Option<String>,
    /// 渠道：direct 直接报送，local 地方征集
    #[arg(long, value_name = "渠道")]
    channel: Option<String>,
    /// 类别，如 计量、metrology
    #[arg(long, value_name = "类别")]
    category: Option<String>,
    /// 重点方面，如 中小微企业、small_business
    #[arg(long, value_name = "方面")]
    focus: Option<String>,
    /// 报送单位名称中的文字
    #[arg(long, value_name = "单位")]
    unit: Option<String>,
    /// 从这时起收到的，如 2023-06-01、6月、上周一、3天前
    #[arg(long, value_name = "日期")]
    since: Option<String>,
    /// 在这时之前收到的，如 2023-07-01、今天
    #[arg(long, value_name = "日期")]
    until: Option<String>,
    /// 其中的文字
    #[arg(long, value_name = "文字")]
    text: Option<String>,
    /// 征集活动，如 2023
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    /// 公章：present 疑似有章，unverified 待人工核查，absent 未见公章
    #[arg(long, value_name = "公章")]
    seal: Option<String>,
    /// 只看截止之后收到的
    #[arg(long)]
    late: bool,
    /// 只看补正期限已过仍未补正的
    #[arg(long)]
    overdue: bool,
    /// 调出常用的列表，如 待补正；自己的写在配置的 [[view]]
    #[arg(long, value_name = "视图")]
    view: Option<String>,
    /// 按哪几列排序，加 - 从大到小，如 region,-received_at
    #[arg(long, value_name = "列", allow_hyphen_values = true)]
    sort: Option<String>,
    /// 显示哪几列，如 number,title,unit
    #[arg(long, value_name = "列")]
    columns: Option<String>,
    /// 只输出这几项的 JSON，如 number,title,unit
    #[arg(long, value_name = "项", conflicts_with_all = ["columns", "format"])]
    json: Option<String>,
    /// 最多列出几条，默认全部
    #[arg(long, value_name = "条数")]
    limit: Option<u32>,
    /// 输出格式：table、json、jsonl、csv 或 xlsx，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    pub format: Format,
    /// 写到文件里，文件须还不存在
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
}

/// One of the lists.
pub struct Noun {
    /// Its views.
    pub views: ViewOf,
    /// What `--status` may say.
    pub statuses: Words,
    /// What it can be ordered by ([`crate::store::order`]).
    pub orders: &'static [(&'static str, &'static str)],
    /// What its rows are counted by.
    pub measure: &'static str,
    /// The list itself, as it is typed.
    pub command: &'static str,
    /// What to type where it is empty as a whole.
    pub when_empty: &'static str,
}

/// What was asked for.
pub struct Query {
    /// What the list is narrowed to.
    pub filter: Filter,
    shape: Shape,
    measure: &'static str,
    /// What to type where nothing is found, and where there is nothing at all.
    elsewhere: Option<(&'static str, &'static str)>,
}

impl ListArgs {
    /// What is asked for, with the view.
    fn seen(&self, noun: &Noun, own: &[View]) -> Result<ListArgs, Failure> {
        match &self.view {
            Some(name) => Ok(self.over(views::named(name, noun.views, own)?)),
            None => Ok(self.clone()),
        }
    }

    /// What they mean for this list.
    pub fn query<T>(&self, desk: &Desk, noun: &Noun, fields: &'static [Field<T>]) -> Result<Query, Failure> {
        let asked = self.seen(noun, &desk.views)?;
        let elsewhere = Some((noun.command, noun.when_empty));
        Ok(Query { filter: asked.filter(desk, noun, fields)?, shape: asked.shape(), measure: noun.measure, elsewhere })
    }

    /// A view, where nothing else is typed.
    fn over(&self, view: View) -> ListArgs {
        let typed = self.clone();
        ListArgs {
            status: typed.status.or(view.status),
            window: typed.window.or(view.window),
            batch: typed.batch.or(view.batch),
            region: typed.region.or(view.region),
            channel: typed.channel.or(view.channel),
            category: typed.category.or(view.category),
            focus: typed.focus.or(view.focus),
            unit: typed.unit.or(view.unit),
            since: typed.since.or(view.since),
            until: typed.until.or(view.until),
            text: typed.text.or(view.text),
            campaign: typed.campaign.or(view.campaign),
            seal: typed.seal.or(view.seal),
            late: typed.late || view.late,
            overdue: typed.overdue || view.overdue,
            sort: typed.sort.or(view.sort),
            columns: typed.columns.or(view.columns),
            ..typed
        }
    }

    fn filter<T>(&self, desk: &Desk, noun: &Noun, fields: &'static [Field<T>]) -> Result<Filter, Failure> {
        let one = |what: &str, typed: &Option<String>, names: &dyn Fn() -> Vec<Name>| {
            typed.as_deref().map(|typed| resolve(what, typed, &names())).transpose()
        };
        let at = |typed: &Option<String>| typed.as_deref().map(|typed| dates::instant(typed, desk.now)).transpose();
        Ok(Filter {
            status: one("状态", &self.status, &|| Name::all(noun.statuses))?,
            window: window(&self.window, &|| desk.windows(), "窗口")?,
            batch: window(&self.batch, &|| desk.batches(), "批次")?,
            region: one("市州", &self.region, &|| desk.regions())?,
            channel: one("渠道", &self.channel, &|| Name::all(words::CHANNELS))?,
            category: one("类别", &self.category, &|| desk.categories())?,
            focus: one("重点方面", &self.focus, &|| desk.focus_areas())?,
            unit: self.unit.clone(),
            seal: one("公章", &self.seal, &|| Name::all(words::SEALS))?,
            late: self.late.then_some(true),
            overdue: self.overdue.then(|| desk.overdue.clone()),
            since: at(&self.since)?,
            until: at(&self.until)?,
            text: self.text.clone(),
            campaign: one("征集活动", &self.campaign, &|| desk.campaigns())?,
            case: None,
            sort: self.sort.as_deref().map(|sort| order(sort, noun, fields)).transpose()?.unwrap_or_default(),
            limit: self.limit,
        })
    }

    fn shape(&self) -> Shape {
        let (format, keys) = match &self.json {
            Some(keys) => (Format::Json, Some(keys)),
            None => (self.format, self.columns.as_ref()),
        };
        Shape { format, keys: keys.map(|keys| apart(keys)).unwrap_or_default(), to: self.to.clone() }
    }
}

impl Query {
    /// Whether it is for people, and no columns were chosen.
    pub fn is_plain(&self) -> bool {
        self.shape.format == Format::Table && self.shape.keys.is_empty() && self.shape.to.is_none()
    }

    /// Whether there may be more than is listed.
    pub fn is_cut(&self, listed: usize) -> bool {
        self.filter.limit.is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| listed >= limit))
    }

    /// Prints the list; `all` tells how long it would be, `next` what may be typed next.
    pub fn print<T: Serialize>(&self, rows: &[T], fields: &'static [Field<T>], all: Option<u64>, next: &[String]) -> Result<(), Failure> {
        let left_out = output::sheet(rows, fields, &self.shape)?;
        let measure = self.measure;
        if let Some(all) = all.filter(|all| usize::try_from(*all).is_ok_and(|all| all > rows.len())) {
            eprintln!("{all} {measure}中的 {} {measure}", rows.len());
        }
        if self.shape.format != Format::Table || self.shape.to.is_some() {
            return Ok(());
        }
        if rows.is_empty() {
            eprintln!("没有符合条件的{}", counted_in(measure));
            self.elsewhere.iter().for_each(|(whole, nothing)| match self.filter.is_narrowed() {
                true => eprintln!("{whole}   看全部"),
                false => eprintln!("{nothing}"),
            });
        }
        if !left_out.is_empty() {
            eprintln!("窗口太窄，未显示：{}\n--columns 可选列，--format xlsx --to 文件 可导出全部", left_out.join("、"));
        }
        if !rows.is_empty() {
            next.iter().for_each(|next| eprintln!("{next}"));
        }
        Ok(())
    }
}

/// What is counted so.
fn counted_in(measure: &str) -> &'static str {
    match measure {
        "件" => "案例",
        "封" => "邮件",
        "个" => "窗口",
        "项" => "活动",
        "处" => "改动",
        _ => "记录",
    }
}

/// A window of a campaign by any of its names; one that is written as such may be of a campaign of years ago.
fn window(typed: &Option<String>, names: &dyn Fn() -> Vec<Name>, what: &str) -> Result<Option<String>, Failure> {
    let Some(typed) = typed else { return Ok(None) };
    let is_whole = typed.len() == 7
        && typed.bytes().enumerate().all(|(at, byte)| match at {
            4 => byte == b'-',
            5 => byte.is_ascii_digit() || byte == b'H',
            _ => byte.is_ascii_digit(),
        });
    if is_whole { Ok(Some(typed.clone())) } else { resolve(what, typed, &names()).map(Some) }
}

/// A batch by any of its names.
pub fn batch(typed: &str, desk: &Desk) -> Result<String, Failure> {
    resolve("批次", typed, &desk.batches())
}

/// `region,-received_at`, by key or heading.
fn order<T>(typed: &str, noun: &Noun, fields: &'static [Field<T>]) -> Result<Vec<SortKey>, Failure> {
    let names: Vec<Name> = noun
        .orders
        .iter()
        .map(|(key, _)| Name::new(*key, fields.iter().filter(|field| field.key == *key).map(|field| field.heading)))
        .collect();
    apart(typed)
        .iter()
        .map(|part| {
            let (direction, name) = match part.strip_prefix(['-', '－']) {
                Some(name) => (Direction::Descending, name),
                None => (Direction::Ascending, part.as_str()),
            };
            Ok(SortKey { key: resolve("排序列", name, &names)?, direction })
        })
        .collect()
}

fn apart(list: &str) -> Vec<String> {
    list.split([',', '，', '、']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `2023-06-01` (its first second in Asia/Shanghai), or an instant in RFC 3339.
pub fn instant(text: &str) -> Result<Timestamp, Failure> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10).and_then(time::start_of);
    day.or_else(|| text.parse().ok())
        .ok_or_else(|| Failure::usage(format!("“{text}”不是日期或时刻，应写成 2023-06-01 或 2023-06-01T08:00:00+08:00 这样")))
}
