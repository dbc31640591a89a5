//! The outbox against a scripted server that refuses, hangs up, is silent or talks nonsense at each stage of
//! SMTP: what becomes of the mail, and what of the rest of the queue.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod fake;

use fake::{Fake, HANG_UP, Step};
use jiff::Timestamp;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use zhihui::clock::{Clock, Stopwatch};
use zhihui::config;
use zhihui::daemon::{self, Post, Stop};
use zhihui::model::outbox::{OutboxState, Rendered};
use zhihui::smtp::Times;
use zhihui::store::{Filter, Outgoing, Store};

const HELLO: &str = "250-here\r\n250 AUTH PLAIN LOGIN";

/// A greeting, and what is answered.
type Session = (&'static str, Vec<Step>);

fn times() -> Times {
    Times { connect: Duration::from_millis(500), command: Duration::from_millis(500), data: Duration::from_millis(500) }
}

/// An outbox, and what delivers it.
struct Desk {
    _folder: TempDir,
    store: Store,
    clock: Clock,
    post: Post,
}

impl Desk {
    /// With so many mails in the outbox, and these settings beside host, port and sender.
    async fn open(port: u16, settings: &str, limits: &str, mails: u32) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "p").unwrap();
        std::fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let text =
            format!("host = \"127.0.0.1\"\nport = {port}\nfrom = \"征集 <cases@example.com>\"\npassword_file = {password:?}\n{settings}");
        let clock = Clock::fixed("2023-06-30T08:00:00Z".parse::<Timestamp>().unwrap());
        let settings: config::Smtp = toml::from_str(&text).unwrap();
        let post = Post::new(store.clone(), clock.clone(), settings, toml::from_str(limits).unwrap(), "me".into()).with_times(times());
        let desk = Desk { _folder: folder, store, clock, post };
        for number in 1..=mails {
            desk.queue(number).await;
        }
        desk
    }

    async fn queue(&self, number: u32) {
        let bytes = b"Subject: s\r\n\r\n.dot\r\nbody\r\n".to_vec();
        let mail = Rendered { message_id: format!("<{number}@example.com>"), to: "unit@example.org".into(), subject: "s".into(), bytes };
        let now_ms = self.clock.now().as_millisecond();
        let outgoing = Outgoing {
            kind: "acknowledgement",
            campaign: "2023",
            mail: &mail,
            in_reply_to: None,
            source_message: None,
            cases: &[],
            state: OutboxState::Queued,
            not_before_ms: now_ms,
            now_ms,
        };
        let mut tx = self.store.begin().await.unwrap();
        tx.enqueue(&outgoing).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn step(&self) -> daemon::Step {
        self.post.step(&Stop::never()).await.unwrap()
    }

    /// State and attempts of each mail.
    async fn states(&self) -> Vec<(String, u32)> {
        self.store.list_outbox(&Filter::default()).await.unwrap().into_iter().map(|row| (row.state, row.attempts)).collect()
    }

    async fn alarms(&self) -> Vec<String> {
        self.store.alarms().await.unwrap().into_iter().map(|alarm| alarm.kind).collect()
    }
}

fn step(part: &'static str, answer: &str) -> Step {
    (part, format!("{answer}\r\n"))
}

