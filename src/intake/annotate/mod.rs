//! A unit's own form with a Word comment at each place that it has to mend: bytes and notes in, bytes out.
//!
//! ISO/IEC 29500-1, 17.13.4. Nothing that stood in the file is changed or left out: into the main part tags are
//! inserted (`body`), the comments join those that are there or get a part of their own (`listing`), and every other
//! part is copied as it was packed (`repack`). What was made is read again and must say what the original says. A file
//! of another kind, or one in which this isn't certain (signed, with macros, in an odd encoding), gets no copy: its
//! defects are listed in the letter anyway.

mod body;
mod listing;
mod markup;
mod repack;
#[cfg(test)]
mod tests;

use crate::intake::document::docx::package::Package;
use crate::intake::document::docx::xml;
use crate::intake::document::{Limits, ReadError, docx};
use crate::intake::text;
use crate::model::document::Document;
use body::Wanted;
use jiff::civil::DateTime;
use listing::Comments;
use repack::{Change, Parts};
use std::borrow::Cow;

/// The largest form that is sent back, in bytes.
const LARGEST: usize = 4 << 20;
/// U+FEFF in UTF-8, which some writers begin a part with.
const MARK_OF_ORDER: &[u8] = b"\xef\xbb\xbf";
/// What stands behind the name of a copy.
const MARK: &str = "（批注）";
/// The most characters of a copy's name before its mark.
const NAME: usize = 60;

/// A form as it came.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Its file.
    pub bytes: &'a [u8],
    /// What was read from it; it is read again where this is none.
    pub document: Option<&'a Document>,
}

/// Whose comments they are.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The name.
    pub name: &'a str,
    /// When they were written, in the office's time.
    pub at: DateTime,
}

/// One remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note<'a> {
    /// Which paragraph of the main text it is about ([`Paragraph::source`](crate::model::document::Paragraph::source));
    /// none for the form as a whole.
    pub at: Option<usize>,
    /// What it says.
    pub text: &'a str,
}

/// Why a file gets no copy with comments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It can't be read as a package.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// It is larger than what is sent back.
    #[error("the form is too large to be sent back")]
    TooLarge,
    /// Its archive can't be copied as it is.
    #[error("the package can't be copied: {0}")]
    Package(String),
    /// A signature would no longer hold.
    #[error("the form is signed")]
    Signed,
    /// Nobody gets macros from us.
    #[error("the form has macros")]
    Macros,
    /// A part is not in UTF-8, or declares a document type.
    #[error("a part is not plain UTF-8")]
    Encoding,
    /// A part is built otherwise than any word processor builds it.
    #[error("odd: {0}")]
    Odd(&'static str),
    /// The copy would not say what the original says.
    #[error("the copy reads otherwise than the form")]
    Harmed,
}

/// The name of a form's copy: `申报表（批注）.docx`.
pub fn name(form: &str) -> String {
    let file = form.rsplit(['/', '\\']).next().unwrap_or(form);
    let stem = text::stem(file).trim();
    let stem = stem.trim_end_matches(MARK).trim_end();
    let stem: String = if stem.is_empty() { "申报表" } else { stem }.chars().take(NAME).collect();
    format!("{stem}{MARK}.docx")
}

/// A copy of a DOCX form with these notes as comments of `author`.
///
/// # Errors
/// A [`Refusal`] where no copy can be made that is certain to be whole.
pub fn annotate(form: Form<'_>, notes: &[Note<'_>], author: Author<'_>, limits: &Limits) -> Result<Vec<u8>, Refusal> {
    let bytes = form.bytes;
    if bytes.len() > LARGEST {
        return Err(Refusal::TooLarge);
    }
    let limits = &of_a_form(limits);
    let original = form.document.map_or_else(|| docx::read(bytes, limits).map(Cow::Owned), |read| Ok(Cow::Borrowed(read)))?;
    let parts = Parts::of(bytes)?;
    let mut package = Package::open(bytes, limits)?;
    check_kind(&mut package)?;
    let main = package.main()?;
    let body = Plain::of(&mut package, &main)?;
    let comments = Comments::find(&mut package, &parts, &main)?;
    let wanted = Wanted::find(&body.text, notes)?;
    let first = comments.next_id(wanted.last_id)?;
    let numbered: Vec<(u32, &str)> = (first..).zip(wanted.notes.iter().map(|note| note.text)).collect();
    let mut changes = comments.with(&numbered, author, &wanted.word);
    changes.push(body.with(wanted.insert(&body.text, first)));
    let copy = parts.repack(changes)?;
    if docx::read(&copy, limits).is_ok_and(|read| read == *original) { Ok(copy) } else { Err(Refusal::Harmed) }
}

/// What a form takes at most, many times over: what is larger is read, and not sent back.
fn of_a_form(limits: &Limits) -> Limits {
    Limits {
        bytes_unpacked: limits.bytes_unpacked.min(24 << 20),
        xml_events: limits.xml_events.min(500_000),
        nodes: limits.nodes.min(60_000),
        ..*limits
    }
}

fn check_kind(package: &mut Package<'_>) -> Result<(), Refusal> {
    if package.has_twins() {
        return Err(Refusal::Odd("two parts have one name"));
    }
    let names = package.names();
    if names.iter().any(|name| name.starts_with("_xmlsignatures")) {
        return Err(Refusal::Signed);
    }
    let has_macros = names.iter().any(|name| name.ends_with("vbaproject.bin"));
    if has_macros || package.xml(listing::TYPES)?.contains("macroEnabled") {
        return Err(Refusal::Macros);
    }
    Ok(())
}

/// A part in UTF-8.
struct Plain {
    name: String,
    text: String,
    begins_with_mark: bool,
}

impl Plain {
    /// Reads one, which declares no document type.
    fn of(package: &mut Package<'_>, name: &str) -> Result<Plain, Refusal> {
        let bytes = package.bytes(name)?;
        let begins_with_mark = bytes.starts_with(MARK_OF_ORDER);
        let text = xml::decode(bytes.clone())?;
        let same = text.as_bytes() == bytes.strip_prefix(MARK_OF_ORDER).unwrap_or(&bytes);
        if !same || text.contains("<!DOCTYPE") {
            return Err(Refusal::Encoding);
        }
        Ok(Plain { name: name.to_owned(), text, begins_with_mark })
    }

    /// The same part with another text.
    fn with(&self, text: String) -> Change {
        let mark = if self.begins_with_mark { MARK_OF_ORDER } else { &[] };
        Change { name: self.name.clone(), bytes: [mark, text.as_bytes()].concat() }
    }
}
