//! The parts of a message → its text, its files and its report (RFC 2045 to 2047, 2183, 2387).
//!
//! One walk down the tree with limits on depth, parts and header bytes; what is past a limit is left out and
//! said so. Every leaf that is not the text is a file. Nested messages are opened, their own text is only
//! kept for where the outer mail has none.

use crate::{
    intake::message::{
        Limits,
        body::{Body, alternative, cut, mixed, with_line_feeds, without_data},
        charset,
        field::{self, Budget, Entity},
        html,
        leaf::Part,
        msg, multipart, name,
        outlook::Outlook,
        report::Report,
        signed::{self, Cms},
        tnef, transfer, words,
    },
    model::message::{Attachment, Enclosed},
};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Mails within a mail whose words are kept.
const MOST_ENCLOSED: usize = 200;
/// How many inline references of an HTML body are remembered.
const REFERENCES: usize = 1000;

/// A file with the `Content-ID` by which HTML shows it.
struct Found {
    attachment: Attachment,
    content_id: Option<String>,
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

impl Place {
    /// The top of a message that is nested here.
    fn nested_in(&self, name: &str) -> Place {
        let within = self.within.iter().cloned().chain(std::iter::once(name.to_owned())).collect();
        Place { depth: self.depth + 1, within, parent: String::new() }
    }
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
    sealed: Option<&'static str>,
    /// The text of the first text part that has a name, for where there is no other.
    named: Body,
    /// The text of the first nested message, likewise.
    nested: Body,
    /// What the mails within this one say.
    enclosed: Vec<Enclosed>,
}

/// What a walk has gathered.
pub struct Content {
    /// The body.
    pub body: Body,
    /// The files in their order.
    pub attachments: Vec<Attachment>,
    /// What the mails within it say, whatever its own text is.
    pub enclosed: Vec<Enclosed>,
    /// The report.
    pub report: Option<Report>,
    /// By what the mail is encrypted, if it is.
    pub sealed: Option<&'static str>,
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
            sealed: None,
            named: Body::default(),
            nested: Body::default(),
            enclosed: Vec::new(),
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
        let attachments = self
            .found
            .into_iter()
            .map(|found| Attachment { inline: found.attachment.inline || is_shown(&found), ..found.attachment })
            .collect();
        let enclosed = self.enclosed;
        (entity, Content { body, attachments, enclosed, report: self.report, sealed: self.sealed, exceeded })
    }

    /// Keeps what a mail within this one says: of all such mails as much text as a mail's own may have, and as much HTML.
    fn enclose(&mut self, within: Vec<String>, body: &Body) {
        if body.text.trim().is_empty() {
            return;
        }
        let taken = |of: fn(&Enclosed) -> usize| self.enclosed.iter().map(of).sum::<usize>();
        if self.enclosed.len() >= MOST_ENCLOSED || taken(|mail| mail.text.len()) + body.text.len() > self.limits.text_bytes {
            return self.exceed("text");
        }
        let has_room = taken(|mail| mail.html.len()) + body.html.len() <= self.limits.text_bytes;
        let html = if has_room { body.html.clone() } else { String::new() };
        self.enclosed.push(Enclosed { within, text: body.text.clone(), html });
    }

    fn exceed(&mut self, limit: &'static str) {
        self.exceeded.get_or_insert(limit);
    }

    fn entity(&mut self, bytes: &[u8], place: &Place) -> Body {
        let entity = field::split(bytes, &mut self.budget);
        self.content(&entity, place)
    }

    fn content(&mut self, entity: &Entity<'_>, place: &Place) -> Body {
        let part = Part::of(entity, &place.parent);
        if part.media_type.starts_with("multipart/") {
            let declared = part.content_type.get("boundary");
            if let Some(boundary) = multipart::boundary(entity.body, declared.as_deref()) {
                return self.children(entity.body, &boundary, &part, place);
            }
        }
        match part.media_type.as_str() {
            "message/rfc822" | "message/global" if place.parent == "multipart/report" => self.returned(&part),
            "text/rfc822-headers" | "message/global-headers" => self.returned(&part),
            "message/delivery-status" | "message/global-delivery-status" => self.reported(&part),
            "message/disposition-notification" | "message/global-disposition-notification" => self.reported(&part),
            // What signs the part before it, and what a Mac keeps beside a file, are no files.
            _ if place.parent == "multipart/signed" && is_signature(&part.media_type) => {}
            "application/applefile" if place.parent == "multipart/appledouble" => {}
            _ => return self.leaf(part, place),
        }
        Body::default()
    }

