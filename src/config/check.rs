//! A configuration into what `config check` and `config show` print. Nothing is resolved, opened or sent.

use super::Config;

/// Something that is right to write, but that this version doesn't act on yet, or that wants care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice(pub String);

/// What is accepted but has no effect yet, or wants care, a sentence each.
pub fn check(config: &Config) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut note = |applies: bool, what: String| {
        if applies {
            notices.push(Notice(what));
        }
    };
    let elsewhere = config.http.as_ref().map(|http| http.listen).filter(|listen| !listen.ip().is_loopback());
    let advice = elsewhere.map(|listen| format!("[http] 监听 {listen}，别的机器也能访问：几个页面没有登录，请用防火墙限定。"));
    note(advice.is_some(), advice.unwrap_or_default());
    notices
}

/// The configuration as TOML, with defaults and environment variables worked in and secrets masked.
pub fn show(config: &Config) -> Result<String, toml::ser::Error> {
    toml::to_string(config)
}
