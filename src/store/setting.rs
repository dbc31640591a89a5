//! Small values that the deployment keeps: the key that Message-IDs are derived with, and what others note.

use super::{Result, Store};

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
    async fn a_value_is_replaced() {
        let (_dir, store) = store().await;
        store.set_setting("digest", "a").await.unwrap();
        store.set_setting("digest", "b").await.unwrap();
        assert_eq!(store.setting("digest").await.unwrap().as_deref(), Some("b"));
        assert_eq!(store.setting("nothing").await.unwrap(), None);
    }
}
