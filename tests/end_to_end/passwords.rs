//! A password that comes in a mail of its own: what it opens is a correction like any other.

use crate::{
    mails::field,
    site::text,
    threads::{DATE, Desk, altered, golden},
};
use serde_json::Value;

const PASSWORD: &str = "713";

fn shown(desk: &Desk, number: &str) -> Value {
    serde_json::from_str(&desk.site.done(&["case", "show", number, "--format", "json"])).expect("JSON")
}

/// What a coordinator is told of the latest mail.
fn told(desk: &Desk) -> String {
    desk.site.column("message", "because").pop().unwrap_or_default()
}

/// The password from somebody else of the same office, and from a stranger.
fn from(sender: &str, id: &str, fields: &str) -> Vec<u8> {
    altered(&golden(PASSWORD).raw, &[("office@unit.example", sender), ("<713@", id)], fields)
}

#[test]
fn a_password_in_a_second_mail_opens_the_archive_of_the_first() {
    let desk = Desk::with("438");
    let before = desk.site.list("case").remove(0);
    assert_eq!((text(&before, "status").as_str(), text(&before, "title").as_str()), ("needs_correction", ""));
    desk.receive(&golden(PASSWORD).raw);
    assert_eq!(desk.last(), ("revision".into(), "[\"JCZH-2023-0001\"]".into()));
    let after = desk.site.list("case").remove(0);
    assert_eq!((text(&after, "title").as_str(), text(&after, "revision").as_str()), ("计量技术服务助力化工产业提质升级", "2"), "{after}");
    assert!(!text(&after, "defects").contains("archive.encrypted"), "{after}");
    assert_eq!(text(&after, "month"), text(&before, "month"));
    // Answered as a correction is: what is still wrong, in the thread of the mail that told the password.
    let reply = desk.sink.arrived().into_iter().find(|mail| field(mail, "In-Reply-To").as_deref() == Some("<713@unit.example>"));
    assert_eq!(desk.site.column("outbox", "kind"), ["correction", "correction"]);
    assert!(reply.is_some_and(|reply| field(&reply, "Subject").is_some()), "the sender is answered");
    // Nothing more is opened by the same again, and reading the case anew finds the same.
    desk.receive(&altered(&golden(PASSWORD).raw, &[("<713@", "<713-again@")], ""));
    assert_eq!(desk.last().0, "inquiry");
    assert!(told(&desk).contains("没有尚未打开的加密附件"), "{}", told(&desk));
    assert_eq!(desk.site.done(&["case", "reread", "JCZH-2023-0001", "--format", "jsonl"]), "");
}

#[test]
fn the_archive_and_its_password_may_come_in_one_go() {
    let desk = Desk::with("601");
    for number in ["438", "714", PASSWORD] {
        desk.dovecot.append("cases", "INBOX", DATE, &golden(number).raw);
    }
    desk.site.poll();
    assert_eq!(desk.site.column("message", "disposition").split_off(1), ["case", "inquiry", "revision"]);
    assert_eq!(desk.site.column("case", "title"), ["计量技术服务助力化工产业提质升级"]);
}

#[test]
fn only_who_may_change_a_case_opens_its_archive() {
    let desk = Desk::with("438");
    let answers = format!("In-Reply-To: {}\r\n", desk.our_id());
    for (sender, id, fields) in [
        ("chen@stranger.example", "<one@", answers.as_str()),
        // Of the same office, but not whose case it is, and answering nothing.
        ("other@unit.example", "<two@", ""),
        ("office@unit.example", "<three@", "Auto-Submitted: auto-replied\r\n"),
    ] {
        desk.receive(&from(sender, id, fields));
        assert!(["inquiry", "automatic"].contains(&desk.last().0.as_str()), "{sender}: {:?}", desk.last());
    }
    assert_eq!((desk.site.column("case", "revision"), desk.sink.arrived().len()), (vec!["1".to_owned()], 1));
    desk.receive(&from("other@unit.example", "<four@", &answers));
    assert_eq!(desk.last().0, "revision");
}

#[test]
fn several_forms_in_one_archive_are_as_many_cases_in_the_place_of_the_first() {
    let desk = Desk::with("715");
    desk.receive(&golden(PASSWORD).raw);
    assert_eq!(desk.last(), ("case".into(), "[\"JCZH-2023-0001\",\"JCZH-2023-0002\"]".into()));
    let cases = desk.site.list("case");
    assert_eq!(cases.iter().map(|case| text(case, "revision")).collect::<Vec<_>>(), ["2", "1"]);
    assert!(cases.iter().all(|case| !text(case, "title").is_empty() && text(case, "month") == text(&cases[0], "month")), "{cases:?}");
}

#[test]
fn two_archives_of_one_password_are_a_coordinators() {
    let desk = Desk::with("438");
    desk.receive(&golden("715").raw);
    desk.receive(&golden(PASSWORD).raw);
    assert_eq!(desk.last().0, "inquiry");
    assert!(told(&desk).contains("请人工打开此前收到的加密附件，用 zhihui case add 登记"), "{}", told(&desk));
    assert_eq!(desk.site.column("case", "revision"), ["1", "1"]);
    // Whoever says which is understood.
    desk.receive(&from("office@unit.example", "<713-named@", &format!("In-Reply-To: {}\r\n", desk.our_id())));
    assert_eq!(desk.last(), ("revision".into(), "[\"JCZH-2023-0001\"]".into()));
}

#[test]
fn what_looks_classified_behind_a_password_is_held_with_the_mail_that_it_came_in() {
    let desk = Desk::with("716");
    desk.receive(&golden(PASSWORD).raw);
    assert_eq!(desk.last().0, "quarantined");
    let rows = desk.site.list("message");
    assert!(rows.iter().all(|row| row["classified"] == true), "{rows:?}");
    assert!(shown(&desk, "JCZH-2023-0001")["title"].is_null());
    assert_eq!(desk.sink.arrived().len(), 1, "nothing is said of it");
}
