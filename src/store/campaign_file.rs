//! Campaign files as they were when cases were judged by them, by their hash.

use super::{Result, Store};

impl Store {
    /// Keeps a campaign file. Repeating it changes nothing: the primary key is `sha256`.
    pub async fn keep_campaign_file(&self, campaign: &str, (sha256, content): (&str, &str), now_ms: i64) -> Result<()> {
        let insert = "INSERT INTO campaign_file (sha256, campaign, content, since_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        sqlx::query(insert).bind(sha256).bind(campaign).bind(content).bind(now_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// A campaign file by its hash; none where it was never kept.
    pub async fn campaign_file(&self, sha256: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT content FROM campaign_file WHERE sha256 = $1").bind(sha256);
        Ok(query.fetch_optional(&self.pool).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[tokio::test]
    async fn a_file_is_kept_as_it_was_first_met() {
        let (_dir, store) = store().await;
        for content in ["id = \"2023\"", "another"] {
            store.keep_campaign_file("2023", ("a", content), 1).await.unwrap();
        }
        assert_eq!(store.campaign_file("a").await.unwrap().as_deref(), Some("id = \"2023\""));
        assert_eq!(store.campaign_file("b").await.unwrap(), None);
    }
}
