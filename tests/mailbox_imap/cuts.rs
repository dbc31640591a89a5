//! A connection that breaks after every single byte that the server says.

use super::*;
use fake::{PLAIN, Pace};

fn script() -> Vec<Step> {
    let steps = [
        examine(2, 7, "* OK [UIDNEXT 4] next\r\n"),
        list("1:*", &[(1, 3), (3, 5)]),
        ("UID FETCH 1,3 ", body(1, "one") + &body(3, "three") + "{tag} OK done\r\n"),
        ("LOGOUT", "* BYE\r\n{tag} OK bye\r\n".into()),
    ];
    login().into_iter().chain(steps).collect()
}

/// As a receiver does it: everything, or an error that passes.
async fn receive(fake: &Fake) -> Result<Page, MailboxError> {
    let mut mailbox = open_with(fake, "tls = \"none\"", options()).await?;
    let page = mailbox.next(&Known::default()).await?;
    mailbox.close().await;
    Ok(page)
}

#[tokio::test]
async fn a_cut_at_any_byte_is_an_error_that_passes_or_changes_nothing() {
    let expected = [(1, whole("one")), (3, whole("three"))];
    let (mut errors, mut cut) = (0, 0);
    loop {
        cut += 1;
        let fake = Fake::paced(vec![(GREETING, script())], Pace { cut, ..PLAIN }).await;
        match receive(&fake).await {
            Ok(page) => {
                assert_eq!((bodies(&page), page.upto), (expected.to_vec(), 3), "cut after {cut} bytes");
                if fake.count("LOGOUT") == 1 {
                    break;
                }
            }
            Err(error) => {
                assert!(error.is_transient(), "cut after {cut} bytes: {error}");
                errors += 1;
            }
        }
        assert!(cut < 5000, "the session never ends");
    }
    assert!(errors > 400, "{errors} cuts of {cut} were errors");
}

#[tokio::test]
async fn after_a_cut_within_the_bodies_the_page_is_fetched_over_a_new_connection() {
    let before: usize = 500;
    let given = |uid, text| ("UID FETCH ", body(uid, text) + "{tag} OK done\r\n");
    let second = connection(2, vec![given(1, "one"), given(3, "three")]);
    let fake = Fake::paced(vec![(GREETING, script()), second], Pace { cut: before, ..PLAIN }).await;
    let page = receive(&fake).await.unwrap();
    assert_eq!((bodies(&page), page.upto), (vec![(1, whole("one")), (3, whole("three"))], 3));
}
