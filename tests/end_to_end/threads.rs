//! Whose case a mail is: what comes twice, what answers us, what a stranger sends.

use crate::{
    mails::{Mail, field, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::Value;
use std::io::{Cursor, Read};

pub const DATE: &str = "15-Jun-2023 10:00:00 +0800";

/// A site whose first mail opened a case and was answered.
pub struct Desk {
    pub dovecot: Dovecot,
    pub sink: SmtpSink,
    pub site: Site,
}

impl Desk {
    pub fn open() -> Self {
        Self::with("001")
    }

    pub fn with(first: &str) -> Self {
        let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
        let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
        let desk = Self { dovecot, sink, site };
        desk.receive(&golden(first).raw);
        desk
    }

    pub fn receive(&self, raw: &[u8]) {
        self.dovecot.append("cases", "INBOX", DATE, raw);
        self.site.poll();
    }

    /// The Message-ID of our first reply.
    pub fn our_id(&self) -> String {
        field(&self.sink.arrived()[0], "Message-ID").expect("ours have one")
    }

    /// Disposition and numbers of the mail that came last.
    pub fn last(&self) -> (String, String) {
        let rows = self.site.list("message");
        let row: &Value = rows.last().expect("a mail");
        (text(row, "disposition"), text(row, "case_numbers"))
    }
}

pub fn golden(number: &str) -> Mail {
    some_mails(&[number]).remove(0)
}

/// A mail whose header has other words, and further fields in front.
pub fn altered(raw: &[u8], replaced: &[(&str, &str)], fields: &str) -> Vec<u8> {
    let at = raw.windows(4).position(|four| four == b"\r\n\r\n").expect("a header and a body");
    let header = String::from_utf8(raw[..at].to_vec()).expect("this header is ASCII");
    for (from, _) in replaced {
        assert!(header.contains(from), "{header}");
    }
    let header = replaced.iter().fold(header, |header, (from, to)| header.replace(from, to));
    [fields.as_bytes(), header.as_bytes(), &raw[at..]].concat()
}

#[test]
fn what_comes_twice_is_one_case_and_one_reply() {
    let desk = Desk::open();
    let raw = golden("001").raw;
    desk.receive(&raw);
    desk.receive(&altered(&raw, &[], "Received: from relay.example by mx.example; Thu, 15 Jun 2023 10:00:01 +0800\r\nX-Way: other\r\n"));
    assert_eq!(desk.site.column("message", "disposition"), ["case", "duplicate", "duplicate"]);
    assert_eq!((desk.site.column("case", "revision"), desk.sink.arrived().len()), (vec!["1".to_owned()], 1));
}

#[test]
fn a_form_that_answers_us_is_a_revision_of_the_case() {
    let desk = Desk::open();
    // Another unit and title: only the thread tells whose it is.
    let form = golden("806").raw;
    desk.receive(&altered(&form, &[("<806@", "<806-again@")], &format!("In-Reply-To: {}\r\n", desk.our_id())));
    assert_eq!(desk.last(), ("revision".into(), "[\"JCZH-2023-0001\"]".into()));
    let cases = desk.site.list("case");
    assert_eq!((cases.len(), text(&cases[0], "revision").as_str(), text(&cases[0], "number").as_str()), (1, "2", "JCZH-2023-0001"));
    assert_eq!(desk.sink.arrived().len(), 2);
    desk.receive(&golden("810").raw);
    assert_eq!(desk.last(), ("case".into(), "[\"JCZH-2023-0002\"]".into()), "without the thread it would be a new case");
}

#[test]
fn files_that_answer_us_are_added_to_the_case() {
    let desk = Desk::open();
    let supplement = golden("632");
    let id = supplement.message_id();
    let header = String::from_utf8_lossy(&supplement.raw).lines().find_map(|line| line.strip_prefix("In-Reply-To: ").map(str::to_owned));
    let raw = altered(&supplement.raw, &[(&header.expect("it answers a mail"), &desk.our_id())], "");
    desk.receive(&raw);
    assert_eq!(desk.last(), ("supplement".into(), "[\"JCZH-2023-0001\"]".into()), "{id}");
    let shown: Value = serde_json::from_str(&desk.site.done(&["case", "show", "JCZH-2023-0001", "--format", "json"])).expect("JSON");
    assert!(shown["evidence"].as_array().expect("a list").iter().any(|file| file["name"] == "盖章扫描件.png"), "{shown}");
    let replies = desk.sink.arrived();
    assert!(replies.iter().any(|reply| field(reply, "In-Reply-To") == Some(id.clone())), "the supplement is acknowledged");
}

#[test]
fn a_stamped_scan_in_a_second_mail_belongs_to_the_case() {
    let desk = Desk::open();
    let before = &desk.site.list("case")[0];
    assert_eq!((text(before, "seal").as_str(), text(before, "status").as_str()), ("absent", "needs_correction"));
    // The sender's own mail, which answers nothing and names nothing.
    desk.receive(&golden("410").raw);
    assert_eq!(desk.last(), ("supplement".into(), "[\"JCZH-2023-0001\"]".into()));
    let cases = desk.site.list("case");
    let case = &cases[0];
    assert_eq!((cases.len(), text(case, "seal").as_str(), text(case, "status").as_str()), (1, "present", "accepted"), "{case}");
    assert_eq!(text(case, "revision"), "2");
    let shown: Value = serde_json::from_str(&desk.site.done(&["case", "show", "JCZH-2023-0001", "--format", "json"])).expect("JSON");
    let scans = shown["evidence"].as_array().expect("a list").iter().filter(|file| file["role"] == "scan").count();
    assert_eq!(scans, 1, "{shown}");
    // From somebody else the same scan says nothing of whose it is.
    desk.receive(&altered(&golden("410").raw, &[("office@unit.example", "office@other.example"), ("<410@", "<410-other@")], ""));
    assert_eq!(desk.last().0, "case");
}

#[test]
fn a_newer_form_without_a_scan_is_not_asked_for_the_one_that_came_before() {
    let desk = Desk::open();
    desk.receive(&golden("410").raw);
    desk.receive(&altered(&golden("001").raw, &[("<001@", "<001-again@")], ""));
    assert_eq!(desk.last(), ("revision".into(), "[\"JCZH-2023-0001\"]".into()));
    let case = desk.site.list("case").remove(0);
    assert_eq!((text(&case, "seal").as_str(), text(&case, "status").as_str()), ("unverified", "accepted"), "{case}");
    assert!(text(&case, "defects").contains("seal.outdated") && !text(&case, "defects").contains("seal.absent"), "{case}");
    let kinds = desk.site.column("outbox", "kind");
    assert_eq!(kinds.last().map(String::as_str), Some("acknowledgement"), "{kinds:?}");
}

#[test]
fn a_stranger_with_the_same_unit_and_title_changes_nothing() {
    let desk = Desk::open();
    let stranger = [("office@unit.example", "chen@stranger.example"), ("<408@", "<stranger@")];
    for fields in [String::new(), format!("In-Reply-To: {}\r\n", desk.our_id())] {
        let form = altered(&golden("408").raw, &stranger, &fields);
        let before = desk.site.list("case").len();
        desk.receive(&form);
        assert_eq!(desk.last(), ("possible_revision".into(), "[]".into()));
        let cases = desk.site.list("case");
        assert_eq!((cases.len(), text(&cases[0], "revision").as_str()), (before + 1, "1"));
        assert!(cases[before]["number"].is_null(), "{}", cases[before]);
    }
    let reply = desk.sink.arrived().into_iter().find(|mail| mail.to == ["<chen@stranger.example>"]).expect("the stranger is answered");
    assert!(!reply.message.contains("JCZH-2023"), "no other case is named: {}", reply.message);
}

/// The comments of the form that a reply brings: its name, and what they say.
fn comments(reply: &str) -> (String, String) {
    let mail = MessageParser::default().parse(reply.as_bytes()).expect("a mail");
    let form = mail.attachment(0).expect("an attachment");
    let mut package = zip::ZipArchive::new(Cursor::new(form.contents())).expect("a package");
    let mut text = String::new();
    package.by_name("word/comments.xml").expect("comments").read_to_string(&mut text).expect("UTF-8");
    (form.attachment_name().expect("a name").to_owned(), text)
}

#[test]
fn a_correction_request_brings_the_form_with_comments_on_what_is_left() {
    let desk = Desk::with("209");
    let first = desk.sink.arrived().remove(0).message;
    let (name, said) = comments(&first);
    assert_eq!((name.as_str(), said.matches("<w:comment ").count()), ("申报表（批注）.docx", 2), "{said}");
    assert!(said.contains("未填写电话") && said.contains("未见加盖公章") && said.contains("省市场监管局“51020”专班"), "{said}");
    // The stamped scan follows: the form of the first mail goes out once more, with what is still to be mended.
    desk.receive(&golden("410").raw);
    assert_eq!(desk.last().0, "supplement");
    let second = desk.sink.arrived().into_iter().find(|mail| mail.message != first).expect("a second request");
    let (name, said) = comments(&second.message);
    assert_eq!((name.as_str(), said.matches("<w:comment ").count()), ("申报表（批注）.docx", 1), "{said}");
    assert!(said.contains("未填写电话"), "{said}");
}

#[test]
fn who_is_one_of_several_authors_is_nobody() {
    let desk = Desk::open();
    // The form of the case, in its thread, in the name of its office and of somebody else.
    desk.receive(&altered(&golden("717").raw, &[], &format!("In-Reply-To: {}\r\n", desk.our_id())));
    assert_ne!(desk.last().0, "revision");
    assert_eq!((text(&desk.site.list("case")[0], "revision").as_str(), desk.sink.arrived().len()), ("1", 1));
}
