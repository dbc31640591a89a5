//! `reconcile`: the mailbox as it is, held against the ledger, and mended.

use crate::{
    mails::{append, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{dovecot::Dovecot, process::free_port, smtp_sink::SmtpSink},
};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};

/// The differences, and the exit code.
fn reconcile(site: &Site, more: &[&str]) -> (Vec<Value>, Option<i32>) {
    let arguments: Vec<&str> = ["reconcile", "--format", "json"].iter().chain(more).copied().collect();
    let ended = site.run(&arguments);
    (serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}")), ended.code)
}

fn kinds(differences: &[Value]) -> Vec<String> {
    differences.iter().map(|one| format!("{} {} {}", text(one, "uid"), text(one, "kind"), text(one, "outcome"))).collect()
}

#[test]
fn what_is_in_the_mailbox_and_not_in_the_ledger_is_told_and_fetched() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mut mails = some_mails(&["001", "603", "806"]);
    let later = mails.split_off(2);
    append(&dovecot, &mails);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    assert_eq!(reconcile(&site, &[]), (vec![], Some(0)));
    append(&dovecot, &later);
    let (found, code) = reconcile(&site, &[]);
    assert_eq!((kinds(&found), code), (vec!["3 unread left".into()], Some(3)));
    let (found, code) = reconcile(&site, &["--fix"]);
    assert_eq!((kinds(&found), code), (vec!["3 unread fixed".into()], Some(0)));
    let (found, code) = reconcile(&site, &["--mailbox", "main"]);
    assert_eq!((kinds(&found), code), (vec!["3 undecided left".into()], Some(3)));
    site.run(&["reconcile"]).assert(3, &["邮箱 main", "zhihui poll"]);
    site.poll();
    assert_eq!(reconcile(&site, &[]), (vec![], Some(0)));
    assert_eq!(site.list("message").len(), 3);
    // Deleted by a person: told, and no fault.
    let mut person = dovecot.login("cases");
    person.command("SELECT INBOX");
    person.command("UID STORE 1 +FLAGS (\\Deleted)");
    person.command("EXPUNGE");
    let (found, code) = reconcile(&site, &["--fix"]);
    assert_eq!((kinds(&found), code), (vec!["1 vanished information".into()], Some(0)));
    site.run(&["reconcile", "--mailbox", "other"]).assert(2, &["other"]);
}

#[test]
fn a_new_uidvalidity_is_told_and_read_again_without_a_second_mail() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&["001", "603"]));
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    dovecot.set_uid_validity("cases", "INBOX", dovecot.uid_validity("cases", "INBOX") + 7);
    let (found, code) = reconcile(&site, &[]);
    assert_eq!((found.len(), code), (4, Some(3)));
    assert!(text(&found[0], "because").contains("UIDVALIDITY") && text(&found[2], "kind") == "renumbered", "{found:?}");
    let (found, code) = reconcile(&site, &["--fix"]);
    assert!(code == Some(0) && found.iter().filter(|one| one["outcome"] == "fixed").count() == 2, "{found:?}");
    assert_eq!(reconcile(&site, &[]), (vec![], Some(0)));
    site.poll();
    assert_eq!(reconcile(&site, &[]), (vec![], Some(0)));
    assert_eq!((site.list("message").len(), sink.arrived().len()), (2, 1), "neither doubled nor answered twice");
}

#[test]
fn a_mail_that_the_server_can_not_give_is_owed_and_an_original_that_is_gone_is_fetched() {
    let dovecot = Dovecot::start(&[("cases", "secret")]);
    append(&dovecot, &some_mails(&["001", "603", "806"]));
    let unread = dovecot.message_file("cases", 1);
    // As a damaged disk has it: the file is listed and can't be read.
    let mode = |mode| fs::set_permissions(&unread, fs::Permissions::from_mode(mode)).expect("ours");
    mode(0o000);
    let site = Site::new(&[&imap(&dovecot), &smtp(free_port()), AT_ONCE]);
    let _nobody_takes_the_replies = site.run(&["poll"]);
    let known = site.list("message").len();
    let (found, code) = reconcile(&site, &["--fix"]);
    assert!(code == Some(3) && known == 2 && text(&found[0], "kind") == "owed", "{known} known: {found:?}");
    mode(0o644);
    let (found, code) = reconcile(&site, &["--fix"]);
    assert_eq!((kinds(&found).len(), code), (1, Some(0)), "{found:?}");

    let lost = text(&site.list("message")[0], "sha256");
    let (folder, rest) = lost.split_at(2);
    let blob = [site.path("blobs").join(folder).join(rest), site.path("blobs").join(folder).join(&lost), site.path("blobs").join(&lost)];
    let blob = blob.iter().find(|path| path.exists()).expect("the blob is a file");
    fs::remove_file(blob).expect("ours");
    let (found, _) = reconcile(&site, &[]);
    assert!(found.iter().any(|one| one["kind"] == "original_missing" && one["outcome"] == "left"), "{found:?}");
    let (found, _) = reconcile(&site, &["--fix"]);
    assert!(found.iter().any(|one| one["kind"] == "original_missing" && one["outcome"] == "fixed"), "{found:?}");
    assert!(blob.exists());
}

