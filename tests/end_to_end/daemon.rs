//! `run`: it receives what arrives later, answers it, outlives its servers and ends when it is told to.

use crate::{
    mails::{append, assert_whole, some_mails},
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{
        dovecot::Dovecot,
        smtp_sink::{Manner, SmtpSink},
    },
};
use rustix::process::Signal;
use std::{fs, time::Duration};

const PATIENCE: Duration = Duration::from_secs(60);
/// What SIGTERM may take at most.
const TO_END: Duration = Duration::from_secs(10);

#[test]
fn the_daemon_answers_what_arrives_and_ends_when_told() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mut mails = some_mails(&["001", "806"]);
    let later = mails.split_off(1);
    append(&dovecot, &mails);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let daemon = site.start(&["run"]);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 1), "the mail that waited is answered");
    append(&dovecot, &later);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 2), "the mail that came later is answered");

    for command in ["run", "poll"] {
        site.run(&[command]).assert(75, &["另一个 zhihui 正在使用这个数据库"]);
    }
    let ended = daemon.terminate(TO_END);
    ended.assert(0, &[]);
    assert!(ended.log.contains("\"disposition\":\"case\""), "{}", ended.log);
    // Neither a phone, nor a title, nor the password.
    assert!(!["19900001001", "secret", "计量技术服务"].iter().any(|word| ended.log.contains(word)), "{}", ended.log);
    mails.extend(later);
    assert_whole(&site, &sink, &mails);
    site.poll();
}

#[test]
fn the_daemon_waits_for_its_server_to_come_back() {
    let (mut dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mails = some_mails(&["001"]);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    append(&dovecot, &mails);
    dovecot.stop();
    let daemon = site.start(&["run"]);
    assert!(eventually(PATIENCE, || site.path("zhihui.db.lock").exists()), "it has started");
    dovecot.start_again();
    assert!(eventually(PATIENCE, || sink.arrived().len() == 1), "the mail is answered after all");
    daemon.terminate(TO_END).assert(0, &[]);
}

/// The server has lost its index while the daemon waits in an IDLE: every mail has another UID.
#[test]
fn a_new_uidvalidity_while_it_runs_loses_and_doubles_nothing() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mut mails = some_mails(&["001", "601", "806"]);
    let later = mails.split_off(2);
    append(&dovecot, &mails);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let daemon = site.start(&["run"]);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 2), "the mails that waited are answered");
    dovecot.set_uid_validity("cases", "INBOX", dovecot.uid_validity("cases", "INBOX") + 7);
    append(&dovecot, &later);
    assert!(eventually(PATIENCE * 2, || sink.arrived().len() == 3), "the mail that came later is answered");
    let ended = daemon.terminate(TO_END);
    ended.assert(0, &[]);
    mails.extend(later);
    assert_whole(&site, &sink, &mails);
    site.done(&["reconcile"]);
    site.poll();
    assert_whole(&site, &sink, &mails);
}

#[test]
fn sighup_reads_the_configuration_again_and_a_wrong_one_changes_nothing() {
    let (dovecot, sink, other) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start(), SmtpSink::start());
    let mut mails = some_mails(&["601", "407", "806", "810"]).into_iter();
    let mut arrives = || append(&dovecot, &mails.by_ref().take(1).collect::<Vec<_>>());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let right = fs::read_to_string(site.path("zhihui.toml")).expect("the configuration");
    let daemon = site.start(&["run"]);
    arrives();
    assert!(eventually(PATIENCE, || sink.arrived().len() == 1), "it runs");
    // A wrong key; and a database where none can be, since `secret` is a file.
    let wrong = [right.replace("[limits]", "[limit]"), right.replace("sqlite:zhihui.db", "sqlite:secret/zhihui.db")];
    for (configuration, answered) in wrong.iter().zip([2, 3]) {
        site.write("zhihui.toml", configuration);
        daemon.signal(Signal::HUP);
        arrives();
        assert!(eventually(PATIENCE, || sink.arrived().len() == answered), "the old configuration stays");
    }
    site.write("zhihui.toml", right.replace(&format!("port = {}", sink.port), &format!("port = {}", other.port)));
    drop(sink);
    daemon.signal(Signal::HUP);
    arrives();
    assert!(eventually(PATIENCE, || other.arrived().len() == 1), "the new configuration holds");
    let ended = daemon.terminate(TO_END);
    ended.assert(0, &[]);
    for words in ["the new configuration is wrong", "can't be worked with"] {
        assert!(ended.log.contains(words), "{}", ended.log);
    }
}

#[test]
fn a_server_that_says_nothing_keeps_nobody_from_ending() {
    let (dovecot, slow, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start_with(Manner::Slow("DATA:60")), SmtpSink::start());
    let mails = some_mails(&["001", "806"]);
    append(&dovecot, &mails);
    let site = Site::new(&[&imap(&dovecot), &smtp(slow.port), AT_ONCE]);
    let daemon = site.start(&["run"]);
    let is_at_it = || site.path("zhihui.db").exists() && site.list("outbox").iter().any(|row| row["attempts"] == 1);
    assert!(eventually(PATIENCE, is_at_it), "it has begun to send");
    daemon.terminate(TO_END).assert(0, &[]);
    assert!(site.list("outbox").iter().all(|row| row["state"] == "queued"), "nothing is half done");
    site.change(&format!("port = {}", slow.port), &format!("port = {}", sink.port));
    site.poll();
    assert_whole(&site, &sink, &mails);
}

#[test]
fn a_record_that_is_taken_away_ends_the_daemon_before_anything_is_written_into_nothing() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let daemon = site.start(&["run"]);
    dovecot.append("cases", "INBOX", "15-Jun-2023 10:00:00 +0800", &some_mails(&["001"])[0].raw);
    assert!(eventually(Duration::from_secs(60), || sink.arrived().len() == 1), "it works");
    std::fs::rename(site.path("zhihui.db"), site.path("away.db")).expect("it can be moved");
    dovecot.append("cases", "INBOX", "15-Jun-2023 10:00:00 +0800", &some_mails(&["408"])[0].raw);
    let ended = daemon.wait(Duration::from_secs(90));
    ended.assert(1, &["数据库文件", "移走", "重新启动"]);
    // Put back, it goes on from there.
    std::fs::rename(site.path("away.db"), site.path("zhihui.db")).expect("it can be moved");
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["case", "revision"]);
    assert_eq!(sink.arrived().len(), 2);
}
