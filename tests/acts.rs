//! What people do with cases, from the act to what the unit is told: it is shown before it is done, it stands over every
//! reading that follows, and nothing is asked that a person has answered.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use mail_parser::MessageParser;
use office::Office;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use zhihui::app::App;
use zhihui::daemon::desk::{Answering, Deed, Done, Intent, Refusal};
use zhihui::intake::handed::Handed;
use zhihui::model::audit::{Actor, By};
use zhihui::model::ruling::Field;
use zhihui::store::{CaseRow, Filter, OutboxRow};

const FIRST: &str = "fixtures/mail/001-plain-word.eml";
const AGAIN: &str = "fixtures/mail/002-plain-wps.eml";
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";
const NUMBER: &str = "JCZH-2023-0001";

async fn pass(office: &Office, at: &str) {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.close().await;
}

/// A form that lacks its seal came on the morning of 29 June; the request waits for the office's hours.
async fn open(replies: &str) -> (Office, App) {
    let office = Office::new(replies);
    office.receives(FIRST, "Thu, 29 Jun 2023 06:00:00 +0800", "first", "none");
    pass(&office, "2023-06-29T06:30:00+08:00").await;
    let app = office.open().await;
    (office, app)
}

fn by(app: &App, reason: &str) -> By {
    By { actor: Actor::Person("zhang".into()), at_ms: app.clock.now().as_millisecond(), reason: reason.into() }
}

async fn act(app: &App, deed: Deed) -> Result<Vec<Done>, Refusal> {
    let desk = app.desk().await.expect("a desk");
    let numbers = [NUMBER.to_owned()];
    let before = (case(app).await, audit(app).await.len(), outbox(app).await);
    let shown = desk.act(&numbers, &deed, &by(app, "已核实"), Intent::Shown).await.expect("it is shown")?;
    assert_eq!((case(app).await, audit(app).await.len(), outbox(app).await), before, "nothing stays of what is shown");
    desk.act(&numbers, &deed, &by(app, "已核实"), Intent::Meant(&shown)).await.expect("it is done")
}

async fn case(app: &App) -> CaseRow {
    app.store.list_cases(&Filter::default()).await.expect("the record").remove(0)
}

async fn outbox(app: &App) -> Vec<OutboxRow> {
    app.store.list_outbox(&Filter::default()).await.expect("the outbox")
}

async fn audit(app: &App) -> Vec<(String, Option<String>)> {
    let rows = app.store.list_audit(&Default::default()).await.expect("the log");
    rows.into_iter().map(|row| (row.act, row.actor)).collect()
}

fn states(rows: &[OutboxRow]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.kind.as_str(), row.state.as_str())).collect()
}

fn codes(case: &CaseRow) -> Vec<&str> {
    case.defects.iter().map(|defect| defect.code.as_str()).collect()
}

#[tokio::test]
async fn a_confirmed_seal_accepts_the_case_takes_the_request_back_and_thanks_the_unit() {
    let (office, app) = open("").await;
    assert_eq!((case(&app).await.status.as_str(), states(&outbox(&app).await)), ("needs_correction", vec![("correction", "queued")]));
    let done = act(&app, Deed::Settle(vec![(Field::Seal, json!("present"))])).await.expect("it is done");
    assert_eq!(done[0].status, ("needs_correction".into(), "accepted".into()));
    let rows = outbox(&app).await;
    assert_eq!(states(&rows), [("correction", "cancelled"), ("acknowledgement", "queued")]);
    assert!(rows[1].subject.contains("收件回执 JCZH-2023-0001") && rows[1].to == "office@unit.example", "{rows:?}");
    assert_eq!(rows[1].in_reply_to.as_deref(), Some("<first@unit.example>"));
    let now = case(&app).await;
    assert!(now.status == "accepted" && now.seal == "present" && !codes(&now).iter().any(|code| code.starts_with("seal.")), "{now:?}");
    assert!(audit(&app).await.contains(&("case.edited".into(), Some("zhang".into()))));
    app.store.close().await;
    // The same form once more, again without a seal: a person has seen it.
    office.receives(AGAIN, "Fri, 30 Jun 2023 10:00:00 +0800", "second", "first");
    pass(&office, "2023-06-30T10:05:00+08:00").await;
    let app = office.open().await;
    let now = case(&app).await;
    assert_eq!((now.status.as_str(), now.revision, now.seal.as_str()), ("accepted", 2, "present"));
    assert!(outbox(&app).await.iter().all(|row| row.kind != "correction" || row.state == "cancelled"), "nobody asks for it again");
    // Taken back, it is wanted after all.
    let done = act(&app, Deed::Revert(vec![Field::Seal])).await.expect("it is done");
    assert_eq!((done[0].status.1.as_str(), done[0].letters[0].kind), ("needs_correction", "correction"));
    assert_eq!(act(&app, Deed::Revert(vec![Field::Seal])).await, Err(Refusal::Nothing(NUMBER.into())));
}

