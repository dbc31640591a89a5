//! Who is named on the forms that an act has to do with: people write into a reason whom they talked to, and the log, which is
//! for good, has no need of it. What was written before that was so is listed without the names.

use super::{Result, Store, StoreError, Transaction};
use crate::model::audit::{Actor, By, Entry};
use crate::model::people;
use crate::model::reading::{CaseReading, Contact};
use serde::Deserialize;
use sqlx::AnyConnection;
use std::collections::BTreeSet;

/// Of a reading, only the people.
#[derive(Deserialize)]
struct People {
    contact: Contact,
    #[serde(default)]
    more_contacts: Vec<Contact>,
}

/// The cases that a subject names or stands for.
const OF_CASE: &str = "SELECT id FROM case_record WHERE id = $1 OR number = $2";
const OF_REPLY: &str = "SELECT case_id FROM outbox_case WHERE outbox = $1";
const OF_MAIL: &str = "SELECT case_id FROM revision WHERE message = $1
    UNION SELECT case_id FROM evidence WHERE message = $1 AND case_id IS NOT NULL";

impl Store {
    /// The names on the forms of what an act was done to, as the audit log writes it: `case/JCZH-2023-0001`, `outbox/3`.
    pub async fn names_about(&self, subject: &str) -> Result<BTreeSet<String>> {
        about(&mut *self.pool.acquire().await?, subject).await
    }
}

impl Transaction {
    /// What a person gave as a reason, without whom it names.
    pub(super) async fn without_people(&mut self, entry: &Entry) -> Result<String> {
        let By { actor, reason, .. } = &entry.by;
        if *actor == Actor::Program || reason.is_empty() {
            return Ok(reason.clone());
        }
        Ok(people::without_people(reason, &about(self.connection(), &entry.subject).await?))
    }
}

async fn about(connection: &mut AnyConnection, subject: &str) -> Result<BTreeSet<String>> {
    let (kind, rest) = subject.split_once('/').unwrap_or((subject, ""));
    // target/address/number,number/recipient.
    let rest = if kind == "referral" { rest.rsplit('/').nth(1).unwrap_or_default() } else { rest };
    let mut names = BTreeSet::new();
    for one in rest.split(',').filter(|one| !one.is_empty()) {
        let row = row_of(one);
        let cases = match kind {
            "outbox" => sqlx::query_scalar(OF_REPLY).bind(row),
            "message" => sqlx::query_scalar(OF_MAIL).bind(row),
            _ => sqlx::query_scalar(OF_CASE).bind(row).bind(super::text(one)),
        };
        let ids: Vec<i64> = cases.fetch_all(&mut *connection).await?;
        for id in ids {
            of_case(&mut *connection, id, &mut names).await?;
        }
    }
    Ok(names)
}

/// The row that a text stands for, none for any other: compared as text, every row of the table would be looked at.
pub(super) fn row_of(text: &str) -> i64 {
    text.parse().ok().filter(|row: &i64| row.to_string() == text).unwrap_or(-1)
}

async fn of_case(connection: &mut AnyConnection, case: i64, names: &mut BTreeSet<String>) -> Result<()> {
    let query = sqlx::query_scalar::<_, String>("SELECT reading FROM revision WHERE case_id = $1").bind(case);
    for reading in query.fetch_all(&mut *connection).await? {
        let fault = |source| StoreError::Row { what: "reading", source };
        let People { contact, more_contacts } = serde_json::from_str(&reading).map_err(fault)?;
        names.extend(std::iter::once(contact).chain(more_contacts).filter_map(|contact| contact.name));
    }
    let query = sqlx::query_scalar::<_, String>("SELECT value FROM ruling WHERE case_id = $1 AND field = 'contact.name'").bind(case);
    let settled = query.fetch_all(&mut *connection).await?;
    names.extend(settled.iter().filter_map(|value| serde_json::from_str::<String>(value).ok()));
    Ok(())
}

/// The names on these forms.
pub fn named<'a>(readings: impl Iterator<Item = &'a CaseReading>) -> BTreeSet<String> {
    let contacts = readings.flat_map(|reading| std::iter::once(&reading.contact).chain(&reading.more_contacts));
    contacts.filter_map(|contact| contact.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Outgoing, testing::*};
    use super::*;
    use crate::model::audit::Act;
    use serde_json::json;

    #[tokio::test]
    async fn no_table_is_read_whole_to_find_them() {
        let (_dir, store) = file().await;
        for sql in [OF_CASE, OF_REPLY, OF_MAIL] {
            let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(&store.pool).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| sqlx::Row::get(row, "detail")).collect();
            assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{sql}: {plan:?}");
        }
    }

    #[tokio::test]
    async fn they_are_found_by_whatever_the_act_was_done_to() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        let (mut reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        let name = "李明华".to_owned();
        reading.contact.name = Some(name.clone());
        let mut tx = store.begin().await.unwrap();
        let number = tx.next_number("2023", "JCZH-2023").await.unwrap();
        let case = tx.open_case(&entry(message, &reading, &trace, &place), &number).await.unwrap();
        let mail = rendered("ask", "a@unit.example");
        let letter = Outgoing { source_message: Some(message), cases: &[case], ..outgoing(&mail) };
        let reply = tx.enqueue(&letter).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let subjects = [
            format!("referral/samr/office@samr.example/{number},JCZH-2023-9999/某局"),
            format!("case/{number}"),
            format!("overdue/JCZH-2023-9999,{number}"),
            format!("outbox/{reply}"),
            format!("message/{message}"),
        ];
        for subject in subjects {
            assert_eq!(store.names_about(&subject).await.unwrap(), BTreeSet::from([name.clone()]), "{subject}");
        }
        for subject in ["roster", "case/JCZH-2023-9999", "outbox/99", ""] {
            assert!(store.names_about(subject).await.unwrap().is_empty(), "{subject}");
        }
        store.audit(by(9).because(format!("{name}来电")).entry(Act::CaseNoted, format!("case/{number}"), json!({}))).await.unwrap();
        let log = store.list_audit(&Default::default()).await.unwrap();
        let reason = &log.last().unwrap().reason;
        assert!(!reason.contains(&name) && reason.ends_with("**来电"), "{reason}");
    }
}
