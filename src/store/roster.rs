//! The roster as it was imported last, and those before it. A campaign may have one of its own, which takes the place of the one
//! that is for all.

use super::{Result, Store, StoreError, Transaction, blob, text};
use crate::model::audit::{Act, By};
use crate::model::roster::Roster;
use serde_json::json;
use std::sync::Arc;

const LATEST: &str = "SELECT content FROM roster WHERE campaign IN ($1, '')
     ORDER BY CASE WHEN campaign = $1 THEN 0 ELSE 1 END, id DESC LIMIT 1";
/// The campaign of a roster that is for all.
pub const ALL: &str = "";

impl Store {
    /// A campaign's roster, or that for all ([`ALL`]); an empty one where none was imported.
    pub async fn roster(&self, campaign: &str) -> Result<Roster> {
        read(sqlx::query_scalar(LATEST).bind(campaign).fetch_optional(&self.pool).await?)
    }

    /// Takes a roster over, for a campaign or for all. False where it is the same as before.
    pub async fn import_roster(&self, campaign: &str, roster: &Roster, by: &By) -> Result<bool> {
        let mut tx = self.begin().await?;
        let own = sqlx::query_scalar::<_, String>("SELECT content FROM roster WHERE campaign = $1 ORDER BY id DESC LIMIT 1");
        if read(own.bind(campaign).fetch_optional(tx.connection()).await?)? == *roster {
            return Ok(false);
        }
        let content = serde_json::to_string(roster).map_err(fault)?;
        let sha256 = blob::hash(content.as_bytes());
        let query = sqlx::query("INSERT INTO roster (at_ms, actor, reason, sha256, content, campaign) VALUES ($1, $2, $3, $4, $5, $6)");
        let query = query.bind(by.at_ms).bind(by.actor.as_str()).bind(text(&by.reason)).bind(&sha256).bind(text(&content)).bind(campaign);
        query.execute(tx.connection()).await?;
        let subject = if campaign == ALL { "roster".to_owned() } else { format!("roster/{campaign}") };
        let detail = json!({
            "units": roster.units.len(), "coordinators": roster.coordinators.len(), "liaisons": roster.liaisons.len(), "sha256": sha256,
        });
        tx.audit(by.entry(Act::RosterImported, subject, detail));
        tx.commit().await?;
        Ok(true)
    }
}

impl Transaction {
    /// As [`Store::roster`], within this transaction, which reads it once.
    pub async fn roster(&mut self, campaign: &str) -> Result<Arc<Roster>> {
        if let Some((of, roster)) = &self.roster
            && of == campaign
        {
            return Ok(roster.clone());
        }
        let query = sqlx::query_scalar(LATEST).bind(campaign);
        let roster = Arc::new(read(query.fetch_optional(self.connection()).await?)?);
        Ok(self.roster.insert((campaign.to_owned(), roster)).1.clone())
    }

    /// The roster that says who is who where something is to be allowed: of the campaign, or of the first case, that the
    /// subject names.
    pub(super) async fn roster_about(&mut self, subject: &str) -> Result<Arc<Roster>> {
        let (kind, names) = subject.split_once('/').unwrap_or((subject, ""));
        let name = names.split(',').next().unwrap_or_default();
        let campaign = match kind {
            "campaign" => Some(name.to_owned()),
            _ => {
                let query = sqlx::query_scalar("SELECT campaign FROM case_record WHERE number = $1");
                query.bind(text(name)).fetch_optional(self.connection()).await?
            }
        };
        self.roster(campaign.as_deref().unwrap_or(ALL)).await
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
    use super::ALL;
    use crate::model::roster::{Roster, RosterUnit};

    #[tokio::test]
    async fn importing_the_same_twice_changes_nothing() {
        let (_dir, store) = store().await;
        assert_eq!(store.roster("2023").await.unwrap(), Roster::default());
        assert!(store.import_roster(ALL, &of("某市计量所"), &by(1)).await.unwrap());
        assert!(!store.import_roster(ALL, &of("某市计量所"), &by(2)).await.unwrap());
        assert_eq!(store.roster("2023").await.unwrap(), of("某市计量所"));
        assert_eq!(store.list_audit(&Default::default()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_campaigns_own_roster_is_nobody_elses() {
        let (_dir, store) = store().await;
        store.import_roster(ALL, &of("all"), &by(1)).await.unwrap();
        // The same words, but said for this campaign.
        assert!(store.import_roster("2023", &of("all"), &by(2)).await.unwrap());
        store.import_roster("2023", &of("own"), &by(3)).await.unwrap();
        store.import_roster(ALL, &of("newer"), &by(4)).await.unwrap();
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        assert!(case > 0);
        let names = async |campaign: &str| store.roster(campaign).await.unwrap();
        assert_eq!([names("2023").await, names("2024").await, names(ALL).await], [of("own"), of("newer"), of("newer")]);
        let mut tx = store.begin().await.unwrap();
        for (subject, name) in [("campaign/2023", "own"), ("campaign/2024", "newer"), ("nothing", "newer")] {
            assert_eq!(*tx.roster_about(subject).await.unwrap(), of(name), "{subject}");
        }
        assert_eq!(*tx.roster_about(&format!("export/{number},JCZH-2099-0001")).await.unwrap(), of("own"));
    }

    fn of(unit: &str) -> Roster {
        Roster { units: vec![RosterUnit { name: unit.into(), ..RosterUnit::default() }], ..Roster::default() }
    }
}
