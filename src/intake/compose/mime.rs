//! Builds the mail: header fields (RFC 5322), alternatives and attachment (RFC 2046), marked as an
//! automatic reply (RFC 3834) that asks for no automatic answer (MS-OXCMAIL 2.2.3.1.14).
//!
//! Nothing here is random or read from a clock: boundaries are made from the Message-ID.

use super::{ComposeError, Letter, LetterAttachment, LetterKind};
use crate::model::outbox::Rendered;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};
use std::time::{Duration, UNIX_EPOCH};

/// Word's own media type.
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// The longest message identifier that is repeated: with it a header line stays below 998 octets (RFC 5322 2.1.1).
const LONGEST_ID: usize = 900;
/// The most identifiers of a thread that are repeated.
const MOST_REFERENCES: usize = 20;

pub(super) fn build(
    letter: &Letter,
    subject: &str,
    text: String,
    html: String,
    attachments: Vec<LetterAttachment>,
) -> Result<Rendered, ComposeError> {
    let to: Address = letter.to.address.parse().map_err(|_| ComposeError::Recipient)?;
    let from: Mailbox = letter.from.parse().map_err(|_| ComposeError::Sender)?;
    let message_id = Some(letter.message_id).filter(|id| is_message_id(id)).ok_or(ComposeError::MessageId)?;
    let alternative = MultiPart::alternative()
        .boundary(boundary(message_id, "alternative"))
        .singlepart(alternative(ContentType::TEXT_PLAIN, text))
        .singlepart(alternative(ContentType::TEXT_HTML, html));
    let body = if attachments.is_empty() {
        alternative
    } else {
        let mixed = MultiPart::mixed().boundary(boundary(message_id, "mixed")).multipart(alternative);
        attachments.into_iter().fold(mixed, |body, file| {
            let media_type = ContentType::parse(DOCX).unwrap_or(ContentType::TEXT_PLAIN);
            body.singlepart(Attachment::new(file.name).body(file.bytes, media_type))
        })
    };
    let recipient = to.to_string();
    let mut builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(subject)
        .raw_header(field(HeaderName::new_from_ascii_str("Message-ID"), message_id.to_owned()))
        .date(UNIX_EPOCH + since_epoch(letter.date))
        .raw_header(field(HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned()));
    let reply_to = &letter.campaign.office.reply_to;
    if !reply_to.is_empty() {
        builder = builder.reply_to(reply_to.parse().map_err(|_| ComposeError::Sender)?);
    }
    // An answer is a person's (RFC 3834 section 5).
    if letter.kind != LetterKind::Answer {
        builder = builder.raw_header(field(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-replied".to_owned()));
    }
    if let Some(answered) = letter.in_reply_to.filter(|id| is_message_id(id)) {
        builder = builder
            .raw_header(field(HeaderName::new_from_ascii_str("In-Reply-To"), answered.to_owned()))
            .raw_header(field(HeaderName::new_from_ascii_str("References"), references(letter.references, answered)));
    }
    let bytes = builder.multipart(body)?.formatted();
    Ok(Rendered { message_id: message_id.to_owned(), to: recipient, subject: subject.to_owned(), bytes })
}

/// How long after the epoch; the `Date` field can't say a day before 1970.
pub(crate) fn since_epoch(at: Timestamp) -> Duration {
    Duration::from_secs(at.as_second().try_into().unwrap_or_default())
}

/// Base64 throughout: Chinese text gains nothing from quoted-printable, and no line can look like a boundary.
pub(crate) fn alternative(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(text)
}

pub(crate) fn boundary(message_id: &str, part: &str) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(format!("{part} {message_id}")));
    digest.chars().take(32).collect()
}

/// A field whose value is known to be printable ASCII, folded already. Folding by words, as lettre does,
/// would turn a long message identifier into encoded words, which RFC 2047 section 5 forbids there.
pub(crate) fn field(name: HeaderName, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value)
}

/// The answered mail's references and itself (RFC 5322 section 3.6.4): the first, which names the thread, and the latest.
fn references(earlier: &[String], answered: &str) -> String {
    let mut ids: Vec<&str> = earlier.iter().map(String::as_str).filter(|id| is_message_id(id) && *id != answered).collect();
    ids.push(answered);
    let surplus = ids.len().saturating_sub(MOST_REFERENCES);
    let kept = ids.iter().enumerate().filter(|(at, _)| *at == 0 || *at > surplus).map(|(_, id)| *id);
    kept.collect::<Vec<_>>().join("\r\n ")
}

/// `<left@right>` of printable ASCII without blanks: what others write is not always that.
pub(crate) fn is_message_id(id: &str) -> bool {
    let inner = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.is_some_and(|inner| {
        inner.len() <= LONGEST_ID && inner.contains('@') && inner.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proper_identifiers_reach_a_header_field() {
        assert!(is_message_id("<a@b>"));
        for bad in ["a@b", "<a b@c>", "<a@b>\r\nBcc: <c@d>", "<a\r\n@b>", "<中@b>", "<>", "<ab>", "<a@b><c@d>"] {
            assert!(!is_message_id(bad), "{bad:?}");
        }
    }

    #[test]
    fn references_keep_the_first_and_the_latest() {
        let earlier: Vec<String> = (0..50).map(|n| format!("<{n}@x>")).collect();
        let kept = references(&earlier, "<50@x>");
        let kept: Vec<&str> = kept.split("\r\n ").collect();
        assert_eq!((kept.len(), kept[0], kept[1], kept[19]), (20, "<0@x>", "<32@x>", "<50@x>"));
    }
}
