//! The sending edge against a scripted server: what is told of a delivery, return paths, kept connections.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod fake;

use fake::{Fake, HANG_UP, Step};
use secrecy::SecretString;
use std::time::Duration;
use zhihui::config;
use zhihui::model::outbox::Rendered;
use zhihui::smtp::{Refusal, Times, Transport};

const GREETING: &str = "220 ready\r\n";

fn mail() -> Rendered {
    let bytes = b"Subject: s\r\n\r\n.dot\r\nbody\r\n".to_vec();
    Rendered { message_id: "<1@example.com>".into(), to: "unit@example.org".into(), subject: "s".into(), bytes }
}

fn times() -> Times {
    Times { connect: Duration::from_millis(500), command: Duration::from_millis(500), data: Duration::from_millis(500) }
}

fn open(fake: &Fake, more: &str) -> Transport {
    let text = format!("host = \"127.0.0.1\"\nport = {}\nfrom = \"征集 <cases@example.com>\"\n{more}", fake.port);
    let settings: config::Smtp = toml::from_str(&text).unwrap();
    Transport::open(&settings, Some(SecretString::from("p")), times()).unwrap()
}

fn step(part: &'static str, answer: &str) -> Step {
    (part, format!("{answer}\r\n"))
}

/// EHLO, then these.
async fn with(steps: Vec<Step>) -> Fake {
    Fake::start(vec![session(steps)]).await
}

fn session(steps: Vec<Step>) -> (&'static str, Vec<Step>) {
    (GREETING, [step("EHLO [127.0.0.1]", "250-here\r\n250 AUTH PLAIN LOGIN")].into_iter().chain(steps).collect())
}

fn envelope(from: &'static str) -> Vec<Step> {
    vec![step(from, "250 ok"), step("RCPT TO:<unit@example.org>", "250 ok"), step("DATA", "354 go on")]
}

/// The mail's lines (a line's answer is silence), then the answer to its end.
fn content(answer: &str) -> Vec<Step> {
    let mut lines: Vec<Step> = ["Subject: s", "", "..dot", "body"].map(|line| (line, String::new())).into();
    lines.push((".", answer.into()));
    lines
}

async fn deliver(steps: Vec<Step>) -> (Result<(), Refusal>, Fake) {
    let fake = with(steps).await;
    let result = open(&fake, "tls = \"none\"").deliver(&mail()).await.map(|_| ());
    (result, fake)
}

fn join(parts: Vec<Vec<Step>>) -> Vec<Step> {
    parts.into_iter().flatten().collect()
}

#[tokio::test]
async fn the_null_return_path_is_tried_first() {
    let fake = with(join(vec![envelope("MAIL FROM:<>"), content("250 queued as 4711\r\n")])).await;
    let accepted = open(&fake, "tls = \"none\"").deliver(&mail()).await.unwrap();
    assert_eq!(accepted.text, "queued as 4711");
    // No line is added behind the mail.
    assert_eq!(fake.heard()[4..], ["Subject: s", "", "..dot", "body", "."]);
}

#[tokio::test]
async fn our_address_is_used_where_the_null_path_is_refused_and_remembered() {
    let fake = with(join(vec![
        vec![step("MAIL FROM:<>", "553 sender must be the authorized user"), step("RSET", "250 ok")],
        envelope("MAIL FROM:<cases@example.com>"),
        content("250 queued\r\n"),
        envelope("MAIL FROM:<cases@example.com>"),
        content("250 queued\r\n"),
    ]))
    .await;
    let mut transport = open(&fake, "tls = \"none\"");
    transport.deliver(&mail()).await.unwrap();
    transport.deliver(&mail()).await.unwrap();
    assert_eq!(fake.count("MAIL FROM:<>"), 1);
}

#[tokio::test]
async fn a_refused_recipient_is_permanent_and_our_refused_address_is_not() {
    let refused = || vec![step("MAIL FROM", "250 ok"), step("RCPT", "550 no such user"), step("RSET", "250 ok")];
    let (result, _) = deliver(join(vec![refused(), refused()])).await;
    assert_eq!(result, Err(Refusal::Permanent { code: 550, text: "no such user".into() }));
    let refused = || vec![step("MAIL FROM", "550 user suspended"), step("RSET", "250 ok")];
    let (result, _) = deliver(join(vec![refused(), refused()])).await;
    assert_eq!(result, Err(Refusal::Account { code: 550, text: "user suspended".into() }));
}

