//! A character of a symbol font becomes a tick, a character of Unicode, or nothing.
//!
//! Symbol fonts have no Unicode of their own: a code is a byte, found plain or moved to U+F000..U+F0FF
//! (ISO/IEC 29500-1, 17.3.3.30). Ticks follow the encoding of these fonts in Unicode (L2/12-368). A glyph
//! that may be a choice or an ornament (● ■ ○) stays a character: what it means is decided elsewhere.

/// The fonts whose characters mean something else than their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::intake::document) enum SymbolFont {
    /// Wingdings.
    Wingdings,
    /// Wingdings 2.
    Wingdings2,
    /// Webdings.
    Webdings,
    /// Symbol: Greek and mathematics.
    Symbol,
    /// Wingdings 3 and other ornaments: arrows, no ticks.
    Ornaments,
}

/// What a code shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::intake::document) enum Glyph {
    /// A tick box, or a bare check mark that stands for a ticked one.
    Tick(bool),
    /// A character.
    Char(char),
    /// An ornament without a meaning here.
    Nothing,
}

/// Adobe's Symbol encoding from 0x20 and from 0xA0.
const SYMBOL_LOW: &str = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼";
const SYMBOL_HIGH: &str = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\u{f8ff}〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭";
/// Wingdings 0x80 to 0x95 and Wingdings 2 0x69 to 0x7E.
const CIRCLED: &str = "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿";

impl SymbolFont {
    /// The symbol font of this name; `None` for every ordinary font.
    pub(in crate::intake::document) fn named(name: &str) -> Option<Self> {
        // Nearly every run names an ordinary font: most are told by their first letter.
        if !name.trim_start().starts_with(['W', 'w', 'S', 's']) {
            return None;
        }
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        match name.trim_end_matches("regular") {
            "wingdings" | "wingdings1" => Some(Self::Wingdings),
            "wingdings2" => Some(Self::Wingdings2),
            "wingdings3" => Some(Self::Ornaments),
            "webdings" => Some(Self::Webdings),
            "symbol" | "symbolmt" | "standardsymbolsl" => Some(Self::Symbol),
            _ => None,
        }
    }

    /// Whether forms take ticks from it.
    pub(in crate::intake::document) fn has_ticks(self) -> bool {
        !matches!(self, Self::Symbol | Self::Ornaments)
    }

    /// What a code of this font shows.
    pub(in crate::intake::document) fn glyph(self, code: u8) -> Glyph {
        match self {
            _ if code == b' ' || code == 0xA0 && self != Self::Wingdings && self != Self::Symbol => Glyph::Char(' '),
            Self::Wingdings => wingdings(code),
            Self::Wingdings2 => wingdings2(code),
            Self::Webdings => webdings(code),
            Self::Symbol => symbol(code),
            Self::Ornaments => Glyph::Nothing,
        }
    }
}

/// A private-use character whose font isn't told by the run: styles may name it. Ticks are what forms hold.
pub(in crate::intake::document) fn unnamed(code: u8) -> Glyph {
    match (wingdings(code), code) {
        (tick @ (Glyph::Tick(_) | Glyph::Char('☒' | '✗')), _) => tick,
        (_, 0x2A | 0x50..=0x54 | 0xA3) => wingdings2(code),
        (Glyph::Char(_) | Glyph::Nothing, _) => Glyph::Nothing,
    }
}

/// The byte behind U+F000..U+F0FF.
pub(in crate::intake::document) fn private_code(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(0xF000)?).ok()
}

/// The byte of a plain character in a symbol font, as Windows-1252 had it.
pub(in crate::intake::document) fn plain_code(c: char) -> Option<u8> {
    u8::try_from(u32::from(c)).ok().filter(|code| !(0x80..0xA0).contains(code)).or_else(|| {
        let mut buffer = [0; 4];
        let (bytes, _, unmapped) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        bytes.first().copied().filter(|code| !unmapped && (0x80..0xA0).contains(code))
    })
}

fn wingdings(code: u8) -> Glyph {
    match code {
        // A cross may choose or rule out.
        0xFB => Glyph::Char('✗'),
        0xFD | 0x78 => Glyph::Char('☒'),
        0xFC | 0xFE => Glyph::Tick(true),
        // □ and its bold, shadowed and medium sisters
        0x6F..=0x72 | 0xA8 => Glyph::Tick(false),
        0x28 | 0x29 => Glyph::Char('☎'),
        0x2A => Glyph::Char('✉'),
        0x46 => Glyph::Char('☞'),
        0x6C => Glyph::Char('●'),
        0x6E => Glyph::Char('■'),
        0x75 => Glyph::Char('◆'),
        0x76 => Glyph::Char('❖'),
        0x80..=0x95 => nth(CIRCLED, code, 0x80),
        0x9E => Glyph::Char('·'),
        0x9F => Glyph::Char('•'),
        0xA0 | 0xA7 => Glyph::Char('▪'),
        0xA1 | 0xA2 | 0xA6 => Glyph::Char('○'),
        0xA4 => Glyph::Char('◉'),
        0xA5 => Glyph::Char('◎'),
        0xAB => Glyph::Char('★'),
        0xD8 => Glyph::Char('➢'),
        0xE0 | 0xE8 => Glyph::Char('→'),
        _ => Glyph::Nothing,
    }
}

