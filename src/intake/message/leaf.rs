//! One part with what its header says of it: its type, its name, its encoding (RFC 2045, RFC 2183).

use crate::intake::message::{field::Entity, name, parameter::Parameterised, transfer};
use std::borrow::Cow;

/// One part with what its header says of it.
pub(super) struct Part<'a> {
    pub content_type: Parameterised,
    pub disposition: Parameterised,
    pub media_type: String,
    pub name: String,
    pub content_id: Option<String>,
    encoding: String,
    pub body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Reads the part's own header.
    pub fn of(entity: &Entity<'a>, parent: &str) -> Self {
        let content_type = Parameterised::parse(entity.get("content-type").unwrap_or_default());
        let disposition = Parameterised::parse(entity.get("content-disposition").unwrap_or_default());
        let media_type = match content_type.token.as_str() {
            "" if parent == "multipart/digest" => "message/rfc822".into(),
            token if token.contains('/') => name::clean(token),
            _ => "text/plain".into(),
        };
        let content_id = entity.get("content-id").map(|id| id.trim().trim_matches(['<', '>']).to_owned()).filter(|id| !id.is_empty());
        let encoding = entity.get("content-transfer-encoding").unwrap_or_default().to_owned();
        let name = best_name(disposition.readings("filename").chain(content_type.readings("name")));
        Self { content_type, disposition, media_type, name, content_id, encoding, body: entity.body }
    }

    /// Its bytes, decoded.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        transfer::decode(self.body, &self.encoding)
    }

    /// Whether its name ends so.
    pub fn has_extension(&self, extension: &str) -> bool {
        self.name.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(extension))
    }

    /// Whether nothing names it or calls it a file.
    pub fn is_unnamed(&self) -> bool {
        self.name.is_empty() && self.disposition.token != "attachment"
    }

    /// Whether it is the text of a mail rather than a file.
    pub fn is_text(&self) -> bool {
        self.is_readable() && self.is_unnamed()
    }

    /// A multipart without parts is its own text.
    pub fn is_readable(&self) -> bool {
        matches!(self.media_type.as_str(), "text/plain" | "text/html") || self.media_type.starts_with("multipart/")
    }
}

/// The first name that came through whole, otherwise the first.
fn best_name(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| name::file_name(&name)).filter(|name| !name.is_empty()).collect();
    let whole = names.iter().find(|name| !name.contains(char::REPLACEMENT_CHARACTER) && !name.contains("??"));
    whole.or(names.first()).cloned().unwrap_or_default()
}
