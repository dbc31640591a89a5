//! A clock that is a year wrong, and right again.

use crate::{
    record::Engine,
    scene::{Scene, golden},
    shim,
    site::{AT_ONCE, Site, smtp, text},
    support::smtp_sink::{Manner, SmtpSink},
};
use std::fs;

const YEAR: i64 = 366 * 86_400;

impl Scene {
    /// A command under a clock that is so many seconds ahead; with a point at which it dies.
    fn under_clock(&self, ahead: i64, death: Option<&str>, arguments: &[&str]) -> Option<i32> {
        self.site.write("ahead", ahead.to_string());
        let clock = ("SHIM_CLOCK", self.site.path("ahead").display().to_string());
        let death = death.map(|point| ("ZHIHUI_FAILPOINT", point.to_owned()));
        let variables: Vec<_> = [clock].into_iter().chain(death).collect();
        self.run_with(&shim::variables(&variables), arguments).code
    }
}

#[test]
fn leases_of_a_year_ahead_hold_nobody_up() {
    for engine in [Engine::File, Engine::server()] {
        for death in ["process.read:1", "deliver.begin:1", "deliver.answered:1"] {
            let scene = Scene::on(&engine);
            assert_eq!(scene.under_clock(YEAR, Some(death), &["poll"]), None, "{death}");
            scene.record.a_minute_later();
            scene.site.poll();
            scene.assert_whole(death);
        }
    }
}

#[test]
fn what_was_deferred_a_year_ahead_goes_when_the_clock_is_right() {
    let scene = Scene::new();
    let soft = SmtpSink::start_with(Manner::Soft("RCPT"));
    let (good, bad) = (format!("port = {}\n", scene.sink.port), format!("port = {}\n", soft.port));
    scene.site.change(&good, &bad);
    assert_eq!(scene.under_clock(YEAR, None, &["poll"]), Some(0));
    assert_eq!(scene.site.column("outbox", "state"), ["queued", "queued"]);
    scene.site.change(&bad, &good);
    scene.site.poll();
    // The wait that was left is kept: minutes, and not a year.
    let next: Vec<jiff::Timestamp> =
        scene.site.column("outbox", "next_attempt_at").iter().map(|at| at.parse().expect("an instant")).collect();
    let soon = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_secs() + 600;
    assert!(next.len() == 2 && next.iter().all(|at| at.as_second().unsigned_abs() < soon), "{next:?}");
    scene.site.done(&["outbox", "retry", "1", "2"]);
    scene.site.poll();
    scene.assert_whole("deferred");
}

#[test]
fn replies_of_a_year_ahead_use_up_no_hour() {
    let scene = Scene::new();
    scene.site.change("replies_per_hour = 1000", "replies_per_hour = 2");
    assert_eq!(scene.under_clock(YEAR, None, &["poll"]), Some(0));
    assert_eq!(scene.sink.arrived().len(), 2);
    scene.put(20, &golden("408"));
    scene.site.poll();
    assert_eq!(scene.sink.arrived().len(), 3);
    scene.assert_whole("sent a year ahead");
}

/// A mailbox of a clock that is right, met first under one that is not: nobody knows which mail is old.
#[test]
fn a_clock_in_the_past_floods_nobody() {
    let sink = SmtpSink::start();
    let maildir = "[[mailbox]]\nsource = \"maildir\"\npath = \"mail\"\nsince = \"1971-01-01\"\ncampaign = \"campaign-2023.toml\"\n";
    let settings = AT_ONCE.replace("reply_within_days = 36500", "reply_within_days = 30");
    let scene = Scene::of(Site::new(&[maildir, &smtp(sink.port), &settings]), sink, &Engine::File);
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(scene.site.path("mail").join(folder)).expect("it can be made");
    }
    scene.put(1, &golden("001"));
    assert_eq!(scene.under_clock(-50 * YEAR, None, &["poll"]), Some(0));
    let states: Vec<String> = scene.site.list("outbox").iter().map(|row| text(row, "state")).collect();
    assert_eq!((states, scene.sink.arrived().len()), (vec!["held".to_owned()], 0));
}
