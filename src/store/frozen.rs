//! Frozen batches: a manifest of the cases in it, of the revision of each that counts, and of the hashes of its form
//! and evidence, kept as it was written. What comes later is kept with the case and never enters it.

use super::{Counted, Filter, Result, Store, StoreError, Transaction, blob, from_i64, rfc3339};
use crate::model::audit::{Act, By};
use serde::Serialize;
use serde_json::json;
use sqlx::Any;

/// The layout of the manifest. A later one gets a later number.
const FORMAT: u32 = 1;

/// A batch as it was frozen. Written in this order, so the same record gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Manifest<'a> {
    format: u32,
    campaign: &'a str,
    window: &'a str,
    frozen_at: String,
    frozen_by: &'a str,
    cases: Vec<FrozenCase>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct FrozenCase {
    number: String,
    title: Option<String>,
    unit: Option<String>,
    status: String,
    revision: u32,
    received_at: String,
    form_sha256: String,
    campaign_sha256: String,
    evidence: Vec<FrozenFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct FrozenFile {
    sha256: String,
    name: String,
    role: String,
    bytes: u64,
}

/// A frozen batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Its manifest: JSON, the same bytes each time.
    pub manifest: String,
    /// SHA-256 of the manifest.
    pub sha256: String,
    /// When it was frozen.
    pub at: String,
    /// Whether it was frozen before.
    pub already: bool,
}

impl Store {
    /// The manifest of a frozen batch.
    pub async fn frozen(&self, campaign: &str, window: &str) -> Result<Option<Frozen>> {
        let query = sqlx::query_as::<Any, (String, String, i64)>(
            "SELECT manifest, sha256, at_ms FROM frozen_window WHERE campaign = $1 AND name = $2",
        );
        let row = query.bind(campaign).bind(window).fetch_optional(&self.pool).await?;
        Ok(row.map(|(manifest, sha256, at_ms)| Frozen { manifest, sha256, at: rfc3339(at_ms), already: true }))
    }

    /// Freezes a batch as it stands now. Repeating it changes nothing: the primary key is (campaign, name), and the
    /// first manifest stays.
    pub async fn freeze(&self, campaign: &str, window: &str, by: &By) -> Result<Frozen> {
        if let Some(frozen) = self.frozen(campaign, window).await? {
            return Ok(frozen);
        }
        let filter = Filter { batch: Some(window.into()), campaign: Some(campaign.into()), ..Filter::default() };
        // The lock is taken first: what is listed is what stands there when it is committed.
        let mut tx = self.begin().await?;
        let cases = tx.frozen_cases(&filter).await?;
        let (at, person) = (rfc3339(by.at_ms), by.actor.as_str());
        let listed = cases.iter().map(|(_, case)| case.clone()).collect();
        let manifest = Manifest { format: FORMAT, campaign, window, frozen_at: at.clone(), frozen_by: person, cases: listed };
        let manifest = serde_json::to_string_pretty(&manifest).map_err(|source| StoreError::Row { what: "manifest", source })? + "\n";
        let sha256 = blob::hash(manifest.as_bytes());
        let insert = sqlx::query(
            "INSERT INTO frozen_window (campaign, name, at_ms, actor, manifest, sha256) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        );
        let insert = insert.bind(campaign).bind(window).bind(by.at_ms).bind(person).bind(&manifest).bind(&sha256);
        if insert.execute(tx.connection()).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(self.frozen(campaign, window).await?.unwrap_or(Frozen { manifest, sha256, at, already: true }));
        }
        for (id, case) in &cases {
            let insert = sqlx::query("INSERT INTO frozen_case (campaign, name, case_id, revision) VALUES ($1, $2, $3, $4)");
            insert.bind(campaign).bind(window).bind(*id).bind(i64::from(case.revision)).execute(tx.connection()).await?;
        }
        tx.audit(by.entry(
            Act::WindowFrozen,
            format!("window/{window}"),
            json!({"campaign": campaign, "cases": cases.len(), "sha256": sha256}),
        ));
        tx.commit().await?;
        Ok(Frozen { manifest, sha256, at, already: false })
    }

    /// In which frozen batches a case counts, and with which revision.
    pub(super) async fn counted(&self, case: i64) -> Result<Vec<Counted>> {
        let query = sqlx::query_as::<Any, (String, i64, i64, String, String)>(
            "SELECT c.name, c.revision, w.at_ms, w.actor, w.sha256 FROM frozen_case c
             JOIN frozen_window w ON w.campaign = c.campaign AND w.name = c.name WHERE c.case_id = $1 ORDER BY c.name",
        );
        let rows = query.bind(case).fetch_all(&self.pool).await?.into_iter();
        let read = |(window, revision, at_ms, frozen_by, manifest_sha256)| Counted {
            window,
            revision: from_i64(revision),
            frozen_at: rfc3339(at_ms),
            frozen_ms: at_ms,
            frozen_by,
            manifest_sha256,
        };
        Ok(rows.map(read).collect())
    }

