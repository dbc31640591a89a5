//! Words that signs set off from the others: `计量 【标准】 检验检测`, `*标准`, `“标准”`.
//!
//! Nobody can tell whether that is a choice, but something it means.

use super::token::Token;
use crate::intake::text;
use crate::model::campaign::Category;

/// Signs around a word, in pairs.
const PAIRS: [(char, char); 10] =
    [('(', ')'), ('[', ']'), ('【', '】'), ('〔', '〕'), ('<', '>'), ('{', '}'), ('“', '”'), ('"', '"'), ('‘', '’'), ('《', '》')];
/// Signs beside a word.
const SIGNS: &str = "*＊~～>#";

/// Whether some words are set off, and others aren't. 其它 has a blank to fill in, and tells nothing.
pub(super) fn is_any(tokens: &[Token]) -> bool {
    let words = tokens.iter().enumerate().filter_map(|(at, token)| match token {
        Token::Word(word) if word.category != Category::Other => Some(at),
        _ => None,
    });
    let set_off: Vec<bool> = words.map(|at| is_set_off(tokens, at)).collect();
    set_off.contains(&true) && set_off.contains(&false)
}

fn is_set_off(tokens: &[Token], at: usize) -> bool {
    let character = |at: Option<usize>| at.and_then(|at| tokens.get(at)).and_then(Token::character).map(text::narrow);
    let (before, after) = (character(at.checked_sub(1)), character(at.checked_add(1)));
    let sign = |c: Option<char>| c.is_some_and(|c| SIGNS.contains(c));
    let paired = |open: char, close: char| PAIRS.contains(&(open, close));
    sign(before) || sign(after) || before.zip(after).is_some_and(|(open, close)| paired(open, close))
}
