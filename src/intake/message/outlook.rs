//! A mail in Outlook's own formats: what [`tnef`](super::tnef) and [`msg`](super::msg) both give ([MS-OXCMSG]).

use crate::intake::message::body::{Body, cut, without_data};
use crate::intake::message::{charset, html, name};
use crate::model::message::Attachment;

/// Mails within each other.
pub(super) const DEPTH: usize = 8;

/// `PidTagSubject`.
pub(super) const SUBJECT: u16 = 0x0037;
/// `PidTagBody`.
pub(super) const BODY: u16 = 0x1000;
/// `PidTagRtfCompressed`.
pub(super) const RTF: u16 = 0x1009;
/// `PidTagHtml`.
pub(super) const HTML: u16 = 0x1013;
/// `PidTagDisplayName`.
pub(super) const DISPLAY_NAME: u16 = 0x3001;
/// `PidTagAttachDataBinary` and `PidTagAttachDataObject`.
pub(super) const DATA: u16 = 0x3701;
/// `PidTagAttachFilename`, in eight and three characters.
pub(super) const SHORT_NAME: u16 = 0x3704;
/// `PidTagAttachLongFilename`.
pub(super) const LONG_NAME: u16 = 0x3707;

/// A mail.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// Its text as RTF, where it has a table: a form that was pasted into the mail.
    pub rtf: Option<Vec<u8>>,
    /// Its files.
    pub files: Vec<OutlookFile>,
}

/// A file of such a mail.
#[derive(Debug, Default)]
pub(super) struct OutlookFile {
    /// Its names, the best first.
    names: [String; 3],
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The mail that it is, if it is one.
    pub mail: Option<Box<Outlook>>,
}

impl OutlookFile {
    /// Takes a name by its property; others are none.
    pub fn name_by(&mut self, property: u16, text: &str) {
        let rank = match property {
            LONG_NAME => 0,
            SHORT_NAME => 1,
            DISPLAY_NAME => 2,
            _ => return,
        };
        if let Some(place) = self.names.get_mut(rank) {
            *place = name::file_name(text);
        }
    }

    /// The best name.
    pub fn name(&self) -> String {
        self.names.iter().find(|name| !name.is_empty()).cloned().unwrap_or_default()
    }

    /// Whether anything is in it.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.mail.is_none()
    }
}

impl Outlook {
    /// Its own text, as much as `limit` bytes.
    pub fn body(&self, limit: usize) -> Body {
        let text = if self.text.trim().is_empty() { html::to_text(&cut(without_data(&self.html), limit)) } else { self.text.clone() };
        let text = cut(text.replace("\r\n", "\n").replace('\0', ""), limit);
        Body { text, html: cut(self.html.clone(), limit), plain: true }
    }

    /// All files, those of mails within with the names of these before them.
    pub fn into_attachments(self, within: &[String]) -> Vec<Attachment> {
        let mut found = Vec::new();
        let attachment = |name: String, media_type: &str, bytes| Attachment {
            name,
            within: within.to_vec(),
            media_type: media_type.into(),
            inline: false,
            bytes,
        };
        // Not a file that somebody attached, so that it counts as shown within the mail.
        found.extend(self.rtf.map(|bytes| Attachment { inline: true, ..attachment("邮件正文.rtf".into(), "application/rtf", bytes) }));
        for file in self.files {
            let name = file.name();
            match file.mail {
                Some(mail) => {
                    let own = if name.is_empty() { name::mail_name(&mail.subject) } else { name };
                    found.extend(mail.into_attachments(&[within, &[own]].concat()));
                }
                None => found.push(attachment(name, "application/octet-stream", file.bytes)),
            }
        }
        found
    }
}

/// UTF-16 with its NUL at the end.
pub(super) fn utf16(bytes: &[u8]) -> String {
    encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0.trim_end_matches('\0').to_owned()
}

/// 8-bit text in a Windows code page, with its NUL at the end.
pub(super) fn eight_bit(bytes: &[u8], codepage: u32) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let label = match codepage {
        936 => Some("gbk"),
        54936 => Some("gb18030"),
        950 => Some("big5"),
        65001 => Some("utf-8"),
        _ => None,
    };
    charset::decode(bytes, label)
}

/// RTF out of its compressed form ([MS-OXRTFCP]), if it has a table.
pub(super) fn rtf_with_table(bytes: &[u8]) -> Option<Vec<u8>> {
    let rtf = rtf(bytes)?;
    rtf.windows(6).any(|window| window == b"\\trowd").then_some(rtf)
}

/// What the dictionary begins with.
const PRELOAD: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// The most RTF that is taken out: a reference of 2 bytes gives 17 at most.
const RTF_BYTES: usize = 8 << 20;

fn rtf(bytes: &[u8]) -> Option<Vec<u8>> {
    let kind = bytes.get(8..12)?;
    let mut rest = bytes.get(16..)?;
    if kind == b"MELA" {
        return Some(rest.to_vec());
    }
    if kind != b"LZFu" {
        return None;
    }
    let mut dictionary = [0_u8; 4096];
    dictionary.get_mut(..PRELOAD.len())?.copy_from_slice(PRELOAD);
    let mut at = PRELOAD.len();
    let mut out = Vec::new();
    while let Some((control, tail)) = rest.split_first() {
        rest = tail;
        for bit in 0..8 {
            let (count, from) = if control >> bit & 1 == 0 {
                let Some((literal, tail)) = rest.split_first() else { return Some(out) };
                rest = tail;
                *dictionary.get_mut(at)? = *literal;
                (1, at)
            } else {
                let Some(([high, low], tail)) = rest.split_first_chunk::<2>() else { return Some(out) };
                rest = tail;
                let reference = u16::from_be_bytes([*high, *low]);
                let offset = usize::from(reference >> 4);
                if offset == at || out.len() > RTF_BYTES {
                    return Some(out);
                }
                (usize::from(reference & 0xF) + 2, offset)
            };
            for step in 0..count {
                let byte = *dictionary.get((from + step) % 4096)?;
                *dictionary.get_mut(at)? = byte;
                at = (at + 1) % 4096;
                out.push(byte);
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_rtf_is_read() {
        // The two examples of [MS-OXRTFCP] section 4.
        let plain = b"\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125\x42\x32\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
        assert_eq!(rtf(plain).as_deref(), Some(&b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"[..]));
        let crossing = b"\x1a\x00\x00\x00\x1c\x00\x00\x00LZFu\xe2\xd4\x4b\x51\x41\x00\x04\x20WXYZ\x0d\x6e\x7d\x01\x0e\xb0";
        assert_eq!(rtf(crossing).as_deref(), Some(&b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"[..]));
        assert_eq!(rtf_with_table(plain), None);
    }
}