#[tokio::test]
async fn what_a_person_corrected_stands_over_a_later_form_which_is_flagged() {
    let (office, app) = open("").await;
    let read = case(&app).await.title.expect("a title");
    act(&app, Deed::Settle(vec![(Field::Title, json!("人工更正的题目")), (Field::Region, json!("襄阳市"))])).await.expect("it is done");
    let now = case(&app).await;
    assert_eq!((now.title.as_deref(), now.region.as_deref()), (Some("人工更正的题目"), Some("襄阳市")));
    app.store.close().await;
    office.receives(COMPLETE, "Fri, 30 Jun 2023 10:00:00 +0800", "second", "first");
    pass(&office, "2023-06-30T10:05:00+08:00").await;
    let app = office.open().await;
    let now = case(&app).await;
    assert_eq!((now.title.as_deref(), now.revision, now.status.as_str()), (Some("人工更正的题目"), 2, "accepted"));
    let flagged = codes(&now).contains(&"ruling.differs");
    assert_eq!(flagged, app.store.case_detail(NUMBER).await.expect("it").expect("it").revisions[1].reading.title != Some(read.clone()));
    act(&app, Deed::Revert(vec![Field::Title])).await.expect("it is done");
    let detail = app.store.case_detail(NUMBER).await.expect("it is read").expect("it is there");
    assert_eq!((detail.case.title, detail.case.region.as_deref()), (detail.revisions[1].reading.title.clone(), Some("襄阳市")));
}

#[tokio::test]
async fn what_is_sent_back_is_told_once_released_and_comes_back_with_a_newer_form() {
    let (office, app) = open("").await;
    let done = act(&app, Deed::Return).await.expect("it is done");
    assert!(done[0].letters[0].text.contains("原因如下：\n\n　　已核实"), "{}", done[0].letters[0].text);
    let rows = outbox(&app).await;
    assert_eq!(states(&rows), [("correction", "cancelled"), ("returned", "held")]);
    assert_eq!(case(&app).await.status, "returned");
    assert_eq!(act(&app, Deed::Return).await, Err(Refusal::State(NUMBER.into(), "returned".into())));
    app.store.close().await;
    office.receives(COMPLETE, "Fri, 30 Jun 2023 10:00:00 +0800", "second", "first");
    pass(&office, "2023-06-30T10:05:00+08:00").await;
    let app = office.open().await;
    let now = case(&app).await;
    assert!(now.status == "accepted" && codes(&now).contains(&"ruling.differs"), "{now:?}");
}

#[tokio::test]
async fn a_withdrawn_case_stays_out_and_nobody_is_asked_any_more() {
    let (office, app) = open("").await;
    act(&app, Deed::Withdraw).await.expect("it is done");
    assert_eq!(states(&outbox(&app).await), [("correction", "cancelled")]);
    app.store.close().await;
    office.receives(COMPLETE, "Fri, 30 Jun 2023 10:00:00 +0800", "second", "first");
    pass(&office, "2023-06-30T10:05:00+08:00").await;
    let app = office.open().await;
    let now = case(&app).await;
    assert!(now.status == "withdrawn" && codes(&now).contains(&"ruling.differs"), "{now:?}");
    act(&app, Deed::Revert(vec![Field::Status])).await.expect("it is done");
    assert_eq!(case(&app).await.status, "accepted");
}

