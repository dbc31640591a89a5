//! Ten questions that an auditor asks about a case, answered by `case show` and `case explain` alone: the case's life is
//! played through the program first, on a clock that the test moves.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use office::Office;
use serde_json::Value;
use std::{fs, process::Command};
use zhihui::model::audit::{Actor, By};
use zhihui::model::reading::WindowPlace;
use zhihui::store::Admission;

const FIRST: &str = "fixtures/mail/001-plain-word.eml";
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";
const OTHER_CATEGORIES: &str = "fixtures/mail/112-several-ticked.eml";
const ANOTHER_UNIT: &str = "fixtures/mail/002-plain-wps.eml";

/// What the program prints.
fn ask(office: &Office, arguments: &[&str]) -> String {
    told(office, "wang", arguments)
}

/// What the program prints to this person.
fn told(office: &Office, person: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.arg("--config").arg(office.config()).args(arguments).env_remove("COLUMNS");
    let output = command.env_remove("SUDO_USER").env("ZHIHUI_ACTOR", person).output().expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Everything that happens at one instant.
async fn pass(office: &Office, at: &str) {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.close().await;
}

/// Without a seal on 28 June, asked the next morning, complete on 5 July; the batch is frozen, and a third form comes in
/// August with other categories, which two coordinators correct one after the other. Another unit's form is late, and two
/// persons admit it.
async fn life() -> Office {
    let office = Office::new("quiet = \"\"\n");
    office.receives(FIRST, "Wed, 28 Jun 2023 23:00:00 +0800", "first", "none");
    pass(&office, "2023-06-29T09:00:00+08:00").await;
    office.receives(COMPLETE, "Wed, 05 Jul 2023 10:30:00 +0800", "second", "first");
    pass(&office, "2023-07-05T11:00:00+08:00").await;
    ask(&office, &["window", "freeze", "2023-H1", "--yes", "--reason", "上半年宣传定稿"]);
    office.receives(OTHER_CATEGORIES, "Tue, 01 Aug 2023 08:00:00 +0800", "third", "first");
    pass(&office, "2023-08-01T09:00:00+08:00").await;
    for (person, categories, reason) in [("zhang", "计量、标准", "认证部分无实质内容"), ("li", "计量", "单位来电确认只报计量")]
    {
        let field = format!("案例分类={categories}");
        told(&office, person, &["case", "edit", "JCZH-2023-0001", "--field", &field, "--reason", reason, "--yes"]);
    }
    office.receives(ANOTHER_UNIT, "Tue, 02 Jan 2024 09:00:00 +0800", "late", "none");
    pass(&office, "2024-01-02T10:00:00+08:00").await;
    let app = office.open().await;
    let place = WindowPlace { month: None, batch: Some("2023-H2".into()), late: false };
    for (person, reason, outcome) in [("zhang", "系统故障致迟到", Admission::Proposed), ("li", "已核实", Admission::Admitted)] {
        let by = By { actor: Actor::Person(person.into()), at_ms: app.clock.now().as_millisecond(), reason: reason.into() };
        assert_eq!(app.store.admit("JCZH-2023-0002", "2023-H2", &place, &by).await.expect("the record"), outcome);
    }
    app.store.close().await;
    office
}

/// A question's answer at the head of the explanation: its own line, or the lines below it.
fn answer<'a>(page: &'a str, question: &str) -> Vec<&'a str> {
    let mut lines = page.lines().skip_while(|line| !line.starts_with(question));
    let first = lines.next().expect("the question stands there").split_once('？').map_or("", |(_, rest)| rest);
    std::iter::once(first).chain(lines.take_while(|line| line.starts_with("  "))).collect()
}

fn holds(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
}

