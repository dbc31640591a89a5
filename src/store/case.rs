//! Cases and their revisions: numbered, opened, revised, or kept beside a case as a possible revision.

use super::rows::{Insert, Statement};
use super::{Result, StoreError, Transaction, blob, text, to_i64};
use crate::model::{
    decision::matching_key,
    placement::Placement,
    reading::{CaseReading, CaseStatus, CaseTrace, WindowPlace},
};
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeSet;

/// One form of one mail, as it enters a case.
#[derive(Debug, Clone, Copy)]
pub struct CaseEntry<'a> {
    /// The campaign.
    pub campaign: &'a str,
    /// SHA-256 of the campaign file that judged it.
    pub campaign_sha256: &'a str,
    /// The mail's row.
    pub message: i64,
    /// Which form of the mail, from 0.
    pub form_index: usize,
    /// The sender's address.
    pub sender: &'a str,
    /// When the mail was received.
    pub received_ms: i64,
    /// What the form says.
    pub reading: &'a CaseReading,
    /// How it was read.
    pub trace: &'a CaseTrace,
    /// Where the case is placed from now on, which may be earlier than this form.
    pub place: &'a WindowPlace,
    /// By which rule; none where it says nothing about the place.
    pub placement: Option<&'a Placement>,
    /// The case's state from now on.
    pub status: CaseStatus,
}

const CATEGORY: Insert = Insert {
    into: "INSERT INTO case_category (case_id, category, ordinal)",
    row: "($1, $2, $3)",
    values: 3,
    then: "ON CONFLICT DO NOTHING",
};
const FOCUS: Insert =
    Insert { into: "INSERT INTO case_focus (case_id, focus)", row: "($1, $2)", values: 2, then: "ON CONFLICT DO NOTHING" };
const PHONE: Insert =
    Insert { into: "INSERT INTO case_phone (case_id, phone)", row: "($1, $2)", values: 2, then: "ON CONFLICT DO NOTHING" };

impl CaseEntry<'_> {
    /// SHA-256 of what a form says, as the record holds it: the audit log keeps it, so that a change is seen.
    pub fn reading_sha256(reading: &CaseReading) -> Option<String> {
        json("reading", reading).ok().map(|json| blob::hash(json.as_bytes()))
    }
}

impl Transaction {
    /// The campaign's next case number, `PREFIX-0001` first. A rollback gives it back, so there are no gaps.
    pub async fn next_number(&mut self, campaign: &str, prefix: &str) -> Result<String> {
        let query = sqlx::query_scalar(
            "INSERT INTO case_sequence (campaign, last) VALUES ($1, 1)
             ON CONFLICT (campaign) DO UPDATE SET last = case_sequence.last + 1
             RETURNING last",
        );
        let number: i64 = query.bind(campaign).fetch_one(self.connection()).await?;
        Ok(format!("{prefix}-{number:04}"))
    }

    /// A new case with revision 1; the result is its row. Its evidence is added with it.
    pub async fn open_case(&mut self, entry: &CaseEntry<'_>, number: &str) -> Result<i64> {
        self.insert_case(entry, Some(number), None).await
    }

    /// A case without a number beside `beside`, until a coordinator settles; the result is its row.
    pub async fn add_possible_revision(&mut self, beside: i64, entry: &CaseEntry<'_>) -> Result<i64> {
        let status = CaseStatus::PossibleRevision;
        self.insert_case(&CaseEntry { status, ..*entry }, None, Some(beside)).await
    }

    /// The next revision of a case; the result is its number. What an unreadable form leaves open (title,
    /// unit, region, categories, contacts) stays as it was known before.
    pub async fn add_revision(&mut self, case: i64, entry: &CaseEntry<'_>) -> Result<u32> {
        let (revision, new) = self.insert_revision(case, entry).await?;
        if new {
            self.take_over(case, revision, entry).await?;
        }
        Ok(revision)
    }

    /// What a case says from now on is what this revision says, but for what people settled.
    pub(super) async fn take_over(&mut self, case: i64, revision: u32, entry: &CaseEntry<'_>) -> Result<()> {
        self.update_case(case, revision, entry).await?;
        self.set_case_values(case, entry.reading).await?;
        if let Some(placement) = entry.placement {
            let query = sqlx::query("UPDATE revision SET placement = $3 WHERE case_id = $1 AND revision = $2");
            let query = query.bind(case).bind(i64::from(revision)).bind(json("placement", placement)?);
            query.execute(self.connection()).await?;
        }
        self.overlay(case).await
    }

