//! Postfix's `smtp-sink`: an SMTP server that takes everything, or misbehaves as it is told, and keeps what it took.
//!
//! No TLS and no true login: see [`postfix`](super::postfix) for these.

use super::process::{Server, free_port, is_root, program};
use std::{fs, os::unix::fs::chown};
use tempfile::TempDir;

/// Debian's `nobody`: smtp-sink gives root up.
const NOBODY: u32 = 65_534;

/// A running sink.
pub struct SmtpSink {
    folder: TempDir,
    _server: Server,
    /// Where it listens.
    pub port: u16,
}

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The envelope's sender with its angle brackets; `<>` is the null return path.
    pub from: String,
    /// The envelope's recipients with their angle brackets.
    pub to: Vec<String>,
    /// The parameters of MAIL FROM, such as `BODY=8BITMIME`.
    pub parameters: String,
    /// The message as it went over the wire, with LF line ends.
    pub message: String,
}

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner<'a> {
    /// It takes everything.
    Polite,
    /// 450 to these commands, such as `RCPT` or `.`.
    Soft(&'a str),
    /// 500 to these commands; after `.` the message is among the arrived all the same.
    Hard(&'a str),
    /// It hangs up after these commands without a word; after `.` it has kept the message, and the client can't know.
    HangUp(&'a str),
    /// It waits before it answers a command, such as `DATA:30` for 30 seconds; `.` is no command here.
    Slow(&'a str),
}

impl SmtpSink {
    /// Starts a sink that takes everything.
    pub fn start() -> Self {
        Self::start_with(Manner::Polite)
    }

    /// Starts one with these manners.
    pub fn start_with(manner: Manner<'_>) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = free_port();
        let template = format!("{}/mail.", folder.path().display());
        let address = format!("127.0.0.1:{port}");
        let mut arguments = vec!["-4", "-h", "sink.example", "-d", &template];
        if is_root() {
            chown(folder.path(), Some(NOBODY), None).expect("the folder can be given away");
            arguments.extend(["-u", "nobody"]);
        }
        arguments.extend(match manner {
            Manner::Polite => vec![],
            Manner::Soft(commands) => vec!["-r", commands],
            Manner::Hard(commands) => vec!["-f", commands],
            Manner::HangUp(commands) => vec!["-q", commands],
            Manner::Slow(delay) => vec!["-W", delay],
        });
        arguments.extend([address.as_str(), "100"]);
        let server = Server::start(&program("smtp-sink", "postfix"), &arguments);
        server.wait_for(port);
        Self { folder, _server: server, port }
    }

    /// Every message that arrived whole, by recipient.
    pub fn arrived(&self) -> Vec<Arrived> {
        let files = fs::read_dir(self.folder.path()).expect("the folder is there");
        let dumps = files.map(|file| fs::read(file.expect("an entry").path()).expect("a dump can be read"));
        let mut arrived: Vec<Arrived> = dumps.filter_map(|dump| Arrived::parse(&dump)).collect();
        arrived.sort_by(|a, b| (&a.to, &a.message).cmp(&(&b.to, &b.message)));
        arrived
    }
}

impl Arrived {
    /// A dump is the envelope as header fields, three lines of `Received`, the message, and an empty line.
    fn parse(dump: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(dump).expect("our own mails are UTF-8 or ASCII").strip_suffix("\n\n")?;
        let (envelope, rest) = text.split_once("Received: ")?;
        let message = rest.splitn(4, '\n').nth(3)?.to_owned() + "\n";
        let values =
            |name: &str| -> Vec<String> { envelope.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect() };
        let from = values("X-Mail-Args: ").pop()?;
        let (from, parameters) = from.split_once(' ').unwrap_or((&from, ""));
        Some(Self { from: from.to_owned(), parameters: parameters.to_owned(), to: values("X-Rcpt-Args: "), message })
    }
}
