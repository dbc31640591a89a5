//! The rules on one form: what was read into a [`CaseReading`] with every defect at once.
//!
//! `correct` is the unit's to mend, `check` a coordinator's to look at. Where in doubt a coordinator is asked.

use crate::intake::form::Form;
use crate::intake::form::contact::{self, Contacts, RegionKnown};
use crate::intake::stamp::Stamped;
use crate::intake::{focus, region, window};
use crate::model::campaign::{Campaign, Category};
use crate::model::defect::{Defect, DefectCode, Severity};
use crate::model::document::Format;
use crate::model::reading::{CaseReading, CaseStatus, Channel, Contact, Evidence, FormFile, Introduction, Opinion, Seal};
use crate::model::region::Regions;
use jiff::Timestamp;

/// What a form is judged with.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The notice.
    pub campaign: &'a Campaign,
    /// The province.
    pub regions: &'a Regions,
    /// When the mailbox's server took the mail.
    pub received: Timestamp,
}

/// What came with a form.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The form's file.
    pub file: FormFile,
    /// How it came.
    pub channel: Channel,
    /// Whether something bears the seal, or could.
    pub stamped: Stamped,
    /// The other files that go with it.
    pub evidence: Vec<Evidence>,
    /// Whether a document of its own holds the introduction (案例电子材料).
    pub case_text: CaseText,
}

/// The introduction as a document of its own (design rule 16).
#[derive(Debug, Clone)]
pub enum CaseText {
    /// One came, and this is what it says.
    Read(Introduction),
    /// A document came that can't be read: it may be one.
    Perhaps,
    /// None came.
    No,
}

/// A defect, put together.
pub fn defect(code: DefectCode, field: Option<&str>, severity: Severity, message: impl Into<String>) -> Defect {
    Defect { code, field: field.map(str::to_owned), severity, message: message.into() }
}

/// Judges one form.
pub fn form(form: Form, around: Surroundings, rules: Rules<'_>) -> CaseReading {
    let named = form.unit.as_deref().and_then(|unit| region::by_name(unit, rules.regions));
    let known = if named.is_some() { RegionKnown::Yes } else { RegionKnown::No };
    let contacts = contact::read(&form.contact, known);
    let phones: Vec<String> = contacts.all.iter().flat_map(|contact| contact.phones.clone()).collect();
    let region = named.or_else(|| region::of(form.unit.as_deref(), &phones, rules.regions));
    let mut defects = fields(&form, &contacts, rules.campaign);
    let introduction = introduction(&form, &around, rules.campaign, &mut defects);
    if matches!(around.file.format, Format::Pdf | Format::Ofd) {
        ask_a_person_first(&form, &mut defects);
    }
    if form.strays {
        look_for_other_labels(&form, &mut defects);
    }
    seal(&around.stamped, &mut defects);
    if region.is_none() && form.unit.is_some() {
        defects.push(defect(DefectCode::RegionUnknown, Some("unit"), Severity::Check, "不能确定报送单位所在市州"));
    }
    let window = window::place(rules.received, &rules.campaign.calendar);
    if window.late {
        defects.push(defect(DefectCode::WindowLate, None, Severity::Check, "在征集截止之后收到"));
    }
    let mut contacts = contacts.all.into_iter();
    let focus_areas = focus::suggest(form.title.as_deref(), introduction.text.as_deref(), &rules.campaign.focus_areas);
    CaseReading {
        form: around.file,
        title: form.title,
        unit: form.unit,
        joint_units: form.joint_units,
        region,
        channel: around.channel,
        categories: form.choice.categories,
        category_other: form.choice.other,
        contact: contacts.next().unwrap_or_default(),
        more_contacts: contacts.collect(),
        introduction,
        materials: form.materials,
        opinion: form.opinion,
        seal: around.stamped.seal,
        focus_areas,
        status: status(window.late, &defects),
        window,
        defects,
        evidence: around.evidence,
        order: None,
    }
}

/// What a field that is empty lacks.
const EMPTY: [DefectCode; 6] = [
    DefectCode::TitleMissing,
    DefectCode::UnitMissing,
    DefectCode::CategoryMissing,
    DefectCode::ContactMissing,
    DefectCode::PhoneMissing,
    DefectCode::IntroductionMissing,
];

/// A PDF keeps neither table nor labels, only where each character stands. Where no ruling tells the cells, or the
/// labels of several fields were not met, it is rather the reading that failed: a coordinator looks before the unit is
/// asked.
fn ask_a_person_first(form: &Form, defects: &mut [Defect]) {
    const MISREAD: [DefectCode; 3] = [DefectCode::CategoryOtherUnspecified, DefectCode::PhoneInvalid, DefectCode::IntroductionTooLong];
    let unmet = |defect: &Defect| EMPTY.contains(&defect.code) && !is_met(form, defect);
    // Name and number stand in one cell.
    let fields = defects.iter().filter(|defect| unmet(defect) && defect.code != DefectCode::PhoneMissing).count();
    let doubtful =
        |defect: &Defect| form.guessed && (EMPTY.contains(&defect.code) || MISREAD.contains(&defect.code)) || fields >= 2 && unmet(defect);
    defects.iter_mut().filter(|defect| doubtful(defect)).for_each(|defect| defect.severity = Severity::Check);
}

