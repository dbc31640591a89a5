//! A mail's bytes into its [`Intake`], by one of a few long-lived child processes.
//!
//! A worker reads one mail at a time; who waits is served in turn. A worker that overruns its time, dies,
//! or answers what can't be understood is killed and replaced, and only that mail learns of it. The order
//! of answers is nobody's promise.

use super::patience::{self, Patience};
use super::protocol::{Answer, Asked, Frame, FrameError, FrameLimits, Setup, head, header_length, parse_header, room_for};
use super::sandbox::Confinement;
use crate::{
    clock::Stopwatch,
    intake::{Arrival, picture::Picture},
    model::reading::Intake,
};
use rustix::{pipe::fcntl_setpipe_size, process::Signal};
use std::{
    io,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    pin::pin,
    process::Stdio,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};

/// How long one mail may take unless told otherwise: of processor time (`patience`).
pub const DEADLINE: Duration = Duration::from_secs(20);
/// A large mail gets a second more for so many bytes: on a busy machine its size alone must not condemn it.
const BYTES_PER_SECOND: u64 = 1 << 20;
/// How much working time a worker lives: well below [`Limits::cpu_seconds`](super::limits::Limits::cpu_seconds), so that age never kills a mail.
const LIFE: Duration = Duration::from_secs(300);
/// How long a worker that closed its pipes may take to be gone.
const GOING: Duration = Duration::from_secs(2);
/// How much of an answer is read: the files of one mail, unpacked, within a worker's own memory.
const ANSWER: FrameLimits = FrameLimits { header: 64 << 20, segments: 1 << 30 };
/// A worker keeps the memory that a mail took for the next one (mallopt(3), of glibc): to have it given and taken away for each
/// picture costs as much as a fifth of looking for a seal in it. What is larger goes back all the same.
const MEMORY: [(&str, &str); 2] = [("MALLOC_MMAP_THRESHOLD_", "16777216"), ("MALLOC_TRIM_THRESHOLD_", "33554432")];
/// Bytes that a pipe to or from a worker holds, of which it has two: `/proc/sys/fs/pipe-max-size` unless somebody changed that.
const PIPE: usize = 1 << 20;
/// How much of a worker's last words is kept.
const LAST_WORDS: usize = 2048;

/// Why a mail was not read. Each costs this mail an attempt, and no other mail anything.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// No worker could be started: the machine's fault or the setup's, not the mail's.
    #[error("处理进程无法启动（{0}）")]
    Start(String),
    /// It took too long.
    #[error("处理邮件超过 {} 秒，已终止处理进程", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The kernel killed the worker over a system call that no reading takes.
    #[error("处理进程试图做不允许的操作（打开文件、连接网络、启动程序等），已被系统终止")]
    Forbidden,
    /// The worker died: a crash, or one of its limits.
    #[error("处理进程异常退出（{status}）{}", place(.last_words))]
    Died {
        /// Its exit status or signal.
        status: String,
        /// The end of its standard error. It may quote the mail: not for logs.
        last_words: String,
    },
    /// Its answer can't be understood.
    #[error("处理进程的答复无法识别")]
    Garbled,
    /// Its answer is larger than any mail's may be.
    #[error("处理进程的答复过大")]
    TooLarge,
    /// The reader itself gave up on the mail.
    #[error("邮件无法处理（{0}）")]
    Failed(String),
}

impl WorkerError {
    /// Whether it had nothing to do with the mail.
    pub fn is_transient(&self) -> bool {
        match self {
            WorkerError::Start(_) => true,
            WorkerError::TimedOut(_)
            | WorkerError::Forbidden
            | WorkerError::Died { .. }
            | WorkerError::Garbled
            | WorkerError::TooLarge
            | WorkerError::Failed(_) => false,
        }
    }
}

/// Where it panicked, or that its memory or stack was at an end, without what it said: that may quote the mail.
fn place(last_words: &str) -> String {
    let told = last_words.lines().find_map(|line| match line {
        _ if line.starts_with("memory allocation of ") => Some("内存超过上限".to_owned()),
        _ if line.starts_with("thread ") && line.ends_with("has overflowed its stack") => Some("调用栈超过上限".to_owned()),
        _ => line.starts_with("thread ").then(|| line.trim_end_matches(':').to_owned()),
    });
    told.map(|told| format!("：{told}")).unwrap_or_default()
}

/// A few workers of one setup.
#[derive(Debug)]
pub struct Pool {
    program: PathBuf,
    setup: Setup,
    deadline: Duration,
    /// Fair: who waits longest is next.
    turns: Semaphore,
    idle: Mutex<Vec<Worker>>,
    /// What confines its workers, once one has told.
    confinement: OnceLock<Confinement>,
}

impl Pool {
    /// A pool of at most `size` (at least 1) processes `program worker`; each is started when it is first needed.
    pub fn start(program: PathBuf, size: usize, setup: Setup) -> Self {
        Pool {
            program,
            setup,
            deadline: DEADLINE,
            turns: Semaphore::new(size.max(1)),
            idle: Mutex::default(),
            confinement: OnceLock::new(),
        }
    }

