//! The formatting of a character (2.8.25, 2.9.33) as far as it says what the character stands for.

use super::header::{Header, part};
use super::{place, u16_at, u32_at};
use crate::intake::document::docx::symbols::{Glyph, SymbolFont};

/// Bytes of a page of formatting.
const PAGE: usize = 512;
/// Where a character's data stands in the data stream (`sprmCPicLocation`).
const LOCATION: u16 = 0x6A03;
/// Which character of which font is shown instead (`sprmCSymbol`).
const SYMBOL: u16 = 0x6A09;
/// The fonts of a character (`sprmCRgFtc0`, `sprmCRgFtc1`, `sprmCRgFtc2`).
const FONTS: [u16; 3] = [0x4A4F, 0x4A50, 0x4A51];

/// The formatting of all characters.
pub(super) struct Properties<'a> {
    text: &'a [u8],
    /// Where each page's characters begin, and the next one's.
    starts: Vec<u32>,
    pages: Vec<u32>,
    fonts: Vec<Option<SymbolFont>>,
}

impl<'a> Properties<'a> {
    /// Without formatting where it can't be read.
    pub(super) fn new(text: &'a [u8], table: &[u8], header: &Header) -> Self {
        let plc = part(table, header.formatting).unwrap_or_default();
        let count = plc.len().saturating_sub(4) / 8;
        let numbers = |from: usize, count: usize| (from..from + count).map_while(|index| u32_at(plc, index * 4)).collect();
        let fonts = part(table, header.fonts).map(fonts).unwrap_or_default();
        Self { text, starts: numbers(0, count), pages: numbers(count + 1, count), fonts }
    }

    /// Where the data of the character at a place stands.
    pub(super) fn location(&self, at: usize) -> Option<usize> {
        self.operand(at, LOCATION).and_then(|operand| place(operand, 0))
    }

    /// What the character at a place shows instead of itself.
    pub(super) fn symbol(&self, at: usize) -> Option<Glyph> {
        let operand = self.operand(at, SYMBOL)?;
        let font = (*self.fonts.get(usize::from(u16_at(operand, 0)?))?)?;
        Some(font.glyph(u8::try_from(u16_at(operand, 2)? & 0xFF).ok()?))
    }

    /// What the character at a place shows in the symbol font that it is set in.
    pub(super) fn in_symbol_font(&self, at: usize, code: u8) -> Option<Glyph> {
        FONTS.into_iter().find_map(|kind| self.font(at, kind)).map(|font| font.glyph(code))
    }

    /// What a plain letter at a place shows, where its letters are set in a symbol font.
    pub(super) fn as_symbol(&self, at: usize, code: u8) -> Option<Glyph> {
        let [letters, ..] = FONTS;
        self.font(at, letters).filter(|font| font.has_ticks()).map(|font| font.glyph(code))
    }

    fn font(&self, at: usize, kind: u16) -> Option<SymbolFont> {
        *self.fonts.get(usize::from(u16_at(self.operand(at, kind)?, 0)?))?
    }

    /// Whether any font of the document has ticks.
    pub(super) fn has_ticks(&self) -> bool {
        self.fonts.iter().flatten().any(|font| font.has_ticks())
    }

    /// Whether a modifier of this kind is set on the character at a place.
    #[cfg(test)]
    pub(super) fn is(&self, at: usize, kind: u16) -> bool {
        self.operand(at, kind) == Some(&[1])
    }

    /// The operand of the last modifier of this kind.
    fn operand(&self, at: usize, wanted: u16) -> Option<&'a [u8]> {
        let mut rest = self.list(at)?;
        let mut found = None;
        while let Some(kind) = u16_at(rest, 0) {
            let operand = rest.get(2..)?;
            let size = match kind >> 13 {
                0 | 1 => 1,
                2 | 4 | 5 => 2,
                3 => 4,
                6 => 1 + usize::from(*operand.first()?),
                _ => 3,
            };
            if kind == wanted {
                found = operand.get(..size);
            }
            rest = operand.get(size..).unwrap_or_default();
        }
        found
    }

    /// The list of modifiers of a character.
    fn list(&self, at: usize) -> Option<&'a [u8]> {
        let at = u32::try_from(at).ok()?;
        let index = self.starts.partition_point(|start| *start <= at).checked_sub(1)?;
        let page = usize::try_from(self.pages.get(index)? & 0x3F_FFFF).ok()?.checked_mul(PAGE)?;
        let page = self.text.get(page..page + PAGE)?;
        let count = usize::from(*page.last()?);
        let run = (0..count).find(|run| u32_at(page, run * 4 + 4).is_some_and(|end| at < end))?;
        let offset = usize::from(*page.get((count + 1) * 4 + run)?) * 2;
        // Nothing but the style's formatting.
        let size = usize::from(*page.get(offset).filter(|_| offset > 0)?);
        page.get(offset + 1..offset + 1 + size)
    }
}

/// Which of the fonts are symbol fonts. A font's record has 39 bytes before its name (2.9.102).
fn fonts(table: &[u8]) -> Vec<Option<SymbolFont>> {
    let mut rest = table.get(4..).unwrap_or_default();
    let mut out = Vec::new();
    while let Some((size, tail)) = rest.split_first() {
        let (record, next) = tail.split_at_checked(usize::from(*size)).unwrap_or((tail, &[]));
        let units = record.get(39..).unwrap_or_default().as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        let name: String = char::decode_utf16(units.take_while(|unit| *unit != 0)).filter_map(Result::ok).collect();
        out.push(SymbolFont::named(&name));
        rest = next;
    }
    out
}
