//! Elements of WordprocessingML as text, under whatever prefix a part calls its namespace by.

use super::Refusal;
use crate::intake::document::docx::names::local;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// A namespace of WordprocessingML and the prefix that its elements get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    prefix: String,
    uri: String,
    /// Whether elements declare it themselves: a default namespace names no attributes.
    declares: bool,
}

impl Word {
    /// By what the root of a part declares for a prefix; none where that is no WordprocessingML.
    pub(super) fn declared(root: &BytesStart<'_>, prefix: &str) -> Option<Word> {
        let wanted = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        let declared = root.attributes().with_checks(false).flatten().find(|attribute| attribute.key.into_inner() == wanted)?;
        let uri = declared.value.trim().to_owned();
        let known = uri.contains("/wordprocessingml/") && uri.trim_end_matches('/').ends_with("/main") && !uri.contains(['"', '<', '&']);
        let declares = prefix.is_empty();
        known.then(|| Word { prefix: if declares { "w".to_owned() } else { prefix.to_owned() }, uri, declares })
    }

    /// Whether it is of a strict document (ISO/IEC 29500-1) and not of a transitional one (29500-4).
    pub(super) fn is_strict(&self) -> bool {
        self.uri.contains("purl.oclc.org")
    }

    /// An outermost element with attributes and content; empty without content.
    pub(super) fn outer(&self, name: &str, attributes: &[(&str, &str)], content: &str) -> String {
        let declaration = if self.declares { self.declaration() } else { String::new() };
        self.element(name, &declaration, attributes, content)
    }

    /// An element within one of ours.
    pub(super) fn inner(&self, name: &str, attributes: &[(&str, &str)], content: &str) -> String {
        self.element(name, "", attributes, content)
    }

    /// A part of its own.
    pub(super) fn part(&self, name: &str, content: &str) -> String {
        let root = self.element(name, &self.declaration(), &[], content);
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n{root}")
    }

    /// The same under a prefix that the new part declares itself.
    pub(super) fn of_new_part(&self) -> Word {
        Word { prefix: self.prefix.clone(), uri: self.uri.clone(), declares: false }
    }

    fn declaration(&self) -> String {
        format!(" xmlns:{}=\"{}\"", self.prefix, self.uri)
    }

    fn element(&self, name: &str, declaration: &str, attributes: &[(&str, &str)], content: &str) -> String {
        let prefix = &self.prefix;
        let attributes: String = attributes.iter().map(|(name, value)| format!(" {prefix}:{name}=\"{}\"", escaped(value))).collect();
        if content.is_empty() {
            return format!("<{prefix}:{name}{declaration}{attributes}/>");
        }
        format!("<{prefix}:{name}{declaration}{attributes}>{content}</{prefix}:{name}>")
    }
}

/// Text as XML 1.0 allows it: what no document may hold is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The prefix of a qualified name.
pub(super) fn prefix(qualified: &str) -> &str {
    qualified.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// The byte behind the last event.
pub(super) fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// A part whose root gets further children behind those that it has.
pub(super) struct Root {
    /// Its qualified name.
    pub(super) name: String,
    /// The namespace of WordprocessingML that it stands in, if in one.
    pub(super) word: Option<Word>,
    /// Where its end tag begins, or where `/>` does.
    end: usize,
    is_empty: bool,
}

impl Root {
    /// Finds the root, which must have this local name.
    pub(super) fn find(text: &str, name: &str) -> Result<Root, Refusal> {
        let odd = || Refusal::Odd("a part's root");
        let mut reader = Reader::from_str(text);
        let mut found: Option<Root> = None;
        let mut depth = 0_usize;
        loop {
            let before = position(&reader);
            match reader.read_event().map_err(|_| odd())? {
                Event::Start(element) => {
                    if found.is_none() {
                        found = Some(Root::of(&element, usize::MAX, false));
                    }
                    depth += 1;
                }
                Event::Empty(element) if found.is_none() => {
                    found = Some(Root::of(&element, position(&reader).saturating_sub("/>".len()), true));
                }
                Event::End(_) => {
                    depth = depth.checked_sub(1).ok_or_else(odd)?;
                    if let (0, Some(root)) = (depth, &mut found) {
                        root.end = before;
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        found.filter(|root| local(&root.name) == name && text.is_char_boundary(root.end)).ok_or_else(odd)
    }

    fn of(element: &BytesStart<'_>, end: usize, is_empty: bool) -> Root {
        let name = element.name().into_inner().to_owned();
        Root { word: Word::declared(element, prefix(&name)), name, end, is_empty }
    }

    /// The part with further children.
    pub(super) fn append(&self, text: &str, children: &str) -> String {
        let (head, tail) = text.split_at_checked(self.end).unwrap_or((text, ""));
        if self.is_empty {
            let tail = tail.strip_prefix("/>").unwrap_or(tail);
            return format!("{head}>{children}</{}>{tail}", self.name);
        }
        format!("{head}{children}{tail}")
    }
}
