//! The sending edge: a rendered mail goes to an SMTP server, or into a folder as an `.eml` file.
//!
//! It says what became of one delivery, in the words a queue needs: accepted, refused for now, refused for
//! good, uncertain, not tried. It doesn't render, queue, count attempts or decide about the next one. The
//! null return path `<>` (RFC 3834 section 3.3) is tried first, so that no bounce answers an automatic mail.

mod channel;
mod dial;
mod envelope;
mod file;
mod session;

use crate::config;
use crate::model::outbox::Rendered;
use file::Folder;
use secrecy::SecretString;
use session::Smtp;
use std::time::Duration;

/// Where mails go.
#[derive(Debug)]
pub enum Transport {
    /// An SMTP server (RFC 5321, RFC 6409).
    Smtp(Box<Smtp>),
    /// A folder.
    File(Folder),
}

/// The server, or the disk, has taken responsibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The server's words (its queue's number stands there), or the file's path.
    pub text: String,
}

/// What became of a delivery that wasn't accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// For now: greylisting, a full mailbox, too many mails an hour.
    #[error("暂时不收（{code} {text}）")]
    Transient {
        /// 4yz.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// For good: this recipient or this mail.
    #[error("被拒收（{code} {text}）")]
    Permanent {
        /// 5yz; 501 also for an address that can't be written into a command.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// Our login or our sender address is refused: no mail goes until a person mends it, and none is to blame.
    #[error("发信账户被拒绝（{code} {text}）")]
    Account {
        /// 5yz.
        code: u16,
        /// The server's words.
        text: String,
    },
    /// The whole mail was sent and the answer was lost: it may have been accepted.
    #[error("送达不明（{0}）")]
    Uncertain(String),
    /// It was not handed over: no connection, or a connection lost before the end of the mail.
    #[error("未能交给发信服务器（{0}）")]
    Unreachable(String),
}

/// How long is waited.
#[derive(Debug, Clone)]
pub struct Times {
    /// For a connection and for the TLS handshake, each.
    pub connect: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the answer to the mail itself. RFC 5321 section 4.5.3.2.6 asks for ten minutes: who gives up
    /// earlier sends twice.
    pub data: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { connect: Duration::from_secs(15), command: Duration::from_secs(60), data: Duration::from_secs(600) }
    }
}

impl Transport {
    /// Reads the settings; a server is connected to with the first mail.
    pub fn open(settings: &config::Smtp, secret: Option<SecretString>, times: Times) -> Result<Self, Refusal> {
        Ok(match settings.transport {
            config::Transport::Smtp => Transport::Smtp(Box::new(Smtp::new(settings, secret, times)?)),
            config::Transport::File => {
                let path = settings.path.clone().ok_or_else(|| Refusal::Unreachable("[smtp] has no path".into()))?;
                Transport::File(Folder::new(path))
            }
        })
    }

    /// Delivers one mail. A repeat is safe for the folder, and for a server carries the same Message-ID.
    pub async fn deliver(&mut self, mail: &Rendered) -> Result<Accepted, Refusal> {
        match self {
            Transport::Smtp(smtp) => smtp.deliver(mail).await,
            Transport::File(folder) => folder.deliver(mail).await,
        }
    }

    /// Connects and logs in, or looks whether the folder can be written; sends nothing.
    pub async fn check(&mut self) -> Result<(), Refusal> {
        match self {
            Transport::Smtp(smtp) => smtp.check().await,
            Transport::File(folder) => folder.check().await,
        }
    }

    /// Whether a delivery that was cut short may have arrived: its end has left.
    pub fn may_have_delivered(&self) -> bool {
        match self {
            Transport::Smtp(smtp) => smtp.may_have_delivered(),
            // The same file would be written again.
            Transport::File(_) => false,
        }
    }

    /// Ends a kept connection. To be called when the queue is empty: servers dislike idle clients.
    pub async fn close(&mut self) {
        match self {
            Transport::Smtp(smtp) => smtp.close().await,
            Transport::File(_) => {}
        }
    }
}

impl Refusal {
    /// Whether the same mail may be accepted later. An uncertain one is not: a person, or a rule, decides
    /// whether a second copy is worse than none.
    pub fn is_transient(&self) -> bool {
        match self {
            Refusal::Transient { .. } | Refusal::Account { .. } | Refusal::Unreachable(_) => true,
            Refusal::Permanent { .. } | Refusal::Uncertain(_) => false,
        }
    }

    /// What to do, in a sentence for the person at the desk.
    pub fn advice(&self) -> &'static str {
        match self {
            Refusal::Transient { .. } => "对方或发信服务器暂时不收，系统会自动重试。",
            Refusal::Permanent { .. } => "收件地址或邮件内容被拒收，请核对收件地址，必要时改用电话联系报送单位。",
            Refusal::Account { .. } => {
                "发信账户被拒绝：请核对用户名和授权码，确认邮箱已开启 SMTP 服务、未被限制发信，且 from 与登录账户一致。"
            }
            Refusal::Uncertain(_) => "邮件已发出但未收到服务器确认，对方可能已收到；请核实后再决定是否重发。",
            Refusal::Unreachable(_) => "未能连接发信服务器，请检查网络、服务器地址、端口、加密方式和根证书；系统会自动重试。",
        }
    }
}
