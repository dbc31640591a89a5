//! What people settled about a case, laid over what its form says: a decision stands over every reading, also a later
//! one, and closes the defects that it answers. A later form that says something else is flagged, and changes nothing.

use crate::model::campaign::Category;
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::reading::{CaseReading, CaseStatus, Channel, FocusArea, Introduction, Opinion, Seal, WindowPlace};
use serde_json::{Value, json};

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident $key:literal $label:literal,)*) => {
        /// What can be settled.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $($(#[$doc])* $field,)* }

        impl Field {
            /// Every field.
            pub const ALL: &[Field] = &[$(Field::$field,)*];

            /// The key in JSON and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Field::$field => $key,)* }
            }

            /// What people read.
            pub fn label(self) -> &'static str {
                match self { $(Field::$field => $label,)* }
            }
        }
    };
}

fields! {
    /// 案例题目.
    Title "title" "案例题目",
    /// 报送单位.
    Unit "unit" "报送单位",
    /// A city or prefecture, or `province`.
    Region "region" "市州",
    /// How it came.
    Channel "channel" "渠道",
    /// 案例分类.
    Categories "categories" "案例分类",
    /// The text beside 其它.
    CategoryOther "category_other" "其它类别",
    /// The first contact's name.
    ContactName "contact.name" "联系人",
    /// The first contact's numbers.
    Phones "contact.phones" "联系电话",
    /// 案例介绍, in parts and as a whole, with its words counted.
    Introduction "introduction" "案例介绍",
    /// 报送单位意见, with its date.
    Opinion "opinion" "报送单位意见",
    /// 重点方面.
    FocusAreas "focus_areas" "重点方面",
    /// Whether the seal is there.
    Seal "seal" "公章",
    /// 退回, 撤回.
    Status "status" "状态",
}

/// Beside an introduction that was settled: the most words that its campaign allows.
pub const LIMIT: &str = "limit";

impl Field {
    /// Parses the stored key.
    pub fn parse(key: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.as_str() == key)
    }

    /// What a form says there, as a ruling keeps it.
    pub fn said(self, case: &CaseReading) -> Value {
        match self {
            Field::Title => json!(case.title),
            Field::Unit => json!(case.unit),
            Field::Region => json!(case.region),
            Field::Channel => json!(case.channel),
            Field::Categories => json!(case.categories),
            Field::CategoryOther => json!(case.category_other),
            Field::ContactName => json!(case.contact.name),
            Field::Phones => json!(case.contact.phones),
            Field::Introduction => json!(case.introduction),
            Field::Opinion => json!(case.opinion),
            Field::FocusAreas => case.focus_areas.iter().map(|area| area.id.as_str()).collect(),
            Field::Seal => json!(case.seal),
            Field::Status => Value::Null,
        }
    }

    /// The defects that a decision about it answers.
    fn answers(self) -> &'static [DefectCode] {
        match self {
            Field::Title => &[DefectCode::TitleMissing],
            Field::Unit => &[DefectCode::UnitMissing],
            Field::Region => &[DefectCode::RegionUnknown],
            Field::Categories => &[DefectCode::CategoryMissing, DefectCode::CategoryDoubtful],
            Field::CategoryOther => &[DefectCode::CategoryOtherUnspecified],
            Field::ContactName => &[DefectCode::ContactMissing],
            Field::Phones => &[DefectCode::PhoneMissing, DefectCode::PhoneInvalid],
            Field::Introduction => &[
                DefectCode::IntroductionMissing,
                DefectCode::IntroductionTooLong,
                DefectCode::IntroductionPartMissing,
                DefectCode::IntroductionElsewhere,
            ],
            Field::Opinion => &[DefectCode::OpinionMissing],
            Field::Seal => &[DefectCode::SealAbsent, DefectCode::SealUnverified, DefectCode::SealFloating, DefectCode::SealElsewhere],
            Field::Channel | Field::FocusAreas | Field::Status => &[],
        }
    }
}

/// A decision that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// What it is about.
    pub field: Field,
    /// What it says.
    pub value: Value,
    /// What the form said then; null where nothing was kept.
    pub seen: Value,
    /// The revision that it was made on; none of older ones.
    pub revision: Option<u32>,
}

impl Ruling {
    /// Whether this revision came after it.
    fn is_before(&self, revision: u32) -> bool {
        self.revision.is_some_and(|at| revision > at)
    }

    fn status(&self) -> Option<CaseStatus> {
        (self.field == Field::Status).then(|| self.value.as_str().and_then(CaseStatus::parse)).flatten()
    }
}

/// What a revision says with what people settled over it.
pub fn settled(reading: &CaseReading, revision: u32, rulings: &[Ruling]) -> CaseReading {
    let mut case = reading.clone();
    for ruling in rulings {
        lay(&mut case, ruling);
        case.defects.extend(difference(reading, revision, ruling));
    }
    case.status = CaseStatus::of(&case, &case.window);
    case
}