#[tokio::test]
async fn ten_questions_are_answered() {
    let office = life().await;
    let show = ask(&office, &["case", "show", "JCZH-2023-0001"]);
    let explained = ask(&office, &["case", "explain", "JCZH-2023-0001"]);
    let file = office.config().with_file_name("说明.html");
    ask(&office, &["case", "explain", "JCZH-2023-0001", "--html", file.to_str().expect("UTF-8")]);
    let html = fs::read_to_string(&file).expect("the page");
    for (question, words) in [
        ("何时收到", &["第1版：2023-06-28 23:00:00", "第2版：2023-07-05 10:30:00", "第3版：2023-08-01 08:00:00"][..]),
        ("以哪个时钟为准", &["邮件头 Received 的时刻：2023-06-28 23:00:00", "不作依据"]),
        ("申报表上写了什么", &["《计量技术服务助力化工产业提质升级》", "荆门市计量检定测试所", "计量、标准、认证", "第3版"]),
        (
            "内容改过吗",
            &[
                "office@unit.example 于 2023-08-01 08:00:00 报来第3版：案例分类：计量 → 计量、标准、认证",
                "公章：未见公章 → 疑似有章",
                "案例分类：计量、标准（已被取代）  zhang 决定，原因：认证部分无实质内容",
                "案例分类：计量  li 决定，原因：单位来电确认只报计量",
            ],
        ),
        ("各批次以哪一版为准", &["上半年（2023-H1）以第2版为准"]),
        ("答复送到了吗", &["补正通知，给 office@unit.example：已发 2023-06-29 09:00:00", "接收记录：", "收件回执"]),
        (
            "缺什么",
            &[
                "2023-06-29 09:00:00 发出通知，要求补正：未见加盖公章的申报表扫描件",
                "期限至 2023-07-06 17:30:00；第2版 2023-07-05 10:30:00 收到：补正期限内补齐",
            ],
        ),
        ("逾期的由谁准予列入", &["没有逾期"]),
        ("登记之后有没有被改动", &["没有。核对了"]),
        ("依据哪条规则", &["此前已补齐，保留原窗口（专班规定）", "15条规则", "征集活动文件 SHA-256"]),
    ] {
        let told = answer(&explained, question).join("\n");
        holds(&told, words);
        holds(&html, &[question]);
    }
    holds(&explained, &["表1 第3行 第2格", "陈** 199****1001", "文件 first.eml"]);
    assert!(!explained.contains("19900001001") && !html.contains("19900001001"), "nobody can be called by the page");
    // The page of a terminal answers the same; who admitted it, below.
    for words in [
        &["第1版  收到 2023-06-28 23:00:00", "第2版  收到 2023-07-05 10:30:00", "第3版  收到 2023-08-01 08:00:00"][..],
        &["2023-06-28 23:00:00，邮件序号 1（邮件头 Received 的时刻）"],
        &["《计量技术服务助力化工产业提质升级》", "荆门市计量检定测试所", "案例分类  计量\n"],
        &[
            "案例分类：计量 → 计量、标准、认证",
            "案例分类：计量、标准（已被取代）  zhang 决定，原因：认证部分无实质内容",
            "案例分类：计量  li 决定，原因：单位来电确认只报计量",
            "li  人工确定内容",
        ],
        &["上半年（2023-H1）以第2版为准", "计入上半年", "冻结批次  窗口 2023-H1，原因：上半年宣传定稿"],
        &["补正通知  office@unit.example", "已发 2023-06-29 09:00:00，接收记录：", "收件回执  office@unit.example"],
        &["要求补正：未见加盖公章的申报表扫描件", "补正通知发出 2023-06-29 09:00:00，补正期限至 2023-07-06 17:30:00"],
        &["补正期限内补齐，保留原窗口（专班规定），收到 2023-07-05 10:30:00"],
        &["登记核对  读出的内容和案例内容与登记时一致"],
    ] {
        holds(&show, words);
    }
    let json: Value = serde_json::from_str(&ask(&office, &["case", "show", "JCZH-2023-0001", "--format", "json"])).expect("JSON");
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    assert_eq!((text("/origins/0/positions/0/name"), text("/counted/0/window")), ("first.eml", "2023-H1"));
    assert_eq!(json.pointer("/counted/0/revision").and_then(Value::as_u64), Some(2));
    assert_eq!(text("/history/0/act"), "case.opened");

    let admitted = ask(&office, &["case", "explain", "JCZH-2023-0002"]);
    holds(&answer(&admitted, "逾期的由谁准予列入").join("\n"), &["准予列入下半年", "zhang 决定，li 确认，原因：系统故障致迟到"]);
    holds(&ask(&office, &["case", "show", "JCZH-2023-0002"]), &["zhang 决定，li 确认", "提出准予列入窗口", "原因：已核实"]);
}

