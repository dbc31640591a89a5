//! Waiting for news.

use super::*;

/// A folder with one known message, and what is said to IDLE.
async fn idling(steps: Vec<Step>) -> Fake {
    with([examine(1, 7, ""), list("2:*", &[(1, 3)])].into_iter().chain(steps).collect()).await
}

/// Reads to the end, then waits; whether the wait ended well before `at_most`.
async fn wait(fake: &Fake, at_most: Duration, times: Times) -> Result<bool, MailboxError> {
    let options = Options { times, ..options() };
    let mut mailbox = open_with(fake, "tls = \"none\"", options).await?;
    let known = Known { validity: Some(7), last_uid: 1, ..Known::default() };
    assert!(mailbox.next(&known).await?.exhausted);
    let begin = tokio::time::Instant::now();
    mailbox.wait(at_most).await?;
    Ok(begin.elapsed() < at_most)
}

fn done() -> Step {
    ("DONE", "{last} OK idled\r\n".into())
}

#[tokio::test]
async fn news_end_an_idle_and_chatter_does_not() {
    let chatter = "+ idling\r\n* 1 EXISTS\r\n* OK still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n";
    let fake = idling(vec![("IDLE", format!("{chatter}* 2 EXISTS\r\n")), done()]).await;
    assert!(wait(&fake, Duration::from_secs(30), times()).await.unwrap());
    assert_eq!(fake.count("DONE"), 1);
    let fake = idling(vec![("IDLE", chatter.into()), done()]).await;
    assert!(!wait(&fake, Duration::from_millis(200), times()).await.unwrap());
}

#[tokio::test]
async fn an_idle_is_renewed() {
    let idle = || ("IDLE", "+ idling\r\n".to_owned());
    let fake = idling(vec![idle(), done(), idle(), done(), ("IDLE", "+ idling\r\n* 2 EXISTS\r\n".into()), done()]).await;
    let times = Times { idle: Duration::from_millis(50), ..times() };
    assert!(wait(&fake, Duration::from_secs(30), times).await.unwrap());
    assert_eq!(fake.count("IDLE"), 3);
}

#[tokio::test]
async fn a_refused_idle_is_a_sleep_and_a_goodbye_is_an_error() {
    let fake = idling(vec![("IDLE", "{tag} NO not now\r\n".into())]).await;
    assert!(!wait(&fake, Duration::from_millis(100), times()).await.unwrap());
    assert_eq!(fake.count("IDLE"), 1);
    let fake = idling(vec![("IDLE", "+ idling\r\n* BYE timeout\r\n".into())]).await;
    assert!(matches!(wait(&fake, Duration::from_secs(30), times()).await, Err(MailboxError::Unreachable(_))));
}

#[tokio::test]
async fn a_deaf_idle_ends_by_itself_and_the_look_behind_it_finds_the_mail() {
    let found = [
        ("IDLE", "+ idling\r\n".to_owned()),
        done(),
        examine(2, 7, ""),
        list("2:*", &[(2, 3)]),
        ("UID FETCH 2 ", body(2, "two") + "{tag} OK done\r\n"),
    ];
    let fake = idling(found.into()).await;
    let mut mailbox = open(&fake).await;
    let known = Known { validity: Some(7), last_uid: 1, ..Known::default() };
    assert!(mailbox.next(&known).await.unwrap().exhausted);
    mailbox.wait(Duration::from_millis(50)).await.unwrap();
    assert_eq!(bodies(&mailbox.next(&known).await.unwrap()), [(2, whole("two"))]);
}
