//! A small deployment to be killed: a Maildir, a sink, and what has to hold of them in the end.

use crate::{
    record::{Database, Engine, Record},
    site::{AT_ONCE, Ended, Running, Site, smtp, text},
    support::smtp_sink::SmtpSink,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use zhihui::store::{Filter, MessageRow, OutboxRow, Store};

const MAILDIR: &str = "[[mailbox]]\nsource = \"maildir\"\npath = \"mail\"\ncampaign = \"campaign-2023.toml\"\n";
/// A form, a mail without one, one for a person.
pub const MAILS: [&str; 3] = ["001", "601", "603"];

/// A deployment and its sink.
pub struct Scene {
    pub site: Site,
    pub sink: SmtpSink,
    pub record: Record,
    /// Message-IDs that were sent before, to another sink.
    pub sent_before: BTreeSet<String>,
}

/// What a scene was at an instant.
pub struct Copy {
    folder: TempDir,
    record: Record,
}

/// What became of everything, without what may differ from one run to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub messages: Vec<String>,
    pub cases: Vec<String>,
    pub outbox: Vec<String>,
}

impl Scene {
    /// These mails wait in the Maildir; the first comes once more at the end.
    pub fn new() -> Scene {
        Scene::on(&Engine::File)
    }

    /// The same, on an engine.
    pub fn on(engine: &Engine) -> Scene {
        let sink = SmtpSink::start();
        let site = Site::new(&[MAILDIR, &smtp(sink.port), AT_ONCE]);
        for folder in ["cur", "new", "tmp"] {
            fs::create_dir_all(site.path("mail").join(folder)).expect("it can be made");
        }
        let scene = Scene::of(site, sink, engine);
        for (order, number) in (1..).zip(MAILS.iter().chain([&MAILS[0]])) {
            scene.put(order, &golden(number));
        }
        scene
    }

    /// A deployment with its sink, whose record is on an engine.
    pub fn of(site: Site, sink: SmtpSink, engine: &Engine) -> Scene {
        let record = Record::new(engine);
        if let Record::Server(Database { url, .. }) = &record {
            site.change("sqlite:zhihui.db", url);
        }
        Scene { site, sink, record, sent_before: BTreeSet::new() }
    }

    /// A copy of its folder and record.
    pub fn copy(&self) -> Copy {
        let folder = TempDir::new().expect("a folder");
        copy_folder(self.site.folder.path(), folder.path());
        Copy { folder, record: self.record.copy() }
    }

    /// A deployment that goes on where a copy stands, with a sink of its own.
    pub fn of_copy(copy: &Copy) -> Scene {
        let sink = SmtpSink::start();
        let site = Site::new(&[]);
        copy_folder(copy.folder.path(), site.folder.path());
        let configuration = fs::read_to_string(site.path("zhihui.toml")).expect("the configuration");
        let port = configuration.lines().find(|line| line.starts_with("port = ")).expect("a port");
        site.change(port, &format!("port = {}", sink.port));
        let mut scene = Scene { site, sink, record: copy.record.copy(), sent_before: BTreeSet::new() };
        if let Record::Server(Database { url, .. }) = &scene.record {
            let old = configuration.lines().find(|line| line.starts_with("url = \"postgres:")).expect("an address");
            scene.site.change(old, &format!("url = \"{url}\""));
        }
        if scene.record.has_begun(scene.site.folder.path()) {
            let outbox = scene.store(async |store| store.list_outbox(&Filter::default()).await.expect("replies"));
            scene.sent_before = message_ids(&outbox, |row| row.state == "sent");
        }
        scene
    }

