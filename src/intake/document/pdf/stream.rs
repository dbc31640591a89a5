//! Streams are unpacked within limits: what comes out is counted, whatever a file claims.
//!
//! `hayro-syntax` unpacks without bounds, so what could grow is measured first.

use super::ReadError;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Number, Object, Stream};
use std::borrow::Cow;
use std::io::Read;

/// The most that one packed byte can become (DEFLATE 1:1032, LZW less than 1:1400).
const WORST_RATIO: u64 = 1_400;

/// Columns of a row: the widest scan has fewer.
const WIDEST_ROW: i64 = 99_999;

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
            _ if packed <= 1 && (packed == 0 || raw.len() as u64 * WORST_RATIO <= self.0) => {
                stream.decoded_data().ok().map(Cow::into_owned)
            }
            _ => return Err(ReadError::TooLarge("bytes unpacked")),
        };
        self.spend(bytes.as_ref().map_or(0, Vec::len))?;
        Ok(bytes)
    }
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
    if regex::bytes::Regex::new("/Columns[\\s]+[0-9]{6}").is_ok_and(|wide| wide.is_match(bytes)) {
        return Err(ReadError::TooLarge("bytes of a row"));
    }
    let mut left = most;
    for start in structure_streams(bytes) {
        let Some(packed) = bytes.get(start..) else { continue };
        let mut counted = ZlibDecoder::new(packed).take(left.saturating_add(1));
        let unpacked = std::io::copy(&mut counted, &mut std::io::sink());
        // What fails half-way was counted half-way: it comes from no compressor, and fails again.
        let unpacked = unpacked.unwrap_or_default();
        left = left.checked_sub(unpacked).ok_or(ReadError::TooLarge("bytes unpacked"))?;
    }
    Ok(())
}

/// Where the data of object streams and cross-reference streams begin: of every stream in whose dictionary a key of
/// theirs stands, or a name in disguise.
fn structure_streams(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let tokens = regex::bytes::Regex::new("/(?:ObjStm|XRef|First|W)|#[0-9A-Fa-f]{2}|endobj|stream\r?\n?").into_iter();
    let mut suspected = false;
    tokens.flat_map(|tokens| tokens.find_iter(bytes).map(|found| found.range()).collect::<Vec<_>>()).filter_map(move |found| {
        match bytes.get(found.clone()) {
            Some([b'/' | b'#', ..]) => suspected = true,
            Some([b's', ..]) if std::mem::take(&mut suspected) => return Some(found.end),
            _ => suspected = false,
        }
        None
    })
}
