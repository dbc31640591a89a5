//! What one mail was read as: the object that `inspect --format jsonl` prints, and what goes with it.
//!
//! The shapes and keys of [`Reading`] are a contract (missing values are `null` or `[]`).

use crate::model::{
    address::Address,
    campaign::Category,
    defect::{Defect, DefectCode, Severity},
    document::Format,
    message::Kind,
    sender::Handover,
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One mail, understood without any knowledge of earlier mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The mail itself.
    pub message: MessageSummary,
    /// What kind of mail it is.
    pub kind: Kind,
    /// A case for each application form.
    pub cases: Vec<CaseReading>,
    /// Files that belong to no single case.
    pub evidence: Vec<Evidence>,
    /// Defects that belong to no single case.
    pub defects: Vec<Defect>,
}

/// The mail's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSummary {
    /// `Message-ID` with its angle brackets.
    pub message_id: Option<String>,
    /// Who wrote it.
    pub from: Address,
    /// Its subject, decoded.
    pub subject: String,
    /// When the mailbox's server took it, RFC 3339 in +08:00.
    pub received_at: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its raw bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// One application form, read and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReading {
    /// The file that the form stood in.
    pub form: FormFile,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// Further units of a joint application (联合申报).
    pub joint_units: Vec<String>,
    /// A city or prefecture by its full name, or `province`; `null` where nothing decides.
    pub region: Option<String>,
    /// How it came.
    pub channel: Channel,
    /// 案例分类, in the form's order.
    pub categories: Vec<Category>,
    /// The text beside 其它.
    pub category_other: Option<String>,
    /// 联系人及电话.
    pub contact: Contact,
    /// Further contacts.
    pub more_contacts: Vec<Contact>,
    /// 一、案例介绍.
    pub introduction: Introduction,
    /// 二、相关证明材料, as text.
    pub materials: Option<String>,
    /// 报送单位意见.
    pub opinion: Opinion,
    /// 加盖公章.
    pub seal: Seal,
    /// Suggested focus areas with the words that led to each.
    pub focus_areas: Vec<FocusArea>,
    /// Where it is placed.
    pub window: WindowPlace,
    /// Its state by itself, before earlier mails are considered.
    pub status: CaseStatus,
    /// Everything that is wrong or doubtful.
    pub defects: Vec<Defect>,
    /// The other files that go with it.
    pub evidence: Vec<Evidence>,
    /// Its number in the summary table of the bureau that sent it; `null` without one.
    #[serde(default)]
    pub order: Option<u32>,
}

impl CaseReading {
    /// Whether the unit has something to mend.
    pub fn lacks_something(&self) -> bool {
        self.defects.iter().any(|defect| defect.severity == Severity::Correct)
    }
}

/// The file that a form was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFile {
    /// Its name, with the archives and messages it lay in before it: `材料.zip/申报表.docx`.
    pub file: String,
    /// Its format.
    pub format: Format,
}

/// How a case reached the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// 直接报送.
    Direct,
    /// 地方征集: sent on by a city or prefecture bureau.
    Local,
}

impl Channel {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Direct => "direct",
            Channel::Local => "local",
        }
    }
}

/// A person to call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name.
    pub name: Option<String>,
    /// National digits: `19900009037`, `0719-5526248`, `0719-5526248转801`.
    pub phones: Vec<String>,
}

/// 案例介绍 without the form's own guidance and headings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// 背景和意义.
    pub background: Option<String>,
    /// 主要做法和创新点.
    pub practices: Option<String>,
    /// 工作成效.
    pub results: Option<String>,
    /// The unit's words, paragraphs joined by a line feed.
    pub text: Option<String>,
    /// 字数 as Word and WPS count it.
    pub words: u32,
}

/// 报送单位意见.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// The unit's words.
    pub text: Option<String>,
    /// The date written there, `2023-05-23`.
    pub date: Option<String>,
}

/// Whether the official seal is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seal {
    /// A stamp was found (疑似有章).
    Present,
    /// Something could carry one, but none can be made out: a coordinator looks.
    Unverified,
    /// Nothing could carry one: a defect.
    Absent,
}

impl Seal {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Seal::Present => "present",
            Seal::Unverified => "unverified",
            Seal::Absent => "absent",
        }
    }
}

/// A suggested focus area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FocusArea {
    /// Its key in the campaign file.
    pub id: String,
    /// The words of the form that led to it.
    pub because: Vec<String>,
}

