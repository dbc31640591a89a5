//! The file information block (2.5): where the other structures stand in the table stream.

use super::{place, u16_at};

/// What Word 97 and later begin with.
const MAGIC: u16 = 0xA5EC;
/// `csw` of Word 97 and later: Word 6 has none here.
const WORDS: u16 = 14;
/// Where the pairs of offsets and sizes begin (`FibRgFcLcb97`).
const PAIRS: usize = 154;

/// What is needed of it.
pub(super) struct Header {
    first_table: bool,
    /// The piece table (`Clx`).
    pub(super) pieces: (usize, usize),
    /// The character formatting (`PlcBteChpx`).
    pub(super) formatting: (usize, usize),
    /// The fonts (`SttbfFfn`).
    pub(super) fonts: (usize, usize),
}

impl Header {
    /// Where the place and the size of the character formatting stand in the text stream.
    pub(super) const FORMATTING: u64 = PAIRS as u64 + 12 * 8;

    /// Of a text stream; none where it is of another version, or encrypted.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let flags = u16_at(text, 10)?;
        if u16_at(text, 0)? != MAGIC || u16_at(text, 32)? != WORDS || flags & 0x0100 != 0 {
            return None;
        }
        let pair = |index: usize| Some((place(text, PAIRS + index * 8)?, place(text, PAIRS + index * 8 + 4)?));
        Some(Self { first_table: flags & 0x0200 != 0, pieces: pair(33)?, formatting: pair(12)?, fonts: pair(15)? })
    }

    /// The name of its table stream.
    pub(super) fn table(&self) -> &'static str {
        if self.first_table { "/1Table" } else { "/0Table" }
    }
}

/// What lies at an offset with a size.
pub(super) fn part(bytes: &[u8], (at, size): (usize, usize)) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(size)?)
}
