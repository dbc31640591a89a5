//! A configuration in a folder of its own, and the program run on it, always bounded in time.

use crate::support::dovecot::Dovecot;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};
use tempfile::TempDir;
use zhihui::clock::Stopwatch;

/// How long a command may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at a condition.
const STEP: Duration = Duration::from_millis(20);

/// The limits, waits and hours that let every reply go at once.
pub const AT_ONCE: &str = "
[limits]
replies_per_sender_per_day = 1000
replies_per_hour = 1000
reply_within_days = 36500
[correction]
wait = \"0h\"
[replies]
quiet = \"\"
";

/// A deployment.
pub struct Site {
    /// Its folder.
    pub folder: TempDir,
    variables: Vec<(String, String)>,
}

/// A command that came to its end.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// What it said to people on standard error, without the log.
    pub said: String,
    /// The log's lines.
    pub log: String,
}

/// A command that runs.
pub struct Running {
    child: Child,
    out: Option<JoinHandle<String>>,
    err: Option<JoinHandle<String>>,
}

impl Site {
    /// Writes the configuration from its sections, the campaign file, and `secret` into the file `secret`.
    pub fn new(sections: &[&str]) -> Self {
        let site = Self { folder: TempDir::new().expect("a folder"), variables: Vec::new() };
        let campaign = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/campaign-2023.toml");
        fs::copy(campaign, site.path("campaign-2023.toml")).expect("the campaign file is there");
        site.write("secret", "secret\n");
        let database = "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n";
        site.write("zhihui.toml", format!("{database}{}", sections.concat()));
        site
    }

    /// The same with a variable of the environment.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into its folder that only its owner may read, as secrets have to be.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("the folder can be written");
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).expect("our own file");
    }

    /// Replaces a text of the configuration where it stands first.
    pub fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.path("zhihui.toml")).expect("the configuration is there");
        assert!(text.contains(from), "{from:?} stands in the configuration");
        self.write("zhihui.toml", text.replacen(from, to, 1));
    }

    /// Starts a command.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(&[], arguments)
    }

    /// Starts a command with further variables.
    pub fn start_with(&self, variables: &[(String, String)], arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.args(arguments).env("ZHIHUI_CONFIG", self.path("zhihui.toml")).current_dir(self.folder.path());
        command.envs(self.variables.iter().chain(variables).cloned()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        Running { child, out: Some(listen(out)), err: Some(listen(err)) }
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).wait(PATIENCE)
    }

    /// Runs a command that has to succeed, and gives its output.
    pub fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        ended.out
    }

    /// One pass that has to succeed.
    pub fn poll(&self) {
        self.done(&["poll"]);
    }

    /// `NOUN list --format json`.
    pub fn list(&self, noun: &str) -> Vec<Value> {
        serde_json::from_str(&self.done(&[noun, "list", "--format", "json"])).expect("a list in JSON")
    }

    /// One column of a list.
    pub fn column(&self, noun: &str, key: &str) -> Vec<String> {
        self.list(noun).iter().map(|row| text(row, key)).collect()
    }
}

impl Running {
    /// Waits for its end, which has to come in time.
    pub fn wait(mut self, within: Duration) -> Ended {
        let mut status: Option<ExitStatus> = None;
        let ended = eventually(within, || {
            status = self.child.try_wait().expect("our own child");
            status.is_some()
        });
        if !ended {
            let _ = self.child.kill();
        }
        let read = |listener: &mut Option<JoinHandle<String>>| listener.take().map(|it| it.join().expect("it reads")).unwrap_or_default();
        let (out, err) = (read(&mut self.out), read(&mut self.err));
        assert!(ended, "the command did not end within {within:?}: {out}\n{err}");
        let (log, said): (Vec<&str>, Vec<&str>) = err.lines().partition(|line| line.starts_with('{'));
        Ended { code: status.and_then(|status| status.code()), out, said: said.join("\n"), log: log.join("\n") }
    }

    /// Whether it has come to its end.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("our own child").is_some()
    }

    /// Sends SIGTERM, then waits for its end.
    pub fn terminate(self, within: Duration) -> Ended {
        self.signal(Signal::TERM);
        self.wait(within)
    }

    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        kill_process(id, signal).expect("it runs");
    }

    /// Sends SIGKILL after a while, if it still runs. Whether it did.
    pub fn kill_after(mut self, delay: Duration) -> bool {
        let ended = eventually(delay, || self.has_ended());
        drop(self);
        !ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Asserts the exit code, and that these words were said to people.
    pub fn assert(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        words.iter().for_each(|word| assert!(self.said.contains(word), "{word:?} was not said: {self:?}"));
    }
}

/// A mailbox of Dovecot's user `cases`, without TLS.
pub fn imap(dovecot: &Dovecot) -> String {
    let access = "username = \"cases\"\npassword_file = \"secret\"\ncampaign = \"campaign-2023.toml\"";
    format!("[[mailbox]]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n{access}\n", dovecot.port)
}

/// An SMTP server without TLS and login.
pub fn smtp(port: u16) -> String {
    format!("[smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"案例征集 <cases@hubei.example>\"\n")
}

/// A value of a row as text; empty where it is null.
pub fn text(row: &Value, key: &str) -> String {
    let value = row.get(key).unwrap_or_else(|| panic!("{row} has no {key}"));
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

/// Waits until something is so; false where it never is.
pub fn eventually(within: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let watch = Stopwatch::start();
    loop {
        match () {
            () if is_so() => return true,
            () if watch.elapsed() >= within => return false,
            () => thread::sleep(STEP.min(within)),
        }
    }
}

fn listen(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
