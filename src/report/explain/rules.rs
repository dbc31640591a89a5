//! Which rules a form was held against, where each stands, and what it found.
//!
//! A form keeps its defects; each defect belongs to one rule here. So a rule without defects was kept, and what a rule
//! says is told in the words of the very campaign file that judged the form.

use crate::model::campaign::{Basis, Campaign};
use crate::model::defect::{DefectCode, Severity};
use crate::model::reading::CaseReading;
use serde::Serialize;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its key.
    pub id: &'static str,
    /// Where it stands in the campaign file.
    pub place: &'static str,
    codes: &'static [DefectCode],
    basis: fn(&Campaign) -> Basis,
    says: fn(&Campaign) -> String,
    /// Whether it is about what stands on the form: of a form that can't be read it says nothing.
    of_form: bool,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its key.
    pub rule: &'static str,
    /// What it says.
    pub says: String,
    /// Where it stands in the campaign file.
    pub place: &'static str,
    /// Where it comes from.
    pub basis: Basis,
    /// Whether it was kept.
    pub state: State,
    /// What was found.
    pub found: Vec<String>,
}

/// Whether a rule was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was.
    Kept,
    /// It wasn't: the unit had to mend something.
    Broken,
    /// A coordinator has to look.
    Doubtful,
    /// The form can't be read.
    NotApplied,
}

impl State {
    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            State::Kept => "符合",
            State::Broken => "需补正",
            State::Doubtful => "待人工核查",
            State::NotApplied => "未能核对",
        }
    }
}

/// What people read of where a rule comes from.
pub fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Notice => "通知规定",
        Basis::Office => "专班规定",
    }
}

/// Every rule with what it found in a form.
pub fn outcomes(reading: &CaseReading, campaign: &Campaign) -> Vec<Outcome> {
    RULES.iter().map(|rule| rule.outcome(reading, campaign)).collect()
}

impl Rule {
    fn outcome(&self, reading: &CaseReading, campaign: &Campaign) -> Outcome {
        let defects: Vec<_> = reading.defects.iter().filter(|defect| self.codes.contains(&defect.code)).collect();
        let unreadable = reading.defects.iter().any(|defect| UNREADABLE.contains(&defect.code));
        let state = match () {
            () if defects.iter().any(|defect| defect.severity == Severity::Correct) => State::Broken,
            () if !defects.is_empty() => State::Doubtful,
            () if self.of_form && unreadable => State::NotApplied,
            () => State::Kept,
        };
        Outcome {
            rule: self.id,
            says: (self.says)(campaign),
            place: self.place,
            basis: (self.basis)(campaign),
            state,
            found: defects.iter().map(|defect| defect.message.clone()).collect(),
        }
    }
}

const UNREADABLE: [DefectCode; 3] = [DefectCode::FormUnreadable, DefectCode::FormScanOnly, DefectCode::ArchiveEncrypted];

fn notice(_: &Campaign) -> Basis {
    Basis::Notice
}

fn office(_: &Campaign) -> Basis {
    Basis::Office
}

fn filled(label: Option<&String>, more: &str) -> String {
    format!("填写“{}”栏{more}", label.map_or("", String::as_str))
}

fn window(campaign: &Campaign) -> String {
    let calendar = &campaign.calendar;
    let batches: Vec<String> = calendar.batches.iter().map(|batch| format!("{}为{}至{}前", batch.name, batch.from, batch.until)).collect();
    format!("{}起征集，{}前截止；{}", calendar.opens, calendar.closes, batches.join("，"))
}

fn introduction(campaign: &Campaign) -> String {
    let limit = &campaign.form.introduction_words;
    let tolerance = if limit.tolerance == 0 { String::new() } else { format!("（容许多{}字）", limit.tolerance) };
    format!("案例介绍不超过{}字{tolerance}，按 Word 字数计", limit.limit)
}

fn parts(campaign: &Campaign) -> String {
    let headings = &campaign.form.headings;
    let named = [&headings.background, &headings.practices, &headings.results].into_iter().filter_map(|names| names.first());
    let named: Vec<&str> = named.map(String::as_str).collect();
    filled(campaign.form.labels.introduction.first(), &format!("，含“{}”", named.join("”“")))
}

