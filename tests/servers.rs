//! Proves that the test harness itself works: what the other tests rely on is tried here without the program.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "buckets, and a database of another order, are for the tests that need them")]
mod support;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        response::Response,
    },
};
use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};
use support::{
    dovecot::{Dovecot, TOKEN},
    imap::Imap,
    postfix::Postfix,
    process::{program, run},
    smtp_sink::{Manner, SmtpSink},
    tls::Certificates,
};

const MAIL: &[u8] = b"From: a@unit.example\r\nSubject: x\r\n\r\nbody\r\n";

#[test]
fn dovecot_keeps_internal_dates_and_flags() {
    let dovecot = Dovecot::start(&[("cases", "secret"), ("other", "secret2")]);
    dovecot.append("cases", "INBOX", "30-Jun-2023 23:59:59 +0800", MAIL);
    dovecot.append("cases", "INBOX", "01-Jul-2023 00:00:00 +0800", MAIL);
    let listed = dovecot.messages("cases", "INBOX");
    let dates: Vec<String> = listed.iter().map(|message| message.internal_date.to_string()).collect();
    assert_eq!(dates, ["2023-06-30T15:59:59Z", "2023-06-30T16:00:00Z"]);
    assert!(listed.iter().all(|message| message.flags.is_empty()), "{listed:?}");
    assert_eq!(dovecot.messages("other", "INBOX"), []);
    assert!(std::fs::metadata(dovecot.message_file("cases", 1)).is_ok_and(|file| file.len() > 0));

    let mut imap = dovecot.login("cases");
    imap.command("SELECT INBOX");
    imap.command("UID STORE 2 +FLAGS (\\Seen zhihui)");
    let listed = dovecot.messages("cases", "INBOX");
    assert_eq!((listed[0].flags.len(), listed[1].flags.join(" ")), (0, "\\Seen zhihui".into()));
    let fetched = imap.command("UID FETCH 1 (BODY.PEEK[])").concat();
    assert!(fetched.contains("Subject: x\r\n\r\nbody\r\n"), "{fetched}");
}

