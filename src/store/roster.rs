//! The roster as it was imported last, and those before it.

use super::{Result, Store, StoreError, Transaction, blob, text};
use crate::model::audit::{Act, By};
use crate::model::roster::Roster;
use serde_json::json;
use std::sync::Arc;

const LATEST: &str = "SELECT content FROM roster ORDER BY id DESC LIMIT 1";

impl Store {
    /// The roster; an empty one where none was imported.
    pub async fn roster(&self) -> Result<Roster> {
        read(sqlx::query_scalar(LATEST).fetch_optional(&self.pool).await?)
    }

    /// Takes a roster over. False where it is the same as before.
    pub async fn import_roster(&self, roster: &Roster, by: &By) -> Result<bool> {
        let mut tx = self.begin().await?;
        if *tx.roster().await? == *roster {
            return Ok(false);
        }
        let content = serde_json::to_string(roster).map_err(fault)?;
        let sha256 = blob::hash(content.as_bytes());
        let query = sqlx::query("INSERT INTO roster (at_ms, actor, reason, sha256, content) VALUES ($1, $2, $3, $4, $5)");
        let query = query.bind(by.at_ms).bind(by.actor.as_str()).bind(text(&by.reason)).bind(&sha256).bind(text(&content));
        query.execute(tx.connection()).await?;
        let detail = json!({
            "units": roster.units.len(), "coordinators": roster.coordinators.len(), "liaisons": roster.liaisons.len(), "sha256": sha256,
        });
        tx.audit(by.entry(Act::RosterImported, "roster", detail));
        tx.commit().await?;
        Ok(true)
    }
}

impl Transaction {
    /// As [`Store::roster`], within this transaction, which reads it once.
    pub async fn roster(&mut self) -> Result<Arc<Roster>> {
        if let Some(roster) = &self.roster {
            return Ok(roster.clone());
        }
        let roster = Arc::new(read(sqlx::query_scalar(LATEST).fetch_optional(self.connection()).await?)?);
        Ok(self.roster.insert(roster).clone())
    }
}

fn read(content: Option<String>) -> Result<Roster> {
    content.map_or_else(|| Ok(Roster::default()), |content| serde_json::from_str(&content).map_err(fault))
}

fn fault(source: serde_json::Error) -> StoreError {
    StoreError::Row { what: "roster", source }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::model::roster::{Roster, RosterUnit};

    #[tokio::test]
    async fn importing_the_same_twice_changes_nothing() {
        let (_dir, store) = store().await;
        assert_eq!(store.roster().await.unwrap(), Roster::default());
        let roster = Roster { units: vec![RosterUnit { name: "某市计量所".into(), ..RosterUnit::default() }], ..Roster::default() };
        assert!(store.import_roster(&roster, &by(1)).await.unwrap());
        assert!(!store.import_roster(&roster, &by(2)).await.unwrap());
        assert_eq!(store.roster().await.unwrap(), roster);
        assert_eq!(store.list_audit(&Default::default()).await.unwrap().len(), 1);
    }
}
