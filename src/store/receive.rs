//! Received mails become rows of the ledger, and the mailbox's progress moves with them, in one transaction.
//!
//! The raw bytes must be durable in the blobs before this is called: what is recorded here is never
//! downloaded again. A mail that was met under an earlier UIDVALIDITY (same SHA-256) gets a new
//! position and no new row.

use super::rows::{self, Insert};
use super::{Part, Result, Store, Transaction, to_i64};
use crate::model::audit::{Act, By};
use crate::model::decision::Disposition;
use serde_json::json;
use sqlx::{Any, AnyConnection, AssertSqlSafe};
use std::collections::{BTreeMap, BTreeSet};

/// One mail of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Where it was met.
    pub place: Place,
    /// SHA-256 of the bytes that were stored; none for what was never downloaded.
    pub sha256: Option<String>,
    /// The size of the whole mail.
    pub bytes: u64,
    /// When the mailbox's server took it.
    pub received_ms: i64,
    /// Whether the server said so (INTERNALDATE), or a header field or file time had to do.
    pub received_is_server_time: bool,
    /// How much of it is there.
    pub state: ReceivedState,
}

/// Where a mail was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Its UID, under the UIDVALIDITY of the call.
    Uid(u32),
    /// Its file's name, without flags.
    Name(String),
}

/// How much of a mail is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedState {
    /// All of it: it will be claimed and judged.
    Whole,
    /// Its header only, since it is too large: it will be claimed and quarantined.
    HeaderOnly,
    /// Nothing, since it is older than the mailbox's `since`.
    Skipped,
    /// Nothing, for this reason: it is quarantined at once.
    Failed {
        /// Why.
        reason: String,
        /// When it was given up.
        now_ms: i64,
    },
}

/// How a mail enters the ledger.
struct Entry<'a> {
    part: Part,
    disposition: Option<Disposition>,
    because: &'a str,
}

impl Received {
    fn entry(&self) -> Entry<'_> {
        match (&self.state, &self.sha256) {
            (ReceivedState::Whole, Some(_)) => Entry { part: Part::Whole, disposition: None, because: "" },
            (ReceivedState::HeaderOnly, Some(_)) => Entry { part: Part::Header, disposition: None, because: "" },
            (ReceivedState::Skipped, _) => {
                Entry {
                    part: Part::None, disposition: Some(Disposition::Skipped), because: "早于本邮箱设定的起始日期，未读取"
                }
            }
            (ReceivedState::Failed { reason, .. }, _) => {
                Entry { part: Part::None, disposition: Some(Disposition::Quarantined), because: reason }
            }
            (ReceivedState::Whole | ReceivedState::HeaderOnly, None) => {
                Entry { part: Part::None, disposition: Some(Disposition::Quarantined), because: "邮件原文未能保存" }
            }
        }
    }
}

impl Store {
    /// Records a batch and moves the mailbox's last UID to `upto`. The result has the row of each item, in
    /// order. Another UIDVALIDITY than the last one starts the mailbox's UIDs anew.
    pub async fn record_received(
        &self,
        mailbox: &str,
        campaign: &str,
        uidvalidity: Option<u32>,
        upto: u32,
        items: &[Received],
    ) -> Result<Vec<i64>> {
        failpoint!("receive.record");
        let mut tx = self.begin().await?;
        let uidvalidity = uidvalidity.map(i64::from);
        move_on(tx.connection(), mailbox, campaign, uidvalidity, upto).await?;
        let target = Target { mailbox, campaign, uidvalidity };
        if let Some(rows) = record_new(&mut tx, &target, items).await? {
            tx.commit().await?;
            return Ok(rows);
        }
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            let (row, is_new) = record(tx.connection(), &target, item).await?;
            if let (true, ReceivedState::Failed { reason, now_ms }) = (is_new, &item.state) {
                tx.audit(By::program(*now_ms).because(reason.as_str()).entry(Act::MessageQuarantined, format!("message/{row}"), json!({})));
            }
            rows.push(row);
            failpoint!("receive.recorded");
        }
        tx.commit().await?;
        Ok(rows)
    }
}

impl Transaction {
    /// Records what a person hands in, as a mail of a mailbox that nobody polls; the result is its row. The same again is
    /// the same row: its place is its name.
    pub async fn record_handed(&mut self, mailbox: &str, campaign: &str, item: &Received) -> Result<i64> {
        move_on(self.connection(), mailbox, campaign, None, 0).await?;
        let target = Target { mailbox, campaign, uidvalidity: None };
        Ok(record(self.connection(), &target, item).await?.0)
    }
}

