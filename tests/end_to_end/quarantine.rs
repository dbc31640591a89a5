//! What is held for a person, and what the person does with it.

use crate::{
    mails::{append, field, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use std::fs;

const DATE: &str = "15-Jun-2023 10:00:00 +0800";
const MARKINGS: &str = "classified = [\"秘密★\"";

/// A site under a campaign file that takes every application form for classified matter, by mistake.
fn mistaken(dovecot: &Dovecot, sink: &SmtpSink) -> Site {
    let site = Site::new(&[&imap(dovecot), &smtp(sink.port), AT_ONCE]);
    let campaign = fs::read_to_string(site.path("campaign-2023.toml")).expect("the campaign file");
    assert!(campaign.contains(MARKINGS));
    site.write("campaign-2023.toml", campaign.replace(MARKINGS, &format!("{MARKINGS}, \"申报表\"")));
    site
}

fn corrected(site: &Site) {
    let campaign = fs::read_to_string(site.path("campaign-2023.toml")).expect("the campaign file");
    site.write("campaign-2023.toml", campaign.replace(", \"申报表\"", ""));
}

#[test]
fn a_replayed_mail_and_its_thread_are_judged_as_if_nothing_had_been() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = mistaken(&dovecot, &sink);
    let supplement = some_mails(&["632"]).remove(0).raw;
    let supplement = String::from_utf8_lossy(&supplement).replace("<earlier@unit.example>", "<001@unit.example>");
    dovecot.append("cases", "INBOX", DATE, &some_mails(&["001"])[0].raw);
    dovecot.append("cases", "INBOX", DATE, supplement.as_bytes());
    append(&dovecot, &some_mails(&["603"]));
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["quarantined", "inquiry", "inquiry"]);
    assert_eq!(sink.arrived().len(), 0);

    site.run(&["quarantine", "replay", "1"]).assert(0, &["将重新处理"]);
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["quarantined", "inquiry", "inquiry"], "the rules are as they were");

    corrected(&site);
    site.run(&["quarantine", "replay", "1"]).assert(0, &["zhihui poll"]);
    site.run(&["quarantine", "replay", "1"]).assert(0, &["已在重新处理"]);
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["case", "supplement", "inquiry"]);
    // What was to be asked of the form was asked in the answer to the files that followed it.
    let answered: Vec<_> = sink.arrived().iter().filter_map(|mail| field(mail, "In-Reply-To")).collect();
    assert_eq!(answered, ["<632@unit.example>"]);
    site.run(&["quarantine", "replay", "1"]).assert(0, &["已重新处理过", "zhihui message list"]);
    site.run(&["quarantine", "replay", "3"]).assert(1, &["不在隔离区"]);
    site.run(&["quarantine", "replay", "99"]).assert(1, &["没有第99号"]);
}

#[test]
fn a_mail_that_changed_on_disk_is_never_judged_by_what_it_says_now() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = mistaken(&dovecot, &sink);
    append(&dovecot, &some_mails(&["001"]));
    site.poll();
    corrected(&site);
    site.done(&["quarantine", "replay", "1"]);
    let sha256 = text(&site.list("message").remove(0), "sha256");
    let (folder, name) = sha256.split_at(2);
    let blob = site.path(&format!("blobs/{folder}/{name}"));
    let raw = fs::read_to_string(&blob).expect("the mail");
    fs::write(&blob, raw.replacen("Subject: ", "Subject: x", 1)).expect("it can be changed");
    site.run(&["poll"]);
    assert_eq!((site.column("message", "disposition"), site.list("case").len()), (vec!["quarantined".to_owned()], 0));
    assert!(site.done(&["quarantine", "show", "1"]).contains("与其 SHA-256 不符"));
    assert_eq!(sink.arrived().len(), 0);
}