#[tokio::test]
async fn ten_more_questions_are_answered() {
    let office = life().await;
    let number = "JCZH-2023-0001";
    ask(&office, &["case", "show", number]);
    let whole = ["case", "explain", number, "--with-contacts", "--reason", "复核"];
    assert_eq!((told(&office, "zhang", &whole).as_str(), told(&office, "li", &whole).contains("19900001001")), ("", true));
    let folder = office.config().with_file_name("案例");
    told(&office, "zhang", &["case", "export", number, "--to", folder.to_str().expect("UTF-8")]);
    told(&office, "li", &["case", "assign", number, "赵某", "--reason", "分工", "--yes"]);
    let explained = ask(&office, &["case", "explain", number]);
    for (question, words) in [
        (
            "谁看过或导出过完整的联系方式",
            &[
                "wang 查看1次（zhihui case show）：",
                "zhang 提出、li 确认，写全导出（案例），原因：复核",
                "zhang 导出案例文件，其中有申报表原件",
            ][..],
        ),
        ("判定所依的规则后来变过吗", &["第1版按征集活动文件 ", "第3版按征集活动文件 ", "（与现行的相同）判定"]),
        (
            "何时告诉了单位什么",
            &[
                "2023-06-29 09:00:00  补正通知，给 office@unit.example，要求补正：未见加盖公章的申报表扫描件：发信服务器已接收，没有退信",
                "收件回执，给 office@unit.example",
                "单位回复了它的，说明已经看到",
            ],
        ),
        (
            "补正期限怎样算的",
            &[
                "补正通知 2023-06-29 09:00:00 发出，次日起算，至 2023-07-06 17:30:00，共5个工作日：6月30日、7月3日、7月4日、7月5日、7月6日",
                "不计周末：7月1日、7月2日",
                "放假和调休按国",
            ],
        ),
        ("依据哪个原件", &["第1版申报表 ", "第3版申报表 ", "邮件原文（序号 3），SHA-256 ", "与收到时一致"]),
        ("几封来信谁先谁后", &["1. 收到 2023-06-28 23:00:00，邮件序号 1（", "文件 first.eml）：立案", "同一邮箱逐封判定"]),
        ("来信确是该单位发的吗", &["邮件序号 3，发自 office@unit.example，与立案时的报送邮箱相同：没有设置发信域核验"]),
        (
            "批次冻结之后又改过什么",
            &["计入第2版；此后的改动不计入这一批，清单与冻结时一致：", "· 第3版 2023-08-01 08:00:00", "zhang 案例分类：计量、标准"],
        ),
        ("审计日志完整吗", &["环环相扣，锚 "]),
        ("谁经手过", &["承办人：赵某", "li：人工确定内容、", "指定承办人", "wang：冻结批次、查看联系方式"]),
    ] {
        holds(&answer(&explained, question).join("\n"), words);
    }
    // An export tells nothing of who looked, and so stays the same.
    let case = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("readable").path()).find(|path| path.is_dir());
    let account = fs::read_to_string(case.expect("a case").join("说明.txt")).expect("an account");
    assert!(account.contains("不随案例导出") && !account.contains("查看1次"), "{account}");
    let shown = ask(&office, &["case", "show", number]);
    holds(&shown, &["承办人    赵某", "wang  查看联系方式  案例 JCZH-2023-0001", "zhang  导出案例文件"]);
}

