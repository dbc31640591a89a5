//! The configuration file: TOML, every key a contract.
//!
//! `--config FILE`, else `$ZHIHUI_CONFIG`, else `config/zhihui.toml`. `ZHIHUI__SECTION__KEY` overrides a
//! key. A secret comes by `*_file`, `*_env` or `*_command` and is never printed. Unknown keys are errors
//! that name the nearest key. Relative paths are relative to the file.
//!
//! How a file becomes a [`Config`]: its text becomes a tree whose values know their lines (`file`), the
//! environment lays its values over it (`overrides`), the tree becomes the types below (`decode`,
//! `values`), and what values must be to each other is checked (`rules`). Everything that is wrong is told
//! at once, in Chinese (`problem`). Nothing here opens a mailbox, a database or a network connection.

pub mod builtin;
pub mod check;
mod decode;
mod file;
mod load;
mod overrides;
pub mod problem;
mod rules;
pub mod secret;
pub mod values;

pub use check::{check, show};
pub use load::{CampaignFile, Loaded, environment, load_campaign, parse_campaign, parse_document};
pub use problem::ConfigError;

use crate::model::{address::Address, campaign::Campaign};
use jiff::{
    ToSpan,
    civil::{Date, Time, Weekday},
};
use secret::SecretSource;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use values::{BlobsUrl, Correspondent, DatabaseUrl, DayTime, Masked, NeverPattern, Quiet, QuietHours, Wait};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where records are kept.
    #[serde(default)]
    pub database: Database,
    /// Where raw mails and evidence are kept.
    #[serde(default)]
    pub blobs: Blobs,
    /// The mailboxes that are read.
    #[serde(rename = "mailbox", default)]
    pub mailboxes: Vec<Mailbox>,
    /// How replies go out.
    pub smtp: Smtp,
    /// Caps.
    #[serde(default)]
    pub limits: Limits,
    /// The correction period.
    #[serde(default)]
    pub correction: Correction,
    /// How replies are let go.
    #[serde(default)]
    pub replies: Replies,
    /// Weekly digests.
    #[serde(rename = "digest", default)]
    pub digests: Vec<Digest>,
    /// The health and metrics listener.
    #[serde(default)]
    pub http: Option<Http>,
}

/// `[database]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: DatabaseUrl,
}

/// `[blobs]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    /// `file:PATH` or `s3://bucket/prefix`.
    pub url: BlobsUrl,
}

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

/// `[[mailbox]]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// Its key in the ledger.
    #[serde(default = "main_name")]
    pub name: String,
    /// How it is reached.
    #[serde(default)]
    pub source: Source,
    /// The folder of `maildir` and `eml`.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The IMAP server.
    #[serde(default)]
    pub host: String,
    /// 993, or 143 for `starttls` and `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// Transport security.
    #[serde(default)]
    pub tls: Tls,
    /// The login name.
    #[serde(default)]
    pub username: String,
    /// A file whose content, without the last line end, is the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// A command (run by `sh -c`) whose output, without the last line end, is the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_command: Option<Masked>,
    /// How to log in.
    #[serde(default)]
    pub auth: Auth,
    /// The IMAP mailbox name, in Unicode.
    #[serde(default = "inbox")]
    pub folder: String,
    /// Older mails are skipped; 30 days before the opening by default.
    #[serde(default)]
    pub since: Option<Date>,
    /// The campaign file.
    pub campaign: PathBuf,
    /// The provider's habits.
    #[serde(default)]
    pub profile: Profile,
    /// What is done to a mail afterwards.
    #[serde(default)]
    pub after: After,
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

/// `[smtp]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// How replies leave.
    #[serde(default)]
    pub transport: Transport,
    /// The folder of `file`.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The server.
    #[serde(default)]
    pub host: String,
    /// 465, 587 for `starttls`, 25 for `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// Transport security.
    #[serde(default)]
    pub tls: Tls,
    /// The login name; empty: no login.
    #[serde(default)]
    pub username: String,
    /// A file whose content, without the last line end, is the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// A command (run by `sh -c`) whose output, without the last line end, is the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_command: Option<Masked>,
    /// `荆楚质汇案例征集 <cases@example.com>`.
    pub from: Correspondent,
    /// Whose `Authentication-Results` are believed.
    #[serde(default)]
    pub authserv_id: Option<String>,
}

