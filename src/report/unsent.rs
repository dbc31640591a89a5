//! Who has sent nothing (未报送名单): regions, units of a list, and those who wrote but sent no form. A text for
//! the chat group goes with it; people send it, never the program.

use super::{figures::Standing, words};
use crate::intake::compose::plain;
use crate::model::{
    campaign::Campaign,
    decision::matching_key,
    region::Regions,
    report::{CaseFacts, Waiting},
    roster::Roster,
};
use calamine::{Data, Reader, Xlsx};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::io::Cursor;

/// Who has sent nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// Short names, in administrative order.
    pub regions: Vec<String>,
    /// Units of the list that was given.
    pub units: Vec<String>,
    /// Who wrote, was told how to apply, and has no case: name or address.
    pub wrote: Vec<String>,
}

/// Holds a list of units, and who wrote, against the cases; `cases` are those of the window that is asked about. By the
/// roster a unit is known under its former names too.
pub fn unsent(cases: &[CaseFacts], (listed, roster): (&[String], &Roster), wrote: &[Waiting], regions: &Regions) -> Unsent {
    let own: Vec<&CaseFacts> = cases.iter().filter(|case| Standing::of(case).counts()).collect();
    let covered: BTreeSet<&str> = own.iter().filter_map(|case| case.region.as_deref()).collect();
    let units: BTreeSet<String> = own.iter().filter_map(|case| case.unit.as_deref()).flat_map(|unit| roster.keys(unit)).collect();
    Unsent {
        regions: regions
            .regions
            .iter()
            .filter(|region| !covered.contains(region.name.as_str()))
            .map(|region| region.short.clone())
            .collect(),
        units: listed.iter().filter(|unit| !units.contains(&matching_key(unit))).map(|unit| plain(unit, 60)).collect(),
        wrote: wrote
            .iter()
            .map(|one| match one.name.as_deref().map(|name| plain(name, 40)).filter(|name| !name.is_empty()) {
                Some(name) => format!("{name}（{}）", plain(&one.address, 80)),
                None => plain(&one.address, 80),
            })
            .collect(),
    }
}

/// The units of a list: an XLSX (its column whose heading has 单位 in it, else the first), or a text with a unit a line.
pub fn units(bytes: &[u8]) -> Result<Vec<String>, String> {
    let lines = if bytes.starts_with(b"PK") { column(bytes)? } else { text(bytes).lines().map(str::to_owned).collect() };
    let mut units: Vec<String> = Vec::new();
    for line in lines {
        let unit = line.trim().trim_start_matches('\u{feff}').to_owned();
        if !unit.is_empty() && !units.contains(&unit) {
            units.push(unit);
        }
    }
    Ok(units)
}

fn column(bytes: &[u8]) -> Result<Vec<String>, String> {
    let fault = |error: calamine::XlsxError| format!("单位名单打不开：{error}");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(fault)?;
    let first = book.sheet_names().into_iter().next().unwrap_or_default();
    let range = book.worksheet_range(&first).map_err(fault)?;
    let heading = |cells: &[Data]| {
        cells.iter().position(|cell| matches!(cell, Data::String(text) if text.contains("单位") && text.chars().count() <= 8))
    };
    let found = range.rows().take(10).enumerate().find_map(|(row, cells)| Some((row + 1, heading(cells)?)));
    let (from, column) = found.unwrap_or_default();
    Ok(range.rows().skip(from).filter_map(|cells| cells.get(column)).map(ToString::to_string).collect())
}

/// UTF-8, else GB18030, as Notepad and WPS write text in China.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    }
}

impl Unsent {
    /// Whether everybody has sent something.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty() && self.units.is_empty() && self.wrote.is_empty()
    }

    /// What a coordinator may paste into the group. `closes` is the window's last day, if it has one.
    pub fn notice(&self, campaign: &Campaign, window: &str, as_of: Date, closes: Option<Date>) -> String {
        let mut who = Vec::new();
        who.extend((!self.regions.is_empty()).then(|| format!("{}市场监管局", self.regions.join("、"))));
        who.extend((!self.units.is_empty()).then(|| self.units.join("、")));
        let until = closes.map(|day| format!("请于{}前", words::month_day(day))).unwrap_or_else(|| "请抓紧".to_owned());
        let brand = &campaign.brand.name;
        if who.is_empty() {
            return format!("【{brand}】截至{}，{window}典型案例各市州均已报送，感谢支持。", words::month_day(as_of));
        }
        format!(
            "【{brand}】典型案例报送提醒：截至{}，{window}尚未收到{}的典型案例。{until}将加盖公章的申报表和案例电子材料发送至征集邮箱；如已发送，请与我们联系核对。",
            words::month_day(as_of),
            who.join("，以及")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::sample;
    use super::*;
    use jiff::civil::date;

    #[test]
    fn lists_of_units_come_as_text_or_as_a_workbook() {
        let gbk = encoding_rs::GB18030.encode("某市计量院\r\n\r\n某市质检所\r\n某市计量院\r\n").0;
        assert_eq!(units(&gbk).unwrap(), ["某市计量院", "某市质检所"]);
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, (first, second)) in [("序号", "单位名称"), ("1", "某市计量院"), ("2", "某市质检所")].into_iter().enumerate()
        {
            sheet.write_string(row as u32, 0, first).unwrap().write_string(row as u32, 1, second).unwrap();
        }
        assert_eq!(units(&book.save_to_buffer().unwrap()).unwrap(), ["某市计量院", "某市质检所"]);
        assert!(units(b"PK\x03\x04broken").is_err());
    }

    #[test]
    fn those_who_sent_nothing_are_named_and_the_others_not() {
        let listed = ["第3检验检测中心".to_owned(), "某 计量院".to_owned()];
        let unsent = unsent(&sample::cases(), (&listed, &Roster::default()), &[], &sample::REGIONS);
        assert_eq!(unsent.regions, ["鄂州", "天门", "神农架"]);
        assert_eq!(unsent.units, ["某 计量院"]);
        assert_eq!(
            unsent.notice(&sample::CAMPAIGN, "上半年阶段性征集", date(2023, 6, 25), Some(date(2023, 6, 30))),
            "【荆楚质汇】典型案例报送提醒：截至6月25日，上半年阶段性征集尚未收到鄂州、天门、神农架市场监管局，以及某 计量院的典型案例。请于6月30日前将加盖公章的申报表和案例电子材料发送至征集邮箱；如已发送，请与我们联系核对。"
        );
    }
}
