//! What a round leaves to be relied on: minutes from which anybody works the assignment out again, packs without people whom
//! only the text names, sheets that somebody tampered with, the public notice, and letters of which each is still true when it
//! goes.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "a part of the harness")]
#[path = "support/office.rs"]
mod office;
#[path = "support/round.rs"]
mod round;

use calamine::{Data, Reader, Xlsx};
use office::Office;
use round::{Applicant, BATCH, SEED, applicants, book, ends, filled, received, reviewers, round, text_of, typed, unpacked, unpacked_file};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use zhihui::app::App;
use zhihui::daemon::desk::Choice;
use zhihui::model::audit::{Actor, By};
use zhihui::model::outcome::Outcome;
use zhihui::review::assignment::{self, Pairs, Task};
use zhihui::store::Filter;

/// An office whose cases are assigned to reviewers.
async fn assigned(applicants: &[Applicant]) -> (Office, PathBuf) {
    let office = Office::new("");
    received(&office, applicants).await;
    let folder = office.config().parent().expect("a folder").to_owned();
    reviewers(&folder.join("专家.xlsx"));
    let roster = text(&folder.join("专家.xlsx"));
    let zhang = |arguments: &[&str]| ends(&office, "zhang", arguments, 0, &[]);
    zhang(&["window", "freeze", BATCH, "--yes"]);
    zhang(&["review", "open", BATCH, "--reviewers", &roster, "--reason", "启动评审", "--yes"]);
    zhang(&["review", "assign", "--seed", SEED, "--reason", "分配评审", "--yes"]);
    (office, folder)
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// Every reviewer gives every case the same, and the round is closed.
async fn closed(office: &Office, folder: &Path, minutes: &Path) {
    let app = office.open().await;
    let now = round(&app).await;
    app.store.close().await;
    let packs = folder.join("全部材料");
    ends(office, "zhang", &["review", "export", "--to", &text(&packs)], 0, &[]);
    for member in &now.members {
        let back = folder.join(format!("{}.xlsx", member.code));
        filled(&packs.join(&member.code).join(format!("评分表_{}.xlsx", member.code)), &back, &|_, _| Some(80.0));
        ends(office, "zhang", &["review", "import", &text(&back)], 0, &[]);
    }
    ends(office, "zhang", &["review", "close", "--reason", "评分已齐", "--to", &text(minutes), "--yes"], 0, &["评审已结束"]);
}

/// The tables of a document: rows of cells.
fn tables(path: &Path) -> Vec<Vec<Vec<String>>> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).expect("a file")).expect("an archive");
    let mut xml = String::new();
    archive.by_name("word/document.xml").expect("its text").read_to_string(&mut xml).expect("it is unpacked");
    let parts = |text: &str, tag: &str| -> Vec<String> {
        let ends = [format!("<w:{tag}>"), format!("<w:{tag} ")];
        let pieces = ends.iter().fold(text.to_owned(), |text, end| text.replace(end.as_str(), "\u{1}<"));
        pieces.split('\u{1}').skip(1).map(str::to_owned).collect()
    };
    let table = |table: &String| -> Vec<Vec<String>> {
        let table = table.split("</w:tbl>").next().unwrap_or_default();
        parts(table, "tr").iter().map(|row| parts(row, "tc").iter().map(|cell| text_of(cell.as_bytes())).collect()).collect()
    };
    parts(&xml, "tbl").iter().map(table).collect()
}

fn table<'a>(all: &'a [Vec<Vec<String>>], heads: &[&str]) -> &'a [Vec<String>] {
    &all.iter().find(|table| table[0] == heads).expect("a table with these heads")[1..]
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split(before).nth(1).expect("it is said").split(after).next().expect("it ends")
}

