//! Windows: frozen once, and moved only where somebody asks for it.

use super::{demo, done, fails};
use serde_json::Value;
use std::fs;

#[test]
fn a_batch_is_frozen_once_and_exported_the_same_each_time() {
    let folder = demo();
    let run = |arguments: &[&str]| done(&folder, &[&["--config", "zhihui.toml", "window"], arguments].concat());
    let rows: Vec<Value> = serde_json::from_str(&run(&["list", "--format", "json"])).expect("JSON");
    let of = |id: &str| rows.iter().find(|row| row["window"] == id).expect("a window");
    assert_eq!(
        (of("2023-H1")["from"].as_str(), of("2023-H1")["until"].as_str()),
        (Some("2023-05-23T00:00:00+08:00"), Some("2023-07-01T00:00:00+08:00"))
    );
    assert!(of("2023-H1")["total"].as_u64() > Some(0) && of("late")["from"].is_null(), "{rows:?}");

    let preview = run(&["freeze", "2023-H1"]);
    assert!(preview.contains("将冻结"), "{preview}");
    run(&["freeze", "2023-H1", "--yes", "--reason", "定稿", "--to", "one.json"]);
    run(&["freeze", "2023-H1", "--to", "two.json"]);
    let read = |name: &str| fs::read(folder.path().join(name)).expect("it was written");
    assert_eq!(read("one.json"), read("two.json"));
    let manifest: Value = serde_json::from_slice(&read("one.json")).expect("JSON");
    let first = &manifest["cases"][0];
    assert!(first["number"].is_string() && first["form_sha256"].as_str().is_some_and(|hash| hash.len() == 64), "{first}");
    let page = done(&folder, &["--config", "zhihui.toml", "case", "show", first["number"].as_str().expect("a number")]);
    assert!(page.contains("计入上半年") && page.contains("通知规定") && page.contains("按首次收到申报表的时刻"), "{page}");
    fails(&folder, &["--config", "zhihui.toml", "window", "freeze", "2022-H1"], 2, &["2023-H1", "2023-H2"]);
}

#[test]
fn a_changed_calendar_moves_nothing_until_it_is_asked_to() {
    let folder = demo();
    let run = |arguments: &[&str]| done(&folder, &[&["--config", "zhihui.toml"], arguments].concat());
    let batches = || -> Vec<Value> {
        let rows: Vec<Value> = serde_json::from_str(&run(&["case", "list", "--format", "json"])).expect("JSON");
        rows.iter().map(|row| row["batch"].clone()).collect()
    };
    assert_eq!(run(&["case", "reread", "--dry-run"]), "", "the rules are as they were");
    let campaign = fs::read_dir(folder.path()).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
    let campaign = campaign.into_iter().find(|path| path.to_string_lossy().ends_with("campaign-2023.toml")).expect("the campaign file");
    let text = fs::read_to_string(&campaign).expect("it is there");
    fs::write(&campaign, text.replace("2023-H1", "2023-S1")).expect("it is ours");
    let (before, replies) = (batches(), run(&["outbox", "list", "--format", "json"]));
    let lines = run(&["case", "reread", "--dry-run", "--format", "jsonl"]);
    let line: Value = serde_json::from_str(lines.lines().next().expect("a case would move")).expect("JSON");
    assert_eq!((line["because"].as_str(), line["window_before"]["batch"].as_str()), (Some("campaign"), Some("2023-H1")));
    assert_eq!(line["window_after"]["batch"], "2023-S1");
    assert_eq!(batches(), before);
    fails(&folder, &["--config", "zhihui.toml", "case", "reread", "--yes"], 2, &["--reason"]);
    run(&["case", "reread", "--yes", "--reason", "征集时间修订"]);
    assert!(batches().contains(&Value::from("2023-S1")) && !batches().contains(&Value::from("2023-H1")));
    assert_eq!(run(&["outbox", "list", "--format", "json"]), replies, "nothing is sent");
    assert_eq!(run(&["case", "reread", "--dry-run"]), "");
    let acts = run(&["audit", "list", "--act", "case.reread", "--format", "jsonl"]);
    assert_eq!(acts.lines().count(), lines.lines().count());
    run(&["audit", "verify"]);
}
