//! A whole round of review, played with the program as people type it: forty cases, five reviewers, two of them with a case
//! of their own house, one who withdraws, sheets out and in, the ranking, and what is made of it.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "a part of the harness")]
#[path = "support/office.rs"]
mod office;

use calamine::{Data, Reader, Xlsx};
use docx_rs::{Docx, Paragraph, Run, Table, TableCell, TableRow};
use lettre::message::{Attachment, Message, MultiPart, header::ContentType};
use office::Office;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use zhihui::app::App;
use zhihui::daemon::desk::{Choice, Chosen, NotChosen};
use zhihui::model::audit::{Actor, By};
use zhihui::model::outcome::Outcome;
use zhihui::store::{Filter, Round};

const CASES: usize = 40;
const BATCH: &str = "2023-H1";
const SEED: &str = "2023年7月3日公开抽取03071219";
const SURNAMES: [&str; 8] = ["赵", "钱", "孙", "周", "吴", "郑", "冯", "陈"];
const CITIES: [&str; 8] = ["襄阳", "荆门", "孝感", "荆州", "黄冈", "咸宁", "随州", "鄂州"];

/// A unit with the one who writes for it.
struct Applicant {
    number: String,
    city: &'static str,
    unit: String,
    person: String,
    phone: String,
    title: String,
}

fn applicants() -> Vec<Applicant> {
    let each = (1..=CASES).map(|n| {
        let city = match n {
            1 => "宜昌",
            2 => "十堰",
            n => CITIES[n % CITIES.len()],
        };
        let unit = match n {
            1 => "宜昌市计量检定测试所".to_owned(),
            2 => "十堰市产品质量监督检验所".to_owned(),
            n => format!("{city}市第{n}产品质量检验所"),
        };
        Applicant {
            number: format!("JCZH-2023-{n:04}"),
            city,
            person: format!("{}楚{}", SURNAMES[n % SURNAMES.len()], ["江", "南", "北", "东", "西"][n % 5]),
            phone: format!("1990000{:04}", 7000 + n),
            title: format!("{unit}以质量技术服务助力第{n}产业集群发展"),
            unit,
        }
    });
    each.collect()
}

fn cell(text: &str) -> TableCell {
    let paragraphs = text.lines().map(|line| Paragraph::new().add_run(Run::new().add_text(line)));
    paragraphs.fold(TableCell::new(), TableCell::add_paragraph)
}

fn form(one: &Applicant) -> Vec<u8> {
    let Applicant { city, unit, person, phone, title, .. } = one;
    let introduction = format!(
        "一、背景和意义\n{city}市产业集群中小微企业多，质量基础薄弱。{unit}（以下简称“集质所”）立足本地需求开展服务。\n\
         二、主要做法和创新点\n集质所由{person}牵头，{person}主任带队走访企业86家，热线{phone}全天接听，上门校准设备1200台次。\n\
         三、工作成效\n帮助企业降低成本350万元，获{city}市市场监督管理局肯定，联系邮箱 office@{phone}.example。"
    );
    let materials = format!("{unit}服务台账、{city}日报报道");
    let pair = |label: &str, value: &str| TableRow::new(vec![cell(label), cell(value)]);
    let whole = |text: &str| TableRow::new(vec![cell(text).grid_span(2)]);
    let rows = vec![
        pair("案例题目", title),
        pair("报送单位", unit),
        pair("案例分类", "□计量  □标准  ☑检验检测  □认证   其它________"),
        pair("联系人及电话", &format!("{person} {phone}")),
        whole("一、案例介绍"),
        whole(&introduction),
        whole("二、相关证明材料"),
        whole(&materials),
        whole("报送单位意见：\n情况属实，同意报送。\n盖　章：\n2023年6月20日"),
    ];
    let mut bytes = Cursor::new(Vec::new());
    Docx::new().add_table(Table::new(rows)).pack(&mut bytes).expect("it is packed");
    bytes.into_inner()
}

