//! What the form asks, and the words by which forms and mails are recognised.

use super::Basis;
use serde::{Deserialize, Serialize};

/// Annex 2: its labels, its guidance and its limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRules {
    /// The form's title, for the blank form.
    pub title: String,
    /// The blank form's file name.
    pub file_name: String,
    /// The labels of each field.
    pub labels: Labels,
    /// The words that other labels are made of.
    #[serde(default)]
    pub label_words: LabelWords,
    /// Labels of rows that units add (所属产业, 填报日期 …): their values belong to no field.
    pub other_labels: Vec<String>,
    /// Sentences of the form itself; they don't count as content. Compared without blanks and marks.
    pub guidance: Vec<String>,
    /// The headings within the introduction.
    pub headings: Headings,
    /// Values that say nothing (无, 待定, / …).
    pub empty_values: Vec<String>,
    /// Words of an introduction that only points elsewhere (详见附件 …).
    pub elsewhere: Vec<String>,
    /// 1500字以内.
    pub introduction_words: WordLimit,
}

/// A limit of 字数.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordLimit {
    /// The most that is allowed.
    pub limit: u32,
    /// What is let pass above it.
    pub tolerance: u32,
    /// Where it comes from.
    pub basis: Basis,
}

/// The label of each field, the form's own wording first, then what units make of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// 案例题目.
    pub title: Vec<String>,
    /// 报送单位.
    pub unit: Vec<String>,
    /// 联合申报单位: further units in a row of their own.
    pub joint_unit: Vec<String>,
    /// 案例分类.
    pub category: Vec<String>,
    /// 联系人及电话.
    pub contact: Vec<String>,
    /// 联系人 alone.
    pub contact_name: Vec<String>,
    /// 联系电话 alone.
    pub contact_phone: Vec<String>,
    /// 一、案例介绍.
    pub introduction: Vec<String>,
    /// 二、相关证明材料.
    pub materials: Vec<String>,
    /// 报送单位意见.
    pub opinion: Vec<String>,
}

/// The words that labels are made of, by what they say about the field: 对接人 and 电话 make one of 联系人及电话.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelWords {
    /// 案例.
    pub case: Vec<String>,
    /// 报送, 申报.
    pub act: Vec<String>,
    /// 单位.
    pub unit: Vec<String>,
    /// 名称.
    pub name: Vec<String>,
    /// 题目.
    pub title: Vec<String>,
    /// 分类.
    pub category: Vec<String>,
    /// 联系人.
    pub person: Vec<String>,
    /// 负责人: whose telephone is not the contact's.
    pub leader: Vec<String>,
    /// 电话.
    pub phone: Vec<String>,
    /// 介绍.
    pub text: Vec<String>,
    /// 证明.
    pub proof: Vec<String>,
    /// 材料.
    pub material: Vec<String>,
    /// 意见.
    pub opinion: Vec<String>,
    /// 联合.
    pub together: Vec<String>,
    /// 推荐: by another.
    pub recommend: Vec<String>,
    /// Words that change nothing: 主要, 盖章.
    pub beside: Vec<String>,
}

/// The headings of the introduction's three parts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headings {
    /// 背景和意义.
    pub background: Vec<String>,
    /// 主要做法和创新点.
    pub practices: Vec<String>,
    /// 工作成效.
    pub results: Vec<String>,
    /// Words that stand beside these in a heading (…及社会影响) and make none by themselves.
    pub beside: Vec<String>,
}

/// A category's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// 计量.
    Metrology,
    /// 标准.
    Standards,
    /// 检验检测.
    Inspection,
    /// 认证.
    Certification,
    /// 知识产权: in the notice's text, not on its form; it arrives as 其它.
    IntellectualProperty,
    /// 其它.
    Other,
}

impl Category {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Metrology => "metrology",
            Category::Standards => "standards",
            Category::Inspection => "inspection",
            Category::Certification => "certification",
            Category::IntellectualProperty => "intellectual_property",
            Category::Other => "other",
        }
    }
}

/// One choice of 案例分类.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryRule {
    /// Its key.
    pub id: Category,
    /// The word on the form.
    pub label: String,
    /// Other wordings, longest match first.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether the blank form prints it.
    pub on_form: bool,
}

/// One focus area of the notice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FocusAreaRule {
    /// Its key, such as `small_business`.
    pub id: String,
    /// The notice's words.
    pub label: String,
    /// Words of a form that suggest it.
    pub words: Vec<String>,
}

/// The words by which a mail without a form, or from a machine, is recognised.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// A subject or text that means to submit (报送, 申报 …).
    pub submission: Vec<String>,
    /// A text that asks (请问, 咨询 …): with it and without files, the mail is an inquiry.
    pub inquiry: Vec<String>,
    /// File names of a form (申报表 …).
    pub form_names: Vec<String>,
    /// File names of a scan of the form (盖章, 扫描, 意见 …).
    pub scan_names: Vec<String>,
    /// File names of letters (推荐函, 请示 …).
    pub letter_names: Vec<String>,
    /// File names of summary tables (汇总表 …).
    pub summary_names: Vec<String>,
    /// File names of other evidence: photographs, logos, awards, reports, ledgers.
    pub evidence_names: Vec<String>,
    /// Subjects of automatic answers (自动回复 …).
    pub auto_reply: Vec<String>,
    /// Sentences of automatic answers that no subject tells (这是一封自动回复 …).
    pub auto_reply_text: Vec<String>,
    /// Subjects of delivery failures (退信 …).
    pub bounce: Vec<String>,
    /// Sentences of delivery failures; from a mail system's own address they are enough.
    pub bounce_text: Vec<String>,
    /// Subjects of a mail system's notices about itself (超大附件即将到期, 隔离邮件 …).
    pub notice: Vec<String>,
    /// Subjects by which an earlier mail is called back (撤回 …).
    pub recall: Vec<String>,
    /// Subjects of read receipts (已读回执 …).
    pub read_receipt: Vec<String>,
    /// Links that stand for 超大附件: hosts and phrases.
    pub large_attachment: Vec<String>,
    /// Subjects of mails sent on (转发, Fwd …).
    pub forwarded: Vec<String>,
    /// Markings of classified matter.
    pub classified: Vec<String>,
}
