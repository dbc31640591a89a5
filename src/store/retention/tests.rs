//! What is purged, what stays, and what is left of it.

use super::super::{Filter, Settled, testing::*};
use super::*;
use crate::model::reading::{AnnotatedForm, CaseTrace};
use crate::model::ruling::Field;

const LATER: i64 = 1_000_000_000;

/// Two cases; what was to be sent is sent.
async fn two() -> (tempfile::TempDir, Store, String) {
    let (dir, store) = store().await;
    let (_, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
    open(&store, 2, "b", "某市检验所", "别的题目", "19900000002").await;
    for delivery in store.claim_outbox(9, 5_000, "me", 100).await.unwrap() {
        store.settle(&[Settled { id: delivery.id, outcome: accepted(5_000) }], 5_000).await.unwrap();
    }
    (dir, store, number)
}

#[tokio::test]
async fn what_goes_is_nowhere_in_the_record_any_more_and_is_certified() {
    let (dir, store, number) = two().await;
    let mut tx = store.begin().await.unwrap();
    let case = tx.act_case(&number).await.unwrap().unwrap();
    tx.settle_field(&case, Field::Introduction, &json!({"text": "甪直的人工介绍", "words": 7}), &by(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.expired(5_000).await.unwrap(), Expired::default(), "the last that happened counts");
    let expired = store.expired(LATER).await.unwrap();
    assert_eq!((expired.cases.len(), expired.mails.len()), (2, 2));
    let files = BTreeMap::from([(expired.mails[0].id, vec![hash("inline")])]);
    let purged = store.purge(&expired, &files, LATER, &by(LATER).because("期满")).await.unwrap();
    // Two mails, the form, the evidence, and the file that no row names.
    assert_eq!((purged.cases, purged.mails, purged.blobs), (2, 2, 5));
    let mut due = [hash("a"), hash("b"), hash("form"), hash("evidence"), hash("inline")];
    due.sort();
    assert_eq!(store.purge_due().await.unwrap(), due);
    assert!(store.scrub().await.unwrap());
    let detail = store.case_detail(&number).await.unwrap().unwrap();
    assert_eq!((detail.case.title.as_deref(), detail.revisions[0].reading.contact.phones.len()), (Some("题目"), 0));
    assert_eq!(store.expired(LATER).await.unwrap(), Expired::default(), "once");
    let log = store.list_audit(&Default::default()).await.unwrap();
    let certified = log.iter().find(|row| row.act == "case.purged").unwrap();
    assert!(certified.detail["sha256"].as_array().unwrap().contains(&json!(hash("a"))) && certified.reason == "期满");
    assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
    store.close().await;
    for name in ["test.db", "test.db-wal"] {
        let bytes = std::fs::read(dir.path().join(name)).unwrap_or_default();
        for word in ["19900000001", "a@unit.example", "台账.xlsx", "甪直"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} in {name}");
        }
    }
}

#[tokio::test]
async fn what_is_held_or_still_waits_stays() {
    let (_dir, store, number) = two().await;
    let mut tx = store.begin().await.unwrap();
    let case = tx.act_case(&number).await.unwrap().unwrap();
    assert!(tx.hold_case(&case, true, &by(6_000)).await.unwrap());
    assert!(!tx.hold_case(&case, true, &by(6_000)).await.unwrap());
    tx.commit().await.unwrap();
    let expired = store.expired(LATER).await.unwrap();
    assert_eq!((expired.held.as_slice(), expired.cases.len(), expired.mails.len()), (&[number.clone()][..], 1, 1));
    // The form and the evidence are the other case's too.
    let purged = store.purge(&expired, &BTreeMap::new(), LATER, &by(LATER)).await.unwrap();
    assert_eq!((purged.blobs, store.purge_due().await.unwrap()), (1, vec![hash("b")]));
    let mut tx = store.begin().await.unwrap();
    assert!(tx.hold_case(&case, false, &by(7_000)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(store.expired(LATER).await.unwrap().cases.len(), 1);
    assert_eq!(store.list_cases(&Filter::default()).await.unwrap().len(), 2, "the case itself stays in the list");
}

#[tokio::test]
async fn a_copy_that_another_case_still_names_stays_and_one_that_none_names_goes() {
    let (_dir, store, number) = two().await;
    let names = |copies: &[&str]| CaseTrace {
        form_sha256: hash("form"),
        annotated: copies.iter().map(|copy| AnnotatedForm { sha256: hash(copy), notes: vec![] }).collect(),
        ..CaseTrace::default()
    };
    for (case, copies) in [(1_i64, names(&["own", "shared", "before"])), (2, names(&["shared"]))] {
        let query = sqlx::query("UPDATE revision SET trace = $2 WHERE case_id = $1").bind(case);
        query.bind(serde_json::to_string(&copies).unwrap()).execute(&store.pool).await.unwrap();
    }
    // What the other's reading named before it was read again.
    let before = sqlx::query(
        "INSERT INTO superseded_reading (case_id, revision, campaign_sha256, status, reading, trace, until_ms)
         VALUES (2, 1, '', 'accepted', '{}', $1, 0)",
    );
    before.bind(serde_json::to_string(&names(&["before"])).unwrap()).execute(&store.pool).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let other = tx.act_case("JCZH-2023-0002").await.unwrap().unwrap();
    assert!(tx.hold_case(&other, true, &by(6_000)).await.unwrap());
    tx.commit().await.unwrap();
    let expired = store.expired(LATER).await.unwrap();
    assert_eq!(expired.cases.iter().map(|case| case.1.as_str()).collect::<Vec<_>>(), [number]);
    let purged = store.purge(&expired, &BTreeMap::new(), LATER, &by(LATER)).await.unwrap();
    let mut gone = [hash("a"), hash("own")];
    gone.sort();
    assert_eq!((purged.blobs, store.purge_due().await.unwrap().as_slice()), (2, &gone[..]));
}

#[tokio::test]
async fn what_came_later_is_not_looked_at() {
    let (_dir, store) = file().await;
    let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {ENDED}"));
    let plan: Vec<sqlx::any::AnyRow> = sqlx::query(plan).bind(0_i64).fetch_all(&store.pool).await.unwrap();
    let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
    assert!(steps.iter().any(|step| step.starts_with("SEARCH c ")) && !steps.iter().any(|step| step.starts_with("SCAN c")), "{steps:?}");
}

#[test]
fn a_mail_that_stays_keeps_its_cases() {
    let named = |id: i64| (id, (id.to_string(), 0));
    let mail = |id, cases: &[i64]| ExpiredMail { id, campaign: String::new(), sha256: None, received_ms: 0, cases: cases.to_vec() };
    // Case 2 shares mail 1 with case 1, and mail 2 with case 3, which stays; case 4 was merged into case 3.
    let mut open: BTreeMap<i64, (String, i64)> = [1, 2, 4, 5].map(named).into();
    let mut kept = Vec::new();
    let all = [(1, 1), (1, 2), (2, 2), (2, 3), (3, 5)];
    settle(&mut open, &[(4, 3)], &[mail(1, &[1, 2]), mail(2, &[2, 3]), mail(3, &[5])], &all, &mut kept);
    assert_eq!(open.keys().copied().collect::<Vec<_>>(), [5]);
    kept.sort();
    assert_eq!(kept, ["1", "2", "4"]);
}
