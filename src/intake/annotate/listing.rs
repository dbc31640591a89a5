//! The comments' part with further comments, and what makes a new one known: its content type and its relationship.
//!
//! ISO/IEC 29500-2 (Open Packaging Conventions), 9.3 and 10.1.2.

use super::markup::{Root, Word, escaped};
use super::repack::{Change, Parts};
use super::{Author, Plain, Refusal};
use crate::intake::document::docx::package::Package;
use crate::intake::document::docx::{rels, xml};

pub(super) const TYPES: &str = "[content_types].xml";
const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml";
const TRANSITIONAL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments";
const STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/comments";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
/// Numbers above are left alone: others read them as 31 bits.
const HIGHEST: u32 = 1 << 30;

/// The comments of a document: those that it has, or where new ones go.
pub(super) enum Comments {
    /// It has a part of them.
    There { part: Plain, root: Root, word: Word, last_id: Option<u32> },
    /// It has none.
    New(NewPart),
}

/// What a part of comments is made known by.
pub(super) struct NewPart {
    /// The folder of the main part, a slash behind it.
    folder: String,
    /// The part's file within it.
    file: String,
    types: (Plain, Root),
    /// The main part's relationships: none where it has no such part yet, under the name that it gets.
    rels: Result<(Plain, Root), String>,
}

impl Comments {
    /// Looks for them.
    pub(super) fn find(package: &mut Package<'_>, parts: &Parts<'_>, main: &str) -> Result<Comments, Refusal> {
        let written = parts.written(main).ok_or(Refusal::Odd("the main part's name"))?;
        let (folder, file) = written.rsplit_once('/').map_or(("", written), |(folder, file)| (folder, file));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let rels_name = format!("{folder}_rels/{file}.rels");
        let rels = match parts.is_free(&rels_name) {
            true => Err(rels_name),
            false => Ok(rooted(package, &crate::intake::document::docx::package::normal(&rels_name), "Relationships")?),
        };
        let known = rels.as_ref().ok().map(|(part, _)| rels::parse(&part.text, folder.trim_end_matches('/'))).unwrap_or_default();
        let mut targets = known.into_values().filter(|rel| rel.kind == "comments").map(|rel| rel.target);
        match (targets.next(), targets.next()) {
            (Some(target), None) if package.has(&target) => Comments::there(package, &target),
            (None, _) => {
                let types = rooted(package, TYPES, "Types")?;
                let listed = types.0.text.to_ascii_lowercase();
                let free = |file: &String| parts.is_free(&format!("{folder}{file}")) && !listed.contains(&file.to_ascii_lowercase());
                let numbered = (2..100).map(|n| format!("comments{n}.xml"));
                let file = std::iter::once("comments.xml".to_owned()).chain(numbered).find(free).ok_or(Refusal::Odd("comments' names"))?;
                Ok(Comments::New(NewPart { folder, file, types, rels }))
            }
            (Some(_), _) => Err(Refusal::Odd("the comments' relationship")),
        }
    }

    fn there(package: &mut Package<'_>, target: &str) -> Result<Comments, Refusal> {
        let (part, root) = rooted(package, target, "comments")?;
        let word = root.word.clone().ok_or(Refusal::Odd("the comments' namespace"))?;
        let mut last_id = None;
        xml::elements(&part.text, |name, element| {
            if name == "comment" {
                last_id = last_id.max(xml::attribute(element, "id").and_then(|id| id.trim().parse().ok()));
            }
        });
        Ok(Comments::There { part, root, word, last_id })
    }

    /// The first number that no comment has.
    pub(super) fn next_id(&self, last_of_main: Option<u32>) -> Result<u32, Refusal> {
        let own = match self {
            Comments::There { last_id, .. } => *last_id,
            Comments::New(_) => None,
        };
        let next = own.max(last_of_main).map_or(Some(0), |last| last.checked_add(1));
        next.filter(|id| *id < HIGHEST).ok_or(Refusal::Odd("the comments' numbers"))
    }

    /// The parts that change when these comments are added.
    pub(super) fn with(&self, notes: &[(u32, &str)], author: Author<'_>, main: &Word) -> Vec<Change> {
        match self {
            Comments::There { part, root, word, .. } => vec![part.with(root.append(&part.text, &all(notes, author, word)))],
            Comments::New(new) => new.with(notes, author, main),
        }
    }
}

impl NewPart {
    fn with(&self, notes: &[(u32, &str)], author: Author<'_>, main: &Word) -> Vec<Change> {
        let name = format!("{}{}", self.folder, self.file);
        let text = main.part("comments", &all(notes, author, &main.of_new_part()));
        let comments = Change { name: name.clone(), bytes: text.into_bytes() };
        vec![comments, self.listed(&name), self.related(main)]
    }

    fn listed(&self, name: &str) -> Change {
        let (part, root) = &self.types;
        let override_ = sibling(&root.name, "Override");
        let child = format!("<{override_} PartName=\"/{}\" ContentType=\"{CONTENT_TYPE}\"/>", escaped(name));
        part.with(root.append(&part.text, &child))
    }

    fn related(&self, main: &Word) -> Change {
        let kind = if main.is_strict() { STRICT } else { TRANSITIONAL };
        let child = |element: &str, id: &str| format!("<{element} Id=\"{id}\" Type=\"{kind}\" Target=\"{}\"/>", self.file);
        match &self.rels {
            Ok((part, root)) => {
                let taken = |id: &String| part.text.contains(&format!("\"{id}\"")) || part.text.contains(&format!("'{id}'"));
                let id = (1..).map(|n| format!("rIdComments{n}")).find(|id| !taken(id)).unwrap_or_default();
                part.with(root.append(&part.text, &child(&sibling(&root.name, "Relationship"), &id)))
            }
            Err(name) => {
                let inner = child("Relationship", "rIdComments1");
                let text = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<Relationships xmlns=\"{RELATIONSHIPS}\">{inner}</Relationships>"
                );
                Change { name: name.clone(), bytes: text.into_bytes() }
            }
        }
    }
}

/// A part and its root.
fn rooted(package: &mut Package<'_>, name: &str, root: &str) -> Result<(Plain, Root), Refusal> {
    let part = Plain::of(package, name)?;
    let root = Root::find(&part.text, root)?;
    Ok((part, root))
}

/// Another element under the same prefix.
fn sibling(qualified: &str, name: &str) -> String {
    qualified.rsplit_once(':').map_or_else(|| name.to_owned(), |(prefix, _)| format!("{prefix}:{name}"))
}

fn all(notes: &[(u32, &str)], author: Author<'_>, word: &Word) -> String {
    notes.iter().map(|(id, text)| comment(*id, author, text, word)).collect()
}

/// One comment. Word writes its local time as if it were UTC, and reads it so.
fn comment(id: u32, author: Author<'_>, text: &str, word: &Word) -> String {
    let mark = word.inner("r", &[], &word.inner("annotationRef", &[], ""));
    let fonts = word.inner("rPr", &[], &word.inner("rFonts", &[("hint", "eastAsia")], ""));
    let words = word.inner("r", &[], &(fonts + &word.inner("t", &[], &escaped(text))));
    let paragraph = word.inner("p", &[], &(mark + &words));
    let id = id.to_string();
    let date = author.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let attributes = [("id", id.as_str()), ("author", author.name), ("initials", "专班"), ("date", &date)];
    word.outer("comment", &attributes, &paragraph)
}
