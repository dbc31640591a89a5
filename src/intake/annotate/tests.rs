//! Packages made by hand, and what becomes of them.

use super::*;
use crate::intake::document::docx::package::Package;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const LIMITS: Limits = Limits { bytes_unpacked: 64 << 20, entries: 2_000, xml_depth: 256, xml_events: 4_000_000, nodes: 500_000 };
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn document(body: &str) -> String {
    format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"{W}\"><w:body>{body}<w:sectPr/></w:body></w:document>")
}

fn package(document: &str) -> Vec<u8> {
    zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("_rels/.rels", RELS.as_bytes()), ("word/document.xml", document.as_bytes())])
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn noted(bytes: &[u8], notes: &[(Option<usize>, &str)]) -> Result<Vec<u8>, Refusal> {
    noted_at(9, bytes, notes)
}

fn noted_at(hour: i8, bytes: &[u8], notes: &[(Option<usize>, &str)]) -> Result<Vec<u8>, Refusal> {
    let author = Author { name: "省局“51020”专班", at: jiff::civil::date(2023, 6, 29).at(hour, 0, 0, 0) };
    let notes: Vec<Note<'_>> = notes.iter().map(|(at, text)| Note { at: *at, text }).collect();
    annotate(Form { bytes, document: None }, &notes, author, &LIMITS)
}

const BODY: &str = "<w:p><w:pPr><w:jc/></w:pPr><w:r><w:t>申报表</w:t></w:r></w:p><w:tbl><w:tr>\
    <w:tc><w:p><w:r><w:t>报送单位</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>";

#[test]
fn a_comment_stands_at_its_paragraph_and_nothing_else_is_changed() {
    let bytes = package(&document(BODY));
    let copy = noted(&bytes, &[(Some(2), "“报送单位”栏未填写 <&>"), (None, "其他")]).unwrap();
    let (before, after) = (document(BODY), part(&copy, "word/document.xml"));
    assert!(after.contains(
        "</w:pPr><w:commentRangeStart w:id=\"0\"/><w:r><w:t>申报表</w:t></w:r><w:commentRangeEnd w:id=\"0\"/>\
         <w:r><w:commentReference w:id=\"0\"/></w:r></w:p>"
    ));
    assert!(after.contains("<w:p><w:commentRangeStart w:id=\"1\"/><w:r><w:t>报送单位</w:t></w:r><w:commentRangeEnd w:id=\"1\"/>"));
    let tag = regex::Regex::new(
        "<w:commentRangeStart w:id=\"\\d\"/>|<w:commentRangeEnd w:id=\"\\d\"/><w:r><w:commentReference w:id=\"\\d\"/></w:r>",
    );
    assert_eq!(tag.unwrap().replace_all(&after, ""), before);
    let comments = part(&copy, "word/comments.xml");
    assert!(comments.contains("w:id=\"1\" w:author=\"省局“51020”专班\"") && comments.contains("未填写 &lt;&amp;&gt;"), "{comments}");
    assert!(part(&copy, "[Content_Types].xml").contains("PartName=\"/word/comments.xml\""));
    assert!(part(&copy, "word/_rels/document.xml.rels").contains("Target=\"comments.xml\""));
    assert_eq!(part(&copy, "_rels/.rels"), RELS);
}

#[test]
fn a_document_with_comments_keeps_them_and_takes_more() {
    let first = noted(&package(&document(BODY)), &[(Some(1), "甲")]).unwrap();
    let second = noted(&first, &[(Some(2), "乙"), (Some(1), "丙")]).unwrap();
    let comments = part(&second, "word/comments.xml");
    let at = |id: u32, text: &str| comments.find(&format!("w:id=\"{id}\"")) < comments.find(text) && comments.contains(text);
    assert!(at(0, "甲") && at(1, "丙") && at(2, "乙"), "{comments}");
    let same = |name| part(&first, name) == part(&second, name);
    assert!(same("[Content_Types].xml") && same("word/_rels/document.xml.rels"));
}

