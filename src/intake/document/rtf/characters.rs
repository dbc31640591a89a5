//! Bytes and `\u` become characters: by the code page of the font, and by UTF-16.

use std::collections::HashMap;

use encoding_rs::{Encoding, GB18030, WINDOWS_1252};

/// A font's name is short.
const MOST_NAME: usize = 100;

/// The characters being read, and the fonts that they are read by.
pub(super) struct Characters {
    fonts: HashMap<i32, Font>,
    code_page: &'static Encoding,
    bytes: Vec<u8>,
    /// Bytes of text still to be skipped after `\u`.
    skip: usize,
    /// The first half of a character beyond U+FFFF: between its halves LibreOffice writes other words.
    surrogate: Option<u16>,
}

#[derive(Debug, Clone, Default)]
struct Font {
    name: Vec<u8>,
    charset: i32,
}

impl Characters {
    /// Without fonts, in the code page of China.
    pub(super) fn new() -> Self {
        Self { fonts: HashMap::new(), code_page: GB18030, bytes: Vec::new(), skip: 0, surrogate: None }
    }

    /// Whether a byte stands for a Unicode character that has been read.
    pub(super) fn is_fallback(&mut self) -> bool {
        let is_fallback = self.skip > 0;
        self.skip = self.skip.saturating_sub(1);
        is_fallback
    }

    /// What follows stands for itself.
    pub(super) fn no_fallback(&mut self) {
        self.skip = 0;
    }

    /// A byte of text.
    pub(super) fn byte(&mut self, byte: u8) {
        self.surrogate = None;
        self.bytes.push(byte);
    }

    /// `\u`: a UTF-16 unit as a signed number, which this many bytes stand for; none where it is half a character.
    pub(super) fn unicode(&mut self, number: i32, fallback: usize) -> Option<String> {
        self.skip = fallback;
        let unit = u16::try_from(number & 0xFFFF).ok()?;
        let units = self.surrogate.take().into_iter().chain([unit]);
        if (0xD800..0xDC00).contains(&unit) {
            self.surrogate = Some(unit);
            return None;
        }
        Some(char::decode_utf16(units).filter_map(Result::ok).collect())
    }

    /// The bytes that were gathered as characters of this font; none where there are none.
    pub(super) fn gathered(&mut self, font: i32) -> Option<String> {
        if self.bytes.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut self.bytes);
        Some(self.encoding(font).decode_without_bom_handling(&bytes).0.into_owned())
    }

    /// `\ansicpg`.
    pub(super) fn set_code_page(&mut self, number: i32) {
        self.code_page = code_page(number).unwrap_or(GB18030);
    }

    /// `\fcharset`.
    pub(super) fn set_charset(&mut self, font: i32, charset: i32) {
        self.fonts.entry(font).or_default().charset = charset;
    }

    /// A byte of a font's name, which a semicolon ends.
    pub(super) fn name_byte(&mut self, font: i32, byte: u8) {
        let font = self.fonts.entry(font).or_default();
        if byte != b';' && font.name.len() < MOST_NAME {
            font.name.push(byte);
        }
    }

    /// A font's name, as far as it is ASCII.
    pub(super) fn name(&self, font: i32) -> Option<String> {
        self.fonts.get(&font).map(|font| String::from_utf8_lossy(&font.name).into_owned())
    }

    fn encoding(&self, font: i32) -> &'static Encoding {
        match self.fonts.get(&font).map_or(0, |font| font.charset) {
            2 => WINDOWS_1252,
            128 => encoding_rs::SHIFT_JIS,
            129 => encoding_rs::EUC_KR,
            134 => GB18030,
            136 => encoding_rs::BIG5,
            _ => self.code_page,
        }
    }
}

fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        932 => encoding_rs::SHIFT_JIS,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        65001 => encoding_rs::UTF_8,
        936 | 54936 | 1252 => GB18030,
        _ => return None,
    })
}
