//! Pages become one flow: what is fenced in goes to its cell, the rest to lines, page by page.

use super::columns;
use super::grid::{self, Grid};
use super::lines::{self, Line};
use super::paragraphs::is_closing;
use super::running;
use super::tables::Ruled;
use super::{Mark, Rule, Sheet};
use crate::model::document::Block;
use std::collections::BTreeSet;

/// A part of the flow that is not yet known to be complete.
pub(super) enum Piece {
    Text(Vec<Line>),
    Table(Ruled),
}

/// Loose rulings beyond which nobody underlines words.
const MOST_UNDERLINES: usize = 500;

/// The blocks of all pages, each page's words, and whether no ruling fences in a table.
pub(super) fn blocks(sheets: Vec<Sheet>) -> (Vec<Block>, Vec<String>, bool) {
    let mut flow: Vec<Piece> = Vec::new();
    let mut pages: Vec<String> = Vec::new();
    let heights: Vec<f64> = sheets.iter().map(|sheet| sheet.height).collect();
    let mut all: Vec<Vec<Piece>> = sheets.into_iter().enumerate().map(|(page, sheet)| pieces(sheet, page)).collect();
    running::leave_out(&mut all, &heights);
    for pieces in all {
        let mut words = String::new();
        for (at, piece) in pieces.into_iter().enumerate() {
            piece.lines().for_each(|line| words.extend(line.marks.iter().map(|mark| mark.c).filter(|c| !c.is_whitespace())));
            match (flow.last_mut(), piece) {
                (Some(Piece::Text(lines)), Piece::Text(more)) => lines.extend(more),
                (Some(Piece::Table(table)), Piece::Table(rest)) if at == 0 && table.goes_on_in(&rest) => table.append(rest),
                (_, piece) => flow.push(piece),
            }
        }
        pages.push(words);
    }
    let guessed = !flow.iter().any(|piece| matches!(piece, Piece::Table(table) if table.has_columns()));
    (flow.into_iter().flat_map(Piece::blocks).collect(), pages, guessed)
}

impl Piece {
    /// Its lines, cell by cell.
    fn lines(&self) -> Box<dyn Iterator<Item = &Line> + '_> {
        match self {
            Piece::Text(lines) => Box::new(lines.iter()),
            Piece::Table(table) => Box::new(table.lines()),
        }
    }

    fn blocks(self) -> Vec<Block> {
        match self {
            Piece::Text(lines) => columns::blocks(&lines, columns::free_room),
            Piece::Table(table) => vec![Block::Table(table.table())],
        }
    }
}

/// One page's tables with the text before, between and after them.
fn pieces(sheet: Sheet, page: usize) -> Vec<Piece> {
    let Sheet { width, height, mut marks, across, down, pictures, strokes, grounds, clip: _, turned: _ } = sheet;
    marks.retain(|mark| [mark.x0, mark.x1, mark.y, mark.size].into_iter().all(f64::is_finite));
    let (mut grids, loose) = grid::grids(across, down);
    grids.retain(|grid| !is_frame(grid, width, height));
    let grids = without_inner(grids, &marks);
    underline(&mut marks, &loose);
    drawn_over(&mut marks, &strokes);
    set_on(&mut marks, &grounds);
    let mut sorted = Sorted::new(&grids);
    for mark in marks {
        sorted.slot(&grids, (stands_at(&mark), mark.y - 0.3 * mark.size)).0.push(mark);
    }
    for placed in &pictures {
        let [left, top, right, bottom] = placed.edges;
        sorted.slot(&grids, ((left + right) / 2.0, (top + bottom) / 2.0)).1.push(lines::picture(placed, page));
    }
    let mut free = without_page_numbers(ordered(sorted.free, page), height).into_iter().peekable();
    let mut out = Vec::new();
    for (grid, cells) in grids.iter().zip(sorted.cells) {
        let mut before = Vec::new();
        while let Some(line) = free.next_if(|line| line.y < grid.top()) {
            before.push(line);
        }
        out.extend((!before.is_empty()).then_some(Piece::Text(before)));
        let table = Ruled::new(grid, cells.into_iter().map(|slot| ordered(slot, page)).collect());
        out.extend((!table.is_blank()).then_some(Piece::Table(table)));
    }
    let rest: Vec<Line> = free.collect();
    out.extend((!rest.is_empty()).then_some(Piece::Text(rest)));
    out
}

/// Without the tables that stand in a cell of another one, apart from its rulings: what is in them belongs to that cell. A
/// table with nothing but another in it is a frame around that.
fn without_inner(grids: Vec<Grid>, marks: &[Mark]) -> Vec<Grid> {
    const MOST_GRIDS: usize = 200;
    const MOST_PLACES: usize = 1_000_000;
    const FRAME: usize = 3;
    if grids.len() > MOST_GRIDS || grids.len().saturating_mul(marks.len()) > MOST_PLACES {
        return grids;
    }
    // A few of the cells with words in them, of each table: enough to tell whether there are any beside one.
    let filled: Vec<BTreeSet<usize>> = grids.iter().map(|grid| filled(grid, marks, FRAME + 2)).collect();
    let speaks_beside =
        |outer: usize, cell: usize| filled.get(outer).is_some_and(|filled| filled.iter().filter(|filled| **filled != cell).count() > FRAME);
    let holds = |outer: usize, grid: &Grid, inner: &Grid| grid.cell_around(inner).is_some_and(|cell| speaks_beside(outer, cell));
    let is_inner = |at: usize, inner: &Grid| grids.iter().enumerate().any(|(outer, grid)| outer != at && holds(outer, grid, inner));
    let kept: Vec<bool> = grids.iter().enumerate().map(|(at, grid)| !is_inner(at, grid)).collect();
    grids.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(grid, _)| grid).collect()
}

