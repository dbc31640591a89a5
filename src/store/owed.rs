//! Mails that a mailbox lists and doesn't give: asked for again after a while, the attempt counted first.
//!
//! What is owed has no row among the mails yet. It gets one when it is fetched, or when it was asked for
//! [`MAX_ATTEMPTS`](super::MAX_ATTEMPTS) times in vain.

use super::{Place, Result, Store, from_i64, to_i64};
use sqlx::{Any, Row, any::AnyRow};

/// A mail that was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Where it is.
    pub place: Place,
    /// Its size as it was told.
    pub bytes: u64,
    /// When the mailbox's server took it.
    pub received_ms: i64,
    /// Whether the server said so.
    pub received_is_server_time: bool,
    /// How often it was asked for.
    pub attempts: u32,
    /// When it may be asked for again.
    pub next_ms: i64,
    /// Why it was not given the last time.
    pub last_error: String,
}

/// The value for a folder of files.
const NO_VALIDITY: i64 = -1;

fn validity_value(uidvalidity: Option<u32>) -> i64 {
    uidvalidity.map_or(NO_VALIDITY, i64::from)
}

fn place_value(place: &Place) -> String {
    match place {
        Place::Uid(uid) => uid.to_string(),
        Place::Name(name) => name.clone(),
    }
}

impl Store {
    /// Notes what was not given. Repeating it counts nothing: the primary key is (mailbox, uidvalidity, place).
    /// It is to be called before the mailbox moves on, so that nothing is forgotten in between.
    pub async fn owe(&self, mailbox: &str, uidvalidity: Option<u32>, items: &[Owed]) -> Result<()> {
        let mut tx = self.begin().await?;
        for item in items {
            sqlx::query(
                "INSERT INTO owed (mailbox, uidvalidity, place, bytes, received_ms, received_is_server_time, attempts, next_ms, last_error)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 ON CONFLICT (mailbox, uidvalidity, place) DO UPDATE SET last_error = excluded.last_error",
            )
            .bind(mailbox)
            .bind(validity_value(uidvalidity))
            .bind(place_value(&item.place))
            .bind(to_i64(item.bytes))
            .bind(item.received_ms)
            .bind(i64::from(item.received_is_server_time))
            .bind(i64::from(item.attempts))
            .bind(item.next_ms)
            .bind(super::text(&item.last_error))
            .execute(tx.connection())
            .await?;
        }
        tx.commit().await
    }

