//! The mailbox as it is now, held against the ledger: each difference with its explanation, and what can be
//! mended of it.
//!
//! It is safe beside a running daemon: what both would record has one place, which is unique. It decides
//! nothing about a mail; what it fetches waits in the inbox like any other.

use super::owed::key;
use super::receive::{Source, row};
use super::{DaemonError, Judge};
use crate::intake::identity::sha256_hex;
use crate::mailbox::{Body, Fetched, Key, Listed, Mailbox, Survey};
use crate::model::reading::StoredFile;
use crate::store::{BlobError, Late, Owed, Part, Place, Recorded};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

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

/// The ledger's side of a mailbox.
struct Ledger {
    recorded: Vec<Recorded>,
    owed: Vec<Owed>,
    last_uid: u32,
    validity: Option<u32>,
    /// Blobs that are not there.
    lost: BTreeSet<String>,
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

/// Every difference, with its explanation.
fn compare(survey: &Survey, ledger: &Ledger, since: Option<Timestamp>) -> Vec<Difference> {
    let here: BTreeMap<String, &Recorded> =
        ledger.recorded.iter().filter(|one| one.uidvalidity == survey.validity).map(|one| (word(&one.place), one)).collect();
    let owed: BTreeMap<String, &Owed> = ledger.owed.iter().map(|owed| (word(&owed.place), owed)).collect();
    let mut listed = BTreeSet::new();
    let mut differences = Vec::new();
    for one in &survey.messages {
        let place = super::receive::place(one.key.clone());
        listed.insert(word(&place));
        differences.extend(match (here.get(&word(&place)), owed.get(&word(&place))) {
            (Some(recorded), _) => of_both(one, recorded, ledger),
            (None, Some(owed)) => Some(of_owed(owed)),
            (None, None) => Some(unrecorded(one, place, ledger, survey, since)),
        });
    }
    let gone = here.values().filter(|one| !listed.contains(&word(&one.place)));
    differences.extend(gone.map(|one| of_gone(one, Kind::Vanished, ledger)));
    let known: BTreeSet<i64> = here.values().map(|one| one.message).collect();
    // What was never read has no hash to be known by again: its instant and size have to do.
    let is_read_since =
        |old: &Recorded| old.part == Part::None && here.values().any(|one| (one.received_ms, one.bytes) == (old.received_ms, old.bytes));
    let mut old: BTreeMap<i64, &Recorded> = BTreeMap::new();
    let elsewhere = ledger.recorded.iter().filter(|one| !known.contains(&one.message) && !is_read_since(one));
    old.extend(elsewhere.map(|one| (one.message, one)));
    differences.extend(old.values().map(|one| of_gone(one, Kind::Renumbered, ledger)));
    differences.extend(owed.values().filter(|owed| !listed.contains(&word(&owed.place))).map(|owed| of_owed(owed)));
    for difference in &mut differences {
        let is_old = matches!(difference.message, Some(message) if !known.contains(&message));
        difference.is_listed = !is_old && listed.contains(&word(&difference.place));
    }
    differences
}

fn word(place: &Place) -> String {
    match place {
        Place::Uid(uid) => format!("{uid:010}"),
        Place::Name(name) => name.clone(),
    }
}

/// It is in the mailbox only.
fn unrecorded(one: &Listed, place: Place, ledger: &Ledger, survey: &Survey, since: Option<Timestamp>) -> Difference {
    let behind = match &one.key {
        Key::Uid { uid, .. } => ledger.validity == survey.validity && *uid <= ledger.last_uid,
        Key::Name(_) => false,
    };
    let renumbered = ledger.validity.is_some() && ledger.validity != survey.validity;
    let too_old = matches!((one.time, since), (Some(time), Some(since)) if time < since);
    let (kind, because) = match (behind, renumbered) {
        (true, _) => (Kind::Missing, "邮箱中有、台账中没有：收信时服务器没有列出它"),
        (false, true) => (Kind::Unread, "邮箱的编号（UIDVALIDITY）已改变，尚未按新编号核对"),
        (false, false) => (Kind::Unread, "邮箱中有、尚未收取"),
    };
    let because = if too_old { format!("{because}；早于起始日期，不会读取") } else { because.to_owned() };
    Difference {
        kind,
        place,
        is_listed: true,
        message: None,
        received: one.time,
        bytes: one.size,
        subject: String::new(),
        because,
        outcome: Outcome::Left,
    }
}

fn of_owed(owed: &Owed) -> Difference {
    Difference {
        kind: Kind::Owed,
        place: owed.place.clone(),
        is_listed: true,
        message: None,
        received: Timestamp::from_millisecond(owed.received_ms).ok(),
        bytes: Some(owed.bytes),
        subject: String::new(),
        because: format!("邮箱列出、取信{}次未成功，还会再取：{}", owed.attempts, owed.last_error),
        outcome: Outcome::Left,
    }
}

/// It is on both sides.
fn of_both(one: &Listed, recorded: &Recorded, ledger: &Ledger) -> Option<Difference> {
    let fault = of_reused(one, recorded).or_else(|| of_record(recorded, ledger));
    let differs = one.size.filter(|size| recorded.part == Part::Whole && *size != recorded.bytes);
    fault.or_else(|| {
        differs.map(|size| {
            let because = format!("服务器所报大小为 {size} 字节，收到 {} 字节，以收到的为准", recorded.bytes);
            difference(recorded, Kind::Size, because, Outcome::Told)
        })
    })
}

/// Another instant and another size: a size alone is often an estimate.
fn of_reused(one: &Listed, recorded: &Recorded) -> Option<Difference> {
    let is_other_time = one.time.is_some_and(|time| time.as_millisecond() != recorded.received_ms) && recorded.received_is_server_time;
    let is_other_size = one.size.is_some_and(|size| size != recorded.bytes);
    (is_other_time && is_other_size && recorded.uidvalidity.is_some()).then(|| Difference {
        message: None,
        received: one.time,
        bytes: one.size,
        subject: String::new(),
        ..difference(recorded, Kind::Reused, "服务器把用过的编号给了另一封邮件，这一封尚未收取".into(), Outcome::Left)
    })
}

/// What the record itself lacks.
fn of_record(recorded: &Recorded, ledger: &Ledger) -> Option<Difference> {
    let is_lost = recorded.sha256.as_ref().is_some_and(|sha256| ledger.lost.contains(sha256));
    match (recorded.part, recorded.disposition.as_deref()) {
        // Classified matter is in no backup: after a restore only the mailbox has it, if anybody.
        _ if is_lost && recorded.is_classified => {
            let because = "疑似涉密，原文不进备份，恢复后本机没有；请按保密规定在邮箱中处置原件".into();
            Some(difference(recorded, Kind::Original, because, Outcome::Told))
        }
        _ if is_lost => Some(difference(recorded, Kind::Original, "邮件原文在本机缺失，或已不是收到时的内容".into(), Outcome::Left)),
        (Part::None, Some("quarantined")) if recorded.is_dismissed => {
            let because = format!("未能读取，已由人工处置：{}", recorded.because);
            Some(difference(recorded, Kind::Quarantined, because, Outcome::Told))
        }
        (Part::None, Some("quarantined")) => Some(difference(recorded, Kind::Quarantined, recorded.because.clone(), Outcome::Left)),
        (_, None) => {
            let because = "已收妥，还没有处理：请运行 zhihui poll；zhihui run 运行中的会自动处理".into();
            Some(difference(recorded, Kind::Undecided, because, Outcome::Left))
        }
        _ => None,
    }
}

/// It is no longer in the mailbox: nothing is wrong with that if its bytes are here.
fn of_gone(recorded: &Recorded, kind: Kind, ledger: &Ledger) -> Difference {
    of_record(recorded, ledger).unwrap_or_else(|| {
        let because = match kind {
            Kind::Renumbered => "按邮箱的旧编号（UIDVALIDITY）收到，新编号下未见；台账和原文仍在",
            _ => "邮箱中已不见（被移走、删除，或服务器只显示近期邮件）；台账和原文仍在",
        };
        difference(recorded, kind, because.into(), Outcome::Told)
    })
}

fn difference(recorded: &Recorded, kind: Kind, because: String, outcome: Outcome) -> Difference {
    Difference {
        kind,
        place: recorded.place.clone(),
        is_listed: true,
        message: Some(recorded.message),
        received: Timestamp::from_millisecond(recorded.received_ms).ok(),
        bytes: Some(recorded.bytes),
        subject: recorded.subject.clone(),
        because,
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(uid: u32) -> Recorded {
        Recorded {
            place: Place::Uid(uid),
            uidvalidity: Some(1),
            message: i64::from(uid),
            sha256: Some(format!("{uid}")),
            part: Part::Whole,
            bytes: 1,
            received_ms: 0,
            received_is_server_time: true,
            disposition: Some("case".into()),
            because: String::new(),
            subject: String::new(),
            is_classified: false,
            is_dismissed: false,
        }
    }

    fn found(recorded: Recorded, lost: &[&str]) -> Option<(Kind, Outcome)> {
        let lost = lost.iter().map(|one| (*one).to_owned()).collect();
        let ledger = Ledger { recorded: Vec::new(), owed: Vec::new(), last_uid: 9, validity: Some(1), lost };
        of_record(&recorded, &ledger).map(|difference| (difference.kind, difference.outcome))
    }

    #[test]
    fn what_a_person_has_seen_to_is_told_and_left_alone() {
        let unread = || Recorded { part: Part::None, sha256: None, disposition: Some("quarantined".into()), ..recorded(1) };
        assert_eq!(found(unread(), &[]), Some((Kind::Quarantined, Outcome::Left)));
        assert_eq!(found(Recorded { is_dismissed: true, ..unread() }, &[]), Some((Kind::Quarantined, Outcome::Told)));
    }

    #[test]
    fn what_no_backup_holds_is_not_missing_after_a_restore() {
        assert_eq!(found(recorded(1), &["1"]), Some((Kind::Original, Outcome::Left)));
        assert_eq!(found(Recorded { is_classified: true, ..recorded(1) }, &["1"]), Some((Kind::Original, Outcome::Told)));
        assert_eq!(found(recorded(1), &[]), None);
    }
}
