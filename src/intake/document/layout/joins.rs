//! Which lines of a column go on from the one before: labels that filled their column, paragraphs that were torn.

use super::corridor::Corridor;
use super::lines::Line;
use super::paragraphs::{Room, begins_item, fills, goes_on};
use super::rows::{MARGINS, Placed};
use super::words::{self, Ends};

/// What an option begins with.
const BOXES: &str = "□☐☑☒■●○◯√✓";

/// Whether a label may go on in the next line of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// It ended before its column did.
    Never,
    /// It filled its column, and the next line has nothing beside it.
    Perhaps,
    /// It filled its column, but the next line has a value beside it.
    Hardly,
    /// The next line is nearer than rows are.
    Surely,
}

/// What stands between each line of the left column and the next.
pub(super) fn joins(labels: &[Placed], values: &[Placed], ys: &[f64], corridor: &Corridor) -> Vec<Join> {
    // Words beside each other may stand a little above or below.
    let above =
        |label: &Placed| ys.iter().copied().filter(|other| *other < label.y - 0.4 * label.line.size).fold(f64::NEG_INFINITY, f64::max);
    let mut usual: Vec<f64> = labels.iter().map(|label| label.y - above(label)).filter(|step| step.is_finite()).collect();
    usual.sort_by(f64::total_cmp);
    let pitch = usual.get(usual.len() / 2).copied().unwrap_or(f64::INFINITY);
    let on_a_page = labels.iter().zip(labels.iter().skip(1)).filter(|(one, other)| one.line.page == other.line.page);
    let least = on_a_page.map(|(one, other)| other.y - one.y).filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
    let column = corridor.to - MARGINS;
    let beside = |y: f64| values.iter().any(|value| (value.y - y).abs() < 0.5);
    let join = |(last, next): (&Placed, &Placed), ends: Option<Ends>| {
        let em = last.line.size.max(next.line.size).max(1.0);
        let step = next.y - last.y;
        if last.line.picture.is_some() || next.line.picture.is_some() || ends == Some(Ends::Here) {
            Join::Never
        } else if step <= 1.7 * em && next.y - above(next) < 0.75 * pitch && !begins_item(&next.line) {
            Join::Surely
        } else if step > 1.25 * least.max(em) || is_option(&next.line) {
            Join::Never
        } else if is_stub(&next.line) || ends == Some(Ends::Later) {
            Join::Surely
        } else if fills(&last.line, &next.line, column) {
            if beside(last.y) && beside(next.y) { Join::Hardly } else { Join::Perhaps }
        } else {
            Join::Never
        }
    };
    let mut so_far = String::new();
    let pairs = labels.iter().zip(labels.iter().skip(1)).enumerate();
    let found = pairs.map(|(at, (last, next))| {
        so_far.push_str(&last.line.bare());
        let ahead: String = labels.iter().skip(at + 1).take(words::AHEAD).map(|label| label.line.bare()).collect();
        let join = join((last, next), words::ends(&so_far, &next.line.bare(), &ahead));
        if join == Join::Never {
            so_far.clear();
        }
        join
    });
    found.collect()
}

/// `□标准`: no label goes on so.
pub(super) fn is_option(line: &Line) -> bool {
    line.marks.iter().map(|mark| mark.c).find(|c| !c.is_whitespace()).is_some_and(|c| BOXES.contains(c))
}

pub(super) fn is_bold(line: &Line) -> bool {
    line.picture.is_none() && line.marks.iter().all(|mark| mark.style.bold || mark.c.is_whitespace())
}

/// `位`, `章）`: no label is so short.
pub(super) fn is_stub(line: &Line) -> bool {
    let mut letters = line.marks.iter().map(|mark| mark.c).filter(|c| c.is_alphanumeric());
    letters.next().is_some_and(|c| !c.is_ascii()) && letters.next().is_none()
}

fn steps(lines: &[Placed]) -> impl Iterator<Item = f64> {
    lines.iter().zip(lines.iter().skip(1)).map(|(one, other)| other.y - one.y)
}

/// One and the next.
type Neighbours<'a, T> = (&'a T, &'a T);

/// Which lines of the right column go on from the one before, in one of their columns at least.
pub(super) fn torn(values: &[Placed], left: f64, right: f64) -> Vec<bool> {
    let least = steps(values).filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
    let pieces: Vec<Vec<Line>> = values.iter().map(|placed| placed.line.pieces(0.8 * placed.line.size)).collect();
    let goes_on = |((one, other), (above, below)): (Neighbours<'_, Placed>, Neighbours<'_, Vec<Line>>)| {
        let (size, step) = (one.line.size.max(other.line.size), other.y - one.y);
        let text = one.line.picture.is_none() && other.line.picture.is_none() && (is_bold(&other.line) || !is_bold(&one.line));
        let whole = above.len() == 1 || below.len() == 1;
        let starts = || above.iter().chain(below).map(|piece| piece.x0);
        let column = |piece: &Line| {
            let next = starts().filter(|start| *start > piece.x0 + size).fold(f64::INFINITY, f64::min);
            Room { left: piece.x0, right: right.min(next - MARGINS) }
        };
        let in_a_column = || {
            above
                .iter()
                .any(|piece| below.iter().any(|rest| (rest.x0 - piece.x0).abs() <= size && goes_on(piece, rest, column(piece), step + 1.0)))
        };
        let all = Room { left, right };
        text && step <= 1.25 * least.max(size) && if whole { goes_on(&one.line, &other.line, all, step + 1.0) } else { in_a_column() }
    };
    let lines = values.iter().zip(values.iter().skip(1)).zip(pieces.iter().zip(pieces.iter().skip(1))).map(goes_on);
    std::iter::once(false).chain(lines).collect()
}
