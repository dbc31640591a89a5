//! A case as society reads it, out of what its form says: clean of contacts, in its parts, with what it is grouped by.

use super::personal::{self, Known};
use super::{Case, Figure, Paragraph, Part, Tag};
use crate::intake::text;
use crate::model::campaign::{Campaign, Category, Headings};
use crate::model::reading::{CaseReading, Contact, Introduction};
use crate::model::region::Regions;
use crate::report::visible::visible;
use crate::report::words;

/// What a case is made of.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its number.
    pub number: &'a str,
    /// What its form says, with what people settled.
    pub reading: &'a CaseReading,
    /// The batch that it was selected in.
    pub batch: Option<&'a str>,
    /// File names and pictures.
    pub figures: &'a [Figure],
}

/// The most characters of a summary: a WeChat account takes 120.
const SUMMARY: usize = 110;
/// The longest line that heads others.
const HEADING: usize = 36;

impl Case {
    /// A case without anything personal.
    pub fn new(source: Source<'_>, campaign: &Campaign, regions: &Regions) -> Case {
        let reading = source.reading;
        let contacts = || std::iter::once(&reading.contact).chain(&reading.more_contacts);
        let phones = |contact: &'_ Contact| contact.phones.clone();
        let phones: Vec<String> = contacts().flat_map(phones).collect();
        let known = Known::new(contacts().filter_map(|contact| contact.name.as_deref()), phones.iter().map(String::as_str));
        let mut taken_out = 0;
        let mut clean = |text: &str| {
            let (text, taken) = personal::without(&visible(text.trim()), &known);
            taken_out += taken;
            text
        };
        let title = clean(reading.title.as_deref().unwrap_or("（未填题目）"));
        let units = reading.unit.iter().chain(&reading.joint_units).map(|unit| clean(unit)).collect();
        let parts = parts(&reading.introduction, &campaign.form.headings, &mut clean);
        let figures = source.figures.iter().map(|figure| Figure { caption: clean(&caption(&figure.caption)), ..figure.clone() }).collect();
        Case {
            number: source.number.to_owned(),
            title,
            units,
            region: region(reading.region.as_deref(), regions),
            categories: reading.categories.iter().map(|one| category(*one, campaign)).collect(),
            focus: reading.focus_areas.iter().map(|area| words::focus(&area.id, campaign).to_owned()).collect(),
            batch: batch(source.batch, campaign),
            summary: summary(&parts),
            parts,
            figures,
            taken_out,
        }
    }
}

fn region(name: Option<&str>, regions: &Regions) -> Tag {
    let tag = |id: &str, label: &str, rank| Tag { id: id.to_owned(), label: label.to_owned(), rank };
    let found = name.and_then(|name| regions.regions.iter().enumerate().find(|(_, region)| region.name == name));
    match (found, name) {
        (Some((rank, region)), _) => tag(if region.english.is_empty() { &region.code } else { &region.english }, &region.short, rank),
        // 省直 stands apart, behind the cities.
        (None, Some("province")) => tag("province", "省直", regions.regions.len()),
        (None, _) => tag("other", "其他", usize::MAX),
    }
}

fn category(category: Category, campaign: &Campaign) -> Tag {
    let rank = campaign.categories.iter().position(|rule| rule.id == category).unwrap_or(usize::MAX);
    Tag { id: category.as_str().to_owned(), label: words::category(category.as_str(), campaign).to_owned(), rank }
}

fn batch(id: Option<&str>, campaign: &Campaign) -> Tag {
    match id {
        Some(id) => {
            let rank = campaign.calendar.batches.iter().position(|batch| batch.id == id).unwrap_or(usize::MAX);
            Tag { id: id.to_owned(), label: words::batch(id, campaign).to_owned(), rank }
        }
        None => Tag { id: "monthly".to_owned(), label: "常态化征集".to_owned(), rank: usize::MAX },
    }
}

fn parts(introduction: &Introduction, headings: &Headings, clean: &mut impl FnMut(&str) -> String) -> Vec<Part> {
    let first = |names: &[String]| names.first().cloned().unwrap_or_default();
    let named = [
        (first(&headings.background), &introduction.background),
        (first(&headings.practices), &introduction.practices),
        (first(&headings.results), &introduction.results),
    ];
    let mut part = |heading: String, text: &str| Part { heading, paragraphs: paragraphs(text, clean) };
    let parts: Vec<Part> = named.into_iter().filter_map(|(heading, text)| Some(part(heading, text.as_deref()?))).collect();
    let parts: Vec<Part> = parts.into_iter().filter(|part| !part.paragraphs.is_empty()).collect();
    match (parts.is_empty(), introduction.text.as_deref()) {
        (true, Some(text)) => vec![part(String::new(), text)],
        _ => parts,
    }
}

