//! What files that follow a form in a mail of their own say about its seal.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use jiff::Timestamp;
use std::path::Path;
use zhihui::config::{builtin, parse_campaign, parse_document};
use zhihui::intake::{self, Arrival, Extent, Received, Setup, supplement};
use zhihui::model::defect::DefectCode;
use zhihui::model::reading::{CaseReading, CaseTrace, Intake, Seal};

#[test]
fn a_stamp_on_a_page_that_follows_is_seen() {
    let (case, trace) = form("001");
    assert_eq!(case.seal, Seal::Absent);
    for (follows, file) in [("410", "申报表（盖章扫描件）.png"), ("632", "盖章扫描件.png"), ("476", "IMG_20230616_091500.png")]
    {
        let (mended, traced) = supplement::mended((&case, &trace), &read(follows)).expect("it mends the seal");
        assert_eq!((mended.seal, seal_defects(&mended)), (Seal::Present, vec![]), "{follows}");
        let place = traced.fields.iter().filter(|field| field.field == "seal").map(|field| field.place.as_str());
        assert_eq!(place.collect::<Vec<_>>(), [file], "{follows}");
    }
}

#[test]
fn a_stamp_that_nobody_could_make_out_is_settled_by_a_page_that_follows() {
    let (case, trace) = form("462");
    assert_eq!(case.seal, Seal::Unverified);
    let (mended, _) = supplement::mended((&case, &trace), &read("476")).expect("it settles the doubt");
    assert_eq!((mended.seal, seal_defects(&mended)), (Seal::Present, vec![]));
    let (case, trace) = form("460");
    assert_eq!(supplement::mended((&case, &trace), &read("476")), None, "there was a seal");
}

#[test]
fn a_stamp_on_an_award_that_follows_is_not_the_units() {
    let (case, trace) = form("001");
    assert_eq!(supplement::mended((&case, &trace), &read("477")), None);
}

/// The only form of a mail among the fixtures.
fn form(number: &str) -> (CaseReading, CaseTrace) {
    let intake = read(number);
    (intake.reading.cases.into_iter().next().expect("a case"), intake.traces.into_iter().next().expect("its trace"))
}

fn seal_defects(case: &CaseReading) -> Vec<DefectCode> {
    let seal = [DefectCode::SealAbsent, DefectCode::SealUnverified, DefectCode::SealOutdated];
    case.defects.iter().map(|defect| defect.code).filter(|code| seal.contains(code)).collect()
}

fn read(number: &str) -> Intake {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let named = |name: &str| name.starts_with(&format!("{number}-")) && name.ends_with(".eml");
    let mut mails = std::fs::read_dir(&folder).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let mail = mails.find(|path| path.file_name().is_some_and(|name| named(&name.to_string_lossy()))).expect("the fixture");
    let campaign = parse_campaign(builtin::CAMPAIGN_NAME, builtin::CAMPAIGN.to_owned()).expect("the built-in campaign").campaign;
    let setup = Setup::new(campaign, parse_document(builtin::REGIONS_NAME, builtin::REGIONS).expect("the built-in regions"));
    let arrival =
        Arrival { received: Received::At(Timestamp::UNIX_EPOCH), extent: Extent::Whole, authserv_id: None, passwords: Vec::new() };
    intake::read(std::fs::read(mail).expect("the mail"), &arrival, &setup)
}
