//! Legacy form fields (`w:ffData`) become a tick or the chosen entry of a list.
//!
//! ISO/IEC 29500-1, 17.16.5.20 and following. A text field's content is its stored result.

use quick_xml::events::BytesStart;

use super::instruction::Shown;
use super::run::{is_on, number};
use super::xml::attribute;
use crate::model::document::{Tick, TickSource};

/// A form field being read.
#[derive(Debug, Default)]
pub(super) struct FormField {
    kind: Kind,
    default: Option<usize>,
    value: Option<usize>,
    entries: Vec<String>,
}

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Text,
    CheckBox,
    List,
}

impl FormField {
    /// It is a checkbox.
    pub(super) fn check_box(&mut self) {
        self.kind = Kind::CheckBox;
    }

    /// It is a drop-down list.
    pub(super) fn list(&mut self) {
        self.kind = Kind::List;
    }

    /// Takes up one child of `w:checkBox` or `w:ddList`.
    pub(super) fn property(&mut self, name: &str, element: &BytesStart<'_>) {
        let value = || match self.kind {
            Kind::List => number(element),
            Kind::CheckBox | Kind::Text => Some(usize::from(is_on(element))),
        };
        match name {
            "default" => self.default = value(),
            "checked" | "result" => self.value = value(),
            "listEntry" => self.entries.extend(attribute(element, "val").map(|entry| entry.into_owned())),
            _ => {}
        }
    }

    /// What it shows, if its data tell.
    pub(super) fn shown(self) -> Option<Shown> {
        let value = self.value.or(self.default).unwrap_or_default();
        match self.kind {
            Kind::Text => None,
            Kind::CheckBox => Some(Shown::Tick(Tick { checked: value != 0, source: TickSource::FormField })),
            Kind::List => self.entries.into_iter().nth(value).map(Shown::Text),
        }
    }
}