/// A field whose label was not met, in a form with rows of which no label is known, may stand there under another name.
fn look_for_other_labels(form: &Form, defects: &mut [Defect]) {
    for defect in defects.iter_mut().filter(|defect| EMPTY.contains(&defect.code) && !is_met(form, defect)) {
        defect.severity = Severity::Check;
        defect.message.push_str("（表中有不能识别的栏目，请人工核对）");
    }
}

/// Whether the label of the field that a defect is about was met.
fn is_met(form: &Form, defect: &Defect) -> bool {
    form.trace.iter().any(|trace| Some(trace.field.as_str()) == defect.field.as_deref())
}

/// A form that can't be read: a case with null fields that keeps its place.
pub fn unreadable(code: DefectCode, message: String, around: Surroundings, rules: Rules<'_>) -> CaseReading {
    let mut defects = vec![defect(code, None, Severity::Correct, message)];
    let window = window::place(rules.received, &rules.campaign.calendar);
    if window.late {
        defects.push(defect(DefectCode::WindowLate, None, Severity::Check, "在征集截止之后收到"));
    }
    CaseReading {
        form: around.file,
        title: None,
        unit: None,
        joint_units: Vec::new(),
        region: None,
        channel: around.channel,
        categories: Vec::new(),
        category_other: None,
        contact: Contact::default(),
        more_contacts: Vec::new(),
        introduction: Introduction::default(),
        materials: None,
        opinion: Opinion::default(),
        seal: around.stamped.seal,
        focus_areas: Vec::new(),
        status: status(window.late, &defects),
        window,
        defects,
        evidence: around.evidence,
        order: None,
    }
}

/// Late before needs_correction before accepted.
fn status(late: bool, defects: &[Defect]) -> CaseStatus {
    match (late, defects.iter().any(|defect| defect.severity == Severity::Correct)) {
        (true, _) => CaseStatus::Late,
        (false, true) => CaseStatus::NeedsCorrection,
        (false, false) => CaseStatus::Accepted,
    }
}

fn fields(form: &Form, contacts: &Contacts, campaign: &Campaign) -> Vec<Defect> {
    let mut defects = Vec::new();
    let label = |words: &[String], fallback: &str| words.first().cloned().unwrap_or_else(|| fallback.to_owned());
    let labels = &campaign.form.labels;
    if form.title.is_none() {
        defects.push(defect(
            DefectCode::TitleMissing,
            Some("title"),
            Severity::Correct,
            format!("“{}”栏未填写", label(&labels.title, "案例题目")),
        ));
    }
    if form.unit.is_none() {
        defects.push(defect(
            DefectCode::UnitMissing,
            Some("unit"),
            Severity::Correct,
            format!("“{}”栏未填写", label(&labels.unit, "报送单位")),
        ));
    }
    category(form, &label(&labels.category, "案例分类"), &mut defects);
    contact_defects(contacts, &label(&labels.contact, "联系人及电话"), &mut defects);
    if form.opinion.text.is_none() {
        defects.push(defect(
            DefectCode::OpinionMissing,
            Some("opinion"),
            Severity::Check,
            format!("“{}”栏未填写意见", label(&labels.opinion, "报送单位意见")),
        ));
    }
    defects
}

fn category(form: &Form, label: &str, defects: &mut Vec<Defect>) {
    let choice = &form.choice;
    if let Some(doubt) = choice.doubt {
        defects.push(defect(
            DefectCode::CategoryDoubtful,
            Some("categories"),
            Severity::Check,
            format!("“{label}”栏：{doubt}，请人工确认"),
        ));
    } else if choice.categories.is_empty() {
        defects.push(defect(DefectCode::CategoryMissing, Some("categories"), Severity::Correct, format!("“{label}”栏未勾选类别")));
    }
    if choice.categories.contains(&Category::Other) && choice.other.is_none() {
        defects.push(defect(
            DefectCode::CategoryOtherUnspecified,
            Some("category_other"),
            // Whether 其它 was ticked at all is then for a person to tell.
            if choice.doubt.is_some() { Severity::Check } else { Severity::Correct },
            format!("“{label}”栏勾选了“其它”，未写明具体类别"),
        ));
    }
}

fn contact_defects(contacts: &Contacts, label: &str, defects: &mut Vec<Defect>) {
    if contacts.all.iter().all(|contact| contact.name.is_none()) {
        defects.push(defect(DefectCode::ContactMissing, Some("contact"), Severity::Correct, format!("“{label}”栏未填写联系人姓名")));
    }
    if contacts.all.iter().all(|contact| contact.phones.is_empty()) {
        let found = match &contacts.invalid {
            Some(_) => defect(
                DefectCode::PhoneInvalid,
                Some("contact"),
                Severity::Correct,
                format!("“{label}”栏的电话号码不完整或有误，请填写手机号码或带区号的座机号码"),
            ),
            None => defect(DefectCode::PhoneMissing, Some("contact"), Severity::Correct, format!("“{label}”栏未填写电话")),
        };
        defects.push(found);
    }
}