#[tokio::test]
async fn a_request_about_two_cases_goes_on_asking_about_the_one_that_was_not_withdrawn() {
    let office = Office::new("");
    office.receives("fixtures/mail/407-two-forms.eml", "Thu, 29 Jun 2023 06:00:00 +0800", "both", "none");
    pass(&office, "2023-06-29T06:30:00+08:00").await;
    let app = office.open().await;
    assert_eq!(states(&outbox(&app).await), [("correction", "queued")]);
    let done = act(&app, Deed::Withdraw).await.expect("it is done");
    assert!(done.iter().all(|done| done.letters.is_empty()), "nobody is asked once more: {done:?}");
    assert_eq!(states(&outbox(&app).await), [("correction", "queued")]);
    app.store.close().await;
    pass(&office, "2023-06-29T08:31:00+08:00").await;
    let app = office.open().await;
    let rows = outbox(&app).await;
    assert_eq!(states(&rows), [("correction", "sent")]);
    assert!(rows[0].subject.contains("JCZH-2023-0002") && !rows[0].subject.contains(NUMBER), "{rows:?}");
}

#[tokio::test]
async fn a_form_that_a_person_completes_after_its_period_is_placed_by_its_day() {
    let (office, app) = open("").await;
    app.store.close().await;
    pass(&office, "2023-06-29T09:00:00+08:00").await;
    office.receives(AGAIN, "Thu, 20 Jul 2023 10:00:00 +0800", "second", "first");
    pass(&office, "2023-07-20T10:05:00+08:00").await;
    let app = office.open().await;
    let before = case(&app).await;
    assert_eq!((before.revision, before.status.as_str(), before.month.as_deref()), (2, "needs_correction", Some("2023-06")));
    act(&app, Deed::Settle(vec![(Field::Seal, json!("present"))])).await.expect("it is done");
    assert_eq!(case(&app).await.month.as_deref(), Some("2023-07"));
    act(&app, Deed::Revert(vec![Field::Seal])).await.expect("it is done");
    assert_eq!(case(&app).await.month.as_deref(), Some("2023-06"));
}

#[tokio::test]
async fn notes_and_handlers_stand_beside_a_case_and_change_nothing_else() {
    let (_office, app) = open("").await;
    act(&app, Deed::Assign("李某".into())).await.expect("it is done");
    act(&app, Deed::Settle(vec![(Field::Phones, json!(["0719-5526248"]))])).await.expect("it is done");
    act(&app, Deed::Note("已电话联系 19900009037".into())).await.expect("it is done");
    assert_eq!(act(&app, Deed::Assign("李某".into())).await, Err(Refusal::Nothing(NUMBER.into())));
    let facts = app.store.case_facts("2023", i64::MAX).await.expect("facts");
    assert_eq!((facts[0].desk.handler.as_str(), facts[0].contact.phones.as_slice()), ("李某", &["0719-5526248".to_owned()][..]));
    assert!(facts[0].contact.name.is_some(), "the name stays as it was read");
    let log = app.store.list_audit(&Default::default()).await.expect("the log");
    assert!(log.iter().all(|row| !format!("{row:?}").contains("19900009037")), "the log holds no numbers");
    let detail = app.store.case_detail(NUMBER).await.expect("it is read").expect("it is there");
    assert!(detail.rulings.iter().any(|ruling| ruling.field == "note" && ruling.value == json!("已电话联系 19900009037")));
}

