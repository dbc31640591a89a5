//! A part's relationships (`.rels`) become targets by id, and the parts beside the body.
//!
//! ISO/IEC 29500-2, section 9. External targets are left out: nothing is ever fetched.

use std::collections::BTreeMap;

use super::package::{Package, normal};
use super::xml::{attribute, elements};

/// Side parts in the order in which they follow the body.
const SIDE: [&str; 4] = ["header", "footer", "footnotes", "endnotes"];

/// One relationship inside the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::intake) struct Rel {
    /// The last segment of the type, in lower case: transitional and strict types differ only before it.
    pub(in crate::intake) kind: String,
    /// The target's normal name.
    pub(in crate::intake) target: String,
}

/// The relationships of one part.
pub(in crate::intake) struct Rels(Option<BTreeMap<String, Rel>>);

impl Rels {
    /// Reads them; a part without them, or with broken ones, has as many as could be read.
    pub(in crate::intake) fn of(package: &mut Package<'_>, part: &str) -> Self {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let name = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
        if !package.has(&name) {
            return Self(None);
        }
        Self(package.xml(&name).ok().map(|text| parse(&text, folder)))
    }

    /// The target of an id.
    pub(in crate::intake) fn target(&self, id: &str) -> Option<&str> {
        self.0.as_ref()?.get(id).map(|rel| rel.target.as_str())
    }

    /// The first target of a kind.
    pub(in crate::intake) fn of_kind(&self, kind: &str) -> Option<&str> {
        self.0.as_ref()?.values().find(|rel| rel.kind == kind).map(|rel| rel.target.as_str())
    }

    /// Headers, footers, footnotes and endnotes, in this order; by name where relationships are lost.
    pub(in crate::intake) fn side_parts(&self, package: &Package<'_>, main: &str) -> Vec<String> {
        let mut parts: Vec<(usize, String)> = match &self.0 {
            Some(rels) => rels.values().filter_map(|rel| Some((side_kind(&rel.kind)?, rel.target.clone()))).collect(),
            None => package.names().into_iter().filter_map(|name| Some((side_by_name(name, main)?, name.to_owned()))).collect(),
        };
        parts.retain(|(_, name)| package.has(name));
        parts.sort();
        parts.dedup();
        parts.into_iter().map(|(_, name)| name).collect()
    }
}

fn side_kind(kind: &str) -> Option<usize> {
    SIDE.iter().position(|side| *side == kind)
}

/// `word/header12.xml` beside `word/document.xml` is a header.
fn side_by_name(name: &str, main: &str) -> Option<usize> {
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = name.strip_prefix(folder)?.trim_start_matches('/').strip_suffix(".xml")?;
    side_kind(file.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// Reads relationships whose targets are relative to `folder`.
pub(in crate::intake) fn parse(text: &str, folder: &str) -> BTreeMap<String, Rel> {
    let mut rels = BTreeMap::new();
    elements(text, |name, element| {
        let external = || attribute(element, "TargetMode").is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
        if name != "Relationship" || external() {
            return;
        }
        if let (Some(id), Some(kind), Some(target)) = (attribute(element, "Id"), attribute(element, "Type"), attribute(element, "Target")) {
            let kind = kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            rels.insert(id.into_owned(), Rel { kind, target: resolve(&target, folder) });
        }
    });
    rels
}

/// The normal name of a target, with `..`, a leading slash, backslashes and `%20` as found in the field.
fn resolve(target: &str, folder: &str) -> String {
    let target = target.replace('\\', "/").replace("%20", " ");
    let mut segments: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    normal(&segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved() {
        assert_eq!(resolve("media/Image1.PNG", "word"), "word/media/image1.png");
        assert_eq!(resolve("/word/media/a b.png", "word"), "word/media/a b.png");
        assert_eq!(resolve("..\\media\\a%20b.png", "word"), "media/a b.png");
        assert_eq!(resolve("../../../x.png", "word"), "x.png");
        assert_eq!(resolve("word/document.xml", ""), "word/document.xml");
    }

    #[test]
    fn external_targets_are_left_out() {
        let rels = parse(
            r#"<Relationships><Relationship Id="a" Type="t/image" Target="http://x/y.png" TargetMode="External"/></Relationships>"#,
            "word",
        );
        assert!(rels.is_empty());
    }
}
