//! A whole round of review, played with the program as people type it: forty cases, five reviewers, two of them with a case
//! of their own house, one who withdraws, sheets out and in, the ranking, and what is made of it.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "a part of the harness")]
#[path = "support/office.rs"]
mod office;
#[path = "support/round.rs"]
mod round;

use office::Office;
use round::{BATCH, SEED, applicants, ends, filled, mail, received, reviewers, round, text_of, typed, unpacked, unpacked_file};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use zhihui::daemon::desk::{Choice, Chosen, NotChosen};
use zhihui::model::audit::{Actor, By};
use zhihui::model::outcome::Outcome;
use zhihui::store::{Filter, Round};

const CASES: usize = 40;

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

#[tokio::test]
async fn a_whole_round_from_the_frozen_batch_to_the_letter() {
    let office = Office::new("");
    received(&office, &applicants(CASES)).await;
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
        for one in &applicants(CASES) {
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
    for word in [SEED, "JCZH-2023-0040", "曾任该单位顾问", "同一单位", "上下级单位", "分歧较大", &applicants(CASES)[39].unit]
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
    let (all, chosen) = (applicants(CASES), &applicants(CASES)[39]);
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
    let one = &applicants(CASES)[1];
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
