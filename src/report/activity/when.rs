//! What a time means as a plan of activities words it: 2023年6月—7月, 9月中旬, 每周四, 下半年, 5月20日前后, 待定.
//!
//! Everything becomes half-open days. What isn't understood whole is not understood: nothing is guessed.

use super::point::{Days, iso, number, point, take_year, year_days};
use crate::intake::text::narrow;
use crate::model::campaign::Certainty;
use jiff::civil::Date;

/// A time, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The first day.
    pub from: Date,
    /// The first day after.
    pub until: Date,
    /// The weekday on which it recurs, as campaign files name it.
    pub weekday: Option<&'static str>,
    /// After how many months it recurs.
    pub every_months: Option<u8>,
    /// How exactly it is known.
    pub certainty: Certainty,
}

/// Understands a time; `year` is the plan's, where the time names none.
pub fn understand(written: &str, year: i16) -> Option<When> {
    let text = plain(written);
    let (text, certainty) = certainty(&text);
    if certainty == Certainty::Open && text.is_empty() {
        let (from, until) = year_days(year)?;
        return Some(When { from, until, weekday: None, every_months: None, certainty });
    }
    if text.is_empty() {
        return None;
    }
    let (text, weekday) = take_weekday(&text)?;
    let (text, every_months) = take_months(&text);
    let (from, until) = match every_months {
        Some(_) => on_a_day(&text, year).or_else(|| days(&text, year))?,
        None => days(&text, year)?,
    };
    (from < until).then_some(When { from, until, weekday, every_months, certainty })
}

/// Without blanks, in half-width characters, with one kind of dash.
fn plain(text: &str) -> String {
    let dashes =
        |c: char| if matches!(c, '—' | '–' | '－' | '―' | '~' | '～' | '至' | '到' | '﹣' | '−') { '-' } else { narrow(c) };
    let mut plain: String = text.chars().filter(|c| !c.is_whitespace()).map(dashes).collect();
    for (from, to) in [
        ("月份", "月"),
        ("号", "日"),
        ("年度", "年"),
        ("星期", "周"),
        ("礼拜", "周"),
        ("逢周", "每周"),
        ("每每周", "每周"),
        ("次年", "翌年"),
    ] {
        plain = plain.replace(from, to);
    }
    while plain.contains("--") {
        plain = plain.replace("--", "-");
    }
    plain.trim_matches(['。', ',', ';', '.', '、']).to_owned()
}

/// Takes off what says how exactly the time is meant.
fn certainty(text: &str) -> (String, Certainty) {
    const OPEN: [&str; 9] = ["具体日期待定", "具体时间待定", "时间待定", "日期待定", "待定", "另行通知", "待通知", "时间未定", "未定"];
    const ABOUT: [&str; 8] = ["(暂定)", "暂定", "(拟)", "拟于", "预计", "计划于", "左右", "前后"];
    let mut rest = text.to_owned();
    let mut take = |words: &[&str]| {
        let before = rest.len();
        words.iter().for_each(|word| rest = rest.replace(word, ""));
        rest = rest.trim_end_matches(['(', ')', ',', '、', ';']).to_owned();
        rest.len() < before && words.iter().any(|word| text.contains(word))
    };
    match (take(&OPEN), take(&ABOUT)) {
        (true, _) => (rest, Certainty::Open),
        (false, true) => (rest, Certainty::About),
        (false, false) => (rest, Certainty::Settled),
    }
}

/// Takes off 每周四; nothing where several weekdays are named, which one row can't hold.
fn take_weekday(text: &str) -> Option<(String, Option<&'static str>)> {
    let Some((before, after)) = text.split_once("每周") else { return Some((text.to_owned(), None)) };
    let name = after.chars().next()?;
    let day = match name {
        '一' | '1' => "monday",
        '二' | '2' => "tuesday",
        '三' | '3' => "wednesday",
        '四' | '4' => "thursday",
        '五' | '5' => "friday",
        '六' | '6' => "saturday",
        '日' | '天' | '7' => "sunday",
        _ => return None,
    };
    let rest = after.strip_prefix(name)?.trim_start_matches('(').trim_end_matches(')');
    Some((format!("{before}{rest}"), Some(day)))
}

/// Takes off 每月 and 每季度.
fn take_months(text: &str) -> (String, Option<u8>) {
    for (word, months) in [("每个月", 1), ("每月", 1), ("每季度", 3), ("每季", 3)] {
        if let Some((before, after)) = text.split_once(word) {
            return (format!("{before}{after}"), Some(months));
        }
    }
    (text.to_owned(), None)
}

/// 每月15日: from the first such day on, to the end of the year.
fn on_a_day(text: &str, year: i16) -> Option<Days> {
    let (own, day) = take_year(text);
    let year = own.unwrap_or(year);
    let from = Date::new(year, 1, number(day.strip_suffix('日')?)?).ok()?;
    Some((from, year_days(year)?.1))
}

/// A point or a range.
fn days(text: &str, year: i16) -> Option<Days> {
    let (own, rest) = take_year(text);
    let year = own.unwrap_or(year);
    if rest.is_empty() {
        return year_days(year);
    }
    if let Some(whole) = iso(text) {
        return Some(whole);
    }
    let Some((first, second)) = rest.split_once('-') else {
        return listed(rest, year);
    };
    let (next, second) = match take_year(second) {
        (Some(own), second) => (own, second),
        (None, second) => second.strip_prefix("翌年").map_or((year, second), |second| (year.saturating_add(1), second)),
    };
    let (first, second) = aligned(first, second);
    let begins = point(&first, year)?;
    let ends = point(&second, next)?;
    // 12月—2月 goes over the turn of the year.
    let ends = if ends.1 <= begins.0 && next == year { point(&second, year.saturating_add(1))? } else { ends };
    (begins.0 < ends.1 && begins.0 <= ends.0).then_some((begins.0, ends.1))
}

