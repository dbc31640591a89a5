//! `Date` and `Received` values → instants (RFC 5322 sections 3.3 and 4.3), as tolerantly as mail needs.
//!
//! The words may stand in any order, so that C's `asctime`, Java's `Date.toString`, ISO 8601 and Chinese
//! forms are read too. A weekday is never believed. A time without a zone, and the bare word CST, which
//! RFC 5322 gives to Chicago, are China's: that is what the mailers of this country mean.

use crate::intake::message::name;
use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::{Offset, TimeZone},
};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTHS_CHINESE: [&str; 12] = ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"];
/// How much of a value is looked at.
const VALUE_CHARS: usize = 200;

/// What the words of a date have told so far.
#[derive(Default)]
struct Told {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    zone: Option<i32>,
    afternoon: bool,
}

/// The instant of a `Date` value.
pub fn parse(value: &str) -> Option<Timestamp> {
    let mut told = Told::default();
    let value: String = name::without_comments(value).chars().take(VALUE_CHARS).collect();
    let spaced = value.replace(['年', '月', '日', ','], " ");
    let words = if value.contains('年') { &spaced } else { &value };
    for word in words.split([' ', '\t', ',', '\u{a0}']).filter(|word| !word.is_empty()) {
        told.hear(word);
    }
    told.instant()
}

/// The instant of a `Received` value: what follows its last semicolon.
pub fn parse_received(value: &str) -> Option<Timestamp> {
    parse(value.rsplit_once(';')?.1)
}

impl Told {
    fn hear(&mut self, word: &str) {
        if word.contains('T') && word.contains('-') && word.starts_with(|first: char| first.is_ascii_digit()) {
            self.hear_compound(word);
        } else if word.contains(':') && word.starts_with(|first: char| first.is_ascii_digit()) && self.time.is_none() {
            self.hear_time(word);
        } else if let Some(month) = month(word) {
            self.month = self.month.or(Some(month));
        } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.hear_number(word);
        } else if word.starts_with(|first: char| first.is_ascii_digit()) && word.contains(['-', '/', '.']) {
            self.hear_compound(word);
        } else if matches!(word.to_ascii_lowercase().as_str(), "pm" | "下午") {
            self.afternoon = true;
        } else if let Some(zone) = zone(word) {
            // A number counts more than a word: `GMT +0800`.
            if self.zone.is_none() || word.starts_with(['+', '-']) {
                self.zone = Some(zone);
            }
        }
    }

    /// `15:59`, `15:59:59`, `15:59:59.123`, `15:59:59+08:00`.
    fn hear_time(&mut self, word: &str) {
        let end = word.find(['+', '-', 'Z', 'z']).unwrap_or(word.len());
        let (clock, rest) = word.split_at_checked(end).unwrap_or((word, ""));
        let mut numbers = clock.split([':', '.']).map(|number| number.parse::<i8>().ok());
        let (hour, minute, second) = (numbers.next().flatten(), numbers.next().flatten(), numbers.next().flatten().unwrap_or(0));
        // A leap second is the last one before it.
        self.time = hour.zip(minute).and_then(|(hour, minute)| Time::new(hour, minute, second.min(59), 0).ok());
        self.zone = self.zone.or_else(|| zone(rest));
    }

    /// A number is a day until there is one, then a year (RFC 5322 section 4.3); eight digits are both.
    fn hear_number(&mut self, word: &str) {
        let Ok(number) = word.parse::<i32>() else { return };
        match word.len() {
            1 | 2 if self.year.is_some() && self.month.is_none() => self.month = i8::try_from(number).ok(),
            1 | 2 if self.day.is_none() => self.day = i8::try_from(number).ok(),
            2 if self.year.is_none() => self.year = i16::try_from(if number < 50 { 2000 + number } else { 1900 + number }).ok(),
            3 if self.year.is_none() => self.year = i16::try_from(1900 + number).ok(),
            4 if self.year.is_none() => self.year = i16::try_from(number).ok(),
            _ => {}
        }
    }

    /// `2023-06-30`, `2023/6/30`, `2023-06-30T15:59:59Z`, `30-Jun-2023`.
    fn hear_compound(&mut self, word: &str) {
        let (date, time) = word.split_once('T').unwrap_or((word, ""));
        for part in date.split(['-', '/', '.']) {
            match month(part) {
                Some(month) => self.month = self.month.or(Some(month)),
                None => self.hear_number(part),
            }
        }
        if !time.is_empty() {
            self.hear_time(time);
        }
    }

    fn instant(self) -> Option<Timestamp> {
        let mut time = self.time?;
        if self.afternoon && time.hour() < 12 {
            time = time.wrapping_add(jiff::Span::new().hours(12));
        }
        let date = Date::new(self.year?, self.month?, self.day?).ok()?;
        let zone = Offset::from_seconds(self.zone.unwrap_or(8 * 3600)).ok()?;
        TimeZone::fixed(zone).to_timestamp(date.to_datetime(time)).ok()
    }
}

