//! What society reads: the public notice of what is to be selected ([`notice`]), then the selected cases as a static site
//! ([`site`]), as a compilation to be printed ([`compilation`]), and each as copy for a portal and a WeChat account ([`copy`]);
//! and what is sent on to those who govern ([`referral`]). Data in, files out; pure.
//!
//! Whoever makes one gives only cases that were selected and whose units consented. Contacts never enter it, and what the
//! texts say of them is taken out ([`personal`]). The same publication gives the same bytes.

mod case;
pub mod compilation;
pub mod copy;
mod docx;
pub mod notice;
pub mod personal;
pub mod referral;
#[cfg(test)]
pub mod sample;
pub mod site;

use crate::intake::identity::sha256_hex;
use crate::model::campaign::Campaign;
use crate::model::reading::{CaseReading, Introduction};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

pub use case::Source;

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

/// The hash of the words that are published of a form: what its unit consents to.
pub fn words_sha256(reading: &CaseReading) -> String {
    let Introduction { background, practices, results, text, .. } = &reading.introduction;
    let words = json!([reading.title, reading.unit, reading.joint_units, background, practices, results, text]);
    sha256_hex(words.to_string().as_bytes())
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
