//! The filters that every list shares: each list takes them, or says in a sentence that it knows nothing of the notion.

use super::{demo, done, fails, zhihui};
use serde_json::Value;
use tempfile::TempDir;

/// Every shared filter with something to write behind it.
const FILTERS: [(&str, &str); 12] = [
    ("--status", ""),
    ("--window", "2023-06"),
    ("--batch", "上半年"),
    ("--region", "恩施"),
    ("--channel", "direct"),
    ("--category", "计量"),
    ("--focus", "中小微企业"),
    ("--unit", "质量"),
    ("--since", "2023-06-01"),
    ("--until", "2024-02-01"),
    ("--text", "计量"),
    ("--campaign", "2023"),
];

/// A list, a status of its own, what it can't be narrowed by, and a key that it has.
const LISTS: [(&[&str], &str, &[&str], &str); 15] = [
    (&["case", "list"], "待补正", &[], "number"),
    (&["case", "search", "计量"], "待补正", &[], "number"),
    (&["case", "overdue"], "待补正", &[], "number"),
    (&["message", "list"], "立案", &[], "id"),
    (&["quarantine", "list"], "待处置", &[], "id"),
    (&["outbox", "list"], "已发", &[], "id"),
    (&["window", "list"], "已截止", &[], "window"),
    (&["activity", "list"], "", &["--status", "--region", "--channel", "--category", "--focus"], "item"),
    (&["audit", "list"], "", &["--status"], "number"),
    (&["approval", "list"], "材料齐全", &[], "subject"),
    (&["roster", "list"], "单位", &["--window", "--batch", "--channel", "--category", "--focus", "--since", "--until"], "name"),
    (
        &["node", "list"],
        "在运行",
        &["--window", "--batch", "--region", "--channel", "--category", "--focus", "--unit", "--campaign"],
        "node",
    ),
    (&["review", "list"], "评审中", &["--region", "--channel", "--category", "--focus", "--unit"], "batch"),
    (&["publish", "list"], "已同意", &[], "number"),
    (&["refer", "list"], "已发", &[], "id"),
];

fn asked<'a>(list: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["--config", "zhihui.toml"], list, more].concat()
}

#[test]
fn every_list_takes_every_shared_filter_or_says_why_not() {
    let folder = demo();
    for (list, status, unknown, key) in LISTS {
        let known: Vec<&str> = FILTERS
            .iter()
            .filter(|(filter, _)| !unknown.contains(filter))
            .flat_map(|(filter, value)| [*filter, if *filter == "--status" { status } else { value }])
            .collect();
        let whole = done(&folder, &asked(list, &[&known[..], &["--format", "json"]].concat()));
        assert!(serde_json::from_str::<Vec<Value>>(&whole).is_ok(), "{list:?}: {whole}");
        for filter in unknown {
            let value = FILTERS.iter().find(|(name, _)| name == filter).map_or("", |(_, value)| *value);
            let value = if value.is_empty() { "x" } else { value };
            fails(&folder, &asked(list, &[filter, value]), 2, &["不能用", filter, "可以用："]);
        }
        let sort = format!("-{key}");
        let shaped = done(&folder, &asked(list, &["--json", key, "--sort", &sort, "--limit", "1"]));
        let rows: Vec<Value> = serde_json::from_str(&shaped).expect("JSON");
        assert!(rows.len() <= 1 && rows.iter().all(|row| row.as_object().map(|row| row.len()) == Some(1)), "{list:?}: {shaped}");
    }
    fails(&folder, &asked(&["node", "list"], &["--sort", "nothing"]), 2, &["没有“nothing”这个排序列"]);
    fails(&folder, &asked(&["audit", "list"], &["--limit", "0"]), 2, &["--limit"]);
}

/// The numbers under a key, summed.
fn sum(folder: &TempDir, arguments: &[&str], key: &str) -> u64 {
    let rows: Vec<Value> = serde_json::from_str(&done(folder, &asked(arguments, &["--format", "json"]))).expect("JSON");
    rows.iter().filter_map(|row| row[key].as_u64()).sum()
}

#[test]
fn what_is_asked_about_cases_narrows_what_is_told_of_them() {
    let folder = demo();
    // Each case stands in a month and, but for the late one, in a batch.
    assert_eq!(sum(&folder, &["window", "list", "--window", "2023-06"], "total"), 4);
    assert_eq!(sum(&folder, &["window", "list", "--window", "6月", "--region", "恩施"], "total"), 1);
    assert_eq!(sum(&folder, &["window", "list", "--batch", "下半年", "--region", "恩施"], "total"), 1);
    assert_eq!(sum(&folder, &["window", "list", "--batch", "下半年", "--region", "武汉"], "total"), 0);
    assert_eq!(sum(&folder, &["window", "list", "--batch", "下半年", "--since", "2023-11-01"], "total"), 3);
    let acts = |more: &[&str]| done(&folder, &asked(&["audit", "list", "--format", "jsonl"], more));
    let of_region = acts(&["--region", "黄石"]);
    assert!(of_region.lines().count() >= 5 && of_region.contains("JCZH-2023-0004") && !of_region.contains("JCZH-2023-0003"), "{of_region}");
    assert_eq!(acts(&["--campaign", "2023", "--act", "case.opened"]), acts(&["--act", "case.opened"]));
    let cut = zhihui(&folder, &asked(&["audit", "list", "--limit", "2"], &[]));
    assert!(String::from_utf8_lossy(&cut.stderr).contains("条中的 2 条"), "{cut:?}");
    let cut = zhihui(&folder, &asked(&["window", "list", "--limit", "2"], &[]));
    assert!(String::from_utf8_lossy(&cut.stderr).contains("11 个中的 2 个"), "{cut:?}");
    // A mail and a reply pass where one of their cases does.
    let lines = |noun: &str, more: &[&str]| done(&folder, &asked(&[noun, "list", "--format", "jsonl"], more)).lines().count();
    assert_eq!((lines("message", &["--region", "随州"]), lines("outbox", &["--region", "随州"])), (1, 1));
    assert_eq!(lines("activity", &["--window", "2023-09", "--unit", "省纤检局"]), 3);
    assert_eq!(lines("activity", &["--campaign", "2023"]), 17);
    fails(&folder, &["activity", "list", "--campaign", "2022"], 2, &["没有“2022”这个征集活动", "2023"]);
    fails(&folder, &asked(&["window", "list", "--campaign", "2022"], &[]), 2, &["没有“2022”这个征集活动"]);
    let nothing = zhihui(&folder, &asked(&["window", "list", "--text", "没有这个"], &[]));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("没有符合条件的窗口\nzhihui window list   看全部"), "{nothing:?}");
}

#[test]
fn a_number_may_be_typed_short_and_a_row_is_no_number() {
    let folder = demo();
    for typed in ["JCZH-2023-0004", "jczh-2023-0004", "ＪＣＺＨ－２０２３－０００４", "0004"] {
        assert!(done(&folder, &asked(&["case", "explain", typed], &[])).contains("案例说明 JCZH-2023-0004"), "{typed}");
    }
    // The tenth row is a possible revision; number 0010 isn't there.
    assert!(done(&folder, &asked(&["case", "explain", "10"], &[])).contains("待并案第10号"));
    fails(&folder, &asked(&["case", "explain", "0010"], &[]), 1, &["没有编号为 JCZH-2023-0010 的案例"]);
}
