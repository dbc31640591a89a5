//! What one mail was read as: the object that `inspect --format jsonl` prints, and what goes with it.
//!
//! The shapes and keys of [`Reading`] are a contract (missing values are `null` or `[]`).

mod intake;

pub use self::intake::{
    AnnotatedForm, Authentication, CaseTrace, ClockSource, Clocks, DeliveryReport, FieldTrace, FileText, Intake, StoredFile, Thread,
};
use crate::model::{
    address::Address,
    campaign::Category,
    defect::{Defect, Severity},
    document::Format,
    message::Kind,
};
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