/// The assignment, worked out from the minutes and nothing else.
fn worked_out(minutes: &Path) -> BTreeSet<(String, String)> {
    let (said, all) = (unpacked_file(minutes), tables(minutes));
    let reviewers: Vec<String> = table(&all, &["代号", "姓名", "单位", "评审"]).iter().map(|row| row[0].clone()).collect();
    let cases: Vec<String> = table(&all, &["案例编号", "评审代号", "评审专家"]).iter().map(|row| row[0].clone()).collect();
    let bars = table(&all, &["专家", "案例编号", "原因"]);
    let changes = table(&all, &["时间", "事项", "案例编号", "专家", "补派", "说明"]);
    let at = |names: &[String], name: &str| names.iter().position(|one| one == name).expect("it is named");
    let recused: Vec<&Vec<String>> = changes.iter().filter(|row| row[1] == "回避").collect();
    let later = |row: &&Vec<String>| recused.iter().any(|change| (&change[3], &change[2]) == (&row[0], &row[1]));
    let pair = |number: &str, reviewer: &str| (at(&cases, number), at(&reviewers, reviewer));
    let mut barred: Pairs = bars.iter().filter(|row| !later(row)).map(|row| pair(&row[1], &row[0])).collect();
    let per_case = between(&said, "每件案例由", "位专家").parse().expect("a number");
    let seed = between(&said, "种子“", "”");
    let none = Pairs::new();
    let first = Task { seed, cases: &cases, reviewers: &reviewers, barred: &barred, kept: &none, per_case };
    let mut pairs = assignment::assign(&first).expect("there are enough");
    for change in recused {
        let gone = pair(&change[2], &change[3]);
        barred.insert(gone);
        assert!(pairs.remove(&gone), "{change:?}");
        let out = change[5].split("当时已不参加评审的：").nth(1).unwrap_or_default();
        let kept: Pairs = pairs.iter().copied().filter(|(case, _)| !out.contains(&cases[*case])).collect();
        let task = Task { seed, cases: &cases, reviewers: &reviewers, barred: &barred, kept: &kept, per_case };
        let instead = assignment::instead(&task, gone.0).expect("somebody");
        assert_eq!(reviewers[instead], change[4], "{change:?}");
        pairs.insert((gone.0, instead));
    }
    let codes = assignment::codes(seed, &cases);
    let shown = table(&all, &["案例编号", "评审代号", "评审专家"]);
    shown.iter().zip(codes).for_each(|(row, code)| assert_eq!(row[1], code));
    pairs.into_iter().map(|(case, reviewer)| (cases[case].clone(), reviewers[reviewer].clone())).collect()
}

