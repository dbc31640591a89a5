//! Servers as they are: what they claim and isn't so, what they write and nobody expects.

use super::*;
use fake::{ENDLESS, PLAIN, Pace};

#[tokio::test]
async fn another_size_than_was_told_is_fetched_again_and_never_lost() {
    let again = |first: &str, second: &str| {
        vec![
            examine(1, 7, "* OK [UIDNEXT 2] next\r\n"),
            list("1:*", &[(1, 4)]),
            ("UID FETCH 1 (UID BODY.PEEK[])", body(1, first) + "{tag} OK done\r\n"),
            ("UID FETCH 1 (UID BODY.PEEK[])", body(1, second) + "{tag} OK done\r\n"),
        ]
    };
    // Truncated once; a size that is only an estimate; truncated, and then less so.
    for (first, second, kept) in [("on", "four", "four"), ("three", "three", "three"), ("a", "abc", "abc"), ("abc", "a", "abc")] {
        let fake = with(again(first, second)).await;
        let page = open(&fake).await.next(&Known::default()).await.unwrap();
        assert_eq!(bodies(&page), [(1, whole(kept))]);
        assert_eq!(fake.count("BODY.PEEK[]"), 2);
    }
}

#[tokio::test]
async fn a_wrong_exists_hides_nothing() {
    let fake = with(vec![
        examine(0, 7, "* OK [UIDNEXT 1] next\r\n"),
        list("UID FETCH 1:* ", &[(5, 3)]),
        ("UID FETCH 5 ", body(5, "one") + "{tag} OK done\r\n"),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(5, whole("one"))]);
    // And a folder that is really empty may say so by a refusal.
    let fake = with(vec![examine(0, 7, ""), ("UID FETCH 1:* ", "{tag} NO no matching messages\r\n".into())]).await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!((page.messages.len(), page.upto, page.exhausted), (0, 0, true));
}

#[tokio::test]
async fn a_message_outside_of_the_range_takes_nobody_with_it() {
    // Ignoring the range, the server tells its last message, which must not move the position past the others.
    let fake = with(vec![
        examine(5000, 7, "* OK [UIDNEXT 9001] next\r\n"),
        list("UID FETCH 1:1000 ", &[(1, 3), (9000, 3)]),
        ("UID FETCH 1 ", body(9000, "odd") + &body(1, "one") + "{tag} OK done\r\n"),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(1, whole("one"))]);
    assert_eq!((page.upto, page.exhausted), (1, false));
}

#[tokio::test]
async fn what_comes_unasked_changes_nothing() {
    let noise = "* 9 FETCH (FLAGS (\\Seen) UID 9)\r\n* 3 EXPUNGE\r\n* 2 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [ALERT]请修改密码\r\n";
    let fake = with(vec![
        examine(1, 7, ""),
        ("1:*", format!("{noise}* 1 FETCH (UID 1 RFC822.SIZE 3 {DATE})\r\n{noise}{{tag}} OK done\r\n")),
        ("UID FETCH 1 ", format!("{noise}{}{noise}{{tag}} OK done\r\n", body(1, "one"))),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(1, whole("one"))]);
}

#[tokio::test]
async fn a_message_without_date_or_size_is_read_all_the_same() {
    let listing = "* 1 FETCH (UID 1 RFC822.SIZE 3 INTERNALDATE NIL)\r\n* 2 FETCH (UID 2 INTERNALDATE \"01-Jun-2023 08:00:00 +0800\")\r\n\
        * 3 FETCH (UID 3 RFC822.SIZE 3)\r\n";
    let piece = |at: &str, data: &str| format!("* 2 FETCH (UID 2 BODY[]<{at}> {data})\r\n{{tag}} OK done\r\n");
    let fake = with(vec![
        examine(3, 7, ""),
        ("1:*", format!("{listing}{{tag}} OK done\r\n")),
        ("UID FETCH 1 ", body(1, "one") + "{tag} OK done\r\n"),
        ("UID FETCH 2 (UID BODY.PEEK[]<0.", piece("0", "{3}\r\ntwo")),
        ("UID FETCH 2 (UID BODY.PEEK[]<3.", piece("3", "\"\"")),
        ("UID FETCH 3 ", body(3, "abc") + "{tag} OK done\r\n"),
    ])
    .await;
    let mut mailbox = open(&fake).await;
    let first = mailbox.next(&Known::default()).await.unwrap();
    let second = mailbox.next(&known(&first)).await.unwrap();
    let third = mailbox.next(&known(&second)).await.unwrap();
    let all: Vec<_> = [first, second, third].into_iter().flat_map(|page| page.messages).collect();
    let told: Vec<_> = all.iter().map(|one| (one.time.is_some(), one.body.clone())).collect();
    assert_eq!(told, [(false, whole("one")), (true, whole("two")), (false, whole("abc"))]);
}

