//! SPF, DKIM and DMARC as the program finds them out by itself, against a name server on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says so")]

#[path = "support/dns.rs"]
mod dns;

use dns::Dns;
use mail_auth::{common::crypto::Ed25519Key, common::headers::HeaderWriter, dkim::DkimSigner};
use std::sync::Arc;
use zhihui::config::Smtp;
use zhihui::model::{reading::Authentication, sender::Handover};
use zhihui::sender::Senders;

/// The key of RFC 8463 appendix A.
const SECRET: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const MAIL: &str = "From: Unit <office@unit.example>\r\nTo: cases@hubei.example\r\nSubject: form\r\n\r\nSee the form.\r\n";
const HERE: &str = "203.0.113.7";

fn senders(dns: &Dns) -> Senders {
    let settings: Smtp =
        toml::from_str(&format!("host = \"h\"\nfrom = \"cases@hubei.example\"\nverify = \"dns\"\nresolver = \"{}\"", dns.address)).unwrap();
    Senders::open(&settings).unwrap().expect("they are looked up")
}

fn signed(domain: &str) -> String {
    let bytes = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    let key = Ed25519Key::from_seed_and_public_key(&bytes(SECRET), &bytes(PUBLIC)).unwrap();
    let signer = DkimSigner::from_key(key).domain(domain).selector("s").headers(["From", "To", "Subject"]);
    format!("{}{MAIL}", signer.sign(MAIL.as_bytes()).unwrap().to_header())
}

async fn verdict(dns: &Dns, mail: &str, address: Option<&str>, return_path: &str) -> Authentication {
    let address = address.map(|address| address.parse().unwrap());
    let handover = Handover { address, hello: "smtp.unit.example".into(), return_path: return_path.into() };
    senders(dns).verdict(Arc::new(mail.as_bytes().to_vec()), handover, "unit.example".into()).await
}

#[tokio::test]
async fn who_may_send_for_the_authors_domain_passes_and_who_may_not_fails() {
    let dns = Dns::start(&[
        ("unit.example", "v=spf1 ip4:203.0.113.0/24 -all"),
        ("other.example", "v=spf1 ip4:203.0.113.0/24 -all"),
        ("smtp.unit.example", "v=spf1 ip4:203.0.113.7 -all"),
    ]);
    for (address, return_path, expected) in [
        (Some(HERE), "office@unit.example", Authentication::Pass),
        (Some("198.51.100.1"), "office@unit.example", Authentication::Fail),
        // Another's domain vouches for nothing here.
        (Some(HERE), "me@other.example", Authentication::Unknown),
        // The null return path: the client's name.
        (Some(HERE), "", Authentication::Pass),
        (None, "office@unit.example", Authentication::Unknown),
        (Some(HERE), "office@nowhere.example", Authentication::Unknown),
    ] {
        assert_eq!(verdict(&dns, MAIL, address, return_path).await, expected, "{address:?} {return_path}");
    }
}

#[tokio::test]
async fn a_signature_vouches_for_the_mail_as_it_was_and_for_its_own_domain() {
    let dns = Dns::start(&[("s._domainkey.unit.example", KEY), ("s._domainkey.other.example", KEY)]);
    let of = async |mail: &str| verdict(&dns, mail, None, "").await;
    assert_eq!(of(&signed("unit.example")).await, Authentication::Pass);
    assert_eq!(of(&signed("unit.example").replace("See the form", "Pay me")).await, Authentication::Fail);
    assert_eq!(of(&signed("unit.example").replace("Subject: form", "Subject: money")).await, Authentication::Fail);
    assert_eq!(of(&signed("other.example")).await, Authentication::Unknown);
    assert_eq!(of(&signed("nokey.unit.example")).await, Authentication::Unknown);
}

#[tokio::test]
async fn the_authors_own_policy_has_the_last_word() {
    let dns = Dns::start(&[
        ("_dmarc.unit.example", "v=DMARC1; p=reject"),
        ("s._domainkey.unit.example", KEY),
        ("s._domainkey.other.example", KEY),
        ("other.example", "v=spf1 ip4:203.0.113.7 -all"),
    ]);
    assert_eq!(verdict(&dns, &signed("unit.example"), Some(HERE), "x@other.example").await, Authentication::Pass);
    assert_eq!(verdict(&dns, &signed("other.example"), Some(HERE), "x@other.example").await, Authentication::Fail);
    assert_eq!(verdict(&dns, MAIL, None, "").await, Authentication::Fail);
}

#[tokio::test]
async fn answers_are_kept_and_a_mail_that_asks_too_much_is_not_looked_up() {
    let dns = Dns::start(&[("unit.example", "v=spf1 ip4:203.0.113.7 -all")]);
    let (raw, senders) = (Arc::new(MAIL.as_bytes().to_vec()), senders(&dns));
    let handover = Handover { address: HERE.parse().ok(), hello: String::new(), return_path: "o@unit.example".into() };
    let of = async |raw: &Arc<Vec<u8>>| senders.verdict(Arc::clone(raw), handover.clone(), "unit.example".into()).await;
    assert_eq!(of(&raw).await, Authentication::Pass);
    let asked = dns.asked();
    assert_eq!(of(&raw).await, Authentication::Pass);
    assert_eq!(dns.asked(), asked, "the second time everything is known");
    let greedy = format!("{}{MAIL}", "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=From; bh=AA==; b=AA==\r\n".repeat(7));
    assert_eq!(of(&Arc::new(greedy.into_bytes())).await, Authentication::Unknown);
    assert_eq!(dns.asked(), asked);
}
