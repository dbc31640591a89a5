//! Two daemons and a robot that answers whatever it gets, for ten days of a clock that the test moves.
//!
//! The robot is as bad as robots come: it says nowhere that it is one, and sends the faulty form again with each
//! answer. So nothing but the caps can end it.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use jiff::{SignedDuration, Timestamp, civil::Date};
use std::{
    collections::BTreeMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use zhihui::{app::App, clock::Clock, config::Config, daemon::Daemon, model::time, store::DaemonLock};

const A: &str = "cases@a.example";
const B: &str = "cases@b.example";
const ROBOT: &str = "robot@unit.example";
/// `limits.replies_per_sender_per_day`.
const CAP: usize = 5;
const DAYS: usize = 10;

/// A form that lacks something, so that each copy of it asks for a correction request.
const FORM: &str = "fixtures/mail/311-no-title.eml";

struct Node {
    folder: TempDir,
    app: App,
    daemon: Daemon,
    _lock: DaemonLock,
    seen: usize,
}

impl Node {
    async fn start(address: &str, clock: &Clock) -> Node {
        let folder = TempDir::new().expect("a folder");
        for name in ["mail", "replies"] {
            fs::create_dir(folder.path().join(name)).expect("it can be made");
        }
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(manifest.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        let config = format!(
            "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nsource = \"eml\"\npath = \"mail\"\ncampaign = \"campaign-2023.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"{address}\"\n\
             [limits]\nreplies_per_sender_per_day = {CAP}\n[correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\n"
        );
        fs::write(folder.path().join("zhihui.toml"), config).expect("the configuration");
        Node::open(folder, clock, 0).await
    }

    async fn open(folder: TempDir, clock: &Clock, seen: usize) -> Node {
        let loaded = Config::load(Some(&folder.path().join("zhihui.toml")), []).expect("it is right");
        let app = App::open(loaded, clock.clone()).await.expect("it opens");
        let lock = app.store.daemon_lock().expect("nobody else");
        let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
        Node { folder, app, daemon, _lock: lock, seen }
    }

    /// The same deployment under a new process.
    async fn restart(self, clock: &Clock) -> Node {
        let Node { folder, app, daemon, _lock, seen } = self;
        app.store.close().await;
        drop((app, daemon, _lock));
        Node::open(folder, clock, seen).await
    }

    /// How many of these mails, one after the other, are answered at once.
    async fn answers(&mut self, numbers: Range<usize>, clock: &Clock) -> usize {
        let mut sent = 0;
        for number in numbers {
            self.receive(&format!("mail-{number:02}"), &anew(number, clock.now()));
            sent += self.pass().await.len();
        }
        sent
    }

    /// How many mails no summary has told of yet.
    async fn waiting_for_summary(&self) -> u64 {
        self.app.store.waiting_for_summary().await.expect("the record")
    }

    fn receive(&self, name: &str, mail: &str) {
        fs::write(self.folder.path().join("mail").join(format!("{name}.eml")), mail).expect("it arrives");
    }

    /// One pass, and what it sent.
    async fn pass(&mut self) -> Vec<String> {
        let faults = self.daemon.poll().await.faults;
        assert!(faults.is_empty(), "{faults:?}");
        let mut names: Vec<PathBuf> =
            fs::read_dir(self.folder.path().join("replies")).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
        names.sort_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).expect("a time"));
        let new = names.split_off(self.seen);
        self.seen += new.len();
        new.iter().map(|path| fs::read_to_string(path).expect("a mail")).collect()
    }
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    mail.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default()
}

