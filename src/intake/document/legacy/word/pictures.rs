//! Pictures that float over a Word document's text, such as a stamp.
//!
//! Those within the text stand in the data stream, where the parser looks for them; the floating ones stand in the text
//! stream itself ([MS-DOC] 2.9.172, [MS-ODRAW] 2.2.23), behind the text. Where they float isn't told.

use super::{place, u16_at};

/// Types of records that hold a JPEG or a PNG (`OfficeArtBlipJPEG`, `OfficeArtBlipPNG`).
const TYPES: [u16; 3] = [0xF01D, 0xF01E, 0xF02A];
/// What a record says before its picture: one identifier or two, and a byte.
const BEFORE: [usize; 2] = [17, 33];
/// What pictures begin with, and how they are named.
const SIGNATURES: [(&[u8], &str); 2] = [(b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg")];
/// Pictures of one document.
const MOST: usize = 32;

/// Every floating picture, and how its name ends.
pub(super) fn floating(text: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(0xF0, rest)) {
        at += found + 1;
        // The type is the record's second number; its second byte is the one that was found.
        let Some((picture, name, end)) = at.checked_sub(4).and_then(|start| picture(text, start)) else { continue };
        out.push((picture.to_vec(), name));
        at = end;
        if out.len() == MOST {
            break;
        }
    }
    out
}

/// The picture of the record at a place, how its name ends, and where the record does.
fn picture(text: &[u8], at: usize) -> Option<(&[u8], &'static str, usize)> {
    let kind = u16_at(text, at + 2).filter(|kind| TYPES.contains(kind))?;
    let length = place(text, at + 4).filter(|_| kind != 0)?;
    let end = at.checked_add(8)?.checked_add(length)?;
    let record = text.get(at + 8..end)?;
    BEFORE.iter().find_map(|before| {
        let picture = record.get(*before..)?;
        let (_, name) = SIGNATURES.iter().find(|(signature, _)| picture.starts_with(signature))?;
        Some((picture, *name, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, before: usize, picture: &[u8]) -> Vec<u8> {
        let length = u32::try_from(before + picture.len()).unwrap();
        [&[0, 0x6E][..], &kind.to_le_bytes(), &length.to_le_bytes(), &vec![7; before], picture].concat()
    }

    #[test]
    fn pictures_behind_the_text_are_found() {
        let png = [SIGNATURES[0].0, b"one"].concat();
        let jpg = [SIGNATURES[1].0, b"other"].concat();
        let text = [b"\xf0\xf0text".to_vec(), record(0xF01E, 17, &png), vec![0x1E, 0xF0], record(0xF01D, 33, &jpg)].concat();
        assert_eq!(floating(&text), [(png.clone(), "png"), (jpg, "jpg")]);
        for cut in 0..text.len() {
            let _ = floating(&text[..cut]);
        }
        assert_eq!(floating(&record(0xF01B, 17, &png)), []);
        assert_eq!(floating(&record(0xF01E, 16, &png)), []);
        assert_eq!(floating(&[0xF0; 3]), []);
    }
}
