//! Names that the record knows: of units, under each of their names, and of people, however they are called.

use super::folded::Folded;
use super::{PERSON, UNIT};
use crate::model::reading::CaseReading;
use crate::model::region::Regions;
use crate::model::roster::Roster;
use crate::report::publish::personal;

/// What says of no unit which one it is, and stands in sentences as a plain word: nothing of it is taken out.
const PLAIN: &str = "中心 公司 单位 集团 协会 学会 学院 学校 大学 平台 基地 实验室 研究院 研究所 检验所 检测所 检验院 检测院 \
    计量所 计量院 质检所 质检院 检测中心 检验中心 质量中心 计量中心 服务中心 测试中心 质检中心 研究中心 技术中心 \
    检验检测中心 市局 省局 县局 区局 市所 省所 市院 省院 本院 本所 我院 我所 我局 我中心 该院 该所 该中心 \
    市场监管局 市场监督管理局 企业 院 所 局";

/// Whether a name is a plain word.
pub(super) fn is_plain(name: &str) -> bool {
    PLAIN.split(' ').any(|word| word == name)
}

/// The least characters of a part of a unit's name that is looked for by itself.
const CORE: usize = 6;

/// Every name of the units, and what the text calls them for short.
pub(super) fn units(case: &CaseReading, roster: &Roster, regions: &Regions, words: &mut Vec<(String, &'static str)>) {
    let mut names: Vec<String> = Vec::new();
    for unit in case.unit.iter().chain(&case.joint_units) {
        names.push(unit.clone());
        names.extend(roster.unit(unit).into_iter().flat_map(|unit| unit.names().map(str::to_owned)));
    }
    let heads: Vec<String> = [format!("{}省", regions.province), regions.province.clone()]
        .into_iter()
        .chain(regions.regions.iter().flat_map(|region| [region.name.clone(), region.short.clone()]))
        .collect();
    for name in names.clone() {
        let mut core = Folded::of(&name).text;
        while let Some(rest) = heads.iter().filter(|head| !head.is_empty()).find_map(|head| core.strip_prefix(head.as_str())) {
            core = rest.to_owned();
        }
        if core.chars().count() >= CORE {
            names.extend([format!("省{core}"), format!("市{core}"), core]);
        }
    }
    let introduction = &case.introduction;
    for text in [&introduction.text, &introduction.background, &introduction.practices, &introduction.results].into_iter().flatten() {
        names.extend(short_forms(&Folded::of(text).text, &names));
    }
    words.extend(names.into_iter().filter(|name| !is_plain(&Folded::of(name).text)).map(|name| (name, UNIT)));
}

/// `…研究院（以下简称“省院”）`: 省院.
fn short_forms(text: &str, names: &[String]) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| Folded::of(name).text).collect();
    let mut short = Vec::new();
    for (at, word) in text.match_indices("简称") {
        let before = text.get(..at).unwrap_or_default().trim_end_matches(['以', '下']).trim_end_matches(['(', ',', '，']);
        let after = text.get(at + word.len()..).unwrap_or_default().trim_start_matches([':', '为', '“', '"', '「', '‘', '《']);
        let called: String =
            after.chars().take_while(|c| !matches!(c, '”' | '"' | '」' | '’' | '》' | ')' | ',' | '。' | '，')).take(13).collect();
        if names.iter().any(|name| !name.is_empty() && before.ends_with(name.as_str())) && (2..=12).contains(&called.chars().count()) {
            short.push(called);
        }
    }
    short
}

pub(super) fn people<'a>(names: impl Iterator<Item = &'a str>, words: &mut Vec<(String, &'static str)>) {
    for name in names {
        let name = Folded::of(name).text;
        words.extend(personal::addresses(&name).into_iter().map(|called| (called, PERSON)));
        words.push((name, PERSON));
    }
}

/// Whom the name of a sender names, and whether that is a unit: 王小明, 王 小明, 王小明（标准所）, 某市标准所-王小明.
pub(super) fn named(sender: &str) -> Vec<(String, bool)> {
    const UNITS: &[char] = &['所', '院', '局', '司', '处', '科', '室', '部', '心', '会', '厂', '校', '站'];
    let is_unit = |name: &str| han(name) > 4 || (han(name) > 2 && name.ends_with(UNITS));
    let whole = Folded::of(sender).text;
    if (2..=4).contains(&han(&whole)) {
        let is_unit = is_unit(&whole);
        return vec![(whole, is_unit)];
    }
    let parts = sender.split(|c: char| !('\u{4e00}'..='\u{9fff}').contains(&c)).filter(|part| han(part) >= 2);
    let mut names: Vec<(String, bool)> = parts.map(|part| (part.to_owned(), is_unit(part))).collect();
    if han(&whole) > 4 {
        names.push((whole, true));
    }
    names
}

fn han(text: &str) -> usize {
    if text.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) { text.chars().count() } else { 0 }
}
