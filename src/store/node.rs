//! Several processes on one record: who is there, who looks after which mailbox, and who has gone.
//!
//! A process signs on with a name that no other had ([`Store::join`]), and says every few seconds that it lives
//! ([`Store::beat`]). One that has not for [`GONE_MS`] is signed off by the others: its mailboxes are free, and what it had
//! claimed is given back. It may only have slept; so no write transaction of a process that was signed off begins any more
//! ([`StoreError::SignedOff`]): writers are one at a time, so it is either before the signing off or refused.
//!
//! A mailbox is received and judged by one process at a time, since decisions follow the order of receipt. Which one it
//! should be, every process works out for itself alike, from who is there (rendezvous hashing: the highest hash of process
//! and mailbox): a process that comes or goes moves no mailbox but those that it gets or had.

use super::{Dialect, Result, Store, StoreError, Transaction, rfc3339};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;

/// After so long without a sign a process counts as gone, in milliseconds.
pub const GONE_MS: i64 = 30_000;

/// Who gave none for so long judges nobody by that, until its next sign.
const STALLED_MS: i64 = 20_000;

/// A process that signs on.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name, of which there is no second.
    pub owner: String,
    /// The machine's name.
    pub host: String,
    /// Its number there.
    pub pid: u32,
    /// The mailboxes that it could look after; none where it takes only what is free at the moment.
    pub wants: Vec<String>,
}

/// A process, as `node list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys say it")]
pub struct NodeRow {
    pub node: String,
    pub host: String,
    pub pid: i64,
    pub version: String,
    pub started_at: String,
    pub seen_at: String,
    /// Whether it gave a sign lately.
    pub alive: bool,
    pub mailboxes: Vec<String>,
}

/// What a process has after a beat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The mailboxes that are its own.
    pub mailboxes: BTreeSet<String>,
    /// Those of them that another should have: to be let go when nothing is in hand.
    pub surplus: BTreeSet<String>,
    /// Processes that were found gone, and how many claims of theirs were given back.
    pub gone: Vec<(String, u64)>,
}

