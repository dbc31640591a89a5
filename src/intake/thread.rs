//! What ties a mail to earlier ones, and whether and where it may be answered.

use crate::intake::{Setup, identity, message::Parsed, screen};
use crate::model::address::Address;
use crate::model::message::Message;
use crate::model::reading::{Authentication, Thread};
use regex::Regex;

/// Reads the ties of one mail.
pub fn of(raw: &[u8], parsed: &Parsed, authserv_id: Option<&str>, setup: &Setup) -> Thread {
    let message = &parsed.message;
    let mut answers = message.in_reply_to.clone();
    answers.extend(message.references.iter().rev().filter(|id| !message.in_reply_to.contains(id)).take(50).cloned());
    Thread {
        answers,
        mentions: setup.case_numbers.as_ref().map_or_else(Vec::new, |numbers| mentions(message, numbers)),
        stable_sha256: identity::stable_sha256(raw),
        report: None,
        reply_to: reply_to(message),
        authentication: authserv_id.map_or(Authentication::Unchecked, |id| authentication(message, id)),
    }
}

/// How the case numbers of a campaign look, `JCZH-2023-0001`. Compiled once: that takes as long as reading a small form.
pub fn case_numbers(prefix: &str) -> Option<Regex> {
    Regex::new(&format!(r"(?i){}-\d{{4,6}}", regex::escape(prefix))).ok()
}

/// Case numbers in the subject and the text.
fn mentions(message: &Message, numbers: &Regex) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for hit in numbers.find_iter(&message.subject).chain(numbers.find_iter(&message.text)).take(100) {
        let upper = hit.as_str().to_ascii_uppercase();
        if !found.contains(&upper) {
            found.push(upper);
        }
    }
    found
}

/// `Reply-To`, else `From`; none where neither is an address of somebody who reads answers, nor where the mail came
/// through a list: either may be the list's, and its members are no business of ours.
fn reply_to(message: &Message) -> Option<Address> {
    if screen::is_bulk(message) {
        return None;
    }
    let address = message.reply_to.as_ref().filter(|address| is_address(&address.address)).unwrap_or(&message.from);
    (is_address(&address.address) && !is_nobody(&address.address)).then(|| address.clone())
}

fn is_address(address: &str) -> bool {
    let plain = address.is_ascii()
        && address.len() <= 254
        && !address.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'));
    plain && address.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.len() >= 3)
}

/// Addresses that no person reads (RFC 2142 and habit).
fn is_nobody(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let bare: String = local.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    ["noreply", "donotreply", "mailerdaemon", "postmaster", "autoreply", "bounce"].iter().any(|nobody| bare.starts_with(nobody))
}

/// The verdict of our own server's `Authentication-Results` (RFC 8601).
///
/// Only a field above the second `Received` is believed: what stands lower was there before our server
/// took the mail, so anybody can have written it.
fn authentication(message: &Message, authserv_id: &str) -> Authentication {
    let mut hops = 0;
    for field in &message.header {
        if field.name == "received" {
            hops += 1;
            if hops > 1 {
                break;
            }
        }
        if field.name == "authentication-results" && authserv(&field.value).eq_ignore_ascii_case(authserv_id) {
            return verdict(&field.value);
        }
    }
    Authentication::Unknown
}

fn authserv(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().split_whitespace().next().unwrap_or_default()
}

fn verdict(value: &str) -> Authentication {
    let lower = value.to_ascii_lowercase();
    let of = |method: &str| {
        lower
            .split(';')
            .skip(1)
            .find_map(|part| part.trim().strip_prefix(method)?.trim_start().strip_prefix('=')?.split_whitespace().next().map(str::to_owned))
    };
    let (dmarc, spf, dkim) = (of("dmarc"), of("spf"), of("dkim"));
    let is = |result: &Option<String>, wanted: &str| result.as_deref() == Some(wanted);
    match () {
        () if is(&dmarc, "fail") => Authentication::Fail,
        () if is(&dmarc, "pass") || is(&dkim, "pass") || is(&spf, "pass") => Authentication::Pass,
        () if is(&spf, "fail") || is(&dkim, "fail") => Authentication::Fail,
        () => Authentication::Unknown,
    }
}
