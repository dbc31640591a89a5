//! What a case says once the decisions of people lie over its forms: columns, lists, defects and state follow from the
//! latest form and the standing rulings, whatever came last.

use super::{Result, RevisionRow, Store, StoreError, Transaction, case, from_i64, row, text};
use crate::model::reading::{CaseReading, CaseStatus, CaseTrace};
use crate::model::ruling::{self, Field, Ruling};
use serde_json::Value;
use sqlx::{Row, any::AnyRow};

const STANDING: &str = "SELECT field, value, seen, revision FROM ruling WHERE case_id = $1 AND state = 'standing' ORDER BY id";

impl Store {
    /// What a case says by its revisions, oldest first, and by what people settled; none where it has no revision.
    pub(super) async fn said_by(&self, case: i64, revisions: &[RevisionRow]) -> Result<Option<CaseReading>> {
        let Some((latest, earlier)) = revisions.split_last() else { return Ok(None) };
        let mut filled = latest.reading.clone();
        earlier.iter().rev().for_each(|earlier| fill(&mut filled, earlier.reading.clone()));
        let standing = rulings(&sqlx::query(STANDING).bind(case).fetch_all(&self.pool).await?)?;
        Ok(Some(ruling::settled(&filled, latest.revision, &standing)))
    }

    /// The introduction that people settled, if any.
    pub(super) async fn settled_introduction(&self, case: i64) -> Result<Option<String>> {
        let standing = rulings(&sqlx::query(STANDING).bind(case).fetch_all(&self.pool).await?)?;
        let introduction = standing.iter().rev().find(|ruling| ruling.field == Field::Introduction);
        Ok(introduction.and_then(|ruling| ruling.value.get("text")?.as_str().map(str::to_owned)))
    }
}

