//! Markings of classified matter (design rule 13).

use crate::intake::Setup;
use crate::model::document::Document;

/// A marking of classified matter counts in a name and at a page's head, not anywhere in prose.
pub(super) fn head_is_classified(document: &Document, setup: &Setup) -> bool {
    let text = document.text();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(3)
        .any(|line| line.chars().count() <= 20 && is_classified(line, &setup.campaign.words.classified))
}

pub(super) fn is_classified(text: &str, markings: &[String]) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    markings.iter().any(|marking| bare.contains(marking.as_str()))
}
