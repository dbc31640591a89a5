//! The place where a case was found: a part of its text around the first word that was looked for.

use super::tokens::fold;
use serde::Serialize;
use std::ops::Range;

/// Characters before the word, and of the whole.
const BEFORE: usize = 12;
const LENGTH: usize = 60;

/// Where a case was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// 案例题目.
    Title,
    /// 报送单位.
    Unit,
    /// 案例介绍.
    Introduction,
    /// 证明材料.
    Evidence,
}

/// A part of a text, and where in it the words stand (in bytes).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The part, on one line.
    pub text: String,
    /// The words, in order and apart.
    pub marks: Vec<Range<usize>>,
    /// How many of the words stand anywhere in the text.
    pub words: usize,
}

/// The part of a text around the first of these words; none where it holds none.
pub fn snippet(text: &str, words: &[String]) -> Option<Snippet> {
    let characters: Vec<char> = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect();
    let folded: Vec<char> = characters.iter().copied().map(fold).collect();
    let words: Vec<Vec<char>> =
        words.iter().map(|word| word.chars().map(fold).collect()).filter(|word: &Vec<char>| !word.is_empty()).collect();
    let first = words.iter().filter_map(|word| find(&folded, word, 0)).min()?;
    let start = first.saturating_sub(BEFORE);
    let end = characters.len().min(start.saturating_add(LENGTH));
    let shown = characters.get(start..end)?;
    let mut out = Snippet { words: words.iter().filter(|word| find(&folded, word, 0).is_some()).count(), ..Snippet::default() };
    if start > 0 {
        out.text.push('…');
    }
    let ahead = out.text.len();
    let offset = |at: usize| ahead.saturating_add(shown.iter().take(at).map(|c| c.len_utf8()).sum());
    out.marks = marks(folded.get(start..end)?, &words).into_iter().map(|mark| offset(mark.start)..offset(mark.end)).collect();
    out.text.extend(shown);
    if end < characters.len() {
        out.text.push('…');
    }
    Some(out)
}

/// Where the words stand; what overlaps is one.
fn marks(folded: &[char], words: &[Vec<char>]) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = Vec::new();
    for word in words {
        let mut from = 0;
        while let Some(at) = find(folded, word, from) {
            from = at.saturating_add(word.len());
            marks.push(at..from);
        }
    }
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match apart.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => apart.push(mark),
        }
    }
    apart
}

fn find(folded: &[char], word: &[char], from: usize) -> Option<usize> {
    let rest = folded.get(from..)?;
    rest.windows(word.len()).position(|window| window == word).map(|at| at.saturating_add(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_marked_where_they_stand() {
        let words = ["光电子".to_owned(), "ＧＢ".to_owned()];
        let found = snippet("一二三四五六七八九十一二三四五六\n服务光电子产业，制定gb/T 1号，光电子", &words).unwrap();
        let marked: Vec<&str> = found.marks.iter().filter_map(|mark| found.text.get(mark.clone())).collect();
        assert_eq!(marked, ["光电子", "gb", "光电子"], "{found:?}");
        assert!(found.text.starts_with('…') && !found.text.contains('\n') && found.words == 2, "{found:?}");
        assert_eq!(snippet("没有", &words), None);
        assert_eq!(snippet("任何", &[String::new()]), None);
        assert!(snippet(&"光电子".repeat(1000), &words).unwrap().text.chars().count() <= LENGTH + 2);
    }
}