#[tokio::test]
async fn the_minutes_alone_give_the_assignment_again() {
    let (office, folder) = assigned(&applicants(9)).await;
    let zhang = |arguments: &[&str], words: &[&str]| ends(&office, "zhang", arguments, 0, words);
    let app = office.open().await;
    let first = round(&app).await;
    let of = |reviewer: &str, nth: usize| {
        let (case, _) = first.tasks.iter().filter(|(_, code)| code == reviewer).nth(nth).expect("a task");
        first.cases.iter().find(|one| one.id == *case).expect("a case").number.clone()
    };
    let (one, two) = (of("P03", 0), of("P04", 1));
    zhang(&["review", "assign", "--recuse", "P03", &one, "--reason", "曾任顾问", "--yes"], &["补上"]);
    let gone = first.cases.iter().map(|case| &case.number).find(|number| **number != one && **number != two).expect("another").clone();
    zhang(&["case", "withdraw", &gone, "--reason", "单位撤回", "--yes"], &[]);
    zhang(&["review", "assign", "--recuse", "P04", &two, "--reason", "近亲属在该单位", "--yes"], &["补上"]);
    let said = ends(&office, "zhang", &["review", "show", "--assignment"], 1, &["评审结束前不显示"]);
    assert!(!said.contains("案例0"), "codes and numbers side by side: {said}");
    let minutes = folder.join("纪要.docx");
    closed(&office, &folder, &minutes).await;
    let last = round(&app).await;
    app.store.close().await;
    let number = |id: i64| last.cases.iter().find(|case| case.id == id).expect("a case").number.clone();
    let tasks: BTreeSet<(String, String)> = last.tasks.iter().map(|(case, reviewer)| (number(*case), reviewer.clone())).collect();
    assert_eq!(worked_out(&minutes), tasks);
    let told = zhang(&["review", "show", BATCH, "--changes", "--format", "json"], &[]);
    let changes: Vec<Value> = serde_json::from_str(&told).expect("JSON");
    let what: Vec<(&str, &str)> =
        changes.iter().map(|row| (row["what"].as_str().expect("a word"), row["case_number"].as_str().expect("a number"))).collect();
    assert_eq!(what, [("recused", one.as_str()), ("withdrawn", gone.as_str()), ("recused", two.as_str())]);
    assert!(changes[1]["at"].is_string() && changes[2]["without"][0] == gone.as_str(), "{changes:?}");
    // What is decided or withdrawn afterwards changes nothing in minutes that are written once more.
    zhang(&["case", "withdraw", &two, "--reason", "单位撤回", "--yes"], &[]);
    let again = folder.join("纪要2.docx");
    zhang(&["review", "close", BATCH, "--to", &text(&again), "--reason", "再写一份"], &[]);
    assert_eq!(fs::read(&minutes).expect("a file"), fs::read(&again).expect("a file"));
    let rows = zhang(&["review", "show", BATCH, "--assignment", "--format", "json"], &[]);
    let rows: Vec<Value> = serde_json::from_str(&rows).expect("JSON");
    assert_eq!((rows.len(), rows[0]["reviewers"].as_array().map(Vec::len)), (9, Some(3)));
}

