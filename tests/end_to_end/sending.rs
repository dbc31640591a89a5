//! A sink that misbehaves: what waits, what is dead, and that nothing goes twice.

use crate::{
    mails::{append, field, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{
        dovecot::Dovecot,
        postfix::Postfix,
        process::free_port,
        smtp_sink::{Manner, SmtpSink},
    },
};

/// A site with one mail that is to be answered, and the port of its SMTP server.
fn site(dovecot: &Dovecot, port: u16) -> Site {
    append(dovecot, &some_mails(&["001"]));
    Site::new(&[&imap(dovecot), &smtp(port), AT_ONCE])
}

fn dovecot() -> Dovecot {
    Dovecot::start(&[("cases", "secret")])
}

fn port(port: u16) -> String {
    format!("port = {port}\n")
}

/// State, attempts and the last error of the only mail of ours.
fn only(site: &Site) -> (String, String, String) {
    let rows = site.list("outbox");
    assert_eq!(rows.len(), 1, "{rows:?}");
    (text(&rows[0], "state"), text(&rows[0], "attempts"), text(&rows[0], "last_error"))
}

#[test]
fn what_is_refused_for_now_waits_and_goes_later() {
    let (dovecot, soft, sink) = (dovecot(), SmtpSink::start_with(Manner::Soft("RCPT")), SmtpSink::start());
    let site = site(&dovecot, soft.port);
    site.poll();
    let (state, attempts, error) = only(&site);
    assert_eq!((state.as_str(), attempts.as_str()), ("queued", "1"));
    assert!(error.contains("450") && error.contains("自动重试"), "{error}");
    site.poll();
    assert_eq!(only(&site).1, "1", "it is not tried again at once");
    site.change(&port(soft.port), &port(sink.port));
    site.run(&["outbox", "retry", "1"]).assert(0, &["将重新发送"]);
    site.poll();
    assert_eq!((only(&site).0.as_str(), sink.arrived().len()), ("sent", 1));
}

#[test]
fn what_is_refused_for_good_is_dead_until_a_person_says_otherwise() {
    let (dovecot, hard, sink) = (dovecot(), SmtpSink::start_with(Manner::Hard("RCPT")), SmtpSink::start());
    let site = site(&dovecot, hard.port);
    site.poll();
    site.poll();
    let (state, attempts, error) = only(&site);
    assert_eq!((state.as_str(), attempts.as_str()), ("dead", "1"));
    assert!(error.contains("500") && error.contains("请核对收件地址"), "{error}");
    let table = site.done(&["outbox", "list"]);
    assert!(table.contains("未能送达"), "{table}");
    let case = site.done(&["case", "show", "JCZH-2023-0001"]);
    assert!(case.contains("未能送达") && case.contains("500"), "{case}");
    site.change(&port(hard.port), &port(sink.port));
    site.run(&["outbox", "retry", "1"]).assert(0, &["将重新发送"]);
    site.poll();
    assert_eq!((only(&site).0.as_str(), sink.arrived().len()), ("sent", 1));
}

#[test]
fn a_server_that_is_down_is_told_and_the_next_pass_sends() {
    let (dovecot, sink, closed) = (dovecot(), SmtpSink::start(), free_port());
    let site = site(&dovecot, closed);
    site.run(&["poll"]).assert(75, &["发信", "请检查网络"]);
    assert_eq!((only(&site).0.as_str(), only(&site).1.as_str()), ("queued", "0"));
    assert!(!site.list("case").is_empty(), "the mail was judged all the same");
    site.change(&port(closed), &port(sink.port));
    site.poll();
    site.poll();
    assert_eq!((only(&site).0.as_str(), sink.arrived().len()), ("sent", 1));
}

#[test]
fn an_answer_that_is_lost_is_followed_by_the_same_mail() {
    let (dovecot, gone, sink) = (dovecot(), SmtpSink::start_with(Manner::HangUp(".")), SmtpSink::start());
    let site = site(&dovecot, gone.port);
    site.poll();
    assert_eq!(only(&site).0, "queued");
    site.change(&port(gone.port), &port(sink.port));
    site.run(&["outbox", "retry", "1"]).assert(0, &[]);
    site.poll();
    let (first, second) = (gone.arrived(), sink.arrived());
    assert_eq!((first.len(), second.len(), &first[0].message), (1, 1, &second[0].message));
}

#[test]
fn tls_and_login_both_ways() {
    let (dovecot, sink) = (dovecot(), SmtpSink::start());
    let postfix = Postfix::start(&dovecot, &sink);
    append(&dovecot, &some_mails(&["001"]));
    let smtp = |tls: &str, port: u16| {
        let login = "username = \"cases\"\npassword_file = \"smtp\"\nfrom = \"cases@hubei.example\"";
        format!("[smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\n{login}\n")
    };
    for (tls, port) in [("implicit", postfix.tls_port), ("starttls", postfix.port)] {
        let arrived = sink.arrived().len();
        let site = Site::new(&[&imap(&dovecot), &smtp(tls, port), AT_ONCE]);
        site.write("smtp", "secret");
        site.run(&["poll"]).assert(75, &["发信", "根证书"]);

        let site = site.with("SSL_CERT_FILE", dovecot.certificates().authority.display().to_string());
        site.write("smtp", "wrong");
        site.run(&["poll"]).assert(75, &["发信", "请核对用户名和授权码"]);
        assert_eq!((only(&site).0.as_str(), sink.arrived().len()), ("queued", arrived));

        site.write("smtp", "secret\n");
        site.poll();
        assert_eq!((only(&site).0.as_str(), sink.arrived().len()), ("sent", arrived + 1), "{}", postfix.log());
        assert_eq!(sink.arrived().iter().filter_map(|mail| field(mail, "In-Reply-To")).next().as_deref(), Some("<001@unit.example>"));
    }
}
