//! The collection windows: an instant into its month and batch (design rules 6 and 7).
//!
//! Every interval is half-open and runs in Asia/Shanghai.

use crate::intake::check::defect;
use crate::model::campaign::Calendar;
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::reading::{Clocks, WindowPlace};
use crate::model::time;
use jiff::{SignedDuration, Timestamp};

/// Places a case by the instant at which the mailbox's server took its mail.
///
/// What came before the opening keeps its month and belongs to the first batch.
pub fn place(received: Timestamp, calendar: &Calendar) -> WindowPlace {
    let day = time::local(received).date();
    if day >= calendar.closes {
        return WindowPlace { month: None, batch: None, late: true };
    }
    let batch = if day < calendar.opens {
        calendar.batches.first()
    } else {
        calendar.batches.iter().find(|batch| batch.from <= day && day < batch.until)
    };
    WindowPlace { month: Some(format!("{:04}-{:02}", day.year(), day.month())), batch: batch.map(|batch| batch.id.clone()), late: false }
}

/// The mailbox's server and the one that received the mail are one, or stand side by side: they differ by seconds.
const SAME_SERVER: SignedDuration = SignedDuration::from_hours(1);
/// A sender's clock may be off by a time zone; beyond that it contradicts.
const SENDER: SignedDuration = SignedDuration::from_hours(24);

/// Whether the clocks disagree so far that a coordinator has to look: the servers' between themselves, or the sender's
/// so that the case would stand elsewhere.
pub fn doubt(clocks: &Clocks, calendar: &Calendar) -> Option<Defect> {
    let used = clocks.internaldate.or(clocks.received).or(clocks.date);
    let told = |at: Timestamp| time::local(at).strftime("%Y年%-m月%-d日 %H:%M:%S").to_string();
    let check = |message| defect(DefectCode::WindowDoubtful, None, Severity::Check, message);
    let Some(used) = used else {
        return Some(check("邮件没有可靠的收到时刻，暂按文件时间确定征集窗口，请核对".to_owned()));
    };
    if let (Some(server), Some(received)) = (clocks.internaldate, clocks.received)
        && apart(server, received) > SAME_SERVER
    {
        return Some(check(format!(
            "邮箱记录的收到时刻是{}，邮件头最上一条 Received 是{}，相差较大，征集窗口按前者确定，请核对",
            told(server),
            told(received)
        )));
    }
    let sent = clocks.date.filter(|sent| apart(used, *sent) > SENDER && place(*sent, calendar) != place(used, calendar))?;
    Some(check(format!("收到时刻是{}，发件人写的发出时刻是{}，分属不同征集窗口，窗口按前者确定，请核对", told(used), told(sent))))
}

fn apart(one: Timestamp, other: Timestamp) -> SignedDuration {
    one.duration_since(other).abs()
}

/// One window of a campaign, with its instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// `2023-06`, `2023-H1`.
    pub id: String,
    /// 上半年阶段性征集; a month's is 2023年6月常态化征集.
    pub name: String,
    /// Whether it is a batch (阶段性) or a month (常态化).
    pub is_batch: bool,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant that no longer belongs.
    pub until: Timestamp,
}

/// Every window of a campaign: its months, then its batches. The first month begins with the opening.
pub fn all(calendar: &Calendar) -> Vec<Window> {
    let window = |id: String, name: String, is_batch, from, until| {
        Some(Window { id, name, is_batch, from: time::start_of(from)?, until: time::start_of(until)? })
    };
    let mut windows = Vec::new();
    let mut day = calendar.opens;
    while day < calendar.closes {
        let Some(next) = day.last_of_month().tomorrow().ok().map(|next| next.min(calendar.closes)) else { break };
        let id = format!("{:04}-{:02}", day.year(), day.month());
        windows.extend(window(id, format!("{}年{}月常态化征集", day.year(), day.month()), false, day, next));
        day = next;
    }
    windows.extend(calendar.batches.iter().filter_map(|batch| window(batch.id.clone(), batch.name.clone(), true, batch.from, batch.until)));
    windows
}

/// The place of a case that a coordinator puts into this window by name; none where the campaign hasn't it.
pub fn by_name(name: &str, calendar: &Calendar) -> Option<WindowPlace> {
    let window = all(calendar).into_iter().find(|window| window.id == name)?;
    if window.is_batch {
        return Some(WindowPlace { month: None, batch: Some(window.id), late: false });
    }
    Some(place(window.from, calendar))
}

#[cfg(test)]
mod tests;
