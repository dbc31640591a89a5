//! What calamine trusts in an XLSX package is checked before it reads: sizes, counts and cell references.
//!
//! It streams parts without a limit, once for each sheet that shows them, reserves as many strings as the package
//! declares, and computes with references as they stand, behind a wrong end tag too. Every XML part is unpacked once
//! here, within the limits, and what is in it is counted and looked at; the parts themselves are not kept.

use std::borrow::Cow;
use std::collections::BTreeSet;

use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::ReadError;
use crate::intake::document::docx::package::Package;
use crate::intake::document::docx::xml::{attribute, unescape};

/// Cells of all sheets, empty ones too: calamine goes over each of them.
const CELLS: usize = 1_500_000;

/// Checks every XML part.
pub(super) fn check(package: &mut Package<'_>) -> Result<(), ReadError> {
    if package.has_twins() {
        return Err(ReadError::Corrupt("two parts of one name".into()));
    }
    let names: Vec<String> =
        package.names().into_iter().filter(|name| name.ends_with(".xml") || name.ends_with(".rels")).map(str::to_owned).collect();
    let mut left = CELLS;
    for name in names {
        let content = name.ends_with("sharedstrings.xml") || name.contains("/worksheets/");
        match package.bytes(&name) {
            Ok(part) if content => {
                let cells = numbers(&part).map_err(|what| ReadError::Corrupt(format!("{name}: {what}")))?;
                left = left.checked_sub(cells).ok_or(ReadError::TooLarge("cells"))?;
            }
            // A theme or a property that is damaged keeps nobody from reading.
            Ok(part) => sheets(&part).map_err(|what| ReadError::Corrupt(format!("{name}: {what}")))?,
            Err(ReadError::Corrupt(_)) if !content => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Goes on where calamine does.
fn reader(part: &[u8]) -> Reader<&[u8]> {
    let mut reader = Reader::from_reader(part);
    reader.config_mut().check_end_names = false;
    reader
}

/// Looks at the numbers of a part, and counts its cells; what breaks its XML, calamine will find too.
fn numbers(part: &[u8]) -> Result<usize, &'static str> {
    let mut cells = 0;
    let mut reader = reader(part);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                element_is_sane(&element, part.len())?;
                cells += usize::from(element.local_name().into_inner() == "c");
            }
            Ok(Event::Eof) | Err(_) => return Ok(cells),
            Ok(_) => {}
        }
    }
}

/// No two sheets may be one part: it would be read for each of them.
fn sheets(part: &[u8]) -> Result<(), &'static str> {
    if memchr::memmem::find(part, b"sheet").is_none() {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    let mut reader = reader(part);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                if repeats_itself(&element) {
                    return Err("an attribute given twice");
                }
                if shown_by(&element).is_some_and(|by| !known.insert(by)) {
                    return Err("two sheets of one part");
                }
            }
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
    }
}

/// What tells sheets apart: a workbook's by their relationship, relationships by the file's name that they point to.
fn shown_by(element: &BytesStart<'_>) -> Option<String> {
    match element.local_name().into_inner() {
        "sheet" => attribute(element, "id").map(Cow::into_owned),
        "Relationship" if attribute(element, "Type")?.ends_with("/worksheet") => {
            let target = attribute(element, "Target")?.to_ascii_lowercase();
            target.rsplit(['/', '\\']).next().map(str::to_owned)
        }
        _ => None,
    }
}

