//! Lines of a value: which field takes them, and where a short value ends.

use super::cells::{cell_text, only_filled};
use super::{Current, Finder, Line, Place};
use crate::intake::form::contact::{self, is_han};
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
        form.strays.phone |= in_row && characters <= SHORT && contact::holds_phone(&content);
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
            Field::Title => content.trim_start().starts_with('—') || self.is_rest_of_title(content.trim()),
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

    /// Whether a line is the rest of a title of one line: one of the two shows that it goes on.
    fn is_rest_of_title(&self, line: &str) -> bool {
        const LONGEST: usize = 40;
        let Some(slot) = self.forms.last().and_then(|form| form.slot(Field::Title)) else { return false };
        let [title] = slot.lines.as_slice() else { return false };
        let is_words = line.chars().any(is_han) && line.chars().count() <= LONGEST;
        let says_more = line.contains([':', '：', '\t', '。', '；', '□', '☐']);
        let is_no_value = || {
            self.labels.announced(line).is_none()
                && self.labels.wording().headings.opened_by(line).is_none()
                && !units::is_unit_name(&units::without_stamp_hint(line))
                && !contact::holds_phone(line)
        };
        is_words && !says_more && (takes_up(line) || stays_open(title.text().trim_end()) && is_no_value())
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

/// Whether a line takes a title up: `+NQI的融合实践`, `助推产业高质量发展的实践`.
fn takes_up(line: &str) -> bool {
    const VERBS: [&str; 5] = ["助力", "助推", "赋能", "推动", "促进"];
    let added = line.strip_prefix(['+', '＋']);
    added.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic())) || VERBS.iter().any(|verb| line.starts_with(verb))
}

/// Whether a title stops in the middle: `首席质量官+`, `以“计量`.
fn stays_open(title: &str) -> bool {
    let count = |mark: char| title.chars().filter(|c| *c == mark).count();
    let opened = [('“', '”'), ('《', '》'), ('（', '）')].into_iter().any(|(open, close)| count(open) > count(close));
    opened || title.ends_with(['+', '＋', '、', '，', '—']) || title.ends_with('与') && !title.ends_with("参与")
}

/// Whether a line holds more than the form's guidance.
fn says_something(line: &Line, wording: &Wording) -> bool {
    line.pictures().next().is_some() || line.text().split('\n').any(|line| own_words(line, wording).is_some())
}
