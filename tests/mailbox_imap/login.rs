//! The way in: greeting, TLS, login.

use super::*;

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
async fn a_refused_login_says_what_to_do() {
    let refused = ("LOGIN", "{tag} NO [AUTHENTICATIONFAILED] login fail\r\n".to_owned());
    let fake = Fake::start(vec![(GREETING, vec![refused])]).await;
    let error = open_with(&fake, "tls = \"none\"", options()).await.unwrap_err();
    assert!(!error.is_transient() && error.advice().contains("授权码"), "{error}");
    assert_eq!(error.to_string(), "登录被拒绝（[AUTHENTICATIONFAILED] login fail）");
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

#[tokio::test]
async fn who_is_refused_as_unsafe_introduces_himself_and_asks_again() {
    let unsafe_login = ("EXAMINE", "{tag} NO EXAMINE Unsafe Login. Please contact kefu@188.com for help\r\n".to_owned());
    let steps = login().into_iter().chain([unsafe_login, ok("ID (\"name\""), examine(0, 7, "")]);
    let fake = Fake::start(vec![(GREETING, steps.collect())]).await;
    let mailbox = open(&fake).await;
    assert!(mailbox.manners().unwrap().introduced);
    assert_eq!(fake.count("EXAMINE"), 2);
}

#[tokio::test]
async fn a_refusal_in_gbk_is_still_a_refusal() {
    // The fake server speaks UTF-8 only, so the bytes come from a server of their own.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"* OK ready\r\n").await.unwrap();
        let mut heard = [0; 64];
        let length = stream.read(&mut heard).await.unwrap();
        let tag = String::from_utf8_lossy(&heard[..length]).split(' ').next().unwrap().to_owned();
        stream.write_all(&[tag.as_bytes(), b" NO \xb5\xc7\xc2\xbc\xca\xa7\xb0\xdc\r\n"].concat()).await.unwrap();
    });
    let settings: config::Mailbox =
        toml::from_str(&format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nusername = \"u\"\ncampaign = \"c.toml\"")).unwrap();
    let error = Mailbox::open(&settings, Some(SecretString::from("p")), options()).await.unwrap_err();
    assert_eq!(error.to_string(), "登录被拒绝（登录失败）");
    server.await.unwrap();
}

#[tokio::test]
async fn what_is_no_tls_is_no_connection() {
    for greeting in [GREETING, "\u{16}\u{3}\u{1}garbage", ""] {
        let fake = Fake::start(vec![(greeting, vec![])]).await;
        let error = open_with(&fake, "tls = \"implicit\"", options()).await.unwrap_err();
        assert!(matches!(error, MailboxError::Tls(_) | MailboxError::Unreachable(_) | MailboxError::Timeout(_)), "{error}");
        assert_eq!(fake.count("LOGIN"), 0);
    }
}
