//! `roster import` and `roster list`: who is who, from a workbook.

use super::act::Consent;
use super::list::{Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{self, Field, visible};
use super::window::campaigns;
use super::{Failure, actor, words};
use crate::app::{self, App};
use crate::model::roster::Roster;
use crate::report::roster;
use crate::report::words::masked_phone;
use crate::store::roster::ALL;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::PathBuf;

/// 导入、查看名册：单位、协调员、联络员
#[derive(Debug, Args)]
#[command(
    help_template = super::HELP,
    override_usage = "zhihui roster [选项] <命令>",
    next_help_heading = "选项",
    subcommand_help_heading = "命令",
    after_help = "示例：\n  zhihui roster import 名册.xlsx --reason 年度名册\n  zhihui roster list"
)]
pub struct RosterCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// 从工作簿导入名册，先显示改动
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui roster import [选项] --reason <原因> <文件>",
        after_help = "示例：
  zhihui roster import 名册.xlsx --reason 年度名册
  zhihui roster import 名册.xlsx --reason 年度名册 --yes

工作表：单位（单位名称、曾用名、市州、征集范围）
        协调员（姓名、登录名、电话）
        联络员（市州、姓名、电话）
几个曾用名或登录名用顿号隔开；征集范围写“是”或“否”；没有的工作表保持原样"
    )]
    Import(Import),
    /// 列出名册
    #[command(
        help_template = super::HELP,
        override_usage = "zhihui roster list [选项]",
        after_help = "示例：\n  zhihui roster list\n  zhihui roster list --region 十堰\n  zhihui roster list --status 联络员 --format json\n\n电话默认隐藏一部分\n状态指种类：unit 单位、coordinator 协调员、liaison 联络员；--unit 找单位的现名和曾用名"
    )]
    List(Box<List>),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct Import {
    /// 名册，.xlsx
    #[arg(value_name = "文件", help_heading = "参数")]
    file: PathBuf,
    /// 只用于这个征集活动，如 2023；默认各征集活动共用
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
struct List {
    /// 电话写全
    #[arg(long)]
    with_contacts: bool,
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    shape: ShapeArgs,
}

/// An entry of any sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    /// `unit`, `coordinator` or `liaison`.
    kind: &'static str,
    name: String,
    region: Option<String>,
    /// Former names of a unit, logins of a person.
    also: Vec<String>,
    phone: Option<String>,
    in_scope: Option<bool>,
}

type Key = Field<Row>;

const FIELDS: &[Key] =
    &[
        Key::new("kind", "种类", |row| kind(row.kind).to_owned()).shown(0),
        Key::new("name", "名称", |row| row.name.clone()).shown(0).elastic(16),
        Key::new("region", "市州", |row| {
            if row.kind == "coordinator" { String::new() } else { words::region(row.region.as_deref()).to_owned() }
        })
        .shown(1),
        Key::new("also", "曾用名、登录名", |row| row.also.join("、")).shown(2).elastic(12),
        Key::new("in_scope", "征集范围", |row| row.in_scope.map(words::yes).unwrap_or_default().to_owned()).shown(3),
        Key::new("phone", "电话", |row| row.phone.clone().unwrap_or_default()).shown(1),
    ];

/// What its rows are.
const KINDS: words::Words = &[("unit", "单位"), ("coordinator", "协调员"), ("liaison", "联络员")];

fn kind(kind: &str) -> &str {
    KINDS.iter().find(|(key, _)| *key == kind).map_or(kind, |(_, word)| word)
}

static LIST: Kept<Row> = Kept {
    command: "zhihui roster list",
    things: "名册中的条目",
    measure: "条",
    when_empty: "还没有名册\nzhihui roster import --help   看名册怎样写、怎样导入",
    fields: FIELDS,
    tells: Tells {
        status: Some((KINDS, |row| row.kind)),
        region: Some(|row| row.region.as_deref()),
        units: Some(|row| if row.kind == "unit" { std::iter::once(&row.name).chain(&row.also).cloned().collect() } else { Vec::new() }),
        ..Tells::NOTHING
    },
};

impl RosterCommand {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        match &self.action {
            Action::Import(import) => import.run(app).await,
            Action::List(list) => list.run(app).await,
        }
    }
}

impl Import {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        let bytes = std::fs::read(&self.file).map_err(|error| Failure::of_file(self.file.display(), "无法读取", &error))?;
        let of = campaign(app, self.campaign.as_deref())?;
        let before = app.store.roster(of).await?;
        let (roster, faults) = roster::read(&bytes, &before, &app::regions()?).map_err(Failure::failed)?;
        if !faults.is_empty() {
            let lines: Vec<String> = faults.iter().map(|fault| visible(&format!("{}：{}", fault.cell, fault.sentence))).collect();
            return Err(Failure::failed(format!("{}\n共{}处有误，没有导入任何内容；请改好后再导入", lines.join("\n"), faults.len())));
        }
        let lines = changes(&rows(&before), &rows(&roster));
        let mut page = String::new();
        lines.iter().for_each(|line| output::put(&mut page, "", "    ", line));
        output::print(&page)?;
        if lines.is_empty() {
            eprintln!("与现有名册相同，没有需要导入的改动");
            return Ok(());
        }
        let (units, people) = (roster.units.len(), roster.coordinators.len() + roster.liaisons.len());
        eprintln!("共{}处改动；导入后有单位{units}个、人员{people}名", lines.len());
        if self.consent.is_given()? {
            app.store.import_roster(of, &roster, &actor::by(app, Some(&self.consent.reason))).await?;
            eprintln!("已导入。已登记的案例不变，要按名册重新确定市州请用 zhihui case reread --dry-run 查看");
        }
        Ok(())
    }
}

