//! What ties a mail to earlier ones, and whether and where it may be answered.

use crate::intake::{Setup, handover, identity, message::Parsed, quote, screen, unpack};
use crate::model::address::Address;
use crate::model::message::Message;
use crate::model::reading::{Authentication, Thread};
use crate::model::sender::{Findings, Said, aligned};
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
        perhaps_automatic: screen::perhaps_automatic(message, &setup.words),
        passwords: told_passwords(message, setup),
        handover: handover::of(message),
        handed_for: None,
        authentication: match authserv_id {
            // Whom of several authors a server has vouched for, nobody can tell (RFC 7489 section 6.6.1).
            _ if message.authors > 1 => Authentication::Fail,
            Some(id) => authentication(message, id),
            None => Authentication::Unchecked,
        },
    }
}

/// Only what the sender wrote: a quotation tells what he was told.
fn told_passwords(message: &Message, setup: &Setup) -> Vec<String> {
    // Of a net disk it is the link's own (提取码).
    if message.attachments.iter().any(|file| !file.inline) || screen::has_link(message, &setup.words) {
        return Vec::new();
    }
    let text = quote::own_text(&message.text);
    let words = ["解压", "密码", "password"];
    if !words.iter().any(|word| text.to_ascii_lowercase().contains(word) || message.subject.contains(word)) {
        return Vec::new();
    }
    let mut told = unpack::passwords::told([text.as_str(), message.subject.as_str()]);
    told.truncate(setup.unpack_limits.passwords);
    told
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
            return verdict(&field.value, &message.from.domain());
        }
    }
    Authentication::Unknown
}

fn authserv(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().split_whitespace().next().unwrap_or_default()
}

/// A domain that is told and is another than the author's vouches for nothing: anybody may send for his own.
fn verdict(value: &str, author: &str) -> Authentication {
    let lower = without_comments(&value.to_ascii_lowercase());
    let of = |method: &str, domains: &[&str]| {
        let results = lower.split(';').skip(1).filter_map(|part| part.trim().strip_prefix(method)?.trim_start().strip_prefix('='));
        let said: Vec<Said> = results.map(|result| said(result, domains, author)).collect();
        [Said::Pass, Said::Fail].into_iter().find(|wanted| said.contains(wanted)).unwrap_or_default()
    };
    let spf = of("spf", &["smtp.mailfrom", "smtp.mail", "smtp.helo"]);
    Findings { dmarc: of("dmarc", &["header.from"]), spf, dkim: of("dkim", &["header.d", "header.i"]) }.weigh()
}

/// One method's result with its properties: `pass header.d=unit.example`.
fn said(result: &str, domains: &[&str], author: &str) -> Said {
    let mut words = result.split_whitespace();
    let passed = match words.next() {
        Some("pass") => true,
        Some("fail") => return Said::Fail,
        Some(_) | None => return Said::Silent,
    };
    let told = words.filter_map(|word| word.split_once('=')).find(|(name, _)| domains.contains(name)).map(|(_, value)| value);
    let domain = told.map(|value| value.rsplit('@').next().unwrap_or_default().trim_matches(['"', '<', '>']));
    if passed && domain.is_none_or(|domain| aligned(domain, author)) { Said::Pass } else { Said::Silent }
}

/// Comments (RFC 5322 section 3.2.2) may hold anything: `spf=pass (sender is 192.0.2.1; ok)`.
fn without_comments(value: &str) -> String {
    let mut depth = 0_u32;
    let outside = |c: &char| match c {
        '(' => {
            depth = depth.saturating_add(1);
            false
        }
        ')' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    };
    value.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_counts_for_the_authors_own_domain_only() {
        for (value, expected) in [
            ("mx.example; spf=pass smtp.mailfrom=u@unit.example", Authentication::Pass),
            ("mx.example; spf=pass smtp.mailfrom=u@evil.example", Authentication::Unknown),
            ("mx.example; spf=pass (sender 192.0.2.1; dkim=pass) smtp.mailfrom=u@evil.example", Authentication::Unknown),
            ("mx.example; dkim=pass header.d=evil.example; dkim=pass header.i=@mail.unit.example", Authentication::Pass),
            ("mx.example; dkim=pass", Authentication::Pass),
            ("mx.example; dkim=pass header.d=unit.example; dmarc=fail", Authentication::Fail),
            ("mx.example; spf=softfail smtp.mailfrom=u@unit.example; dkim=none", Authentication::Unknown),
            ("mx.example; spf=fail smtp.mailfrom=u@unit.example", Authentication::Fail),
            ("mx.example; dmarc=pass header.from=unit.example", Authentication::Pass),
            ("mx.example; dmarc=pass header.from=evil.example", Authentication::Unknown),
            ("mx.example; none", Authentication::Unknown),
        ] {
            assert_eq!(verdict(value, "unit.example"), expected, "{value}");
        }
    }
}
