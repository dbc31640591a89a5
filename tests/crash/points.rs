//! The program dies at every point that stands between two durable steps, in every command that passes it.
//!
//! A deployment goes through its life once, without faults; in front of each command it is copied. Then each
//! death happens to a copy: the command dies there, is run again, and what came of it must be what came of it
//! without a death. Where the record is a server's, a pass is three processes side by side, of which the first dies there, or
//! each; a minute later three others come.

use crate::{
    record::Engine,
    scene::{Copy, Outcome, Scene, golden},
    site::{Ended, eventually},
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
    time::Duration,
};

/// A life. A mail comes later, whose bytes are away for a while: it is tried three times, held, and judged
/// again; its reply is held and released. Another comes past the cap of the day, and is told the day after. Then somebody
/// wants digests.
const STEPS: [(&str, &[&str]); 10] = [
    ("receive, judge, deliver", &["poll"]),
    ("quarantine", &["poll"]),
    ("replay", &["quarantine", "replay", "5"]),
    ("judge", &["poll"]),
    ("release", &["outbox", "release", "3"]),
    ("hold", &["outbox", "hold", "3"]),
    ("finish", &["poll"]),
    ("past the cap", &["poll"]),
    ("summary", &["poll"]),
    ("digest", &["poll"]),
];
/// The mail that comes later.
const LATER: &str = "806";

/// A command of the life, as it went without a death.
struct Step {
    /// The deployment before it.
    before: Copy,
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
    who: Who,
}

/// Which of several processes dies.
#[derive(Debug, Clone, Copy)]
enum Who {
    First,
    Each,
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
fn life(engine: &Engine) -> Vec<Step> {
    let scene = Scene::on(engine);
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
    variables.extend(death.map(fault));
    scene.run_with(&variables, STEPS[step].1)
}

/// The death, and what the next start makes of it; whether it came to that.
fn die(steps: &[Step], death: &Death, engine: &Engine) -> bool {
    let step = &steps[death.step];
    let scene = Scene::of_copy(&step.before);
    // A command of a person is one process on a server too.
    let processes = if STEPS[death.step].1 == ["poll"] { engine.processes() } else { 1 };
    let ended = match death.who {
        Who::First if processes > 1 => first_of_several(&scene, death, processes - 1),
        Who::First => run(&scene, death.step, Some(death)).code,
        Who::Each => {
            let fault = [fault(death)];
            let codes: Vec<Option<i32>> = scene.run_beside(processes, &fault, STEPS[death.step].1).iter().map(|ended| ended.code).collect();
            assert!(codes.iter().all(|code| [None, Some(0), Some(LATER_CODE)].contains(code)), "{death:?}: {codes:?}");
            // None where one of them died.
            codes.into_iter().min().flatten()
        }
    };
    // Receiving and judging interleave: a queue that is asked once less was never found empty meanwhile. Of several processes
    // another may have done it.
    let may_miss = death.time > 1 || processes > 1;
    assert!(ended.is_none() || may_miss && [Some(0), Some(LATER_CODE)].contains(&ended), "{death:?} was not reached: {ended:?}");
    scene.record.a_minute_later();
    let again = scene.run_beside(processes, &[], STEPS[death.step].1);
    assert!(again.iter().any(|ended| ended.code == Some(0)), "{death:?}: {again:?}");
    assert!(again.iter().all(|ended| [Some(0), Some(LATER_CODE)].contains(&ended.code)), "{death:?}: {again:?}");
    assert_eq!(scene.outcome().with_digests_gone(), step.outcome, "{death:?}");
    scene.assert_sound(&format!("{death:?}"));
    ended.is_none()
}

/// Of who found every mailbox taken.
const LATER_CODE: i32 = 75;

/// The first dies, when it has the mailbox; the others come then. Its code.
fn first_of_several(scene: &Scene, death: &Death, others: usize) -> Option<i32> {
    let log = scene.site.path("passed");
    let _ = fs::remove_file(&log);
    let variables = [fault(death), ("ZHIHUI_FAILPOINT_LOG".to_owned(), log.display().to_string())];
    let mut first = scene.site.start_with(&variables, &["poll"]);
    let has_mailbox = || fs::read_to_string(&log).is_ok_and(|text| text.lines().any(|line| line == "node.seen"));
    assert!(eventually(Duration::from_secs(60), || has_mailbox() || first.has_ended()), "{death:?}: it never signs on");
    scene.run_beside(others, &[], &["poll"]);
    first.wait(Duration::from_secs(120)).code
}

fn fault(death: &Death) -> (String, String) {
    ("ZHIHUI_FAILPOINT".to_owned(), format!("{}:{}", death.point, death.time))
}

impl Outcome {
    /// A digest that may have gone waits for a person, and is not sent again.
    fn with_digests_gone(mut self) -> Outcome {
        for line in self.outbox.iter_mut().filter(|line| line.starts_with("digest ")) {
            *line = line.replace(" uncertain ", " sent ");
        }
        self
    }
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
            scene.record.a_minute_later();
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
        "digest" => scene.site.change("[replies]", "[[digest]]\nto = [\"office@hubei.example\"]\n[replies]"),
        _ => {}
    }
}

