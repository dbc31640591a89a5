//! Where each field of a form stands: a [`Document`] into lines by field.
//!
//! Nothing here knows what a value should look like. A label in a cell of its own owns the rest of its
//! row (and the rows that it is merged over); a label on a line of its own owns what follows until the
//! next label; a row of labels owns the row beneath it. Labels within the long sections count only for
//! fields that have not been met yet, so that a unit's prose opens no field.

use crate::intake::form::ticks;
use crate::intake::labels::{Announced, Field, LabelForm, Labels};
use crate::intake::text;
use crate::model::document::{Block, Cell, Document, Inline, Paragraph, Row, Table, Text};
use std::collections::BTreeMap;

/// A form's fields as they stood.
#[derive(Debug, Clone, Default)]
pub struct Located {
    fields: BTreeMap<Field, Slot>,
    /// Whether values stood under a row of labels, as in a list.
    listed: bool,
}

/// One field: its label and the lines of its value.
#[derive(Debug, Clone, Default)]
pub struct Slot {
    /// The label as it stood.
    pub label: String,
    /// Where the label stood.
    pub place: Place,
    /// The value, line by line.
    pub lines: Vec<Line>,
}

/// A paragraph, or what followed a label in one.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Its content.
    pub inlines: Vec<Inline>,
    /// Where it stood.
    pub place: Place,
}

/// A place in a document, counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The table, row and cell; none outside tables.
    pub cell: Option<(usize, usize, usize)>,
    /// The paragraph, counted over the document.
    pub paragraph: usize,
}

impl Place {
    /// `表1 第3行 第2格`, or `第5段`.
    pub fn describe(self) -> String {
        match self.cell {
            Some((table, row, cell)) => format!("表{table} 第{row}行 第{cell}格"),
            None => format!("第{}段", self.paragraph),
        }
    }
}

impl Line {
    /// Its characters; ticks show as ☑ or ☐.
    pub fn text(&self) -> String {
        Paragraph { inlines: self.inlines.clone() }.text()
    }

    /// Whether it bears a picture.
    pub fn pictures(&self) -> impl Iterator<Item = usize> {
        self.inlines.iter().filter_map(|inline| match inline {
            Inline::Picture(index) => Some(*index),
            Inline::Text(_) | Inline::Tick(_) => None,
        })
    }

    fn is_blank(&self) -> bool {
        self.text().trim().is_empty() && self.pictures().next().is_none()
    }
}

impl Located {
    /// The field's slot, if its label was met.
    pub fn slot(&self, field: Field) -> Option<&Slot> {
        self.fields.get(&field)
    }

    /// The field's lines; none where its label was not met.
    pub fn lines(&self, field: Field) -> &[Line] {
        self.fields.get(&field).map_or(&[], |slot| slot.lines.as_slice())
    }

    /// Every field whose label was met, with its slot.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &Slot)> {
        self.fields.iter().filter(|(field, _)| **field != Field::Other).map(|(field, slot)| (*field, slot))
    }

    /// Whether enough labels were met to call it an application form.
    ///
    /// Forms are recognised by their labels, never by a title: at least three of the seven, the unit or
    /// the contact among them.
    pub fn is_form(&self) -> bool {
        let has = |field| self.fields.contains_key(&field);
        let contact = has(Field::Contact) || has(Field::ContactName) || has(Field::ContactPhone);
        let met = [
            has(Field::Title),
            has(Field::Unit),
            has(Field::Category),
            contact,
            has(Field::Introduction),
            has(Field::Materials),
            has(Field::Opinion),
        ];
        // 汇总表: a row of labels over rows of values, and nothing else.
        let is_list = self.listed && !(has(Field::Introduction) || has(Field::Materials) || has(Field::Opinion));
        !is_list
            && met.iter().filter(|met| **met).count() >= 3
            && (has(Field::Unit) || contact)
            && (has(Field::Title) || has(Field::Introduction))
    }
}

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
    };
    finder.blocks(&document.blocks, None);
    finder.forms
}

