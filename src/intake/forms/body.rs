//! The mail's own content as files: some units paste the form into it.

use crate::intake::identity::sha256_hex;
use crate::intake::quote;
use crate::intake::unpack::{File, FileType};
use crate::intake::word_lists::WordLists;
use crate::model::document::Format;
use crate::model::message::Message;

/// What a form that stands in the mail's own text is called.
const BODY: &str = "邮件正文";

/// Its HTML comes first where that keeps the form's table, then its text. What it quotes is none of it, unless a
/// bureau sends the mail on.
pub(super) fn files(message: &Message, words: &WordLists) -> Vec<File> {
    let forwarded = words.forwarded.begins(&message.subject);
    let file = |format: Format, media_type: &str, content: &str| File {
        name: BODY.to_owned(),
        path: BODY.to_owned(),
        forwarded,
        file_type: FileType::Document(format),
        media_type: media_type.to_owned(),
        sha256: sha256_hex(content),
        bytes: content.as_bytes().to_vec(),
    };
    let (text, html) = match forwarded {
        true => (message.text.clone(), message.html.as_str()),
        false => (quote::own_text(&message.text), quote::own_html(&message.html)),
    };
    let table = html.as_bytes().windows(6).any(|window| window.eq_ignore_ascii_case(b"<table"));
    let html = table.then(|| file(Format::Html, "text/html", html));
    html.into_iter().chain(std::iter::once(file(Format::Text, "text/plain", &text))).collect()
}
