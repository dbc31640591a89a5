//! The options that every list shares, and what they mean for one list: what it is narrowed to, in which order, in
//! which format, with which columns.

pub mod dates;
mod desk;
mod names;
mod narrow;
mod shape;
mod views;

pub use desk::Desk;
pub use names::{Name, resolve};
pub use narrow::{Kept, NarrowArgs, Tells};
pub use shape::ShapeArgs;

use super::Failure;
use super::output::{self, Field, Format, Shape};
use super::words::{self, Words};
use crate::config::{View, ViewOf};
use crate::store::{Direction, Filter, SortKey};
use clap::Args;
use serde::Serialize;

/// 记录中的列表：筛选和排列
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "选项")]
pub struct ListArgs {
    #[command(flatten)]
    narrow: NarrowArgs,
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
    #[command(flatten)]
    shape: ShapeArgs,
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
        Ok(Query { filter: asked.filter(desk, noun, fields)?, shape: asked.shape.shape(), measure: noun.measure, elsewhere })
    }

    /// A view, where nothing else is typed.
    fn over(&self, view: View) -> ListArgs {
        let ListArgs { narrow, seal, late, overdue, view: name, shape } = self.clone();
        ListArgs {
            narrow: NarrowArgs {
                status: narrow.status.or(view.status),
                window: narrow.window.or(view.window),
                batch: narrow.batch.or(view.batch),
                region: narrow.region.or(view.region),
                channel: narrow.channel.or(view.channel),
                category: narrow.category.or(view.category),
                focus: narrow.focus.or(view.focus),
                unit: narrow.unit.or(view.unit),
                since: narrow.since.or(view.since),
                until: narrow.until.or(view.until),
                text: narrow.text.or(view.text),
                campaign: narrow.campaign.or(view.campaign),
            },
            seal: seal.or(view.seal),
            late: late || view.late,
            overdue: overdue || view.overdue,
            view: name,
            shape: shape.over(view.sort, view.columns),
        }
    }

    fn filter<T>(&self, desk: &Desk, noun: &Noun, fields: &'static [Field<T>]) -> Result<Filter, Failure> {
        let seals = || Name::all(words::SEALS);
        Ok(Filter {
            seal: self.seal.as_deref().map(|typed| resolve("公章", typed, &seals())).transpose()?,
            late: self.late.then_some(true),
            overdue: self.overdue.then(|| desk.overdue.clone()),
            sort: self.shape.sort.as_deref().map(|sort| order(sort, noun, fields)).transpose()?.unwrap_or_default(),
            limit: self.shape.limit,
            ..self.narrow.filter(desk, noun.statuses)?
        })
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
