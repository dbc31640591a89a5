//! 案例介绍: the unit's own words, without the form's guidance and headings, and their 字数.

use crate::intake::form::heading::Part;
use crate::intake::form::wording::Wording;
use crate::intake::text;
use crate::model::reading::Introduction;

/// The introduction, and what is odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The unit's words.
    pub introduction: Introduction,
    /// Headings of parts that stand there without content, or that are missing while others stand.
    pub missing_parts: Vec<&'static str>,
    /// Whether it only points to an attachment.
    pub elsewhere: bool,
}

const PARTS: [(Part, &str); 3] = [(Part::Background, "背景和意义"), (Part::Practices, "主要做法和创新点"), (Part::Results, "工作成效")];

/// Reads what stands under 案例介绍.
pub fn read(content: &str, wording: &Wording) -> Read {
    let mut paragraphs: Vec<(Option<Part>, String)> = Vec::new();
    let mut filled: Vec<Part> = Vec::new();
    let mut part = None;
    let mut headings = Vec::new();
    for line in content.split('\n') {
        let Some(words) = own_words(line, wording) else { continue };
        // Each part has one heading: “（二）创新点” within 主要做法 is the unit's own, and counts.
        let words = match wording.headings.opened_by(&words).filter(|(found, _)| !filled.contains(found)) {
            Some((found, rest)) => {
                part = Some(found);
                headings.push(found);
                rest.to_owned()
            }
            None => words,
        };
        let words = text::tidy(&words);
        if words.chars().any(char::is_alphanumeric) {
            filled.extend(part.filter(|part| !filled.contains(part)));
            paragraphs.push((part, words));
        }
    }
    let of = |part: Part| {
        let own: Vec<&str> = paragraphs.iter().filter(|(of, _)| *of == Some(part)).map(|(_, words)| words.as_str()).collect();
        (!own.is_empty()).then(|| own.join("\n"))
    };
    let whole = paragraphs.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("\n");
    // 无, 略: a whole introduction that says nothing is none.
    let whole = if wording.is_empty_value(&whole) { String::new() } else { whole };
    let (background, practices, results) = (of(Part::Background), of(Part::Practices), of(Part::Results));
    let present = |part: Part| match part {
        Part::Background => background.is_some(),
        Part::Practices => practices.is_some(),
        Part::Results => results.is_some(),
    };
    let missing_parts = if headings.is_empty() || whole.is_empty() {
        Vec::new()
    } else {
        PARTS.iter().filter(|(part, _)| !present(*part)).map(|(_, name)| *name).collect()
    };
    let elsewhere = wording.points_elsewhere(&whole);
    let words = text::count_words(&whole);
    let text = (!whole.is_empty()).then_some(whole);
    Read { introduction: Introduction { background, practices, results, text, words }, missing_parts, elsewhere }
}

/// A line without the form's guidance; none where nothing of the unit's is left.
pub fn own_words(line: &str, wording: &Wording) -> Option<String> {
    let line = text::tidy(line);
    if wording.is_guidance(&line) || is_bracketed_hint(&line) || ends_a_hint(&line) || goes_on(&line) {
        return None;
    }
    let words = wording
        .after_guidance(&line)
        .map_or(line.as_str(), |rest| rest.trim_start_matches(['。', '，', '；', '）', ')', ' ', '.', '：', ':']));
    words.chars().any(char::is_alphanumeric).then(|| words.to_owned())
}

/// `（续）`, `（接上页）`: what stands behind a label once more, where a page or a table broke its text off.
pub(super) fn goes_on(hint: &str) -> bool {
    const AGAIN: [&str; 5] = ["续", "续表", "续页", "续上页", "接上页"];
    let bracketed = hint.trim().starts_with(['（', '(']) && hint.trim_end().ends_with([')', '）']);
    bracketed && AGAIN.contains(&hint.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// Words of a hint that stands in brackets on a line of its own.
const HINTS: [&str; 15] = [
    "字以内",
    "字左右",
    "不超过",
    "可另附",
    "可附",
    "请填写",
    "可加页",
    "可续页",
    "填写单位",
    "公章名称",
    "与公章",
    "单位全称",
    "便于联系",
    "简明扼要",
    "突出主题",
];

/// `不超过30字）某某` without the rest of a hint whose head stood in a line before.
pub fn without_torn_hint(value: String) -> String {
    let torn = value.split_once(['）', ')']).filter(|(hint, rest)| {
        let opens = hint.contains(['（', '(']);
        !opens && !rest.trim().is_empty() && hint.chars().count() <= 24 && HINTS.iter().any(|word| hint.contains(word))
    });
    torn.map_or(value.clone(), |(_, rest)| rest.trim_start().to_owned())
}

/// `字以内）`: the rest of a hint whose head a narrow column parted from it.
fn ends_a_hint(line: &str) -> bool {
    let rest = line.strip_suffix(['）', ')']).filter(|rest| !rest.contains(['（', '(']));
    rest.is_some_and(|rest| rest.chars().count() <= 8 && ["以内", "左右", "字内"].iter().any(|end| rest.ends_with(end)))
}

/// `（包括案例背景、主要做法……，1500字以内）`: a whole line in brackets that says how to fill the form.
fn is_bracketed_hint(line: &str) -> bool {
    let bracketed = line.starts_with(['（', '(', '【', '［', '[']) && line.ends_with(['）', ')', '】', '］', ']']);
    // One pair of brackets: “（一）背景（300字左右）” is a heading.
    let closes_once = || line.chars().filter(|c| matches!(c, '）' | ')' | '】' | '］' | ']')).count() == 1;
    bracketed && closes_once() && line.chars().count() <= 80 && HINTS.iter().any(|hint| line.contains(hint))
}
