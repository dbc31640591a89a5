//! One XML file that holds a whole package (Flat OPC, as `Word XML Document` saves it) becomes its parts.
//!
//! `pkg:part` names each; `pkg:xmlData` holds it as it stands, `pkg:binaryData` in base64. No standard describes
//! it. Parts are cut out of the text, and read afterwards as if they had come from an archive.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::names::local;
use super::package::Package;
use super::xml::{self, attribute};
use super::{Limits, ReadError};
use crate::intake::message::transfer;

/// How far into a file its first element is looked for.
const HEAD_BYTES: usize = 2 << 10;

/// Whether a file is a package in one XML file.
pub(super) fn is_flat(bytes: &[u8]) -> bool {
    head_has(bytes, "package")
}

/// Whether a file is of Word 2003's own XML.
pub(in crate::intake::document) fn is_word_2003(bytes: &[u8]) -> bool {
    head_has(bytes, "wordDocument")
}

/// Whether a file is XML that Word wrote, in either way.
pub(in crate::intake) fn is_word_xml(bytes: &[u8]) -> bool {
    is_flat(bytes) || is_word_2003(bytes)
}

/// Whether a file is XML whose first element has this name.
fn head_has(bytes: &[u8], name: &str) -> bool {
    // Packages are told by their first byte, which no XML begins with in any encoding.
    if bytes.first() == Some(&b'P') {
        return false;
    }
    let head = bytes.get(..bytes.len().min(HEAD_BYTES)).unwrap_or_default();
    let head: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let head = String::from_utf8_lossy(&head);
    let Some(markup) = head.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start().strip_prefix('<') else { return false };
    // The declaration and instructions such as <?mso-application?> come first.
    let element = std::iter::once(markup).chain(markup.split('<').skip(1)).find(|tag| !tag.starts_with(['?', '!']));
    element.is_some_and(|tag| {
        let end = tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(tag.len());
        tag.get(..end).is_some_and(|qualified| local(qualified) == name)
    })
}

/// Reads the parts out.
pub(super) fn open<'a>(bytes: &[u8], limits: &Limits) -> Result<Package<'a>, ReadError> {
    if bytes.len() as u64 > limits.bytes_unpacked {
        return Err(ReadError::TooLarge("bytes unpacked"));
    }
    let text = xml::decode(bytes.to_vec())?;
    Ok(Package::of_parts(parts(&text, limits)?, limits))
}

fn parts(text: &str, limits: &Limits) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
    let malformed = |error: &dyn std::fmt::Display| ReadError::Corrupt(format!("malformed XML: {error}"));
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut reader = Reader::from_str(text);
    let mut events = limits.xml_events;
    let mut name = String::new();
    // Where the open part's content begins, and how many elements are open in it.
    let mut content: Option<usize> = None;
    let mut depth = 0_usize;
    loop {
        events = events.checked_sub(1).ok_or(ReadError::TooLarge("XML events"))?;
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event().map_err(|error| malformed(&error))? {
            Event::Start(_) if content.is_some() => depth += 1,
            Event::Start(element) => match local(element.name().into_inner()) {
                "part" => name = attribute(&element, "name").map(std::borrow::Cow::into_owned).unwrap_or_default(),
                "xmlData" | "binaryData" => content = usize::try_from(reader.buffer_position()).ok(),
                _ => {}
            },
            Event::End(_) if content.is_some() && depth > 0 => depth -= 1,
            Event::End(element) => {
                if let Some(inner) = content.take().and_then(|from| text.get(from..before)) {
                    let binary = local(element.name().into_inner()) == "binaryData";
                    let bytes = if binary { transfer::decode(inner.as_bytes(), "base64").into_owned() } else { inner.as_bytes().to_vec() };
                    found.push((std::mem::take(&mut name), bytes));
                }
            }
            Event::Eof => break,
            _ => {}
        }
        if found.len() > limits.entries {
            return Err(ReadError::TooLarge("entries"));
        }
    }
    if content.is_some() { Err(malformed(&"the file is cut short")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_element() {
        let office = "<?xml version=\"1.0\"?>\r\n<?mso-application progid=\"Word.Document\"?>\r\n";
        assert!(is_flat(format!("{office}<pkg:package xmlns:pkg=\"x\">").as_bytes()));
        assert!(is_word_2003(format!("\u{feff}{office}<w:wordDocument xml:space=\"preserve\">").as_bytes()));
        assert!(is_word_2003(&format!("{office}<w:wordDocument>").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()));
        assert!(!is_flat(b"<html><package>") && !is_flat(b"package") && !is_word_2003(b""));
    }

    #[test]
    fn parts_are_cut_out() {
        let text = "<p:package><p:part p:name=\"/a.xml\"><p:xmlData><x><y/></x></p:xmlData></p:part>\
            <p:part p:name=\"/b.png\"><p:binaryData>UE5\nH</p:binaryData></p:part></p:package>";
        let found = parts(text, &Limits::default()).unwrap();
        assert_eq!(found, [("/a.xml".to_owned(), b"<x><y/></x>".to_vec()), ("/b.png".to_owned(), b"PNG".to_vec())]);
        assert!(matches!(parts("<p:package><p:xmlData><x>", &Limits::default()), Err(ReadError::Corrupt(_))));
    }
}
