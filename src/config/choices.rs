//! The keys of the configuration that take one of a few words.

use serde::{Deserialize, Serialize};

/// How a mailbox is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// IMAP4rev1 (RFC 3501).
    #[default]
    Imap,
    /// A Maildir folder.
    Maildir,
    /// A folder of `.eml` files.
    Eml,
}

/// Transport security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (RFC 8314).
    #[default]
    Implicit,
    /// STARTTLS, never falling back to plaintext.
    Starttls,
    /// None: loopback only.
    None,
}

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// User name and password, or authorization code (授权码).
    #[default]
    Password,
    /// `AUTHENTICATE XOAUTH2`; the secret is the access token.
    Xoauth2,
}

/// The provider's habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// By host and greeting.
    #[default]
    Auto,
    /// Any RFC 3501 server.
    Generic,
    /// QQ 邮箱.
    Qq,
    /// 腾讯企业邮箱.
    Exmail,
    /// 网易 (163, 126): wants `ID` (RFC 2971) after login.
    Netease,
    /// 阿里云邮箱.
    Aliyun,
}

/// What is done to a mail in the mailbox afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Nothing.
    #[default]
    Keep,
    /// A flag.
    Flag,
    /// A move into a folder.
    Move,
}

/// How replies leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// SMTP (RFC 5321).
    #[default]
    Smtp,
    /// A folder of `.eml` files.
    File,
}

/// Where a bucket's name stands in an address of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressing {
    /// In the path: `https://host/bucket/…`, as most servers of one's own want it.
    #[default]
    Path,
    /// Before the host's name: `https://bucket.host/…`, as large providers want it.
    Host,
}

/// Whether senders are looked into by ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// No: only what `authserv_id` tells counts.
    #[default]
    None,
    /// SPF, DKIM and DMARC are looked up where it tells nothing.
    Dns,
}

/// Which replies go by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyMode {
    /// All.
    #[default]
    All,
    /// Acknowledgements go, the rest waits for release.
    Receipts,
    /// All wait for release.
    Hold,
}

/// Which list a view is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "they are the commands' nouns")]
pub enum ViewOf {
    #[default]
    Case,
    Message,
    Outbox,
    Quarantine,
}

/// A day of the week, in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Day {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}
