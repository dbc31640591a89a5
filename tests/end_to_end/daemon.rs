//! `run`: it receives what arrives later, answers it, outlives its servers and ends when it is told to.

use crate::{
    mails::{append, assert_whole, some_mails},
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use std::time::Duration;

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
