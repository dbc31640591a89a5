//! The parts of a message → its text, its files and its report (RFC 2045 to 2047, 2183, 2387).
//!
//! One walk down the tree with limits on depth, parts and header bytes; what is past a limit is left out and
//! said so. Every leaf that is not the text is a file. Nested messages are opened, their own text is only
//! kept for where the outer mail has none.

use crate::{
    intake::message::{
        Limits, charset,
        field::{self, Budget, Entity},
        html, multipart, name,
        parameter::Parameterised,
        report::Report,
        transfer, words,
    },
    model::message::Attachment,
};
use std::collections::BTreeSet;

/// How many inline references of an HTML body are remembered.
const REFERENCES: usize = 1000;

/// A file with the `Content-ID` by which HTML shows it.
struct Found {
    attachment: Attachment,
    content_id: Option<String>,
}

/// The readable content of a part.
#[derive(Debug, Default)]
pub struct Body {
    /// Plain text, or the text of HTML.
    pub text: String,
    /// HTML as it stood.
    pub html: String,
    /// Whether the text is a sender's own plain text.
    plain: bool,
}

/// Where in the tree a part stands.
#[derive(Clone, Default)]
struct Place {
    depth: usize,
    /// The names of the messages that it is nested in.
    within: Vec<String>,
    /// The media type of the multipart that holds it.
    parent: String,
}

/// The walk, and what it has gathered.
pub struct Walk<'l> {
    limits: &'l Limits,
    budget: Budget,
    parts: usize,
    exceeded: Option<&'static str>,
    found: Vec<Found>,
    shown: BTreeSet<String>,
    report: Option<Report>,
    /// The text of the first text part that has a name, for where there is no other.
    named: Body,
    /// The text of the first nested message, likewise.
    nested: Body,
}

/// What a walk has gathered.
pub struct Content {
    /// The body.
    pub body: Body,
    /// The files in their order.
    pub attachments: Vec<Attachment>,
    /// The report.
    pub report: Option<Report>,
    /// The limit that was passed.
    pub exceeded: Option<&'static str>,
}

impl<'l> Walk<'l> {
    /// A walk that has not begun.
    pub fn new(limits: &'l Limits) -> Self {
        let budget = Budget { bytes: limits.header_bytes, fields: limits.header_fields, exceeded: false };
        Self {
            limits,
            budget,
            parts: 0,
            exceeded: None,
            found: Vec::new(),
            shown: BTreeSet::new(),
            report: None,
            named: Body::default(),
            nested: Body::default(),
        }
    }

