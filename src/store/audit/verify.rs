//! Whether the log is as it was written: each row by its own hash, each to the one before, the last to the end
//! that is kept apart, and one to an anchor that was written down elsewhere.
//!
//! A row keeps the hash of the one before it, so a row that was written anew with a fitting hash is named by its
//! number too: the next one remembers another. Who writes the whole log anew from a row on is found by an anchor
//! from after that row only, which is why each digest carries one.

use super::super::{Dialect, Result, Store, Transaction};
use super::Row;
use sqlx::{Row as _, any::AnyRow};
use std::fmt;

/// How many rows are read at a time.
const PAGE: i64 = 1000;
/// What stands before the first row.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How much of a hash an anchor carries: 128 bits, which nobody finds another log for.
const ANCHOR_DIGITS: usize = 32;

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditFault {
    /// A row isn't what was written.
    Changed(i64),
    /// Rows are gone, from this to that.
    Removed(i64, i64),
    /// A row was put in.
    Inserted(i64),
    /// The log up to this row isn't the one that the anchor was taken of.
    Anchor(i64),
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuditFault::Changed(number) => write!(f, "第{number}号的内容被改动"),
            AuditFault::Removed(from, to) if from == to => write!(f, "第{from}号被删除"),
            AuditFault::Removed(from, to) => write!(f, "第{from}号至第{to}号被删除"),
            AuditFault::Inserted(number) => write!(f, "第{number}号是后来加进去的"),
            AuditFault::Anchor(number) => write!(f, "第{number}号与所给的锚不符：它或它之前的记录被重写，或数据库已自更早的备份恢复"),
        }
    }
}

/// What a look at the whole log gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// How many rows there are.
    pub rows: u64,
    /// The end of the chain: `137-9f3a…`, to be written down elsewhere.
    pub anchor: Anchor,
    /// What is wrong.
    pub faults: Vec<AuditFault>,
}

/// The end of the chain at some time, as it was written down elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    number: i64,
    digits: String,
}

impl Anchor {
    fn of(number: i64, hash: &str) -> Anchor {
        Anchor { number, digits: hash.chars().take(ANCHOR_DIGITS).collect() }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.digits)
    }
}

impl std::str::FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Anchor, String> {
        let fault = || "锚应是 137-9f3a… 这样：序号、短横和32位十六进制数字，见周报末尾或 zhihui audit verify".to_owned();
        let (number, digits) = text.trim().split_once('-').ok_or_else(fault)?;
        let is_hash = digits.len() == ANCHOR_DIGITS && digits.chars().all(|c| c.is_ascii_hexdigit());
        let number = number.parse().ok().filter(|number| is_hash && *number >= 0).ok_or_else(fault)?;
        Ok(Anchor { number, digits: digits.to_ascii_lowercase() })
    }
}

impl Store {
    /// Looks at every row, as they stand at one instant. `anchor` is one that was written down before.
    pub async fn verify_audit(&self, anchor: Option<&Anchor>) -> Result<AuditReport> {
        let statement = match self.dialect {
            Dialect::Sqlite(_) => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let mut tx = Transaction::new(self.pool.begin_with(statement).await?, self.dialect.clone(), None);
        let head: (i64, String) = sqlx::query_as("SELECT last, hash FROM audit_head WHERE one = 1").fetch_one(tx.connection()).await?;
        let mut walk = Walk::new(anchor);
        let mut after = i64::MIN;
        loop {
            let page = tx.audit_page(after).await?;
            let Some(end) = page.last() else { break };
            after = end.try_get("number")?;
            for row in &page {
                walk.step(row, head.0)?;
            }
        }
        tx.rollback().await?;
        Ok(walk.end(&head))
    }

    /// The end of the chain, to be written down elsewhere: in each digest.
    pub async fn audit_anchor(&self) -> Result<Anchor> {
        let query = sqlx::query_as("SELECT last, hash FROM audit_head WHERE one = 1");
        let (last, hash): (i64, String) = query.fetch_one(&self.pool).await?;
        Ok(Anchor::of(last, &hash))
    }
}

impl Transaction {
    async fn audit_page(&mut self, after: i64) -> Result<Vec<AnyRow>> {
        let query = sqlx::query(
            "SELECT number, at_ms, actor, act, subject, reason, detail, previous, hash FROM audit
             WHERE number > $1 ORDER BY number LIMIT $2",
        );
        Ok(query.bind(after).bind(PAGE).fetch_all(self.connection()).await?)
    }
}

/// The way through the log, row by row.
struct Walk<'a> {
    anchor: Option<&'a Anchor>,
    rows: u64,
    /// Number and hash of the row before, and whether it is what its hash says.
    before: (i64, String, bool),
    faults: Vec<AuditFault>,
}

