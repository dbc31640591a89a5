//! 案例介绍: the unit's own words, without the form's guidance and headings, and their 字数.

use crate::intake::form::heading::{Headings, Part};
use crate::intake::form::locate::Line;
use crate::intake::text;
use crate::model::campaign::FormRules;
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

/// Reads the lines under 案例介绍.
pub fn read(lines: &[Line], rules: &FormRules) -> Read {
    let mut paragraphs: Vec<(Option<Part>, String)> = Vec::new();
    let known = Headings::new(&rules.headings);
    let mut part = None;
    let mut headings = Vec::new();
    for line in lines.iter().flat_map(|line| line.text().split('\n').map(str::to_owned).collect::<Vec<_>>()) {
        let Some(words) = own_words(&line, rules) else { continue };
        // Each part has one heading: “（二）创新点” within 主要做法 is the unit's own, and counts.
        let is_own = |found: Part| paragraphs.iter().any(|(of, _)| *of == Some(found));
        let words = match known.opened_by(&words).filter(|(found, _)| !is_own(*found)) {
            Some((found, rest)) => {
                part = Some(found);
                headings.push(found);
                rest.to_owned()
            }
            None => words,
        };
        let words = text::tidy(&words);
        if words.chars().any(char::is_alphanumeric) {
            paragraphs.push((part, words));
        }
    }
    let of = |part: Part| {
        let own: Vec<&str> = paragraphs.iter().filter(|(of, _)| *of == Some(part)).map(|(_, words)| words.as_str()).collect();
        (!own.is_empty()).then(|| own.join("\n"))
    };
    let whole = paragraphs.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("\n");
    // 无, 略: a whole introduction that says nothing is none.
    let whole = if rules.empty_values.contains(&whole) { String::new() } else { whole };
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
    let elsewhere = points_elsewhere(&whole, rules);
    let words = text::count_words(&whole);
    let text = (!whole.is_empty()).then_some(whole);
    Read { introduction: Introduction { background, practices, results, text, words }, missing_parts, elsewhere }
}

/// A line without the form's guidance; none where nothing of the unit's is left.
pub fn own_words(line: &str, rules: &FormRules) -> Option<String> {
    let line = text::tidy(line);
    if rules.guidance.iter().any(|sentence| is_guidance_alone(&line, sentence)) || is_bracketed_hint(&line) {
        return None;
    }
    let rest =
        rules.guidance.iter().filter(|sentence| sentence.chars().count() >= 8).find_map(|sentence| strip_prefix_by_key(&line, sentence));
    let words = rest.map_or(line.as_str(), |rest| rest.trim_start_matches(['。', '，', '；', '）', ')', ' ', '.', '：', ':']));
    words.chars().any(char::is_alphanumeric).then(|| words.to_owned())
}

fn is_guidance_alone(line: &str, sentence: &str) -> bool {
    let key = text::key(sentence);
    !key.is_empty() && text::key(line) == key
}

/// `（包括案例背景、主要做法……，1500字以内）`: a whole line in brackets that says how to fill the form.
fn is_bracketed_hint(line: &str) -> bool {
    let bracketed = line.starts_with(['（', '(', '【', '［', '[']) && line.ends_with(['）', ')', '】', '］', ']']);
    // One pair of brackets: “（一）背景（300字左右）” is a heading.
    let closes_once = line.chars().filter(|c| matches!(c, '）' | ')' | '】' | '］' | ']')).count() == 1;
    bracketed
        && closes_once
        && line.chars().count() <= 80
        && ["字以内", "字左右", "不超过", "可另附", "可附", "请填写", "可加页", "可续页"].iter().any(|hint| line.contains(hint))
}

/// What follows a sentence at the head of a line, blanks and marks aside.
fn strip_prefix_by_key<'a>(line: &'a str, sentence: &str) -> Option<&'a str> {
    let key = text::key(sentence);
    let mut wanted = key.chars().peekable();
    for (at, c) in line.char_indices() {
        let Some(part) = text::key_char(c) else { continue };
        if wanted.next() != Some(part) {
            return None;
        }
        if wanted.peek().is_none() {
            return line.get(at + c.len_utf8()..);
        }
    }
    None
}

/// 详见附件: nothing but a pointer.
fn points_elsewhere(words: &str, rules: &FormRules) -> bool {
    let key = text::key(words);
    !key.is_empty() && key.chars().count() <= 30 && rules.elsewhere.iter().any(|phrase| key.contains(&text::key(phrase)))
}
