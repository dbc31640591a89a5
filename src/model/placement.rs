//! Where a revision leaves its case, by which rule, and by which instants (design rule 8).

use crate::model::campaign::Basis;
use crate::model::reading::WindowPlace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a case came to its windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The windows from now on.
    pub place: WindowPlace,
    /// The rule that applied.
    pub rule: PlacementRule,
    /// When the mail was received that this was decided on.
    pub received: Timestamp,
    /// When the correction request was sent with which the period began.
    pub request_sent: Option<Timestamp>,
    /// The end of the period.
    pub deadline: Option<Timestamp>,
}

/// How a case went until now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// Where it stands.
    pub place: WindowPlace,
    /// Whether it was complete once.
    pub was_complete: bool,
    /// Whether a person settled its place.
    pub is_ruled: bool,
    /// What asked the unit to correct it, in the order of sending.
    pub requests: Vec<Request>,
}

/// What asked a unit to correct a case and reached it: a correction request, or a summary reply that lists what is lacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When the mail was received that it answers.
    pub asked: Timestamp,
    /// When the server took it.
    pub sent: Timestamp,
    /// The deadline that it told.
    pub until: Option<Timestamp>,
}

/// The rule that places a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementRule {
    /// By its first form.
    FirstForm,
    /// It still lacks something: it keeps its place for now.
    Incomplete,
    /// It was complete before.
    CompleteBefore,
    /// It became complete before any request was sent.
    NotYetAsked,
    /// It became complete within the period.
    WithinPeriod,
    /// It became complete after the period: by that day.
    BecameComplete,
    /// A person settled it.
    Ruling,
}

impl PlacementRule {
    /// Where it comes from: that a correction keeps its place is the office's rule, not the notice's (design rule 8).
    pub fn basis(self) -> Basis {
        match self {
            PlacementRule::FirstForm => Basis::Notice,
            PlacementRule::Incomplete
            | PlacementRule::CompleteBefore
            | PlacementRule::NotYetAsked
            | PlacementRule::WithinPeriod
            | PlacementRule::BecameComplete
            | PlacementRule::Ruling => Basis::Office,
        }
    }

    /// What is shown to people.
    pub fn label(self) -> &'static str {
        match self {
            PlacementRule::FirstForm => "按首次收到申报表的时刻",
            PlacementRule::Incomplete => "尚未补齐，暂留原窗口",
            PlacementRule::CompleteBefore => "此前已补齐，保留原窗口",
            PlacementRule::NotYetAsked => "补正通知发出前已补齐，保留原窗口",
            PlacementRule::WithinPeriod => "补正期限内补齐，保留原窗口",
            PlacementRule::BecameComplete => "超过补正期限，按补齐的时刻",
            PlacementRule::Ruling => "按人工确定",
        }
    }
}
