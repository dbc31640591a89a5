//! Who is who, and what is known of people: the roster decides regions, and what had its time goes for good.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/office.rs"]
mod office;

use office::Office;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use zhihui::daemon::desk::{Deed, Intent};
use zhihui::model::audit::{Actor, By};
use zhihui::model::ruling::Field;
use zhihui::store::Filter;

const FIRST: &str = "fixtures/mail/001-plain-word.eml";
const NUMBER: &str = "JCZH-2023-0001";

async fn pass(office: &Office, at: &str) {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.close().await;
}

/// The program, as somebody types it without a terminal.
fn typed(office: &Office, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.arg("--config").arg(office.config()).args(arguments).env("ZHIHUI_ACTOR", "zhang").env_remove("SUDO_USER");
    command.output().expect("it runs")
}

fn ends(office: &Office, arguments: &[&str], code: i32, words: &[&str]) {
    let output = typed(office, arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?} does not say {word:?}: {said}"));
}

fn book(path: &Path, rows: &[&[&str]]) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("单位").expect("a name");
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(row, column, *cell).expect("a cell");
        }
    }
    book.save(path).expect("it can be written");
}

#[tokio::test]
async fn the_roster_decides_the_region_of_what_comes_and_is_imported_once() {
    let office = Office::new("");
    let expected = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FIRST.replace(".eml", ".json"))).expect("the pair");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let unit = expected["cases"][0]["unit"].as_str().expect("a unit");
    let path = office.config().with_file_name("名册.xlsx");
    let file = path.to_str().expect("UTF-8");
    let heads: &[&str] = &["单位名称", "曾用名", "市州", "征集范围"];
    book(&path, &[heads, &["今名", unit, "上海", ""]]);
    ends(&office, &["roster", "import", file, "--reason", "年度名册", "--yes"], 1, &["单位!C2", "没有导入任何内容"]);
    book(&path, &[heads, &["今名", unit, "神农架", "否"]]);
    ends(&office, &["roster", "import", file, "--reason", "年度名册"], 2, &["增加单位  今名", "--yes"]);
    ends(&office, &["roster", "import", file, "--reason", "年度名册", "--yes"], 0, &["已导入"]);
    ends(&office, &["roster", "import", file, "--reason", "年度名册", "--yes"], 0, &["没有需要导入的改动"]);
    ends(&office, &["roster", "list"], 0, &["今名", "神农架"]);
    office.receives(FIRST, "Thu, 29 Jun 2023 06:00:00 +0800", "first", "none");
    pass(&office, "2023-06-29T06:30:00+08:00").await;
    let case = office.open().await.store.list_cases(&Filter::default()).await.expect("the record").remove(0);
    assert_eq!((case.unit.as_deref(), case.region.as_deref()), (Some(unit), Some("神农架林区")));
    assert!(case.defects.iter().any(|defect| defect.code == "unit.out_of_scope" && defect.severity == "check"), "{case:?}");
    // Rereading comes to the same.
    ends(&office, &["case", "reread", "--dry-run"], 0, &["0件有变化"]);
    // The one coordinator who may confirm has to be in the roster, once there is one.
    ends(&office, &["digest", "unsent"], 0, &[]);
}

fn files(folder: PathBuf) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| if entry.path().is_dir() { files(entry.path()) } else { 1 }).sum()
}

/// Names, numbers and addresses: of the form, of what people settled, and in a reason.
const PERSONAL: [&str; 6] = ["陈楚江", "19900001001", "李青山", "19900000037", "19900000038", "office@unit.example"];

/// Whether it stands in a file, or in a file of a folder.
fn holds(path: &Path, words: &str) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).expect("a folder").any(|entry| holds(&entry.expect("readable").path(), words));
    }
    fs::read(path).unwrap_or_default().windows(words.len()).any(|window| window == words.as_bytes())
}

