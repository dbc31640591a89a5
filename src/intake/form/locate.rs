//! Where each field of a form stands: a [`Document`] into lines by field.
//!
//! Nothing here knows what a value should look like. A label in a cell of its own owns the rest of its
//! row (and the rows that it is merged over); a label on a line of its own owns what follows until the
//! next label; a row of labels owns the row beneath it. Labels within the long sections count only for
//! fields that have not been met yet, so that a unit's prose opens no field. An introduction whose label is gone is
//! known by the headings of its parts.

mod cells;
mod opening;

use crate::intake::form::introduction::own_words;
use crate::intake::form::lines::{after, split_at_labels};
use crate::intake::form::wording::Wording;
use crate::intake::form::{ticks, units};
use crate::intake::labels::{Field, LabelForm, Labels};
use crate::intake::text;
use crate::model::document::{Block, Cell, Document, Inline, Paragraph, Row, Table};
use cells::{LONGEST, cell_text, is_blank_cell, is_empty_paragraph, source_of, text_len};

pub use crate::intake::form::located::{Line, Located, Place, Slot};

/// Finds the forms of a document: usually one, more where a form's first labels come again.
pub fn locate(document: &Document, labels: &Labels) -> Vec<Located> {
    let mut finder = Finder {
        labels,
        forms: vec![Located::default()],
        current: None,
        interrupted: None,
        value_cell: None,
        nested: false,
        tables: 0,
        paragraphs: 0,
        below: Vec::new(),
        beside: false,
    };
    finder.blocks(&document.blocks, None);
    finder.forms
}

/// The field that is being filled.
#[derive(Debug, Clone, Copy)]
struct Current {
    field: Field,
    reach: Reach,
    /// The table that its label stood in.
    table: Option<usize>,
}

/// Whether a label stands in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In a cell that holds nothing else.
    OwnCell,
    InTable,
    InText,
}

impl Standing {
    fn of(place: Place) -> Standing {
        if place.cell.is_some() { Standing::InTable } else { Standing::InText }
    }
}

/// How far a field's value reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the next label.
    Onward,
    /// Over the rows that its label's cell covers, of this table.
    Rows { table: usize, until: usize },
}

struct Finder<'a> {
    labels: &'a Labels,
    forms: Vec<Located>,
    current: Option<Current>,
    /// The section that a row of no field of ours stands in the middle of; it goes on beneath.
    interrupted: Option<Current>,
    /// The cell that a label's own cell owns: what it begins with is value, whatever it looks like.
    value_cell: Option<(usize, usize, usize)>,
    /// Whether it is in a table within a section's cell.
    nested: bool,
    tables: usize,
    paragraphs: usize,
    /// Labels of a row that holds nothing else, by column: their values may stand beneath.
    below: Vec<(usize, Field)>,
    /// Whether the row has several cells.
    beside: bool,
}

