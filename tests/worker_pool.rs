//! The pool of workers against workers that hang, crash, bloat and babble.
//!
//! This program is both sides: started by a pool, as `worker` with nothing in its environment, it is a
//! worker whose mails say how it misbehaves; started by `cargo test` it runs the cases. That is why it
//! brings its own small harness: libtest would write into the worker's answers.

use anyhow::{Context, Result, bail, ensure};
use std::{
    future::Future,
    io::Write,
    os::unix::process::ExitStatusExt,
    pin::Pin,
    process::{ExitCode, ExitStatus},
    time::Duration,
};
use tokio::{join, select};
use zhihui::{
    intake::{Arrival, Extent, Received},
    model::reading::{Intake, StoredFile},
    worker::{self, Pool, Setup, WorkerError, limits, sandbox, syscalls},
};

type Case = (&'static str, Pin<Box<dyn Future<Output = Result<()>>>>);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_bare = std::env::vars_os().all(|(name, _)| name.as_encoded_bytes().starts_with(b"MALLOC_"));
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["worker"] if is_bare => return worker::run(prepare).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
        // Whoever is started as a worker must never start workers: they would start others without end.
        ["worker"] => {
            eprintln!("a worker is given nothing of our environment; to choose cases, name one of them");
            return ExitCode::FAILURE;
        }
        ["behind", barrier, deed] if is_bare => return behind(barrier, deed),
        _ => {}
    }
    match cases() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn cases() -> Result<()> {
    let cases: Vec<Case> = vec![
        ("echoes_with_files", Box::pin(echoes_with_files())),
        ("workers_work_at_the_same_time", Box::pin(workers_work_at_the_same_time())),
        ("a_worker_reads_many_mails", Box::pin(a_worker_reads_many_mails())),
        ("more_mails_than_workers", Box::pin(more_mails_than_workers())),
        ("a_hang_times_out", Box::pin(a_hang_times_out())),
        ("deaths_cost_one_mail", Box::pin(deaths_cost_one_mail())),
        ("a_panic_tells_its_place_only", Box::pin(a_panic_tells_its_place_only())),
        ("babble_is_no_answer", Box::pin(babble_is_no_answer())),
        ("another_mails_answer_is_no_answer", Box::pin(another_mails_answer_is_no_answer())),
        ("a_refused_mail_keeps_its_worker", Box::pin(a_refused_mail_keeps_its_worker())),
        ("large_mails_pass", Box::pin(large_mails_pass())),
        ("a_chatty_worker_does_not_block", Box::pin(a_chatty_worker_does_not_block())),
        ("workers_tell_what_confines_them", Box::pin(workers_tell_what_confines_them())),
        ("forbidden_deeds_cost_one_mail", Box::pin(forbidden_deeds_cost_one_mail())),
        ("a_death_by_limit_tells_which", Box::pin(a_death_by_limit_tells_which())),
        ("a_spinning_worker_ends_others_go_on", Box::pin(a_spinning_worker_ends_others_go_on())),
        ("each_barrier_holds_by_itself", Box::pin(each_barrier_holds_by_itself())),
        ("a_worker_that_died_idle_is_replaced", Box::pin(a_worker_that_died_idle_is_replaced())),
        ("a_dropped_read_kills_its_worker", Box::pin(a_dropped_read_kills_its_worker())),
        ("a_wrong_setup_is_told", Box::pin(a_wrong_setup_is_told())),
        ("a_missing_program_is_told", Box::pin(a_missing_program_is_told())),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut failed = 0;
    for (name, case) in cases {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        match runtime.block_on(case) {
            Ok(()) => println!("test {name} ... ok"),
            Err(error) => {
                failed += 1;
                println!("test {name} ... FAILED: {error:#}");
            }
        }
    }
    ensure!(failed == 0, "{failed} cases failed");
    Ok(())
}

// The worker's side.

fn prepare(setup: Setup) -> Result<impl Fn(&Arrival, Vec<u8>) -> Result<Intake, String>, String> {
    if setup.campaign.is_empty() { Err("campaign: empty".into()) } else { Ok(misbehave) }
}

#[expect(clippy::panic, reason = "a worker that panics is what is tested")]
fn misbehave(_: &Arrival, raw: Vec<u8>) -> Result<Intake, String> {
    let mut stdout = std::io::stdout();
    let raw = raw.as_slice();
    match raw {
        b"hang" => loop {
            std::thread::park();
        },
        b"abort" => std::process::abort(),
        b"exit" => std::process::exit(0),
        b"panic" => panic!("the mail says: secret words"),
        b"overflow" => Err(deeper(1).to_string()),
        b"bloat" => Err(vec![1_u8; 2 << 30].len().to_string()),
        b"babble" => {
            stdout.write_all(b"hello, world\n").and_then(|()| stdout.flush()).map_err(|error| error.to_string()).and_then(|()| echo(raw))
        }
        b"no json" => {
            stdout.write_all(b"\0\0\0\x02hi").and_then(|()| stdout.flush()).map_err(|error| error.to_string()).and_then(|()| echo(raw))
        }
        b"stale" => {
            let header = br#"{"segments":[],"body":{"Failed":{"id":77,"reason":""}}}"#;
            let length = u32::try_from(header.len()).map_err(|error| error.to_string())?;
            stdout.write_all(&length.to_be_bytes()).and_then(|()| stdout.write_all(header)).map_err(|error| error.to_string())?;
            echo(raw)
        }
        b"refuse" => Err("refused".into()),
        b"chatty" => {
            eprintln!("{}", "x".repeat(1 << 20));
            echo(raw)
        }
        b"spin" => loop {
            std::hint::spin_loop();
        },
        b"nap" => {
            std::thread::sleep(Duration::from_millis(1));
            echo(raw)
        }
        b"thread" => {
            // A library may parse on a stack of its own, and asks for the number of cores first.
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let thread =
                std::thread::Builder::new().name("parser".into()).stack_size(16 << 20).spawn(move || vec![1_u8; cores << 20].len());
            thread.map_err(|error| error.to_string())?.join().map_err(|_| "panicked")?;
            echo(raw)
        }
        b"allocate" => {
            // Grows and shrinks again, in small and in large pieces, as an allocator is used.
            let pieces: Vec<Vec<u8>> = (1..400_usize).map(|size| vec![1; size * size]).collect();
            let mut grown: Vec<u8> = Vec::new();
            pieces.iter().for_each(|piece| grown.extend(piece));
            drop(pieces);
            grown.shrink_to(1);
            echo(raw)
        }
        other => match deed(std::str::from_utf8(other).unwrap_or_default()) {
            Some(Ok(())) => Err("done".into()),
            Some(Err(error)) => Err(format!("refused: {error}")),
            None => echo(raw),
        },
    }
}

/// What no reader of mails does, by name; a smuggled decoder would.
const FILES: [&str; 3] = ["open a file", "create a file", "list a folder"];
const NETWORK: [&str; 2] = ["connect", "listen"];
const OTHERS: [&str; 3] = ["local socket", "start a program", "remove a file"];

fn deed(name: &str) -> Option<std::io::Result<()>> {
    use std::{fs, io::ErrorKind, net, os::unix::net::UnixDatagram, process};
    Some(match name {
        "open a file" => fs::File::open("/etc/passwd").map(drop),
        "create a file" => fs::File::create("/tmp/zhihui-worker-pool").map(drop),
        "list a folder" => fs::read_dir("/").map(drop),
        "connect" => net::TcpStream::connect("127.0.0.1:9").map(drop),
        "listen" => net::TcpListener::bind("127.0.0.1:0").map(drop),
        "local socket" => UnixDatagram::unbound().map(drop),
        "start a program" => process::Command::new("/bin/true").status().map(drop),
        "remove a file" => fs::remove_file("/tmp/zhihui-worker-pool").or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }),
        _ => return None,
    })
}

