//! What society reads: the selected cases as a static site ([`site`]), as a compilation to be printed ([`compilation`]), and
//! each as copy for a portal and a WeChat account ([`copy`]); and what is sent on to those who govern ([`referral`]). Data in,
//! files out; pure.
//!
//! Whoever makes one gives only cases that were selected and whose units consented. Contacts never enter it, and what the
//! texts say of them is taken out ([`personal`]). The same publication gives the same bytes.

pub mod compilation;
pub mod copy;
mod docx;
pub mod personal;
pub mod referral;
#[cfg(test)]
pub mod sample;
pub mod site;

use super::visible::visible;
use super::words;
use crate::intake::identity::sha256_hex;
use crate::model::campaign::{Campaign, Category, Headings};
use crate::model::reading::{CaseReading, Contact, Introduction};
use crate::model::region::Regions;
use jiff::civil::Date;
use personal::Known;
use serde::Serialize;
use serde_json::json;

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// 荆楚质汇.
    pub brand: String,
    /// 筑基赋能 聚力先行——湖北质量基础设施.
    pub slogan: String,
    /// What the cases are: 2023年湖北省质量基础设施服务产业发展典型案例.
    pub title: String,
    /// Who publishes.
    pub office: String,
    /// When the latest of them was selected: its own date, so that it is the same whenever it is made.
    pub as_of: Option<Date>,
    /// In the order of batches, then of numbers.
    pub cases: Vec<Case>,
}

/// A selected case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its number.
    pub number: String,
    /// 案例题目.
    pub title: String,
    /// 报送单位, and those that applied with it.
    pub units: Vec<String>,
    /// Its city or prefecture.
    pub region: Tag,
    /// 案例分类.
    pub categories: Vec<Tag>,
    /// 重点方面.
    pub focus: Vec<String>,
    /// Its batch.
    pub batch: Tag,
    /// Its beginning.
    pub summary: String,
    /// What it says, under its headings.
    pub parts: Vec<Part>,
    /// Its photographs.
    pub figures: Vec<Figure>,
    /// How often something personal was taken out of its words.
    pub taken_out: usize,
}

/// Something that cases are grouped by: its name in addresses, and what people read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Tag {
    /// ASCII.
    pub id: String,
    /// 计量, 十堰, 上半年阶段性征集.
    pub label: String,
    /// Where it stands among its like: in administrative order, in the form's, in the calendar's.
    #[serde(skip)]
    pub rank: usize,
}

/// A part of the introduction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// 背景和意义; empty where the introduction has no parts.
    pub heading: String,
    /// Its paragraphs.
    pub paragraphs: Vec<Paragraph>,
}

/// A paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Paragraph {
    /// Its words.
    pub text: String,
    /// Whether it heads those that follow.
    pub is_heading: bool,
}

/// A photograph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What it shows, as its file was called; empty where that says nothing.
    pub caption: String,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// The picture, and nothing beside it.
    #[serde(skip)]
    pub jpeg: Vec<u8>,
}

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

impl Publication {
    /// An empty one of a campaign.
    pub fn new(campaign: &Campaign, as_of: Option<Date>) -> Publication {
        Publication {
            brand: campaign.brand.name.clone(),
            slogan: campaign.brand.slogan.clone(),
            title: campaign.form.title.lines().map(str::trim).collect(),
            office: campaign.office.signature.clone(),
            as_of,
            cases: Vec::new(),
        }
    }
}

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

/// The hash of the words that are published of a form: what its unit consents to.
pub fn words_sha256(reading: &CaseReading) -> String {
    let Introduction { background, practices, results, text, .. } = &reading.introduction;
    let words = json!([reading.title, reading.unit, reading.joint_units, background, practices, results, text]);
    sha256_hex(words.to_string().as_bytes())
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
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    // `3.`, `（2）`, `01-` count, and a year doesn't.
    let is_mark = |c: char| matches!(c, '.' | '、' | '-' | '_' | ' ' | '（' | '）' | '(' | ')');
    let counted = stem.trim().trim_start_matches(is_mark).trim_start_matches(|c: char| c.is_ascii_digit());
    let stem = if counted.starts_with(is_mark) { counted.trim_start_matches(is_mark) } else { stem.trim() };
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | ' ' | '(' | ')' | '（' | '）'));
    let han = stem.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let says_nothing = ["微信图片", "图片", "照片", "扫描", "截图", "未命名", "新建", "QQ图片", "附图", "附件", "图"].contains(&stem);
    if han < 2 || says_nothing { String::new() } else { stem.chars().take(40).collect() }
}

/// 1 → 一, 12 → 十二, 105 → 一百〇五.
pub(crate) fn numeral(number: usize) -> String {
    let digit = |n: usize| ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"].get(n % 10).copied().unwrap_or_default();
    match number {
        0..=9 => digit(number).to_owned(),
        10..=19 => format!("十{}", if number == 10 { "" } else { digit(number) }),
        20..=99 if number.is_multiple_of(10) => format!("{}十", digit(number / 10)),
        20..=99 => format!("{}十{}", digit(number / 10), digit(number)),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
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
