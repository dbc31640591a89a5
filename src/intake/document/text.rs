//! Plain text, such as a mail's own body: a line is a paragraph, and lines with tabs are a table's rows,
//! since that is what a table becomes when it is pasted into a plain mail.

use crate::model::document::{Block, Cell, Document, Format, Inline, Paragraph, Row, Table, Text};

/// Reads UTF-8 text; what is not UTF-8 is replaced.
pub fn read(bytes: &[u8]) -> Document {
    let text = String::from_utf8_lossy(bytes);
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines() {
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

fn paragraph(line: &str) -> Paragraph {
    let inlines = if line.is_empty() { Vec::new() } else { vec![Inline::Text(Text { text: line.to_owned(), ..Text::default() })] };
    Paragraph { inlines }
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