    /// The same with another time limit for each mail.
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Pool { deadline, ..self }
    }

    /// Reads one mail. Dropping the future kills the worker that was at it.
    pub async fn read(&self, header: &Arrival, raw: &[u8]) -> Result<Intake, WorkerError> {
        let (answer, segments) = self.answer(|id| Asked::Read { id, header: header.clone() }, raw).await?;
        match answer {
            Answer::Read { mut intake, .. } => {
                intake.files.iter_mut().zip(segments).for_each(|(file, bytes)| file.bytes = bytes.into());
                Ok(intake)
            }
            Answer::Failed { reason, .. } => Err(WorkerError::Failed(reason)),
            Answer::Ready(_) | Answer::Shown { .. } => Err(WorkerError::Garbled),
        }
    }

    /// Makes a picture ready to be shown; none where that can't be.
    pub async fn show(&self, bytes: &[u8]) -> Result<Option<Picture>, WorkerError> {
        let (answer, segments) = self.answer(|id| Asked::Show { id }, bytes).await?;
        match answer {
            Answer::Shown { picture, .. } => {
                let jpeg = segments.into_iter().next().unwrap_or_default();
                Ok(picture.map(|picture| Picture { jpeg, ..picture }))
            }
            Answer::Failed { reason, .. } => Err(WorkerError::Failed(reason)),
            Answer::Ready(_) | Answer::Read { .. } => Err(WorkerError::Garbled),
        }
    }

    /// Dropping the future kills the worker that was at it.
    async fn answer(&self, asked: impl FnOnce(u64) -> Asked, raw: &[u8]) -> Result<Frame<Answer>, WorkerError> {
        let _turn = self.turns.acquire().await.map_err(|closed| WorkerError::Start(closed.to_string()))?;
        let mut worker = match self.idle_worker() {
            Some(worker) => worker,
            None => self.new_worker().await?,
        };
        let deadline = self.deadline.saturating_add(Duration::from_secs(raw.len() as u64 / BYTES_PER_SECOND));
        let outcome = worker.answer(asked, raw, deadline).await;
        match outcome {
            Ok(answer) => {
                if worker.busy < LIFE {
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
                }
                Ok(answer)
            }
            Err(fault) => Err(worker.end(fault, deadline).await),
        }
    }

    /// What confines its workers beside their limits; known once one has been started.
    pub fn confinement(&self) -> Option<&Confinement> {
        self.confinement.get()
    }

    async fn new_worker(&self) -> Result<Worker, WorkerError> {
        let (worker, confinement) = Worker::start(&self.program, &self.setup, self.deadline).await?;
        if self.confinement.get().is_none_or(|known| *known != confinement) {
            report(&confinement);
        }
        // All of a pool run on the same kernel, so the first one speaks for all.
        let _ = self.confinement.set(confinement);
        Ok(worker)
    }

    /// One that waits and still lives.
    fn idle_worker(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find_map(|mut worker| matches!(worker.child.try_wait(), Ok(None)).then_some(worker))
    }
}

/// An old kernel, or a container that forbids it, is told about once, and works.
fn report(confinement: &Confinement) {
    let Confinement { landlock, seccomp } = confinement;
    if confinement.is_whole() {
        tracing::debug!(worker.landlock = %landlock, worker.seccomp = %seccomp, "workers are confined");
    } else {
        tracing::info!(worker.landlock = %landlock, worker.seccomp = %seccomp, "workers are confined by limits, but not by all that a newer kernel has");
    }
}

/// What went wrong between us and a worker.
enum Fault {
    Frame(FrameError),
    TimedOut,
}

impl<E: Into<FrameError>> From<E> for Fault {
    fn from(error: E) -> Self {
        Fault::Frame(error.into())
    }
}

#[derive(Debug)]
struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    last_words: JoinHandle<String>,
    /// How long it has worked.
    busy: Duration,
    /// The number of its last mail.
    id: u64,
}

impl Worker {
    async fn start(program: &PathBuf, setup: &Setup, deadline: Duration) -> Result<(Self, Confinement), WorkerError> {
        let mut worker = Self::spawn(program).map_err(|error| WorkerError::Start(error.to_string()))?;
        let ready = worker.exchange(&Asked::Setup(setup.clone()), &[], deadline).await;
        match ready {
            Ok((Answer::Ready(confinement), _)) => Ok((worker, confinement)),
            Ok((Answer::Failed { reason, .. }, _)) => Err(WorkerError::Start(reason)),
            Ok((Answer::Read { .. } | Answer::Shown { .. }, _)) => Err(WorkerError::Start(WorkerError::Garbled.to_string())),
            Err(fault) => Err(WorkerError::Start(worker.end(fault, deadline).await.to_string())),
        }
    }