#[tokio::test]
async fn refusals_for_now_are_transient_whatever_their_code() {
    for (answer, code) in [("451 greylisted", 451), ("550 Connection frequency limited", 550)] {
        let (result, _) = deliver(vec![step("MAIL FROM:<>", "250 ok"), step("RCPT", answer), step("RSET", "250 ok")]).await;
        assert!(matches!(result, Err(Refusal::Transient { code: found, .. }) if found == code), "{result:?}");
    }
}

#[tokio::test]
async fn only_a_connection_lost_behind_the_end_of_the_mail_is_uncertain() {
    for answer in [HANG_UP, "", "250-half an answer\r\n\0"] {
        let (result, _) = deliver(join(vec![envelope("MAIL FROM:<>"), content(answer)])).await;
        assert!(matches!(result, Err(Refusal::Uncertain(_))), "{result:?}");
    }
    for steps in [vec![step("MAIL FROM:<>", HANG_UP)], vec![("MAIL FROM:<>", String::new())]] {
        let (result, _) = deliver(steps).await;
        assert!(matches!(result, Err(Refusal::Unreachable(_))), "{result:?}");
    }
    let (result, _) = deliver(join(vec![envelope("MAIL FROM:<>"), content("452 disk full\r\n"), vec![step("RSET", "250 ok")]])).await;
    assert!(matches!(result, Err(Refusal::Transient { code: 452, .. })), "{result:?}");
}

#[tokio::test]
async fn a_connection_that_the_server_has_had_enough_of_is_replaced() {
    let first = join(vec![envelope("MAIL FROM:<>"), content("250 queued\r\n"), vec![step("MAIL", "421 enough")]]);
    let second = join(vec![envelope("MAIL FROM:<>"), content("250 queued\r\n")]);
    let fake = Fake::start(vec![session(first), session(second)]).await;
    let mut transport = open(&fake, "tls = \"none\"");
    transport.deliver(&mail()).await.unwrap();
    transport.deliver(&mail()).await.unwrap();
    assert_eq!(fake.count("EHLO"), 2);
}

#[tokio::test]
async fn a_refused_login_is_the_accounts_fault() {
    let fake = with(vec![step("AUTH PLAIN AHUAcA==", "535 authentication failed")]).await;
    let refusal = open(&fake, "tls = \"none\"\nusername = \"u\"").deliver(&mail()).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Account { code: 535, .. }) && refusal.advice().contains("授权码"), "{refusal}");
}

#[tokio::test]
async fn an_address_can_not_carry_a_command() {
    let fake = with(vec![]).await;
    let mut transport = open(&fake, "tls = \"none\"");
    for to in ["a@b.example>\r\nRCPT TO:<c@d.example", "nobody", ""] {
        let refusal = transport.deliver(&Rendered { to: to.into(), ..mail() }).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Permanent { code: 501, .. }), "{refusal}");
    }
    assert_eq!(fake.heard(), [""; 0]);
}

#[tokio::test]
async fn starttls_never_falls_back_and_takes_no_injected_answer() {
    for answer in ["502 not here\r\n", "220 go on\r\n250-injected\r\n250 AUTH PLAIN\r\n"] {
        let steps = vec![step("EHLO", "250-here\r\n250 AUTH PLAIN"), ("STARTTLS", answer.into())];
        let fake = Fake::start(vec![(GREETING, steps)]).await;
        let refusal = open(&fake, "username = \"u\"\ntls = \"starttls\"").deliver(&mail()).await.unwrap_err();
        assert!(refusal.is_transient(), "{refusal}");
        assert_eq!(fake.count("AUTH") + fake.count("MAIL"), 0);
    }
}

/// What a server that takes commands in one go hears, and answers all at once behind DATA.
fn together(mail: &'static str, answers: [&str; 3]) -> Vec<Step> {
    let answer = answers.map(|answer| format!("{answer}\r\n")).concat();
    vec![(mail, String::new()), ("RCPT TO:<unit@example.org>", String::new()), ("DATA", answer)]
}

fn pipelining(steps: Vec<Step>) -> (&'static str, Vec<Step>) {
    let ehlo = step("EHLO [127.0.0.1]", "250-here\r\n250-pipelining\r\n250 AUTH PLAIN LOGIN");
    (GREETING, [ehlo].into_iter().chain(steps).collect())
}

