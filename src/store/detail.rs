//! One case with everything that belongs to it: revisions, defects, files, mails and replies.

use super::{
    AuditRow, CaseRow, DefectRow, Filter, MessageRow, OriginRow, OutboxRow, Result, RulingRow, Store, StoreError, blob, from_i64, rfc3339,
    row::{self, read_defect},
};
use crate::model::difference::{self, Difference};
use crate::model::placement::{Placement, Request};
use crate::model::reading::{CaseReading, CaseTrace, Reading};
use crate::model::report::DeskEntry;
use serde::Serialize;
use sqlx::{Any, Row, any::AnyRow};
use std::collections::BTreeMap;

/// A case with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseDetail {
    /// The case itself.
    pub case: CaseRow,
    /// What it says by its latest form, those before it, and what people settled.
    pub settled: Option<CaseReading>,
    /// Every reading of its form, oldest first.
    pub revisions: Vec<RevisionRow>,
    /// Every file, in order of receipt.
    pub evidence: Vec<EvidenceRow>,
    /// The mails that it is made of.
    pub messages: Vec<MessageRow>,
    /// Our mails about it.
    pub outbox: Vec<OutboxRow>,
    /// Which of them asked for a correction: their rows.
    pub requests: Vec<i64>,
    /// Those that reached the unit, with when and until when.
    #[serde(skip)]
    pub asked: Vec<Request>,
    /// What people filled in beside it: who handles it, their opinion, a remark.
    pub desk: DeskEntry,
    /// What people settled.
    pub rulings: Vec<RulingRow>,
    /// In which frozen batches it counts.
    pub counted: Vec<Counted>,
    /// Where its mails came from.
    pub origins: Vec<OriginRow>,
    /// What its revisions said before they were read again by other rules, oldest first.
    pub rereadings: Vec<RereadingRow>,
    /// Every act that it has to do with, oldest first.
    pub history: Vec<AuditRow>,
}

/// The revision that counts in a frozen batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// `2023-H1`.
    pub window: String,
    /// The revision.
    pub revision: u32,
    /// When it was frozen.
    pub frozen_at: String,
    /// The same, in unix milliseconds.
    #[serde(skip)]
    pub frozen_ms: i64,
    /// By whom.
    pub frozen_by: String,
    /// SHA-256 of the batch's manifest.
    pub manifest_sha256: String,
}

/// What a revision said until it was read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RereadingRow {
    /// The revision.
    pub revision: u32,
    /// SHA-256 of the campaign file that had judged it.
    pub campaign_sha256: String,
    /// The state that it gave the case.
    pub status: String,
    /// Until when.
    pub until: String,
    /// The same, in unix milliseconds.
    #[serde(skip)]
    pub until_ms: i64,
    /// What differs in what followed.
    pub changes: Vec<Difference>,
}

/// One reading of a case's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionRow {
    /// From 1.
    pub revision: u32,
    /// The mail's row.
    pub message: i64,
    /// Which form of the mail, from 0.
    pub form_index: u32,
    /// When the mail was received.
    pub received_at: String,
    /// The state that it gave the case.
    pub status: String,
    /// SHA-256 of the form's file.
    pub form_sha256: String,
    /// SHA-256 of the campaign file that judged it.
    pub campaign_sha256: String,
    /// What the form says.
    pub reading: CaseReading,
    /// SHA-256 of that, as the record holds it.
    pub reading_sha256: String,
    /// How it was read.
    pub trace: CaseTrace,
    /// What was wrong.
    pub defects: Vec<DefectRow>,
    /// Where it left the case, and by which rule; none of older ones.
    pub placement: Option<Placement>,
    /// Of a revision that came by merging: the row of the case that it was before.
    pub origin: Option<i64>,
    /// That case's number, where it had one.
    pub origin_number: Option<String>,
    /// What differs from the revision before.
    pub changes: Vec<Difference>,
}

/// A file of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// The mail's row.
    pub message: i64,
    /// The revision that it came with; none where it came in a supplement.
    pub revision: Option<u32>,
    /// Its name as data.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The blob that holds it.
    pub sha256: String,
    /// What it is taken for.
    pub role: String,
}

