//! The characters of one style become inlines: those of a symbol font turn into ticks or characters.
//!
//! For formats that tell a font by its name, or only by the private use area that its codes were moved to.

use super::docx::symbols::{Glyph, SymbolFont, plain_code, private_code, unnamed};
use crate::model::document::{Inline, Style, Text, Tick, TickSource};

/// How characters look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    symbols: Option<SymbolFont>,
    style: Style,
}

impl Look {
    /// A font by its name, and its emphasis.
    pub(super) fn new(font: Option<&str>, bold: bool, underline: bool, strike: bool) -> Self {
        Self { symbols: font.and_then(SymbolFont::named), style: Style { bold, underline, strike, marked: false } }
    }

    /// The same, set off by colour, shading or a frame where `marked`.
    pub(super) fn and_marked(mut self, marked: bool) -> Self {
        self.style.marked = marked;
        self
    }

    fn glyph(self, c: char) -> Glyph {
        match (private_code(c), self.symbols) {
            _ if matches!(c, '\n' | '\t') => Glyph::Char(c),
            (Some(code), Some(font)) => font.glyph(code),
            (Some(code), None) => unnamed(code),
            (None, Some(font)) => plain_code(c).map_or(Glyph::Char(c), |code| font.glyph(code)),
            (None, None) => unicode(c),
        }
    }
}

/// The characters that Unicode took over from Wingdings (L2/12-368) for its boxes; older ones stay characters.
fn unicode(c: char) -> Glyph {
    match c {
        '🗴'..='🗹' => Glyph::Tick(true),
        '🞎'..='🞑' => Glyph::Tick(false),
        other => Glyph::Char(other),
    }
}

/// Makes the inlines of some characters.
pub(super) fn of(text: &str, look: Look) -> Vec<Inline> {
    let mut out = Vec::new();
    for c in text.chars() {
        match (look.glyph(c), out.last_mut()) {
            (Glyph::Nothing, _) => {}
            (Glyph::Tick(checked), _) => out.push(Inline::Tick(Tick { checked, source: TickSource::SymbolFont })),
            (Glyph::Char(c), Some(Inline::Text(run))) => run.text.push(c),
            (Glyph::Char(c), _) => out.push(Inline::Text(Text { text: c.into(), style: look.style })),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::Paragraph;

    fn shown(text: &str, font: Option<&str>) -> String {
        Paragraph { inlines: of(text, Look::new(font, false, false, false)), source: None }.text()
    }

    #[test]
    fn symbols_become_ticks() {
        assert_eq!(shown("R£", Some("Wingdings 2")), "☑☐");
        assert_eq!(shown("\u{f0fe}\u{f0a8}", Some("Wingdings")), "☑☐");
        assert_eq!(shown("\u{f052}计量 \u{f0a3}标准", None), "☑计量 ☐标准");
        assert_eq!(shown("🗹🞎", None), "☑☐");
    }

    #[test]
    fn other_characters_stay() {
        assert_eq!(shown("☑计量\n□标准", Some("宋体")), "☑计量\n□标准");
        assert_eq!(shown("计量", Some("Wingdings")), "计量");
    }
}
