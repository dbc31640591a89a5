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
    let empty = zhihui(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "json"]);
    assert_eq!((empty.status.code(), empty.stdout.trim_ascii()), (Some(0), &b"[]"[..]));
    assert!(String::from_utf8_lossy(&empty.stderr).contains("尚无数据库"), "a wrong path doesn't look like an empty desk");
    done(&folder, &["--config", "zhihui.toml", "poll"]);
    for (arguments, words) in [
        (["--since", "gestern"], &["gestern", "2023-06-01", "上周一"][..]),
        (["--region", "十言"], &["没有“十言”这个市州", "是否想写“十堰”", "神农架"]),
        (["--region", "荆"], &["可以指几个市州", "荆门", "荆州"]),
        (["--category", "metrolgy"], &["是否想写“计量”", "知识产权"]),
        (["--status", "held"], &["没有“held”这个状态", "待补正（needs_correction）"]),
        (["--window", "13月"], &["没有“13月”这个窗口", "2023年6月（2023-06）"]),
        (["--campaign", "2022"], &["没有“2022”这个征集活动", "2023"]),
        (["--view", "待补证"], &["是否想写“待补正”", "待并案"]),
        (["--sort", "-receivedat"], &["是否想写“收到”"]),
        (["--columns", "number,titel"], &["没有“titel”这一列", "是否想写“title”", "unit（报送单位）"]),
        (["--json", "window"], &["没有“window”这一列", "month（月份）"]),
    ] {
        fails(&folder, &[&["--config", "zhihui.toml", "case", "list"][..], &arguments].concat(), 2, words);
    }
    let help = done(&folder, &["--help"]);
    assert!(["poll", "demo", "inspect", "case"].iter().all(|name| help.contains(name)) && !help.contains("worker"), "{help}");
}

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
fn the_plan_of_activities_is_listed_exported_and_read_back() {
    let folder = TempDir::new().expect("a folder");
    let listed = |arguments: &[&str]| -> Vec<Value> {
        let list = done(&folder, &[&["activity", "list", "--format", "json"], arguments].concat());
        serde_json::from_str(&list).expect("JSON")
    };
    assert_eq!(listed(&[]).len(), 17);
    let of_host = listed(&["--month", "2023-09", "--host", "省纤检局"]);
    assert_eq!(
        of_host.iter().map(|row| row["item"].as_str().expect("text")).collect::<Vec<_>>(),
        ["省纤检系统“百名专家进百企”质量技术帮扶活动", "省纤检系统质量月系列活动", "宣传推广质量月"]
    );
    assert_eq!(listed(&["--month", "2023-06", "--text", "开放日"])[0]["days"][4], "2023-06-29");
    assert_eq!(listed(&["--host", "无"]), Vec::<Value>::new());
    fails(&folder, &["activity", "list", "--month", "2023-13"], 2, &["“2023-13”不是月份", "2023-09"]);
    let calendar = done(&folder, &["activity", "export", "--host", "省器械院"]);
    assert_eq!((calendar.matches("BEGIN:VEVENT").count(), calendar.matches("RRULE:FREQ=WEEKLY").count()), (4, 1));
    done(&folder, &["activity", "export", "--to", "plan.ics"]);
    fails(&folder, &["activity", "export", "--to", "plan.ics"], 1, &["已存在"]);
    for name in ["activities.xlsx", "activities.docx"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents").join(name);
        let path = path.to_str().expect("UTF-8");
        let preview = done(&folder, &["activity", "import", path]);
        assert!(preview.contains("有机产品认证专家行活动") && preview.contains("2023-11-01") && preview.contains("每周四"), "{preview}");
        let section: toml::Value = toml::from_str(&done(&folder, &["activity", "import", path, "--to", "-"])).expect("TOML");
        let campaign = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/campaign-2023.toml")).expect("it is there");
        let shipped: toml::Value = toml::from_str(&campaign).expect("TOML");
        assert_eq!(section["activity"], shipped["activity"], "{name}");
        // Its own plan changes nothing; an empty one is filled, and everything else stays as it was.
        fs::write(folder.path().join("same.toml"), &campaign).expect("it is written");
        let into = |file: &str| done(&folder, &["activity", "import", path, "--campaign", file, "--yes"]);
        assert!(into("same.toml").contains("不变"));
        assert_eq!(fs::read_to_string(folder.path().join("same.toml")).expect("it is there"), campaign);
        let (first, last) = (campaign.find("[[activity]]").expect("a plan"), campaign.rfind("[[activity]]").expect("a plan"));
        let rest = last + campaign.get(last..).and_then(|rest| rest.find("\n\n")).expect("it ends");
        let without = format!("{}{}", campaign.get(..first).expect("a head"), campaign.get(rest..).expect("a foot"));
        fs::write(folder.path().join("bare.toml"), &without).expect("it is written");
        assert!(done(&folder, &["activity", "import", path, "--campaign", "bare.toml"]).contains("新增"));
        assert_eq!(fs::read_to_string(folder.path().join("bare.toml")).expect("it is there"), without, "it was only shown");
        assert!(into("bare.toml").contains("新增"));
        let listed = |file: &str| done(&folder, &["activity", "list", "--format", "json", "--campaign", file]);
        assert_eq!(listed("bare.toml"), listed("same.toml"));
        let kept = fs::read_to_string(folder.path().join("bare.toml.bak")).expect("it is kept");
        assert_eq!(kept, without);
        for name in ["same.toml", "bare.toml", "bare.toml.bak"] {
            fs::remove_file(folder.path().join(name)).expect("it is there");
        }
    }
    fails(&folder, &["activity", "import", "x.docx", "--yes"], 1, &["无法读取"]);
    fails(&folder, &["activity", "import", "plan.ics"], 1, &["不是 Word 或 Excel 文件"]);
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

/// Runs a list at a width, as the terminal of somebody at the desk has it.
fn at_width(folder: &TempDir, width: u32, arguments: &[&str], code: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.args(["--config", "zhihui.toml"]).args(arguments).current_dir(folder.path());
    let output = command.env("COLUMNS", width.to_string()).env("ZHIHUI_ACTOR", "zhang").env_remove("SUDO_USER");
    let output = output.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    [output.stdout, output.stderr].map(|bytes| undated(&String::from_utf8(bytes).expect("UTF-8"))).into()
}

/// What happens while the test runs has no instant: `0000-00-00 00:00:00`, which is as wide.
fn undated(text: &str) -> String {
    // What the transport says of a mail names it, which no two runs do alike.
    let mut in_answer = false;
    let masked: String = text
        .split_inclusive("接收记录：")
        .flat_map(|part| {
            let end = if in_answer { part.find("\n\n").unwrap_or(part.len()) } else { 0 };
            in_answer = true;
            part.char_indices().map(move |(at, c)| if at < end && c.is_ascii_hexdigit() { '0' } else { c }).collect::<Vec<_>>()
        })
        .collect();
    let year = masked.char_indices().filter(|(at, _)| {
        let is_date = masked
            .get(*at..at + 10)
            .is_some_and(|date| date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).eq("0000-00-00".chars()));
        is_date && masked.get(*at..at + 4).is_some_and(|year| ("2025".."2999").contains(&year))
    });
    let dates: Vec<usize> = year.map(|(at, _)| at).collect();
    let is_of_one = |at: usize| dates.iter().any(|date| (*date..date + 19).contains(&at));
    let masked: String = masked.char_indices().map(|(at, c)| if c.is_ascii_digit() && is_of_one(at) { '0' } else { c }).collect();
    let in_words = regex::Regex::new(r"20(2[5-9]|[3-9]\d)年\d{1,2}月\d{1,2}日( \d{1,2}:\d\d)?").expect("a pattern");
    in_words.replace_all(&masked, "0000年00月00日").into_owned()
}