    /// Another reading of the same form, by other rules. What it said before is kept by the caller.
    pub(super) async fn rewrite_revision(&mut self, case: i64, revision: u32, entry: &CaseEntry<'_>) -> Result<()> {
        sqlx::query(
            "UPDATE revision SET campaign_sha256 = $3, status = $4, reading = $5, trace = $6, search = $7, placement = $8
             WHERE case_id = $1 AND revision = $2",
        )
        .bind(case)
        .bind(i64::from(revision))
        .bind(entry.campaign_sha256)
        .bind(entry.status.as_str())
        .bind(json("reading", entry.reading)?)
        .bind(json("trace", entry.trace)?)
        .bind(words(entry.reading))
        .bind(entry.placement.map_or(Ok("{}".into()), |placement| json("placement", placement))?)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The reading that a case stands by, and how it was read.
    pub async fn latest_reading(&mut self, case: i64) -> Result<Option<(CaseReading, CaseTrace)>> {
        let query = sqlx::query_scalar::<_, i64>("SELECT revision FROM case_record WHERE id = $1").bind(case);
        match query.fetch_optional(self.connection()).await? {
            Some(revision) => self.reading_of(case, super::from_i64(revision)).await,
            None => Ok(None),
        }
    }

    /// What one revision says, and how it was read.
    pub(super) async fn reading_of(&mut self, case: i64, revision: u32) -> Result<Option<(CaseReading, CaseTrace)>> {
        let query = sqlx::query("SELECT reading, trace FROM revision WHERE case_id = $1 AND revision = $2");
        let Some(row) = query.bind(case).bind(i64::from(revision)).fetch_optional(self.connection()).await? else { return Ok(None) };
        let (reading, trace): (String, String) = (row.try_get("reading")?, row.try_get("trace")?);
        let fault = |what| move |source| StoreError::Row { what, source };
        let reading = serde_json::from_str(&reading).map_err(fault("reading"))?;
        Ok(Some((reading, serde_json::from_str(&trace).map_err(fault("trace"))?)))
    }

    /// Another state of a case, as when a supplement brings what was missing.
    pub async fn set_case_status(&mut self, case: i64, status: CaseStatus) -> Result<()> {
        let query = sqlx::query("UPDATE case_record SET status = $2 WHERE id = $1");
        query.bind(case).bind(status.as_str()).execute(self.connection()).await?;
        Ok(())
    }

    /// Repeating it gives the same row: (message, form_index) is unique, and so is `number`.
    async fn insert_case(&mut self, entry: &CaseEntry<'_>, number: Option<&str>, possibly_of: Option<i64>) -> Result<i64> {
        let reading = entry.reading;
        let case: i64 = sqlx::query_scalar(
            "INSERT INTO case_record (number, campaign, message, form_index, status, opener, title, unit, title_key, unit_key,
                 region, channel, month, batch, late, seal, received_ms, revision, possibly_of)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, $18)
             ON CONFLICT (message, form_index) DO UPDATE SET revision = case_record.revision
             RETURNING id",
        )
        .bind(number)
        .bind(entry.campaign)
        .bind(entry.message)
        .bind(to_i64(entry.form_index))
        .bind(entry.status.as_str())
        .bind(text(entry.sender))
        .bind(reading.title.as_deref().map(text))
        .bind(reading.unit.as_deref().map(text))
        .bind(key(reading.title.as_deref()))
        .bind(key(reading.unit.as_deref()))
        .bind(reading.region.as_deref())
        .bind(reading.channel.as_str())
        .bind(entry.place.month.as_deref())
        .bind(entry.place.batch.as_deref())
        .bind(i64::from(entry.place.late))
        .bind(reading.seal.as_str())
        .bind(entry.received_ms)
        .bind(possibly_of)
        .fetch_one(self.connection())
        .await?;
        if self.insert_revision(case, entry).await?.1 {
            self.add_case_values(case, reading).await?;
        }
        Ok(case)
    }

    /// Repeating it changes nothing: (message, form_index) is unique. The result is the revision's number,
    /// and whether it is new.
    pub(super) async fn insert_revision(&mut self, case: i64, entry: &CaseEntry<'_>) -> Result<(u32, bool)> {
        let query = sqlx::query_scalar(
            "INSERT INTO revision (case_id, revision, message, form_index, form_sha256, campaign_sha256, status, received_ms, reading, trace,
                 search, placement)
             SELECT $1, COALESCE(MAX(revision), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM revision WHERE case_id = $1
             ON CONFLICT (message, form_index) DO NOTHING
             RETURNING revision",
        );
        let inserted: Option<i64> = query
            .bind(case)
            .bind(entry.message)
            .bind(to_i64(entry.form_index))
            .bind(&entry.trace.form_sha256)
            .bind(entry.campaign_sha256)
            .bind(entry.status.as_str())
            .bind(entry.received_ms)
            .bind(json("reading", entry.reading)?)
            .bind(json("trace", entry.trace)?)
            .bind(words(entry.reading))
            .bind(entry.placement.map_or(Ok("{}".into()), |placement| json("placement", placement))?)
            .fetch_optional(self.connection())
            .await?;
        let Some(revision) = inserted.map(super::from_i64) else {
            let query = sqlx::query_scalar("SELECT revision FROM revision WHERE message = $1 AND form_index = $2");
            let known: i64 = query.bind(entry.message).bind(to_i64(entry.form_index)).fetch_one(self.connection()).await?;
            return Ok((super::from_i64(known), false));
        };
        let owner = Some((case, revision));
        self.add_defects(entry.message, Some(entry.form_index), owner, &entry.reading.defects).await?;
        self.add_evidence(entry.message, Some(entry.form_index), owner, &entry.reading.evidence).await?;
        Ok((revision, true))
    }

    async fn update_case(&mut self, case: i64, revision: u32, entry: &CaseEntry<'_>) -> Result<()> {
        let reading = entry.reading;
        sqlx::query(
            "UPDATE case_record SET revision = $2, status = $3, title = COALESCE($4, title), unit = COALESCE($5, unit),
                 title_key = CASE WHEN $6 = '' THEN title_key ELSE $6 END,
                 unit_key = CASE WHEN $7 = '' THEN unit_key ELSE $7 END,
                 region = COALESCE($8, region), channel = $9, month = $10, batch = $11, late = $12, seal = $13
             WHERE id = $1",
        )
        .bind(case)
        .bind(i64::from(revision))
        .bind(entry.status.as_str())
        .bind(reading.title.as_deref().map(text))
        .bind(reading.unit.as_deref().map(text))
        .bind(key(reading.title.as_deref()))
        .bind(key(reading.unit.as_deref()))
        .bind(reading.region.as_deref())
        .bind(reading.channel.as_str())
        .bind(entry.place.month.as_deref())
        .bind(entry.place.batch.as_deref())
        .bind(i64::from(entry.place.late))
        .bind(reading.seal.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// What lists filter by and matching looks for. Each is replaced where the form says anything.
    pub(super) async fn set_case_values(&mut self, case: i64, reading: &CaseReading) -> Result<()> {
        let says = [
            (!reading.categories.is_empty(), "case_category"),
            (!reading.focus_areas.is_empty(), "case_focus"),
            (!phones(reading).is_empty(), "case_phone"),
        ];
        self.written().await?;
        for (_, table) in says.into_iter().filter(|(says, _)| *says) {
            let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE case_id = $1")));
            delete.bind(case).execute(self.connection()).await?;
        }
        self.add_case_values(case, reading).await
    }

    /// The same of a case that is new. Repeating it changes nothing: each is in its table's primary key.
    pub(super) async fn add_case_values(&mut self, case: i64, reading: &CaseReading) -> Result<()> {
        let categories = reading
            .categories
            .iter()
            .map(|category| category.as_str())
            .enumerate()
            .map(|(ordinal, category)| move |row: Statement| row.bind(case).bind(category).bind(to_i64(ordinal)));
        self.insert_later(&CATEGORY, categories).await?;
        let areas = reading.focus_areas.iter().map(|area| area.id.clone());
        self.insert_later(&FOCUS, areas.map(|area| move |row: Statement| row.bind(case).bind(area))).await?;
        self.insert_all(&PHONE, phones(reading), |row, phone| row.bind(case).bind(text(phone))).await
    }
}

/// Every phone of a form's contacts, once.
pub(super) fn phones(reading: &CaseReading) -> BTreeSet<&str> {
    let contacts = std::iter::once(&reading.contact).chain(&reading.more_contacts);
    contacts.flat_map(|contact| contact.phones.iter().map(String::as_str)).collect()
}

/// As names are compared; empty where there is none.
pub(super) fn key(value: Option<&str>) -> String {
    value.map(matching_key).unwrap_or_default()
}

/// What a search looks through: the unit's own words, without keys and codes.
fn words(reading: &CaseReading) -> String {
    let form =
        [&reading.title, &reading.unit, &reading.category_other, &reading.materials, &reading.introduction.text, &reading.opinion.text];
    let contacts =
        std::iter::once(&reading.contact).chain(&reading.more_contacts).flat_map(|contact| contact.name.iter().chain(&contact.phones));
    let files = reading.evidence.iter().map(|item| &item.name);
    let words: Vec<&str> =
        form.into_iter().flatten().chain(&reading.joint_units).chain(contacts).chain(files).map(String::as_str).collect();
    text(&words.join("\n")).to_ascii_lowercase()
}

fn json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| StoreError::Row { what, source })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use crate::{model::campaign::Category, store::Filter};

    #[tokio::test]
    async fn a_case_is_opened_once_however_often_it_is_tried() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        let (reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        let entry = entry(message, &reading, &trace, &place);
        let mut tx = store.begin().await.unwrap();
        let case = tx.open_case(&entry, "N-0001").await.unwrap();
        assert_eq!(tx.open_case(&entry, "N-0002").await.unwrap(), case);
        assert_eq!(tx.add_revision(case, &entry).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let rows = store.list_cases(&Filter::default()).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].number.as_deref(), rows[0].revision), (Some("N-0001"), 1));
    }

    #[tokio::test]
    async fn a_number_is_given_once() {
        let (_dir, store) = store().await;
        let (one, other) = (receive(&store, 1, "a").await, receive(&store, 2, "b").await);
        let (reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        tx.open_case(&entry(one, &reading, &trace, &place), "N-0001").await.unwrap();
        let error = tx.open_case(&entry(other, &reading, &trace, &place), "N-0001").await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
    }

    #[tokio::test]
    async fn a_revision_replaces_what_it_says_and_keeps_what_it_leaves_open() {
        let (_dir, store) = store().await;
        let (case, _) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let message = receive(&store, 2, "b").await;
        let (mut reading, trace, place) = parts("", "", "");
        (reading.title, reading.unit) = (None, None);
        reading.categories = vec![Category::Other, Category::Metrology];
        let mut tx = store.begin().await.unwrap();
        let entry = CaseEntry { status: CaseStatus::NeedsCorrection, ..entry(message, &reading, &trace, &place) };
        assert_eq!(tx.add_revision(case, &entry).await.unwrap(), 2);
        tx.commit().await.unwrap();
        let row = store.list_cases(&Filter::default()).await.unwrap().remove(0);
        assert_eq!((row.title.as_deref(), row.unit.as_deref()), (Some("题目"), Some("某市计量院")));
        assert_eq!((row.status.as_str(), row.revision), ("needs_correction", 2));
        assert_eq!(row.categories, ["other", "metrology"]);
    }

    #[tokio::test]
    async fn what_waits_to_be_inserted_is_there_before_it_is_replaced_and_at_the_end() {
        let (_dir, store) = store().await;
        let (first, second) = (receive(&store, 1, "a").await, receive(&store, 2, "b").await);
        let (mut reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        reading.categories = vec![Category::Other, Category::Metrology];
        let mut tx = store.begin().await.unwrap();
        tx.gather();
        let case = tx.open_case(&entry(first, &reading, &trace, &place), "N-0001").await.unwrap();
        reading.categories = vec![Category::Metrology];
        tx.add_revision(case, &entry(second, &reading, &trace, &place)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.list_cases(&Filter::default()).await.unwrap().remove(0).categories, ["metrology"]);
    }

    #[tokio::test]
    async fn a_possible_revision_stands_beside_its_case_without_a_number() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let message = receive(&store, 2, "b").await;
        let (reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        tx.add_possible_revision(case, &entry(message, &reading, &trace, &place)).await.unwrap();
        tx.commit().await.unwrap();
        let row = store.list_cases(&Filter { status: Some("possible_revision".into()), ..Filter::default() }).await.unwrap().remove(0);
        assert_eq!((row.number, row.possibly_of), (None, Some(number)));
    }
}
