//! A table for people: columns aligned by the width of characters on a terminal, fitted to its width.
//!
//! Chinese characters take two places (Unicode Annex 11). No row is ever broken over lines: where there is no room,
//! columns that may be short are shortened (…), and what is least needed is left out, and told.

use super::visible;
use unicode_width::UnicodeWidthChar;

/// Between two columns.
const GAP: usize = 2;

/// How a column may give way.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its heading.
    pub heading: &'static str,
    /// The higher, the sooner it is left out.
    pub rank: u8,
    /// The width that it may be shortened to; none: it is never shortened.
    pub least: Option<usize>,
}

/// A colour that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// As everything else.
    #[default]
    Plain,
    /// Nothing is to be done.
    Good,
    /// Somebody has to do something.
    Open,
    /// Something is wrong.
    Bad,
    /// It matters less.
    Faint,
}

/// Whether colours are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// On a terminal that has them.
    Colour,
    /// Anywhere else.
    None,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Its text, on one line.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

/// A table, and the headings that there was no room for.
#[derive(Debug)]
pub struct Table {
    /// Its lines.
    pub text: String,
    /// What was left out.
    pub left_out: Vec<&'static str>,
}

/// Lays a table out. `width` is the terminal's; none: as wide as it is.
pub fn render(specs: &[Spec], rows: &[Vec<Cell>], width: Option<usize>, paint: Paint) -> Table {
    let rows: Vec<Vec<Cell>> =
        rows.iter().map(|row| row.iter().map(|cell| Cell { text: visible(&cell.text), tone: cell.tone }).collect()).collect();
    let natural = |at: usize, spec: &Spec| {
        rows.iter().filter_map(|row| row.get(at)).map(|cell| width_of(&cell.text)).max().unwrap_or(0).max(width_of(spec.heading))
    };
    let columns: Vec<Wish> = specs.iter().enumerate().map(|(at, spec)| Wish { at, spec: *spec, natural: natural(at, spec) }).collect();
    let (columns, left_out) = width.map_or((columns.clone(), Vec::new()), |width| keep(columns, width));
    let widths = share(&columns, width);
    let mut text = String::new();
    let heading = columns.iter().map(|column| Cell { text: column.spec.heading.to_owned(), tone: Tone::Plain });
    line(
        &mut text,
        &heading.collect::<Vec<_>>().iter().collect::<Vec<_>>(),
        &widths,
        if paint == Paint::Colour { Some("1") } else { None },
        paint,
    );
    let blank = Cell::default();
    for row in &rows {
        let cells: Vec<&Cell> = columns.iter().map(|column| row.get(column.at).unwrap_or(&blank)).collect();
        line(&mut text, &cells, &widths, None, paint);
    }
    Table { text, left_out }
}

#[derive(Debug, Clone)]
struct Wish {
    at: usize,
    spec: Spec,
    natural: usize,
}

impl Wish {
    fn least(&self) -> usize {
        self.spec.least.map_or(self.natural, |least| least.min(self.natural))
    }
}

fn total(widths: impl ExactSizeIterator<Item = usize>) -> usize {
    let gaps = widths.len().saturating_sub(1).saturating_mul(GAP);
    widths.sum::<usize>().saturating_add(gaps)
}

/// Leaves columns out until the rest fits when shortened; the first to go is the last of the highest rank.
fn keep(mut columns: Vec<Wish>, width: usize) -> (Vec<Wish>, Vec<&'static str>) {
    let mut left_out = Vec::new();
    while columns.len() > 1 && total(columns.iter().map(Wish::least)) > width {
        let Some((at, _)) = columns.iter().enumerate().max_by_key(|(at, column)| (column.spec.rank, *at)) else { break };
        left_out.push(columns.remove(at).spec.heading);
    }
    left_out.reverse();
    (columns, left_out)
}

/// Shortens the widest of those that may be shortened until all fit.
fn share(columns: &[Wish], width: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| column.natural).collect();
    let Some(width) = width else { return widths };
    // Nothing wider than the whole matters.
    widths.iter_mut().for_each(|own| *own = (*own).min(width));
    while total(widths.iter().copied()) > width {
        let room = columns.iter().zip(widths.iter_mut()).filter(|(column, own)| **own > column.least());
        let Some((_, widest)) = room.max_by_key(|(_, own)| **own) else { break };
        *widest = widest.saturating_sub(1);
    }
    widths
}

fn line(out: &mut String, cells: &[&Cell], widths: &[usize], style: Option<&str>, paint: Paint) {
    let last = cells.len().saturating_sub(1);
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let text = shortened(&cell.text, *width);
        let code = style.or(if paint == Paint::Colour { cell.tone.code() } else { None });
        match code {
            Some(code) if !text.is_empty() => out.extend(["\u{1b}[", code, "m", &text, "\u{1b}[0m"]),
            _ => out.push_str(&text),
        }
        if at < last {
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(width_of(&text)).saturating_add(GAP)));
        }
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push('\n');
}

impl Tone {
    /// Its code (ECMA-48, select graphic rendition).
    pub fn code(self) -> Option<&'static str> {
        match self {
            Tone::Plain => None,
            Tone::Good => Some("32"),
            Tone::Open => Some("33"),
            Tone::Bad => Some("31"),
            Tone::Faint => Some("2"),
        }
    }
}

/// The places that a text takes.
pub fn width_of(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// At most so many places, with … where something is left out.
pub fn shortened(text: &str, most: usize) -> String {
    if width_of(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let (mut out, mut used) = (String::new(), 0_usize);
    for c in text.chars() {
        let next = used.saturating_add(c.width().unwrap_or(0));
        if next > room {
            break;
        }
        (used, _) = (next, out.push(c));
    }
    if most > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[Spec] = &[
        Spec { heading: "编号", rank: 0, least: None },
        Spec { heading: "案例题目", rank: 0, least: Some(10) },
        Spec { heading: "收到", rank: 2, least: None },
    ];

    fn rows() -> Vec<Vec<Cell>> {
        let cell = |text: &str| Cell { text: text.into(), tone: Tone::Bad };
        vec![
            vec![cell("A-1"), cell("ＡＢＣ“光电子”产业计量"), cell("2023-06-30")],
            vec![cell("A-2"), cell("e\u{301}\u{1b}[31m"), cell("2023-06-30")],
        ]
    }

    #[test]
    fn every_width_keeps_its_columns_aligned_and_its_rows_whole() {
        for width in 1..80 {
            let table = render(SPECS, &rows(), Some(width), Paint::None);
            assert_eq!(table.text.lines().count(), 3, "{width}");
            for line in table.text.lines() {
                assert!(width_of(line) <= width.max(3), "{width}: {line}");
            }
        }
        let table = render(SPECS, &rows(), Some(30), Paint::None);
        assert_eq!(table.text, "编号  案例题目      收到\nA-1   ＡＢＣ“光电…  2023-06-30\nA-2   e\u{301}\\u{1b}[31m   2023-06-30\n");
        let narrow = render(SPECS, &rows(), Some(20), Paint::None);
        assert_eq!(narrow.left_out, ["收到"]);
        assert!(!render(SPECS, &rows(), None, Paint::None).text.contains('…'));
    }

    #[test]
    fn colour_takes_no_room() {
        let plain = render(SPECS, &rows(), Some(40), Paint::None).text;
        let mut coloured = render(SPECS, &rows(), Some(40), Paint::Colour).text;
        for code in ["\u{1b}[1m", "\u{1b}[31m", "\u{1b}[0m"] {
            assert!(coloured.contains(code));
            coloured = coloured.replace(code, "");
        }
        assert_eq!(coloured, plain);
    }
}