    /// The frozen windows of a campaign.
    pub async fn frozen_windows(&self, campaign: &str) -> Result<Vec<(String, String)>> {
        let query = sqlx::query_as::<Any, (String, i64)>("SELECT name, at_ms FROM frozen_window WHERE campaign = $1 ORDER BY name");
        let rows = query.bind(campaign).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(name, at_ms)| (name, rfc3339(at_ms))).collect())
    }
}

impl Transaction {
    pub(super) async fn is_frozen(&mut self, campaign: &str, window: &str) -> Result<bool> {
        let query = sqlx::query_scalar::<Any, i64>("SELECT COUNT(*) FROM frozen_window WHERE campaign = $1 AND name = $2");
        Ok(query.bind(campaign).bind(window).fetch_one(self.connection()).await? > 0)
    }

    /// A frozen batch that counts this case.
    pub(super) async fn frozen_in(&mut self, case: i64) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT name FROM frozen_case WHERE case_id = $1 ORDER BY name LIMIT 1").bind(case);
        Ok(query.fetch_optional(self.connection()).await?)
    }

    /// The cases of a batch by number, with the revision that counts. What waits for a coordinator, or was taken
    /// back, is not in it; nor is classified matter.
    async fn frozen_cases(&mut self, filter: &Filter) -> Result<Vec<(i64, FrozenCase)>> {
        type Row = (i64, String, Option<String>, Option<String>, String, i64, i64, String, String);
        let query = sqlx::query_as::<Any, Row>(
            "SELECT c.id, c.number, c.title, c.unit, c.status, c.revision, r.received_ms, r.form_sha256, r.campaign_sha256
             FROM case_record c JOIN revision r ON r.case_id = c.id AND r.revision = c.revision JOIN message m ON m.id = r.message
             WHERE c.campaign = $1 AND c.batch = $2 AND c.number IS NOT NULL AND m.classified = 0
               AND c.status NOT IN ('merged', 'withdrawn', 'returned', 'possible_revision') ORDER BY c.number",
        );
        let rows = query.bind(filter.campaign.clone()).bind(filter.batch.clone()).fetch_all(self.connection()).await?;
        let mut cases = Vec::with_capacity(rows.len());
        for (id, number, title, unit, status, revision, received_ms, form_sha256, campaign_sha256) in rows {
            let evidence = self.frozen_files(id, revision).await?;
            let (revision, received_at) = (from_i64(revision), rfc3339(received_ms));
            cases.push((id, FrozenCase { number, title, unit, status, revision, received_at, form_sha256, campaign_sha256, evidence }));
        }
        Ok(cases)
    }

    async fn frozen_files(&mut self, case: i64, revision: i64) -> Result<Vec<FrozenFile>> {
        let query = sqlx::query_as::<Any, (String, String, String, i64)>(
            "SELECT DISTINCT sha256, name, role, bytes FROM evidence WHERE case_id = $1 AND (revision IS NULL OR revision <= $2)",
        );
        let rows = query.bind(case).bind(revision).fetch_all(self.connection()).await?;
        let mut files: Vec<FrozenFile> =
            rows.into_iter().map(|(sha256, name, role, bytes)| FrozenFile { sha256, name, role, bytes: from_i64(bytes) }).collect();
        files.sort();
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[tokio::test]
    async fn a_frozen_batch_stays_as_it_was_whatever_comes_later() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let first = store.freeze("2023", "2023-H1", &by(5000)).await.unwrap();
        assert!(!first.already && first.manifest.contains(&number) && first.manifest.contains(&hash("form")));
        assert!(!first.manifest.contains("19900000001"), "no phones");
        let message = receive(&store, 2, "b").await;
        let (reading, trace, place) = parts("某市计量院", "后来的题目", "19900000001");
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.add_revision(case, &entry(message, &reading, &trace, &place)).await.unwrap(), 2);
        tx.commit().await.unwrap();
        let again = store.freeze("2023", "2023-H1", &by(9000)).await.unwrap();
        assert_eq!((again.already, &again.manifest, &again.sha256), (true, &first.manifest, &first.sha256));
        let detail = store.case_detail(&number).await.unwrap().unwrap();
        assert_eq!((detail.case.revision, detail.counted[0].revision, detail.counted[0].window.as_str()), (2, 1, "2023-H1"));
        let acts: Vec<_> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| row.act).collect();
        assert_eq!(acts.iter().filter(|act| *act == "window.frozen").count(), 1);
    }
}