#[tokio::test]
async fn a_question_is_answered_in_its_thread_and_once() {
    let (office, app) = open("").await;
    app.store.close().await;
    office.receives("fixtures/mail/603-inquiry.eml", "Thu, 29 Jun 2023 10:00:00 +0800", "question", "none");
    pass(&office, "2023-06-29T10:05:00+08:00").await;
    let app = office.open().await;
    let asking = app.store.asking("question@unit.example").await.expect("it is read").expect("it is there");
    assert_eq!(asking.disposition.as_deref(), Some("inquiry"));
    let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
    let pool = &daemon.sources()[0].pool;
    let answering = Answering::read(asking.clone(), &app.blobs, pool, None).await.expect("it is read").expect("it can be answered");
    let desk = app.desk().await.expect("a desk");
    let text = "材料请于6月30日前报送。\n\n1. 申报表\n2. 盖章扫描件\n{{ 7*7 }}";
    let shown = desk.answer(&answering, text, None, &by(&app, "答复咨询"), false).await.expect("it is shown").expect("it goes");
    assert!(outbox(&app).await.iter().all(|row| row.kind != "answer"));
    let ledger = app.store.list_messages(&Filter { status: Some("unanswered".into()), ..Filter::default() }).await.expect("the ledger");
    assert_eq!(ledger.first().map(|mail| mail.answered), Some(false));
    assert!(shown.text.contains("　　材料请于6月30日前报送。") && shown.text.contains("1. 申报表") && !shown.text.contains("49"));
    desk.answer(&answering, text, None, &by(&app, "答复咨询"), true).await.expect("it is queued").expect("it goes");
    let rows = outbox(&app).await;
    let row = rows.iter().find(|row| row.kind == "answer").expect("the answer");
    // It waits for an answer no more, unless that is taken back.
    let unanswered = Filter { status: Some("unanswered".into()), ..Filter::default() };
    let waiting = async || app.store.list_messages(&unanswered).await.expect("the ledger").len();
    assert_eq!((waiting().await, app.store.count_messages(&unanswered).await.expect("the ledger")), (0, 0));
    app.store.cancel(row.id, &by(&app, "另行电话答复")).await.expect("the record");
    assert_eq!(waiting().await, 1);
    desk.answer(&answering, text, None, &By { at_ms: by(&app, "").at_ms + 1, ..by(&app, "答复咨询") }, true)
        .await
        .expect("it is queued")
        .expect("it goes");
    assert_eq!(waiting().await, 0, "the second one answers it");
    let rows = outbox(&app).await;
    let row = rows.iter().rfind(|row| row.kind == "answer").expect("the answer");
    assert_eq!(
        (row.state.as_str(), row.in_reply_to.as_deref(), row.to.as_str()),
        ("queued", Some("<question@unit.example>"), "office@unit.example")
    );
    let mime = app.store.outbox_mime(row.id).await.expect("the record").expect("a mail");
    let mail = MessageParser::default().parse(&mime).expect("a mail");
    assert!(mail.header("Auto-Submitted").is_none(), "a person wrote it");
    assert_eq!(app.store.asking("<question@unit.example>").await.expect("it is read").expect("it is there").answered, Some(row.id));
}

#[tokio::test]
async fn what_came_by_hand_goes_the_way_of_every_mail_and_once() {
    let (_office, app) = open("").await;
    let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
    let source = &daemon.sources()[0];
    let raw = fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail/201-mobile-with-spaces.eml")).expect("a fixture");
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    use mail_parser::MimeHeaders;
    let files = mail.attachments().map(|file| (file.attachment_name().unwrap_or_default().to_owned(), file.contents().to_vec())).collect();
    let handed = Handed { way: "微信".into(), received: "2023-06-20T10:00:00+08:00".parse().expect("an instant"), case: None, files };
    let entered = daemon.judge().read_handed(&handed, source).await.expect("it is read");
    let shown = daemon.judge().enter(&entered, source, &by(&app, "邮箱故障"), false).await.expect("it is shown").expect("it is new");
    assert_eq!(app.store.list_cases(&Filter::default()).await.expect("the record").len(), 1);
    let done = daemon.judge().enter(&entered, source, &by(&app, "邮箱故障"), true).await.expect("it is entered").expect("it is new");
    assert_eq!(shown, done);
    assert!(daemon.judge().enter(&entered, source, &by(&app, "邮箱故障"), true).await.expect("it is looked at").is_none());
    let row = app.store.list_cases(&Filter::default()).await.expect("the record").remove(1);
    assert_eq!((row.number.as_deref(), row.received_at.as_str()), (Some("JCZH-2023-0002"), "2023-06-20T10:00:00+08:00"));
    assert_eq!(outbox(&app).await.len(), 1, "nobody is answered");
    let detail = app.store.case_detail("JCZH-2023-0002").await.expect("it is read").expect("it is there");
    assert_eq!((detail.messages[0].received_source.as_str(), detail.messages[0].mailbox.as_str()), ("person", "人工登记"));
    assert!(audit(&app).await.contains(&("case.added".into(), Some("zhang".into()))));
    // Acts about it write to nobody.
    let desk = app.desk().await.expect("a desk");
    let numbers = ["JCZH-2023-0002".to_owned()];
    let shown = desk.act(&numbers, &Deed::Return, &by(&app, "无关"), Intent::Shown).await.expect("it is shown").expect("it can be done");
    assert!(shown[0].letters.is_empty() && shown[0].remarks[0].contains("请另行告知"), "{shown:?}");
}

