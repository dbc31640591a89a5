//! Every golden pair through the program itself, once as it is and once with the other line ends.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails has failed the test")]

#[path = "support/golden.rs"]
mod golden;

use golden::{Pair, differences, pairs};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// What `inspect --format jsonl` says of the mails, by name.
fn inspected(pairs: &[Pair], change: impl Fn(&[u8]) -> Vec<u8>) -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().expect("a folder");
    for pair in pairs {
        std::fs::write(folder.path().join(format!("{}.eml", pair.name)), change(&pair.mail)).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_zhihui"))
        .args(["inspect", "--format", "jsonl"])
        .arg(folder.path())
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let parsed = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    parsed.map(|value| (value.get("file").and_then(Value::as_str).expect("a name").trim_end_matches(".eml").to_owned(), value)).collect()
}

fn assert_right(pairs: &[Pair], said: &BTreeMap<String, Value>) {
    let wrong: Vec<String> = pairs
        .iter()
        .flat_map(|pair| match said.get(&pair.name) {
            Some(value) => differences(&pair.answer, value).into_iter().map(|difference| format!("{}{difference}", pair.name)).collect(),
            None => vec![format!("{} was not inspected", pair.name)],
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn with_line_feeds(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len());
    for (at, byte) in mail.iter().enumerate() {
        if *byte != b'\r' || mail.get(at + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

fn with_the_other_line_ends(mail: &[u8]) -> Vec<u8> {
    let bare = with_line_feeds(mail);
    if bare.len() < mail.len() {
        return bare;
    }
    bare.iter().flat_map(|byte| if *byte == b'\n' { b"\r\n".to_vec() } else { vec![*byte] }).collect()
}

#[test]
fn every_mail_is_read_as_its_answer_says() {
    let pairs = pairs();
    assert_right(&pairs, &inspected(&pairs, <[u8]>::to_vec));
}

#[test]
fn every_mail_is_read_the_same_with_the_other_line_ends() {
    let pairs = pairs();
    assert_right(&pairs, &inspected(&pairs, with_the_other_line_ends));
}