/// Does a deed behind one barrier only, so that none hides that another has a hole. Exit status: 0 done, 3 refused.
fn behind(barrier: &str, name: &str) -> ExitCode {
    let stands = match barrier {
        "none" => true,
        "limits" => limits::apply(&limits::Limits::default()).is_ok(),
        "landlock" => rustix::thread::set_no_new_privs(true).is_ok() && sandbox::close_files_and_network().is_ok(),
        "seccomp" => syscalls::restrict().is_ok(),
        _ => false,
    };
    match deed(name).filter(|_| stands) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(_)) => ExitCode::from(3),
        None => ExitCode::from(4),
    }
}

fn deeper(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 512]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1) + room.iter().sum::<u64>() }
}

/// The mail comes back as a file; the worker's process id as the subject.
fn echo(raw: &[u8]) -> Result<Intake, String> {
    let reading = serde_json::json!({
        "message": {"message_id": null, "from": {"name": null, "address": ""}, "subject": std::process::id().to_string(), "received_at": "", "bytes": raw.len(), "sha256": ""},
        "kind": "inquiry", "cases": [], "evidence": [], "defects": [],
    });
    let files =
        vec![StoredFile { sha256: "a".into(), bytes: raw.to_vec().into() }, StoredFile { sha256: "b".into(), bytes: Vec::new().into() }];
    let reading = serde_json::from_value(reading).map_err(|error| error.to_string())?;
    Ok(Intake {
        reading,
        thread: Default::default(),
        traces: Vec::new(),
        files,
        texts: Vec::new(),
        said: String::new(),
        quarantine: None,
        clocks: Default::default(),
        stamp: None,
    })
}

