//! After a refused login the next try waits: providers lock accounts that knock too often.
//!
//! The refusal is kept in the record, so that a `poll` by cron waits as the daemon does. It holds for these
//! credentials only: a corrected password is tried at once. A token is another each time and says nothing.
//! There is one alert when logins begin to be refused, and one all-clear.

use super::{DaemonError, Judge};
use crate::config::{self, Auth};
use crate::mailbox::MailboxError;
use crate::model::time;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The least time between two tries.
const PAUSE_MS: i64 = 5 * 60 * 1000;
/// The alarm while logins are refused.
const LOGIN: &str = "login";

/// A login that was refused, as the record keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Refused {
    since_ms: i64,
    last_ms: i64,
    credentials: String,
    text: String,
}

/// What is known of the logins to one mailbox with these credentials.
pub(super) struct Breaker<'a> {
    judge: &'a Judge,
    mailbox: &'a config::Mailbox,
    credentials: String,
}

impl<'a> Breaker<'a> {
    /// The breaker of a mailbox.
    pub fn new(judge: &'a Judge, mailbox: &'a config::Mailbox, secret: Option<&SecretString>) -> Self {
        Self { judge, mailbox, credentials: credentials(&judge.key, mailbox, secret) }
    }

    /// Whether a login may be tried now.
    pub async fn check(&self) -> Result<(), DaemonError> {
        let Some(refused) = self.refused().await? else { return Ok(()) };
        // A clock that was set back must not turn minutes into a year.
        let waited = self.judge.clock.now().as_millisecond().saturating_sub(refused.last_ms);
        if refused.credentials != self.credentials || !(0..PAUSE_MS).contains(&waited) {
            return Ok(());
        }
        let until = Timestamp::from_millisecond(refused.last_ms.saturating_add(PAUSE_MS)).unwrap_or_default();
        let until = time::local(until).strftime("%H:%M:%S").to_string();
        Err(DaemonError::Mailbox { mailbox: self.mailbox.name.clone(), source: MailboxError::Paused { until, text: refused.text } })
    }

    /// Notes how it went.
    pub async fn note<T>(&self, outcome: &Result<T, MailboxError>) -> Result<(), DaemonError> {
        match outcome {
            Err(MailboxError::LoginRefused { text, .. }) => self.opened(text).await,
            Err(_) => Ok(()),
            Ok(_) => self.closed().await,
        }
    }

    async fn opened(&self, text: &str) -> Result<(), DaemonError> {
        let now = self.judge.clock.now().as_millisecond();
        let before = self.refused().await?;
        let since_ms = before.as_ref().map_or(now, |before| before.since_ms);
        let refused = Refused { since_ms, last_ms: now, credentials: self.credentials.clone(), text: text.to_owned() };
        let value = serde_json::to_string(&refused).unwrap_or_default();
        self.judge.store.set_setting(&self.setting(), &value).await?;
        if before.is_none() {
            let sentence = format!("邮箱 {} 拒绝登录（{text}），收信暂停", self.mailbox.name);
            self.judge.store.raise_alarm(LOGIN, &self.mailbox.name, &sentence, now).await?;
            tracing::error!(alert = "login.refused", mailbox.name = %self.mailbox.name, answer = text, "the mailbox refuses the login");
        }
        Ok(())
    }

    async fn closed(&self) -> Result<(), DaemonError> {
        let Some(refused) = self.refused().await? else { return Ok(()) };
        self.judge.store.set_setting(&self.setting(), "").await?;
        self.judge.store.clear_alarm(LOGIN, &self.mailbox.name, self.judge.clock.now().as_millisecond()).await?;
        let duration_ms = self.judge.clock.now().as_millisecond().saturating_sub(refused.since_ms);
        tracing::warn!(alert = "login.accepted", mailbox.name = %self.mailbox.name, duration_ms, "the mailbox takes the login again");
        Ok(())
    }

    async fn refused(&self) -> Result<Option<Refused>, DaemonError> {
        let value = self.judge.store.setting(&self.setting()).await?;
        Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
    }

    fn setting(&self) -> String {
        format!("login.refused.{}", self.mailbox.name)
    }
}

/// What tells one set of credentials from another, and nothing about them.
fn credentials(key: &str, mailbox: &config::Mailbox, secret: Option<&SecretString>) -> String {
    let secret = match mailbox.auth {
        Auth::Password => secret.map(ExposeSecret::expose_secret).unwrap_or_default(),
        Auth::Xoauth2 => "",
    };
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
        for part in [mailbox.host.as_str(), &mailbox.port().to_string(), &mailbox.username, secret] {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
    });
    mac.unwrap_or_default()
}
