//! Words of the configuration into places: databases, stores and hosts. What may hold a password never shows it.

use super::values::written_as_text;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Text that may hold a secret: it shows as `***`.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Masked(SecretString);

impl Masked {
    /// The text itself, for the one place that uses it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Masked {
    fn from(text: String) -> Self {
        Masked(text.into())
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Masked {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// Where records are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DatabaseUrl {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `postgres://…`, which may hold a password.
    Postgres(Masked),
}

impl DatabaseUrl {
    /// The URL to connect with, password and all: not to be shown.
    pub fn expose(&self) -> String {
        match self {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.expose().to_owned(),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = local_path(text, "sqlite:") {
            return Ok(DatabaseUrl::Sqlite(path));
        }
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        is_postgres
            .then(|| DatabaseUrl::Postgres(text.to_owned().into()))
            .ok_or("数据库应写成 “sqlite:var/zhihui.db” 或 “postgres://…”，问号后的参数只用于后者")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => f.write_str(&without_userinfo(url.expose())),
        }
    }
}

/// Where raw mails and evidence are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BlobsUrl {
    /// `file:PATH`.
    File(PathBuf),
    /// `s3://bucket/prefix`.
    S3(String),
}

impl BlobsUrl {
    /// Bucket and prefix, which may be empty.
    pub fn bucket(&self) -> Option<(&str, &str)> {
        let BlobsUrl::S3(url) = self else { return None };
        let place = url.strip_prefix("s3://").unwrap_or(url);
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        Some((bucket, prefix.trim_matches('/')))
    }
}

impl FromStr for BlobsUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = local_path(text, "file:") {
            return Ok(BlobsUrl::File(path));
        }
        let is_bucket =
            text.strip_prefix("s3://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['@', '?']));
        is_bucket.then(|| BlobsUrl::S3(text.to_owned())).ok_or("存放处应写成 “file:var/blobs” 或 “s3://bucket/prefix”，其中不写密钥")
    }
}

impl fmt::Display for BlobsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlobsUrl::File(path) => write!(f, "file:{}", path.display()),
            BlobsUrl::S3(url) => f.write_str(url),
        }
    }
}

/// An S3 server: `https://host:port`; without encryption this machine only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    scheme: String,
    authority: String,
}

impl Endpoint {
    /// Its address, with a name before the host's if one is given.
    pub fn url(&self, before: Option<&str>) -> String {
        let before = before.map(|name| format!("{name}.")).unwrap_or_default();
        format!("{}://{before}{}", self.scheme, self.authority)
    }

    /// Whether nothing is encrypted.
    pub fn is_plain(&self) -> bool {
        self.scheme == "http"
    }
}

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ADVICE: &str = "应写成 “https://s3.example.com” 或带端口的 “https://s3.example.com:9000”，其中不写桶名和密钥";
        let (scheme, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => ("https", rest),
            (None, Some(rest)) => ("http", rest),
            (None, None) => return Err(ADVICE),
        };
        let authority = rest.trim_end_matches('/');
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if authority.is_empty() || !authority.chars().all(is_part) {
            return Err(ADVICE);
        }
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => port.parse::<u16>().map(|_| host).map_err(|_| ADVICE)?,
            Some(_) | None => authority,
        };
        if scheme == "http" && !is_loopback(host) {
            return Err("不加密的 http 只限本机（localhost、127.0.0.1、::1），请改用 https");
        }
        Ok(Endpoint { scheme: scheme.to_owned(), authority: authority.to_owned() })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url(None))
    }
}

written_as_text! { DatabaseUrl BlobsUrl Endpoint }

/// Whether a host is this machine, so that plaintext never leaves it: `localhost`, 127.0.0.0/8, `::1`.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A path as the configuration's folder sees it; `:memory:` is SQLite's own word and no path.
pub fn rebase(path: &mut PathBuf, folder: &Path) {
    if path.as_os_str() != ":memory:" {
        *path = folder.join(&*path);
    }
}

fn local_path(text: &str, scheme: &str) -> Option<PathBuf> {
    let rest = text.strip_prefix(scheme)?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    (!path.is_empty() && !path.contains('?')).then(|| PathBuf::from(path))
}

/// Drops the query too: libpq takes a password there.
fn without_userinfo(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, place)) => format!("{scheme}://***@{place}"),
            None => format!("{scheme}://{rest}"),
        },
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_hides_its_password() {
        let url: DatabaseUrl = "postgres://zhihui:hunter2@db/zhihui?password=hunter2".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://***@db/zhihui");
        assert!(!format!("{url:?}").contains("hunter2"));
        assert!(matches!("sqlite:///var/x.db".parse().unwrap(), DatabaseUrl::Sqlite(path) if path == Path::new("/var/x.db")));
        assert!("mysql://x".parse::<DatabaseUrl>().is_err() && "sqlite:".parse::<DatabaseUrl>().is_err());
        assert!("s3://key:secret@bucket".parse::<BlobsUrl>().is_err() && "s3://bucket/prefix".parse::<BlobsUrl>().is_ok());
    }

    #[test]
    fn a_bucket_has_a_prefix_or_none() {
        let of = |url: &str| url.parse::<BlobsUrl>().unwrap().bucket().map(|(bucket, prefix)| format!("{bucket}|{prefix}"));
        assert_eq!(of("s3://cases").as_deref(), Some("cases|"));
        assert_eq!(of("s3://cases/2023/hubei/").as_deref(), Some("cases|2023/hubei"));
        assert_eq!(of("file:var/blobs"), None);
    }

    #[test]
    fn an_endpoint_is_encrypted_or_this_machine() {
        for (text, shown) in [
            ("https://s3.example.com", "https://s3.example.com"),
            ("https://s3.example.com:9000/", "https://s3.example.com:9000"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://[::1]:9000", "http://[::1]:9000"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), shown);
        }
        for text in [
            "http://s3.example.com",
            "s3.example.com",
            "https://",
            "https://key:secret@host",
            "https://host/bucket",
            "https://host:99999",
            "http://127.0.0.1.example.com",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
        assert_eq!("https://h:1".parse::<Endpoint>().unwrap().url(Some("b")), "https://b.h:1");
    }

    #[test]
    fn loopback_is_this_machine_only() {
        assert!(["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"].iter().all(|host| is_loopback(host)));
        assert!(!["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "", "0.0.0.0"].iter().any(|host| is_loopback(host)));
    }
}