fn mail(n: usize, one: &Applicant) -> Vec<u8> {
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let attached = Attachment::new("申报表.docx".to_owned()).body(form(one), ContentType::parse(docx).expect("a type"));
    let scan = include_bytes!("../src/simulate/scan.png").to_vec();
    let scan = Attachment::new("申报表盖章扫描件.png".to_owned()).body(scan, ContentType::parse("image/png").expect("a type"));
    let mail = Message::builder()
        .from(format!("{} <office{n}@unit{n}.example>", one.person).parse().expect("an address"))
        .to("cases@hubei.example".parse().expect("an address"))
        .subject("典型案例申报材料")
        .message_id(Some(format!("<case{n}@unit{n}.example>")))
        .multipart(MultiPart::mixed().singlepart(attached).singlepart(scan))
        .expect("a mail");
    let received = format!("Received: from mail.unit{n}.example by mx.hubei.example; Tue, 20 Jun 2023 09:{n:02}:00 +0800\r\n");
    [received.into_bytes(), mail.formatted()].concat()
}

/// The program, as somebody types it without a terminal.
fn typed(office: &Office, actor: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.arg("--config").arg(office.config()).args(arguments).env("ZHIHUI_ACTOR", actor).env_remove("SUDO_USER");
    command.output().expect("it runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn ends(office: &Office, actor: &str, arguments: &[&str], code: i32, words: &[&str]) -> String {
    let output = typed(office, actor, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?} does not say {word:?}: {said}"));
    said
}

fn book(path: &Path, name: &str, rows: &[Vec<Data>]) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).expect("a name");
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Data::Float(number) => sheet.write_number(row, column, *number).expect("a cell"),
                Data::Int(number) => sheet.write_number(row, column, *number as f64).expect("a cell"),
                Data::String(text) => sheet.write_string(row, column, text).expect("a cell"),
                _ => continue,
            };
        }
    }
    book.save(path).expect("it can be written");
}

fn reviewers(path: &Path) {
    let rows = [
        ["姓名", "单位", "市州"],
        ["张评一", "宜昌市计量检定测试所", ""],
        ["李评二", "十堰市市场监督管理局", ""],
        ["王评三", "外省某大学", ""],
        ["刘评四", "外省某研究院", ""],
        ["何评五", "国家某研究中心", ""],
    ];
    let rows: Vec<Vec<Data>> = rows.iter().map(|row| row.iter().map(|text| Data::String((*text).to_owned())).collect()).collect();
    book(path, "专家", &rows);
}

/// Every part of every archive under a folder, unpacked: its path and its bytes.
fn unpacked(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
            for at in 0..archive.len() {
                let mut part = archive.by_index(at).expect("a part");
                let name = format!("{}!{}", path.display(), part.name().expect("a name"));
                let mut bytes = Vec::new();
                part.read_to_end(&mut bytes).expect("it is unpacked");
                all.push((name, bytes));
            }
        }
    }
    all
}

