//! The IMAP side of the receiving edge against a scripted server: refusals, lost connections, odd servers.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod fake;

use fake::{Fake, HANG_UP, Step};
use jiff::Timestamp;
use secrecy::SecretString;
use std::time::Duration;
use zhihui::config;
use zhihui::mailbox::{Body, Key, Known, Mailbox, MailboxError, Options, Page, Times};

const GREETING: &str = "* OK ready\r\n";
const DATE: &str = "INTERNALDATE \"01-Jun-2023 08:00:00 +0800\"";

fn times() -> Times {
    Times { connect: Duration::from_millis(500), command: Duration::from_millis(500), idle: Duration::from_secs(60) }
}

fn options() -> Options {
    Options { times: times(), ..Options::new(&config::Limits::default(), None) }
}

fn settings(fake: &Fake, more: &str) -> config::Mailbox {
    let port = fake.port;
    toml::from_str(&format!("host = \"127.0.0.1\"\nport = {port}\nusername = \"u\"\ncampaign = \"c.toml\"\n{more}")).unwrap()
}

async fn open_with(fake: &Fake, more: &str, options: Options) -> Result<Mailbox, MailboxError> {
    Mailbox::open(&settings(fake, more), Some(SecretString::from("p")), options).await
}

async fn open(fake: &Fake) -> Mailbox {
    open_with(fake, "tls = \"none\"", options()).await.unwrap()
}

fn ok(part: &'static str) -> Step {
    (part, "{tag} OK done\r\n".into())
}

fn login() -> Vec<Step> {
    vec![ok("LOGIN \"u\" \"p\""), ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n".into())]
}

fn examine(exists: u32, validity: u32, next: &str) -> Step {
    let answer = format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] valid\r\n{next}{{tag}} OK [READ-ONLY] done\r\n");
    ("EXAMINE \"INBOX\"", answer)
}

fn list(range: &'static str, messages: &[(u32, usize)]) -> Step {
    let lines = messages.iter().map(|(uid, size)| format!("* 1 FETCH (UID {uid} RFC822.SIZE {size} {DATE})\r\n"));
    (range, lines.collect::<String>() + "{tag} OK done\r\n")
}

fn body(uid: u32, text: &str) -> String {
    format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n{text})\r\n", text.len())
}

/// A server that has logged in the client and shown the folder.
async fn with(steps: Vec<Step>) -> Fake {
    Fake::start(vec![(GREETING, login().into_iter().chain(steps).collect())]).await
}

fn bodies(page: &Page) -> Vec<(u32, Body)> {
    let uid = |key: &Key| if let Key::Uid { uid, .. } = key { *uid } else { 0 };
    page.messages.iter().map(|message| (uid(&message.key), message.body.clone())).collect()
}

fn whole(text: &str) -> Body {
    Body::Whole(text.as_bytes().to_vec())
}

fn known(page: &Page) -> Known {
    Known { validity: page.validity, last_uid: page.upto, ..Known::default() }
}

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

/// A connection on which the folder is open, and then these steps.
fn connection(exists: u32, steps: Vec<Step>) -> (&'static str, Vec<Step>) {
    (GREETING, login().into_iter().chain([examine(exists, 7, "")]).chain(steps).collect())
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
async fn preauth_and_nonsense_are_refused_before_a_password_is_sent() {
    for greeting in ["* PREAUTH welcome\r\n", "HTTP/1.1 400 Bad Request\r\n", "* BYE too many connections\r\n"] {
        let fake = Fake::start(vec![(greeting, login())]).await;
        open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
        assert_eq!(fake.heard(), [""; 0]);
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let fake = Fake::start(vec![("", vec![])]).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Timeout(_)), "{error}");
    let fake = with(vec![("EXAMINE", String::new())]).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::Timeout(_)), "{error}");
}

