//! What lists, pages and previews look like at 80 and at 120 columns, word for word: the demonstration's record, and a case
//! whose life is played on a clock that the test moves.
//!
//! To write them anew after a change that is meant: `ZHIHUI_WRITE_LISTS=1 cargo test --test command_line`; then read them.

use super::masks::masked;
use super::office::Office;
use super::{demo, done};
use std::{fs, path::Path, process::Command};

/// What is typed, and how it ends.
type Typed<'a> = (&'a [&'a str], i32);

/// Holds what is said at both widths against what was said before.
fn holds(config: &Path, scene: &str, typed: &[Typed<'_>]) {
    let folder = config.parent().expect("a folder");
    for width in [80_usize, 120] {
        let mut shown = String::new();
        for (arguments, code) in typed {
            let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
            command.arg("--config").arg(config).args(*arguments).current_dir(folder).env("COLUMNS", width.to_string());
            let output = command.env("ZHIHUI_ACTOR", "zhang").env_remove("SUDO_USER").output().expect("the program runs");
            assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {output:?}");
            let [out, said] = [output.stdout, output.stderr].map(|bytes| masked(&String::from_utf8(bytes).expect("UTF-8")));
            assert!(!said.contains("\"level\""), "{arguments:?} logs in the midst of what it says: {said}");
            let is_wide = |line: &&str| line.chars().filter_map(unicode_width::UnicodeWidthChar::width).sum::<usize>() > width;
            // A mail is shown as it is sent.
            let is_mail = arguments.starts_with(&["digest"]) || arguments.contains(&"csv");
            assert_eq!(out.lines().filter(|_| !is_mail).find(is_wide), None, "{arguments:?} at {width}");
            shown.push_str(&format!("$ zhihui {}\n{out}{said}\n", arguments.join(" ")));
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/lists/{scene}-{width}.txt"));
        if std::env::var_os("ZHIHUI_WRITE_LISTS").is_some() {
            fs::write(&file, &shown).expect("it can be written");
        }
        assert_eq!(shown, fs::read_to_string(&file).expect("the golden output"), "{scene} at {width}");
    }
}

/// A ledger into which somebody has filled something.
pub fn filled_ledger(path: &Path) {
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

/// Two units, two coordinators, a liaison; where the first one is may be told otherwise.
pub fn roster(path: &Path, region: &str) {
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
    let sheet = book.add_worksheet().set_name("联络员").expect("a name");
    for (row, cells) in (0..).zip([["市州", "姓名", "电话"], ["荆门", "王某", "0724-2345678"]]) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    book.save(path).expect("it can be written");
}

/// A form as a unit writes it.
pub fn form(path: &Path) {
    use mail_parser::MimeHeaders;
    let raw = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail/201-mobile-with-spaces.eml")).expect("a fixture");
    let mail = mail_parser::MessageParser::default().parse(&raw).expect("a mail");
    let mut files = mail.attachments().filter(|file| file.attachment_name().is_some_and(|name| name.ends_with(".docx")));
    fs::write(path, files.next().expect("a form").contents()).expect("it can be written");
}

#[test]
fn the_lists_look_as_they_did() {
    let folder = demo();
    filled_ledger(&folder.path().join("台账.xlsx"));
    roster(&folder.path().join("名册.xlsx"), "");
    done(&folder, &["--config", "zhihui.toml", "roster", "import", "名册.xlsx", "--reason", "年度名册", "--yes"]);
    roster(&folder.path().join("名册.xlsx"), "神农架");
    form(&folder.path().join("申报表.docx"));
    fs::write(folder.path().join("介绍.txt"), "我单位为富硒茶产业提供计量检测服务。\n服务企业30家。\n").expect("it can be written");
    fs::write(folder.path().join("答复.txt"), "材料请于6月30日前报送。\n").expect("it can be written");
    let config = folder.path().join("zhihui.toml");
    let mut written = fs::OpenOptions::new().append(true).open(&config).expect("it is there");
    std::io::Write::write_all(&mut written, b"\n[privacy]\nretain_years = 2\n").expect("it can be written");
    let done: [&[&str]; 26] = [
        &["case", "list"],
        &["case", "list", "--view", "待补正", "--sort", "-received_at"],
        &["case", "list", "--columns", "number,categories,seal,focus_areas,opener"],
        &["case", "list", "--region", "十堰"],
        &["case", "search", "计量", "企业"],
        &["message", "list"],
        &["message", "list", "--status", "待人工答复", "--format", "csv", "--columns", "id,from,disposition"],
        &["message", "show", "1"],
        &["outbox", "list"],
        &["outbox", "show", "1", "--format", "text"],
        &["quarantine", "list"],
        &["window", "list"],
        &["window", "list", "--columns", "name,state,total,open", "--sort", "-open,name", "--limit", "3"],
        &["window", "list", "--region", "恩施", "--batch", "下半年"],
        &["activity", "list"],
        &["activity", "list", "--month", "2023-09", "--sort", "item"],
        &["audit", "list", "--columns", "actor,act,subject,reason", "--case", "JCZH-2023-0004"],
        &["ledger", "import", "台账.xlsx"],
        &["roster", "list"],
        &["case", "show", "JCZH-2023-0004"],
        &["case", "overdue"],
        &["approval", "list"],
        &["review", "list"],
        &["node", "list"],
        &["window", "freeze", "上半年"],
        &["digest", "preview", "--week", "2023-W26", "--text"],
    ];
    // Shown, and not done: nobody was there to agree.
    let shown: [&[&str]; 16] = [
        &["case", "edit", "JCZH-2023-0001", "--field", "市州=十堰", "--field", "案例分类=标准、认证", "--reason", "电话核实"],
        &["case", "assign", "JCZH-2023-0001", "JCZH-2023-0002", "李某", "--reason", "分工"],
        &["case", "withdraw", "JCZH-2023-0006", "--reason", "单位来电撤回"],
        &["case", "return", "JCZH-2023-0003", "--reason", "内容与质量基础设施无关"],
        &["case", "note", "JCZH-2023-0001", "JCZH-2023-0002", "--text", "已电话联系，周五前补齐"],
        &["case", "confirm-seal", "JCZH-2023-0009", "present", "--reason", "已看原件"],
        &["case", "set-focus", "JCZH-2023-0004", "技术创新、中小微企业", "--reason", "已阅"],
        &["case", "edit", "JCZH-2023-0006", "--field", "案例介绍=@介绍.txt", "--reason", "单位来电更正"],
        &["case", "add", "--source", "纸质", "--received", "2023-06-20", "--reason", "邮寄", "申报表.docx"],
        &["case", "add", "--case", "JCZH-2023-0009", "--source", "传真", "--received", "2023-11-08", "--reason", "补盖章", "申报表.docx"],
        &["case", "answer", "1", "--text", "答复.txt", "--reason", "咨询报送时间"],
        &["case", "merge", "10", "--reason", "同一案例，市局重复报送"],
        &["case", "separate", "10", "--reason", "经核实是另一件案例"],
        &["roster", "import", "名册.xlsx", "--reason", "年度名册"],
        &["privacy", "hold", "JCZH-2023-0001", "--reason", "行政复议"],
        &["privacy", "purge", "--reason", "保存期满"],
    ];
    let typed: Vec<Typed<'_>> = done.iter().map(|one| (*one, 0)).chain(shown.iter().map(|one| (*one, 2))).collect();
    holds(&config, "demo", &typed);
}

/// Everything that happens at one instant.
async fn pass(office: &Office, at: &str) {
    office.clock.set(at.parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.close().await;
}

/// Without a seal in the days before the Dragon Boat Festival, asked, and never corrected; another unit's form is late.
/// Somebody handles the case, admitting the late one waits for a second person, and so do names and numbers in full.
#[tokio::test]
async fn what_is_overdue_and_what_waits_look_as_they_did() {
    let office = Office::new("quiet = \"\"\n");
    office.receives("fixtures/mail/001-plain-word.eml", "Mon, 19 Jun 2023 16:00:00 +0800", "first", "none");
    pass(&office, "2023-06-20T09:00:00+08:00").await;
    office.receives("fixtures/mail/002-plain-wps.eml", "Tue, 02 Jan 2024 09:00:00 +0800", "late", "none");
    pass(&office, "2024-01-02T10:00:00+08:00").await;
    let config = office.config();
    let file = config.with_file_name("名册.xlsx");
    roster(&file, "");
    let run = |person: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.arg("--config").arg(&config).args(arguments).env("ZHIHUI_ACTOR", person).env_remove("SUDO_USER");
        let output = command.current_dir(file.parent().expect("a folder")).output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    run("zhang", &["roster", "import", "名册.xlsx", "--reason", "年度名册", "--yes"]);
    run("zhang", &["case", "assign", "0001", "李某", "--reason", "分工", "--yes"]);
    run("zhang", &["case", "set-focus", "0001", "技术创新", "--reason", "已阅", "--yes"]);
    run("li", &["case", "admit", "0002", "--window", "下半年", "--reason", "系统故障致迟到", "--yes"]);
    run("li", &["case", "overdue", "--with-contacts", "--reason", "电话催补"]);
    let done: [&[&str]; 9] = [
        &["case", "list", "--overdue"],
        &["case", "overdue"],
        &["case", "overdue", "--columns", "编号,deadline,liaison", "--sort", "-补正期限"],
        &["case", "overdue", "--region", "恩施"],
        &["approval", "list"],
        &["case", "show", "JCZH-2023-0001"],
        &["case", "explain", "JCZH-2023-0001"],
        &["roster", "list", "--status", "联络员"],
        &["audit", "list", "--region", "荆门", "--columns", "actor,act,subject,reason"],
    ];
    let typed: Vec<Typed<'_>> = done
        .iter()
        .map(|one| (*one, 0))
        .chain([(&["case", "admit", "JCZH-2023-0002", "--window", "2023-H2", "--reason", "已核实"][..], 2)])
        .collect();
    holds(&config, "desk", &typed);
}