impl Finder<'_> {
    fn blocks(&mut self, blocks: &[Block], cell: Option<(usize, usize, usize)>) {
        let mut blocks = blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            match block {
                Block::Paragraph(paragraph) => self.paragraph(paragraph, cell),
                Block::Table(table) => {
                    let outer = self.nested;
                    // A form in an outer table's cell is in no section of the form before it.
                    let around = cell.map(|(table, ..)| table);
                    let section = self.current.is_some_and(|current| current.field.is_section() && current.table == around);
                    self.nested = outer || (around.is_some() && section);
                    self.table(table);
                    self.nested = outer;
                    let next_is_table =
                        blocks.clone().find(|block| !is_empty_paragraph(block)).is_some_and(|block| matches!(block, Block::Table(_)));
                    if cell.is_none() && !next_is_table {
                        self.current = None;
                    }
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        self.tables += 1;
        let number = self.tables;
        for (at, row) in table.rows.iter().enumerate() {
            self.row(row, number, at);
        }
        self.below.clear();
        if let Some(Current { reach: Reach::Rows { table, .. }, .. }) = self.current
            && table == number
        {
            self.current = None;
        }
    }

    fn row(&mut self, row: &Row, table: usize, at: usize) {
        let above = std::mem::take(&mut self.below);
        let mut announced: Vec<Option<Field>> = row.cells.iter().map(|cell| self.label_cell(cell, row, table)).collect();
        // A row of labels that begins a further form: all of them are its own.
        if announced.iter().flatten().any(|field| self.has_met(*field) && matches!(field, Field::Title | Field::Unit)) {
            announced = row.cells.iter().map(|cell| self.lone_label(cell).map(|found| found.0)).collect();
        }
        let filled = row.cells.iter().filter(|cell| !is_blank_cell(cell)).count();
        if announced.iter().all(Option::is_none) && !above.is_empty() && self.values_beneath(&above, row, table, at) {
            return;
        }
        let continues = row.cells.first().is_some_and(is_blank_cell) && filled > 0;
        if let Some(Current { reach: Reach::Rows { table: of, until }, .. }) = self.current
            && of == table
            && at >= until
            && !continues
        {
            self.current = self.interrupted.take().filter(|section| section.table == Some(table));
        }
        self.below = labels_over_values(row, &announced);
        let others = row.cells.len() > 1;
        self.beside = others;
        self.open_by_headings(row, (table, at + 1));
        // 案例分类 | 类别 | 是 | 否: a label's own row may repeat it as a heading.
        let mut opened: Vec<Field> = Vec::new();
        for (index, cell) in row.cells.iter().enumerate() {
            let place = (table, at + 1, index + 1);
            let field = announced.get(index).copied().flatten().filter(|field| *field == Field::Other || !opened.contains(field));
            opened.extend(field);
            match field {
                Some(field) => {
                    let reach = if others { Reach::Rows { table, until: at + cell.row_span.max(1) } } else { Reach::Onward };
                    self.paragraphs += cell.blocks.len();
                    let label = cell_text(cell);
                    let stood = Place { cell: Some(place), paragraph: self.paragraphs, source: source_of(cell) };
                    self.open(field, &text::joined([label.as_str()]), stood, reach, Standing::OwnCell);
                    self.keep_pictures(cell, place);
                    self.value_cell = Some((table, at + 1, index + 2));
                }
                // Ticks in columns are counted by cells, and a reader may give a blank one no paragraph.
                None if cell.blocks.is_empty() => self.paragraph(&Paragraph::default(), Some(place)),
                None => self.blocks(&cell.blocks, Some(place)),
            }
        }
    }

    /// A row of values under a row of labels: each goes to the label over it.
    fn values_beneath(&mut self, above: &[(usize, Field)], row: &Row, table: usize, at: usize) -> bool {
        let covered: Vec<(&Cell, Field)> = row
            .cells
            .iter()
            .filter_map(|cell| above.iter().find(|(column, _)| *column == cell.column).map(|(_, field)| (cell, *field)))
            .collect();
        if covered.len() != above.len() {
            return false;
        }
        if let Some(form) = self.forms.last_mut() {
            form.listed = true;
        }
        for (index, (cell, field)) in covered.into_iter().enumerate() {
            self.current = Some(Current { field, reach: Reach::Rows { table, until: at + 1 }, table: Some(table) });
            self.value_cell = Some((table, at + 1, index + 1));
            self.blocks(&cell.blocks, Some((table, at + 1, index + 1)));
        }
        self.current = None;
        true
    }

    /// The field that a cell announces, if it holds a label and nothing else, and the label counts here.
    fn label_cell(&self, cell: &Cell, row: &Row, table: usize) -> Option<Field> {
        let (field, anothers) = self.lone_label(cell)?;
        // A section of this table ends at a row of another kind; a table within the section doesn't end it.
        let leads = row.cells.len() > 1 && row.cells.first().is_some_and(|first| first.column == cell.column);
        let ends_section = field == Field::Other
            && leads
            && self.current.is_some_and(|current| current.table == Some(table) || current.field == Field::Opinion && !self.nested);
        (ends_section || anothers || self.may_open(field, Standing::OwnCell)).then_some(field)
    }

    /// The label that is all that a cell holds, and whether it is another's opinion below the unit's own.
    fn lone_label(&self, cell: &Cell) -> Option<(Field, bool)> {
        if cell.blocks.iter().any(|block| matches!(block, Block::Table(_))) {
            return None;
        }
        if cell.blocks.iter().map(text_len).sum::<usize>() > LONGEST {
            return None;
        }
        let content = cell_text(cell);
        let found = self.labels.announced(content.trim()).filter(|found| found.form == LabelForm::Alone)?;
        Some((found.field, self.ends_with_anothers(&found)))
    }

    fn paragraph(&mut self, paragraph: &Paragraph, cell: Option<(usize, usize, usize)>) {
        self.paragraphs += 1;
        let place = Place { cell, paragraph: self.paragraphs, source: paragraph.source };
        for inlines in split_at_labels(paragraph, self.labels) {
            self.line(inlines, place);
        }
    }

    fn line(&mut self, inlines: Vec<Inline>, place: Place) {
        let content = Inline::text(&inlines);
        let found =
            self.labels.announced(content.trim_start()).filter(|found| !self.begins_value(place) && self.opens(found, &content, place));
        let Some(found) = found else {
            self.append(Line { inlines, place });
            return;
        };
        let reach = match (place.cell, found.field.is_section()) {
            (Some((table, row, _)), false) => Reach::Rows { table, until: row },
            _ => Reach::Onward,
        };
        let value = after(&inlines, found.rest.trim_start().len());
        let (field, label) = (found.field, found.label.to_owned());
        self.open(field, &label, place, reach, Standing::of(place));
        let line = Line { inlines: value, place };
        if !line.is_blank() {
            self.append(line);
        }
    }

    fn open(&mut self, field: Field, label: &str, place: Place, reach: Reach, standing: Standing) {
        self.forget_letter(field, standing);
        let again = self.forms.last().is_some_and(|form| form.fields.contains_key(&field))
            && matches!(field, Field::Title | Field::Unit | Field::Category);
        if again {
            self.forms.push(Located::default());
        }
        self.interrupted = self.current.filter(|current| field == Field::Other && current.field.is_section());
        self.current = Some(Current { field, reach, table: place.cell.map(|(table, ..)| table) });
        if let Some(form) = self.forms.last_mut() {
            form.fields.entry(field).or_insert_with(|| Slot {
                label: label.to_owned(),
                place,
                inline: standing != Standing::OwnCell,
                filled: false,
                lines: Vec::new(),
            });
        }
    }

    fn append(&mut self, line: Line) {
        let Some(current) = self.current else {
            self.note_stray(&line);
            return;
        };
        if self.ends_short_value(current, &line) {
            self.current = None;
            return;
        }
        if let Some(slot) = self.forms.last_mut().and_then(|form| form.fields.get_mut(&current.field)) {
            // （填写单位全称） before the value is the form's own.
            slot.filled = slot.filled || !line.is_blank() && (current.field.is_section() || says_something(&line, self.labels.wording()));
            slot.lines.push(line);
        }
    }

    /// Words of a row that no known label owns: a field whose label was not met may stand there.
    fn note_stray(&mut self, line: &Line) {
        let content = line.text();
        let (label, value) = content.split_once([':', '：']).unwrap_or_default();
        let announced = (2..=14).contains(&label.trim().chars().count()) && !value.trim().is_empty();
        let in_row = line.place.cell.is_some() && self.beside && content.chars().any(char::is_alphanumeric);
        if let Some(form) = self.forms.last_mut().filter(|_| in_row || announced) {
            form.strays = true;
        }
    }

    /// Outside tables a short value ends with its line, unless nothing has come yet or it plainly goes on.
    fn ends_short_value(&self, current: Current, line: &Line) -> bool {
        if current.field.is_section() || line.place.cell.is_some() || line.is_blank() {
            return false;
        }
        let Some(slot) = self.forms.last().and_then(|form| form.slot(current.field)) else { return false };
        if !slot.filled {
            return false;
        }
        let content = line.text();
        let goes_on = match current.field {
            Field::Title => content.trim_start().starts_with('—'),
            Field::Unit => {
                self.labels.announced(content.trim_start()).is_none() && units::is_unit_name(&units::without_stamp_hint(&content))
            }
            // An option a line, ticked or not: 标准（ ）.
            Field::Category => content.contains(ticks::is_tick) || (content.trim().chars().count() <= 20 && !content.contains('。')),
            Field::Contact | Field::ContactName | Field::ContactPhone => {
                text::narrowed(&content).chars().filter(char::is_ascii_digit).count() >= 7
            }
            _ => false,
        };
        !goes_on
    }

    fn keep_pictures(&mut self, cell: &Cell, place: (usize, usize, usize)) {
        for block in &cell.blocks {
            let Block::Paragraph(paragraph) = block else { continue };
            let inlines: Vec<Inline> = paragraph.inlines.iter().filter(|inline| matches!(inline, Inline::Picture(_))).cloned().collect();
            if !inlines.is_empty() {
                self.append(Line { inlines, place: Place { cell: Some(place), paragraph: self.paragraphs, source: paragraph.source } });
            }
        }
    }
}

/// The labels of a row that holds nothing else, by column. What a cell names that covers the next row too (联系人信息)
/// stands before them, and over none.
fn labels_over_values(row: &Row, announced: &[Option<Field>]) -> Vec<(usize, Field)> {
    let leads = row.cells.first().is_some_and(|cell| cell.row_span > 1);
    let cells = row.cells.iter().zip(announced).skip(usize::from(leads));
    let filled = cells.clone().filter(|(cell, _)| !is_blank_cell(cell)).count();
    let labels: Vec<(usize, Field)> = cells.filter_map(|(cell, field)| field.map(|field| (cell.column, field))).collect();
    if labels.len() >= 2 && labels.len() == filled { labels } else { Vec::new() }
}

/// Whether a line holds more than the form's guidance.
fn says_something(line: &Line, wording: &Wording) -> bool {
    line.pictures().next().is_some() || line.text().split('\n').any(|line| own_words(line, wording).is_some())
}
