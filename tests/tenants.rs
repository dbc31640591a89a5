//! Two collections in one deployment, each with its mailbox, its campaign file and its roster: the same unit sends the same
//! form to both, and neither sees anything of the other.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use calamine::{Reader, Xlsx, open_workbook};
use jiff::Timestamp;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;
use zhihui::{app::App, clock::Clock, config::Config};

const FORM: &str = "fixtures/mail/001-plain-word.eml";
/// Files of the same unit, in answer to an earlier mail.
const SUPPLEMENT: &str = "632-supplement.eml";
/// Key, folder of mails, number of its first case, and where units answer, of each.
const HUBEI: (&str, &str, &str, &str) = ("2023", "mail", "JCZH-2023-0001", "cases@hubei.example");
const OTHER: (&str, &str, &str, &str) = ("2023k", "mail-k", "KJCZ-2023-0001", "science@hubei.example");

struct Deployment {
    folder: TempDir,
    clock: Clock,
}

impl Deployment {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let campaign = fs::read_to_string(root.join("config/campaign-2023.toml")).expect("the campaign");
        let other = campaign
            .replacen("id = \"2023\"", "id = \"2023k\"", 1)
            .replacen("number_prefix = \"JCZH-2023\"", "number_prefix = \"KJCZ-2023\"", 1)
            .replacen("contact = \"\"", "contact = \"\"\nreply_to = \"science@hubei.example\"", 1)
            .replacen("name = \"荆楚质汇\"", "name = \"荆楚科汇\"", 1);
        fs::write(folder.path().join("campaign-2023.toml"), campaign).expect("it can be written");
        fs::write(folder.path().join("campaign-2023k.toml"), other).expect("it can be written");
        let mailbox = |name: &str, path: &str, campaign: &str| {
            fs::create_dir(folder.path().join(path)).expect("a folder");
            format!("[[mailbox]]\nname = \"{name}\"\nsource = \"eml\"\npath = \"{path}\"\ncampaign = \"{campaign}\"\n")
        };
        let config = [
            "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n",
            &mailbox("main", HUBEI.1, "campaign-2023.toml"),
            &mailbox("science", OTHER.1, "campaign-2023k.toml"),
            "[smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\n\
             [[digest]]\nto = [\"office@hubei.example\"]\ncampaign = \"2023\"\n\
             [[digest]]\nto = [\"science-office@hubei.example\"]\ncampaign = \"2023k\"\n",
        ]
        .concat();
        fs::write(folder.path().join("zhihui.toml"), config).expect("the configuration");
        Self { folder, clock: Clock::fixed(Timestamp::UNIX_EPOCH) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same bytes in both mailboxes.
    fn receives(&self, fixture: &str, received: &str, id: &str) {
        let raw = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).expect("the fixture").replace("\r\n", "\n");
        let mail =
            format!("Received: from mail.unit.example by mx.hubei.example; {received}\n{}", raw.replace("<001@", &format!("<{id}@")));
        for (_, folder, ..) in [HUBEI, OTHER] {
            fs::write(self.path(folder).join(format!("{id}.eml")), &mail).expect("it arrives");
        }
    }

    async fn pass(&self, at: &str) {
        self.clock.set(at.parse().expect("an instant"));
        let loaded = Config::load(Some(&self.path("zhihui.toml")), []).expect("it is right");
        let app = App::open(loaded, self.clock.clone()).await.expect("it opens");
        let _lock = app.store.daemon_lock().expect("nobody else");
        let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
        let faults = daemon.poll().await.faults;
        assert!(faults.is_empty(), "{faults:?}");
        app.store.close().await;
    }

    fn typed(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.arg("--config").arg(self.path("zhihui.toml")).args(arguments);
        command.env("ZHIHUI_ACTOR", "zhang").env_remove("SUDO_USER").env_remove("COLUMNS").output().expect("it runs")
    }

