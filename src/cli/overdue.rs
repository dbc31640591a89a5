//! `case overdue`: whom a coordinator has to telephone: past the correction period, with contact and phone.

use super::Failure;
use super::output::{self, Column, Format, minute};
use super::{approval, words};
use crate::app::{self, App};
use crate::intake::{correction, schedule::Office};
use crate::model::{reading::Contact, time};
use crate::report::words::{masked_name, masked_phone};
use crate::store::OpenCase;
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
    ("需补正", |row| row.corrections.join("；")),
];

impl Overdue {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let mut rows: Vec<(Timestamp, Row)> = Vec::new();
        for campaign in app.store.campaigns().await? {
            if self.campaign.as_ref().is_some_and(|wanted| wanted.trim() != campaign) {
                continue;
            }
            let mut facts: BTreeMap<i64, _> =
                app.store.case_facts(&campaign, i64::MAX).await?.into_iter().map(|case| (case.id, case)).collect();
            for (case, deadline) in past(app, &campaign).await? {
                // Classified matter is in no list of contacts.
                let Some(fact) = facts.remove(&case.id) else { continue };
                let contact = if self.with_contacts { fact.contact } else { masked(fact.contact) };
                let OpenCase { number, title, unit, .. } = case;
                let (region, corrections) = (fact.region, fact.corrections);
                rows.push((deadline, Row { number, title, unit, region, deadline: time::rfc3339(deadline), contact, corrections }));
            }
        }
        rows.sort_by_key(|(deadline, _)| *deadline);
        let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        if self.with_contacts && !rows.is_empty() && !self.is_granted(app, &rows).await? {
            return Ok(());
        }
        output::list(&rows, self.format, COLUMNS)
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
pub(super) async fn past(app: &App, campaign: &str) -> Result<Vec<(OpenCase, Timestamp)>, Failure> {
    let workdays = app::workdays().map_err(Failure::failed)?;
    let (office, now) = (Office::of(&app.loaded.config, &workdays), app.clock.now());
    let deadline = |case: OpenCase| {
        let end = correction::due(&case.requests, case.revised, &office).filter(|end| *end < now)?;
        Some((case, end))
    };
    Ok(app.store.open_cases(campaign).await?.into_iter().filter_map(deadline).collect())
}

fn masked(contact: Contact) -> Contact {
    Contact { name: contact.name.as_deref().map(masked_name), phones: contact.phones.iter().map(|phone| masked_phone(phone)).collect() }
}
