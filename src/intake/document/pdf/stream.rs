//! Streams are unpacked within limits: what comes out is counted, whatever a file claims.
//!
//! `hayro-syntax` unpacks without bounds, so what could grow is measured first.

use super::ReadError;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Number, Object, Stream};
use regex::bytes::Regex;
use std::borrow::Cow;
use std::io::Read;
use std::sync::LazyLock;

/// The most that one packed byte can become (DEFLATE 1:1032, LZW less than 1:1400).
const WORST_RATIO: u64 = 1_400;

/// Columns of a row: the widest scan has fewer.
const WIDEST_ROW: i64 = 99_999;

/// Rows that are wider.
static WIDE_ROW: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("/Columns[\\s]+[0-9]{6}").ok());
/// What tells a stream that holds the file's structure.
static STRUCTURE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("/(?:ObjStm|XRef|First|W)|#[0-9A-Fa-f]{2}|<<|>>|endobj|stream\r?\n?").ok());

/// Dictionaries within each other in one object: a few in every real file. The library takes quadratic time over them.
const DEEPEST: usize = 64;
/// In the bytes of a stream the same marks stand by chance.
const DEEPEST_BY_CHANCE: usize = 256;

/// What may still be unpacked.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Budget {
    /// So many bytes.
    pub(super) fn new(bytes: u64) -> Budget {
        Budget(bytes)
    }

    /// Counts bytes.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.0 = self.0.checked_sub(bytes as u64).ok_or(ReadError::TooLarge("bytes unpacked"))?;
        Ok(())
    }

    /// The stream's bytes; none if they can't be unpacked at all.
    ///
    /// # Errors
    /// [`ReadError::TooLarge`] where more would come out than is left.
    pub(super) fn unpack(&mut self, stream: &Stream<'_>) -> Result<Option<Vec<u8>>, ReadError> {
        let filters = stream.filters();
        let raw = stream.raw_data();
        let packed =
            filters.iter().filter(|filter| matches!(filter, Filter::FlateDecode | Filter::LzwDecode | Filter::RunLengthDecode)).count();
        let bytes = match filters.as_slice() {
            _ if widest_row(stream.dict()) > WIDEST_ROW => return Err(ReadError::TooLarge("bytes of a row")),
            [] => Some(raw.into_owned()),
            [Filter::FlateDecode] if !has_predictor(stream.dict()) => Some(inflate(&raw, self.0)?),
            // With a predictor, as a PNG's samples have it, the library does it: once what comes out was measured.
            [Filter::FlateDecode] if measured(&raw, self.0) <= self.0 => stream.decoded_data().ok().map(Cow::into_owned),
            // As programs write PDFs that must pass as text.
            [Filter::Ascii85Decode, Filter::FlateDecode] if !has_predictor(stream.dict()) => Some(inflate(&from_ascii85(&raw), self.0)?),
            _ if packed <= 1 && (packed == 0 || raw.len() as u64 * WORST_RATIO <= self.0) => {
                stream.decoded_data().ok().map(Cow::into_owned)
            }
            _ => return Err(ReadError::TooLarge("bytes unpacked")),
        };
        self.spend(bytes.as_ref().map_or(0, Vec::len))?;
        Ok(bytes)
    }
}

/// ISO 32000-1, 7.4.3: five characters for four bytes, up to `~>`. What is none of them is passed over.
fn from_ascii85(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 5 * 4 + 4);
    let (mut value, mut digits) = (0_u32, 0_usize);
    for byte in raw.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if digits == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                value = value.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                digits += 1;
            }
            _ => {}
        }
        if digits == 5 {
            out.extend(value.to_be_bytes());
            (value, digits) = (0, 0);
        }
    }
    // The last group is as short as its bytes.
    if digits > 1 {
        let whole = (digits..5).fold(value, |value, _| value.wrapping_mul(85).wrapping_add(84));
        out.extend(whole.to_be_bytes().into_iter().take(digits - 1));
    }
    out
}

