//! How each statement was looked up, and what it read from end to end.

use crate::play::Played;
use crate::support::postgres::Postgres;
use sqlx::{AnyPool, AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// A statement, its slowest time, and the large tables or indices that it read whole.
pub struct Looked {
    pub statement: String,
    pub command: String,
    pub longest_ms: f64,
    pub scans: Vec<String>,
}

/// As large as the record grows.
const LARGE: [&str; 13] = [
    "message",
    "mailbox_position",
    "case_record",
    "revision",
    "case_category",
    "case_focus",
    "case_phone",
    "defect",
    "evidence",
    "evidence_text",
    "outbox",
    "outbox_case",
    "audit",
];

/// Each statement once, with the command in which it took longest.
fn distinct(played: &[Played]) -> BTreeMap<&str, &Played> {
    let mut slowest: BTreeMap<&str, &Played> = BTreeMap::new();
    for one in played {
        let known = slowest.entry(&one.statement).or_insert(one);
        if known.took_ms < one.took_ms {
            *known = one;
        }
    }
    slowest
}

/// SQLite plans by its indices alone, whatever is bound.
pub async fn of_file(url: &str, played: &[Played]) -> Vec<Looked> {
    let pool = AnyPool::connect(url).await.expect("the database");
    let mut rows = Vec::new();
    for (statement, played) in distinct(played) {
        // Of an insert SQLite tells how it would look for rows that refer to the new one, which it does only after others went.
        let is_asking = ["SELECT", "WITH", "UPDATE", "DELETE"].iter().any(|word| statement.starts_with(word));
        if !is_asking {
            continue;
        }
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"))).fetch_all(&pool).await;
        let plan = plan.unwrap_or_else(|error| panic!("{statement}: {error}"));
        let steps = plan.iter().map(|row| row.get::<String, _>("detail"));
        let names = names(statement);
        let scans = steps.filter(|step| is_whole(step, &names)).collect();
        rows.push(Looked { statement: statement.to_owned(), command: played.command.clone(), longest_ms: played.took_ms, scans });
    }
    pool.close().await;
    rows
}

/// Tables by the names that a statement gives them: `message m`, `message AS m`.
fn names(statement: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> = statement.split([' ', ',', '(', ')']).filter(|word| !word.is_empty()).collect();
    let mut names: BTreeMap<String, String> = LARGE.iter().map(|table| ((*table).to_owned(), (*table).to_owned())).collect();
    for pair in words.windows(3) {
        if let [table, first, second] = pair
            && LARGE.contains(table)
        {
            let name = if first.eq_ignore_ascii_case("AS") { second } else { first };
            names.insert((*name).to_owned(), (*table).to_owned());
        }
    }
    names
}

/// `SCAN m USING COVERING INDEX …`, of a large table.
fn is_whole(step: &str, names: &BTreeMap<String, String>) -> bool {
    step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).is_some_and(|name| names.contains_key(name))
}

/// From here on the server tells the plan of each statement in its log, with what it really read.
pub fn ask_server_for_plans(postgres: &Postgres, url: &str) {
    let database = url.rsplit('/').next().unwrap_or_default();
    for setting in
        ["session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0", "auto_explain.log_analyze = on", "jit = off"]
    {
        postgres.sql("postgres", &format!("ALTER DATABASE {database} SET {setting}"));
    }
}

/// The plans from the server's log: `LOG:  duration: 0.1 ms  plan:`, `Query Text: …`, then the tree.
pub fn of_server(log: &str, played: &[Played], few: usize) -> Vec<Looked> {
    let slowest = distinct(played);
    let mut looked: BTreeMap<String, Looked> = BTreeMap::new();
    for entry in log.split(" LOG:  ").filter(|entry| entry.starts_with("duration: ")) {
        let Some((head, rest)) = entry.split_once("Query Text: ") else { continue };
        // The tree begins where the costs do.
        let tree = rest.find("(cost=").map_or(rest.len(), |at| rest.get(..at).and_then(|text| text.rfind('\n')).unwrap_or(at));
        let (text, tree) = rest.split_at(tree);
        let statement = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(played) = slowest.get(statement.as_str()) else { continue };
        let took = head.split_whitespace().nth(1).and_then(|ms| ms.parse::<f64>().ok()).unwrap_or_default();
        let row = looked.entry(statement.clone()).or_insert_with(|| Looked {
            statement,
            command: played.command.clone(),
            longest_ms: 0.0,
            scans: Vec::new(),
        });
        row.longest_ms = row.longest_ms.max(took);
        for scan in tree.lines().filter(|line| is_scan(line, few)) {
            let scan = scan.split("  (cost").next().unwrap_or_default().trim().trim_start_matches("->").trim().to_owned();
            if !row.scans.contains(&scan) {
                row.scans.push(scan);
            }
        }
    }
    looked.into_values().collect()
}

/// A sequential scan of a large table, or a scan of an index that gave more than a few rows at once.
fn is_scan(line: &str, few: usize) -> bool {
    let rows = line.split("rows=").nth(2).and_then(|rest| rest.split(' ').next()).and_then(|rows| rows.parse::<f64>().ok());
    let is_large = |rest: &str| rest.split(' ').next().is_some_and(|table| LARGE.contains(&table));
    let sequential = line.split_once("Seq Scan on ").is_some_and(|(_, rest)| is_large(rest));
    sequential || line.contains("Scan") && rows.is_some_and(|rows| rows > few as f64 * 20.0)
}
