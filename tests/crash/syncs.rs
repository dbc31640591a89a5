//! What is synced, in which order and how often; the program dies at each sync; a sync that fails ends it.

use crate::{
    record::Engine,
    scene::{Outcome, Scene},
    shim,
};

/// No scene has so many.
const MOST: usize = 200;

fn poll(scene: &Scene, more: &[(&str, String)]) -> crate::site::Ended {
    let variables: Vec<_> = more.iter().cloned().chain([shim::log(&scene.site)]).collect();
    scene.run_with(&shim::variables(&variables), &["poll"])
}

fn is_sync(what: &str) -> bool {
    what.contains("sync")
}

/// The outcome of a pass without faults.
fn undisturbed(engine: &Engine) -> Outcome {
    let scene = Scene::on(engine);
    poll(&scene, &[]).assert(0, &[]);
    scene.assert_whole("without a fault");
    scene.outcome()
}

#[test]
fn a_death_at_any_sync_is_made_good_by_the_next_start() {
    a_death_is_made_good(&Engine::File, 8);
}

#[test]
fn a_death_at_any_sync_of_the_blobs_is_made_good_where_the_record_is_on_a_server() {
    a_death_is_made_good(&Engine::server(), 2);
}

fn a_death_is_made_good(engine: &Engine, least: usize) {
    let wanted = undisturbed(engine);
    let variables: &[&str] = if std::env::var("ZHIHUI_CRASH").is_ok() { &["SHIM_KILL_AT", "SHIM_KILL_AFTER"] } else { &["SHIM_KILL_AT"] };
    for variable in variables {
        let mut deaths = 0;
        for number in 1..MOST {
            let scene = Scene::on(engine);
            let ended = poll(&scene, &[(variable, number.to_string())]);
            if ended.code == Some(0) {
                break;
            }
            assert_eq!(ended.code, None, "{ended:?}");
            deaths = number;
            scene.record.a_minute_later();
            poll(&scene, &[]).assert(0, &[]);
            scene.assert_whole(&format!("{variable}={number}"));
            assert_eq!(scene.outcome(), wanted, "{variable}={number}");
        }
        assert!((least..MOST - 1).contains(&deaths), "{variable}: {deaths} deaths");
    }
}

/// The store's connections: eight that read, one that writes.
const CONNECTIONS: usize = 9;
/// The file's own making: its journal, then its log.
const MAKING: usize = 2;

#[test]
fn a_sync_that_fails_ends_the_program_and_is_not_tried_again() {
    let wanted = undisturbed(&Engine::File);
    let (mut failures, mut folded, mut of_folder) = (0, 0, 0);
    for number in 1..MOST {
        let scene = Scene::new();
        let ended = poll(&scene, &[("SHIM_FAIL_AT", number.to_string())]);
        let noted = shim::noted(&scene.site);
        let Some(at) = noted.iter().position(|(what, _)| what == "failed") else {
            ended.assert(0, &[]);
            break;
        };
        failures = number;
        let (_, path) = &noted[at];
        // What is committed stands in SQLite's log; that it can't be folded into the file at the end harms nothing.
        // That the new file's folder can't be synced, SQLite itself says to nobody; each connection syncs it with its first
        // commit.
        let is_folder = std::path::Path::new(path) == scene.site.folder.path();
        if ended.code == Some(0) && is_folder {
            of_folder += 1;
        } else if ended.code == Some(0) && path.contains("/zhihui.db") {
            folded += 1;
        } else {
            ended.assert(1, &["磁盘未能确认写入", "检查磁盘"]);
            // While it makes the file, SQLite takes back what it began, within the same call.
            let is_being_made = path.ends_with("/zhihui.db");
            let since = noted[..at].iter().rposition(|(what, other)| what == "syncfs" && other == path).map_or(0, |last| last + 1);
            let covered =
                noted[since..at].iter().filter(|(what, file)| path.ends_with("/blobs") && what == "rename" && file.contains("/blobs/"));
            assert!(covered.clone().all(|(_, file)| !std::path::Path::new(file).exists()), "nothing is left that only looks durable");
            let again = noted[at + 1..].iter().filter(|(what, other)| is_sync(what) && other == path).count();
            assert!(again == 0 || is_being_made, "{path} is synced again: {noted:?}");
        }
        poll(&scene, &[]).assert(0, &[]);
        scene.assert_whole(&format!("SHIM_FAIL_AT={number}"));
        assert_eq!(scene.outcome(), wanted, "SHIM_FAIL_AT={number}");
    }
    assert!((8..MOST - 1).contains(&failures) && folded <= 6, "{failures} failures, {folded} of them untold");
    assert!(of_folder <= CONNECTIONS + MAKING, "{of_folder} syncs of the folder failed untold");
}

#[test]
fn bytes_and_their_names_are_durable_before_the_record_speaks_of_them() {
    let scene = Scene::new();
    poll(&scene, &[]).assert(0, &[]);
    let noted = shim::noted(&scene.site);
    let is_blob = |(what, path): &(String, String)| what == "rename" && path.contains("/blobs/");
    let first = noted.iter().position(is_blob).expect("a blob gets its name");
    let last = first + noted[first..].iter().take_while(|line| is_blob(line)).count();
    assert!(last - first >= 3, "the mails of a page get their names together: {noted:?}");
    assert!(noted[last].0 == "syncfs" && noted[last].1.ends_with("/blobs"), "then all of it is synced, once: {noted:?}");
    let wal = noted[last..].iter().position(|(what, path)| is_sync(what) && path.ends_with("-wal"));
    assert!(wal.is_some_and(|at| at > 0), "then the record: {noted:?}");
}

#[test]
fn a_page_of_mails_costs_few_syncs() {
    let scene = Scene::new();
    let raw = crate::scene::golden("603");
    for order in 10..70 {
        let mail = String::from_utf8_lossy(&raw).replace("<603@", &format!("<603-{order}@"));
        scene.put(order, mail.as_bytes());
    }
    // The tables are there before.
    scene.site.done(&["case", "list"]);
    poll(&scene, &[]).assert(0, &[]);
    scene.assert_whole("many mails");
    let syncs = shim::noted(&scene.site).iter().filter(|(what, _)| is_sync(what)).count();
    let mails = scene.outcome().messages.len();
    assert_eq!(mails, 64);
    println!("{syncs} syncs for {mails} mails");
    assert!(syncs < mails, "{syncs} syncs for {mails} mails");
}