#[test]
fn dovecot_speaks_tls_both_ways() {
    let dovecot = Dovecot::start(&[("cases", "secret")]);
    for (port, arguments) in [(dovecot.port, &["-starttls", "imap"][..]), (dovecot.tls_port, &[])] {
        let mut openssl = Command::new(program("openssl", "openssl"));
        openssl.args(["s_client", "-brief", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile"]);
        openssl.arg(&dovecot.certificates().authority).args(["-connect", &format!("127.0.0.1:{port}")]).args(arguments);
        run(openssl.stdin(Stdio::null()));
    }
}

#[test]
fn dovecot_takes_a_token() {
    let dovecot = Dovecot::start(&[("cases", "secret")]);
    let token = data_encoding::BASE64.encode(format!("user=cases\u{1}auth=Bearer {TOKEN}\u{1}\u{1}").as_bytes());
    let mut imap = Imap::connect(dovecot.port);
    imap.command(&format!("AUTHENTICATE XOAUTH2 {token}"));
    imap.command("SELECT INBOX");
}

#[test]
fn dovecot_starts_again_with_its_mail_and_can_change_uid_validity() {
    let mut dovecot = Dovecot::start(&[("cases", "secret")]);
    dovecot.append("cases", "INBOX", "12-Jun-2023 10:00:00 +0800", MAIL);
    dovecot.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", dovecot.port)).is_err(), "it still listens");
    dovecot.start_again();
    assert_eq!(dovecot.messages("cases", "INBOX").len(), 1);
    let before = dovecot.uid_validity("cases", "INBOX");
    dovecot.set_uid_validity("cases", "INBOX", before + 7);
    assert_eq!(dovecot.uid_validity("cases", "INBOX"), before + 7);
    assert!(dovecot.log().contains("starting up"), "{}", dovecot.log());
}

#[tokio::test]
async fn the_sink_keeps_what_it_takes() {
    let sink = SmtpSink::start();
    send(&transport(sink.port, Tls::None), "b@unit.example").await.expect("it takes everything");
    send(&transport(sink.port, Tls::None), "a@unit.example").await.expect("it takes everything");
    let arrived = sink.arrived();
    assert_eq!(arrived.len(), 2);
    assert_eq!((arrived[0].from.as_str(), arrived[0].to.concat().as_str()), ("<cases@hubei.example>", "<a@unit.example>"));
    assert!(arrived[0].message.starts_with("From: cases@hubei.example\n"), "{:?}", arrived[0]);
    assert!(arrived[0].message.trim_end().ends_with("\n\n.dot\nend"), "{:?}", arrived[0]);
}

#[tokio::test]
async fn the_sink_misbehaves_as_told() {
    let soft = SmtpSink::start_with(Manner::Soft("RCPT"));
    assert!(send(&transport(soft.port, Tls::None), "a@unit.example").await.expect_err("450").is_transient());
    let hard = SmtpSink::start_with(Manner::Hard("."));
    assert!(send(&transport(hard.port, Tls::None), "a@unit.example").await.expect_err("500").is_permanent());
    let gone = SmtpSink::start_with(Manner::HangUp("."));
    let error = send(&transport(gone.port, Tls::None), "a@unit.example").await.expect_err("it hangs up");
    assert_eq!(error.status(), None, "{error}");
    let slow = SmtpSink::start_with(Manner::Slow("DATA:60"));
    let slow_transport = transport(slow.port, Tls::None);
    let waited = tokio::time::timeout(Duration::from_millis(200), send(&slow_transport, "a@unit.example")).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!((soft.arrived().len(), slow.arrived().len()), (0, 0));
    // The end of the data was reached, so smtp-sink keeps a copy, whatever it answered.
    assert_eq!((hard.arrived().len(), gone.arrived().len()), (1, 1));
}

#[tokio::test]
async fn postfix_takes_mail_over_tls_after_login() {
    let dovecot = Dovecot::start(&[("cases", "secret")]);
    let sink = SmtpSink::start();
    let postfix = Postfix::start(&dovecot, &sink);
    let trust = || tls(dovecot.certificates());
    for (to, port, tls) in
        [("1@unit.example", postfix.port, Tls::Required(trust())), ("2@unit.example", postfix.tls_port, Tls::Wrapper(trust()))]
    {
        send(&login(port, tls, "secret"), to).await.unwrap_or_else(|error| panic!("{to}: {error:?}\n{}\n{}", postfix.log(), dovecot.log()));
    }
    let arrived = sink.arrived();
    assert_eq!(arrived.iter().map(|mail| mail.to.concat()).collect::<Vec<_>>(), ["<1@unit.example>", "<2@unit.example>"]);

    let wrong = send(&login(postfix.tls_port, Tls::Wrapper(trust()), "wrong"), "3@unit.example").await.expect_err("a wrong password");
    assert_eq!(wrong.status().map(u16::from), Some(535), "{wrong:?}");
    let open = send(&transport(postfix.port, Tls::None), "4@unit.example").await.expect_err("no TLS");
    assert_eq!(open.status().map(u16::from), Some(530), "{open:?}");
    let stranger = TlsParameters::new("localhost".into()).expect("parameters");
    let untrusted =
        send(&login(postfix.tls_port, Tls::Wrapper(stranger), "secret"), "5@unit.example").await.expect_err("an unknown authority");
    assert_eq!(untrusted.status(), None, "{untrusted:?}");
    assert_eq!(sink.arrived().len(), 2);
}

fn transport(port: u16, tls: Tls) -> AsyncSmtpTransport<Tokio1Executor> {
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(port).tls(tls).build()
}

fn login(port: u16, tls: Tls, password: &str) -> AsyncSmtpTransport<Tokio1Executor> {
    let credentials = Credentials::new("cases".into(), password.into());
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(port).tls(tls).credentials(credentials).build()
}

fn tls(certificates: &Certificates) -> TlsParameters {
    let authority = fs::read(&certificates.authority).expect("the authority was made");
    let certificate = Certificate::from_pem(&authority).expect("openssl writes PEM");
    TlsParameters::builder("localhost".into()).add_root_certificate(certificate).build().expect("parameters")
}

async fn send(transport: &AsyncSmtpTransport<Tokio1Executor>, to: &str) -> Result<Response, lettre::transport::smtp::Error> {
    let message = Message::builder()
        .from("cases@hubei.example".parse().expect("an address"))
        .to(to.parse().expect("an address"))
        .subject("x")
        .body(String::from("\r\n.dot\r\nend\r\n"))
        .expect("a message");
    transport.send(message).await
}

#[test]
fn postgres_has_a_database_for_each_who_asks() {
    let postgres = support::postgres::Postgres::start();
    let (one, other) = (postgres.database(), postgres.database());
    assert!(one != other && one.starts_with("postgres://zhihui@127.0.0.1:"), "{one}");
    assert_eq!(postgres.sql("d1", "SHOW server_encoding").trim(), "UTF8");
}