#[tokio::test]
async fn a_frozen_batch_is_exported_as_it_counted() {
    let office = life().await;
    let folder = office.config().with_file_name("上半年");
    for to in ["上半年", "一.zip", "二.zip"] {
        ask(&office, &["case", "export", "--batch", "上半年", "--to", office.config().with_file_name(to).to_str().expect("UTF-8")]);
    }
    let read = |name: &str| fs::read(office.config().with_file_name(name)).expect("it was written");
    assert_eq!(read("一.zip"), read("二.zip"));
    let manifest: Value = serde_json::from_slice(&read("上半年/冻结清单_2023-H1.json")).expect("JSON");
    let case =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("readable").path()).find(|path| path.is_dir()).expect("a case");
    let mut names: Vec<String> =
        fs::read_dir(&case).expect("a folder").map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    assert_eq!(names.iter().filter(|name| name.contains("_申报表_")).count(), 1, "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("01_申报表_第2版_")), "{names:?}");
    let record: Value = serde_json::from_slice(&fs::read(case.join("record.json")).expect("a record")).expect("JSON");
    assert_eq!(record.pointer("/revisions").and_then(Value::as_array).map(Vec::len), Some(2), "what came later is not in it");
    assert_eq!(record.pointer("/revisions/1/form_sha256"), manifest.pointer("/cases/0/form_sha256"));
    let told = fs::read_to_string(case.join("说明.txt")).expect("an account");
    assert!(told.starts_with('\u{feff}') && told.contains("补正期限内补齐") && !told.contains("19900001001"), "{told}");
}

#[tokio::test]
async fn what_is_altered_is_named() {
    let office = life().await;
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", office.config().with_file_name("zhihui.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.expect("the database opens");
    let tampering = "UPDATE revision SET reading = replace(reading, '荆门市计量', '荆州市计量') WHERE case_id = 1 AND revision = 3;
                     UPDATE case_record SET title = '别的题目' WHERE id = 1";
    sqlx::raw_sql(tampering).execute(&pool).await.expect("it is ours");
    let form: String =
        sqlx::query_scalar("SELECT form_sha256 FROM revision WHERE case_id = 1 AND revision = 1").fetch_one(&pool).await.expect("a form");
    pool.close().await;
    let mut blobs = vec![office.config().with_file_name("blobs")];
    while let Some(folder) = blobs.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path()) {
            match path.is_dir() {
                true => blobs.push(path),
                false if path.to_string_lossy().replace('/', "").ends_with(&form) => fs::remove_file(path).expect("it is ours"),
                false => {}
            }
        }
    }
    let shown = ask(&office, &["case", "show", "JCZH-2023-0001"]);
    holds(&shown, &["登记核对  与登记时不符：第3版读出的内容、案例各项内容；详见 zhihui case explain"]);
    let told = ask(&office, &["case", "explain", "JCZH-2023-0001"]);
    holds(
        &answer(&told, "登记之后有没有被改动").join("\n"),
        &["有3项不符", "第1版申报表：文件缺失", "第3版读出的内容：与审计日志所记不符", "案例题目、报送单位与现行版本不符，也没有人工决定"],
    );
}

#[tokio::test]
async fn names_and_numbers_are_told_in_full_to_two_persons_only() {
    let office = Office::new("quiet = \"\"\n");
    office.receives(FIRST, "Wed, 28 Jun 2023 23:00:00 +0800", "first", "none");
    pass(&office, "2023-06-29T09:00:00+08:00").await;
    let number = "JCZH-2023-0001";
    // Whoever telephones about one case sees whom, in the case itself.
    holds(&ask(&office, &["case", "show", number]), &["19900001001"]);
    for whole in [
        &["case", "explain", number, "--with-contacts", "--reason", "复核"][..],
        &["case", "overdue", "--with-contacts", "--reason", "催补"],
    ] {
        assert_eq!(told(&office, "zhang", whole), "", "the first person's wish is noted");
        let mut again = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        let again = again.arg("--config").arg(office.config()).args(whole).env_remove("SUDO_USER").env("ZHIHUI_ACTOR", "zhang").output();
        let again = again.expect("it runs");
        assert!(again.status.code() == Some(1) && String::from_utf8_lossy(&again.stderr).contains("须由另一人确认"), "{again:?}");
        holds(&told(&office, "li", whole), &["陈楚江", "19900001001"]);
        assert_eq!(told(&office, "li", whole), "", "once");
    }
    let log = ask(&office, &["audit", "list", "--columns", "actor,act,subject,reason"]);
    holds(&log, &["提出须两人确认的操作", "导出完整的联系方式"]);
}
