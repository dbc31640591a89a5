//! Reminders over restarts and after being down, on a clock that the test moves: each once, on its day, in office hours, and
//! only while something is open.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use jiff::Timestamp;
use mail_parser::MessageParser;
use office::Office;
use serde_json::Value;
use std::{fs, process::Command};
use zhihui::{
    app::App,
    model::audit::By,
    store::{Filter, OutboxRow},
};

const FIRST: &str = "fixtures/mail/001-plain-word.eml";
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";

/// Starts the program anew at this instant, makes one pass, and lists every reminder there is.
async fn pass(office: &Office, at: &str) -> Vec<OutboxRow> {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    let rows = running.app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    running.app.store.close().await;
    rows.into_iter().filter(|row| row.kind == "reminder").collect()
}

/// A form that lacks its seal is asked for on Thursday 29 June, until Thursday 6 July.
async fn asked(replies: &str) -> Office {
    let office = Office::new(replies);
    office.receives(FIRST, "Wed, 28 Jun 2023 23:00:00 +0800", "first", "none");
    assert_eq!(pass(&office, "2023-06-29T09:00:00+08:00").await, []);
    office
}

fn states(rows: &[OutboxRow]) -> Vec<&str> {
    rows.iter().map(|row| row.state.as_str()).collect()
}

#[tokio::test]
async fn each_reminder_goes_once_over_restarts_and_none_when_its_time_is_over() {
    let office = asked("").await;
    for (at, count) in [
        ("2023-06-29T17:00:00+08:00", 0),
        ("2023-07-05T08:29:59+08:00", 0),
        ("2023-07-05T08:30:00+08:00", 1),
        ("2023-07-05T08:30:01+08:00", 1),
        ("2023-07-06T17:29:59+08:00", 1),
        ("2023-07-07T09:00:00+08:00", 1),
        ("2023-07-10T08:29:59+08:00", 1),
        ("2023-07-10T08:30:00+08:00", 2),
        // The clock leaps back, and on again.
        ("2023-07-05T09:00:00+08:00", 2),
        ("2023-07-24T09:00:00+08:00", 2),
        ("2023-12-29T08:29:59+08:00", 2),
        ("2023-12-29T08:30:00+08:00", 3),
        ("2024-01-02T09:00:00+08:00", 3),
    ] {
        let rows = pass(&office, at).await;
        assert!(rows.len() == count && rows.iter().all(|row| row.state == "sent"), "{at}: {rows:?}");
    }
    let overdue = Command::new(env!("CARGO_BIN_EXE_zhihui"))
        .args(["case", "overdue", "--format", "json", "--config"])
        .arg(office.config())
        .output()
        .expect("it runs");
    let rows: Value = serde_json::from_slice(&overdue.stdout).expect("JSON");
    assert_eq!((&rows[0]["number"], &rows[0]["deadline"]), (&"JCZH-2023-0001".into(), &"2023-07-06T17:30:00+08:00".into()));
    let phone = rows[0]["contact"]["phones"][0].as_str().expect("a phone");
    assert!(phone.contains("****"), "{phone}");
}

#[tokio::test]
async fn what_falls_on_one_day_is_told_in_one_letter() {
    let office = Office::new("");
    // Asked on the Sunday that makes up for the Dragon Boat holiday: the period ends on the last day of the window.
    office.receives(FIRST, "Sun, 25 Jun 2023 08:00:00 +0800", "first", "none");
    for (at, count) in [
        ("2023-06-25T09:00:00+08:00", 0),
        ("2023-06-29T08:29:59+08:00", 0),
        ("2023-06-29T08:30:00+08:00", 1),
        ("2023-06-29T17:00:00+08:00", 1),
        ("2023-06-30T08:31:00+08:00", 1),
    ] {
        assert_eq!(pass(&office, at).await.len(), count, "{at}");
    }
    let app = office.open().await;
    let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let row = rows.iter().find(|row| row.kind == "reminder").expect("it is there");
    let mime = app.store.outbox_mime(row.id).await.expect("the record").expect("a mail");
    let text = MessageParser::default().parse(&mime).expect("a mail").body_text(0).expect("its text").into_owned();
    assert!(text.contains("期限为2023年6月30日 17:30") && text.contains("将于2023年6月30日截止"), "{text}");
}

