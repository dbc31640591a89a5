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
    font: Option<String>,
}

impl Styles {
    /// How text looks now.
    pub(super) fn look(&self) -> Look {
        self.open.last().map_or_else(Look::default, |open| Look::new(open.font.as_deref(), open.bold, open.underline, open.strike))
    }

    /// An element opens.
    pub(super) fn open(&mut self, tag: &Tag<'_>) {
        if !matches!(tag.name.as_str(), "b" | "strong" | "u" | "ins" | "s" | "strike" | "del" | "font" | "span")
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
        let family = property("font-family").or_else(|| tag.attribute("face").map(str::to_owned));
        if let Some(family) = family {
            own.font = family.split(',').next().map(|font| font.trim().trim_matches(['"', '\'']).to_owned());
        }
        own.name.clone_from(&tag.name);
        self.open.push(own);
    }

    /// An element ends, with whatever was left open in it.
    pub(super) fn close(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(at);
        }
    }
}
