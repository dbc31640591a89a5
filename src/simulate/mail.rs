//! A mail as a unit's server hands it over: header fields (RFC 5322, RFC 2047) and parts in base64 (RFC 2045).

use crate::model::time;
use data_encoding::{BASE64, BASE64_MIME};
use jiff::Timestamp;
use std::fmt::Write;

/// How many characters one encoded word holds: 75 octets are allowed (RFC 2047 section 2).
const WORD: usize = 12;

/// What a mail is made of.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// When our server takes it.
    pub at: Timestamp,
    /// When its writer sent it.
    pub written: Timestamp,
    /// Which of the year it is, which makes its Message-ID.
    pub number: u64,
    /// The display name.
    pub name: String,
    /// The address.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The number of the mail that it answers.
    pub answers: Option<u64>,
    /// The text.
    pub text: String,
    /// Names and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// Further header fields, as machines write them.
    pub fields: Vec<(&'static str, &'static str)>,
    /// Which delivery of the same mail it is: only what transport adds differs.
    pub copy: u64,
}

impl Mail {
    /// The whole mail.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = String::new();
        let domain = self.from.rsplit_once('@').map_or("unit.example", |(_, domain)| domain);
        let mut field = |name: &str, value: &str| {
            let _ = write!(out, "{name}: {value}\r\n");
        };
        let received = time::local(self.at).strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
        field("Received", &format!("from mail.{domain} by mx.zhihui.example with ESMTP id S{}C{}; {received}", self.number, self.copy));
        field("From", &format!("{} <{}>", encoded(&self.name), self.from));
        field("To", "cases@zhihui.example");
        field("Subject", &encoded(&self.subject));
        field("Date", &time::local(self.written).strftime("%a, %d %b %Y %H:%M:%S %z").to_string());
        field("Message-ID", &format!("<{}@{domain}>", self.number));
        if let Some(answered) = self.answers {
            field("In-Reply-To", &format!("<{answered}@{domain}>"));
            field("References", &format!("<{answered}@{domain}>"));
        }
        self.fields.iter().for_each(|(name, value)| field(name, value));
        field("MIME-Version", "1.0");
        let boundary = format!("=_simulated_{}", self.number);
        field("Content-Type", &format!("multipart/mixed; boundary=\"{boundary}\""));
        let mut part = |head: &str, bytes: &[u8]| {
            let _ = write!(out, "\r\n--{boundary}\r\n{head}Content-Transfer-Encoding: base64\r\n\r\n{}", BASE64_MIME.encode(bytes));
        };
        part("Content-Type: text/plain; charset=\"utf-8\"\r\n", self.text.as_bytes());
        for (name, bytes) in &self.files {
            let name = encoded(name);
            let head = format!("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n");
            part(&head, bytes);
        }
        let _ = write!(out, "\r\n--{boundary}--\r\n");
        out.into_bytes()
    }
}

fn encoded(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let words = letters.chunks(WORD).map(|chunk| format!("=?utf-8?B?{}?=", BASE64.encode(chunk.iter().collect::<String>().as_bytes())));
    words.collect::<Vec<_>>().join("\r\n ")
}
