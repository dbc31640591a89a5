//! Qualified names become (namespace, local name), whatever prefixes a producer chose.
//!
//! Namespaces in XML 1.0, as far as it matters here: only the few namespaces that carry content are told
//! apart, transitional (`schemas.openxmlformats.org`) and strict (`purl.oclc.org`) ones as the same. A prefix
//! that nobody declared is taken by its customary meaning.

use quick_xml::events::BytesStart;

/// The namespaces that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// WordprocessingML.
    Word,
    /// Word's extensions of 2010 and later ([MS-DOCX]).
    Word2010,
    /// Office math.
    Math,
    /// Markup compatibility.
    Compatibility,
    /// DrawingML.
    Drawing,
    /// Where a drawing stands in the text.
    Anchor,
    /// VML.
    Vml,
    /// Relationship attributes.
    Relationship,
    /// Anything else.
    Other,
}

/// Word declares some forty. The cap keeps a lookup cheap, whatever a hostile part declares.
const MOST_BINDINGS: usize = 512;

/// The bindings in scope.
#[derive(Default)]
pub(super) struct Names {
    bindings: Vec<Binding>,
    /// The last answer: nearly every element of a document has the same prefix.
    memo: Option<(String, Ns)>,
}

struct Binding {
    prefix: String,
    ns: Ns,
    depth: usize,
}

impl Names {
    /// Takes up what the element at this depth declares.
    pub(super) fn enter(&mut self, element: &BytesStart<'_>, depth: usize) {
        if !element.attributes_raw().contains("xmlns") {
            return;
        }
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.into_inner();
            let prefix = if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
            if let Some(prefix) = prefix
                && self.bindings.len() < MOST_BINDINGS
            {
                self.memo = None;
                self.bindings.push(Binding { prefix: prefix.to_owned(), ns: by_uri(&attribute.value), depth });
            }
        }
    }

    /// Forgets what elements deeper than this declared.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|binding| binding.depth > depth) {
            self.bindings.pop();
            self.memo = None;
        }
    }

    /// Splits a qualified name.
    pub(super) fn resolve<'n>(&mut self, name: &'n str) -> (Ns, &'n str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if let Some((known, ns)) = &self.memo
            && known == prefix
        {
            return (*ns, local);
        }
        let bound = self.bindings.iter().rev().find(|binding| binding.prefix == prefix);
        let ns = bound.map_or_else(|| by_custom(prefix), |binding| binding.ns);
        self.memo = Some((prefix.to_owned(), ns));
        (ns, local)
    }

    /// The value of an attribute that must be in this namespace.
    pub(super) fn attribute(&mut self, element: &BytesStart<'_>, ns: Ns, name: &str) -> Option<String> {
        let mut attributes = element.attributes();
        let found = attributes.with_checks(false).flatten().find(|a| self.resolve(a.key.into_inner()) == (ns, name))?;
        Some(super::xml::unescape(found.value).into_owned())
    }
}

/// A name without its prefix.
pub(in crate::intake) fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn by_uri(uri: &str) -> Ns {
    let uri = uri.trim().trim_end_matches('/');
    if uri.ends_with("/main") && uri.contains("/wordprocessingml") {
        Ns::Word
    } else if uri.ends_with("/2003/wordml") {
        // Word 2003's own XML has the same elements, but for few.
        Ns::Word
    } else if uri.ends_with("/wordml") {
        Ns::Word2010
    } else if uri.ends_with("/math") {
        Ns::Math
    } else if uri.contains("/markup-compatibility/") {
        Ns::Compatibility
    } else if uri.ends_with("/main") && uri.contains("/drawingml") {
        Ns::Drawing
    } else if uri.ends_with("/wordprocessingDrawing") {
        Ns::Anchor
    } else if uri.eq_ignore_ascii_case("urn:schemas-microsoft-com:vml") {
        Ns::Vml
    } else if uri.ends_with("/relationships") {
        Ns::Relationship
    } else {
        Ns::Other
    }
}

fn by_custom(prefix: &str) -> Ns {
    match prefix {
        "w" => Ns::Word,
        "w14" => Ns::Word2010,
        "m" => Ns::Math,
        "mc" => Ns::Compatibility,
        "a" => Ns::Drawing,
        "wp" => Ns::Anchor,
        "v" => Ns::Vml,
        "r" => Ns::Relationship,
        _ => Ns::Other,
    }
}
