//! The index of what cases say, kept by the transaction that changes a case.
//!
//! Triggers note which cases changed in `search_due` (a case, its revisions, its files, or what is classified);
//! before the transaction commits, those cases are indexed anew. Whoever changes a case need not think of it.
//! Cases from before the index are noted by the migration, and taken up in batches.

use super::super::{Dialect, Result, Store, Transaction, from_i64, text, to_i64};
use super::tokens;
use crate::model::reading::CaseReading;
use crate::model::ruling;
use sqlx::Row;

/// How many cases one transaction indexes beside its own work.
const BATCH: u32 = 256;
/// How much of a case's evidence is indexed, and of any other part, in characters.
const MOST: (usize, usize) = (60_000, 20_000);
/// PostgreSQL's `tsvector` holds at most 1,048,575 bytes.
const MOST_ON_SERVER: (usize, usize) = (30_000, 10_000);

/// What a case says, by where it says it.
#[derive(Debug, Default)]
struct Said {
    title: String,
    unit: String,
    introduction: String,
    evidence: String,
    /// The rest of the form: for lists narrowed by text.
    form: String,
}

impl Store {
    /// Indexes every case that is due, in batches, each its own transaction.
    pub async fn index_due(&self) -> Result<()> {
        while sqlx::query("SELECT case_id FROM search_due LIMIT 1").fetch_optional(&self.pool).await?.is_some() {
            self.begin().await?.commit().await?;
        }
        Ok(())
    }

    /// How many cases are still to be indexed.
    pub async fn due_for_index(&self) -> Result<u64> {
        Ok(from_i64(sqlx::query_scalar("SELECT COUNT(*) FROM search_due").fetch_one(&self.pool).await?))
    }
}

impl Transaction {
    /// Indexes what is due, the newest cases first.
    pub(in super::super) async fn index_batch(&mut self) -> Result<()> {
        let query = sqlx::query_scalar(
            "DELETE FROM search_due WHERE case_id IN (SELECT case_id FROM search_due ORDER BY case_id DESC LIMIT $1) RETURNING case_id",
        );
        let due: Vec<i64> = query.bind(i64::from(BATCH)).fetch_all(self.connection()).await?;
        for case in due {
            let said = self.said(case).await?;
            self.index(case, said).await?;
        }
        Ok(())
    }

    /// What a case says; nothing of what looks classified.
    async fn said(&mut self, case: i64) -> Result<Option<Said>> {
        let query = sqlx::query(
            "SELECT c.number, c.title, c.unit, c.revision, r.reading FROM case_record c
             JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN message m ON m.id = r.message
             WHERE c.id = $1 AND m.classified = 0",
        );
        let Some(row) = query.bind(case).fetch_optional(self.connection()).await? else { return Ok(None) };
        let column = |name: &str| row.try_get::<Option<String>, _>(name);
        // A reading that can't be understood any more is no reason to refuse what is being committed.
        let read = column("reading")?.and_then(|json| serde_json::from_str::<CaseReading>(&json).ok());
        let (revision, standing): (i64, _) = (row.try_get("revision")?, self.standing(case).await?);
        let reading = read.map(|read| ruling::settled(&read, from_i64(revision), &standing));
        Ok(Some(Said {
            title: column("title")?.unwrap_or_default(),
            unit: column("unit")?.unwrap_or_default(),
            introduction: reading.as_ref().and_then(|reading| reading.introduction.text.clone()).unwrap_or_default(),
            evidence: self.evidence_of(case).await?,
            form: [column("number")?.unwrap_or_default(), reading.as_ref().map(rest).unwrap_or_default()].join("\n"),
        }))
    }

    /// What a case's files say, one after the other.
    async fn evidence_of(&mut self, case: i64) -> Result<String> {
        let query = sqlx::query_scalar::<_, String>(
            "SELECT t.content FROM evidence_text t WHERE t.sha256 IN (
                 SELECT e.sha256 FROM evidence e JOIN message m ON m.id = e.message WHERE e.case_id = $1 AND m.classified = 0)
             ORDER BY t.sha256 LIMIT $2",
        );
        let texts = query.bind(case).bind(to_i64(50_u32)).fetch_all(self.connection()).await?;
        Ok(texts.join("\n"))
    }

    /// Repeating it changes nothing: the old entry goes first.
    async fn index(&mut self, case: i64, said: Option<Said>) -> Result<()> {
        let (delete, insert) = match self.dialect() {
            Dialect::Sqlite(_) => (
                "DELETE FROM case_search WHERE rowid = $1",
                "INSERT INTO case_search (rowid, title, unit, introduction, evidence, form) VALUES ($1, $2, $3, $4, $5, $6)",
            ),
            Dialect::Postgres => (
                "DELETE FROM case_search WHERE case_id = $1",
                "INSERT INTO case_search (case_id, document) VALUES ($1, setweight(to_tsvector('simple', $2), 'A')
                     || setweight(to_tsvector('simple', $3), 'A') || setweight(to_tsvector('simple', $4), 'B')
                     || setweight(to_tsvector('simple', $5), 'C') || setweight(to_tsvector('simple', $6), 'D'))",
            ),
        };
        sqlx::query(delete).bind(case).execute(self.connection()).await?;
        let Some(said) = said else { return Ok(()) };
        let (most_evidence, most) = match self.dialect() {
            Dialect::Sqlite(_) => MOST,
            Dialect::Postgres => MOST_ON_SERVER,
        };
        let part = |words: &str, most| text(&tokens::of_text(words, most));
        sqlx::query(insert)
            .bind(case)
            .bind(part(&said.title, most))
            .bind(part(&said.unit, most))
            .bind(part(&said.introduction, most))
            .bind(part(&said.evidence, most_evidence))
            .bind(part(&said.form, most))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// The unit's other words, without keys and codes.
fn rest(reading: &CaseReading) -> String {
    let form = [&reading.category_other, &reading.materials, &reading.opinion.text].into_iter().flatten();
    let contacts =
        std::iter::once(&reading.contact).chain(&reading.more_contacts).flat_map(|contact| contact.name.iter().chain(&contact.phones));
    let files = reading.evidence.iter().map(|item| &item.name);
    form.chain(&reading.joint_units).chain(contacts).chain(files).map(String::as_str).collect::<Vec<_>>().join("\n")
}
