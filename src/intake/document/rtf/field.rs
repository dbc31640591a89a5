//! Fields: a form's check box, and what shows itself without a result (`EQ`, `SYMBOL`).

use crate::intake::document::docx::instruction::{Shown, shown_without_result};
use crate::model::document::{Inline, Style, Text, Tick, TickSource};

/// Longer instructions are cut: what is read from one stands at its beginning.
const LONGEST_INSTRUCTION: usize = 4_096;

/// A check box of a form (`\formfield`).
#[derive(Default)]
pub(super) struct FormField {
    is_box: bool,
    result: Option<bool>,
    default: bool,
}

impl FormField {
    /// Takes up a control word.
    pub(super) fn word(&mut self, word: &str, number: Option<i32>) {
        match word {
            "fftype" => self.is_box = number == Some(1),
            "ffres" => self.result = number.filter(|result| matches!(result, 0 | 1)).map(|result| result == 1),
            "ffdefres" => self.default = number == Some(1),
            _ => {}
        }
    }

    /// Its tick; none where it is no box.
    pub(super) fn tick(self) -> Option<Inline> {
        let checked = self.result.unwrap_or(self.default);
        self.is_box.then_some(Inline::Tick(Tick { checked, source: TickSource::FormField }))
    }
}

/// What a field does.
#[derive(Default)]
pub(super) struct Instruction(String);

impl Instruction {
    /// Takes up characters.
    pub(super) fn push(&mut self, text: &str) {
        if self.0.len() + text.len() <= LONGEST_INSTRUCTION {
            self.0.push_str(text);
        }
    }

    /// What it shows by itself: Word keeps no result of `EQ`, `SYMBOL` and their like.
    pub(super) fn shown(self) -> Option<Inline> {
        Some(match shown_without_result(&self.0)? {
            Shown::Tick(tick) => Inline::Tick(tick),
            Shown::Text(text) => Inline::Text(Text { text, ..Text::default() }),
            Shown::Enclosed(text) => Inline::Text(Text { text, style: Style { marked: true, ..Style::default() } }),
        })
    }
}