/// Repeating it changes nothing: the primary key is `name`, and the UID never goes back under one UIDVALIDITY.
async fn move_on(c: &mut AnyConnection, mailbox: &str, campaign: &str, uidvalidity: Option<i64>, upto: u32) -> Result<()> {
    sqlx::query(
        "INSERT INTO mailbox (name, campaign, uidvalidity, last_uid) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET
             campaign = excluded.campaign,
             uidvalidity = excluded.uidvalidity,
             last_uid = CASE
                 WHEN COALESCE(mailbox.uidvalidity, -1) = COALESCE(excluded.uidvalidity, -1)
                     AND mailbox.last_uid > excluded.last_uid THEN mailbox.last_uid
                 ELSE excluded.last_uid END",
    )
    .bind(mailbox)
    .bind(campaign)
    .bind(uidvalidity)
    .bind(i64::from(upto))
    .execute(c)
    .await?;
    Ok(())
}

struct Target<'a> {
    mailbox: &'a str,
    campaign: &'a str,
    uidvalidity: Option<i64>,
}

/// The rows of mails that nothing is known of: each at a place, and of bytes, that the mailbox never had. None where that
/// isn't so of all of them.
async fn record_new(tx: &mut Transaction, target: &Target<'_>, items: &[Received]) -> Result<Option<Vec<i64>>> {
    let new: Option<Vec<New<'_>>> = items.iter().map(New::of).collect();
    let Some(new) = new.filter(|new| !new.is_empty()) else { return Ok(None) };
    let hashes: BTreeSet<&str> = new.iter().map(|new| new.sha256).collect();
    if hashes.len() < new.len() || !known(tx, target, &hashes).await?.is_empty() || is_any_placed(tx, target, &new).await? {
        return Ok(None);
    }
    tx.insert_all(&MESSAGE, &new, |row, new| {
        row.bind(target.mailbox.to_owned())
            .bind(target.campaign.to_owned())
            .bind(new.sha256.to_owned())
            .bind(to_i64(new.item.bytes))
            .bind(new.item.received_ms)
            .bind(i64::from(new.item.received_is_server_time))
            .bind(new.item.entry().part.as_str())
    })
    .await?;
    let rows = known(tx, target, &hashes).await?;
    let of = |new: &New<'_>| rows.get(new.sha256).copied().ok_or(sqlx::Error::RowNotFound);
    let rows = new.iter().map(of).collect::<std::result::Result<Vec<_>, _>>()?;
    tx.insert_all(&POSITION, new.iter().zip(&rows), |row, (new, message)| {
        row.bind(target.mailbox.to_owned()).bind(target.uidvalidity).bind(new.uid).bind(*message)
    })
    .await?;
    failpoint!("receive.recorded");
    Ok(Some(rows))
}

/// A mail that is still to be judged, at its UID.
struct New<'a> {
    item: &'a Received,
    sha256: &'a str,
    uid: i64,
}

impl New<'_> {
    fn of(item: &Received) -> Option<New<'_>> {
        match (&item.place, item.entry().disposition, &item.sha256) {
            (Place::Uid(uid), None, Some(sha256)) => Some(New { item, sha256, uid: i64::from(*uid) }),
            (Place::Uid(_) | Place::Name(_), ..) => None,
        }
    }
}

const MESSAGE: Insert = Insert {
    into: "INSERT INTO message (mailbox, campaign, sha256, twin, bytes, received_ms, received_is_server_time, part, state, because)",
    row: "($1, $2, $3, 0, $4, $5, $6, $7, 'received', '')",
    values: 7,
    then: "",
};
const POSITION: Insert =
    Insert { into: "INSERT INTO mailbox_position (mailbox, uidvalidity, uid, message)", row: "($1, $2, $3, $4)", values: 4, then: "" };

/// The rows of these bytes, by their hashes.
async fn known(tx: &mut Transaction, target: &Target<'_>, hashes: &BTreeSet<&str>) -> Result<BTreeMap<String, i64>> {
    let sql = format!("SELECT sha256, id FROM message WHERE mailbox = $1 AND sha256 IN ({})", rows::values(2, hashes.len()));
    let query = sqlx::query_as::<Any, (String, i64)>(AssertSqlSafe(sql)).bind(target.mailbox.to_owned());
    let query = hashes.iter().fold(query, |query, sha256| query.bind((*sha256).to_owned()));
    Ok(query.fetch_all(tx.connection()).await?.into_iter().collect())
}

