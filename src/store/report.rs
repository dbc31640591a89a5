//! The facts that reports are made of: cases as they stood at an instant, and what else waits for a person.
//!
//! A case stands as its latest form from before that instant left it; while no newer form came, as it stands
//! now. Classified matter is in no report.

use super::{Result, Store, StoreError, from_i64};
use crate::model::{
    placement::Request,
    reading::{CaseStatus, Contact},
    report::{CaseFacts, DeskEntry, DeskFacts, Undelivered, Waiting},
};
use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{Any, Row, any::AnyRow};
use std::collections::BTreeMap;

/// What belongs to each case beside its row.
struct Beside {
    categories: BTreeMap<i64, Vec<String>>,
    focus_areas: BTreeMap<i64, Vec<String>>,
    defects: BTreeMap<(i64, i64), Defects>,
    requests: BTreeMap<i64, Vec<Request>>,
    desk: BTreeMap<i64, DeskEntry>,
    /// Whom to ask, as people settled it.
    contacts: BTreeMap<i64, Contact>,
}

#[derive(Default)]
struct Defects {
    corrections: Vec<String>,
    checks: Vec<String>,
}

/// Of a reading, only whom to ask.
#[derive(Deserialize)]
pub(super) struct OnlyContact {
    pub contact: Contact,
}

impl Store {
    /// The cases that were open before an instant, in order of opening.
    pub async fn case_facts(&self, campaign: &str, before_ms: i64) -> Result<Vec<CaseFacts>> {
        let rows = sqlx::query(
            "SELECT c.id, c.number, c.status, c.title, c.unit, c.region, c.channel, c.month, c.batch, c.revision AS latest,
                 first.received_ms AS opened_ms, r.received_ms AS revised_ms, r.revision, r.status AS status_then, r.reading,
                 beside.number AS possibly_of
             FROM case_record c
             JOIN revision first ON first.case_id = c.id AND first.revision = 1
             JOIN revision r ON r.case_id = c.id AND r.revision = (
                 SELECT MAX(x.revision) FROM revision x WHERE x.case_id = c.id AND x.received_ms < $2)
             JOIN message m ON m.id = r.message AND m.classified = 0
             LEFT JOIN case_record beside ON beside.id = c.possibly_of
             WHERE c.campaign = $1 AND first.received_ms < $2
             ORDER BY c.id",
        );
        let rows = rows.bind(campaign).bind(before_ms).fetch_all(&self.pool).await?;
        let mut beside = self.beside(campaign, before_ms).await?;
        rows.iter().map(|row| facts(row, &mut beside)).collect()
    }

