//! The edge that asks the DNS whether a mail's sender is who it says: SPF, DKIM and DMARC (RFC 7208, RFC 6376,
//! RFC 7489), for what the provider's own `Authentication-Results` don't settle.
//!
//! It asks and weighs; what follows from a verdict is decided elsewhere. Answers are cached by the resolver for as
//! long as they say, and every look-up is bounded in time. What can't be found out is unknown, never a failure.

use crate::clock::Stopwatch;
use crate::config;
use crate::model::reading::Authentication;
use crate::model::sender::{Findings, Handover, Said, aligned};
use mail_auth::dkim::DkimError;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, Error, MessageAuthenticator, SpfOutput, SpfResult};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// For one question to one name server, and how often it is put.
const QUESTION: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;
/// For everything that one mail makes us ask.
const MAIL: Duration = Duration::from_secs(20);
/// After a mail that took so long, nothing is asked for a while: the DNS is out of reach.
const PAUSE: Duration = Duration::from_secs(60);
/// Answers that are kept, and for how long at most.
const CACHED: u64 = 2048;
const LONGEST: Duration = Duration::from_secs(6 * 3600);
const LONGEST_DENIAL: Duration = Duration::from_secs(300);
/// A mail of more signatures, or of a longer header, is left alone: each signature costs a question and a check.
const SIGNATURES: usize = 6;
const HEADER_BYTES: usize = 256 << 10;

/// Looks senders up.
pub struct Senders {
    resolver: MessageAuthenticator,
    /// Since the DNS last gave no answer in time.
    silent: Mutex<Option<Stopwatch>>,
}

/// Why nothing can be looked up.
#[derive(Debug, thiserror::Error)]
#[error("验证来信需要查询 DNS（smtp.verify = \"dns\"），但不能使用 DNS 服务器：{0}。请检查 /etc/resolv.conf，或在 [smtp] 写明 resolver。")]
pub struct SenderError(String);

impl std::fmt::Debug for Senders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Senders").finish_non_exhaustive()
    }
}

impl Senders {
    /// None where senders are not to be looked up.
    pub fn open(settings: &config::Smtp) -> Result<Option<Senders>, SenderError> {
        if settings.verify == config::Verify::None {
            return Ok(None);
        }
        let failed = |error: &dyn std::fmt::Display| SenderError(error.to_string());
        let (servers, mut options) = match settings.resolver {
            Some(address) => (only(address), ResolverOpts::default()),
            None => read_system_conf().map_err(|error| failed(&error))?,
        };
        options.timeout = QUESTION;
        options.attempts = ATTEMPTS;
        options.cache_size = CACHED;
        options.positive_max_ttl = Some(LONGEST);
        options.negative_max_ttl = Some(LONGEST_DENIAL);
        let resolver = MessageAuthenticator::new(servers, options).map_err(|error| failed(&error))?;
        Ok(Some(Senders { resolver, silent: Mutex::default() }))
    }

    /// The verdict on the sender of a whole mail. `author` is the domain of its `From`.
    pub async fn verdict(&self, raw: Arc<Vec<u8>>, handover: Handover, author: String) -> Authentication {
        if author.is_empty() || !is_reasonable(&raw) || self.is_pausing() {
            return Authentication::Unknown;
        }
        let resolver = self.resolver.clone();
        // In a task of its own: what a library may do to it ends there.
        let mut asking = tokio::spawn(async move { findings(&resolver, &raw, &handover, &author).await });
        let found = timeout(MAIL, &mut asking).await;
        if found.is_err() {
            asking.abort();
        }
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = found.is_err().then(Stopwatch::start);
        match found {
            Ok(Ok(findings)) => findings.weigh(),
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("a sender can't be looked up: no answer of the DNS in time");
                Authentication::Unknown
            }
        }
    }

    /// Whether the name server answers at all. A domain that doesn't exist is an answer.
    pub async fn check(&self, domain: &str) -> Result<(), String> {
        match timeout(MAIL, self.resolver.txt_raw_lookup(format!("{domain}."))).await {
            Err(_) => Err("没有及时应答".into()),
            Ok(Err(Error::Dns(mail_auth::DnsError::Resolver(why)))) => Err(why),
            Ok(Ok(_) | Err(_)) => Ok(()),
        }
    }

    fn is_pausing(&self) -> bool {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|since| since.elapsed() < PAUSE)
    }
}

/// One name server, over UDP, and over TCP where an answer is long.
fn only(address: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    ResolverConfig::from_parts(None, Vec::new(), vec![NameServerConfig::new(address.ip(), true, connections.into())])
}

/// Before anything is computed: how much a mail would make us ask.
fn is_reasonable(raw: &[u8]) -> bool {
    let mut signatures = 0;
    let mut bytes = 0;
    for line in raw.split(|byte| *byte == b'\n') {
        bytes += line.len() + 1;
        if line.is_empty() || line == b"\r" {
            break;
        }
        let begins = |name: &[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        signatures += usize::from(begins(b"dkim-signature"));
        if bytes > HEADER_BYTES || signatures > SIGNATURES {
            return false;
        }
    }
    true
}

async fn findings(resolver: &MessageAuthenticator, raw: &[u8], handover: &Handover, author: &str) -> Findings {
    let Some(message) = AuthenticatedMessage::parse(raw) else { return Findings::default() };
    let dkim = resolver.verify_dkim(&message).await;
    let envelope = handover.return_path.rsplit_once('@').map_or(handover.hello.as_str(), |(_, domain)| domain);
    let spf = spf(resolver, handover).await;
    let parameters = DmarcParameters::new(&message, &dkim, envelope, &spf);
    let dmarc = match resolver.verify_dmarc(parameters).await.result() {
        DmarcResult::Pass => Said::Pass,
        DmarcResult::Fail(_) => Said::Fail,
        DmarcResult::TempError(_) | DmarcResult::PermError(_) | DmarcResult::None => Said::Silent,
    };
    let by_address = match spf.result() {
        SpfResult::Pass if aligned(envelope, author) => Said::Pass,
        SpfResult::Fail => Said::Fail,
        SpfResult::Pass | SpfResult::SoftFail | SpfResult::Neutral | SpfResult::TempError | SpfResult::PermError | SpfResult::None => {
            Said::Silent
        }
    };
    Findings { dmarc, spf: by_address, dkim: by_signature(&dkim, author) }
}

/// Without a border's address nothing can be said; the null return path is judged by the client's name.
async fn spf(resolver: &MessageAuthenticator, handover: &Handover) -> SpfOutput {
    let hello = handover.hello.as_str();
    match (handover.address, handover.return_path.as_str()) {
        (None, _) => SpfOutput::new(String::new()).with_result(SpfResult::None),
        (Some(address), "") => resolver.verify_spf(SpfParameters::verify_ehlo(address, hello, "localhost")).await,
        (Some(address), from) => resolver.verify_spf(SpfParameters::verify_mail_from(address, hello, "localhost", from)).await,
    }
}

/// Only signatures of the author's own domain count. One that doesn't fit the mail says that the mail was changed;
/// one that can't be checked says nothing.
fn by_signature(dkim: &[DkimOutput<'_>], author: &str) -> Said {
    let own = || dkim.iter().filter(|output| output.signature().is_some_and(|signature| aligned(&signature.d, author)));
    let changed = |output: &DkimOutput<'_>| {
        matches!(output.result(), DkimResult::Fail(_) | DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)))
    };
    match () {
        () if own().any(|output| *output.result() == DkimResult::Pass) => Said::Pass,
        () if own().any(changed) => Said::Fail,
        () => Said::Silent,
    }
}
