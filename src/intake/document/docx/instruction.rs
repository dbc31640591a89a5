//! A field's instruction becomes what the field shows, where no result is stored with it.
//!
//! ISO/IEC 29500-1, 17.16.5 for field codes; EQ, MACROBUTTON, SYMBOL and their switches as Word documents them.
//! Every other field shows its stored result.

use super::symbols::{Glyph, SymbolFont};
use crate::model::document::{Tick, TickSource};

const BOXES: &[char] = &['□', '☐', '▢', '◻', '◽', '⬜', '○', '◯', '〇', '囗', '口'];
const MARKS: &[char] = &['√', '✓', '✔', '☑', '☒', '×', '✕', '✖', '✗', '✘', '╳', '■', '●', 'V', 'v', 'X', 'x'];

/// What a field shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::intake::document) enum Shown {
    /// A tick.
    Tick(Tick),
    /// Characters.
    Text(String),
    /// Characters with a ring or a frame around them: a word so set off may be a choice.
    Enclosed(String),
}

/// What is shown whatever result is stored.
pub(super) fn shown(instruction: &str) -> Option<Shown> {
    let (code, rest) = keyword(instruction);
    match code.to_ascii_uppercase().as_str() {
        "EQ" => equation(rest),
        // The button's label follows the macro's name.
        "MACROBUTTON" => Some(Shown::Text(keyword(rest).1.trim().to_owned())).filter(|shown| *shown != Shown::Text(String::new())),
        _ => None,
    }
}

/// What is shown if no result is stored, or a blank one.
pub(in crate::intake::document) fn shown_without_result(instruction: &str) -> Option<Shown> {
    let (code, rest) = keyword(instruction);
    if !code.eq_ignore_ascii_case("SYMBOL") {
        return shown(instruction);
    }
    let code: u8 = keyword(rest).0.parse().ok()?;
    match SymbolFont::named(rest.split('"').nth(1)?)?.glyph(code) {
        Glyph::Tick(checked) => Some(Shown::Tick(Tick { checked, source: TickSource::SymbolFont })),
        Glyph::Char(c) => Some(Shown::Text(c.into())),
        Glyph::Nothing => None,
    }
}

/// The first word, and what follows it. `EQ\o(…)` needs no blank.
fn keyword(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(|c: char| c.is_whitespace() || c == '\\').unwrap_or(text.len()))
}

/// `\o\ac(□,√)` strikes √ over □; `\x(√)` draws a box around √; `\o(\s\up 9(reading),字)` is a phonetic guide.
fn equation(code: &str) -> Option<Shown> {
    let parts = arguments(code);
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let one_of = |set: &[char]| parts.iter().any(|part| only(part, set));
    let frame = code.to_ascii_lowercase().contains("\\x");
    let tick = |checked| Some(Shown::Tick(Tick { checked, source: TickSource::Character }));
    if (one_of(BOXES) || frame) && one_of(MARKS) {
        return tick(true);
    }
    if parts.is_empty() {
        return if frame { tick(false) } else { None };
    }
    if parts.iter().all(|part| only(part, BOXES)) {
        return tick(false);
    }
    // An enclosed character keeps its inside; a fraction reads with its stroke.
    let inside = parts.iter().copied().filter(|part| !only(part, BOXES) && !only(part, &['△', '◇', '▲']));
    let enclosed = frame || parts.iter().any(|part| only(part, BOXES) || only(part, &['△', '◇', '▲']));
    let stroke = if code.to_ascii_lowercase().contains("\\f(") { "/" } else { "" };
    let inside = inside.collect::<Vec<&str>>().join(stroke);
    Some(if enclosed { Shown::Enclosed(inside) } else { Shown::Text(inside) })
}

/// What a character says by itself: a mark, an empty box, or neither.
pub(in crate::intake::document) fn state(c: char) -> Option<bool> {
    match (MARKS.contains(&c), BOXES.contains(&c)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

fn only(part: &str, set: &[char]) -> bool {
    let mut characters = part.chars();
    characters.next().is_some_and(|c| set.contains(&c)) && characters.next().is_none()
}

/// The innermost arguments in order, but not those raised or lowered (`\up`, `\do`): they are readings.
fn arguments(code: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    // Of each open parenthesis, whether it is raised or lowered; of the switch before the next, the same.
    let mut open: Vec<bool> = Vec::new();
    let mut switch: Option<bool> = None;
    let mut characters = code.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next_if(|c| !c.is_alphabetic() && *c != '*') {
                Some(literal) => push(&mut parts, literal, &open),
                None => {
                    let name: String = std::iter::from_fn(|| characters.next_if(char::is_ascii_alphabetic)).collect();
                    switch = Some(switch == Some(true) || name.eq_ignore_ascii_case("up") || name.eq_ignore_ascii_case("do"));
                }
            },
            '(' | '（' => {
                open.push(switch.take() == Some(true) || open.last() == Some(&true));
                parts.push(String::new());
            }
            ')' | '）' => {
                open.pop();
                parts.push(String::new());
            }
            ',' | '，' | ';' | '；' => parts.push(String::new()),
            // Between a switch and its parenthesis stands its operand.
            _ if switch.is_some() => {}
            c => push(&mut parts, c, &open),
        }
    }
    parts
}

fn push(parts: &mut [String], c: char, open: &[bool]) {
    if open.last() == Some(&false)
        && let Some(part) = parts.last_mut()
    {
        part.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(checked: bool) -> Option<Shown> {
        Some(Shown::Tick(Tick { checked, source: TickSource::Character }))
    }

    fn text(text: &str) -> Option<Shown> {
        Some(Shown::Text(text.into()))
    }

    #[test]
    fn a_mark_over_or_in_a_box_is_a_tick() {
        assert_eq!(shown(r" eq \o\ac(□,√)"), tick(true));
        assert_eq!(shown(r"EQ \o \ac(○,√) "), tick(true));
        assert_eq!(shown(r"eq \o\ac(√,□)"), tick(true));
        assert_eq!(shown(r"EQ\x(√)"), tick(true));
        assert_eq!(shown(r"EQ \x( )"), tick(false));
        assert_eq!(shown(r"EQ \o\ac(□, )"), tick(false));
    }

    #[test]
    fn other_equations_are_text() {
        assert_eq!(shown(r"eq \o\ac(○,1)"), Some(Shown::Enclosed("1".into())));
        assert_eq!(shown(r#"EQ \* jc2 \* "Font:宋体" \* hps10 \o\ad(\s\up 9(hàn),汉)"#), text("汉"));
        assert_eq!(shown(r"EQ \f(1,2)"), text("1/2"));
        assert_eq!(shown(" HYPERLINK \"x\""), None);
        assert_eq!(shown(""), None);
    }

    #[test]
    fn buttons_and_symbols() {
        assert_eq!(shown("MACROBUTTON NoMacro 点击 此处"), text("点击 此处"));
        let checked = Some(Shown::Tick(Tick { checked: true, source: TickSource::SymbolFont }));
        assert_eq!(shown_without_result(r#"SYMBOL 254 \f "Wingdings" \s 12"#), checked);
    }
}