fn ok(parts: &[&'static str]) -> Vec<Step> {
    parts.iter().map(|part| step(part, if *part == "DATA" { "354 go on" } else { "250 ok" })).collect()
}

/// The mail's lines (a line's answer is silence), then the answer to its end.
fn content(answer: &str) -> Vec<Step> {
    let lines = ["Subject: s", "", "..dot", "body"].map(|line| (line, String::new()));
    lines.into_iter().chain([(".", answer.to_owned())]).collect()
}

fn join(parts: Vec<Vec<Step>>) -> Vec<Step> {
    parts.into_iter().flatten().collect()
}

fn session(steps: Vec<Vec<Step>>) -> Session {
    ("220 ready\r\n", join([vec![vec![step("EHLO", HELLO)]], steps].concat()))
}

/// The envelope up to a stage, whose answer this is, for the null return path and then for our own address.
fn refused_at(stage: &'static str, answer: &str, is_for_good: bool) -> Session {
    let once = |from: &'static str| {
        let mut steps = ok(&[from, "RCPT", "DATA"]);
        let end = format!("{answer}\r\n");
        match stage {
            "." => steps.extend(content(&end)),
            _ => {
                steps.truncate(match stage {
                    "MAIL" => 1,
                    "RCPT" => 2,
                    _ => 3,
                });
                if let Some(last) = steps.last_mut() {
                    last.1 = end;
                }
            }
        }
        steps.push(step("RSET", "250 ok"));
        steps
    };
    let again = if is_for_good { once("MAIL FROM:<cases@example.com>") } else { vec![] };
    session(vec![once("MAIL FROM:<>"), again])
}

