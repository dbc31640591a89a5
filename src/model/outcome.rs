//! What selection makes of a case (评审结果), and which step may follow which.

use serde::{Deserialize, Serialize};

/// Where a case stands in selection. None is: nothing was decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 拟入选.
    Proposed,
    /// 公示中.
    InNotice,
    /// 有异议.
    Objected,
    /// 入选.
    Selected,
    /// 不予采用.
    NotSelected,
    /// 已报送: selected, and sent on.
    Referred,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &[Outcome] =
        &[Outcome::Proposed, Outcome::InNotice, Outcome::Objected, Outcome::Selected, Outcome::NotSelected, Outcome::Referred];

    /// The key in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Proposed => "proposed",
            Outcome::InNotice => "in_notice",
            Outcome::Objected => "objected",
            Outcome::Selected => "selected",
            Outcome::NotSelected => "not_selected",
            Outcome::Referred => "referred",
        }
    }

    /// Parses the stored key.
    pub fn parse(key: &str) -> Option<Outcome> {
        Outcome::ALL.iter().copied().find(|outcome| outcome.as_str() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Proposed => "拟入选",
            Outcome::InNotice => "公示中",
            Outcome::Objected => "有异议",
            Outcome::Selected => "入选",
            Outcome::NotSelected => "不予采用",
            Outcome::Referred => "已报送",
        }
    }

    /// By its key or its Chinese word.
    pub fn named(word: &str) -> Option<Outcome> {
        Outcome::ALL.iter().copied().find(|outcome| outcome.as_str() == word || outcome.label() == word)
    }

    /// Whether the public may be told: it is selected for good.
    pub fn is_public(self) -> bool {
        matches!(self, Outcome::Selected | Outcome::Referred)
    }

    /// What may come next. An error that is found late can still be put right: 入选 may be taken back, 不予采用 reconsidered.
    pub fn next(before: Option<Outcome>) -> &'static [Outcome] {
        match before {
            None => &[Outcome::Proposed, Outcome::NotSelected],
            Some(Outcome::Proposed) => &[Outcome::InNotice, Outcome::Selected, Outcome::NotSelected],
            Some(Outcome::InNotice) => &[Outcome::Objected, Outcome::Selected, Outcome::NotSelected],
            Some(Outcome::Objected) => &[Outcome::InNotice, Outcome::Selected, Outcome::NotSelected],
            Some(Outcome::Selected) => &[Outcome::Referred, Outcome::NotSelected],
            Some(Outcome::NotSelected) => &[Outcome::Proposed],
            Some(Outcome::Referred) => &[],
        }
    }

    /// Whether it may follow `before`.
    pub fn may_follow(self, before: Option<Outcome>) -> bool {
        Outcome::next(before).contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_words_are_read_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
            assert_eq!(Outcome::named(outcome.label()), Some(*outcome));
            assert_eq!(serde_json::json!(outcome), outcome.as_str());
        }
    }

    #[test]
    fn nothing_is_selected_unproposed_and_nothing_referred_unselected() {
        let may = |before: Option<Outcome>, after: Outcome| after.may_follow(before);
        assert!(!may(None, Outcome::Selected) && !may(None, Outcome::InNotice));
        for before in Outcome::ALL {
            assert_eq!(may(Some(*before), Outcome::Referred), *before == Outcome::Selected, "{before:?}");
            assert!(!may(Some(*before), *before));
        }
    }
}
