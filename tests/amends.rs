//! Cases that are read again after the rules were wrong: who was asked wrongly is told so, who was not asked gets the receipt
//! or the request that is due, and without being asked to nothing is sent.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use mail_parser::MessageParser;
use office::Office;
use std::{fs, path::PathBuf, process::Command};
use zhihui::{
    app,
    daemon::{Amender, Applied, Rereader, Tell},
    intake::{amend::Telling, schedule},
    model::{
        audit::{Actor, By},
        outbox::OutboxState,
    },
    store::{Filter, OutboxRow},
};

/// Complete, with an introduction of more than twenty words.
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";
const RIGHT: &str = "limit = 1500";
const WRONG: &str = "limit = 20";

/// The campaign file allows so many words.
fn allow(office: &Office, from: &str, to: &str) {
    let path = office.config().with_file_name("campaign-2023.toml");
    let text = fs::read_to_string(&path).expect("the campaign");
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).expect("it changes");
}

async fn pass(office: &Office, at: &str) -> Vec<OutboxRow> {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.list_outbox(&Filter::default()).await.expect("the outbox")
}

/// A form that came on Thursday 29 June, under rules like these.
async fn received(replies: &str, rules: &str) -> Office {
    let office = Office::new(replies);
    if rules == WRONG {
        allow(&office, RIGHT, WRONG);
    }
    office.receives(COMPLETE, "Thu, 29 Jun 2023 08:00:00 +0800", "first", "none");
    pass(&office, "2023-06-29T09:00:00+08:00").await;
    office
}

/// Reads every case again and writes it down; the outbox afterwards.
async fn reread(office: &Office, at: &str, tell: Tell) -> (Vec<Applied>, Vec<(String, String)>) {
    office.clock.set(at.parse().expect("an instant"));
    let app = office.open().await;
    let campaign = app.loaded.campaigns.values().next().expect("a campaign").clone();
    let office_hours = schedule::Office::of(&app.loaded.config, &app.loaded.workdays);
    let pool = app::pool(PathBuf::from(env!("CARGO_BIN_EXE_zhihui")), &campaign);
    let key = app.store.hmac_key().await.expect("a key");
    let roster = app.store.roster("2023").await.expect("the roster");
    let rereader = Rereader {
        blobs: &app.blobs,
        pool: &pool,
        campaign: &campaign,
        office: &office_hours,
        roster: &roster,
        authserv_id: None,
        now: app.clock.now(),
    };
    let amender = Amender { store: &app.store, config: &app.loaded.config, campaign: &campaign, office: &office_hours, key: &key };
    let by = By { actor: Actor::Person("zhang".into()), at_ms: app.clock.now().as_millisecond(), reason: "字数上限写错".into() };
    let mut applied = Vec::new();
    for row in app.store.list_cases(&Filter::default()).await.expect("the cases") {
        let case = app.store.reread_case(&row.id.to_string()).await.expect("the record").expect("the case");
        let found = rereader.read(&case).await.expect("it is read");
        app.blobs.put_all(found.files.clone()).await.expect("they are kept");
        applied.push(amender.apply(&case, &found, &by, tell).await.expect("it is written"));
    }
    let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    (applied, rows.into_iter().map(|row| (row.kind, row.state)).collect())
}

async fn text(office: &Office, kind: &str) -> String {
    let app = office.open().await;
    let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let row = rows.iter().rfind(|row| row.kind == kind).expect("it is there");
    let mime = app.store.outbox_mime(row.id).await.expect("the record").expect("a mail");
    MessageParser::default().parse(&mime).expect("a mail").body_text(0).expect("its text").into_owned()
}

fn rows(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(kind, state)| ((*kind).to_owned(), (*state).to_owned())).collect()
}

