//! Ticks of symbol fonts as the characters that they show.
//!
//! The encoding of Wingdings in Unicode is L2/12-368; ZapfDingbats is ISO 32000-1, annex D.6. Word processors
//! write their codes plain or moved to U+F000..U+F0FF.

use crate::intake::document::docx::symbols;

/// The fonts that forms take ticks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SymbolFont {
    /// Wingdings.
    Wingdings,
    /// Wingdings 2.
    Wingdings2,
    /// ZapfDingbats.
    Dingbats,
}

const DINGBATS: [(u32, char); 6] = [(0x33, '✓'), (0x34, '✔'), (0x6E, '■'), (0x6F, '□'), (0x71, '□'), (0x38, '☒')];

impl SymbolFont {
    /// The symbol font of this name, subset tag or not.
    pub(super) fn named(name: &str) -> Option<SymbolFont> {
        let plain = name.split_once('+').map_or(name, |(_, plain)| plain);
        let key: String = plain.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match key.trim_end_matches("regular") {
            "wingdings" => Some(SymbolFont::Wingdings),
            "wingdings2" => Some(SymbolFont::Wingdings2),
            "zapfdingbats" => Some(SymbolFont::Dingbats),
            _ => None,
        }
    }

    /// The tick of a code as it stands in the font.
    pub(super) fn tick(self, code: u32) -> Option<char> {
        let byte = if code & 0xFF00 == 0xF000 { code & 0xFF } else { code };
        match self {
            SymbolFont::Wingdings => glyph(symbols::SymbolFont::Wingdings.glyph(u8::try_from(byte).ok()?)),
            SymbolFont::Wingdings2 => glyph(symbols::SymbolFont::Wingdings2.glyph(u8::try_from(byte).ok()?)),
            SymbolFont::Dingbats => DINGBATS.iter().find(|(known, _)| *known == byte).map(|(_, c)| *c),
        }
    }
}

/// The character of a glyph.
fn glyph(shown: symbols::Glyph) -> Option<char> {
    match shown {
        symbols::Glyph::Tick(true) => Some('☑'),
        symbols::Glyph::Tick(false) => Some('□'),
        symbols::Glyph::Char(c) => Some(c),
        symbols::Glyph::Nothing => None,
    }
}

/// What a mapped character shows: the private codes of symbol fonts are ticks or nothing.
pub(super) fn shown(font: Option<SymbolFont>, c: char) -> Option<char> {
    match c {
        '\u{f000}'..='\u{f0ff}' => {
            let named = font.and_then(|font| font.tick(c as u32));
            named.or_else(|| glyph(symbols::unnamed(symbols::private_code(c)?)))
        }
        '\t' | '\n' | '\r' | '\u{a0}' => Some(' '),
        c if c.is_control() || c == '\u{fffd}' => None,
        c => Some(c),
    }
}
