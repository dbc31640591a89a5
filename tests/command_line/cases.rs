//! A case shown and exported, and the demonstration that it comes from.

use super::{demo, done, fails};
use serde_json::Value;
use std::{fs, process::Command};

#[test]
fn a_case_is_shown_and_an_unknown_one_is_told() {
    let folder = demo();
    let show = |more: &[&str]| done(&folder, &[&["--config", "zhihui.toml", "case", "show", "JCZH-2023-0004"], more].concat());
    let text = show(&[]);
    assert!(["黄石市标准化研究所", "第2版", "收件回执"].iter().all(|words| text.contains(words)), "{text}");
    let json: Value = serde_json::from_str(&show(&["--format", "json"])).expect("JSON");
    assert_eq!(json.get("revisions").and_then(Value::as_array).map(Vec::len), Some(2), "{json}");
    fails(&folder, &["--config", "zhihui.toml", "case", "show", "JCZH-2023-9999"], 1, &["JCZH-2023-9999", "zhihui case list"]);
}

#[test]
fn a_case_is_exported_with_its_files_and_their_hashes() {
    let folder = demo();
    const EXPORT: [&str; 7] = ["--config", "zhihui.toml", "case", "export", "JCZH-2023-0001", "JCZH-2023-0003", "--to"];
    fn export<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [&EXPORT[..], more].concat()
    }
    done(&folder, &export(&["案例"]));
    let mut cases: Vec<_> =
        fs::read_dir(folder.path().join("案例")).expect("it is there").map(|entry| entry.expect("readable").path()).collect();
    cases.sort();
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let checked = Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(case).output().expect("sha256sum runs");
        assert!(checked.status.success(), "{checked:?}");
        let names: Vec<String> = fs::read_dir(case)
            .expect("it is there")
            .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
            .collect();
        assert!(names.iter().any(|name| name.starts_with("01_申报表_第1版_")) && names.contains(&"说明.txt".to_owned()), "{names:?}");
    }
    let record = || fs::read_to_string(cases[0].join("record.json")).expect("a record");
    let shown: Value = serde_json::from_str(&record()).expect("JSON");
    let phone = shown["revisions"][0]["reading"]["contact"]["phones"][0].as_str().expect("a number").to_owned();
    assert!(phone.contains("****"), "{phone}");
    fails(&folder, &export(&["案例"]), 1, &["已存在"]);
    let archive = |name: &str| {
        done(&folder, &export(&[name]));
        fs::read(folder.path().join(name)).expect("it is there")
    };
    assert_eq!(archive("一.zip"), archive("二.zip"), "the same record gives the same bytes");
    fails(&folder, &export(&["三.zip", "--with-contacts"]), 2, &["--reason"]);
    let unmasked = |name: &str, actor: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        let arguments = export(&[name, "--with-contacts", "--reason", "核对"]);
        let output = command.args(arguments).current_dir(folder.path()).env("ZHIHUI_ACTOR", actor).env_remove("SUDO_USER").output();
        (output.expect("it runs").status.code(), fs::read(folder.path().join(name)).ok())
    };
    assert_eq!([unmasked("三.zip", "zhang"), unmasked("三.zip", "zhang")], [(Some(0), None), (Some(1), None)]);
    let (code, first) = unmasked("三.zip", "li");
    assert!(code == Some(0) && first.is_some(), "two persons wanted it");
    assert_eq!(unmasked("四.zip", "zhang"), (Some(0), None), "once");
    assert_eq!(unmasked("四.zip", "li"), (Some(0), first), "that it was exported is no part of it");
    fails(&folder, &["--config", "zhihui.toml", "case", "export", "JCZH-2023-9999", "--to", "x"], 1, &["没有编号为 JCZH-2023-9999"]);
    assert!(!folder.path().join("x").exists(), "nothing is written for a case that isn't there");
}

#[test]
fn a_demonstration_goes_on_where_it_ended() {
    let folder = demo();
    let replies = || fs::read_dir(folder.path().join("replies")).expect("a folder").count();
    let lists = || ["case", "message", "outbox"].map(|noun| done(&folder, &["--config", "zhihui.toml", noun, "list", "--format", "json"]));
    let (count, first) = (replies(), lists());
    done(&folder, &["demo", "--dir", "."]);
    assert_eq!((replies(), lists()), (count, first));
    assert!(count > 5, "{count} replies");
}