/// The windows that a case is placed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// `2023-06`; `null` when late.
    pub month: Option<String>,
    /// `2023-H1`; `null` in December and when late.
    pub batch: Option<String>,
    /// Whether it came after the close.
    pub late: bool,
}

/// The state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Nothing for the unit to mend.
    Accepted,
    /// The unit has something to mend.
    NeedsCorrection,
    /// It came after the close.
    Late,
    /// 待并案: a coordinator merges or separates it.
    PossibleRevision,
    /// 退回.
    Returned,
    /// Withdrawn.
    Withdrawn,
    /// Merged into another.
    Merged,
}

impl CaseStatus {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseStatus::Accepted => "accepted",
            CaseStatus::NeedsCorrection => "needs_correction",
            CaseStatus::Late => "late",
            CaseStatus::PossibleRevision => "possible_revision",
            CaseStatus::Returned => "returned",
            CaseStatus::Withdrawn => "withdrawn",
            CaseStatus::Merged => "merged",
        }
    }

    /// The state of a case that stands there with this reading: late before needs_correction before accepted.
    pub fn of(reading: &CaseReading, place: &WindowPlace) -> CaseStatus {
        match (place.late, reading.lacks_something()) {
            (true, _) => CaseStatus::Late,
            (false, true) => CaseStatus::NeedsCorrection,
            (false, false) => CaseStatus::Accepted,
        }
    }

    /// What a table shows.
    pub fn label(self) -> &'static str {
        match self {
            CaseStatus::Accepted => "材料齐全",
            CaseStatus::NeedsCorrection => "待补正",
            CaseStatus::Late => "逾期",
            CaseStatus::PossibleRevision => "待并案",
            CaseStatus::Returned => "退回",
            CaseStatus::Withdrawn => "已撤回",
            CaseStatus::Merged => "已并案",
        }
    }

    /// Parses the stored value.
    pub fn parse(value: &str) -> Option<CaseStatus> {
        [
            CaseStatus::Accepted,
            CaseStatus::NeedsCorrection,
            CaseStatus::Late,
            CaseStatus::PossibleRevision,
            CaseStatus::Returned,
            CaseStatus::Withdrawn,
            CaseStatus::Merged,
        ]
        .into_iter()
        .find(|status| status.as_str() == value)
    }
}

/// A file that came with a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its name as data.
    pub name: String,
    /// Its media type, by its bytes where they tell.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// What it is taken for.
    pub role: Role,
    /// What kind of evidence it seems to be; `null` where nothing tells.
    #[serde(default)]
    pub kind: Option<EvidenceKind>,
}

/// What a piece of evidence seems to be, by its name or its first words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// 荣誉、表彰.
    Award,
    /// 媒体宣传.
    Media,
    /// 照片.
    Photo,
    /// 专利、商标、著作权.
    Property,
    /// 证书、资质.
    Certificate,
    /// 合同、协议.
    Contract,
    /// 台账、清单.
    Table,
    /// 标准.
    Standard,
    /// 报告、研究成果.
    Report,
}

/// What a file is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A scan of the form.
    Scan,
    /// Evidence proper.
    Evidence,
    /// The form once more.
    FormCopy,
    /// The introduction as a document of its own.
    CaseText,
    /// 推荐函 or another letter.
    Letter,
    /// 汇总表.
    SummaryTable,
    /// It can't be read.
    Unreadable,
}

impl Role {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Scan => "scan",
            Role::Evidence => "evidence",
            Role::FormCopy => "form_copy",
            Role::CaseText => "case_text",
            Role::Letter => "letter",
            Role::SummaryTable => "summary_table",
            Role::Unreadable => "unreadable",
        }
    }
}

/// Everything that a worker hands back for one mail: the reading, what binds it to earlier mails,
/// how each value was found, and the files to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The contract's object.
    pub reading: Reading,
    /// What ties the mail to others.
    pub thread: Thread,
    /// For each case of [`Reading::cases`], in the same order, how it was read.
    pub traces: Vec<CaseTrace>,
    /// Every distinct file of the mail, by hash, and the copies made of its forms.
    pub files: Vec<StoredFile>,
    /// What its files say, for search.
    #[serde(default)]
    pub texts: Vec<FileText>,
    /// What the mail itself says, as much of it as a person reads.
    #[serde(default)]
    pub said: String,
    /// Where a stamp was found in a mail that brings no form: an earlier form's page may have followed.
    #[serde(default)]
    pub stamp: Option<FieldTrace>,
    /// Why the mail must go to quarantine instead of being judged, if it must.
    pub quarantine: Option<String>,
    /// What each clock says about when it came.
    #[serde(default)]
    pub clocks: Clocks,
}

