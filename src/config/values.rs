//! Words of the configuration into values that can't be wrong: times of day, waits, quiet hours, addresses. Each error says how to write it, and never repeats what was written.

use crate::model::address::Address;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// A time of day, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayTime(pub Time);

impl FromStr for DayTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (hour, minute) = text
                .split_once(':')
                .filter(|(hour, minute)| is_number(hour) && hour.len() <= 2 && is_number(minute) && minute.len() == 2)?;
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        parse().map(DayTime).ok_or("时间应写成 “17:30” 这样")
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%H:%M"))
    }
}

/// A length of time, such as `2h`, `30m`, `90s`, `1d`, `0h`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Wait {
    length: Duration,
    written: String,
}

impl Wait {
    /// A wait of whole hours.
    pub fn hours(hours: u8) -> Self {
        Wait { length: Duration::from_secs(u64::from(hours) * 3600), written: format!("{hours}h") }
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.length
    }
}

impl FromStr for Wait {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let unit = text.chars().next_back()?;
            let number = text.strip_suffix(unit).filter(|number| is_number(number))?;
            let seconds = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86400,
                _ => return None,
            };
            // A year at most, so that adding it to an instant can't overflow.
            number.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds <= 366 * 86400)
        };
        let length = parse().map(Duration::from_secs).ok_or("时长应写成 “2h”、“30m”、“90s” 或 “1d”，不等待写 “0h”，最长一年")?;
        Ok(Wait { length, written: text.to_owned() })
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The hours in which nothing but acknowledgements goes, half-open; they may span midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// When it falls quiet.
    pub from: Time,
    /// When it ends.
    pub until: Time,
}

impl QuietHours {
    /// Whether it is quiet at this time of day.
    pub fn contains(&self, at: Time) -> bool {
        if self.from < self.until { self.from <= at && at < self.until } else { self.from <= at || at < self.until }
    }
}

/// `17:30-08:30`, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quiet(pub Option<QuietHours>);

impl FromStr for Quiet {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Quiet(None));
        }
        let time = |text: &str| text.trim().parse::<DayTime>().map(|time| time.0).ok();
        let hours = text.split_once('-').and_then(|(from, until)| Some(QuietHours { from: time(from)?, until: time(until)? }));
        hours.filter(|hours| hours.from != hours.until).map(|hours| Quiet(Some(hours))).ok_or("时段应写成 “17:30-08:30” 这样，不设则写 “”")
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(QuietHours { from, until }) => write!(f, "{}-{}", DayTime(from), DayTime(until)),
            None => Ok(()),
        }
    }
}

/// An address with or without a display name: `荆楚质汇案例征集 <cases@example.com>` (RFC 5322 section 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Correspondent(pub Address);

impl FromStr for Correspondent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text.trim()),
        };
        let address: lettre::Address =
            address.trim().parse().map_err(|_| "地址应写成 “荆楚质汇案例征集 <cases@example.com>” 或 “cases@example.com”")?;
        if name.contains(|c: char| c.is_control() || c == '<' || c == '>') {
            return Err("地址前的名称里不能有尖括号和换行");
        }
        Ok(Correspondent(Address { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_string() }))
    }
}

impl fmt::Display for Correspondent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.name {
            Some(name) => write!(f, "{name} <{}>", self.0.address),
            None => f.write_str(&self.0.address),
        }
    }
}

/// Whom only people answer: one address, or everybody of a domain. Compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum NeverPattern {
    /// `someone@example.com`.
    Address(String),
    /// `*@example.com`; its subdomains are others.
    Domain(String),
}

impl NeverPattern {
    /// Whether an address falls under it.
    pub fn matches(&self, address: &Address) -> bool {
        match self {
            NeverPattern::Address(own) => address.address.eq_ignore_ascii_case(own),
            NeverPattern::Domain(own) => address.domain() == *own,
        }
    }
}

