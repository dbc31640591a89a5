//! What happened over a campaign: each case's course, and the reminders and digests that went out, for whoever holds them
//! against what should have happened.

use super::{Result, Store, from_i64};
use crate::model::placement::{Placement, Request};
use crate::model::reading::WindowPlace;
use sqlx::Row;
use std::collections::BTreeMap;

/// A case from its first form to its last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseHistory {
    /// Its number.
    pub number: String,
    /// Its revisions: when each form was received, where it left the case, and in which status.
    pub revisions: Vec<(i64, WindowPlace, String)>,
    /// What asked the unit to correct it, in the order of sending.
    pub requests: Vec<Request>,
}

/// A reminder of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRow {
    /// The case.
    pub number: String,
    /// What for.
    pub occasion: String,
    /// Its letter's state.
    pub state: String,
    /// When that was sent.
    pub sent_ms: Option<i64>,
}

/// A digest of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRow {
    /// Whose cases; empty: all.
    pub scope: String,
    /// `2023-W26`.
    pub week: String,
    /// To whom.
    pub recipient: String,
    /// 0 for the schedule's.
    pub copy: u32,
    /// Its state.
    pub state: String,
    /// When it was sent.
    pub sent_ms: Option<i64>,
}

impl Store {
    /// Every case with a number, in order of opening.
    pub async fn case_histories(&self, campaign: &str) -> Result<Vec<CaseHistory>> {
        let mut histories: BTreeMap<i64, CaseHistory> = BTreeMap::new();
        let rows = sqlx::query(
            "SELECT c.id, c.number, r.received_ms, r.status, r.placement FROM case_record c JOIN revision r ON r.case_id = c.id
             WHERE c.campaign = $1 AND c.number IS NOT NULL ORDER BY c.id, r.revision",
        );
        for row in rows.bind(campaign).fetch_all(&self.pool).await? {
            let history = histories.entry(row.try_get("id")?).or_default();
            history.number = row.try_get("number")?;
            let placement: String = row.try_get("placement")?;
            // Of a revision from before placements were kept nothing is known.
            let place = serde_json::from_str::<Placement>(&placement).map(|placement| placement.place).unwrap_or_default();
            history.revisions.push((row.try_get("received_ms")?, place, row.try_get("status")?));
        }
        for (case, requests) in self.requests(campaign).await? {
            if let Some(history) = histories.get_mut(&case) {
                history.requests = requests;
            }
        }
        Ok(histories.into_values().collect())
    }

    /// Every reminder.
    pub async fn list_reminders(&self, campaign: &str) -> Result<Vec<ReminderRow>> {
        let rows = sqlx::query(
            "SELECT c.number, r.occasion, o.state, o.sent_ms FROM reminder r
             JOIN case_record c ON c.id = r.case_id JOIN outbox o ON o.id = r.outbox
             WHERE c.campaign = $1 ORDER BY o.id, c.id, r.occasion",
        );
        let rows = rows.bind(campaign).fetch_all(&self.pool).await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(ReminderRow {
                number: row.try_get::<Option<String>, _>("number")?.unwrap_or_default(),
                occasion: row.try_get("occasion")?,
                state: row.try_get("state")?,
                sent_ms: row.try_get("sent_ms")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Every digest.
    pub async fn list_digests(&self, campaign: &str) -> Result<Vec<DigestRow>> {
        let rows = sqlx::query(
            "SELECT d.scope, d.week, d.recipient, d.copy, o.state, o.sent_ms FROM digest d JOIN outbox o ON o.id = d.outbox
             WHERE d.campaign = $1 ORDER BY d.week, d.scope, d.recipient, d.copy",
        );
        let rows = rows.bind(campaign).fetch_all(&self.pool).await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(DigestRow {
                scope: row.try_get("scope")?,
                week: row.try_get("week")?,
                recipient: row.try_get("recipient")?,
                copy: from_i64(row.try_get("copy")?),
                state: row.try_get("state")?,
                sent_ms: row.try_get("sent_ms")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
