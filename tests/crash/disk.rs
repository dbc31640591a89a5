//! A disk that takes nothing for a while, and a record that somebody else holds.

use crate::{
    record::Engine,
    scene::{Scene, golden},
    shim,
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use std::{fs, time::Duration};

const PATIENCE: Duration = Duration::from_secs(90);
const DATE: &str = "15-Jun-2023 10:00:00 +0800";
/// ENOSPC, EDQUOT and EROFS of Linux.
const FULL: i32 = 28;
const OVER_QUOTA: i32 = 122;
const READ_ONLY: i32 = 30;

/// The daemon has answered a mail; then the paths below `under` take nothing, and a second mail comes.
fn pause_and_resume(under: &str, errno: i32, engine: &Engine) {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let scene = Scene::of(Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]), sink, engine);
    let (site, sink) = (&scene.site, &scene.sink);
    dovecot.append("cases", "INBOX", DATE, &golden("001"));
    let path = |name: &str| site.path(name).display().to_string();
    let variables = shim::variables(&[shim::log(site), ("SHIM_REFUSE", path("refuse")), ("SHIM_UNDER", path(under))]);
    let daemon = site.start_with(&variables, &["run"]);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 1), "it runs");

    site.write("refuse", errno.to_string());
    dovecot.append("cases", "INBOX", DATE, &golden("408"));
    let refused = || shim::noted(site).iter().filter(|(what, _)| what == "refused").count();
    assert!(eventually(PATIENCE, || refused() >= 3), "{under} is tried again");
    assert_eq!((sink.arrived().len(), site.list("case").len()), (1, 1), "nothing is half-done meanwhile");

    fs::remove_file(site.path("refuse")).expect("it is there");
    assert!(eventually(PATIENCE, || sink.arrived().len() == 2), "it goes on by itself");
    let ended = daemon.terminate(Duration::from_secs(10));
    println!("{}", ended.log);
    ended.assert(0, &[]);
    let told = |words: &str| ended.log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(told("\"message\":\"alarm\""), 1, "{}", ended.log);
    assert_eq!(told("alarm is over"), 1, "{}", ended.log);
    scene.assert_whole(under);
    let attempts = site.column("message", "attempts");
    assert_eq!(attempts, ["1", "1"], "no attempt is held against a mail");
}

#[test]
fn a_full_disk_under_the_blobs_pauses_receiving() {
    pause_and_resume("blobs", FULL, &Engine::File);
}

#[test]
fn a_full_disk_under_the_blobs_pauses_receiving_where_the_record_is_on_a_server() {
    pause_and_resume("blobs", FULL, &Engine::server());
}

#[test]
fn a_quota_under_the_record_pauses_receiving() {
    pause_and_resume("zhihui.db", OVER_QUOTA, &Engine::File);
}

#[test]
fn a_full_disk_under_the_record_pauses_receiving() {
    pause_and_resume("zhihui.db", FULL, &Engine::File);
}

#[test]
fn a_read_only_disk_is_told_and_the_next_pass_goes_on() {
    let scene = Scene::new();
    let path = |name: &str| scene.site.path(name).display().to_string();
    scene.site.done(&["case", "list"]);
    scene.site.write("refuse", READ_ONLY.to_string());
    let variables = shim::variables(&[("SHIM_REFUSE", path("refuse")), ("SHIM_UNDER", path("blobs"))]);
    for _ in 0..2 {
        scene.run_with(&variables, &["poll"]).assert(75, &["文件库", "读写失败"]);
    }
    assert!(scene.outcome().messages.is_empty());
    fs::remove_file(scene.site.path("refuse")).expect("it is there");
    scene.site.poll();
    scene.assert_whole("read-only");
}

#[test]
fn a_record_that_somebody_holds_is_waited_for_and_then_left() {
    let scene = Scene::new();
    scene.site.done(&["case", "list"]);
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", scene.site.path("zhihui.db").display());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let pool = sqlx::AnyPool::connect(&url).await.expect("the database opens");
        let held = pool.begin_with("BEGIN IMMEDIATE").await.expect("it can be held");
        let watch = zhihui::clock::Stopwatch::start();
        scene.site.run(&["poll"]).assert(75, &["被其他程序占用"]);
        let waited = watch.elapsed();
        assert!((Duration::from_secs(25)..Duration::from_secs(60)).contains(&waited), "{waited:?}");
        // A daemon that waits for it ends when it is told to.
        fs::remove_file(scene.site.path("zhihui.db.lock")).expect("the pass has left it");
        let daemon = scene.site.start(&["run"]);
        assert!(eventually(PATIENCE, || scene.site.path("zhihui.db.lock").exists()), "it has started");
        daemon.terminate(Duration::from_secs(10)).assert(0, &[]);
        held.rollback().await.expect("it is let go");
        pool.close().await;
    });
    scene.site.poll();
    scene.assert_whole("locked");
}
