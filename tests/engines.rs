//! The record in a file and on a PostgreSQL server: the same mails and the same acts of people lead to the same
//! answers, and what was in the file is found on the server after a move.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "a part of the harness")]
mod support;

use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use support::postgres::Postgres;
use tempfile::TempDir;

/// What is asked, and which keys of a row say the same each time.
const QUESTIONS: &[(&[&str], &[&str])] = &[
    (&["case", "list"], &[]),
    (&["case", "list", "--status", "待补正", "--sort", "-unit"], &[]),
    (&["case", "list", "--text", "计量"], &[]),
    (&["case", "list", "--overdue"], &[]),
    (&["case", "search", "计量"], &[]),
    (&["case", "search", "质量", "服务"], &[]),
    (&["message", "list"], &[]),
    (&["window", "list"], &["window", "kind", "state", "total", "accepted", "needs_correction", "late", "possible_revision", "open"]),
    (&["quarantine", "list"], &["id", "because", "from", "subject"]),
    (&["outbox", "list"], &["kind", "to", "subject", "state", "case_numbers", "attempts"]),
    (&["audit", "list"], &["number", "actor", "act", "subject", "reason"]),
];

/// A deployment in a folder, with the mails that the program ships.
struct Deployment(TempDir);

impl Deployment {
    fn new(database: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["new", "cur", "tmp"] {
            let to = folder.path().join("Maildir").join(name);
            fs::create_dir_all(&to).expect("a folder");
            for entry in fs::read_dir(root.join("fixtures/demo/Maildir").join(name)).into_iter().flatten().flatten() {
                fs::copy(entry.path(), to.join(entry.file_name())).expect("a mail");
            }
        }
        fs::copy(root.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        let deployment = Self(folder);
        deployment.is_on(database);
        deployment
    }

    fn is_on(&self, database: &str) {
        let config = format!(
            "[database]\nurl = \"{database}\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nname = \"demo\"\nsource = \"maildir\"\npath = \"Maildir\"\ncampaign = \"campaign-2023.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [limits]\nreply_within_days = 36500\n[correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\n"
        );
        fs::write(self.0.path().join("zhihui.toml"), config).expect("the configuration");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.arg("--config").arg(self.0.path().join("zhihui.toml")).args(arguments);
        command.env_remove("COLUMNS").env_remove("SUDO_USER").env("ZHIHUI_ACTOR", "wang");
        command
    }

    fn asked(&self, arguments: &[&str]) -> String {
        told(self.command(arguments).output().expect("it runs"), arguments)
    }

    fn rows(&self, question: &[&str], keys: &[&str]) -> Vec<Value> {
        let text = self.asked(&[question, &["--format", "jsonl"]].concat());
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let chosen =
            |row: Value| if keys.is_empty() { row } else { keys.iter().map(|key| row.get(key).cloned().unwrap_or_default()).collect() };
        let mut rows: Vec<Value> = rows.map(chosen).collect();
        // What is found is the same; how the engines weigh what lies between the best and the last is their own.
        if question.contains(&"search") {
            rows.sort_by_key(|row| row["id"].as_i64());
        }
        rows
    }

    fn replies(&self) -> usize {
        fs::read_dir(self.0.path().join("replies")).map_or(0, Iterator::count)
    }
}

fn told(output: Output, arguments: &[&str]) -> String {
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The mails are read, and people do what they do.
fn worked_on(deployment: &Deployment) {
    deployment.asked(&["poll"]);
    for act in [
        &["case", "assign", "JCZH-2023-0001", "李四", "--reason", "按地区"][..],
        &["case", "edit", "JCZH-2023-0001", "--field", "案例分类=标准", "--reason", "单位来电更正"],
        &["case", "note", "JCZH-2023-0002", "--text", "已电话联系"],
        &["window", "freeze", "2023-H1", "--reason", "定稿"],
    ] {
        deployment.asked(&[act, &["--yes"]].concat());
    }
}

#[test]
fn a_server_gives_the_answers_of_a_file() {
    let postgres = Postgres::start();
    let (file, server) = (Deployment::new("sqlite:zhihui.db"), Deployment::new(&postgres.database()));
    worked_on(&file);
    worked_on(&server);
    for (question, keys) in QUESTIONS {
        let (expected, found) = (file.rows(question, keys), server.rows(question, keys));
        assert_eq!(found, expected, "{question:?}");
    }
    assert_eq!(file.replies(), server.replies());
    // Other programs find instants and JSON, and no address.
    let query = "SELECT unit, received_at AT TIME ZONE 'Asia/Shanghai', categories ->> 0 FROM report_case WHERE number = 'JCZH-2023-0008'";
    assert_eq!(postgres.sql("d0", query).trim(), "广水市计量检定测试所|2023-11-06 10:05:00|metrology");
    assert_eq!(postgres.sql("d0", "SELECT COUNT(*) > 5, MIN(attempts) >= 0 FROM report_message").trim(), "t|t");
    assert_eq!(postgres.sql("d0", "SELECT COUNT(sent_at) > 3 FROM report_reply").trim(), "t");
    assert!(server.asked(&["audit", "verify"]).contains("完好"));
    assert!(server.asked(&["case", "explain", "JCZH-2023-0001"]).contains("单位来电更正"));
    // What it finds elsewhere depends on the day.
    let doctor = server.command(&["doctor", "--format", "jsonl"]).output().expect("it runs");
    let found = String::from_utf8(doctor.stdout).expect("UTF-8");
    let mut checks = found.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    assert!(checks.any(|check| check["name"] == "database" && check["health"] == "ok"), "{found}");
}

#[test]
fn a_file_is_moved_to_a_server_whole_or_not_at_all() {
    let postgres = Postgres::start();
    let (file, database) = (Deployment::new("sqlite:zhihui.db"), postgres.database());
    worked_on(&file);
    let before: Vec<Vec<Value>> = QUESTIONS.iter().map(|(question, keys)| file.rows(question, keys)).collect();
    let from = format!("sqlite:{}", file.0.path().join("zhihui.db").display());
    let copy = ["database", "copy", "--from", &from, "--to", &database];
    let said = file.asked(&copy);
    assert!(said.contains("逐表核对一致"), "{said}");
    let again = file.command(&copy).output().expect("it runs");
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("目标库中已有数据"));
    file.is_on(&database);
    for ((question, keys), expected) in QUESTIONS.iter().zip(&before) {
        let mut found = file.rows(question, keys);
        // The log goes on with the move itself.
        if question.starts_with(&["audit"]) {
            found.retain(|row| row.get(2).is_none_or(|act| act != "database.copied"));
        }
        assert_eq!(&found, expected, "{question:?}");
    }
    assert!(file.asked(&["audit", "verify"]).contains("完好"));
    // It goes on where it was: nothing is read again, and the next number is a new one.
    let replies = file.replies();
    file.asked(&["poll"]);
    assert_eq!((file.replies(), file.rows(&["message", "list"], &[]).len()), (replies, before.get(6).map_or(0, Vec::len)));
    file.asked(&["case", "note", "JCZH-2023-0001", "--text", "搬迁之后", "--yes"]);
}

/// Where engines differ when they are let: Chinese by sound, capitals before or among small letters, capitals of other scripts.
const ORDERED: &[&[&str]] = &[
    &["case", "list", "--sort", "unit"],
    &["case", "list", "--sort", "-title"],
    &["case", "list", "--sort", "region,-unit"],
    &["case", "list", "--unit", "检测"],
    &["message", "list", "--sort", "subject"],
    &["message", "list", "--sort", "-from"],
    &["message", "list", "--text", "ａbc"],
    &["message", "list", "--text", "éÀ"],
    &["message", "list", "--text", "ABC"],
    &["outbox", "list", "--sort", "subject"],
    &["outbox", "list", "--sort", "-to"],
    &["audit", "list", "--text", "按地区"],
];

#[test]
fn lists_have_the_same_order_and_matches_whatever_the_server_was_created_with() {
    let postgres = Postgres::start();
    let (file, server) = (Deployment::new("sqlite:zhihui.db"), Deployment::new(&postgres.chinese_database()));
    for deployment in [&file, &server] {
        for (n, subject) in ["Ａbc", "abc", "ABC", "Éà", "éÀ", "_b", "武汉", "恩施", "Zz"].iter().enumerate() {
            let mail = format!(
                "Received: from m by mx; Thu, 29 Jun 2023 06:00:0{n} +0800\r\nFrom: {}{n}@unit.example\r\nTo: cases@hubei.example\r\n\
                 Subject: =?utf-8?B?{}?=\r\nMessage-ID: <{n}@unit.example>\r\n\r\nHow?\r\n",
                if n % 2 == 0 { "B" } else { "a" },
                data_encoding::BASE64.encode(subject.as_bytes())
            );
            fs::write(deployment.0.path().join(format!("Maildir/new/1688000000.{n}.x")), mail).expect("it arrives");
        }
        worked_on(deployment);
    }
    let mut matched = 0;
    for question in ORDERED {
        let (expected, found) = (
            file.rows(question, &["id", "subject", "unit", "title", "to"]),
            server.rows(question, &["id", "subject", "unit", "title", "to"]),
        );
        assert_eq!(found, expected, "{question:?}");
        matched += usize::from(!expected.is_empty());
    }
    assert!(matched + 2 > ORDERED.len(), "they say something: {matched}");
    // The engine itself would put it otherwise.
    let by_sound = postgres.sql("d0", "SELECT 'a' < 'B', '恩施' < '武汉', lower('Ａ') = 'ａ'");
    assert_eq!(by_sound.trim(), "t|t|t");
}