/// The text between the tags: words may be apart in runs.
fn text_of(bytes: &[u8]) -> String {
    let xml = String::from_utf8_lossy(bytes);
    let mut text = String::new();
    let mut inside = false;
    for c in xml.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// An exported sheet as its reviewer fills it in.
fn filled(sheet: &Path, to: &Path, points: &dyn Fn(&str, usize) -> Option<f64>) {
    let mut read: Xlsx<_> = Xlsx::new(Cursor::new(fs::read(sheet).expect("a sheet"))).expect("a workbook");
    let range = read.worksheet_range("评分").expect("its sheet");
    let (height, width) = range.get_size();
    let at = |row: usize, column: usize| range.get((row, column)).cloned().unwrap_or(Data::Empty);
    let mut rows: Vec<Vec<Data>> = (0..height).map(|row| (0..width).map(|column| at(row, column)).collect()).collect();
    for row in &mut rows {
        let Data::String(code) = row[0].clone() else { continue };
        for (criterion, cell) in row.iter_mut().skip(2).take(4).enumerate().filter(|_| code.starts_with("案例") && code != "案例") {
            *cell = points(&code, criterion).map_or(Data::Empty, Data::Float);
        }
    }
    book(to, "评分", &rows);
}

async fn round(app: &App) -> Round {
    app.store.review("2023", BATCH).await.expect("the record").expect("a round")
}

/// Which case a code stands for, 1 to 40.
fn nth(round: &Round, code: &str) -> usize {
    let case = round.cases.iter().find(|case| case.code.as_deref() == Some(code)).expect("a case");
    case.number.rsplit('-').next().and_then(|n| n.parse().ok()).expect("a number")
}

/// What a reviewer gives: 50 and the case's number for everything, but for two cases.
fn given(round: &Round, reviewer: &str, code: &str, criterion: usize) -> f64 {
    match nth(round, code) {
        5 => {
            let id = round.cases.iter().find(|case| case.code.as_deref() == Some(code)).expect("a case").id;
            let mut who: Vec<&String> = round.tasks.iter().filter(|(case, _)| *case == id).map(|(_, reviewer)| reviewer).collect();
            who.sort();
            [90.0, 80.0, 40.0][who.iter().position(|code| *code == reviewer).expect("a reviewer")]
        }
        6 => [100.0, 50.0, 60.0, 70.0][criterion],
        n => 50.0 + n as f64,
    }
}

async fn received(office: &Office) {
    for (n, one) in (1..).zip(&applicants()) {
        fs::write(office.config().with_file_name("mail").join(format!("{n:02}.eml")), mail(n, one)).expect("it arrives");
    }
    office.clock.set("2023-06-20T11:00:00+08:00".parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    let cases = running.app.store.list_cases(&Filter::default()).await.expect("the record");
    for (case, one) in cases.iter().zip(&applicants()) {
        assert_eq!((case.number.as_ref(), case.unit.as_ref(), case.status.as_str()), (Some(&one.number), Some(&one.unit), "accepted"));
    }
    assert_eq!(cases.len(), CASES);
    running.app.store.close().await;
}

#[tokio::test]
async fn a_whole_round_from_the_frozen_batch_to_the_letter() {
    let office = Office::new("");
    received(&office).await;
    let folder = office.config().parent().expect("a folder").to_owned();
    let path = |name: &str| folder.join(name);
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let zhang = |arguments: &[&str], code, words: &[&str]| ends(&office, "zhang", arguments, code, words);

    // It is opened for a frozen batch only, and two of the reviewers have a case of their own house.
    let roster = text(&path("专家.xlsx"));
    reviewers(&path("专家.xlsx"));
    let open = ["review", "open", BATCH, "--reviewers", &roster, "--reason", "启动评审"];
    zhang(&open, 1, &["window freeze"]);
    zhang(&["window", "freeze", BATCH, "--yes"], 0, &["已冻结"]);
    zhang(&["review", "open", "上半年", "--reviewers", &roster, "--reason", "启动评审"], 2, &["40件案例、5位专家"]);
    zhang(&open, 2, &["40件案例、5位专家", "同一单位1件", "上下级单位1件", "--yes"]);
    zhang(&[&open[..], &["--yes"]].concat(), 0, &["已启动评审"]);

    // The same seed gives the same; everybody has as many.
    let assign = ["review", "assign", "--seed", SEED, "--per-case", "3", "--reason", "分配评审"];
    zhang(&assign, 2, &["P01  张评一  24件", "P05  何评五  24件"]);
    zhang(&[&assign[..], &["--yes"]].concat(), 0, &["已分配"]);
    let app = office.open().await;
    let first = round(&app).await;
    zhang(&[&assign[..], &["--yes"]].concat(), 0, &["作废"]);
    let again = round(&app).await;
    assert_eq!((&first.tasks, &first.cases), (&again.tasks, &again.cases));
    assert_eq!(first.bars.len(), 2);
    assert!(first.bars.iter().all(|bar| !first.tasks.contains(&(bar.case, bar.reviewer.clone()))));

    // What went out under another seed comes back for nothing: its codes mean other cases.
    let other = ["review", "assign", "--seed", "另外一个种子", "--reason", "试", "--yes"];
    zhang(&other, 0, &["作废"]);
    zhang(&["review", "export", "--to", &text(&path("旧材料")), "--reviewer", "P05"], 0, &["1位专家"]);
    zhang(&[&assign[..], &["--yes"]].concat(), 0, &["作废"]);
    let old = path("旧材料").join("P05").join("评分表_P05.xlsx");
    zhang(&["review", "import", &text(&old)], 1, &["另一次分配"]);

    // One withdraws; nothing else moves.
    let (gone, _) = first.tasks.iter().find(|(_, reviewer)| reviewer == "P03").expect("a task").clone();
    let number = first.cases.iter().find(|case| case.id == gone).expect("a case").number.clone();
    let recuse = ["review", "assign", "--recuse", "王评三", &number, "--reason", "曾任该单位顾问"];
    zhang(&[&recuse[..], &["--yes"]].concat(), 0, &["P03 不再评", "已登记回避"]);
    let round_now = round(&app).await;
    let kept = first.tasks.iter().filter(|task| round_now.tasks.contains(task)).count();
    assert_eq!((kept, round_now.tasks.len()), (119, 120));

    // Nothing in the packs says whose they are.
    zhang(&["review", "export", "--to", &text(&path("材料"))], 0, &["5位专家"]);
    zhang(&["review", "export", "--to", &text(&path("材料"))], 1, &["无法写入"]);
    let parts = unpacked(&path("材料"));
    assert!(parts.iter().all(|(name, _)| !name.contains("media")));
    let mut shown = 0;
    for (name, bytes) in &parts {
        let (raw, plain) = (String::from_utf8_lossy(bytes), text_of(bytes));
        for one in &applicants() {
            for word in [&one.unit, &one.person, &one.phone, one.city, "集质所", &one.number, "unit", "市场监督管理局"] {
                // The reviewer's own name is on the sheet, and says nothing about a case.
                assert!(!raw.contains(word) && !plain.contains(word), "{word} in {name}");
            }
        }
        shown += plain.matches("走访企业86家").count();
    }
    assert_eq!(shown, 120);

    // Sheets come back, one of them with faults.
    let back = |code: &str| path(&format!("{code}.xlsx"));
    for member in &round_now.members {
        let sheet = path("材料").join(&member.code).join(format!("评分表_{}.xlsx", member.code));
        filled(&sheet, &back(&member.code), &|code, criterion| Some(given(&round_now, &member.code, code, criterion)));
    }
    let good: Vec<String> = ["P01", "P02", "P03", "P05"].map(|code| text(&back(code))).to_vec();
    let sheet = path("材料").join("P04").join("评分表_P04.xlsx");
    let faulty = path("P04有误.xlsx");
    filled(&sheet, &faulty, &|code, criterion| Some(if criterion == 0 { 101.0 } else { given(&round_now, "P04", code, criterion) }));
    let mut import = vec!["review", "import"];
    import.extend(good.iter().map(String::as_str));
    let faulty = text(&faulty);
    import.push(&faulty);
    zhang(&import, 1, &["评分!C5", "请填0至100的数", "P01 新导入24件", "1份评分表有误"]);
    zhang(&["review", "import", &good[0]], 0, &["与已导入的相同24件"]);
    let hidden = zhang(&["review", "show", "--format", "json"], 0, &["\"scored\": 24"]);
    assert!(!hidden.contains("mean") && !hidden.contains("91"), "{hidden}");
    zhang(&["review", "close", "--reason", "评分已齐", "--yes"], 1, &["P04  刘评四  还有25件没有评分"]);
    zhang(&["review", "select", "JCZH-2023-0040", "--outcome", "拟入选", "--reason", "早", "--yes"], 1, &["还没有结束"]);
    zhang(&["review", "import", &text(&back("P04"))], 0, &["P04 新导入25件"]);
    let changed = path("P04改.xlsx");
    filled(&sheet, &changed, &|code, criterion| Some(given(&round_now, "P04", code, criterion).min(99.0) + 0.5));
    zhang(&["review", "import", &text(&changed)], 1, &["--reason"]);

    // The ranking, by figures worked out by hand.
    let minutes = text(&path("纪要.docx"));
    zhang(&["review", "close", "--reason", "评分已齐", "--to", "/proc/没有/纪要.docx", "--yes"], 1, &["无法写入"]);
    assert!(round(&app).await.closed_at.is_none(), "no minutes, no end");
    zhang(&["review", "close", "--reason", "评分已齐", "--to", &minutes, "--yes"], 0, &["120份评分", "评审已结束"]);
    zhang(&["review", "import", &text(&back("P04")), &text(&path("没有.xlsx"))], 1, &["不能再改", "没有.xlsx", "2份评分表有误"]);
    let output = typed(&office, "zhang", &["review", "show", BATCH, "--format", "json"]);
    let ranking: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let of = |n: usize| ranking.iter().find(|row| row["number"] == format!("JCZH-2023-{n:04}")).expect("a case");
    let figures = |n: usize| {
        let row = of(n);
        (row["rank"].as_u64(), row["mean"].as_str(), row["median"].as_str(), row["spread"].as_str(), row["disagreed"].as_bool())
    };
    assert_eq!(figures(40), (Some(1), Some("90.00"), Some("90.00"), Some("0.00"), Some(false)));
    // 30 + 15 + 12 + 14 = 71, as case 21; they share the rank behind the nineteen from 40 to 22.
    assert_eq!(figures(6), (Some(20), Some("71.00"), Some("71.00"), Some("0.00"), Some(false)));
    assert_eq!(figures(21).0, Some(20));
    // 90, 80, 40: the mean is 70, as case 20's; the median decides.
    assert_eq!(figures(5), (Some(22), Some("70.00"), Some("80.00"), Some("50.00"), Some(true)));
    assert_eq!((figures(20).0, of(5)["outliers"].as_array().map(Vec::len)), (Some(23), Some(1)));
    assert_eq!(figures(1).0, Some(40));
    let said: String = unpacked_file(&path("纪要.docx"));
    for word in [SEED, "JCZH-2023-0040", "曾任该单位顾问", "同一单位", "上下级单位", "分歧较大", &applicants()[39].unit]
    {
        assert!(said.contains(word), "{word} in the minutes");
    }

    // Two persons decide.
    let select =
        ["review", "select", "jczh-2023-0040", "JCZH-2023-0039", "JCZH-2023-0038", "--outcome", "拟入选", "--reason", "得分居前", "--yes"];
    zhang(&["review", "select", "JCZH-2023-0040", "--outcome", "入选", "--reason", "得分居前", "--yes"], 1, &["不能改为“入选”"]);
    zhang(&select, 0, &["（未定） → 拟入选（待另一人确认）", "已提出：3件"]);
    let confirm = ["review", "confirm", "--batch", "上半年", "--reason", "复核无误", "--yes"];
    zhang(&confirm, 1, &["须由另一人确认"]);
    // One that was taken back since holds up none of the others.
    zhang(&["case", "withdraw", "JCZH-2023-0038", "--reason", "单位撤回", "--yes"], 0, &[]);
    ends(&office, "li", &confirm, 0, &["跳过：案例 JCZH-2023-0038", "由zhang提出：得分居前", "已确认：2件"]);
    zhang(&["review", "show", "jczh-2023-0040"], 0, &["评审结果：拟入选"]);
    zhang(&["review", "show", "JCZH-1999-0040"], 1, &["没有案例"]);
    zhang(&["review", "select", "JCZH-2023-0001", "--outcome", "not_selected", "--reason", "得分较低", "--yes"], 0, &[]);
    let told =
        ends(&office, "li", &["review", "confirm", "JCZH-2023-0001", "--reason", "复核无误", "--yes"], 0, &["评审结果告知", "暂缓发出"]);
    assert!(told.contains("评审结果：未入选") && told.contains("office1@unit1.example"), "{told}");
    zhang(&["case", "list", "--json", "number,outcome"], 0, &["\"proposed\"", "\"not_selected\""]);
    app.store.close().await;
    on_to_the_notice(&office).await;
    ends(&office, "zhang", &["review", "show", "JCZH-2023-0040"], 0, &["公示至2023年7月10日", "异议（不成立）", "评审结果：入选"]);
    on_to_the_public(&office);
    ends(&office, "zhang", &["audit", "verify"], 0, &[]);
}

/// Site, compilation, copy and referral of the one that was selected: with its unit, without whom to call, and without the others.
fn on_to_the_public(office: &Office) {
    let folder = office.config().parent().expect("a folder").join("公布");
    let zhang = |arguments: &[&str], words: &[&str]| ends(office, "zhang", arguments, 0, words);
    let build = ["publish", "build", "--to", folder.to_str().expect("UTF-8")];
    zhang(&build, &[]);
    assert!(
        !folder.join("cases").is_dir() || fs::read_dir(folder.join("cases")).expect("a folder").count() == 0,
        "nobody has consented yet"
    );
    zhang(&["publish", "consent", "JCZH-2023-0040", "--reason", "单位来函同意公开", "--yes"], &[]);
    zhang(&build, &[]);
    let mut files = vec![folder];
    let mut text = String::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|end| end == "docx") {
            text.push_str(&unpacked_file(&path));
        } else {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path).expect("a file")));
        }
    }
    let (all, chosen) = (applicants(), &applicants()[39]);
    assert!(text.contains(&chosen.unit) && text.contains(&chosen.title), "what was selected is there");
    for one in &all {
        assert!(!text.contains(&one.person) && !text.contains(&one.phone), "{}", one.person);
        assert!(one.title == chosen.title || !text.contains(&one.title), "{}", one.title);
    }
    let refer = ["refer", "--to", "samr", "--address", "office@samr.example", "--reason", "择优报送", "--yes", "JCZH-2023-0040"];
    zhang(&refer, &[]);
    zhang(&["refer", "list"], &["office@samr.example"]);
    zhang(&["outbox", "list", "--status", "held", "--format", "jsonl"], &["office@samr.example"]);
}