#[tokio::test]
async fn starttls_never_falls_back_and_takes_no_injected_answer() {
    let injected = "s0 OK begin\r\n* OK [CAPABILITY IMAP4rev1] injected\r\na OK logged in\r\n";
    for (answer, is_tls) in [("s0 NO not here\r\n", true), (injected, true), ("* BYE\r\n\0", false)] {
        let fake = Fake::start(vec![(GREETING, vec![("s0 STARTTLS", answer.into())])]).await;
        let error = open_with(&fake, "tls = \"starttls\"", options()).await.unwrap_err();
        assert_eq!(matches!(error, MailboxError::Tls(_)), is_tls, "{error}");
        assert_eq!(fake.count("LOGIN"), 0);
    }
}

#[tokio::test]
async fn a_server_that_says_what_no_parser_expects_is_an_error_not_a_panic() {
    for listing in ["* 1 FETCH (UID 1 RFC822.SIZE 3 INTERNALDATE NIL)\r\n", "* OK [ALERT]请修改密码\r\n", "* 1 FETCH (((\r\n"] {
        let steps = vec![examine(1, 7, ""), ("1:*", format!("{listing}{{tag}} OK done\r\n"))];
        let error = open(&with(steps).await).await.next(&Known::default()).await.unwrap_err();
        assert!(matches!(error, MailboxError::Protocol(_)), "{error}");
    }
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
        list("UID FETCH 73001:74000 ", &[]),
        ("UID FETCH 74001:82000 ", HANG_UP.into()),
    ])
    .await;
    let mut mailbox = open(&fake).await;
    let page = mailbox.next(&Known::default()).await.unwrap();
    assert_eq!((page.messages.len(), page.upto, page.exhausted), (1, 73_000, false));
    mailbox.next(&known(&page)).await.unwrap_err();
    assert_eq!(fake.count("EXAMINE"), 1);
    assert_eq!(fake.count("UID FETCH 74001:82000"), 1);
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
async fn a_refused_login_says_what_to_do() {
    let refused = ("LOGIN", "{tag} NO [AUTHENTICATIONFAILED] login fail\r\n".to_owned());
    let fake = Fake::start(vec![(GREETING, vec![refused])]).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(!error.is_transient() && error.advice().contains("授权码"), "{error}");
    assert_eq!(error.to_string(), "login refused: [AUTHENTICATIONFAILED] login fail");
    let busy = ("LOGIN", "{tag} NO [UNAVAILABLE] try later\r\n".to_owned());
    let fake = Fake::start(vec![(GREETING, vec![busy])]).await;
    assert!(open_with(&fake, "tls = \"none\"", options()).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn a_client_that_must_introduce_itself_does() {
    let unsafe_login = ("EXAMINE", "{tag} NO EXAMINE Unsafe Login. Please contact kefu@188.com for help\r\n".to_owned());
    let steps = login().into_iter().chain([("ID (\"name\" \"zhihui\"", "{tag} BAD unknown\r\n".to_owned()), unsafe_login]);
    let fake = Fake::start(vec![("* OK Coremail System IMap Server Ready\r\n", steps.collect())]).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::LoginRefused { profile: config::Profile::Netease, .. }), "{error}");
    assert!(error.advice().contains("网易"));
}

#[tokio::test]
async fn xoauth2_sends_the_token_and_takes_the_error_report() {
    let report = data_encoding::BASE64.encode(b"{\"status\":\"401\"}");
    let steps = vec![
        ("AUTHENTICATE XOAUTH2", "+ \r\n".to_owned()),
        ("", format!("+ {report}\r\n")),
        ("", "A0001 NO expired\r\na1 NO expired\r\n".to_owned()),
    ];
    let fake = Fake::start(vec![(GREETING, steps)]).await;
    let error = open_with(&fake, "tls = \"none\"\nauth = \"xoauth2\"", options()).await.unwrap_err();
    assert!(matches!(error, MailboxError::LoginRefused { .. }), "{error}");
    assert_eq!(fake.heard()[1], data_encoding::BASE64.encode(b"user=u\x01auth=Bearer p\x01\x01"));
    assert_eq!(fake.heard()[2], "");
}

#[test]
fn the_edge_can_be_driven_from_any_thread() {
    fn is_send<T: Send>(_: T) {}
    fn check(mailbox: &'static mut Mailbox, known: &'static Known) {
        is_send(mailbox.next(known));
    }
    let _ = check;
}
