//! Mail transactions (RFC 5321 section 3.3) over a connection that is kept from one mail to the next.
//!
//! lettre's connection is driven command by command, because its transport can't tell a mail that was
//! refused from one whose answer was lost.

use super::channel::Marks;
use super::dial::dial;
use super::{Accepted, Refusal, Times};
use crate::config;
use crate::model::outbox::Rendered;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Quit, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use secrecy::SecretString;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// A slower line is a broken one.
const BYTES_PER_SECOND: usize = 32 << 10;

/// An SMTP server, and the connection to it while there is one.
#[derive(Debug)]
pub struct Smtp {
    settings: config::Smtp,
    secret: Option<SecretString>,
    times: Times,
    from: Address,
    connection: Option<Connection>,
    /// The end of the current mail has left.
    ended: Arc<AtomicBool>,
}

pub(super) struct Connection {
    inner: AsyncSmtpConnection,
    /// As above.
    pub(super) ended: Arc<AtomicBool>,
    /// The server offers PIPELINING.
    pipelining: Arc<AtomicBool>,
    /// This server takes no null return path.
    wants_sender: bool,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("wants_sender", &self.wants_sender).finish_non_exhaustive()
    }
}

impl Smtp {
    pub(super) fn new(settings: &config::Smtp, secret: Option<SecretString>, times: Times) -> Result<Self, Refusal> {
        let from = &settings.from().address;
        let from = from.parse().map_err(|error| Refusal::Account { code: 501, text: format!("from = {from:?}: {error}") })?;
        Ok(Self { settings: settings.clone(), secret, times, from, connection: None, ended: Arc::default() })
    }

    pub(super) async fn check(&mut self) -> Result<(), Refusal> {
        self.connect().await.map(|_| ())
    }

    pub(super) async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _over = timeout(Duration::from_secs(5), connection.inner.command(Quit)).await;
        }
    }

    pub(super) fn may_have_delivered(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    pub(super) async fn deliver(&mut self, mail: &Rendered) -> Result<Accepted, Refusal> {
        self.ended.store(false, Ordering::SeqCst);
        let to: Address = mail.to.parse().map_err(|e| Refusal::Permanent { code: 501, text: format!("the address can't be used: {e}") })?;
        let is_reused = self.connect().await?;
        match self.attempt(&to, &mail.bytes).await {
            // The server has had enough of the old connection (421), or has dropped it: nothing was handed over.
            Err(Refusal::Unreachable(_) | Refusal::Transient { code: 421, .. }) if is_reused => {
                self.connect().await?;
                self.attempt(&to, &mail.bytes).await
            }
            result => result,
        }
    }

    /// Sees to a connection; whether it is an old one, of which only the next command tells whether it still answers.
    async fn connect(&mut self) -> Result<bool, Refusal> {
        if self.connection.is_some() {
            return Ok(true);
        }
        let marks = Marks { ended: Arc::clone(&self.ended), pipelining: Arc::default() };
        let inner = dial(&self.settings, self.secret.as_ref(), &self.times, &marks).await?;
        let Marks { ended, pipelining } = marks;
        self.connection = Some(Connection { inner, ended, pipelining, wants_sender: false });
        Ok(false)
    }

    /// With the null return path first; with our own address where the server refuses that one for good.
    async fn attempt(&mut self, to: &Address, bytes: &[u8]) -> Result<Accepted, Refusal> {
        // A connection is put back only in a state that is known.
        let Some(mut connection) = self.connection.take() else { return Err(Refusal::Unreachable("no connection".into())) };
        let with_null = if connection.wants_sender { None } else { Some(connection.transact(None, to, bytes, &self.times).await) };
        let result = match with_null {
            Some(Err(Refusal::Permanent { .. })) if !connection.reset(&self.times).await => {
                Err(Refusal::Unreachable("the connection was lost behind a refusal".into()))
            }
            None | Some(Err(Refusal::Permanent { .. })) => {
                let result = connection.transact(Some(&self.from), to, bytes, &self.times).await;
                connection.wants_sender |= result.is_ok();
                result
            }
            Some(result) => result,
        };
        let is_usable = match &result {
            Ok(_) => true,
            Err(Refusal::Transient { code: 421, .. } | Refusal::Uncertain(_) | Refusal::Unreachable(_)) => false,
            Err(Refusal::Transient { .. } | Refusal::Permanent { .. } | Refusal::Account { .. }) => connection.reset(&self.times).await,
        };
        self.connection = is_usable.then_some(connection);
        result
    }
}

