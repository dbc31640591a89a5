//! HTML becomes text, opening and closing tags; comments and declarations are dropped.
//!
//! Follows the tokenizer of HTML (section 13.2.5) only as far as real files need: broken tags are text.

/// The longest tag in which quotes are respected.
const TAG_BYTES: usize = 8 << 10;

/// A piece of HTML.
pub(super) enum Token<'a> {
    /// Characters with their references, as they stand.
    Text(&'a str),
    /// A tag that opens an element.
    Open(Tag<'a>),
    /// The name of an element that ends.
    Close(String),
}

/// An opening tag.
pub(super) struct Tag<'a> {
    /// The element's name in lower case.
    pub(super) name: String,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute; empty where it has none.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
            let (key, after) = rest.split_at_checked(end.max(usize::from(rest.starts_with('='))))?;
            if key.is_empty() {
                return None;
            }
            let (value, after) = match after.trim_start().strip_prefix('=') {
                Some(value) => quoted(value.trim_start()),
                None => ("", after),
            };
            if key.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = after;
        }
    }

    /// The value of a span attribute: 1 where it says nothing.
    pub(super) fn span(&self, name: &str) -> usize {
        self.attribute(name).and_then(|value| value.trim().parse().ok()).unwrap_or(1)
    }
}

/// A value, in quotes or to the next blank, and what follows it.
fn quoted(text: &str) -> (&str, &str) {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = text.strip_prefix(quote).unwrap_or(text);
            inner.split_once(quote).unwrap_or((inner, ""))
        }
        _ => text.split_at_checked(text.find(char::is_whitespace).unwrap_or(text.len())).unwrap_or((text, "")),
    }
}

/// The tokens of some HTML, in order.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Begins.
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Goes to where the element that has just opened ends, or to the end.
    pub(super) fn skip_element(&mut self, name: &str) {
        let closes = |at: usize| {
            let own = self.rest.get(at..)?.strip_prefix("</")?.get(..name.len())?;
            own.eq_ignore_ascii_case(name).then_some(at)
        };
        let end = self.rest.match_indices("</").find_map(|(at, _)| closes(at));
        self.rest = end.and_then(|end| self.rest.get(end..)).unwrap_or_default();
    }

    fn markup(&mut self) -> Option<Token<'a>> {
        let inner = self.rest.strip_prefix('<')?;
        if let Some(comment) = inner.strip_prefix("!--") {
            self.rest = comment.split_once("-->").map_or("", |(_, after)| after);
            return Some(Token::Text(""));
        }
        let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        if !inner.starts_with(|first: char| first.is_ascii_alphabetic() || "!?".contains(first)) {
            return None;
        }
        let end = tag_end(inner).or_else(|| inner.find('>'));
        let (tag, after) = end.and_then(|end| inner.split_at_checked(end)).unwrap_or((inner, ""));
        self.rest = after.strip_prefix('>').unwrap_or(after);
        let length = tag.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at_checked(length).unwrap_or((tag, ""));
        let name: String = name.to_ascii_lowercase().chars().take(20).collect();
        Some(if closes { Token::Close(name) } else { Token::Open(Tag { name, attributes }) })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(token) = self.markup() {
            return Some(token);
        }
        let from = usize::from(self.rest.starts_with('<'));
        let end = self.rest.get(from..).and_then(|rest| rest.find('<')).map_or(self.rest.len(), |end| end + from);
        let (text, after) = self.rest.split_at_checked(end)?;
        self.rest = after;
        Some(Token::Text(text))
    }
}

/// Where the tag ends, a `>` within an attribute's quotes aside.
fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in inner.bytes().enumerate().take(TAG_BYTES) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found() {
        let tag = Tag { name: "td".into(), attributes: " ColSpan = '2' x=\"a>b\" nowrap rowspan=3/" };
        assert_eq!((tag.attribute("colspan"), tag.attribute("x"), tag.attribute("nowrap")), (Some("2"), Some("a>b"), Some("")));
        assert_eq!((tag.span("colspan"), tag.span("none"), tag.attribute("y")), (2, 1, None));
        for odd in ["=", "= =", "a='", "'", "/ / =x", "a=\""] {
            assert_eq!(Tag { name: String::new(), attributes: odd }.attribute("z"), None, "{odd}");
        }
    }
}
