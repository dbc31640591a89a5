//! The table of colours: which of them set characters off.

const MOST: usize = 10_000;

/// Whether each colour is one, and no black.
#[derive(Default)]
pub(super) struct Colours {
    known: Vec<bool>,
    next: bool,
}

impl Colours {
    /// Takes up a control word.
    pub(super) fn word(&mut self, word: &str, value: i32) {
        self.next |= matches!(word, "red" | "green" | "blue") && value != 0;
    }

    /// Takes up a byte: a semicolon ends a colour.
    pub(super) fn byte(&mut self, byte: u8) {
        if byte == b';' && self.known.len() < MOST {
            self.known.push(std::mem::take(&mut self.next));
        }
    }

    /// Whether a colour sets off.
    pub(super) fn sets_off(&self, number: Option<i32>) -> bool {
        usize::try_from(number.unwrap_or_default()).ok().and_then(|at| self.known.get(at)).copied().unwrap_or_default()
    }
}
