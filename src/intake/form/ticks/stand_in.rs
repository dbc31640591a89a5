//! Characters that tick only where they stand: in brackets, or beside a category's word.
//!
//! `（√）` and `[x]` are marks, `（ ）` is a box; 口 and O are typed for □, V and ∨ for √; þ and ¨ are what is left
//! of Wingdings when the font is lost, R and £ of Wingdings 2.

use super::glyph::Kind;
use super::token::{Token, character_mark};
use crate::intake::text;

const OPENING: [char; 8] = ['(', '[', '【', '〔', '〖', '{', '<', '〈'];
const CLOSING: [char; 8] = [')', ']', '】', '〕', '〗', '}', '>', '〉'];
/// The most tokens within brackets that hold a tick.
const LONGEST: usize = 24;

/// Brackets around nothing but ticks and blanks become one tick.
pub(super) fn bracketed(tokens: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    // `（○）计量 （ ）标准`: a ring that only some brackets hold says something.
    let (mut ringed, mut bare) = (Vec::new(), false);
    while let Some(token) = tokens.get(at) {
        at += 1;
        let rest = tokens.get(at..).unwrap_or_default();
        match opened(token, rest) {
            Some((length, tick)) => {
                match rest.iter().take(length).any(|token| *token == Token::Box) {
                    true if tick == Token::Box => ringed.push(out.len()),
                    true => {}
                    false => bare |= tick == Token::Box,
                }
                out.push(tick);
                at += length + 1;
            }
            None => out.push(*token),
        }
    }
    for at in ringed.into_iter().filter(|_| bare) {
        if let Some(ring) = out.get_mut(at) {
            *ring = Token::Unclear("选项旁有不能辨认的符号");
        }
    }
    out
}

/// How many tokens stand in the brackets that begin here, and what they come to.
fn opened(token: &Token, rest: &[Token]) -> Option<(usize, Token)> {
    let kind = OPENING.iter().position(|bracket| is_bracket(token, *bracket))?;
    let end = rest.iter().take(LONGEST).position(|token| CLOSING.get(kind).is_some_and(|bracket| is_bracket(token, *bracket)))?;
    // A square of fewer blanks than a character is a bracket around nothing: 计量[]
    let mut found = Token::Box;
    for token in rest.get(..end)? {
        let seen = match token {
            Token::Box | Token::Gap | Token::Break => continue,
            Token::Mark(_) | Token::Unclear(_) => *token,
            Token::Text(c, style) if !style.strike => letter(*c)?,
            Token::Text(..) | Token::Word(_) => return None,
        };
        found = if found == Token::Box { seen } else { Token::Unclear("括号内有多个符号") };
    }
    Some((end, found))
}

fn is_bracket(token: &Token, bracket: char) -> bool {
    token.character().is_some_and(|c| text::narrow(c) == bracket || c == bracket)
}

/// A letter in brackets that stands for a tick.
fn letter(c: char) -> Option<Token> {
    match text::narrow(c) {
        'x' | 'X' => Some(character_mark(Kind::BoxedCross, c)),
        'v' | 'V' | '*' | '∨' | 'Ⅴ' | 'ν' | '勾' | '对' => Some(character_mark(Kind::Check, c)),
        '×' | '✕' | '错' => Some(character_mark(Kind::Cross, c)),
        _ => None,
    }
}

/// What stands for a tick beside a category's word.
pub(super) fn beside_words(tokens: Vec<Token>) -> Vec<Token> {
    let beside: Vec<Option<char>> =
        (0..tokens.len()).map(|at| tokens.get(at).and_then(Token::character).filter(|_| is_beside(&tokens, at))).collect();
    let times = |wanted: &str| beside.iter().flatten().filter(|c| wanted.contains(**c)).count();
    let letters_for_boxes = times("Oo0〇ロ") >= 2;
    let wingdings_2 = times("£") > 0;
    let stand_in = |token: &Token, c: Option<char>| match c? {
        '口' | '囗' | '¨' | '£' => Some(Token::Box),
        'O' | 'o' | '0' | '〇' | 'ロ' if letters_for_boxes => Some(Token::Box),
        'V' | 'v' | 'Ｖ' | 'ｖ' | '∨' | 'Ⅴ' | 'ν' | 'þ' | 'ü' => Some(of(Kind::Check, token)),
        'R' | 'P' if wingdings_2 => Some(of(Kind::Check, token)),
        'ý' => Some(of(Kind::BoxedCross, token)),
        '×' | 'X' | 'x' | 'û' => Some(of(Kind::Cross, token)),
        c if is_symbol(c) => Some(Token::Unclear("选项旁有不能辨认的符号")),
        _ => None,
    };
    tokens.iter().zip(&beside).map(|(token, c)| stand_in(token, *c).unwrap_or(*token)).collect()
}

/// Whether a character is drawn and not written: an arrow, a dingbat, a picture, or a symbol font's own.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{245f}' | '\u{2580}'..='\u{2bff}' | '\u{e000}'..='\u{f8ff}' | '\u{1f000}'..='\u{1faff}')
}

fn of(kind: Kind, token: &Token) -> Token {
    match token {
        Token::Text(_, style) if style.strike => Token::Unclear("勾选符号被划去"),
        Token::Text(c, _) => character_mark(kind, *c),
        other => *other,
    }
}

/// Whether a character stands alone beside a word, or before a mark.
fn is_beside(tokens: &[Token], at: usize) -> bool {
    let next = tokens.get(at + 1..).unwrap_or_default().iter().find(|token| **token != Token::Gap);
    let previous = at.checked_sub(1).and_then(|before| tokens.get(before));
    let alone = !previous.and_then(Token::character).is_some_and(char::is_alphanumeric);
    let after = tokens.get(at + 1).and_then(Token::character).is_some_and(char::is_alphanumeric);
    alone && !after && (matches!(next, Some(Token::Word(_) | Token::Mark(_))) || matches!(previous, Some(Token::Word(_) | Token::Box)))
}
