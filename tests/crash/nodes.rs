//! Three processes on one server, each of which is killed, put to sleep for a moment or past its time, cut off or told to end at
//! times of chance, while the server itself crashes: every mail is one record, every form one case, and is answered once.
//!
//! `ZHIHUI_CRASH_MAILS=5000` makes it long.

use crate::{
    kills::{copies, next, number},
    mailbox::{Kind, Template},
    record::{Database, Engine, Record},
    scene::Scene,
    site::{AT_ONCE, Running, Site, eventually, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use rustix::process::Signal;
use std::{collections::BTreeMap, thread, time::Duration};

const NODES: usize = 3;
const MAILBOXES: [&str; 3] = ["north", "south", "west"];
/// Nothing takes longer, unless it stands still.
const PATIENCE: Duration = Duration::from_secs(120);
/// With so many deaths behind it, a mail is let through before the next: the seventh would be held against it.
const SPARED: i64 = 4;

/// What happens to a process, or to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blow {
    Kill,
    /// It sleeps until the others have taken it for gone.
    Sleep,
    /// It goes on before they do.
    Nap,
    End,
    Disconnect,
    Crash,
}

impl Blow {
    /// As often as they stand here.
    const ALL: [Blow; 10] =
        [Blow::Kill, Blow::Kill, Blow::Kill, Blow::Kill, Blow::Sleep, Blow::Sleep, Blow::Nap, Blow::End, Blow::Disconnect, Blow::Crash];
}

/// The processes and what they work on.
struct Party {
    scene: Scene,
    nodes: Vec<Running>,
    /// How often each blow fell.
    blows: BTreeMap<Blow, usize>,
}

impl Party {
    fn record(&self) -> &Database {
        let Record::Server(database) = &self.scene.record else { panic!("it is on a server") };
        database
    }

    fn count(&self, question: &str) -> i64 {
        self.record().ask(question).parse().expect("a number")
    }

    /// As many as there should be; who has ended has a reason.
    fn fill_up(&mut self) {
        for mut node in std::mem::take(&mut self.nodes) {
            if node.has_ended() {
                let ended = node.wait(PATIENCE);
                assert_eq!(ended.code, Some(75), "{ended:?}");
            } else {
                self.nodes.push(node);
            }
        }
        while self.nodes.len() < NODES {
            self.nodes.push(self.scene.site.start(&["run"]));
        }
    }

    fn waits_until(&mut self, what: &str, is_so: impl Fn(&Party) -> bool) {
        let is_so_in_time = eventually(PATIENCE, || {
            self.fill_up();
            is_so(self)
        });
        assert!(is_so_in_time, "never: {what}");
    }

    fn falls(&mut self, blow: Blow, chance: &mut u64) {
        *self.blows.entry(blow).or_default() += 1;
        let node = self.nodes.swap_remove(usize::try_from(next(chance)).unwrap_or_default() % NODES);
        let id = node.id();
        let is_there = format!("SELECT COUNT(*) FROM node WHERE pid = {id}");
        match blow {
            Blow::Kill => {
                node.kill_after(Duration::ZERO);
                self.is_silent(id);
            }
            Blow::Sleep => {
                // Who hasn't begun sleeps through nothing.
                assert!(eventually(PATIENCE, || self.count(&is_there) == 1), "it never signs on");
                node.signal(Signal::STOP);
                self.is_silent(id);
                self.waits_until("who sleeps is signed off", |party| party.count(&is_there) == 0);
                node.signal(Signal::CONT);
                let ended = node.wait(PATIENCE);
                assert_eq!(ended.code, Some(75), "who slept finds out: {ended:?}");
            }
            Blow::Nap => {
                node.signal(Signal::STOP);
                thread::sleep(Duration::from_millis(next(chance) % 2000));
                node.signal(Signal::CONT);
                self.nodes.push(node);
            }
            Blow::End => node.terminate(PATIENCE).assert(0, &[]),
            Blow::Disconnect => {
                self.record().postgres.disconnect(&self.record().url);
                self.nodes.push(node);
            }
            Blow::Crash => {
                self.record().postgres.stop_at_once();
                self.record().postgres.start_again();
                self.nodes.push(node);
            }
        }
    }

    /// A process has given no sign for a minute.
    fn is_silent(&self, id: u32) {
        self.record().ask(&format!("UPDATE node SET seen_ms = seen_ms - 60000 WHERE pid = {id}"));
    }
}

fn mailboxes(dovecot: &Dovecot) -> String {
    let one = |user: &&str| {
        format!(
            "[[mailbox]]\nname = \"{user}\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"{user}\"\n\
             password_file = \"secret\"\ncampaign = \"campaign-2023.toml\"\n",
            dovecot.port
        )
    };
    MAILBOXES.iter().map(one).collect()
}

#[test]
fn kills_and_sleeps_of_three_processes_and_crashes_of_the_server_lose_and_double_nothing() {
    let mails = usize::try_from(number("ZHIHUI_CRASH_MAILS", 72)).expect("it fits");
    let (rounds, seed) = ((mails / 3).clamp(1, 150), number("ZHIHUI_CRASH_SEED", 20_230_523));
    println!("{mails} mails, {rounds} rounds, seed {seed}");
    let (dovecot, sink) = (Dovecot::start(&MAILBOXES.map(|user| (user, "secret"))), SmtpSink::start());
    let settings = AT_ONCE.replace("replies_per_hour = 1000", "replies_per_hour = 1000000");
    let digest = "[[digest]]\nto = [\"office@hubei.example\"]\n";
    let site = Site::new(&[&mailboxes(&dovecot), &smtp(sink.port), &settings, digest]);
    let mut party = Party { scene: Scene::of(site, sink, &Engine::server()), nodes: Vec::new(), blows: BTreeMap::new() };
    let (template, mut chance) = (Template::new(Kind::Form), seed.max(1));
    let mut put = 0;
    for round in 1..=rounds {
        while put < mails * round / rounds {
            let mailbox = MAILBOXES[put % MAILBOXES.len()];
            dovecot.append(mailbox, "INBOX", "15-Jun-2023 10:00:00 +0800", &template.mail(put, "Thu, 15 Jun 2023 10:00:00 +0800"));
            put += 1;
        }
        party.fill_up();
        thread::sleep(Duration::from_millis(50 + next(&mut chance) % 1500));
        let struck = format!("SELECT COUNT(*) FROM message WHERE state = 'received' AND interruptions >= {SPARED}");
        party.waits_until("they get on", |party| round == 1 || party.count(&struck) == 0);
        let blow = Blow::ALL[usize::try_from(next(&mut chance)).unwrap_or_default() % Blow::ALL.len()];
        // The first has made the tables before anything is asked of them.
        party.waits_until("they have signed on", |party| party.scene.record.has_begun(party.scene.site.folder.path()));
        party.falls(blow, &mut chance);
    }
    let done = "SELECT COUNT(*) FROM message WHERE state = 'done'";
    let mut last = -1;
    while party.count(done) < i64::try_from(mails).expect("it fits") {
        party.waits_until("mails are judged", |party| party.count(done) > last);
        last = party.count(done);
    }
    let digests = "SELECT COUNT(*) FROM outbox WHERE kind = 'digest' AND state IN ('sent', 'uncertain')";
    party.waits_until("there is a digest", |party| party.count(digests) > 0);
    let waiting = "SELECT COUNT(*) FROM outbox WHERE kind <> 'digest' AND state NOT IN ('sent', 'cancelled')";
    party.waits_until("everything is answered", |party| party.count(waiting) == 0);
    assert_eq!(party.count(digests), 1, "a digest is once");
    for node in std::mem::take(&mut party.nodes) {
        node.terminate(PATIENCE).assert(0, &[]);
    }
    party.scene.assert_whole(&format!("seed {seed}"));
    let outcome = party.scene.outcome();
    assert_eq!((outcome.messages.len(), outcome.cases.len()), (mails, mails), "each mail is one row and opens one case");
    let repeated = copies(&party.scene).into_values().filter(|count| *count > 1).count();
    println!("{mails} mails, {:?}, {repeated} replies repeated", party.blows);
}
