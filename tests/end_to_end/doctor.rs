//! `doctor`: what is well is said to be, and what isn't is found before it costs a mail.

use crate::{
    mails::{append, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{dovecot::Dovecot, process::free_port, smtp_sink::SmtpSink},
};
use serde_json::Value;

/// Health by name, and the exit code.
fn doctor(site: &Site) -> (Vec<(String, String)>, Option<i32>) {
    let ended = site.run(&["doctor", "--format", "json"]);
    let checks: Vec<Value> = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (checks.iter().map(|check| (text(check, "name"), text(check, "health"))).collect(), ended.code)
}

fn health<'a>(checks: &'a [(String, String)], name: &str) -> &'a str {
    checks.iter().find(|(own, _)| own == name).map_or("not checked", |(_, health)| health)
}

#[test]
fn a_sound_deployment_is_found_sound_and_left_alone() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&["001"]));
    let before = dovecot.messages("cases", "INBOX");
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let (checks, code) = doctor(&site);
    let sick: Vec<_> = checks.iter().filter(|(_, health)| health != "ok").collect();
    // How full this machine is, and what year it is, is none of the deployment's faults.
    let is_of_machine = |name: &str| ["disk", "workdays"].contains(&name);
    assert!(sick.iter().all(|(name, _)| is_of_machine(name)) && code == Some(if sick.is_empty() { 0 } else { 3 }), "{checks:?}");
    for name in [
        "campaign",
        "disk",
        "database",
        "mailbox.dns",
        "mailbox.tls",
        "mailbox.login",
        "mailbox.id",
        "mailbox.folder",
        "mailbox.window",
        "smtp",
        "clock",
        "workdays",
    ] {
        assert_ne!(health(&checks, name), "not checked", "{name}");
    }
    assert_eq!((dovecot.messages("cases", "INBOX"), site.list("message").len(), sink.arrived().len()), (before, 0, 0));
}

#[test]
fn each_fault_is_found_with_what_to_do() {
    let dovecot = Dovecot::start(&[("cases", "secret")]);
    let site = Site::new(&[&imap(&dovecot), &smtp(free_port()), AT_ONCE]);
    site.write("secret", "wrong");
    let (checks, code) = doctor(&site);
    assert_eq!((health(&checks, "mailbox.login"), health(&checks, "smtp"), code), ("failed", "failed", Some(3)));
    // Looking again doesn't knock again.
    let ended = site.run(&["doctor"]);
    ended.assert(3, &["需要处理"]);
    assert!(ended.out.contains("不再尝试"), "{ended:?}");
    site.write("secret", "secret");
    site.change("campaign = ", "folder = \"没有\"\ncampaign = ");
    assert_eq!(health(&doctor(&site).0, "mailbox.folder"), "failed");
    site.change("tls = \"none\"", "tls = \"implicit\"");
    assert_eq!(health(&doctor(&site).0, "mailbox.tls"), "failed");
}
