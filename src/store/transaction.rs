//! One write transaction: everything that one mail changes is committed together, or not at all.
//!
//! Its steps stand beside the tables they write: `context` finds what is known, `next_number`,
//! `open_case` and `add_revision` write cases, `settle` ends the mail, `enqueue` queues the reply.
//! No network and no worker is waited for while one is open.

use super::rows::Later;
use super::{Dialect, Result};
use crate::model::audit::Entry;
use crate::model::roster::Roster;
use sqlx::{Any, AnyConnection};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Dropped without [`Transaction::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
    dialect: Dialect,
    /// What the audit log gets with the commit.
    pub(super) acts: Vec<Entry>,
    /// Rows that wait for others of their table, where they may.
    pub(super) later: Later,
    pub(super) gathers: bool,
    /// A campaign's roster, once it was read.
    pub(super) roster: Option<(String, Arc<Roster>)>,
    /// That this process has no other write transaction open.
    _turn: Option<OwnedSemaphorePermit>,
}

impl Transaction {
    pub(super) fn new(inner: sqlx::Transaction<'static, Any>, dialect: Dialect, turn: Option<OwnedSemaphorePermit>) -> Transaction {
        Transaction { inner, dialect, acts: Vec::new(), later: Later::default(), gathers: false, roster: None, _turn: turn }
    }

    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    /// Makes it durable, with the acts that were taken down and the index of what its cases say.
    pub async fn commit(mut self) -> Result<()> {
        self.written().await?;
        self.index_batch().await?;
        self.write_audit().await?;
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
