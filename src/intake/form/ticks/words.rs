//! Characters of the cell join into categories' words.

use super::token::{Token, Word};
use crate::intake::text;
use crate::model::campaign::{Category, CategoryRule};
use crate::model::document::Style;

/// Whether blanks may stand within a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spacing {
    Any,
    None,
}

struct Known {
    spelling: Vec<char>,
    category: Category,
    spacing: Spacing,
}

/// Joins characters into category words (blanks inside don't matter: 其 它).
///
/// After 其它 everything up to the next box or mark is its text, so that “计量+标准综合服务” ticks nothing.
pub(super) fn joined(tokens: Vec<Token>, rules: &[CategoryRule]) -> Vec<Token> {
    let known = known(rules);
    let mut out = Vec::new();
    let mut at = 0;
    let mut in_other = false;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        let found = if in_other { None } else { known.iter().find_map(|word| word.at(rest)) };
        match (token, found) {
            (Token::Text(..), Some((used, word))) => {
                out.push(Token::Word(word));
                in_other = word.category == Category::Other;
                at += used;
                continue;
            }
            (Token::Box | Token::Mark(_) | Token::Unclear(_), _) => {
                // The last ticks of all, right behind 其它, are its own: “其它（√）专利导航”, “其它：√ 专利导航”.
                let cluster = rest.iter().take_while(|token| token.is_tick()).count();
                let (cluster, behind) = rest.split_at_checked(cluster).unwrap_or_default();
                let own = cluster.iter().any(|tick| *tick != Token::Box)
                    && out.iter().rev().find(|token| !token.is_blank() && !is_colon(token)).is_some_and(is_other);
                in_other = in_other && own && !behind.iter().any(Token::is_tick);
                out.extend(cluster);
                at += cluster.len();
                continue;
            }
            (Token::Text(..) | Token::Gap | Token::Break | Token::Word(_), _) => out.push(*token),
        }
        at += 1;
    }
    out
}

/// Whether it is a colon.
pub(super) fn is_colon(token: &Token) -> bool {
    token.character().is_some_and(|c| text::narrow(c) == ':')
}

/// Whether it is the word 其它.
pub(super) fn is_other(token: &Token) -> bool {
    matches!(token, Token::Word(Word { category: Category::Other, .. }))
}

/// All words, longest first. The form's own may be spaced out (其 它); “计量 标准” are two of them, and not 计量标准.
fn known(rules: &[CategoryRule]) -> Vec<Known> {
    let spelled = |word: &str| word.chars().map(text::narrow).collect::<Vec<char>>();
    let mut known: Vec<Known> = Vec::new();
    for rule in rules {
        known.push(Known { spelling: spelled(&rule.label), category: rule.id, spacing: Spacing::Any });
        for word in &rule.aliases {
            let spacing = if word.chars().count() <= 2 { Spacing::Any } else { Spacing::None };
            known.push(Known { spelling: spelled(word), category: rule.id, spacing });
        }
    }
    known.retain(|word| !word.spelling.is_empty());
    known.sort_by_key(|word| std::cmp::Reverse(word.spelling.len()));
    known
}

impl Known {
    /// How many tokens spell the word, if they begin with it.
    fn at(&self, tokens: &[Token]) -> Option<(usize, Word)> {
        let mut wanted = self.spelling.iter();
        let mut next = wanted.next();
        let mut any = Style::default();
        let mut all = Style { bold: true, underline: true, strike: true, marked: true };
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Gap | Token::Break if at > 0 && self.spacing == Spacing::Any => {}
                Token::Text(c, style) => {
                    if next != Some(&text::simplified(text::narrow(*c))) {
                        return None;
                    }
                    any = either(any, *style);
                    all = both(all, *style);
                    next = wanted.next();
                    if next.is_none() {
                        return Some((at + 1, Word { category: self.category, any, all }));
                    }
                }
                Token::Gap | Token::Break | Token::Box | Token::Mark(_) | Token::Unclear(_) | Token::Word(_) => return None,
            }
        }
        None
    }
}

fn either(one: Style, other: Style) -> Style {
    Style {
        bold: one.bold || other.bold,
        underline: one.underline || other.underline,
        strike: one.strike || other.strike,
        marked: one.marked || other.marked,
    }
}

fn both(one: Style, other: Style) -> Style {
    Style {
        bold: one.bold && other.bold,
        underline: one.underline && other.underline,
        strike: one.strike && other.strike,
        marked: one.marked && other.marked,
    }
}
