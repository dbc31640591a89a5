//! What a program took: the clock, the CPU with everybody whom it started, and the most memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

/// `times` of the shell gives the CPU time of its children, and of theirs.
const SHELL: &str = r#""$@"; code=$?; times; exit $code"#;

/// Of one run.
#[derive(Debug, Default)]
pub struct Figures {
    pub mails: usize,
    pub took: Duration,
    pub cpu: Duration,
    /// The largest of all processes of a name, in bytes: the program itself and its workers.
    pub memory: BTreeMap<String, u64>,
}

impl Figures {
    pub const HEADER: &str = "attached     what                a second   CPU ms   memory";

    /// Mails a second by the clock.
    pub fn rate(&self) -> f64 {
        self.mails as f64 / self.took.as_secs_f64()
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cpu = self.cpu.as_secs_f64() * 1000.0 / self.mails as f64;
        write!(f, "{:>14.1} {cpu:>8.2}  ", self.rate())?;
        self.memory.iter().try_for_each(|(name, bytes)| write!(f, " {name} {} MB", bytes >> 20))
    }
}

/// Runs it to its end, which must be a good one.
pub fn run(mails: usize, program: &Path, arguments: &[&str]) -> Figures {
    let started = Instant::now();
    let shell = Command::new("sh")
        .args(["-c", SHELL, "measured"])
        .arg(program)
        .args(arguments)
        // As in packaging/zhihui.service.
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh can be started");
    let memory = watch(&shell);
    let output = shell.wait_with_output().expect("it ends");
    let took = started.elapsed();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{program:?} failed: {said}{}", String::from_utf8_lossy(&output.stderr));
    let cpu = said.lines().next_back().map(cpu).unwrap_or_default();
    Figures { mails, took, cpu, memory: memory.join().expect("it only looks") }
}

/// `0m1.230s 0m0.450s`: the children's, user and system.
fn cpu(line: &str) -> Duration {
    let one = |word: &str| {
        let (minutes, seconds) = word.trim_end_matches('s').split_once('m').expect("minutes and seconds");
        Duration::from_secs_f64(minutes.parse::<f64>().expect("minutes") * 60.0 + seconds.parse::<f64>().expect("seconds"))
    };
    line.split_whitespace().map(one).sum()
}

/// Looks at everybody below the shell until it is gone (proc(5), VmHWM).
fn watch(shell: &Child) -> thread::JoinHandle<BTreeMap<String, u64>> {
    let root = shell.id();
    thread::spawn(move || {
        let mut most: BTreeMap<String, u64> = BTreeMap::new();
        while Path::new(&format!("/proc/{root}/fd")).exists() && !is_over(root) {
            for pid in below(root) {
                if let Some((name, bytes)) = memory(pid) {
                    let known = most.entry(name).or_default();
                    *known = bytes.max(*known);
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        most
    })
}

fn is_over(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/status")).map_or(true, |status| status.contains("State:\tZ"))
}

/// Everybody whom a process has started, and whom they have.
pub fn below(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let of_threads = threads.filter_map(|entry| std::fs::read_to_string(entry.path().join("children")).ok());
        for list in std::iter::once(children).chain(of_threads) {
            for child in list.split_whitespace().filter_map(|word| word.parse().ok()) {
                if !found.contains(&child) {
                    found.push(child);
                }
            }
        }
        next += 1;
    }
    found.remove(0);
    found
}

/// The CPU's time that a process took itself (proc(5), stat: utime and stime, in hundredths).
pub fn cpu_of(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    Duration::from_millis(fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn memory(pid: u32) -> Option<(String, u64)> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut words = line.split(|byte| *byte == 0);
    let program = String::from_utf8_lossy(words.next()?).into_owned();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let name = if words.any(|word| word == b"worker") { "worker".to_owned() } else { program };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = most.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((name, kilobytes << 10))
}
