//! Lists in every format, with the keys that scripts rely on, narrowed, ordered and shaped.

use super::{CONFIG, demo, done, fails, with_config, zhihui};
use serde_json::Value;
use std::fs;

#[test]
fn a_list_comes_in_every_format_and_empty_too() {
    let folder = with_config(CONFIG);
    let list = |noun, format| done(&folder, &["--config", "zhihui.toml", noun, "list", "--format", format]);
    done(&folder, &["--config", "zhihui.toml", "poll"]);
    for noun in ["case", "message", "outbox", "quarantine", "audit"] {
        assert_eq!((list(noun, "json").trim(), list(noun, "jsonl").as_str()), ("[]", ""), "{noun}");
    }
    for noun in ["case", "message", "outbox", "quarantine"] {
        assert!(list(noun, "csv").starts_with("\u{feff}id,") && list(noun, "csv").ends_with("campaign\r\n"), "{noun}");
    }
    let folder = demo();
    let list = |format| done(&folder, &["--config", "zhihui.toml", "case", "list", "--format", format]);
    let json: Vec<Value> = serde_json::from_str(&list("json")).expect("JSON");
    let lines: Vec<Value> = list("jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((json.len(), &lines), (10, &json));
    let csv = list("csv");
    assert!(csv.starts_with("\u{feff}id,number,status,title,") && csv.lines().count() == 11, "{csv}");
    let table = list("table");
    assert!(table.contains("JCZH-2023-0006") && !table.contains('\u{1b}'), "{table}");
    let one =
        done(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "jsonl", "--limit", "1", "--status", "needs_correction"]);
    assert!(one.lines().count() == 1 && one.contains("JCZH-2023-0003"), "{one}");
}

#[test]
fn the_keys_of_the_lists_are_kept() {
    let folder = demo();
    let keys = |noun: &str| -> Vec<String> {
        let rows: Vec<Value> =
            serde_json::from_str(&done(&folder, &["--config", "zhihui.toml", noun, "list", "--format", "json"])).expect("JSON");
        rows.first().and_then(Value::as_object).expect("a row").keys().cloned().collect()
    };
    for (noun, wanted) in [
        ("message", "id mailbox uid sha256 message_id from subject received_at kind disposition case_numbers attempts"),
        ("case", "number status title unit region channel categories month batch late revision received_at seal defects"),
        ("outbox", "id kind to subject message_id in_reply_to state attempts next_attempt_at case_number last_error"),
    ] {
        let keys = keys(noun);
        wanted.split(' ').for_each(|key| assert!(keys.contains(&key.to_owned()), "{noun} list has no {key}: {keys:?}"));
    }
}

#[test]
fn a_list_is_narrowed_ordered_and_shaped() {
    let folder = demo();
    let list = |arguments: &[&str]| done(&folder, &[&["--config", "zhihui.toml", "case", "list"], arguments].concat());
    let numbers = |arguments: &[&str]| -> Vec<String> {
        let rows: Vec<Value> = serde_json::from_str(&list(&[&["--json", "number"], arguments].concat())).expect("JSON");
        let number = |row: &Value| {
            row.get("number").and_then(Value::as_str).map_or(String::new(), |number| number.get(10..).unwrap_or_default().to_owned())
        };
        rows.iter().map(number).collect()
    };
    assert_eq!(numbers(&["--region", "suizhou", "--sort", "-number"]), ["0009", "0008", "0007"]);
    assert_eq!(numbers(&["--region", "恩施", "--status", "待补正"]), ["0003", "0006"]);
    assert_eq!(numbers(&["--window", "7月"]), ["0005"]);
    assert_eq!(numbers(&["--window", "上半年", "--channel", "直接"]), ["0001", "0002", "0003", "0004"]);
    assert_eq!(numbers(&["--since", "2023-06-30", "--until", "2023年7月1日"]), ["0004"]);
    assert_eq!(numbers(&["--seal", "absent", "--sort", "received_at", "--limit", "1"]).len(), 1);
    assert_eq!(numbers(&["--late"]), [""]);
    assert_eq!(numbers(&["--text", "富硒"]), ["0003", "0006"]);
    assert_eq!(numbers(&["--view", "待并案", "--status", "材料齐全", "--region", "宜昌"]), ["0005"], "what is typed counts more");
    let limited = zhihui(&folder, &["--config", "zhihui.toml", "case", "list", "--limit", "2", "--format", "jsonl"]);
    assert!(String::from_utf8_lossy(&limited.stderr).contains("10 件中的 2 件"), "{limited:?}");
    assert_eq!(list(&["--columns", "编号,title", "--format", "csv", "--region", "宜昌"]).lines().next(), Some("\u{feff}number,title"));
    list(&["--format", "xlsx", "--to", "案例.xlsx"]);
    assert!(fs::read(folder.path().join("案例.xlsx")).expect("a file").starts_with(b"PK"));
    fails(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "xlsx", "--to", "案例.xlsx"], 1, &["已存在"]);
    let own = "\n[[view]]\nname = \"十堰计量\"\nregion = \"随州\"\ncategory = \"计量\"\nsort = \"-number\"\n";
    let config = folder.path().join("zhihui.toml");
    fs::write(&config, fs::read_to_string(&config).expect("a file") + own).expect("it can be written");
    assert_eq!(numbers(&["--view", "十堰"]), ["0009", "0008", "0007"]);
}
