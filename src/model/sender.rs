//! Who really sent a mail: how it was handed over, and what SPF, DKIM and DMARC say (RFC 7208, RFC 6376, RFC 7489).

use crate::model::reading::Authentication;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// How a mail came to our provider, as far as our provider's own header fields tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The address that connected; none where no field of our provider tells it.
    pub address: Option<IpAddr>,
    /// The name that it gave itself.
    pub hello: String,
    /// The envelope's sender; empty for the null return path.
    pub return_path: String,
}

/// What one method says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Said {
    /// The domain vouches for the mail.
    Pass,
    /// It doesn't.
    Fail,
    /// Nothing that counts.
    #[default]
    Silent,
}

/// What all methods say of one mail. A domain counts only where it is [`aligned`] with the author's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Findings {
    /// The author's domain's own policy.
    pub dmarc: Said,
    /// Whether the connecting address may send for the envelope's domain.
    pub spf: Said,
    /// Signatures.
    pub dkim: Said,
}

impl Findings {
    /// The verdict: the author's own policy first; then what vouches; then what denies.
    pub fn weigh(self) -> Authentication {
        match (self.dmarc, self.spf, self.dkim) {
            (Said::Fail, ..) => Authentication::Fail,
            (Said::Pass, ..) | (_, Said::Pass, _) | (_, _, Said::Pass) => Authentication::Pass,
            (_, Said::Fail, _) | (_, _, Said::Fail) => Authentication::Fail,
            (Said::Silent, Said::Silent, Said::Silent) => Authentication::Unknown,
        }
    }
}

/// Whether a domain speaks for the author's: it is the same, or one lies within the other (RFC 7489 section 3.1,
/// relaxed, without a list of public suffixes: two branches of one domain don't speak for each other).
pub fn aligned(domain: &str, author: &str) -> bool {
    let (domain, author) = (domain.trim_end_matches('.').to_ascii_lowercase(), author.trim_end_matches('.').to_ascii_lowercase());
    let within = |inner: &str, outer: &str| inner.strip_suffix(outer).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_name = |name: &str| name.contains('.');
    is_name(&domain) && is_name(&author) && (within(&domain, &author) || within(&author, &domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_domain_of_the_authors_own_speaks_for_it() {
        for (domain, author, speaks) in [
            ("unit.example", "Unit.example", true),
            ("mail.unit.example", "unit.example", true),
            ("unit.example", "office.unit.example", true),
            ("otherunit.example", "unit.example", false),
            ("a.unit.example", "b.unit.example", false),
            ("example", "unit.example", false),
            ("", "unit.example", false),
            ("unit.example", "", false),
        ] {
            assert_eq!(aligned(domain, author), speaks, "{domain} for {author}");
        }
    }

    #[test]
    fn the_authors_policy_comes_first_and_who_vouches_before_who_denies() {
        let weigh = |dmarc, spf, dkim| Findings { dmarc, spf, dkim }.weigh();
        assert_eq!(weigh(Said::Fail, Said::Pass, Said::Pass), Authentication::Fail);
        assert_eq!(weigh(Said::Silent, Said::Fail, Said::Pass), Authentication::Pass);
        assert_eq!(weigh(Said::Silent, Said::Fail, Said::Silent), Authentication::Fail);
        assert_eq!(weigh(Said::Silent, Said::Silent, Said::Silent), Authentication::Unknown);
    }
}