impl Store {
    /// A case by its number, or by its row where it has none; none where no such case is known.
    pub async fn case_detail(&self, number: &str) -> Result<Option<CaseDetail>> {
        // Both sides of the condition have an index.
        let row = row::id(number);
        let query = sqlx::query_scalar("SELECT id FROM case_record WHERE number = $1 OR id = $2");
        let Some(id) = query.bind(number).bind(row).fetch_optional(&self.pool).await? else { return Ok(None) };
        let only = Filter { case: Some(id), ..Filter::default() };
        let Some(case) = self.list_cases(&only).await?.into_iter().next() else { return Ok(None) };
        let revisions = self.revisions(id).await?;
        Ok(Some(CaseDetail {
            case,
            rereadings: self.rereadings(id, &revisions).await?,
            settled: self.said_by(id, &revisions).await?,
            revisions,
            evidence: self.evidence(id).await?,
            messages: self.list_messages(&only).await?,
            outbox: self.list_outbox(&only).await?,
            requests: self.requests_of(id).await?,
            asked: self.asked_of(id).await?,
            desk: self.desk_of(id).await?,
            rulings: self.rulings(id).await?,
            counted: self.counted(id).await?,
            origins: self.origins(id).await?,
            history: self.acts_of(id).await?,
        }))
    }

    /// What a mail was read as; none where it was not read.
    pub async fn message_reading(&self, message: i64) -> Result<Option<Reading>> {
        let query = sqlx::query_scalar::<_, Option<String>>("SELECT reading FROM message WHERE id = $1").bind(message);
        let json = query.fetch_optional(&self.pool).await?.flatten();
        json.map(|json| parse("reading", &json)).transpose()
    }

    async fn revisions(&self, case: i64) -> Result<Vec<RevisionRow>> {
        let query = sqlx::query(
            "SELECT revision, message, form_index, received_ms, status, form_sha256, campaign_sha256, reading, trace,
                 placement, origin, (SELECT c.number FROM case_record c WHERE c.id = origin) AS origin_number
             FROM revision WHERE case_id = $1 OR origin = $1 ORDER BY revision",
        );
        let rows = query.bind(case).fetch_all(&self.pool).await?;
        let mut revisions = rows.iter().map(read_revision).collect::<Result<Vec<_>>>()?;
        for revision in &mut revisions {
            revision.defects = self.defects((revision.message, revision.form_index)).await?;
        }
        for at in (1..revisions.len()).rev() {
            if let Some([before, after]) = revisions.get_mut(at - 1..=at) {
                after.changes = difference::between(&before.reading, &after.reading);
            }
        }
        Ok(revisions)
    }

    async fn requests_of(&self, case: i64) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar("SELECT outbox FROM outbox_case WHERE case_id = $1 AND asked_ms IS NOT NULL ORDER BY outbox");
        Ok(query.bind(case).fetch_all(&self.pool).await?)
    }

    async fn desk_of(&self, case: i64) -> Result<DeskEntry> {
        let query = sqlx::query_as::<Any, (String, String)>("SELECT field, value FROM ledger_entry WHERE case_id = $1").bind(case);
        let mut desk = DeskEntry::default();
        query.fetch_all(&self.pool).await?.into_iter().for_each(|(field, value)| desk.set(&field, value));
        Ok(desk)
    }

    /// Each is told apart from what the same revision said next.
    async fn rereadings(&self, case: i64, revisions: &[RevisionRow]) -> Result<Vec<RereadingRow>> {
        let query = sqlx::query(
            "SELECT revision, campaign_sha256, status, reading, until_ms FROM superseded_reading WHERE case_id = $1 ORDER BY id DESC",
        );
        let mut next: BTreeMap<u32, CaseReading> = revisions.iter().map(|revision| (revision.revision, revision.reading.clone())).collect();
        let mut rereadings = Vec::new();
        for row in query.bind(case).fetch_all(&self.pool).await? {
            let revision = from_i64(row.try_get("revision")?);
            let reading: CaseReading = parse("reading", row.try_get("reading")?)?;
            let changes = next.get(&revision).map(|next| difference::between(&reading, next)).unwrap_or_default();
            let (campaign_sha256, status) = (row.try_get("campaign_sha256")?, row.try_get("status")?);
            let until_ms = row.try_get("until_ms")?;
            rereadings.push(RereadingRow { revision, campaign_sha256, status, until: rfc3339(until_ms), until_ms, changes });
            next.insert(revision, reading);
        }
        rereadings.reverse();
        Ok(rereadings)
    }

    async fn defects(&self, (message, form_index): (i64, u32)) -> Result<Vec<DefectRow>> {
        let query =
            sqlx::query("SELECT code, field, severity, sentence FROM defect WHERE message = $1 AND form_index = $2 ORDER BY ordinal");
        query.bind(message).bind(i64::from(form_index)).fetch_all(&self.pool).await?.iter().map(read_defect).collect()
    }

    async fn evidence(&self, case: i64) -> Result<Vec<EvidenceRow>> {
        let query = sqlx::query(
            "SELECT message, revision, name, media_type, bytes, sha256, role
             FROM evidence WHERE case_id = $1 ORDER BY message, form_index, ordinal",
        );
        query.bind(case).fetch_all(&self.pool).await?.iter().map(read_evidence).collect()
    }
}