    /// The outermost message: its header, and all that is in it.
    pub fn message<'a>(mut self, raw: &'a [u8]) -> (Entity<'a>, Content) {
        let entity = field::split(field::skip_leading(raw), &mut self.budget);
        self.parts = 1;
        let mut body = self.content(&entity, &Place::default());
        for spare in [std::mem::take(&mut self.named), std::mem::take(&mut self.nested)] {
            if body.text.trim().is_empty() && !spare.text.trim().is_empty() {
                body = Body { html: if body.html.is_empty() { spare.html } else { body.html }, ..spare };
            }
        }
        let exceeded = self.exceeded.or_else(|| self.budget.exceeded.then_some("header"));
        let shown = self.shown;
        let is_shown = |found: &Found| found.content_id.as_ref().is_some_and(|id| shown.contains(id));
        let attachments = self.found.into_iter().map(|found| Attachment { inline: is_shown(&found), ..found.attachment }).collect();
        (entity, Content { body, attachments, report: self.report, exceeded })
    }

    fn exceed(&mut self, limit: &'static str) {
        self.exceeded.get_or_insert(limit);
    }

    fn entity(&mut self, bytes: &[u8], place: &Place) -> Body {
        let entity = field::split(bytes, &mut self.budget);
        self.content(&entity, place)
    }

    fn content(&mut self, entity: &Entity<'_>, place: &Place) -> Body {
        let part = Part::of(entity, place);
        if part.media_type.starts_with("multipart/") {
            let declared = part.content_type.get("boundary");
            if let Some(boundary) = multipart::boundary(entity.body, declared.as_deref()) {
                return self.children(entity.body, &boundary, &part, place);
            }
        }
        match part.media_type.as_str() {
            "message/rfc822" | "message/global" if place.parent == "multipart/report" => self.returned(&part),
            "message/rfc822" | "message/global" => return self.nested(part, place),
            "text/rfc822-headers" | "message/global-headers" => self.returned(&part),
            "message/delivery-status" | "message/global-delivery-status" => self.reported(&part),
            "message/disposition-notification" | "message/global-disposition-notification" => self.reported(&part),
            _ if part.is_text() => return self.text(&part, place),
            _ if part.name.to_lowercase().ends_with(".eml") && field::looks_like_message(&part.bytes()) => return self.nested(part, place),
            // Another rendering of the same text, such as `text/x-amp-html`.
            kind if place.parent == "multipart/alternative" && kind.starts_with("text/") && part.is_unnamed() => {}
            _ => self.attach(&part, place),
        }
        Body::default()
    }

    fn children(&mut self, body: &[u8], boundary: &[u8], part: &Part<'_>, place: &Place) -> Body {
        if place.depth >= self.limits.depth {
            self.exceed("depth");
            return Body::default();
        }
        let place = Place { depth: place.depth + 1, parent: part.media_type.clone(), within: place.within.clone() };
        let mut bodies = Vec::new();
        for child in multipart::parts(body, boundary) {
            if self.parts >= self.limits.parts {
                self.exceed("parts");
                break;
            }
            self.parts += 1;
            bodies.push(self.entity(child, &place));
        }
        if place.parent == "multipart/alternative" { alternative(bodies) } else { mixed(bodies, self.limits.text_bytes) }
    }

    /// A message within the message. Its text is no file; it stands in where the outer mail has none.
    fn nested(&mut self, part: Part<'_>, place: &Place) -> Body {
        if place.depth >= self.limits.depth {
            self.exceed("depth");
            self.attach(&part, place);
            return Body::default();
        }
        let bytes = part.bytes();
        let entity = field::split(field::skip_leading(&bytes), &mut self.budget);
        if entity.fields.is_empty() {
            self.attach(&part, place);
            return Body::default();
        }
        let mut within = place.within.clone();
        within.push(if part.name.is_empty() { subject_name(&entity) } else { part.name.clone() });
        let body = self.content(&entity, &Place { depth: place.depth + 1, within, parent: String::new() });
        if self.nested.text.trim().is_empty() {
            self.nested = body;
        }
        Body::default()
    }

    fn returned(&mut self, part: &Part<'_>) {
        self.report.get_or_insert_default().add_returned(&part.bytes());
    }

    fn reported(&mut self, part: &Part<'_>) {
        self.report.get_or_insert_default().add_fields(&part.bytes());
    }

    fn text(&mut self, part: &Part<'_>, place: &Place) -> Body {
        let bytes = part.bytes();
        let (files, bytes) = transfer::uuencoded(&bytes);
        for file in files {
            let name = name::file_name(&words::decode(&charset::decode(file.name, None)));
            self.keep(
                Attachment {
                    name,
                    within: place.within.clone(),
                    media_type: "application/octet-stream".into(),
                    inline: false,
                    bytes: file.bytes,
                },
                None,
            );
        }
        self.readable(part, &bytes)
    }

    fn readable(&mut self, part: &Part<'_>, bytes: &[u8]) -> Body {
        // Enough for a text of two or three bytes a character, and for HTML with pictures in it.
        let bytes = bytes.get(..self.limits.text_bytes.saturating_mul(8)).unwrap_or(bytes);
        let text = charset::decode(bytes, part.content_type.word("charset").as_deref())
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\0', "");
        if part.media_type != "text/html" {
            return Body { text: cut(text, self.limits.text_bytes), html: String::new(), plain: true };
        }
        self.remember_references(&text);
        let html = cut(without_data(&text), self.limits.text_bytes);
        Body { text: html::to_text(&html), html, plain: false }
    }

    /// Remembers the `cid:` links (RFC 2392) of some HTML.
    fn remember_references(&mut self, html: &str) {
        let room = REFERENCES.saturating_sub(self.shown.len());
        for reference in html.split("cid:").skip(1).take(room) {
            let id: String =
                reference.chars().take(250).take_while(|character| !character.is_whitespace() && !"\"'<>)&".contains(*character)).collect();
            self.shown.insert(id);
        }
    }

    fn attach(&mut self, part: &Part<'_>, place: &Place) {
        let bytes = part.bytes();
        if part.is_readable() && part.disposition.token != "attachment" && place.within.is_empty() && self.named.text.is_empty() {
            self.named = self.readable(part, &bytes);
        }
        if bytes.is_empty() && part.name.is_empty() {
            return;
        }
        let attachment = Attachment {
            name: part.name.clone(),
            within: place.within.clone(),
            media_type: part.media_type.clone(),
            inline: false,
            bytes: bytes.into_owned(),
        };
        self.keep(attachment, part.content_id.clone());
    }

    /// Keeps a file; uuencoded ones count as parts too.
    fn keep(&mut self, attachment: Attachment, content_id: Option<String>) {
        if self.found.len() >= self.limits.parts {
            self.exceed("parts");
            return;
        }
        self.found.push(Found { attachment, content_id });
    }
}

