//! Small values that the deployment keeps: the key that Message-IDs are derived with, and what others note.

use super::{Result, Store};
use crate::model::audit::{Act, By};
use serde_json::json;

impl Store {
    /// The key of 64 hexadecimal digits that was minted with the tables, the same for good.
    pub async fn hmac_key(&self) -> Result<String> {
        Ok(self.setting("hmac_key").await?.unwrap_or_default())
    }

    /// A noted value.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT value FROM setting WHERE key = $1").bind(key);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// Notes which file a campaign is judged by from now on; true where it was another before, which is an act: cases
    /// keep the file that judged them. Repeating it changes nothing.
    pub async fn note_campaign(&self, campaign: &str, sha256: &str, now_ms: i64) -> Result<bool> {
        let key = format!("campaign_sha256.{campaign}");
        let before = self.setting(&key).await?;
        if before.as_deref() == Some(sha256) {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let note = "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        sqlx::query(note).bind(&key).bind(sha256).execute(tx.connection()).await?;
        if let Some(before) = &before {
            let detail = json!({"before": before, "after": sha256});
            tx.audit(By::program(now_ms).entry(Act::CampaignChanged, format!("campaign/{campaign}"), detail));
        }
        tx.commit().await?;
        Ok(before.is_some())
    }

    /// Notes a value. Repeating it changes nothing: the primary key is `key`.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        sqlx::query("INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
            .bind(key)
            .bind(value)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[tokio::test]
    async fn a_key_is_minted_for_each_database() {
        let ((_a, one), (_b, other)) = (store().await, store().await);
        let key = one.hmac_key().await.unwrap();
        assert!(key.len() == 64 && key.chars().all(|c| c.is_ascii_hexdigit()));
        assert_ne!(key, other.hmac_key().await.unwrap());
    }

    #[tokio::test]
    async fn another_campaign_file_is_an_act_and_the_same_is_none() {
        let (_dir, store) = store().await;
        for (sha256, changed) in [("a", false), ("a", false), ("b", true), ("b", false)] {
            assert_eq!(store.note_campaign("2023", sha256, 1).await.unwrap(), changed, "{sha256}");
        }
        let acts: Vec<_> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| (row.act, row.subject)).collect();
        assert_eq!(acts, [("campaign.changed".to_owned(), "campaign/2023".to_owned())]);
    }

    #[tokio::test]
    async fn a_value_is_replaced() {
        let (_dir, store) = store().await;
        store.set_setting("digest", "a").await.unwrap();
        store.set_setting("digest", "b").await.unwrap();
        assert_eq!(store.setting("digest").await.unwrap().as_deref(), Some("b"));
        assert_eq!(store.setting("nothing").await.unwrap(), None);
    }
}
