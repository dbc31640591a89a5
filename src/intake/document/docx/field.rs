//! Complex fields (`w:fldChar`): which text is an instruction, which a result, and which is shown.
//!
//! ISO/IEC 29500-1, 17.16.18. Fields nest. One that never ends must not swallow the rest of a form: an
//! instruction ends with its paragraph at the latest.

use super::instruction::{Shown, shown, shown_without_result};

/// No document nests deeper; a file with more forgot to end its fields.
const MOST_FIELDS: usize = 64;
/// Longer instructions are cut: what is read from one stands at its beginning.
const LONGEST_INSTRUCTION: usize = 4_096;

/// The fields open at a place, outermost first.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<Field>);

#[derive(Debug)]
struct Field {
    instruction: String,
    /// Its result: how much had been read before it began.
    result: Option<usize>,
    /// The field itself was read as something: its stored result is not read too.
    settled: bool,
    /// This field or one around it hides what is being read.
    hides: bool,
}

impl Fields {
    /// Whether text at this place is not shown.
    pub(super) fn hide(&self) -> bool {
        self.0.last().is_some_and(|field| field.hides)
    }

    /// A field begins. Until its result does, it hides what is read; a settled one hides its result too.
    pub(super) fn begin(&mut self, settled: bool) {
        if self.0.len() >= MOST_FIELDS {
            self.0.clear();
        }
        self.0.push(Field { instruction: String::new(), result: None, settled, hides: true });
    }

    /// More of the instruction.
    pub(super) fn instruct(&mut self, text: &str) {
        if let Some(field) =
            self.0.last_mut().filter(|field| field.result.is_none() && field.instruction.len() + text.len() <= LONGEST_INSTRUCTION)
        {
            field.instruction.push_str(text);
        }
    }

    /// The result begins where so much has been read. Given back is what the instruction shows by itself: it replaces the result.
    pub(super) fn separate(&mut self, read: usize) -> Option<Shown> {
        let outer = self.outer_hides();
        let field = self.0.last_mut().filter(|field| field.result.is_none())?;
        let shown = if field.settled { None } else { shown(&field.instruction) };
        field.result = Some(read);
        field.settled |= shown.is_some();
        field.hides = outer || field.settled;
        shown.filter(|_| !outer)
    }

    /// The field ends where so much has been read. Given back is what a field without a result shows.
    pub(super) fn end(&mut self, read: usize) -> Option<Shown> {
        let outer = self.outer_hides();
        let field = self.0.pop()?;
        let has_result = field.result.is_some_and(|before| read > before);
        if outer || field.settled || has_result { None } else { shown_without_result(&field.instruction) }
    }

    /// Whether a field around the innermost one hides what is read.
    fn outer_hides(&self) -> bool {
        self.0.iter().rev().nth(1).is_some_and(|field| field.hides)
    }

    /// The paragraph ends: so do instructions left open.
    pub(super) fn end_paragraph(&mut self) {
        if let Some(first) = self.0.iter().position(|field| field.result.is_none()) {
            self.0.truncate(first);
        }
    }
}
