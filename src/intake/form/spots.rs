//! Where in the file a remark on each field belongs: beside its value where something stands there, else at its label.

use super::located::{Line, Located, Slot};
use crate::intake::labels::Field;
use crate::model::defect::{Defect, DefectCode};
use std::collections::BTreeMap;

/// Paragraphs of a form's file, where its reader counts them ([`Paragraph::source`](crate::model::document::Paragraph::source)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spots {
    fields: BTreeMap<Field, usize>,
    seal: Option<usize>,
}

impl Spots {
    pub(super) fn of(located: &Located) -> Spots {
        let spot = |(field, slot): (Field, &Slot)| Some((field, spot(slot)?));
        let seal = located.slot(Field::Opinion).and_then(|slot| slot.lines.iter().find(|line| is_for_the_seal(line))?.place.source);
        Spots { fields: located.fields().filter_map(spot).collect(), seal }
    }

    /// The paragraph that a defect is about. Of what the form has no place for: its first label.
    pub fn of_defect(&self, defect: &Defect) -> Option<usize> {
        let at = |fields: &[Field]| fields.iter().find_map(|field| self.fields.get(field)).copied();
        let found = match (defect.code, defect.field.as_deref()) {
            (DefectCode::ContactMissing, _) => at(&[Field::ContactName, Field::Contact, Field::ContactPhone]),
            (DefectCode::PhoneMissing | DefectCode::PhoneInvalid, _) => at(&[Field::ContactPhone, Field::Contact, Field::ContactName]),
            (_, Some("title")) => at(&[Field::Title]),
            (_, Some("unit")) => at(&[Field::Unit]),
            (_, Some("categories" | "category_other")) => at(&[Field::Category]),
            (_, Some("introduction")) => at(&[Field::Introduction]),
            (_, Some("materials")) => at(&[Field::Materials]),
            (_, Some("opinion")) => at(&[Field::Opinion]),
            (_, Some("seal")) => self.seal.or_else(|| at(&[Field::Opinion])),
            (_, _) => None,
        };
        found.or_else(|| self.fields.values().min().copied())
    }
}

fn spot(slot: &Slot) -> Option<usize> {
    let value = slot.lines.iter().find(|line| !line.text().trim().is_empty());
    value.and_then(|line| line.place.source).or(slot.place.source)
}

/// 盖　章：, （公章）.
fn is_for_the_seal(line: &Line) -> bool {
    let bare: String = line.text().chars().filter(|c| !c.is_whitespace()).take(64).collect();
    ["盖章", "公章", "签章", "（章）", "(章)"].iter().any(|word| bare.contains(word))
}
