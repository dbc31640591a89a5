//! Figures and days in the words of an office's report.

pub use crate::model::people::{masked_name, without_people};

use crate::model::{campaign::Campaign, region::Regions, time};
use jiff::{Timestamp, civil::Date};

/// `6月19日—25日`, `6月26日—7月2日`, `2023年12月30日—2024年1月5日`: from a day to the last one.
pub fn days(from: Date, last: Date) -> String {
    match (from.year() == last.year(), from.month() == last.month()) {
        _ if from == last => month_day(from),
        (true, true) => format!("{}—{}日", month_day(from), last.day()),
        (true, false) => format!("{}—{}", month_day(from), month_day(last)),
        (false, _) => format!("{}—{}", day(from), day(last)),
    }
}

/// `6月25日`.
pub fn month_day(date: Date) -> String {
    date.strftime("%-m月%-d日").to_string()
}

/// `2023年6月25日`.
pub fn day(date: Date) -> String {
    date.strftime("%Y年%-m月%-d日").to_string()
}

/// `6月25日`, with its year where that is not the reader's.
pub fn near_day(date: Date, year: i16) -> String {
    if date.year() == year { month_day(date) } else { day(date) }
}

/// `6月25日 15:20`, with its year where that is not the reader's.
pub fn near_minute(at: Timestamp, year: i16) -> String {
    let local = time::local(at);
    format!("{} {}", near_day(local.date(), year), local.strftime("%H:%M"))
}

/// `周四`.
pub fn weekday(date: Date) -> &'static str {
    use jiff::civil::Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    match date.weekday() {
        Monday => "周一",
        Tuesday => "周二",
        Wednesday => "周三",
        Thursday => "周四",
        Friday => "周五",
        Saturday => "周六",
        Sunday => "周日",
    }
}

/// `较上周增加3件`, `较上周减少2件`, `与上周持平`.
pub fn against(now: u64, before: u64) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("较上周增加{}件", now.saturating_sub(before)),
        std::cmp::Ordering::Less => format!("较上周减少{}件", before.saturating_sub(now)),
        std::cmp::Ordering::Equal => "与上周持平".to_owned(),
    }
}

/// `+3`, `-2`, `0`, as a table shows it; the minus is U+2212, which no spreadsheet takes for a formula.
pub fn difference(now: u64, before: u64) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("+{}", now.saturating_sub(before)),
        std::cmp::Ordering::Less => format!("\u{2212}{}", before.saturating_sub(now)),
        std::cmp::Ordering::Equal => "0".to_owned(),
    }
}

/// What tables call a region: its short name, 省直, or 未定.
pub fn region<'a>(region: Option<&'a str>, regions: &'a Regions) -> &'a str {
    match region {
        None => "未定",
        Some("province") => "省直",
        Some(name) => regions.regions.iter().find(|one| one.name == name).map_or(name, |one| &one.short),
    }
}

/// A category's label.
pub fn category<'a>(key: &'a str, campaign: &'a Campaign) -> &'a str {
    campaign.categories.iter().find(|rule| rule.id.as_str() == key).map_or(key, |rule| &rule.label)
}

/// A focus area's label, without what all of them begin with.
pub fn focus<'a>(key: &'a str, campaign: &'a Campaign) -> &'a str {
    let label = campaign.focus_areas.iter().find(|rule| rule.id == key).map_or(key, |rule| rule.label.as_str());
    label.strip_prefix("质量基础设施").unwrap_or(label)
}

/// A batch's name.
pub fn batch<'a>(id: &'a str, campaign: &'a Campaign) -> &'a str {
    campaign.calendar.batches.iter().find(|batch| batch.id == id).map_or(id, |batch| &batch.name)
}

/// `199****9037`, `0719-****248`: enough to know it again, too little to call.
pub fn masked_phone(phone: &str) -> String {
    let (number, extension) = phone.split_once('转').map_or((phone, ""), |(number, extension)| (number, extension));
    let (area, own) = number.split_once('-').map_or(("", number), |(area, own)| (area, own));
    let digits: Vec<char> = own.chars().collect();
    let (head, tail) = if area.is_empty() && digits.len() >= 11 { (3, 4) } else { (0, 3) };
    let tail = tail.min(digits.len() / 2);
    let masked: String =
        digits.iter().take(head).copied().chain("****".chars()).chain(digits.iter().rev().take(tail).rev().copied()).collect();
    let dash = if area.is_empty() { "" } else { "-" };
    let extension = if extension.is_empty() { "" } else { "转***" };
    format!("{area}{dash}{masked}{extension}")
}

/// `张** 199****9037；李** 0719-****248`, of contacts as [`difference`](crate::model::difference) tells them.
pub fn masked_contacts(text: &str) -> String {
    let word = |word: &str| if word.contains(|c: char| c.is_ascii_digit()) { masked_phone(word) } else { masked_name(word) };
    let contact = |contact: &str| contact.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    text.split('；').map(contact).collect::<Vec<_>>().join("；")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_stretch_of_days_repeats_nothing() {
        assert_eq!(days(date(2023, 6, 19), date(2023, 6, 25)), "6月19日—25日");
        assert_eq!(days(date(2023, 6, 26), date(2023, 7, 2)), "6月26日—7月2日");
        assert_eq!(days(date(2023, 12, 30), date(2024, 1, 5)), "2023年12月30日—2024年1月5日");
        assert_eq!(days(date(2023, 6, 1), date(2023, 6, 1)), "6月1日");
    }

    #[test]
    fn against_last_week() {
        assert_eq!([against(12, 9), against(7, 9), against(0, 0)], ["较上周增加3件", "较上周减少2件", "与上周持平"]);
        assert_eq!([difference(12, 9), difference(7, 9), difference(0, 0)], ["+3", "\u{2212}2", "0"]);
    }

    #[test]
    fn nobody_can_be_called_by_a_masked_number() {
        for (phone, masked) in [
            ("19900009037", "199****9037"),
            ("0719-5526248", "0719-****248"),
            ("0719-5526248转801", "0719-****248转***"),
            ("5526248", "****248"),
            ("", "****"),
            ("1", "****"),
        ] {
            assert_eq!(masked_phone(phone), masked);
        }
        assert_eq!(masked_contacts("张三 19900009037；欧阳某 0719-5526248"), "张** 199****9037；欧阳** 0719-****248");
        assert_eq!([masked_name("张三"), masked_name("欧阳某某"), masked_name("")], ["张**", "欧阳**", ""]);
    }
}
