//! What a mailbox lists against what the ledger has of it: every difference, explained.

use super::super::receive::place as place_of;
use super::{Difference, Kind, Outcome};
use crate::mailbox::{Key, Listed, Survey};
use crate::store::{Owed, Part, Place, Recorded};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The ledger's side of a mailbox.
pub(super) struct Ledger {
    pub(super) recorded: Vec<Recorded>,
    pub(super) owed: Vec<Owed>,
    pub(super) last_uid: u32,
    pub(super) validity: Option<u32>,
    /// Blobs that are not there.
    pub(super) lost: BTreeSet<String>,
}

/// Every difference, with its explanation.
pub(super) fn compare(survey: &Survey, ledger: &Ledger, since: Option<Timestamp>) -> Vec<Difference> {
    let here: BTreeMap<String, &Recorded> =
        ledger.recorded.iter().filter(|one| one.uidvalidity == survey.validity).map(|one| (word(&one.place), one)).collect();
    let owed: BTreeMap<String, &Owed> = ledger.owed.iter().map(|owed| (word(&owed.place), owed)).collect();
    let mut listed = BTreeSet::new();
    let mut differences = Vec::new();
    for one in &survey.messages {
        let place = place_of(one.key.clone());
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

pub(super) fn word(place: &Place) -> String {
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
