//! A thousand cases into a million, by SQL that both engines read: each row again and again, with the numbers, hashes and names
//! that have to differ.

use sqlx::{AnyPool, AssertSqlSafe};

/// What is copied, in the order of references, and what differs in copy `k` of `n` rows: the rest is the same.
const TABLES: &[(&str, &[(&str, &str)])] = &[
    (
        "message",
        &[
            ("id", "b.id + k * n"),
            ("mailbox", "CASE WHEN k % 31 = 0 THEN b.mailbox ELSE 'm' || (k % 31) END"),
            ("campaign", "CASE WHEN k % 31 = 0 THEN b.campaign ELSE 'c' || (k % 31) END"),
            ("sha256", "substr(b.sha256, 1, 20) || k"),
            ("stable_sha256", "substr(b.stable_sha256, 1, 20) || k"),
            ("message_id", "b.message_id || k"),
            ("from_address", "'a' || (b.id + k * n) || '@unit.example'"),
            ("subject", "b.subject || k"),
            ("received_ms", "b.received_ms + k * 37"),
        ],
    ),
    (
        "mailbox_position",
        &[
            ("id", "b.id + k * n"),
            ("mailbox", "CASE WHEN k % 31 = 0 THEN b.mailbox ELSE 'm' || (k % 31) END"),
            ("uid", "b.uid + k * n"),
            ("message", "b.message + k * n"),
        ],
    ),
    (
        "case_record",
        &[
            ("id", "b.id + k * n"),
            ("number", "'JCZH-2023-' || (b.id + k * n)"),
            ("campaign", "CASE WHEN k % 31 = 0 THEN b.campaign ELSE 'c' || (k % 31) END"),
            ("message", "b.message + k * n"),
            ("opener", "'a' || (b.id + k * n) || '@unit.example'"),
            ("title", "b.title || k"),
            ("unit", "b.unit || k"),
            ("title_key", "b.title_key || k"),
            ("unit_key", "b.unit_key || k"),
            ("received_ms", "b.received_ms + k * 37"),
        ],
    ),
    (
        "revision",
        &[
            ("case_id", "b.case_id + k * n"),
            ("message", "b.message + k * n"),
            ("form_sha256", "substr(b.form_sha256, 1, 20) || k"),
            ("received_ms", "b.received_ms + k * 37"),
        ],
    ),
    ("case_category", &[("case_id", "b.case_id + k * n")]),
    ("case_focus", &[("case_id", "b.case_id + k * n")]),
    ("case_phone", &[("case_id", "b.case_id + k * n"), ("phone", "b.phone || k")]),
    ("defect", &[("message", "b.message + k * n"), ("case_id", "b.case_id + k * n")]),
    ("evidence_text", &[("sha256", "substr(b.sha256, 1, 20) || k")]),
    ("evidence", &[("message", "b.message + k * n"), ("case_id", "b.case_id + k * n"), ("sha256", "substr(b.sha256, 1, 20) || k")]),
    (
        "outbox",
        &[
            ("id", "b.id + k * n"),
            ("campaign", "CASE WHEN k % 31 = 0 THEN b.campaign ELSE 'c' || (k % 31) END"),
            ("state", "CASE WHEN (b.id + k) % 1000 = 0 THEN b.state ELSE 'sent' END"),
            ("sent_ms", "CASE WHEN (b.id + k) % 1000 = 0 THEN b.sent_ms ELSE b.created_ms + 60000 END"),
            ("to_address", "'a' || (b.id + k * n) || '@unit.example'"),
            ("message_id", "b.message_id || k"),
            ("source_message", "b.source_message + k * n"),
        ],
    ),
    ("outbox_case", &[("outbox", "b.outbox + k * n"), ("case_id", "b.case_id + k * n")]),
    (
        "audit",
        &[
            ("number", "b.number + k * (SELECT MAX(last) FROM audit_head)"),
            (
                "subject",
                "CASE WHEN b.subject LIKE 'case/%' THEN 'case/JCZH-2023-' || (CAST(substr(b.subject, 16) AS BIGINT) + k * n)
                      WHEN b.subject LIKE 'outbox/%' THEN 'outbox/' || (CAST(substr(b.subject, 8) AS BIGINT) + k * n)
                      WHEN b.subject LIKE 'message/%' THEN 'message/' || (CAST(substr(b.subject, 9) AS BIGINT) + k * n)
                      ELSE b.subject END",
            ),
        ],
    ),
];

/// What holds of the whole afterwards.
const AFTER: &[&str] = &[
    "DELETE FROM search_due",
    "UPDATE mailbox SET last_uid = (SELECT MAX(uid) FROM mailbox_position)",
    "UPDATE case_sequence SET last = (SELECT MAX(id) FROM case_record)",
    "UPDATE audit_head SET last = (SELECT MAX(number) FROM audit)",
];

/// Of rows that the file's catalogue and the server's count by themselves.
const COUNTED: &[&str] = &["message", "mailbox_position", "case_record", "outbox"];

/// Copies of the `base` rows until there are `times` as many.
pub async fn multiply(url: &str, base: usize, times: usize) {
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(url).await.expect("the database");
    let is_server = url.starts_with("postgres");
    let run =
        async |sql: String| sqlx::query(AssertSqlSafe(sql.clone())).execute(&pool).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    if !is_server {
        // What is made here is not kept.
        run("PRAGMA synchronous = OFF".into()).await;
    }
    run("INSERT INTO mailbox (name, campaign, uidvalidity, last_uid)
         WITH RECURSIVE copies (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copies WHERE k < 30)
         SELECT 'm' || k, 'c' || k, 1, 0 FROM copies"
        .into())
    .await;
    for (table, changed) in TABLES {
        let catalogue = if is_server {
            format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_name = '{table}' AND is_generated = 'NEVER'"
            )
        } else {
            format!("SELECT name FROM pragma_table_info('{table}')")
        };
        let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(catalogue)).fetch_all(&pool).await.expect("its columns");
        let value = |column: &String| {
            let changed = changed.iter().find(|(name, _)| name == column).map(|(_, value)| (*value).to_owned());
            changed.unwrap_or_else(|| format!("b.{column}"))
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        // Each table's rows before the first copy.
        run(format!("CREATE TABLE base_of AS SELECT * FROM {table}")).await;
        run(format!(
            "INSERT INTO {table} ({})
             WITH RECURSIVE copies (k, n) AS (SELECT 1, {base} UNION ALL SELECT k + 1, n FROM copies WHERE k < {} - 1)
             SELECT {} FROM copies, base_of b",
            columns.join(", "),
            times,
            values.join(", ")
        ))
        .await;
        run("DROP TABLE base_of".into()).await;
        eprintln!("{table}");
    }
    for statement in AFTER {
        run((*statement).to_owned()).await;
    }
    if is_server {
        for table in COUNTED {
            run(format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")).await;
        }
        run("VACUUM ANALYZE".into()).await;
    }
    pool.close().await;
}
