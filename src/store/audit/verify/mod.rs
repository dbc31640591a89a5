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
    /// There are more or fewer rows than were written: these, of those.
    Count(u64, i64),
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
            AuditFault::Count(rows, last) => write!(f, "应有{last}条，实有{rows}条，用 zhihui audit verify 看是哪几条"),
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

    /// Of the last row.
    pub fn number(&self) -> i64 {
        self.number
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
        let (mut tx, head) = self.audit_now().await?;
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

    /// Looks at these rows, at what each is chained to on either side, and whether there are as many rows as were written: of the
    /// rest of the log no more is read than that takes.
    pub async fn verify_audit_of(&self, numbers: &[i64]) -> Result<AuditReport> {
        let (mut tx, head) = self.audit_now().await?;
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit").fetch_one(tx.connection()).await?;
        let rows = super::super::from_i64(count);
        let mut faults: Vec<AuditFault> = (count != head.0).then_some(AuditFault::Count(rows, head.0)).into_iter().collect();
        for (from, to) in stretches(numbers, head.0) {
            let mut walk = Walk::from(from);
            for row in tx.audit_between(from, to).await? {
                walk.step(&row, head.0)?;
            }
            faults.extend(if to == head.0 { walk.end(&head).faults } else { walk.up_to(to) });
        }
        tx.rollback().await?;
        Ok(AuditReport { rows, anchor: Anchor::of(head.0, &head.1), faults })
    }

    /// The log as it stands at one instant, with its end.
    async fn audit_now(&self) -> Result<(Transaction, (i64, String))> {
        let statement = match self.dialect {
            Dialect::Sqlite(_) => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let mut tx = Transaction::new(self.pool.begin_with(statement).await?, self.dialect.clone(), None);
        let head = sqlx::query_as("SELECT last, hash FROM audit_head WHERE one = 1").fetch_one(tx.connection()).await?;
        Ok((tx, head))
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

    async fn audit_between(&mut self, from: i64, to: i64) -> Result<Vec<AnyRow>> {
        let query = sqlx::query(
            "SELECT number, at_ms, actor, act, subject, reason, detail, previous, hash FROM audit
             WHERE number >= $1 AND number <= $2 ORDER BY number",
        );
        Ok(query.bind(from).bind(to).fetch_all(self.connection()).await?)
    }
}

/// Each row with those on either side of it, what touches in one.
fn stretches(numbers: &[i64], last: i64) -> Vec<(i64, i64)> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        let (from, to) = (number.saturating_sub(1).max(1), number.saturating_add(1).min(last));
        match stretches.last_mut() {
            Some((_, end)) if from <= *end => *end = to,
            Some(_) | None => stretches.push((from, to)),
        }
    }
    stretches
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

    /// From this row on; what stands before it is not looked at.
    fn from(number: i64) -> Walk<'a> {
        let whole = Walk::new(None);
        if number <= 1 { whole } else { Walk { before: (number - 1, String::new(), false), ..whole } }
    }

    /// What was found on the way to this row.
    fn up_to(mut self, number: i64) -> Vec<AuditFault> {
        if self.before.0 < number {
            self.faults.push(AuditFault::Removed(self.before.0 + 1, number));
        }
        self.faults
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
mod tests;
