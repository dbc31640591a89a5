//! Numbers before words are the form's, and part no tick from its word: `√（2）标准`, `□A.计量`, `√③检验检测`.
//!
//! A number that only some of the words have is somebody's own way of choosing: `（1）计量 （ ）标准`.

use super::token::Token;
use crate::intake::text;

/// Fewer words than this may be a list of what was chosen: `1.计量 2.标准`.
const FEW: usize = 3;

/// The tokens without the numbers that stand right before words.
pub(super) fn without(tokens: Vec<Token>) -> Vec<Token> {
    let words: Vec<usize> = tokens.iter().enumerate().filter(|(_, token)| matches!(token, Token::Word(_))).map(|(at, _)| at).collect();
    let numbered = words.iter().filter(|at| is_numbered(tokens.get(..**at).unwrap_or_default())).count();
    // 其它 may have none.
    let chosen = words.len() >= FEW && (1..words.len() - 1).contains(&numbered);
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut count = 0;
    for token in tokens {
        if matches!(token, Token::Word(_)) {
            count += 1;
            let number = number_at_end(&out);
            if number > 0 && !is_answer(&out, number, count) {
                out.truncate(out.len() - number);
                out.extend(chosen.then_some(Token::Unclear("仅部分选项前有编号")));
            } else if number == 0 && !chosen {
                remove_before_ticks(&mut out, count);
            }
        }
        out.push(token);
    }
    out
}

/// `A.□计量`, `2.√标准`: the number that stands before the ticks at the end.
fn remove_before_ticks(out: &mut Vec<Token>, words: u32) {
    let before = before_ticks(out);
    let (end, number) = (before.len(), number_at_end(before));
    if end < out.len() && number > 0 && !is_answer(before, number, words) {
        out.drain(end - number..end);
    }
}

/// What stands before the ticks at the end.
fn before_ticks(tokens: &[Token]) -> &[Token] {
    let ticks = tokens.iter().rev().take_while(|token| token.is_tick() || **token == Token::Gap).count();
    tokens.get(..tokens.len() - ticks).unwrap_or_default()
}

/// Whether a number ends what stands before a word, or stands before its tick: `2.√标准`.
fn is_numbered(before: &[Token]) -> bool {
    number_at_end(before) > 0 || number_at_end(before_ticks(before)) > 0
}

/// How many tokens at the end are a number: `（2）`, `2.`, `A、`, `②`, and `2` right behind a tick.
fn number_at_end(tokens: &[Token]) -> usize {
    if let [.., tick, Token::Text(c, _)] = tokens
        && tick.is_tick()
        && is_number(text::narrow(*c))
    {
        return 1;
    }
    let mut before = tokens.iter().rev().map_while(Token::character).map(text::narrow);
    let Some(last) = before.next() else { return 0 };
    if matches!(last, '①'..='⑨' | '⑴'..='⑼') {
        return 1;
    }
    if !before.next().is_some_and(is_number) {
        return 0;
    }
    match (last, before.next()) {
        (')', Some('(')) => 3,
        // “计量□、2、标准”: marks part the items of a list.
        ('.' | '、' | ')' | '．', None | Some('、' | ',' | ';' | '，' | '；' | '/')) => 2,
        (_, _) => 0,
    }
}

/// Whether a digit that touches the word before it doesn't count the next: `计量0、标准1、`.
fn is_answer(tokens: &[Token], number: usize, words: u32) -> bool {
    let mut number = tokens.iter().rev().take(number.saturating_add(1)).rev();
    let touches = matches!(number.next(), Some(Token::Word(_)));
    let digit = number.next().and_then(Token::character).and_then(|c| text::narrow(c).to_digit(10));
    touches && digit.is_some_and(|digit| digit != words)
}

fn is_number(c: char) -> bool {
    matches!(c, '1'..='9' | 'A'..='G' | 'a'..='g' | 'Ⅰ'..='Ⅹ') || "一二三四五六七八九".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::Style;

    #[test]
    fn numbers_are_told_from_other_words() {
        let number = |content: &str| {
            let token = |c: char| if c == ' ' { Token::Gap } else { Token::Text(c, Style::default()) };
            number_at_end(&content.chars().map(token).collect::<Vec<_>>())
        };
        for (content, expected) in [("（2）", 3), (" A.", 2), (" ②", 1), ("（是）", 0), (" 2", 0), (" 12.", 0), ("", 0)] {
            assert_eq!(number(content), expected, "{content}");
        }
    }
}
