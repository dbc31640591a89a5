//! What kind of mail it is: a bounce before a receipt, before an automatic reply, before bulk; only what a
//! person sent is looked into (RFC 3834, RFC 3464, RFC 8098, and what Chinese providers do instead).

use crate::intake::message::Parsed;
use crate::model::campaign::Words;
use crate::model::message::{Kind, Message};

/// The kind of a mail that a machine sent; none for a person's.
///
/// Bulk is told apart by [`is_bulk`], after the files were looked into: a form sent through a list is a form.
pub fn automatic(parsed: &Parsed, words: &Words) -> Option<Kind> {
    let message = &parsed.message;
    let null_return_path = message.field("return-path").is_some_and(|path| path.trim() == "<>");
    let bare = message.attachments.is_empty();
    if is_bounce(parsed, words, null_return_path) {
        return Some(Kind::Bounce);
    }
    let disposition = message.content_type == "multipart/report" && message.report_type.as_deref() == Some("disposition-notification");
    if disposition || (bare && starts_with_any(&message.subject, &words.read_receipt)) {
        return Some(Kind::ReadReceipt);
    }
    let told = says_automatic(message);
    let looks = bare && starts_with_any(&message.subject, &words.auto_reply);
    (told || looks || (null_return_path && bare)).then_some(Kind::AutoReply)
}

fn is_bounce(parsed: &Parsed, words: &Words, null_return_path: bool) -> bool {
    let message = &parsed.message;
    let status = message.content_type == "multipart/report" && message.report_type.as_deref() == Some("delivery-status");
    let local = message.from.address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let daemon = matches!(local.as_str(), "mailer-daemon" | "postmaster" | "maildaemon" | "mail-daemon");
    let worded = starts_with_any(&message.subject, &words.bounce);
    status || (daemon && (null_return_path || worded)) || (worded && null_return_path)
}

/// `Auto-Submitted` (RFC 3834 section 5), and the header fields that providers use in its place.
///
/// `X-Auto-Response-Suppress` is no sign: Outlook puts it on mails of people.
fn says_automatic(message: &Message) -> bool {
    let submitted = message.field("auto-submitted").is_some_and(|value| !value.trim().to_ascii_lowercase().starts_with("no"));
    let precedence = message.field("precedence").is_some_and(|value| value.trim().eq_ignore_ascii_case("auto_reply"));
    let own = [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponse",
        "x-auto-reply",
        "x-qq-autoreply",
        "x-mail-autoreply",
        "x-netease-autoreply",
        "x-coremail-autoreply",
    ];
    submitted || precedence || own.iter().any(|name| message.field(name).is_some_and(|value| !matches!(value.trim(), "0" | "no" | "false")))
}

/// A list's or a newsletter's mail (RFC 2919, RFC 2369).
pub fn is_bulk(message: &Message) -> bool {
    let precedence =
        message.field("precedence").is_some_and(|value| matches!(value.trim().to_ascii_lowercase().as_str(), "bulk" | "list" | "junk"));
    precedence || message.field("list-id").is_some() || message.field("list-unsubscribe").is_some()
}

/// Whether a mail plainly means to submit, though no form was found in it.
pub fn means_to_submit(message: &Message, words: &Words) -> bool {
    let files = message.attachments.iter().any(|file| !file.inline);
    let names = message.attachments.iter().filter(|file| !file.inline).map(|file| file.name.as_str());
    let says = contains_any(&message.subject, &words.submission) || contains_any(&message.text, &words.submission);
    let named = names.clone().any(|name| [&words.form_names, &words.scan_names].iter().any(|list| contains_any(name, list)));
    let asks = contains_any(&message.subject, &words.inquiry) || contains_any(&message.text, &words.inquiry);
    if files { says || named } else { says && !asks && has_link(message, words) || says_attached(message) && says && !asks }
}

/// “附件” in a mail without one: it was forgotten.
fn says_attached(message: &Message) -> bool {
    ["附件", "见附", "随信", "现报送", "现将", "请查收", "请查阅", "请审阅"].iter().any(|word| message.text.contains(word))
}

/// Whether a link stands where files should (超大附件).
pub fn has_link(message: &Message, words: &Words) -> bool {
    contains_any(&message.html, &words.large_attachment) || contains_any(&message.text, &words.large_attachment)
}

/// Whether it answers an earlier mail: by its header, its subject or a case number.
pub fn answers_earlier(message: &Message, mentions: &[String]) -> bool {
    let reply = ["re:", "re：", "回复:", "回复：", "答复:", "答复："]
        .iter()
        .any(|prefix| message.subject.trim().to_lowercase().starts_with(prefix));
    !message.in_reply_to.is_empty() || !message.references.is_empty() || reply || !mentions.is_empty()
}

/// Whether a text holds one of the words, letter case aside.
pub fn contains_any(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| !word.is_empty() && text.contains(&word.to_lowercase()))
}

fn starts_with_any(text: &str, words: &[String]) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '[' | '【' | '(' | '（')).to_lowercase();
    words.iter().any(|word| !word.is_empty() && text.starts_with(&word.to_lowercase()))
}
