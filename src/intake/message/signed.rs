//! An S/MIME signature around a mail (opaque signing, RFC 8551 section 3.5.2) → the mail within (CMS, RFC 5652).
//!
//! Only as much of BER is read as leads to the content: who signed, and whether rightly, is not asked.

/// Values within each other.
const DEPTH: usize = 16;
/// Pieces of one content.
const PIECES: usize = 100_000;

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
const EXPLICIT: u8 = 0xA0;

/// 1.2.840.113549.1.7.
const PKCS7: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07";

/// What a CMS structure holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cms {
    /// A signed content, taken out.
    Signed(Vec<u8>),
    /// A signature without content: it belongs to something else.
    Detached,
    /// An encrypted content.
    Encrypted,
}

/// Reads a structure; none where it is no CMS, or of a rare kind.
pub(super) fn read(bytes: &[u8]) -> Option<Cms> {
    let (SEQUENCE, info, _) = value(bytes, 0)? else { return None };
    let (OBJECT_IDENTIFIER, kind, rest) = value(info, 0)? else { return None };
    match kind.strip_prefix(PKCS7) {
        Some([2]) => {}
        Some([3]) => return Some(Cms::Encrypted),
        // authEnvelopedData: 1.2.840.113549.1.9.16.1.23.
        None if kind == b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17" => return Some(Cms::Encrypted),
        _ => return None,
    }
    let (EXPLICIT, signed, _) = value(rest, 0)? else { return None };
    let (SEQUENCE, signed, _) = value(signed, 0)? else { return None };
    // version, digestAlgorithms
    let (_, _, rest) = value(signed, 0)?;
    let (_, _, rest) = value(rest, 0)?;
    let (SEQUENCE, content, _) = value(rest, 0)? else { return None };
    let (OBJECT_IDENTIFIER, _, rest) = value(content, 0)? else { return None };
    match value(rest, 0) {
        Some((EXPLICIT, octets, _)) => {
            let mut out = Vec::new();
            let mut left = PIECES;
            gather(octets, 0, &mut left, &mut out);
            Some(Cms::Signed(out))
        }
        _ => Some(Cms::Detached),
    }
}

/// An octet string, in one piece or in several.
fn gather(mut bytes: &[u8], depth: usize, left: &mut usize, out: &mut Vec<u8>) {
    while let Some((tag, content, rest)) = value(bytes, 0) {
        let Some(fewer) = left.checked_sub(1).filter(|_| depth < DEPTH) else { return };
        *left = fewer;
        match tag {
            OCTETS => out.extend_from_slice(content),
            OCTETS_IN_PIECES => gather(content, depth + 1, left, out),
            _ => return,
        }
        bytes = rest;
    }
}

/// The next value: its tag, its content, and what follows it. A content that is cut off counts.
fn value(bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let length = match first {
        0x80 => return indefinite(tag, rest, depth),
        short @ 0..0x80 => usize::from(short),
        long => {
            let count = usize::from(long & 0x7F);
            let (digits, _) = rest.split_at_checked(count).filter(|_| count <= 8)?;
            digits.iter().fold(0_usize, |sum, digit| sum.saturating_mul(256).saturating_add(usize::from(*digit)))
        }
    };
    let rest = rest.get(if first > 0x80 { usize::from(first & 0x7F) } else { 0 }..)?;
    let end = length.min(rest.len());
    let (content, rest) = rest.split_at_checked(end)?;
    Some((tag, content, rest))
}

/// A value that ends with two zero bytes.
fn indefinite(tag: u8, bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    if depth >= DEPTH {
        return None;
    }
    let mut rest = bytes;
    loop {
        if let Some(after) = rest.strip_prefix(b"\0\0") {
            let content = bytes.get(..bytes.len() - rest.len())?;
            return Some((tag, content, after));
        }
        match value(rest, depth + 1) {
            Some((_, _, after)) => rest = after,
            None => return Some((tag, bytes, b"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], length.as_slice(), content].concat()
    }

    fn cms(kind: u8, content: &[u8]) -> Vec<u8> {
        let oid = |last: u8| [b"\x06\x09", PKCS7, &[last]].concat();
        let signed = [b"\x02\x01\x01\x31\x00".as_slice(), &wrap(SEQUENCE, &[oid(1).as_slice(), content].concat())].concat();
        wrap(SEQUENCE, &[oid(kind).as_slice(), &wrap(EXPLICIT, &wrap(SEQUENCE, &signed))].concat())
    }

    #[test]
    fn the_content_is_taken_out() {
        let whole = wrap(EXPLICIT, &wrap(OCTETS, b"Subject: a\n\nb"));
        assert_eq!(read(&cms(2, &whole)), Some(Cms::Signed(b"Subject: a\n\nb".to_vec())));
        let pieces = b"\xa0\x80\x24\x80\x04\x02ab\x04\x01c\0\0\0\0";
        assert_eq!(read(&cms(2, pieces)), Some(Cms::Signed(b"abc".to_vec())));
        assert_eq!(read(&cms(2, b"")), Some(Cms::Detached));
        assert_eq!(read(&cms(3, b"")), Some(Cms::Encrypted));
        assert_eq!(read(b"PK\x03\x04"), None);
    }

    #[test]
    fn hostile_lengths_and_depths_end() {
        for piece in [&b"\x24\x80"[..], b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", b"\x30\x80", b"\x24\x82\xff\xff"] {
            read(&piece.repeat(50_000));
            read(&cms(2, &wrap(EXPLICIT, &piece.repeat(1_000))));
        }
    }
}
