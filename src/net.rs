//! A byte stream to a named server, for the two edges that talk to one: TCP, then TLS where it is asked for.
//!
//! Roots of trust are the system's (`SSL_CERT_FILE` is honoured), names are checked (RFC 6125 by rustls),
//! the provider is ring. Nothing here knows IMAP or SMTP, logs in, or retries. Opportunistic TLS is not
//! offered: a stream is encrypted (RFC 8314), or it goes to a loopback address.

use crate::config::Tls;
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The longest line that is read before a protocol's own reader takes over.
const LINE_BYTES: usize = 8192;

/// Anything that carries bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug> Stream for T {}

/// A stream, encrypted or not.
pub type BoxStream = Box<dyn Stream>;

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name has no address.
    #[error("cannot resolve {0}: {1}")]
    Resolve(String, io::Error),
    /// No address took the connection.
    #[error("cannot connect to {0}: {1}")]
    Connect(String, io::Error),
    /// Nothing within the time.
    #[error("{0} did not answer within {1:?}")]
    Timeout(String, Duration),
    /// The handshake failed: the certificate, its name, the protocol.
    #[error("TLS with {0} failed: {1}")]
    Tls(String, String),
    /// Without roots no certificate can be checked.
    #[error("no trusted root certificates: install ca-certificates or set SSL_CERT_FILE ({0})")]
    NoRoots(String),
    /// Plaintext leaves the machine.
    #[error("tls = \"none\" is for loopback only, and {0} is elsewhere")]
    NotLoopback(String),
}

impl ConnectError {
    /// Whether the same attempt may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        match self {
            ConnectError::Resolve(..) | ConnectError::Connect(..) | ConnectError::Timeout(..) => true,
            ConnectError::Tls(..) | ConnectError::NoRoots(..) | ConnectError::NotLoopback(..) => false,
        }
    }
}

/// The addresses of a name.
pub async fn resolve(host: &str, port: u16, within: Duration) -> Result<Vec<SocketAddr>, ConnectError> {
    let found = timeout(within, lookup_host((host, port))).await.map_err(|_| ConnectError::Timeout(host.into(), within))?;
    Ok(found.map_err(|e| ConnectError::Resolve(host.into(), e))?.collect())
}

/// Connects by TCP, trying each address of the name in turn; all of it takes at most `within`.
pub async fn connect(host: &str, port: u16, tls: Tls, within: Duration) -> Result<TcpStream, ConnectError> {
    let attempt = async {
        let addresses = resolve(host, port, within).await?;
        if tls == Tls::None && !addresses.iter().all(|address| address.ip().is_loopback()) {
            return Err(ConnectError::NotLoopback(host.into()));
        }
        let share = within / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut last = ConnectError::Resolve(host.into(), io::ErrorKind::NotFound.into());
        for address in addresses {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = ConnectError::Connect(address.to_string(), error),
                Err(_) => last = ConnectError::Timeout(address.to_string(), share),
            }
        }
        Err(last)
    };
    let stream = timeout(within, attempt).await.map_err(|_| ConnectError::Timeout(host.into(), within))??;
    // Commands are small and wait for answers: without this each may wait for a delayed ACK.
    stream.set_nodelay(true).map_err(|e| ConnectError::Connect(host.into(), e))?;
    Ok(stream)
}

/// Puts TLS over a connection, checking the certificate for `host`.
pub async fn encrypt(host: &str, stream: TcpStream, within: Duration) -> Result<TlsStream<TcpStream>, ConnectError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|e| ConnectError::Tls(host.into(), e.to_string()))?;
    let connector = TlsConnector::from(Arc::new(client_config(host).await?));
    match timeout(within, connector.connect(name, stream)).await {
        Err(_) => Err(ConnectError::Timeout(host.into(), within)),
        Ok(Ok(stream)) => Ok(stream),
        // rustls wraps its own findings as InvalidData; the rest is the network's.
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(ConnectError::Tls(host.into(), error.to_string())),
        Ok(Err(error)) => Err(ConnectError::Connect(host.into(), error)),
    }
}

/// The roots are read anew for each connection, so that a renewed bundle needs no restart.
async fn client_config(host: &str) -> Result<ClientConfig, ConnectError> {
    let loaded =
        tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await.map_err(|e| ConnectError::NoRoots(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(loaded.certs);
    if added == 0 {
        let reasons: Vec<_> = loaded.errors.iter().map(ToString::to_string).collect();
        return Err(ConnectError::NoRoots(if reasons.is_empty() { "none found".into() } else { reasons.join("; ") }));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| ConnectError::Tls(host.into(), e.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Reads one line without its CRLF, byte by byte: nothing behind it is taken from the stream. What an
/// attacker appends to a STARTTLS answer so stays in front of the handshake, which it breaks, and can't be
/// taken for an answer under TLS (RFC 9051 section 11.1, CVE-2011-0411).
pub async fn read_line<S: AsyncRead + Unpin + ?Sized>(stream: &mut S) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await? {
            b'\n' => break,
            _ if line.len() >= LINE_BYTES => return Err(io::Error::new(io::ErrorKind::InvalidData, "line too long")),
            byte => line.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn plaintext_stays_on_this_machine() {
        // TEST-NET-1 (RFC 5737): refused before anything is sent to it.
        let error = connect("192.0.2.1", 143, Tls::None, Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(error, ConnectError::NotLoopback(_)), "{error}");
    }

    #[tokio::test]
    async fn a_line_is_read_without_what_follows() {
        let mut bytes: &[u8] = b"* OK ready\r\n* OK injected\r\n";
        assert_eq!(read_line(&mut bytes).await.unwrap(), "* OK ready");
        assert_eq!(bytes, b"* OK injected\r\n");
    }

    #[tokio::test]
    async fn an_endless_line_is_refused() {
        let mut bytes = tokio::io::repeat(b'a');
        assert_eq!(read_line(&mut bytes).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