impl<'a> Walk<'a> {
    fn new(anchor: Option<&'a Anchor>) -> Walk<'a> {
        Walk { anchor, rows: 0, before: (0, GENESIS.to_owned(), true), faults: Vec::new() }
    }

    fn step(&mut self, row: &AnyRow, last: i64) -> Result<()> {
        let number: i64 = row.try_get("number")?;
        self.rows += 1;
        if number < 1 || number > last {
            self.faults.push(AuditFault::Inserted(number));
            return Ok(());
        }
        let (before, before_hash, before_is_sound) = &self.before;
        let (previous, hash): (String, String) = (row.try_get("previous")?, row.try_get("hash")?);
        let is_sound = read(row, &previous)? == hash;
        if number > before + 1 {
            self.faults.push(AuditFault::Removed(before + 1, number - 1));
        } else if is_sound && *before_is_sound && previous != *before_hash {
            // It remembers another row than the one that stands there now. Before the first there is none.
            self.faults.push(AuditFault::Changed((*before).max(1)));
        }
        if !is_sound {
            self.faults.push(AuditFault::Changed(number));
        }
        if self.anchor.is_some_and(|anchor| anchor.number == number && *anchor != Anchor::of(number, &hash)) {
            self.faults.push(AuditFault::Anchor(number));
        }
        self.before = (number, hash, is_sound);
        Ok(())
    }

    fn end(mut self, (last, head): &(i64, String)) -> AuditReport {
        let (number, hash, is_sound) = &self.before;
        if number < last {
            self.faults.push(AuditFault::Removed(number + 1, *last));
        } else if *is_sound && hash != head {
            self.faults.push(AuditFault::Changed(*number));
        }
        if let Some(anchor) = self.anchor.filter(|anchor| anchor.number > *number) {
            self.faults.push(AuditFault::Anchor(anchor.number));
        }
        AuditReport { rows: self.rows, anchor: Anchor::of(*last, head), faults: self.faults }
    }
}

/// The hash that a row should have.
fn read(row: &AnyRow, previous: &str) -> Result<String> {
    Ok(Row {
        previous,
        number: row.try_get("number")?,
        at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        act: row.try_get("act")?,
        subject: row.try_get("subject")?,
        reason: row.try_get("reason")?,
        detail: row.try_get("detail")?,
    }
    .hash())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use crate::model::audit::{Act, By};
    use serde_json::json;

    /// A log of five rows, and what is found after it was tampered with. A tamperer takes the triggers away first.
    async fn after(tampering: &'static str) -> Vec<AuditFault> {
        let (_dir, store) = store().await;
        for at_ms in 1..=5 {
            store.audit(By::program(at_ms).entry(Act::BackupMade, "backup", json!({"messages": at_ms}))).await.unwrap();
        }
        let anchor = store.audit_anchor().await.unwrap();
        assert_eq!(store.verify_audit(Some(&anchor)).await.unwrap(), AuditReport { rows: 5, anchor, faults: vec![] });
        unguarded(&store).await;
        sqlx::raw_sql(tampering).execute(&store.pool).await.unwrap();
        store.verify_audit(None).await.unwrap().faults
    }

    async fn unguarded(store: &Store) {
        let statement = match store.dialect {
            Dialect::Sqlite(_) => "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete",
            Dialect::Postgres => "DROP TRIGGER audit_no_change ON audit",
        };
        sqlx::raw_sql(statement).execute(&store.pool).await.unwrap();
    }

    #[tokio::test]
    async fn the_engine_itself_refuses_changes() {
        let (_dir, store) = store().await;
        store.audit(By::program(1).entry(Act::BackupMade, "backup", json!({}))).await.unwrap();
        for statement in ["UPDATE audit SET reason = 'x'", "DELETE FROM audit"] {
            let error = sqlx::raw_sql(statement).execute(&store.pool).await.unwrap_err();
            assert!(error.to_string().contains("never"), "{error}");
        }
    }

    #[tokio::test]
    async fn whatever_is_changed_removed_or_put_in_is_named() {
        use AuditFault::{Changed, Inserted, Removed};
        for (tampering, expected) in [
            ("UPDATE audit SET at_ms = 9 WHERE number = 3", vec![Changed(3)]),
            ("UPDATE audit SET actor = 'li' WHERE number = 1", vec![Changed(1)]),
            ("UPDATE audit SET detail = '{}' WHERE number = 5", vec![Changed(5)]),
            ("UPDATE audit SET hash = previous WHERE number = 2", vec![Changed(2)]),
            ("UPDATE audit SET previous = hash WHERE number = 2", vec![Changed(2)]),
            ("DELETE FROM audit WHERE number IN (2, 3)", vec![Removed(2, 3)]),
            ("DELETE FROM audit WHERE number = 1", vec![Removed(1, 1)]),
            ("DELETE FROM audit WHERE number = 5", vec![Removed(5, 5)]),
            ("DELETE FROM audit", vec![Removed(1, 5)]),
            ("UPDATE audit SET number = 0 WHERE number = 2", vec![Inserted(0), Removed(2, 2)]),
            (
                "INSERT INTO audit SELECT 6, at_ms, actor, act, subject, reason, detail, previous, hash FROM audit WHERE number = 5",
                vec![Inserted(6)],
            ),
            ("UPDATE audit_head SET hash = '' WHERE one = 1", vec![Changed(5)]),
        ] {
            assert_eq!(after(tampering).await, expected, "{tampering}");
        }
    }

    #[tokio::test]
    async fn a_row_written_anew_with_a_fitting_hash_is_named_and_a_whole_log_is_found_by_an_anchor() {
        let (_dir, store) = store().await;
        for at_ms in 1..=3 {
            store.audit(By::program(at_ms).entry(Act::BackupMade, "backup", json!({}))).await.unwrap();
        }
        let anchor: Anchor = store.audit_anchor().await.unwrap().to_string().parse().unwrap();
        unguarded(&store).await;
        let mut previous = GENESIS.to_owned();
        for number in 1..=3 {
            let row = Row {
                previous: &previous,
                number,
                at_ms: 77,
                actor: "li",
                act: "backup.made",
                subject: "backup",
                reason: "",
                detail: "{}",
            };
            let hash = row.hash();
            let update = sqlx::query("UPDATE audit SET at_ms = 77, actor = 'li', previous = $1, hash = $2 WHERE number = $3");
            update.bind(&previous).bind(&hash).bind(number).execute(&store.pool).await.unwrap();
            if number < 3 {
                assert_eq!(store.verify_audit(None).await.unwrap().faults, [AuditFault::Changed(number)]);
            }
            previous = hash;
        }
        sqlx::query("UPDATE audit_head SET hash = $1").bind(&previous).execute(&store.pool).await.unwrap();
        assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
        assert_eq!(store.verify_audit(Some(&anchor)).await.unwrap().faults, [AuditFault::Anchor(3)]);
        let later: Anchor = format!("4-{}", "0".repeat(32)).parse().unwrap();
        assert_eq!(store.verify_audit(Some(&later)).await.unwrap().faults, [AuditFault::Anchor(4)]);
    }

    #[test]
    fn what_is_no_anchor_is_refused() {
        for text in [
            "",
            "3",
            "-1-00000000000000000000000000000000",
            "3-00",
            "3-000000000000000000000000000000000",
            "x-00000000000000000000000000000000",
        ] {
            assert!(text.parse::<Anchor>().is_err(), "{text}");
        }
    }
}