impl Store {
    /// Whether several processes may work on it.
    pub fn is_shared(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// Signs this process on: where there may be several, its write transactions begin only until it is signed off.
    pub async fn join(&self, node: &Node, now_ms: i64) -> Result<()> {
        let mut tx = self.begin_for_all().await?;
        tx.unless_alone().await?;
        let now_ms = tx.server_ms(now_ms).await?;
        let insert = sqlx::query(
            "INSERT INTO node (owner, host, pid, version, wants, started_ms, seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (owner) DO NOTHING",
        );
        let insert = insert.bind(&node.owner).bind(&node.host).bind(i64::from(node.pid)).bind(env!("CARGO_PKG_VERSION"));
        insert.bind(json!(node.wants).to_string()).bind(now_ms).execute(tx.connection()).await?;
        tx.commit().await?;
        failpoint!("node.joined");
        if self.is_shared() {
            self.node.get_or_init(|| node.owner.clone());
        }
        Ok(())
    }

    /// A sign of life, at which those that gave none are signed off, and mailboxes that are free and its own are taken.
    pub async fn beat(&self, node: &Node, configured: &[String], now_ms: i64) -> Result<Held> {
        let mut tx = self.begin().await?;
        let now_ms = tx.server_ms(now_ms).await?;
        let before = sqlx::query_scalar::<_, i64>("SELECT seen_ms FROM node WHERE owner = $1").bind(&node.owner);
        let Some(before) = before.fetch_optional(tx.connection()).await? else { return Err(StoreError::SignedOff) };
        let seen = sqlx::query("UPDATE node SET seen_ms = $2 WHERE owner = $1").bind(&node.owner).bind(now_ms);
        seen.execute(tx.connection()).await?;
        let mut held = Held::default();
        // Who gave no sign itself for as long can't tell whether the others could: perhaps the server stood still for all.
        if now_ms.saturating_sub(before) < STALLED_MS {
            held.gone = tx.sign_off_silent(now_ms).await?;
        }
        let living: Vec<(String, String)> = sqlx::query_as("SELECT owner, wants FROM node").fetch_all(tx.connection()).await?;
        let living: Vec<(String, Vec<String>)> =
            living.into_iter().map(|(owner, wants)| (owner, serde_json::from_str(&wants).unwrap_or_default())).collect();
        let taken: Vec<(String, String)> = sqlx::query_as("SELECT mailbox, owner FROM node_mailbox").fetch_all(tx.connection()).await?;
        for mailbox in configured {
            let is_right = rightful(mailbox, &living).is_none_or(|owner| owner == node.owner);
            match taken.iter().find(|(name, _)| name == mailbox) {
                Some((_, owner)) if *owner == node.owner => {
                    held.mailboxes.insert(mailbox.clone());
                    if !is_right && !node.wants.is_empty() {
                        held.surplus.insert(mailbox.clone());
                    }
                }
                Some(_) => {}
                // Who is there for one pass takes what is free.
                None if is_right || node.wants.is_empty() => {
                    let take = sqlx::query("INSERT INTO node_mailbox (mailbox, owner, since_ms) VALUES ($1, $2, $3)");
                    take.bind(mailbox).bind(&node.owner).bind(now_ms).execute(tx.connection()).await?;
                    held.mailboxes.insert(mailbox.clone());
                }
                None => {}
            }
        }
        tx.commit().await?;
        failpoint!("node.seen");
        Ok(held)
    }

    /// Signs off those that gave no sign for long, for who isn't one of them.
    pub async fn sign_off_gone(&self, now_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        let now_ms = tx.server_ms(now_ms).await?;
        tx.sign_off_silent(now_ms).await?;
        tx.commit().await
    }

    /// Lets a mailbox go, for another to take, with what was claimed there: what was not finished is begun anew there, and
    /// the attempts don't count.
    pub async fn let_go(&self, owner: &str, mailbox: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        let free = sqlx::query("DELETE FROM node_mailbox WHERE mailbox = $1 AND owner = $2");
        free.bind(mailbox).bind(owner).execute(tx.connection()).await?;
        let give_back = sqlx::query(
            "UPDATE message SET lease_owner = NULL, lease_until_ms = 0, attempts = attempts - 1
             WHERE mailbox = $1 AND lease_owner = $2 AND state = 'received' AND attempts > 0",
        );
        give_back.bind(mailbox).bind(owner).execute(tx.connection()).await?;
        tx.commit().await
    }

    /// Signs a process off that ends: what it still holds is free at once.
    pub async fn leave(&self, owner: &str, now_ms: i64) -> Result<()> {
        let mut tx = self.begin_for_all().await?;
        tx.sign_off(owner, now_ms).await?;
        tx.commit().await?;
        failpoint!("node.left");
        Ok(())
    }

    /// Who is there, in the order in which they came.
    pub async fn nodes(&self, now_ms: i64) -> Result<Vec<NodeRow>> {
        let now_ms = server_ms(&self.dialect, &mut *self.pool.acquire().await?, now_ms).await?;
        let query = sqlx::query(
            "SELECT owner, host, pid, version, started_ms, seen_ms,
                 (SELECT string_agg(m.mailbox, ';') FROM node_mailbox m WHERE m.owner = n.owner) AS mailboxes
             FROM node n ORDER BY started_ms, owner",
        );
        let rows = query.fetch_all(&self.pool).await?;
        let read = |row: &sqlx::any::AnyRow| {
            let seen_ms: i64 = row.try_get("seen_ms")?;
            let mailboxes: Option<String> = row.try_get("mailboxes")?;
            let mut mailboxes: Vec<String> = mailboxes.iter().flat_map(|names| names.split(';')).map(str::to_owned).collect();
            mailboxes.sort();
            Ok(NodeRow {
                node: row.try_get("owner")?,
                host: row.try_get("host")?,
                pid: row.try_get("pid")?,
                version: row.try_get("version")?,
                started_at: rfc3339(row.try_get("started_ms")?),
                seen_at: rfc3339(seen_ms),
                alive: seen_ms >= now_ms.saturating_sub(GONE_MS),
                mailboxes,
            })
        };
        rows.iter().map(read).collect()
    }
}

impl Transaction {
    async fn server_ms(&mut self, now_ms: i64) -> Result<i64> {
        let dialect = self.dialect().clone();
        server_ms(&dialect, self.connection(), now_ms).await
    }