/// `[limits]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Past it: one summary reply after midnight.
    pub replies_per_sender_per_day: u32,
    /// Past it replies wait.
    pub replies_per_hour: u32,
    /// A reply to an older message is queued as held.
    pub reply_within_days: u32,
    /// A larger message is read by its header only and quarantined.
    pub message_bytes: u64,
}

/// `[correction]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Correction {
    /// The length of the correction period.
    pub working_days: u32,
    /// Until when on its last day, `HH:MM`.
    pub until: DayTime,
    /// How long a request waits for a second mail, such as `2h`, `30m`, `0h`.
    pub wait: Wait,
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

/// `[replies]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Replies {
    /// Which replies go by themselves.
    pub mode: ReplyMode,
    /// `17:30-08:30`; empty: no quiet hours.
    pub quiet: Quiet,
    /// Addresses and `*@domain` that only people answer.
    pub never: Vec<NeverPattern>,
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

/// `[[digest]]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// Who receives it; empty: off.
    pub to: Vec<Correspondent>,
    /// The weekday, in English.
    pub day: Day,
    /// `HH:MM`.
    pub time: DayTime,
}

/// `[http]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The address to listen on.
    pub listen: SocketAddr,
}

fn main_name() -> String {
    "main".into()
}

fn inbox() -> String {
    "INBOX".into()
}

impl Mailbox {
    /// The port: as written, else the usual one.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Implicit => 993,
            Tls::Starttls | Tls::None => 143,
        })
    }

    /// Where the secret comes from, if exactly one place is given.
    pub fn password(&self) -> Option<SecretSource> {
        SecretSource::of(&self.password_file, &self.password_env, &self.password_command)
    }

    /// The first day whose mails are read: as written, else 30 days before the campaign opens.
    pub fn since(&self, campaign: &Campaign) -> Date {
        self.since.unwrap_or_else(|| campaign.calendar.opens.saturating_sub(30.days()))
    }
}

impl Smtp {
    /// The port: as written, else the usual one.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        })
    }

    /// Where the secret comes from, if exactly one place is given.
    pub fn password(&self) -> Option<SecretSource> {
        SecretSource::of(&self.password_file, &self.password_env, &self.password_command)
    }

    /// Who writes the replies.
    pub fn from(&self) -> &Address {
        &self.from.0
    }
}

impl Correction {
    /// Until when on the last day.
    pub fn until(&self) -> Time {
        self.until.0
    }

    /// How long a request waits for a second mail.
    pub fn wait(&self) -> Duration {
        self.wait.length()
    }
}

impl Replies {
    /// The hours in which corrections and reminders don't go.
    pub fn quiet(&self) -> Option<QuietHours> {
        self.quiet.0
    }

    /// Whether only people answer this address.
    pub fn is_never(&self, address: &Address) -> bool {
        self.never.iter().any(|pattern| pattern.matches(address))
    }
}

impl Digest {
    /// Who receives it.
    pub fn to(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().map(|one| &one.0)
    }

    /// The weekday.
    pub fn day(&self) -> Weekday {
        match self.day {
            Day::Monday => Weekday::Monday,
            Day::Tuesday => Weekday::Tuesday,
            Day::Wednesday => Weekday::Wednesday,
            Day::Thursday => Weekday::Thursday,
            Day::Friday => Weekday::Friday,
            Day::Saturday => Weekday::Saturday,
            Day::Sunday => Weekday::Sunday,
        }
    }

    /// The time of day.
    pub fn time(&self) -> Time {
        self.time.0
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: DatabaseUrl::Sqlite("var/zhihui.db".into()) }
    }
}

impl Default for Blobs {
    fn default() -> Self {
        Self { url: BlobsUrl::File("var/blobs".into()) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { replies_per_sender_per_day: 5, replies_per_hour: 60, reply_within_days: 30, message_bytes: 100 << 20 }
    }
}

impl Default for Correction {
    fn default() -> Self {
        Self { working_days: 5, until: DayTime(Time::constant(17, 30, 0, 0)), wait: Wait::hours(2) }
    }
}

impl Default for Replies {
    fn default() -> Self {
        Self {
            mode: ReplyMode::All,
            quiet: Quiet(Some(QuietHours { from: Time::constant(17, 30, 0, 0), until: Time::constant(8, 30, 0, 0) })),
            never: Vec::new(),
        }
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self { to: Vec::new(), day: Day::Monday, time: DayTime(Time::constant(8, 30, 0, 0)) }
    }
}
