//! Whether a line's end broke a word of letters, or parts two words that had a blank between them.
//!
//! Word processors end lines at blanks, and some drop the blank; browsers and programs that place characters themselves
//! break wherever a line is full. What the same text writes elsewhere decides, then how words of letters usually look.

use super::lines::Line;
use crate::model::document::Inline;
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// The words of letters and digits that stand within lines, touching no line's end; gathered when first asked for.
pub(super) struct Words<'a> {
    lines: &'a [Line],
    known: OnceCell<BTreeSet<String>>,
}

impl<'a> Words<'a> {
    pub(super) fn of(lines: &'a [Line]) -> Words<'a> {
        Words { lines, known: OnceCell::new() }
    }

    fn knows(&self, word: &str) -> bool {
        self.known.get_or_init(|| self.lines.iter().flat_map(within).collect()).contains(word)
    }

    /// Whether a blank parts what a line ends with from what the next one begins with.
    pub(super) fn parted(&self, before: &str, after: &str) -> bool {
        let one: String = before.chars().rev().take_while(char::is_ascii_alphanumeric).collect::<Vec<_>>().into_iter().rev().collect();
        let other: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
        if one.is_empty() || other.is_empty() || self.knows(&format!("{one}{other}")) {
            return false;
        }
        let all = |word: &str, is: fn(&char) -> bool| word.chars().all(|c| is(&c));
        let letters = |word: &str| all(word, char::is_ascii_alphabetic);
        let capitals = |word: &str| all(word, char::is_ascii_uppercase);
        match (letters(&one), letters(&other)) {
            // CNA⏎S; two names beside each other stand elsewhere, too.
            (true, true) => !(capitals(&one) && capitals(&other)) || self.knows(&one) && self.knows(&other),
            // ISO⏎9001; but 2021Y⏎FF0600101 is one number.
            (true, false) => capitals(&one) && one.len() >= 2 && other.len() >= 3 && all(&other, char::is_ascii_digit),
            (false, _) => false,
        }
    }
}

/// The words of a line that touch neither of its ends.
fn within(line: &Line) -> Vec<String> {
    let text = Inline::text(&line.inlines());
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let inner = text.trim().trim_start_matches(is_part).trim_end_matches(is_part);
    inner.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
