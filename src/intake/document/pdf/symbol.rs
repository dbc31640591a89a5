//! Ticks of symbol fonts as the characters that they show.
//!
//! The encoding of Wingdings in Unicode is L2/12-368; ZapfDingbats is ISO 32000-1, annex D.6. Word processors
//! write their codes plain or moved to U+F000..U+F0FF.

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

const WINGDINGS: [(u32, char); 8] =
    [(0x6E, '■'), (0x6F, '□'), (0x71, '□'), (0x72, '□'), (0xA8, '□'), (0xFB, '☒'), (0xFC, '✓'), (0xFE, '☑')];
const WINGDINGS_2: [(u32, char); 8] =
    [(0x2A, '□'), (0x50, '✓'), (0x51, '☒'), (0x52, '☑'), (0x53, '☒'), (0x54, '☒'), (0xA3, '□'), (0x4F, '☒')];
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
        let table: &[(u32, char)] = match self {
            SymbolFont::Wingdings => &WINGDINGS,
            SymbolFont::Wingdings2 => &WINGDINGS_2,
            SymbolFont::Dingbats => &DINGBATS,
        };
        table.iter().find(|(known, _)| *known == byte).map(|(_, c)| *c)
    }
}

/// What a mapped character shows: the private codes of symbol fonts are ticks or nothing.
pub(super) fn shown(font: Option<SymbolFont>, c: char) -> Option<char> {
    match c {
        '\u{f000}'..='\u{f0ff}' => {
            let code = c as u32;
            let fonts = [font, Some(SymbolFont::Wingdings), Some(SymbolFont::Wingdings2)];
            fonts.into_iter().flatten().find_map(|font| font.tick(code))
        }
        '\t' | '\n' | '\r' | '\u{a0}' => Some(' '),
        c if c.is_control() || c == '\u{fffd}' => None,
        c => Some(c),
    }
}
