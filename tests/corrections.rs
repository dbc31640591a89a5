//! A form that lacks its seal, the request for it, and the complete form that follows: in time, a second too late, and
//! before anything was asked; with a clock that the test moves. And one request about two cases.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use mail_parser::MessageParser;
use office::{Office, Running};
use std::{fs, path::Path};
use zhihui::{
    model::placement::PlacementRule,
    store::{CaseDetail, Filter},
};

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

/// Two forms without a seal, `1.申报表.docx` and `2.申报表.docx`.
const TWO: &str = "fixtures/mail/407-two-forms.eml";

/// The first of them, as it would come alone.
fn first_alone(folder: &Path) -> String {
    let raw = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(TWO)).expect("the fixture").replace("\r\n", "\n");
    let parts: Vec<&str> = raw.split("------=_NextPart_407").collect();
    let (head, text, form, end) = (parts[0], parts[1], parts[2], parts[parts.len() - 1]);
    let path = folder.join("first-alone.eml");
    fs::write(&path, [head, text, form, end].join("------=_NextPart_407")).expect("it is ours");
    path.to_str().expect("a name").to_owned()
}

#[tokio::test]
async fn a_request_about_two_cases_goes_on_asking_about_the_one_that_did_not_come_anew() {
    let office = Office::new("");
    let folder = tempfile::TempDir::new().expect("a folder");
    let outbox = async |at: &str| {
        office.clock.set(at.parse().expect("an instant"));
        let running = office.start().await;
        running.pass().await;
        let mut rows = Vec::new();
        for row in running.app.store.list_outbox(&Filter::default()).await.expect("the outbox") {
            let mime = running.app.store.outbox_mime(row.id).await.expect("the record").expect("a mail");
            let text = MessageParser::default().parse(&mime).expect("a mail").body_text(0).expect("its text").into_owned();
            rows.push((row.kind, row.state, row.subject, text));
        }
        rows
    };
    // In the evening, so both requests wait for the morning.
    office.receives(TWO, "Thu, 29 Jun 2023 18:00:00 +0800", "first", "none");
    let asked = outbox("2023-06-29T18:01:00+08:00").await;
    assert!(asked.len() == 1 && asked[0].1 == "queued" && asked[0].2.ends_with("JCZH-2023-0001等2件"), "{asked:?}");
    office.receives(&first_alone(folder.path()), "Thu, 29 Jun 2023 20:00:00 +0800", "second", "first");
    let waiting = outbox("2023-06-29T20:01:00+08:00").await;
    assert!(waiting.len() == 2 && waiting.iter().all(|row| row.0 == "correction" && row.1 == "queued"), "{waiting:?}");
    let sent = outbox("2023-06-30T08:31:00+08:00").await;
    assert!(sent.len() == 2 && sent.iter().all(|row| row.1 == "sent"), "{sent:?}");
    for (row, number, other) in [(&sent[0], "JCZH-2023-0002", "JCZH-2023-0001"), (&sent[1], "JCZH-2023-0001", "JCZH-2023-0002")] {
        let (_, _, subject, text) = row;
        assert!(subject.contains(number) && text.contains(number) && !text.contains(other) && !text.contains("第1件"), "{row:?}");
        assert!(text.contains("公章") && text.contains("2023年7月7日 17:30"), "{row:?}");
    }
}