    fn spawn(program: &PathBuf) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg("worker")
            // Secrets may stand in our environment, and a worker needs nothing of it.
            .env_clear()
            .envs(MEMORY)
            // A terminal's Ctrl-C is for us: what is in hand is finished.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let lost = || io::Error::other("pipe");
        let (stdin, stdout) = (child.stdin.take().ok_or_else(lost)?, child.stdout.take().ok_or_else(lost)?);
        // As large as anybody may have it: a mail goes through in one piece. It is only slower where the kernel refuses.
        let _ = (fcntl_setpipe_size(&stdin, PIPE), fcntl_setpipe_size(&stdout, PIPE));
        let last_words = tokio::spawn(listen(child.stderr.take().ok_or_else(lost)?));
        Ok(Worker { child, stdin, stdout, last_words, busy: Duration::ZERO, id: 0 })
    }

    /// An answer that is of another's number, or to another question, is none.
    async fn answer(&mut self, asked: impl FnOnce(u64) -> Asked, raw: &[u8], deadline: Duration) -> Result<Frame<Answer>, Fault> {
        self.id = self.id.wrapping_add(1);
        let asked = asked(self.id);
        let (answer, segments) = self.exchange(&asked, raw, deadline).await?;
        let fits = match (&asked, &answer) {
            (Asked::Read { .. }, Answer::Read { id, intake }) => *id == self.id && intake.files.len() == segments.len(),
            (Asked::Show { .. }, Answer::Shown { id, .. }) => *id == self.id && segments.len() == 1,
            (_, Answer::Failed { id, .. }) => *id == self.id,
            (_, Answer::Ready(_) | Answer::Read { .. } | Answer::Shown { .. }) => false,
        };
        if fits { Ok((answer, segments)) } else { Err(FrameError::Garbled.into()) }
    }

    /// Writes and reads at the same time: a worker may answer, or die, before it has taken everything.
    async fn exchange(&mut self, asked: &Asked, raw: &[u8], deadline: Duration) -> Result<Frame<Answer>, Fault> {
        let watch = Stopwatch::start();
        let used = || self.child.id().and_then(patience::used);
        let mut patience = Patience::new(deadline, used());
        let mut both = pin!(async { tokio::try_join!(write(&mut self.stdin, asked, raw), read(&mut self.stdout)) });
        let mut term = deadline;
        let outcome = loop {
            if let Ok(done) = timeout(term, &mut both).await {
                break done.map(|((), answer)| answer).map_err(Fault::from);
            }
            match patience.left(used()) {
                Some(left) => term = left,
                None => break Err(Fault::TimedOut),
            }
        };
        self.busy = self.busy.saturating_add(watch.elapsed());
        outcome
    }

    /// Ends a worker that failed, and says why it did.
    async fn end(mut self, fault: Fault, deadline: Duration) -> WorkerError {
        let error = match fault {
            Fault::TimedOut => WorkerError::TimedOut(deadline),
            Fault::Frame(FrameError::TooLarge) => WorkerError::TooLarge,
            Fault::Frame(FrameError::Garbled) => WorkerError::Garbled,
            Fault::Frame(FrameError::Io(_)) => match timeout(GOING, self.child.wait()).await {
                Ok(Ok(status)) if status.signal() == Some(Signal::SYS.as_raw()) => WorkerError::Forbidden,
                Ok(Ok(status)) => {
                    let last_words = timeout(GOING, &mut self.last_words).await.ok().and_then(Result::ok).unwrap_or_default();
                    WorkerError::Died { status: status.to_string(), last_words }
                }
                _ => WorkerError::Garbled,
            },
        };
        // It is gone already or goes now; either way its process must be collected.
        if let Err(left) = self.child.kill().await {
            tracing::debug!(error = %left, "worker not killed");
        }
        error
    }
}

async fn write(stdin: &mut (impl AsyncWrite + Unpin), asked: &Asked, raw: &[u8]) -> Result<(), FrameError> {
    stdin.write_all(&head(asked, &[raw])?).await?;
    stdin.write_all(raw).await?;
    Ok(stdin.flush().await?)
}

async fn read(stdout: &mut (impl AsyncRead + Unpin)) -> Result<Frame<Answer>, FrameError> {
    let mut start = [0; 4];
    stdout.read_exact(&mut start).await?;
    let header = read_exactly(stdout, header_length(start, &ANSWER)?).await?;
    let (answer, lengths) = parse_header(&header, &ANSWER)?;
    let mut segments = Vec::new();
    for length in lengths {
        segments.push(read_exactly(stdout, length).await?);
    }
    Ok((answer, segments))
}

/// Grows with what comes, not with what was announced.
async fn read_exactly(stdout: &mut (impl AsyncRead + Unpin), length: u64) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::with_capacity(room_for(length));
    stdout.take(length).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
}

/// Takes everything that a worker says on its standard error, so that it never blocks, and keeps the end.
async fn listen(mut stderr: impl AsyncRead + Unpin) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 1024]);
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        kept.extend(buffer.iter().take(length));
        kept.drain(..kept.len().saturating_sub(LAST_WORDS));
    }
    String::from_utf8_lossy(&kept).into_owned()
}
