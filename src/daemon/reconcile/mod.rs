//! The mailbox as it is now, held against the ledger: each difference with its explanation, and what can be
//! mended of it.
//!
//! It is safe beside a running daemon: what both would record has one place, which is unique. It decides
//! nothing about a mail; what it fetches waits in the inbox like any other.

mod compare;

use self::compare::{Ledger, compare, word};
use super::owed::key;
use super::receive::{Source, row};
use super::{DaemonError, Judge};
use crate::intake::identity::sha256_hex;
use crate::mailbox::{Body, Fetched, Mailbox, Survey};
use crate::model::reading::StoredFile;
use crate::store::{BlobError, Late, Part, Place};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is in the mailbox and not in the ledger, which is already further.
    Missing,
    /// It came after the ledger's position.
    Unread,
    /// The UID was another mail's, which the ledger has: the server gave it away again.
    Reused,
    /// It was listed and not given, and will be asked for again.
    Owed,
    /// It was never given, and is in quarantine.
    Quarantined,
    /// Its bytes are no longer where they were stored.
    Original,
    /// It is stored and has no disposition yet.
    Undecided,
    /// The server tells another size than it gave.
    Size,
    /// It is no longer in the mailbox.
    Vanished,
    /// It was met under an earlier UIDVALIDITY, and not under this one.
    Renumbered,
}

/// Whether anything remains to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Yes.
    Left,
    /// It was mended.
    Mended,
    /// No: it is only told.
    Told,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// Where it is, or was.
    pub place: Place,
    /// Whether it is there now, so that it can be asked for.
    pub is_listed: bool,
    /// The mail's row in the ledger.
    pub message: Option<i64>,
    /// When it was received.
    pub received: Option<Timestamp>,
    /// Its size.
    pub bytes: Option<u64>,
    /// Its subject, where it was read.
    pub subject: String,
    /// In Chinese.
    pub because: String,
    /// Whether anything remains.
    pub outcome: Outcome,
}

/// Whether differences are only told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// They are.
    No,
    /// What can be is mended.
    Yes,
}

/// How closely what is kept is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Whether it is there.
    Names,
    /// Whether it is what it was.
    Bytes,
}

/// How a mailbox and its ledger compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Mails in the mailbox.
    pub listed: usize,
    /// Mails in the ledger.
    pub recorded: usize,
    /// Those of them that are older than the mailbox's `since`.
    pub skipped: usize,
    /// What differs, the faults first.
    pub differences: Vec<Difference>,
}

impl Source {
    /// Compares, and mends where it is told to.
    pub async fn reconcile(&self, judge: &Judge, mend: Mend, depth: Depth) -> Result<Reconciled, DaemonError> {
        let mut mailbox = self.open(judge).await?;
        let survey = mailbox.survey().await.map_err(|source| self.fault(source))?;
        let ledger = self.ledger(&survey, judge, depth).await?;
        let mut differences = compare(&survey, &ledger, self.since);
        if mend == Mend::Yes {
            for difference in &mut differences {
                self.mend(difference, &mut mailbox, survey.validity, judge).await?;
            }
        }
        mailbox.close().await;
        differences.sort_by_key(|difference| (difference.outcome == Outcome::Told, difference.kind));
        let mails: BTreeSet<i64> = ledger.recorded.iter().map(|one| one.message).collect();
        let skipped = ledger.recorded.iter().filter(|one| one.disposition.as_deref() == Some("skipped")).map(|one| one.message);
        Ok(Reconciled {
            listed: survey.messages.len(),
            recorded: mails.len(),
            skipped: skipped.collect::<BTreeSet<_>>().len(),
            differences,
        })
    }

    /// When the mails were received that the ledger has of this UIDVALIDITY, and the mailbox no longer lists.
    pub async fn vanished(&self, judge: &Judge, survey: &Survey) -> Result<Vec<i64>, DaemonError> {
        let listed: BTreeSet<String> = survey.messages.iter().map(|one| word(&super::receive::place(one.key.clone()))).collect();
        let recorded = judge.store.recorded(&self.mailbox.name).await?;
        let gone = recorded.into_iter().filter(|one| one.uidvalidity == survey.validity && !listed.contains(&word(&one.place)));
        Ok(gone.map(|one| one.received_ms).collect())
    }

