//! Which tick belongs to which word.
//!
//! A tick stands before its word or after it, beside or over a box. Where every word has exactly one on the same
//! side, counting decides; elsewhere nearness does. A tick that counting and nearness give to different words,
//! or that is as near to the one as to the other, is doubtful, never guessed.

use super::token::{Mark, Token, Word};
use super::words::is_other;
use crate::model::campaign::Category;
use std::ops::Range;

/// A word with what the ticks around it say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choosable {
    /// The word.
    pub(super) word: Word,
    /// What its ticks say.
    pub(super) state: State,
}

/// What the ticks around a word say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is none.
    NoBox,
    /// An empty box.
    Empty,
    /// A mark.
    Ticked(Mark),
    /// Something that can't be told, and why.
    Doubtful(&'static str),
}

const EITHER: &str = "勾选位置不明确";

/// On which side of its word a tick stands, all over the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before {
        /// Whether no blank parts a word from the tick of the next.
        tight: bool,
    },
    After,
    /// It must be seen at each place.
    Either {
        /// Whether a tick stands before the first word.
        leads: bool,
    },
}

/// How far two neighbours are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    Touching,
    Blanks,
    Marks,
    Lines,
    Words,
}

/// Pairs each word with its ticks.
pub(super) fn pair(tokens: &[Token]) -> Vec<Choosable> {
    let words: Vec<(usize, Word)> =
        tokens.iter().enumerate().filter_map(|(at, token)| if let Token::Word(word) = token { Some((at, *word)) } else { None }).collect();
    let places: Vec<usize> = words.iter().map(|(at, _)| *at).collect();
    let side = side(tokens, &places);
    let mut out: Vec<Choosable> = Vec::new();
    let mut from = 0;
    for (at, word) in &words {
        let between = tokens.get(from..*at).unwrap_or_default();
        let (own, next) = match out.is_empty() {
            true => (State::NoBox, first(between, side)),
            false if leads_over_the_line(tokens, from, between) && matches!(side, Side::Either { .. }) => {
                (State::Doubtful(EITHER), State::NoBox)
            }
            false => shared(between, side, word.category),
        };
        if let Some(previous) = out.last_mut() {
            previous.state = combined(previous.state, own);
        }
        out.push(Choosable { word: *word, state: next });
        from = at + 1;
    }
    if let Some(last) = out.last_mut() {
        last.state = combined(last.state, tail(tokens.get(from..).unwrap_or_default(), last.word.category, side));
    }
    out
}

/// Whether a mark ends a line of several words, with a blank before it: `计量  标准  √⏎检验检测` may tick either of two.
fn leads_over_the_line(tokens: &[Token], from: usize, between: &[Token]) -> bool {
    let above = tokens.get(..from.saturating_sub(1)).unwrap_or_default();
    let line = above.rsplit(|token| *token == Token::Break).next().unwrap_or_default();
    let blanks = |tokens: &[Token]| tokens.iter().take_while(|token| **token == Token::Gap).count();
    let behind = between.get(blanks(between)..).unwrap_or_default();
    let marks = behind.iter().take_while(|token| matches!(token, Token::Mark(_))).count();
    let rest = behind.get(marks..).unwrap_or_default();
    line.iter().any(|token| matches!(token, Token::Word(_)))
        && behind.len() < between.len()
        && marks > 0
        && rest.iter().all(Token::is_blank)
        && rest.contains(&Token::Break)
}

fn side(tokens: &[Token], words: &[usize]) -> Side {
    let ticks = |from: usize, to: usize| clusters(tokens.get(from..to).unwrap_or_default()).len();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Side::Either { leads: false } };
    let (head, tail) = (ticks(0, *first), ticks(last + 1, tokens.len()));
    let mut each: Vec<usize> = words.windows(2).filter_map(|pair| Some(ticks(*pair.first()?, *pair.last()?))).collect();
    // The form prints no box before 其它, its last word.
    if tail == 0 && each.last() == Some(&0) && tokens.get(*last).is_some_and(is_other) {
        each.pop();
    }
    let one_each = each.iter().all(|count| *count == 1);
    // □其它（　）: the room for its text is no box of its own.
    let room = tokens.get(*last).is_some_and(is_other) && state_of(tokens.get(last + 1..).unwrap_or_default()) == State::Empty;
    let tail = if (head, tail) == (1, 1) && one_each && room { 0 } else { tail };
    match (head, tail) {
        (1, 0) if one_each => {
            let tight = words.windows(2).all(|pair| pair.first().and_then(|at| tokens.get(at + 1)).is_some_and(|token| token.is_tick()));
            Side::Before { tight }
        }
        (0, 1) if one_each => Side::After,
        (head, _) => Side::Either { leads: head > 0 },
    }
}