#[tokio::test]
async fn where_it_is_offered_the_envelope_goes_in_one_go_and_a_mail_takes_two_round_trips() {
    let one = || join(vec![together("MAIL FROM:<>", ["250 ok", "250 ok", "354 go on"]), content("250 queued\r\n")]);
    // The server says nothing before DATA has come: who waited for an answer would wait for ever.
    let fake = Fake::start(vec![pipelining(join(vec![one(), one()]))]).await;
    let mut transport = open(&fake, "tls = \"none\"");
    transport.deliver(&mail()).await.unwrap();
    transport.deliver(&mail()).await.unwrap();
    assert_eq!((fake.count("EHLO"), fake.count("NOOP"), fake.count("MAIL")), (1, 0, 2));
}

#[tokio::test]
async fn each_command_sent_in_one_go_has_its_answer() {
    for (answers, refusal) in [
        (["250 ok", "550 unknown", "503 no"], Refusal::Permanent { code: 550, text: "unknown".into() }),
        (["250 ok", "450 later", "503 no"], Refusal::Transient { code: 450, text: "later".into() }),
        (["250 ok", "250 ok", "451 no room"], Refusal::Transient { code: 451, text: "no room".into() }),
        (["451 wait", "503 no", "503 no"], Refusal::Transient { code: 451, text: "wait".into() }),
    ] {
        // A recipient that is refused for good is tried once more under our own address.
        let once = join(vec![together("MAIL FROM:<>", answers), vec![step("RSET", "250 ok")]]);
        let again = join(vec![together("MAIL FROM:<cases@example.com>", answers), vec![step("RSET", "250 ok")]]);
        let next = join(vec![together("MAIL FROM", ["250 ok", "250 ok", "354 go on"]), content("250 queued\r\n")]);
        let twice = if matches!(refusal, Refusal::Permanent { .. }) { again } else { Vec::new() };
        let fake = Fake::start(vec![pipelining(join(vec![once, twice, next]))]).await;
        let mut transport = open(&fake, "tls = \"none\"");
        assert_eq!(transport.deliver(&mail()).await, Err(refusal), "{:?}", fake.heard());
        assert!(transport.deliver(&mail()).await.is_ok(), "the connection is in order: {:?}", fake.heard());
        assert_eq!(fake.count("EHLO"), 1);
    }
}

#[tokio::test]
async fn content_that_is_asked_for_nobody_is_none() {
    let refused =
        |from| join(vec![together(from, ["250 ok", "450 later", "354 go on"]), vec![("", String::new()), step(".", "554 nobody")]]);
    let next = join(vec![together("MAIL FROM", ["250 ok", "250 ok", "354 go on"]), content("250 queued\r\n")]);
    let fake = Fake::start(vec![pipelining(join(vec![refused("MAIL FROM:<>"), vec![step("RSET", "250 ok")], next]))]).await;
    let mut transport = open(&fake, "tls = \"none\"");
    assert_eq!(transport.deliver(&mail()).await, Err(Refusal::Transient { code: 450, text: "later".into() }));
    assert!(!transport.may_have_delivered());
    assert!(transport.deliver(&mail()).await.is_ok(), "{:?}", fake.heard());
}

#[tokio::test]
async fn an_answer_lost_behind_the_envelope_has_delivered_nothing() {
    let cut = vec![("MAIL FROM:<>", String::new()), ("RCPT", String::new()), ("DATA", format!("250 ok\r\n250 ok\r\n{HANG_UP}"))];
    let fake = Fake::start(vec![pipelining(cut)]).await;
    let refusal = open(&fake, "tls = \"none\"").deliver(&mail()).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Unreachable(_)), "{refusal:?}");
}

#[tokio::test]
async fn what_is_no_tls_is_no_connection() {
    for greeting in ["220 ready\r\n", "\u{16}\u{3}\u{3}\0\u{2}xx and more of it"] {
        let fake = Fake::start(vec![(greeting, vec![("", "250 ok\r\n".into())])]).await;
        let refusal = open(&fake, "tls = \"implicit\"\nusername = \"u\"").deliver(&mail()).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Unreachable(_)), "{refusal:?}");
        assert_eq!(fake.count("AUTH") + fake.count("MAIL"), 0, "nothing is said in the clear");
    }
}