/// The introduction's rules; a document of its own stands in for one that only points to it.
fn introduction(form: &Form, around: &Surroundings, campaign: &Campaign, defects: &mut Vec<Defect>) -> Introduction {
    let read = &form.introduction;
    let label = campaign.form.labels.introduction.first().map_or("案例介绍", String::as_str);
    let limit = &campaign.form.introduction_words;
    let given = &read.introduction;
    if given.text.is_none() || read.elsewhere {
        let missing = defect(DefectCode::IntroductionMissing, Some("introduction"), Severity::Correct, format!("“{label}”栏未填写"));
        let elsewhere =
            |why: &str| defect(DefectCode::IntroductionElsewhere, Some("introduction"), Severity::Check, format!("“{label}”栏{why}"));
        match &around.case_text {
            CaseText::Read(own) => {
                defects.push(elsewhere("未写正文，案例正文在单独的文件中，请人工核对"));
                return own.clone();
            }
            CaseText::Perhaps if read.elsewhere => defects.push(elsewhere("仅写明见附件，请人工核对附件内容")),
            CaseText::Perhaps | CaseText::No => defects.push(missing),
        }
    }
    if given.words > limit.limit + limit.tolerance {
        let message = format!("“{label}”栏共{}字，超过{}字的限制", given.words, limit.limit);
        defects.push(defect(DefectCode::IntroductionTooLong, Some("introduction"), Severity::Correct, message));
    }
    if !read.missing_parts.is_empty() {
        let message = format!("“{label}”栏缺少“{}”部分", read.missing_parts.join("”“"));
        defects.push(defect(DefectCode::IntroductionPartMissing, Some("introduction"), Severity::Check, message));
    }
    given.clone()
}

fn seal(stamped: &Stamped, defects: &mut Vec<Defect>) {
    let mut check = |code, message: String| defects.push(defect(code, Some("seal"), Severity::Check, message));
    if stamped.seal == Seal::Unverified {
        check(DefectCode::SealUnverified, stamped.doubt.clone().unwrap_or_else(|| "已附盖章材料，需人工确认公章".to_owned()));
    }
    if stamped.floating {
        check(DefectCode::SealFloating, "印章是可编辑文档中的浮动图片，可能是插入的".to_owned());
    }
    if let Some(file) = &stamped.elsewhere {
        check(DefectCode::SealElsewhere, format!("“{file}”上疑似有章，但不是申报表上的本单位公章"));
    }
    if stamped.seal == Seal::Absent {
        defects.push(defect(DefectCode::SealAbsent, Some("seal"), Severity::Correct, "未见加盖公章的申报表扫描件"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CampaignFile, builtin, parse_document};

    fn severities(format: Format, form: Form) -> Vec<(DefectCode, Severity)> {
        let (campaign, regions) = (CampaignFile::builtin().unwrap(), parse_document(builtin::REGIONS_NAME, builtin::REGIONS).unwrap());
        let stamped = Stamped { seal: Seal::Present, doubt: None, floating: false, elsewhere: None, trace: None };
        let around = Surroundings {
            file: FormFile { file: "申报表".into(), format },
            channel: Channel::Direct,
            stamped,
            evidence: Vec::new(),
            case_text: CaseText::No,
        };
        let rules = Rules { campaign: &campaign.campaign, regions: &regions, received: "2023-06-01T00:00:00Z".parse().unwrap() };
        super::form(form, around, rules).defects.iter().map(|defect| (defect.code, defect.severity)).collect()
    }

    #[test]
    fn a_pdf_that_seems_to_lack_several_fields_is_for_a_person() {
        let form = Form { title: Some("题目".into()), unit: Some("湖北省某院".into()), ..Form::default() };
        for (format, severity) in [(Format::Docx, Severity::Correct), (Format::Pdf, Severity::Check)] {
            let found = severities(format, form.clone());
            assert!(
                found.contains(&(DefectCode::CategoryMissing, severity)) && found.contains(&(DefectCode::PhoneMissing, severity)),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_pdf_that_lacks_one_field_is_the_units_to_mend() {
        let mut defects = vec![
            defect(DefectCode::ContactMissing, Some("contact"), Severity::Correct, ""),
            defect(DefectCode::PhoneMissing, Some("contact"), Severity::Correct, ""),
        ];
        ask_a_person_first(&Form::default(), &mut defects);
        assert!(defects.iter().all(|defect| defect.severity == Severity::Correct));
        ask_a_person_first(&Form { guessed: true, ..Form::default() }, &mut defects);
        assert!(defects.iter().all(|defect| defect.severity == Severity::Check));
    }
}