fn unpacked_file(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).expect("a file")).expect("an archive");
    let mut xml = Vec::new();
    archive.by_name("word/document.xml").expect("its text").read_to_end(&mut xml).expect("it is unpacked");
    text_of(&xml)
}

/// The public notice and what comes of it, on a clock that the test moves.
async fn on_to_the_notice(office: &Office) {
    office.clock.set("2023-07-03T10:00:00+08:00".parse().expect("an instant"));
    let app = office.open().await;
    let by =
        |actor: &str| By { actor: Actor::Person(actor.into()), at_ms: app.clock.now().as_millisecond(), reason: "经专班会议".into() };
    let numbers = ["JCZH-2023-0040".to_owned()];
    let desk = app.desk().await.expect("a desk");
    let choose = async |choice: Choice<'_>, actor: &str| -> Result<Vec<Chosen>, NotChosen> {
        let shown = desk.choose(&numbers, choice, &by(actor), None).await.expect("it is shown")?;
        desk.choose(&numbers, choice, &by(actor), Some(&shown)).await.expect("it is done")
    };
    let to = async |outcome: Outcome| {
        choose(Choice::Propose(outcome), "zhang").await?;
        choose(Choice::Confirm, "li").await
    };
    assert_eq!(to(Outcome::Selected).await, Err(NotChosen::NoticeFirst(numbers[0].clone(), 5)));
    let shown = to(Outcome::InNotice).await.expect("it is made public");
    let until: jiff::Timestamp = "2023-07-11T00:00:00+08:00".parse().expect("an instant");
    assert_eq!((shown[0].until, shown[0].letters.len()), (Some(until), 0));
    let now = app.clock.now();
    choose(Choice::Object("数据有出入", now), "zhang").await.expect("it is kept");
    assert_eq!(app.store.outcome(&numbers[0]).await.expect("it"), Some(Outcome::Objected));
    assert_eq!(to(Outcome::Selected).await, Err(NotChosen::Running(numbers[0].clone(), until)));
    office.clock.set(until);
    let chosen = to(Outcome::Selected).await.expect("it is selected");
    let letter = &chosen[0].letters[0];
    assert_eq!((letter.kind, letter.state.as_str(), letter.to.as_str()), ("selected", "held", "office40@unit40.example"));
    assert!(letter.text.contains("现已入选") && letter.subject.contains("入选通知 JCZH-2023-0040"), "{letter:?}");
    assert_eq!(app.store.selected_cases("2023", Some(BATCH)).await.expect("it").len(), 1);
    // It turns out to be wrong after all: the letter that waited goes nowhere.
    let (other, mine) = (["JCZH-2023-0039".to_owned()], &desk);
    for outcome in [Outcome::NotSelected, Outcome::Proposed] {
        mine.choose(&other, Choice::Propose(outcome), &by("zhang"), Some(&[])).await.expect("it runs").expect_err("not as shown");
        let shown = mine.choose(&other, Choice::Propose(outcome), &by("zhang"), None).await.expect("it runs").expect("it is shown");
        mine.choose(&other, Choice::Propose(outcome), &by("zhang"), Some(&shown)).await.expect("it runs").expect("it is done");
        let shown = mine.choose(&other, Choice::Confirm, &by("li"), None).await.expect("it runs").expect("it is shown");
        mine.choose(&other, Choice::Confirm, &by("li"), Some(&shown)).await.expect("it runs").expect("it is done");
    }
    let outbox = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let states: Vec<(&str, &str)> = outbox
        .iter()
        .filter(|row| row.case_number.as_deref() == Some("JCZH-2023-0039") && row.kind == "not_selected")
        .map(|row| (row.kind.as_str(), row.state.as_str()))
        .collect();
    assert_eq!(states, [("not_selected", "cancelled")]);
    app.store.close().await;
}