#[tokio::test]
async fn what_is_refused_at_each_stage_has_its_consequence() {
    let login = "tls = \"none\"\nusername = \"u\"";
    let plain = "tls = \"none\"";
    let greets = |greeting: &'static str| (greeting, vec![]);
    let says = |steps: Vec<Step>| ("220 ready\r\n", steps);
    let (now, never) = (("queued", 1), ("dead", 1));
    // The server or the account is to blame, so nothing is held against the mail.
    let line = ("queued", 0);
    let stages: Vec<(&str, &str, Session, (&str, u32))> = vec![
        ("greeting 421", plain, greets("421 too busy\r\n"), line),
        ("greeting 554", plain, greets("554 no service\r\n"), line),
        ("greeting of another protocol", plain, greets("SSH-2.0-OpenSSH_9.2\r\n"), line),
        ("EHLO 451", plain, says(vec![step("EHLO", "451 later")]), line),
        ("EHLO 550", plain, says(vec![step("EHLO", "550 go away")]), line),
        ("EHLO, gone", plain, says(vec![("EHLO", HANG_UP.into())]), line),
        ("STARTTLS 454", "tls = \"starttls\"", says(vec![step("EHLO", "250 here"), step("STARTTLS", "454 later")]), line),
        ("STARTTLS 502", "tls = \"starttls\"", says(vec![step("EHLO", "250 here"), step("STARTTLS", "502 unknown")]), line),
        (
            "TLS of nonsense",
            "tls = \"starttls\"",
            says(vec![step("EHLO", "250 here"), step("STARTTLS", "220 go\r\n\u{1}\u{2}garbage")]),
            line,
        ),
        ("AUTH 454", login, session(vec![vec![step("AUTH", "454 later")]]), line),
        ("AUTH 535", login, session(vec![vec![step("AUTH", "535 wrong")]]), line),
        ("MAIL 451", plain, refused_at("MAIL", "451 later", false), now),
        ("MAIL 550", plain, refused_at("MAIL", "550 suspended", true), line),
        ("RCPT 450", plain, refused_at("RCPT", "450 greylisted", false), now),
        ("RCPT 550", plain, refused_at("RCPT", "550 no such user", true), never),
        ("RCPT, silent", plain, session(vec![ok(&["MAIL"]), vec![("RCPT", String::new())]]), line),
        ("RCPT, gone", plain, session(vec![ok(&["MAIL"]), vec![("RCPT", HANG_UP.into())]]), line),
        ("DATA 451", plain, refused_at("DATA", "451 later", false), now),
        ("DATA 554", plain, refused_at("DATA", "554 no", true), never),
        ("DATA, gone", plain, session(vec![ok(&["MAIL", "RCPT"]), vec![("DATA", HANG_UP.into())]]), line),
        ("end 452", plain, refused_at(".", "452 disk full", false), now),
        ("end 554", plain, refused_at(".", "554 spam", true), never),
        ("end, gone", plain, session(vec![ok(&["MAIL", "RCPT", "DATA"]), content(HANG_UP)]), now),
        ("end, silent", plain, session(vec![ok(&["MAIL", "RCPT", "DATA"]), content("")]), now),
    ];
    for (name, settings, script, (state, attempts)) in stages {
        let fake = Fake::start(vec![script]).await;
        let desk = Desk::open(fake.port, settings, "", 1).await;
        desk.step().await;
        assert_eq!(desk.states().await, [(state.to_owned(), attempts)], "{name}: {:?}", fake.heard());
        assert_eq!(desk.post.fault().await.is_err(), attempts == 0, "{name}");
        assert_eq!(desk.alarms().await.len(), usize::from(attempts == 0), "{name}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_followed_by_the_same_mail_once_and_then_by_a_person() {
    let lost = || session(vec![ok(&["MAIL FROM:<>", "RCPT", "DATA"]), content(HANG_UP)]);
    let fake = Fake::start(vec![lost(), lost()]).await;
    let desk = Desk::open(fake.port, "tls = \"none\"", "", 1).await;
    desk.step().await;
    assert_eq!(desk.step().await, daemon::Step::Idle, "not at once");
    desk.clock.advance(Duration::from_secs(3600));
    desk.step().await;
    assert_eq!(desk.states().await, [("uncertain".to_owned(), 2)]);
    desk.clock.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(desk.step().await, daemon::Step::Idle);
    assert_eq!(fake.count("DATA"), 2);
}

#[tokio::test]
async fn one_connection_serves_the_whole_queue_and_is_closed_behind_it() {
    let mail = || [ok(&["MAIL FROM:<>", "RCPT", "DATA"]), content("250 queued\r\n")].concat();
    let fake = Fake::start(vec![session(vec![mail(), mail(), mail(), mail(), vec![step("QUIT", "221 bye")]])]).await;
    let desk = Desk::open(fake.port, "tls = \"none\"", "", 4).await;
    assert_eq!((desk.step().await, desk.step().await), (daemon::Step::Worked, daemon::Step::Idle));
    assert_eq!(desk.states().await, vec![("sent".to_owned(), 1); 4]);
    assert_eq!((fake.count("EHLO"), fake.count("QUIT")), (1, 1), "{:?}", fake.heard());
}

/// The next mail hangs at its server; that the one before it was sent stands in the record long before.
#[tokio::test]
async fn what_became_of_a_mail_is_noted_while_the_next_one_hangs() {
    let mail = || [ok(&["MAIL FROM:<>", "RCPT", "DATA"]), content("250 queued\r\n")].concat();
    let fake = Fake::start(vec![session(vec![mail(), ok(&["MAIL FROM:<>"]), vec![("RCPT", String::new())]])]).await;
    let mut desk = Desk::open(fake.port, "tls = \"none\"", "", 2).await;
    let hour = Duration::from_secs(3600);
    desk.post = desk.post.with_times(Times { command: hour, data: hour, ..times() });
    let (stop, told) = watch::channel(false);
    let told = Stop::new(told);
    let noted = async {
        while fake.count("RCPT") < 2 {
            tokio::task::yield_now().await;
        }
        let watch = Stopwatch::start();
        while desk.states().await[0].0 != "sent" {
            assert!(watch.elapsed() < Duration::from_secs(10), "it is noted");
        }
        stop.send(true).unwrap();
        watch.elapsed()
    };
    let (outcome, waited) = tokio::join!(desk.post.step(&told), noted);
    outcome.unwrap();
    assert!(waited < Duration::from_millis(500), "50 ms and a commit: {waited:?}");
    assert_eq!(desk.states().await, [("sent".to_owned(), 1), ("queued".to_owned(), 0)]);
}

#[tokio::test]
async fn past_the_cap_of_the_hour_the_alarm_goes_once() {
    let mail = || [ok(&["MAIL FROM:<>", "RCPT", "DATA"]), content("250 queued\r\n")].concat();
    let fake = Fake::start(vec![session(vec![mail(), mail(), vec![step("QUIT", "221 bye")]]), session(vec![mail()])]).await;
    let desk = Desk::open(fake.port, "tls = \"none\"", "replies_per_hour = 2", 3).await;
    desk.step().await;
    for _ in 0..3 {
        assert_eq!(desk.step().await, daemon::Step::Idle);
        assert_eq!(desk.alarms().await, ["replies_per_hour"]);
    }
    desk.clock.advance(Duration::from_secs(3601));
    assert_eq!(desk.step().await, daemon::Step::Worked);
    assert_eq!((desk.states().await[2].0.as_str(), desk.alarms().await.len()), ("sent", 0));
}

/// The rest of the queue waits with it, untried, and goes when the server is back.
#[tokio::test]
async fn a_refused_account_holds_nothing_against_any_mail() {
    let fake = Fake::start(vec![
        session(vec![vec![step("AUTH", "535 wrong")]]),
        session(vec![vec![step("AUTH", "235 ok")], ok(&["MAIL FROM:<>", "RCPT", "DATA"]), content("250 queued\r\n")]),
    ])
    .await;
    let desk = Desk::open(fake.port, "tls = \"none\"\nusername = \"u\"", "replies_per_hour = 1", 3).await;
    desk.step().await;
    assert_eq!(desk.states().await, vec![("queued".to_owned(), 0); 3]);
    assert_eq!(desk.alarms().await, ["smtp"]);
    assert_eq!(desk.step().await, daemon::Step::Idle, "the account is left alone for a while");
    desk.clock.advance(Duration::from_secs(61));
    desk.step().await;
    assert_eq!(desk.states().await[0].0, "sent");
    assert!(!desk.alarms().await.contains(&"smtp".to_owned()));
}

/// A server that sends a byte now and then is never done, and is left after the time for an answer.
#[tokio::test]
async fn a_server_of_one_byte_at_a_time_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        for byte in b"220 a server of very few words and long pauses\r\n".iter().cycle() {
            ticks.tick().await;
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    });
    let desk = Desk::open(port, "tls = \"none\"", "", 1).await;
    let watch = Stopwatch::start();
    desk.step().await;
    assert!(watch.elapsed() < Duration::from_secs(3), "{:?}", watch.elapsed());
    assert_eq!(desk.states().await, [("queued".to_owned(), 0)]);
}

