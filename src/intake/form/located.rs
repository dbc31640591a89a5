//! What [`locate`](super::locate) finds: fields with their lines, and where each stood.

use crate::intake::labels::Field;
use crate::model::document::Inline;
use std::collections::BTreeMap;

/// A form's fields as they stood.
#[derive(Debug, Clone, Default)]
pub struct Located {
    pub(super) fields: BTreeMap<Field, Slot>,
    /// Whether values stood under a row of labels, as in a list.
    pub(super) listed: bool,
    /// What belongs to none of them.
    pub(super) strays: Strays,
}

/// Words of a form that belong to no field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strays {
    /// Whether there are rows of which no label is known.
    pub any: bool,
    /// Whether a telephone number stands in one of them.
    pub phone: bool,
    /// Their characters, and those of what stands beside the form's tables.
    pub characters: usize,
    /// As many of these as stand behind the introduction's label and before the opinion's.
    pub amid: usize,
}

/// One field: its label and the lines of its value.
#[derive(Debug, Clone, Default)]
pub struct Slot {
    /// The label as it stood.
    pub label: String,
    /// Where the label stood.
    pub place: Place,
    /// Whether the label stood in one line with its value, and not in a cell of its own.
    pub inline: bool,
    /// Whether one of the lines holds something.
    pub(super) filled: bool,
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
    /// Which paragraph of the file it is, where the format's reader tells.
    pub source: Option<usize>,
}

impl Place {
    /// Whether it stands above another.
    pub(in crate::intake::form) fn is_above(self, other: Place) -> bool {
        self.paragraph < other.paragraph
    }

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
        Inline::text(&self.inlines)
    }

    /// Whether it bears a picture.
    pub fn pictures(&self) -> impl Iterator<Item = usize> {
        self.inlines.iter().filter_map(|inline| match inline {
            Inline::Picture(index) => Some(*index),
            Inline::Text(_) | Inline::Tick(_) => None,
        })
    }

    /// Whether nothing stands there, not even a picture.
    pub(in crate::intake::form) fn is_blank(&self) -> bool {
        self.inlines.iter().all(Inline::is_blank)
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

    /// The field's lines as one text.
    pub fn text(&self, field: Field) -> String {
        self.lines(field).iter().map(Line::text).collect::<Vec<_>>().join("\n")
    }

    /// Without what was struck out of its values; none where nothing was. Of 案例分类 a word is struck that isn't chosen.
    pub(super) fn without_struck(&self) -> Option<Located> {
        let is_struck = |inline: &Inline| matches!(inline, Inline::Text(run) if run.style.strike);
        let values = |field: &Field| *field != Field::Category;
        let mut lines = self.fields.iter().filter(|(field, _)| values(field)).flat_map(|(_, slot)| &slot.lines);
        // Most forms have none, and aren't copied.
        if !lines.any(|line| line.inlines.iter().any(is_struck)) {
            return None;
        }
        let mut rest = self.clone();
        let lines = rest.fields.iter_mut().filter(|(field, _)| values(field)).flat_map(|(_, slot)| &mut slot.lines);
        lines.for_each(|line| line.inlines.retain(|inline| !is_struck(inline)));
        Some(rest)
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
