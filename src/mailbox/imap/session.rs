//! A logged-in connection (RFC 3501): greeting, TLS, login, and commands with their tagged answers.
//!
//! What async-imap leaves open is closed here: every wait and every answer's size is bounded, the tagged
//! status is read (its own `uid_fetch` takes a NO for an empty result), and a panic of its parser is an
//! error of the connection. Nothing is retried.

use super::profile;
use super::wire::Wire;
use crate::config::{self, Auth, Profile, Tls};
use crate::mailbox::{MailboxError, Times};
use crate::net::{self, BoxStream};
use async_imap::error::Error;
use async_imap::imap_proto::{Capability, MailboxDatum, Response, ResponseCode, Status};
use async_imap::{Authenticator, Client, Session};
use futures::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// How many lines a server may say before it answers STARTTLS.
const LINES_BEFORE_TLS: usize = 32;

/// What an answer may hold that brings no mail.
const ANSWER_BYTES: u64 = 1 << 20;

/// A logged-in connection.
#[derive(Debug)]
pub(super) struct Link {
    session: Session<Wire<BoxStream>>,
    /// How long is waited.
    pub times: Times,
    /// Whether IDLE (RFC 2177) is offered.
    pub idle: bool,
    /// Whether MOVE (RFC 6851) is offered.
    pub moves: bool,
    /// Whether UIDPLUS (RFC 4315) is offered: EXPUNGE of one's own messages only.
    pub uidplus: bool,
    /// Whether QUOTA (RFC 9208) is offered.
    pub quota: bool,
    /// Whether the server has been told who we are.
    pub introduced: bool,
    /// Whose habits the server has.
    pub profile: Profile,
    /// How many messages the server last told of.
    pub exists: u32,
    /// More messages came than were there when it was last cleared.
    pub news: bool,
}

/// What a command may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Until the tagged answer.
    pub within: Duration,
    /// All that the server may say until then.
    pub bytes: u64,
}

/// The tagged answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// OK.
    Done,
    /// NO or BAD, and the server's words.
    Refused(String),
}

impl Link {
    /// Connects and logs in.
    pub async fn open(settings: &config::Mailbox, secret: &SecretString, times: Times) -> Result<Self, MailboxError> {
        let (stream, greeting) = bounded(times.connect.saturating_mul(3), dial(settings, &times)).await?;
        let profile = profile::resolve(settings.profile, &settings.host, &greeting);
        let mut wire = Wire::new(stream);
        wire.allow(ANSWER_BYTES);
        let session = bounded(times.command, log_in(Client::new(wire), settings, secret, profile)).await?;
        let mut link = Self {
            session,
            times,
            idle: false,
            moves: false,
            uidplus: false,
            quota: false,
            introduced: false,
            profile,
            exists: 0,
            news: false,
        };
        if link.ask_for_capabilities().await? || profile::needs_id(link.profile) {
            link.introduce().await?;
        }
        Ok(link)
    }

    /// What a command may take that brings no mail.
    pub fn usual(&self) -> Bounds {
        Bounds { within: self.times.command, bytes: ANSWER_BYTES }
    }

