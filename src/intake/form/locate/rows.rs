//! Rows of a table: which cells are labels, and which cells their values stand in.

use super::cells::{LONGEST, begins_with_words, cell_text, is_blank_cell, only_filled, source_of, text_len};
use super::{Apart, Current, Finder, Place, Reach, Standing, columns};
use crate::intake::labels::{Field, LabelForm};
use crate::intake::text;
use crate::model::document::{Block, Cell, Paragraph, Row, Table};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

impl Finder<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        self.tables += 1;
        let number = self.tables;
        let instructing = if self.nested { Vec::new() } else { columns::instructing(table, self.labels) };
        let outer = std::mem::replace(&mut self.asides, instructing);
        let inset = inset(table);
        for (at, row) in table.rows.iter().enumerate() {
            // A further form of the same sheet may have its own headings.
            let in_text = self.nested || self.current.is_some_and(|current| current.field == Field::Introduction);
            match columns::explained(row).filter(|asides| at < columns::HIGHEST || !asides.is_empty() && !in_text) {
                Some(asides) => self.asides = asides,
                None if self.heads_next(row, table.rows.get(at + 1)) => {}
                None => {
                    let inset = inset.get(at).copied().unwrap_or_default();
                    let beneath = table.rows.get(at + 1..).unwrap_or_default();
                    self.row(&columns::without(row, &self.asides), beneath, (number, at), inset);
                }
            }
        }
        self.asides = outer;
        self.below.clear();
        self.carried = self.current.filter(|current| current.field.is_section());
        if let Some(Current { reach: Reach::Rows { table, .. }, .. }) = self.current
            && table == number
        {
            let on = |current: Current| Current { reach: Reach::Onward, ..current };
            self.current = self.current.filter(|_| self.apart == Apart::Never).map(on);
        }
    }

    /// `三、证明材料及意见` in a row of its own below the introduction's, over the label of a later section: a heading of
    /// the table.
    fn heads_next(&self, row: &Row, next: Option<&Row>) -> bool {
        const LONGEST_HEADING: usize = 16;
        if self.nested || self.current.is_none_or(|current| current.field != Field::Introduction) {
            return false;
        }
        let Some(content) = only_filled(row).map(|(_, cell)| cell_text(cell)) else { return false };
        let content = content.trim();
        let numbered = content.trim_start_matches(|c| "一二三四五六七八九十".contains(c));
        let short = content.chars().count() <= LONGEST_HEADING && !content.contains(['。', '；', '，']);
        let below = || next.filter(|next| next.cells.len() > 1).and_then(|next| self.lone_label(next.cells.first()?));
        numbered.len() < content.len()
            && numbered.starts_with('、')
            && short
            && self.labels.announced(content).is_none()
            && below().is_some_and(|(field, _)| matches!(field, Field::Materials | Field::Opinion))
    }

    /// `inset`: it stands right of its table's edge, as one of a table within a cell does.
    fn row(&mut self, row: &Row, beneath: &[Row], (table, at): (usize, usize), inset: bool) {
        let above = std::mem::take(&mut self.below);
        let mut announced: Vec<Option<Field>> = row.cells.iter().map(|cell| self.label_cell(cell, row, table, inset)).collect();
        // A row of labels that begins a further form: all of them are its own.
        if announced.iter().flatten().any(|field| self.has_met(*field) && matches!(field, Field::Title | Field::Unit)) {
            announced = row.cells.iter().map(|cell| self.lone_label(cell).map(|found| found.0)).collect();
        }
        let filled = row.cells.iter().filter(|cell| !is_blank_cell(cell)).count();
        self.carry_on(row, &announced, table);
        if announced.iter().all(Option::is_none) && !above.is_empty() && self.values_beneath(&above, row, table, at) {
            return;
        }
        let goes_on = || announced.iter().all(Option::is_none) && self.goes_on_beneath(row);
        let continues = filled > 0 && (row.cells.first().is_some_and(is_blank_cell) || self.awaits_a_text(&announced) || goes_on());
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
        self.open_by_headings(row, beneath, (table, at + 1));
        // 案例分类 | 类别 | 是 | 否: a label's own row may repeat it as a heading.
        let mut opened: Vec<Field> = Vec::new();
        for (index, cell) in row.cells.iter().enumerate() {
            let place = (table, at + 1, index + 1);
            let field = announced.get(index).copied().flatten().filter(|field| *field == Field::Other || !opened.contains(field));
            opened.extend(field);
            match field {
                Some(field) => {
                    let beside = others && !self.stands_over(field, row, beneath.first());
                    let reach = if beside { Reach::Rows { table, until: at + cell.row_span.max(1) } } else { Reach::Onward };
                    self.paragraphs += cell.blocks.len();
                    let label = cell_text(cell);
                    let stood = Place { cell: Some(place), paragraph: self.paragraphs, source: source_of(cell) };
                    let standing = if others { Standing::OwnCell } else { Standing::OwnRow };
                    self.open(field, &text::joined([label.as_str()]), stood, reach, standing);
                    self.keep_pictures(cell, place);
                    self.value_cell = Some((table, at + 1, index + 2));
                }
                None if index == 0 && announced.get(1).copied().flatten().is_some() && is_number(cell) => {}
                // Ticks in columns are counted by cells, and a reader may give a blank one no paragraph.
                None if cell.blocks.is_empty() => self.paragraph(&Paragraph::default(), Some(place)),
                None => self.blocks(&cell.blocks, Some(place)),
            }
        }
    }

    /// Whether a label that is all that its row holds has its value in the rows beneath: a text in the same column, or
    /// the options in a row.
    fn stands_over(&self, field: Field, row: &Row, next: Option<&Row>) -> bool {
        const OPTION: usize = 12;
        let Some(((_, label), next)) = only_filled(row).zip(next) else { return false };
        if next.cells.iter().any(|cell| self.lone_label(cell).is_some()) {
            return false;
        }
        let filled: Vec<&Cell> = next.cells.iter().filter(|cell| !is_blank_cell(cell)).collect();
        let is_option = |cell: &&Cell| cell_text(cell).trim().chars().count() <= OPTION;
        match filled.as_slice() {
            [text] => field.is_section() && text.column == label.column,
            options => field == Field::Category && options.len() > 2 && options.iter().all(is_option),
        }
    }

    /// A section that a table breaks off in goes on in the first row of the next, where no label stands there.
    fn carry_on(&mut self, row: &Row, announced: &[Option<Field>], table: usize) {
        let Some(section) = self.carried.take().filter(|_| self.current.is_none()) else { return };
        // A table in it may be a form of its own.
        let in_words = only_filled(row).is_some_and(|(_, cell)| begins_with_words(cell));
        if announced.iter().all(Option::is_none) && in_words {
            self.current = Some(Current { reach: Reach::Rows { table, until: 1 }, table: Some(table), ..section });
        }
    }

    /// 报送单位意见 | (blank), and beneath it a row without any label: what was to stand beside the label stands there.
    fn awaits_a_text(&self, announced: &[Option<Field>]) -> bool {
        let section = self.current.filter(|current| current.field.is_section());
        let slot = section.and_then(|current| self.forms.last()?.slot(current.field));
        slot.is_some_and(|slot| !slot.filled) && announced.iter().all(Option::is_none)
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
    fn label_cell(&self, cell: &Cell, row: &Row, table: usize, inset: bool) -> Option<Field> {
        let (field, anothers) = self.lone_label(cell)?;
        // A section of this table ends at a row of another kind; a table within the section doesn't end it.
        let leads = row.cells.len() > 1 && row.cells.first().is_some_and(|first| first.column == cell.column);
        let ends_section = field == Field::Other
            && leads
            && !inset
            && self.current.is_some_and(|current| current.table == Some(table) || current.field == Field::Opinion && !self.nested);
        let goes_on = || self.goes_on(field, &cell_text(cell));
        (ends_section || anothers || self.may_open(field, Standing::OwnCell) || goes_on() || self.awaits(field)).then_some(field)
    }

    /// The label that is all that a cell holds, and whether it is another's opinion below the unit's own.
    pub(super) fn lone_label(&self, cell: &Cell) -> Option<(Field, bool)> {
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
}

/// Which rows begin right of the table's edge, beside nothing that a cell of a row above holds: a table within a section's
/// cell, of a page whose lines make one table of both.
fn inset(table: &Table) -> Vec<bool> {
    let mut edge = usize::MAX;
    // The filled cells above, the leftmost first, and the row that each ends before.
    let mut above: BinaryHeap<(Reverse<usize>, usize)> = BinaryHeap::new();
    let row = |(at, row): (usize, &Row)| {
        let filled = || row.cells.iter().filter(|cell| !is_blank_cell(cell));
        while above.peek().is_some_and(|(_, end)| *end <= at) {
            above.pop();
        }
        let first = filled().next().map(|cell| cell.column);
        let beside = |first: usize| above.peek().is_some_and(|(column, _)| column.0 < first);
        let inset = first.is_some_and(|first| edge < first && !beside(first));
        edge = filled().map(|cell| cell.column).fold(edge, usize::min);
        above.extend(filled().map(|cell| (Reverse(cell.column), at.saturating_add(cell.row_span))));
        inset
    };
    table.rows.iter().enumerate().map(row).collect()
}

/// Whether a cell holds a row's number and nothing else: `7`, `三、`.
fn is_number(cell: &Cell) -> bool {
    let content = cell_text(cell);
    let bare = content.trim().trim_end_matches(['.', '．', '、']);
    (1..=3).contains(&bare.chars().count()) && bare.chars().all(|c| text::narrow(c).is_ascii_digit() || "一二三四五六七八九十".contains(c))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Inline, Style, Text};

    /// A row of filled cells, each by its column and the rows it covers.
    fn row(cells: &[(usize, usize)]) -> Row {
        let filled = || Paragraph { inlines: vec![Inline::Text(Text { text: "某".into(), style: Style::default() })], source: None };
        let cell = |(column, row_span): &(usize, usize)| Cell {
            column: *column,
            column_span: 1,
            row_span: *row_span,
            blocks: vec![Block::Paragraph(filled())],
        };
        Row { cells: cells.iter().map(cell).collect() }
    }

    #[test]
    fn rows_right_of_the_edge_beside_no_cell_above_are_set_in() {
        let set_in = |rows: &[&[(usize, usize)]]| inset(&Table { rows: rows.iter().map(|cells| row(cells)).collect() });
        assert_eq!(set_in(&[&[(0, 1), (1, 1)], &[(1, 1), (2, 1)], &[(0, 1)]]), [false, true, false]);
        assert_eq!(set_in(&[&[(0, 2), (1, 1)], &[(1, 1)], &[(1, 1)]]), [false, false, true], "beside a cell of two rows, and below it");
        assert_eq!(set_in(&[&[(1, 1)], &[(1, 1)], &[(2, 1)]]), [false, false, true], "the edge is where the table begins");
        assert_eq!(set_in(&[&[(1, 9), (0, 1)], &[(1, 1)], &[(2, 1)]]), [false, true, false]);
    }

    #[test]
    fn a_table_of_very_many_rows_is_gone_through_once() {
        let rows: Vec<Row> = (0..100_000).map(|_| row(&[(1, 1), (2, 1)])).collect();
        assert!(inset(&Table { rows }).iter().all(|inset| !inset));
    }
}
