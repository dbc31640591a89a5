//! A form that lacks its seal, the request for it, and the complete form that follows: in time, a second too late, and
//! before anything was asked; with a clock that the test moves.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use office::{Office, Running};
use zhihui::{model::placement::PlacementRule, store::CaseDetail};

const FIRST: &str = "fixtures/mail/001-plain-word.eml";
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";

async fn case(running: &Running) -> CaseDetail {
    running.app.store.case_detail("JCZH-2023-0001").await.expect("the record").expect("the case")
}

/// The windows of a case that was asked on Thursday 29 June, and whose complete form comes then.
async fn after(mode: &str, received: &str, clock: &str) -> (Option<String>, Option<String>, String, PlacementRule) {
    let office = Office::new(&format!("quiet = \"\"\nmode = \"{mode}\"\n"));
    office.clock.set("2023-06-29T01:00:00Z".parse().expect("an instant"));
    let running = office.start().await;
    office.receives(FIRST, "Wed, 28 Jun 2023 23:00:00 +0800", "first", "none");
    running.pass().await;
    let first = case(&running).await;
    assert_eq!((first.case.status.as_str(), first.case.month.as_deref()), ("needs_correction", Some("2023-06")));
    office.clock.set(clock.parse().expect("an instant"));
    office.receives(COMPLETE, received, "second", "first");
    running.pass().await;
    let case = case(&running).await;
    assert_eq!(case.revisions.len(), 2, "it is a revision of the same case");
    let changed = case.revisions[1].changes.iter().any(|change| change.field == "seal" && change.before.as_deref() == Some("absent"));
    assert!(changed, "{:?}", case.revisions[1].changes);
    let rule = case.revisions[1].placement.as_ref().expect("it is told").rule;
    (case.case.month, case.case.batch, case.case.status, rule)
}

#[tokio::test]
async fn a_complete_form_within_the_period_keeps_its_window_and_a_second_later_it_does_not() {
    let (h1, h2) = (Some("2023-H1".to_owned()), Some("2023-H2".to_owned()));
    let kept = after("all", "Thu, 06 Jul 2023 17:30:00 +0800", "2023-07-06T10:00:00Z").await;
    assert_eq!(kept, (Some("2023-06".into()), h1.clone(), "accepted".into(), PlacementRule::WithinPeriod));
    let moved = after("all", "Thu, 06 Jul 2023 17:30:01 +0800", "2023-07-06T10:00:00Z").await;
    assert_eq!(moved, (Some("2023-07".into()), h2, "accepted".into(), PlacementRule::BecameComplete));
    // The request still waits for a person: nobody was asked yet.
    let unasked = after("hold", "Tue, 01 Aug 2023 09:00:00 +0800", "2023-08-01T02:00:00Z").await;
    assert_eq!(unasked, (Some("2023-06".into()), h1, "accepted".into(), PlacementRule::NotYetAsked));
}

#[tokio::test]
async fn a_correction_after_the_close_is_late() {
    let late = after("all", "Mon, 01 Jan 2024 00:00:00 +0800", "2024-01-01T01:00:00Z").await;
    assert_eq!(late, (None, None, "late".into(), PlacementRule::BecameComplete));
}