    /// What a mailbox owes under this UIDVALIDITY, in the order of arrival.
    pub async fn owed(&self, mailbox: &str, uidvalidity: Option<u32>) -> Result<Vec<Owed>> {
        let query = sqlx::query::<Any>(
            "SELECT uidvalidity, place, bytes, received_ms, received_is_server_time, attempts, next_ms, last_error
             FROM owed WHERE mailbox = $1 AND uidvalidity = $2 ORDER BY received_ms, place",
        );
        let rows = query.bind(mailbox).bind(validity_value(uidvalidity)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Counts an attempt before it is made; the next one is not before `next_ms`. False where the mail is no
    /// longer owed, or somebody else has just counted.
    pub async fn count_owed(&self, mailbox: &str, uidvalidity: Option<u32>, owed: &Owed, next_ms: i64) -> Result<bool> {
        let counted = sqlx::query(
            "UPDATE owed SET attempts = attempts + 1, next_ms = $5
             WHERE mailbox = $1 AND uidvalidity = $2 AND place = $3 AND attempts = $4",
        )
        .bind(mailbox)
        .bind(validity_value(uidvalidity))
        .bind(place_value(&owed.place))
        .bind(i64::from(owed.attempts))
        .bind(next_ms)
        .execute(&self.pool)
        .await?;
        Ok(counted.rows_affected() == 1)
    }

    /// Gives an attempt back that said nothing about the mail, since the server itself was away.
    pub async fn uncount_owed(&self, mailbox: &str, uidvalidity: Option<u32>, owed: &Owed) -> Result<()> {
        sqlx::query(
            "UPDATE owed SET attempts = attempts - 1, next_ms = $4
             WHERE mailbox = $1 AND uidvalidity = $2 AND place = $3 AND attempts > $5",
        )
        .bind(mailbox)
        .bind(validity_value(uidvalidity))
        .bind(place_value(&owed.place))
        .bind(owed.next_ms)
        .bind(i64::from(owed.attempts))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// It was given, or has its row in quarantine.
    pub async fn settle_owed(&self, mailbox: &str, uidvalidity: Option<u32>, place: &Place) -> Result<()> {
        sqlx::query("DELETE FROM owed WHERE mailbox = $1 AND uidvalidity = $2 AND place = $3")
            .bind(mailbox)
            .bind(validity_value(uidvalidity))
            .bind(place_value(place))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Under another UIDVALIDITY all mails are listed again, and what is owed with them.
    pub async fn forget_owed_elsewhere(&self, mailbox: &str, uidvalidity: Option<u32>) -> Result<()> {
        let validity = validity_value(uidvalidity);
        let look = sqlx::query("SELECT 1 FROM owed WHERE mailbox = $1 AND uidvalidity <> $2 LIMIT 1").bind(mailbox).bind(validity);
        if look.fetch_optional(&self.pool).await?.is_none() {
            return Ok(());
        }
        // Not by who was signed off: the mailbox may be another's by now.
        let mut tx = self.begin().await?;
        let delete = sqlx::query("DELETE FROM owed WHERE mailbox = $1 AND uidvalidity <> $2").bind(mailbox).bind(validity);
        delete.execute(tx.connection()).await?;
        tx.commit().await
    }
}

fn read(row: &AnyRow) -> Result<Owed> {
    let place: String = row.try_get("place")?;
    let is_name = row.try_get::<i64, _>("uidvalidity")? == NO_VALIDITY;
    Ok(Owed {
        place: if is_name { Place::Name(place) } else { Place::Uid(place.parse().unwrap_or_default()) },
        bytes: from_i64(row.try_get("bytes")?),
        received_ms: row.try_get("received_ms")?,
        received_is_server_time: row.try_get::<i64, _>("received_is_server_time")? == 1,
        attempts: from_i64(row.try_get("attempts")?),
        next_ms: row.try_get("next_ms")?,
        last_error: row.try_get("last_error")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    fn owing(place: Place) -> Owed {
        Owed { place, bytes: 3, received_ms: 5, received_is_server_time: true, attempts: 1, next_ms: 60, last_error: "damaged".into() }
    }

    #[tokio::test]
    async fn an_attempt_is_counted_once_and_can_be_given_back() {
        let (_dir, store) = store().await;
        store.owe("main", Some(1), &[owing(Place::Uid(7))]).await.unwrap();
        let first = store.owed("main", Some(1)).await.unwrap().remove(0);
        assert_eq!(first, owing(Place::Uid(7)));
        assert!(store.count_owed("main", Some(1), &first, 600).await.unwrap());
        assert!(!store.count_owed("main", Some(1), &first, 600).await.unwrap(), "two that try at once count one");
        assert_eq!(store.owed("main", Some(1)).await.unwrap()[0].attempts, 2);
        store.uncount_owed("main", Some(1), &first).await.unwrap();
        store.uncount_owed("main", Some(1), &first).await.unwrap();
        assert_eq!(store.owed("main", Some(1)).await.unwrap(), [first]);
        store.owe("main", Some(1), &[Owed { last_error: "again".into(), attempts: 9, ..owing(Place::Uid(7)) }]).await.unwrap();
        assert_eq!(store.owed("main", Some(1)).await.unwrap()[0].attempts, 1);
    }

    #[tokio::test]
    async fn each_place_is_owed_by_itself() {
        let (_dir, store) = store().await;
        store.owe("main", Some(1), &[owing(Place::Uid(7)), owing(Place::Uid(8))]).await.unwrap();
        store.owe("folder", None, &[owing(Place::Name("7".into()))]).await.unwrap();
        assert_eq!(store.owed("folder", None).await.unwrap()[0].place, Place::Name("7".into()));
        store.settle_owed("main", Some(1), &Place::Uid(7)).await.unwrap();
        assert_eq!(store.owed("main", Some(1)).await.unwrap()[0].place, Place::Uid(8));
        store.forget_owed_elsewhere("main", Some(2)).await.unwrap();
        assert!(store.owed("main", Some(1)).await.unwrap().is_empty());
        assert_eq!(store.owed("folder", None).await.unwrap().len(), 1);
    }
}