#[tokio::test]
async fn after_being_down_the_reminder_waits_for_the_morning_and_goes_back_when_the_form_comes() {
    let office = asked("").await;
    assert_eq!(states(&pass(&office, "2023-07-05T20:00:00+08:00").await), ["queued"]);
    office.receives(COMPLETE, "Thu, 06 Jul 2023 08:00:00 +0800", "second", "first");
    assert_eq!(states(&pass(&office, "2023-07-06T08:29:00+08:00").await), ["cancelled"]);
    for at in ["2023-07-06T08:31:00+08:00", "2023-07-10T09:00:00+08:00", "2023-12-29T09:00:00+08:00"] {
        assert_eq!(states(&pass(&office, at).await), ["cancelled"], "{at}");
    }
}

#[tokio::test]
async fn a_form_that_is_in_the_mailbox_is_read_before_anybody_is_reminded() {
    let office = asked("").await;
    office.receives(COMPLETE, "Wed, 05 Jul 2023 08:29:00 +0800", "second", "first");
    assert_eq!(pass(&office, "2023-07-05T08:30:00+08:00").await, []);
}

#[tokio::test]
async fn nobody_is_reminded_by_itself_where_people_release_replies_or_answer_alone() {
    let office = asked("mode = \"all\"\n").await;
    let config = office.config();
    let text = fs::read_to_string(&config).expect("the configuration");
    fs::write(&config, text.replace("mode = \"all\"", "never = [\"*@unit.example\"]")).expect("it changes");
    assert_eq!(pass(&office, "2023-07-05T08:30:00+08:00").await, []);
    fs::write(&config, text.replace("mode = \"all\"", "mode = \"receipts\"")).expect("it changes");
    assert_eq!(states(&pass(&office, "2023-07-05T08:31:00+08:00").await), ["held"]);
}

#[tokio::test]
async fn a_request_released_late_tells_the_deadline_that_it_has_then() {
    let office = asked("mode = \"hold\"\n").await;
    let request = async |app: &App| {
        let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
        let row = rows.into_iter().find(|row| row.kind == "correction").expect("a request");
        let mime = app.store.outbox_mime(row.id).await.expect("the record").expect("a mail");
        let mail = MessageParser::default().parse(&mime).expect("a mail");
        let told = (mail.message_id().map(str::to_owned), mail.attachment_count(), mail.body_text(0).expect("its text").into_owned());
        (row, told)
    };
    let open = async || office.open().await;
    let app = open().await;
    let (row, before) = request(&app).await;
    assert!(row.state == "held" && before.2.contains("2023年7月6日 17:30"), "{before:?}");
    let by = By { at_ms: "2023-07-10T08:59:00+08:00".parse::<Timestamp>().expect("an instant").as_millisecond(), ..By::program(0) };
    app.store.release(row.id, &by).await.expect("it is released");
    app.store.close().await;
    pass(&office, "2023-07-10T09:00:00+08:00").await;
    let app = open().await;
    let (row, after) = request(&app).await;
    assert!(row.state == "sent" && after.2.contains("2023年7月17日 17:30") && !after.2.contains("7月6日 17:30"), "{after:?}");
    assert_eq!((before.0, before.1), (after.0, after.1), "the same Message-ID and the same files");
    app.store.close().await;
    // The reminder goes by the new deadline.
    let rows = pass(&office, "2023-07-14T08:30:00+08:00").await;
    assert_eq!(states(&rows), ["held"]);
}

#[tokio::test]
async fn a_reminder_released_after_its_time_does_not_go() {
    let office = asked("mode = \"receipts\"\n").await;
    // The request itself waits for a person, too.
    let release = async |kind: &str, at: &str| {
        office.clock.set(at.parse().expect("an instant"));
        let app = office.open().await;
        let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
        let row = rows.iter().find(|row| row.kind == kind).expect("it is queued");
        let by = By::program(office.clock.now().as_millisecond());
        app.store.release(row.id, &by).await.expect("it is released");
        app.store.close().await;
    };
    release("correction", "2023-06-29T09:01:00+08:00").await;
    assert_eq!(pass(&office, "2023-06-29T09:02:00+08:00").await, []);
    assert_eq!(states(&pass(&office, "2023-07-05T08:30:00+08:00").await), ["held"]);
    release("reminder", "2023-07-06T17:30:00+08:00").await;
    assert_eq!(states(&pass(&office, "2023-07-06T17:30:00+08:00").await), ["cancelled"]);
}
