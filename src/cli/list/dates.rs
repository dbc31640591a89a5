//! Dates as people say them (昨天, 上周一, 本月, 6月15日, 3天前, 2023-06), into the instant at which they begin.
//!
//! Days begin at midnight in Asia/Shanghai; the week begins on Monday. A day or month without a year is the latest one
//! that has begun. `--since` and `--until` are half-open: `--since 6月 --until 7月` is June.

use crate::cli::Failure;
use crate::cli::output::visible;
use crate::model::time;
use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp, ToSpan};

/// The instant at which what is typed begins.
pub fn instant(typed: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    begins(typed, now).ok_or_else(|| {
        Failure::usage(format!(
            "“{}”不是日期，可以写：2023-06-01、2023-06、6月15日、6月、今天、昨天、上周一、本月、上个月、3天前，或时刻 2023-06-01T08:00:00+08:00",
            visible(typed)
        ))
    })
}

fn begins(typed: &str, now: Timestamp) -> Option<Timestamp> {
    let text = narrow(typed);
    if let Ok(exact) = text.trim().parse::<Timestamp>() {
        return Some(exact);
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace() || *c == ' ').collect();
    let text = text.trim();
    if let Some(ago) = ago(text, now) {
        return Some(ago);
    }
    let (day, clock) = split_clock(text);
    let day: String = day.chars().filter(|c| *c != ' ').collect();
    let date = date(&day, time::local(now).date())?;
    time::shanghai().to_timestamp(date.to_datetime(clock)).ok()
}

fn date(text: &str, today: Date) -> Option<Date> {
    named_day(text, today)
        .or_else(|| week(text, today))
        .or_else(|| named_month(text, today))
        .or_else(|| back(text, today))
        .or_else(|| written(text, today))
}

fn named_day(text: &str, today: Date) -> Option<Date> {
    let days = match text {
        "今天" | "今日" | "today" => 0,
        "昨天" | "昨日" | "yesterday" => -1,
        "前天" => -2,
        "大前天" => -3,
        "明天" | "明日" => 1,
        "后天" => 2,
        _ => return None,
    };
    today.checked_add(days.days()).ok()
}

/// 本周, 上周, 上周一, 周五 (the latest that has begun).
fn week(text: &str, today: Date) -> Option<Date> {
    let monday = today.checked_sub(i32::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    let prefixes = [("上上", -14), ("上个", -7), ("上", -7), ("本", 0), ("这个", 0), ("这", 0), ("下个", 7), ("下", 7), ("", 0)];
    let (offset, rest) = prefixes.into_iter().find_map(|(prefix, offset)| {
        let rest = text.strip_prefix(prefix)?;
        let rest = ["星期", "礼拜", "周"].into_iter().find_map(|word| rest.strip_prefix(word))?;
        Some(((prefix, offset), rest))
    })?;
    let (prefix, weeks) = offset;
    let begins = monday.checked_add(weeks.days()).ok()?;
    if rest.is_empty() {
        return (!prefix.is_empty()).then_some(begins);
    }
    let day = ["一", "二", "三", "四", "五", "六", "日", "天"].iter().position(|name| *name == rest)?.min(6);
    let found = begins.checked_add(i32::try_from(day).ok()?.days()).ok()?;
    if prefix.is_empty() && found > today { found.checked_sub(7.days()).ok() } else { Some(found) }
}

fn named_month(text: &str, today: Date) -> Option<Date> {
    let this = today.first_of_month();
    match text {
        "本月" | "这个月" | "这月" => Some(this),
        "上个月" | "上月" => this.checked_sub(1.month()).ok(),
        "下个月" | "下月" => this.checked_add(1.month()).ok(),
        "今年" | "本年" => Some(today.first_of_year()),
        "去年" | "上年" => today.first_of_year().checked_sub(1.year()).ok(),
        _ => None,
    }
}

/// So many of a unit.
type InSpan = fn(i64) -> Span;

/// 3天前, 两周前, 1个月前: whole days back.
fn back(text: &str, today: Date) -> Option<Date> {
    let count = text.strip_suffix("之前").or_else(|| text.strip_suffix('前'))?;
    let units: [(&str, InSpan); 6] = [
        ("个星期", |n| (n * 7).days()),
        ("个月", |n| n.months()),
        ("周", |n| (n * 7).days()),
        ("天", |n| n.days()),
        ("日", |n| n.days()),
        ("年", |n| n.years()),
    ];
    let (count, span) = units.into_iter().find_map(|(unit, span)| Some((count.strip_suffix(unit)?, span)))?;
    let count = i64::from(number(count)?);
    (count <= 9_999).then(|| today.checked_sub(span(count)).ok()).flatten()
}

/// 3小时前, 半小时前, 30分钟前: back from now.
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let count = text.strip_suffix("之前").or_else(|| text.strip_suffix('前'))?;
    let (count, minutes) =
        [("个小时", 60), ("小时", 60), ("分钟", 1)].into_iter().find_map(|(unit, m)| Some((count.strip_suffix(unit)?, m)))?;
    let minutes = if count == "半" { minutes / 2 } else { i64::from(number(count)?).checked_mul(minutes)? };
    now.checked_sub(minutes.minutes()).ok()
}