fn categories(campaign: &Campaign) -> String {
    let on_form: Vec<&str> = campaign.categories.iter().filter(|rule| rule.on_form).map(|rule| rule.label.as_str()).collect();
    format!("勾选案例分类（{}），可多选；勾选“其它”的写明类别", on_form.join("、"))
}

/// In the order of the form.
const RULES: &[Rule] = &[
    Rule {
        id: "form",
        place: "[form]",
        codes: &[
            DefectCode::FormMissing,
            DefectCode::FormBlank,
            DefectCode::FormUnreadable,
            DefectCode::FormScanOnly,
            DefectCode::FormDiffers,
        ],
        basis: notice,
        says: |_| "报送填写好、能打开的申报表，同一件只有一种内容".to_owned(),
        of_form: false,
    },
    Rule {
        id: "title",
        place: "[form.labels] title",
        codes: &[DefectCode::TitleMissing],
        basis: notice,
        says: |campaign| filled(campaign.form.labels.title.first(), ""),
        of_form: true,
    },
    Rule {
        id: "unit",
        place: "[form.labels] unit",
        codes: &[DefectCode::UnitMissing],
        basis: notice,
        says: |campaign| filled(campaign.form.labels.unit.first(), ""),
        of_form: true,
    },
    Rule {
        id: "scope",
        place: "程序内的单位识别",
        codes: &[DefectCode::UnitOutOfScope],
        basis: notice,
        says: |_| "报送单位在征集范围之内；拿不准的由专班认定，不退回".to_owned(),
        of_form: true,
    },
    Rule {
        id: "region",
        place: "程序内的市州名录",
        codes: &[DefectCode::RegionUnknown],
        basis: office,
        says: |_| "按单位名称、单位名册或座机区号确定市州；确定不了的由专班认定".to_owned(),
        of_form: true,
    },
    Rule {
        id: "categories",
        place: "[[category]]",
        codes: &[DefectCode::CategoryMissing, DefectCode::CategoryOtherUnspecified, DefectCode::CategoryDoubtful],
        basis: notice,
        says: categories,
        of_form: true,
    },
    Rule {
        id: "contact",
        place: "[form.labels] contact",
        codes: &[DefectCode::ContactMissing, DefectCode::PhoneMissing, DefectCode::PhoneInvalid],
        basis: notice,
        says: |campaign| filled(campaign.form.labels.contact.first(), "：姓名和至少一个能拨通的号码"),
        of_form: true,
    },
    Rule {
        id: "introduction",
        place: "[form.headings]",
        codes: &[DefectCode::IntroductionMissing, DefectCode::IntroductionPartMissing, DefectCode::IntroductionElsewhere],
        basis: notice,
        says: parts,
        of_form: true,
    },
    Rule {
        id: "introduction_words",
        place: "[form.introduction_words]",
        codes: &[DefectCode::IntroductionTooLong],
        basis: |campaign| campaign.form.introduction_words.basis,
        says: introduction,
        of_form: true,
    },
    Rule {
        id: "opinion",
        place: "[form.labels] opinion",
        codes: &[DefectCode::OpinionMissing],
        basis: notice,
        says: |campaign| filled(campaign.form.labels.opinion.first(), ""),
        of_form: true,
    },
    Rule {
        id: "seal",
        place: "[words] scan_names",
        codes: &[
            DefectCode::SealAbsent,
            DefectCode::SealUnverified,
            DefectCode::SealFloating,
            DefectCode::SealElsewhere,
            DefectCode::SealOutdated,
        ],
        basis: notice,
        says: |_| "申报表加盖报送单位公章；看不清的由专班核对，不退回".to_owned(),
        of_form: false,
    },
    Rule {
        id: "files",
        place: "[words]",
        codes: &[
            DefectCode::ArchiveEncrypted,
            DefectCode::ArchiveUnreadable,
            DefectCode::EvidenceUnreadable,
            DefectCode::EvidenceUnassigned,
            DefectCode::SummaryMismatch,
            DefectCode::AttachmentLinkOnly,
        ],
        basis: office,
        says: |_| "附件随邮件报送、能打开，与汇总表相符".to_owned(),
        of_form: false,
    },
    Rule {
        id: "window",
        place: "[calendar]",
        codes: &[DefectCode::WindowLate, DefectCode::WindowDoubtful],
        basis: |campaign| campaign.calendar.basis,
        says: window,
        of_form: false,
    },
    Rule {
        id: "ruling",
        place: "程序内的人工决定",
        codes: &[DefectCode::RulingDiffers],
        basis: office,
        says: |_| "人工确定的内容优先；此后的申报表与之不同的，由人工核对".to_owned(),
        of_form: false,
    },
    Rule {
        id: "classified",
        place: "[words] classified",
        codes: &[DefectCode::MessageClassified],
        basis: office,
        says: |_| "不含涉密内容：有密级标志的邮件隔离，由专人处置".to_owned(),
        of_form: false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;
    use crate::model::defect::Defect;
    use crate::model::document::Format;
    use crate::model::reading::*;

    fn reading(codes: &[(DefectCode, Severity)]) -> CaseReading {
        let defect = |(code, severity): &(DefectCode, Severity)| Defect {
            code: *code,
            field: None,
            severity: *severity,
            message: code.as_str().into(),
        };
        CaseReading {
            form: FormFile { file: "申报表.docx".into(), format: Format::Docx },
            title: None,
            unit: None,
            joint_units: vec![],
            region: None,
            channel: Channel::Direct,
            categories: vec![],
            category_other: None,
            contact: Contact::default(),
            more_contacts: vec![],
            introduction: Introduction::default(),
            materials: None,
            opinion: Opinion::default(),
            seal: Seal::Absent,
            focus_areas: vec![],
            window: WindowPlace::default(),
            status: CaseStatus::Accepted,
            defects: codes.iter().map(defect).collect(),
            evidence: vec![],
            order: None,
        }
    }

    fn states(codes: &[(DefectCode, Severity)]) -> Vec<(&'static str, State)> {
        let campaign = CampaignFile::builtin().unwrap().campaign;
        outcomes(&reading(codes), &campaign).into_iter().map(|outcome| (outcome.rule, outcome.state)).collect()
    }

    #[test]
    fn every_defect_belongs_to_one_rule() {
        for code in DefectCode::ALL {
            assert_eq!(RULES.iter().filter(|rule| rule.codes.contains(code)).count(), 1, "{}", code.as_str());
        }
    }

    #[test]
    fn a_rule_is_kept_unless_a_defect_of_its_own_says_otherwise() {
        let found = states(&[(DefectCode::PhoneMissing, Severity::Correct), (DefectCode::SealUnverified, Severity::Check)]);
        for (rule, state) in found {
            let expected = match rule {
                "contact" => State::Broken,
                "seal" => State::Doubtful,
                _ => State::Kept,
            };
            assert_eq!(state, expected, "{rule}");
        }
    }

    #[test]
    fn of_a_form_that_cannot_be_read_nothing_is_said_about_its_fields() {
        let found = states(&[(DefectCode::FormScanOnly, Severity::Correct)]);
        assert!(found.contains(&("form", State::Broken)) && found.contains(&("title", State::NotApplied)), "{found:?}");
        assert!(found.contains(&("window", State::Kept)));
    }

    #[test]
    fn rules_speak_in_the_words_of_their_campaign_file() {
        let mut campaign = CampaignFile::builtin().unwrap().campaign;
        campaign.form.introduction_words.limit = 2000;
        campaign.form.introduction_words.basis = Basis::Office;
        let outcomes = outcomes(&reading(&[]), &campaign);
        let of = |rule: &str| outcomes.iter().find(|outcome| outcome.rule == rule).unwrap();
        assert!(of("introduction_words").says.contains("2000字") && of("introduction_words").basis == Basis::Office);
        assert!(of("window").says.contains("2024-01-01前截止") && of("window").says.contains("上半年阶段性征集为2023-05-23至2023-07-01前"));
        assert_eq!(of("categories").says, "勾选案例分类（计量、标准、检验检测、认证、其它），可多选；勾选“其它”的写明类别");
    }
}