/// When a mail came, by every clock that says anything, and which of them is believed (design rule 6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// Whose instant counts.
    pub source: ClockSource,
    /// The mailbox's server (IMAP INTERNALDATE).
    pub internaldate: Option<Timestamp>,
    /// The topmost `Received`, which the receiving server wrote.
    pub received: Option<Timestamp>,
    /// The sender's `Date`.
    pub date: Option<Timestamp>,
}

/// Which clock counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockSource {
    /// The mailbox's server.
    Internaldate,
    /// The topmost `Received`.
    Received,
    /// The sender's `Date`.
    Date,
    /// The time of the file.
    #[default]
    File,
}

impl ClockSource {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ClockSource::Internaldate => "internaldate",
            ClockSource::Received => "received",
            ClockSource::Date => "date",
            ClockSource::File => "file",
        }
    }
}

/// What ties a mail to earlier ones, and tells whether it may be answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The Message-IDs that it answers: `In-Reply-To`, then `References`, newest first.
    pub answers: Vec<String>,
    /// Case numbers that stand in its subject or text.
    pub mentions: Vec<String>,
    /// SHA-256 of the bytes without trace and `X-` header fields: the same mail delivered twice has the same.
    pub stable_sha256: String,
    /// What a bounce or receipt tells of a mail of ours.
    pub report: Option<DeliveryReport>,
    /// Where a reply goes: `Reply-To`, else `From`; `null` where nothing can be answered.
    pub reply_to: Option<Address>,
    /// The verdict on the sender: `authserv_id`'s `Authentication-Results` (RFC 8601), or what we found out ourselves.
    pub authentication: Authentication,
    /// Whether it reads as an automatic answer, though it brings files and no field says so: it changes no case.
    pub perhaps_automatic: bool,
    /// The passwords that it tells, where it brings no file that they could be for: an earlier mail's.
    pub passwords: Vec<String>,
    /// How it was handed over, so that the sender can be looked into.
    pub handover: Handover,
    /// Of what came by hand: the number of the case that it belongs to, as the coordinator says who enters it; empty where none
    /// is told.
    pub handed_for: Option<String>,
}

/// What became of a mail of ours, as another server tells (RFC 3464, RFC 8098, or in its own words).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The Message-ID of the mail that it is about.
    pub message_id: Option<String>,
    /// Addresses in it, in lower case: one of them is whom the mail was for.
    pub recipients: Vec<String>,
    /// Whether nothing more will be tried.
    pub is_final: bool,
    /// The enhanced status code, such as `5.1.1` (RFC 3463).
    pub status: Option<String>,
}

/// What the receiving server found out about the sender (RFC 8601).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// SPF, DKIM or DMARC passed.
    Pass,
    /// It failed: never answered.
    Fail,
    /// Nothing that we believe says anything.
    Unknown,
    /// The office names no server whose verdict counts (`smtp.authserv_id`).
    #[default]
    Unchecked,
}

impl Authentication {
    /// The value in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Authentication::Pass => "pass",
            Authentication::Fail => "fail",
            Authentication::Unknown => "unknown",
            Authentication::Unchecked => "unchecked",
        }
    }
}

/// How a case's values were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseTrace {
    /// SHA-256 of the form's file.
    pub form_sha256: String,
    /// Where each value stood.
    pub fields: Vec<FieldTrace>,
    /// Copies of the form with a comment at each thing to correct; none where none could be written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotated: Vec<AnnotatedForm>,
    /// SHA-256 of the earlier mail whose archive it lay in; the mail that it counts for told the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
}

/// A copy of a form that bears comments, kept among the mail's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnotatedForm {
    /// SHA-256 of the copy.
    pub sha256: String,
    /// The case's defects that it has a comment on, sorted.
    pub notes: Vec<DefectCode>,
}

/// Where one value stood and why it was read so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldTrace {
    /// The field's JSON key.
    pub field: String,
    /// Where: `表1 第3行 第2格`, `第5段`; `第2页 表1 第3行 第2格` in formats that have pages.
    pub place: String,
    /// The label as it stood, or the rule that applied.
    pub because: String,
}

/// The beginning of what a file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileText {
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its text, bounded.
    pub text: String,
}

/// A file to be kept, content-addressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes; carried beside the JSON between processes.
    #[serde(skip)]
    pub bytes: Bytes,
}
