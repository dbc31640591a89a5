//! Being the only process on the record, while something is erased that a daemon might be about to refer to.
//!
//! On SQLite that is the daemon's own lock. On PostgreSQL it is a lock of a session (pg_advisory_lock), which the server lets go
//! of when the process ends; whoever signs on ([`Store::join`](super::Store::join)) looks at it within the transaction that
//! signs him on. So either he is seen here, or he sees this.

use super::{DaemonLock, Result, Store, StoreError, Transaction};
use sqlx::{Any, pool::PoolConnection};

/// Held as long as nobody else may come.
#[derive(Debug)]
pub struct Alone {
    _lock: DaemonLock,
    /// The session that has the lock, on a server.
    session: Option<PoolConnection<Any>>,
}

impl Store {
    /// Takes the place, or says that a daemon is there. What gave no sign for long is signed off before.
    pub async fn alone(&self, now_ms: i64) -> Result<Option<Alone>> {
        let lock = match self.daemon_lock() {
            Ok(lock) => lock,
            Err(StoreError::Locked(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !self.is_shared() {
            return Ok(Some(Alone { _lock: lock, session: None }));
        }
        let mut session = self.pool.acquire().await?;
        // Back in the pool it would go on holding the lock.
        session.close_on_drop();
        let take =
            "SELECT CAST(CASE WHEN pg_try_advisory_lock(hashtextextended(current_schema() || ' alone', 0)) THEN 1 ELSE 0 END AS BIGINT)";
        if sqlx::query_scalar::<_, i64>(take).fetch_one(&mut *session).await? == 0 {
            return Ok(None);
        }
        // On a server who gave no sign for long may still wake up, but writes nothing once signed off.
        self.sign_off_gone(now_ms).await?;
        if !self.nodes(now_ms).await?.is_empty() {
            return Ok(None);
        }
        Ok(Some(Alone { _lock: lock, session: Some(session) }))
    }
}

impl Alone {
    /// An error where the session was lost, and the lock with it.
    pub async fn still(&mut self) -> Result<()> {
        if let Some(session) = &mut self.session {
            sqlx::query("SELECT 1").execute(&mut **session).await?;
        }
        Ok(())
    }
}

impl Transaction {
    /// Nobody signs on while somebody has to be alone.
    pub(super) async fn unless_alone(&mut self) -> Result<()> {
        let look =
            "SELECT CAST(CASE WHEN pg_try_advisory_xact_lock_shared(hashtextextended(current_schema() || ' alone', 0)) THEN 1 ELSE 0 END
                    AS BIGINT)";
        if *self.dialect() == super::Dialect::Postgres && sqlx::query_scalar::<Any, i64>(look).fetch_one(self.connection()).await? == 0 {
            return Err(StoreError::Erasing);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Node, testing::*};
    use super::*;

    fn node(owner: &str) -> Node {
        Node { owner: owner.into(), host: "h".into(), pid: 1, wants: vec![] }
    }

    #[tokio::test]
    async fn nobody_comes_while_one_is_alone_and_nobody_is_alone_where_one_is() {
        let (dir, store) = store().await;
        let other = Store::open(&url(&dir).await).await.unwrap();
        let mut alone = store.alone(0).await.unwrap().unwrap();
        assert!(other.alone(0).await.unwrap().is_none());
        alone.still().await.unwrap();
        if other.is_shared() {
            assert!(matches!(other.join(&node("a"), 0).await, Err(StoreError::Erasing)));
        } else {
            assert!(matches!(other.daemon_lock(), Err(StoreError::Locked(_))));
        }
        drop(alone);
        if other.is_shared() {
            // The server notices the end of a session a moment later.
            while let Err(error) = other.join(&node("a"), 0).await {
                assert!(matches!(error, StoreError::Erasing), "{error}");
            }
            assert!(store.alone(0).await.unwrap().is_none(), "a daemon is there");
            other.leave("a", 0).await.unwrap();
        }
        assert!(store.alone(0).await.unwrap().is_some());
    }
}
