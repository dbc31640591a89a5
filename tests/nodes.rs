//! Several processes on one PostgreSQL server, some of which are killed or put to sleep: every mail is judged once, every
//! case is answered once, and who slept too long ends by itself.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "a part of the harness")]
mod support;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use support::postgres::Postgres;
use tempfile::TempDir;
use tokio::time::Instant;
use zhihui::{
    app::App,
    clock::Clock,
    config::Config,
    daemon::{Post, Stop},
    model::outbox::{OutboxState, Rendered},
    store::{Filter, Node as Signed, Outgoing, Store},
};

const MAILBOXES: usize = 4;
const MAILS: usize = 24;
const PATIENCE: Duration = Duration::from_secs(300);

/// An office on a server, with mailboxes that are folders.
struct Office {
    folder: TempDir,
    _postgres: Postgres,
}

impl Office {
    /// With so many mails in each mailbox, and more in its configuration.
    fn new(mails: usize, more: &str) -> Self {
        let (folder, postgres) = (TempDir::new().expect("a folder"), Postgres::start());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(root.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        let mut config = format!(
            "[database]\nurl = \"{}\"\n[blobs]\nurl = \"file:blobs\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [limits]\nreply_within_days = 36500\nreplies_per_hour = 10000\nreplies_per_sender_per_day = 1000\n\
             [correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\n{more}",
            postgres.database()
        );
        let mail = fs::read_to_string(root.join("fixtures/mail/001-plain-word.eml")).expect("a mail").replace("\r\n", "\n");
        for mailbox in 0..MAILBOXES {
            fs::create_dir(folder.path().join(format!("mail{mailbox}"))).expect("a folder");
            for n in 0..mails {
                // Each its own sender and its own bytes; the form is the same, so that each case but the first may be a revision.
                let id = format!("{mailbox}-{n}");
                let mail = mail
                    .replace("<001@unit.example>", &format!("<{id}@unit{id}.example>"))
                    .replace("office@unit.example", &format!("office@unit{id}.example"));
                fs::write(folder.path().join(format!("mail{mailbox}/{n:03}.eml")), mail).expect("it arrives");
            }
            config.push_str(&format!(
                "[[mailbox]]\nname = \"m{mailbox}\"\nsource = \"eml\"\npath = \"mail{mailbox}\"\ncampaign = \"campaign-2023.toml\"\n"
            ));
        }
        fs::write(folder.path().join("zhihui.toml"), config).expect("the configuration");
        Self { folder, _postgres: postgres }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.arg("--config").arg(self.folder.path().join("zhihui.toml")).args(arguments).env("ZHIHUI_ACTOR", "wang");
        command
    }

    fn starts(&self) -> Node {
        let child = self.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        Node(child)
    }

    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.command(&[arguments, &["--format", "jsonl"]].concat()).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Asks until it is so.
    fn waits_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is_so(self) {
            assert!(started.elapsed() < PATIENCE, "never: {what}\n{:#?}", self.rows(&["node", "list"]));
        }
    }

    fn judged(&self) -> usize {
        self.rows(&["message", "list", "--limit", "1000"]).iter().filter(|row| !row["disposition"].is_null()).count()
    }

    fn alive(&self) -> usize {
        self.rows(&["node", "list"]).iter().filter(|row| row["alive"] == true).count()
    }
}

/// A process, which ends with the test.
struct Node(Child);