#[test]
fn an_older_form_that_is_judged_late_places_the_case_and_asks_nothing() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = mistaken(&dovecot, &sink);
    let first = some_mails(&["001"]).remove(0).raw;
    dovecot.append("cases", "INBOX", "15-Jun-2023 10:00:00 +0800", &first);
    site.poll();
    corrected(&site);
    let again = String::from_utf8_lossy(&first).replace("<001@", "<001-again@").into_bytes();
    dovecot.append("cases", "INBOX", "10-Aug-2023 10:00:00 +0800", &again);
    site.poll();
    assert_eq!((site.column("case", "month"), sink.arrived().len()), (vec!["2023-08".to_owned()], 1));
    site.done(&["quarantine", "replay", "1"]);
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["revision", "case"]);
    let case = site.list("case").remove(0);
    assert_eq!((text(&case, "month"), text(&case, "revision"), sink.arrived().len()), ("2023-06".into(), "1".into(), 1));
}

#[test]
fn what_looks_classified_is_shown_without_its_content_unless_that_is_asked_for() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mail = some_mails(&["633"]).remove(0);
    append(&dovecot, std::slice::from_ref(&mail));
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    let subject = text(&mail.inspected["message"], "subject");
    for arguments in [&["quarantine", "list"][..], &["quarantine", "list", "--format", "csv"], &["quarantine", "show", "1"]] {
        let shown = site.done(arguments);
        assert!(!shown.contains(&subject) && shown.contains("疑似涉密"), "{shown}");
        let shown = site.done(&[arguments, &["--with-content"]].concat());
        assert!(shown.contains(&subject), "{shown}");
    }
    for format in ["table", "json", "jsonl", "csv"] {
        let shown = site.done(&["message", "list", "--format", format]);
        assert!(!shown.contains(&subject) && shown.contains("疑似涉密"), "{shown}");
    }
    assert_eq!(site.done(&["message", "list", "--text", &subject, "--format", "json"]).trim(), "[]", "no search finds it");
    assert!(site.done(&["quarantine", "show", "1"]).contains("zhihui quarantine export 1 --with-content"));
    site.run(&["quarantine", "export", "1"]).assert(1, &["--with-content", "保密"]);
    let exported = site.done(&["quarantine", "export", "1", "-", "--with-content"]);
    assert!(exported.contains("Message-ID: <633@"), "{exported}");
    assert_eq!(site.done(&["quarantine", "list", "--text", "unit", "--format", "json"]).trim(), "[]", "no search finds it");
}

#[test]
fn a_mail_of_which_only_the_header_is_stored_is_for_a_person() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&["407"]));
    let settings = AT_ONCE.replace("[limits]", "[limits]\nmessage_bytes = 10000");
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), &settings]);
    site.poll();
    let shown = site.done(&["quarantine", "show", "1"]);
    assert!(["只存有邮件头", "limits.message_bytes", "zhihui quarantine dismiss 1"].iter().all(|words| shown.contains(words)), "{shown}");
    site.run(&["quarantine", "replay", "1"]).assert(1, &["不能重新处理", "请在邮箱中查看原件"]);

    site.run(&["quarantine", "export", "1", "."]).assert(0, &["quarantine-1.eml", "只存有邮件头"]);
    site.run(&["quarantine", "export", "1"]).assert(1, &["quarantine-1.eml", "已存在"]);
    let exported = fs::read_to_string(site.path("quarantine-1.eml")).expect("it is there");
    assert!(exported.contains("Message-ID: <407@") && exported.ends_with("\r\n\r\n"), "{exported}");

    site.run(&["quarantine", "dismiss", "1"]).assert(2, &["--reason"]);
    site.run(&["quarantine", "dismiss", "1", "--reason", " "]).assert(2, &["--reason"]);
    site.run(&["quarantine", "dismiss", "1", "--reason", "已请单位分次发送"]).assert(0, &["已记为另行处置"]);
    site.run(&["quarantine", "dismiss", "1", "--reason", "别的"]).assert(0, &["此前已处置"]);
    assert_eq!(site.done(&["quarantine", "list", "--format", "json"]).trim(), "[]");
    assert!(site.done(&["quarantine", "list", "--status", "dismissed"]).contains("已请单位分次发送"));
    site.run(&["quarantine", "list", "--status", "case"]).assert(2, &["dismissed"]);
    assert!(site.done(&["quarantine", "show", "1"]).contains("已处置"));
}