// The daemon's side.

fn pool(size: usize) -> Result<Pool> {
    let setup = Setup { campaign: "id = \"2023\"".into(), regions: String::new() };
    Ok(Pool::start(std::env::current_exe()?, size, setup))
}

fn header() -> Arrival {
    Arrival { received: Received::At(jiff::Timestamp::UNIX_EPOCH), authserv_id: None, passwords: Vec::new(), extent: Extent::Whole }
}

async fn read(pool: &Pool, raw: &[u8]) -> Result<Intake, WorkerError> {
    pool.read(&header(), raw).await
}

/// The worker's process id, once it has echoed well.
async fn echoed(pool: &Pool, raw: &[u8]) -> Result<u32> {
    let intake = read(pool, raw).await?;
    ensure!(intake.files.len() == 2 && intake.files.first().is_some_and(|file| file.bytes == raw), "the mail came back changed");
    Ok(intake.reading.message.subject.parse()?)
}

async fn echoes_with_files() -> Result<()> {
    echoed(&pool(1)?, b"mail").await?;
    echoed(&pool(1)?, b"").await?;
    Ok(())
}

async fn workers_work_at_the_same_time() -> Result<()> {
    let pool = pool(2)?;
    let echo = async {
        let first = echoed(&pool, b"one").await?;
        echoed(&pool, b"two").await.map(|second| (first, second))
    };
    select! {
        outcome = read(&pool, b"hang") => bail!("the hang ended first: {outcome:?}"),
        outcome = echo => ensure!(matches!(outcome, Ok((first, second)) if first == second), "{outcome:?}"),
    }
    Ok(())
}

async fn a_worker_reads_many_mails() -> Result<()> {
    let pool = pool(1)?;
    let first = echoed(&pool, b"0").await?;
    for number in 1..50 {
        ensure!(echoed(&pool, number.to_string().as_bytes()).await? == first, "another worker");
    }
    Ok(())
}

async fn more_mails_than_workers() -> Result<()> {
    let pool = pool(2)?;
    let (a, b, c, d, e) = join!(echoed(&pool, b"a"), echoed(&pool, b"b"), read(&pool, b"abort"), echoed(&pool, b"d"), echoed(&pool, b"e"));
    ensure!(matches!(c, Err(WorkerError::Died { .. })), "{c:?}");
    for outcome in [a, b, d, e] {
        outcome?;
    }
    Ok(())
}

async fn a_hang_times_out() -> Result<()> {
    let patient = pool(1)?;
    echoed(&patient, b"started").await?;
    let hasty = patient.with_deadline(Duration::from_millis(300));
    let outcome = read(&hasty, b"hang").await;
    ensure!(matches!(outcome, Err(WorkerError::TimedOut(_))), "{outcome:?}");
    echoed(&hasty.with_deadline(Duration::from_secs(20)), b"next").await?;
    Ok(())
}

