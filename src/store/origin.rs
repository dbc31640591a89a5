//! Where the mails of a case came from: every place in which each was met, and what each clock said of when.

use super::{Result, Store, StoreError};
use crate::model::reading::Clocks;
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

/// Where one mail came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OriginRow {
    /// The mail's row.
    pub message: i64,
    /// `whole`, `header` or `none`: how much of it is kept.
    pub part: String,
    /// What each clock said; none where it was not read.
    pub clocks: Option<Clocks>,
    /// Where it was met, first to last.
    pub positions: Vec<PositionRow>,
    /// What was found out about its sender: `pass`, `fail`, `unknown` or `unchecked`; none of older ones.
    pub authentication: Option<String>,
    /// Which mails of ours it answers: their rows.
    pub answers: Vec<i64>,
}

/// A place in a mailbox (RFC 3501 section 2.3.1.1), or a file's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys are the standard's")]
pub struct PositionRow {
    pub mailbox: String,
    pub uidvalidity: Option<i64>,
    pub uid: Option<i64>,
    pub name: Option<String>,
}

impl Store {
    /// The origins of a case's mails, in order of their rows.
    pub(super) async fn origins(&self, case: i64) -> Result<Vec<OriginRow>> {
        let query = sqlx::query(
            "SELECT m.id, m.part, m.clocks, m.authentication, p.mailbox, p.uidvalidity, p.uid, p.name
             FROM message m LEFT JOIN mailbox_position p ON p.message = m.id
             WHERE m.id IN (SELECT message FROM revision WHERE case_id = $1
                            UNION SELECT message FROM evidence WHERE case_id = $1)
             ORDER BY m.id, p.id",
        );
        let mut origins: Vec<OriginRow> = Vec::new();
        for row in query.bind(case).fetch_all(&self.pool).await? {
            let message: i64 = row.try_get("id")?;
            if origins.last().is_none_or(|last| last.message != message) {
                let (part, authentication) = (row.try_get("part")?, row.try_get("authentication")?);
                let answers = self.answered_by(message).await?;
                origins.push(OriginRow { message, part, clocks: clocks(&row)?, positions: Vec::new(), authentication, answers });
            }
            if let (Some(origin), Some(mailbox)) = (origins.last_mut(), row.try_get("mailbox")?) {
                let (uidvalidity, uid, name) = (row.try_get("uidvalidity")?, row.try_get("uid")?, row.try_get("name")?);
                origin.positions.push(PositionRow { mailbox, uidvalidity, uid, name });
            }
        }
        Ok(origins)
    }

    async fn answered_by(&self, message: i64) -> Result<Vec<i64>> {
        let query = sqlx::query_scalar(
            "SELECT o.id FROM message_answer a JOIN outbox o ON o.message_id = a.answered WHERE a.message = $1 ORDER BY o.id",
        );
        Ok(query.bind(message).fetch_all(&self.pool).await?)
    }
}

fn clocks(row: &AnyRow) -> Result<Option<Clocks>> {
    let json: Option<String> = row.try_get("clocks")?;
    json.map(|json| serde_json::from_str(&json).map_err(|source| StoreError::Row { what: "clocks", source })).transpose()
}
