//! A campaign: one notice as data, read from its TOML file.
//!
//! Everything that a notice settles stands in the file: brand, form, labels, categories, focus areas,
//! windows, activities and reply texts. Next year's notice is a new file and no new code. Every rule
//! says its `basis`: `notice` where the notice says so, `office` where the office decided.

mod form;
mod replies;

pub use form::{Category, CategoryRule, FocusAreaRule, FormRules, Headings, LabelWords, Labels, WordLimit, Words};
pub use replies::{Replies, ReplyText};

use super::review::ReviewRules;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The whole campaign file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// Its key, such as `2023`.
    pub id: String,
    /// What stands before the running number of a case: `JCZH-2023`.
    pub number_prefix: String,
    /// The notice's title.
    pub title: String,
    /// Brand and slogan.
    pub brand: Brand,
    /// Who signs.
    pub office: Office,
    /// Opening, close and batches.
    pub calendar: Calendar,
    /// Annex 2.
    pub form: FormRules,
    /// 案例分类, in the form's order.
    #[serde(rename = "category")]
    pub categories: Vec<CategoryRule>,
    /// 重点方面.
    #[serde(rename = "focus_area")]
    pub focus_areas: Vec<FocusAreaRule>,
    /// The words by which mails are recognised.
    pub words: Words,
    /// The reply texts.
    pub replies: Replies,
    /// How cases are judged and selected. Left out: the usual criteria.
    #[serde(default)]
    pub review: ReviewRules,
    /// Annex 1.
    #[serde(rename = "activity", default)]
    pub activities: Vec<Activity>,
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The notice says so.
    Notice,
    /// The office decided so.
    Office,
}

/// Brand and slogan, on everything that goes out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// 荆楚质汇.
    pub name: String,
    /// 筑基赋能 聚力先行——湖北质量基础设施.
    pub slogan: String,
    /// Where it comes from.
    pub basis: Basis,
}

/// Who signs the replies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// 省市场监管局“51020”专班.
    pub signature: String,
    /// The contact that the notice names, such as `张老师 027-12345678`; empty where left out.
    #[serde(default)]
    pub contact: String,
    /// Where units are to answer, such as `cases@example.com`; empty: to whom the replies come from. Where several campaigns
    /// send from one address, each has its own here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reply_to: String,
    /// The sentence at the foot of every mail.
    pub foot: String,
}

/// When the collection runs. Days are Asia/Shanghai; every interval is half-open.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The first day.
    pub opens: Date,
    /// The first day that is too late.
    pub closes: Date,
    /// Where opening and close come from.
    pub basis: Basis,
    /// 阶段性征集, in order.
    #[serde(rename = "batch")]
    pub batches: Vec<Batch>,
}

/// One batch (阶段性征集).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// `2023-H1`.
    pub id: String,
    /// 上半年阶段性征集.
    pub name: String,
    /// The first day; what came before the opening belongs to the first batch.
    pub from: Date,
    /// The first day that no longer belongs.
    pub until: Date,
    /// Where it comes from.
    pub basis: Basis,
}

/// One row of Annex 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// 时间, as the notice words it.
    pub time: String,
    /// 活动事项.
    pub item: String,
    /// 主办处室/单位.
    pub hosts: Vec<String>,
    /// The first day.
    pub from: Date,
    /// The first day after.
    pub until: Date,
    /// The weekday of one that recurs (`thursday`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekday: Option<String>,
    /// After how many months one recurs (每月: 1, 每季度: 3), on the day of `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_months: Option<u8>,
    /// How exactly the time is known.
    #[serde(default, skip_serializing_if = "Certainty::is_settled")]
    pub certainty: Certainty,
}

/// How exactly the time of an activity is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// As it is written.
    #[default]
    Settled,
    /// About then (前后, 暂定).
    About,
    /// Not yet (待定): somewhen between its days.
    Open,
}

impl Certainty {
    /// Whether it is as it is written.
    pub fn is_settled(&self) -> bool {
        *self == Certainty::Settled
    }

    /// What a table adds to the time.
    pub fn label(self) -> &'static str {
        match self {
            Certainty::Settled => "",
            Certainty::About => "（大致时间）",
            Certainty::Open => "（时间待定）",
        }
    }
}