    /// CAPABILITY after login: what was offered before says little. Whether ID is offered.
    async fn ask_for_capabilities(&mut self) -> Result<bool, MailboxError> {
        let mut all: Vec<String> = Vec::new();
        let note = |response: &Response<'_>| {
            if let Response::Capabilities(offered) = response {
                all.extend(
                    offered.iter().filter_map(|c| if let Capability::Atom(atom) = c { Some(atom.to_ascii_uppercase()) } else { None }),
                );
            }
        };
        self.command("CAPABILITY", self.usual(), note).await?;
        let offers = |name: &str| all.iter().any(|atom| atom == name);
        (self.idle, self.moves, self.uidplus, self.quota) = (offers("IDLE"), offers("MOVE"), offers("UIDPLUS"), offers("QUOTA"));
        Ok(offers("ID"))
    }

    /// ID (RFC 2971). A refusal is of no consequence by itself: EXAMINE tells.
    pub async fn introduce(&mut self) -> Result<(), MailboxError> {
        self.introduced = true;
        let words = format!("ID (\"name\" \"zhihui\" \"version\" \"{}\")", env!("CARGO_PKG_VERSION"));
        self.command(&words, self.usual(), |_| {}).await.map(drop)
    }

    /// Sends a command and hands each untagged response to `each` until the tagged one.
    pub async fn command(
        &mut self,
        command: &str,
        bounds: Bounds,
        mut each: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Answer, MailboxError> {
        self.session.get_mut().allow(bounds.bytes);
        bounded(bounds.within, async {
            let tag = self.session.run_command(command).await.map_err(broken)?;
            loop {
                let answer = self.respond(|response| {
                    answer_to(&tag.0, response).or_else(|| {
                        each(response);
                        None
                    })
                });
                if let Some(answer) = answer.await? {
                    return Ok(answer);
                }
            }
        })
        .await
    }

    /// Hands the next response to `read`. News are noted, a goodbye is an error.
    pub async fn respond<T>(&mut self, read: impl FnOnce(&Response<'_>) -> T + Send) -> Result<T, MailboxError> {
        let response = self.session.read_response().await.map_err(|e| broken(e.into()))?;
        let response = response.ok_or_else(|| MailboxError::Unreachable("the server closed the connection".into()))?;
        match response.parsed() {
            Response::Data { status: Status::Bye, outcome } => {
                return Err(MailboxError::Unreachable(format!("BYE {}", outcome.information.as_deref().unwrap_or_default())));
            }
            // What the provider wants a person to read (RFC 3501 section 7.1).
            Response::Data { outcome, .. } if outcome.code == Some(ResponseCode::Alert) => {
                let words: String = outcome.information.as_deref().unwrap_or_default().chars().take(200).collect();
                tracing::warn!(alert = %words, "the mailbox's server alerts");
            }
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.news |= *count > self.exists;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            _ => {}
        }
        Ok(read(response.parsed()))
    }

    /// Sends a line that is no command of its own (`DONE`).
    pub async fn say(&mut self, line: &str) -> Result<(), MailboxError> {
        bounded(self.times.command, async { self.session.run_command_untagged(line).await.map_err(broken) }).await
    }

    /// Ends the connection without a word. Providers count connections, so it goes before the next one comes.
    pub async fn hang_up(&mut self) {
        let wire = self.session.get_mut();
        let _gone = timeout(self.times.connect, wire.shutdown()).await;
        wire.close();
    }

    /// Sends a command without waiting for its answer; its tag.
    pub async fn start(&mut self, command: &str) -> Result<String, MailboxError> {
        self.session.get_mut().allow(ANSWER_BYTES);
        bounded(self.times.command, async { self.session.run_command(command).await.map(|tag| tag.0).map_err(broken) }).await
    }
}

/// The tagged answer, if the response is the one to this tag.
pub(super) fn answer_to(tag: &str, response: &Response<'_>) -> Option<Answer> {
    let Response::Done { tag: done, status, outcome } = response else { return None };
    (done.0 == tag).then(|| match status {
        Status::Ok => Answer::Done,
        Status::No | Status::Bad | Status::PreAuth | Status::Bye => {
            Answer::Refused(outcome.information.as_deref().unwrap_or("no reason given").to_owned())
        }
    })
}

/// Bounds an exchange, and turns a panic of the protocol's parser into an error.
pub(super) async fn bounded<T>(within: Duration, work: impl Future<Output = Result<T, MailboxError>>) -> Result<T, MailboxError> {
    // The connection is dropped after an error, so nothing half-changed is seen again.
    match timeout(within, AssertUnwindSafe(work).catch_unwind()).await {
        Err(_) => Err(MailboxError::Timeout(within)),
        Ok(Err(_)) => Err(MailboxError::Protocol("a response that can't be read".into())),
        Ok(Ok(result)) => result,
    }
}

/// A stream past its greeting, encrypted as configured.
async fn dial(settings: &config::Mailbox, times: &Times) -> Result<(BoxStream, String), MailboxError> {
    let host = settings.host.as_str();
    let port = settings.port.unwrap_or(match settings.tls {
        Tls::Implicit => 993,
        Tls::Starttls | Tls::None => 143,
    });
    let mut tcp = net::connect(host, port, settings.tls, times.connect).await?;
    Ok(match settings.tls {
        Tls::Implicit => {
            let mut stream = net::encrypt(host, tcp, times.connect).await?;
            let greeting = greeting(&mut stream, times).await?;
            (Box::new(stream), greeting)
        }
        Tls::Starttls => {
            let greeting = greeting(&mut tcp, times).await?;
            bounded(times.command, start_tls(&mut tcp)).await?;
            (Box::new(net::encrypt(host, tcp, times.connect).await?), greeting)
        }
        Tls::None => {
            let greeting = greeting(&mut tcp, times).await?;
            (Box::new(tcp), greeting)
        }
    })
}

/// The greeting. PREAUTH is refused: it would skip STARTTLS and the login (RFC 3501 section 7.1.4).
async fn greeting<S: tokio::io::AsyncRead + Unpin>(stream: &mut S, times: &Times) -> Result<String, MailboxError> {
    let line = timeout(times.connect, net::read_line(stream)).await.map_err(|_| MailboxError::Timeout(times.connect))?;
    let line = line.map_err(|e| MailboxError::Unreachable(format!("no greeting: {e}")))?;
    let mut words = line.split(' ');
    match (words.next(), words.next().map(str::to_ascii_uppercase).as_deref()) {
        (Some("*"), Some("OK")) => Ok(line),
        (Some("*"), Some("BYE")) => Err(MailboxError::Unreachable(line)),
        (Some("*"), Some("PREAUTH")) => Err(MailboxError::Protocol("PREAUTH is refused: nobody has logged in".into())),
        _ => Err(MailboxError::Protocol(format!("not an IMAP greeting: {}", line.escape_debug()))),
    }
}

async fn start_tls(tcp: &mut tokio::net::TcpStream) -> Result<(), MailboxError> {
    let lost = |e: std::io::Error| MailboxError::Unreachable(format!("STARTTLS: {e}"));
    tcp.write_all(b"s0 STARTTLS\r\n").await.map_err(lost)?;
    for _ in 0..LINES_BEFORE_TLS {
        let line = net::read_line(tcp).await.map_err(lost)?;
        if let Some(answer) = line.strip_prefix("s0 ") {
            let accepted = answer.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("OK"));
            return if accepted { Ok(()) } else { Err(MailboxError::Tls(format!("STARTTLS refused: {answer}"))) };
        }
    }
    Err(MailboxError::Protocol("no answer to STARTTLS".into()))
}

