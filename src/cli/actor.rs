//! Who acts: the login user, as the operating system knows it.
//!
//! A person's own account speaks for itself. An account of the system (UID below 1000: `root`, the service's own)
//! is shared, so there the person is named by `SUDO_USER`, which sudo sets and its user can't, else by
//! `ZHIHUI_ACTOR`, which a script sets. With an ordinary account neither counts. Who can become `root` can name
//! anybody; against that the log helps as far as sudo's own log does.
//!
//! Names stand in `/etc/passwd` (passwd(5)). An account of a directory that isn't there is told by its number:
//! asking the directory would take the C library, and code that isn't checked for memory errors.

use crate::app::App;
use crate::clock::Clock;
use crate::model::audit::{Actor, By};

/// Accounts of the system have numbers below this (login.defs(5), `UID_MIN`).
const FIRST_PERSON: u32 = 1000;

/// The person at the keyboard, now, for this reason.
pub fn by(app: &App, reason: Option<&str>) -> By {
    by_clock(&app.clock, reason)
}

/// As [`by`], where nothing is open yet.
pub fn by_clock(clock: &Clock, reason: Option<&str>) -> By {
    let reason = reason.unwrap_or_default().trim().to_owned();
    By { actor: Actor::Person(login()), at_ms: clock.now().as_millisecond(), reason }
}

/// The login name of who acts.
pub fn login() -> String {
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let variable = |name: &str| std::env::var(name).ok();
    name(rustix::process::getuid().as_raw(), &accounts, variable)
}

fn name(uid: u32, accounts: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let named = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| is_name(value));
    let person = if uid < FIRST_PERSON { named("SUDO_USER").filter(|name| name != "root").or_else(|| named("ZHIHUI_ACTOR")) } else { None };
    person.or_else(|| account(uid, accounts)).unwrap_or_else(|| format!("uid{uid}"))
}

/// A name of few plain characters, in any script.
fn is_name(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '\\');
    !value.is_empty() && value.chars().count() <= 64 && value.chars().all(plain)
}

fn account(uid: u32, accounts: &str) -> Option<String> {
    let mut lines = accounts.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid) && is_name(name)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_the_account_and_a_shared_account_is_told_who_it_is() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nzhang:x:1000:1000::/home/zhang:/bin/bash\nzhihui:x:998:998::/:/bin/false\n";
        let of = |uid, set: &[(&str, &str)]| {
            name(uid, accounts, |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        let both = [("SUDO_USER", "li"), ("ZHIHUI_ACTOR", "wang")];
        assert_eq!(of(1000, &both), "zhang", "an account of its own speaks for itself");
        assert_eq!(of(998, &both), "li");
        assert_eq!(of(0, &[("ZHIHUI_ACTOR", " 王某 ")]), "王某");
        assert_eq!(of(0, &[("SUDO_USER", "root"), ("ZHIHUI_ACTOR", "wang")]), "wang");
        assert_eq!(of(998, &[]), "zhihui");
        assert_eq!(of(0, &[("ZHIHUI_ACTOR", "a b\u{1b}")]), "root");
        assert_eq!(of(4242, &both), "uid4242");
    }
}
