//! Form controls: boxes with their state and caption, and what was typed into fields.

use std::collections::HashMap;

use quick_xml::events::BytesStart;

use super::walker::value;
use crate::intake::document::inlines::{self, Look};
use crate::model::document::{Inline, Tick, TickSource};

/// Controls of one file.
const MOST: usize = 1_000;

/// The controls by their identifier: the body tells where each stands.
#[derive(Default)]
pub(super) struct Controls(HashMap<String, Vec<Inline>>);

impl Controls {
    /// Takes up an element of a form; whether it was one.
    pub(super) fn take(&mut self, name: &str, element: &BytesStart<'_>) -> bool {
        let shown = match name {
            "form:checkbox" => {
                let state = value(element, "form:current-state").or_else(|| value(element, "form:state"));
                self.labelled(state.as_deref().unwrap_or("unchecked"), element)
            }
            "form:radio" => {
                let chosen = value(element, "form:current-selected").or_else(|| value(element, "form:selected"));
                self.labelled(if chosen.is_some_and(|chosen| chosen == "true") { "checked" } else { "unchecked" }, element)
            }
            "form:text" | "form:textarea" | "form:combobox" | "form:formatted-text" => {
                let typed = value(element, "form:current-value").or_else(|| value(element, "form:value")).unwrap_or_default();
                inlines::of(&typed, Look::default())
            }
            _ => return false,
        };
        if let Some(id) = value(element, "form:id").or_else(|| value(element, "xml:id")).filter(|_| self.0.len() < MOST) {
            self.0.insert(id, shown);
        }
        true
    }

    /// What a control shows.
    pub(super) fn shown(&self, id: Option<String>) -> Vec<Inline> {
        id.and_then(|id| self.0.get(&id)).cloned().unwrap_or_default()
    }

    /// A box that is neither ticked nor empty is doubt.
    fn labelled(&self, state: &str, element: &BytesStart<'_>) -> Vec<Inline> {
        let source = if matches!(state, "checked" | "unchecked") { TickSource::FormField } else { TickSource::Contradicted };
        let mut shown = vec![Inline::Tick(Tick { checked: state == "checked", source })];
        shown.extend(inlines::of(&format!("{} ", value(element, "form:label").unwrap_or_default()), Look::default()));
        shown
    }
}