impl Connection {
    async fn transact(&mut self, from: Option<&Address>, to: &Address, bytes: &[u8], times: &Times) -> Result<Accepted, Refusal> {
        let options = self.options(from, to, bytes)?;
        self.envelope(from, to, options, times).await?;
        failpoint!("smtp.data");
        self.ended.store(false, Ordering::SeqCst);
        // lettre writes a line end in front of the final dot.
        let content = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let within = times.data.saturating_add(Duration::from_secs(u64::try_from(content.len() / BYTES_PER_SECOND).unwrap_or(u64::MAX)));
        let refusal = match timeout(within, self.inner.message(content)).await {
            Ok(Ok(response)) => {
                failpoint!("smtp.accepted");
                return Ok(Accepted { text: words(&response) });
            }
            Ok(Err(error)) => refused(&error),
            Err(_) => Refusal::Unreachable("no answer in time".into()),
        };
        Err(match refusal {
            Refusal::Unreachable(text) if self.ended.load(Ordering::SeqCst) => Refusal::Uncertain(text),
            other => other,
        })
    }

    fn options(&self, from: Option<&Address>, to: &Address, bytes: &[u8]) -> Result<Vec<MailParameter>, Refusal> {
        let offers = |extension| self.inner.server_info().supports_feature(extension);
        let mut options = Vec::new();
        if !bytes.is_ascii() && offers(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if !AsRef::<str>::as_ref(to).is_ascii() || from.is_some_and(|from| !AsRef::<str>::as_ref(from).is_ascii()) {
            if !offers(Extension::SmtpUtfEight) {
                return Err(Refusal::Permanent { code: 553, text: "the server takes no address with other than ASCII characters".into() });
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        Ok(options)
    }

    pub(super) async fn command(&mut self, command: impl std::fmt::Display + Send, times: &Times) -> Result<Response, Refusal> {
        self.bounded(times, async |connection| connection.command(command).await).await
    }

    /// The answer to a command that was sent along with another.
    pub(super) async fn answer(&mut self, times: &Times) -> Result<Response, Refusal> {
        self.bounded(times, async |connection| connection.read_response().await).await
    }

    pub(super) async fn bounded(
        &mut self,
        times: &Times,
        ask: impl AsyncFnOnce(&mut AsyncSmtpConnection) -> Result<Response, Error>,
    ) -> Result<Response, Refusal> {
        match timeout(times.command, ask(&mut self.inner)).await {
            Ok(answer) => answer.map_err(|e| refused(&e)),
            Err(_) => Err(Refusal::Unreachable("no answer in time".into())),
        }
    }

    /// Whether it takes several commands in one go.
    pub(super) fn offers_pipelining(&self) -> bool {
        self.pipelining.load(Ordering::SeqCst)
    }

    /// Whether the connection is ready for another transaction.
    async fn reset(&mut self, times: &Times) -> bool {
        self.command(Rset, times).await.is_ok()
    }
}

/// What lettre's error says about a delivery.
pub(super) fn refused(error: &Error) -> Refusal {
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let code = error.status().and_then(|code| code.to_string().parse().ok());
    match code {
        Some(code) if error.is_transient() || is_rate(&text) => Refusal::Transient { code, text },
        Some(code) => Refusal::Permanent { code, text },
        // The client's own finding: no common mechanism for AUTH.
        None if error.is_client() => Refusal::Account { code: 504, text },
        None => Refusal::Unreachable(text),
    }
}

/// QQ and 163 answer 550 and 554 to a sender who is only too fast (`Connection frequency limited`).
fn is_rate(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["frequency limit", "rate limit", "too many"].iter().any(|words| text.contains(words))
}

fn words(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}