fn read_revision(row: &AnyRow) -> Result<RevisionRow> {
    let reading: &str = row.try_get("reading")?;
    Ok(RevisionRow {
        revision: from_i64(row.try_get("revision")?),
        message: row.try_get("message")?,
        form_index: from_i64(row.try_get("form_index")?),
        received_at: rfc3339(row.try_get("received_ms")?),
        status: row.try_get("status")?,
        form_sha256: row.try_get("form_sha256")?,
        campaign_sha256: row.try_get("campaign_sha256")?,
        reading: parse("reading", reading)?,
        reading_sha256: blob::hash(reading.as_bytes()),
        trace: parse("trace", row.try_get("trace")?)?,
        defects: Vec::new(),
        placement: serde_json::from_str(row.try_get("placement")?).ok(),
        origin: row.try_get("origin")?,
        origin_number: row.try_get("origin_number")?,
        changes: Vec::new(),
    })
}

pub(super) fn read_evidence(row: &AnyRow) -> Result<EvidenceRow> {
    Ok(EvidenceRow {
        message: row.try_get("message")?,
        revision: row.try_get::<Option<i64>, _>("revision")?.map(from_i64),
        name: row.try_get("name")?,
        media_type: row.try_get("media_type")?,
        bytes: from_i64(row.try_get("bytes")?),
        sha256: row.try_get("sha256")?,
        role: row.try_get("role")?,
    })
}

fn parse<T: serde::de::DeserializeOwned>(what: &'static str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|source| StoreError::Row { what, source })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::store::CaseEntry;

    #[tokio::test]
    async fn a_case_is_shown_with_everything_that_belongs_to_it() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        open(&store, 2, "other", "别的单位", "题目", "19900000002").await;
        let (second, supplement) = (receive(&store, 3, "b").await, receive(&store, 4, "c").await);
        let (reading, trace, place) = parts("某市计量院", "新题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        tx.add_revision(case, &CaseEntry { received_ms: 3000, ..entry(second, &reading, &trace, &place) }).await.unwrap();
        tx.add_evidence(supplement, None, Some((case, 2)), &reading.evidence).await.unwrap();
        tx.commit().await.unwrap();
        let detail = store.case_detail(&number).await.unwrap().unwrap();
        assert_eq!(detail.case.title.as_deref(), Some("新题目"));
        let titles: Vec<_> = detail.revisions.iter().map(|r| r.reading.title.as_deref().unwrap()).collect();
        assert_eq!(titles, ["题目", "新题目"]);
        assert_eq!(detail.revisions[1].trace, trace);
        assert_eq!(detail.revisions[1].defects.len(), 1);
        assert_eq!(detail.evidence.iter().map(|e| e.message).collect::<Vec<_>>(), [1, second, supplement]);
        assert_eq!(detail.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [1, second, supplement]);
        assert_eq!(detail.outbox.len(), 1);
        assert_eq!(store.case_detail("1").await.unwrap().unwrap().case.number, Some(number));
        assert!(store.case_detail("JCZH-2023-9999").await.unwrap().is_none());
        serde_json::to_string(&detail).unwrap();
        assert_eq!(store.message_reading(1).await.unwrap().unwrap().cases.len(), 1);
        assert_eq!(store.message_reading(second).await.unwrap(), None);
    }
}