/// A ledger into which somebody has filled something.
fn filled_ledger(path: &Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("台账").expect("a name");
    let rows = [
        ["编号", "处理意见", "备注"],
        ["JCZH-2023-0001", "同意推荐", "与处室会商后再定，附会议纪要"],
        ["JCZH-2023-0002", "补充材料后再议", ""],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    book.save(path).expect("it can be written");
}

/// Two units; where the first one is may be told otherwise.
fn roster(path: &Path, region: &str) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("单位").expect("a name");
    let rows = [
        ["单位名称", "曾用名", "市州", "征集范围"],
        ["荆门市计量检定测试所", "荆门市计量所", if region.is_empty() { "荆门" } else { region }, ""],
        ["省标准化与质量研究院", "", "省直", "是"],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    let sheet = book.add_worksheet().set_name("协调员").expect("a name");
    for (row, cells) in (0..).zip([["登录名", "姓名", "电话"], ["zhang", "张某", "027-87654321"], ["li", "李某", "19900000099"]])
    {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    book.save(path).expect("it can be written");
}

/// Hashes and Message-IDs are others each time: zeros, which are as wide. A hash may be folded.
fn without_hashes(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut shown = String::new();
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start().len();
        let mut at = 0;
        let mut is_hash_at_end = false;
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
            let run: usize = rest.chars().take_while(|c| is_hex(*c)).count();
            let is_id = line.get(..at).is_some_and(|before| before.ends_with("zhihui.example-"));
            let is_hash = run >= 16 || (run > 0 && (is_id || goes_on && at == start));
            if is_hash {
                shown.push_str(&"0".repeat(run));
                is_hash_at_end = rest.get(run..).is_some_and(|behind| behind.trim().is_empty());
                at += run;
            } else {
                let next = run.max(rest.chars().next().map_or(1, char::len_utf8));
                shown.push_str(rest.get(..next).unwrap_or_default());
                at += next;
            }
        }
        goes_on = is_hash_at_end;
    }
    shown
}

