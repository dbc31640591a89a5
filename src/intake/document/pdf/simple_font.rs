//! Fonts of single bytes: Type 1, TrueType and Type 3. ISO 32000-1, 9.6.

use super::glyph_names;
use super::page::matrix_of;
use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use hayro_syntax::object::{Array, Dict, Name, Number, Object};
use std::collections::BTreeMap;

/// A simple font.
pub(super) struct SimpleFont {
    base: &'static Encoding,
    differences: BTreeMap<u32, char>,
    widths: Vec<f64>,
    first: u32,
    missing: f64,
    /// Glyph space to text space: a thousandth but for Type 3.
    unit: f64,
}

impl SimpleFont {
    /// Reads what stands in the dictionary.
    pub(super) fn read(dict: &Dict<'_>, name: &str) -> SimpleFont {
        let encoding = dict.get::<Object<'_>>("Encoding");
        let base = match &encoding {
            Some(Object::Name(name)) => Some(name.as_str().to_owned()),
            Some(Object::Dict(own)) => own.get::<Name<'_>>("BaseEncoding").map(|name| name.as_str().to_owned()),
            _ => None,
        };
        let differences = match encoding {
            Some(Object::Dict(own)) => own.get::<Array<'_>>("Differences").map(differences).unwrap_or_default(),
            _ => BTreeMap::new(),
        };
        let descriptor = dict.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let standard = if name.contains("Courier") { 600.0 } else { 500.0 };
        let type3 = dict.get::<Array<'_>>("FontMatrix").map(|array| matrix_of(Some(array)).0);
        SimpleFont {
            base: if base.as_deref() == Some("MacRomanEncoding") { MACINTOSH } else { WINDOWS_1252 },
            differences,
            widths: dict
                .get::<Array<'_>>("Widths")
                .map(|widths| widths.iter::<Number>().take(256).map(|width| width.as_f64()).collect())
                .unwrap_or_default(),
            first: dict.get::<Number>("FirstChar").and_then(|first| u32::try_from(first.as_i64()).ok()).unwrap_or_default(),
            missing: descriptor.get::<Number>("MissingWidth").map_or(standard, |width| width.as_f64()),
            unit: type3.map_or(0.001, |[a, ..]| a.abs()),
        }
    }

    /// The character that a code shows, without regard to ToUnicode.
    pub(super) fn character(&self, code: u32) -> Option<char> {
        if let Some(c) = self.differences.get(&code) {
            return Some(*c);
        }
        let byte = u8::try_from(code).ok().filter(|byte| *byte >= 0x20)?;
        self.base.decode_without_bom_handling(&[byte]).0.chars().next()
    }

    /// Its width in font sizes.
    pub(super) fn width(&self, code: u32) -> f64 {
        let listed = code.checked_sub(self.first).and_then(|index| self.widths.get(usize::try_from(index).ok()?));
        listed.copied().unwrap_or(self.missing) * self.unit
    }
}

/// `Differences`: codes, each followed by the names of the glyphs from there on.
fn differences(array: Array<'_>) -> BTreeMap<u32, char> {
    let mut out = BTreeMap::new();
    let mut code = 0_u32;
    for item in array.iter::<Object<'_>>().take(1_000) {
        match item {
            Object::Number(number) => code = u32::try_from(number.as_i64()).unwrap_or_default(),
            Object::Name(name) => {
                if let Some(c) = glyph_names::character(name.as_str()) {
                    out.insert(code, c);
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    out
}
