//! `case overdue`: whom a coordinator has to telephone: past the correction period, with contact and phone.

use super::Failure;
use super::list::{Kept, NarrowArgs, ShapeArgs, Tells};
use super::output::{Field, minute};
use super::{approval, progress, words};
use crate::app::App;
use crate::intake::{correction, schedule::Office};
use crate::model::{placement::Request, reading::Contact, time};
use crate::report::words::{masked_name, masked_phone};
use crate::store::Lacking;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// `case overdue`.
#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Overdue {
    /// 联系人和电话写全，须两人先后运行，记入审计日志
    #[arg(long, requires = "reason")]
    with_contacts: bool,
    /// 为什么要写全，记入审计日志
    #[arg(long, value_name = "原因", value_parser = super::act::reason)]
    reason: Option<String>,
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    shape: ShapeArgs,
}

/// A case past its period.
#[derive(Debug, Serialize)]
struct Row {
    number: String,
    title: Option<String>,
    unit: Option<String>,
    region: Option<String>,
    /// Until when it kept its place.
    deadline: String,
    /// Whom to telephone, masked unless it was asked for.
    contact: Contact,
    /// Who speaks for the region, by the roster; masked alike.
    liaison: Option<Contact>,
    /// What is still lacking.
    corrections: Vec<String>,
}

type Key = Field<Row>;

const FIELDS: &[Key] = &[
    Key::new("number", "编号", |row| row.number.clone()).shown(0),
    Key::new("deadline", "补正期限", |row| minute(&row.deadline)).shown(1),
    Key::new("title", "案例题目", |row| row.title.clone().unwrap_or_else(|| "（未填）".into())),
    Key::new("unit", "报送单位", |row| row.unit.clone().unwrap_or_else(|| "（未填）".into())).shown(0).elastic(14),
    Key::new("region", "市州", |row| words::region(row.region.as_deref()).to_owned()).shown(3),
    Key::new("contact", "联系人", |row| row.contact.name.clone().unwrap_or_else(|| "（未填）".into())).shown(0),
    Key::new("phones", "电话", |row| row.contact.phones.join("、")).shown(0).elastic(13).only_shown(),
    Key::new("liaison", "市州联络员", |row| row.liaison.as_ref().map(named).unwrap_or_default()).shown(4).elastic(12),
    Key::new("corrections", "需补正", |row| row.corrections.join("；")).shown(2).elastic(12),
];

static LIST: Kept<Row> = Kept {
    command: "zhihui case overdue",
    things: "案例",
    measure: "件",
    when_empty: "没有已过补正期限仍未补齐的案例\nzhihui case list --view 待补正   看还在期限内的",
    fields: FIELDS,
    tells: Tells { cases: Some(|row| vec![row.number.clone()]), ..Tells::NOTHING },
};

impl Overdue {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut cases: Vec<(i64, Timestamp)> = Vec::new();
        for campaign in app.store.campaigns().await? {
            cases.extend(past(app, &campaign).await?);
        }
        cases.sort_by_key(|(_, deadline)| *deadline);
        let rows = progress::patiently("正在读取", self.rows(app, cases)).await?;
        let rows = self.narrow.keep(app, &LIST, rows).await?;
        if self.with_contacts && !rows.is_empty() && !self.is_granted(app, &rows).await? {
            return Ok(());
        }
        self.shape.print_of(&LIST, rows, self.narrow.is_typed())
    }

    async fn rows(&self, app: &App, cases: Vec<(i64, Timestamp)>) -> Result<Vec<Row>, Failure> {
        let ids: Vec<i64> = cases.iter().map(|(case, _)| *case).collect();
        let mut lacking = app.store.lacking(&ids).await?;
        let mut rosters = BTreeMap::new();
        for campaign in app.store.campaigns().await? {
            let roster = app.store.roster(&campaign).await?;
            rosters.insert(campaign, roster);
        }
        let told = |contact: Contact| if self.with_contacts { contact } else { masked(contact) };
        let row = |(case, deadline): (i64, Timestamp)| {
            // Classified matter is in no list of contacts.
            let Lacking { number, campaign, title, unit, region, contact, corrections } = lacking.remove(&case)?;
            let liaison = region.as_deref().and_then(|region| rosters.get(&campaign)?.liaison(region));
            let liaison = liaison.map(|one| Contact { name: Some(one.name.clone()), phones: one.phone.iter().cloned().collect() });
            let (contact, liaison) = (told(contact), liaison.map(told));
            Some(Row { number: number?, title, unit, region, deadline: time::rfc3339(deadline), contact, liaison, corrections })
        };
        Ok(cases.into_iter().filter_map(row).collect())
    }

    /// Names and numbers are shown when two persons want those of the same cases.
    async fn is_granted(&self, app: &App, rows: &[Row]) -> Result<bool, Failure> {
        let mut names: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
        names.sort_unstable();
        let subject = format!("overdue/{}", names.join(","));
        approval::of_contacts(app, &subject, &json!({"cases": names.len()}), self.reason.as_deref()).await
    }
}

/// The cases of a campaign whose period is over, with its end.
pub(super) async fn past(app: &App, campaign: &str) -> Result<Vec<(i64, Timestamp)>, Failure> {
    let (office, now) = (Office::of(&app.loaded.config, &app.loaded.workdays), app.clock.now());
    let over = |(case, revised, requests): (i64, Timestamp, Vec<Request>)| {
        let end = correction::due(&requests, revised, &office).filter(|end| *end < now)?;
        Some((case, end))
    };
    Ok(app.store.open_periods(campaign).await?.into_iter().filter_map(over).collect())
}

/// A name with its numbers.
fn named(contact: &Contact) -> String {
    contact.name.iter().chain(&contact.phones).map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn masked(contact: Contact) -> Contact {
    Contact { name: contact.name.as_deref().map(masked_name), phones: contact.phones.iter().map(|phone| masked_phone(phone)).collect() }
}
