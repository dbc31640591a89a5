//! The headings of the introduction's three parts, however units word and number them.

use crate::intake::labels::skip_numbering;
use crate::intake::text;
use crate::model::campaign;

/// A part of the introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// 背景和意义.
    Background,
    /// 主要做法和创新点.
    Practices,
    /// 工作成效.
    Results,
}

/// The longest heading, in characters that count for its key.
const LONGEST: usize = 24;

/// The words that headings are made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Headings {
    /// Each word's key, and its part; none for a word that only stands beside others.
    words: Vec<(Vec<char>, Option<Part>)>,
    /// The longest word.
    longest: usize,
}

impl Headings {
    /// Takes the wordings of a campaign file.
    pub(super) fn new(rules: &campaign::Headings) -> Headings {
        let groups = [
            (Some(Part::Background), &rules.background),
            (Some(Part::Practices), &rules.practices),
            (Some(Part::Results), &rules.results),
            (None, &rules.beside),
        ];
        let words = groups.iter().flat_map(|(part, words)| words.iter().map(|word| (text::key(word).chars().collect(), *part)));
        let words: Vec<(Vec<char>, Option<Part>)> = words.filter(|(key, _): &(Vec<char>, _)| !key.is_empty()).collect();
        let longest = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        Headings { words, longest }
    }

    /// The part that a line opens, and what follows the heading: one by itself, or before a colon or blank.
    ///
    /// A heading is made of known words and nothing else: 具体做法和创新点, 工作成效及社会影响. The first
    /// word that belongs to a part decides.
    pub(super) fn opened_by<'a>(&self, line: &'a str) -> Option<(Part, &'a str)> {
        let body = skip_numbering(line).trim_start_matches(['【', '[', '［', '「', '“', '"']);
        let numbered = match body.len() < line.trim_start().len() {
            true if is_numbered_as_parts(line) => Numbered::AsParts,
            true => Numbered::Yes,
            false => Numbered::No,
        };
        self.opened(body, numbered).or_else(|| self.opened(behind_bare_number(line)?, Numbered::Yes))
    }

    fn opened<'a>(&self, body: &'a str, numbered: Numbered) -> Option<(Part, &'a str)> {
        let mut key: Vec<char> = Vec::new();
        // For each length of the key: whether known words make it up, and the part that they open.
        let mut made: Vec<Option<Option<Part>>> = vec![Some(None)];
        let mut best = None;
        for (at, c) in body.char_indices() {
            let Some(part) = text::key_char(c) else { continue };
            // Most lines are prose, and known at once: no word begins with their first character.
            let begins = |(word, _): &(Vec<char>, Option<Part>)| word.first() == Some(&part);
            if key.is_empty() && !self.words.iter().any(begins) {
                return None;
            }
            key.push(part);
            // What the last words made up is too far back for any other to follow it.
            let reachable = made.iter().rev().take(self.longest).any(Option::is_some);
            if key.len() > LONGEST || !reachable {
                break;
            }
            let here = self.last_word(&key, &made);
            made.push(here);
            if let Some(Some(part)) = here
                && let Some(rest) = body.get(at + c.len_utf8()..).and_then(|rest| after_heading(rest, key.len(), numbered))
            {
                best = Some((part, rest));
            }
        }
        best
    }

    /// Whether some word ends the key where others make up what stands before it.
    fn last_word(&self, key: &[char], made: &[Option<Option<Part>>]) -> Option<Option<Part>> {
        let fitting = self.words.iter().filter(|(word, _)| key.ends_with(word));
        let ways = fitting.filter_map(|(word, own)| {
            let before = key.len().checked_sub(word.len()).and_then(|at| made.get(at).copied().flatten())?;
            Some((word.len(), before.or(*own)))
        });
        // The longest word is meant: 工作成效 before 成效.
        ways.max_by_key(|(length, part)| (part.is_some(), *length)).map(|(_, part)| part)
    }
}

/// Whether a number stood before a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbered {
    /// As the form numbers its parts: `一、`.
    AsParts,
    Yes,
    No,
}