/// 6、7月 and 第三、四季度, if they follow each other; else one point.
fn listed(text: &str, year: i16) -> Option<Days> {
    let parts: Vec<&str> = text.split(['、', ',', '和', '及']).collect();
    let ([first, ..], [.., last]) = (parts.as_slice(), parts.as_slice()) else { return None };
    if parts.len() == 1 {
        return point(text, year);
    }
    let unit = if last.ends_with("季度") { "季度" } else { "月" };
    let whole = |part: &str| if part.ends_with(unit) { part.to_owned() } else { format!("{part}{unit}") };
    let each: Vec<Days> = parts.iter().map(|part| point(&whole(part), year)).collect::<Option<_>>()?;
    let neighbours = each.iter().zip(each.iter().skip(1)).all(|(one, next)| one.1 == next.0);
    let (begins, ends) = (point(&whole(first), year)?, point(&whole(last), year)?);
    neighbours.then_some((begins.0, ends.1))
}

/// 6-7月, 6月5日-9日, 三-四季度: what one side leaves out stands on the other.
fn aligned(first: &str, second: &str) -> (String, String) {
    let bare = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let mut first = first.to_owned();
    let mut second = second.to_owned();
    if let Some((month, day)) = first.clone().split_once('月') {
        if bare(day) {
            first.push('日');
        }
        let day_only = second.strip_suffix('日').is_some_and(bare);
        if day_only && (first.ends_with('日') || bare(day)) {
            second = format!("{month}月{second}");
        }
        if bare(&second) && first.ends_with('日') {
            second = format!("{month}月{second}日");
        }
    } else if bare(&first) && second.ends_with('月') {
        first.push('月');
    } else if second.ends_with("季度") && !first.ends_with("季度") {
        first = first.trim_end_matches('季').to_owned() + "季度";
    } else if let (true, Some((month, _))) = (first.is_empty(), second.split_once('月')) {
        first = format!("{month}月");
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let Some(when) = understand(text, 2023) else { return "?".to_owned() };
        let recurs = when.weekday.map(str::to_owned).or(when.every_months.map(|months| format!("每{months}月"))).unwrap_or_default();
        format!("{} {} {recurs}{}", when.from, when.until, when.certainty.label()).trim_end().to_owned()
    }

    #[test]
    fn times_are_understood() {
        for (text, days) in [
            ("5月20日", "2023-05-20 2023-05-21"),
            ("5月20日前后", "2023-05-20 2023-05-21 （大致时间）"),
            ("6月", "2023-06-01 2023-07-01"),
            ("6—7月", "2023-06-01 2023-08-01"),
            ("2023 年10月—12月", "2023-10-01 2024-01-01"),
            ("2023年9—10月", "2023-09-01 2023-11-01"),
            ("9月中旬", "2023-09-11 2023-09-21"),
            ("2月下旬", "2023-02-21 2023-03-01"),
            ("9月上旬至10月中旬", "2023-09-01 2023-10-21"),
            ("2023年每周四", "2023-01-01 2024-01-01 thursday"),
            ("2023年4月—9月每周四", "2023-04-01 2023-10-01 thursday"),
            ("每星期天", "2023-01-01 2024-01-01 sunday"),
            ("下半年", "2023-07-01 2024-01-01"),
            ("2024年上半年", "2024-01-01 2024-07-01"),
            ("全年", "2023-01-01 2024-01-01"),
            ("2023年度", "2023-01-01 2024-01-01"),
            ("每月", "2023-01-01 2024-01-01 每1月"),
            ("每月15日", "2023-01-15 2024-01-01 每1月"),
            ("6月至12月每月", "2023-06-01 2024-01-01 每1月"),
            ("每季度", "2023-01-01 2024-01-01 每3月"),
            ("第二季度", "2023-04-01 2023-07-01"),
            ("三、四季度", "2023-07-01 2024-01-01"),
            ("三季度—四季度", "2023-07-01 2024-01-01"),
            ("6、7月", "2023-06-01 2023-08-01"),
            ("2023年6月5日至9日", "2023-06-05 2023-06-10"),
            ("6月5-9日", "2023-06-05 2023-06-10"),
            ("6月28日—7月3日", "2023-06-28 2023-07-04"),
            ("2023年12月—2024年2月", "2023-12-01 2024-03-01"),
            ("12月—2月", "2023-12-01 2024-03-01"),
            ("十一月二十三日", "2023-11-23 2023-11-24"),
            ("2023-06-05", "2023-06-05 2023-06-06"),
            ("2023/6/5", "2023-06-05 2023-06-06"),
            ("待定", "2023-01-01 2024-01-01 （时间待定）"),
            ("9月（具体日期待定）", "2023-09-01 2023-10-01 （时间待定）"),
            ("9月（待定）", "2023-09-01 2023-10-01 （时间待定）"),
            ("拟于10月", "2023-10-01 2023-11-01 （大致时间）"),
            ("２０２３年６月", "2023-06-01 2023-07-01"),
        ] {
            assert_eq!(shown(text), days, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_whole_is_not_guessed() {
        for text in
            ["", "6月、9月", "每周二、周四", "13月", "2月30日", "9月—8月5", "国庆节后", "6月x", "第五季度", "-", "6月至", "月", "日"]
        {
            assert_eq!(shown(text), "?", "{text}");
        }
    }
}
