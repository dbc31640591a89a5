//! What is queued, claimed once, counted and taken back.

use super::{super::testing::*, *};
use crate::store::{Node, Outcome, Settled};

#[tokio::test]
async fn what_went_out_within_the_hour_is_found_by_its_time() {
    let (_dir, store) = file().await;
    let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {SENT_WITHIN}"))).bind(1_i64).bind(2_i64);
    let plan: Vec<String> = plan.fetch_all(&store.pool).await.unwrap().iter().map(|row| row.get("detail")).collect();
    assert!(plan.iter().all(|step| step.contains("INDEX outbox_sent (sent_ms")), "{plan:?}");
}

pub(super) async fn queue(store: &Store, name: &str, source: Option<i64>, due: i64) -> Option<i64> {
    let mail = rendered(name, "U@example.com");
    let mut tx = store.begin().await.unwrap();
    let id = tx.enqueue(&Outgoing { source_message: source, not_before_ms: due, ..outgoing(&mail) }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

impl Store {
    /// Without a cap per hour.
    pub(in crate::store) async fn claim_outbox(&self, limit: u32, now_ms: i64, owner: &str, lease_ms: i64) -> Result<Vec<Delivery>> {
        let quota = Quota { at_once: limit, per_hour: u32::MAX };
        Ok(self.claim_replies(quota, now_ms, owner, lease_ms).await?.due)
    }
}

#[tokio::test]
async fn a_mail_has_at_most_one_reply() {
    let (_dir, store) = store().await;
    let message = receive(&store, 1, "a").await;
    assert!(queue(&store, "one", Some(message), 0).await.is_some());
    assert_eq!(queue(&store, "other", Some(message), 0).await, None);
    assert_eq!(queue(&store, "one", None, 0).await, None, "a Message-ID is queued once");
    assert!(queue(&store, "digest", None, 0).await.is_some());
    assert!(queue(&store, "digest 2", None, 0).await.is_some());
}

#[tokio::test]
async fn what_is_due_is_claimed_earliest_first_and_counted_before_it_is_tried() {
    let (_dir, store) = store().await;
    let (late, early) = (queue(&store, "late", None, 20).await.unwrap(), queue(&store, "early", None, 10).await.unwrap());
    queue(&store, "later", None, 99).await;
    assert_eq!(store.next_due_ms().await.unwrap(), Some(10));
    let due = store.claim_outbox(9, 50, "a", 30).await.unwrap();
    assert_eq!(due.iter().map(|d| (d.id, d.attempts)).collect::<Vec<_>>(), [(early, 1), (late, 1)]);
    assert_eq!(due[0].mime, rendered("early", "").bytes);
    assert!(store.claim_outbox(9, 79, "b", 30).await.unwrap().is_empty());
    assert_eq!(store.next_due_ms().await.unwrap(), Some(80));
    assert_eq!(store.claim_outbox(1, 80, "b", 30).await.unwrap()[0].attempts, 2);
}

#[tokio::test]
async fn what_a_living_process_claimed_stays_its_own_whatever_the_clock_says() {
    let (dir, store) = store().await;
    queue(&store, "one", None, 0).await;
    // Who signed on writes nothing after it is signed off.
    Store::open(&url(&dir).await)
        .await
        .unwrap()
        .join(&Node { owner: "a".into(), host: "h".into(), pid: 1, wants: vec![] }, 0)
        .await
        .unwrap();
    assert_eq!(store.claim_outbox(9, 1, "a", 30).await.unwrap().len(), 1);
    let claim = async |owner| store.claim_outbox(9, 1_000_000, owner, 30).await.unwrap().len();
    assert_eq!((claim("b").await, claim("a").await), (0, 1));
    sqlx::query("DELETE FROM node").execute(&store.pool).await.unwrap();
    assert_eq!(store.claim_outbox(9, 2_000_000, "b", 30).await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_that_deliver_at_once_share_nothing() {
    let (_dir, store) = store().await;
    for number in 0..20 {
        queue(&store, &format!("m{number}"), None, 0).await;
    }
    let (a, b) = tokio::join!(store.claim_outbox(15, 1, "a", 9), store.claim_outbox(15, 1, "b", 9));
    let mut all: Vec<i64> = [a.unwrap(), b.unwrap()].concat().iter().map(|d| d.id).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=20).collect::<Vec<i64>>());
}

#[tokio::test]
async fn the_caps_are_counted() {
    let (_dir, store) = store().await;
    let message = receive(&store, 1, "a").await;
    let id = queue(&store, "a", Some(message), 0).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.replies_to_since("2023", "u@EXAMPLE.com", 0).await.unwrap(), 1);
    assert_eq!(tx.replies_to_since("2023", "u@example.com", 1001).await.unwrap(), 0);
    assert_eq!(tx.replies_to_since("2024", "u@example.com", 0).await.unwrap(), 0, "another campaign's");
    drop(tx);
    assert_eq!(store.due(1).await.unwrap(), 1);
    store.settle(&[Settled { id, outcome: accepted(70) }], 70).await.unwrap();
    let quota = Quota { at_once: 9, per_hour: 9 };
    let sent = async |now| store.claim_replies(quota, now, "a", 1).await.unwrap().sent;
    assert_eq!((sent(70).await, sent(70 + HOUR_MS).await, sent(71 + HOUR_MS).await), (1, 1, 0));
    assert_eq!((sent(70 - AHEAD_MS).await, sent(69 - AHEAD_MS).await), (1, 0), "what was sent in the future uses up no hour");
    assert_eq!(store.due(1).await.unwrap(), 0);
}

#[tokio::test]
async fn an_hour_has_its_cap_however_many_send() {
    let (dir, store) = store().await;
    let other = Store::open(&url(&dir).await).await.unwrap();
    for number in 0..20 {
        queue(&store, &format!("m{number}"), None, 0).await;
    }
    let quota = Quota { at_once: 4, per_hour: 7 };
    let (a, b) = tokio::join!(store.claim_replies(quota, 1, "a", 900), other.claim_replies(quota, 1, "b", 900));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.due.len() + b.due.len(), 7, "what another has in hand counts");
    assert_eq!(store.claim_replies(quota, 2, "c", 900).await.unwrap(), Claim::default());
    let settled: Vec<Settled> = a.due.iter().map(|due| Settled { id: due.id, outcome: accepted(3) }).collect();
    store.settle(&settled, 3).await.unwrap();
    let none = store.claim_replies(quota, 4, "c", 900).await.unwrap();
    assert_eq!((none.due.len(), none.sent, none.room), (0, a.due.len() as u64, 0), "what went out counts");
    assert_eq!(other.give_back_replies("b").await.unwrap(), b.due.len() as u64);
    let claim = store.claim_replies(quota, 5, "c", 900).await.unwrap();
    assert_eq!((claim.room as usize, claim.due.len()), (b.due.len(), b.due.len()));
    assert!(claim.due.iter().all(|due| due.attempts == 1), "an attempt that was given back doesn't count");
}

