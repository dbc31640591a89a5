//! The text beside 其它.

use super::pairing::{Choosable, State};
use super::token::Token;
use super::words::is_other;
use crate::model::campaign::Category;

/// What its ticks say; none where the word doesn't stand there.
pub(super) fn state(options: &[Choosable]) -> Option<State> {
    options.iter().rev().find(|option| option.word.category == Category::Other).map(|option| option.state)
}

/// Whether something was written behind it.
pub(super) fn is_written(tokens: &[Token]) -> bool {
    says(behind(tokens))
}

/// Whether something was written on its own line.
pub(super) fn is_written_beside(tokens: &[Token]) -> bool {
    says(behind(tokens).split(|token| *token == Token::Break).next().unwrap_or_default())
}

fn behind(tokens: &[Token]) -> &[Token] {
    tokens.iter().rposition(is_other).and_then(|at| tokens.get(at + 1..)).unwrap_or_default()
}

fn says(tokens: &[Token]) -> bool {
    // “其它（如知识产权等）” is a hint.
    let hints = |text: &str| ["如", "例如", "请", "可"].iter().any(|head| text.starts_with(head));
    of(tokens).is_some_and(|text| !hints(&text) && !["无", "暂无", "没有", "略"].contains(&text.as_str()))
}

/// What is written there, if anything is.
pub(super) fn text(tokens: &[Token]) -> Option<String> {
    let last = tokens.iter().rposition(is_other).and_then(|at| of(tokens.get(at + 1..)?));
    last.or_else(|| of(tokens.get(tokens.iter().position(is_other)? + 1..)?))
}

fn of(tokens: &[Token]) -> Option<String> {
    // “其它（√）能源管理”, “其它□√ 能源管理”: the text may stand behind the ticks of a word whose ticks follow it.
    let leads = |token: &Token| token.is_blank() || token.character().is_some_and(|c| matches!(c, ':' | '：' | '_' | '＿'));
    let start = tokens.iter().position(|token| !leads(token)).unwrap_or_default();
    let ticks = tokens.iter().skip(start).take_while(|token| token.is_tick());
    let marked = ticks.clone().any(|token| matches!(token, Token::Mark(_)));
    let own_ticks = if marked { start + ticks.count() } else { 0 };
    let last = !tokens.iter().any(|token| matches!(token, Token::Word(_)));
    let content: String = tokens
        .iter()
        .skip(if last { own_ticks } else { 0 })
        .take_while(|token| !token.is_tick() && !matches!(token, Token::Word(_)))
        .map(|token| token.character().unwrap_or(' '))
        .collect();
    let content = content.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let bare = content.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '_' | '＿' | '-' | '—' | ':' | '：' | '(' | ')' | '（' | '）' | '、' | '，' | '。' | '；')
    });
    let says = !bare.is_empty()
        && !["请注明", "请说明", "注明", "请填写", "具体", "填写"].contains(&bare)
        && bare.chars().any(char::is_alphanumeric);
    says.then(|| bare.to_owned())
}
