//! Text, paragraphs and cells in the order of the file become blocks, with tables nested as they were.

use mail_parser::decoders::html::add_html_token;

use crate::intake::document::grid::Grid;
use crate::intake::document::inlines::{self, Look};
use crate::intake::document::{Limits, ReadError};
use crate::model::document::{Block, Inline, Paragraph, Tick, TickSource};

/// The blocks that are being written.
pub(super) struct Flow {
    nodes: usize,
    depth: usize,
    tables: Vec<Open>,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    /// Whether a blank stands between what was written and what comes.
    blank: bool,
}

/// A table being written; text between its cells goes before it.
#[derive(Default)]
struct Open {
    grid: Grid,
    cell: Option<(usize, usize)>,
    /// The cell's content.
    blocks: Vec<Block>,
}

impl Flow {
    /// Begins within limits.
    pub(super) fn new(limits: &Limits) -> Self {
        Self { nodes: limits.nodes, depth: limits.xml_depth, tables: Vec::new(), blocks: Vec::new(), inlines: Vec::new(), blank: false }
    }

    fn spend(&mut self) -> Result<(), ReadError> {
        self.nodes = self.nodes.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
        Ok(())
    }

    /// Characters with references; blanks collapse, as they do on a page.
    pub(super) fn text(&mut self, text: &str, look: Look) -> Result<(), ReadError> {
        let mut collapsed = String::with_capacity(text.len());
        for c in decoded(text).chars() {
            // A no-break space holds a place in forms: it is a blank like others here.
            if c.is_whitespace() {
                self.blank = true;
                continue;
            }
            let begins = collapsed.is_empty() && self.inlines.is_empty();
            if std::mem::take(&mut self.blank) && !begins {
                collapsed.push(' ');
            }
            collapsed.push(c);
        }
        self.push(inlines::of(&collapsed, look))
    }

    fn push(&mut self, inlines: Vec<Inline>) -> Result<(), ReadError> {
        for inline in inlines {
            match (self.inlines.last_mut(), &inline) {
                (Some(Inline::Text(last)), Inline::Text(next)) if last.style == next.style => last.text.push_str(&next.text),
                _ => {
                    self.spend()?;
                    self.inlines.push(inline);
                }
            }
        }
        Ok(())
    }

    /// A line ends within the paragraph.
    pub(super) fn line_break(&mut self, look: Look) -> Result<(), ReadError> {
        self.blank = false;
        self.push(inlines::of("\n", look))
    }

    /// A tick box.
    pub(super) fn tick(&mut self, checked: bool) -> Result<(), ReadError> {
        // A blank before it parts it from the word there: of two words the tick is the nearer one's.
        if std::mem::take(&mut self.blank) && !self.inlines.is_empty() {
            self.push(inlines::of(" ", Look::default()))?;
        }
        self.push(vec![Inline::Tick(Tick { checked, source: TickSource::FormField })])
    }

    /// The paragraph ends, if one has begun.
    pub(super) fn end_paragraph(&mut self) -> Result<(), ReadError> {
        self.blank = false;
        let inlines = std::mem::take(&mut self.inlines);
        if inlines.is_empty() {
            return Ok(());
        }
        self.spend()?;
        let block = Block::Paragraph(Paragraph { inlines, source: None });
        self.target().push(block);
        Ok(())
    }

    /// Where blocks go: the innermost open cell, or the document.
    fn target(&mut self) -> &mut Vec<Block> {
        match self.tables.iter_mut().rev().find(|table| table.cell.is_some()) {
            Some(table) => &mut table.blocks,
            None => &mut self.blocks,
        }
    }

    /// A table begins.
    pub(super) fn open_table(&mut self) -> Result<(), ReadError> {
        self.end_paragraph()?;
        self.spend()?;
        if self.tables.len() >= self.depth {
            return Err(ReadError::TooLarge("depth"));
        }
        self.tables.push(Open::default());
        Ok(())
    }

    /// A row begins.
    pub(super) fn row(&mut self) -> Result<(), ReadError> {
        self.close_cell()?;
        self.spend()?;
        if let Some(table) = self.tables.last_mut() {
            table.grid.row();
        }
        Ok(())
    }

    /// A cell begins; one outside a table is a paragraph.
    pub(super) fn open_cell(&mut self, columns: usize, rows: usize) -> Result<(), ReadError> {
        self.close_cell()?;
        self.spend()?;
        if let Some(table) = self.tables.last_mut() {
            table.cell = Some((columns, rows));
        }
        Ok(())
    }

    /// The cell ends, if one is open.
    pub(super) fn close_cell(&mut self) -> Result<(), ReadError> {
        self.end_paragraph()?;
        if let Some(table) = self.tables.last_mut()
            && let Some((columns, rows)) = table.cell.take()
        {
            table.grid.cell(columns, rows, std::mem::take(&mut table.blocks));
        }
        Ok(())
    }

    /// The table ends.
    pub(super) fn close_table(&mut self) -> Result<(), ReadError> {
        self.close_cell()?;
        if let Some(table) = self.tables.pop().and_then(|open| open.grid.close()) {
            self.target().push(Block::Table(table));
        }
        Ok(())
    }

    /// Everything ends.
    pub(super) fn finish(mut self) -> Result<Vec<Block>, ReadError> {
        while !self.tables.is_empty() {
            self.close_table()?;
        }
        self.end_paragraph()?;
        Ok(self.blocks)
    }
}

/// `&name;`, `&#1;` and `&#x1;`; anything else stays.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let name: String = after.chars().take(32).take_while(|c| c.is_ascii_alphanumeric() || *c == '#').collect();
        match after.get(name.len()..).and_then(|tail| tail.strip_prefix(';')) {
            Some(tail) if !name.is_empty() => {
                add_html_token(&mut out, format!("&{name};").as_bytes(), false);
                rest = tail;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
