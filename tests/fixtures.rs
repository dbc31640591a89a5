//! The golden pairs are in order: well-formed, small, invented; and the comparison sees what it should.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails has failed the test")]

#[path = "support/golden.rs"]
mod golden;

use golden::{differences, pairs};
use serde_json::{Value, json};
use zhihui::model::{campaign::Category, defect::Defect, message::Kind, outbox::ReplyKind, reading::CaseStatus};

#[test]
fn every_pair_is_small_and_invented() {
    let pairs = pairs();
    assert!(pairs.iter().map(|pair| pair.mail.len()).sum::<usize>() < 5 << 20, "too much altogether");
    for pair in &pairs {
        assert!(pair.mail.len() < 100 << 10, "{} is too large", pair.name);
        let text = String::from_utf8_lossy(&pair.mail);
        let header = text.split("\n\n").next().and_then(|text| text.split("\r\n\r\n").next()).unwrap_or_default();
        for domain in header.split('@').skip(1) {
            let domain: String = domain.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).collect();
            assert!(domain.ends_with(".example"), "{}: @{domain} may be somebody's", pair.name);
        }
    }
}

#[test]
fn every_answer_uses_words_of_the_contract() {
    fn known<T: serde::de::DeserializeOwned>(place: &str, value: &Value) {
        assert!(value.is_null() || serde_json::from_value::<T>(value.clone()).is_ok(), "{place}: {value} is not known");
    }
    for pair in pairs() {
        let answer = &pair.answer;
        known::<Kind>(&pair.name, &answer["kind"]);
        known::<ReplyKind>(&pair.name, &answer["reply"]["kind"]);
        let no_cases = Vec::new();
        for case in answer["cases"].as_array().unwrap_or(&no_cases) {
            known::<CaseStatus>(&pair.name, &case["status"]);
            known::<Vec<Category>>(&pair.name, &case["categories"]);
            let defects = if case["defects"].is_array() { &case["defects"] } else { &case["defects"]["with"] };
            for defect in defects.as_array().unwrap_or(&no_cases) {
                let whole = json!({"code": defect["code"], "severity": defect["severity"], "field": null, "message": ""});
                known::<Defect>(&pair.name, &whole);
            }
        }
    }
}

#[test]
fn the_comparison_sees_differences() {
    let actual = json!({
        "kind": "submission",
        "cases": [{"title": "题", "unit": "位", "defects": [
            {"code": "seal.absent", "severity": "correct", "message": "…"},
            {"code": "region.unknown", "severity": "check", "message": "…"},
        ]}],
        "defects": [],
    });
    let wrong = |answer: Value| differences(&answer, &actual).len();
    let seal = json!({"code": "seal.absent", "severity": "correct"});
    let region = json!({"code": "region.unknown", "severity": "check"});

    assert_eq!(wrong(json!({"kind": "submission", "cases": [{"title": "题"}], "defects": []})), 0);
    assert_eq!(wrong(json!({"kind": "inquiry"})), 1);
    assert_eq!(wrong(json!({"reply": {}})), 1, "a key that is not there");
    assert_eq!(wrong(json!({"cases": []})), 1);
    assert_eq!(wrong(json!({"cases": [{"title": null, "unit": "x"}]})), 2);
    assert_eq!(wrong(json!({"cases": [{"defects": [region, seal]}]})), 0, "in any order");
    assert_eq!(wrong(json!({"cases": [{"defects": [seal]}]})), 1, "one too many");
    assert_eq!(wrong(json!({"cases": [{"defects": {"with": [seal], "without": ["title.missing"]}}]})), 0);
    assert_eq!(wrong(json!({"cases": [{"defects": {"without": ["seal.absent"]}}]})), 1);
    assert_eq!(wrong(json!({"cases": [{"defects": {"with": [{"code": "seal.absent", "severity": "check"}]}}]})), 1);
    assert_eq!(wrong(json!({"defects": [seal]})), 1, "one is missing");
}
