//! Who signed a PDF electronically. ISO 32000-1, 12.8.
//!
//! It says that a signature is there, not that it is valid: that takes trusted certificates, and a person.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Object, String as PdfString};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Objects looked through.
const MOST_OBJECTS: usize = 100_000;
/// `id-at-commonName` (2.5.4.3) as DER.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

/// The signers of a file, one for each signature; an empty name where none is told.
pub fn signatures(bytes: &[u8]) -> Vec<String> {
    // A signature's range of bytes leaves out its own place in the file, so it lies there unpacked.
    if memchr::memmem::find(bytes, b"ByteRange").is_none() {
        return Vec::new();
    }
    let bound = crate::intake::document::Limits::default().bytes_unpacked;
    if super::stream::check_structure(bytes, bound).is_err() {
        return Vec::new();
    }
    catch_unwind(AssertUnwindSafe(|| found(bytes))).unwrap_or_default()
}

fn found(bytes: &[u8]) -> Vec<String> {
    let Ok(pdf) = Pdf::new(bytes.to_vec()) else { return Vec::new() };
    let dictionaries = pdf.objects().into_iter().take(MOST_OBJECTS).filter_map(|object| match object {
        Object::Dict(dict) => Some(dict),
        _ => None,
    });
    dictionaries.filter_map(|dict| signer(&dict)).collect()
}

/// The signer, if the dictionary is a signature: it covers a range of bytes.
fn signer(dict: &Dict<'_>) -> Option<String> {
    let contents = dict.get::<PdfString<'_>>("Contents")?;
    if dict.get::<Array<'_>>("ByteRange")?.raw_iter().next().is_none() || contents.as_bytes().is_empty() {
        return None;
    }
    let named = dict.get::<PdfString<'_>>("Name").map(|name| text(name.as_bytes())).filter(|name| !name.is_empty());
    Some(named.or_else(|| subject(contents.as_bytes())).unwrap_or_default())
}

/// A text string: UTF-16 with a byte order mark, else UTF-8 or GBK as the programs here write it.
fn text(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xFE, 0xFF]) {
        Some(utf16) => encoding_rs::UTF_16BE.decode_without_bom_handling(utf16).0.trim().to_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(utf8) => utf8.trim().to_owned(),
            Err(_) => encoding_rs::GB18030.decode_without_bom_handling(bytes).0.trim().to_owned(),
        },
    }
}

/// The common name that stands once in the certificates: issuers stand there again.
fn subject(der: &[u8]) -> Option<String> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let places = der.windows(COMMON_NAME.len()).enumerate().filter(|(_, window)| *window == COMMON_NAME);
    for (order, (at, _)) in places.enumerate().take(100) {
        let Some(name) = der.get(at + COMMON_NAME.len()..).and_then(directory_string) else { continue };
        counts.entry(name).or_insert((0, order)).0 += 1;
    }
    let once = counts.iter().filter(|(_, (count, _))| *count == 1).min_by_key(|(_, (_, order))| *order);
    once.or_else(|| counts.iter().next()).map(|(name, _)| name.clone())
}

/// A DER string with a length of one byte.
fn directory_string(der: &[u8]) -> Option<String> {
    let (tag, length) = (*der.first()?, usize::from(*der.get(1)?));
    let value = der.get(2..2 + length).filter(|_| length < 0x80)?;
    match tag {
        0x0C | 0x13 | 0x14 => Some(text(value)),
        0x1E => Some(encoding_rs::UTF_16BE.decode_without_bom_handling(value).0.trim().to_owned()),
        _ => None,
    }
}