#[tokio::test]
async fn a_review_may_name_the_units_where_the_campaign_says_so() {
    let office = Office::new("");
    let one = &applicants()[1];
    fs::write(office.config().with_file_name("mail").join("1.eml"), mail(2, one)).expect("it arrives");
    let file = office.config().with_file_name("campaign-2023.toml");
    let campaign = fs::read_to_string(&file).expect("the campaign");
    fs::write(&file, campaign.replace("mode = \"blind\"", "mode = \"open\"").replace("per_case = 3", "per_case = 1"))
        .expect("it is changed");
    office.clock.set("2023-06-20T11:00:00+08:00".parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.close().await;
    let folder: PathBuf = office.config().parent().expect("a folder").to_owned();
    reviewers(&folder.join("专家.xlsx"));
    let (roster, packs) = (folder.join("专家.xlsx"), folder.join("材料"));
    let zhang = |arguments: &[&str], code, words: &[&str]| ends(&office, "zhang", arguments, code, words);
    zhang(&["window", "freeze", BATCH, "--yes"], 0, &[]);
    let roster = roster.to_str().expect("UTF-8");
    zhang(&["review", "open", BATCH, "--reviewers", roster, "--reason", "启动评审", "--yes"], 0, &["实名评审"]);
    zhang(&["review", "assign", "--seed", SEED, "--reason", "分配评审", "--yes"], 0, &[]);
    zhang(&["review", "export", "--to", packs.to_str().expect("UTF-8")], 0, &[]);
    let all: String = unpacked(&packs).iter().map(|(_, bytes)| text_of(bytes)).collect();
    assert!(all.contains(&one.unit) && !all.contains(&one.person) && !all.contains(&one.phone));
    fs::write(&file, campaign.replace("weight = 30", "weight = 35")).expect("it is changed");
    zhang(&["config", "check"], 78, &["之和是 110"]);
    fs::write(&file, campaign.replace("per_case", "per_cases")).expect("it is changed");
    zhang(&["config", "check"], 78, &["per_cases", "per_case"]);
}
