//! Where in the main part each note belongs, and the part with the tags of its comment inserted there.
//!
//! ISO/IEC 29500-1, 17.13.4.3 to 17.13.4.5: a comment's range begins behind a paragraph's properties and ends with the
//! paragraph, where a run refers to the comment. A paragraph within a text box counts as the one that the box hangs
//! on: word processors take no comments in boxes, and a box is often written twice.

use super::markup::{Word, position, prefix};
use super::{Note, Refusal};
use crate::intake::document::docx::names::local;
use crate::intake::document::docx::xml::attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::BTreeMap;

/// Notes with their places, from the top of the document to its end.
pub(super) struct Wanted<'n> {
    /// In the order of the document.
    pub(super) notes: Vec<Note<'n>>,
    /// The namespace of the main part.
    pub(super) word: Word,
    /// The highest number of a comment that the main part knows.
    pub(super) last_id: Option<u32>,
    /// For each note, where its range begins and where it ends.
    ranges: Vec<(usize, usize)>,
}

impl<'n> Wanted<'n> {
    /// Looks for the places.
    pub(super) fn find(text: &str, notes: &[Note<'n>]) -> Result<Wanted<'n>, Refusal> {
        let scan = Scan::over(text)?;
        let word = scan.word.clone().ok_or(Refusal::Odd("the main part's namespace"))?;
        let first = scan.paragraphs.iter().find(|paragraph| paragraph.has_text).or(scan.paragraphs.first());
        let place = |note: &Note<'n>| {
            let known = note.at.and_then(|at| scan.outer.get(&at)).and_then(|index| scan.paragraphs.get(*index));
            known.or(first).map(|paragraph| (paragraph.begin, paragraph.end, *note))
        };
        let mut placed = notes.iter().map(place).collect::<Option<Vec<_>>>().ok_or(Refusal::Odd("no paragraph"))?;
        placed.sort_by_key(|(begin, ..)| *begin);
        Ok(Wanted {
            notes: placed.iter().map(|(.., note)| *note).collect(),
            ranges: placed.iter().map(|(begin, end, _)| (*begin, *end)).collect(),
            word,
            last_id: scan.last_id,
        })
    }

    /// The part with the tags of comments that are numbered from `first` on.
    pub(super) fn insert(&self, text: &str, first: u32) -> String {
        let mut tags: BTreeMap<usize, String> = BTreeMap::new();
        for (id, (begin, end)) in (first..).zip(&self.ranges) {
            let id = [("id", &*id.to_string())];
            tags.entry(*begin).or_default().push_str(&self.word.outer("commentRangeStart", &id, ""));
            let reference = self.word.outer("r", &[], &self.word.inner("commentReference", &id, ""));
            tags.entry(*end).or_default().push_str(&(self.word.outer("commentRangeEnd", &id, "") + &reference));
        }
        let mut out = String::with_capacity(text.len() + tags.values().map(String::len).sum::<usize>());
        let mut done = 0;
        for (at, tag) in tags {
            out.push_str(text.get(done..at).unwrap_or_default());
            out.push_str(&tag);
            done = at;
        }
        out + text.get(done..).unwrap_or_default()
    }
}

/// A paragraph that stands in no other.
struct Paragraph {
    begin: usize,
    end: usize,
    has_text: bool,
}

/// What an open element is.
enum Open {
    /// A paragraph in no other, by its index; `fresh` before its first child.
    Paragraph {
        index: usize,
        fresh: bool,
    },
    /// The properties of one.
    Properties(usize),
    Other,
}

#[derive(Default)]
struct Scan {
    word: Option<Word>,
    paragraphs: Vec<Paragraph>,
    /// By a paragraph's number, the outermost one around it.
    outer: BTreeMap<usize, usize>,
    last_id: Option<u32>,
    stack: Vec<Open>,
    count: usize,
    /// The paragraph that is open, if one is.
    current: Option<usize>,
    prefix: String,
}

impl Scan {
    fn over(text: &str) -> Result<Scan, Refusal> {
        let odd = || Refusal::Odd("the main part is no XML");
        let mut scan = Scan::default();
        let mut reader = Reader::from_str(text);
        loop {
            let before = position(&reader);
            match reader.read_event().map_err(|_| odd())? {
                Event::Start(element) => scan.start(&element, position(&reader))?,
                Event::Empty(element) => scan.empty(&element, position(&reader)),
                Event::End(_) => scan.end(before, position(&reader)),
                Event::Text(text) if !text.trim().is_empty() => scan.text(),
                Event::Eof => break,
                _ => {}
            }
        }
        if scan.stack.is_empty() { Ok(scan) } else { Err(odd()) }
    }

