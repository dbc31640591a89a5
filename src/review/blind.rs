//! Takes out of a unit's words whose they are: 〔单位〕, 〔某地〕, 〔姓名〕, 〔电话〕 and the like stand instead.
//!
//! What the record knows is looked for whatever blanks, widths or unseen characters stand in between: the names of the unit,
//! of those it applies with and what they call themselves, the places of the province, contacts and who mailed it, numbers
//! of telephones. What looks like an address, a number or a unit of a place goes as well. A person whom only the text names
//! is not known; what is left that looks like a unit is told, so that somebody looks before a pack goes out.

use crate::intake::compose::plain;
use crate::model::campaign::Campaign;
use crate::model::reading::CaseReading;
use crate::model::region::Regions;
use crate::model::roster::Roster;
use crate::report::publish::personal;
use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use std::sync::LazyLock;

/// What stands instead.
const UNIT: &str = "〔单位〕";
const PLACE: &str = "〔某地〕";
const PERSON: &str = "〔姓名〕";
const PHONE: &str = "〔电话〕";
const NUMBER: &str = "〔号码〕";
const MAIL: &str = "〔邮箱〕";
const SITE: &str = "〔网址〕";

/// The ends of units' names.
const ENDS: &str = "研究院|研究所|检验所|检验院|检测院|检测所|检定所|检定院|测试所|测试院|质检所|质检院|计量所|计量院|特检所|特检院|药检所|药检院|食检院|食检所|纤检所|纤检局|标准院|标质院|检测中心|检验中心|测试中心|质量中心|计量中心|服务中心|市场监督管理局|市场监管局|药监局|知识产权局|有限公司|有限责任公司|集团|大学|学院|协会|学会";
/// What no unit's name has inside: a sentence goes on there.
const BETWEEN: &str = r"[\p{Han}()·&&[^的和与为在对向了是被由及各等将把从到使让]]";
/// The least characters of a part of a unit's name that is looked for by itself.
const CORE: usize = 6;