    /// A part with content: told by its bytes, since types are often wrong.
    fn leaf(&mut self, part: Part<'_>, place: &Place) -> Body {
        let bytes = part.bytes();
        let kind = part.media_type.as_str();
        match kind {
            "message/rfc822" | "message/global" => return self.nested(&part, bytes, place),
            "application/pgp-encrypted" => self.sealed = Some("PGP"),
            "application/x-microsoft-rpmsg-message" => self.sealed = Some("RPMSG"),
            _ if part.is_text() && !is_binary(&bytes) => return self.text(&part, &bytes, place),
            _ if tnef::is_tnef(&bytes) => {
                if let Some(mail) = tnef::read(&bytes, 0) {
                    let body = mail.body(self.limits.text_bytes);
                    self.outlook(mail, body, &place.within);
                    return Body::default();
                }
            }
            _ if msg::is_msg(&bytes, &part.name) => {
                if let Some(mail) = msg::read(&bytes) {
                    let within = place.nested_in(&part.name).within;
                    let body = mail.body(self.limits.text_bytes);
                    self.enclose(within.clone(), &body);
                    self.outlook(mail, body, &within);
                    return Body::default();
                }
            }
            _ if kind.ends_with("pkcs7-mime") || part.has_extension("p7m") => match signed::read(&bytes) {
                Some(Cms::Signed(content)) if place.depth < self.limits.depth => {
                    return self.entity(&content, &Place { depth: place.depth + 1, ..place.clone() });
                }
                Some(Cms::Signed(_)) => self.exceed("depth"),
                Some(Cms::Encrypted) => self.sealed = Some("S/MIME"),
                Some(Cms::Detached) | None => {}
            },
            _ if part.has_extension("eml") && field::looks_like_message(&bytes) => return self.nested(&part, bytes, place),
            // Another rendering of the same text, such as `text/x-amp-html`.
            _ if place.parent == "multipart/alternative" && kind.starts_with("text/") && part.is_unnamed() => return Body::default(),
            _ => {}
        }
        self.attach(&part, bytes, place);
        Body::default()
    }

    /// A mail in Outlook's own format: its files are files of this mail, its text stands in where there is none.
    fn outlook(&mut self, mail: Outlook, body: Body, within: &[String]) {
        if self.named.text.trim().is_empty() {
            self.named = body;
        }
        for attachment in mail.into_attachments(within) {
            self.keep(attachment, None);
        }
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
    fn nested(&mut self, part: &Part<'_>, bytes: Cow<'_, [u8]>, place: &Place) -> Body {
        if place.depth >= self.limits.depth {
            self.exceed("depth");
            self.attach(part, bytes, place);
            return Body::default();
        }
        let entity = field::split(field::skip_leading(&bytes), &mut self.budget);
        if entity.fields.is_empty() {
            self.attach(part, bytes.clone(), place);
            return Body::default();
        }
        let subject = || name::mail_name(&words::decode(entity.get("subject").unwrap_or_default()));
        let name = if part.name.is_empty() { subject() } else { part.name.clone() };
        let inner = place.nested_in(&name);
        let body = self.content(&entity, &inner);
        // What a machine wrote, such as our own letters, is nobody's application (RFC 3834).
        if entity.get("auto-submitted").is_none_or(|how| how.trim().eq_ignore_ascii_case("no")) {
            self.enclose(inner.within, &body);
        }
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

    fn text(&mut self, part: &Part<'_>, bytes: &[u8], place: &Place) -> Body {
        let (mut files, bytes) = transfer::uuencoded(bytes);
        let (more, bytes) = transfer::yencoded(&bytes);
        files.extend(more);
        if bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP MESSAGE-----") {
            self.sealed = Some("PGP");
        }
        for file in files {
            let name = name::file_name(&words::decode(&charset::decode(&file.name, None)));
            let media_type = "application/octet-stream".into();
            self.keep(Attachment { name, within: place.within.clone(), media_type, inline: false, bytes: file.bytes }, None);
        }
        self.readable(part, &bytes)
    }

    fn readable(&mut self, part: &Part<'_>, bytes: &[u8]) -> Body {
        // Enough for a text of two or three bytes a character, and for HTML with pictures in it.
        let bytes = bytes.get(..self.limits.text_bytes.saturating_mul(8)).unwrap_or(bytes);
        let text = with_line_feeds(charset::decode(bytes, part.content_type.word("charset").as_deref()));
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

    fn attach(&mut self, part: &Part<'_>, bytes: Cow<'_, [u8]>, place: &Place) {
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

/// Whether a part without a name is a file although it claims to be text.
fn is_binary(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 9] = [
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0",
        b"%PDF-",
        b"Rar!\x1a\x07",
        b"7z\xbc\xaf",
        b"\xff\xd8\xff",
        b"\x89PNG",
        b"\x1f\x8b\x08",
        b"\x78\x9f\x3e\x22",
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

fn is_signature(kind: &str) -> bool {
    matches!(kind, "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature")
}
