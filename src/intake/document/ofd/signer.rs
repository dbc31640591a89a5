//! Who sealed an OFD file electronically.
//!
//! The value of a signature is DER: by GB/T 38540 it holds the seal, whose head begins with the mark "ES" and whose
//! property begins with the seal's name. Only the name is looked for; nothing is proved by it.

use super::package::Package;
use crate::intake::document::Limits;

/// Signatures looked into.
const MOST: usize = 20;
/// Bytes after the head in which the name stands.
const REACH: usize = 2_000;
/// The mark "ES" as an IA5String.
const MARK: [u8; 4] = [0x16, 0x02, b'E', b'S'];
/// The tag of a UTF8String.
const UTF8: u8 = 0x0C;

/// The names of the seals, one for each signature; an empty one where none is told.
pub fn signers(bytes: &[u8]) -> Vec<String> {
    if !super::has_signature(bytes) {
        return Vec::new();
    }
    let Ok(mut package) = Package::open(bytes, &Limits::default()) else { return Vec::new() };
    let values = package.names_ending("signedvalue.dat").into_iter().take(MOST);
    let mut names: Vec<String> = values.map(|part| package.bytes(&part).ok().and_then(|value| name(&value)).unwrap_or_default()).collect();
    if names.is_empty() {
        names.push(String::new());
    }
    names
}

/// The first text after the head of the seal.
fn name(der: &[u8]) -> Option<String> {
    let head = der.windows(MARK.len()).position(|window| window == MARK)?;
    let after = der.get(head..(head + REACH).min(der.len()))?;
    (0..after.len()).find_map(|at| {
        let (tag, length) = (*after.get(at)?, usize::from(*after.get(at + 1)?));
        let value = after.get(at + 2..at + 2 + length).filter(|_| tag == UTF8 && (3..0x80).contains(&length))?;
        let text = std::str::from_utf8(value).ok()?.trim();
        (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_is_the_first_text_after_the_mark() {
        let text = |text: &str| [&[0x0C, text.len() as u8], text.as_bytes()].concat();
        let seal = [text("别的").as_slice(), &[0x30, 0x20], &super::MARK, &[2, 1, 4, 0x16, 2, b'V', b'1'], &text("某局公章"), &text("后")]
            .concat();
        assert_eq!(name(&seal).as_deref(), Some("某局公章"));
        assert_eq!(name(&text("某局公章")), None);
        assert_eq!(name(&super::MARK), None);
        assert_eq!(name(b""), None);
    }
}
