//! Run properties (`w:rPr`) become a style, a font and whether the run is hidden.
//!
//! ISO/IEC 29500-1, 17.3.2: what its paragraph's style and its own say, then what the run itself says.

use quick_xml::events::BytesStart;
use std::borrow::Cow;

use super::styles::Emphasis;
use super::symbols::{Glyph, SymbolFont, plain_code, private_code, unnamed};
use super::xml::{attribute, attributes};
use crate::model::document::Style;

/// What the open run's properties say so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunState {
    /// Its emphasis.
    pub(super) style: Style,
    /// Whether it is hidden text.
    pub(super) hidden: bool,
    /// What the paragraph's style says.
    paragraph: Emphasis,
    /// Whether only a style strikes it through.
    struck_by_style: bool,
    fonts: Fonts,
}

/// The symbol font of each kind of character.
#[derive(Debug, Clone, Copy, Default)]
struct Fonts {
    ascii: Option<SymbolFont>,
    high: Option<SymbolFont>,
    east_asian: Option<SymbolFont>,
    prefers_east_asian: bool,
}

impl RunState {
    /// A run in a paragraph of this style.
    pub(super) fn within(paragraph: Emphasis) -> Self {
        let mut run = Self { paragraph, ..Self::default() };
        run.take(paragraph);
        run
    }

    /// Takes up the run's style.
    pub(super) fn styled(&mut self, emphasis: Emphasis) {
        self.take(emphasis.within(self.paragraph));
    }

    fn take(&mut self, emphasis: Emphasis) {
        let on = |said: Option<bool>| said == Some(true);
        (self.style.bold, self.style.underline) = (on(emphasis.bold), on(emphasis.underline));
        (self.style.strike, self.struck_by_style) = (on(emphasis.strike), on(emphasis.strike));
        self.hidden = on(emphasis.hidden);
    }

    /// Takes up one child of `w:rPr`.
    pub(super) fn property(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "b" => self.style.bold = is_on(element),
            "u" => self.style.underline = is_on(element),
            "strike" | "dstrike" => {
                self.style.strike = is_on(element) || self.style.strike && !self.struck_by_style;
                self.struck_by_style = false;
            }
            "vanish" => self.hidden = is_on(element),
            "rFonts" => self.fonts = Fonts::of(element),
            "highlight" | "em" | "bdr" => self.style.marked |= !is_none(attribute(element, "val").as_deref()),
            "shd" => self.style.marked |= is_coloured(attribute(element, "fill").as_deref(), "ffffff"),
            "color" => self.style.marked |= is_coloured(attribute(element, "val").as_deref(), "000000"),
            _ => {}
        }
    }

    /// Whether the run's characters may mean something else than their codes.
    pub(super) fn needs_glyphs(&self, text: &str) -> bool {
        // U+F000..U+F0FF begins with the bytes EF 80..83 in UTF-8.
        let private = || text.as_bytes().windows(2).any(|pair| matches!(pair, [0xEF, 0x80..=0x83]));
        self.fonts.ascii.or(self.fonts.high).or(self.fonts.east_asian).is_some() || private()
    }

    /// What a character of the run shows.
    pub(super) fn glyph(&self, c: char) -> Glyph {
        let fonts = &self.fonts;
        if let Some(code) = private_code(c) {
            return fonts.high.or(fonts.ascii).or(fonts.east_asian).map_or_else(|| unnamed(code), |font| font.glyph(code));
        }
        let font = if c.is_ascii() { fonts.ascii } else { fonts.high.or(fonts.east_asian.filter(|_| fonts.prefers_east_asian)) };
        match (font, plain_code(c)) {
            (Some(font), Some(code)) => font.glyph(code),
            (_, _) => Glyph::Char(c),
        }
    }
}

impl Fonts {
    fn of(element: &BytesStart<'_>) -> Self {
        let [ascii, high, east_asian, hint] = attributes(element, ["ascii", "hAnsi", "eastAsia", "hint"]);
        let font = |name: Option<Cow<'_, str>>| name.and_then(|font| SymbolFont::named(&font));
        Self {
            ascii: font(ascii),
            high: font(high),
            east_asian: font(east_asian),
            prefers_east_asian: hint.is_some_and(|hint| hint == "eastAsia"),
        }
    }
}

/// A toggle (17.17.4): on unless its value says otherwise.
pub(super) fn is_on(element: &BytesStart<'_>) -> bool {
    attribute(element, "val").is_none_or(|value| !matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "false" | "off" | "none"))
}

/// A highlight, a frame or an emphasis mark that is none.
fn is_none(value: Option<&str>) -> bool {
    value.is_none_or(|value| matches!(value, "none" | "nil" | "0" | ""))
}

/// Whether a colour is told and is another than what everything has.
fn is_coloured(value: Option<&str>, usual: &str) -> bool {
    value.is_some_and(|value| !value.is_empty() && !value.eq_ignore_ascii_case("auto") && !value.eq_ignore_ascii_case(usual))
}

/// The number in `w:val`, if there is one.
pub(super) fn number(element: &BytesStart<'_>) -> Option<usize> {
    attribute(element, "val")?.trim().parse().ok()
}