/// Every paragraph of a document as a line, labels or not.
pub fn plain_lines(document: &Document) -> Vec<Line> {
    fn walk(blocks: &[Block], lines: &mut Vec<Line>) {
        for block in blocks {
            match block {
                Block::Paragraph(paragraph) => {
                    lines.push(Line { inlines: paragraph.inlines.clone(), place: Place { cell: None, paragraph: lines.len() + 1 } })
                }
                Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).for_each(|cell| walk(&cell.blocks, lines)),
            }
        }
    }
    let mut lines = Vec::new();
    walk(&document.blocks, &mut lines);
    lines
}

/// The field that is being filled.
#[derive(Debug, Clone, Copy)]
struct Current {
    field: Field,
    reach: Reach,
    /// The table that its label stood in.
    table: Option<usize>,
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
}

impl Finder<'_> {
    fn blocks(&mut self, blocks: &[Block], cell: Option<(usize, usize, usize)>) {
        let mut blocks = blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            match block {
                Block::Paragraph(paragraph) => self.paragraph(paragraph, cell),
                Block::Table(table) => {
                    let outer = self.nested;
                    let section = self.current.is_some_and(|current| current.field.is_section());
                    self.nested = outer || (cell.is_some() && section);
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
        let announced: Vec<Option<Field>> = row.cells.iter().map(|cell| self.label_cell(cell, row, table)).collect();
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
        if announced.iter().flatten().count() >= 2 && announced.iter().flatten().count() == filled {
            self.below = row.cells.iter().zip(&announced).filter_map(|(cell, field)| field.map(|field| (cell.column, field))).collect();
        }
        let others = row.cells.len() > 1;
        for (index, cell) in row.cells.iter().enumerate() {
            let place = (table, at + 1, index + 1);
            match announced.get(index).copied().flatten() {
                Some(field) => {
                    let reach = if others { Reach::Rows { table, until: at + cell.row_span.max(1) } } else { Reach::Onward };
                    self.paragraphs += cell.blocks.len();
                    let label = cell_text(cell);
                    self.open(field, &text::joined([label.as_str()]), Place { cell: Some(place), paragraph: self.paragraphs }, reach);
                    self.keep_pictures(cell, place);
                    self.value_cell = Some((table, at + 1, index + 2));
                }
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

    /// The field that a cell announces, if it holds a label and nothing else.
    fn label_cell(&self, cell: &Cell, row: &Row, table: usize) -> Option<Field> {
        if cell.blocks.iter().any(|block| matches!(block, Block::Table(_))) {
            return None;
        }
        let content = cell_text(cell);
        let found = self.labels.announced(content.trim())?;
        // A section of this table ends at a row of another kind; a table within the section doesn't end it.
        let leads = row.cells.len() > 1 && row.cells.first().is_some_and(|first| first.column == cell.column);
        let ends_section = found.field == Field::Other && leads && self.current.is_some_and(|current| current.table == Some(table));
        (found.form == LabelForm::Alone && (ends_section || self.may_open(found.field))).then_some(found.field)
    }

    fn paragraph(&mut self, paragraph: &Paragraph, cell: Option<(usize, usize, usize)>) {
        self.paragraphs += 1;
        let place = Place { cell, paragraph: self.paragraphs };
        for inlines in split_at_labels(paragraph, self.labels) {
            self.line(inlines, place);
        }
    }

    fn line(&mut self, inlines: Vec<Inline>, place: Place) {
        let content = Paragraph { inlines: inlines.clone() }.text();
        let found = self
            .labels
            .announced(content.trim_start())
            .filter(|found| !self.begins_value(place) && !self.names_partner(found, place) && self.opens(found, &content));
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
        self.open(field, &label, place, reach);
        let line = Line { inlines: value, place };
        if !line.is_blank() {
            self.append(line);
        }
    }

    /// Whether the line is the first of a cell beside its label: 案例题目 | 标准：一个题目.
    fn begins_value(&self, place: Place) -> bool {
        let slot = self.current.filter(|current| current.field != Field::Other);
        let slot = slot.and_then(|current| self.forms.last()?.slot(current.field));
        place.cell.is_some() && place.cell == self.value_cell && slot.is_some_and(|slot| slot.lines.iter().all(Line::is_blank))
    }

    /// Whether it tells in the unit's own cell how a further unit takes part: 参与单位：某协会.
    fn names_partner(&self, found: &Announced<'_>, place: Place) -> bool {
        let in_unit =
            self.current.is_some_and(|current| current.field == Field::Unit) && place.cell.is_some() && place.cell == self.value_cell;
        in_unit && found.field == Field::Other && found.label.ends_with("单位")
    }

    /// Whether a label at the head of a line opens its field here.
    fn opens(&self, found: &Announced<'_>, line: &str) -> bool {
        match found.form {
            LabelForm::Alone | LabelForm::Colon => self.may_open(found.field),
            // “报送单位 某某局”: only where nothing else is being filled, since prose begins like that too.
            LabelForm::Blank => {
                let tabbed = line.contains(&format!("{}\t", found.label));
                let in_section = self.current.is_some_and(|current| current.field.is_section());
                self.may_open(found.field) && !in_section && (tabbed || found.field != Field::Other)
            }
        }
    }

    /// A label counts once a form; within a long section it counts only for what has not been met.
    fn may_open(&self, field: Field) -> bool {
        let in_section = self.current.is_some_and(|current| current.field.is_section());
        let met = self.has_met(field);
        match field {
            Field::Other => !in_section,
            // “单位名称：某企业” in a unit's prose, or a table of enterprises there, begins no further form.
            Field::Title | Field::Unit if met => {
                let prose = self.nested || self.current.is_some_and(|current| current.field == Field::Introduction);
                !prose && self.form_is_complete()
            }
            // “联系人：某报记者” among the evidence is nobody's contact.
            Field::ContactName | Field::ContactPhone if in_section && self.has_met(Field::Contact) => false,
            _ => !met,
        }
    }

    fn has_met(&self, field: Field) -> bool {
        self.forms.last().is_some_and(|form| form.fields.contains_key(&field))
    }

    fn form_is_complete(&self) -> bool {
        self.forms.last().is_some_and(|form| {
            form.is_form() && (form.fields.contains_key(&Field::Introduction) || form.fields.contains_key(&Field::Opinion))
        })
    }

    fn open(&mut self, field: Field, label: &str, place: Place, reach: Reach) {
        let again = self.forms.last().is_some_and(|form| form.fields.contains_key(&field)) && matches!(field, Field::Title | Field::Unit);
        if again {
            self.forms.push(Located::default());
        }
        self.interrupted = self.current.filter(|current| field == Field::Other && current.field.is_section());
        self.current = Some(Current { field, reach, table: place.cell.map(|(table, ..)| table) });
        if let Some(form) = self.forms.last_mut() {
            form.fields.entry(field).or_insert_with(|| Slot { label: label.to_owned(), place, lines: Vec::new() });
        }
    }

    fn append(&mut self, line: Line) {
        let Some(current) = self.current else { return };
        if self.ends_short_value(current, &line) {
            self.current = None;
            return;
        }
        if let Some(slot) = self.forms.last_mut().and_then(|form| form.fields.get_mut(&current.field)) {
            slot.lines.push(line);
        }
    }

    /// Outside tables a short value ends with its line, unless nothing has come yet or it plainly goes on.
    fn ends_short_value(&self, current: Current, line: &Line) -> bool {
        if current.field.is_section() || line.place.cell.is_some() || line.is_blank() {
            return false;
        }
        let Some(slot) = self.forms.last().and_then(|form| form.slot(current.field)) else { return false };
        let has_value = slot.lines.iter().any(|line| !line.is_blank());
        let content = line.text();
        let goes_on = match current.field {
            Field::Title => content.trim_start().starts_with('—'),
            Field::Unit => super::is_unit_name(&super::without_stamp_hint(&content)),
            Field::Category => content.contains(ticks::is_tick),
            Field::Contact | Field::ContactName | Field::ContactPhone => {
                text::narrowed(&content).chars().filter(char::is_ascii_digit).count() >= 7
            }
            _ => false,
        };
        has_value && !goes_on
    }

    fn keep_pictures(&mut self, cell: &Cell, place: (usize, usize, usize)) {
        for block in &cell.blocks {
            let Block::Paragraph(paragraph) = block else { continue };
            let inlines: Vec<Inline> = paragraph.inlines.iter().filter(|inline| matches!(inline, Inline::Picture(_))).cloned().collect();
            if !inlines.is_empty() {
                self.append(Line { inlines, place: Place { cell: Some(place), paragraph: self.paragraphs } });
            }
        }
    }
}

/// A paragraph whose line breaks or wide gaps part several labels is several lines:
/// `报送单位：某局⏎联系人：张三`.
fn split_at_labels(paragraph: &Paragraph, labels: &Labels) -> Vec<Vec<Inline>> {
    let mut lines: Vec<Vec<Inline>> = vec![Vec::new()];
    for inline in &paragraph.inlines {
        let Inline::Text(run) = inline else {
            if let Some(line) = lines.last_mut() {
                line.push(inline.clone());
            }
            continue;
        };
        let mut rest = run.text.as_str();
        while let Some((before, after)) = split_once_at_label(rest, labels) {
            push_text(&mut lines, before, run);
            lines.push(Vec::new());
            rest = after;
        }
        push_text(&mut lines, rest, run);
    }
    lines
}

fn push_text(lines: &mut [Vec<Inline>], text: &str, run: &Text) {
    if let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) {
        line.push(Inline::Text(Text { text: text.to_owned(), style: run.style }));
    }
}

fn split_once_at_label<'a>(text: &'a str, labels: &Labels) -> Option<(&'a str, &'a str)> {
    text.match_indices('\n').find_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let found = labels.announced(after.trim_start())?;
        // A label split over a line break (报送⏎单位) is one label, not two lines.
        let whole = labels.announced(text.trim_start()).is_some_and(|whole| whole.label.contains('\n'));
        (found.form == LabelForm::Colon && !whole && !before.trim().is_empty()).then_some((before, after))
    })
}

