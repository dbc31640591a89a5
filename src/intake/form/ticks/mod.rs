//! 案例分类: which words are ticked, by every habit of ticking.
//!
//! A tick stands before its word or after it, beside or over a box, or in brackets; sometimes only the
//! chosen word is left. What could be a tick but need not be is *doubt*, never a guess. In five steps:
//!
//! 1. `token`: the cell's lines into boxes, marks and characters (`glyph`; rows of ticks by `columns`);
//! 2. `instructions`: “在□内打√” ticks nothing;
//! 3. `stand_in`, `words` and `numbering`: brackets and letters into ticks, characters into categories, numbers left out
//!    (`answers`: 是 and 否, and ticks behind colons);
//! 4. `pairing`: ticks to words;
//! 5. `choose`: words and ticks into a choice, or a doubt (`set_off`); `other` reads the text beside 其它.

mod answers;
mod choose;
mod columns;
mod glyph;
mod instructions;
mod numbering;
mod other;
#[cfg(test)]
mod own_ways;
mod pairing;
mod set_off;
mod stand_in;
#[cfg(test)]
mod tests;
mod token;
mod words;

use crate::intake::form::locate::Line;
use crate::intake::text::simplified;
use crate::model::campaign::{Category, CategoryRule};
use crate::model::document::Document;
use choose::Around;
use columns::Holds;
use glyph::Kind;
use token::Token;

/// The choice, and whether a person has to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The ticked categories in the form's order.
    pub categories: Vec<Category>,
    /// The text beside 其它.
    pub other: Option<String>,
    /// Why a person has to look, if so.
    pub doubt: Option<&'static str>,
    /// Whether every word of the form has a box of its own, and all are empty.
    pub unticked: bool,
    /// Why it was read so.
    pub because: String,
}

/// Reads the category cell of a document.
pub fn read(lines: &[Line], document: &Document, rules: &[CategoryRule]) -> Choice {
    let in_lines = columns::by_column(lines, |line| holds(line, rules));
    let tokens = normal(words(&in_lines, rules));
    let mut choice = choose::choose(&pairing::pair(&tokens), &tokens, &Around::of(lines, document), rules);
    choice.categories.sort_by_key(|category| rules.iter().position(|rule| rule.id == *category));
    choice.categories.dedup();
    settle_other(&mut choice, other::text(&tokens), rules);
    choice
}

/// Whether a character is a box or a mark.
pub fn is_tick(c: char) -> bool {
    glyph::is_box(c) || glyph::mark(c).is_some()
}

fn words(lines: &[Line], rules: &[CategoryRule]) -> Vec<Token> {
    let tokens = instructions::without(&token::of(lines));
    let joined = numbering::without(words::joined(stand_in::bracketed(&tokens), rules));
    answers::behind_words(stand_in::beside_words(joined))
}

fn holds(line: &Line, rules: &[CategoryRule]) -> Holds {
    let tokens = words(std::slice::from_ref(line), rules);
    let has = |test: fn(&Token) -> bool| tokens.iter().any(test);
    match (has(|token| matches!(token, Token::Word(_))), has(Token::is_tick)) {
        (true, _) => Holds::Words,
        (false, true) => Holds::Ticks,
        (false, false) => Holds::Nothing,
    }
}

/// ●计量 ●标准 …: a bullet before every word ticks none of them, and beside other marks it is a box.
fn normal(mut tokens: Vec<Token>) -> Vec<Token> {
    let count = |test: &dyn Fn(&Token) -> bool| tokens.iter().filter(|token| test(token)).count();
    let words = count(&|token| matches!(token, Token::Word(_)));
    let fill = |token: &Token| matches!(token, Token::Mark(mark) if mark.kind == Kind::Fill);
    let fills = count(&fill);
    if words < 4 || fills < words {
        return tokens;
    }
    let others = count(&|token| matches!(token, Token::Mark(_))) > fills;
    let instead = if others { Token::Box } else { Token::Unclear("各选项前的符号相同，不能判断勾选了哪一项") };
    tokens.iter_mut().filter(|token| fill(token)).for_each(|token| *token = instead);
    tokens
}

/// 知识产权 arrives as 其它: it replaces `other`, whose text stays.
fn settle_other(choice: &mut Choice, other: Option<String>, rules: &[CategoryRule]) {
    if !choice.categories.contains(&Category::Other) {
        return;
    }
    choice.other = other;
    let property = rules.iter().find(|rule| rule.id == Category::IntellectualProperty);
    // A narrow cell breaks words: 知识产⏎权保护.
    let whole: Option<String> = choice.other.as_deref().map(|text| text.chars().filter(|c| !c.is_whitespace()).map(simplified).collect());
    let Some((property, content)) = property.zip(whole) else { return };
    if std::iter::once(&property.label).chain(&property.aliases).any(|word| content.contains(word.as_str())) {
        choice.categories.retain(|category| !matches!(category, Category::Other | Category::IntellectualProperty));
        choice.categories.push(Category::IntellectualProperty);
    }
}
