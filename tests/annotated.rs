//! Every DOCX among the fixtures, sent back with comments: each copy reads as its original does, and differs from it in
//! nothing but the comments.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of tests fails its test by panicking")]

use regex::{Captures, Regex};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::LazyLock;
use zhihui::intake::annotate::{Author, Form, Note, annotate};
use zhihui::intake::document::{Limits, docx};
use zhihui::intake::message;
use zhihui::intake::unpack::{self, FileType};
use zhihui::model::document::{Block, Format};
use zip::ZipArchive;

const AUTHOR: Author<'_> = Author { name: "示例专班", at: jiff::civil::date(2023, 6, 29).at(9, 0, 0, 0) };

#[test]
fn forms_are_sent_back_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let mut mails: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.sort();
    let (mut copied, mut refused) = (0, Vec::new());
    for mail in mails {
        for file in documents(&std::fs::read(&mail).unwrap()) {
            let Ok(document) = docx::read(&file, &Limits::default()) else { continue };
            let mut sources = Vec::new();
            paragraphs(&document.blocks, &mut sources);
            let notes: Vec<Note<'_>> = sources
                .iter()
                .step_by(sources.len() / NOTES + 1)
                .map(|at| Some(*at))
                .chain([None])
                .map(|at| Note { at, text: "“报送单位”栏未填写 <&>" })
                .collect();
            match annotate(Form { bytes: &file, document: None }, &notes, AUTHOR, &Limits::default()) {
                Ok(copy) => {
                    assert_same_but_for_comments(&file, &copy, notes.len(), &mail);
                    copied += 1;
                }
                Err(why) => refused.push(format!("{}: {why}", mail.file_name().unwrap().to_string_lossy())),
            }
        }
    }
    assert!(copied >= 200, "{copied} copies; refused: {refused:#?}");
    assert!(refused.len() <= 6, "{refused:#?}");
}

/// The most places in one document.
const NOTES: usize = 8;

/// The DOCX files of a mail, those in archives too.
fn documents(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut parsed = message::read(raw, &message::Limits::default());
    let unpacked = unpack::unpack(&mut parsed.message.attachments, &[], &unpack::Limits::default());
    let files = unpacked.files.into_iter().filter(|file| file.file_type == FileType::Document(Format::Docx));
    files.map(|file| file.bytes).collect()
}

fn paragraphs(blocks: &[Block], sources: &mut Vec<usize>) {
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => sources.extend(paragraph.source),
            Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).for_each(|cell| paragraphs(&cell.blocks, sources)),
        }
    }
}

type Part = (String, Vec<u8>, Vec<u8>);

/// Each part's name, its bytes as they are packed, and unpacked.
fn parts(bytes: &[u8]) -> Vec<Part> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let (mut packed, mut whole) = (Vec::new(), Vec::new());
        archive.by_index_raw(index).unwrap().read_to_end(&mut packed).unwrap();
        let mut part = archive.by_index(index).unwrap();
        part.read_to_end(&mut whole).unwrap();
        parts.push((String::from_utf8_lossy(part.name_raw()).into_owned(), packed, whole));
    }
    parts
}

fn assert_same_but_for_comments(original: &[u8], copy: &[u8], notes: usize, mail: &Path) {
    let (before, after) = (parts(original), parts(copy));
    let names = |parts: &[Part]| parts.iter().map(|part| part.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&after)[..before.len()], names(&before), "{}", mail.display());
    let comments = after
        .iter()
        .find(|part| text(&part.2).contains(&format!("w:author=\"{}\"", AUTHOR.name)) || text(&part.2).contains("author=\"示例"))
        .unwrap();
    assert_eq!(text(&comments.2).matches("栏未填写 &lt;&amp;&gt;").count(), notes, "{}", mail.display());
    for (was, is) in before.iter().zip(&after) {
        if was.1 == is.1 {
            continue;
        }
        let (was_text, is_text) = (text(&was.2), text(&is.2));
        let same = match was.0.to_ascii_lowercase() {
            name if name.ends_with(".rels") || name.starts_with("[content") => LISTED.replace_all(&is_text, "") == was_text,
            _ if was.0 == comments.0 => is_text.starts_with(was_text.split("</").next().unwrap()),
            _ => without_tags(&is_text, &text(&comments.2)) == was_text,
        };
        assert!(same, "{}: {}", mail.display(), was.0);
    }
}

/// The tags of a comment, as they are inserted: its number is in one of the two groups.
static TAGS: LazyLock<Regex> = LazyLock::new(|| {
    let (name, declared) = ("[a-z0-9:]*", "(?: xmlns:w=\"[^\"]*\")?");
    let range = |edge: &str| format!("<{name}commentRange{edge}{declared} {name}id=\"([0-9]+)\"/>");
    let reference = format!("<{name}r{declared}><{name}commentReference {name}id=\"[0-9]+\"/></{name}r>");
    Regex::new(&format!("{}|{}{reference}", range("Start"), range("End"))).unwrap()
});
static AUTHORED: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("id=\"([0-9]+)\" [a-z0-9:]*author=\"{}\"", AUTHOR.name)).unwrap());
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("<[^<>]*Relationship [^<>]*rIdComments1[^<>]*/>|<[^<>]*Override [^<>]*comments[0-9]*[.]xml[^<>]*/>").unwrap()
});

/// The main part without the tags of our own comments.
fn without_tags(main: &str, comments: &str) -> String {
    let own: BTreeSet<&str> = AUTHORED.captures_iter(comments).map(|found| found.extract::<1>().1[0]).collect();
    let kept = |found: &Captures<'_>| {
        let id = found.get(1).or_else(|| found.get(2)).unwrap().as_str();
        if own.contains(id) { String::new() } else { found[0].to_owned() }
    };
    TAGS.replace_all(main, kept).into_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
