//! The way to an IMAP server, step by step, for whoever wants to know where it ends. Nobody logs in.

use super::MailboxError;
use crate::config::{self, Tls};
use crate::net;
use std::net::IpAddr;
use std::time::Duration;

/// For a name, a connection and a handshake, each.
const WITHIN: Duration = Duration::from_secs(15);

/// The addresses of the server's name.
pub async fn addresses(settings: &config::Mailbox) -> Result<Vec<IpAddr>, MailboxError> {
    let found = net::resolve(&settings.host, settings.port(), WITHIN).await?;
    Ok(found.into_iter().map(|address| address.ip()).collect())
}

/// A connection, with TLS where it comes first.
pub async fn handshake(settings: &config::Mailbox) -> Result<(), MailboxError> {
    let tcp = net::connect(&settings.host, settings.port(), settings.tls, WITHIN).await?;
    if settings.tls == Tls::Implicit {
        net::encrypt(&settings.host, tcp, WITHIN).await?;
    }
    Ok(())
}