#[tokio::test]
async fn a_literal_larger_than_was_told_takes_no_memory_and_comes_in_pieces() {
    let text = "x".repeat(9 << 20);
    let piece = |at: usize| {
        let part = "x".repeat((text.len() - at).min(4 << 20));
        ("BODY.PEEK[]<", format!("* 1 FETCH (UID 1 BODY[]<{at}> {{{}}}\r\n{part})\r\n{{tag}} OK done\r\n", part.len()))
    };
    let fake = Fake::start(vec![
        connection(1, vec![list("1:*", &[(1, 3)]), ("UID FETCH 1 (UID BODY.PEEK[])", body(1, &text) + "{tag} OK done\r\n")]),
        connection(1, vec![("UID FETCH 1 (UID BODY.PEEK[])", body(1, &text) + "{tag} OK done\r\n")]),
        connection(1, vec![piece(0), piece(4 << 20), piece(8 << 20)]),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert!(bodies(&page) == [(1, whole(&text))]);
}

#[tokio::test]
async fn a_body_of_nil_is_no_empty_mail() {
    let nil = || "* 1 FETCH (UID 1 BODY[] NIL)\r\n{tag} OK done\r\n".to_owned();
    let fake = with(vec![examine(1, 7, ""), list("1:*", &[(1, 3)]), ("UID FETCH 1 ", nil()), list("UID FETCH 1 ", &[(1, 3)])]).await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert!(matches!(bodies(&page)[..], [(1, Body::Failed(_))]), "{page:?}");
}

#[tokio::test]
async fn endless_talk_and_a_trickle_are_given_up() {
    let talk = format!("* OK still busy\r\n{ENDLESS}");
    let fake = with(vec![examine(1, 7, ""), ("1:*", talk)]).await;
    let error = open(&fake).await.next(&Known::default()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Protocol(_) | MailboxError::Timeout(_)), "{error}");
    // A byte now and then: each comes in time, and the answer doesn't.
    let script: Vec<Step> = login().into_iter().chain([examine(1, 7, "")]).collect();
    let fake = Fake::paced(vec![(GREETING, script)], Pace { wait: Some(Duration::from_millis(20)), ..PLAIN }).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Timeout(_)), "{error}");
}

/// NO, BAD, OVERQUOTA, an alert, a goodbye or nothing at all, at each command: an error each time, which says
/// whether it will pass, or the same page as ever.
#[tokio::test]
async fn a_refusal_at_any_command_is_an_error_and_never_a_loss() {
    let answers =
        ["{tag} NO no\r\n", "{tag} BAD bad\r\n", "{tag} NO [OVERQUOTA] full\r\n", "* BYE [ALERT]bye\r\n\0", "* NO [ALERT] x\r\n", "\0"];
    for at in 0..5 {
        for answer in answers {
            let mut script: Vec<Step> = login().into_iter().chain([examine(1, 7, ""), list("1:*", &[(1, 3)])]).collect();
            script.push(("UID FETCH 1 ", body(1, "one") + "{tag} OK done\r\n"));
            script[at].1 = answer.to_owned();
            let fake = Fake::start(vec![(GREETING, script)]).await;
            let options = Options { times: Times { command: Duration::from_millis(200), ..times() }, ..options() };
            let outcome = match open_with(&fake, "tls = \"none\"", options).await {
                Ok(mut mailbox) => mailbox.next(&Known::default()).await,
                Err(error) => Err(error),
            };
            match outcome {
                Err(_) => {}
                Ok(page) if page.messages.is_empty() => panic!("step {at}, {answer:?}: the message is lost"),
                Ok(page) => assert!(matches!(page.messages[0].body, Body::Whole(_) | Body::Failed(_)), "step {at}, {answer:?}: {page:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_survey_lists_everything_in_ranges() {
    let fake = with(vec![
        examine(2000, 7, "* OK [UIDNEXT 1502] next\r\n"),
        examine(2000, 7, "* OK [UIDNEXT 1502] next\r\n"),
        list("UID FETCH 1:1000 ", &[(3, 30), (1500, 9)]),
        list("UID FETCH 1001:* ", &[(1500, 31), (1501, 32)]),
    ])
    .await;
    let survey = open(&fake).await.survey().await.unwrap();
    let listed: Vec<_> = survey.messages.iter().map(|one| (one.key.clone(), one.size)).collect();
    let key = |uid| Key::Uid { validity: 7, uid };
    assert_eq!(listed, [(key(3), Some(30)), (key(1500), Some(31)), (key(1501), Some(32))]);
    assert_eq!((survey.validity, fake.count("SEARCH")), (Some(7), 0));
}