    async fn ledger(&self, survey: &Survey, judge: &Judge, depth: Depth) -> Result<Ledger, DaemonError> {
        let name = &self.mailbox.name;
        let progress = judge.store.progress(name).await?;
        let recorded = judge.store.recorded(name).await?;
        let kept: BTreeSet<String> = recorded.iter().filter_map(|one| one.sha256.clone()).collect();
        let lost = match depth {
            Depth::Names => judge.blobs.absent(kept).await?,
            Depth::Bytes => changed(kept, judge).await?,
        };
        let owed = judge.store.owed(name, survey.validity).await?;
        Ok(Ledger { recorded, owed, last_uid: progress.last_uid, validity: progress.uidvalidity, lost })
    }

    /// Fetches what is missing. What the mailbox doesn't give either stays as it is, with the reason.
    async fn mend(
        &self,
        difference: &mut Difference,
        mailbox: &mut Mailbox,
        validity: Option<u32>,
        judge: &Judge,
    ) -> Result<(), DaemonError> {
        if difference.outcome != Outcome::Left || difference.kind == Kind::Undecided || !difference.is_listed {
            return Ok(());
        }
        let fetched = mailbox.again(&key(&difference.place, validity)).await.map_err(|source| self.fault(source))?;
        let (outcome, because) = match fetched {
            None => (Outcome::Left, format!("{}；再取时邮箱里已没有这封邮件", difference.because)),
            Some(Fetched { body: Body::Failed(reason), .. }) => (Outcome::Left, format!("{}；再取仍未成功：{reason}", difference.because)),
            Some(fetched) => self.keep_mended(difference, fetched, validity, judge).await?,
        };
        (difference.outcome, difference.because) = (outcome, because);
        Ok(())
    }

    async fn keep_mended(
        &self,
        difference: &Difference,
        fetched: Fetched,
        validity: Option<u32>,
        judge: &Judge,
    ) -> Result<(Outcome, String), DaemonError> {
        let waits = || (Outcome::Mended, "已补收，待处理（下次运行 zhihui poll 时处理；zhihui run 运行中的自动处理）".to_owned());
        let is_skipped = fetched.body == Body::Skipped;
        match (difference.kind, difference.message) {
            (Kind::Original, _) => self.keep_original(difference, fetched, judge).await,
            (Kind::Quarantined, Some(message)) => {
                let (row, bytes) = row(fetched, judge.clock.now());
                let Some(bytes) = bytes else { return Ok((Outcome::Left, difference.because.clone())) };
                let part = if row.state == crate::store::ReceivedState::HeaderOnly { Part::Header } else { Part::Whole };
                let sha256 = judge.blobs.add_all(vec![bytes]).await?.concat();
                judge.store.arrived_late(&Late { message, sha256: &sha256, part, bytes: row.bytes }).await?;
                Ok(waits())
            }
            _ => {
                if let (Kind::Reused, Place::Uid(uid), Some(validity)) = (difference.kind, &difference.place, validity) {
                    judge.store.free_place(&self.mailbox.name, validity, *uid).await?;
                }
                self.keep(vec![fetched], validity, 0, judge).await?;
                judge.store.settle_owed(&self.mailbox.name, validity, &difference.place).await?;
                Ok(if is_skipped {
                    (Outcome::Mended, "早于本邮箱设定的起始日期，已记入台账，不读取".to_owned())
                } else {
                    waits()
                })
            }
        }
    }

    /// Only the very same bytes take the place of the lost ones.
    async fn keep_original(&self, difference: &Difference, fetched: Fetched, judge: &Judge) -> Result<(Outcome, String), DaemonError> {
        let (_, bytes) = row(fetched, judge.clock.now());
        let file = bytes.map(|bytes| StoredFile { sha256: sha256_hex(&bytes), bytes: bytes.into() });
        let known = judge.store.recorded(&self.mailbox.name).await?;
        let is_same =
            |sha256: &str| known.iter().any(|one| Some(one.message) == difference.message && one.sha256.as_deref() == Some(sha256));
        match file.filter(|file| is_same(&file.sha256)) {
            Some(file) => {
                judge.blobs.put_all(vec![file]).await?;
                Ok((Outcome::Mended, "原文已从邮箱重新取回，与当初收到的一致".to_owned()))
            }
            None => Ok((Outcome::Left, format!("{}；邮箱中的邮件与当初收到的不同，请从备份恢复", difference.because))),
        }
    }
}

/// Those that are not there, or not as they were kept.
async fn changed(kept: BTreeSet<String>, judge: &Judge) -> Result<BTreeSet<String>, DaemonError> {
    let mut lost = BTreeSet::new();
    for sha256 in kept {
        match judge.blobs.get(&sha256).await {
            Ok(_) => {}
            Err(BlobError::Missing(_) | BlobError::Changed(_)) => drop(lost.insert(sha256)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(lost)
}
