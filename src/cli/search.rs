//! `case search`: cases by what they say, the best first, with the place that was found.

use super::Failure;
use super::case;
use super::list::{Desk, ListArgs};
use super::output::{self, Field, table, terminal, visible};
use super::{progress, words};
use crate::app::App;
use crate::store::{Found, Hit};
use clap::Args;

/// How many are shown where nothing else is asked for.
const USUAL: u32 = 20;

/// Words, and what else narrows it.
#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Search {
    /// 要找的词，每个都要出现
    #[arg(required = true, value_name = "词", help_heading = "参数")]
    words: Vec<String>,
    #[command(flatten)]
    list: ListArgs,
}

type Key = Field<Hit>;

/// Every key of what is found: the case's and the place.
const FIELDS: &[Key] = &[
    Key::new("number", "编号", |hit| hit.case.number.clone().unwrap_or_default()).shown(0),
    Key::new("status", "状态", |hit| words::status(&hit.case.status).to_owned()).shown(2),
    Key::new("title", "案例题目", |hit| hit.case.title.clone().unwrap_or_default()).shown(0).elastic(20),
    Key::new("unit", "报送单位", |hit| hit.case.unit.clone().unwrap_or_default()).shown(1).elastic(14),
    Key::new("region", "市州", |hit| words::region(hit.case.region.as_deref()).to_owned()),
    Key::new("channel", "渠道", |hit| words::channel(&hit.case.channel).to_owned()),
    Key::new("month", "月份", |hit| hit.case.month.as_deref().map(words::month).unwrap_or_default()),
    Key::new("batch", "批次", |hit| hit.case.batch.as_deref().map(words::batch).unwrap_or_default()),
    Key::new("received_at", "收到", |hit| words::minute(&hit.case.received_at)),
    Key::new("found_in", "见于", |hit| place(hit.found_in).to_owned()).shown(3),
    Key::new("snippet", "原文", |hit| hit.snippet.clone()).elastic(20).shown(3),
];

impl Search {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let typed = self.words.join(" ");
        if !typed.chars().any(char::is_alphanumeric) {
            return Err(Failure::usage("请写要找的词，如 zhihui case search 光电子 计量"));
        }
        let query = self.list.query(&Desk::of_list(app, &self.list, &case::NOUN).await?, &case::NOUN, FIELDS)?;
        let most = query.filter.limit.unwrap_or(USUAL);
        // A record from before the index is indexed first.
        let wheel = (app.store.due_for_index().await? > 0).then(|| progress::wheel("正在建立检索索引"));
        app.store.index_due().await?;
        drop(wheel);
        let (hits, all) = app.store.search(&typed, &query.filter, most).await?;
        if query.is_plain() {
            output::print_paged(&page(&hits, terminal::width().unwrap_or(usize::MAX), terminal::paint()))?;
            tell(&hits, all);
            return Ok(());
        }
        query.print(&hits, FIELDS, Some(all), &[])
    }
}

fn tell(hits: &[Hit], all: u64) {
    if hits.is_empty() {
        eprintln!("没有找到，可以少写几个词\nzhihui case list --unit 单位   按单位名称中的文字查找");
    } else if usize::try_from(all).is_ok_and(|all| all > hits.len()) {
        eprintln!("{all} 件中的 {} 件，--limit 可多看几件", hits.len());
    }
    if let Some(number) = hits.iter().find_map(|hit| hit.case.number.as_deref()) {
        eprintln!("zhihui case show {number}   看一件的全部情况");
    }
}

/// Two lines for each: the case, and the place.
fn page(hits: &[Hit], width: usize, paint: table::Paint) -> String {
    let mut out = String::new();
    for hit in hits {
        let case = &hit.case;
        let shown = |value: &Option<String>, missing: &str| visible(value.as_deref().unwrap_or(missing));
        let head = format!(
            "{}  {}  {}  {}",
            shown(&case.number, &format!("{}（待并案）", case.id)),
            words::status(&case.status),
            shown(&case.title, "（题目未填）"),
            shown(&case.unit, "（单位未填）")
        );
        out.push_str(&table::shortened(&head, width));
        out.push_str(&format!("\n    {}：", place(hit.found_in)));
        out.push_str(&marked(hit, width.saturating_sub(14), paint));
        out.push('\n');
    }
    out
}

/// The place on one line, its words in colour.
fn marked(hit: &Hit, width: usize, paint: table::Paint) -> String {
    let (mut out, mut at, mut left) = (String::new(), 0, width);
    let mut push = |text: &str, code: Option<&str>, left: &mut usize| {
        let whole = visible(text);
        let text = table::shortened(&whole, *left);
        // Behind what was cut off nothing follows.
        *left = if text == whole { left.saturating_sub(table::width_of(&text)) } else { 0 };
        match code {
            Some(code) if !text.is_empty() => out.extend(["\u{1b}[", code, "m", &text, "\u{1b}[0m"]),
            _ => out.push_str(&text),
        }
    };
    let code = (paint == table::Paint::Colour).then_some("1;31");
    for mark in &hit.marks {
        push(hit.snippet.get(at..mark.start).unwrap_or_default(), None, &mut left);
        push(hit.snippet.get(mark.clone()).unwrap_or_default(), code, &mut left);
        at = mark.end;
    }
    push(hit.snippet.get(at..).unwrap_or_default(), None, &mut left);
    out
}

fn place(found: Option<Found>) -> &'static str {
    match found {
        Some(Found::Title) => "案例题目",
        Some(Found::Unit) => "报送单位",
        Some(Found::Introduction) => "案例介绍",
        Some(Found::Evidence) => "证明材料",
        None => "多处",
    }
}