/// 2023-06-15, 2023/6/15, 20230615, 2023年6月15日, 2023-06, 6月15日, 六月, 15日, 2023年.
fn written(text: &str, today: Date) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return of(text.get(..4)?.parse().ok()?, text.get(4..6)?.parse().ok()?, text.get(6..)?.parse().ok()?);
    }
    let (year, rest) = match text.split_once('年') {
        Some((year, rest)) => (Some(i16::try_from(number(year).filter(|_| year.len() == 4)?).ok()?), rest.to_owned()),
        None => match text.split(['-', '/', '.']).collect::<Vec<_>>().as_slice() {
            [year, month] if year.len() == 4 => (Some(year.parse().ok()?), format!("{}月", plain(month)?)),
            [year, month, day] if year.len() == 4 => (Some(year.parse().ok()?), format!("{}月{}日", plain(month)?, plain(day)?)),
            _ => (None, text.to_owned()),
        },
    };
    let (month, day) = month_and_day(&rest)?;
    match (year, month, day) {
        (Some(year), month, day) => of(year, month.unwrap_or(1), day.unwrap_or(1)),
        (None, Some(month), day) => latest(today, |year| of(year, month, day.unwrap_or(1))),
        (None, None, Some(day)) => {
            let this = of(today.year(), today.month(), day).filter(|date| *date <= today);
            let last = today.first_of_month().checked_sub(1.month()).ok()?;
            this.or_else(|| of(last.year(), last.month(), day))
        }
        (None, None, None) => None,
    }
}