async fn is_any_placed(tx: &mut Transaction, target: &Target<'_>, new: &[New<'_>]) -> Result<bool> {
    let uids = rows::values(3, new.len());
    let sql = format!("SELECT 1 FROM mailbox_position WHERE mailbox = $1 AND uidvalidity = $2 AND uid IN ({uids}) LIMIT 1");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(target.mailbox.to_owned()).bind(target.uidvalidity);
    Ok(new.iter().fold(query, |query, new| query.bind(new.uid)).fetch_optional(tx.connection()).await?.is_some())
}

/// The row of a mail, and whether it is new.
async fn record(c: &mut AnyConnection, target: &Target<'_>, item: &Received) -> Result<(i64, bool)> {
    if let Some(known) = at_position(c, target, item).await? {
        return Ok((known, false));
    }
    let known = match &item.sha256 {
        Some(sha256) => elsewhere(c, target, sha256).await?,
        None => never_downloaded(c, target, item).await?,
    };
    let message = match known {
        Some(known) => known,
        None => insert_message(c, target, item).await?,
    };
    insert_position(c, target, item, message).await?;
    Ok((message, known.is_none()))
}

/// The mail that was recorded at the same place before.
async fn at_position(c: &mut AnyConnection, target: &Target<'_>, item: &Received) -> Result<Option<i64>> {
    let query = match &item.place {
        Place::Uid(uid) => sqlx::query_scalar("SELECT message FROM mailbox_position WHERE mailbox = $1 AND uidvalidity = $2 AND uid = $3")
            .bind(target.mailbox)
            .bind(target.uidvalidity)
            .bind(i64::from(*uid)),
        Place::Name(name) => {
            sqlx::query_scalar("SELECT message FROM mailbox_position WHERE mailbox = $1 AND name = $2").bind(target.mailbox).bind(name)
        }
    };
    Ok(query.fetch_optional(c).await?)
}

/// The same bytes under an earlier UIDVALIDITY are the same mail at a new place. Twins under one
/// UIDVALIDITY are mails of their own: each gets a row, and its verdict says that it is a duplicate.
async fn elsewhere(c: &mut AnyConnection, target: &Target<'_>, sha256: &str) -> Result<Option<i64>> {
    let query = sqlx::query_scalar(
        "SELECT m.id FROM message m
         WHERE m.mailbox = $1 AND m.sha256 = $2
           AND NOT EXISTS (
               SELECT p.id FROM mailbox_position p
               WHERE p.message = m.id AND COALESCE(p.uidvalidity, -1) = COALESCE($3, -1))
         ORDER BY m.id LIMIT 1",
    );
    Ok(query.bind(target.mailbox).bind(sha256).bind(target.uidvalidity).fetch_optional(c).await?)
}

/// What was never downloaded has no hash. After a change of UIDVALIDITY it is known again by its size and
/// instant, unless it is one of several twins under the same UIDVALIDITY.
async fn never_downloaded(c: &mut AnyConnection, target: &Target<'_>, item: &Received) -> Result<Option<i64>> {
    let query = sqlx::query_scalar(
        "SELECT m.id FROM message m
         WHERE m.mailbox = $1 AND m.received_ms = $2 AND m.bytes = $3 AND m.sha256 IS NULL
           AND NOT EXISTS (
               SELECT p.id FROM mailbox_position p
               WHERE p.message = m.id AND COALESCE(p.uidvalidity, -1) = COALESCE($4, -1))
         ORDER BY m.id LIMIT 1",
    );
    let query = query.bind(target.mailbox).bind(item.received_ms).bind(to_i64(item.bytes)).bind(target.uidvalidity);
    Ok(query.fetch_optional(c).await?)
}

/// Repeating it gives the same row, since its place is looked up first; (mailbox, sha256, twin) is unique.
async fn insert_message(c: &mut AnyConnection, target: &Target<'_>, item: &Received) -> Result<i64> {
    let entry = item.entry();
    let query = sqlx::query_scalar::<Any, i64>(
        "INSERT INTO message (mailbox, campaign, sha256, twin, bytes, received_ms, received_is_server_time, part, state, disposition, because)
         VALUES ($1, $2, $3, (SELECT COUNT(*) FROM message WHERE mailbox = $1 AND sha256 = $3), $4, $5, $6, $7, $8, $9, $10)
         RETURNING id",
    );
    let query = query
        .bind(target.mailbox)
        .bind(target.campaign)
        .bind(item.sha256.as_deref())
        .bind(to_i64(item.bytes))
        .bind(item.received_ms)
        .bind(i64::from(item.received_is_server_time))
        .bind(entry.part.as_str())
        .bind(if entry.disposition.is_some() { "done" } else { "received" })
        .bind(entry.disposition.map(Disposition::as_str))
        .bind(entry.because);
    Ok(query.fetch_one(c).await?)
}

