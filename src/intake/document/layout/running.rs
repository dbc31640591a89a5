//! What pages repeat at their heads and feet is left out: it stands amid a text or a table that goes on over them.
//!
//! Where a table's sides go on to the page's edges, it stands within the table: there it is left out if another page has it
//! outside. Also what browsers print there: the date and the title above, the address below. Page numbers are `flow`'s.

use super::flow::Piece;
use super::lines::Line;
use std::collections::BTreeMap;

/// A page's head, and its foot, as a part of its height.
const MARGIN: f64 = 0.1;
/// Where browsers print, as a part of the height.
const OUTERMOST: f64 = 0.06;
/// How far the same line may stand from its place on another page.
const PLACE: f64 = 3.0;

/// Where lines that say the same stand: page and height.
type Places = BTreeMap<String, Vec<(usize, f64)>>;

/// Leaves out what stands at the same place of each page, or of all but one.
pub(super) fn leave_out(pages: &mut [Vec<Piece>], heights: &[f64]) {
    let mut seen = Places::new();
    for (page, (pieces, height)) in pages.iter().zip(heights).enumerate() {
        for line in texts(pieces).filter(|line| in_margin(line, *height, MARGIN)) {
            seen.entry(said(line)).or_default().push((page, line.y));
        }
    }
    let outside = seen.clone();
    for (page, (pieces, height)) in pages.iter().zip(heights).enumerate() {
        for line in tabled(pieces).filter(|line| in_margin(line, *height, MARGIN)) {
            if let Some(places) = seen.get_mut(&said(line)) {
                places.push((page, line.y));
            }
        }
    }
    let least = pages.len().saturating_sub(1).max(2);
    for (pieces, height) in pages.iter_mut().zip(heights) {
        let repeated = |line: &Line| in_margin(line, *height, MARGIN) && pages_with(line, &seen) >= least;
        let printed = |line: &Line| in_margin(line, *height, OUTERMOST) && is_printed(&line.bare());
        for piece in pieces.iter_mut() {
            match piece {
                Piece::Text(lines) => lines.retain(|line| line.picture.is_some() || !repeated(line) && !printed(line)),
                Piece::Table(table) => table.retain(|line| line.picture.is_some() || !repeated(line) || pages_with(line, &outside) == 0),
            }
        }
        pieces.retain(|piece| !matches!(piece, Piece::Text(lines) if lines.is_empty()));
    }
}

fn texts(pieces: &[Piece]) -> impl Iterator<Item = &Line> {
    let lines = pieces.iter().flat_map(|piece| match piece {
        Piece::Text(lines) => lines.as_slice(),
        Piece::Table(_) => &[],
    });
    lines.filter(|line| line.picture.is_none())
}

fn tabled(pieces: &[Piece]) -> impl Iterator<Item = &Line> {
    let lines = pieces.iter().filter_map(|piece| match piece {
        Piece::Table(table) => Some(table.lines()),
        Piece::Text(_) => None,
    });
    lines.flatten().filter(|line| line.picture.is_none())
}

/// What a line says but for its numbers: the page's is another on each.
fn said(line: &Line) -> String {
    line.bare().chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn pages_with(line: &Line, seen: &Places) -> usize {
    let places = seen.get(&said(line)).map(Vec::as_slice).unwrap_or_default();
    let mut pages: Vec<usize> = places.iter().filter(|(_, y)| (y - line.y).abs() <= PLACE).map(|(page, _)| *page).collect();
    pages.sort_unstable();
    pages.dedup();
    pages.len()
}

fn in_margin(line: &Line, height: f64, part: f64) -> bool {
    line.y < part * height || line.y > (1.0 - part) * height
}

/// `2023/6/14 10:00 申报表`, `file:///C:/申报表.html 1/2`.
fn is_printed(bare: &str) -> bool {
    let date = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '/' | ','));
    let head = bare.strip_suffix(date).unwrap_or_default();
    let timed = date.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    // `ﬁ` may be one character.
    let address = bare.find("://").is_some_and(|at| at <= 8) || bare.starts_with("about:blank");
    timed && head.matches('/').count() == 2 || address
}

#[cfg(test)]
mod tests {
    use super::is_printed;

    #[test]
    fn what_browsers_print_is_told_from_what_somebody_wrote() {
        for printed in
            ["11/27/26,6:25AM申报表", "2023/6/1410:00申报表", "file:///C:/a.html1/2", "ﬁle:///C:/a.html", "https://oa.example/form1/1"]
        {
            assert!(is_printed(printed), "{printed}");
        }
        for own in ["2023/06/30", "2023年6月30日", "日期：2023/6/30", "联系人：张三", "6:25"] {
            assert!(!is_printed(own), "{own}");
        }
    }
}
