//! office_oxide's tree becomes ours: elements into blocks, spans into inlines, workbooks' grids into tables.
//!
//! Every paragraph, row, cell and inline costs a node, and nesting is bounded.

use office_oxide::ir::{DocumentIR, Element, HeaderFooter, Image, ImageFormat, InlineContent, List, Section, Table as Rows, TextSpan};

use super::word::StandIn;
use super::{Limits, ReadError};
use crate::intake::document::grid::Grid;
use crate::intake::document::inlines::{self, Look};
use crate::intake::document::spreadsheet::{self, Area, Filled};
use crate::intake::document::unplaced;
use crate::model::document::{Block, Document, Format, Inline, Paragraph, Picture, Table, Text, Tick};

/// Converts a whole tree; where `stand_ins` were put into its text they become what they stand for.
pub(super) fn document(tree: &DocumentIR, format: Format, stand_ins: bool, limits: &Limits) -> Result<Document, ReadError> {
    let mut converter =
        Converter { nodes: limits.nodes, depth: limits.xml_depth, pictures: Vec::new(), sheets: format == Format::Xls, stand_ins };
    let mut blocks = Vec::new();
    for section in tree.sections.iter().filter(|section| !section.hidden) {
        converter.section(section, &mut blocks)?;
    }
    Ok(Document { format, blocks, pictures: converter.pictures, pages: Vec::new(), guessed: false })
}

struct Converter {
    nodes: usize,
    depth: usize,
    pictures: Vec<Picture>,
    /// Whether a table is a sheet: its empty rows and columns are left out.
    sheets: bool,
    stand_ins: bool,
}

impl Converter {
    /// The body, then headers and footers.
    fn section(&mut self, section: &Section, blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        self.elements(&section.elements, blocks)?;
        let sides = [&section.header, &section.first_page_header, &section.even_page_header, &section.footer, &section.first_page_footer];
        for HeaderFooter { content, .. } in sides.into_iter().chain([&section.even_page_footer]).flatten() {
            self.elements(content, blocks)?;
        }
        Ok(())
    }

    fn spend(&mut self) -> Result<(), ReadError> {
        self.nodes = self.nodes.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
        Ok(())
    }

    fn elements(&mut self, elements: &[Element], blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        self.depth = self.depth.checked_sub(1).ok_or(ReadError::TooLarge("depth"))?;
        for element in elements {
            self.element(element, blocks)?;
        }
        self.depth += 1;
        Ok(())
    }

    fn element(&mut self, element: &Element, blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        match element {
            Element::Paragraph(paragraph) => self.paragraph(&paragraph.content, blocks)?,
            Element::Heading(heading) => self.paragraph(&heading.content, blocks)?,
            Element::CodeBlock(code) => {
                self.spend()?;
                blocks.push(Block::Paragraph(Paragraph { inlines: inlines::of(&code.content, Look::default()), source: None }));
            }
            Element::Table(table) => {
                let table = if self.sheets { self.sheet(table)? } else { self.table(table)? };
                blocks.extend(table.map(Block::Table));
            }
            Element::List(list) => self.list(list, blocks)?,
            Element::TextBox(text_box) => {
                let mut within = Vec::new();
                self.elements(&text_box.content, &mut within)?;
                for block in within {
                    self.rows(block, blocks)?;
                }
            }
            Element::Footnote(note) | Element::Endnote(note) => self.elements(&note.content, blocks)?,
            Element::Image(image) => self.picture(image, blocks)?,
            // Breaks and lines; whatever a later version adds.
            _ => {}
        }
        Ok(())
    }

    fn paragraph(&mut self, content: &[InlineContent], blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        self.spend()?;
        let mut inlines = Vec::new();
        let mut enclosed = false;
        for piece in content {
            match piece {
                InlineContent::Text(span) if self.stand_ins => self.characters(span, &mut enclosed, &mut inlines)?,
                InlineContent::Text(span) => inlines.extend(inlines::of(&span.text, look(span))),
                InlineContent::LineBreak => inlines.extend(inlines::of("\n", Look::default())),
                // References to notes and comments.
                _ => continue,
            }
            self.spend()?;
        }
        blocks.push(Block::Paragraph(Paragraph { inlines, source: None }));
        Ok(())
    }

    /// Characters, some of which stand for something else.
    fn characters(&mut self, span: &TextSpan, enclosed: &mut bool, inlines: &mut Vec<Inline>) -> Result<(), ReadError> {
        let mut rest = span.text.as_str();
        while let Some((at, stand_in)) = rest.char_indices().find_map(|(at, c)| Some((at, StandIn::of(c)?))) {
            self.spend()?;
            let (before, from) = rest.split_at(at);
            inlines.extend(inlines::of(before, within(span, *enclosed)));
            match stand_in {
                StandIn::Tick(checked, source) => inlines.push(Inline::Tick(Tick { checked, source })),
                StandIn::Enclosed(begins) => *enclosed = begins,
            }
            rest = from.split_at_checked(1).map_or("", |(_, rest)| rest);
        }
        inlines.extend(inlines::of(rest, within(span, *enclosed)));
        Ok(())
    }