    fn start(&mut self, element: &BytesStart<'_>, behind: usize) -> Result<(), Refusal> {
        let name = element.name().into_inner();
        if self.stack.is_empty() {
            self.root(element)?;
        }
        self.number(element);
        let of_word = prefix(name) == self.prefix;
        let open = match (local(name), self.current, self.stack.last_mut()) {
            ("p", None, _) if of_word => {
                let index = self.paragraphs.len();
                self.paragraphs.push(Paragraph { begin: behind, end: behind, has_text: false });
                self.outer.insert(self.count, index);
                self.current = Some(index);
                Open::Paragraph { index, fresh: true }
            }
            ("pPr", _, Some(Open::Paragraph { index, fresh })) if of_word && *fresh => {
                let index = *index;
                Open::Properties(index)
            }
            (_, _, _) => Open::Other,
        };
        self.touch();
        self.stack.push(open);
        Ok(())
    }

    /// `<w:p/>` takes nothing in, so no note goes there.
    fn empty(&mut self, element: &BytesStart<'_>, behind: usize) {
        self.number(element);
        let name = element.name().into_inner();
        if let (true, Some(Open::Paragraph { index, fresh: true })) = (local(name) == "pPr", self.stack.last())
            && let Some(paragraph) = self.paragraphs.get_mut(*index)
        {
            paragraph.begin = behind;
        }
        self.touch();
    }

    fn end(&mut self, before: usize, behind: usize) {
        match self.stack.pop() {
            Some(Open::Paragraph { index, .. }) => {
                if let Some(paragraph) = self.paragraphs.get_mut(index) {
                    paragraph.end = before;
                }
                self.current = None;
            }
            Some(Open::Properties(index)) => {
                if let Some(paragraph) = self.paragraphs.get_mut(index) {
                    paragraph.begin = behind;
                }
            }
            Some(Open::Other) | None => {}
        }
    }

    fn text(&mut self) {
        if let Some(paragraph) = self.current.and_then(|index| self.paragraphs.get_mut(index)) {
            paragraph.has_text = true;
        }
    }

    /// The root's prefix is the one that everything of WordprocessingML has.
    fn root(&mut self, element: &BytesStart<'_>) -> Result<(), Refusal> {
        let name = element.name().into_inner();
        self.prefix = prefix(name).to_owned();
        self.word = Word::declared(element, &self.prefix);
        if local(name) == "document" && self.word.is_some() { Ok(()) } else { Err(Refusal::Odd("the main part's root")) }
    }

    /// Counts paragraphs as the reader does, and takes up the numbers of comments.
    fn number(&mut self, element: &BytesStart<'_>) {
        match local(element.name().into_inner()) {
            "p" => {
                self.count += 1;
                self.outer.extend(self.current.map(|index| (self.count, index)));
            }
            "commentRangeStart" | "commentRangeEnd" | "commentReference" => {
                let id = attribute(element, "id").and_then(|id| id.trim().parse().ok());
                self.last_id = self.last_id.max(id);
            }
            _ => {}
        }
    }

    /// The open paragraph has a child now.
    fn touch(&mut self) {
        if let Some(Open::Paragraph { fresh, .. }) = self.stack.last_mut() {
            *fresh = false;
        }
    }
}
