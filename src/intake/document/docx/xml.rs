//! The bytes of an XML part become text, and small questions about a part are answered from it.
//!
//! Encodings as in XML 1.0, appendix F: a byte order mark, else the shape of the first bytes, else the
//! declaration, else UTF-8. Nothing here expands an entity that a document type declares.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::ReadError;
use super::names::local;
use super::rels;

/// Decodes a part; a byte that its encoding doesn't allow makes it corrupt, as XML demands.
pub(in crate::intake) fn decode(bytes: Vec<u8>) -> Result<String, ReadError> {
    let bad = || ReadError::Corrupt("a part is not in its encoding".into());
    let Some(encoding) = foreign_encoding(&bytes) else {
        let mut text = String::from_utf8(bytes).map_err(|_| bad())?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        return Ok(text);
    };
    match encoding.decode(&bytes) {
        (text, _, false) => Ok(text.into_owned()),
        (_, _, true) => Err(bad()),
    }
}

/// The encoding of a part that isn't UTF-8.
fn foreign_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => None,
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(UTF_16BE),
        [b'<', b'?', ..] => declared_encoding(bytes),
        _ => None,
    }
}

fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(200))?);
    let (declaration, _) = head.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let label = after.split(['"', '\'']).nth(1)?;
    // Plain bytes that call themselves UTF-16 are UTF-8: the label was copied by whoever converted them.
    Encoding::for_label(label.as_bytes())
        .filter(|encoding| *encoding != encoding_rs::UTF_8 && *encoding != UTF_16LE && *encoding != UTF_16BE)
}

/// The value of the first attribute of this local name, whatever its prefix.
pub(in crate::intake) fn attribute<'e>(element: &'e BytesStart<'_>, name: &str) -> Option<Cow<'e, str>> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|attribute| local(attribute.key.into_inner()) == name)?;
    Some(unescape(found.value))
}

/// The values of the first attributes of these local names, found in one pass.
pub(in crate::intake::document) fn attributes<'e, const N: usize>(
    element: &'e BytesStart<'_>,
    names: [&str; N],
) -> [Option<Cow<'e, str>>; N] {
    let mut found = [const { None }; N];
    for attribute in element.attributes().with_checks(false).flatten() {
        let name = local(attribute.key.into_inner());
        if let Some((_, value)) = names.iter().zip(&mut found).find(|(wanted, value)| **wanted == name && value.is_none()) {
            *value = Some(unescape(attribute.value));
        }
    }
    found
}

/// A value with its references resolved, or as it stood where that fails.
pub(in crate::intake) fn unescape(value: Cow<'_, str>) -> Cow<'_, str> {
    match quick_xml::escape::unescape(&value) {
        Ok(Cow::Borrowed(_)) | Err(_) => value,
        Ok(Cow::Owned(text)) => Cow::Owned(text),
    }
}

/// The character of a reference. `None` for an entity that only a document type could declare.
pub(in crate::intake) fn reference(entity: &BytesRef<'_>) -> Option<Cow<'static, str>> {
    if entity.is_char_ref() {
        let character = entity.resolve_char_ref().ok().flatten().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'));
        return Some(Cow::Owned(character.map(String::from).unwrap_or_default()));
    }
    quick_xml::escape::resolve_predefined_entity(entity).map(Cow::Borrowed)
}

/// Calls `each` with every element's local name and the element itself, until the end or the first error.
pub(in crate::intake) fn elements(text: &str, mut each: impl FnMut(&str, &BytesStart<'_>)) {
    let mut reader = Reader::from_str(text);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) | Event::Empty(element) => each(local(element.name().into_inner()), &element),
            Event::Eof => break,
            _ => {}
        }
    }
}

/// The target of the package relationship `officeDocument`.
pub(in crate::intake) fn main_by_rels(text: &str) -> Option<String> {
    rels::parse(text, "").into_iter().find(|(_, rel)| rel.kind == "officedocument").map(|(_, rel)| rel.target)
}

/// The part whose content type is a WordprocessingML main part, be it document, template or macro-enabled.
pub(in crate::intake) fn main_by_type(text: &str) -> Option<String> {
    let mut found = None;
    elements(text, |name, element| {
        let is_main = |kind: &str| (kind.contains("wordprocessingml") || kind.contains("ms-word")) && kind.contains("main+xml");
        if name == "Override" && found.is_none() && attribute(element, "ContentType").is_some_and(|kind| is_main(&kind)) {
            found = attribute(element, "PartName").map(|name| super::package::normal(&name));
        }
    });
    found
}

/// Whether the first element is called `document`.
pub(in crate::intake) fn root_is_document(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => return local(element.name().into_inner()) == "document",
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}
