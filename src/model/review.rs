//! A review (评审): by which criteria cases are judged, who judges, and what came of it. The rules stand in the campaign
//! file; a round keeps those by which it was opened.

use super::campaign::Basis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Each criterion is judged by 0 to this many points.
pub const FULL: u32 = 100;

/// `[review]` of the campaign file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRules {
    /// Whether the reviewers may know whose case it is.
    pub mode: ReviewMode,
    /// How many judge each case.
    pub per_case: u32,
    /// Whether nobody judges cases of the own city or prefecture (省直 is none).
    pub exclude_region: bool,
    /// How long the public notice runs; 0: none is given.
    pub notice_working_days: u32,
    /// A reviewer's total that is further from the case's median than this many points is told as an outlier.
    pub outlier: u32,
    /// A case whose highest and lowest total are further apart than this many points is told as disagreed on.
    pub disagreement: u32,
    /// Where it comes from.
    pub basis: Basis,
    /// The criteria, in the order of the scoring sheet.
    #[serde(rename = "criterion")]
    pub criteria: Vec<Criterion>,
}

/// Blind or open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReviewMode {
    /// 盲评.
    Blind,
    /// 公开署名评审.
    Open,
}

impl ReviewMode {
    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            ReviewMode::Blind => "盲评（隐去单位和人员）",
            ReviewMode::Open => "实名评审（不隐去单位）",
        }
    }
}

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its key, such as `innovation`.
    pub id: String,
    /// 创新性.
    pub name: String,
    /// Its part of the total, in percent.
    pub weight: u32,
    /// What a reviewer looks at.
    #[serde(default)]
    pub note: String,
}

impl Default for ReviewRules {
    /// The notice wants cases that are 创新性、实效性和典型性 (二、（二）) and 具有示范作用 (四、（一）); the weights are the office's.
    fn default() -> ReviewRules {
        let criterion =
            |id: &str, name: &str, weight, note: &str| Criterion { id: id.into(), name: name.into(), weight, note: note.into() };
        ReviewRules {
            mode: ReviewMode::Blind,
            per_case: 3,
            exclude_region: true,
            notice_working_days: 5,
            outlier: 15,
            disagreement: 20,
            basis: Basis::Office,
            criteria: vec![
                criterion("innovation", "创新性", 30, "理念、技术或服务方式有新意，有别于常规做法"),
                criterion("effect", "实效性", 30, "成效真实、可核验，对产业或企业的作用明显"),
                criterion("typicality", "典型性", 20, "问题和做法有代表性，紧扣质量基础设施服务产业发展"),
                criterion("demonstration", "示范性", 20, "可复制、可推广，条理清楚"),
            ],
        }
    }
}

impl ReviewRules {
    /// What is wrong with it, a sentence each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut note = |is_wrong: bool, sentence: String| {
            if is_wrong {
                faults.push(sentence);
            }
        };
        note(self.per_case == 0, "[review] 的 “per_case” 不能为 0，请写每件案例由几位专家评审。".into());
        let total: u32 = self.criteria.iter().fold(0, |sum, criterion| sum.saturating_add(criterion.weight));
        note(total != 100, format!("[[review.criterion]] 的 “weight” 之和是 {total}，应为 100。"));
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        for criterion in &self.criteria {
            let name = criterion.name.trim();
            note(criterion.id.trim().is_empty() || name.is_empty(), "[[review.criterion]] 的 “id” 和 “name” 不能为空。".into());
            note(criterion.weight == 0, format!("[[review.criterion]] “{name}” 的 “weight” 不能为 0。"));
            let is_twice = !ids.insert(criterion.id.as_str()) || !names.insert(name);
            note(is_twice, format!("[[review.criterion]] “{name}” 写了两次，“id” 和 “name” 都不能重复。"));
        }
        faults
    }
}

/// Who judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    /// `P01`, by the order of the roster.
    pub code: String,
    /// The name.
    pub name: String,
    /// Where the reviewer works.
    pub unit: String,
    /// A city or prefecture by its full name, or `province`; none where nothing decides.
    pub region: Option<String>,
    /// The login name, where there is one.
    pub login: Option<String>,
}

/// Why a reviewer doesn't judge a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// The case's own contact.
    Person,
    /// The same unit, or one that applies with it.
    Unit,
    /// The bureau above the unit, or a unit below the bureau.
    Superior,
    /// The same city or prefecture.
    Region,
    /// The reviewer withdrew.
    Recused,
}

impl Bar {
    /// Every one.
    pub const ALL: &[Bar] = &[Bar::Person, Bar::Unit, Bar::Superior, Bar::Region, Bar::Recused];

    /// The key in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Bar::Person => "person",
            Bar::Unit => "unit",
            Bar::Superior => "superior",
            Bar::Region => "region",
            Bar::Recused => "recused",
        }
    }

    /// Parses the stored key.
    pub fn parse(key: &str) -> Option<Bar> {
        Bar::ALL.iter().copied().find(|bar| bar.as_str() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Bar::Person => "本人是案例联系人",
            Bar::Unit => "同一单位",
            Bar::Superior => "上下级单位",
            Bar::Region => "同一市州",
            Bar::Recused => "申请回避",
        }
    }
}

/// What one reviewer gave one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Tenths of points by criterion, in the order of the rules.
    pub tenths: Vec<u32>,
    /// What the reviewer wrote beside it.
    pub remark: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_rules_is_told() {
        assert_eq!(ReviewRules::default().faults(), Vec::<String>::new());
        let mut rules = ReviewRules { per_case: 0, ..ReviewRules::default() };
        rules.criteria[1].name = "创新性".into();
        rules.criteria[2].weight = 0;
        let faults = rules.faults();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults.iter().any(|fault| fault.contains("之和是 80")), "{faults:?}");
    }
}