fn paragraphs(text: &str, clean: &mut impl FnMut(&str) -> String) -> Vec<Paragraph> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| Paragraph { text: clean(line), is_heading: heads(line) }).collect()
}

/// `（一）创新服务模式`: numbered, short, and no sentence.
fn heads(line: &str) -> bool {
    let is_numeral = |c: char| "一二三四五六七八九十".contains(c) || c.is_ascii_digit();
    let after_bracket = line.strip_prefix(['（', '(']).map(|rest| rest.trim_start_matches(is_numeral));
    let numbered = after_bracket.is_some_and(|rest| rest.starts_with(['）', ')']))
        || line.strip_prefix(is_numeral).is_some_and(|rest| rest.trim_start_matches(is_numeral).starts_with(['、', '.', '．']));
    numbered && line.chars().count() <= HEADING && !line.ends_with(['。', '；', '，', '：', ';', ','])
}

/// Whole sentences of the beginning, as far as they fit.
fn summary(parts: &[Part]) -> String {
    let all = parts.iter().flat_map(|part| &part.paragraphs).filter(|paragraph| !paragraph.is_heading);
    let text: String = all.map(|paragraph| paragraph.text.as_str()).collect();
    let shown: String = text.chars().take(SUMMARY).collect();
    if shown.len() == text.len() {
        return text;
    }
    match shown.rfind('。').and_then(|at| shown.get(..at)).filter(|sentences| sentences.chars().count() * 2 > SUMMARY) {
        Some(sentences) => format!("{sentences}。"),
        None => format!("{shown}……"),
    }
}

/// A file's name as a caption; what a camera or a phone called it says nothing.
fn caption(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = text::stem(last);
    // `3.`, `（2）`, `01-` count, and a year doesn't.
    let is_mark = |c: char| matches!(c, '.' | '、' | '-' | '_' | ' ' | '（' | '）' | '(' | ')');
    let counted = stem.trim().trim_start_matches(is_mark).trim_start_matches(|c: char| c.is_ascii_digit());
    let stem = if counted.starts_with(is_mark) { counted.trim_start_matches(is_mark) } else { stem.trim() };
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | ' ' | '(' | ')' | '（' | '）'));
    let han = stem.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let says_nothing = ["微信图片", "图片", "照片", "扫描", "截图", "未命名", "新建", "QQ图片", "附图", "附件", "图"].contains(&stem);
    if han < 2 || says_nothing { String::new() } else { stem.chars().take(40).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::{numeral, sample};
    use super::*;

    #[test]
    fn a_camera_names_nothing_and_a_line_that_is_a_sentence_heads_nothing() {
        for (name, shown) in [
            ("材料.zip/现场/3.技术人员现场检测（2）.jpg", "技术人员现场检测"),
            ("IMG_20230615.jpg", ""),
            ("微信图片_20230615123.jpg", ""),
            ("照片1.png", ""),
            ("2023年质量月活动.jpg", "2023年质量月活动"),
        ] {
            assert_eq!(caption(name), shown, "{name}");
        }
        for (line, is) in [
            ("（一）创新服务模式", true),
            ("1.建立机制", true),
            ("二、主要做法", true),
            ("（一）创新服务模式，建立机制。", false),
            ("一是建立机制", false),
            ("2023年共服务企业120家", false),
        ] {
            assert_eq!(heads(line), is, "{line}");
        }
        assert_eq!([1, 10, 12, 20, 35, 120].map(numeral), ["一", "十", "十二", "二十", "三十五", "120"]);
    }

    #[test]
    fn nothing_personal_enters_a_case() {
        let case = &sample::publication().cases[0];
        let told = serde_json::to_string(case).unwrap();
        for banned in ["陈楚江", "19900009037", "5526248"] {
            assert!(!told.contains(banned), "{banned}: {told}");
        }
        assert_eq!(case.taken_out, 3, "{told}");
        assert!(case.summary.chars().count() <= SUMMARY + 2);
    }
}
