//! Plain text, such as a mail's own body: a line is a paragraph, and lines with tabs are a table's rows,
//! since that is what a table becomes when it is pasted into a plain mail.
//!
//! So are lines with bars between their cells, where there are several; the lines that rule such a table are nothing.

use crate::model::document::{Block, Cell, Document, Format, Inline, Paragraph, Row, Table, Text};

/// Lines and cells that are told apart: what follows is one paragraph.
const MOST: usize = 200_000;

/// Reads UTF-8 text; what is not UTF-8 is replaced.
pub fn read(bytes: &[u8]) -> Document {
    let text = String::from_utf8_lossy(bytes);
    let mut blocks: Vec<Block> = Vec::new();
    let (mut rest, mut left) = (&*text, MOST);
    let barred = text.lines().filter(|line| cells_between_bars(line).is_some()).take(BARRED).count() == BARRED;
    // Lines from here on that follow each other with bars, blanks beside them or not.
    let mut run = 0_usize;
    while !rest.is_empty() {
        if run == 0 {
            run = Some(rest.lines().take_while(|line| cells_between_wide_bars(line).is_some()).count())
                .filter(|run| *run >= BARRED)
                .unwrap_or(0);
        }
        if left == 0 {
            blocks.push(Block::Paragraph(paragraph(rest)));
            break;
        }
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line.strip_suffix('\r').unwrap_or(line));
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        let between_bars = match run.checked_sub(1) {
            Some(fewer) => {
                run = fewer;
                cells_between_wide_bars(line)
            }
            None => cells_between_bars(line).filter(|_| barred),
        };
        if between_bars.is_none() && barred && is_ruling(line) {
            continue;
        }
        left = left.saturating_sub(1 + line.matches(|c| c == '\t' || BARS.contains(&c)).count());
        let row = match between_bars {
            Some(cells) => row(&cells),
            None if line.trim().contains('\t') => row(line.trim_end()),
            None => {
                blocks.push(Block::Paragraph(paragraph(line)));
                continue;
            }
        };
        match blocks.last_mut() {
            Some(Block::Table(table)) => table.rows.push(row),
            _ => blocks.push(Block::Table(Table { rows: vec![row] })),
        }
    }
    Document { format: Format::Text, blocks, pictures: Vec::new(), pages: Vec::new(), guessed: false }
}

/// Bars that part cells.
const BARS: [char; 4] = ['|', '｜', '│', '┃'];
/// Lines with bars that make a table.
const BARRED: usize = 3;

/// Bars that nobody writes amid words of Latin letters or in commands.
const WIDE: [char; 3] = ['｜', '│', '┃'];

/// The cells of a line with such bars, blanks beside them or not: `案例题目｜某某`.
fn cells_between_wide_bars(line: &str) -> Option<String> {
    let bare = line.trim();
    if bare.contains('\t') || is_ruling(bare) {
        return None;
    }
    let inner = bare.strip_prefix(WIDE).unwrap_or(bare);
    let inner = inner.strip_suffix(WIDE).filter(|_| bare.starts_with(WIDE)).unwrap_or(inner);
    let label = inner.split(WIDE).next().filter(|label| !label.trim().is_empty() && label.len() < inner.len());
    label.map(|_| inner.split(WIDE).map(str::trim).collect::<Vec<_>>().join("\t"))
}

/// The cells of a line with bars, with tabs between them: `| 案例题目 | 某某 |`, `案例题目 | 某某`.
fn cells_between_bars(line: &str) -> Option<String> {
    let bare = line.trim();
    let framed = bare.starts_with(BARS) && bare.ends_with(BARS) && bare.chars().count() > 2;
    let blank = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let is_parted = |(at, bar): (usize, &str)| {
        let (before, behind) = (bare.get(..at), bare.get(at + bar.len()..));
        blank(before.and_then(|text| text.chars().next_back())) && blank(behind.and_then(|text| text.chars().next()))
    };
    if bare.contains('\t') || is_ruling(bare) || !(framed || bare.match_indices(BARS).any(is_parted)) {
        return None;
    }
    let inner = if framed { bare.trim_matches(BARS) } else { bare };
    Some(inner.split(BARS).map(str::trim).collect::<Vec<_>>().join("\t"))
}

