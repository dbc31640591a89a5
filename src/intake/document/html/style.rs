//! The emphasis and font of the elements that are open.

use super::token::Tag;
use crate::intake::document::inlines::Look;

/// More open elements than this aren't remembered.
const MOST_OPEN: usize = 256;

/// The open elements that change how text looks.
#[derive(Default)]
pub(super) struct Styles {
    open: Vec<Open>,
}

#[derive(Clone, Default)]
struct Open {
    name: String,
    bold: bool,
    underline: bool,
    strike: bool,
    marked: bool,
    hidden: bool,
    font: Option<String>,
}

impl Styles {
    /// How text looks now.
    pub(super) fn look(&self) -> Look {
        let look = |open: &Open| Look::new(open.font.as_deref(), open.bold, open.underline, open.strike).and_marked(open.marked);
        self.open.last().map_or_else(Look::default, look)
    }

    /// An element opens.
    pub(super) fn open(&mut self, tag: &Tag<'_>) {
        if !matches!(tag.name.as_str(), "b" | "strong" | "u" | "ins" | "s" | "strike" | "del" | "font" | "span" | "mark")
            || self.open.len() >= MOST_OPEN
        {
            return;
        }
        let mut own = self.open.last().cloned().unwrap_or_default();
        let style = tag.attribute("style").unwrap_or_default().to_ascii_lowercase();
        let property = |name: &str| {
            style
                .split(';')
                .filter_map(|rule| rule.split_once(':'))
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim().to_owned())
        };
        own.bold |= matches!(tag.name.as_str(), "b" | "strong") || property("font-weight").is_some_and(|weight| weight.starts_with("bold"));
        let line = property("text-decoration").unwrap_or_default();
        own.underline |= matches!(tag.name.as_str(), "u" | "ins") || line.contains("underline");
        own.strike |= matches!(tag.name.as_str(), "s" | "strike" | "del") || line.contains("line-through");
        let colour = property("color").or_else(|| tag.attribute("color").map(str::to_ascii_lowercase));
        let ground = property("background").or_else(|| property("background-color"));
        own.marked |= tag.name == "mark"
            || colour
                .is_some_and(|colour| !is_one_of(&colour, &["black", "windowtext", "auto", "inherit", "#000", "#000000", "rgb(0,0,0)"]))
            || ground.is_some_and(|ground| {
                !is_one_of(&ground, &["white", "none", "transparent", "inherit", "#fff", "#ffffff", "rgb(255,255,255)"])
            })
            || property("border").is_some_and(|border| border.contains("solid"));
        own.hidden |=
            property("mso-hide").is_some_and(|hide| hide == "all") || property("display").is_some_and(|display| display == "none");
        let family = property("font-family").or_else(|| tag.attribute("face").map(str::to_owned));
        if let Some(family) = family {
            own.font = family.split(',').next().map(|font| font.trim().trim_matches(['"', '\'']).to_owned());
        }
        own.name.clone_from(&tag.name);
        self.open.push(own);
    }

    /// Whether what stands here is hidden text.
    pub(super) fn hidden(&self) -> bool {
        self.open.last().is_some_and(|open| open.hidden)
    }

    /// A paragraph or a cell begins or ends: hidden text that was never ended must not swallow the rest.
    pub(super) fn show(&mut self) {
        self.open.iter_mut().for_each(|open| open.hidden = false);
    }

    /// An element ends, with whatever was left open in it.
    pub(super) fn close(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(at);
        }
    }
}

fn is_one_of(value: &str, known: &[&str]) -> bool {
    let bare: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    known.contains(&bare.as_str())
}
