//! What people see in the mailbox afterwards, and folders beside the inbox.

use crate::{
    mails::{append, some_mails},
    site::{AT_ONCE, Site, imap, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};

const ACCESS: &str = "tls = \"none\"\n";

#[test]
fn recorded_mails_are_starred_and_those_for_a_person_are_not() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&["001", "603"]));
    dovecot.append("cases", "INBOX", "22-Apr-2023 12:00:00 +0800", b"Subject: old\r\n\r\nold\r\n");
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.change(ACCESS, "tls = \"none\"\nafter = \"flag\"\n");
    site.poll();
    let flags: Vec<_> = dovecot.messages("cases", "INBOX").into_iter().map(|one| one.flags.concat()).collect();
    assert_eq!(flags, ["\\Flagged", "\\Flagged", ""], "what was skipped is left alone, and nothing is marked as read");
    site.poll();
    assert_eq!((site.list("message").len(), sink.arrived().len()), (3, 1));
}

#[test]
fn recorded_mails_are_moved_and_stay_recorded() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&["001", "603"]));
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.change(ACCESS, "tls = \"none\"\nafter = \"move\"\n");
    site.poll();
    assert_eq!((dovecot.messages("cases", "INBOX").len(), dovecot.messages("cases", "&XfJZBHQG-").len()), (0, 2));
    append(&dovecot, &some_mails(&["806"]));
    site.poll();
    assert_eq!((dovecot.messages("cases", "INBOX").len(), dovecot.messages("cases", "&XfJZBHQG-").len()), (0, 3));
    assert_eq!((site.list("message").len(), sink.arrived().len()), (3, 2));
    site.run(&["reconcile"]).assert(0, &["一致"]);
    site.run(&["config", "check"]).assert(0, &[]);
}

#[test]
fn the_junk_folder_is_a_mailbox_of_its_own_and_a_rescued_mail_is_no_second_one() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mail = some_mails(&["001"]).remove(0);
    let mut person = dovecot.login("cases");
    person.command("CREATE \"&V4NXPpCuTvY-\"");
    dovecot.append("cases", "&V4NXPpCuTvY-", "15-Jun-2023 10:00:00 +0800", &mail.raw);
    let inbox = imap(&dovecot);
    let junk = format!("{inbox}name = \"junk\"\nfolder = \"垃圾邮件\"\n");
    let site = Site::new(&[&inbox, &junk, &smtp(sink.port), AT_ONCE]);
    site.poll();
    assert_eq!((site.column("message", "mailbox"), sink.arrived().len()), (vec!["junk".to_owned()], 1));
    // A person finds it in the junk and moves it to where it belongs.
    person.command("SELECT \"&V4NXPpCuTvY-\"");
    person.command("UID MOVE 1 INBOX");
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["case", "duplicate"]);
    assert_eq!((site.list("case").len(), sink.arrived().len()), (1, 1));
    site.run(&["reconcile"]).assert(0, &["邮箱 main", "邮箱 junk"]);
}