/// The form in a new mail of this sender, in answer to another.
fn mail(from: &str, to: &str, number: usize, at: Timestamp, answered: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FORM);
    let raw = fs::read_to_string(path).expect("the fixture is ASCII").replace("\r\n", "\n");
    let (head, body) = raw.split_once("\n\n").expect("a body");
    let mut kept = String::new();
    let mut keep = false;
    for line in head.lines() {
        if !line.starts_with([' ', '\t']) {
            keep = ["mime-version:", "content-"].iter().any(|name| line.to_ascii_lowercase().starts_with(name));
        }
        if keep {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!(
        "Received: from x by y; {date}\nFrom: <{from}>\nTo: <{to}>\nSubject: Re: {number}\nDate: {date}\nMessage-ID: <{number}@robot.example>\n\
         In-Reply-To: {answered}\n{kept}\n{body}"
    )
}

#[tokio::test]
async fn ten_days_of_answers_to_answers_stay_within_the_cap() {
    // A Monday, in Wuhan's morning.
    let clock = Clock::fixed("2023-06-12T01:00:00Z".parse().expect("an instant"));
    let mut nodes = BTreeMap::from([(A, Node::start(A, &clock).await), (B, Node::start(B, &clock).await)]);
    let mut number = 0;
    for (from, to) in [(ROBOT, A), (ROBOT, B), (A, B), (B, A)] {
        number += 1;
        nodes[to].receive(&format!("start-{number}"), &mail(from, to, number, clock.now(), ""));
    }
    let mut sent: BTreeMap<(&str, String, Date), usize> = BTreeMap::new();
    for _quarter in 0..DAYS * 4 {
        for round in 0..CAP + 2 {
            let mut replies = Vec::new();
            for (address, node) in &mut nodes {
                replies.extend(node.pass().await.into_iter().map(|reply| (*address, reply)));
            }
            if replies.is_empty() {
                break;
            }
            assert!(round <= CAP, "answers in a circle");
            for (from, reply) in replies {
                let to = header(&reply, "To").trim_matches(['<', '>']).to_owned();
                *sent.entry((from, to.clone(), time::local(clock.now()).date())).or_default() += 1;
                number += 1;
                match nodes.get(to.as_str()) {
                    // Their letter reaches the other daemon as it is.
                    Some(node) => {
                        node.receive(&format!("letter-{number}"), &format!("Received: from x by y; {}\n{reply}", header(&reply, "Date")))
                    }
                    None => nodes[from]
                        .receive(&format!("robot-{number}"), &mail(ROBOT, from, number, clock.now(), header(&reply, "Message-ID"))),
                }
            }
        }
        clock.set(clock.now().saturating_add(SignedDuration::from_hours(6)).expect("an instant"));
    }
    for ((from, to, day), count) in &sent {
        assert!(*count <= CAP, "{from} wrote {count} times to {to} on day {day}");
    }
    let between = |from: &str, to: &str| sent.iter().filter(|((f, t, _), _)| *f == from && t == to).map(|(_, count)| count).sum::<usize>();
    assert_eq!((between(A, B), between(B, A)), (1, 1), "a letter of ours is answered by nobody");
    assert!(between(A, ROBOT) > 1, "the robot was answered, or this shows nothing: {sent:?}");
    for node in nodes.values() {
        let outbox = node.app.store.list_outbox(&Default::default()).await.expect("the outbox");
        assert!(outbox.iter().all(|row| row.state == "sent"), "nothing waits for a person: {outbox:?}");
        assert!(outbox.iter().any(|row| row.kind == "summary"), "what is past the cap is told the day after");
    }
}

/// A form that a person wrote anew: the first opens a case, and the others name it.
fn anew(number: usize, at: Timestamp) -> String {
    mail("u@unit.example", A, number, at, "<none@unit.example>").replacen("Subject: Re: ", "Subject: JCZH-2023-0001 form ", 1)
}

#[tokio::test]
async fn past_the_cap_one_summary_after_midnight_tells_the_rest_over_restarts_too() {
    let clock = Clock::fixed("2023-06-12T01:00:00Z".parse().expect("an instant"));
    let mut node = Node::start(A, &clock).await;
    assert_eq!(node.answers(0..CAP + 3, &clock).await, CAP);
    assert_eq!(node.waiting_for_summary().await, 3);
    clock.set("2023-06-12T15:59:59Z".parse().expect("an instant"));
    assert_eq!(node.pass().await.len(), 0, "it isn't midnight in Wuhan");
    clock.set("2023-06-12T16:00:01Z".parse().expect("an instant"));
    // The program is started anew in between.
    let mut node = node.restart(&clock).await;
    let sent = node.pass().await;
    assert_eq!((sent.len(), node.waiting_for_summary().await), (1, 0));
    assert_eq!(header(&sent[0], "Auto-Submitted"), "auto-replied");
    let rows = node.app.store.list_outbox(&Default::default()).await.expect("the outbox");
    let summary = rows.iter().find(|row| row.kind == "summary").expect("a summary");
    assert!(summary.subject.contains("汇总回执") && summary.subject.contains("2023年6月12日"), "{}", summary.subject);
    let text =
        mail_parser::MessageParser::default().parse(sent[0].as_bytes()).and_then(|mail| mail.body_text(0).map(|text| text.into_owned()));
    let text = text.expect("a text");
    assert!(text.contains("其中3封") && text.contains("form 7”") && text.contains("未填写"), "{text}");
    assert_eq!(text.matches("以第3封为准").count(), 2, "of one case only what stands last is asked for: {text}");
    let mut node = node.restart(&clock).await;
    assert_eq!(node.pass().await.len(), 0);
    // It counts as one of the new day's replies.
    assert_eq!(node.answers(10..10 + CAP, &clock).await, CAP - 1);
    clock.set("2023-06-15T16:00:01Z".parse().expect("an instant"));
    assert_eq!(node.pass().await.len(), 1);
}

#[tokio::test]
async fn one_case_is_answered_so_often_a_day_whatever_the_addresses() {
    let clock = Clock::fixed("2023-06-12T01:00:00Z".parse().expect("an instant"));
    let mut node = Node::start(A, &clock).await;
    let mut sent = 0;
    // Each colleague of the office writes once.
    for number in 0..CAP + 3 {
        node.receive(
            &format!("mail-{number}"),
            &anew(number, clock.now()).replace("<u@unit.example>", &format!("<u{number}@unit.example>")),
        );
        sent += node.pass().await.len();
    }
    assert_eq!((sent, node.waiting_for_summary().await), (CAP, 3));
    let cases = node.app.store.list_cases(&Default::default()).await.expect("the cases");
    assert_eq!(cases.iter().map(|case| usize::try_from(case.revision)).collect::<Vec<_>>(), [Ok(CAP + 3)], "every form is kept");
    // Another case of the same office has its own.
    node.receive("other", &mail("u0@unit.example", A, 90, clock.now(), "<none@unit.example>").replace("311", "312"));
    clock.set("2023-06-12T16:00:01Z".parse().expect("an instant"));
    assert_eq!((node.pass().await.len() > 3, node.waiting_for_summary().await), (true, 0), "three summaries the day after");
}