/// The last `bytes` bytes of text of the inlines, with every non-text inline after that point.
fn after(inlines: &[Inline], bytes: usize) -> Vec<Inline> {
    let mut left = Paragraph { inlines: inlines.to_vec() }.text().len().saturating_sub(bytes);
    let mut out = Vec::new();
    for inline in inlines {
        match inline {
            Inline::Text(run) => {
                let skipped = left.min(run.text.len());
                left -= skipped;
                if let Some(rest) = run.text.get(skipped..).filter(|rest| !rest.is_empty()) {
                    out.push(Inline::Text(Text { text: rest.to_owned(), style: run.style }));
                }
            }
            Inline::Tick(_) if left > 0 => left = left.saturating_sub('☑'.len_utf8()),
            Inline::Tick(_) | Inline::Picture(_) => out.push(inline.clone()),
        }
    }
    out
}

fn cell_text(cell: &Cell) -> String {
    let paragraphs = cell.blocks.iter().filter_map(|block| match block {
        Block::Paragraph(paragraph) => Some(paragraph.text()),
        Block::Table(_) => None,
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}

fn is_blank_cell(cell: &Cell) -> bool {
    cell.blocks.iter().all(is_empty_paragraph)
}

fn is_empty_paragraph(block: &Block) -> bool {
    match block {
        Block::Paragraph(paragraph) => {
            paragraph.text().trim().is_empty() && !paragraph.inlines.iter().any(|inline| matches!(inline, Inline::Picture(_)))
        }
        Block::Table(_) => false,
    }
}