    /// Signs off every process that gave no sign for long; how many claims of each were given back.
    async fn sign_off_silent(&mut self, now_ms: i64) -> Result<Vec<(String, u64)>> {
        let query = sqlx::query_scalar("SELECT owner FROM node WHERE seen_ms < $1 ORDER BY owner").bind(now_ms.saturating_sub(GONE_MS));
        let owners: Vec<String> = query.fetch_all(self.connection()).await?;
        let mut gone = Vec::new();
        for owner in owners {
            let given_back = self.sign_off(&owner, now_ms).await?;
            gone.push((owner, given_back));
        }
        Ok(gone)
    }

    /// Signs a process off; how many of its claims were given back. As at a start without others, an attempt that it had
    /// begun doesn't count, and what may not be repeated waits for a person.
    async fn sign_off(&mut self, owner: &str, now_ms: i64) -> Result<u64> {
        let given_back = self.release_leases_of(owner, now_ms).await?;
        for statement in ["DELETE FROM node_mailbox WHERE owner = $1", "DELETE FROM node WHERE owner = $1"] {
            sqlx::query(statement).bind(owner).execute(self.connection()).await?;
        }
        Ok(given_back)
    }

    /// Whether the process of this name is signed on.
    pub(super) async fn is_signed_on(&mut self, owner: &str) -> Result<bool> {
        Ok(sqlx::query("SELECT 1 FROM node WHERE owner = $1").bind(owner).fetch_optional(self.connection()).await?.is_some())
    }
}

/// The server's clock, which is one for all processes; without a server the time that was given.
async fn server_ms(dialect: &Dialect, connection: &mut AnyConnection, now_ms: i64) -> Result<i64> {
    match dialect {
        Dialect::Sqlite(_) => Ok(now_ms),
        Dialect::Postgres => {
            let query = sqlx::query_scalar("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)");
            Ok(query.fetch_one(connection).await?)
        }
    }
}

/// The name of this machine (uname(2)).
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Who of those who could look after a mailbox should.
fn rightful<'a>(mailbox: &str, living: &'a [(String, Vec<String>)]) -> Option<&'a str> {
    let could = living.iter().filter(|(_, wants)| wants.iter().any(|name| name == mailbox));
    could.map(|(owner, _)| owner.as_str()).max_by_key(|owner| Sha256::digest(format!("{owner}\n{mailbox}")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn node(owner: &str, wants: &[&str]) -> Node {
        Node { owner: owner.into(), host: "h".into(), pid: 1, wants: wants.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn whoever_comes_or_goes_moves_only_his_own_mailboxes() {
        let mailboxes: Vec<String> = (0..31).map(|n| format!("province-{n}")).collect();
        let living = |owners: &[&str]| owners.iter().map(|owner| ((*owner).to_owned(), mailboxes.clone())).collect::<Vec<_>>();
        let (two, three) = (living(&["a", "b"]), living(&["a", "b", "c"]));
        let mut moved = 0;
        for mailbox in &mailboxes {
            let (before, after) = (rightful(mailbox, &two).unwrap(), rightful(mailbox, &three).unwrap());
            assert!(before == after || after == "c", "{mailbox}");
            moved += usize::from(before != after);
        }
        assert!((4..20).contains(&moved), "{moved}");
        assert_eq!(rightful("of nobody", &two), None);
    }

    #[tokio::test]
    async fn a_mailbox_has_one_process_and_passes_to_the_next_when_that_is_gone() {
        let (dir, store) = store().await;
        let (a, b) = (node("a", &["main"]), node("b", &[]));
        let other = Store::open(&url(&dir).await).await.unwrap();
        other.join(&a, 1000).await.unwrap();
        store.join(&b, 1000).await.unwrap();
        let all = ["main".to_owned()];
        assert_eq!(other.beat(&a, &all, 1000).await.unwrap().mailboxes, BTreeSet::from(["main".to_owned()]));
        assert_eq!(store.beat(&b, &all, 1000).await.unwrap(), Held::default());
        receive(&store, 1, "m").await;
        store.claim("main", 9, 0, "a", 1_000_000).await.unwrap();
        // Time is the server's own where there is one: so it is the sign that grows old.
        sqlx::query("UPDATE node SET seen_ms = seen_ms - 60000 WHERE owner = 'a'").execute(&store.pool).await.unwrap();
        assert!(!store.nodes(1000).await.unwrap()[0].alive);
        let held = store.beat(&b, &all, 1000).await.unwrap();
        assert_eq!((held.mailboxes.len(), held.gone), (1, vec![("a".to_owned(), 1)]));
        assert!(matches!(other.beat(&a, &all, 1000).await, Err(StoreError::SignedOff)));
        assert_eq!(store.claim("main", 9, 0, "b", 1_000_000).await.unwrap()[0].attempts, 1, "the attempt that was cut off doesn't count");
        store.leave("b", 1000).await.unwrap();
        assert_eq!(store.nodes(1000).await.unwrap(), []);
    }

    #[tokio::test]
    async fn after_everybody_stood_still_the_first_to_wake_signs_nobody_off() {
        let (_dir, store) = store().await;
        let (a, b) = (node("a", &[]), node("b", &[]));
        store.join(&a, 0).await.unwrap();
        store.join(&b, 0).await.unwrap();
        sqlx::query("UPDATE node SET seen_ms = seen_ms - 60000").execute(&store.pool).await.unwrap();
        assert_eq!(store.beat(&a, &[], 0).await.unwrap().gone, []);
        store.beat(&b, &[], 0).await.unwrap();
        sqlx::query("UPDATE node SET seen_ms = seen_ms - 60000 WHERE owner = 'b'").execute(&store.pool).await.unwrap();
        assert_eq!(store.beat(&a, &[], 0).await.unwrap().gone, [("b".to_owned(), 0)]);
    }

    #[tokio::test]
    async fn what_was_claimed_in_a_mailbox_goes_with_it() {
        let (_dir, store) = store().await;
        let a = node("a", &["main"]);
        store.join(&a, 0).await.unwrap();
        store.beat(&a, &["main".to_owned()], 0).await.unwrap();
        receive(&store, 1, "m").await;
        assert_eq!(store.claim("main", 9, 0, "a", 1_000_000).await.unwrap().len(), 1);
        store.let_go("a", "main").await.unwrap();
        assert_eq!(store.claim("main", 9, 0, "b", 1_000_000).await.unwrap()[0].attempts, 1);
    }

    #[tokio::test]
    async fn who_was_signed_off_writes_nothing_more_where_others_may_be() {
        let (dir, store) = store().await;
        let own = Store::open(&url(&dir).await).await.unwrap();
        own.join(&node("a", &[]), 0).await.unwrap();
        own.begin().await.unwrap().commit().await.unwrap();
        store.leave("a", 0).await.unwrap();
        let refused = own.begin().await.err();
        assert_eq!(matches!(refused, Some(StoreError::SignedOff)), store.is_shared(), "{refused:?}");
        store.begin().await.unwrap().commit().await.unwrap();
    }

    #[tokio::test]
    async fn what_another_should_have_is_let_go_and_taken() {
        let (_dir, store) = store().await;
        let all: Vec<String> = (0..8).map(|n| format!("m{n}")).collect();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let (a, b) = (node("a", &names), node("b", &names));
        store.join(&a, 0).await.unwrap();
        assert_eq!(store.beat(&a, &all, 0).await.unwrap().mailboxes.len(), 8);
        store.join(&b, 0).await.unwrap();
        assert_eq!(store.beat(&b, &all, 0).await.unwrap(), Held::default(), "nothing is free yet");
        let surplus = store.beat(&a, &all, 0).await.unwrap().surplus;
        assert!((1..8).contains(&surplus.len()), "{surplus:?}");
        for mailbox in &surplus {
            store.let_go("a", mailbox).await.unwrap();
        }
        assert_eq!(store.beat(&b, &all, 0).await.unwrap().mailboxes, surplus);
        assert_eq!(store.beat(&a, &all, 0).await.unwrap().surplus, BTreeSet::new());
    }
}
