//! Composite fonts: codes of several bytes to characters of a collection. ISO 32000-1, 9.7.
//!
//! The predefined maps of Chinese fonts (`UniGB-UCS2-H`, `GBK-EUC-H`) encode known character sets: their codes
//! are decoded as such. Elsewhere the collection (Adobe-GB1) tells what a CID shows.

use super::ReadError;
use super::font::character_map;
use super::stream::Budget;
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS};
use hayro_cmap::{BfString, CMap, CMapName, CidFamily, load_embedded};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, String as PdfString};

/// A composite font.
pub(super) struct Type0 {
    set: CharacterSet,
    cids: Option<CMap>,
    widths: Widths,
}

/// What codes say.
enum CharacterSet {
    /// UTF-16, big-endian.
    Utf16,
    /// An older multi-byte encoding.
    Legacy(&'static Encoding),
    /// CIDs, which a collection's map tells, if there is one.
    Collection(Option<Box<CMap>>),
}

/// CID widths by range, in thousandths: sorted, the default apart.
struct Widths {
    ranges: Vec<(u32, u32, f64)>,
    default: f64,
}

/// Entries of a width table beyond which it is no longer read.
const MOST_WIDTHS: usize = 70_000;

/// What a font's built-in maps count for, in bytes unpacked.
const MAP_COST: usize = 200_000;

impl Type0 {
    /// Reads what stands in the font's dictionary and its descendant's; a font mapped by ToUnicode needs no collection.
    pub(super) fn read(dict: &Dict<'_>, mapped: bool, budget: &mut Budget) -> Result<Type0, ReadError> {
        let descendant = dict.get::<Array<'_>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'_>>().next()).unwrap_or_default();
        let (name, cids) = match dict.get::<Object<'_>>("Encoding") {
            Some(Object::Name(name)) => (name.as_str().to_owned(), predefined(name.as_ref(), budget)?),
            Some(Object::Stream(stream)) => {
                let name = stream.dict().get::<Name<'_>>("CMapName").map(|name| name.as_str().to_owned()).unwrap_or_default();
                (name, character_map(&stream, budget)?)
            }
            _ => ("Identity-H".to_owned(), Some(CMap::identity_h())),
        };
        let set = match CharacterSet::named(&name) {
            Some(set) => set,
            None if mapped => CharacterSet::Collection(None),
            None => CharacterSet::Collection(collection(&descendant, budget)?.map(Box::new)),
        };
        Ok(Type0 { set, cids, widths: Widths::read(&descendant) })
    }

    /// How many bytes the next code has.
    pub(super) fn length(&self, bytes: &[u8]) -> usize {
        match (&self.set, bytes) {
            (CharacterSet::Utf16, [0xD8..=0xDB, ..]) => 4,
            (CharacterSet::Utf16, _) => 2,
            (CharacterSet::Legacy(_), [..=0x7F, ..]) => 1,
            (CharacterSet::Legacy(encoding), [_, b'0'..=b'9', ..]) if *encoding == GB18030 => 4,
            (CharacterSet::Legacy(_), _) => 2,
            (CharacterSet::Collection(_), _) => {
                let known = |length: &usize| {
                    let code = bytes.get(..*length)?;
                    self.cid(code, number(code))
                };
                (1..=4).find(|length| known(length).is_some()).unwrap_or(2)
            }
        }
    }

    /// The character that a code shows, without regard to ToUnicode.
    pub(super) fn character(&self, bytes: &[u8], code: u32) -> Option<char> {
        match &self.set {
            CharacterSet::Utf16 => {
                let units = bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
                char::decode_utf16(units).next()?.ok()
            }
            CharacterSet::Legacy(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes)?.chars().next(),
            CharacterSet::Collection(map) => match map.as_ref()?.lookup_bf_string(self.cid(bytes, code)?)? {
                BfString::Char(c) => Some(c),
                BfString::String(text) => text.chars().next(),
            },
        }
    }

    /// Its width in font sizes.
    pub(super) fn width(&self, bytes: &[u8], code: u32) -> f64 {
        self.widths.of(self.cid(bytes, code).unwrap_or_default()) / 1000.0
    }

    fn cid(&self, bytes: &[u8], code: u32) -> Option<u32> {
        self.cids.as_ref()?.lookup_cid_code(code, u8::try_from(bytes.len()).ok()?)
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// A map that every reader is supposed to have.
fn predefined(name: &[u8], budget: &mut Budget) -> Result<Option<CMap>, ReadError> {
    match CMapName::from_bytes(name) {
        CMapName::IdentityH | CMapName::IdentityV => Ok(Some(CMap::identity_h())),
        other => built_in(other, budget),
    }
}

/// The map from a descendant's CIDs to Unicode.
fn collection(descendant: &Dict<'_>, budget: &mut Budget) -> Result<Option<CMap>, ReadError> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo").unwrap_or_default();
    let word = |key: &str| info.get::<PdfString<'_>>(key).map(|word| word.as_bytes().to_vec()).unwrap_or_default();
    match CidFamily::from_registry_ordering(&word("Registry"), &word("Ordering")).ucs2_cmap() {
        Some(name) => built_in(name, budget),
        None => Ok(None),
    }
}

/// A built-in map costs memory as well, for every font that names one.
fn built_in(name: CMapName<'_>, budget: &mut Budget) -> Result<Option<CMap>, ReadError> {
    budget.spend(MAP_COST)?;
    Ok(load_embedded(name).and_then(|bytes| CMap::parse(bytes, load_embedded)))
}

impl CharacterSet {
    fn named(map: &str) -> Option<CharacterSet> {
        let legacy = |encoding| Some(CharacterSet::Legacy(encoding));
        match map {
            map if map.starts_with("Uni") && (map.contains("UCS2") || map.contains("UTF16")) => Some(CharacterSet::Utf16),
            map if map.starts_with("GB") => legacy(GB18030),
            map if map.starts_with("ETen") || map.contains("B5") => legacy(BIG5),
            map if map.contains("RKSJ") => legacy(SHIFT_JIS),
            map if map.starts_with("KSC") => legacy(EUC_KR),
            _ => None,
        }
    }
}

impl Widths {
    /// `W`: `first [w …]` or `first last w`.
    fn read(descendant: &Dict<'_>) -> Widths {
        let default = descendant.get::<Number>("DW").map_or(1000.0, |number| number.as_f64());
        let mut ranges = Vec::new();
        let mut items = descendant.get::<Array<'_>>("W").into_iter().flat_map(|array| array.iter::<Object<'_>>());
        while let (Some(Object::Number(first)), Some(second)) = (items.next(), items.next()) {
            let Ok(first) = u32::try_from(first.as_i64()) else { break };
            match second {
                Object::Array(widths) => {
                    ranges.extend((first..).zip(widths.iter::<Number>()).take(MOST_WIDTHS).map(|(cid, width)| (cid, cid, width.as_f64())))
                }
                Object::Number(last) => {
                    let (Ok(last), Some(Object::Number(width))) = (u32::try_from(last.as_i64()), items.next()) else { break };
                    ranges.push((first, last, width.as_f64()));
                }
                _ => break,
            }
            if ranges.len() > MOST_WIDTHS {
                break;
            }
        }
        ranges.sort_by_key(|range| range.0);
        Widths { ranges, default }
    }

    fn of(&self, cid: u32) -> f64 {
        let after = self.ranges.partition_point(|range| range.0 <= cid);
        let range = after.checked_sub(1).and_then(|at| self.ranges.get(at));
        range.filter(|range| cid <= range.1).map_or(self.default, |range| range.2)
    }
}
