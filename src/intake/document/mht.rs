//! A web page in one file (MHTML, RFC 2557), as Word saves it under a `.doc` name, becomes a [`Document`].
//!
//! It is a mail in its form: the mail's reader takes it apart, and the HTML's reader reads it. Where its pictures
//! stand isn't told: see `unplaced`.

use super::{Limits, ReadError, html, unplaced};
use crate::intake::message::{self, Limits as MessageLimits};
use crate::model::document::{Document, Inline, Picture};

/// How far into a file its header is looked for.
const HEAD_BYTES: usize = 2 << 10;

/// Whether a file begins like a mail that holds a page: with words, no other format's bytes.
pub(super) fn is_mht(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(HEAD_BYTES)).unwrap_or_default();
    let first = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    // Every document is asked: most are told by this.
    if !first.first().is_some_and(u8::is_ascii_alphabetic) || !first.iter().take(4).all(|byte| matches!(byte, b' '..=b'~')) {
        return false;
    }
    let head = head.to_ascii_lowercase();
    let has = |wanted: &[u8]| head.windows(wanted.len()).any(|window| window == wanted);
    has(b"mime-version:") && (has(b"multipart/related") || has(b"text/html"))
}

/// Reads a file into a document.
///
/// # Errors
/// [`ReadError::TooLarge`] where a limit was met, [`ReadError::Corrupt`] where it holds no page.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    // Of its HTML the reader takes eight times as much into hand, to have enough where pictures stand in it.
    let text_bytes = usize::try_from(limits.bytes_unpacked / 16).unwrap_or(usize::MAX);
    let parsed = message::read(bytes, &MessageLimits { text_bytes, depth: 4, ..MessageLimits::default() });
    if parsed.message.html.trim().is_empty() {
        return Err(ReadError::Corrupt("a page without HTML".into()));
    }
    let mut document = html::read_text(&parsed.message.html, limits)?;
    let pictures = parsed.message.attachments.into_iter().filter(|file| file.media_type.starts_with("image/") && !file.bytes.is_empty());
    document.pictures = pictures.map(|file| Picture { name: file.name, bytes: file.bytes, floating: true }).collect();
    unplaced::place((0..document.pictures.len()).map(Inline::Picture).collect(), &mut document.blocks);
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\n\
        Content-Location: file:///C:/x.htm\r\nContent-Transfer-Encoding: quoted-printable\r\n\
        Content-Type: text/html; charset=\"gb2312\"\r\n\r\n<html><body><table><tr><td>=B0=B8=C0=FD=CC=E2=C4=BF</td>\
        <td>=BC=C6=C1=BF=C7=BF=BB=F9</td></tr></table></body></html>\r\n--b\r\nContent-Type: image/png\r\n\
        Content-Transfer-Encoding: base64\r\nContent-Location: file:///C:/x.files/image001.png\r\n\r\nUE5H\r\n--b--\r\n";

    #[test]
    fn a_page_is_read_with_its_pictures() {
        assert!(is_mht(PAGE.as_bytes()) && !is_mht(b"MIME-Version: 1.0\r\n\r\nx"));
        let document = read(PAGE.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(document.text(), "案例题目\n计量强基\n\n");
        assert_eq!(document.pictures.iter().map(|picture| picture.bytes.as_slice()).collect::<Vec<_>>(), [b"PNG"]);
        assert!(matches!(read(b"MIME-Version: 1.0\r\n\r\n", &Limits::default()), Err(ReadError::Corrupt(_))));
    }
}