/// Cells of a table that have words in them, no more than so many; none of a table that has fewer cells.
fn filled(grid: &Grid, marks: &[Mark], most: usize) -> BTreeSet<usize> {
    let mut filled = BTreeSet::new();
    if grid.cells.len() < most {
        return filled;
    }
    for mark in marks.iter().filter(|mark| !mark.c.is_whitespace()) {
        filled.extend(grid.cell_at(stands_at(mark), mark.y - 0.3 * mark.size));
        if filled.len() >= most {
            break;
        }
    }
    filled
}

/// Where a mark stands, as far as cells go: a full stop may hang out over the edge of its cell with most of its width.
fn stands_at(mark: &Mark) -> f64 {
    let part = if is_closing(mark.c) { 0.1 } else { 0.5 };
    mark.x0 + part * (mark.x1 - mark.x0)
}

/// Marks and pictures of one cell.
type Slot = (Vec<Mark>, Vec<Line>);

/// What stands in each cell of each grid, and outside of all.
struct Sorted {
    cells: Vec<Vec<Slot>>,
    free: Slot,
}

impl Sorted {
    fn new(grids: &[Grid]) -> Sorted {
        Sorted { cells: grids.iter().map(|grid| grid.cells.iter().map(|_| Slot::default()).collect()).collect(), free: Slot::default() }
    }

    /// Where what stands at a point belongs: the innermost grid wins.
    fn slot(&mut self, grids: &[Grid], (x, y): (f64, f64)) -> &mut Slot {
        let found = grids.iter().enumerate().rev().find_map(|(index, grid)| grid.cell_at(x, y).map(|cell| (index, cell)));
        match found.and_then(|(grid, cell)| self.cells.get_mut(grid)?.get_mut(cell)) {
            Some(slot) => slot,
            None => &mut self.free,
        }
    }
}

/// The lines of a slot with its pictures among them.
fn ordered((marks, pictures): Slot, page: usize) -> Vec<Line> {
    let mut out = lines::lines(marks, page);
    out.extend(pictures);
    out.sort_by(|one, other| one.y.total_cmp(&other.y));
    out
}

/// A line around the whole page fences nothing in.
fn is_frame(grid: &Grid, width: f64, height: f64) -> bool {
    let (left, right) = grid.width();
    let tall = grid.ys.last().copied().unwrap_or_default() - grid.top();
    grid.cells.len() == 1 && right - left > 0.88 * width && tall > 0.88 * height
}

/// Emphasis by a ruling beneath or through the characters.
fn underline(marks: &mut [Mark], loose: &[Rule]) {
    if loose.len() > MOST_UNDERLINES {
        return;
    }
    for mark in marks {
        let middle = (mark.x0 + mark.x1) / 2.0;
        for rule in loose.iter().filter(|rule| rule.from <= middle && middle <= rule.to) {
            let below = (rule.at - mark.y) / mark.size.max(0.1);
            mark.style.underline |= (0.0..0.3).contains(&below);
            mark.style.strike |= (-0.45..-0.15).contains(&below);
        }
    }
}

/// Sets off the characters that somebody drew something over, or right before.
fn drawn_over(marks: &mut [Mark], strokes: &[[f64; 4]]) {
    if strokes.len() > super::MOST_STROKES {
        return;
    }
    for mark in marks {
        let (top, foot) = (mark.y - 0.8 * mark.size, mark.y);
        mark.style.marked |= strokes
            .iter()
            .any(|[left, upper, right, lower]| *left < mark.x1 && mark.x0 < right + 0.5 * mark.size && *upper < foot && top < *lower);
    }
}

/// Sets off the characters that stand on a ground of a colour.
fn set_on(marks: &mut [Mark], grounds: &[[f64; 4]]) {
    if grounds.len() > super::MOST_STROKES {
        return;
    }
    for mark in marks {
        let (x, y) = ((mark.x0 + mark.x1) / 2.0, mark.y - 0.3 * mark.size);
        let holds = |[left, top, right, bottom]: &[f64; 4]| *left < x && x < *right && *top < y && y < *bottom;
        mark.style.marked |= grounds.iter().any(holds);
    }
}

/// Leaves out the page's number at its head or foot.
fn without_page_numbers(mut lines: Vec<Line>, height: f64) -> Vec<Line> {
    if lines.last().is_some_and(|line| line.y > 0.88 * height && is_page_number(&line.bare())) {
        lines.pop();
    }
    if lines.first().is_some_and(|line| line.y < 0.12 * height && is_page_number(&line.bare())) {
        lines.remove(0);
    }
    lines
}

/// `3`, `- 3 -`, `第3页`, `第 3 页 共 5 页`, `3/5`.
fn is_page_number(bare: &str) -> bool {
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    (1..=6).contains(&digits) && bare.chars().all(|c| c.is_ascii_digit() || "-—–―－/／第页共".contains(c))
}