/// What is looked for by its shape, in folded text.
struct Patterns {
    /// Addresses come first: a number in one is no telephone.
    addresses: Vec<(Regex, &'static str)>,
    always: Vec<(Regex, &'static str)>,
    /// A unit of a place.
    unit: (Regex, &'static str),
    /// What still looks like a unit.
    ends: Regex,
}

static PATTERNS: LazyLock<Result<Patterns, String>> = LazyLock::new(|| patterns().map_err(|error| error.to_string()));

fn patterns() -> Result<Patterns, regex::Error> {
    let compiled = |patterns: &[(&str, &'static str)]| -> Result<Vec<(Regex, &'static str)>, regex::Error> {
        patterns.iter().map(|(pattern, label)| Ok((Regex::new(pattern)?, *label))).collect()
    };
    Ok(Patterns {
        addresses: compiled(&[
            (r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", MAIL),
            (r"(https?://|www\.)[a-z0-9./?=&%_#:~-]+", SITE),
            (r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org|gov)(\.cn)?", SITE),
        ])?,
        always: compiled(&[
            (r"(联系人|负责人|执笔人?|撰稿人?|撰写人?|作者|供稿|审核人?|通讯员|记者|摄影)[:：]\p{Han}{2,4}", PERSON),
            (r"1[3-9][0-9]([.·][0-9]{4}){2}", PHONE),
            (r"0(10|2[0-9]|[3-9][0-9]{2})[.·][0-9]{7,8}", PHONE),
            (r"qq(号码?|群号?)?[:为是]*[0-9]{5,12}", NUMBER),
            (r"(微信|wechat)((号码?|id)[:为是]*|:)[a-z0-9_-]{6,20}", NUMBER),
            (r"[0-9a-z]{15,20}", NUMBER),
            (r"\d{11,}", NUMBER),
        ])?,
        unit: (Regex::new(&format!("(湖北省?|〔某地〕){BETWEEN}{{0,14}}?({ENDS})"))?, UNIT),
        ends: Regex::new(&format!(r"\p{{Han}}{{1,12}}?({ENDS})"))?,
    })
}

/// How much of a case a pack hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// Units, places, people and numbers.
    Blind,
    /// People and numbers.
    PeopleOnly,
}

/// What is left of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blinded {
    /// 案例题目.
    pub title: String,
    /// 案例分类, in words.
    pub categories: String,
    /// 报送单位 and those beside it; none where they are hidden.
    pub units: Option<String>,
    /// The parts of 案例介绍 with their headings; one without a heading where it has no parts.
    pub introduction: Vec<(String, String)>,
    /// 相关证明材料.
    pub materials: Option<String>,
    /// What still looks like a unit's name.
    pub doubtful: Vec<String>,
}

/// A case as a pack shows it. `senders` are the names of those who mailed it.
pub fn blinded(
    case: &CaseReading,
    senders: &[String],
    campaign: &Campaign,
    known: (&Roster, &Regions),
    hiding: Hiding,
) -> Result<Blinded, String> {
    let hider = Hider::new(case, senders, known, hiding)?;
    let text = |value: &str| hider.hide(value);
    let introduction = &case.introduction;
    let headings = &campaign.form.headings;
    let heading = |ordinal: &str, names: &[String]| {
        let name = names.first().map(String::as_str).unwrap_or_default();
        format!("{ordinal}{}", name.strip_prefix(ordinal).unwrap_or(name))
    };
    let parts = [
        (heading("一、", &headings.background), &introduction.background),
        (heading("二、", &headings.practices), &introduction.practices),
        (heading("三、", &headings.results), &introduction.results),
    ];
    let whole = introduction.text.as_deref().unwrap_or_default();
    let in_parts: usize = parts.iter().filter_map(|(_, part)| part.as_deref()).map(|part| part.chars().count()).sum();
    // What stands before the first heading belongs to no part.
    let introduction = if in_parts > 0 && in_parts * 10 >= whole.chars().count() * 9 {
        parts.into_iter().filter_map(|(name, part)| part.as_deref().map(|part| (name, text(part)))).collect()
    } else {
        vec![(String::new(), text(whole))]
    };
    let title = text(case.title.as_deref().unwrap_or("（未填写）"));
    let categories: Vec<String> = case
        .categories
        .iter()
        .map(|id| campaign.categories.iter().find(|rule| rule.id == *id).map_or_else(String::new, |rule| rule.label.clone()))
        .chain(case.category_other.as_deref().map(text))
        .filter(|label| !label.is_empty())
        .collect();
    let materials = case.materials.as_deref().map(text).filter(|materials| !materials.trim().is_empty());
    let units: Vec<&str> = case.unit.iter().chain(&case.joint_units).map(String::as_str).collect();
    let said: Vec<&str> =
        std::iter::once(title.as_str()).chain(introduction.iter().map(|(_, part)| part.as_str())).chain(materials.as_deref()).collect();
    let doubtful = if hiding == Hiding::Blind { hider.doubtful(&said.join("\n")) } else { Vec::new() };
    Ok(Blinded {
        title,
        categories: categories.join("、"),
        units: (hiding == Hiding::PeopleOnly).then(|| plain(&units.join("、"), 400)),
        introduction,
        materials,
        doubtful,
    })
}

/// What is looked for.
struct Hider {
    words: AhoCorasick,
    labels: Vec<&'static str>,
    patterns: &'static Patterns,
    hiding: Hiding,
    phones: Vec<String>,
}

impl Hider {
    fn new(case: &CaseReading, senders: &[String], (roster, regions): (&Roster, &Regions), hiding: Hiding) -> Result<Hider, String> {
        let mut words: Vec<(String, &'static str)> = Vec::new();
        if hiding == Hiding::Blind {
            units(case, roster, regions, &mut words);
            let places = regions
                .regions
                .iter()
                .flat_map(|region| [&region.name, &region.short].into_iter().chain(&region.aliases).chain(&region.counties));
            words.extend(places.map(|place| (place.clone(), PLACE)));
            let own = regions.provincial_names.iter().filter(|name| name.chars().count() >= 4);
            words.extend(own.map(|name| (name.clone(), UNIT)));
        }
        let contacts = || std::iter::once(&case.contact).chain(&case.more_contacts);
        people(contacts().filter_map(|contact| contact.name.as_deref()), &mut words);
        for sender in senders {
            for (name, is_unit) in named(sender) {
                match is_unit {
                    false => people(std::iter::once(name.as_str()), &mut words),
                    true if hiding == Hiding::Blind => words.push((name, UNIT)),
                    true => {}
                }
            }
        }
        let mut words: Vec<(String, &str)> = words.into_iter().map(|(word, label)| (Folded::of(&word).text, label)).collect();
        words.retain(|(word, _)| word.chars().count() >= 2);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words.iter().map(|(word, _)| word));
        let patterns = PATTERNS.as_ref().map_err(Clone::clone)?;
        Ok(Hider {
            words: automaton.map_err(|error| error.to_string())?,
            labels: words.iter().map(|(_, label)| *label).collect(),
            patterns,
            hiding,
            phones: contacts().flat_map(|contact| &contact.phones).map(|phone| digits(phone)).filter(|phone| phone.len() >= 7).collect(),
        })
    }

    fn hide(&self, text: &str) -> String {
        let by_shape = |text: String, patterns: &[(Regex, &'static str)]| {
            patterns.iter().fold(text, |text, (pattern, label)| {
                replaced(&text, |folded| pattern.find_iter(&folded.text).map(|found| (found.start(), found.end(), *label)).collect())
            })
        };
        let text = by_shape(text.to_owned(), &self.patterns.addresses);
        // Words before what looks like a unit: that begins with a place, which is gone by then.
        let text = replaced(&text, |folded| {
            let words = self
                .words
                .find_iter(&folded.text)
                .map(|found| (found.start(), found.end(), self.labels.get(found.pattern().as_usize()).copied().unwrap_or(UNIT)));
            words.chain(numbers(&folded.text, &self.phones)).collect()
        });
        let text = by_shape(text, &self.patterns.always);
        if self.hiding == Hiding::Blind { by_shape(text, std::slice::from_ref(&self.patterns.unit)) } else { text }
    }

    fn doubtful(&self, text: &str) -> Vec<String> {
        let mut found: Vec<String> = self.patterns.ends.find_iter(text).map(|found| found.as_str().to_owned()).collect();
        found.sort();
        found.dedup();
        found.truncate(8);
        found
    }
}

/// Every name of the units, and what the text calls them for short.
fn units(case: &CaseReading, roster: &Roster, regions: &Regions, words: &mut Vec<(String, &'static str)>) {
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
    words.extend(names.into_iter().map(|name| (name, UNIT)));
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

fn people<'a>(names: impl Iterator<Item = &'a str>, words: &mut Vec<(String, &'static str)>) {
    for name in names {
        let name = Folded::of(name).text;
        words.extend(personal::addresses(&name).into_iter().map(|called| (called, PERSON)));
        words.push((name, PERSON));
    }
}

/// Whom the name of a sender names, and whether that is a unit: 王小明, 王 小明, 王小明（标准所）, 某市标准所-王小明.
fn named(sender: &str) -> Vec<(String, bool)> {
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

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A run of digits as telephones are written, with hyphens or brackets in between.
fn numbers(text: &str, phones: &[String]) -> Vec<(usize, usize, &'static str)> {
    let mut found = Vec::new();
    let mut run: Option<(usize, usize, String)> = None;
    let mut close = |run: &mut Option<(usize, usize, String)>| {
        if let Some((start, end, number)) = run.take()
            && is_phone(&number, phones)
        {
            found.push((start, end, PHONE));
        }
    };
    for (at, c) in text.char_indices() {
        match (&mut run, c) {
            (Some((_, end, number)), '0'..='9') => {
                *end = at + 1;
                number.push(c);
            }
            (None, '0'..='9') => run = Some((at, at + 1, c.to_string())),
            // Nothing else may stand between, and only once.
            (Some((_, end, _)), '-' | '(' | ')' | '—' | '/' | '转') if at == *end => *end = at + c.len_utf8(),
            (Some(_), _) => close(&mut run),
            (None, _) => {}
        }
    }
    close(&mut run);
    found
}

fn is_phone(number: &str, phones: &[String]) -> bool {
    let second = number.chars().nth(1).unwrap_or_default();
    let is_mobile = number.len() == 11 && number.starts_with('1') && ('3'..='9').contains(&second);
    let is_landline = number.starts_with('0') && (10..=16).contains(&number.len());
    let is_service = number.len() == 10 && (number.starts_with("400") || number.starts_with("800"));
    // The local number stands alone as often as with its area code.
    let is_known = phones
        .iter()
        .any(|phone| number.contains(phone.as_str()) || (number.len() >= 7 && phone.starts_with('0') && phone.contains(number)));
    is_mobile || is_landline || is_service || is_known
}

/// A text as it is searched: without blanks and unseen characters, half-width, lower case; with where each byte stood.
struct Folded {
    text: String,
    /// For each byte of `text` the first and the last byte after it in the original.
    places: Vec<(usize, usize)>,
}

impl Folded {
    fn of(original: &str) -> Folded {
        let mut folded = Folded { text: String::with_capacity(original.len()), places: Vec::with_capacity(original.len()) };
        for (at, c) in original.char_indices() {
            if c.is_whitespace() || c.is_control() || plain(c.encode_utf8(&mut [0; 4]), 2).is_empty() {
                continue;
            }
            let narrow = match c {
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
                '–' | '―' => '-',
                other => other,
            };
            for lower in narrow.to_lowercase() {
                folded.text.push(lower);
                folded.places.extend(std::iter::repeat_n((at, at + c.len_utf8()), lower.len_utf8()));
            }
        }
        folded
    }
}

/// The text with these places of its folded form replaced; where two overlap they become one.
fn replaced(text: &str, find: impl Fn(&Folded) -> Vec<(usize, usize, &'static str)>) -> String {
    let folded = Folded::of(text);
    let mut found = find(&folded);
    found.sort();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end, label) in found {
        let Some(((from, _), (_, to))) = folded.places.get(start).zip(folded.places.get(end.saturating_sub(1))) else { continue };
        if *to <= done {
            continue;
        }
        if *from >= done {
            out.push_str(text.get(done..*from).unwrap_or_default());
            out.push_str(label);
        }
        done = *to;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::reading::CaseReading;
    use crate::report::digest::sample::{CAMPAIGN, REGIONS};

    /// A case of a city's institute.
    pub fn reading() -> CaseReading {
        serde_json::from_value(serde_json::json!({
            "form": {"file": "申报表.docx", "format": "docx"}, "title": "十堰市质检所服务汽车零部件产业", "unit": "十堰市产品质量监督检验所",
            "joint_units": ["湖北东风检测有限公司"], "region": "十堰市", "channel": "direct", "categories": ["inspection"],
            "category_other": null, "contact": {"name": "陈楚江", "phones": ["19900009037", "0719-5526248转801"]}, "more_contacts": [],
            "introduction": {"background": null, "practices": null, "results": null, "text": "", "words": 0},
            "materials": null, "opinion": {"text": null, "date": null}, "seal": "present", "focus_areas": [],
            "window": {"month": "2023-06", "batch": "2023-H1", "late": false}, "status": "accepted", "defects": [], "evidence": []
        }))
        .unwrap()
    }

    fn hidden(text: &str, hiding: Hiding) -> Blinded {
        let mut case = reading();
        case.introduction.text = Some(text.into());
        blinded(&case, &["王小明".into()], &CAMPAIGN, (&Roster::default(), &REGIONS), hiding).unwrap()
    }

    fn hide(text: &str) -> String {
        hidden(text, Hiding::Blind).introduction[0].1.clone()
    }

    #[test]
    fn whose_words_they_are_is_gone() {
        for (said, left) in [
            ("十堰市产品质量监督检验所服务企业12家。", "〔单位〕服务企业12家。"),
            ("十堰市 产品质量\n监督检验所\u{200b}与湖北东风检测有限公司", "〔单位〕\u{200b}与〔单位〕"),
            ("我所（市产品质量监督检验所）", "我所（〔单位〕）"),
            (
                "十堰市产品质量监督检验所（以下简称“车城质检”）成立。车城质检走访企业",
                "〔单位〕（以下简称“〔单位〕”）成立。〔单位〕走访企业",
            ),
            ("在十堰、丹江口等地推广，湖北省内领先", "在〔某地〕、〔某地〕等地推广，湖北省内领先"),
            ("十堰市计量检定测试所协助，襄阳市市场监管局支持", "〔单位〕协助，〔单位〕支持"),
            ("联系人：张三丰，电话 199-0000-9037、０７１９－５５２６２４８", "〔姓名〕，电话 〔电话〕、〔电话〕"),
            ("陈楚江、陈主任和王小明带队，陈 楚 江负责", "〔姓名〕、〔姓名〕和〔姓名〕带队，〔姓名〕负责"),
            (
                "拨打5526248咨询，或 13800000000，邮箱 A.b@unit.example，网站 www.unit.example/x",
                "拨打〔电话〕咨询，或 〔电话〕，邮箱 〔邮箱〕，网站 〔网址〕",
            ),
            ("office@19900009037.example、市州网址www.7.example", "〔邮箱〕、市州网址〔网址〕"),
            ("拨打138.1234.5678、027.87654321，QQ：12345678，微信号：oyn_2023", "拨打〔电话〕、〔电话〕，〔号码〕，〔号码〕"),
            ("陈副主任、楚江同志", "〔姓名〕、〔姓名〕"),
            ("证书编号171701060153，统一社会信用代码12420300MB1234567X", "证书编号〔号码〕，统一社会信用代码〔号码〕"),
        ] {
            assert_eq!(hide(said), left, "{said}");
        }
    }

    #[test]
    fn whoever_mailed_it_is_hidden_however_the_name_is_written() {
        let hide = |sender: &str, text: &str| {
            let mut case = reading();
            case.introduction.text = Some(text.into());
            blinded(&case, &[sender.into()], &CAMPAIGN, (&Roster::default(), &REGIONS), Hiding::Blind).unwrap().introduction[0].1.clone()
        };
        for (sender, said, left) in [
            ("王 小明", "王小明牵头", "〔姓名〕牵头"),
            ("王小明（某标准所）", "王小明牵头，某标准所参加", "〔姓名〕牵头，〔单位〕参加"),
            ("某某质量标准所-王小明", "王主任牵头，某某质量标准所参加", "〔姓名〕牵头，〔单位〕参加"),
            ("欧阳娜娜", "欧阳主任、娜娜同志牵头", "〔姓名〕、〔姓名〕牵头"),
        ] {
            assert_eq!(hide(sender, said), left, "{sender}");
        }
    }

    #[test]
    fn figures_and_plain_words_stay() {
        for said in [
            "2021年投入1200万元，2022-2023年新增产值3.5亿元，检测12000批次。",
            "研究院所、检测机构与高校合作，提升质量。",
            "依据GB/T 19001-2016，误差0.0125mm",
        ] {
            assert_eq!(hide(said), said);
        }
    }

    #[test]
    fn an_open_review_names_the_unit_and_no_person() {
        let open = hidden("十堰市产品质量监督检验所陈楚江 19900009037", Hiding::PeopleOnly);
        assert_eq!(open.introduction[0].1, "十堰市产品质量监督检验所〔姓名〕 〔电话〕");
        assert_eq!(
            (open.units.as_deref(), open.title.as_str()),
            (Some("十堰市产品质量监督检验所、湖北东风检测有限公司"), "十堰市质检所服务汽车零部件产业")
        );
        let blind = hidden("省标准院牵头", Hiding::Blind);
        assert_eq!((blind.units, blind.title.as_str(), blind.doubtful), (None, "〔单位〕服务汽车零部件产业", vec!["省标准院".to_owned()]));
    }
}