/// The state of a case that stands there with this settled reading. A withdrawal stands; what was sent back is with us
/// again once a newer form came.
pub fn status(settled: &CaseReading, place: &WindowPlace, revision: u32, rulings: &[Ruling]) -> CaseStatus {
    let ruled = rulings.iter().rev().find_map(|ruling| match ruling.status()? {
        CaseStatus::Returned if ruling.is_before(revision) => None,
        status @ (CaseStatus::Returned | CaseStatus::Withdrawn) => Some(status),
        _ => None,
    });
    ruled.unwrap_or_else(|| CaseStatus::of(settled, place))
}

fn lay(case: &mut CaseReading, ruling: &Ruling) {
    let text = || ruling.value.as_str().map(str::to_owned);
    let texts = || -> Vec<String> { serde_json::from_value(ruling.value.clone()).unwrap_or_default() };
    case.defects.retain(|defect| !ruling.field.answers().contains(&defect.code));
    match ruling.field {
        Field::Title => case.title = text(),
        Field::Unit => case.unit = text(),
        Field::Region => case.region = text(),
        Field::Channel => case.channel = serde_json::from_value::<Channel>(ruling.value.clone()).unwrap_or(case.channel),
        Field::Categories => {
            case.categories = serde_json::from_value::<Vec<Category>>(ruling.value.clone()).unwrap_or_default();
            if !case.categories.contains(&Category::Other) {
                case.defects.retain(|defect| defect.code != DefectCode::CategoryOtherUnspecified);
            }
        }
        Field::CategoryOther => case.category_other = text(),
        Field::ContactName => case.contact.name = text(),
        Field::Phones => case.contact.phones = texts(),
        Field::Introduction => {
            case.introduction = serde_json::from_value::<Introduction>(ruling.value.clone()).unwrap_or_default();
            // As it was judged when it was settled: a person writes it down, and the unit may still have to shorten it.
            let limit = ruling.value.get(LIMIT).and_then(Value::as_u64);
            if let Some(limit) = limit.filter(|limit| u64::from(case.introduction.words) > *limit) {
                let message = format!("“案例介绍”栏共{}字，超过{limit}字的限制", case.introduction.words);
                let (code, field) = (DefectCode::IntroductionTooLong, Some("introduction".into()));
                case.defects.push(Defect { code, field, severity: Severity::Correct, message });
            }
        }
        Field::Opinion => case.opinion = serde_json::from_value::<Opinion>(ruling.value.clone()).unwrap_or_default(),
        Field::FocusAreas => {
            let known = std::mem::take(&mut case.focus_areas);
            let because = |id: &str| known.iter().find(|area| area.id == id).map(|area| area.because.clone()).unwrap_or_default();
            case.focus_areas = texts().into_iter().map(|id| FocusArea { because: because(&id), id }).collect();
        }
        Field::Seal => {
            case.seal = serde_json::from_value::<Seal>(ruling.value.clone()).unwrap_or(case.seal);
            if case.seal == Seal::Absent {
                case.defects.push(Defect {
                    code: DefectCode::SealAbsent,
                    field: Some("seal".into()),
                    severity: Severity::Correct,
                    message: "未见加盖公章的申报表扫描件".into(),
                });
            }
        }
        Field::Status => {}
    }
}

