//! What people do at the desk: each act is shown and changes nothing, and is done by name and for a reason once it is meant.

use super::demo;
use super::goldens::{form, roster};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};
use tempfile::TempDir;

fn typed(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.args(["--config", "zhihui.toml"]).args(arguments).current_dir(folder.path());
    command.env("ZHIHUI_ACTOR", "zhang").env_remove("SUDO_USER").output().expect("the program runs")
}

fn list(folder: &TempDir, arguments: &[&str]) -> Vec<Value> {
    let output = typed(folder, &[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Everything that an act could change: nothing is done and no letter is queued without an entry in the log.
fn record(folder: &TempDir) -> [Vec<Value>; 2] {
    [&["case", "list"][..], &["audit", "list"]].map(|arguments| list(folder, arguments))
}

#[test]
fn what_is_shown_changes_nothing_and_what_is_meant_is_done_by_name_and_for_a_reason() {
    let folder = demo();
    let path = |name: &str| folder.path().join(name);
    form(&path("申报表.docx"));
    roster(&path("名册.xlsx"), "");
    fs::write(path("答复.txt"), "材料请于6月30日前报送。").expect("it can be written");
    let mut before = record(&folder);
    for (arguments, act, subject) in [
        (&["case", "separate", "10"][..], "case.separated", "case/JCZH-2023-0010"),
        (&["case", "add", "--source", "纸质", "--received", "2023-06-20", "申报表.docx"], "case.added", "case/JCZH-2023-0011"),
        (
            &["case", "add", "--case", "JCZH-2023-0009", "--source", "传真", "--received", "2023-11-08", "申报表.docx"],
            "case.added",
            "case/JCZH-2023-0009",
        ),
        (&["roster", "import", "名册.xlsx"], "roster.imported", "roster"),
        (&["case", "edit", "0001", "--field", "市州=十堰"], "case.edited", "case/JCZH-2023-0001"),
        (&["case", "assign", "0001", "李某"], "case.assigned", "case/JCZH-2023-0001"),
        (&["case", "note", "0001", "--text", "已联系"], "case.noted", "case/JCZH-2023-0001"),
        (&["case", "confirm-seal", "0007", "present"], "case.edited", "case/JCZH-2023-0007"),
        (&["case", "set-focus", "0004", "技术创新"], "case.edited", "case/JCZH-2023-0004"),
        (&["case", "return", "0003"], "case.returned", "case/JCZH-2023-0003"),
        (&["case", "withdraw", "0006"], "case.withdrawn", "case/JCZH-2023-0006"),
        (&["case", "edit", "0006", "--as-read", "状态"], "case.reverted", "case/JCZH-2023-0006"),
        (&["case", "answer", "1", "--text", "答复.txt"], "inquiry.answered", "message/1"),
        (&["privacy", "hold", "0001"], "case.held", "case/JCZH-2023-0001"),
        (&["privacy", "release", "0001"], "case.unheld", "case/JCZH-2023-0001"),
        (&["case", "merge", "JCZH-2023-0010", "--into", "JCZH-2023-0001"], "case.merged", "case/JCZH-2023-0001"),
    ] {
        let asked = [arguments, &["--reason", "经核实"]].concat();
        let shown = typed(&folder, &asked);
        assert_eq!(shown.status.code(), Some(2), "{arguments:?}: {shown:?}");
        assert!(!shown.stdout.is_empty() && String::from_utf8_lossy(&shown.stderr).contains("--yes"), "{arguments:?}: {shown:?}");
        assert!(record(&folder) == before, "{arguments:?} was only shown");
        let meant = typed(&folder, &[&asked[..], &["--yes"]].concat());
        assert_eq!(meant.status.code(), Some(0), "{arguments:?}: {meant:?}");
        let after = record(&folder);
        let done: Vec<&Value> = after[1].iter().skip(before[1].len()).filter(|row| row["actor"] == "zhang").collect();
        let is_told = |row: &&Value| row["act"] == act && row["subject"] == subject && row["reason"] == "经核实";
        assert!(done.iter().any(is_told), "{arguments:?}: {done:?}");
        before = after;
    }
    let cases = list(&folder, &["case", "list"]);
    let of = |number: &str| cases.iter().find(|case| case["number"] == number).expect("a case");
    assert_eq!((&of("JCZH-2023-0009")["revision"], &of("JCZH-2023-0011")["revision"]), (&2.into(), &1.into()));
    assert_eq!(of("JCZH-2023-0011")["received_at"], "2023-06-20T00:00:00+08:00");
    assert!(cases.iter().all(|case| case["number"].is_string()), "no possible revision is left");
}