    /// What waits beside the cases, of mails from before `until`; questions within the two instants.
    pub async fn desk_facts(&self, campaign: &str, from_ms: i64, until_ms: i64) -> Result<DeskFacts> {
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT received_ms FROM message WHERE campaign = $1 AND received_ms < $2 AND classified = 0
                 AND (disposition IS NULL OR disposition NOT IN ('automatic', 'skipped')) ORDER BY received_ms DESC LIMIT 1",
        )
        .bind(campaign)
        .bind(until_ms)
        .fetch_optional(&self.pool)
        .await?;
        let quarantined: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM message
             WHERE campaign = $1 AND received_ms < $2 AND disposition = 'quarantined' AND dismissed_ms IS NULL",
        )
        .bind(campaign)
        .bind(until_ms)
        .fetch_one(&self.pool)
        .await?;
        let inquiries: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM message m WHERE m.campaign = $1 AND m.received_ms >= $3 AND m.received_ms < $2 AND m.disposition = 'inquiry'
                 AND NOT EXISTS (SELECT 1 FROM outbox a WHERE a.id = m.answer AND a.state NOT IN ('cancelled', 'dead'))",
        )
        .bind(campaign)
        .bind(until_ms)
        .bind(from_ms)
        .fetch_one(&self.pool)
        .await?;
        let held: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE campaign = $1 AND created_ms < $2 AND state = 'held'")
            .bind(campaign)
            .bind(until_ms)
            .fetch_one(&self.pool)
            .await?;
        Ok(DeskFacts {
            last_received: last.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            quarantined: from_i64(quarantined),
            undelivered: self.undelivered(campaign, until_ms).await?,
            held: from_i64(held),
            inquiries: from_i64(inquiries),
        })
    }

    async fn undelivered(&self, campaign: &str, until_ms: i64) -> Result<Vec<Undelivered>> {
        let rows = sqlx::query(
            "SELECT o.kind, c.number, c.unit, c.region FROM outbox o
             LEFT JOIN case_record c ON c.id = (SELECT MIN(oc.case_id) FROM outbox_case oc WHERE oc.outbox = o.id)
             WHERE o.campaign = $1 AND o.created_ms < $2 AND o.state IN ('dead', 'uncertain') AND o.kind <> 'digest'
             ORDER BY o.id",
        );
        let rows = rows.bind(campaign).bind(until_ms).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            Ok(Undelivered {
                kind: row.try_get("kind")?,
                number: row.try_get("number")?,
                unit: row.try_get("unit")?,
                region: row.try_get("region")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Who wrote to apply or to ask, and opened no case; each address once, the latest first.
    pub async fn wrote_without_case(&self, campaign: &str) -> Result<Vec<Waiting>> {
        let rows = sqlx::query(
            "SELECT lower(from_address) AS address, MAX(from_name) AS name, MAX(received_ms) AS last_ms FROM message
             WHERE campaign = $1 AND classified = 0 AND disposition IN ('guidance', 'inquiry') AND from_address <> ''
               AND lower(from_address) NOT IN (SELECT lower(opener) FROM case_record WHERE campaign = $1)
             GROUP BY lower(from_address) ORDER BY last_ms DESC, address",
        );
        let rows = rows.bind(campaign).fetch_all(&self.pool).await?;
        let read = |row: &AnyRow| {
            let name: Option<String> = row.try_get("name")?;
            Ok(Waiting {
                name: name.filter(|name| !name.trim().is_empty()),
                address: row.try_get("address")?,
                last: instant(row.try_get("last_ms")?),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn beside(&self, campaign: &str, before_ms: i64) -> Result<Beside> {
        let mut requests = self.requests(campaign).await?;
        requests.values_mut().for_each(|of| of.retain(|request| request.sent.as_millisecond() < before_ms));
        let mut desk: BTreeMap<i64, DeskEntry> = BTreeMap::new();
        for (case, field, value) in self
            .triples(
                "SELECT e.case_id, e.field, e.value FROM ledger_entry e JOIN case_record c ON c.id = e.case_id WHERE c.campaign = $1",
                campaign,
            )
            .await?
        {
            desk.entry(case).or_default().set(&field, value);
        }
        let categories = "SELECT cc.case_id, '', cc.category FROM case_category cc JOIN case_record c ON c.id = cc.case_id
                          WHERE c.campaign = $1 ORDER BY cc.case_id, cc.ordinal";
        let focus_areas = "SELECT cf.case_id, '', cf.focus FROM case_focus cf JOIN case_record c ON c.id = cf.case_id
                           WHERE c.campaign = $1 ORDER BY cf.case_id, cf.focus";
        Ok(Beside {
            categories: grouped(self.triples(categories, campaign).await?),
            focus_areas: grouped(self.triples(focus_areas, campaign).await?),
            defects: self.defects_then(campaign).await?,
            requests,
            desk,
            contacts: self.settled_contacts(campaign).await?,
        })
    }

    /// A name or number that nobody settled stays as it was read.
    async fn settled_contacts(&self, campaign: &str) -> Result<BTreeMap<i64, Contact>> {
        let settled = "SELECT g.case_id, g.field, g.value FROM ruling g JOIN case_record c ON c.id = g.case_id
                       WHERE c.campaign = $1 AND g.state = 'standing' AND g.field LIKE 'contact.%' ORDER BY g.id";
        let mut contacts: BTreeMap<i64, Contact> = BTreeMap::new();
        for (case, field, value) in self.triples(settled, campaign).await? {
            settle(contacts.entry(case).or_default(), &field, &value);
        }
        Ok(contacts)
    }

    async fn triples(&self, sql: &'static str, campaign: &str) -> Result<Vec<(i64, String, String)>> {
        Ok(sqlx::query_as::<Any, (i64, String, String)>(sql).bind(campaign).fetch_all(&self.pool).await?)
    }

    async fn defects_then(&self, campaign: &str) -> Result<BTreeMap<(i64, i64), Defects>> {
        let rows = sqlx::query(
            "SELECT d.case_id, d.revision, d.severity, d.sentence FROM defect d JOIN case_record c ON c.id = d.case_id
             WHERE c.campaign = $1 AND d.revision IS NOT NULL ORDER BY d.case_id, d.revision, d.ordinal",
        );
        let mut defects: BTreeMap<(i64, i64), Defects> = BTreeMap::new();
        for row in rows.bind(campaign).fetch_all(&self.pool).await? {
            let of = defects.entry((row.try_get("case_id")?, row.try_get("revision")?)).or_default();
            let severity: String = row.try_get("severity")?;
            let list = if severity == "correct" { &mut of.corrections } else { &mut of.checks };
            list.push(row.try_get("sentence")?);
        }
        Ok(defects)
    }
}

/// What a person settled about whom to ask.
pub(super) fn settle(contact: &mut Contact, field: &str, value: &str) {
    match field {
        "contact.name" => contact.name = serde_json::from_str(value).ok(),
        _ => contact.phones = serde_json::from_str(value).unwrap_or_default(),
    }
}

fn facts(row: &AnyRow, beside: &mut Beside) -> Result<CaseFacts> {
    let id: i64 = row.try_get("id")?;
    let (revision, latest): (i64, i64) = (row.try_get("revision")?, row.try_get("latest")?);
    let status: String = row.try_get(if revision == latest { "status" } else { "status_then" })?;
    let reading: String = row.try_get("reading")?;
    let OnlyContact { mut contact } = serde_json::from_str(&reading).map_err(|source| StoreError::Row { what: "reading", source })?;
    if let Some(settled) = beside.contacts.remove(&id) {
        contact.name = settled.name.or(contact.name);
        if !settled.phones.is_empty() {
            contact.phones = settled.phones;
        }
    }
    let Defects { corrections, checks } = beside.defects.remove(&(id, revision)).unwrap_or_default();
    Ok(CaseFacts {
        id,
        number: row.try_get("number")?,
        status: CaseStatus::parse(&status).unwrap_or(CaseStatus::NeedsCorrection),
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        region: row.try_get("region")?,
        channel: row.try_get("channel")?,
        categories: beside.categories.remove(&id).unwrap_or_default(),
        focus_areas: beside.focus_areas.remove(&id).unwrap_or_default(),
        month: row.try_get("month")?,
        batch: row.try_get("batch")?,
        opened: instant(row.try_get("opened_ms")?),
        revised: instant(row.try_get("revised_ms")?),
        revision: from_i64(revision),
        corrections,
        checks,
        requests: beside.requests.remove(&id).unwrap_or_default(),
        contact,
        possibly_of: row.try_get("possibly_of")?,
        desk: beside.desk.remove(&id).unwrap_or_default(),
    })
}

fn grouped(triples: Vec<(i64, String, String)>) -> BTreeMap<i64, Vec<String>> {
    let mut values: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    triples.into_iter().for_each(|(row, _, value)| values.entry(row).or_default().push(value));
    values
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::store::{Outcome, Settled};

    #[tokio::test]
    async fn a_case_stands_as_its_form_before_the_instant_left_it() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        open(&store, 90, "b", "某市检验所", "其他题目", "19900000002").await;
        let message = receive(&store, 50, "again").await;
        let (reading, trace, place) = parts("某市计量院", "新题目", "19900000001");
        let entry = crate::store::CaseEntry {
            status: CaseStatus::NeedsCorrection,
            received_ms: 50_000,
            ..entry(message, &reading, &trace, &place)
        };
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.add_revision(case, &entry).await.unwrap(), 2);
        tx.commit().await.unwrap();
        let earlier = store.case_facts("2023", 10_000).await.unwrap();
        let told: Vec<_> = earlier.iter().map(|case| (case.number.as_deref(), case.status, case.revision)).collect();
        assert_eq!(told[0], (Some(number.as_str()), CaseStatus::Accepted, 1));
        let later = store.case_facts("2023", 60_000).await.unwrap();
        assert_eq!((later[0].status, later[0].revision, later[0].revised.as_millisecond()), (CaseStatus::NeedsCorrection, 2, 50_000));
        assert_eq!(later[0].contact.phones, ["19900000001"]);
        assert_eq!(later[0].categories, ["metrology"]);
        assert_eq!(earlier[0].checks, ["公章无法辨认"]);
        assert!(store.case_facts("2024", 60_000).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_waits_for_a_person_is_counted() {
        let (_dir, store) = store().await;
        open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let id = receive(&store, 2, "c").await;
        quarantine(&store, id).await;
        let claimed = store.claim_outbox(9, 5_000, "me", 100).await.unwrap();
        store.settle(&[Settled { id: claimed[0].id, outcome: Outcome::Dead { error: "550".into() } }], 5_000).await.unwrap();
        let desk = store.desk_facts("2023", 0, 10_000).await.unwrap();
        assert_eq!((desk.quarantined, desk.held, desk.inquiries), (1, 0, 0));
        assert_eq!(desk.undelivered[0].unit.as_deref(), Some("某市计量院"));
        assert_eq!(desk.last_received.map(Timestamp::as_millisecond), Some(2_000));
        assert_eq!(store.desk_facts("2023", 0, 1_000).await.unwrap(), DeskFacts::default());
    }
}