/// A check where a later form says something new: neither what was settled, nor what stood there when it was.
fn difference(reading: &CaseReading, revision: u32, ruling: &Ruling) -> Option<Defect> {
    if !ruling.is_before(revision) {
        return None;
    }
    let message = match ruling.status() {
        Some(CaseStatus::Returned) => "退回后收到新的版本，请核对".to_owned(),
        Some(_) => "撤回后又收到新的版本，请确认是否恢复".to_owned(),
        None => {
            let said = ruling.field.said(reading);
            let words = said.get("text");
            let is_empty = said.is_null() || said.as_array().is_some_and(Vec::is_empty) || words.is_some_and(Value::is_null);
            let is_poorer = ruling.field == Field::Seal && reading.seal != Seal::Present && ruling.value != json!(Seal::Absent);
            let is_same = |other: &Value| said == *other || words.is_some() && words == other.get("text");
            if is_empty || is_poorer || is_same(&ruling.value) || is_same(&ruling.seen) {
                return None;
            }
            format!("“{}”的新来件与人工确定的内容不同，仍按人工确定的内容，请核对", ruling.field.label())
        }
    };
    Some(Defect { code: DefectCode::RulingDiffers, field: Some(ruling.field.as_str().to_owned()), severity: Severity::Check, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::Format;
    use crate::model::reading::{Contact, FormFile};

    fn reading(title: Option<&str>, codes: &[DefectCode]) -> CaseReading {
        let defect = |code: &DefectCode| Defect { code: *code, field: None, severity: Severity::Correct, message: String::new() };
        CaseReading {
            form: FormFile { file: "申报表.docx".into(), format: Format::Docx },
            title: title.map(str::to_owned),
            unit: Some("某市计量院".into()),
            joint_units: vec![],
            region: None,
            channel: Channel::Direct,
            categories: vec![Category::Other],
            category_other: None,
            contact: Contact::default(),
            more_contacts: vec![],
            introduction: Introduction::default(),
            materials: None,
            opinion: Opinion::default(),
            seal: Seal::Unverified,
            focus_areas: vec![FocusArea { id: "trade".into(), because: vec!["外贸".into()] }],
            window: WindowPlace::default(),
            status: CaseStatus::NeedsCorrection,
            defects: codes.iter().map(defect).collect(),
            evidence: vec![],
            order: None,
        }
    }

    fn ruling(field: Field, value: Value, seen: Value) -> Ruling {
        Ruling { field, value, seen, revision: Some(1) }
    }

    fn codes(case: &CaseReading) -> Vec<&'static str> {
        case.defects.iter().map(|defect| defect.code.as_str()).collect()
    }

    #[test]
    fn a_decision_stands_and_closes_what_it_answers() {
        let all = [DefectCode::TitleMissing, DefectCode::PhoneInvalid, DefectCode::CategoryOtherUnspecified, DefectCode::SealUnverified];
        let read = reading(None, &all);
        let rulings = [
            ruling(Field::Title, json!("题目"), Value::Null),
            ruling(Field::Phones, json!(["19900000001"]), json!([])),
            ruling(Field::Categories, json!(["metrology", "standards"]), json!(["other"])),
            ruling(Field::Seal, json!("present"), json!("unverified")),
            ruling(Field::FocusAreas, json!(["small_business", "trade"]), json!(["trade"])),
        ];
        let case = settled(&read, 1, &rulings);
        assert_eq!((case.title.as_deref(), case.seal, codes(&case)), (Some("题目"), Seal::Present, vec![]));
        assert_eq!((case.categories, case.contact.phones), (vec![Category::Metrology, Category::Standards], vec!["19900000001".into()]));
        assert_eq!(case.focus_areas[1].because, ["外贸"]);
        assert_eq!(case.status, CaseStatus::Accepted);
        let absent = settled(&read, 1, &[ruling(Field::Seal, json!("absent"), json!("unverified"))]);
        assert!(codes(&absent).contains(&"seal.absent") && !codes(&absent).contains(&"seal.unverified"));
    }

    #[test]
    fn an_introduction_that_is_too_long_is_too_long_whoever_wrote_it() {
        let mut read = reading(Some("题目"), &[DefectCode::IntroductionMissing, DefectCode::OpinionMissing]);
        let long = Introduction { text: Some("介绍".into()), words: 1600, ..Introduction::default() };
        let mut value = json!(long);
        value[LIMIT] = json!(1500);
        let opinion = json!(Opinion { text: Some("同意".into()), date: Some("2023-06-01".into()) });
        let rulings = [ruling(Field::Introduction, value, json!(read.introduction)), ruling(Field::Opinion, opinion, Value::Null)];
        let case = settled(&read, 1, &rulings);
        assert_eq!((case.introduction.words, codes(&case)), (1600, vec!["introduction.too_long"]));
        assert_eq!(case.opinion.date.as_deref(), Some("2023-06-01"));
        // A later form that says the same, or nothing, is no news; another text is.
        for (text, flagged) in [(None, false), (Some("介绍"), false), (Some("另写的"), true)] {
            read.introduction.text = text.map(str::to_owned);
            assert_eq!(codes(&settled(&read, 2, &rulings)).contains(&"ruling.differs"), flagged, "{text:?}");
        }
    }

    #[test]
    fn only_a_later_form_that_says_something_new_is_flagged() {
        let rulings = [ruling(Field::Title, json!("人工"), json!("原题"))];
        for (title, revision, flagged) in
            [(Some("新题"), 2, true), (Some("新题"), 1, false), (Some("原题"), 2, false), (Some("人工"), 2, false), (None, 2, false)]
        {
            let case = settled(&reading(title, &[]), revision, &rulings);
            assert_eq!((case.title.as_deref(), codes(&case).contains(&"ruling.differs")), (Some("人工"), flagged), "{title:?} {revision}");
        }
    }

    #[test]
    fn what_was_sent_back_is_with_us_again_when_a_newer_form_came_and_a_withdrawal_stands() {
        let (read, place) = (reading(Some("题目"), &[]), WindowPlace::default());
        for (value, revision, is) in [
            ("returned", 1, CaseStatus::Returned),
            ("returned", 2, CaseStatus::Accepted),
            ("withdrawn", 1, CaseStatus::Withdrawn),
            ("withdrawn", 2, CaseStatus::Withdrawn),
        ] {
            let rulings = [ruling(Field::Status, json!(value), Value::Null)];
            let case = settled(&read, revision, &rulings);
            assert_eq!((status(&case, &place, revision, &rulings), case.defects.len()), (is, usize::from(revision == 2)));
        }
    }

    #[test]
    fn keys_are_read_back() {
        assert!(Field::ALL.iter().all(|field| Field::parse(field.as_str()) == Some(*field)));
    }
}
