//! Styles become looks: a style says what its parent doesn't, and a span what its paragraph doesn't.

use std::collections::HashMap;

use quick_xml::events::BytesStart;

use super::walker::value;
use crate::intake::document::inlines::Look;

/// Styles of one file.
const MOST: usize = 10_000;
/// Steps from a style to its parents.
const MOST_PARENTS: usize = 16;

/// What a style says of characters, and what it leaves to its parent.
#[derive(Debug, Clone, Default)]
pub(super) struct Emphasis {
    bold: Option<bool>,
    underline: Option<bool>,
    strike: Option<bool>,
    hidden: Option<bool>,
    marked: Option<bool>,
    font: Option<String>,
}

impl Emphasis {
    /// Takes up `style:text-properties`.
    fn take(&mut self, element: &BytesStart<'_>, marks: bool) {
        let line = |name: &str| value(element, name).map(|style| style != "none");
        self.bold =
            value(element, "fo:font-weight").map(|weight| weight == "bold" || weight.parse().is_ok_and(|weight: u32| weight >= 600));
        self.underline = line("style:text-underline-style").or_else(|| line("style:text-underline-type"));
        self.strike = line("style:text-line-through-style").or_else(|| line("style:text-line-through-type"));
        self.hidden = value(element, "text:display").map(|shown| shown == "none");
        self.font = value(element, "style:font-name").or_else(|| value(element, "fo:font-family"));
        let coloured = |name: &str, usual: &str| value(element, name).is_some_and(|colour| colour != "transparent" && colour != usual);
        // A heading's colour sets nothing off.
        self.marked = Some(coloured("fo:background-color", "#ffffff") || coloured("fo:color", "#000000")).filter(|_| marks);
    }

    /// This, and what another says where this says nothing.
    pub(super) fn over(&self, other: &Self) -> Self {
        Self {
            bold: self.bold.or(other.bold),
            underline: self.underline.or(other.underline),
            strike: self.strike.or(other.strike),
            hidden: self.hidden.or(other.hidden),
            marked: self.marked.or(other.marked),
            font: self.font.clone().or_else(|| other.font.clone()),
        }
    }

    /// Whether characters aren't shown.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden == Some(true)
    }

    /// How characters look.
    pub(super) fn look(&self) -> Look {
        let on = |said: Option<bool>| said == Some(true);
        let look = Look::new(self.font.as_deref(), on(self.bold), on(self.underline), on(self.strike));
        if on(self.marked) { look.and_marked(true) } else { look }
    }
}

/// The styles of a file, by family and name.
#[derive(Default)]
pub(super) struct Looks {
    known: HashMap<(String, String), Style>,
    fonts: HashMap<String, String>,
    open: Option<(String, String)>,
}

#[derive(Default)]
struct Style {
    parent: Option<String>,
    emphasis: Emphasis,
    hides_table: bool,
}

impl Looks {
    /// Takes up an element of the styles; whether it was one.
    pub(super) fn take(&mut self, name: &str, element: &BytesStart<'_>) -> bool {
        match name {
            "style:font-face" if self.fonts.len() < MOST => {
                let family = value(element, "svg:font-family").map(|family| family.trim_matches(['\'', '"']).to_owned());
                self.fonts.extend(value(element, "style:name").zip(family));
            }
            "style:style" => {
                let key = value(element, "style:family").zip(value(element, "style:name")).filter(|_| self.known.len() < MOST);
                self.open = key.clone();
                if let Some(key) = key {
                    self.known.insert(key, Style { parent: value(element, "style:parent-style-name"), ..Style::default() });
                }
            }
            "style:text-properties" => {
                let fonts = &self.fonts;
                let open = self.open.as_ref().and_then(|key| Some((key, self.known.get_mut(key)?)));
                if let Some(((family, _), style)) = open {
                    style.emphasis.take(element, family == "text");
                    style.emphasis.font = style.emphasis.font.take().map(|font| fonts.get(&font).cloned().unwrap_or(font));
                }
            }
            "style:table-properties" => {
                if let Some(style) = self.open.as_ref().and_then(|key| self.known.get_mut(key)) {
                    style.hides_table = value(element, "table:display").is_some_and(|shown| shown == "false");
                }
            }
            _ => return false,
        }
        true
    }

    /// What a style and its parents say.
    pub(super) fn of(&self, family: &str, name: Option<String>) -> Emphasis {
        let mut emphasis = Emphasis::default();
        let mut next = name;
        for _ in 0..MOST_PARENTS {
            let Some(style) = next.and_then(|name| self.known.get(&(family.to_owned(), name))) else { break };
            emphasis = emphasis.over(&style.emphasis);
            next = style.parent.clone();
        }
        emphasis
    }

    /// Whether tables of a style are hidden.
    pub(super) fn hides_table(&self, name: Option<String>) -> bool {
        name.and_then(|name| self.known.get(&("table".to_owned(), name))).is_some_and(|style| style.hides_table)
    }
}