fn rulings(rows: &[AnyRow]) -> Result<Vec<Ruling>> {
    Ok(rows.iter().map(read).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What a form leaves open is known from one before it.
fn fill(reading: &mut CaseReading, earlier: CaseReading) {
    reading.title = reading.title.take().or(earlier.title);
    reading.unit = reading.unit.take().or(earlier.unit);
    reading.region = reading.region.take().or(earlier.region);
    if reading.categories.is_empty() {
        reading.categories = earlier.categories;
    }
    if reading.focus_areas.is_empty() {
        reading.focus_areas = earlier.focus_areas;
    }
    if case::phones(reading).is_empty() {
        (reading.contact, reading.more_contacts) = (earlier.contact, earlier.more_contacts);
    }
}

impl Transaction {
    /// What people settled about a case and still stands, oldest first; its window apart.
    pub async fn standing(&mut self, case: i64) -> Result<Vec<Ruling>> {
        rulings(&sqlx::query(STANDING).bind(case).fetch_all(self.connection()).await?)
    }

    /// The reading that a case stands by, with what people settled over it, and how it was read.
    pub async fn settled_reading(&mut self, case: i64) -> Result<Option<(CaseReading, CaseTrace)>> {
        let query = sqlx::query_scalar::<_, i64>("SELECT revision FROM case_record WHERE id = $1").bind(case);
        let Some(revision) = query.fetch_optional(self.connection()).await?.map(from_i64) else { return Ok(None) };
        let Some((reading, trace)) = self.reading_of(case, revision).await? else { return Ok(None) };
        let rulings = self.standing(case).await?;
        Ok(Some((ruling::settled(&reading, revision, &rulings), trace)))
    }

    /// What one revision of a case says, with what the forms before it say where it leaves something open, and what people
    /// settled over it.
    pub async fn settled_revision(&mut self, case: i64, revision: u32) -> Result<Option<CaseReading>> {
        let Some((reading, _)) = self.reading_of(case, revision).await? else { return Ok(None) };
        let filled = self.filled(case, revision, reading).await?;
        Ok(Some(ruling::settled(&filled, revision, &self.standing(case).await?)))
    }

    /// Lays what people settled over what the latest reading left in the case; nothing where they settled nothing.
    pub(super) async fn overlay(&mut self, case: i64) -> Result<()> {
        if self.standing(case).await?.is_empty() { Ok(()) } else { self.refresh(case).await }
    }

    /// Works out anew all that a case says: from its forms, newest first, and what people settled.
    pub(super) async fn refresh(&mut self, case: i64) -> Result<()> {
        let query = sqlx::query("SELECT revision, status, month, batch, late FROM case_record WHERE id = $1").bind(case);
        let row = query.fetch_one(self.connection()).await?;
        let revision = from_i64(row.try_get("revision")?);
        let before: String = row.try_get("status")?;
        let Some((reading, _)) = self.reading_of(case, revision).await? else { return Ok(()) };
        let filled = self.filled(case, revision, reading).await?;
        let rulings = self.standing(case).await?;
        let settled = ruling::settled(&filled, revision, &rulings);
        self.set_columns(case, &filled, &settled).await?;
        self.replace_values(case, &settled).await?;
        self.set_findings(case, revision, &settled).await?;
        // What waits for a decision, or went into another case, is not the overlay's to change.
        if before != CaseStatus::PossibleRevision.as_str() && before != CaseStatus::Merged.as_str() {
            self.set_case_status(case, ruling::status(&settled, &row::place(&row)?, revision, &rulings)).await?;
        }
        Ok(())
    }

    /// What a form leaves open is known from the forms before it.
    async fn filled(&mut self, case: i64, revision: u32, mut reading: CaseReading) -> Result<CaseReading> {
        let query =
            sqlx::query_scalar::<_, i64>("SELECT revision FROM revision WHERE case_id = $1 AND revision < $2 ORDER BY revision DESC");
        for earlier in query.bind(case).bind(i64::from(revision)).fetch_all(self.connection()).await? {
            let Some((earlier, _)) = self.reading_of(case, from_i64(earlier)).await? else { continue };
            fill(&mut reading, earlier);
        }
        Ok(reading)
    }

    /// A case is found again by what its form says, where that says anything: its unit will write the same once more.
    async fn set_columns(&mut self, case: i64, read: &CaseReading, settled: &CaseReading) -> Result<()> {
        let key = |read: &Option<String>, settled: &Option<String>| case::key(read.as_deref().or(settled.as_deref()));
        sqlx::query(
            "UPDATE case_record SET title = $2, unit = $3, title_key = $4, unit_key = $5, region = $6, channel = $7, seal = $8
             WHERE id = $1",
        )
        .bind(case)
        .bind(settled.title.as_deref().map(text))
        .bind(settled.unit.as_deref().map(text))
        .bind(key(&read.title, &settled.title))
        .bind(key(&read.unit, &settled.unit))
        .bind(settled.region.as_deref())
        .bind(settled.channel.as_str())
        .bind(settled.seal.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn replace_values(&mut self, case: i64, settled: &CaseReading) -> Result<()> {
        self.written().await?;
        for values in [
            "DELETE FROM case_category WHERE case_id = $1",
            "DELETE FROM case_focus WHERE case_id = $1",
            "DELETE FROM case_phone WHERE case_id = $1",
        ] {
            sqlx::query(values).bind(case).execute(self.connection()).await?;
        }
        self.add_case_values(case, settled).await
    }

    /// The defects that are left of the latest form; what was read stays in its reading.
    async fn set_findings(&mut self, case: i64, revision: u32, settled: &CaseReading) -> Result<()> {
        let query = sqlx::query_as::<_, (i64, i64)>("SELECT message, form_index FROM revision WHERE case_id = $1 AND revision = $2");
        let (message, form_index) = query.bind(case).bind(i64::from(revision)).fetch_one(self.connection()).await?;
        self.written().await?;
        let query = sqlx::query("DELETE FROM defect WHERE message = $1 AND form_index = $2").bind(message).bind(form_index);
        query.execute(self.connection()).await?;
        self.add_defects(message, Some(from_i64(form_index)), Some((case, revision)), &settled.defects).await
    }
}

/// None of what is no field of a form: a window, a note.
fn read(row: &AnyRow) -> Result<Option<Ruling>> {
    let Some(field) = Field::parse(row.try_get("field")?) else { return Ok(None) };
    let parse = |json: &str| serde_json::from_str::<Value>(json).map_err(|source| StoreError::Row { what: "ruling", source });
    let seen: Option<String> = row.try_get("seen")?;
    let revision: Option<i64> = row.try_get("revision")?;
    Ok(Some(Ruling {
        field,
        value: parse(row.try_get("value")?)?,
        seen: seen.as_deref().map_or(Ok(Value::Null), parse)?,
        revision: revision.map(|revision| u32::try_from(revision).unwrap_or(u32::MAX)),
    }))
}

/// The value of a ruling in the database.
pub(super) fn json(value: &Value) -> String {
    text(&value.to_string())
}
