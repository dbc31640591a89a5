//! Flags and moves for the people who look into the mailbox.

use super::*;
use zhihui::mailbox::Courtesy;

/// A server that offers this, with the folder open for reading, and then for writing.
async fn offering(offers: &str, steps: Vec<Step>) -> Fake {
    let capability = ("CAPABILITY", format!("* CAPABILITY IMAP4rev1 {offers}\r\n{{tag}} OK done\r\n"));
    let select = ("SELECT \"INBOX\"", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n{tag} OK [READ-WRITE] done\r\n".to_owned());
    let start = [ok("LOGIN"), capability, examine(3, 7, ""), select];
    Fake::start(vec![(GREETING, start.into_iter().chain(steps).collect())]).await
}

#[tokio::test]
async fn a_flag_is_a_star() {
    let fake = offering("IDLE", vec![ok("UID STORE 1,3 +FLAGS.SILENT (\\Flagged)")]).await;
    assert!(open(&fake).await.show(Courtesy::Flag, 7, &[1, 3]).await.unwrap());
    assert_eq!(fake.count("STORE"), 1);
}

#[tokio::test]
async fn a_move_is_a_move_where_it_is_offered() {
    let fake = offering("MOVE", vec![("CREATE \"&XfJZBHQG-\"", "{tag} NO exists\r\n".into()), ok("UID MOVE 1,3 \"&XfJZBHQG-\"")]).await;
    assert!(open(&fake).await.show(Courtesy::Move, 7, &[1, 3]).await.unwrap());
    assert_eq!(fake.count("EXPUNGE"), 0);
}

#[tokio::test]
async fn a_move_is_a_copy_elsewhere_and_expunges_nobody_elses_messages() {
    let copies = || vec![ok("CREATE"), ok("UID COPY 1 \"&XfJZBHQG-\""), ok("UID STORE 1 +FLAGS.SILENT (\\Deleted)"), ok("UID EXPUNGE 1")];
    let fake = offering("UIDPLUS", copies()).await;
    assert!(open(&fake).await.show(Courtesy::Move, 7, &[1]).await.unwrap());
    assert_eq!(fake.count("UID EXPUNGE 1"), 1);
    let fake = offering("IDLE", copies()).await;
    assert!(open(&fake).await.show(Courtesy::Move, 7, &[1]).await.unwrap());
    assert_eq!((fake.count("UID COPY"), fake.count("EXPUNGE")), (1, 0));
}

#[tokio::test]
async fn a_folder_that_can_not_be_made_at_the_top_is_made_within() {
    let refused = |part| (part, "{tag} NO permission denied\r\n".to_owned());
    let fake = offering("MOVE", vec![refused("CREATE"), refused("UID MOVE"), ok("CREATE \"INBOX.&XfJZBHQG-\""), ok("UID MOVE")]).await;
    assert!(open(&fake).await.show(Courtesy::Move, 7, &[1]).await.unwrap());
    let fake = offering("MOVE", vec![refused("CREATE"), refused("UID MOVE"), refused("CREATE"), refused("UID MOVE")]).await;
    let error = open(&fake).await.show(Courtesy::Move, 7, &[1]).await.unwrap_err();
    assert!(matches!(error, MailboxError::Refused(_)), "{error}");
}

#[tokio::test]
async fn uids_of_another_uidvalidity_are_left_alone() {
    let fake = offering("MOVE", vec![]).await;
    assert!(!open(&fake).await.show(Courtesy::Move, 6, &[1]).await.unwrap());
    assert_eq!(fake.count("MOVE") + fake.count("STORE"), 0);
}
