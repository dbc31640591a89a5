//! What each element means: which frame it opens, and what it leaves behind when it ends.

use quick_xml::events::BytesStart;

use super::sheet::{OpenCell, OpenTable, Sheet};
use super::story::Story;
use super::walker::{Frame, Walker, value};
use crate::intake::document::docx::package::normal;
use crate::intake::document::grid::Grid;
use crate::intake::document::inlines::{self, Look};
use crate::intake::document::{ReadError, holds_text, unplaced};
use crate::model::document::{Block, Inline, Picture, Tick, TickSource};

/// Blanks that one element stands for.
const MOST_BLANKS: u32 = 200;

impl Walker<'_, '_> {
    /// An element begins: what it is.
    pub(super) fn open(&mut self, element: &BytesStart<'_>) -> Result<Frame, ReadError> {
        let qualified = element.name();
        let name = qualified.into_inner();
        if self.looks.take(name, element) || self.controls.take(name, element) {
            return Ok(Frame::Pass);
        }
        Ok(match name {
            "text:p" | "text:h" => self.open_paragraph(element)?,
            "text:span" => {
                let emphasis = self.looks.of("text", value(element, "text:style-name"));
                let story = self.story()?;
                let inner = emphasis.over(&story.emphasis);
                Frame::Span(std::mem::replace(&mut story.emphasis, inner))
            }
            "text:s" => self.insert(&" ".repeat(count(element, "text:c").clamp(1, MOST_BLANKS) as usize))?,
            "text:tab" => self.insert("\t")?,
            "text:line-break" => self.insert("\n")?,
            "office:spreadsheet" => {
                self.sheets = true;
                Frame::Pass
            }
            "table:table" => self.open_table(element),
            "table:table-row" => {
                self.spend()?;
                if let Some(table) = self.tables.last_mut() {
                    table.open_row(count(element, "table:number-rows-repeated"));
                }
                Frame::Pass
            }
            "table:table-cell" if !self.tables.is_empty() => self.open_cell(element)?,
            "table:covered-table-cell" => {
                if let Some(table) = self.tables.last_mut() {
                    table.skip(count(element, "table:number-columns-repeated"));
                }
                Frame::Skip
            }
            "draw:frame" => {
                Frame::Drawing { floating: value(element, "text:anchor-type").is_none_or(|anchor| anchor != "as-char"), shown: false }
            }
            "draw:image" => {
                self.picture(element)?;
                Frame::Pass
            }
            "draw:text-box" => {
                self.stories.push(Story::default());
                Frame::TextBox
            }
            "draw:control" => {
                for inline in self.controls.shown(value(element, "draw:control")) {
                    self.push(inline)?;
                }
                Frame::Pass
            }
            "text:note-body" | "style:header" | "style:footer" | "style:header-first" | "style:footer-first" | "style:header-left"
            | "style:footer-left" => {
                self.stories.push(Story::default());
                Frame::Side(self.pictures.len())
            }
            "table:shapes" => {
                self.stories.push(Story::default());
                Frame::Shapes
            }
            "field:fieldmark" if value(element, "field:type").is_some_and(|kind| kind.ends_with("FORMCHECKBOX")) => {
                Frame::FieldMark { checked: false }
            }
            "field:param" => {
                let says = |name: &str, said: &str| value(element, name).is_some_and(|value| value.eq_ignore_ascii_case(said));
                if let Some(Frame::FieldMark { checked }) = self.stack.last_mut() {
                    *checked |= says("field:name", "Checkbox_Checked") && says("field:value", "true");
                }
                Frame::Pass
            }
            "loext:content-control" if is_true(element, "loext:showing-place-holder") && !is_true(element, "loext:checkbox") => Frame::Skip,
            "loext:content-control" => {
                let checkbox = is_true(element, "loext:checkbox").then(|| is_true(element, "loext:checked"));
                let outer = self.checkbox;
                self.checkbox = checkbox.or(outer);
                Frame::Control(outer)
            }
            // Deleted, about the text, words of the form, or how it is read aloud.
            "text:tracked-changes"
            | "office:annotation"
            | "text:note-citation"
            | "text:placeholder"
            | "text:ruby-text"
            | "text:hidden-text"
            | "office:meta"
            | "office:settings"
            | "office:scripts"
            | "svg:title"
            | "svg:desc"
            | "draw:object"
            | "table:calculation-settings"
            | "table:content-validations" => Frame::Skip,
            _ => Frame::Pass,
        })
    }

