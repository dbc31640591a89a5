//! What a unit consented to have published of its case: these words, these pictures. A person notes it; what was said after
//! that needs consent anew, since words and pictures are known by their hashes.

use super::{ActCase, EvidenceRow, Result, SelectedCase, Store, StoreError, Transaction, from_i64, rfc3339, settled, text};
use crate::model::audit::{Act, By};
use crate::model::reading::CaseReading;
use crate::model::ruling;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Any, Row, any::AnyRow};

/// A picture that may be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPicture {
    /// The blob that holds it.
    pub sha256: String,
    /// Its file's name.
    pub name: String,
}

/// What was noted last about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// Whether it was given, and not taken back.
    pub is_given: bool,
    /// SHA-256 of the words that it is about.
    pub words_sha256: String,
    /// The pictures that it is about.
    pub pictures: Vec<ConsentPicture>,
    /// Who noted it.
    pub actor: String,
    /// By what.
    pub reason: String,
    /// When.
    pub at: String,
}

/// What the public may see of a case, as the record has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Publishable {
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// Its state.
    pub status: String,
    /// The revision that counted in its frozen batch; of none, the latest.
    pub revision: u32,
    /// What that says, with what people settled.
    pub reading: CaseReading,
    /// SHA-256 of the form's file.
    pub form_sha256: String,
    /// The files that counted with it.
    pub files: Vec<EvidenceRow>,
    /// Whether something of it looks classified.
    pub is_classified: bool,
    /// What its unit consented to.
    pub consent: Option<Consent>,
}

impl Store {
    /// Of a case, as [`Store::selected_cases`] names it or by its number; none where it isn't known or was purged.
    pub async fn publishable(&self, number: &str) -> Result<Option<Publishable>> {
        let mut tx = self.begin().await?;
        let found = tx.publishable(number).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// The same of every case that is selected for good.
    pub async fn selected_publishable(&self, campaign: &str, batch: Option<&str>) -> Result<Vec<(SelectedCase, Publishable)>> {
        let mut found = Vec::new();
        for selected in self.selected_cases(campaign, batch).await? {
            let Some(case) = self.publishable(&selected.number).await? else { continue };
            found.push((selected, case));
        }
        Ok(found)
    }
}

impl Transaction {
    /// As [`Store::publishable`].
    pub async fn publishable(&mut self, number: &str) -> Result<Option<Publishable>> {
        let query = sqlx::query_as::<Any, (i64, String, i64)>(
            "SELECT c.id, c.status, COALESCE((SELECT MAX(f.revision) FROM frozen_case f WHERE f.case_id = c.id), c.revision)
             FROM case_record c WHERE c.number = $1 AND c.purged_ms IS NULL",
        );
        let Some((id, status, revision)) = query.bind(number).fetch_optional(self.connection()).await? else { return Ok(None) };
        let revision: u32 = from_i64(revision);
        let Some((reading, trace)) = self.reading_of(id, revision).await? else { return Ok(None) };
        let rulings = self.standing(id).await?;
        let (files, is_classified) = self.counted_files(id, revision).await?;
        Ok(Some(Publishable {
            id,
            number: number.to_owned(),
            status,
            revision,
            reading: ruling::settled(&reading, revision, &rulings),
            form_sha256: trace.form_sha256,
            files,
            is_classified,
            consent: self.consent(id).await?,
        }))
    }

    /// The files up to a revision, without those of mails that look classified; and whether the form's own mail does.
    async fn counted_files(&mut self, case: i64, revision: u32) -> Result<(Vec<EvidenceRow>, bool)> {
        let query = sqlx::query(
            "SELECT e.message, e.revision, e.name, e.media_type, e.bytes, e.sha256, e.role FROM evidence e JOIN message m ON m.id = e.message
             WHERE e.case_id = $1 AND (e.revision IS NULL OR e.revision <= $2) AND m.classified = 0 ORDER BY e.message, e.form_index, e.ordinal",
        );
        let rows = query.bind(case).bind(i64::from(revision)).fetch_all(self.connection()).await?;
        let query = sqlx::query_scalar::<Any, i64>(
            "SELECT COUNT(*) FROM revision r JOIN message m ON m.id = r.message WHERE r.case_id = $1 AND r.revision = $2 AND m.classified <> 0",
        );
        let classified = query.bind(case).bind(i64::from(revision)).fetch_one(self.connection()).await?;
        Ok((rows.iter().map(super::detail::read_evidence).collect::<Result<_>>()?, classified > 0))
    }