/// The ticks before the first word.
fn first(between: &[Token], side: Side) -> State {
    let Some(last) = clusters(between).pop() else { return State::NoBox };
    let far = distance(between.get(last.end..).unwrap_or_default());
    let state = state_of(between);
    // “☑质量管理 □计量”: what ticks a word that is none of the form's ticks nothing else.
    let strangers = |cluster: &Range<usize>| between.get(cluster.end).and_then(Token::character).is_some_and(char::is_alphabetic);
    if clusters(between).iter().any(strangers) {
        return doubt_if_marked(state);
    }
    match side {
        Side::After => doubt_if_marked(state),
        Side::Either { .. } if far >= Distance::Lines => doubt_if_marked(state),
        Side::Before { .. } if far >= Distance::Words => doubt_if_marked(state),
        Side::Before { .. } | Side::Either { .. } => state,
    }
}

/// The ticks behind the last word, which may have a text between: `其它：能源√`.
fn tail(after: &[Token], category: Category, side: Side) -> State {
    let found = clusters(after);
    let Some(first) = found.first() else { return State::NoBox };
    let state = state_of(after);
    let before = after.get(..first.start).unwrap_or_default();
    let far = distance(before);
    let loose = before.last().is_some_and(Token::is_blank);
    match side {
        Side::After if far != Distance::Lines => state,
        Side::Either { leads: false } if far <= Distance::Blanks => state,
        _ if category == Category::Other && (!loose || leads_to_text(after, first)) => state,
        Side::Before { .. } | Side::After | Side::Either { .. } => doubt_if_marked(state),
    }
}

/// Whether a tick stands right before the text of 其它 in brackets: `其它 √（专利导航）`.
fn leads_to_text(after: &[Token], cluster: &Range<usize>) -> bool {
    let mut behind = after.get(cluster.end..).unwrap_or_default().iter().map_while(Token::character);
    let blank = after.get(..cluster.start).unwrap_or_default().iter().all(|token| *token == Token::Gap);
    blank && behind.next().is_some_and(|c| matches!(c, '(' | '（')) && behind.next().is_some_and(char::is_alphanumeric)
}

/// Splits the ticks between two words: those of the word before, and those of the word after.
fn shared(between: &[Token], side: Side, next: Category) -> (State, State) {
    let found = clusters(between);
    let state = |cluster: &Range<usize>| state_of(between.get(cluster.clone()).unwrap_or_default());
    let gap = |from: usize, to: usize| distance(between.get(from..to).unwrap_or_default());
    let doubt = || (State::Doubtful(EITHER), State::NoBox);
    if found.iter().any(|cluster| state(cluster) != State::Empty && belongs_to_a_stranger(between, cluster)) {
        return doubt();
    }
    match found.as_slice() {
        [] => (State::NoBox, State::NoBox),
        [only] => {
            let state = state(only);
            let (left, right) = (gap(0, only.start), gap(only.end, between.len()));
            let crossing = mark_before_box(between, only) && left == right && right == Distance::Touching;
            match (state, side) {
                (State::Empty, _) => (State::NoBox, State::Empty),
                // “计量√□标准” could be either.
                _ if crossing => doubt(),
                // Before 其它 the form prints no box: “□认证√ 其它” counts as well as “□认证 √其它”.
                (_, Side::Before { tight }) if right <= left || tight && next != Category::Other => (State::NoBox, state),
                (_, Side::After) if left <= right => (state, State::NoBox),
                (_, Side::Before { .. } | Side::After) => doubt(),
                (_, Side::Either { .. }) if left < right => (state, State::NoBox),
                (_, Side::Either { .. }) if right < left => (State::NoBox, state),
                (_, Side::Either { leads: true }) if right <= Distance::Marks => (State::NoBox, state),
                // “计量　✓ 标准　检验检测”: the narrower blank is the nearer.
                (_, Side::Either { leads: false }) if right == Distance::Blanks && only.start < between.len() - only.end => {
                    (state, State::NoBox)
                }
                (_, Side::Either { leads: false }) if right == Distance::Blanks && only.start > between.len() - only.end => {
                    (State::NoBox, state)
                }
                (_, Side::Either { .. }) => doubt(),
            }
        }
        [one, other] => {
            let (first, second) = (state(one), state(other));
            let (left, middle, right) = (gap(0, one.start), gap(one.end, other.start), gap(other.end, between.len()));
            let leads = matches!(side, Side::Before { .. } | Side::Either { leads: true });
            match (first, second) {
                (State::Empty, State::Empty) => (State::Empty, State::Empty),
                // “计量√ □标准” and “计量 √ □标准”, “计量 √□标准” being one cluster.
                (_, State::Empty) if leads && left < middle => (first, State::Empty),
                (_, State::Empty) if leads && middle < left => (State::NoBox, first),
                (State::Empty, _) if leads => (State::NoBox, second),
                (State::Empty, _) if middle < right => (second, State::NoBox),
                (State::Empty, _) if right < middle => (State::Empty, second),
                (_, State::Empty) if left <= middle && !leads => (first, State::NoBox),
                (_, State::Ticked(_) | State::Doubtful(_)) if left < middle && right < middle => (first, second),
                _ => doubt(),
            }
        }
        many => match many.iter().map(state).all(|state| state == State::Empty) {
            true => (State::Empty, State::Empty),
            false => doubt(),
        },
    }
}

