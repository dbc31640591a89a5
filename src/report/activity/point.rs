//! A point in a year as a plan words it, as half-open days: 6月5日, 9月中旬, 6月, 第二季度, 下半年, 全年, 2023-06-05.

use jiff::ToSpan;
use jiff::civil::Date;

/// Half-open days.
pub(super) type Days = (Date, Date);

/// A day, a part of a month, a month, a quarter, half a year or a year.
pub(super) fn point(text: &str, year: i16) -> Option<Days> {
    match text {
        "全年" | "年内" | "常年" | "长期" | "全年度" | "贯穿全年" => return year_days(year),
        "上半年" => return months(year, 1, 6),
        "下半年" => return months(year, 7, 6),
        "年初" => return months(year, 1, 1),
        "年底" | "年末" => return months(year, 12, 1),
        _ => {}
    }
    if let Some(quarter) = text.trim_start_matches('第').strip_suffix("季度") {
        return months(year, 3 * number(quarter).filter(|n| (1..=4).contains(n))? - 2, 3);
    }
    let (month, rest) = text.split_once('月')?;
    let month = number(month)?;
    let whole = months(year, month, 1)?;
    let day = |day: i8| Date::new(year, month, day).ok();
    let part = |from: i8, until: Option<i8>| Some((day(from)?, until.map_or(Some(whole.1), day)?));
    match rest {
        "" => Some(whole),
        "上旬" | "初" => part(1, Some(11)),
        "中旬" | "中" => part(11, Some(21)),
        "下旬" | "底" | "末" => part(21, None),
        "上半月" => part(1, Some(16)),
        "下半月" => part(16, None),
        _ => {
            let day = day(number(rest.strip_suffix('日')?)?)?;
            Some((day, day.tomorrow().ok()?))
        }
    }
}

/// 2023-06-05, 2023/6/5 and 2023.6.5, as spreadsheets show a day.
pub(super) fn iso(text: &str) -> Option<Days> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [own, month, day] = parts.as_slice() else { return None };
    let own: i16 = own.parse().ok().filter(|own| (1000..10_000).contains(own))?;
    let day = Date::new(own, number(month)?, number(day)?).ok()?;
    Some((day, day.tomorrow().ok()?))
}

/// A year at the head of a text.
pub(super) fn take_year(text: &str) -> (Option<i16>, &str) {
    match text.split_once('年') {
        Some((year, rest)) if year.len() == 4 => year.parse().ok().map_or((None, text), |year| (Some(year), rest)),
        _ => (None, text),
    }
}

pub(super) fn year_days(year: i16) -> Option<Days> {
    months(year, 1, 12)
}

fn months(year: i16, first: i8, count: i32) -> Option<Days> {
    let from = Date::new(year, first, 1).ok()?;
    Some((from, from.checked_add(count.months()).ok()?))
}

/// 6, 十一, 二十三.
pub(super) fn number(text: &str) -> Option<i8> {
    if text.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit = |c: char| "一二三四五六七八九".chars().position(|digit| digit == c).and_then(|at| i8::try_from(at + 1).ok());
    let one = |text: &str| if text.chars().count() == 1 { text.chars().next().and_then(digit) } else { None };
    match text.split_once('十') {
        None => one(text),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { one(tens).filter(|tens| *tens <= 3)? };
            Some(10 * tens + if ones.is_empty() { 0 } else { one(ones)? })
        }
    }
}