/// A form as a unit writes it.
fn form(path: &Path) {
    use mail_parser::MimeHeaders;
    let raw = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail/201-mobile-with-spaces.eml")).expect("a fixture");
    let mail = mail_parser::MessageParser::default().parse(&raw).expect("a mail");
    let mut files = mail.attachments().filter(|file| file.attachment_name().is_some_and(|name| name.ends_with(".docx")));
    fs::write(path, files.next().expect("a form").contents()).expect("it can be written");
}

/// To write them anew after a change that is meant: `ZHIHUI_WRITE_LISTS=1 cargo test --test command_line`.
#[test]
fn the_lists_look_as_they_did_at_80_and_at_120_columns() {
    let folder = demo();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists");
    filled_ledger(&folder.path().join("台账.xlsx"));
    roster(&folder.path().join("名册.xlsx"), "");
    done(&folder, &["--config", "zhihui.toml", "roster", "import", "名册.xlsx", "--reason", "年度名册", "--yes"]);
    roster(&folder.path().join("名册.xlsx"), "神农架");
    form(&folder.path().join("申报表.docx"));
    fs::write(folder.path().join("介绍.txt"), "我单位为富硒茶产业提供计量检测服务。\n服务企业30家。\n").expect("it can be written");
    fs::write(folder.path().join("答复.txt"), "材料请于6月30日前报送。\n").expect("it can be written");
    let mut config = fs::OpenOptions::new().append(true).open(folder.path().join("zhihui.toml")).expect("it is there");
    std::io::Write::write_all(&mut config, b"\n[privacy]\nretain_years = 2\n").expect("it can be written");
    for width in [80, 120] {
        let mut shown = String::new();
        for (arguments, code) in [
            &["case", "list"][..],
            &["case", "list", "--view", "待补正", "--sort", "-received_at"],
            &["case", "list", "--columns", "number,categories,seal,focus_areas,opener"],
            &["case", "search", "计量", "企业"],
            &["message", "list"],
            &["message", "list", "--status", "待人工答复", "--format", "csv", "--columns", "id,from,disposition"],
            &["outbox", "list"],
            &["quarantine", "list"],
            &["window", "list"],
            &["window", "list", "--columns", "name,state,total,open", "--sort", "-open,name", "--limit", "3"],
            &["activity", "list"],
            &["activity", "list", "--month", "2023-09", "--sort", "item"],
            &["audit", "list", "--columns", "actor,act,subject,reason", "--case", "JCZH-2023-0004"],
            &["ledger", "import", "台账.xlsx"],
            &["roster", "list"],
            &["case", "show", "JCZH-2023-0006"],
            &["case", "explain", "JCZH-2023-0009"],
            &["case", "overdue"],
            &["approval", "list"],
            &["window", "freeze", "2023-H1"],
            &["digest", "preview", "--week", "2023-W26", "--text"],
        ]
        .map(|arguments| (arguments, 0))
        .into_iter()
        // Shown, and not done: nobody was there to agree.
        .chain(
            [
                &["case", "edit", "JCZH-2023-0001", "--field", "市州=十堰", "--field", "案例分类=标准、认证", "--reason", "电话核实"][..],
                &["case", "assign", "JCZH-2023-0001", "JCZH-2023-0002", "李某", "--reason", "分工"],
                &["case", "withdraw", "JCZH-2023-0006", "--reason", "单位来电撤回"],
                &["case", "return", "JCZH-2023-0003", "--reason", "内容与质量基础设施无关"],
                &["case", "note", "JCZH-2023-0001", "JCZH-2023-0002", "--text", "已电话联系，周五前补齐"],
                &["case", "confirm-seal", "JCZH-2023-0009", "present", "--reason", "已看原件"],
                &["case", "set-focus", "JCZH-2023-0004", "技术创新、中小微企业", "--reason", "已阅"],
                &["case", "edit", "JCZH-2023-0006", "--field", "案例介绍=@介绍.txt", "--reason", "单位来电更正"],
                &["case", "add", "--source", "纸质", "--received", "2023-06-20", "--reason", "邮寄", "申报表.docx"],
                &[
                    "case",
                    "add",
                    "--case",
                    "JCZH-2023-0009",
                    "--source",
                    "传真",
                    "--received",
                    "2023-11-08",
                    "--reason",
                    "补盖章",
                    "申报表.docx",
                ],
                &["case", "answer", "1", "--text", "答复.txt", "--reason", "咨询报送时间"],
                &["case", "merge", "10", "--reason", "同一案例，市局重复报送"],
                &["case", "separate", "10", "--reason", "经核实是另一件案例"],
                &["roster", "import", "名册.xlsx", "--reason", "年度名册"],
                &["privacy", "hold", "JCZH-2023-0001", "--reason", "行政复议"],
                &["privacy", "purge", "--reason", "保存期满"],
            ]
            .map(|arguments| (arguments, 2)),
        ) {
            let (out, said) = at_width(&folder, width, arguments, code);
            // A preview is folded by the terminal.
            let is_wide =
                |line: &&str| line.chars().map(|c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0)).sum::<usize>() > width as usize;
            assert_eq!(
                out.lines().filter(|_| code == 0 && !arguments.contains(&"freeze") && !arguments.contains(&"digest")).find(is_wide),
                None,
                "{arguments:?} at {width}"
            );
            shown.push_str(&format!("$ zhihui {}\n{}{}\n", arguments.join(" "), without_hashes(&out), without_hashes(&said)));
        }
        let file = golden.join(format!("{width}.txt"));
        if std::env::var_os("ZHIHUI_WRITE_LISTS").is_some() {
            fs::write(&file, &shown).expect("it can be written");
        }
        assert_eq!(shown, fs::read_to_string(&file).expect("the golden output"), "at {width}");
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

/// Every command, by what is typed for it.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("\n命令：\n").nth(1).or_else(|| help.split("\n命令:\n").nth(1)).unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_help_of_every_command_has_an_example_of_it() {
    let folder = TempDir::new().expect("a folder");
    let help = |words: &[String]| {
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        done(&folder, &arguments)
    };
    let mut waiting = vec![Vec::new()];
    let mut seen = 0;
    while let Some(words) = waiting.pop() {
        let text = help(&words);
        let example = format!("zhihui {}", words.join(" "));
        let examples = text.split("示例：").nth(1).unwrap_or_default();
        assert!(examples.contains(example.trim_end()), "{example} --help has no example of it:\n{text}");
        for name in commands(&text) {
            waiting.push([&words[..], &[name]].concat());
        }
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let folder = TempDir::new().expect("a folder");
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef zhihui"), ("fish", "complete -c zhihui")] {
        assert!(done(&folder, &["completion", shell]).contains(word), "{shell}");
    }
    assert!(done(&folder, &["man"]).contains(".SH 名称"));
    done(&folder, &["man", "--dir", "pages"]);
    assert!(folder.path().join("pages/zhihui-case-search.1").exists());
}