/// A coordinator corrects the contact, and writes numbers into remarks and reasons.
async fn handled(office: &Office) {
    let app = office.open().await;
    let desk = app.desk().await.expect("a desk");
    let numbers = [NUMBER.to_owned()];
    let by = |reason: &str| By { actor: Actor::Person("zhang".into()), at_ms: office.clock.now().as_millisecond(), reason: reason.into() };
    for deed in [
        Deed::Settle(vec![(Field::ContactName, json!("李青山")), (Field::Phones, json!(["19900000037"]))]),
        Deed::Settle(vec![(Field::Categories, json!(["standards"]))]),
        Deed::Note("李青山说周五前补齐".into()),
    ] {
        let by = by("据19900000038来电");
        let shown = desk.act(&numbers, &deed, &by, Intent::Shown).await.expect("it is shown").expect("it can be done");
        desk.act(&numbers, &deed, &by, Intent::Meant(&shown)).await.expect("it is done").expect("it can be done");
    }
    app.store.close().await;
}

#[tokio::test]
async fn what_had_its_time_goes_from_record_and_disk_unless_it_is_held() {
    let office = Office::new("mode = \"all\"\n[privacy]\nretain_years = 2\n");
    let purge = ["privacy", "purge", "--reason", "保存期满"];
    let meant = [&purge[..], &["--yes"]].concat();
    office.receives(FIRST, "Thu, 29 Jun 2023 06:00:00 +0800", "first", "none");
    office.receives("fixtures/mail/603-inquiry.eml", "Thu, 29 Jun 2023 06:01:00 +0800", "question", "none");
    pass(&office, "2023-06-29T06:30:00+08:00").await;
    ends(&office, &purge, 2, &["保留  JCZH-2023-0001  与未到期", "不属于案例的邮件1封"]);
    pass(&office, "2023-06-29T09:00:00+08:00").await;
    handled(&office).await;
    let kept: Vec<PathBuf> = ["zhihui.db", "zhihui.db-wal", "blobs"].iter().map(|name| office.config().with_file_name(name)).collect();
    for words in PERSONAL {
        assert!(kept.iter().any(|path| holds(path, words)), "{words} is looked for rightly");
    }
    ends(&office, &["privacy", "hold", NUMBER, "--reason", "行政复议", "--yes"], 0, &["已列为依法保留"]);
    ends(&office, &purge, 2, &["保留  JCZH-2023-0001  依法保留"]);
    ends(&office, &["privacy", "release", NUMBER, "--reason", "已结", "--yes"], 0, &[]);
    ends(&office, &purge, 2, &["清除  JCZH-2023-0001", "1件案例、2封邮件", "--yes"]);
    let blobs = office.config().with_file_name("blobs");
    let before = files(blobs.clone());
    let running = office.start().await;
    ends(&office, &meant, 75, &["后台程序正在运行"]);
    running.app.store.close().await;
    drop(running);
    assert_eq!((before > 3, files(blobs.clone())), (true, before));
    ends(&office, &["backup", "--to", office.config().with_file_name("备份").to_str().expect("UTF-8")], 0, &[]);
    ends(&office, &meant, 0, &["已清除1件案例、2封邮件", "凭证", "此前做过1次备份"]);
    assert_eq!(files(blobs), 0, "nothing is left on the disk");
    for words in PERSONAL {
        assert!(!kept.iter().any(|path| holds(path, words)), "{words} is left");
    }
    ends(&office, &purge, 0, &["没有2年前"]);
    ends(&office, &["case", "show", NUMBER], 0, &[NUMBER, "材料和个人信息已清除"]);
    ends(&office, &["case", "explain", NUMBER], 0, &["已清除，校验值见审计日志", "没有。核对了"]);
    ends(&office, &["audit", "verify"], 0, &[]);
    ends(&office, &["backup", "--to", office.config().with_file_name("备份2").to_str().expect("UTF-8")], 0, &[]);
    // What is still in the mailbox is known, and stays away.
    pass(&office, "2023-06-29T10:00:00+08:00").await;
    let app = office.open().await;
    let rows = app.store.list_messages(&Filter::default()).await.expect("the ledger");
    assert!(rows.len() == 2 && rows.iter().all(|row| row.from.address.is_empty() && row.subject.is_empty()), "{rows:?}");
}

#[tokio::test]
async fn without_a_term_nothing_is_ever_purged() {
    let office = Office::new("");
    office.receives(FIRST, "Thu, 29 Jun 2023 06:00:00 +0800", "first", "none");
    pass(&office, "2023-06-29T09:00:00+08:00").await;
    ends(&office, &["privacy", "purge", "--reason", "试", "--yes"], 1, &["retain_years"]);
}
