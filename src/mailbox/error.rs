//! What can go wrong between us and a mailbox, and what a person can do about it.
//!
//! Classifies only; the receive loop decides when to try again.

use crate::config::Profile;
use crate::net::ConnectError;
use std::{io, time::Duration};

/// Why a mailbox can't be read now.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// User name, password or authorization code are not taken, or IMAP is switched off.
    #[error("登录被拒绝（{text}）")]
    LoginRefused {
        /// Whose words to advise in.
        profile: Profile,
        /// The server's words.
        text: String,
    },
    /// No connection, or it was lost.
    #[error("连接不上邮箱服务器（{0}）")]
    Unreachable(String),
    /// The server says itself that it is unwilling for now (RFC 5530).
    #[error("邮箱服务器暂不受理（{0}）")]
    Busy(String),
    /// The certificate, its name, or a STARTTLS that the server refuses.
    #[error("无法建立加密连接（{0}）")]
    Tls(String),
    /// The server says what the protocol doesn't allow.
    #[error("邮箱服务器的应答有误（{0}）")]
    Protocol(String),
    /// No answer within the time.
    #[error("邮箱服务器 {} 秒内没有应答", .0.as_secs())]
    Timeout(Duration),
    /// The folder isn't there.
    #[error("没有文件夹 {0}")]
    NoSuchFolder(String),
    /// What was asked for is not allowed; only a courtesy is ever refused so.
    #[error("邮箱服务器拒绝了操作（{0}）")]
    Refused(String),
    /// A login was refused a while ago, and the next try waits: providers lock accounts.
    #[error("登录曾被拒绝（{text}），为免账号被锁，{until}前不再尝试")]
    Paused {
        /// The time of day in Asia/Shanghai.
        until: String,
        /// The server's words.
        text: String,
    },
    /// A local file or folder can't be read.
    #[error("无法读取 {path}（{source}）")]
    Io {
        /// Which one.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The settings can't work.
    #[error("设置有误（{0}）")]
    Settings(String),
}

impl MailboxError {
    /// Whether the same attempt may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        match self {
            MailboxError::Unreachable(_)
            | MailboxError::Busy(_)
            | MailboxError::Timeout(_)
            | MailboxError::Protocol(_)
            | MailboxError::Refused(_)
            | MailboxError::Paused { .. }
            | MailboxError::Io { .. } => true,
            MailboxError::LoginRefused { .. } | MailboxError::Tls(_) | MailboxError::NoSuchFolder(_) | MailboxError::Settings(_) => false,
        }
    }

    /// What to do, in a sentence for the person at the desk.
    pub fn advice(&self) -> &'static str {
        match self {
            MailboxError::LoginRefused { profile, .. } => login_advice(*profile),
            MailboxError::Unreachable(_) => "请检查网络、防火墙和邮箱服务器的地址、端口；系统会自动重试。",
            MailboxError::Busy(_) => "邮箱服务器暂时繁忙或限制登录次数；系统会自动重试，请勿频繁重启。",
            MailboxError::Tls(_) => {
                "请核对服务器地址与端口（993 配 implicit，143 配 starttls）、本机时钟和根证书；服务器使用单位自建证书时，用环境变量 SSL_CERT_FILE 指明其根证书。"
            }
            MailboxError::Protocol(_) => "邮箱服务器的应答不符合 IMAP 协议；系统会自动重连，如反复出现，请把日志交给邮箱服务商核实。",
            MailboxError::Timeout(_) => "邮箱服务器未在限定时间内应答；系统会自动重试，如持续出现，请检查网络或询问邮箱服务商。",
            MailboxError::NoSuchFolder(_) => "请核对配置中 folder（或 path）的名称，并在邮箱网页版确认该文件夹存在。",
            MailboxError::Refused(_) => "请在邮箱网页版检查该文件夹的权限，或把配置中的 after 改为 keep。",
            MailboxError::Paused { .. } => "请改正用户名、密码或授权码，改后马上可以再试；没有改动的，到时自动再试。",
            MailboxError::Io { .. } => "请检查该文件夹是否存在、本程序的运行账户能否读取，以及磁盘是否正常。",
            MailboxError::Settings(_) => "请修改配置文件中 [[mailbox]] 一节后重新启动。",
        }
    }
}

fn login_advice(profile: Profile) -> &'static str {
    match profile {
        Profile::Auto | Profile::Generic => "请核对用户名；请在邮箱网页版设置中开启 IMAP 服务并使用授权码（不是网页登录密码）。",
        Profile::Qq => "请在 QQ 邮箱网页版“设置—账号”中开启 IMAP/SMTP 服务，并使用生成的授权码（不是 QQ 密码）。",
        Profile::Exmail => "请在腾讯企业邮箱网页版“设置—客户端设置”中开启 IMAP 服务；开启安全登录的，请使用客户端专用密码。",
        Profile::Netease => "请在网易邮箱网页版“设置—POP3/SMTP/IMAP”中开启 IMAP/SMTP 服务，并使用授权码（不是网页登录密码）。",
        Profile::Aliyun => "请确认阿里邮箱管理员已允许客户端（IMAP）登录；开启三方客户端安全密码的，请使用该密码。",
    }
}

impl From<ConnectError> for MailboxError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Resolve(..) | ConnectError::Connect(..) => MailboxError::Unreachable(error.to_string()),
            ConnectError::Timeout(_, within) => MailboxError::Timeout(within),
            ConnectError::Tls(..) | ConnectError::NoRoots(..) => MailboxError::Tls(error.to_string()),
            ConnectError::NotLoopback(..) => MailboxError::Settings(error.to_string()),
        }
    }
}
