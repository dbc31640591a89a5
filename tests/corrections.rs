//! A form that lacks its seal, the request for it, and the complete form that follows: in time, a second too late, and
//! before anything was asked; with a clock that the test moves.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use zhihui::{
    app::App, clock::Clock, config::Config, daemon::Daemon, model::placement::PlacementRule, store::CaseDetail, store::DaemonLock,
};

const FIRST: &str = "fixtures/mail/001-plain-word.eml";
const COMPLETE: &str = "fixtures/mail/460-scan-with-a-seal.eml";

struct Office {
    folder: TempDir,
    clock: Clock,
    app: App,
    daemon: Daemon,
    _lock: DaemonLock,
}

impl Office {
    /// An office whose replies go at once, or wait for a person.
    async fn open(mode: &str) -> Office {
        let folder = TempDir::new().expect("a folder");
        for name in ["mail", "replies"] {
            fs::create_dir(folder.path().join(name)).expect("it can be made");
        }
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(manifest.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        let config = format!(
            "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nsource = \"eml\"\npath = \"mail\"\ncampaign = \"campaign-2023.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\nmode = \"{mode}\"\n"
        );
        fs::write(folder.path().join("zhihui.toml"), config).expect("the configuration");
        let clock = Clock::fixed("2023-06-29T01:00:00Z".parse().expect("an instant"));
        let loaded = Config::load(Some(&folder.path().join("zhihui.toml")), []).expect("it is right");
        let app = App::open(loaded, clock.clone()).await.expect("it opens");
        let lock = app.store.daemon_lock().expect("nobody else");
        let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
        Office { folder, clock, app, daemon, _lock: lock }
    }

    /// A mail arrives at this instant, which its topmost `Received` tells, and everything due is done.
    async fn receive(&self, fixture: &str, received: &str, id: &str, answers: &str) {
        let raw =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).expect("the fixture is ASCII").replace("\r\n", "\n");
        let (head, body) = raw.split_once("\n\n").expect("a body");
        let start = head.find("MIME-Version").expect("its structure comes last");
        let mail = format!(
            "Received: from mail.unit.example by mx.hubei.example; {received}\nFrom: <office@unit.example>\nTo: cases@hubei.example\n\
             Subject: =?utf-8?B?5YW45Z6L5qGI5L6L55Sz5oql5p2Q5paZ?=\nDate: {received}\nMessage-ID: <{id}@unit.example>\n\
             In-Reply-To: <{answers}@unit.example>\n{}\n\n{body}",
            head.get(start..).unwrap_or_default()
        );
        fs::write(self.folder.path().join("mail").join(format!("{id}.eml")), mail).expect("it arrives");
        let faults = self.daemon.poll().await.faults;
        assert!(faults.is_empty(), "{faults:?}");
    }

    async fn case(&self) -> CaseDetail {
        self.app.store.case_detail("JCZH-2023-0001").await.expect("the record").expect("the case")
    }
}

/// The windows of a case that was asked on Thursday 29 June, and whose complete form comes then.
async fn after(mode: &str, received: &str, clock: &str) -> (Option<String>, Option<String>, String, PlacementRule) {
    let office = Office::open(mode).await;
    office.receive(FIRST, "Wed, 28 Jun 2023 23:00:00 +0800", "first", "none").await;
    let case = office.case().await;
    assert_eq!((case.case.status.as_str(), case.case.month.as_deref()), ("needs_correction", Some("2023-06")));
    office.clock.set(clock.parse().expect("an instant"));
    office.receive(COMPLETE, received, "second", "first").await;
    let case = office.case().await;
    assert_eq!(case.revisions.len(), 2, "it is a revision of the same case");
    let changed = case.revisions[1].changes.iter().any(|change| change.field == "seal" && change.before.as_deref() == Some("absent"));
    assert!(changed, "{:?}", case.revisions[1].changes);
    let rule = case.revisions[1].placement.as_ref().expect("it is told").rule;
    (case.case.month, case.case.batch, case.case.status, rule)
}

#[tokio::test]
async fn a_complete_form_within_the_period_keeps_its_window_and_a_second_later_it_does_not() {
    let (h1, h2) = (Some("2023-H1".to_owned()), Some("2023-H2".to_owned()));
    let kept = after("all", "Thu, 06 Jul 2023 17:30:00 +0800", "2023-07-06T10:00:00Z").await;
    assert_eq!(kept, (Some("2023-06".into()), h1.clone(), "accepted".into(), PlacementRule::WithinPeriod));
    let moved = after("all", "Thu, 06 Jul 2023 17:30:01 +0800", "2023-07-06T10:00:00Z").await;
    assert_eq!(moved, (Some("2023-07".into()), h2, "accepted".into(), PlacementRule::BecameComplete));
    // The request still waits for a person: nobody was asked yet.
    let unasked = after("hold", "Tue, 01 Aug 2023 09:00:00 +0800", "2023-08-01T02:00:00Z").await;
    assert_eq!(unasked, (Some("2023-06".into()), h1, "accepted".into(), PlacementRule::NotYetAsked));
}

#[tokio::test]
async fn a_correction_after_the_close_is_late() {
    let late = after("all", "Mon, 01 Jan 2024 00:00:00 +0800", "2024-01-01T01:00:00Z").await;
    assert_eq!(late, (None, None, "late".into(), PlacementRule::BecameComplete));
}
