//! From a host's name to a logged-in SMTP connection: TLS from the first byte (RFC 8314), STARTTLS
//! (RFC 3207) that never falls back, or none on loopback; then AUTH (RFC 4954) where a user is named.

use super::channel::{Channel, Marks};
use super::session::refused;
use super::{Refusal, Times};
use crate::config::{self, Tls};
use crate::net::{self, BoxStream, ConnectError};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::net::IpAddr;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How many lines an answer may have.
const REPLY_LINES: usize = 100;

/// A connection that is ready for MAIL; what is to be known of it is marked (see [`Channel`]).
pub(super) async fn dial(
    settings: &config::Smtp,
    secret: Option<&SecretString>,
    times: &Times,
    marks: &Marks,
) -> Result<AsyncSmtpConnection, Refusal> {
    let host = settings.host.as_str();
    let port = settings.port.unwrap_or(match settings.tls {
        Tls::Implicit => 465,
        Tls::Starttls => 587,
        Tls::None => 25,
    });
    let mut tcp = net::connect(host, port, settings.tls, times.connect).await.map_err(unreachable)?;
    let peer = tcp.peer_addr().map_err(lost)?;
    // RFC 5321 section 4.1.3: an address literal where no public name is known.
    let hello = match tcp.local_addr().map_err(lost)?.ip() {
        IpAddr::V4(address) => ClientId::Ipv4(address),
        IpAddr::V6(address) => ClientId::Ipv6(address),
    };
    let (stream, greeting): (BoxStream, &'static [u8]) = match settings.tls {
        Tls::None => (Box::new(tcp), b""),
        Tls::Implicit => (Box::new(net::encrypt(host, tcp, times.connect).await.map_err(unreachable)?), b""),
        Tls::Starttls => {
            timeout(times.command, start_tls(&mut tcp, &hello)).await.map_err(|_| late())?.map_err(account)?;
            (Box::new(net::encrypt(host, tcp, times.connect).await.map_err(unreachable)?), b"220 ready\r\n")
        }
    };
    let channel = Box::new(Channel::new(stream, greeting, peer, marks));
    let connected = timeout(times.command, AsyncSmtpConnection::connect_with_transport(channel, &hello)).await;
    let mut connection = connected.map_err(|_| late())?.map_err(|e| account(refused(&e)))?;
    if !settings.username.is_empty() {
        let secret = secret.ok_or_else(|| Refusal::Unreachable("[smtp] has a username and no password".into()))?;
        let credentials = Credentials::new(settings.username.clone(), secret.expose_secret().to_owned());
        let answer = timeout(times.command, connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)).await;
        answer.map_err(|_| late())?.map_err(|e| account(refused(&e)))?;
    }
    Ok(connection)
}

/// The plaintext part of STARTTLS, on the bare connection: nothing of it is kept once TLS begins.
async fn start_tls(tcp: &mut TcpStream, hello: &ClientId) -> Result<(), Refusal> {
    expect(tcp, 220).await?;
    tcp.write_all(format!("EHLO {hello}\r\n").as_bytes()).await.map_err(lost)?;
    expect(tcp, 250).await?;
    tcp.write_all(b"STARTTLS\r\n").await.map_err(lost)?;
    expect(tcp, 220).await.map_err(|refusal| Refusal::Unreachable(format!("STARTTLS {refusal}")))
}

/// Reads one answer (RFC 5321 section 4.2.1), which must have this code.
async fn expect(tcp: &mut TcpStream, code: u16) -> Result<(), Refusal> {
    for _ in 0..REPLY_LINES {
        let line = net::read_line(tcp).await.map_err(lost)?;
        let (digits, rest) = line.split_at_checked(3).unwrap_or((&line, ""));
        if rest.starts_with('-') {
            continue;
        }
        return match digits.parse() {
            Ok(found) if found == code => Ok(()),
            Ok(found @ 400..500) => Err(Refusal::Transient { code: found, text: line }),
            Ok(found @ 500..600) => Err(Refusal::Account { code: found, text: line }),
            _ => Err(Refusal::Unreachable(format!("not an SMTP answer: {}", line.escape_debug()))),
        };
    }
    Err(Refusal::Unreachable("an endless answer".into()))
}

/// What is refused before MAIL is refused to us, not to a recipient: for good it is the account's matter, for
/// now the server's.
fn account(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Permanent { code, text } => Refusal::Account { code, text },
        Refusal::Transient { code, text } => Refusal::Unreachable(format!("{code} {text}")),
        other => other,
    }
}

fn unreachable(error: ConnectError) -> Refusal {
    Refusal::Unreachable(error.to_string())
}

fn lost(error: io::Error) -> Refusal {
    Refusal::Unreachable(error.to_string())
}

fn late() -> Refusal {
    Refusal::Unreachable("no answer in time".into())
}
