//! What is found after a log was tampered with.

use super::*;
use crate::model::audit::{Act, By};
use crate::store::testing::*;
use serde_json::json;

/// A log of five rows, and what is found after it was tampered with. A tamperer takes the triggers away first.
async fn after(tampering: &'static str) -> Vec<AuditFault> {
    let (_dir, store) = store().await;
    for at_ms in 1..=5 {
        store.audit(By::program(at_ms).entry(Act::BackupMade, "backup", json!({"messages": at_ms}))).await.unwrap();
    }
    let anchor = store.audit_anchor().await.unwrap();
    assert_eq!(store.verify_audit(Some(&anchor)).await.unwrap(), AuditReport { rows: 5, anchor, faults: vec![] });
    unguarded(&store).await;
    sqlx::raw_sql(tampering).execute(&store.pool).await.unwrap();
    store.verify_audit(None).await.unwrap().faults
}

async fn unguarded(store: &Store) {
    let statement = match store.dialect {
        Dialect::Sqlite(_) => "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete",
        Dialect::Postgres => "DROP TRIGGER audit_no_change ON audit",
    };
    sqlx::raw_sql(statement).execute(&store.pool).await.unwrap();
}

#[tokio::test]
async fn the_engine_itself_refuses_changes() {
    let (_dir, store) = store().await;
    store.audit(By::program(1).entry(Act::BackupMade, "backup", json!({}))).await.unwrap();
    for statement in ["UPDATE audit SET reason = 'x'", "DELETE FROM audit"] {
        let error = sqlx::raw_sql(statement).execute(&store.pool).await.unwrap_err();
        assert!(error.to_string().contains("never"), "{error}");
    }
}

#[tokio::test]
async fn whatever_is_changed_removed_or_put_in_is_named() {
    use AuditFault::{Changed, Inserted, Removed};
    for (tampering, expected) in [
        ("UPDATE audit SET at_ms = 9 WHERE number = 3", vec![Changed(3)]),
        ("UPDATE audit SET actor = 'li' WHERE number = 1", vec![Changed(1)]),
        ("UPDATE audit SET detail = '{}' WHERE number = 5", vec![Changed(5)]),
        ("UPDATE audit SET hash = previous WHERE number = 2", vec![Changed(2)]),
        ("UPDATE audit SET previous = hash WHERE number = 2", vec![Changed(2)]),
        ("DELETE FROM audit WHERE number IN (2, 3)", vec![Removed(2, 3)]),
        ("DELETE FROM audit WHERE number = 1", vec![Removed(1, 1)]),
        ("DELETE FROM audit WHERE number = 5", vec![Removed(5, 5)]),
        ("DELETE FROM audit", vec![Removed(1, 5)]),
        ("UPDATE audit SET number = 0 WHERE number = 2", vec![Inserted(0), Removed(2, 2)]),
        (
            "INSERT INTO audit SELECT 6, at_ms, actor, act, subject, reason, detail, previous, hash FROM audit WHERE number = 5",
            vec![Inserted(6)],
        ),
        ("UPDATE audit_head SET hash = '' WHERE one = 1", vec![Changed(5)]),
    ] {
        assert_eq!(after(tampering).await, expected, "{tampering}");
    }
}

#[tokio::test]
async fn a_few_rows_are_held_against_what_they_are_chained_to() {
    use AuditFault::{Changed, Count, Removed};
    assert_eq!(stretches(&[9, 1, 2, 6], 9), [(1, 3), (5, 7), (8, 9)]);
    let (_dir, store) = store().await;
    for at_ms in 1..=9 {
        store.audit(By::program(at_ms).entry(Act::BackupMade, "backup", json!({"messages": at_ms}))).await.unwrap();
    }
    let whole = store.verify_audit_of(&[1, 2, 5, 9]).await.unwrap();
    assert_eq!((whole.rows, whole.faults, whole.anchor), (9, vec![], store.audit_anchor().await.unwrap()));
    assert_eq!(store.verify_audit_of(&[]).await.unwrap().faults, []);
    unguarded(&store).await;
    let tamper = async |statement: &'static str| sqlx::raw_sql(statement).execute(&store.pool).await.map(drop).unwrap();
    tamper("UPDATE audit SET actor = 'li' WHERE number = 5").await;
    assert_eq!(store.verify_audit_of(&[5]).await.unwrap().faults, [Changed(5)]);
    assert_eq!(store.verify_audit_of(&[2, 8]).await.unwrap().faults, [], "far away");
    // With a hash that fits it is told by its neighbours.
    let previous: String = sqlx::query_scalar("SELECT previous FROM audit WHERE number = 5").fetch_one(&store.pool).await.unwrap();
    let row =
        Row { previous: &previous, number: 5, at_ms: 5, actor: "li", act: "backup.made", subject: "backup", reason: "", detail: "{}" };
    let update = sqlx::query("UPDATE audit SET detail = '{}', hash = $1 WHERE number = 5").bind(row.hash());
    update.execute(&store.pool).await.unwrap();
    assert_eq!(store.verify_audit_of(&[5]).await.unwrap().faults, [Changed(5)]);
    tamper("DELETE FROM audit WHERE number = 3").await;
    assert_eq!(store.verify_audit_of(&[1]).await.unwrap().faults, [Count(8, 9)], "wherever it was");
    assert_eq!(store.verify_audit_of(&[2]).await.unwrap().faults, [Count(8, 9), Removed(3, 3)]);
    tamper("UPDATE audit_head SET hash = '' WHERE one = 1").await;
    assert_eq!(store.verify_audit_of(&[9]).await.unwrap().faults, [Count(8, 9), Changed(9)]);
}

#[tokio::test]
async fn a_row_written_anew_with_a_fitting_hash_is_named_and_a_whole_log_is_found_by_an_anchor() {
    let (_dir, store) = store().await;
    for at_ms in 1..=3 {
        store.audit(By::program(at_ms).entry(Act::BackupMade, "backup", json!({}))).await.unwrap();
    }
    let anchor: Anchor = store.audit_anchor().await.unwrap().to_string().parse().unwrap();
    unguarded(&store).await;
    let mut previous = GENESIS.to_owned();
    for number in 1..=3 {
        let row =
            Row { previous: &previous, number, at_ms: 77, actor: "li", act: "backup.made", subject: "backup", reason: "", detail: "{}" };
        let hash = row.hash();
        let update = sqlx::query("UPDATE audit SET at_ms = 77, actor = 'li', previous = $1, hash = $2 WHERE number = $3");
        update.bind(&previous).bind(&hash).bind(number).execute(&store.pool).await.unwrap();
        if number < 3 {
            assert_eq!(store.verify_audit(None).await.unwrap().faults, [AuditFault::Changed(number)]);
        }
        previous = hash;
    }
    sqlx::query("UPDATE audit_head SET hash = $1").bind(&previous).execute(&store.pool).await.unwrap();
    assert_eq!(store.verify_audit(None).await.unwrap().faults, []);
    assert_eq!(store.verify_audit(Some(&anchor)).await.unwrap().faults, [AuditFault::Anchor(3)]);
    let later: Anchor = format!("4-{}", "0".repeat(32)).parse().unwrap();
    assert_eq!(store.verify_audit(Some(&later)).await.unwrap().faults, [AuditFault::Anchor(4)]);
}

#[test]
fn what_is_no_anchor_is_refused() {
    for text in [
        "",
        "3",
        "-1-00000000000000000000000000000000",
        "3-00",
        "3-000000000000000000000000000000000",
        "x-00000000000000000000000000000000",
    ] {
        assert!(text.parse::<Anchor>().is_err(), "{text}");
    }
}