/// Whether a tick touches a word that is none of the form's: “√质量管理”.
fn belongs_to_a_stranger(between: &[Token], cluster: &Range<usize>) -> bool {
    let letter = |at: Option<usize>| at.and_then(|at| between.get(at)).and_then(Token::character).is_some_and(char::is_alphabetic);
    let (after, before) = (letter(Some(cluster.end)), letter(cluster.start.checked_sub(1)));
    after && cluster.start > 0 || before && cluster.end < between.len()
}

fn mark_before_box(tokens: &[Token], cluster: &Range<usize>) -> bool {
    let ticks = tokens.get(cluster.clone()).unwrap_or_default();
    ticks.first().is_some_and(|tick| *tick != Token::Box) && ticks.last() == Some(&Token::Box)
}

/// Ticks that touch each other are one: `□√`.
fn clusters(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| token.is_tick()) {
        match out.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => out.push(at..at + 1),
        }
    }
    out
}

fn distance(between: &[Token]) -> Distance {
    let one = |token: &Token| match token {
        Token::Text(c, _) if c.is_alphabetic() => Distance::Words,
        Token::Word(_) => Distance::Words,
        Token::Break => Distance::Lines,
        Token::Text(..) => Distance::Marks,
        Token::Gap | Token::Box | Token::Mark(_) | Token::Unclear(_) => Distance::Blanks,
    };
    between.iter().map(one).max().unwrap_or(Distance::Touching)
}

fn state_of(tokens: &[Token]) -> State {
    tokens.iter().fold(State::NoBox, |state, token| match token {
        Token::Box => combined(state, State::Empty),
        Token::Mark(mark) => combined(state, State::Ticked(*mark)),
        Token::Unclear(why) => combined(state, State::Doubtful(why)),
        Token::Word(_) | Token::Text(..) | Token::Gap | Token::Break => state,
    })
}

/// What both say together. A mark in a box is a mark; a cross in one is ☒.
fn combined(one: State, other: State) -> State {
    use super::glyph::Kind;
    match (one, other) {
        (State::Doubtful(why), _) | (_, State::Doubtful(why)) => State::Doubtful(why),
        (State::Ticked(mark), State::Ticked(more)) => State::Ticked(if mark.kind <= more.kind { mark } else { more }),
        (State::Ticked(mark), State::Empty) | (State::Empty, State::Ticked(mark)) if mark.kind == Kind::Cross => {
            State::Ticked(Mark { kind: Kind::BoxedCross, ..mark })
        }
        (State::Ticked(mark), State::Empty | State::NoBox) | (State::Empty | State::NoBox, State::Ticked(mark)) => State::Ticked(mark),
        (State::Empty, State::Empty | State::NoBox) | (State::NoBox, State::Empty) => State::Empty,
        (State::NoBox, State::NoBox) => State::NoBox,
    }
}

fn doubt_if_marked(state: State) -> State {
    match state {
        State::Ticked(_) => State::Doubtful(EITHER),
        State::NoBox | State::Empty | State::Doubtful(_) => state,
    }
}
