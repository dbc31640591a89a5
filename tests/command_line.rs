//! The command line as people and scripts meet it: exit codes, formats, sentences.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// A configuration that reads an empty folder and sends into another.
const CONFIG: &str = "
[database]
url = \"sqlite:zhihui.db\"
[blobs]
url = \"file:blobs\"
[[mailbox]]
source = \"eml\"
path = \"mail\"
campaign = \"campaign-2023.toml\"
[smtp]
transport = \"file\"
path = \"replies\"
from = \"cases@hubei.example\"
";

fn zhihui(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.args(arguments).current_dir(folder.path()).env_remove("ZHIHUI_CONFIG").output().expect("the program runs")
}

/// What a command that succeeds prints.
fn done(folder: &TempDir, arguments: &[&str]) -> String {
    let output = zhihui(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Asserts a failure's exit code and words, and that nothing was printed as a result.
fn fails(folder: &TempDir, arguments: &[&str], code: i32, words: &[&str]) {
    let output = zhihui(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{arguments:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?} does not say {word:?}: {said}"));
}

/// A folder with this configuration.
fn with_config(config: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).expect("it can be written");
    fs::create_dir(folder.path().join("mail")).expect("it can be made");
    write("zhihui.toml", config.as_bytes());
    write("campaign-2023.toml", &fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/campaign-2023.toml")).expect("it is there"));
    folder
}

/// A folder in which `demo` has run.
fn demo() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    done(&folder, &["demo", "--dir", "."]);
    folder
}

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
fn what_is_no_command_is_a_mistake_of_usage() {
    let folder = with_config(CONFIG);
    for (arguments, words) in [
        (&["frobnicate"][..], &["没有“frobnicate”这个命令", "用法：zhihui"][..]),
        (&["case", "lst"], &["没有“lst”这个命令", "是否想写“list”"]),
        (&["case", "list", "--limt", "1"], &["没有“--limt”这个选项", "是否想写“--limit”"]),
        (&["case", "list", "--format", "xml"], &["“--format <格式>”不能写成“xml”", "可以写：table、json、jsonl、csv"]),
        (&["case", "list", "--limit"], &["“--limit <条数>”后面要写上内容"]),
        (&["case", "list", "--limit", "1", "--limit", "2"], &["“--limit <条数>”只能写一次"]),
        (&["case", "list", "\u{1b}[2J"], &["多写了“\\u{1b}[2J”"]),
        (&["inspect"], &["还缺少：<路径>...", "用法：zhihui inspect"]),
        (&["outbox", "hold", "x"], &["“<序号>...”不能写成“x”"]),
        (&["quarantine", "dismiss", "1"], &["还缺少：--reason <原因>"]),
    ] {
        fails(&folder, arguments, 2, words);
        let said = String::from_utf8_lossy(&zhihui(&folder, arguments).stderr).into_owned();
        assert!(["error", "Usage", "tip"].iter().all(|word| !said.contains(word)) && said.contains("--help"), "{said}");
    }
    fails(&folder, &["--config", "zhihui.toml", "case", "list", "--since", "gestern"], 2, &["gestern", "2023-06-01"]);
    let help = done(&folder, &["--help"]);
    assert!(["poll", "demo", "inspect", "case"].iter().all(|name| help.contains(name)) && !help.contains("worker"), "{help}");
}

#[test]
fn a_list_comes_in_every_format_and_empty_too() {
    let folder = with_config(CONFIG);
    let list = |noun, format| done(&folder, &["--config", "zhihui.toml", noun, "list", "--format", format]);
    done(&folder, &["--config", "zhihui.toml", "poll"]);
    for noun in ["case", "message", "outbox", "quarantine"] {
        assert_eq!((list(noun, "json").trim(), list(noun, "jsonl").as_str()), ("[]", ""), "{noun}");
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
fn a_demonstration_goes_on_where_it_ended() {
    let folder = demo();
    let replies = || fs::read_dir(folder.path().join("replies")).expect("a folder").count();
    let lists = || ["case", "message", "outbox"].map(|noun| done(&folder, &["--config", "zhihui.toml", noun, "list", "--format", "json"]));
    let (count, first) = (replies(), lists());
    done(&folder, &["demo", "--dir", "."]);
    assert_eq!((replies(), lists()), (count, first));
    assert!(count > 5, "{count} replies");
}

#[test]
fn the_blank_form_is_written_once() {
    let folder = TempDir::new().expect("a folder");
    assert_eq!(done(&folder, &["form", "表.docx"]), "");
    let form = folder.path().join("表.docx");
    let bytes = fs::read(&form).expect("it is there");
    assert!(bytes.starts_with(b"PK"));
    fs::write(&form, "mine").expect("it can be written");
    fails(&folder, &["form", "表.docx"], 1, &["表.docx", "已存在"]);
    assert_eq!(fs::read(&form).expect("it is there"), b"mine");
    done(&folder, &["form"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
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

#[test]
fn a_backup_is_checked_and_put_back_and_the_mailbox_goes_on_from_there() {
    let folder = demo();
    let before = done(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "json"]);
    assert!(done(&folder, &["--config", "zhihui.toml", "backup", "--to", "copy"]).contains("邮件15封"));
    fails(&folder, &["--config", "zhihui.toml", "backup", "--to", "copy"], 1, &["copy", "--to"]);
    assert!(done(&folder, &["backup", "verify", "copy"]).contains("备份完好"));
    fails(&folder, &["--config", "zhihui.toml", "restore", "copy"], 1, &["已经存在"]);

    let empty = TempDir::new().expect("a folder");
    let copy = folder.path().join("copy").to_str().expect("UTF-8").to_owned();
    for name in ["zhihui.toml", "campaign-2023.toml"] {
        fs::copy(folder.path().join("copy/config").join(name), empty.path().join(name)).expect("the configuration comes along");
    }
    fs::rename(folder.path().join("Maildir"), empty.path().join("Maildir")).expect("the mailbox is still there");
    assert!(done(&empty, &["--config", "zhihui.toml", "restore", &copy]).contains("已恢复"));
    done(&empty, &["--config", "zhihui.toml", "poll"]);
    assert_eq!(done(&empty, &["--config", "zhihui.toml", "case", "list", "--format", "json"]), before);

    fs::write(folder.path().join("copy/zhihui.db"), b"no database").expect("it can be damaged");
    fails(&folder, &["backup", "verify", "copy"], 3, &["zhihui.db"]);
    let third = TempDir::new().expect("a folder");
    fs::copy(empty.path().join("zhihui.toml"), third.path().join("zhihui.toml")).expect("a file");
    fs::copy(empty.path().join("campaign-2023.toml"), third.path().join("campaign-2023.toml")).expect("a file");
    fails(&third, &["--config", "zhihui.toml", "restore", &copy], 1, &["backup verify"]);
    assert!(!third.path().join("zhihui.db").exists());
}
