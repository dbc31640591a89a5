//! The configuration by the command line, and mails that are only looked at.

use super::{CONFIG, done, fails, with_config};
use serde_json::Value;
use std::{fs, process::Command};

#[test]
fn a_wrong_key_is_told_with_the_nearest() {
    let folder = with_config(&format!("{CONFIG}hots = \"x\"\n[limit]\nreplies_per_hour = 1\n"));
    for command in [&["poll"][..], &["case", "list"], &["config", "check"]] {
        let arguments = [&["--config", "zhihui.toml"], command].concat();
        fails(&folder, &arguments, 78, &["zhihui.toml", "hots", "host", "limit", "limits"]);
    }
    fails(&folder, &["poll"], 78, &["config/zhihui.toml", "--config"]);
}

#[test]
fn a_configuration_is_shown_without_its_secrets() {
    let secret = CONFIG.replace("sqlite:zhihui.db", "postgres://zhihui:hunter2@db.example/zhihui");
    let secret = secret.replace("source = \"eml\"\npath = \"mail\"", "host = \"h\"\nusername = \"u\"\npassword_command = \"echo hunter2\"");
    let folder = with_config(&secret);
    let shown = done(&folder, &["--config", "zhihui.toml", "config", "show"]);
    assert!(!shown.contains("hunter2") && shown.contains("db.example") && shown.contains("replies_per_hour"), "{shown}");
}

#[test]
fn a_variable_overrides_a_key() {
    let folder = with_config(CONFIG);
    let show = |name: &str, value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.args(["config", "show"]).env("ZHIHUI_CONFIG", folder.path().join("zhihui.toml")).env(name, value);
        command.output().expect("the program runs")
    };
    let shown = String::from_utf8(show("ZHIHUI__LIMITS__REPLIES_PER_HOUR", "7").stdout).expect("UTF-8");
    assert!(shown.contains("replies_per_hour = 7"), "{shown}");
    let wrong = show("ZHIHUI__LIMITS__REPLIES_PER_HUOR", "7");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(78), "{said}");
    assert!(said.contains("ZHIHUI__LIMITS__REPLIES_PER_HUOR") && said.contains("replies_per_hour"), "{said}");
}

#[test]
fn what_cannot_be_inspected_is_told() {
    let folder = with_config(CONFIG);
    fails(&folder, &["inspect", "nirgends.eml"], 1, &["nirgends.eml", "无法打开"]);
    fails(&folder, &["inspect", "--received", "heute", "mail"], 2, &["heute"]);
    fs::write(folder.path().join("mail/x.eml"), b"\x00\xff\xfe").expect("it can be written");
    let line: Value = serde_json::from_str(&done(&folder, &["inspect", "--format", "jsonl", "mail"])).expect("one line of JSON");
    assert_eq!(line.get("file").and_then(Value::as_str), Some("x.eml"));
    assert_eq!(
        done(&folder, &["inspect", "--format", "jsonl", "replies", "mail"].map(|path| if path == "replies" { "mail" } else { path }))
            .lines()
            .count(),
        2
    );
}