#[tokio::test]
async fn what_became_of_a_mail_is_not_noted_for_another_that_has_it_since() {
    let (dir, store) = store().await;
    if !store.is_shared() {
        return;
    }
    let id = queue(&store, "one", None, 0).await.unwrap();
    let own = Store::open(&url(&dir).await).await.unwrap();
    own.join(&Node { owner: "a".into(), host: "h".into(), pid: 1, wants: vec![] }, 0).await.unwrap();
    own.claim_outbox(9, 1, "a", 30).await.unwrap();
    let lost = [Settled { id, outcome: Outcome::Lost { next_ms: 5, error: "lost".into() } }];
    own.settle(&lost, 2).await.unwrap();
    // The answer of that commit was lost; meanwhile another sends it again.
    assert_eq!(store.claim_outbox(9, 6, "b", 30).await.unwrap().len(), 1);
    own.settle(&lost, 7).await.unwrap();
    assert!(store.holds_reply(id, "b").await.unwrap());
}

#[tokio::test]
async fn a_request_with_nothing_left_to_ask_is_taken_back() {
    let (_dir, store) = store().await;
    let (case, _) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.cancel_waiting(case, "correction", 0).await.unwrap(), 0);
    assert_eq!(tx.cancel_waiting(case, "acknowledgement", 0).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_queued_while_the_clock_was_ahead_does_not_wait_for_that_day() {
    const YEAR: i64 = 366 * 86_400_000;
    let (_dir, store) = store().await;
    let (now, hours) = (1_000_000, 4 * 3_600_000);
    let ahead = queue_at(&store, "ahead", now + YEAR, now + YEAR + 5000).await;
    let deferred = queue_at(&store, "deferred", now, now).await;
    let planned = queue_at(&store, "planned", now, now + 10 * hours).await;
    store.claim_outbox(1, now, "me", 10).await.unwrap();
    let outcome = Outcome::Deferred { next_ms: now + YEAR, error: "450".into() };
    store.settle(&[Settled { id: deferred, outcome }], now).await.unwrap();
    assert_eq!(store.follow_clock(now, hours).await.unwrap(), 2);
    assert_eq!(store.follow_clock(now, hours).await.unwrap(), 0);
    let due = async |at| store.claim_outbox(9, at, "me", 1).await.unwrap().iter().map(|d| d.id).collect::<Vec<_>>();
    assert_eq!(due(now + 5000).await, [deferred, ahead]);
    assert_eq!(due(now + 10 * hours).await.last(), Some(&planned));
}

async fn queue_at(store: &Store, name: &str, now_ms: i64, not_before_ms: i64) -> i64 {
    let mail = rendered(name, "u@example.com");
    let mut tx = store.begin().await.unwrap();
    let id = tx.enqueue(&Outgoing { now_ms, not_before_ms, ..outgoing(&mail) }).await.unwrap();
    tx.commit().await.unwrap();
    id.unwrap()
}
