//! Pages: what is listed, fetched, refused, left out and cut off.

use super::*;

#[tokio::test]
async fn a_page_holds_bytes_and_instants_and_leaves_the_mailbox_alone() {
    let fake = with(vec![
        examine(2, 7, "* OK [UIDNEXT 4] next\r\n"),
        list("UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)", &[(1, 3), (3, 5)]),
        ("UID FETCH 1,3 (UID BODY.PEEK[])", body(3, "three") + &body(1, "one") + "{tag} OK done\r\n"),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(1, whole("one")), (3, whole("three"))]);
    assert_eq!(page.messages[0].time, Some("2023-06-01T00:00:00Z".parse().unwrap()));
    assert_eq!((page.validity, page.upto, page.exhausted), (Some(7), 3, true));
    assert_eq!(fake.count("SELECT") + fake.count("STORE") + fake.count("SEARCH"), 0);
}

#[tokio::test]
async fn a_refused_message_does_not_hold_up_the_others() {
    let fake = with(vec![
        examine(3, 7, "* OK [UIDNEXT 4] next\r\n"),
        list("1:*", &[(1, 3), (2, 3), (3, 5)]),
        ("UID FETCH 1,2,3 (UID BODY.PEEK[])", body(1, "one") + "{tag} NO [SERVERBUG] cannot read\r\n"),
        list("UID FETCH 2,3 (UID RFC822.SIZE INTERNALDATE)", &[(2, 3), (3, 5)]),
        ("UID FETCH 2 (UID BODY.PEEK[])", "{tag} NO damaged\r\n".into()),
        ("UID FETCH 3 (UID BODY.PEEK[])", body(3, "three") + "{tag} OK done\r\n"),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(1, whole("one")), (2, Body::Failed("damaged".into())), (3, whole("three"))]);
    assert_eq!(page.upto, 3);
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again_later() {
    let fake = with(vec![
        examine(1, 7, "* OK [UIDNEXT 2] next\r\n"),
        list("1:*", &[(1, 3)]),
        ("BODY.PEEK", "{tag} NO [UNAVAILABLE] the store is away\r\n".into()),
    ])
    .await;
    let error = open(&fake).await.next(&Known::default()).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_vanished_message_is_no_error() {
    let fake = with(vec![
        examine(2, 7, "* OK [UIDNEXT 3] next\r\n"),
        list("1:*", &[(1, 3), (2, 3)]),
        ("UID FETCH 1,2 ", body(2, "two") + "* 1 EXPUNGE\r\n{tag} OK done\r\n"),
        list("UID FETCH 1 (UID RFC822.SIZE", &[]),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(2, whole("two"))]);
    assert_eq!(page.upto, 2);
}

#[tokio::test]
async fn a_message_that_is_listed_and_silently_left_out_is_not_lost() {
    let fake = with(vec![
        examine(1, 7, "* OK [UIDNEXT 2] next\r\n"),
        list("1:*", &[(1, 3)]),
        ok("UID FETCH 1 (UID BODY.PEEK[])"),
        list("UID FETCH 1 (UID RFC822.SIZE", &[(1, 3)]),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert!(matches!(bodies(&page)[..], [(1, Body::Failed(_))]), "{page:?}");
}

#[tokio::test]
async fn a_goodbye_or_a_cut_in_a_literal_is_an_error() {
    for answer in ["* BYE going down\r\n".to_owned(), format!("* 1 FETCH (UID 1 BODY[] {{3}}\r\no{HANG_UP}")] {
        let steps = vec![examine(1, 7, "* OK [UIDNEXT 2] next\r\n"), list("1:*", &[(1, 3)]), ("BODY.PEEK", answer)];
        // No second connection is taken: the server is away.
        let error = open(&with(steps).await).await.next(&Known::default()).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn a_message_over_which_the_server_hangs_up_does_not_hold_up_the_others() {
    let given = |uid| body(uid, "x") + "{tag} OK done\r\n";
    let bye = || "* BYE internal error\r\n\0".to_owned();
    let fake = Fake::start(vec![
        connection(3, vec![list("1:*", &[(1, 1), (2, 1), (3, 1)]), ("UID FETCH 1,2,3 ", bye())]),
        connection(3, vec![("UID FETCH 1 ", given(1)), ("UID FETCH 2 ", bye())]),
        connection(3, vec![("UID FETCH 2 ", bye())]),
        connection(3, vec![("UID FETCH 3 ", given(3))]),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert!(matches!(&bodies(&page)[..], [(1, Body::Whole(_)), (2, Body::Failed(_)), (3, Body::Whole(_))]), "{page:?}");
    assert_eq!(page.upto, 3);
}

#[tokio::test]
async fn a_server_that_gives_nothing_at_all_is_to_blame_itself() {
    let messages: Vec<(u32, usize)> = (1..=5).map(|uid| (uid, 1)).collect();
    let first = connection(5, vec![list("1:*", &messages), ("UID FETCH 1,2,3,4,5 ", HANG_UP.into())]);
    let hangs_up = || connection(5, vec![("UID FETCH ", HANG_UP.into())]);
    let fake = Fake::start(std::iter::once(first).chain((0..20).map(|_| hangs_up())).collect()).await;
    let error = open(&fake).await.next(&Known::default()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Unreachable(_)), "{error}");
    assert_eq!(fake.count("UID FETCH 3 "), 2);
    assert_eq!(fake.count("UID FETCH 4 "), 0);
}

#[tokio::test]
async fn a_server_that_says_what_no_parser_expects_is_an_error_not_a_panic() {
    let steps = vec![examine(1, 7, ""), ("1:*", "* 1 FETCH (((\r\n{tag} OK done\r\n".to_owned())];
    let error = open(&with(steps).await).await.next(&Known::default()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Protocol(_)), "{error}");
}

#[tokio::test]
async fn the_last_message_that_the_server_repeats_is_not_new() {
    let fake = with(vec![examine(1, 7, ""), list("UID FETCH 10:* ", &[(9, 3)])]).await;
    let known = Known { validity: Some(7), last_uid: 9, ..Known::default() };
    let page = open(&fake).await.next(&known).await.unwrap();
    assert_eq!((page.messages.len(), page.upto, page.exhausted), (0, 9, true));
}

#[tokio::test]
async fn a_gap_in_the_uids_costs_no_round_trip() {
    let fake = with(vec![
        examine(2, 7, "* OK [UIDNEXT 4000000001] next\r\n"),
        list("1:*", &[(1, 3), (4_000_000_000, 3)]),
        ("UID FETCH 1,4000000000 ", body(1, "one") + &body(4_000_000_000, "two") + "{tag} OK done\r\n"),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert_eq!((page.messages.len(), page.upto), (2, 4_000_000_000));
}

#[tokio::test]
async fn in_a_large_folder_empty_ranges_grow() {
    let fake = with(vec![
        examine(5000, 7, "* OK [UIDNEXT 9000000] next\r\n"),
        list("UID FETCH 1:1000 ", &[]),
        list("UID FETCH 1001:9000 ", &[]),
        list("UID FETCH 9001:73000 ", &[(9500, 3)]),
        ("UID FETCH 9500 ", body(9500, "one") + "{tag} OK done\r\n"),
        list("UID FETCH 73001:81000 ", &[]),
        ("UID FETCH 81001:145000 ", HANG_UP.into()),
    ])
    .await;
    let mut mailbox = open(&fake).await;
    let page = mailbox.next(&Known::default()).await.unwrap();
    // Not 73000: UIDNEXT may be wrong, and then the next message comes into the gap.
    assert_eq!((page.messages.len(), page.upto, page.exhausted), (1, 9500, false));
    mailbox.next(&known(&page)).await.unwrap_err();
    assert_eq!(fake.count("EXAMINE"), 1);
    assert_eq!(fake.count("UID FETCH 81001:145000"), 1);
}

#[tokio::test]
async fn a_listing_serves_many_pages() {
    let messages: Vec<(u32, usize)> = (1..=40).map(|uid| (uid, 1)).collect();
    let answer = |uids: std::ops::RangeInclusive<u32>| uids.map(|uid| body(uid, "x")).collect::<String>() + "{tag} OK done\r\n";
    let fake = with(vec![
        examine(40, 7, "* OK [UIDNEXT 41] next\r\n"),
        list("1:*", &messages),
        ("UID FETCH 1,2,3", answer(1..=32)),
        ("UID FETCH 33,34", answer(33..=40)),
    ])
    .await;
    let mut mailbox = open(&fake).await;
    let first = mailbox.next(&Known::default()).await.unwrap();
    assert_eq!((first.messages.len(), first.upto, first.exhausted), (32, 32, false));
    let second = mailbox.next(&known(&first)).await.unwrap();
    assert_eq!((second.messages.len(), second.upto, second.exhausted), (8, 40, true));
}

#[tokio::test]
async fn another_uidvalidity_starts_again() {
    let fake = with(vec![
        examine(1, 7, "* OK [UIDNEXT 6] next\r\n"),
        list("UID FETCH 6:* ", &[(5, 3)]),
        examine(1, 8, "* OK [UIDNEXT 2] next\r\n"),
        list("UID FETCH 1:* ", &[(1, 3)]),
        ("UID FETCH 1 ", body(1, "one") + "{tag} OK done\r\n"),
    ])
    .await;
    let mut mailbox = open(&fake).await;
    let known = Known { validity: Some(7), last_uid: 5, ..Known::default() };
    assert!(mailbox.next(&known).await.unwrap().exhausted);
    let page = mailbox.next(&known).await.unwrap();
    assert_eq!((page.validity, page.upto, page.messages.len()), (Some(8), 1, 1));
}

#[tokio::test]
async fn a_folder_without_uidvalidity_is_refused() {
    let fake = with(vec![("EXAMINE", "* 1 EXISTS\r\n{tag} OK done\r\n".into())]).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Protocol(_)), "{error}");
}

#[tokio::test]
async fn a_chinese_folder_is_named_in_modified_utf7() {
    let fake = with(vec![("EXAMINE \"&UXZO1mWHTvZZOQ-\"", "{tag} NO no such mailbox\r\n".into())]).await;
    let error = open_with(&fake, "tls = \"none\"\nfolder = \"其他文件夹\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::NoSuchFolder(_)), "{error}");
    assert_eq!(fake.count("&UXZO1mWHTvZZOQ-"), 1);
}

#[tokio::test]
async fn old_messages_are_skipped_and_large_ones_read_by_their_header() {
    let old = "* 1 FETCH (UID 1 RFC822.SIZE 3 INTERNALDATE \"22-Apr-2023 23:59:59 +0800\")\r\n";
    let edge = "* 2 FETCH (UID 2 RFC822.SIZE 3 INTERNALDATE \"23-Apr-2023 00:00:00 +0800\")\r\n";
    let large = format!("* 3 FETCH (UID 3 RFC822.SIZE 101 {DATE})\r\n");
    let fake = with(vec![
        examine(3, 7, "* OK [UIDNEXT 4] next\r\n"),
        ("1:*", format!("{old}{edge}{large}{{tag}} OK done\r\n")),
        ("UID FETCH 2 (UID BODY.PEEK[])", body(2, "two") + "{tag} OK done\r\n"),
        ("UID FETCH 3 (UID BODY.PEEK[HEADER]<0.", "* 3 FETCH (UID 3 BODY[HEADER]<0> {8}\r\nA: 1\r\n\r\n)\r\n{tag} OK done\r\n".into()),
    ])
    .await;
    let since: Timestamp = "2023-04-22T16:00:00Z".parse().unwrap();
    let options = Options { message_bytes: 100, since: Some(since), ..options() };
    let page = open_with(&fake, "tls = \"none\"", options).await.unwrap().next(&Known::default()).await.unwrap();
    assert_eq!(bodies(&page), [(1, Body::Skipped), (2, whole("two")), (3, Body::HeaderOnly(b"A: 1\r\n\r\n".to_vec()))]);
}

#[tokio::test]
async fn a_large_message_comes_in_pieces_whatever_its_declared_size() {
    const PIECE: usize = 4 << 20;
    let text = "x".repeat(2 * PIECE + 5);
    let piece = |at: usize, length: usize| {
        let part = "x".repeat(length.min(text.len() - at));
        format!("* 1 FETCH (UID 1 BODY[]<{at}> {{{}}}\r\n{part})\r\n{{tag}} OK done\r\n", part.len())
    };
    let fake = with(vec![
        examine(1, 7, "* OK [UIDNEXT 2] next\r\n"),
        // More than there is: the end shows only in an empty piece.
        list("1:*", &[(1, 2 * PIECE + 9)]),
        ("BODY.PEEK[]<0.4194304>", piece(0, PIECE)),
        // Less than was asked for is no end.
        ("BODY.PEEK[]<4194304.4194304>", piece(PIECE, PIECE / 2)),
        ("BODY.PEEK[]<6291456.4194304>", piece(PIECE + PIECE / 2, PIECE)),
        ("BODY.PEEK[]<8388613.4194304>", "* 1 FETCH (UID 1 BODY[]<8388613> NIL)\r\n{tag} OK done\r\n".into()),
    ])
    .await;
    let page = open(&fake).await.next(&Known::default()).await.unwrap();
    assert!(bodies(&page) == [(1, whole(&text))]);
}

#[tokio::test]
async fn one_message_can_be_read_again() {
    let fake = with(vec![
        examine(2, 7, "* OK [UIDNEXT 3] next\r\n"),
        list("UID FETCH 2 (UID RFC822.SIZE", &[(2, 3)]),
        ("UID FETCH 2 (UID BODY.PEEK[])", body(2, "two") + "{tag} OK done\r\n"),
    ])
    .await;
    let mut mailbox = open(&fake).await;
    let again = mailbox.again(&Key::Uid { validity: 7, uid: 2 }).await.unwrap().unwrap();
    assert_eq!(again.body, whole("two"));
    assert_eq!(mailbox.again(&Key::Uid { validity: 6, uid: 2 }).await.unwrap(), None);
}

#[test]
fn the_edge_can_be_driven_from_any_thread() {
    fn is_send<T: Send>(_: T) {}
    fn check(mailbox: &'static mut Mailbox, known: &'static Known) {
        is_send(mailbox.next(known));
    }
    let _ = check;
}