fn wingdings2(code: u8) -> Glyph {
    match code {
        0x4F => Glyph::Char('✗'),
        0x51 | 0x53 | 0x54 => Glyph::Char('☒'),
        // ✓ and the box around it
        0x50 | 0x52 => Glyph::Tick(true),
        // The empty page that passes for a box, then □ in four weights
        0x2A | 0xA3..=0xA6 => Glyph::Tick(false),
        0x69..=0x7E => nth(CIRCLED, code, 0x69),
        0x95 => Glyph::Char('•'),
        0x96..=0x98 => Glyph::Char('●'),
        0x99..=0x9C => Glyph::Char('○'),
        0x9F..=0xA2 => Glyph::Char('■'),
        0xA7 | 0xA8 => Glyph::Char('▣'),
        0xAE => Glyph::Char('◆'),
        0xAF => Glyph::Char('◇'),
        0xEA => Glyph::Char('★'),
        _ => Glyph::Nothing,
    }
}

fn webdings(code: u8) -> Glyph {
    match code {
        0x72 => Glyph::Char('✖'),
        0x61 => Glyph::Tick(true),
        0x63 => Glyph::Tick(false),
        0x67 => Glyph::Char('■'),
        0x6E | 0x3D => Glyph::Char('●'),
        _ => Glyph::Nothing,
    }
}

fn symbol(code: u8) -> Glyph {
    match code {
        0x20..=0x7E => nth(SYMBOL_LOW, code, 0x20),
        0xA0..=0xFE => nth(SYMBOL_HIGH, code, 0xA0),
        _ => Glyph::Nothing,
    }
}

fn nth(table: &str, code: u8, first: u8) -> Glyph {
    table.chars().nth(usize::from(code.saturating_sub(first))).map_or(Glyph::Nothing, Glyph::Char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_known_by_name() {
        assert_eq!(SymbolFont::named("Wingdings 2"), Some(SymbolFont::Wingdings2));
        assert_eq!(SymbolFont::named("wingdings"), Some(SymbolFont::Wingdings));
        assert_eq!(SymbolFont::named("Segoe UI Symbol"), None);
        assert_eq!(SymbolFont::named("宋体"), None);
    }

    #[test]
    fn the_symbol_tables_have_a_character_for_each_code() {
        assert_eq!(SYMBOL_LOW.chars().count(), 0x7F - 0x20);
        assert_eq!(SYMBOL_HIGH.chars().count(), 0xFF - 0xA0);
        assert_eq!(SymbolFont::Symbol.glyph(0xD6), Glyph::Char('√'));
        assert_eq!(SymbolFont::Symbol.glyph(0xB7), Glyph::Char('•'));
        assert_eq!(SymbolFont::Symbol.glyph(0x6D), Glyph::Char('μ'));
        assert_eq!(SymbolFont::Wingdings.glyph(0x8A), Glyph::Char('⑩'));
    }

    #[test]
    fn ticks_of_each_font() {
        let ticks = |font: SymbolFont, checked| (0x21..=0xFF).filter(|code| font.glyph(*code) == Glyph::Tick(checked)).collect::<Vec<u8>>();
        assert_eq!(ticks(SymbolFont::Wingdings, true), [0xFC, 0xFE]);
        assert_eq!(ticks(SymbolFont::Wingdings, false), [0x6F, 0x70, 0x71, 0x72, 0xA8]);
        assert_eq!(ticks(SymbolFont::Wingdings2, true), [0x50, 0x52]);
        assert_eq!(ticks(SymbolFont::Wingdings2, false), [0x2A, 0xA3, 0xA4, 0xA5, 0xA6]);
        assert_eq!(ticks(SymbolFont::Webdings, true), [0x61]);
        assert_eq!(ticks(SymbolFont::Webdings, false), [0x63]);
    }

    #[test]
    fn codes_of_plain_and_private_characters() {
        assert_eq!(plain_code('þ'), Some(0xFE));
        assert_eq!(plain_code('ž'), Some(0x9E));
        assert_eq!(plain_code('汉'), None);
        assert_eq!(private_code('\u{f0fe}'), Some(0xFE));
        assert_eq!(private_code('\u{f100}'), None);
    }
}
