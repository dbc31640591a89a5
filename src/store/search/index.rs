//! The index of what cases say, kept by the transaction that changes a case.
//!
//! Triggers note which cases changed in `search_due` (a case, its revisions, its files, or what is classified);
//! before the transaction commits, those cases are indexed anew. Whoever changes a case need not think of it.
//! Cases from before the index are noted by the migration, and taken up in batches.

use super::super::rows::Insert;
use super::super::{Dialect, Result, Store, Transaction, from_i64, text};
use super::tokens;
use crate::model::reading::CaseReading;
use crate::model::ruling::{self, Ruling};
use futures::TryStreamExt;
use sqlx::{Any, AssertSqlSafe, Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

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
        if due.is_empty() { Ok(()) } else { self.index(&due).await }
    }

    /// What cases say; nothing of what looks classified. Their numbers stand in the statements, which are used once.
    async fn said(&mut self, cases: &str) -> Result<Vec<(i64, Said)>> {
        let query = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT DISTINCT case_id FROM ruling WHERE state = 'standing' AND case_id IN ({cases})"
        )));
        let ruled: BTreeSet<i64> = query.persistent(false).fetch_all(self.connection()).await?.into_iter().collect();
        let query = sqlx::query(AssertSqlSafe(format!(
            "SELECT c.id, c.number, c.title, c.unit, c.revision, r.reading FROM case_record c
             JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN message m ON m.id = r.message
             WHERE c.id IN ({cases}) AND m.classified = 0"
        )));
        let mut texts = self.evidence_of(cases).await?;
        let mut said = Vec::new();
        for row in query.persistent(false).fetch_all(self.connection()).await? {
            let case: i64 = row.try_get("id")?;
            let standing = if ruled.contains(&case) { self.standing(case).await? } else { Vec::new() };
            let evidence = texts.remove(&case).unwrap_or_default();
            said.push((case, said_by(&row, &standing, evidence)?));
        }
        Ok(said)
    }

    /// What the files of each case say, the same bytes once; so much of it as is indexed.
    async fn evidence_of(&mut self, cases: &str) -> Result<BTreeMap<i64, String>> {
        let query = sqlx::query_as::<Any, (i64, String)>(AssertSqlSafe(format!(
            "SELECT e.case_id, t.content FROM (
                 SELECT DISTINCT e.case_id, e.sha256 FROM evidence e JOIN message m ON m.id = e.message
                 WHERE e.case_id IN ({cases}) AND m.classified = 0) AS e
             JOIN evidence_text t ON t.sha256 = e.sha256 ORDER BY e.case_id, e.sha256"
        )));
        let mut said: BTreeMap<i64, String> = BTreeMap::new();
        let mut rows = query.persistent(false).fetch(self.connection());
        while let Some((case, text)) = rows.try_next().await? {
            let known = said.entry(case).or_default();
            let left = MOST.0.saturating_sub(known.chars().count());
            known.extend(text.chars().take(left).chain((left > 0).then_some('\n')));
        }
        Ok(said)
    }

    /// Repeating it changes nothing: the old entries go first.
    async fn index(&mut self, cases: &[i64]) -> Result<()> {
        let cases = cases.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let (key, insert, (most_evidence, most)) = match self.dialect() {
            Dialect::Sqlite(_) => ("rowid", ENTRY, MOST),
            Dialect::Postgres => ("case_id", ENTRY_ON_SERVER, MOST_ON_SERVER),
        };
        let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM case_search WHERE {key} IN ({cases})")));
        delete.persistent(false).execute(self.connection()).await?;
        let said = self.said(&cases).await?;
        let part = |words: &str, most| text(&tokens::of_text(words, most));
        self.insert_all(&insert, said, |row, (case, said)| {
            row.bind(case)
                .bind(part(&said.title, most))
                .bind(part(&said.unit, most))
                .bind(part(&said.introduction, most))
                .bind(part(&said.evidence, most_evidence))
                .bind(part(&said.form, most))
        })
        .await
    }
}

const ENTRY: Insert = Insert {
    into: "INSERT INTO case_search (rowid, title, unit, introduction, evidence, form)",
    row: "($1, $2, $3, $4, $5, $6)",
    values: 6,
    then: "",
};
const ENTRY_ON_SERVER: Insert = Insert {
    into: "INSERT INTO case_search (case_id, document)",
    row: "($1, setweight(to_tsvector('simple', $2), 'A') || setweight(to_tsvector('simple', $3), 'A')
              || setweight(to_tsvector('simple', $4), 'B') || setweight(to_tsvector('simple', $5), 'C')
              || setweight(to_tsvector('simple', $6), 'D'))",
    values: 6,
    then: "",
};

fn said_by(row: &AnyRow, standing: &[Ruling], evidence: String) -> Result<Said> {
    let column = |name: &str| row.try_get::<Option<String>, _>(name);
    // A reading that can't be understood any more is no reason to refuse what is being committed.
    let read = column("reading")?.and_then(|json| serde_json::from_str::<CaseReading>(&json).ok());
    let revision: i64 = row.try_get("revision")?;
    let reading = read.map(|read| ruling::settled(&read, from_i64(revision), standing));
    Ok(Said {
        title: column("title")?.unwrap_or_default(),
        unit: column("unit")?.unwrap_or_default(),
        introduction: reading.as_ref().and_then(|reading| reading.introduction.text.clone()).unwrap_or_default(),
        evidence,
        form: [column("number")?.unwrap_or_default(), reading.as_ref().map(rest).unwrap_or_default()].join("\n"),
    })
}

/// The unit's other words, without keys and codes.
fn rest(reading: &CaseReading) -> String {
    let form = [&reading.category_other, &reading.materials, &reading.opinion.text].into_iter().flatten();
    let contacts =
        std::iter::once(&reading.contact).chain(&reading.more_contacts).flat_map(|contact| contact.name.iter().chain(&contact.phones));
    let files = reading.evidence.iter().map(|item| &item.name);
    form.chain(&reading.joint_units).chain(contacts).chain(files).map(String::as_str).collect::<Vec<_>>().join("\n")
}