#[tokio::test]
async fn a_person_whom_only_the_text_names_is_hidden_where_that_is_sure_and_told_where_it_is_not() {
    let mut all = applicants(3);
    all[2].further = "总工程师王某某主持研发，邀请沈建国教授指导，由高明教授授课。车城实验室协助，高级工程师12人参与。".into();
    let (office, folder) = assigned(&all).await;
    let packs = |name: &str, more: &[&str]| {
        let place = text(&folder.join(name));
        let said = ends(&office, "zhang", &[&["review", "export", "--to", &place], more].concat(), 0, &[]);
        let all: String = unpacked(&folder.join(name)).iter().map(|(_, bytes)| text_of(bytes)).collect();
        (said, all)
    };
    let (said, shown) = packs("一", &[]);
    assert!(shown.contains("总工程师〔姓名〕主持研发，邀请〔姓名〕教授指导，由高明教授授课。车城实验室协助，高级工程师12人参与。"));
    assert!(said.contains("像是人名的：高明教授") && said.contains("--mask"), "{said}");
    let (said, shown) = packs("二", &["--mask", "高明", "--mask", "车城实验室"]);
    assert!(shown.contains("由〔略〕教授授课。〔略〕协助") && !shown.contains("高明") && !said.contains("高明教授"), "{said}");
    // They stay for those who are asked later, until they are taken back.
    let (said, shown) = packs("三", &["--unmask", "车城实验室"]);
    assert!(said.contains("另外隐去：高明") && shown.contains("由〔略〕教授授课。车城实验室协助"), "{said}");
    let place = text(&folder.join("四"));
    ends(&office, "zhang", &["review", "export", "--to", &place, "--unmask", "没有的"], 1, &["没有另外隐去过"]);
    ends(&office, "zhang", &["review", "export", "--to", &place, "--mask", "高"], 2, &["不能写成“高”"]);
    let app = office.open().await;
    let log = app.store.list_audit(&Default::default()).await.expect("the log");
    let masked: Vec<String> = log.iter().filter(|row| row.act == "review.masked").map(|row| row.detail.to_string()).collect();
    assert_eq!(masked, [r#"{"words":2}"#, r#"{"words":1}"#], "the words themselves are somebody's");
}

/// An exported sheet with its cells changed, saved anew.
fn tampered(sheet: &Path, to: &Path, change: &dyn Fn(&mut Vec<Vec<Data>>)) {
    let mut read: Xlsx<_> = Xlsx::new(Cursor::new(fs::read(sheet).expect("a sheet"))).expect("a workbook");
    let range = read.worksheet_range("评分").expect("its sheet");
    let mut rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
    change(&mut rows);
    book(to, "评分", &rows);
}

#[tokio::test]
async fn a_sheet_is_read_as_it_was_meant_or_refused_with_its_cells() {
    let mut all = applicants(4);
    all[3].title = all[2].title.clone();
    let (office, folder) = assigned(&all).await;
    let packs = folder.join("材料");
    ends(&office, "zhang", &["review", "export", "--to", &text(&packs)], 0, &[]);
    let sheet = packs.join("P05").join("评分表_P05.xlsx");
    let back = folder.join("P05.xlsx");
    let words = |text: &str| Data::String(text.to_owned());
    let score = |rows: &mut Vec<Vec<Data>>| rows.iter_mut().skip(4).for_each(|row| (2..6).for_each(|at| row[at] = words("８５．５")));
    let import = |change: &dyn Fn(&mut Vec<Vec<Data>>), code, told: &[&str]| {
        tampered(&sheet, &back, change);
        ends(&office, "zhang", &["review", "import", &text(&back)], code, told)
    };
    import(
        &|rows| {
            score(rows);
            rows[4][2] = words("100.5");
            rows[5][3] = words("空");
            rows.push(vec![words("案例99"), words("添的一行"), words("80"), words("80"), words("80"), words("80")]);
            rows.push(vec![Data::Empty, Data::Empty, words("80")]);
        },
        1,
        &["评分!C5", "评分!D6", "没有案例的编号", "“案例99”没有分给P05"],
    );
    // Codes that somebody changed, or sorted without the rest of their rows, stand beside other cases' titles.
    import(
        &|rows| {
            score(rows);
            let other = rows.iter().skip(5).position(|row| row[1] != rows[4][1]).expect("another title") + 5;
            let (one, two) = (rows[4][0].clone(), rows[other][0].clone());
            (rows[4][0], rows[other][0]) = (two, one);
        },
        1,
        &["评分!B5", "编号和题目不是同一件案例"],
    );
    import(&|rows| rows[1][6] = words("00000000"), 1, &["属于另一次分配"]);
    import(&|rows| rows[1][1] = words("2023-H2"), 1, &["不属于已启动的评审"]);
    import(&|rows| rows[1][3] = words("P04"), 1, &["没有分给P04"]);
    import(&|rows| rows[3][2] = words("新颖性（30%）"), 1, &["创新性（30%）"]);
    book(&back, "Sheet1", &[vec![words("案例")]]);
    ends(&office, "zhang", &["review", "import", &text(&back)], 1, &["不是本系统导出的评分表"]);
    // Moved columns, points as text in full width, and 0 and 100 are as good as any.
    import(
        &|rows| {
            score(rows);
            (rows[4][2], rows[4][3]) = (words("0"), Data::Float(100.0));
            rows.iter_mut().skip(3).for_each(|row| row.swap(2, 5));
        },
        0,
        &["P05 新导入"],
    );
}

/// Proposed by one person and confirmed by another, as they type it.
fn decided(office: &Office, numbers: &[&str], outcome: &str) -> String {
    ends(office, "zhang", &[&["review", "select", "--outcome", outcome, "--reason", "专班会议", "--yes"], numbers].concat(), 0, &[]);
    ends(office, "li", &[&["review", "confirm", "--reason", "复核无误", "--yes"], numbers].concat(), 0, &[])
}

async fn letters(app: &App) -> Vec<(String, String, Vec<String>)> {
    let outbox = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let about = outbox.into_iter().filter(|row| matches!(row.kind.as_str(), "selected" | "not_selected"));
    about.map(|row| (row.kind, row.state, row.case_numbers)).collect()
}

#[tokio::test]
async fn a_unit_gets_one_letter_for_what_is_decided_at_once_and_none_that_is_not_true_any_more() {
    let mut all = applicants(4);
    (all[2].unit, all[2].address) = (all[3].unit.clone(), all[3].address.clone());
    let (office, folder) = assigned(&all).await;
    closed(&office, &folder, &folder.join("纪要.docx")).await;
    let numbers = ["JCZH-2023-0003", "JCZH-2023-0004", "JCZH-2023-0002"];
    let said = decided(&office, &numbers, "不予采用");
    assert!(said.contains("JCZH-2023-0003等2件") && said.contains("告知单位的信与 JCZH-2023-0003 写在同一封中"), "{said}");
    assert!(
        said.contains(&all[2].title) && said.contains(&all[3].title) && said.matches("评审结果告知（写好后暂缓").count() == 2,
        "{said}"
    );
    assert_eq!(said.matches("│\n  │ 　　案例题目：").count(), 3, "each case stands apart: {said}");
    let app = office.open().await;
    let both = vec!["JCZH-2023-0003".to_owned(), "JCZH-2023-0004".to_owned()];
    let of = |state: &str, numbers: &[String]| ("not_selected".to_owned(), state.to_owned(), numbers.to_vec());
    assert!(letters(&app).await.contains(&of("held", &both)), "{:?}", letters(&app).await);
    // One of them is thought of anew: the letter says of both what holds of one only.
    let said = decided(&office, &["JCZH-2023-0003"], "拟入选");
    assert!(said.contains("其中还写到 JCZH-2023-0004") && said.contains("zhihui review letter"), "{said}");
    assert!(letters(&app).await.contains(&of("cancelled", &both)));
    ends(&office, "zhang", &["review", "letter", "--batch", BATCH, "--reason", "重写", "--yes"], 0, &["JCZH-2023-0004", "暂缓发出"]);
    assert!(letters(&app).await.contains(&of("held", &both[1..])));
    ends(&office, "zhang", &["review", "letter", "--batch", BATCH, "--reason", "重写", "--yes"], 0, &["没有需要告知的"]);
    ends(&office, "zhang", &["review", "letter", "JCZH-2023-0003", "--reason", "重写", "--yes"], 1, &["还没有入选或不予采用"]);
    // Released already, and then its case turns out to be classified: it stays.
    let outbox = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let waits = |number: &str| outbox.iter().find(|row| row.state == "held" && row.case_numbers == [number]).expect("a letter").id;
    for number in ["JCZH-2023-0004", "JCZH-2023-0002"] {
        ends(&office, "zhang", &["outbox", "release", &waits(number).to_string()], 0, &[]);
    }
    let messages = app.store.list_messages(&Filter::default()).await.expect("the ledger");
    let message = messages.iter().find(|row| row.case_numbers == ["JCZH-2023-0004"]).expect("a mail");
    let sha256 = message.sha256.as_deref().expect("its hash");
    let mut tx = app.store.begin().await.expect("the record");
    tx.classify(sha256).await.expect("the record");
    tx.commit().await.expect("the record");
    app.store.close().await;
    ends(&office, "zhang", &["poll"], 0, &[]);
    let app = office.open().await;
    let after = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
    let of = |id: i64| after.iter().find(|row| row.id == id).expect("a letter");
    let (stopped, sent) = (of(waits("JCZH-2023-0004")), of(waits("JCZH-2023-0002")));
    assert_eq!((stopped.state.as_str(), sent.state.as_str()), ("cancelled", "sent"));
    assert!(stopped.last_error.as_deref().is_some_and(|why| why.contains("JCZH-2023-0004") && why.contains("没有发出")), "{stopped:?}");
    app.store.close().await;
    ends(&office, "zhang", &["audit", "verify"], 0, &[]);
}

#[tokio::test]
async fn the_public_notice_lists_what_is_to_be_selected_until_when_and_nothing_of_people() {
    let all = applicants(4);
    let (office, folder) = assigned(&all).await;
    closed(&office, &folder, &folder.join("纪要.docx")).await;
    let place = folder.join("公示");
    let write = ["publish", "notice", "--to", &text(&place)];
    ends(&office, "zhang", &write, 1, &["没有公示中的案例", "review select"]);
    decided(&office, &["JCZH-2023-0001", "JCZH-2023-0003", "JCZH-2023-0004"], "拟入选");
    // On a clock of its own, so that the days are known.
    office.clock.set("2023-09-26T10:00:00+08:00".parse().expect("an instant"));
    let app = office.open().await;
    let by =
        |actor: &str| By { actor: Actor::Person(actor.into()), at_ms: app.clock.now().as_millisecond(), reason: "专班会议".into() };
    let desk = app.desk().await.expect("a desk");
    let numbers: Vec<String> = ["JCZH-2023-0001", "JCZH-2023-0003", "JCZH-2023-0004"].map(str::to_owned).to_vec();
    for (choice, actor) in [(Choice::Propose(Outcome::InNotice), "zhang"), (Choice::Confirm, "li")] {
        let shown = desk.choose(&numbers, choice, &by(actor), None).await.expect("it runs").expect("it is shown");
        desk.choose(&numbers, choice, &by(actor), Some(&shown)).await.expect("it runs").expect("it is done");
    }
    let one = &numbers[..1];
    let shown = desk.choose(one, Choice::Object("数据有出入", app.clock.now()), &by("zhang"), None).await.expect("it runs").expect("shown");
    desk.choose(one, Choice::Object("数据有出入", app.clock.now()), &by("zhang"), Some(&shown)).await.expect("it runs").expect("done");
    app.store.close().await;
    ends(&office, "zhang", &["case", "withdraw", "JCZH-2023-0004", "--reason", "单位撤回", "--yes"], 0, &[]);
    ends(&office, "zhang", &write, 0, &["未列入公示 JCZH-2023-0004", "[office] contact"]);
    ends(&office, "zhang", &write, 1, &["无法写入"]);
    // The feast in between is no working day.
    let name = "公示_2023-H1_2023-09-27至2023-10-09";
    let html = fs::read_to_string(place.join(format!("{name}.html"))).expect("a page");
    for said in [html, unpacked_file(&place.join(format!("{name}.docx")))] {
        for word in ["2023年9月27日至2023年10月9日，共5个工作日", "拟入选典型案例2件", "上半年阶段性征集", "cases@hubei.example"]
        {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(said.contains(&all[0].title) && said.contains(&all[2].unit) && said.contains("宜昌"), "what was objected to stays in it");
        for hidden in [&all[3].title, &all[0].person, &all[0].phone, "数据有出入", "产业集群中小微企业多"] {
            assert!(!said.contains(hidden), "{hidden}: {said}");
        }
    }
}

#[tokio::test]
async fn two_who_propose_at_once_leave_one_wish() {
    let (office, folder) = assigned(&applicants(3)).await;
    closed(&office, &folder, &folder.join("纪要.docx")).await;
    let propose = |actor: &'static str, outcome: &'static str| {
        let office = &office;
        move || typed(office, actor, &["review", "select", "JCZH-2023-0003", "--outcome", outcome, "--reason", "得分", "--yes"])
    };
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(propose("zhang", "拟入选")), scope.spawn(propose("wang", "不予采用")));
        (one.join().expect("it ends"), two.join().expect("it ends"))
    });
    for output in [&one, &two] {
        assert!(matches!(output.status.code(), Some(0 | 75)), "{output:?}");
    }
    let app = office.open().await;
    let waiting = app.store.waiting_selections("2023", BATCH).await.expect("the record");
    let steps = app.store.selection_steps("JCZH-2023-0003").await.expect("the record");
    assert_eq!((waiting.len(), steps.iter().filter(|step| step.state == "proposed").count()), (1, 1), "{steps:?}");
}
