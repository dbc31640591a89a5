//! The program dies at every point that stands between two durable steps, in every command that passes it.
//!
//! A deployment goes through its life once, without faults; in front of each command it is copied. Then each
//! death happens to a copy: the command dies there, is run again, and what came of it must be what came of it
//! without a death.

use crate::{
    scene::{Outcome, Scene, golden},
    site::Ended,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

/// A life. A mail comes later, whose bytes are away for a while: it is tried three times, held, and judged
/// again; its reply is held and released. Another comes past the cap of the day, and is told the day after.
const STEPS: [(&str, &[&str]); 9] = [
    ("receive, judge, deliver", &["poll"]),
    ("quarantine", &["poll"]),
    ("replay", &["quarantine", "replay", "5"]),
    ("judge", &["poll"]),
    ("release", &["outbox", "release", "3"]),
    ("hold", &["outbox", "hold", "3"]),
    ("finish", &["poll"]),
    ("past the cap", &["poll"]),
    ("summary", &["poll"]),
];
/// The mail that comes later.
const LATER: &str = "806";

/// A command of the life, as it went without a death.
struct Step {
    /// The deployment before it.
    before: TempDir,
    /// The points that it passed.
    passed: Vec<String>,
    /// What came of it.
    outcome: Outcome,
}

/// One death.
#[derive(Debug, Clone)]
struct Death {
    step: usize,
    point: String,
    time: usize,
}

/// Every point that is named in the source.
fn named() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("the source").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("failpoint.rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                names.extend(text.split("failpoint!(\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            }
        }
    }
    names
}

/// The life without a death.
fn life() -> Vec<Step> {
    let scene = Scene::new();
    let mut steps = Vec::new();
    for (number, (name, _)) in STEPS.iter().enumerate() {
        prepare(&scene, number);
        let before = scene.copy();
        let ended = run(&scene, number, None);
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        let passed = fs::read_to_string(scene.site.path("passed")).unwrap_or_default().lines().map(str::to_owned).collect();
        steps.push(Step { before, passed, outcome: scene.outcome() });
    }
    scene.assert_whole("without a death");
    steps
}

fn run(scene: &Scene, step: usize, death: Option<&Death>) -> Ended {
    let _ = fs::remove_file(scene.site.path("passed"));
    let mut variables = vec![("ZHIHUI_FAILPOINT_LOG".to_owned(), scene.site.path("passed").display().to_string())];
    variables.extend(death.map(|death| ("ZHIHUI_FAILPOINT".to_owned(), format!("{}:{}", death.point, death.time))));
    scene.run_with(&variables, STEPS[step].1)
}

/// The death, and what the next start makes of it.
fn die(steps: &[Step], death: &Death) {
    let step = &steps[death.step];
    let scene = Scene::of_copy(step.before.path());
    let ended = run(&scene, death.step, Some(death));
    // Receiving and judging interleave: a queue that is asked once less was never found empty meanwhile.
    let is_once_less = ended.code == Some(0) && death.time > 1;
    assert!(ended.code.is_none() || is_once_less, "{death:?} was not reached: {ended:?}");
    run(&scene, death.step, None).assert(0, &[]);
    assert_eq!(scene.outcome(), step.outcome, "{death:?}");
    scene.assert_sound(&format!("{death:?}"));
}

/// What happens before a step.
fn prepare(scene: &Scene, step: usize) {
    let (blob, away) = (blob_of_the_later(scene), scene.site.path("away"));
    match STEPS[step].0 {
        // It has come in, and its bytes are lost before it is read.
        "quarantine" => {
            scene.put(9, &golden(LATER));
            let stopped = ("ZHIHUI_FAILPOINT".to_owned(), "message.claim:1".to_owned());
            assert_eq!(scene.run_with(&[stopped], &["poll"]).code, None);
            fs::rename(blob, away).expect("the mail has come in");
            scene.site.change("[replies]", "[replies]\nmode = \"hold\"");
        }
        "replay" => fs::rename(away, blob).expect("the bytes are found again"),
        "finish" => scene.run_with(&[], &["outbox", "release", "3"]).assert(0, &[]),
        "past the cap" => {
            scene.site.change("mode = \"hold\"", "mode = \"all\"");
            scene.site.change("per_day = 1000", "per_day = 0");
            scene.put(10, &golden("408"));
        }
        // The day is over.
        "summary" => scene.execute("UPDATE summary_item SET day_ms = day_ms - 86400000"),
        _ => {}
    }
}

fn blob_of_the_later(scene: &Scene) -> PathBuf {
    let hash: String = Sha256::digest(golden(LATER)).iter().map(|byte| format!("{byte:02x}")).collect();
    let (folder, name) = hash.split_at(2);
    scene.site.path("blobs").join(folder).join(name)
}

/// Each point of each command, at its first and its last time, or every time.
fn deaths(steps: &[Step]) -> Vec<Death> {
    let is_long = std::env::var("ZHIHUI_CRASH").is_ok_and(|value| value == "long");
    let mut deaths = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let mut times: BTreeMap<&String, usize> = BTreeMap::new();
        step.passed.iter().for_each(|name| *times.entry(name).or_default() += 1);
        for (point, last) in times {
            let wanted = (1..=last).filter(|time| is_long || *time == 1 || *time == last);
            deaths.extend(wanted.map(|time| Death { step: number, point: point.clone(), time }));
        }
    }
    deaths
}

#[test]
fn a_death_between_any_two_steps_is_made_good_by_the_next_start() {
    let steps = life();
    let last = &steps[steps.len() - 1].outcome;
    assert!(last.cases.len() == 2 && last.outbox.len() == 4, "{last:?}");
    let reached: BTreeSet<&String> = steps.iter().flat_map(|step| &step.passed).collect();
    // A mail that goes into a file is killed at by its syncs; a mail that can't be recorded is no kill.
    let elsewhere = ["file.written", "file.renamed", "process.failed"];
    let missed: Vec<String> = named().into_iter().filter(|name| !reached.contains(name) && !elsewhere.contains(&name.as_str())).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");

    let deaths = deaths(&steps);
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(death) = deaths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| die(&steps, death))).is_err() {
                        failures.lock().expect("nobody panics with it").push(death.clone());
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics with it");
    println!("{} deaths", deaths.len());
    assert!(failures.is_empty(), "{} of {} deaths: {failures:?}", failures.len(), deaths.len());
}