fn month(word: &str) -> Option<i8> {
    let lower = word.trim_end_matches('.').to_lowercase();
    let english = || lower.is_ascii().then(|| MONTHS.iter().position(|month| lower.starts_with(month))).flatten();
    let found = MONTHS_CHINESE.iter().position(|month| *month == lower).or_else(english)?;
    i8::try_from(found + 1).ok()
}

/// Seconds east of Greenwich; words with an offset (`GMT+08:00`) by the offset.
fn zone(word: &str) -> Option<i32> {
    let upper = word.to_ascii_uppercase();
    let bare = ["GMT", "UTC", "UT"].iter().find_map(|name| upper.strip_prefix(name)).unwrap_or(&upper);
    match (bare, bare.chars().next()) {
        ("" | "Z", _) if !upper.is_empty() => Some(0),
        (_, Some(sign @ ('+' | '-'))) => offset(bare.get(1..)?).map(|seconds| if sign == '-' { -seconds } else { seconds }),
        ("CST" | "北京时间", _) => Some(8 * 3600),
        ("EST" | "CDT", _) => Some(-5 * 3600),
        ("EDT", _) => Some(-4 * 3600),
        ("MST" | "PDT", _) => Some(-7 * 3600),
        ("MDT", _) => Some(-6 * 3600),
        ("PST", _) => Some(-8 * 3600),
        ("JST" | "KST", _) => Some(9 * 3600),
        ("HKT" | "SGT", _) => Some(8 * 3600),
        _ => None,
    }
}

/// `0800`, `08:00`, `8`, `08`, `800`.
fn offset(digits: &str) -> Option<i32> {
    let digits: String = digits.chars().filter(|character| *character != ':').collect();
    let number: i32 = digits.parse().ok().filter(|_| digits.len() <= 4)?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 14 && minutes < 60).then_some(hours * 3600 + minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_instant() {
        for value in [
            "Fri, 30 Jun 2023 15:59:59 +0800",
            "Fri, 30 Jun 2023 15:59:59 +0800 (CST)",
            "Fri, 30 Jun 2023 15:59:59 +0800 (GMT+08:00)",
            "Fri, 30 Jun 2023 07:59:59 +0000",
            "Fri, 30 Jun 2023 07:59:59 GMT",
            "Fri, 30 Jun 2023 07:59:59 -0000",
            "Fri, 30 Jun 2023 02:59:59 EST",
            "Mon, 30 Jun 2023 15:59:59 +0800",
            "30 Jun 23 15:59:59 +0800",
            "30 Jun 123 15:59:59 +0800",
            "Fri,30 Jun 2023 15:59:59 GMT+08:00",
            "Fri (day), 30 (x (y)) Jun 2023 15:59:59 (z",
            "Fri Jun 30 15:59:59 CST 2023",
            "Fri Jun 30 15:59:59 2023",
            "Fri, 30 June 2023 03:59:59 PM +0800",
            "Friday, 30-Jun-23 07:59:59 UTC",
            "2023-06-30 15:59:59",
            "2023-6-30 15:59:59 +0800",
            "2023-06-30T07:59:59Z",
            "2023-06-30T15:59:59.123+08:00",
            "2023/06/30 15:59:59",
            "2023年6月30日 15:59:59",
            "2023年6月30日 下午 3:59:59",
            "星期五, 30 六月 2023 15:59:59 +0800",
            "Fri, 30 Jun 2023 15:59:60 +0800",
        ] {
            let found = parse(value).map(|instant| instant.as_second());
            assert_eq!(found, Some(1_688_111_999), "{value}");
        }
    }

    #[test]
    fn what_tells_no_instant() {
        for value in ["", "now", "Fri, 31 Jun 2023 15:59:59 +0800", "30 Jun 2023", "15:59:59", "Fri, 30 Jun 2023 25:00:00 +0800"] {
            assert_eq!(parse(value), None, "{value}");
        }
    }

    #[test]
    fn received_tells_it_last() {
        let value = "from a (b; c) by mx (Coremail) with SMTP id x; Fri, 30 Jun 2023 15:59:59 +0800 (CST)";
        assert_eq!(parse_received(value), parse("Fri, 30 Jun 2023 15:59:59 +0800"));
        assert_eq!(parse_received("by mx"), None);
    }
}