fn blob_of_the_later(scene: &Scene) -> PathBuf {
    let hash: String = Sha256::digest(golden(LATER)).iter().map(|byte| format!("{byte:02x}")).collect();
    let (folder, name) = hash.split_at(2);
    scene.site.path("blobs").join(folder).join(name)
}

/// Each point of each command, at its first and its last time. On a server, where each death takes seven processes, each point
/// where it is first come to: there the first of three processes dies, and each of them. The long form has every time of each.
fn deaths(steps: &[Step], engine: &Engine) -> Vec<Death> {
    let is_long = std::env::var("ZHIHUI_CRASH").is_ok_and(|value| value == "long");
    let (mut deaths, mut known) = (Vec::new(), BTreeSet::new());
    for (number, step) in steps.iter().enumerate() {
        let mut times: BTreeMap<&String, usize> = BTreeMap::new();
        step.passed.iter().for_each(|name| *times.entry(name).or_default() += 1);
        for (point, last) in times {
            let is_new = known.insert(point);
            let is_wanted = |time: &usize| match engine {
                Engine::File => *time == 1 || *time == last,
                Engine::Server(_) => *time == 1 && is_new,
            };
            let wanted = (1..=last).filter(|time| is_long || is_wanted(time));
            let who: &[Who] = if engine.is_server() && STEPS[number].1 == ["poll"] { &[Who::First, Who::Each] } else { &[Who::First] };
            deaths.extend(wanted.flat_map(|time| who.iter().map(move |who| Death { step: number, point: point.clone(), time, who: *who })));
        }
    }
    deaths
}

fn every_death_is_made_good(engine: &Engine, elsewhere: &[&str]) {
    let steps = life(engine);
    let last = &steps[steps.len() - 1].outcome;
    assert!(last.cases.len() == 2 && last.outbox.len() == 5, "{last:?}");
    let reached: BTreeSet<&String> = steps.iter().flat_map(|step| &step.passed).collect();
    let missed: Vec<String> = named().into_iter().filter(|name| !reached.contains(name) && !elsewhere.contains(&name.as_str())).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");

    let deaths = deaths(&steps, engine);
    let (next, died, failures) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(death) = deaths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| die(&steps, death, engine))) {
                        Ok(has_died) => drop(died.fetch_add(usize::from(has_died), Ordering::Relaxed)),
                        Err(_) => failures.lock().expect("nobody panics with it").push(death.clone()),
                    }
                }
            });
        }
    });
    let (failures, died) = (failures.into_inner().expect("nobody panics with it"), died.into_inner());
    println!("{} deaths, {died} of them came to it", deaths.len());
    assert!(failures.is_empty(), "{} of {} deaths: {failures:?}", failures.len(), deaths.len());
    assert!(died * 4 > deaths.len() * 3, "only {died} of {} came to it", deaths.len());
}

#[test]
fn a_death_between_any_two_steps_is_made_good_by_the_next_start() {
    // A mail that goes into a file is killed at by its syncs; a mail that can't be recorded is no kill. On a file nobody signs on.
    let elsewhere = ["file.written", "file.renamed", "process.failed", "node.joined", "node.seen", "node.left"];
    every_death_is_made_good(&Engine::File, &elsewhere);
}

#[test]
fn on_a_server_a_death_of_one_process_or_of_all_between_any_two_steps_is_made_good_by_the_others() {
    // Whose leases are taken over is signed off there.
    every_death_is_made_good(&Engine::server(), &["file.written", "file.renamed", "process.failed", "lease.taken_over"]);
}
