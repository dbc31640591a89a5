//! Severities: what asks the unit, and what a person looks at first.

use super::doubt::ask_a_person_first;
use super::*;
use crate::config::{CampaignFile, builtin, parse_document};
use crate::model::document::Format;
use crate::model::reading::Seal;

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
fn an_opinion_against_the_case_is_for_a_person() {
    let found = |text: &str| {
        let opinion = crate::model::reading::Opinion { text: Some(text.into()), date: None };
        severities(Format::Docx, Form { opinion, ..Form::default() }).contains(&(DefectCode::OpinionMissing, Severity::Check))
    };
    assert!(found("不同意报送。"));
    assert!(!found("同意报送。") && !found("公示期间未收到不同意见，同意报送。"));
}

#[test]
fn a_pdf_that_lacks_one_field_is_the_units_to_mend() {
    let mut defects = vec![
        defect(DefectCode::ContactMissing, Some("contact"), Severity::Correct, ""),
        defect(DefectCode::PhoneMissing, Some("contact"), Severity::Correct, ""),
    ];
    ask_a_person_first(&Form::default(), Format::Pdf, &mut defects);
    assert!(defects.iter().all(|defect| defect.severity == Severity::Correct));
    ask_a_person_first(&Form { guessed: true, ..Form::default() }, Format::Pdf, &mut defects);
    assert!(defects.iter().all(|defect| defect.severity == Severity::Check));
}

#[test]
fn empty_boxes_of_a_pdf_are_the_units_to_tick_and_lost_ones_are_for_a_person() {
    let severity = |format: Format, unticked: bool, guessed: bool| {
        let choice = crate::intake::form::ticks::Choice { unticked, ..Default::default() };
        let mut defects = vec![defect(DefectCode::CategoryMissing, Some("categories"), Severity::Correct, "")];
        ask_a_person_first(&Form { choice, guessed, ..Form::default() }, format, &mut defects);
        defects[0].severity
    };
    assert_eq!(severity(Format::Pdf, true, false), Severity::Correct);
    for (format, unticked, guessed) in [(Format::Pdf, false, false), (Format::Pdf, true, true), (Format::Ofd, true, false)] {
        assert_eq!(severity(format, unticked, guessed), Severity::Check, "{format:?} {unticked} {guessed}");
    }
}