/// `6月15日` in parts; of nothing (2023年) neither.
fn month_and_day(text: &str) -> Option<(Option<i8>, Option<i8>)> {
    let (month, rest) = match text.split_once('月') {
        Some((month, rest)) => (Some(small(month)?), rest.strip_prefix('份').unwrap_or(rest)),
        None => (None, text),
    };
    let day = match rest.strip_suffix(['日', '号']) {
        Some(day) => Some(small(day)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some((month, day))
}

fn latest(today: Date, of_year: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    // 29 February may lie some years back.
    (0..8).filter_map(|back| of_year(today.year().checked_sub(back)?)).find(|date| *date <= today)
}

fn of(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok()
}

fn plain(digits: &str) -> Option<&str> {
    (!digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

fn small(text: &str) -> Option<i8> {
    i8::try_from(number(text)?).ok()
}

/// Digits, or Chinese numerals up to 九十九; 两 is 二.
fn number(text: &str) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit = |c: char| match c {
        '两' => Some(2),
        '〇' | '零' => Some(0),
        c => ['一', '二', '三', '四', '五', '六', '七', '八', '九']
            .iter()
            .position(|own| *own == c)
            .and_then(|at| u32::try_from(at + 1).ok()),
    };
    match text.chars().collect::<Vec<_>>().as_slice() {
        [one] if *one == '十' => Some(10),
        [one] => digit(*one),
        ['十', one] => Some(10 + digit(*one)?),
        [tens, '十'] => Some(digit(*tens)? * 10),
        [tens, '十', one] => Some(digit(*tens)? * 10 + digit(*one)?),
        _ => None,
    }
}

/// A time of day behind the day: `昨天 17:30`, `2023-06-01T08:00`.
fn split_clock(text: &str) -> (&str, Time) {
    let midnight = (text, Time::midnight());
    let Some(colon) = text.find(':') else { return midnight };
    let hours = text.get(..colon).unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (day, clock) = text.split_at(hours.max(colon.saturating_sub(2)));
    let padded = if clock.find(':') == Some(1) { format!("0{clock}") } else { clock.to_owned() };
    match padded.parse::<Time>() {
        Ok(clock) => (day.trim_end_matches([' ', 'T', 't']), clock),
        Err(_) => midnight,
    }
}

fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c).saturating_sub(0xfee0)).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    text.chars().take(40).map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_understood_as_people_say_them() {
        // A Wednesday, shortly after midnight in Wuhan, which is still Tuesday in Greenwich.
        let now: Timestamp = "2023-06-14T00:30:00+08:00".parse().unwrap();
        for (typed, begins) in [
            ("今天", "2023-06-14T00:00:00"),
            ("昨天", "2023-06-13T00:00:00"),
            ("昨天 17:30", "2023-06-13T17:30:00"),
            ("昨天8:05", "2023-06-13T08:05:00"),
            ("前天", "2023-06-12T00:00:00"),
            ("本周", "2023-06-12T00:00:00"),
            ("上周", "2023-06-05T00:00:00"),
            ("上周一", "2023-06-05T00:00:00"),
            ("上个星期天", "2023-06-11T00:00:00"),
            ("上上周五", "2023-06-02T00:00:00"),
            ("周三", "2023-06-14T00:00:00"),
            ("周四", "2023-06-08T00:00:00"),
            ("本周四", "2023-06-15T00:00:00"),
            ("本月", "2023-06-01T00:00:00"),
            ("上个月", "2023-05-01T00:00:00"),
            ("今年", "2023-01-01T00:00:00"),
            ("去年", "2022-01-01T00:00:00"),
            ("6月", "2023-06-01T00:00:00"),
            ("六月份", "2023-06-01T00:00:00"),
            ("7月", "2022-07-01T00:00:00"),
            ("十二月", "2022-12-01T00:00:00"),
            ("6月15日", "2022-06-15T00:00:00"),
            ("6月1号", "2023-06-01T00:00:00"),
            ("2月29日", "2020-02-29T00:00:00"),
            ("10日", "2023-06-10T00:00:00"),
            ("20日", "2023-05-20T00:00:00"),
            ("3天前", "2023-06-11T00:00:00"),
            ("三天前", "2023-06-11T00:00:00"),
            ("两周前", "2023-05-31T00:00:00"),
            ("1个月前", "2023-05-14T00:00:00"),
            ("2小时前", "2023-06-13T22:30:00"),
            ("半小时前", "2023-06-14T00:00:00"),
            ("2023-06", "2023-06-01T00:00:00"),
            ("2023-6-5", "2023-06-05T00:00:00"),
            ("2023/06/05", "2023-06-05T00:00:00"),
            ("20230605", "2023-06-05T00:00:00"),
            ("2023年6月5日", "2023-06-05T00:00:00"),
            ("２０２３年６月", "2023-06-01T00:00:00"),
            ("2023年", "2023-01-01T00:00:00"),
            ("2023-06-30", "2023-06-30T00:00:00"),
            ("2023-06-30T23:59", "2023-06-30T23:59:00"),
            ("2023-06-30 23:59:59", "2023-06-30T23:59:59"),
            ("2023-06-30T15:59:59Z", "2023-06-30T23:59:59"),
        ] {
            let expected: Timestamp = format!("{begins}+08:00").parse().unwrap();
            assert_eq!(super::begins(typed, now), Some(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_no_date_is_told_with_examples() {
        let now = Timestamp::UNIX_EPOCH;
        for typed in [
            "",
            "gestern",
            "13月",
            "2023-13",
            "2023-02-30",
            "99日",
            "前",
            "9999999999天前",
            "周",
            "2023",
            ":",
            "昨天 25:00",
            "月",
            "年",
            "十十十",
        ] {
            let failure = instant(typed, now).unwrap_err();
            assert!(failure.code == 2 && failure.message.contains("上周一") && failure.message.contains("2023-06-01"), "{typed}");
        }
    }
}
