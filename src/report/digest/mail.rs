//! A digest as a mail: text, HTML with its chart (RFC 2387, RFC 2392), the one page and the ledger attached.
//!
//! It asks for no automatic answer (RFC 3834). Nothing is random: boundaries are made from the Message-ID.

use super::{html, page::Page, text};
use crate::intake::compose::mime::{alternative, field};
use crate::model::outbox::Rendered;
use lettre::message::{
    Attachment, Mailbox, MultiPart,
    header::{ContentType, HeaderName},
};

pub use crate::report::envelope::Envelope;

/// The chart's Content-ID.
const CHART: &str = "chart.digest@zhihui";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Why a digest could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Sender or recipient.
    #[error("地址无法使用：{0}")]
    Address(#[from] lettre::address::AddressError),
    /// The Message-ID.
    #[error("邮件编号无效")]
    MessageId,
    /// The template.
    #[error("周报正文无法生成：{0}")]
    Template(#[from] minijinja::Error),
    /// The mail itself.
    #[error("周报邮件无法生成：{0}")]
    Mail(#[from] lettre::error::Error),
}

/// Puts it together; `files` are names and bytes of `.docx` and `.xlsx` files.
pub fn mail(page: &Page, chart: &[u8], files: &[(String, Vec<u8>)], envelope: &Envelope) -> Result<Rendered, MailError> {
    let from: Mailbox = envelope.from.parse()?;
    let to: Mailbox = envelope.to.parse()?;
    let id = Some(envelope.message_id).filter(|_| envelope.is_named()).ok_or(MailError::MessageId)?;
    let png = ContentType::parse("image/png").unwrap_or(ContentType::TEXT_PLAIN);
    let related = MultiPart::related()
        .boundary(envelope.boundary("related"))
        .singlepart(alternative(ContentType::TEXT_HTML, html::html(page, html::Picture::Cid(CHART))?))
        .singlepart(Attachment::new_inline_with_name(CHART.to_owned(), "chart.png".to_owned()).body(chart.to_vec(), png));
    let body = MultiPart::alternative()
        .boundary(envelope.boundary("alternative"))
        .singlepart(alternative(ContentType::TEXT_PLAIN, text::text(page)))
        .multipart(related);
    let mixed = MultiPart::mixed().boundary(envelope.boundary("mixed")).multipart(body);
    let whole = files.iter().fold(mixed, |whole, (name, bytes)| {
        let kind = ContentType::parse(if name.ends_with(".xlsx") { XLSX } else { DOCX }).unwrap_or(ContentType::TEXT_PLAIN);
        whole.singlepart(Attachment::new(name.clone()).body(bytes.clone(), kind))
    });
    let recipient = to.email.to_string();
    let bytes = envelope
        .message(from, to, &page.subject)
        .raw_header(field(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .raw_header(field(HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned()))
        .multipart(whole)?
        .formatted();
    Ok(Rendered { message_id: id.to_owned(), to: recipient, subject: page.subject.clone(), bytes })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders};

    #[test]
    fn the_mail_has_its_parts_and_the_same_bytes_each_time() {
        let figures = sample::figures();
        let page = Page::of(&sample::digest(&figures));
        let files = [("案例征集周报（6月19日—25日）.docx".to_owned(), vec![1]), ("案例台账.xlsx".to_owned(), vec![2])];
        let envelope = Envelope {
            from: "案例征集 <cases@office.example>",
            to: "办公室 <office@office.example>",
            message_id: "<zhihui.00@office.example>",
            date: "2023-06-26T08:30:00+08:00".parse().unwrap(),
        };
        let whole = mail(&page, b"png", &files, &envelope).unwrap();
        assert_eq!(whole, mail(&page, b"png", &files, &envelope).unwrap());
        assert_eq!((whole.to.as_str(), whole.subject.as_str()), ("office@office.example", "【荆楚质汇】案例征集周报（6月19日—25日）"));
        let read = MessageParser::default().parse(&whole.bytes).unwrap();
        assert!(read.body_text(0).unwrap().contains("新收案例12件") && read.body_html(0).unwrap().contains("cid:chart.digest@zhihui"));
        let names: Vec<_> = read.attachments().filter_map(|part| part.attachment_name()).collect();
        assert_eq!(names, ["chart.png", "案例征集周报（6月19日—25日）.docx", "案例台账.xlsx"]);
        assert_eq!(read.attachments().next().unwrap().content_id(), Some("chart.digest@zhihui"));
        assert_eq!(read.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        let hostile = Envelope { message_id: "<a@b>\r\nBcc: <c@d>", ..envelope };
        assert!(matches!(mail(&page, b"", &[], &hostile), Err(MailError::MessageId)));
    }
}