    /// Of a table in a text box the parser leaves a tab for the end of each cell and of each row, two behind its last cell: a
    /// paragraph for each row.
    fn rows(&mut self, block: Block, blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        const END: &str = "\t\t";
        let Block::Paragraph(Paragraph { inlines, source }) = block else {
            blocks.push(block);
            return Ok(());
        };
        let mut row = Vec::new();
        for inline in inlines {
            let Inline::Text(Text { text, style }) = inline else {
                row.push(inline);
                continue;
            };
            for (number, piece) in text.split(END).enumerate() {
                if number > 0 {
                    self.spend()?;
                    blocks.push(Block::Paragraph(Paragraph { inlines: std::mem::take(&mut row), source }));
                }
                let text = if number > 0 { piece.trim_start_matches('\t') } else { piece };
                row.push(Inline::Text(Text { text: text.to_owned(), style }));
            }
        }
        blocks.push(Block::Paragraph(Paragraph { inlines: row, source }));
        Ok(())
    }

    fn list(&mut self, list: &List, blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        self.depth = self.depth.checked_sub(1).ok_or(ReadError::TooLarge("depth"))?;
        for item in &list.items {
            self.elements(&item.content, blocks)?;
            if let Some(nested) = &item.nested {
                self.list(nested, blocks)?;
            }
        }
        self.depth += 1;
        Ok(())
    }

    fn table(&mut self, table: &Rows) -> Result<Option<Table>, ReadError> {
        let mut grid = Grid::default();
        for row in &table.rows {
            self.spend()?;
            grid.row();
            for cell in &row.cells {
                self.spend()?;
                let mut blocks = Vec::new();
                self.elements(&cell.content, &mut blocks)?;
                grid.cell(cell.col_span as usize, cell.row_span as usize, blocks);
            }
        }
        Ok(grid.close())
    }

    /// A sheet: its cells hold paragraphs only.
    fn sheet(&mut self, table: &Rows) -> Result<Option<Table>, ReadError> {
        let Some(table) = self.table(table)? else { return Ok(None) };
        let (mut cells, mut areas) = (Vec::new(), Vec::new());
        for (at, row) in table.rows.into_iter().enumerate() {
            for cell in row.cells {
                let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
                let (row, column) = (number(at), number(cell.column));
                if cell.row_span > 1 || cell.column_span > 1 {
                    areas.push(Area {
                        first: (row, column),
                        last: (number(at + cell.row_span - 1), number(cell.column + cell.column_span - 1)),
                    });
                }
                let inlines = flat(cell.blocks);
                if !is_blank(&inlines) {
                    cells.push(Filled { row, column, inlines });
                }
            }
        }
        spreadsheet::table(cells, &areas, &mut self.nodes)
    }

    fn picture(&mut self, image: &Image, blocks: &mut Vec<Block>) -> Result<(), ReadError> {
        let Some(bytes) = image.data.clone() else { return Ok(()) };
        self.spend()?;
        let index = self.pictures.len();
        let name = format!("image{}.{}", index + 1, extension(image.format.as_ref()));
        self.pictures.push(Picture { name, bytes, floating: true });
        unplaced::place(vec![Inline::Picture(index)], blocks);
        Ok(())
    }
}

/// How characters look, enclosed or not.
fn within(span: &TextSpan, enclosed: bool) -> Look {
    if enclosed { look(span).and_marked(true) } else { look(span) }
}

fn look(span: &TextSpan) -> Look {
    let marked = span.highlight.is_some() || span.color.is_some_and(|colour| colour != [0, 0, 0]);
    Look::new(span.font_name.as_deref(), span.bold, span.underline.is_some(), span.strikethrough).and_marked(marked)
}

fn extension(format: Option<&ImageFormat>) -> &'static str {
    match format {
        Some(ImageFormat::Png) => "png",
        Some(ImageFormat::Jpeg) => "jpg",
        Some(ImageFormat::Gif) => "gif",
        Some(ImageFormat::Tiff) => "tif",
        Some(ImageFormat::Bmp) => "bmp",
        Some(ImageFormat::Emf) => "emf",
        Some(ImageFormat::Wmf) => "wmf",
        _ => "bin",
    }
}

/// The inlines of all paragraphs, a line each.
fn flat(blocks: Vec<Block>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::new();
    for block in blocks {
        if let Block::Paragraph(paragraph) = block {
            if !out.is_empty() {
                out.extend(inlines::of("\n", Look::default()));
            }
            out.extend(paragraph.inlines);
        }
    }
    out
}

fn is_blank(inlines: &[Inline]) -> bool {
    inlines.iter().all(|inline| matches!(inline, Inline::Text(run) if run.text.trim().is_empty()))
}