#[test]
fn folders_of_files_are_compared_as_well() {
    let sections = "[[mailbox]]\nsource = \"SOURCE\"\npath = \"mail\"\ncampaign = \"campaign-2023.toml\"\n\
        [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n";
    for (source, first, second) in [("maildir", "new/1.host", "cur/2.host:2,S"), ("eml", "1.eml", "2.eml")] {
        let site = Site::new(&[&sections.replace("SOURCE", source), AT_ONCE]);
        ["mail/cur", "mail/new", "mail/tmp", "replies"]
            .iter()
            .for_each(|name| fs::create_dir_all(site.path(name)).expect("it can be made"));
        let mails = some_mails(&["603", "604"]);
        fs::write(site.path("mail").join(first), &mails[0].raw).expect("it can be written");
        site.poll();
        assert_eq!(reconcile(&site, &[]), (vec![], Some(0)));
        fs::write(site.path("mail").join(second), &mails[1].raw).expect("it can be written");
        fs::remove_file(site.path("mail").join(first)).expect("ours");
        let (found, code) = reconcile(&site, &[]);
        let told: Vec<_> = found.iter().map(|one| text(one, "kind")).collect();
        assert_eq!((told, code), (vec!["unread".to_owned(), "vanished".into()], Some(3)), "{source}");
        assert_eq!(reconcile(&site, &["--fix"]).1, Some(0));
        site.poll();
        assert_eq!((reconcile(&site, &[]).1, site.list("message").len()), (Some(0), 2));
    }
}

#[test]
fn every_watched_folder_is_mended_and_not_the_inbox_alone() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    dovecot.doveadm(&["mailbox", "create", "-u", "cases", "Junk"]);
    let inbox = imap(&dovecot);
    let junk = inbox.replacen("[[mailbox]]", "[[mailbox]]\nname = \"junk\"\nfolder = \"Junk\"", 1);
    let site = Site::new(&[&inbox, &junk, &smtp(sink.port), AT_ONCE]);
    let mails = some_mails(&["001", "603"]);
    append(&dovecot, &mails[1..]);
    site.poll();
    dovecot.append("cases", "Junk", "15-Jun-2023 10:00:00 +0800", &mails[0].raw);
    let (found, code) = reconcile(&site, &[]);
    assert!(found.len() == 1 && found[0]["mailbox"] == "junk" && code == Some(3), "{found:?}");
    assert_eq!(reconcile(&site, &["--fix"]).1, Some(0));
    site.poll();
    assert_eq!((reconcile(&site, &[]), site.list("message").len(), site.list("case").len()), ((vec![], Some(0)), 2, 1));
}

#[test]
fn after_a_restore_the_mailbox_and_the_ledger_agree() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&["001", "603", "633"]));
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    site.done(&["backup", "--to", "saved"]);
    for name in ["zhihui.db", "zhihui.db-wal", "zhihui.db-shm"] {
        let _there_or_not = fs::remove_file(site.path(name));
    }
    fs::remove_dir_all(site.path("blobs")).expect("ours");
    site.done(&["restore", "saved"]);
    let (found, code) = reconcile(&site, &[]);
    // What looks classified is in no backup.
    let kinds: Vec<String> = found.iter().map(|one| format!("{} {}", text(one, "kind"), text(one, "outcome"))).collect();
    assert_eq!((kinds, code), (vec!["original_missing information".to_owned()], Some(0)));
    site.poll();
    assert_eq!((site.list("message").len(), sink.arrived().len()), (3, 1), "nothing is read or answered twice");
}
