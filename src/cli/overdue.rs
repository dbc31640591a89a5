//! `case list`, and with `--overdue` whom a coordinator has to telephone: past the correction period, with contact and phone.

use super::list::ListArgs;
use super::output::{self, Column, minute};
use super::{Failure, case};
use crate::app::{self, App};
use crate::daemon::course_of;
use crate::intake::{remind, schedule::Office};
use crate::model::{audit::Act, reading::Contact, time};
use crate::report::words::{masked_name, masked_phone};
use crate::store::{CaseCourse, CaseRow, OpenCase};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// `case list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    args: ListArgs,
    /// 只列已过补正期限、仍未补齐的案例，附期限、联系人和电话
    #[arg(long, help_heading = "选项")]
    overdue: bool,
    /// 联系人和电话写全，记入审计日志
    #[arg(long, help_heading = "选项", requires = "overdue")]
    with_contacts: bool,
}

/// A case past its period.
#[derive(Debug, Serialize)]
struct Overdue {
    #[serde(flatten)]
    case: CaseRow,
    /// Until when it kept its place.
    deadline: String,
    /// Whom to telephone, masked unless it was asked for.
    contact: Contact,
}

const COLUMNS: &[Column<Overdue>] = &[
    ("编号", |row| row.case.number.clone().unwrap_or_default()),
    ("案例题目", |row| row.case.title.clone().unwrap_or_else(|| "（未填）".into())),
    ("报送单位", |row| row.case.unit.clone().unwrap_or_else(|| "（未填）".into())),
    ("补正期限", |row| minute(&row.deadline)),
    ("联系人", |row| row.contact.name.clone().unwrap_or_else(|| "（未填）".into())),
    ("电话", |row| row.contact.phones.join("、")),
    ("需补正", |row| row.case.defects.iter().filter(|defect| defect.severity == "correct").count().to_string()),
];

impl List {
    /// Runs it.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let rows = app.store.list_cases(&self.args.filter()?).await?;
        if !self.overdue {
            return output::list(&rows, self.args.format, case::COLUMNS);
        }
        let campaigns: BTreeSet<String> = rows.iter().map(|row| row.campaign.clone()).collect();
        let (mut deadlines, mut contacts) = (BTreeMap::new(), BTreeMap::new());
        for campaign in &campaigns {
            deadlines.extend(deadlines_of(app, app.store.open_cases(campaign).await?)?);
            let facts = app.store.case_facts(campaign, i64::MAX).await?;
            contacts.extend(facts.into_iter().map(|case| (case.id, case.contact)));
        }
        let now = app.clock.now();
        let mut overdue: Vec<(Timestamp, Overdue)> = Vec::new();
        for case in rows {
            let Some(deadline) = deadlines.get(&case.id).copied().filter(|deadline| *deadline < now) else { continue };
            let contact = contacts.remove(&case.id).unwrap_or_default();
            let contact = if self.with_contacts { contact } else { masked(contact) };
            overdue.push((deadline, Overdue { case, deadline: time::rfc3339(deadline), contact }));
        }
        overdue.sort_by_key(|(deadline, _)| *deadline);
        let rows: Vec<Overdue> = overdue.into_iter().map(|(_, row)| row).collect();
        if self.with_contacts {
            let by = super::actor::by(app, None);
            app.store.audit(by.entry(Act::ContactsExported, "case/overdue", json!({"cases": rows.len()}))).await?;
        }
        output::list(&rows, self.args.format, COLUMNS)
    }
}

/// Until when each case keeps its place, where that can be said.
fn deadlines_of(app: &App, cases: Vec<OpenCase>) -> Result<Vec<(i64, Timestamp)>, Failure> {
    let workdays = app::workdays().map_err(Failure::failed)?;
    let office = Office::of(&app.loaded.config, &workdays);
    let deadline = |case: OpenCase| {
        let course = CaseCourse { place: case.place, was_complete: false, is_ruled: false, requests: case.requests };
        remind::deadline(&course_of(course), &office).map(|at| (case.id, at))
    };
    Ok(cases.into_iter().filter_map(deadline).collect())
}

fn masked(contact: Contact) -> Contact {
    Contact { name: contact.name.as_deref().map(masked_name), phones: contact.phones.iter().map(|phone| masked_phone(phone)).collect() }
}
