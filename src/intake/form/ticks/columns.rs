//! Words and their ticks in cells of their own: each tick is moved behind the word that it stands beneath or beside.
//!
//! A row of words over a row of ticks; a column of words beside a column of ticks, or of 是 and 否.

use crate::intake::form::locate::Line;
use crate::model::document::{Inline, Style, Text, Tick, TickSource};
use std::borrow::Cow;

/// No form offers more choices.
const MOST: usize = 32;

/// Whether a line's own characters hold words, ticks, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Words,
    Ticks,
    Nothing,
}

/// The only line of a cell.
#[derive(Debug, Clone, Copy)]
struct Held<'a> {
    line: &'a Line,
    holds: Holds,
}

impl Held<'_> {
    /// The number of its cell in its row.
    fn cell(&self) -> Option<usize> {
        self.line.place.cell.map(|(_, _, cell)| cell)
    }
}

/// The lines as they should be read: a word with its tick a line, where a table parts them.
pub(super) fn by_column(lines: &[Line], holds: impl Fn(&Line) -> Holds) -> Cow<'_, [Line]> {
    if lines.iter().filter(|line| line.place.cell.is_some()).count() < 2 {
        return Cow::Borrowed(lines);
    }
    let held: Vec<Held<'_>> = lines.iter().map(|line| Held { line, holds: holds(line) }).collect();
    let mut rows = rows(&held);
    // What stands beside the label of a choice that stands beneath it.
    if rows.len() > 2 && rows.first().is_some_and(|first| first.iter().all(|held| held.line.is_blank())) {
        rows.remove(0);
    }
    match beneath(&rows).or_else(|| beside(&rows)) {
        Some(joined) => Cow::Owned(joined),
        None => Cow::Borrowed(lines),
    }
}

/// A row of words over a row of ticks.
fn beneath(rows: &[Vec<Held<'_>>]) -> Option<Vec<Line>> {
    let [words, ticks] = rows else { return None };
    // The cell beneath the label may be blank.
    let ticks = match ticks.split_first() {
        Some((first, rest)) if ticks.len() == words.len() + 1 && first.line.is_blank() => rest,
        _ => ticks.as_slice(),
    };
    let only = |row: &[Held<'_>], wanted: Holds| {
        row.iter().any(|held| held.holds == wanted)
            && row.iter().all(|held| matches!(held.holds, kind if kind == wanted || kind == Holds::Nothing))
    };
    let paired = words.len() == ticks.len() && words.len() <= MOST && only(words, Holds::Words) && only(ticks, Holds::Ticks);
    paired.then(|| words.iter().zip(ticks).map(|(word, tick)| with(word.line, &tick.line.inlines)).collect())
}

/// Words with their ticks in the next cell, a row for each or several in a row.
fn beside(rows: &[Vec<Held<'_>>]) -> Option<Vec<Line>> {
    let is_head = |row: &[Held<'_>]| row.iter().all(|held| held.holds == Holds::Nothing);
    let (head, rest) =
        rows.split_first().filter(|(head, rest)| is_head(head) && !rest.is_empty()).map_or((None, rows), |(head, rest)| (Some(head), rest));
    let answers = head.and_then(|head| answers(head));
    let joined: Vec<Vec<Line>> = rest
        .iter()
        .map(|row| match answers {
            Some(answers) => answered(row, answers),
            None => paired(row),
        })
        .collect::<Option<_>>()?;
    let apart = rest.iter().flatten().any(|held| held.holds == Holds::Ticks);
    (apart && rest.len() <= MOST).then(|| joined.into_iter().flatten().collect())
}

/// A row's words, each with the cell beside it.
fn paired(row: &[Held<'_>]) -> Option<Vec<Line>> {
    let is_word = |held: &Held<'_>| held.holds == Holds::Words;
    let follows = |pair: &[Held<'_>]| matches!(pair, [word, tick] if is_word(word) && !is_word(tick));
    let leads = |pair: &[Held<'_>]| matches!(pair, [tick, word] if is_word(word) && !is_word(tick));
    if row.chunks(2).all(follows) {
        return Some(row.chunks(2).filter_map(|pair| Some(with(pair.first()?.line, &pair.last()?.line.inlines))).collect());
    }
    if row.chunks(2).all(leads) {
        return Some(row.chunks(2).filter_map(|pair| Some(before(pair.last()?.line, &pair.first()?.line.inlines))).collect());
    }
    // 其它 | √ | 知识产权, where a line each has one word only.
    let (first, others) = row.split_first().filter(|(first, others)| is_word(first) && !others.iter().any(is_word))?;
    let rest: Vec<Inline> = others.iter().flat_map(|held| held.line.inlines.iter().cloned()).collect();
    Some(vec![with(first.line, &rest)])
}

/// How far the columns of 是 and 否 stand from the word's. A label's cell may stand before the first row's, and a blank
/// cell may have no line: cells are counted, not lines.
fn answers(head: &[Held<'_>]) -> Option<(usize, usize)> {
    let at = |wanted: &str| head.iter().find(|held| held.line.text().trim() == wanted).and_then(Held::cell);
    let (yes, no) = (at("是")?, at("否")?);
    let first = head.first().and_then(Held::cell).filter(|first| *first < yes.min(no));
    let word = first.or_else(|| yes.min(no).checked_sub(1))?;
    Some((yes.checked_sub(word)?, no.checked_sub(word)?))
}

/// A row's word, with what the tick's column says.
fn answered(row: &[Held<'_>], (yes, no): (usize, usize)) -> Option<Vec<Line>> {
    let word = row.iter().find(|held| held.holds == Holds::Words)?;
    let own = word.cell()?;
    let ticked = |far: usize| row.iter().any(|held| held.holds == Holds::Ticks && held.cell() == Some(own + far));
    let answer = match (ticked(yes), ticked(no)) {
        (true, true) => Inline::Tick(Tick { checked: true, source: TickSource::Contradicted }),
        (chosen, _) => Inline::Text(Text { text: if chosen { "√" } else { "□" }.to_owned(), style: Style::default() }),
    };
    Some(vec![before(word.line, &[answer])])
}

fn with(word: &Line, tick: &[Inline]) -> Line {
    Line { inlines: word.inlines.iter().chain(tick).cloned().collect(), place: word.place }
}

fn before(word: &Line, tick: &[Inline]) -> Line {
    Line { inlines: tick.iter().chain(&word.inlines).cloned().collect(), place: word.place }
}

/// The lines of each row, if every cell holds one line. What stands around a table in the cell is left out.
fn rows<'a>(held: &[Held<'a>]) -> Vec<Vec<Held<'a>>> {
    let table = |held: &Held<'_>| held.line.place.cell.map(|(table, ..)| table);
    let main = held.iter().find(|held| held.holds != Holds::Nothing).and_then(table);
    let mut rows: Vec<Vec<Held<'a>>> = Vec::new();
    let mut last: Option<(usize, usize, usize)> = None;
    for held in held.iter().filter(|held| held.holds != Holds::Nothing || table(held) == main) {
        let Some(cell) = held.line.place.cell.filter(|(table, ..)| Some(*table) == main) else { return Vec::new() };
        match (last, rows.last_mut()) {
            (Some(last), _) if last == cell => return Vec::new(),
            (Some((table, row, _)), Some(open)) if (table, row) == (cell.0, cell.1) => open.push(*held),
            _ => rows.push(vec![*held]),
        }
        last = Some(cell);
    }
    rows
}
