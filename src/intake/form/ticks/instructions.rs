//! The printed instructions of 案例分类 (`在相应的□内打√，可多选`), taken out of the cell before ticks are looked for.
//!
//! Their boxes and marks are nobody's choice.

use super::token::Token;
use crate::intake::text;

/// Words of an instruction in brackets.
const WORDS: [&str; 12] = ["打√", "打", "勾", "可选", "多选", "单选", "选择", "选项", "请", "注明", "填写", "划"];
/// The longest instruction in brackets.
const LONGEST: usize = 60;

/// What somebody may have put into brackets behind the word that was chosen: `□标准（勾选）`.
const CHOSEN: [&str; 9] = ["打√", "打勾", "打钩", "打", "勾选", "选择", "选中", "已勾选", "划√"];
const MEANT: Token = Token::Unclear("选项旁写有“勾选”等字样");

/// The tokens without bracketed instructions, and without the box and the mark of “在□内打√”.
pub(super) fn without(tokens: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        if let Some(length) = bracketed_instruction(token, rest) {
            out.push(if is_meant(rest, length, &out) { MEANT } else { Token::Gap });
            at += length + 1;
            continue;
        }
        let shown = match token {
            Token::Mark(_) | Token::Unclear(_) => follows_stroke(&out),
            Token::Box => rest.first().is_some_and(|next| is_one_of(next, "内中里")),
            Token::Text(..) | Token::Gap | Token::Break | Token::Word(_) => false,
        };
        out.push(if shown { Token::Gap } else { *token });
        at += 1;
    }
    out
}

/// Whether words that say more than the form prints are an instruction, and not an answer.
pub(super) fn is_instruction(words: &str) -> bool {
    ["请在", "请勾", "请选", "请打", "打勾", "勾选", "可多选", "可单选", "只选", "限选", "选项前", "填写说明", "内打", "前打"]
        .iter()
        .any(|word| words.contains(word))
}

/// Whether brackets say that the word beside them is chosen: options stand on both sides, while an instruction stands
/// at the head or the foot of the cell.
fn is_meant(rest: &[Token], length: usize, before: &[Token]) -> bool {
    let inside: String = rest.iter().take(length.saturating_sub(1)).filter_map(Token::character).collect();
    let says = |tokens: &[Token]| tokens.iter().filter_map(Token::character).any(char::is_alphabetic);
    let touches = before.last().and_then(Token::character).is_some_and(char::is_alphabetic);
    CHOSEN.contains(&inside.as_str()) && says(before) && (touches || says(rest.get(length..).unwrap_or_default()))
}

/// How many tokens follow up to the closing bracket, if the token opens an instruction.
fn bracketed_instruction(token: &Token, rest: &[Token]) -> Option<usize> {
    if !is_one_of(token, "([【〔") {
        return None;
    }
    let end = rest.iter().take(LONGEST).position(|token| is_one_of(token, ")]】〕"))?;
    let inside: String = rest.iter().take(end).filter_map(Token::character).collect();
    WORDS.iter().any(|word| inside.contains(word)).then_some(end + 1)
}

/// `打√`, `打“√”`, `划√`.
fn follows_stroke(before: &[Token]) -> bool {
    before.iter().rev().find(|token| !is_one_of(token, "“\"‘'「『")).is_some_and(|token| is_one_of(token, "打划画"))
}

fn is_one_of(token: &Token, characters: &str) -> bool {
    token.character().is_some_and(|c| characters.contains(text::narrow(c)) || characters.contains(c))
}