/// `二、主要做法`, and not `1.创新点` beneath it.
fn is_numbered_as_parts(line: &str) -> bool {
    line.trim_start().strip_prefix(|c| "一二三四五".contains(c)).is_some_and(|rest| rest.starts_with('、'))
}

/// `1背景和意义`, `二主要做法`: what stands right behind a number that a page parts from it by no blank.
fn behind_bare_number(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix(|c| "一二三四五12345１２３４５".contains(c))
}

/// What follows a heading of so many characters: nothing but a hint (300字左右), or text behind its colon or closing bracket.
fn after_heading(rest: &str, length: usize, numbered: Numbered) -> Option<&str> {
    /// As many characters make a part's whole name: 工作成效, and not 成效.
    const WHOLE: usize = 4;
    let closed = rest.starts_with(['】', ']', '］', '」']);
    let bare = rest.trim_start_matches(['】', '］', '）', ')', ']', '”', '"', '*', '」']).trim_start();
    let bare = without_hint(bare);
    let after_mark = bare.trim_start_matches(['：', ':', '。', '.', '、', ' ', '\u{3000}', '\t']);
    let alone = after_mark.trim().is_empty();
    // `一、背景和意义 某某产业……`: a blank parts a part's heading from its text.
    let parted = numbered == Numbered::AsParts && length >= WHOLE && rest.starts_with(char::is_whitespace);
    let marked = closed || bare.starts_with(['：', ':', '。']) || (numbered != Numbered::No && bare.starts_with('.'));
    (alone || marked || parted).then_some(after_mark)
}

/// `（不超过300字）：…` without the brackets that say how long the part may be.
fn without_hint(rest: &str) -> &str {
    let inner = rest.strip_prefix(['（', '(']).and_then(|inner| inner.split_once(['）', ')']));
    let hint = inner.filter(|(hint, _)| hint.chars().count() <= 20 && hint.contains('字') && hint.chars().any(char::is_numeric));
    hint.map_or(rest, |(_, after)| after.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings() -> Headings {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Headings::new(&campaign::Headings {
            background: words(&["背景和意义", "案例背景", "意义"]),
            practices: words(&["主要做法", "做法", "创新点", "具体做法"]),
            results: words(&["工作成效", "成效"]),
            beside: words(&["社会影响", "创新", "取得的"]),
        })
    }

    #[test]
    fn a_heading_is_made_of_known_words() {
        let headings = headings();
        for (line, expected) in [
            ("一、背景和意义", Some((Part::Background, ""))),
            ("一 案例背景及意义", Some((Part::Background, ""))),
            ("第二部分 具体做法和创新点", Some((Part::Practices, ""))),
            ("做法与创新", Some((Part::Practices, ""))),
            ("三、取得的成效及社会影响：产值翻番", Some((Part::Results, "产值翻番"))),
            ("【主要做法、创新点】", Some((Part::Practices, ""))),
            ("【工作成效】产值翻番", Some((Part::Results, "产值翻番"))),
            ("一、案例背景（300字左右）", Some((Part::Background, ""))),
            ("◆工作成效。", Some((Part::Results, ""))),
            ("工作成效。产值翻番", Some((Part::Results, "产值翻番"))),
            ("三、工作成效 产值翻番", Some((Part::Results, "产值翻番"))),
            ("工作成效 产值翻番", None),
            ("三、成效 产值翻番", None),
            ("1.工作成效 产值翻番", None),
            ("2.创新点 突出", None),
            ("一 主要做法 组建专家服务团", None),
            ("1案例背景与意义:", Some((Part::Background, ""))),
            ("二主要做法及创新点（800字左右）", Some((Part::Practices, ""))),
            ("三成效显著", None),
            ("12意义", None),
            ("工作成效显著，产值翻番", None),
            ("主要做法得到省局肯定", None),
            ("社会影响", None),
        ] {
            assert_eq!(headings.opened_by(line), expected, "{line}");
        }
    }
}
