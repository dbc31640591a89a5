//! A small campaign year through the whole program: what went out is what should have, and the same seed gives the same.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use jiff::civil::date;
use std::path::PathBuf;
use zhihui::simulate::{Options, Year, play};

async fn year(seed: u64) -> Year {
    played(Options { seed, mails: 100, from: date(2023, 5, 23), until: date(2024, 1, 10) }).await
}

async fn played(options: Options) -> Year {
    let folder = tempfile::tempdir().expect("a folder");
    play(&options, folder.path(), PathBuf::from(env!("CARGO_BIN_EXE_zhihui")), |_| {}).await.expect("it plays to its end")
}

#[tokio::test]
async fn every_reminder_and_digest_of_a_year_goes_once_on_its_day() {
    let year = year(1).await;
    assert_eq!(year.differences, Vec::<String>::new());
    assert_eq!(year.mails.values().sum::<u64>(), 100);
    assert_eq!((year.windows.len(), year.batches.len(), year.activities.len(), year.weeks.len()), (13, 2, 17, 34));
    let sent = |kind: &str| year.replies.get(kind).copied().unwrap_or_default();
    // 33 Mondays for each of two recipients.
    assert_eq!(sent("digest"), 2 * 33);
    assert!(sent("reminder") > 5 && sent("acknowledgement") > 30 && sent("correction") > 10, "{:?}", year.replies);
    for disposition in ["case", "revision", "supplement", "duplicate", "inquiry", "automatic"] {
        assert!(year.mails.contains_key(disposition), "no {disposition} in {:?}", year.mails);
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_year_and_another_another() {
    let options = Options { seed: 7, mails: 30, from: date(2023, 6, 19), until: date(2023, 7, 13) };
    let year = played(options).await;
    assert_eq!(year, played(options).await);
    assert_ne!(year.weeks, played(Options { seed: 8, ..options }).await.weeks);
    assert_eq!(year.differences, Vec::<String>::new());
}