async fn deaths_cost_one_mail() -> Result<()> {
    let pool = pool(1)?;
    for (raw, status) in [
        ("abort", "signal: 6"),
        ("exit", "exit status: 0"),
        ("overflow", "signal: 6"),
        ("bloat", "signal: 6"),
        ("panic", "exit status: 101"),
    ] {
        let outcome = read(&pool, raw.as_bytes()).await;
        ensure!(matches!(&outcome, Err(WorkerError::Died { status: told, .. }) if told.starts_with(status)), "{raw}: {outcome:?}");
        echoed(&pool, b"next").await.context(raw)?;
    }
    Ok(())
}

async fn a_panic_tells_its_place_only() -> Result<()> {
    let Err(error @ WorkerError::Died { .. }) = read(&pool(1)?, b"panic").await else { bail!("no panic") };
    let told = error.to_string();
    ensure!(told.contains("worker_pool.rs") && !told.contains("secret words"), "{told}");
    ensure!(matches!(&error, WorkerError::Died { last_words, .. } if last_words.contains("secret words")), "{error:?}");
    Ok(())
}

async fn babble_is_no_answer() -> Result<()> {
    let pool = pool(1)?;
    let outcome = read(&pool, b"babble").await;
    ensure!(matches!(outcome, Err(WorkerError::TooLarge)), "{outcome:?}");
    let outcome = read(&pool, b"no json").await;
    ensure!(matches!(outcome, Err(WorkerError::Garbled)), "{outcome:?}");
    echoed(&pool, b"next").await?;
    Ok(())
}

async fn another_mails_answer_is_no_answer() -> Result<()> {
    let pool = pool(1)?;
    let outcome = read(&pool, b"stale").await;
    ensure!(matches!(outcome, Err(WorkerError::Garbled)), "{outcome:?}");
    echoed(&pool, b"next").await?;
    Ok(())
}

async fn a_refused_mail_keeps_its_worker() -> Result<()> {
    let pool = pool(1)?;
    let first = echoed(&pool, b"first").await?;
    let outcome = read(&pool, b"refuse").await;
    ensure!(matches!(&outcome, Err(WorkerError::Failed(reason)) if reason == "refused"), "{outcome:?}");
    ensure!(echoed(&pool, b"next").await? == first, "another worker");
    Ok(())
}

async fn large_mails_pass() -> Result<()> {
    let raw: Vec<u8> = (0..100_u32 << 20).map(|index| index.to_le_bytes()[1]).collect();
    echoed(&pool(1)?, &raw).await?;
    Ok(())
}

async fn a_chatty_worker_does_not_block() -> Result<()> {
    echoed(&pool(1)?, b"chatty").await?;
    Ok(())
}

async fn workers_tell_what_confines_them() -> Result<()> {
    let pool = pool(1)?;
    ensure!(pool.confinement().is_none(), "told before any worker ran");
    echoed(&pool, b"mail").await?;
    let told = pool.confinement().context("nothing told")?;
    ensure!(told.is_whole(), "this kernel or container lacks what the tests are about: {told:?}");
    Ok(())
}

async fn forbidden_deeds_cost_one_mail() -> Result<()> {
    let pool = pool(1)?;
    for name in NETWORK.into_iter().chain(OTHERS) {
        let outcome = read(&pool, name.as_bytes()).await;
        ensure!(matches!(&outcome, Err(error @ WorkerError::Forbidden) if !error.is_transient()), "{name}: {outcome:?}");
        ensure!(outcome.is_err_and(|error| error.to_string().contains("不允许的操作")), "{name}");
        echoed(&pool, b"next").await.context(name)?;
    }
    for name in FILES {
        let outcome = read(&pool, name.as_bytes()).await;
        ensure!(matches!(&outcome, Err(WorkerError::Failed(reason)) if reason.starts_with("refused")), "{name}: {outcome:?}");
        echoed(&pool, b"next").await.context(name)?;
    }
    for honest in ["nap", "allocate", "thread"] {
        echoed(&pool, honest.as_bytes()).await.context(honest)?;
    }
    Ok(())
}