/// The columns of a predictor's rows, of which room is made for one before anything is unpacked.
fn widest_row(dict: &Dict<'_>) -> i64 {
    let parameters: Vec<Dict<'_>> = ["DecodeParms", "DP"]
        .into_iter()
        .flat_map(|key| match dict.get::<Object<'_>>(key) {
            Some(Object::Dict(own)) => vec![own],
            Some(Object::Array(array)) => array.iter::<Dict<'_>>().take(8).collect(),
            _ => Vec::new(),
        })
        .collect();
    parameters.iter().filter_map(|own| own.get::<Number>("Columns")).map(|columns| columns.as_i64()).max().unwrap_or_default()
}

fn has_predictor(dict: &Dict<'_>) -> bool {
    dict.contains_key("DecodeParms") || dict.contains_key("DP")
}

/// Unpacks what can be; a stream cut short gives what came before.
fn inflate(raw: &[u8], most: u64) -> Result<Vec<u8>, ReadError> {
    let unpacked = |mut from: Box<dyn Read + '_>| {
        let mut out = Vec::new();
        let _cut_short = from.read_to_end(&mut out);
        out
    };
    let mut out = unpacked(Box::new(ZlibDecoder::new(raw).take(most.saturating_add(1))));
    if out.is_empty() {
        out = unpacked(Box::new(DeflateDecoder::new(raw).take(most.saturating_add(1))));
    }
    if out.len() as u64 > most { Err(ReadError::TooLarge("bytes unpacked")) } else { Ok(out) }
}

/// Measures the streams that hold objects, which are unpacked as soon as the file is opened.
pub(super) fn check_structure(bytes: &[u8], most: u64) -> Result<(), ReadError> {
    // As in `widest_row`, for streams that are unpacked before there are objects to ask.
    if WIDE_ROW.as_ref().is_some_and(|wide| wide.is_match(bytes)) {
        return Err(ReadError::TooLarge("bytes of a row"));
    }
    let mut left = most;
    // Of every stream in whose dictionary a key of theirs stands, or a name in disguise.
    let (mut suspected, mut depth, mut deepest) = (false, 0_usize, DEEPEST);
    for found in STRUCTURE.iter().flat_map(|tokens| tokens.find_iter(bytes)) {
        match found.as_bytes() {
            b"<<" => depth += 1,
            b">>" => depth = depth.saturating_sub(1),
            [b'/' | b'#', ..] => suspected = true,
            end => {
                depth = 0;
                deepest = if end.starts_with(b"s") { DEEPEST_BY_CHANCE } else { DEEPEST };
                if std::mem::take(&mut suspected) && end.starts_with(b"s") {
                    let packed = bytes.get(found.end()..).unwrap_or_default();
                    left = left.checked_sub(measured(packed, left)).ok_or(ReadError::TooLarge("bytes unpacked"))?;
                }
            }
        }
        if depth > deepest {
            return Err(ReadError::TooLarge("dictionaries within each other"));
        }
    }
    Ok(())
}

/// How many bytes come out of a stream, up to one more than so many. What fails half-way was counted half-way: it comes
/// from no compressor, and fails again.
fn measured(packed: &[u8], most: u64) -> u64 {
    std::io::copy(&mut ZlibDecoder::new(packed).take(most.saturating_add(1)), &mut std::io::sink()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::from_ascii85;

    #[test]
    fn ascii85_of_every_length() {
        for (written, bytes) in [
            ("87cURD]i,\"Ebo80~>", "Hello World!"),
            ("87cUR\nD]i,\"\nEbo7~>", "Hello World"),
            ("z87cUR~>", "\0\0\0\0Hell"),
            ("", ""),
            ("5~>", ""),
        ] {
            assert_eq!(from_ascii85(written.as_bytes()), bytes.as_bytes(), "{written}");
        }
    }
}
