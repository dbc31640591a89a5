//! A configuration into what `config check` and `config show` print. Nothing is resolved, opened or sent.

use super::Config;

/// Something that is right to write, but that this version doesn't act on yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice(pub String);

/// What is accepted but has no effect yet, a sentence each.
pub fn check(config: &Config) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut note = |applies: bool, what: String| {
        if applies {
            notices.push(Notice(what));
        }
    };
    note(config.http.is_some(), "[http] 已接受，本版本尚未启用，不会监听端口。".into());
    notices
}

/// The configuration as TOML, with defaults and environment variables worked in and secrets masked.
pub fn show(config: &Config) -> Result<String, toml::ser::Error> {
    toml::to_string(config)
}