impl List {
    async fn run(&self, app: &App) -> Result<(), Failure> {
        // Which roster it is says the campaign, not which of its rows.
        let narrow = NarrowArgs { campaign: None, ..self.narrow.clone() };
        let mut rows = rows(&app.store.roster(campaign(app, self.narrow.campaign.as_deref())?).await?);
        if !self.with_contacts {
            rows.iter_mut().for_each(|row| row.phone = row.phone.as_deref().map(masked_phone));
        }
        self.shape.print_kept(app, &narrow, &LIST, rows).await
    }
}

/// Whose roster is meant: a campaign's, or that for all.
fn campaign<'a>(app: &App, typed: Option<&'a str>) -> Result<&'a str, Failure> {
    match typed.map(str::trim) {
        None => Ok(ALL),
        Some(id) if campaigns(app).iter().any(|file| file.campaign.id == id) => Ok(id),
        Some(id) => Err(Failure::usage(format!("配置中没有征集活动“{}”，请用 zhihui config show 查看", visible(id)))),
    }
}

fn rows(roster: &Roster) -> Vec<Row> {
    let unit = |unit: &crate::model::roster::RosterUnit| Row {
        kind: "unit",
        name: unit.name.clone(),
        region: unit.region.clone(),
        also: unit.former.clone(),
        phone: None,
        in_scope: unit.in_scope,
    };
    let coordinator = |one: &crate::model::roster::Coordinator| Row {
        kind: "coordinator",
        name: one.name.clone(),
        region: None,
        also: one.logins.clone(),
        phone: one.phone.clone(),
        in_scope: None,
    };
    let liaison = |one: &crate::model::roster::Liaison| Row {
        kind: "liaison",
        name: one.name.clone(),
        region: Some(one.region.clone()),
        also: Vec::new(),
        phone: one.phone.clone(),
        in_scope: None,
    };
    let units = roster.units.iter().map(unit);
    units.chain(roster.coordinators.iter().map(coordinator)).chain(roster.liaisons.iter().map(liaison)).collect()
}

/// What comes, what goes, and what changes; without numbers.
fn changes(before: &[Row], after: &[Row]) -> Vec<String> {
    let same = |one: &Row, other: &Row| {
        (one.kind, &one.name, one.kind == "liaison" && one.region != other.region) == (other.kind, &other.name, false)
    };
    let said = |row: &Row| {
        let region = row.region.as_deref().map(|region| words::region(Some(region)).to_owned());
        let scope = row.in_scope.map(|is_so| format!("征集范围：{}", words::yes(is_so)));
        let also = (!row.also.is_empty()).then(|| row.also.join("、"));
        [Some(row.name.clone()), region, also, scope].into_iter().flatten().collect::<Vec<_>>().join("  ")
    };
    let mut lines = Vec::new();
    for row in after {
        match before.iter().find(|known| same(known, row)) {
            None => lines.push(format!("增加{}  {}", kind(row.kind), said(row))),
            Some(known) if known != row && said(known) == said(row) => lines.push(format!("更改{}  {}：电话", kind(row.kind), row.name)),
            Some(known) if known != row => lines.push(format!("更改{}  {} → {}", kind(row.kind), said(known), said(row))),
            Some(_) => {}
        }
    }
    lines.extend(
        before.iter().filter(|row| !after.iter().any(|known| same(known, row))).map(|row| format!("删去{}  {}", kind(row.kind), said(row))),
    );
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::roster::{Liaison, RosterUnit};

    #[test]
    fn what_differs_is_told_line_by_line() {
        let unit = |name: &str, region: &str| RosterUnit { name: name.into(), region: Some(region.into()), ..RosterUnit::default() };
        let liaison = |region: &str, phone: &str| Liaison { region: region.into(), name: "王某".into(), phone: Some(phone.into()) };
        let before =
            Roster {
                units: vec![unit("甲", "十堰市"), unit("乙", "襄阳市")], liaisons: vec![liaison("十堰市", "1")], ..Roster::default()
            };
        let after = Roster {
            units: vec![unit("甲", "襄阳市"), unit("丙", "province")],
            liaisons: vec![liaison("十堰市", "2")],
            ..Roster::default()
        };
        assert_eq!(
            changes(&rows(&before), &rows(&after)),
            ["更改单位  甲  十堰 → 甲  襄阳", "增加单位  丙  省直", "更改联络员  王某：电话", "删去单位  乙  襄阳"]
        );
        assert!(changes(&rows(&before), &rows(&before)).is_empty());
    }
}
