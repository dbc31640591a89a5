//! A case that only a summary reply (汇总回执) asks to correct: its period starts with the summary, it is reminded, it is
//! overdue, and a summary that is released late tells the deadline that it has then.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use mail_parser::MessageParser;
use office::{Office, Running};
use serde_json::Value;
use std::process::Command;
use zhihui::{model::audit::By, model::placement::PlacementRule, store::Filter};

const ANSWERED: &str = "fixtures/mail/002-plain-wps.eml";
const PAST_THE_CAP: &str = "fixtures/mail/001-plain-word.eml";
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";

/// Two forms without seals on Thursday 29 June: the first gets its request, the second is past the cap.
async fn office() -> Office {
    let office = Office::new("[limits]\nreplies_per_sender_per_day = 1\n");
    office.receives(ANSWERED, "Thu, 29 Jun 2023 08:00:00 +0800", "first", "none");
    drop(pass(&office, "2023-06-29T09:00:00+08:00").await);
    office.receives(PAST_THE_CAP, "Thu, 29 Jun 2023 09:10:00 +0800", "second", "none");
    drop(pass(&office, "2023-06-29T09:30:00+08:00").await);
    office
}

async fn pass(office: &Office, at: &str) -> Running {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running
}

/// What was sent: kind, case and text.
async fn sent(running: &Running, kind: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for row in running.app.store.list_outbox(&Filter::default()).await.expect("the outbox") {
        if row.kind == kind && row.state == "sent" {
            let mime = running.app.store.outbox_mime(row.id).await.expect("the record").expect("a mail");
            texts.push(MessageParser::default().parse(&mime).expect("a mail").body_text(0).expect("its text").into_owned());
        }
    }
    texts
}

fn listed(office: &Office, words: &[&str]) -> Vec<Value> {
    let run = Command::new(env!("CARGO_BIN_EXE_zhihui")).args(words).args(["--format", "json", "--config"]).arg(office.config()).output();
    serde_json::from_slice(&run.expect("it runs").stdout).expect("JSON")
}

#[tokio::test]
async fn a_summary_that_tells_a_deadline_starts_the_period() {
    for (received, month, rule) in [
        ("Fri, 07 Jul 2023 17:30:00 +0800", "2023-06", PlacementRule::WithinPeriod),
        ("Fri, 07 Jul 2023 17:30:01 +0800", "2023-07", PlacementRule::BecameComplete),
    ] {
        let office = office().await;
        // After midnight the summary is queued, in office hours it goes.
        drop(pass(&office, "2023-06-30T00:10:00+08:00").await);
        let running = pass(&office, "2023-06-30T08:30:00+08:00").await;
        let summary = sent(&running, "summary").await;
        assert!(summary.len() == 1 && summary.iter().all(|text| text.contains("2023年7月7日 17:30")), "{summary:?}");
        drop(running);
        office.receives(COMPLETE, received, "third", "second");
        let running = pass(&office, "2023-07-07T18:00:00+08:00").await;
        let case = running.app.store.case_detail("JCZH-2023-0002").await.expect("the record").expect("the case");
        let placement = case.revisions.last().and_then(|revision| revision.placement.clone()).expect("it is told");
        assert_eq!((case.case.month.as_deref(), placement.rule), (Some(month), rule), "{received}");
        assert_eq!(placement.deadline, Some("2023-07-07T17:30:00+08:00".parse().expect("an instant")));
    }
}

#[tokio::test]
async fn who_was_asked_by_a_summary_is_reminded_and_overdue_in_both_lists() {
    let office = office().await;
    drop(pass(&office, "2023-06-30T08:30:00+08:00").await);
    // The request of the first is due on 6 July, the summary's on the 7th: each is reminded a working day before.
    assert_eq!(sent(&pass(&office, "2023-07-05T08:30:00+08:00").await, "reminder").await.len(), 1);
    let reminders = sent(&pass(&office, "2023-07-06T08:30:00+08:00").await, "reminder").await;
    assert!(reminders.len() == 2 && reminders.iter().any(|text| text.contains("2023年7月7日 17:30")), "{reminders:?}");
    let overdue = listed(&office, &["case", "overdue"]);
    let deadlines: Vec<_> = overdue.iter().map(|row| (row["number"].as_str(), row["deadline"].as_str())).collect();
    assert_eq!(
        deadlines,
        [(Some("JCZH-2023-0001"), Some("2023-07-06T17:30:00+08:00")), (Some("JCZH-2023-0002"), Some("2023-07-07T17:30:00+08:00"))]
    );
    for words in [&["case", "list", "--overdue"][..], &["case", "list", "--view", "超期未补"]] {
        let numbers: Vec<_> = listed(&office, words).iter().map(|row| row["number"].as_str().map(str::to_owned)).collect();
        assert_eq!(numbers, [Some("JCZH-2023-0001".to_owned()), Some("JCZH-2023-0002".to_owned())], "{words:?}");
    }
}

#[tokio::test]
async fn a_summary_released_late_tells_the_deadline_that_it_has_then() {
    let office = office().await;
    let running = pass(&office, "2023-06-30T00:10:00+08:00").await;
    let rows = running.app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let summary = rows.iter().find(|row| row.kind == "summary").cloned().expect("a summary");
    let now_ms = office.clock.now().as_millisecond();
    running.app.store.hold(summary.id, &By::program(now_ms)).await.expect("it is held");
    let at = "2023-07-10T09:00:00+08:00".parse::<jiff::Timestamp>().expect("an instant");
    running.app.store.release(summary.id, &By::program(at.as_millisecond())).await.expect("it is released");
    drop(running);
    let running = pass(&office, "2023-07-10T09:01:00+08:00").await;
    let texts = sent(&running, "summary").await;
    assert!(texts.iter().any(|text| text.contains("2023年7月17日 17:30") && !text.contains("7月7日 17:30")), "{texts:?}");
    assert!(
        running.app.store.list_outbox(&Filter::default()).await.expect("the outbox").iter().any(|row| row.message_id == summary.message_id)
    );
}
