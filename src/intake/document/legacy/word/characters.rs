//! The characters of a document in order, each with its place in the text stream (the piece table, 2.8.35).

use std::collections::BTreeMap;

use super::header::{Header, part};
use super::{place, u16_at, u32_at};

/// Characters that are walked: pieces may overlap, and a file may tell of more than it has.
const MOST: usize = 1 << 20;

/// One character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// Where it stands in the stream.
    pub(super) at: usize,
    /// Its UTF-16 unit; of a compressed piece its byte.
    pub(super) unit: u16,
    wide: bool,
}

/// A character's new bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bytes {
    One([u8; 1]),
    Two([u8; 2]),
}

impl Bytes {
    /// As they are written.
    pub(super) fn get(&self) -> &[u8] {
        match self {
            Self::One(bytes) => bytes,
            Self::Two(bytes) => bytes,
        }
    }
}

/// All characters, and what became of them.
pub(super) struct Characters {
    all: Vec<Character>,
    changed: BTreeMap<u64, Bytes>,
}

impl Characters {
    /// Of all pieces; none where the table can't be read.
    pub(super) fn of(text: &[u8], table: &[u8], header: &Header) -> Option<Self> {
        let mut all = Vec::new();
        for (first, count) in pieces(part(table, header.pieces)?)? {
            let left = MOST - all.len();
            let (start, wide) = if first & 0x4000_0000 == 0 { (first, true) } else { ((first & !0x4000_0000) / 2, false) };
            let start = usize::try_from(start).ok()?;
            let bytes = text.get(start..).unwrap_or_default();
            let units: &mut dyn Iterator<Item = (usize, u16)> = if wide {
                &mut bytes.as_chunks::<2>().0.iter().enumerate().map(|(index, unit)| (start + index * 2, u16::from_le_bytes(*unit)))
            } else {
                &mut bytes.iter().enumerate().map(|(index, byte)| (start + index, u16::from(*byte)))
            };
            all.extend(units.take(count.min(left)).map(|(at, unit)| Character { at, unit, wide }));
        }
        Some(Self { all, changed: BTreeMap::new() })
    }

    /// In order.
    pub(super) fn all(&self) -> &[Character] {
        &self.all
    }

    /// Puts other characters into the places of some, if they fit there.
    pub(super) fn put(&mut self, places: &[Character], text: &str) -> Option<()> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut put = Vec::new();
        for (place, unit) in places.iter().zip(&units) {
            let bytes =
                if place.wide { Bytes::Two(unit.to_le_bytes()) } else { Bytes::One([u8::try_from(*unit).ok().filter(u8::is_ascii)?]) };
            put.push((u64::try_from(place.at).ok()?, bytes));
        }
        (units.len() == places.len()).then(|| self.changed.extend(put))
    }

    /// The places whose characters are others now.
    pub(super) fn changed(self) -> BTreeMap<u64, Bytes> {
        self.changed
    }
}

/// The pieces of a `Clx`: where each begins in the stream, and how many characters it has.
fn pieces(mut clx: &[u8]) -> Option<Vec<(u32, usize)>> {
    // Before the table stand property lists (`Prc`).
    while let [1, rest @ ..] = clx {
        clx = rest.get(2 + usize::from(u16_at(rest, 0)?)..)?;
    }
    let [2, rest @ ..] = clx else { return None };
    let table = rest.get(4..4 + place(rest, 0)?)?;
    // Positions are one more than pieces; a piece's descriptor has 8 bytes.
    let count = table.len().checked_sub(4)? / 12;
    let piece = |index: usize| {
        let (start, end) = (u32_at(table, index * 4)?, u32_at(table, index * 4 + 4)?);
        let first = u32_at(table, (count + 1) * 4 + index * 8 + 2)?;
        Some((first & 0x7FFF_FFFF, usize::try_from(end.checked_sub(start)?).ok()?))
    };
    (0..count).map(piece).collect()
}
