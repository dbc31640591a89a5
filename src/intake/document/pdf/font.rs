//! A font dictionary becomes what its codes show and how wide they are. ISO 32000-1, 9.5 to 9.10.

use super::ReadError;
use super::simple_font::SimpleFont;
use super::stream::Budget;
use super::symbol;
use super::type0::Type0;
use crate::model::document::Style;
use hayro_cmap::{BfString, CMap, load_embedded};
use hayro_syntax::object::{Dict, Name, Object, Stream};

/// Bytes of a character map: one of all Han characters has fewer.
const LONGEST_MAP: usize = 4 << 20;

/// A font.
pub(super) struct Font {
    codes: Codes,
    to_unicode: Option<CMap>,
    symbols: Option<symbol::SymbolFont>,
    style: Style,
}

enum Codes {
    Simple(Box<SimpleFont>),
    Composite(Box<Type0>),
}

/// One character code of a string.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Code {
    /// The characters that it shows.
    pub(super) text: String,
    /// Its width in font sizes.
    pub(super) width: f64,
    /// Whether word spacing applies: a single byte 32.
    pub(super) is_space: bool,
}

impl Font {
    /// Reads a font.
    pub(super) fn read(dict: &Dict<'_>, budget: &mut Budget) -> Result<Font, ReadError> {
        let name = dict.get::<Name<'_>>("BaseFont").map(|name| name.as_str().to_owned()).unwrap_or_default();
        let to_unicode = match dict.get::<Object<'_>>("ToUnicode") {
            Some(Object::Stream(stream)) => character_map(&stream, budget)?,
            _ => None,
        };
        let composite = dict.get::<Name<'_>>("Subtype").as_deref() == Some(b"Type0");
        let codes = if composite {
            Codes::Composite(Box::new(Type0::read(dict, to_unicode.is_some(), budget)?))
        } else {
            Codes::Simple(Box::new(SimpleFont::read(dict, &name)))
        };
        let style = Style { bold: name.contains("Bold"), ..Style::default() };
        Ok(Font { codes, to_unicode, symbols: symbol::SymbolFont::named(&name), style })
    }

    /// The emphasis that its name tells.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// A string's codes.
    pub(super) fn codes<'f>(&'f self, mut bytes: &'f [u8]) -> impl Iterator<Item = Code> + 'f {
        std::iter::from_fn(move || {
            let length = match &self.codes {
                Codes::Simple(_) => 1,
                Codes::Composite(font) => font.length(bytes),
            };
            let (own, rest) = bytes.split_at_checked(length.clamp(1, bytes.len().max(1)))?;
            bytes = rest;
            Some(self.code(own))
        })
    }

    fn code(&self, own: &[u8]) -> Code {
        let number = own.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        let (fallback, width) = match &self.codes {
            Codes::Simple(font) => (font.character(number), font.width(number)),
            Codes::Composite(font) => (font.character(own, number), font.width(own, number)),
        };
        Code { text: self.text(number, fallback), width, is_space: own == b" " }
    }

    /// ToUnicode first, then the encoding; a symbol font's ticks in any case.
    fn text(&self, number: u32, fallback: Option<char>) -> String {
        if let Some(tick) = self.symbols.and_then(|font| font.tick(number)) {
            return tick.into();
        }
        let mapped = self.to_unicode.as_ref().and_then(|map| map.lookup_bf_string(number)).map(|mapped| match mapped {
            BfString::Char(c) => c.into(),
            BfString::String(text) => text,
        });
        let text: String = mapped.filter(|text| says_something(text)).or(fallback.map(String::from)).unwrap_or_default();
        text.chars().filter_map(|c| symbol::shown(self.symbols, c)).collect()
    }
}

fn says_something(text: &str) -> bool {
    text.chars().any(|c| c != '\0' && c != '\u{fffd}')
}

/// Parses a character map; one that can't be read is none.
pub(super) fn character_map(stream: &Stream<'_>, budget: &mut Budget) -> Result<Option<CMap>, ReadError> {
    Ok(budget.unpack(stream)?.filter(|bytes| bytes.len() <= LONGEST_MAP).and_then(|bytes| CMap::parse(&bytes, load_embedded)))
}