/// `|---|---|`, `├──┼──┤`, `+----+`: what rules a table in text. Dashes alone may be a signature's.
fn is_ruling(line: &str) -> bool {
    let bare = line.trim();
    let drawn = |c: char| matches!(c, '\u{2500}'..='\u{257f}' | '|' | '+' | '-' | '=' | ':' | ' ');
    let crosses = |c: char| matches!(c, '|' | '+') || matches!(c, '\u{250c}'..='\u{254b}' | '\u{2552}'..='\u{256c}');
    bare.chars().count() >= 3 && bare.chars().all(drawn) && bare.contains(crosses) && bare.contains(['-', '─', '━', '═', '='])
}

/// A line; a line separator (U+2028) within it breaks it as a cell's lines are broken.
fn paragraph(line: &str) -> Paragraph {
    let text = line.replace('\u{2028}', "\n");
    let inlines = if line.is_empty() { Vec::new() } else { vec![Inline::Text(Text { text, ..Text::default() })] };
    Paragraph { inlines, source: None }
}

fn row(line: &str) -> Row {
    let cell =
        |(column, cell): (usize, &str)| Cell { column, column_span: 1, row_span: 1, blocks: vec![Block::Paragraph(paragraph(cell))] };
    Row { cells: line.split('\t').enumerate().map(cell).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_last_line_that_counts_is_one_paragraph() {
        let document = read("1\t2\t3\n".repeat(MOST).as_bytes());
        assert!(matches!(document.blocks.as_slice(), [Block::Table(_), Block::Paragraph(_)]));
        assert_eq!(document.text().matches('3').count(), MOST, "and nothing is lost");
    }

    #[test]
    fn lines_with_bars_are_rows() {
        let shape = |text: &str| -> Vec<String> {
            let cell = |cell: &Cell| {
                cell.blocks
                    .iter()
                    .map(|block| if let Block::Paragraph(line) = block { line.text() } else { String::new() })
                    .collect::<String>()
            };
            let block = |block: &Block| match block {
                Block::Table(table) => {
                    table.rows.iter().map(|row| row.cells.iter().map(cell).collect::<Vec<_>>().join("/")).collect::<Vec<_>>().join(";")
                }
                Block::Paragraph(line) => line.text(),
            };
            read(text.as_bytes()).blocks.iter().map(block).collect()
        };
        assert_eq!(
            shape("| 项目 | 内容 |\n|---|:--|\n| 案例题目 | 茶 |\n| 报送单位 | |\n--\n张三"),
            ["项目/内容;案例题目/茶;报送单位/", "--", "张三"]
        );
        assert_eq!(shape("案例题目 | 茶\n报送单位 | 某所\n联系人 | 张三 1990"), ["案例题目/茶;报送单位/某所;联系人/张三 1990"]);
        assert_eq!(shape("┌──┬──┐\n│题目│茶│\n├──┼──┤\n│单位│某所│\n│电话│1│\n└──┴──┘"), ["题目/茶;单位/某所;电话/1"]);
        assert_eq!(shape("如下：\n题目｜茶\n单位 ｜某所\n电话│1\n一、介绍"), ["如下：", "题目/茶;单位/某所;电话/1", "一、介绍"]);
        assert_eq!(shape("题目｜茶\n单位｜\n联系人｜张三｜电话｜1"), ["题目/茶;单位/;联系人/张三/电话/1"]);
        assert_eq!(shape("│题目│茶│\n│单位│某所│\n│电话│1│"), ["题目/茶;单位/某所;电话/1"]);
        for kept in ["张三｜科长\n某所｜电话\n\n甲｜乙", "｜甲\n｜乙\n｜丙", "张三 | 科长 | 某所", "a|b\nc|d\ne|f", "|---|---|"]
        {
            assert_eq!(shape(kept).join("\n"), kept);
        }
    }

    #[test]
    fn lines_with_tabs_are_rows() {
        let document = read("报送材料如下：\n案例题目\t以标准促提升\n报送单位\t某市计量院\n\n此致".as_bytes());
        let rows: Vec<usize> = document
            .blocks
            .iter()
            .map(|block| match block {
                Block::Table(table) => table.rows.len(),
                Block::Paragraph(_) => 0,
            })
            .collect();
        assert_eq!(rows, [0, 2, 0, 0]);
    }
}