#[tokio::test]
async fn every_act_is_in_the_log_and_what_is_tampered_with_is_named() {
    let folder = demo();
    let log = |arguments: &[&str]| -> Vec<Value> {
        let all = [&["--config", "zhihui.toml", "audit", "list", "--format", "json"], arguments].concat();
        serde_json::from_str(&done(&folder, &all)).expect("JSON")
    };
    let column = |rows: &[Value], key: &str| rows.iter().map(|row| row[key].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    let cases: Value =
        serde_json::from_str(&done(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "json"])).expect("JSON");
    let opened = column(&log(&["--act", "case.opened"]), "subject");
    for case in cases.as_array().expect("a list").iter().filter_map(|case| case["number"].as_str()) {
        assert_eq!(opened.iter().filter(|subject| **subject == format!("case/{case}")).count(), 1, "{case}");
    }
    let of_one = log(&["--case", "JCZH-2023-0001"]);
    assert_eq!(column(&of_one, "act"), ["case.opened", "reply.queued", "reply.sent"]);
    assert!(of_one.iter().all(|row| row["actor"].is_null()));
    let row = of_one[0].to_string();
    assert!(!row.contains('@') && !row.contains("1990000"), "no addresses and phones: {row}");

    done(&folder, &["--config", "zhihui.toml", "backup", "--to", "copy"]);
    assert!(log(&["--act", "backup"])[0]["actor"].is_string());
    let whole = done(&folder, &["--config", "zhihui.toml", "audit", "verify"]);
    let anchor = whole.trim().rsplit(' ').next().expect("an anchor");
    done(&folder, &["--config", "zhihui.toml", "audit", "verify", "--anchor", anchor]);
    fails(&folder, &["--config", "zhihui.toml", "audit", "verify", "--anchor", "x"], 2, &["锚"]);
    fails(&folder, &["--config", "zhihui.toml", "audit", "list", "--act", "nothing"], 2, &["case.opened"]);

    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", folder.path().join("zhihui.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.expect("the database opens");
    let tampering = "DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'li' WHERE number = 2";
    sqlx::raw_sql(tampering).execute(&pool).await.expect("it is ours");
    pool.close().await;
    fails(&folder, &["--config", "zhihui.toml", "audit", "verify"], 3, &["第2号的内容被改动"]);
}

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
