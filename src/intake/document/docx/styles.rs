//! Styles by name become the emphasis that they add (ISO/IEC 29500-1, 17.7).
//!
//! A style has what the one that it is based on has, but for what it says itself. What everything has by default
//! sets nothing off, so the default style and the document's defaults add nothing; nor do colours, since headings
//! have them. The part is only read once a paragraph or a run names a style.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::names::local;
use super::package::Package;
use super::run::is_on;
use super::xml::attribute;

/// Styles of one file: Word allows some four thousand.
const MOST: usize = 10_000;
/// Tags and texts of the part.
const MOST_EVENTS: usize = 1_000_000;
/// Steps to the styles that a style is based on.
const MOST_STEPS: usize = 16;

/// What a style says of characters, and what it leaves open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Emphasis {
    pub(super) bold: Option<bool>,
    pub(super) underline: Option<bool>,
    pub(super) strike: Option<bool>,
    pub(super) hidden: Option<bool>,
}

impl Emphasis {
    fn property(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "b" => self.bold = Some(is_on(element)),
            "u" => self.underline = Some(is_on(element)),
            "strike" | "dstrike" => self.strike = Some(self.strike == Some(true) || is_on(element)),
            "vanish" => self.hidden = Some(is_on(element)),
            _ => {}
        }
    }

    /// This, and what another says where this says nothing.
    fn over(self, other: Self) -> Self {
        Self {
            bold: self.bold.or(other.bold),
            underline: self.underline.or(other.underline),
            strike: self.strike.or(other.strike),
            hidden: self.hidden.or(other.hidden),
        }
    }

    /// A run's style within its paragraph's: what both turn on is off (17.7.3), but for lines beneath.
    pub(super) fn within(self, paragraph: Self) -> Self {
        let toggled = |own: Option<bool>, outer: Option<bool>| match own {
            Some(true) => Some(outer != Some(true)),
            Some(false) | None => outer,
        };
        Self {
            bold: toggled(self.bold, paragraph.bold),
            underline: self.underline.or(paragraph.underline),
            strike: toggled(self.strike, paragraph.strike),
            hidden: toggled(self.hidden, paragraph.hidden),
        }
    }
}

/// The styles of one file.
#[derive(Default)]
pub(super) struct Styles {
    part: Option<String>,
    known: Option<HashMap<String, Style>>,
}

#[derive(Debug, Default)]
struct Style {
    based_on: Option<String>,
    is_default: bool,
    emphasis: Emphasis,
}

impl Styles {
    /// Of the part of this name.
    pub(super) fn of_part(part: Option<&str>) -> Self {
        Self { part: part.map(str::to_owned), known: None }
    }

    /// What the style that an element names adds.
    pub(super) fn of(&mut self, package: &mut Package<'_>, element: &BytesStart<'_>) -> Emphasis {
        let Some(part) = &self.part else { return Emphasis::default() };
        let known = self.known.get_or_insert_with(|| package.xml(part).map(|xml| parse(&xml)).unwrap_or_default());
        let mut emphasis = Emphasis::default();
        let mut name = attribute(element, "val").map(|name| name.into_owned());
        for _ in 0..MOST_STEPS {
            let Some(style) = name.and_then(|name| known.get(&name)).filter(|style| !style.is_default) else { break };
            emphasis = emphasis.over(style.emphasis);
            name = style.based_on.clone();
        }
        emphasis
    }
}

/// The styles of a part, up to a fault in it.
fn parse(xml: &str) -> HashMap<String, Style> {
    let mut styles = HashMap::new();
    let mut open: Option<(String, Style)> = None;
    // How deep an element lies in its style, and whether that one lies in the style's own run properties.
    let (mut depth, mut in_run) = (0usize, false);
    let mut reader = Reader::from_str(xml);
    for _ in 0..MOST_EVENTS {
        let event = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => event,
        };
        if let Event::Start(element) | Event::Empty(element) = &event {
            let name = local(element.name().into_inner());
            match (&mut open, depth, name) {
                (None, _, "style") => {
                    let is_default = attribute(element, "default").is_some_and(|value| matches!(value.as_ref(), "1" | "true" | "on"));
                    open = attribute(element, "styleId").map(|id| (id.into_owned(), Style { is_default, ..Style::default() }));
                }
                (Some((_, style)), 1, "basedOn") => style.based_on = attribute(element, "val").map(|name| name.into_owned()),
                (Some(_), 1, name) => in_run = name == "rPr",
                (Some((_, style)), 2, name) if in_run => style.emphasis.property(name, element),
                _ => {}
            }
        }
        depth = match (&event, open.is_some()) {
            (_, false) => 0,
            (Event::Start(_), true) => depth + 1,
            (Event::End(_), true) => depth.saturating_sub(1),
            (_, true) => depth,
        };
        if depth == 0
            && let Some((name, style)) = open.take().filter(|_| styles.len() < MOST)
        {
            styles.insert(name, style);
        }
    }
    styles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_style_says_itself() {
        let styles = parse(
            r#"<w:styles xmlns:w="w"><w:docDefaults><w:rPrDefault><w:rPr><w:b/></w:rPr></w:rPrDefault></w:docDefaults>
            <w:style w:styleId="empty"/><w:style w:default="1" w:styleId="a"><w:rPr><w:b/></w:rPr></w:style>
            <w:style w:styleId="s"><w:basedOn w:val="a"/><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:rPr><w:strike/><w:b w:val="0"/></w:rPr>
            <w:tblStylePr><w:rPr><w:u w:val="single"/></w:rPr></w:tblStylePr></w:style></w:styles>"#,
        );
        assert_eq!(styles.len(), 3);
        assert!(styles["a"].is_default && styles["s"].based_on.as_deref() == Some("a"));
        assert_eq!(styles["s"].emphasis, Emphasis { bold: Some(false), strike: Some(true), ..Emphasis::default() });
    }

    #[test]
    fn toggles_of_run_and_paragraph() {
        let bold = Emphasis { bold: Some(true), underline: Some(true), ..Emphasis::default() };
        assert_eq!(bold.within(bold), Emphasis { bold: Some(false), underline: Some(true), ..Emphasis::default() });
        assert_eq!(bold.within(Emphasis::default()), bold);
        assert_eq!(Emphasis::default().within(bold), bold);
    }
}
