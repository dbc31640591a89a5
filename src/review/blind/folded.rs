//! Texts as they are searched: whatever blanks, widths and unseen characters stand in between.

use crate::intake::compose::plain;

/// A text as it is searched: without blanks and unseen characters, half-width, lower case; with where each byte stood.
pub(super) struct Folded {
    pub text: String,
    /// For each byte of `text` the first and the last byte after it in the original.
    places: Vec<(usize, usize)>,
}

impl Folded {
    pub fn of(original: &str) -> Folded {
        let mut folded = Folded { text: String::with_capacity(original.len()), places: Vec::with_capacity(original.len()) };
        for (at, c) in original.char_indices() {
            if c.is_whitespace() || c.is_control() || plain(c.encode_utf8(&mut [0; 4]), 2).is_empty() {
                continue;
            }
            let narrow = match c {
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
                '–' | '―' => '-',
                other => other,
            };
            for lower in narrow.to_lowercase() {
                folded.text.push(lower);
                folded.places.extend(std::iter::repeat_n((at, at + c.len_utf8()), lower.len_utf8()));
            }
        }
        folded
    }
}

/// The text with these places of its folded form replaced; where two overlap they become one.
pub(super) fn replaced(text: &str, find: impl Fn(&Folded) -> Vec<(usize, usize, &'static str)>) -> String {
    let folded = Folded::of(text);
    let mut found = find(&folded);
    found.sort();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end, label) in found {
        let Some(((from, _), (_, to))) = folded.places.get(start).zip(folded.places.get(end.saturating_sub(1))) else { continue };
        if *to <= done {
            continue;
        }
        if *from >= done {
            out.push_str(text.get(done..*from).unwrap_or_default());
            out.push_str(label);
        }
        done = *to;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
