//! The campaign's sentences and headings as lines of a form are held against them: compared by keys that are made once.

use crate::intake::form::heading::Headings;
use crate::intake::text;
use crate::model::campaign::FormRules;

/// Sentences shorter than this are the form's only where they stand alone.
const LEADING: usize = 8;
/// An introduction that only points elsewhere is no longer than this.
const POINTER: usize = 30;

/// The wording of one campaign's form, ready to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Wording {
    guidance: Vec<Guidance>,
    empty_values: Vec<String>,
    elsewhere: Vec<String>,
    pub(super) headings: Headings,
}

/// A sentence that the form prints.
#[derive(Debug, Clone)]
struct Guidance {
    key: String,
    /// The key's first character: hardly any line begins with it.
    first: Option<char>,
    /// Whether it is also cut off a line that goes on behind it.
    leads: bool,
}

impl Wording {
    /// Takes the wordings of a campaign file.
    pub fn new(rules: &FormRules) -> Wording {
        let guidance = |sentence: &String| {
            let key = text::key(sentence);
            Guidance { first: key.chars().next(), key, leads: sentence.chars().count() >= LEADING }
        };
        Wording {
            guidance: rules.guidance.iter().map(guidance).filter(|sentence| !sentence.key.is_empty()).collect(),
            empty_values: rules.empty_values.clone(),
            elsewhere: rules.elsewhere.iter().map(|phrase| text::key(phrase)).collect(),
            headings: Headings::new(&rules.headings),
        }
    }

    /// Whether a line is a sentence of the form and nothing else.
    pub(super) fn is_guidance(&self, line: &str) -> bool {
        let says_more = |rest: &str| rest.chars().any(|c| text::key_char(c).is_some());
        let is_sentence = |line: &str| self.leading(line).any(|(_, rest)| !says_more(rest));
        is_sentence(line) || told_as_guidance(line).is_some_and(is_sentence)
    }

    /// Whether a line is the form's sentence over a long text: it says how many hundred characters that may have.
    pub(super) fn is_guidance_of_text(&self, line: &str) -> bool {
        let digits = text::narrowed(line).chars().filter(char::is_ascii_digit).count();
        digits >= 3 && line.contains('字') && self.is_guidance(line)
    }

    /// What follows a sentence of the form at the head of a line, blanks and marks aside.
    pub(super) fn after_guidance<'a>(&self, line: &'a str) -> Option<&'a str> {
        self.leading(line).find_map(|(sentence, rest)| sentence.leads.then_some(rest))
    }

    /// The sentences that a line begins with, and what follows each.
    fn leading<'a>(&self, line: &'a str) -> impl Iterator<Item = (&Guidance, &'a str)> {
        // Many marks may stand before the first character that counts: they are passed over once for all sentences.
        let body = line.trim_start_matches(|c| text::key_char(c).is_none());
        let first = body.chars().next().and_then(text::key_char);
        let begun = self.guidance.iter().filter(move |sentence| sentence.first == first);
        begun.filter_map(move |sentence| Some((sentence, strip_prefix_by_key(body, &sentence.key)?)))
    }

    /// The first heading of a text in which at least two of the introduction's parts have theirs.
    pub(super) fn heads_several_parts<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut headed = text.split('\n').filter_map(|line| Some((line.trim(), self.headings.opened_by(line)?.0)));
        let (line, first) = headed.next()?;
        headed.any(|(_, part)| part != first).then_some(line)
    }

    /// 无, 略: values that say nothing.
    pub(super) fn is_empty_value(&self, value: &str) -> bool {
        self.empty_values.iter().any(|empty| empty == value)
    }

    /// 详见附件: nothing but a pointer.
    pub(super) fn points_elsewhere(&self, words: &str) -> bool {
        let key: String = words.chars().filter_map(text::key_char).take(POINTER + 1).collect();
        !key.is_empty() && key.chars().count() <= POINTER && self.elsewhere.iter().any(|phrase| key.contains(phrase))
    }
}

/// What follows `填写说明：`, `注：`, which head the form's sentences as often as the unit's own.
fn told_as_guidance(line: &str) -> Option<&str> {
    const HEADS: [&str; 7] = ["填写说明", "填表说明", "填写要求", "说明", "要求", "提示", "注"];
    let (head, rest) = line.split_once(['：', ':'])?;
    HEADS.contains(&head.trim().trim_start_matches(['（', '(', '*', '※'])).then_some(rest)
}

fn strip_prefix_by_key<'a>(line: &'a str, key: &str) -> Option<&'a str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;

    #[test]
    fn one_head_of_guidance_is_looked_behind() {
        let wording = Wording::new(&CampaignFile::builtin().unwrap().campaign.form);
        assert!(wording.is_guidance("（注：1500字以内）") && wording.is_guidance("填写说明：可多选"));
        assert!(!wording.is_guidance("注：服务企业"));
        assert!(!wording.is_guidance(&"注：".repeat(100_000)));
    }
}
