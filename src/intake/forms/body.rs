//! The mail's own content as files: some units paste the form into it.

use crate::intake::identity::sha256_hex;
use crate::intake::quote;
use crate::intake::unpack::{File, FileType};
use crate::intake::word_lists::WordLists;
use crate::model::document::Format;
use crate::model::message::Message;

/// What a form that stands in the mail's own text is called.
const BODY: &str = "邮件正文";

/// What HTML may keep that its text loses: tables, and words that are struck out or set off.
const KEPT: [&[u8]; 9] = [b"<table", b"<s>", b"<strike", b"<del", b"line-through", b"<b>", b"<strong", b"<u>", b"font-weight"];

/// Its HTML comes first where it keeps what the text loses, then its text. What it quotes is none of it, unless a
/// bureau sends the mail on.
pub(super) fn files(message: &Message, words: &WordLists) -> Vec<File> {
    let forwarded = words.forwarded.begins(&message.subject);
    let (text, html) = match forwarded {
        true => (quote::sent_on_text(&message.text), quote::sent_on_html(&message.html)),
        false => (quote::own_text(&message.text), quote::own_html(&message.html).to_owned()),
    };
    renderings(&text, &html, &[], forwarded)
}

/// What the mails say that it holds, likewise: a bureau sends on as a file what a unit wrote. Of several with one name each
/// gets its number.
pub(super) fn enclosed(message: &Message) -> Vec<File> {
    let mut files = Vec::new();
    for (at, mail) in message.enclosed.iter().enumerate() {
        let same = message.enclosed.iter().take(at).filter(|earlier| earlier.within == mail.within).count();
        let mut within = mail.within.clone();
        if let Some(name) = within.last_mut().filter(|_| same > 0) {
            *name = format!("{name}（{}）", same + 1);
        }
        files.extend(renderings(&quote::sent_on_text(&mail.text), &quote::sent_on_html(&mail.html), &within, true));
    }
    files
}

/// Whether it is the mail's own text, and no enclosed mail's.
pub(super) fn is_own(file: &File) -> bool {
    file.path == BODY
}

fn renderings(text: &str, html: &str, within: &[String], forwarded: bool) -> Vec<File> {
    let file = |format: Format, media_type: &str, content: &str| File {
        name: BODY.to_owned(),
        path: within.iter().map(String::as_str).chain(std::iter::once(BODY)).collect::<Vec<_>>().join("/"),
        forwarded,
        file_type: FileType::Document(format),
        media_type: media_type.to_owned(),
        sha256: sha256_hex(content),
        bytes: content.as_bytes().to_vec(),
    };
    let keeps = |what: &[u8]| html.as_bytes().windows(what.len()).any(|window| window.eq_ignore_ascii_case(what));
    let html = KEPT.iter().any(|what| keeps(what)).then(|| file(Format::Html, "text/html", html));
    html.into_iter().chain(std::iter::once(file(Format::Text, "text/plain", text))).collect()
}