    /// What it says on both outputs.
    fn ends(&self, arguments: &[&str], code: i32) -> String {
        let output = self.typed(arguments);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.typed(&[arguments, &["--format", "jsonl"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn roster(&self, unit: &str, region: &str) -> String {
        let path = self.path(&format!("{region}.xlsx"));
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("单位").expect("a name");
        for (row, cells) in (0..).zip([["单位名称", "曾用名", "市州", "征集范围"], ["今名", unit, region, ""]]) {
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string(row, column, cell).expect("a cell");
            }
        }
        book.save(&path).expect("it can be written");
        path.to_str().expect("UTF-8").to_owned()
    }
}

/// What each list says of a collection is of that collection, whole, and without a word of the other.
fn is_its_own(deployment: &Deployment, own: (&str, &str, &str, &str), other: (&str, &str, &str, &str), cases: usize) {
    let (id, _, number, _) = own;
    for (list, count) in [
        (&["case", "list"][..], cases),
        (&["case", "search", "计量"], cases),
        (&["message", "list"], cases),
        (&["outbox", "list"], cases + 2),
        (&["window", "list"], usize::MAX),
        (&["refer", "list"], 0),
        (&["quarantine", "list"], 0),
        (&["case", "overdue"], usize::MAX),
        (&["publish", "list"], 0),
        (&["review", "list"], 0),
        (&["audit", "list"], usize::MAX),
        (&["digest", "unsent"], usize::MAX),
    ] {
        let rows = deployment.rows(&[list, &["--campaign", id]].concat());
        assert!(count == usize::MAX || rows.len() == count, "{list:?} of {id}: {rows:#?}");
        let told = format!("{rows:?}");
        assert!(!told.contains(other.2) && !told.contains(other.3), "{list:?} of {id}: {told}");
    }
    let mails = deployment.rows(&["message", "list", "--campaign", id]);
    assert!(mails.iter().all(|mail| mail["disposition"] == "case" || mail["disposition"] == "possible_revision"), "{mails:#?}");
    let windows = deployment.rows(&["window", "list", "--campaign", id]);
    let counted: u64 = windows.iter().filter(|row| row["window"] == "2023-H1").filter_map(|row| row["total"].as_u64()).sum();
    assert_eq!(counted, cases as u64, "{windows:#?}");
    let explained = deployment.ends(&["case", "explain", number], 0);
    assert!(explained.contains(number) && !explained.contains(other.2), "{explained}");
    let log = deployment.ends(&["audit", "list", "--case", number], 0);
    assert!(log.contains(number) && !log.contains(other.2), "{log}");
    let ledger = deployment.path(&format!("台账{id}.xlsx"));
    deployment.ends(&["ledger", "export", "--campaign", id, "--to", ledger.to_str().expect("UTF-8")], 0);
    let mut book: Xlsx<_> = open_workbook(&ledger).expect("a workbook");
    let cells: String = book.worksheets().iter().map(|(_, sheet)| format!("{:?}", sheet.rows().collect::<Vec<_>>())).collect();
    assert!(cells.contains(number) && !cells.contains(other.2), "{cells}");
    fs::remove_file(ledger).expect("it was written");
    let digest = deployment.ends(&["digest", "preview", "--week", "2023-W26", "--campaign", id], 0);
    assert!(digest.contains(&format!("{cases}件")) && !digest.contains(other.2), "{digest}");
    let to = deployment.path(&format!("导出{id}"));
    deployment.ends(&["case", "export", number, "--to", to.to_str().expect("UTF-8")], 0);
    let record = walk(&to).into_iter().filter(|path| path.ends_with("record.json")).map(|path| fs::read_to_string(path).expect("text"));
    let record: String = record.collect();
    assert!(record.contains(number) && !record.contains(other.2), "{record}");
    fs::remove_dir_all(to).expect("it was written");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn two_collections_side_by_side_see_nothing_of_each_other() {
    let deployment = Deployment::new();
    let expected = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FORM.replace(".eml", ".json"))).expect("the pair");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let unit = expected["cases"][0]["unit"].as_str().expect("a unit");
    // Each has its own roster.
    for (campaign, region) in [(HUBEI.0, "神农架"), (OTHER.0, "天门")] {
        let file = deployment.roster(unit, region);
        deployment.ends(&["roster", "import", &file, "--campaign", campaign, "--reason", "名册", "--yes"], 0);
        assert!(deployment.ends(&["roster", "list", "--campaign", campaign], 0).contains(region));
    }
    assert!(deployment.ends(&["roster", "list"], 0).contains("还没有名册"), "that for all is none");
    deployment.receives(FORM, "Thu, 29 Jun 2023 06:00:00 +0800", "001");
    deployment.pass("2023-06-29T09:30:00+08:00").await;
    // The same mail is a case in both, answered by both, each with its number and where to answer.
    let regions: Vec<Value> = [HUBEI.0, OTHER.0].map(|id| deployment.rows(&["case", "list", "--campaign", id])[0]["region"].clone()).into();
    assert_eq!(regions, ["神农架林区", "天门市"]);
    let mut letters: Vec<String> =
        walk(&deployment.path("replies")).iter().map(|path| fs::read_to_string(path).expect("a letter")).collect();
    letters.retain(|letter| letter.contains("\nIn-Reply-To:"));
    letters.sort_by_key(|letter| letter.contains("\nReply-To: science@hubei.example"));
    assert_eq!(letters.len(), 2);
    assert!(!letters[0].contains("\nReply-To:") && letters[1].contains("\nReply-To: science@hubei.example"), "{letters:#?}");
    let ids: Vec<&str> = letters.iter().filter_map(|letter| letter.lines().find(|line| line.starts_with("Message-ID:"))).collect();
    assert_ne!(ids[0], ids[1]);
    // The first Monday after: each office has its own digest.
    deployment.pass("2023-07-03T09:00:00+08:00").await;
    for (own, other, to) in [(HUBEI, OTHER, "office@hubei.example"), (OTHER, HUBEI, "science-office@hubei.example")] {
        let outbox = deployment.rows(&["outbox", "list", "--campaign", own.0]);
        let digests: Vec<&Value> = outbox.iter().filter(|row| row["kind"] == "digest").map(|row| &row["to"]).collect();
        assert_eq!(digests, [to, to], "of two weeks");
        is_its_own(&deployment, own, other, 1);
    }
    // What would have to guess which one is meant asks.
    for (asked, words) in [
        (&["window", "freeze", "2023-H1", "--yes"][..], "2023/2023-H1、2023k/2023-H1"),
        (&["review", "show", "2023-H1"], "2023/2023-H1、2023k/2023-H1"),
        (&["digest", "preview", "--week", "2023-W26"], "--campaign"),
        (&["digest", "unsent"], "--campaign"),
        (&["publish", "build", "--to", "x"], "--campaign"),
    ] {
        let said = deployment.ends(asked, 2);
        assert!(said.contains(words), "{asked:?}: {said}");
    }
    // Nothing becomes one across them.
    let merged = deployment.ends(&["case", "merge", OTHER.2, "--into", HUBEI.2, "--reason", "同一件", "--yes"], 1);
    assert!(merged.contains("征集活动"), "{merged}");
    // A batch of one is frozen, and the other's of the same name is not.
    deployment.ends(&["window", "freeze", "2023k/2023-H1", "--reason", "定稿", "--yes"], 0);
    let state = |id: &str| {
        let rows = deployment.rows(&["window", "list", "--campaign", id]);
        rows.iter().find(|row| row["window"] == "2023-H1").map(|row| row["state"].clone()).expect("the batch")
    };
    assert_eq!([state(HUBEI.0), state(OTHER.0)], ["closed", "frozen"]);
    for (own, other) in [(HUBEI, OTHER), (OTHER, HUBEI)] {
        is_its_own(&deployment, own, other, 1);
    }
    let freezes = || {
        let shown = deployment.typed(&["case", "show", HUBEI.2, "--format", "json"]).stdout;
        String::from_utf8(shown).expect("UTF-8").matches("\"window.frozen\"").count()
    };
    assert_eq!(freezes(), 0, "the other's batch of the same name is not its own");
    deployment.ends(&["window", "freeze", "2023/2023-H1", "--reason", "定稿", "--yes"], 0);
    assert_eq!(freezes(), 1);
    assert!(deployment.ends(&["audit", "verify"], 0).contains("完好"));
}

#[tokio::test]
async fn a_thread_or_a_number_of_another_collection_ties_nothing() {
    let deployment = Deployment::new();
    deployment.receives(FORM, "Thu, 29 Jun 2023 06:00:00 +0800", "001");
    fs::remove_file(deployment.path(HUBEI.1).join("001.eml")).expect("it came to the other only");
    deployment.pass("2023-06-29T09:30:00+08:00").await;
    let letter = deployment.rows(&["outbox", "list", "--campaign", OTHER.0])[0]["message_id"].clone();
    let letter = letter.as_str().expect("an id");
    // Files for the other's case come to this collection: as an answer to its letter, to its unit's own mail, with its number.
    let files = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail").join(SUPPLEMENT)).expect("the fixture");
    let put = |folder: &str, id: &str, answers: &str, subject: &str| {
        let mail = files.replace("\r\n", "\n").replace("<earlier@unit.example>", answers).replace("<632@", &format!("<{id}@"));
        let (before, rest) = mail.split_once("\nSubject: ").expect("a subject");
        let mail = format!("{before}\nSubject: {subject} {rest}").replace("Mon, 12 Jun 2023 10:15", "Thu, 29 Jun 2023 10:15");
        fs::write(deployment.path(folder).join(format!("{id}.eml")), mail).expect("it arrives");
    };
    put(HUBEI.1, "901", letter, "files");
    put(HUBEI.1, "902", "<001@unit.example>", "files");
    put(HUBEI.1, "903", "<nothing@unit.example>", OTHER.2);
    deployment.pass("2023-06-29T11:30:00+08:00").await;
    let mails = deployment.rows(&["message", "list", "--campaign", HUBEI.0]);
    let ends: Vec<&Value> = mails.iter().map(|mail| &mail["disposition"]).collect();
    assert_eq!(ends, ["inquiry"; 3], "a coordinator looks: {mails:#?}");
    assert!(deployment.rows(&["case", "list", "--campaign", HUBEI.0]).is_empty());
    let shown = || String::from_utf8(deployment.typed(&["case", "show", OTHER.2, "--format", "json"]).stdout).expect("UTF-8");
    let before = shown();
    assert!(before.contains(OTHER.2) && !before.contains("<901@"), "{before}");
    // The same answer where it belongs is a supplement.
    put(OTHER.1, "904", letter, "files");
    deployment.pass("2023-06-29T12:30:00+08:00").await;
    let mails = deployment.rows(&["message", "list", "--campaign", OTHER.0]);
    assert_eq!(mails.iter().map(|mail| &mail["disposition"]).collect::<Vec<_>>(), ["case", "supplement"]);
}

#[test]
fn campaigns_that_could_be_mixed_up_are_refused() {
    let deployment = Deployment::new();
    deployment.ends(&["config", "check"], 0);
    let path = deployment.path("campaign-2023k.toml");
    let right = fs::read_to_string(&path).expect("the campaign");
    for (wrong, words) in [
        (right.replacen("id = \"2023k\"", "id = \"2023\"", 1), "“id” 与"),
        (right.replacen("\"KJCZ-2023\"", "\"JCZH-2023\"", 1), "“number_prefix” 与"),
        (right.replacen("\"KJCZ-2023\"", "\"JCZH-2023-K\"", 1), "“number_prefix” 与"),
        (right.replacen("science@hubei.example", "science at hubei", 1), "“reply_to” 应写成"),
    ] {
        fs::write(&path, wrong).expect("it can be written");
        let said = deployment.ends(&["config", "check"], 78);
        assert!(said.contains(words), "{said}");
    }
    fs::write(&path, right).expect("it can be written");
    let config = fs::read_to_string(deployment.path("zhihui.toml")).expect("the configuration");
    fs::write(deployment.path("zhihui.toml"), config.replace("campaign = \"2023k\"", "campaign = \"2024\"")).expect("it can be written");
    let said = deployment.ends(&["config", "check"], 78);
    assert!(said.contains("2024 不是已配置的征集活动"), "{said}");
}

#[test]
fn doctor_says_where_answers_would_go_astray() {
    let deployment = Deployment::new();
    let path = deployment.path("campaign-2023k.toml");
    let own = fs::read_to_string(&path).expect("the campaign");
    fs::write(&path, own.replace("reply_to = \"science@hubei.example\"\n", "")).expect("it can be written");
    let said = deployment.ends(&["doctor", "--format", "jsonl"], 3);
    assert!(said.contains("reply_to") && said.contains("2023k"), "{said}");
}