    /// Puts a mail into the Maildir; the order is certain.
    pub fn put(&self, order: u64, raw: &[u8]) {
        let path = self.site.path(&format!("mail/new/{}.M{order:04}.test", 1_690_000_000 + order));
        fs::write(&path, raw).expect("it can be written");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_690_000_000 + order);
        fs::File::open(&path).and_then(|file| file.set_modified(time)).expect("a time can be set");
    }

    /// Runs a command with these variables in front of it.
    pub fn run_with(&self, variables: &[(String, String)], arguments: &[&str]) -> Ended {
        self.site.start_with(variables, arguments).wait(Duration::from_secs(120))
    }

    /// The command in so many processes side by side, all of them with these variables.
    pub fn run_beside(&self, processes: usize, variables: &[(String, String)], arguments: &[&str]) -> Vec<Ended> {
        let running: Vec<Running> = (0..processes).map(|_| self.site.start_with(variables, arguments)).collect();
        running.into_iter().map(|running| running.wait(Duration::from_secs(120))).collect()
    }

    fn url(&self) -> String {
        self.record.url(self.site.folder.path())
    }

    pub fn store<T>(&self, ask: impl AsyncFnOnce(Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = self.url();
        runtime.block_on(async {
            let store = Store::open(&url).await.expect("the database opens");
            let answer = ask(store.clone()).await;
            store.close().await;
            answer
        })
    }

    pub fn outcome(&self) -> Outcome {
        let (messages, cases, outbox) = self.store(async |store| {
            let all = Filter::default();
            let rows = (store.list_messages(&all).await, store.list_cases(&all).await, store.list_outbox(&all).await);
            (rows.0.expect("mails"), rows.1.expect("cases"), rows.2.expect("replies"))
        });
        Outcome {
            messages: messages.iter().map(|row| words(row, &["sha256", "disposition", "because", "case_numbers"])).collect(),
            cases: cases.iter().map(|row| words(row, &["number", "status", "title", "month", "revision"])).collect(),
            outbox: outbox.iter().map(|row| words(row, &["kind", "to", "in_reply_to", "state", "case_numbers"])).collect(),
        }
    }

    /// What has to hold whatever happened, once nothing is left to do.
    pub fn assert_whole(&self, context: &str) {
        self.assert_none(
            context,
            &[
                "SELECT CAST(id AS TEXT) FROM message WHERE state <> 'done'",
                // A digest that may have gone is a person's.
                "SELECT CAST(id AS TEXT) FROM outbox WHERE state NOT IN ('sent', 'cancelled') AND (kind <> 'digest' OR state <> 'uncertain')",
                "SELECT number FROM case_record c WHERE number IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM outbox_case oc JOIN outbox o ON o.id = oc.outbox WHERE oc.case_id = c.id AND o.state = 'sent')",
            ],
        );
        self.assert_sound(context);
    }

    /// What has to hold after every command.
    pub fn assert_sound(&self, context: &str) {
        let of_engine = match self.record {
            Record::File => [
                "SELECT \"table\" FROM pragma_foreign_key_check",
                "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
            ],
            // A server looks at references itself. Who has ended has no place and no mailbox any more.
            Record::Server(_) => ["SELECT owner FROM node", "SELECT mailbox FROM node_mailbox"],
        };
        let of_both = [
            "SELECT CAST(id AS TEXT) FROM message WHERE lease_owner IS NOT NULL",
            "SELECT CAST(id AS TEXT) FROM outbox WHERE lease_owner IS NOT NULL",
            "SELECT CAST(m.id AS TEXT) FROM message m WHERE NOT EXISTS (SELECT 1 FROM mailbox_position p WHERE p.message = m.id)",
            "SELECT CAST(c.id AS TEXT) FROM case_record c WHERE c.status <> 'merged' AND NOT EXISTS (
                     SELECT 1 FROM revision r WHERE r.case_id = c.id AND r.revision = c.revision)",
            "SELECT campaign FROM case_sequence s WHERE last <> (
                     SELECT COUNT(*) FROM case_record c WHERE c.campaign = s.campaign AND c.number IS NOT NULL)",
            "SELECT number FROM case_record c WHERE number IS NOT NULL AND 1 <> (
                     SELECT COUNT(*) FROM audit a WHERE a.act = 'case.opened' AND a.subject = 'case/' || c.number)",
            "SELECT CAST(id AS TEXT) FROM outbox o WHERE state = 'sent' AND 1 <> (
                     SELECT COUNT(*) FROM audit a WHERE a.act = 'reply.sent' AND a.subject = 'outbox/' || o.id)",
        ];
        self.assert_none(context, &[&of_engine[..], &of_both[..]].concat());
        let (audit, messages, outbox) = self.store(async |store| {
            let all = Filter::default();
            (store.verify_audit(None).await, store.list_messages(&all).await, store.list_outbox(&all).await)
        });
        assert_eq!(audit.expect("the log is read").faults, [], "{context}");
        self.assert_blobs(context, &messages.expect("mails"));
        self.assert_sink(context, &outbox.expect("replies"));
    }

    /// Changes the record behind the program's back.
    pub fn execute(&self, sql: &'static str) {
        let url = self.url();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        sqlx::any::install_default_drivers();
        runtime.block_on(async {
            let pool = sqlx::AnyPool::connect(&url).await.expect("the database opens");
            assert_eq!(sqlx::query(sql).execute(&pool).await.expect("it is right").rows_affected(), 1);
            pool.close().await;
        });
    }

    /// Asserts that these questions to the record have no answer.
    fn assert_none(&self, context: &str, questions: &[&'static str]) {
        let url = self.url();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        sqlx::any::install_default_drivers();
        runtime.block_on(async {
            let pool = sqlx::AnyPool::connect(&url).await.expect("the database opens");
            for sql in questions {
                let rows: Vec<String> = sqlx::query_scalar(*sql).fetch_all(&pool).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                assert!(rows.is_empty(), "{context}: {sql}: {rows:?}");
            }
            pool.close().await;
        });
    }

    /// Every file is what its name says, none is half-written, and none that is spoken of is missing.
    fn assert_blobs(&self, context: &str, messages: &[MessageRow]) {
        let mut there = BTreeSet::new();
        for path in files(&self.site.path("blobs")) {
            let bytes = fs::read(&path).expect("a blob");
            let named: String =
                path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect::<Vec<_>>().into_iter().rev().collect();
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(named, hash, "{context}: {}", path.display());
            there.insert(hash);
        }
        // A test may have put a mail's bytes away.
        there.extend(
            fs::read(self.site.path("away")).ok().map(|bytes| Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()),
        );
        assert!(messages.iter().filter_map(|row| row.sha256.as_ref()).all(|sha256| there.contains(sha256)), "{context}");
    }

    /// What the outbox calls sent is at the sink, and nothing else but what may have gone (which a person is asked about); a mail
    /// has one reply, always as the same mail; a digest is there once.
    fn assert_sink(&self, context: &str, outbox: &[OutboxRow]) {
        let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut answers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for mail in self.sink.arrived() {
            let (id, answered) = (field(&mail.message, "Message-ID"), field(&mail.message, "In-Reply-To"));
            answers.entry(answered).or_default().insert(id.clone());
            arrived.entry(id).or_default().push(mail.message);
        }
        // What answers no mail: summaries, digests.
        answers.remove("");
        assert!(answers.values().all(|ids| ids.len() == 1), "{context}: two replies to one mail: {answers:?}");
        assert!(arrived.values().all(|mails| mails.iter().all(|mail| *mail == mails[0])), "{context}: a repeat is the same mail");
        let digests = message_ids(outbox, |row| row.kind == "digest");
        assert!(digests.iter().all(|id| arrived.get(id).is_none_or(|mails| mails.len() == 1)), "{context}: a digest came twice");
        let sent: BTreeSet<String> = message_ids(outbox, |row| row.state == "sent").difference(&self.sent_before).cloned().collect();
        let unsure = message_ids(outbox, |row| row.state == "uncertain");
        let arrived: BTreeSet<String> = arrived.into_keys().filter(|id| !unsure.contains(id)).collect();
        assert_eq!(arrived, sent, "{context}");
    }
}

fn message_ids(outbox: &[OutboxRow], is_meant: impl Fn(&OutboxRow) -> bool) -> BTreeSet<String> {
    outbox.iter().filter(|row| is_meant(row)).map(|row| row.message_id.clone()).collect()
}

fn words(row: &impl Serialize, keys: &[&str]) -> String {
    let row = serde_json::to_value(row).expect("JSON");
    keys.iter().map(|key| text(&row, key)).collect::<Vec<_>>().join(" ")
}

/// A golden mail by its number.
pub fn golden(number: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let mut names = fs::read_dir(folder).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(number) && name.ends_with(".eml")
    };
    fs::read(names.find(is_it).expect("a golden mail")).expect("a mail")
}

/// A header field, unfolded.
pub fn field(message: &str, name: &str) -> String {
    let header = message.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
    let value = header.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| key.eq_ignore_ascii_case(name));
    value.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            fs::create_dir_all(&target).expect("it can be made");
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("it can be copied");
            // Mails in a folder come in the order of their times.
            let time = entry.metadata().and_then(|metadata| metadata.modified()).expect("a time");
            fs::File::options().append(true).open(&target).and_then(|file| file.set_modified(time)).expect("a time can be set");
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        match entry.file_type().expect("a type").is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}