    /// An element ends.
    pub(super) fn close(&mut self, frame: Frame) -> Result<(), ReadError> {
        match frame {
            Frame::Paragraph { within } => {
                self.story()?.close();
                if within {
                    self.anchor();
                }
            }
            Frame::Span(outer) => self.story()?.emphasis = outer,
            Frame::Table => {
                let table = self.tables.pop().map(|table| table.close(&mut self.budget.nodes)).transpose()?.flatten();
                let over = if self.tables.is_empty() { std::mem::take(&mut self.over) } else { Vec::new() };
                let story = self.story()?;
                story.extend(table.map(Block::Table));
                unplaced::place(over, &mut story.blocks);
            }
            Frame::Cell(cell) => self.close_cell(&cell)?,
            Frame::TextBox => self.anchor(),
            Frame::Side(before) => {
                let blocks = self.stories.pop().map(Story::into_blocks).unwrap_or_default();
                if holds_text(&blocks) {
                    self.sides.extend(blocks);
                } else {
                    self.pictures.truncate(before);
                    self.known.retain(|_, index| *index < before);
                }
            }
            Frame::Shapes => self.over = self.stories.pop().map(Story::into_lines).unwrap_or_default(),
            Frame::FieldMark { checked } => self.push(Inline::Tick(Tick { checked, source: TickSource::FormField }))?,
            Frame::Control(outer) => {
                self.put_checkbox(None)?;
                self.checkbox = outer;
            }
            Frame::Pass | Frame::Skip | Frame::Drawing { .. } => {}
        }
        Ok(())
    }

    fn open_paragraph(&mut self, element: &BytesStart<'_>) -> Result<Frame, ReadError> {
        self.spend()?;
        let emphasis = self.looks.of("paragraph", value(element, "text:style-name"));
        // The words in a shape.
        let within = self.story()?.is_open();
        if within {
            self.stories.push(Story::default());
        }
        self.story()?.open(emphasis);
        Ok(Frame::Paragraph { within })
    }

    fn open_table(&mut self, element: &BytesStart<'_>) -> Frame {
        let sheet = self.sheets && self.tables.is_empty();
        if sheet && self.looks.hides_table(value(element, "table:style-name")) {
            return Frame::Skip;
        }
        self.tables.push(if sheet { OpenTable::Sheet(Sheet::default()) } else { OpenTable::Text(Grid::default()) });
        Frame::Table
    }

    fn open_cell(&mut self, element: &BytesStart<'_>) -> Result<Frame, ReadError> {
        self.spend()?;
        self.stories.push(Story::default());
        let number = |name| count(element, name);
        Ok(Frame::Cell(OpenCell {
            columns: number("table:number-columns-spanned"),
            rows: number("table:number-rows-spanned"),
            repeats: number("table:number-columns-repeated"),
            number: value(element, "office:value"),
        }))
    }

    fn close_cell(&mut self, cell: &OpenCell) -> Result<(), ReadError> {
        let Some(mut story) = self.stories.pop() else { return Ok(()) };
        if let ([Block::Paragraph(shown)], Some(number)) = (story.blocks.as_mut_slice(), &cell.number)
            && shown.text().contains("E+")
        {
            shown.inlines = inlines::of(number, Look::default());
        }
        let more = self.tables.last_mut().map_or(0, |table| table.push(cell, story));
        self.budget.nodes = self.budget.nodes.checked_sub(more).ok_or(ReadError::TooLarge("nodes"))?;
        Ok(())
    }

    /// A story ends that is anchored in the one around it.
    fn anchor(&mut self) {
        let blocks = self.stories.pop().map(Story::into_blocks).unwrap_or_default();
        if let Some(story) = self.stories.last_mut() {
            story.extend(blocks);
        }
    }

    fn picture(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        let Some(Frame::Drawing { floating, shown }) = self.stack.last_mut() else { return Ok(()) };
        let floating = *floating;
        let Some(part) = value(element, "xlink:href").map(|target| normal(target.trim_start_matches("./"))) else { return Ok(()) };
        if *shown || !self.package.fits(&part) {
            return Ok(());
        }
        let index = match self.known.get(&part) {
            Some(index) => *index,
            None => {
                let Ok(bytes) = self.package.bytes(&part) else { return Ok(()) };
                let name = part.rsplit('/').next().unwrap_or(&part).to_owned();
                self.pictures.push(Picture { name, bytes, floating });
                self.known.insert(part, self.pictures.len() - 1);
                self.pictures.len() - 1
            }
        };
        if let Some(Frame::Drawing { shown, .. }) = self.stack.last_mut() {
            *shown = true;
        }
        self.push(Inline::Picture(index))
    }
}

fn is_true(element: &BytesStart<'_>, name: &str) -> bool {
    value(element, name).is_some_and(|value| value == "true")
}

/// A number of times; one where none is told.
fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    value(element, name).and_then(|number| number.parse().ok()).unwrap_or(1)
}