    async fn consent(&mut self, case: i64) -> Result<Option<Consent>> {
        let query = sqlx::query(
            "SELECT state, words_sha256, pictures, actor, reason, at_ms FROM consent WHERE case_id = $1 ORDER BY id DESC LIMIT 1",
        );
        query.bind(case).fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// Notes what a unit consents to. The log names the pictures by number only: their names are the unit's words.
    pub async fn give_consent(&mut self, case: &ActCase, words_sha256: &str, pictures: &[ConsentPicture], by: &By) -> Result<()> {
        let json = settled::json(&json!(pictures));
        self.note_consent(case, "given", (words_sha256, &json), by).await?;
        let detail = json!({"words_sha256": words_sha256, "pictures": pictures.len()});
        self.audit(by.entry(Act::ConsentNoted, format!("case/{}", case.name()), detail));
        Ok(())
    }

    /// Notes that it takes its consent back. False where none stands.
    pub async fn withdraw_consent(&mut self, case: &ActCase, by: &By) -> Result<bool> {
        if !self.consent(case.id).await?.is_some_and(|consent| consent.is_given) {
            return Ok(false);
        }
        self.note_consent(case, "withdrawn", ("", "[]"), by).await?;
        self.audit(by.entry(Act::ConsentWithdrawn, format!("case/{}", case.name()), json!({})));
        Ok(true)
    }

    async fn note_consent(&mut self, case: &ActCase, state: &str, (words, pictures): (&str, &str), by: &By) -> Result<()> {
        let query = sqlx::query(
            "INSERT INTO consent (case_id, state, words_sha256, pictures, actor, reason, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        );
        let query = query.bind(case.id).bind(state).bind(words).bind(pictures).bind(by.actor.as_str()).bind(text(&by.reason));
        query.bind(by.at_ms).execute(self.connection()).await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<Consent> {
    let (state, pictures): (String, String) = (row.try_get("state")?, row.try_get("pictures")?);
    Ok(Consent {
        is_given: state == "given",
        words_sha256: row.try_get("words_sha256")?,
        pictures: serde_json::from_str(&pictures).map_err(|source| StoreError::Row { what: "consent", source })?,
        actor: row.try_get("actor")?,
        reason: row.try_get("reason")?,
        at: rfc3339(row.try_get("at_ms")?),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[tokio::test]
    async fn the_newest_word_counts_and_every_one_is_kept_and_logged() {
        let (_dir, store) = store().await;
        let (_, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let picture = ConsentPicture { sha256: hash("evidence"), name: "现场.jpg".into() };
        let mut tx = store.begin().await.unwrap();
        let case = tx.act_case(&number).await.unwrap().unwrap();
        assert!(!tx.withdraw_consent(&case, &by(1)).await.unwrap(), "none stands");
        tx.give_consent(&case, "words", std::slice::from_ref(&picture), &by(2).because("来函同意")).await.unwrap();
        tx.commit().await.unwrap();
        let consent = async || store.publishable(&number).await.unwrap().unwrap().consent.unwrap();
        assert_eq!((consent().await.is_given, consent().await.pictures), (true, vec![picture]));
        let mut tx = store.begin().await.unwrap();
        assert!(tx.withdraw_consent(&case, &by(3)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!consent().await.is_given && consent().await.pictures.is_empty());
        let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM consent").fetch_one(&store.pool).await.unwrap();
        let acts: Vec<String> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| row.act).collect();
        assert!(rows == 2 && acts.contains(&"consent.noted".into()) && acts.contains(&"consent.withdrawn".into()), "{acts:?}");
    }

    #[tokio::test]
    async fn what_counted_in_the_frozen_batch_is_what_is_published() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        store.freeze("2023", "2023-H1", &by(5000)).await.unwrap();
        let message = receive(&store, 2, "b").await;
        let (reading, trace, place) = parts("某市计量院", "后来的题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        tx.add_revision(case, &entry(message, &reading, &trace, &place)).await.unwrap();
        tx.commit().await.unwrap();
        let found = store.publishable(&number).await.unwrap().unwrap();
        assert_eq!((found.revision, found.reading.title.as_deref(), found.files.len()), (1, Some("题目"), 1));
        assert_eq!(store.publishable("JCZH-2023-0009").await.unwrap(), None);
        sqlx::query("UPDATE message SET classified = 1 WHERE id = 1").execute(&store.pool).await.unwrap();
        let found = store.publishable(&number).await.unwrap().unwrap();
        assert!(found.is_classified && found.files.is_empty());
    }
}
