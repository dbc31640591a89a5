//! Words with an answer each behind them: `计量：√  标准：`, `计量 □是 ☑否`, `计量：是  标准：否`, `计量Y 标准N`, `计量__√__ 标准____`.
//!
//! The answer becomes a tick that touches its word, so that it can be nobody else's.

use super::glyph::Kind;
use super::token::{Token, character_mark};
use super::words::{is_colon, is_other};
use crate::intake::text;

/// Answers that say that a word is chosen.
const YES: &str = "是有YyＹｙ";
/// Answers that say that it isn't.
const NO: &str = "否无NnＮｎ";

/// The tokens with every answer as a tick behind its word.
pub(super) fn behind_words(tokens: Vec<Token>) -> Vec<Token> {
    let words: Vec<usize> = tokens.iter().enumerate().filter(|(_, token)| matches!(token, Token::Word(_))).map(|(at, _)| at).collect();
    let Some(first) = words.first().filter(|_| words.len() > 1) else { return tokens };
    let head = tokens.get(..*first).unwrap_or_default();
    let ends = words.iter().skip(1).copied().chain([tokens.len()]);
    let parts: Vec<&[Token]> = words.iter().zip(ends).filter_map(|(word, end)| tokens.get(*word..end)).collect();
    // `□计量：  □认证：√`: the mark at the colon is this word's, and the box that follows is the next one's.
    if head.iter().any(Token::is_tick) {
        return head.iter().copied().chain(parts.into_iter().flat_map(without_marked_colon)).collect();
    }
    if let Some(told) = parts.iter().map(|part| yes_or_no(part).or_else(|| left_open(part))).collect::<Option<Vec<_>>>() {
        return head.iter().copied().chain(told.into_iter().flatten()).collect();
    }
    if let Some(filled) = parts.iter().map(|part| filled_in(part)).collect::<Option<Vec<_>>>() {
        return head.iter().copied().chain(filled.into_iter().flatten()).collect();
    }
    // A colon behind one word (其它：) is the form's; behind several it leads to what is told of each.
    if parts.iter().filter(|part| part.get(1).is_some_and(is_colon)).count() > 1 {
        return head.iter().copied().chain(parts.into_iter().flat_map(without_colon)).collect();
    }
    tokens
}

/// `Word：√`, and `Word： √ ` where a blank parts it from the next word.
fn without_colon(part: &[Token]) -> Vec<Token> {
    let [word, colon, rest @ ..] = part else { return part.to_vec() };
    let blanks = rest.iter().take_while(|token| **token == Token::Gap).count();
    let ticks = rest.get(blanks..).unwrap_or_default();
    let behind = ticks.get(ticks.iter().take_while(|token| token.is_tick()).count()..).unwrap_or_default();
    let own = ticks.first().is_some_and(Token::is_tick) && (blanks == 0 || !behind.is_empty());
    match is_colon(colon) && own {
        true => [*word].into_iter().chain(ticks.iter().copied()).collect(),
        false => part.to_vec(),
    }
}

/// `Word：√` where the mark touches the colon and nothing else.
fn without_marked_colon(part: &[Token]) -> Vec<Token> {
    match part {
        [word, colon, mark @ Token::Mark(_), rest @ ..] if is_colon(colon) && rest.first().is_none_or(Token::is_blank) => {
            [*word, *mark].into_iter().chain(rest.iter().copied()).collect()
        }
        _ => part.to_vec(),
    }
}

/// `计量__√__  标准____`: a word with a blank of its own to be ticked. What stands in that of 其它 is its text.
fn filled_in(part: &[Token]) -> Option<Vec<Token>> {
    let line = |token: &Token| token.character().is_some_and(|c| text::narrow(c) == '_');
    let (word, rest) = part.split_first()?;
    rest.first().filter(|token| line(token))?;
    let length = rest.iter().take_while(|token| line(token) || token.is_tick()).count();
    let (blank, behind) = rest.split_at_checked(length)?;
    let answer = match blank.iter().filter(|token| token.is_tick()).collect::<Vec<_>>().as_slice() {
        [] if is_other(word) && behind.iter().any(|token| token.character().is_some_and(char::is_alphanumeric)) => {
            return Some(part.to_vec());
        }
        [] => Token::Box,
        [mark] => **mark,
        _ => return None,
    };
    Some([*word, answer].into_iter().chain(behind.iter().copied()).collect())
}

/// A word with 是 or 否 (Y or N, 有 or 无) behind it, or both with a box each, if that is all that stands there.
fn yes_or_no(part: &[Token]) -> Option<Vec<Token>> {
    let (word, rest) = part.split_first()?;
    let mut seen: Vec<Token> = Vec::new();
    let mut used = 0;
    for token in rest {
        match token {
            Token::Gap | Token::Break => {}
            Token::Text(c, style) if (YES.contains(*c) || NO.contains(*c)) && !style.strike => seen.push(*token),
            token if token.is_tick() => seen.push(*token),
            token if token.character().is_some_and(|c| !c.is_alphanumeric() && c != '_') => {}
            _ => break,
        }
        used += 1;
    }
    let behind = rest.get(used..).unwrap_or_default();
    if behind.first().and_then(Token::character).is_some_and(char::is_alphanumeric) {
        return None;
    }
    let is = |token: &Token, words: &str| token.character().is_some_and(|c| words.contains(c));
    let answer = match seen.as_slice() {
        [Token::Text(yes, _)] if YES.contains(*yes) => character_mark(Kind::Check, *yes),
        [no] if is(no, NO) => Token::Box,
        [one, yes, other, no] | [yes, one, no, other] if is(yes, YES) && is(no, NO) => either(*one, *other),
        _ => return None,
    };
    Some([*word, answer].into_iter().chain(behind.iter().copied()).chain([Token::Gap]).collect())
}

/// `其它____` behind words that are all answered.
fn left_open(part: &[Token]) -> Option<Vec<Token>> {
    let (word, rest) = part.split_first()?;
    let says = |token: &Token| token.is_tick() || token.character().is_some_and(char::is_alphanumeric);
    (is_other(word) && !rest.iter().any(says)).then(|| [*word, Token::Box].into_iter().chain(rest.iter().copied()).collect())
}

/// What the ticks of 是 and of 否 say together.
fn either(yes: Token, no: Token) -> Token {
    match (yes, no) {
        (mark @ Token::Mark(_), Token::Box) => mark,
        (Token::Box, Token::Mark(_) | Token::Box) => Token::Box,
        _ => Token::Unclear("“是”“否”的勾选不一致"),
    }
}
