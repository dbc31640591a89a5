//! The providers' habits, by the host's name and the greeting.
//!
//! NetEase and other Coremail installations answer EXAMINE with `NO … Unsafe Login` unless the client has
//! introduced itself with ID (RFC 2971) after its login.

use crate::config::Profile;

/// The domains of providers, the more special ones first.
const DOMAINS: [(&str, Profile); 8] = [
    ("exmail.qq.com", Profile::Exmail),
    ("qq.com", Profile::Qq),
    ("163.com", Profile::Netease),
    ("126.com", Profile::Netease),
    ("yeah.net", Profile::Netease),
    ("188.com", Profile::Netease),
    ("aliyun.com", Profile::Aliyun),
    ("mxhichina.com", Profile::Aliyun),
];

/// What is configured, or what the host and the greeting tell.
pub(super) fn resolve(configured: Profile, host: &str, greeting: &str) -> Profile {
    if configured != Profile::Auto {
        return configured;
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_in = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let by_host = DOMAINS.iter().find(|(domain, _)| is_in(domain)).map(|(_, profile)| *profile);
    by_host.unwrap_or(if greeting.to_ascii_lowercase().contains("coremail") { Profile::Netease } else { Profile::Generic })
}

/// Whether ID is sent even where the server doesn't advertise it.
pub(super) fn needs_id(profile: Profile) -> bool {
    match profile {
        Profile::Netease => true,
        Profile::Auto | Profile::Generic | Profile::Qq | Profile::Exmail | Profile::Aliyun => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_greetings_tell_the_provider() {
        let auto = |host, greeting| resolve(Profile::Auto, host, greeting);
        assert_eq!(auto("imap.163.com", ""), Profile::Netease);
        assert_eq!(auto("imaphz.qiye.163.com", ""), Profile::Netease);
        assert_eq!(auto("imap.exmail.qq.com", ""), Profile::Exmail);
        assert_eq!(auto("IMAP.QQ.com", ""), Profile::Qq);
        assert_eq!(auto("imap.qiye.aliyun.com", ""), Profile::Aliyun);
        assert_eq!(auto("mail.example.cn", "* OK Coremail System IMap Server Ready"), Profile::Netease);
        assert_eq!(auto("notqq.com", "* OK"), Profile::Generic);
        assert_eq!(resolve(Profile::Generic, "imap.163.com", ""), Profile::Generic);
    }
}
