//! A digest in words, before it is laid out: what HTML, plain text and the one page have in common.

use super::{Digest, Scope, ahead, opening, todo};
use crate::model::time;
use crate::report::{
    figures::Group,
    words::{day, days, difference, month_day, near_day},
};
use jiff::civil::Date;
use serde::Serialize;

/// Everything that a reader sees, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each stands under the heading that its name says")]
pub struct Page {
    pub subject: String,
    pub brand: String,
    pub slogan: String,
    pub title: String,
    pub stretch: String,
    /// As one line that inboxes show beside the subject.
    pub opening: String,
    pub further: Vec<String>,
    pub compared: Vec<Compared>,
    /// None of a single region.
    pub regions: Vec<RegionRow>,
    pub categories: Vec<Row>,
    pub focus_areas: Vec<Row>,
    pub chart_alt: String,
    pub deadlines: Vec<String>,
    pub activities: Vec<Near>,
    pub todo: Vec<String>,
    pub signature: String,
    pub dated: String,
    pub as_of: String,
    pub foot: String,
    pub anchor: Option<String>,
}

/// A figure beside that of the week before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct Compared {
    pub name: &'static str,
    pub now: u64,
    pub before: u64,
    pub difference: String,
}

/// A region's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct RegionRow {
    /// From 1 in administrative order; nothing for 省直, 未定 and 合计.
    pub ordinal: String,
    pub name: String,
    pub new: u64,
    pub total: u64,
    pub complete: u64,
    pub correcting: u64,
    pub checking: u64,
    /// Its latest form's day, or 未报送.
    pub last: String,
    pub is_sum: bool,
}

/// A category's or focus area's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct Row {
    pub name: String,
    pub new: u64,
    pub total: u64,
}

/// An activity that is near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns of the table")]
pub struct Near {
    pub when: String,
    pub item: String,
    pub hosts: String,
}

impl Page {
    /// Words a digest.
    pub fn of(digest: &Digest) -> Page {
        let (figures, campaign) = (digest.figures, digest.campaign);
        let last_day = figures.period.last_day();
        Page {
            subject: digest.subject(),
            brand: campaign.brand.name.clone(),
            slogan: campaign.brand.slogan.clone(),
            title: format!("{}案例征集周报", digest.scope.name()),
            stretch: stretch(figures.period.from, last_day),
            opening: opening::opening(digest),
            further: vec![opening::further(digest).concat()],
            compared: compared(digest),
            regions: if digest.scope == Scope::Province { regions(digest) } else { Vec::new() },
            categories: figures.categories.iter().map(row).collect(),
            focus_areas: figures.focus_areas.iter().map(row).collect(),
            chart_alt: chart_alt(digest),
            deadlines: ahead::deadlines(digest),
            activities: ahead::activities(digest),
            todo: todo::todo(digest),
            signature: campaign.office.signature.clone(),
            dated: day(digest.dated),
            as_of: format!("统计截至{}24时", day(last_day)),
            foot: campaign.office.foot.clone(),
            anchor: digest.anchor.map(str::to_owned),
        }
    }
}

/// With its year, as it stands below the title.
fn stretch(from: Date, last_day: Date) -> String {
    let days = days(from, last_day);
    if from.year() == last_day.year() { format!("{}年{days}", from.year()) } else { days }
}

fn compared(digest: &Digest) -> Vec<Compared> {
    let (now, before) = (&digest.figures.all, &digest.figures.before);
    let pairs = [
        ("本周新收", now.new, before.new),
        ("累计收到", now.total, before.total),
        ("材料齐全", now.complete, before.complete),
        ("待补正", now.correcting, before.correcting),
        ("待人工核查", now.checking, before.checking),
        ("逾期报送", now.late, before.late),
        ("退回", now.returned, before.returned),
    ];
    let shown = pairs.into_iter().enumerate().filter(|(at, (_, now, before))| *at < 5 || *now > 0 || *before > 0);
    shown.map(|(_, (name, now, before))| Compared { name, now, before, difference: difference(now, before) }).collect()
}

/// 17 regions with their zeros, 省直 apart, 合计 last.
fn regions(digest: &Digest) -> Vec<RegionRow> {
    let figures = digest.figures;
    let year = figures.period.last_day().year();
    let mut rows: Vec<RegionRow> =
        figures.regions.iter().enumerate().map(|(at, group)| region_row(&(at + 1).to_string(), group, year)).collect();
    rows.push(region_row("", &figures.province, year));
    rows.extend((figures.unknown.tally.total > 0).then(|| region_row("", &figures.unknown, year)));
    let sum = Group { key: None, name: "合计".into(), tally: figures.all, last: None };
    rows.push(RegionRow { is_sum: true, last: String::new(), ..region_row("", &sum, year) });
    rows
}

fn region_row(ordinal: &str, group: &Group, year: i16) -> RegionRow {
    let tally = &group.tally;
    RegionRow {
        ordinal: ordinal.to_owned(),
        name: group.name.clone(),
        new: tally.new,
        total: tally.total,
        complete: tally.complete,
        correcting: tally.correcting,
        checking: tally.checking,
        last: group.last.map_or_else(|| "未报送".to_owned(), |at| near_day(time::local(at).date(), year)),
        is_sum: false,
    }
}

fn row(group: &Group) -> Row {
    Row { name: group.name.clone(), new: group.tally.new, total: group.tally.total }
}

fn chart_alt(digest: &Digest) -> String {
    let weeks = &digest.figures.weeks;
    let each: Vec<String> = weeks.iter().map(|(from, count)| format!("{}起一周{count}件", month_day(*from))).collect();
    format!("近{}周每周新收案例件数：{}", weeks.len(), each.join("，"))
}
