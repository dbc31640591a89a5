//! Search: cases by the words of titles, units, introductions and evidence, ranked, with the place found.
//!
//! **Why an index of pairs.** SQLite's FTS5 and PostgreSQL's text search both take a text whose words are parted by
//! blanks; what a word is in Chinese they don't know, and FTS5's trigrams miss words of two characters. So the text
//! is parted into pairs beforehand (`tokens`), and both engines hold the same tokens: FTS5 without a copy of the
//! text (`content=''`), PostgreSQL a `tsvector` under GIN. A plain table of (token, case) would serve both with one
//! SQL text, but a case has a thousand different pairs: a hundred million rows for a hundred thousand cases. What
//! differs between the engines is named here and in [`index`]: how a phrase is written, and how it is matched.
//!
//! Classified matter is never in the index.

pub mod index;
pub mod snippet;
mod tokens;

pub use snippet::{Found, Snippet};

use super::{CaseRow, Dialect, Filter, Result, Store, filter::Sql, list::of_backlog, order};
use serde::Serialize;
use sqlx::Row;
use tokens::Phrase;

/// A case that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The case.
    #[serde(flatten)]
    pub case: CaseRow,
    /// Where the words stand.
    pub found_in: Option<Found>,
    /// The words there with what is around them.
    pub snippet: String,
    /// Where in the snippet, for a terminal.
    #[serde(skip)]
    pub marks: Vec<std::ops::Range<usize>>,
}

/// Titles and units count for more than what stands around them.
const NEAR: &str = "{title unit}";
const ANYWHERE: &str = "{title unit introduction evidence}";

impl Store {
    /// The cases that hold every word, the best first unless another order is asked for: found in title or unit, then by how much of what is said
    /// is about the words, then the newest. The second value counts all of them.
    pub async fn search(&self, typed: &str, filter: &Filter, most: u32) -> Result<(Vec<Hit>, u64)> {
        self.index_due().await?;
        let phrases = tokens::phrases(typed);
        if phrases.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let mut sql = Sql::new("SELECT COUNT(*) FROM case_record c WHERE 1 = 1");
        matching_in(&self.dialect, &phrases, ANYWHERE, &mut sql);
        of_backlog(filter, &self.dialect, &mut sql);
        let all = self.count(&sql).await?;
        let cases =
            if filter.sort.is_empty() { self.best(&phrases, filter, most).await? } else { self.ordered(&phrases, filter, most).await? };
        let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
        let mut hits = Vec::new();
        for case in cases {
            hits.extend(self.hit(case, &words).await?);
        }
        Ok((hits, all))
    }

    /// The best first: those where the words stand in title or unit before all others.
    async fn best(&self, phrases: &[Phrase], filter: &Filter, most: u32) -> Result<Vec<i64>> {
        let mut cases = self.ranked(phrases, NEAR, filter, most).await?;
        if cases.len() < super::from_i64::<usize>(i64::from(most)) {
            let more = self.ranked(phrases, ANYWHERE, filter, most).await?;
            cases.extend(more.into_iter().filter(|case| !cases.contains(case)).collect::<Vec<_>>());
            cases.truncate(super::from_i64(i64::from(most)));
        }
        Ok(cases)
    }