async fn a_death_by_limit_tells_which() -> Result<()> {
    let pool = pool(1)?;
    for (raw, why) in [("bloat", "内存超过上限"), ("overflow", "调用栈超过上限")] {
        let Err(error) = read(&pool, raw.as_bytes()).await else { bail!("{raw} was read") };
        ensure!(error.to_string().contains(why), "{raw}: {error}");
    }
    Ok(())
}

async fn a_spinning_worker_ends_others_go_on() -> Result<()> {
    let pool = pool(2)?;
    let first = echoed(&pool, b"first").await?;
    let pool = pool.with_deadline(Duration::from_millis(500));
    let (spun, others) = join!(read(&pool, b"spin"), async {
        for _ in 0..5 {
            echoed(&pool, b"other").await?;
        }
        anyhow::Ok(())
    });
    ensure!(matches!(spun, Err(WorkerError::TimedOut(_))), "{spun:?}");
    others?;
    gone(first).await?;
    Ok(())
}

async fn each_barrier_holds_by_itself() -> Result<()> {
    let refused = |status: ExitStatus| status.code() == Some(3);
    let killed = |status: ExitStatus| status.signal() == Some(libc::SIGSYS);
    for name in FILES.into_iter().chain(["listen"]).chain(OTHERS) {
        ensure!(status("none", name).await?.success(), "{name} is possible at all");
    }
    for name in FILES.into_iter().chain(NETWORK) {
        for barrier in ["limits", "landlock"] {
            let status = status(barrier, name).await?;
            ensure!(refused(status), "{barrier}: {name}: {status}");
        }
    }
    for name in FILES {
        let status = status("seccomp", name).await?;
        ensure!(refused(status), "seccomp: {name}: {status}");
    }
    for name in NETWORK.into_iter().chain(OTHERS) {
        let status = status("seccomp", name).await?;
        ensure!(killed(status), "seccomp: {name}: {status}");
    }
    Ok(())
}

/// How a process ended that did a deed behind a barrier.
async fn status(barrier: &str, name: &str) -> Result<ExitStatus> {
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    Ok(command.args(["behind", barrier, name]).env_clear().stderr(std::process::Stdio::null()).status().await?)
}

async fn a_worker_that_died_idle_is_replaced() -> Result<()> {
    let pool = pool(1)?;
    let first = echoed(&pool, b"first").await?;
    let process = i32::try_from(first).ok().and_then(rustix::process::Pid::from_raw).context("pid")?;
    rustix::process::kill_process(process, rustix::process::Signal::KILL)?;
    gone(first).await?;
    ensure!(echoed(&pool, b"next").await? != first, "the same worker");
    Ok(())
}

async fn a_dropped_read_kills_its_worker() -> Result<()> {
    let pool = pool(1)?;
    let first = echoed(&pool, b"first").await?;
    ensure!(tokio::time::timeout(Duration::from_millis(100), read(&pool, b"hang")).await.is_err(), "no hang");
    gone(first).await?;
    echoed(&pool, b"next").await?;
    Ok(())
}

/// Waits until a process runs no more (proc(5): no entry, or state Z).
async fn gone(process: u32) -> Result<()> {
    let stat = format!("/proc/{process}/stat");
    let wait = async {
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.context("it lives")
}

async fn a_wrong_setup_is_told() -> Result<()> {
    let pool = Pool::start(std::env::current_exe()?, 1, Setup { campaign: String::new(), regions: String::new() });
    let outcome = read(&pool, b"mail").await;
    ensure!(
        matches!(&outcome, Err(error @ WorkerError::Start(reason)) if reason == "campaign: empty" && error.is_transient()),
        "{outcome:?}"
    );
    Ok(())
}

async fn a_missing_program_is_told() -> Result<()> {
    let pool = Pool::start("/nonexistent/zhihui".into(), 1, Setup { campaign: "x".into(), regions: String::new() });
    let outcome = read(&pool, b"mail").await;
    ensure!(matches!(outcome, Err(WorkerError::Start(_))), "{outcome:?}");
    Ok(())
}
