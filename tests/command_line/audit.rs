//! The audit log by the command line.

use super::{demo, done, fails};
use serde_json::Value;

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
