//! Defects: what a unit must correct, or a coordinator must look at.
//!
//! A sender's mistake is a *defect* and all of them are reported at once; a mistake of ours is an
//! error and never stands here.

use serde::{Deserialize, Serialize};

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The unit must mend it; it makes the case `needs_correction`.
    Correct,
    /// A coordinator looks at it; the unit is not bothered.
    Check,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// A defect's stable code, as in the JSON of `inspect`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum DefectCode { $($(#[$doc])* #[serde(rename = $code)] $name,)+ }

        impl DefectCode {
            /// Every code, in the order in which a reply lists them.
            pub const ALL: &[DefectCode] = &[$(DefectCode::$name),+];

            /// The code as it stands in JSON, such as `title.missing`.
            pub const fn as_str(self) -> &'static str {
                match self { $(DefectCode::$name => $code,)+ }
            }
        }
    };
}

codes! {
    /// A submission without the application form.
    FormMissing = "form.missing",
    /// The form came back empty.
    FormBlank = "form.blank",
    /// The form is corrupt or encrypted.
    FormUnreadable = "form.unreadable",
    /// Only a picture of the form came.
    FormScanOnly = "form.scan_only",
    /// The same form came with different contents.
    FormDiffers = "form.differs",
    /// 案例题目 is empty.
    TitleMissing = "title.missing",
    /// 报送单位 is empty.
    UnitMissing = "unit.missing",
    /// Nothing is ticked under 案例分类.
    CategoryMissing = "category.missing",
    /// 其它 is ticked without saying what.
    CategoryOtherUnspecified = "category.other_unspecified",
    /// Something may be a tick; a person decides.
    CategoryDoubtful = "category.doubtful",
    /// No name of a contact.
    ContactMissing = "contact.missing",
    /// No telephone number.
    PhoneMissing = "phone.missing",
    /// What stands as a number is none.
    PhoneInvalid = "phone.invalid",
    /// 案例介绍 is empty.
    IntroductionMissing = "introduction.missing",
    /// 案例介绍 has more characters than the notice allows.
    IntroductionTooLong = "introduction.too_long",
    /// One of the three parts of the introduction is not there.
    IntroductionPartMissing = "introduction.part_missing",
    /// The introduction only points to an attachment.
    IntroductionElsewhere = "introduction.elsewhere",
    /// 报送单位意见 is empty, or says 不同意.
    OpinionMissing = "opinion.missing",
    /// Nothing that came could bear the official seal.
    SealAbsent = "seal.absent",
    /// Something could bear the seal, but it cannot be made out.
    SealUnverified = "seal.unverified",
    /// The seal floats in an editable document.
    SealFloating = "seal.floating",
    /// The seal stands on a letter, an award or somebody else's document.
    SealElsewhere = "seal.elsewhere",
    /// The stamped scan is older than the text that it belongs to.
    SealOutdated = "seal.outdated",
    /// An archive wants a password.
    ArchiveEncrypted = "archive.encrypted",
    /// An archive can't be opened.
    ArchiveUnreadable = "archive.unreadable",
    /// An attachment can't be read.
    EvidenceUnreadable = "evidence.unreadable",
    /// Evidence that fits no single case.
    EvidenceUnassigned = "evidence.unassigned",
    /// What a bureau lists is not what came.
    SummaryMismatch = "summary.mismatch",
    /// A link came in place of a file.
    AttachmentLinkOnly = "attachment.link_only",
    /// The unit is not one that the notice collects from.
    UnitOutOfScope = "unit.out_of_scope",
    /// Nothing decides the region.
    RegionUnknown = "region.unknown",
    /// It came after the close.
    WindowLate = "window.late",
    /// A newer form says something else than what a person settled.
    RulingDiffers = "ruling.differs",
    /// The clocks disagree on when it came.
    WindowDoubtful = "window.doubtful",
    /// A marking of classified matter.
    MessageClassified = "message.classified",
}

/// One thing that is wrong, with the words that a person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// What is wrong.
    pub code: DefectCode,
    /// The field of the form it belongs to, as its JSON key (`title`, `contact` …), if to one.
    pub field: Option<String>,
    /// Who has to act.
    pub severity: Severity,
    /// The sentence in the words of the form, in Chinese.
    pub message: String,
}