/// The daemon is told to end while the server says nothing: before the mail has left, it was not tried; behind
/// it, it may have arrived.
#[tokio::test]
async fn a_stop_waits_for_no_silent_server() {
    for (script, wanted) in [
        (session(vec![ok(&["MAIL FROM:<>"]), vec![("RCPT", String::new())]]), ("queued", 0)),
        (session(vec![ok(&["MAIL FROM:<>", "RCPT", "DATA"]), content("")]), ("queued", 1)),
    ] {
        let fake = Fake::start(vec![script]).await;
        let mut desk = Desk::open(fake.port, "tls = \"none\"", "", 3).await;
        let patient = Times { command: Duration::from_secs(600), data: Duration::from_secs(600), ..times() };
        desk.post = desk.post.with_times(patient);
        let (stop, told) = watch::channel(false);
        let (told, watch) = (Stop::new(told), Stopwatch::start());
        let silent = async {
            while fake.count("RCPT") == 0 || (wanted.1 == 1 && fake.count("body") == 0) {
                tokio::task::yield_now().await;
            }
            stop.send(true).unwrap();
        };
        let (outcome, ()) = tokio::join!(desk.post.step(&told), silent);
        outcome.unwrap();
        assert!(watch.elapsed() < Duration::from_secs(8), "{:?}", watch.elapsed());
        let (state, attempts) = wanted;
        assert_eq!(desk.states().await, [(state.to_owned(), attempts), ("queued".to_owned(), 0), ("queued".to_owned(), 0)]);
        // What was lost behind the mail's end has had its one repeat counted.
        let error = desk.store.list_outbox(&Filter::default()).await.unwrap()[0].last_error.clone();
        assert_eq!(error.is_some_and(|error| error.contains("送达不明")), attempts == 1);
    }
}