impl FromStr for NeverPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().to_ascii_lowercase();
        let domain = text.strip_prefix("*@");
        // A stand-in makes a whole address of a domain, so that one parser judges both.
        let whole = domain.map_or_else(|| text.clone(), |domain| format!("someone@{domain}"));
        whole.parse::<lettre::Address>().map_err(|_| "每一项应写成 “name@example.com” 或 “*@example.com”")?;
        Ok(domain.map_or_else(|| NeverPattern::Address(text.clone()), |domain| NeverPattern::Domain(domain.to_owned())))
    }
}

impl fmt::Display for NeverPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NeverPattern::Address(address) => f.write_str(address),
            NeverPattern::Domain(domain) => write!(f, "*@{domain}"),
        }
    }
}

/// A type that stands in the file as its text.
macro_rules! written_as_text {
    ($($name:ident)*) => { $(
        impl TryFrom<String> for $name {
            type Error = &'static str;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )* };
}

pub(super) use written_as_text;

written_as_text! { DayTime Wait Quiet Correspondent NeverPattern }

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    #[test]
    fn times_of_day() {
        assert_eq!("17:30".parse(), Ok(DayTime(time(17, 30, 0, 0))));
        assert_eq!("8:05".parse::<DayTime>().unwrap().to_string(), "08:05");
        for wrong in ["24:00", "17:60", "1730", "17:3", "", "+7:30", "17:30:00"] {
            assert!(wrong.parse::<DayTime>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn waits() {
        let seconds = |text: &str| text.parse::<Wait>().map(|wait| wait.length().as_secs()).ok();
        assert_eq!([seconds("2h"), seconds("30m"), seconds("90s"), seconds("1d"), seconds("0h")], [7200, 1800, 90, 86400, 0].map(Some));
        assert_eq!([seconds("2"), seconds("h"), seconds("-1h"), seconds("2 h"), seconds("400d"), seconds("2时")], [None; 6]);
    }

    #[test]
    fn quiet_hours_span_midnight() {
        let quiet = "17:30-08:30".parse::<Quiet>().unwrap().0.unwrap();
        let at = |hour, minute| quiet.contains(time(hour, minute, 0, 0));
        assert_eq!([at(17, 29), at(17, 30), at(23, 0), at(0, 0), at(8, 29), at(8, 30)], [false, true, true, true, true, false]);
        let noon = "12:00-14:00".parse::<Quiet>().unwrap().0.unwrap();
        assert!(noon.contains(time(13, 0, 0, 0)) && !noon.contains(time(14, 0, 0, 0)) && !noon.contains(time(11, 0, 0, 0)));
        assert_eq!("".parse(), Ok(Quiet(None)));
        assert!("17:30-17:30".parse::<Quiet>().is_err());
    }

    #[test]
    fn correspondents() {
        let read = |text: &str| text.parse::<Correspondent>().map(|one| (one.0.name.unwrap_or_default(), one.0.address));
        assert_eq!(read("荆楚质汇案例征集 <cases@example.com>"), Ok(("荆楚质汇案例征集".into(), "cases@example.com".into())));
        assert_eq!(read("\"Cases\" <cases@example.com>"), Ok(("Cases".into(), "cases@example.com".into())));
        assert_eq!(read("cases@example.com"), Ok((String::new(), "cases@example.com".into())));
        for wrong in ["cases", "a b@example.com", "x <a@b.c> y", "<a@b.c> <d@e.f>", "", "a\r\nBcc: b <c@d.e>"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn never_patterns() {
        let address = |address: &str| Address { name: None, address: address.into() };
        let domain: NeverPattern = "*@SAMR.example".parse().unwrap();
        assert!(domain.matches(&address("Someone@samr.Example")));
        assert!(!domain.matches(&address("someone@sub.samr.example")) && !domain.matches(&address("someone@notsamr.example")));
        assert!("Boss@example.com".parse::<NeverPattern>().unwrap().matches(&address("boss@Example.com")));
        for wrong in ["samr.example", "*", "*@", "*@*.example", "a*@example.com b"] {
            assert!(wrong.parse::<NeverPattern>().is_err(), "{wrong}");
        }
    }
}
