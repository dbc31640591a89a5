//! The sections of the configuration file and their keys, with the defaults of those that have one.

use super::{
    choices::{Addressing, After, Auth, Day, Profile, ReplyMode, Source, Tls, Transport, Verify, ViewOf},
    places::{BlobsUrl, DatabaseUrl, Endpoint, Masked},
    values::{Correspondent, DayTime, NeverPattern, Quiet, QuietHours, Wait},
};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

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
    /// How long what people send is kept.
    #[serde(default)]
    pub privacy: Privacy,
    /// The office's own saved views of lists.
    #[serde(rename = "view", default)]
    pub views: Vec<View>,
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
    /// The S3 server; Amazon's own by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// The region that requests are signed for.
    pub region: String,
    /// Where the bucket's name stands.
    pub addressing: Addressing,
    /// Who asks.
    pub access_key: String,
    /// A file whose content, without the last line end, is the secret key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_env: Option<String>,
    /// A command (run by `sh -c`) whose output, without the last line end, is the secret key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key_command: Option<Masked>,
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
    /// Whether SPF, DKIM and DMARC are looked up where that server tells nothing.
    #[serde(default)]
    pub verify: Verify,
    /// The name server that is asked; the system's where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<SocketAddr>,
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
    /// A file with years of holidays and make-up days that the built-in table lacks, or has wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdays: Option<PathBuf>,
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
    /// Only this region's part (`十堰`, `省直`); left out: everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Only this campaign's, by its key; left out: each campaign's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
}

/// `[privacy]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// After so many years without anything happening, `privacy purge` erases a case's materials; 0: never.
    pub retain_years: u32,
}

/// `[http]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// The address to listen on: this machine's own, unless written otherwise.
    pub listen: SocketAddr,
}

/// `[[view]]`: a list as somebody at the desk wants to see it again; every key is an option of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys are the options of the lists")]
pub struct View {
    /// What it is called for by: `--view 名称`.
    pub name: String,
    /// Which list it is of.
    #[serde(default)]
    pub list: ViewOf,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub window: Option<String>,
    #[serde(default)]
    pub batch: Option<String>,
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub channel: Option<String>,
    #[serde(default)]
    pub category: Option<String>,
    #[serde(default)]
    pub focus: Option<String>,
    #[serde(default)]
    pub unit: Option<String>,
    #[serde(default)]
    pub since: Option<String>,
    #[serde(default)]
    pub until: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub campaign: Option<String>,
    #[serde(default)]
    pub seal: Option<String>,
    #[serde(default)]
    pub late: bool,
    #[serde(default)]
    pub overdue: bool,
    #[serde(default)]
    pub sort: Option<String>,
    #[serde(default)]
    pub columns: Option<String>,
}

fn main_name() -> String {
    "main".into()
}

fn inbox() -> String {
    "INBOX".into()
}

impl Default for Database {
    fn default() -> Self {
        Self { url: DatabaseUrl::Sqlite("var/zhihui.db".into()) }
    }
}

impl Default for Blobs {
    fn default() -> Self {
        Self {
            url: BlobsUrl::File("var/blobs".into()),
            endpoint: None,
            region: "us-east-1".into(),
            addressing: Addressing::Path,
            access_key: String::new(),
            secret_key_file: None,
            secret_key_env: None,
            secret_key_command: None,
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9310)) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { replies_per_sender_per_day: 5, replies_per_hour: 60, reply_within_days: 30, message_bytes: 100 << 20 }
    }
}

impl Default for Correction {
    fn default() -> Self {
        Self { working_days: 5, until: DayTime(Time::constant(17, 30, 0, 0)), wait: Wait::hours(2), workdays: None }
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
        Self { to: Vec::new(), day: Day::Monday, time: DayTime(Time::constant(8, 30, 0, 0)), region: None, campaign: None }
    }
}
