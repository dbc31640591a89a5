//! `case overdue`: whom a coordinator has to telephone: past the correction period, with contact and phone.

use super::Failure;
use super::output::{self, Column, Format, minute};
use super::{approval, progress, words};
use crate::app::{self, App};
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
    /// 征集活动，如 2023，默认全部
    #[arg(long, value_name = "活动")]
    campaign: Option<String>,
    /// 输出格式：table、json、jsonl 或 csv，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    format: Format,
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

const COLUMNS: &[Column<Row>] = &[
    ("编号", |row| row.number.clone()),
    ("补正期限", |row| minute(&row.deadline)),
    ("报送单位", |row| row.unit.clone().unwrap_or_else(|| "（未填）".into())),
    ("市州", |row| words::region(row.region.as_deref()).to_owned()),
    ("联系人", |row| row.contact.name.clone().unwrap_or_else(|| "（未填）".into())),
    ("电话", |row| row.contact.phones.join("、")),
    ("市州联络员", |row| row.liaison.as_ref().map(named).unwrap_or_default()),
    ("需补正", |row| row.corrections.join("；")),
];

impl Overdue {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut cases: Vec<(i64, Timestamp)> = Vec::new();
        for campaign in app.store.campaigns().await? {
            if self.campaign.as_ref().is_none_or(|wanted| wanted.trim() == campaign) {
                cases.extend(past(app, &campaign).await?);
            }
        }
        cases.sort_by_key(|(_, deadline)| *deadline);
        let rows = progress::patiently("正在读取", self.rows(app, cases)).await?;
        if rows.is_empty() && self.format == Format::Table {
            eprintln!("没有已过补正期限仍未补齐的案例\nzhihui case list --view 待补正   看还在期限内的");
            return Ok(());
        }
        if self.with_contacts && !rows.is_empty() && !self.is_granted(app, &rows).await? {
            return Ok(());
        }
        output::list(&rows, self.format, COLUMNS)
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
    let workdays = app::workdays().map_err(Failure::failed)?;
    let (office, now) = (Office::of(&app.loaded.config, &workdays), app.clock.now());
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
