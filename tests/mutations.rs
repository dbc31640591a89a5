//! Damaged inputs at every run: each fuzzing target gets a fixed number of its seeds, mutated by a fixed
//! generator. None may panic, overflow the stack of a worker, or take a worker's whole time.
//!
//! `ZHIHUI_MUTATIONS=5000 cargo test --test mutations` does more of the same; `fuzz/run` searches with
//! coverage. What fails is written into `target/tmp`, to be made a fixture.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use targets::{Seeds, TARGETS, Target};
use zhihui::clock::Stopwatch;

/// Inputs for each target unless told otherwise.
const ROUNDS: usize = 60;
/// The stack that a worker has.
const STACK: usize = 8 << 20;
/// The time that a worker has for a mail.
const PATIENCE: Duration = zhihui::worker::pool::DEADLINE;

#[test]
fn damaged_inputs_are_survived() {
    let rounds = std::env::var("ZHIHUI_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(ROUNDS);
    let seeds = Seeds::load(Path::new(env!("CARGO_MANIFEST_DIR")));
    let work: Vec<(&Target, Vec<Vec<u8>>)> = TARGETS.iter().map(|target| (target, (target.seeds)(&seeds))).collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let one = || {
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some((target, seeds)) = work.get(at / rounds) else { return };
            let round = at % rounds;
            let input = damaged(seeds, (at / rounds) as u64, round);
            if let Some(why) = fault(target, &input) {
                let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{round}", target.name));
                std::fs::write(&path, &input).expect("a file");
                failed.lock().expect("no panic inside").push(format!("{} {why}: {}", target.name, path.display()));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, one).expect("a thread");
        }
    });
    let failed = failed.into_inner().expect("no panic inside");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn fault(target: &Target, input: &[u8]) -> Option<&'static str> {
    let started = Stopwatch::start();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    match outcome {
        Err(_) => Some("panicked"),
        Ok(()) if started.elapsed() > PATIENCE => Some("took too long"),
        Ok(()) => None,
    }
}

/// A seed with a few wounds. The first rounds take the seeds in turn.
fn damaged(seeds: &[Vec<u8>], stream: u64, round: usize) -> Vec<u8> {
    let mut chance = Chance(stream << 32 | round as u64);
    let none = Vec::new();
    let mut bytes = seeds.get(round % seeds.len().max(1)).unwrap_or(&none).clone();
    for _ in 0..=chance.below(6) {
        wound(&mut bytes, seeds, &mut chance);
    }
    bytes
}

fn wound(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], chance: &mut Chance) {
    let range = |length: usize, chance: &mut Chance| {
        let from = chance.below(length + 1);
        let most = 1 << chance.below(12);
        from..from + chance.below((length - from).min(most) + 1)
    };
    let own = range(bytes.len(), chance);
    match chance.below(8) {
        0 => bytes.truncate(own.start),
        1 => drop(bytes.drain(own)),
        2 => drop(bytes.splice(own.start..own.start, bytes[own.clone()].repeat(1 + chance.below(40)))),
        3 => bytes[own].iter_mut().for_each(|byte| *byte = [0, 1, 0x7f, 0x80, 0xff, b'<', b'(', b'{'][chance.below(8)]),
        4 => bytes[own].iter_mut().take(4).for_each(|byte| *byte ^= 1 << chance.below(8)),
        5 => drop(bytes.splice(
            own.start..own.start,
            [b"-1".as_slice(), b"4294967295", b"99999999999999999999", b"\xe7\xab\xa0"][chance.below(4)].to_vec(),
        )),
        6 => bytes[own.start..].iter_mut().filter(|byte| byte.is_ascii_digit()).take(1 + chance.below(8)).for_each(|byte| *byte = b'9'),
        _ => {
            let Some(other) = seeds.get(chance.below(seeds.len().max(1))) else { return };
            let piece = other[range(other.len(), chance)].to_vec();
            bytes.splice(own, piece);
        }
    }
}

/// SplitMix64: the same numbers everywhere, without a crate.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one, or 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }
}
