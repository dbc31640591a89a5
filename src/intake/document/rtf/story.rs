//! Inlines become paragraphs, cells and tables of one story: the body, a header, a note.

use super::table::{Definition, Rows};
use crate::intake::document::{Limits, ReadError};
use crate::model::document::{Block, Inline, Paragraph};

/// Tables within tables.
const MOST_NESTED: usize = 16;

/// What is left of the limit on nodes.
pub(super) struct Nodes(usize);

impl Nodes {
    /// All of them.
    pub(super) fn of(limits: &Limits) -> Self {
        Self(limits.nodes)
    }

    /// One node.
    pub(super) fn spend(&mut self) -> Result<(), ReadError> {
        self.0 = self.0.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
        Ok(())
    }
}

/// A story being read.
#[derive(Default)]
pub(super) struct Story {
    inlines: Vec<Inline>,
    blocks: Vec<Block>,
    tables: Vec<Rows>,
    /// Tables that the open paragraph stands in.
    depth: usize,
    definition: Definition,
    /// The definitions of rows around those within cells.
    outer: Vec<Definition>,
    /// How many pictures stood before it.
    pub(super) pictures: usize,
}

impl Story {
    /// Begins after this many pictures.
    pub(super) fn after(pictures: usize) -> Self {
        Self { pictures, ..Self::default() }
    }

    /// Adds an inline to the open paragraph; characters of one style join.
    pub(super) fn push(&mut self, inline: Inline, nodes: &mut Nodes) -> Result<(), ReadError> {
        match (self.inlines.last_mut(), &inline) {
            (Some(Inline::Text(last)), Inline::Text(next)) if last.style == next.style => last.text.push_str(&next.text),
            _ => {
                nodes.spend()?;
                self.inlines.push(inline);
            }
        }
        Ok(())
    }

    /// A word of tables or of a row's definition.
    pub(super) fn word(&mut self, word: &str, number: Option<i32>) {
        match word {
            "intbl" => self.depth = self.depth.max(1),
            "itap" => self.depth = usize::try_from(number.unwrap_or_default()).unwrap_or_default().min(MOST_NESTED),
            "pard" => self.depth = 0,
            _ => self.definition.word(word, number.unwrap_or_default()),
        }
    }

    /// A nested row's definition begins.
    pub(super) fn enter_definition(&mut self) {
        self.outer.push(std::mem::take(&mut self.definition));
    }

    /// It ends.
    pub(super) fn leave_definition(&mut self) {
        if let Some(outer) = self.outer.pop() {
            self.definition = outer;
        }
    }

    /// The paragraph ends.
    pub(super) fn end_paragraph(&mut self, nodes: &mut Nodes) -> Result<(), ReadError> {
        self.level(self.depth, nodes)?;
        self.take_paragraph(nodes)
    }

    /// A cell of the outermost table ends, or of the innermost one.
    pub(super) fn cell(&mut self, nested: bool, nodes: &mut Nodes) -> Result<(), ReadError> {
        self.level(self.depth_of(nested), nodes)?;
        self.take_paragraph(nodes)?;
        if let Some(table) = self.tables.last_mut() {
            table.cell();
        }
        Ok(())
    }

    /// A row ends.
    pub(super) fn row(&mut self, nested: bool, nodes: &mut Nodes) -> Result<(), ReadError> {
        self.level(self.depth_of(nested), nodes)?;
        nodes.spend()?;
        if let Some(table) = self.tables.last_mut() {
            table.row(&self.definition);
        }
        Ok(())
    }

    /// The story ends.
    pub(super) fn finish(mut self, nodes: &mut Nodes) -> Result<Vec<Block>, ReadError> {
        if !self.inlines.is_empty() {
            self.end_paragraph(nodes)?;
        }
        self.level(0, nodes)?;
        Ok(self.blocks)
    }

    fn depth_of(&self, nested: bool) -> usize {
        if nested { self.depth.max(1) } else { 1 }
    }

    fn take_paragraph(&mut self, nodes: &mut Nodes) -> Result<(), ReadError> {
        nodes.spend()?;
        let paragraph = Block::Paragraph(Paragraph { inlines: std::mem::take(&mut self.inlines), source: None });
        self.target().push(paragraph);
        Ok(())
    }

    fn target(&mut self) -> &mut Vec<Block> {
        self.tables.last_mut().map_or(&mut self.blocks, |table| &mut table.blocks)
    }

    /// Tables open or close until this many are open.
    fn level(&mut self, depth: usize, nodes: &mut Nodes) -> Result<(), ReadError> {
        while self.tables.len() > depth {
            let Some(table) = self.tables.pop() else { break };
            let table = table.close(&self.definition);
            self.target().extend(table.map(Block::Table));
        }
        while self.tables.len() < depth {
            nodes.spend()?;
            self.tables.push(Rows::default());
        }
        Ok(())
    }
}
