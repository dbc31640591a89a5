//! What came otherwise than by mail, as a mail of the office to itself (RFC 5322, RFC 2046), so that it goes the way of
//! every other: read by the same rules, kept as it came, read again under other rules.
//!
//! The same files, instant and way give the same bytes, so entering them twice is noticed.

use crate::intake::compose::mime::{boundary, field, since_epoch};
use crate::intake::identity::sha256_hex;
use crate::model::address::Address;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use std::time::UNIX_EPOCH;

/// What was handed in.
#[derive(Debug, Clone)]
pub struct Handed {
    /// By which way it came: 微信, OA, 传真, 纸质.
    pub way: String,
    /// When, as a person says.
    pub received: Timestamp,
    /// The number of the case that it belongs to; none where the files tell.
    pub case: Option<String>,
    /// Names and bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why it can't be made a mail.
#[derive(Debug, thiserror::Error)]
#[error("what was handed in can't be made a mail: {0}")]
pub struct HandedError(String);

impl Handed {
    /// The mail.
    pub fn mail(&self, own: &Address) -> Result<Vec<u8>, HandedError> {
        let fault = |error: &dyn std::fmt::Display| HandedError(error.to_string());
        let address: lettre::Address = own.address.parse().map_err(|error| fault(&error))?;
        let mailbox = Mailbox::new(None, address);
        let hashes: Vec<String> = self.files.iter().map(|(name, bytes)| format!("{name} {}", sha256_hex(bytes))).collect();
        let at = self.received.to_string();
        let whole = self.case.iter().chain([&self.way, &at]).chain(&hashes).map(String::as_str);
        let token = sha256_hex(whole.collect::<Vec<_>>().join("\n").as_bytes());
        let message_id = format!("<handed.{}@{}>", token.get(..32).unwrap_or_default(), own.domain());
        let of_case = self.case.as_ref().map(|number| format!("，属案例 {number}")).unwrap_or_default();
        let text =
            SinglePart::builder().header(ContentType::TEXT_PLAIN).body(format!("经{}报送的典型案例申报材料{of_case}。\r\n", self.way));
        let mixed = MultiPart::mixed().boundary(boundary(&message_id, "mixed")).singlepart(text);
        let bytes = ContentType::parse("application/octet-stream").map_err(|error| fault(&error))?;
        let body = self
            .files
            .iter()
            .fold(mixed, |body, (name, content)| body.singlepart(Attachment::new(name.clone()).body(content.clone(), bytes.clone())));
        let mail = lettre::Message::builder()
            .from(mailbox.clone())
            .to(mailbox)
            .subject(format!("报送典型案例申报材料（{}）", self.way))
            .raw_header(field(HeaderName::new_from_ascii_str("Message-ID"), message_id))
            .date(UNIX_EPOCH + since_epoch(self.received))
            .multipart(body);
        Ok(mail.map_err(|error| fault(&error))?.formatted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders};

    #[test]
    fn the_same_files_give_the_same_mail_and_come_out_as_they_went_in() {
        let own = Address { name: None, address: "cases@hubei.example".into() };
        let files = vec![("申报表（盖章）.jpg".to_owned(), vec![0, 13, 10, 255]), ("a\"\r\nBcc: x@y.docx".into(), b"PK".to_vec())];
        let handed = Handed { way: "微信".into(), received: "2023-06-30T10:00:00+08:00".parse().unwrap(), case: None, files };
        let raw = handed.mail(&own).unwrap();
        assert_eq!(raw, handed.mail(&own).unwrap());
        assert_ne!(raw, Handed { way: "OA".into(), ..handed.clone() }.mail(&own).unwrap());
        let of_case = Handed { case: Some("JCZH-2023-0001".into()), ..handed.clone() };
        let told = |raw: &[u8]| MessageParser::default().parse(raw).unwrap().body_text(0).unwrap().contains("属案例 JCZH-2023-0001");
        assert!(told(&of_case.mail(&own).unwrap()) && !told(&raw));
        let mail = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(mail.attachment_count(), 2);
        assert_eq!(mail.attachment(0).unwrap().contents(), [0, 13, 10, 255]);
        assert_eq!(mail.attachment(0).unwrap().attachment_name(), Some("申报表（盖章）.jpg"));
        assert!(mail.header("Bcc").is_none());
    }
}
