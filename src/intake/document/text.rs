//! Plain text, such as a mail's own body: a line is a paragraph, and lines with tabs are a table's rows,
//! since that is what a table becomes when it is pasted into a plain mail.

use crate::model::document::{Block, Cell, Document, Format, Inline, Paragraph, Row, Table, Text};

/// Lines and cells that are told apart: what follows is one paragraph.
const MOST: usize = 200_000;

/// Reads UTF-8 text; what is not UTF-8 is replaced.
pub fn read(bytes: &[u8]) -> Document {
    let text = String::from_utf8_lossy(bytes);
    let mut blocks: Vec<Block> = Vec::new();
    let (mut rest, mut left) = (&*text, MOST);
    while !rest.is_empty() {
        if left == 0 {
            blocks.push(Block::Paragraph(paragraph(rest)));
            break;
        }
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line.strip_suffix('\r').unwrap_or(line));
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        left = left.saturating_sub(1 + line.matches('\t').count());
        if !line.trim().contains('\t') {
            blocks.push(Block::Paragraph(paragraph(line)));
            continue;
        }
        let row = row(line);
        match blocks.last_mut() {
            Some(Block::Table(table)) => table.rows.push(row),
            _ => blocks.push(Block::Table(Table { rows: vec![row] })),
        }
    }
    Document { format: Format::Text, blocks, pictures: Vec::new(), pages: Vec::new(), guessed: false }
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
    Row { cells: line.trim_end().split('\t').enumerate().map(cell).collect() }
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