/// The files of a mail.
fn files(fixture: &str) -> Vec<(String, Vec<u8>)> {
    use mail_parser::MimeHeaders;
    let raw = fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(fixture)).expect("a fixture");
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    mail.attachments().map(|file| (file.attachment_name().unwrap_or_default().to_owned(), file.contents().to_vec())).collect()
}

#[tokio::test]
async fn what_is_entered_for_a_case_is_its_new_revision_or_its_supplement_whoever_it_names() {
    let (_office, app) = open("").await;
    let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
    let source = &daemon.sources()[0];
    let enter = async |case: Option<&str>, files: Vec<(String, Vec<u8>)>| {
        let received = "2023-06-29T10:00:00+08:00".parse().expect("an instant");
        let handed = Handed { way: "纸质".into(), received, case: case.map(str::to_owned), files };
        let entered = daemon.judge().read_handed(&handed, source).await.expect("it is read");
        daemon.judge().enter(&entered, source, &by(&app, "邮寄"), true).await.expect("it is entered").expect("it is new")
    };
    let other = || files("fixtures/mail/201-mobile-with-spaces.eml");
    let page = || vec![("现场.pdf".to_owned(), b"%PDF-1.4\n%%EOF".to_vec())];
    let done = enter(None, other()).await;
    assert_eq!((done.disposition.as_str(), done.cases[0].number.as_deref()), ("case", Some("JCZH-2023-0002")));
    assert_eq!(enter(None, page()).await.cases.len(), 0, "all that came by hand is from one address: it ties to nothing");
    // The form of another case: only the coordinator knows whose it is.
    let done = enter(Some(NUMBER), other()).await;
    assert_eq!((done.disposition.as_str(), done.cases[0].number.as_deref(), done.cases[0].revision), ("revision", Some(NUMBER), 2));
    let evidence = async || app.store.case_detail(NUMBER).await.expect("it is read").expect("it is there").evidence.len();
    let before = evidence().await;
    let done = enter(Some(NUMBER), page()).await;
    assert_eq!((done.disposition.as_str(), done.cases[0].number.as_deref()), ("supplement", Some(NUMBER)));
    assert_eq!(evidence().await, before + 1);
    let log = app.store.list_audit(&Default::default()).await.expect("the log");
    assert_eq!(log.iter().filter(|row| row.act == "case.added" && row.subject == format!("case/{NUMBER}")).count(), 2);
}

/// The program on the record of an office, as somebody types it without a terminal.
fn typed(office: &Office, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.arg("--config").arg(office.config()).args(arguments).env("ZHIHUI_ACTOR", "zhang");
    command.output().expect("it runs")
}

