//! How a mail was handed over to our provider: its trace fields (RFC 5321 section 4.4) into a [`Handover`].
//!
//! The topmost `Received` is our provider's own. Where it tells of a hop within the provider (a private address,
//! LMTP to the mailbox), the next one is the provider's, too; the first that tells of a public address is the one
//! of the border, and what stands below may have been written by anybody.

use crate::model::message::Message;
use crate::model::sender::Handover;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many hops a provider has at most within itself.
const HOPS: usize = 8;

/// What our provider's fields tell.
pub fn of(message: &Message) -> Handover {
    let (address, hello) = border(message).unwrap_or_default();
    Handover { address, hello, return_path: return_path(message) }
}

/// The envelope's sender as the delivering server noted it: above the first `Received`, where only it can write.
fn return_path(message: &Message) -> String {
    let own = message.header.iter().take_while(|field| field.name != "received").find(|field| field.name == "return-path");
    let path = own.or_else(|| message.header.iter().find(|field| field.name == "return-path"));
    let path = path.map(|field| field.value.trim().trim_start_matches('<').trim_end_matches('>')).unwrap_or_default();
    path.chars().filter(|c| !c.is_control() && !c.is_whitespace()).take(320).collect()
}

fn border(message: &Message) -> Option<(Option<IpAddr>, String)> {
    for field in message.header.iter().filter(|field| field.name == "received").take(HOPS) {
        let value = field.value.as_str();
        let from = from_part(value);
        match connected(from) {
            Some(address) if is_within(address) => {}
            Some(address) => return Some((Some(address), hello(from))),
            None if is_local_delivery(value) => {}
            None => return None,
        }
    }
    None
}

/// What stands behind `from` and before `by`.
fn from_part(value: &str) -> &str {
    let value = value.split(';').next().unwrap_or_default().trim_start();
    let is_from = value.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("from "));
    let from = if is_from { value.get(5..).unwrap_or_default() } else { "" };
    let by = from.to_ascii_lowercase().find(" by ").unwrap_or(from.len());
    from.get(..by).unwrap_or_default()
}

/// The connecting address: what the server saw stands in a comment behind the name that the client gave itself.
/// qmail and Exim repeat that name within the comment: `(HELO name)`, `helo=name`.
fn connected(from: &str) -> Option<IpAddr> {
    let (_, seen) = from.trim_start().split_once(|c: char| c.is_whitespace())?;
    let words = seen.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','));
    let mut found = None;
    let mut is_name = false;
    for word in words.filter(|word| !word.is_empty()) {
        let lower = word.to_ascii_lowercase();
        if !std::mem::take(&mut is_name) && !lower.starts_with("helo=") && !lower.starts_with("ehlo=") {
            found = literal(&lower).or(found);
        }
        is_name = matches!(lower.as_str(), "helo" | "ehlo");
    }
    found
}

/// `[192.0.2.1]`, `[IPv6:2001:db8::1]`, `192.0.2.1`, `[192.0.2.1]:52311`.
fn literal(word: &str) -> Option<IpAddr> {
    let inner = match word.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => word,
    };
    let address: IpAddr = inner.trim_start_matches("ipv6:").trim_start_matches("::ffff:").parse().ok()?;
    Some(address.to_canonical())
}

fn hello(from: &str) -> String {
    let word = from.split_whitespace().next().unwrap_or_default().trim_matches(['[', ']', '(', ')']);
    word.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).take(255).collect()
}

/// Into the mailbox, by a server that has the mail already (RFC 3848: LMTP; qmail and Courier say it in words).
fn is_local_delivery(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["with lmtp", "via lmtp", "with local", "by uid", "from userid"].iter().any(|words| lower.contains(words))
}

/// Addresses that nobody outside has.
fn is_within(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    // RFC 6598: the providers' own range.
    let is_shared = matches!(address.octets(), [100, 64..=127, _, _]);
    address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::message::HeaderField;

    fn handover(received: &[&str]) -> Handover {
        let field = |name: &str, value: &str| HeaderField { name: name.into(), value: value.into() };
        let mut header = vec![field("return-path", " <u@unit.example> ")];
        header.extend(received.iter().map(|value| field("received", value)));
        of(&Message { header, ..Message::default() })
    }

    fn address(received: &[&str]) -> Option<String> {
        handover(received).address.map(|address| address.to_string())
    }

    #[test]
    fn the_servers_word_counts_and_not_the_clients() {
        for (received, seen) in [
            ("from smtp.unit.example (unknown [203.0.113.7]) by mx.example with ESMTP id 1; date", Some("203.0.113.7")),
            ("from [198.51.100.9] (unknown [203.0.113.7]) (using TLSv1.3 with cipher X) by mx.example", Some("203.0.113.7")),
            ("from unknown (HELO 198.51.100.9) (203.0.113.7) by mx.example", Some("203.0.113.7")),
            ("from host.unit.example ([203.0.113.7]:52311 helo=[198.51.100.9]) by mx.example", Some("203.0.113.7")),
            ("from a (HELO a) ([IPv6:2001:db8::7]) by mx", Some("2001:db8::7")),
            ("from a ([::ffff:203.0.113.7]) by mx", Some("203.0.113.7")),
            ("from 203.0.113.7 by mx.example", None),
            ("by mx.example (Postfix, from userid 0)", None),
            ("", None),
        ] {
            assert_eq!(address(&[received]).as_deref(), seen, "{received}");
        }
        let told = handover(&["from smtp.unit.example (unknown [203.0.113.7]) by mx.example"]);
        assert_eq!((told.hello.as_str(), told.return_path.as_str()), ("smtp.unit.example", "u@unit.example"));
    }

    #[test]
    fn hops_within_the_provider_are_passed_and_nothing_below_its_border_is_believed() {
        let inner = "from mx.example (unknown [10.1.2.3]) by store.example with ESMTP";
        let lmtp = "from store.example by imap.example with LMTP id 2";
        let border = "from smtp.unit.example (unknown [203.0.113.7]) by mx.example";
        let forged = "from good.example (good.example [192.0.2.1]) by smtp.unit.example";
        assert_eq!(address(&[lmtp, inner, border, forged]).as_deref(), Some("203.0.113.7"));
        assert_eq!(address(&["from nowhere by mx.example with ESMTP", forged]), None);
    }
}
