//! What files say: the beginning of the text of each, kept by the hash of its bytes, for search.

use super::rows::{Insert, Statement};
use super::{Result, Store, Transaction, text};
use crate::model::reading::FileText;

const TEXT: Insert =
    Insert { into: "INSERT INTO evidence_text (sha256, content)", row: "($1, $2)", values: 2, then: "ON CONFLICT (sha256) DO NOTHING" };

impl Transaction {
    /// The texts of a mail's files. Repeating it changes nothing: sha256 is the primary key.
    pub async fn add_texts(&mut self, texts: &[FileText]) -> Result<()> {
        let rows = texts.iter().map(|file| {
            let (sha256, content) = (file.sha256.clone(), text(&file.text));
            move |row: Statement| row.bind(sha256).bind(content)
        });
        self.insert_later(&TEXT, rows).await
    }
}

impl Store {
    /// The beginning of what a file says; none where it says nothing, or is no document.
    pub async fn evidence_text(&self, sha256: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT content FROM evidence_text WHERE sha256 = $1");
        Ok(query.bind(sha256).fetch_optional(&self.pool).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::model::reading::FileText;

    #[tokio::test]
    async fn a_text_is_kept_once_for_the_same_bytes() {
        let (_dir, store) = store().await;
        let texts = ["某协议", "x\0y"].map(|content| FileText { sha256: hash(content), text: content.into() });
        for _ in 0..2 {
            let mut tx = store.begin().await.unwrap();
            tx.add_texts(&texts).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(store.evidence_text(&hash("某协议")).await.unwrap().as_deref(), Some("某协议"));
        assert!(store.evidence_text(&hash("x\0y")).await.unwrap().is_some());
        assert_eq!(store.evidence_text(&hash("other")).await.unwrap(), None);
    }
}