/// One part with what its header says of it.
struct Part<'a> {
    content_type: Parameterised,
    disposition: Parameterised,
    media_type: String,
    name: String,
    content_id: Option<String>,
    encoding: String,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    fn of(entity: &Entity<'a>, place: &Place) -> Self {
        let content_type = Parameterised::parse(entity.get("content-type").unwrap_or_default());
        let disposition = Parameterised::parse(entity.get("content-disposition").unwrap_or_default());
        let media_type = match content_type.token.as_str() {
            "" if place.parent == "multipart/digest" => "message/rfc822".into(),
            token if token.contains('/') => name::clean(token),
            _ => "text/plain".into(),
        };
        let content_id = entity.get("content-id").map(|id| id.trim().trim_matches(['<', '>']).to_owned()).filter(|id| !id.is_empty());
        let encoding = entity.get("content-transfer-encoding").unwrap_or_default().to_owned();
        let name = best_name(disposition.readings("filename").chain(content_type.readings("name")));
        Self { content_type, disposition, media_type, name, content_id, encoding, body: entity.body }
    }

    fn bytes(&self) -> std::borrow::Cow<'a, [u8]> {
        transfer::decode(self.body, &self.encoding)
    }

    fn is_unnamed(&self) -> bool {
        self.name.is_empty() && self.disposition.token != "attachment"
    }

    /// Whether it is the text of a mail rather than a file.
    fn is_text(&self) -> bool {
        self.is_readable() && self.is_unnamed()
    }

    /// A multipart without parts is its own text.
    fn is_readable(&self) -> bool {
        matches!(self.media_type.as_str(), "text/plain" | "text/html") || self.media_type.starts_with("multipart/")
    }
}

/// The first name that came through whole, otherwise the first.
fn best_name(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| name::file_name(&name)).filter(|name| !name.is_empty()).collect();
    let whole = names.iter().find(|name| !name.contains(char::REPLACEMENT_CHARACTER) && !name.contains("??"));
    whole.or(names.first()).cloned().unwrap_or_default()
}

/// A nested message without a name is called after its subject.
fn subject_name(entity: &Entity<'_>) -> String {
    let subject = name::file_name(&words::decode(entity.get("subject").unwrap_or_default()).replace(['/', '\\'], "_"));
    format!("{}.eml", if subject.is_empty() { "无主题" } else { &subject })
}

/// The first plain text that says something, else the first text that does; the HTML of all.
fn alternative(bodies: Vec<Body>) -> Body {
    let html: String = bodies.iter().map(|body| body.html.as_str()).collect();
    let mut bodies: Vec<Body> = bodies.into_iter().filter(|body| !body.text.trim().is_empty()).collect();
    let chosen = bodies.iter().position(|body| body.plain).unwrap_or(0);
    let body = if chosen < bodies.len() { bodies.swap_remove(chosen) } else { Body::default() };
    Body { html, ..body }
}

/// All texts in their order.
fn mixed(bodies: Vec<Body>, limit: usize) -> Body {
    let mut whole = Body { plain: true, ..Body::default() };
    for body in bodies {
        if !body.text.trim().is_empty() {
            whole.plain &= body.plain;
            if !whole.text.is_empty() && !whole.text.ends_with('\n') {
                whole.text.push('\n');
            }
            whole.text.push_str(&body.text);
        }
        whole.html.push_str(&body.html);
    }
    Body { text: cut(whole.text, limit), html: cut(whole.html, limit), plain: whole.plain }
}

fn cut(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// HTML without pictures in `data:` links (RFC 2397), which would push the text past the limit.
fn without_data(html: &str) -> String {
    let mut pieces = html.split("data:image/");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("data:");
        out.push_str(piece.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || "+/=;,-.\n\r%".contains(character)));
    }
    out
}
