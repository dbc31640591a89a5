//! How full the mailbox is: told once when it is nearly full, and once when it has room again.

use super::receiving::{MAIL, Office};
use super::*;

fn full(used: u32) -> Vec<Step> {
    let login = ok("LOGIN \"u\" \"p\"");
    let offers = ("CAPABILITY", "* CAPABILITY IMAP4rev1 QUOTA\r\n{tag} OK done\r\n".to_owned());
    let quota = format!("* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (MESSAGE 5 6 STORAGE {used} 1000)\r\n{{tag}} OK done\r\n");
    vec![
        login,
        offers,
        examine(1, 7, ""),
        list("1:*", &[(1, MAIL.len())]),
        ("BODY", body(1, MAIL) + "{tag} OK done\r\n"),
        ("GETQUOTAROOT \"INBOX\"", quota),
        ok("LOGOUT"),
    ]
}

/// Nothing new is there.
fn later(used: u32) -> Vec<Step> {
    let mut steps = full(used);
    steps.splice(3..5, [list("2:*", &[])]);
    steps
}

#[tokio::test]
async fn a_mailbox_that_is_nearly_full_is_told_once_until_it_has_room_again() {
    let fake = Fake::start(vec![(GREETING, full(899)), (GREETING, later(951)), (GREETING, later(900)), (GREETING, later(700))]).await;
    let office = Office::new(&fake);
    let mut alarms = Vec::new();
    for _ in 0..4 {
        let faults = office.poll().await;
        assert!(faults.is_empty(), "{faults:?} {:?}", fake.heard());
        let standing = office.app().await.store.alarms().await.unwrap();
        alarms.push(standing.iter().map(|alarm| alarm.sentence.clone()).collect::<Vec<_>>().join(";"));
    }
    assert_eq!((alarms[0].as_str(), alarms[3].as_str()), ("", ""));
    assert!(alarms[1].contains("已用95%") && alarms[1] == alarms[2], "{alarms:?}");
}