impl Node {
    fn gets(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).expect("a number")).expect("not 0");
        kill_process(pid, signal).expect("it is there");
    }

    /// It ends by itself; its code.
    fn ends(&mut self) -> Option<i32> {
        self.0.wait().expect("it is ours").code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

#[test]
fn processes_come_go_die_and_sleep_and_nothing_is_lost_or_doubled() {
    let office = Office::new(MAILS, "");
    let mut sleeper = office.starts();
    office.waits_until("the first works", |office| office.judged() > 2);
    sleeper.gets(Signal::STOP);
    let mut killed = office.starts();
    office.waits_until("the second takes over what the sleeper had", |office| {
        office
            .rows(&["node", "list"])
            .iter()
            .any(|row| row["mailboxes"].as_array().is_some_and(|names| !names.is_empty()) && row["pid"] == killed.0.id())
    });
    let mut third = office.starts();
    office.waits_until("the third is there", |office| office.alive() == 2);
    killed.0.kill().expect("it was there");
    killed.ends();
    sleeper.gets(Signal::CONT);
    assert_eq!(sleeper.ends(), Some(75), "who slept finds out, and ends");
    office.waits_until("everything is judged", |office| office.judged() == MAILBOXES * MAILS);
    office.waits_until("everything is answered", |office| {
        office.rows(&["outbox", "list", "--limit", "1000"]).iter().all(|row| row["state"] == "sent")
    });
    third.gets(Signal::TERM);
    assert_eq!(third.ends(), Some(0));
    assert_eq!(office.rows(&["node", "list"]).iter().filter(|row| row["alive"] == true && row["pid"] == third.0.id()).count(), 0);

    let messages = office.rows(&["message", "list", "--limit", "1000"]);
    assert_eq!(messages.len(), MAILBOXES * MAILS, "each mail is one row");
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for reply in office.rows(&["outbox", "list", "--limit", "1000"]) {
        *answers.entry(reply["source_message"].to_string()).or_default() += 1;
    }
    assert!(answers.values().all(|count| *count == 1), "{answers:?}");
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for file in fs::read_dir(office.folder.path().join("replies")).expect("replies").flatten() {
        let text = fs::read_to_string(file.path()).expect("a reply");
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("its id").to_owned();
        *written.entry(id).or_default() += 1;
    }
    assert_eq!(written.len(), answers.len(), "as many mails as replies");
    let output = office.command(&["audit", "verify"]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn who_has_every_mailbox_lets_those_go_that_others_should_have() {
    let office = Office::new(0, "");
    let first = office.starts();
    let of_first = |office: &Office| {
        let rows = office.rows(&["node", "list"]);
        rows.iter().find(|row| row["pid"] == first.0.id()).and_then(|row| row["mailboxes"].as_array().map(Vec::len))
    };
    office.waits_until("it has all of them", |office| of_first(office) == Some(MAILBOXES));
    let loaded = Config::load(Some(&office.folder.path().join("zhihui.toml")), []).expect("it is right");
    let others = App::open(loaded, Clock::System).await.expect("it opens");
    let wants: Vec<String> = (0..MAILBOXES).map(|mailbox| format!("m{mailbox}")).collect();
    // So many that hardly one is left to the first.
    for number in 0..40 {
        let node = Signed { owner: format!("other-{number}"), host: "h".into(), pid: 1, wants: wants.clone() };
        others.store.join(&node, 0).await.expect("it signs on");
    }
    office.waits_until("it lets some go", |office| of_first(office).is_some_and(|count| count < MAILBOXES));
}

#[tokio::test]
async fn a_digest_counts_what_others_have_read_and_waits_for_it_no_longer() {
    let office = Office::new(1, "[[digest]]\nto = [\"office@hubei.example\"]\n");
    // Half an hour past the day and time of the digest.
    let now = "2023-07-03T09:00:00+08:00".parse().expect("an instant");
    let loaded = Config::load(Some(&office.folder.path().join("zhihui.toml")), []).expect("it is right");
    let app = App::open(loaded.clone(), Clock::fixed(now)).await.expect("it opens");
    let others = App::open(loaded, Clock::fixed(now)).await.expect("it opens");
    let other = Signed { owner: "other".into(), host: "h".into(), pid: 1, wants: vec!["m3".into()] };
    others.store.join(&other, 0).await.expect("it signs on");
    let held = others.store.beat(&other, &["m3".to_owned()], 0).await.expect("it is there");
    assert!(held.mailboxes.contains("m3"));
    let lock = app.store.daemon_lock().expect("a server excludes nobody");
    let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
    daemon.take_over(&lock, false).await.expect("it signs on");
    assert_eq!(daemon.own_sources().count(), MAILBOXES - 1);
    let digests = async || {
        let pass = daemon.poll().await;
        assert!(pass.faults.is_empty(), "{:?}", pass.faults);
        let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
        rows.into_iter().filter(|row| row.kind == "digest").count()
    };
    assert_eq!(digests().await, 0, "nobody has read that mailbox yet");
    others.store.note_read("m3", now.as_millisecond()).await.expect("it is noted");
    assert_eq!(digests().await, 1, "another has read it");
    daemon.leave().await;
    let own = app.store.read_ms("m0").await.expect("it answers");
    assert_eq!(own, Some(now.as_millisecond()), "and this one has noted its own");
}

/// As soon as one has claimed a mail of ours, another has it.
const TAKEN: &str = "CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE outbox SET lease_owner = 'other' WHERE id = NEW.id; RETURN NULL; END $$;
    CREATE TRIGGER taken AFTER UPDATE ON outbox FOR EACH ROW WHEN (NEW.lease_owner = 'sleeper') EXECUTE FUNCTION taken()";

#[tokio::test]
async fn who_slept_behind_his_claim_sends_nothing_that_another_has_since() {
    let (folder, postgres) = (TempDir::new().expect("a folder"), Postgres::start());
    let url = postgres.database();
    let store = Store::open(&url).await.expect("it opens");
    let mail = Rendered { message_id: "<1@x>".into(), to: "u@unit.example".into(), subject: "s".into(), bytes: b"m".to_vec() };
    let mut tx = store.begin().await.expect("it begins");
    let outgoing = Outgoing {
        kind: "guidance",
        campaign: "2023",
        mail: &mail,
        in_reply_to: None,
        source_message: None,
        cases: &[],
        state: OutboxState::Queued,
        not_before_ms: 0,
        now_ms: 0,
    };
    tx.enqueue(&outgoing).await.expect("it is queued");
    tx.commit().await.expect("it is kept");
    let name = url.rsplit('/').next().expect("a name");
    postgres.sql(name, TAKEN);
    let replies = folder.path().join("replies");
    let settings =
        toml::from_str(&format!("transport = \"file\"\npath = {replies:?}\nfrom = \"cases@hubei.example\"")).expect("it is right");
    let clock = Clock::fixed("2023-06-15T03:00:00Z".parse().expect("an instant"));
    let post = Post::new(store.clone(), clock, settings, toml::from_str("").expect("it is right"), "sleeper".into());
    let sent = || fs::read_dir(&replies).map_or(0, Iterator::count);
    post.step(&Stop::never()).await.expect("it goes on");
    assert_eq!(sent(), 0);
    // The other died without having sent it.
    postgres.sql(name, "DROP TRIGGER taken ON outbox; UPDATE outbox SET lease_owner = NULL, lease_until_ms = 0");
    post.step(&Stop::never()).await.expect("it goes on");
    assert_eq!(sent(), 1);
}