    /// In the order that is asked for.
    async fn ordered(&self, phrases: &[Phrase], filter: &Filter, most: u32) -> Result<Vec<i64>> {
        let mut sql = Sql::new("SELECT c.id FROM case_record c WHERE 1 = 1");
        matching_in(&self.dialect, phrases, ANYWHERE, &mut sql);
        of_backlog(filter, &self.dialect, &mut sql);
        sql.order(&filter.sort, order::CASES, "c.id").with(" LIMIT ?", i64::from(most));
        sql.query().fetch_all(&self.pool).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    async fn ranked(&self, phrases: &[Phrase], columns: &'static str, filter: &Filter, most: u32) -> Result<Vec<i64>> {
        let mut sql = Sql::new("SELECT c.id FROM case_search s JOIN case_record c ON c.id = ");
        match self.dialect {
            Dialect::Sqlite(_) => sql.push("s.rowid WHERE 1 = 1").with(" AND s.case_search MATCH ?", fts5(phrases, columns)),
            Dialect::Postgres => {
                sql.push("s.case_id WHERE 1 = 1").with(" AND s.document @@ to_tsquery('simple', ?)", tsquery(phrases, columns))
            }
        };
        of_backlog(filter, &self.dialect, &mut sql);
        match self.dialect {
            Dialect::Sqlite(_) => sql.push(" ORDER BY bm25(case_search, 10.0, 6.0, 2.0, 1.0, 0.0), c.id DESC"),
            Dialect::Postgres => sql.with(
                " ORDER BY ts_rank('{0, 0.1, 0.2, 1}', s.document, to_tsquery('simple', ?), 2) DESC, c.id DESC",
                tsquery(phrases, columns),
            ),
        };
        sql.with(" LIMIT ?", i64::from(most));
        sql.query().fetch_all(&self.pool).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// A case with the place where most of the words stand; of several the first.
    async fn hit(&self, case: i64, words: &[String]) -> Result<Option<Hit>> {
        let only = Filter { case: Some(case), ..Filter::default() };
        let Some(case) = self.list_cases(&only).await?.into_iter().next() else { return Ok(None) };
        let mut best: Option<(Found, Snippet)> = None;
        for (found, text) in self.texts(&case).await? {
            let Some(snippet) = snippet::snippet(&text, words) else { continue };
            if best.as_ref().is_none_or(|(_, known)| known.words < snippet.words) {
                best = Some((found, snippet));
            }
        }
        let (found_in, snippet) = best.map_or((None, Snippet::default()), |(found, snippet)| (Some(found), snippet));
        Ok(Some(Hit { case, found_in, snippet: snippet.text, marks: snippet.marks }))
    }

    async fn texts(&self, case: &CaseRow) -> Result<Vec<(Found, String)>> {
        let query = sqlx::query_scalar::<_, String>("SELECT reading FROM revision WHERE case_id = $1 AND revision = $2");
        let reading = query.bind(case.id).bind(i64::from(case.revision)).fetch_optional(&self.pool).await?;
        let reading = reading.and_then(|json| serde_json::from_str::<crate::model::reading::CaseReading>(&json).ok());
        let settled = self.settled_introduction(case.id).await?;
        let introduction = settled.or_else(|| reading.and_then(|reading| reading.introduction.text));
        let form = [(Found::Title, case.title.clone()), (Found::Unit, case.unit.clone()), (Found::Introduction, introduction)];
        let query = sqlx::query_scalar::<_, String>(
            "SELECT t.content FROM evidence_text t WHERE t.sha256 IN (
                 SELECT e.sha256 FROM evidence e JOIN message m ON m.id = e.message WHERE e.case_id = $1 AND m.classified = 0)
             ORDER BY t.sha256 LIMIT 50",
        );
        let evidence = query.bind(case.id).fetch_all(&self.pool).await?;
        let form = form.into_iter().filter_map(|(found, text)| Some((found, text?)));
        Ok(form.chain(evidence.into_iter().map(|text| (Found::Evidence, text))).collect())
    }
}

/// Narrows cases `c` to those that hold every word anywhere; none where nothing can be looked for.
pub(super) fn matching(dialect: &Dialect, typed: &str, sql: &mut Sql) {
    let phrases = tokens::phrases(typed);
    if phrases.is_empty() {
        sql.push(" AND 1 = 0");
    } else {
        matching_in(dialect, &phrases, "", sql);
    }
}

fn matching_in(dialect: &Dialect, phrases: &[Phrase], columns: &'static str, sql: &mut Sql) {
    match dialect {
        Dialect::Sqlite(_) => {
            sql.with(" AND c.id IN (SELECT s.rowid FROM case_search s WHERE s.case_search MATCH ?)", fts5(phrases, columns))
        }
        Dialect::Postgres => sql.with(
            " AND c.id IN (SELECT s.case_id FROM case_search s WHERE s.document @@ to_tsquery('simple', ?))",
            tsquery(phrases, columns),
        ),
    };
}

/// As FTS5 writes it: `{title unit} : ("光电 电子" AND "gb" *)`. Tokens are letters and digits only.
fn fts5(phrases: &[Phrase], columns: &str) -> String {
    let phrase = |phrase: &Phrase| format!("\"{}\"{}", phrase.tokens.join(" "), if phrase.is_open { " *" } else { "" });
    let all = phrases.iter().map(phrase).collect::<Vec<_>>().join(" AND ");
    if columns.is_empty() { all } else { format!("{columns} : ({all})") }
}

/// As PostgreSQL writes it: `(光电:A <-> 电子:A) & (gb:*A)`.
fn tsquery(phrases: &[Phrase], columns: &str) -> String {
    let weights = match columns {
        NEAR => "A",
        ANYWHERE => "ABC",
        _ => "ABCD",
    };
    let phrase = |phrase: &Phrase| {
        let last = phrase.tokens.len().saturating_sub(1);
        let open = |at: usize| if phrase.is_open && at == last { "*" } else { "" };
        let tokens: Vec<String> = phrase.tokens.iter().enumerate().map(|(at, token)| format!("{token}:{}{weights}", open(at))).collect();
        format!("({})", tokens.join(" <-> "))
    };
    phrases.iter().map(phrase).collect::<Vec<_>>().join(" & ")
}

#[cfg(test)]
mod tests;