#[tokio::test]
async fn without_a_terminal_an_act_wants_yes_and_human_decisions_outlive_rereading() {
    let (office, app) = open("").await;
    app.store.close().await;
    let edit = ["case", "edit", NUMBER, "--field", "案例题目=人工题目", "--field", "市州=襄阳", "--reason", "核实"];
    let shown = typed(&office, &edit);
    assert_eq!(shown.status.code(), Some(2), "{shown:?}");
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(text.contains("人工题目") && String::from_utf8_lossy(&shown.stderr).contains("--yes"), "{text}");
    assert_eq!(typed(&office, &[&edit[..], &["--yes"]].concat()).status.code(), Some(0));
    let reread = typed(&office, &["case", "reread", "--yes", "--reason", "试"]);
    assert_eq!(reread.status.code(), Some(0), "{reread:?}");
    let app = office.open().await;
    let now = case(&app).await;
    assert_eq!((now.title.as_deref(), now.region.as_deref()), (Some("人工题目"), Some("襄阳市")));
    app.store.close().await;
    for (arguments, code) in [
        (&["case", "edit", NUMBER, "--field", "tilte=x", "--reason", "x"][..], 2),
        (&["case", "edit", NUMBER, "--field", "联系电话=123", "--reason", "x"], 2),
        (&["case", "edit", "JCZH-2023-0099", "--field", "案例题目=x", "--reason", "x", "--yes"], 1),
        (&["case", "return", NUMBER], 2),
        (&["case", "confirm-seal", NUMBER, "maybe", "--reason", "x"], 2),
        (&["case", "assign", NUMBER, "李某", "--reason", "分工", "--yes"], 0),
        (&["case", "set-focus", NUMBER, "技术创新、中小微企业", "--reason", "已阅", "--yes"], 0),
        (&["case", "note", NUMBER, "--text", "已联系", "--yes"], 0),
    ] {
        let output = typed(&office, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    }
    let app = office.open().await;
    assert_eq!(case(&app).await.focus_areas, ["small_business", "technical_innovation"]);
}

#[tokio::test]
async fn an_introduction_that_a_person_wrote_stands_is_found_and_may_still_be_too_long() {
    let (office, app) = open("").await;
    app.store.close().await;
    let file = office.config().with_file_name("介绍.txt");
    let given = format!("案例介绍=@{}", file.display());
    let edit = |text: &str| {
        fs::write(&file, text).expect("it can be written");
        let done = typed(
            &office,
            &["case", "edit", NUMBER, "--field", &given, "--field", "报送单位意见=同意推荐 2023年6月1日", "--reason", "核实", "--yes"],
        );
        assert_eq!(done.status.code(), Some(0), "{done:?}");
    };
    edit(&"长".repeat(1501));
    let app = office.open().await;
    assert!(codes(&case(&app).await).contains(&"introduction.too_long"));
    app.store.close().await;
    edit("一、背景和意义\n人工录入的背景。\n二、主要做法和创新点\n甪直计量站的做法。\n三、工作成效\n成效。");
    let app = office.open().await;
    let (hits, all) = app.store.search("甪直", &Filter::default(), 10).await.expect("a search");
    assert_eq!((all, hits[0].snippet.contains("甪直计量站")), (1, true), "{hits:?}");
    let settled = app.store.case_detail(NUMBER).await.expect("it is read").expect("it is there").settled.expect("a reading");
    assert_eq!(settled.introduction.background.as_deref(), Some("人工录入的背景。"));
    assert_eq!((settled.opinion.text.as_deref(), settled.opinion.date.as_deref()), (Some("同意推荐"), Some("2023-06-01")));
    assert!(!codes(&case(&app).await).contains(&"introduction.too_long"));
    let log = app.store.list_audit(&Default::default()).await.expect("the log");
    assert!(log.iter().all(|row| !format!("{row:?}").contains("甪直")), "the log holds no words of forms");
    app.store.close().await;
    let reverted = typed(&office, &["case", "edit", NUMBER, "--as-read", "案例介绍", "--reason", "核实", "--yes"]);
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert_eq!(office.open().await.store.search("甪直", &Filter::default(), 10).await.expect("a search").1, 0);
}

#[tokio::test]
async fn names_on_the_form_are_left_out_of_the_list_of_acts_and_of_what_is_exported() {
    let (office, app) = open("").await;
    let contact = app.store.case_detail(NUMBER).await.expect("it is read").expect("it is there").settled.expect("a reading").contact;
    let name = contact.name.expect("a name");
    app.store.close().await;
    let reason = format!("{name}来电 19900009037");
    for arguments in [
        &["case", "edit", NUMBER, "--field", "联系人及电话=赵钱孙 19900009036", "--reason", &reason, "--yes"][..],
        &["case", "note", NUMBER, "--text", &format!("已联系赵钱孙、{name} 19900009037"), "--yes"],
    ] {
        assert_eq!(typed(&office, arguments).status.code(), Some(0), "{arguments:?}");
    }
    let told = |arguments: &[&str]| String::from_utf8_lossy(&typed(&office, arguments).stdout).into_owned();
    let folder = office.config().with_file_name("案例");
    let exported = typed(&office, &["case", "export", NUMBER, "--to", &folder.display().to_string()]);
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    let inside = fs::read_dir(
        fs::read_dir(&folder).expect("a folder").find_map(|entry| entry.ok().filter(|one| one.path().is_dir())).expect("a case").path(),
    );
    let written: String =
        inside.expect("its files").filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok()).collect::<Vec<_>>().join("\n");
    assert!(written.contains("case.edited"), "the record is there");
    for text in [told(&["audit", "list"]), told(&["audit", "list", "--format", "json"]), told(&["case", "explain", NUMBER]), written] {
        assert!(text.contains("来电"), "{text}");
        for hidden in [name.as_str(), "赵钱孙", "19900009037", "19900009036"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
    assert!(told(&["case", "show", NUMBER]).contains(&reason), "who looks at the case telephones");
}
