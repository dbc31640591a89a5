//! A server as a child process: its guard, its log, its port.

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};

/// How long a server may take to listen, and to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the server when the shell's standard input closes, which the kernel does even when the test is killed.
const GUARD: &str = r#"exec 3<&0
"$@" 3<&- &
server=$!
{ cat <&3; kill -TERM $server; } >/dev/null 2>&1 &
exec 3<&-
wait $server"#;

/// A running server.
pub struct Server {
    shell: Child,
    lines: Receiver<String>,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts `program` in the foreground; what it says on standard output and error is its log.
    pub fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh can be started");
        let (sender, lines) = channel();
        let log = Arc::new(Mutex::new(String::new()));
        let (errors, own_log) = (shell.stderr.take().expect("the log is piped"), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                own_log.lock().expect("nobody panics with the log").push_str(&format!("{line}\n"));
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { shell, lines, log }
    }

    /// Waits until something accepts connections on the port; the server's death ends the wait at once.
    pub fn wait_for(&self, port: u16) {
        let started = tokio::time::Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = matches!(self.lines.recv_timeout(Duration::from_millis(20)), Err(RecvTimeoutError::Disconnected));
            assert!(!ended && started.elapsed() < PATIENCE, "nothing listens on port {port}; the server's log:\n{}", self.log());
        }
    }

    /// What the server has said so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("nobody panics with the log").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // The shell waits for the server, so its end is the server's.
        let _ = self.shell.wait();
    }
}

/// The program's path, or the end of the test in one clear sentence.
pub fn program(name: &str, package: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/local/sbin"])
        .map(|folder| Path::new(folder).join(name))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("this test needs `{name}`: please install the Debian package {package} (tests/run does it as root)"))
}

/// Runs a program to its end and gives what it says; its failure is the test's.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} can't be started: {error}"));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A free port below those that the kernel gives to outgoing connections. It is this process's until its end: the UDP port of the
/// same number, which no server here listens on, says so to the other test programs that choose one now.
pub fn free_port() -> u16 {
    static OWNED: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    let first = 12_000 + u16::try_from(std::process::id() % 16_000).expect("it fits");
    let (port, owned) = (first..first + 2000)
        .filter_map(|port| Some((port, UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok()?)))
        .find(|(port, _)| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("one of 2000 ports is free");
    OWNED.lock().expect("nobody panics with it").push(owned);
    port
}

/// Whether the test runs as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