/// Repeating it changes nothing: (mailbox, uidvalidity, uid) and (mailbox, name) are unique.
async fn insert_position(c: &mut AnyConnection, target: &Target<'_>, item: &Received, message: i64) -> Result<()> {
    let (uid, name) = match &item.place {
        Place::Uid(uid) => (Some(i64::from(*uid)), None),
        Place::Name(name) => (None, Some(name.as_str())),
    };
    sqlx::query(
        "INSERT INTO mailbox_position (mailbox, uidvalidity, uid, name, message) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(target.mailbox)
    .bind(uid.and(target.uidvalidity))
    .bind(uid)
    .bind(name)
    .bind(message)
    .execute(c)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    #[tokio::test]
    async fn a_batch_moves_the_mailbox_on_and_a_repeat_changes_nothing() {
        let (_dir, store) = store().await;
        assert_eq!(store.progress("main").await.unwrap(), Default::default());
        let batch = [whole(7, "a"), whole(9, "b")];
        let first = store.record_received("main", "2023", Some(1), 12, &batch).await.unwrap();
        assert_eq!(store.record_received("main", "2023", Some(1), 9, &batch).await.unwrap(), first);
        let progress = store.progress("main").await.unwrap();
        assert_eq!((progress.uidvalidity, progress.last_uid), (Some(1), 12));
        assert_eq!(store.list_messages(&Default::default()).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_known_mail_under_a_new_uidvalidity_is_a_new_position_only() {
        let (_dir, store) = store().await;
        // Twins: the same size and instant.
        let skipped = |uid| Received { sha256: None, received_ms: 1, state: ReceivedState::Skipped, ..whole(uid, "") };
        let first = store.record_received("main", "2023", Some(1), 5, &[whole(4, "a"), skipped(5), skipped(6)]).await.unwrap();
        let again = store.record_received("main", "2023", Some(2), 3, &[whole(1, "a"), skipped(2), skipped(3)]).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        let progress = store.progress("main").await.unwrap();
        assert_eq!((progress.uidvalidity, progress.last_uid), (Some(2), 3));
        let uid = store.list_messages(&Default::default()).await.unwrap().first().unwrap().uid;
        assert_eq!(uid, Some(1));
    }

    #[tokio::test]
    async fn the_same_bytes_twice_in_a_mailbox_are_two_mails() {
        let (_dir, store) = store().await;
        let first = store.record_received("main", "2023", Some(1), 5, &[whole(4, "a"), whole(5, "a")]).await.unwrap();
        assert_ne!(first[0], first[1]);
        assert_eq!(store.record_received("main", "2023", Some(1), 5, &[whole(4, "a"), whole(5, "a")]).await.unwrap(), first);
        assert_eq!(store.record_received("main", "2023", Some(2), 2, &[whole(1, "a"), whole(2, "a")]).await.unwrap(), first);
        let other = store.record_received("other", "2024", Some(1), 1, &[whole(1, "a")]).await.unwrap();
        assert!(!first.contains(&other[0]), "mailboxes don't see each other");
    }

    #[tokio::test]
    async fn what_was_not_read_has_its_end_at_once() {
        let (_dir, store) = store().await;
        let items = [
            Received { sha256: None, state: ReceivedState::Skipped, ..whole(1, "") },
            Received { sha256: None, state: ReceivedState::Failed { reason: "服务器拒绝给出".into(), now_ms: 1 }, ..whole(2, "") },
            Received { state: ReceivedState::HeaderOnly, ..whole(3, "header") },
        ];
        store.record_received("main", "2023", Some(1), 3, &items).await.unwrap();
        let rows = store.list_messages(&Default::default()).await.unwrap();
        let ends: Vec<_> = rows.iter().map(|row| row.disposition.as_deref()).collect();
        assert_eq!(ends, [Some("skipped"), Some("quarantined"), None]);
        assert_eq!(rows[1].because, "服务器拒绝给出");
        let claimed = store.claim("main", 9, 0, "a", 1).await.unwrap();
        assert_eq!(claimed.iter().map(|c| c.part).collect::<Vec<_>>(), [Part::Header]);
    }

    #[tokio::test]
    async fn files_are_known_by_their_names() {
        let (_dir, store) = store().await;
        let file = |name: &str, hash| Received { place: Place::Name(name.into()), ..whole(0, hash) };
        store.record_received("folder", "2023", None, 0, &[file("1.eml", "a"), file("2.eml", "a")]).await.unwrap();
        let progress = store.progress("folder").await.unwrap();
        assert_eq!(progress.names, ["1.eml", "2.eml"].map(String::from).into());
        assert_eq!(store.list_messages(&Default::default()).await.unwrap().len(), 2);
    }
}
