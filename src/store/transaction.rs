//! One write transaction: everything that one mail changes is committed together, or not at all.
//!
//! Its steps stand beside the tables they write: `context` finds what is known, `next_number`,
//! `open_case` and `add_revision` write cases, `settle` ends the mail, `enqueue` queues the reply.
//! No network and no worker is waited for while one is open.

use super::Result;
use sqlx::{Any, AnyConnection};

/// Dropped without [`Transaction::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
}

impl Transaction {
    pub(super) fn new(inner: sqlx::Transaction<'static, Any>) -> Transaction {
        Transaction { inner }
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<()> {
        failpoint!("transaction.commit");
        self.inner.commit().await?;
        failpoint!("transaction.committed");
        Ok(())
    }

    /// Leaves nothing of it.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }
}
