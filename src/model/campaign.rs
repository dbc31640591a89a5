//! A campaign: one notice as data, read from its TOML file.
//!
//! Everything that a notice settles stands in the file: brand, form, labels, categories, focus areas,
//! windows, activities and reply texts. Next year's notice is a new file and no new code. Every rule
//! says its `basis`: `notice` where the notice says so, `office` where the office decided.

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

/// The reply texts: minijinja templates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replies {
    /// 收件回执.
    pub acknowledgement: ReplyText,
    /// 补正通知.
    pub correction: ReplyText,
    /// No form came.
    pub guidance: ReplyText,
    /// It came after the close.
    pub late: ReplyText,
    /// 待并案: a plain acknowledgement that mentions no other case.
    pub possible_revision: ReplyText,
    /// 汇总回执: what came past the cap of a day. Left out: the usual words.
    #[serde(default = "summary")]
    pub summary: ReplyText,
    /// 补正提醒: before a correction is due or a window closes, and after. Left out: the usual words.
    #[serde(default = "reminder")]
    pub reminder: ReplyText,
    /// 更正: our request was wrong, nothing is to be corrected. Left out: the usual words.
    #[serde(default = "retraction")]
    pub retraction: ReplyText,
    /// 更正: what we told was wrong, and what holds. Left out: the usual words.
    #[serde(default = "amendment")]
    pub amendment: ReplyText,
    /// 退回告知: a person sent a case back. Left out: the usual words.
    #[serde(default = "returned")]
    pub returned: ReplyText,
    /// 答复: around what a person wrote in answer to a question. Left out: the usual words.
    #[serde(default = "answer")]
    pub answer: ReplyText,
    /// 入选通知: the case was selected. Left out: the usual words.
    #[serde(default = "selected")]
    pub selected: ReplyText,
    /// 评审结果告知: it was not. Left out: the usual words.
    #[serde(default = "not_selected")]
    pub not_selected: ReplyText,
}

fn selected() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】入选通知 {{ numbers }} {{ title }}".into(), body: include_str!("selected.txt").into() }
}

fn not_selected() -> ReplyText {
    ReplyText {
        subject: "【{{ brand }}】评审结果告知 {{ numbers }} {{ title }}".into(), body: include_str!("not_selected.txt").into()
    }
}

fn retraction() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】更正 {{ numbers }} {{ title }}".into(), body: include_str!("retraction.txt").into() }
}

fn amendment() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】更正 {{ numbers }} {{ title }}".into(), body: include_str!("amendment.txt").into() }
}

fn returned() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】退回告知 {{ numbers }} {{ title }}".into(), body: include_str!("returned.txt").into() }
}

fn answer() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】答复：{{ original or \"贵单位来信\" }}".into(), body: include_str!("answer.txt").into() }
}

fn reminder() -> ReplyText {
    ReplyText { subject: "【{{ brand }}】补正提醒 {{ numbers }} {{ title }}".into(), body: include_str!("reminder.txt").into() }
}

fn summary() -> ReplyText {
    ReplyText {
        subject: "【{{ brand }}】汇总回执 {{ numbers }} {{ day }}来信".into(), body: include_str!("summary_reply.txt").into()
    }
}

/// One reply's subject and body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyText {
    /// The subject line.
    pub subject: String,
    /// The body from after the 称呼 to before the signature; a blank line parts paragraphs.
    pub body: String,
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