#[tokio::test]
async fn who_was_asked_wrongly_is_told_so_once_and_is_not_reminded() {
    let office = received("", WRONG).await;
    allow(&office, WRONG, RIGHT);
    let (applied, outbox) = reread(&office, "2023-06-30T08:00:00+08:00", Tell::Units).await;
    assert_eq!(applied, [Applied::Told(Telling::Retraction, OutboxState::Queued)]);
    assert_eq!(outbox, rows(&[("correction", "sent"), ("amendment", "queued")]));
    let told = text(&office, "amendment").await;
    assert!(told.contains("此前发出的补正通知有误") && told.contains("JCZH-2023-0001") && !told.contains("字"), "{told}");
    let (again, _) = reread(&office, "2023-06-30T08:10:00+08:00", Tell::Units).await;
    assert_eq!(again, [Applied::Quietly(None)], "it was told");
    // It goes in office hours, and the reminder of the request that was wrong doesn't.
    let sent = |outbox: Vec<OutboxRow>| outbox.into_iter().map(|row| (row.kind, row.state)).collect::<Vec<_>>();
    assert_eq!(sent(pass(&office, "2023-06-30T08:29:00+08:00").await), rows(&[("correction", "sent"), ("amendment", "queued")]));
    for at in ["2023-06-30T08:30:00+08:00", "2023-07-05T08:30:00+08:00"] {
        assert_eq!(sent(pass(&office, at).await), rows(&[("correction", "sent"), ("amendment", "sent")]), "{at}");
    }
}

#[tokio::test]
async fn a_request_that_has_not_gone_is_taken_back_and_the_receipt_goes_only_where_it_is_asked_for() {
    for (tell, applied, outbox) in [
        (Tell::Nobody, Applied::Quietly(None), rows(&[("correction", "cancelled")])),
        (
            Tell::Units,
            Applied::Told(Telling::Acknowledgement, OutboxState::Held),
            rows(&[("correction", "cancelled"), ("acknowledgement", "held")]),
        ),
    ] {
        let office = received("mode = \"hold\"\n", WRONG).await;
        allow(&office, WRONG, RIGHT);
        assert_eq!(reread(&office, "2023-06-29T10:00:00+08:00", tell).await, (vec![applied], outbox));
    }
}

#[tokio::test]
async fn who_was_told_that_all_is_well_is_told_what_is_not_with_a_period_of_its_own() {
    let office = received("", RIGHT).await;
    allow(&office, RIGHT, WRONG);
    let (applied, outbox) = reread(&office, "2023-06-30T08:40:00+08:00", Tell::Units).await;
    assert_eq!(applied, [Applied::Told(Telling::Amendment, OutboxState::Queued)]);
    assert_eq!(outbox, rows(&[("acknowledgement", "sent"), ("correction", "queued")]));
    pass(&office, "2023-06-30T08:41:00+08:00").await;
    let told = text(&office, "correction").await;
    assert!(told.contains("更正如下") && told.contains("超过20字") && told.contains("2023年7月7日 17:30"), "{told}");
    let reminders = pass(&office, "2023-07-06T08:30:00+08:00").await;
    assert!(reminders.iter().any(|row| row.kind == "reminder" && row.state == "sent"), "{reminders:?}");
}

#[tokio::test]
async fn the_command_shows_what_would_go_and_sends_nothing_by_itself() {
    let office = received("", WRONG).await;
    allow(&office, WRONG, RIGHT);
    let run = |arguments: &[&str]| {
        let command = Command::new(env!("CARGO_BIN_EXE_zhihui"))
            .args(["case", "reread"])
            .args(arguments)
            .arg("--config")
            .arg(office.config())
            .output();
        let output = command.expect("it runs");
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (shown, said) = run(&["--reply"]);
    assert!(shown.contains("答复：更正（此前误发补正通知，材料已齐）") && said.contains("尚未改动"), "{shown}{said}");
    assert!(!run(&[]).0.contains("答复："));
    // The mail is years old by now: a person releases what answers it.
    let (_, said) = run(&["--reply", "--yes", "--reason", "字数上限写错"]);
    assert!(said.contains("已改动1件，1封邮件已放入发件箱，其中1封待人工放行"), "{said}");
}
