//! Where each field of a form stands: a [`Document`] into lines by field.
//!
//! Nothing here knows what a value should look like. A label in a cell of its own owns the rest of its
//! row (and the rows that it is merged over); a label on a line of its own owns what follows until the
//! next label; a row of labels owns the row beneath it. Labels within the long sections count only for
//! fields that have not been met yet, so that a unit's prose opens no field. An introduction whose label is gone is
//! known by the headings of its parts.

mod cells;
mod columns;
mod filling;
mod opening;
mod rows;

use crate::intake::form::lines::{after, split_at_labels};
use crate::intake::labels::{Field, LabelForm, Labels};
use crate::model::document::{Block, Document, Format, Inline, Paragraph};
use cells::is_empty_paragraph;

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
        asides: Vec::new(),
        carried: None,
        headless: None,
        apart: match document.format {
            Format::Xlsx | Format::Xls => Apart::Always,
            Format::Text => Apart::Never,
            Format::Docx | Format::Doc | Format::Wps | Format::Rtf | Format::Html | Format::Pdf | Format::Ofd | Format::Image => {
                Apart::FromText
            }
        },
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
    /// In such a cell, which is all of its row.
    OwnRow,
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

/// What a table is parted from by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// From everything: a sheet is a page of its own, and its notes (填表说明) go on with no section of another.
    Always,
    /// From the text behind it, and not from a table there.
    FromText,
    /// From nothing: lines with tabs in a plain text.
    Never,
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
    /// The columns of this table that explain the others.
    asides: Vec<usize>,
    /// The section that the table before this one ended in.
    carried: Option<Current>,
    /// The table in which a value stood beside something that is no label, before any label was met.
    headless: Option<usize>,
    /// What tables of this document are parted from.
    apart: Apart,
}

impl Finder<'_> {
    fn blocks(&mut self, blocks: &[Block], cell: Option<(usize, usize, usize)>) {
        let mut blocks = blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            match block {
                Block::Paragraph(paragraph) => match torn_label(paragraph, blocks.clone(), self.labels) {
                    Some((whole, more)) => {
                        blocks.nth(more - 1);
                        self.paragraph(&whole, cell);
                    }
                    None => self.paragraph(paragraph, cell),
                },
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
                    let ends = self.apart == Apart::Always || !next_is_table;
                    if cell.is_some() || ends {
                        self.carried = None;
                    }
                    if cell.is_none() && ends && !self.goes_on_behind_table() {
                        self.current = None;
                    }
                }
            }
        }
    }

    /// A section whose label stands in the text goes on behind a table in it; in a plain text every value does.
    fn goes_on_behind_table(&self) -> bool {
        let section = self.current.is_some_and(|current| current.field.is_section() && current.table.is_none());
        section || self.apart == Apart::Never
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
        let table = place.cell.map(|(table, ..)| table);
        self.current = Some(Current { field, reach, table });
        let headless = self.headless.take();
        if let Some(form) = self.forms.last_mut() {
            // 成果名称 | 茶 over 报送单位 | 某所: the first row may be the title's.
            form.strays.any |= headless.is_some() && headless == table;
            form.fields.entry(field).or_insert_with(|| Slot {
                label: label.to_owned(),
                place,
                inline: !matches!(standing, Standing::OwnCell | Standing::OwnRow),
                filled: false,
                lines: Vec::new(),
            });
        }
    }
}

/// `报送`, `单位` and `意见`, each a paragraph, as a label's narrow column leaves them: one paragraph, and how many more it takes.
fn torn_label<'a>(first: &Paragraph, next: impl Iterator<Item = &'a Block>, labels: &Labels) -> Option<(Paragraph, usize)> {
    const LONGEST: usize = 3;
    const MOST: usize = 5;
    let is_piece = |text: &str| (1..=LONGEST).contains(&text.trim().chars().count());
    let mut text = first.text();
    // Most paragraphs are prose, and known at once.
    if !is_piece(&text) || labels.announced(text.trim()).is_some() {
        return None;
    }
    let mut whole = first.clone();
    let mut found = None;
    for (more, block) in next.take(MOST).enumerate() {
        let Block::Paragraph(paragraph) = block else { break };
        let piece = paragraph.text();
        if !is_piece(&piece) {
            break;
        }
        text.push_str(piece.trim());
        whole.inlines.extend(paragraph.inlines.iter().cloned());
        // 报送单位 goes on with 意见.
        if labels.announced(text.trim()).is_some_and(|label| label.form == LabelForm::Alone) {
            found = Some((whole.clone(), more + 1));
        }
    }
    found
}
