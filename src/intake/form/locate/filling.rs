//! Lines of a value: which field takes them, and where a short value ends.

use super::cells::{cell_text, only_filled};
use super::{Current, Finder, Line, Place};
use crate::intake::form::contact::{self, RegionKnown};
use crate::intake::form::introduction::own_words;
use crate::intake::form::wording::Wording;
use crate::intake::form::{ticks, units};
use crate::intake::labels::Field;
use crate::intake::text;
use crate::model::document::{Block, Cell, Inline, Row};

/// A value of a line or two has no more characters.
const SHORT: usize = 80;

impl Finder<'_> {
    pub(super) fn append(&mut self, line: Line) {
        self.current = self.current.filter(|current| !self.ends_short_value(*current, &line));
        let Some(current) = self.current else {
            self.note_stray(&line);
            return;
        };
        if let Some(slot) = self.forms.last_mut().and_then(|form| form.fields.get_mut(&current.field)) {
            // （填写单位全称） before the value is the form's own.
            slot.filled = slot.filled || !line.is_blank() && (current.field.is_section() || says_something(&line, self.labels.wording()));
            slot.lines.push(line);
        }
    }

    /// Words that no known label owns: a field whose label was not met may stand there.
    fn note_stray(&mut self, line: &Line) {
        let content = line.text();
        let (label, value) = content.split_once([':', '：', '\t']).unwrap_or_default();
        let announced = (2..=14).contains(&label.trim().chars().count()) && !value.trim().is_empty();
        let in_row = line.place.cell.is_some() && self.beside && content.chars().any(char::is_alphanumeric);
        let Some(form) = self.forms.last_mut().filter(|form| !form.fields.is_empty()) else {
            let beside = line.place.cell.filter(|(_, _, column)| in_row && *column > 1);
            self.headless = beside.map(|(table, ..)| table).or(self.headless);
            return;
        };
        form.strays.any |= in_row || announced;
        let characters = content.chars().filter(|c| !c.is_whitespace()).count();
        form.strays.characters += characters;
        if form.fields.contains_key(&Field::Introduction) && !form.fields.contains_key(&Field::Opinion) {
            form.strays.amid += characters;
        }
        let holds_phone = || contact::read(&content, RegionKnown::No).all.iter().any(|contact| !contact.phones.is_empty());
        form.strays.phone |= in_row && characters <= SHORT && holds_phone();
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
        // An option a line, ticked or not: 标准（ ）.
        let option = current.field == Field::Category && content.trim().chars().count() <= 20 && !content.contains('。');
        !option && !self.goes_on_with(current.field, &content)
    }

    /// Whether a value that stands behind its label in one line plainly goes on with the next.
    fn goes_on_with(&self, field: Field, content: &str) -> bool {
        match field {
            Field::Title => content.trim_start().starts_with('—') || is_rest_of_title(content),
            Field::Unit => {
                self.labels.announced(content.trim_start()).is_none() && units::is_unit_name(&units::without_stamp_hint(content))
            }
            Field::Category => content.contains(ticks::is_tick),
            Field::Contact | Field::ContactName | Field::ContactPhone => {
                text::narrowed(content).chars().filter(char::is_ascii_digit).count() >= 7
            }
            _ => false,
        }
    }

    /// `案例分类：□计量` in one row, and `☑标准` in the same column of the next.
    pub(super) fn goes_on_beneath(&self, row: &Row) -> bool {
        const OPTION: usize = 8;
        let Some(field) = self.current.map(|current| current.field).filter(|field| !field.is_section()) else { return false };
        let slot = self.forms.last().and_then(|form| form.slot(field)).filter(|slot| slot.inline && slot.filled);
        let Some((slot, (index, cell))) = slot.zip(only_filled(row)) else { return false };
        let content = cell_text(cell);
        let option = field == Field::Category && content.trim().chars().count() <= OPTION;
        slot.place.cell.is_some_and(|(.., at)| at == index + 1) && (option || self.goes_on_with(field, &content))
    }

    pub(super) fn keep_pictures(&mut self, cell: &Cell, place: (usize, usize, usize)) {
        for block in &cell.blocks {
            let Block::Paragraph(paragraph) = block else { continue };
            let inlines: Vec<Inline> = paragraph.inlines.iter().filter(|inline| matches!(inline, Inline::Picture(_))).cloned().collect();
            if !inlines.is_empty() {
                self.append(Line { inlines, place: Place { cell: Some(place), paragraph: self.paragraphs, source: paragraph.source } });
            }
        }
    }
}

/// `+NQI的融合实践` below `案例题目：首席质量官`: words alone, of which nothing announces a value or speaks to the reader.
fn is_rest_of_title(line: &str) -> bool {
    const LONGEST: usize = 40;
    let line = line.trim();
    let says_more =
        line.contains([':', '：', '\t', '。', '；', '！', '？', '□', '☐']) || ["请", "谢", "您"].iter().any(|word| line.contains(word));
    let is_words = line.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}')) && !line.starts_with(['（', '(', '【', '-', '附']);
    (4..=LONGEST).contains(&line.chars().count()) && is_words && !says_more
}

/// Whether a line holds more than the form's guidance.
fn says_something(line: &Line, wording: &Wording) -> bool {
    line.pictures().next().is_some() || line.text().split('\n').any(|line| own_words(line, wording).is_some())
}