fn element_is_sane(element: &BytesStart<'_>, bytes: usize) -> Result<(), &'static str> {
    let name = element.local_name();
    match name.into_inner() {
        "sst" | "c" | "row" | "dimension" | "mergeCell" if repeats_itself(element) => Err("an attribute given twice"),
        // `<si/>` is the shortest string.
        "sst" => match exactly(element, "uniqueCount") {
            Some(count) if count.trim().parse::<usize>().map_or(!count.is_empty(), |count| count > bytes / 5) => {
                Err("a wrong count of strings")
            }
            _ => Ok(()),
        },
        "c" | "row" => exactly(element, "r").map_or(Ok(()), |at| place(&at).map(drop).ok_or("a wrong cell reference")),
        "dimension" | "mergeCell" => exactly(element, "ref").map_or(Ok(()), |at| area(&at).ok_or("a wrong area")),
        _ => Ok(()),
    }
}

/// Whether an attribute is given twice, which is no XML: calamine may compute with the other one.
fn repeats_itself(element: &BytesStart<'_>) -> bool {
    element.attributes().any(|attribute| matches!(attribute, Err(AttrError::Duplicated(..))))
}

/// The attribute of this name without a prefix, which is the one that calamine computes with.
fn exactly<'e>(element: &'e BytesStart<'_>, name: &str) -> Option<Cow<'e, str>> {
    element.try_get_attribute(name).ok().flatten().map(|attribute| unescape(attribute.value))
}

/// `B2:C3`, from the upper left to the lower right.
fn area(text: &str) -> Option<()> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let (first, last) = (place(first)?, place(last)?);
    (first.0 <= last.0 && first.1 <= last.1).then_some(())
}

/// Row and column of `XFD1048576`, or of `7`; at most seven digits and three letters, as every sheet keeps to.
fn place(text: &str) -> Option<(u32, u32)> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = text.strip_suffix(digits)?;
    if letters.len() > 3 || digits.len() > 7 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    Some((digits.parse().ok().filter(|row| *row > 0)?, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_within_a_sheet() {
        assert_eq!(place("XFD1048576"), Some((1_048_576, 16_384)));
        assert_eq!(place("7"), Some((7, 0)));
        for wrong in ["A0", "A", "", "AAAA1", "A12345678", "A-1", "1A", "$A$1"] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_sheet_has_its_own_part() {
        let workbook = |second: &str| format!(r#"<sheets><sheet name="a" r:id="r1"/><x:sheet name="b" r:id="{second}"/></sheets>"#);
        let rels = |second: &str| {
            let one = |target: &str| format!(r#"<Relationship Id="x" Type="http://x/worksheet" Target="{target}"/>"#);
            one("worksheets/sheet1.xml") + &one(second)
        };
        assert_eq!((sheets(workbook("r2").as_bytes()), sheets(rels("worksheets/sheet2.xml").as_bytes())), (Ok(()), Ok(())));
        assert!(sheets(workbook("r1").as_bytes()).is_err());
        assert!(sheets(workbook(r#"r2" r:id="r1"#).as_bytes()).is_err());
        for twin in ["worksheets/sheet1.xml", "/xl/worksheets/Sheet1.XML", "x/../worksheets\\sheet1.xml"] {
            assert!(sheets(rels(twin).as_bytes()).is_err(), "{twin}");
        }
    }

    #[test]
    fn numbers_that_would_mislead_are_found() {
        for sane in [
            r#"<sst uniqueCount="2"><si/><si/></sst>"#,
            r#"<c r="A1"/>"#,
            r#"<mergeCell ref="A1:B2"/>"#,
            r#"<dimension ref="A1"/>"#,
            "<row r=",
        ] {
            assert_eq!(numbers(sane.as_bytes()), Ok(usize::from(sane.starts_with("<c "))), "{sane}");
        }
        for wrong in [
            r#"<sst uniqueCount="99999999999999"/>"#,
            r#"<c r="A99999999999"/>"#,
            r#"<mergeCell ref="B2:A1"/>"#,
            r#"<x:row r="0"/>"#,
            r#"<is><t>台账</tt></is><mergeCell ref="BNNNNNNNN7:D7"/>"#,
            r#"<c x:r="A1" r="A99999999999"/>"#,
            r#"<c r="A10" r="inlineStr"/>"#,
        ] {
            assert!(numbers(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
