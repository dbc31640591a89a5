//! A part's XML becomes a tree of elements, by their local names.
//!
//! Writers use several namespace addresses for the same words, so prefixes don't count. No entity that a
//! document type declares is expanded.

use super::ReadError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Attributes of an element: the standard has fewer than thirty.
const MOST_ATTRIBUTES: usize = 64;

/// Elements of one part, which are held at the same time. A page has some hundreds.
const MOST_IN_A_PART: usize = 100_000;

/// An element.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// Its local name.
    pub(super) name: String,
    /// Its attributes by local name.
    attributes: Vec<(String, String)>,
    /// Its own characters, as they stand.
    pub(super) text: String,
    /// The elements in it.
    pub(super) children: Vec<Node>,
}

impl Node {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The numbers of an attribute.
    pub(super) fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        self.attribute(name).map(numbers)
    }

    /// The one number of an attribute.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.numbers(name)?.first().copied()
    }

    fn new(element: &BytesStart<'_>) -> Node {
        let mut attributes = element.attributes();
        let attributes = attributes.with_checks(false).flatten().take(MOST_ATTRIBUTES).map(|attribute| {
            let value =
                quick_xml::escape::unescape(&attribute.value).map_or_else(|_| attribute.value.to_string(), |value| value.into_owned());
            (local(attribute.key.into_inner()).to_owned(), value)
        });
        Node { name: local(element.name().into_inner()).to_owned(), attributes: attributes.collect(), ..Node::default() }
    }
}

/// Numbers parted by blanks; what is none is left out.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().filter_map(|number| number.parse().ok()).filter(|number: &f64| number.is_finite()).collect()
}

/// Parses a part into its root.
pub(super) fn parse(text: &str, depth: usize, nodes: &mut usize) -> Result<Node, ReadError> {
    let damaged = || ReadError::Corrupt("a part is no XML".into());
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Node> = vec![Node::default()];
    let least = nodes.saturating_sub(MOST_IN_A_PART);
    loop {
        if *nodes < least {
            return Err(ReadError::TooLarge("elements of a part"));
        }
        match reader.read_event().map_err(|_| damaged())? {
            Event::Start(element) => {
                *nodes = nodes.checked_sub(1).ok_or(ReadError::TooLarge("elements"))?;
                open.push(Node::new(&element));
                if open.len() > depth {
                    return Err(ReadError::TooLarge("depth"));
                }
            }
            Event::Empty(element) => {
                *nodes = nodes.checked_sub(1).ok_or(ReadError::TooLarge("elements"))?;
                open.last_mut().ok_or_else(damaged)?.children.push(Node::new(&element));
            }
            Event::End(_) => {
                let closed = open.pop().ok_or_else(damaged)?;
                open.last_mut().ok_or_else(damaged)?.children.push(closed);
            }
            Event::Text(characters) => push(&mut open, &characters.xml10_content()),
            Event::CData(characters) => push(&mut open, &characters.xml10_content()),
            Event::GeneralRef(entity) => {
                let character = entity.resolve_char_ref().ok().flatten().map(String::from);
                push(
                    &mut open,
                    &character.unwrap_or_else(|| quick_xml::escape::resolve_predefined_entity(&entity).unwrap_or_default().to_owned()),
                );
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (open.pop().and_then(|mut outside| outside.children.pop()), open.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(damaged()),
    }
}

fn push(open: &mut [Node], characters: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(characters);
    }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}