async fn log_in(
    client: Client<Wire<BoxStream>>,
    settings: &config::Mailbox,
    secret: &SecretString,
    profile: Profile,
) -> Result<Session<Wire<BoxStream>>, MailboxError> {
    let (user, secret) = (settings.username.as_str(), secret.expose_secret());
    let result = match settings.auth {
        // LOGIN's quoted strings are ASCII; PLAIN (RFC 4616) takes any character.
        Auth::Password if user.is_ascii() && secret.is_ascii() => client.login(user, secret).await,
        Auth::Password => client.authenticate("PLAIN", Sasl::new(format!("\0{user}\0{secret}"))).await,
        Auth::Xoauth2 => client.authenticate("XOAUTH2", Sasl::new(format!("user={user}\x01auth=Bearer {secret}\x01\x01"))).await,
    };
    result.map_err(|(error, _)| match error {
        Error::No(text) | Error::Bad(text) if is_temporary(&text) => MailboxError::Busy(server_words(&text)),
        Error::No(text) | Error::Bad(text) => MailboxError::LoginRefused { profile, text: server_words(&text) },
        Error::Validate(_) => MailboxError::Settings("the password holds a line end".into()),
        other => broken(other),
    })
}

/// One response to the first challenge, and an empty one to the error report of XOAUTH2 that may follow.
struct Sasl(Option<String>);

impl Sasl {
    fn new(response: String) -> Self {
        Self(Some(response))
    }
}

impl Authenticator for Sasl {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

/// async-imap wraps the words of a refusal: `code: None, info: Some("…")`.
fn server_words(text: &str) -> String {
    text.split_once("info: Some(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(text).to_owned()
}

/// Whether a refusal says itself that it is for now (RFC 5530 section 3; OVERQUOTA until somebody makes
/// room). SERVERBUG does not: Dovecot says it of one damaged message.
pub(super) fn is_temporary(text: &str) -> bool {
    ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[OVERQUOTA]"].iter().any(|code| text.contains(code))
}

fn broken(error: Error) -> MailboxError {
    match error {
        Error::Io(e) if e.kind() == std::io::ErrorKind::Other => MailboxError::Protocol(brief(&e.to_string())),
        Error::Io(e) => MailboxError::Unreachable(e.to_string()),
        Error::ConnectionLost => MailboxError::Unreachable("the server closed the connection".into()),
        other => MailboxError::Protocol(brief(&other.to_string())),
    }
}

/// A parser's complaint quotes its whole input, which may be a mail: its start must do, on no account in a log.
fn brief(complaint: &str) -> String {
    let reason = complaint.split(" during parsing of ").next().unwrap_or_default();
    reason.chars().take(120).collect()
}
