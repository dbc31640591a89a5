//! The lines of the category cell become boxes, marks, gaps and characters.

use super::glyph::{self, Kind};
use crate::intake::form::locate::Line;
use crate::model::campaign::Category;
use crate::model::document::{Inline, Style, Text, Tick, TickSource};

/// How many pieces of the cell are looked at: no unit's choice is longer.
const LONGEST: usize = 4000;

/// A piece of the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// An empty box.
    Box,
    /// Something that ticks.
    Mark(Mark),
    /// A mark that doesn't tell what it says.
    Unclear(&'static str),
    /// A category's word.
    Word(Word),
    /// A character.
    Text(char, Style),
    /// A blank.
    Gap,
    /// The end of a line.
    Break,
}

/// A mark as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// What it can be trusted to say.
    pub(super) kind: Kind,
    /// What it was, for the trace.
    pub(super) shown: char,
    /// What it was made of.
    pub(super) source: TickSource,
}

/// A category's word and how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Which category.
    pub(super) category: Category,
    /// The emphasis that any of its characters has.
    pub(super) any: Style,
    /// The emphasis that all of its characters have.
    pub(super) all: Style,
}

impl Token {
    /// The character, where it is one.
    pub(super) fn character(&self) -> Option<char> {
        match self {
            Token::Text(c, _) => Some(*c),
            Token::Box | Token::Mark(_) | Token::Unclear(_) | Token::Word(_) | Token::Gap | Token::Break => None,
        }
    }

    /// Whether it ticks, or could be ticked.
    pub(super) fn is_tick(&self) -> bool {
        matches!(self, Token::Box | Token::Mark(_) | Token::Unclear(_))
    }

    /// Whether it is a blank or the end of a line.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Token::Gap | Token::Break)
    }
}

/// A mark that is a character.
pub(super) fn character_mark(kind: Kind, shown: char) -> Token {
    Token::Mark(Mark { kind, shown, source: TickSource::Character })
}

/// Cuts lines into tokens, each line ended by a break.
pub(super) fn of(lines: &[Line]) -> Vec<Token> {
    let mut out = Vec::new();
    for line in lines {
        for inline in &line.inlines {
            match inline {
                Inline::Tick(tick) => out.push(of_tick(*tick)),
                Inline::Text(run) => of_text(run, &mut out),
                Inline::Picture(_) => {}
            }
            if out.len() > LONGEST {
                out.truncate(LONGEST);
                return out;
            }
        }
        out.push(Token::Break);
    }
    out
}

fn of_tick(tick: Tick) -> Token {
    match (tick.checked, tick.source) {
        (_, TickSource::Contradicted) => Token::Unclear("复选框的状态与所显示的字符不一致"),
        (true, source) => Token::Mark(Mark { kind: Kind::Check, shown: '☑', source }),
        (false, TickSource::ContentControl | TickSource::FormField | TickSource::SymbolFont | TickSource::Character) => Token::Box,
    }
}

fn of_text(run: &Text, out: &mut Vec<Token>) {
    for c in run.text.chars() {
        match c {
            c if glyph::is_invisible(c) => {}
            c if glyph::encloses(c) => enclose(out),
            c if glyph::strikes(c) => strike(out),
            '\n' => out.push(Token::Break),
            // Of two blanks the narrower says what belongs together.
            c if c.is_whitespace() => out.extend(std::iter::repeat_n(Token::Gap, blanks_in(c))),
            c => out.push(of_character(c, run.style)),
        }
        if out.len() > LONGEST {
            return;
        }
    }
}

/// How many blanks of a letter's width a character is.
fn blanks_in(c: char) -> usize {
    match c {
        '\t' => 4,
        '\u{3000}' | '\u{2003}' => 2,
        _ => 1,
    }
}

/// One character: a box, a mark, a gap, or itself.
pub(super) fn of_character(c: char, style: Style) -> Token {
    match glyph::mark(c) {
        Some(_) if style.strike => Token::Unclear("勾选符号被划去"),
        Some(kind) => character_mark(kind, c),
        None if glyph::is_box(c) => Token::Box,
        None if c.is_whitespace() => Token::Gap,
        None => Token::Text(c, style),
    }
}

/// A ring or box drawn around the last character: around a mark it changes nothing, around nothing it is a box,
/// and around a word it is emphasis.
fn enclose(out: &mut Vec<Token>) {
    match out.last_mut() {
        Some(Token::Text(_, style)) => style.marked = true,
        Some(token @ Token::Gap) => *token = Token::Box,
        Some(Token::Mark(mark)) if mark.kind == Kind::Cross => mark.kind = Kind::BoxedCross,
        Some(Token::Mark(_) | Token::Unclear(_) | Token::Box | Token::Word(_)) => {}
        Some(Token::Break) | None => out.push(Token::Box),
    }
}

fn strike(out: &mut [Token]) {
    match out.last_mut() {
        Some(Token::Text(_, style)) => style.strike = true,
        Some(token @ Token::Mark(_)) => *token = Token::Unclear("勾选符号被划去"),
        Some(Token::Gap | Token::Break | Token::Unclear(_) | Token::Box | Token::Word(_)) | None => {}
    }
}
