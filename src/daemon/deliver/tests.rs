//! Mails that wait for a server, are refused for days, or whose claim was lost.

use super::outcome::{LEAST_ATTEMPTS, MINUTE_MS, back_off};
use super::*;
use crate::store::{Filter, Outgoing, testing::outgoing};
use jiff::Timestamp;
use std::time::Duration;

/// A record with one reply that is due.
async fn with_a_reply() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
    let mail = Rendered { message_id: "<1@x>".into(), to: "u@unit.example".into(), subject: "s".into(), bytes: b"m".to_vec() };
    let outgoing = Outgoing { kind: "guidance", now_ms: 0, ..outgoing(&mail) };
    let mut tx = store.begin().await.unwrap();
    tx.enqueue(&outgoing).await.unwrap();
    tx.commit().await.unwrap();
    (folder, store)
}

fn into_folder(path: &std::path::Path) -> config::Smtp {
    toml::from_str(&format!("transport = \"file\"\npath = {path:?}\nfrom = \"cases@hubei.example\"")).unwrap()
}

#[tokio::test]
async fn what_waited_for_the_server_goes_when_it_is_back() {
    let (folder, store) = with_a_reply().await;
    // A file stands where the folder should be.
    let path = folder.path().join("replies");
    std::fs::write(&path, "").unwrap();
    let settings = into_folder(&path);
    let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
    let limits = toml::from_str("").unwrap();
    let post = Post::new(store.clone(), clock.clone(), settings, limits, "me".into());
    let state = async || store.list_outbox(&Filter::default()).await.unwrap().remove(0).state;

    assert_eq!(post.step(&Stop::never()).await.unwrap(), Step::Worked);
    std::fs::remove_file(&path).unwrap();
    assert_eq!((post.step(&Stop::never()).await.unwrap(), state().await.as_str()), (Step::Idle, "queued"));
    clock.advance(Duration::from_secs(61));
    assert_eq!((post.step(&Stop::never()).await.unwrap(), state().await.as_str()), (Step::Worked, "sent"));
    post.fault().await.unwrap();
}

#[tokio::test]
async fn what_a_commit_claimed_whose_answer_was_lost_goes_all_the_same() {
    let (folder, store) = with_a_reply().await;
    let settings = into_folder(&folder.path().join("replies"));
    let post = Post::new(store.clone(), Clock::fixed(Timestamp::UNIX_EPOCH), settings, toml::from_str("").unwrap(), "me".into());
    // It was committed, and this process was told that it failed.
    store.claim_replies(Quota { at_once: 9, per_hour: 9 }, 0, "me", LEASE_MS).await.unwrap();
    post.line.lock().await.is_unsure = true;
    assert_eq!(post.step(&Stop::never()).await.unwrap(), Step::Worked);
    let row = store.list_outbox(&Filter::default()).await.unwrap().remove(0);
    assert_eq!((row.state.as_str(), row.attempts), ("sent", 1));
    // Whatever fails while mails are claimed leaves that open.
    store.close().await;
    assert!(post.step(&Stop::never()).await.is_err() && post.line.lock().await.is_unsure);
}

#[tokio::test]
async fn what_is_refused_for_days_is_dead_but_not_for_a_leap_of_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
    let settings = toml::from_str("host = \"h\"\nfrom = \"cases@hubei.example\"").unwrap();
    let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
    clock.advance(Duration::from_secs(6 * 86_400));
    let post = Post::new(store, clock, settings, toml::from_str("").unwrap(), "me".into());
    let refused = || Err(Refusal::Transient { code: 450, text: "later".into() });
    let outcome =
        |attempt, created_ms| post.outcome(Tried { outbox: 1, message: None, attempt, created_ms }, refused(), &mut Line::default());
    assert!(matches!(outcome(LEAST_ATTEMPTS, 0), Outcome::Dead { error } if error.contains("五天")));
    assert!(matches!(outcome(1, 0), Outcome::Deferred { .. }), "the clock may have leapt");
    assert!(matches!(outcome(LEAST_ATTEMPTS, 2 * 86_400_000), Outcome::Deferred { .. }));
}

#[test]
fn waits_grow_and_are_spread() {
    let waits: Vec<i64> = (1..=9).map(|attempt| back_off(7, attempt) / MINUTE_MS).collect();
    assert!(waits.last() >= Some(&240), "{waits:?}");
    assert!((5..=6).contains(&waits[0]) && waits.iter().all(|minutes| *minutes <= 300), "{waits:?}");
    let spread: std::collections::BTreeSet<i64> = (1..=20).map(|id| back_off(id, 3)).collect();
    assert!(spread.len() > 15, "{spread:?}");
    assert!(back_off(i64::MAX, u32::MAX) > 0);
}