#[test]
fn prefixes_are_the_documents_own() {
    let strict = "http://purl.oclc.org/ooxml/wordprocessingml/main";
    let default = format!("<document xmlns=\"{strict}\"><body><p><r><t>报送单位</t></r></p></body></document>");
    let copy = noted(&package(&default), &[(Some(1), "甲")]).unwrap();
    assert!(part(&copy, "word/document.xml").contains(&format!("<p><w:commentRangeStart xmlns:w=\"{strict}\" w:id=\"0\"/><r>")));
    assert!(part(&copy, "word/comments.xml").contains(&format!("<w:comments xmlns:w=\"{strict}\"><w:comment w:id=\"0\"")));
    assert!(part(&copy, "word/_rels/document.xml.rels").contains("purl.oclc.org"));
    let odd = format!(
        "\u{feff}<ns0:document xmlns:ns0=\"{W}\"><ns0:body><ns0:p><ns0:r><ns0:t>题</ns0:t></ns0:r></ns0:p></ns0:body></ns0:document>"
    );
    let copy = noted(&package(&odd), &[(Some(1), "甲")]).unwrap();
    assert!(part(&copy, "word/document.xml").contains("<ns0:p><ns0:commentRangeStart ns0:id=\"0\"/>"));
    assert!(part(&copy, "word/document.xml").starts_with('\u{feff}'));
}

#[test]
fn a_note_in_a_text_box_stands_at_the_paragraph_that_the_box_hangs_on() {
    let boxed = "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>报送单位</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>";
    let copy = noted(&package(&document(boxed)), &[(Some(2), "甲")]).unwrap();
    let after = part(&copy, "word/document.xml");
    assert!(after.contains("<w:body><w:p><w:commentRangeStart w:id=\"0\"/><w:r><w:pict>"), "{after}");
}

#[test]
fn what_may_be_harmed_is_refused() {
    let main = document(BODY);
    let with = |name: &str, bytes: &[u8]| {
        let base = [("[Content_Types].xml", TYPES.as_bytes()), ("_rels/.rels", RELS.as_bytes()), ("word/document.xml", main.as_bytes())];
        zipped(&[&base[..], &[(name, bytes)]].concat())
    };
    let note = [(Some(1), "甲")];
    assert_eq!(noted(&with("_xmlsignatures/sig1.xml", b"<x/>"), &note), Err(Refusal::Signed));
    assert_eq!(noted(&with("word/vbaProject.bin", b"x"), &note), Err(Refusal::Macros));
    assert_eq!(noted(&with("Word\\Document.xml", main.as_bytes()), &note), Err(Refusal::Odd("two parts have one name")));
    assert_eq!(noted(&vec![0; LARGEST + 1], &note), Err(Refusal::TooLarge));
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(main.replace("<?xml version=\"1.0\"?>", "").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let wide = zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("_rels/.rels", RELS.as_bytes()), ("word/document.xml", &utf16)]);
    assert!(Package::open(&wide, &LIMITS).unwrap().xml("word/document.xml").is_ok());
    assert_eq!(noted(&wide, &note), Err(Refusal::Encoding));
    let typed = main.replacen("<w:document", "<!DOCTYPE x><w:document", 1);
    assert_eq!(noted(&package(&typed), &note), Err(Refusal::Encoding));
    let whole = package(&main);
    for length in (0..whole.len()).step_by(7) {
        assert!(noted(&whole[..length], &note).is_err(), "{length}");
    }
    assert!(noted(b"{\\rtf1}", &note).is_err() && noted(b"<pkg:package xmlns:pkg=\"x\"></pkg:package>", &note).is_err());
}

#[test]
fn a_copy_is_named_after_its_form() {
    for (form, copy) in [
        ("材料.zip/申报表.docx", "申报表（批注）.docx"),
        ("申报表（批注）.docx", "申报表（批注）.docx"),
        ("申报表.doc", "申报表（批注）.docx"),
        ("C:\\x\\.docx", "申报表（批注）.docx"),
    ] {
        assert_eq!(name(form), copy);
    }
}

#[test]
fn our_comments_bear_the_day_on_which_they_were_written_and_others_keep_theirs() {
    let first = noted(&package(&document(BODY)), &[(Some(1), "甲")]).unwrap();
    let second = noted_at(10, &first, &[(Some(2), "乙"), (None, "丙")]).unwrap();
    let comments = part(&second, "word/comments.xml");
    let head = |text: &str| comments.split("<w:comment ").find(|one| one.contains(text)).unwrap().split('>').next().unwrap().to_owned();
    assert_eq!(head("甲"), "w:id=\"0\" w:author=\"省局“51020”专班\" w:initials=\"专班\" w:date=\"2023-06-29T09:00:00Z\"");
    assert!(["乙", "丙"].iter().all(|text| head(text).ends_with("w:date=\"2023-06-29T10:00:00Z\"")));
}
