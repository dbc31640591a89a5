//! `winmail.dat` → a mail's files and text ([MS-OXTNEF]).
//!
//! A stream is a list of attributes, two of which hold lists of MAPI properties. Names and lengths are the
//! sender's: nothing is taken past the end, and what doesn't fit ends the reading.

use crate::intake::message::outlook::{self, DATA, DEPTH, Outlook, OutlookFile, eight_bit, utf16};

const SIGNATURE: &[u8] = b"\x78\x9f\x3e\x22";
/// Attributes and properties that are looked at.
const ITEMS: usize = 20_000;
/// The interface of a mail in `PidTagAttachDataObject`, first bytes.
const MESSAGE: &[u8] = b"\x07\x03\x02\x00";

/// Whether bytes are a TNEF stream.
pub(super) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// Reads a stream; `depth` counts mails within each other.
pub(super) fn read(bytes: &[u8], depth: usize) -> Option<Outlook> {
    let mut rest = bytes.strip_prefix(SIGNATURE).and_then(|rest| rest.get(2..))?;
    let (mut mail, mut codepage, mut file) = (Outlook::default(), 0, None::<OutlookFile>);
    for _ in 0..ITEMS {
        let Some((identifier, data, tail)) = attribute(rest) else { break };
        rest = tail;
        match identifier & 0xFFFF {
            // attAttachRenddata begins a file.
            0x9002 => mail.files.extend(file.replace(OutlookFile::default())),
            // attOemCodepage
            0x9007 => codepage = Cursor(data).number32().unwrap_or_default(),
            // attSubject
            0x8004 => mail.subject = eight_bit(data, codepage),
            // attBody
            0x800C => mail.text = eight_bit(data, codepage),
            // attMsgProps
            0x9003 => message_properties(data, codepage, &mut mail),
            // attAttachTitle
            0x8010 => file.get_or_insert_default().name_by(outlook::SHORT_NAME, &eight_bit(data, codepage)),
            // attAttachData
            0x800F => file.get_or_insert_default().bytes = data.to_vec(),
            // attAttachment
            0x9005 => file_properties(data, codepage, depth, file.get_or_insert_default()),
            _ => {}
        }
    }
    mail.files.extend(file);
    mail.files.retain(|file| !file.is_empty());
    Some(mail)
}

/// The next attribute: its identifier, its data, and what follows its checksum. Data that is cut off counts.
fn attribute(rest: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let mut cursor = Cursor(rest.get(1..)?);
    let identifier = cursor.number32()?;
    let length = cursor.number32()? as usize;
    let data = cursor.0.get(..length).unwrap_or(cursor.0);
    Some((identifier, data, cursor.0.get(length.saturating_add(2)..).unwrap_or_default()))
}

fn message_properties(data: &[u8], codepage: u32, mail: &mut Outlook) {
    properties(data, &mut |property, kind, value| match property {
        outlook::SUBJECT => mail.subject = text(kind, value, codepage),
        outlook::BODY => mail.text = text(kind, value, codepage),
        outlook::HTML => mail.html = text(kind, value, codepage),
        outlook::RTF => mail.rtf = outlook::rtf_with_table(value),
        _ => {}
    });
}

fn file_properties(data: &[u8], codepage: u32, depth: usize, file: &mut OutlookFile) {
    properties(data, &mut |property, kind, value| match property {
        // An object's first 16 bytes name its interface.
        DATA if kind == 0x0D && value.starts_with(MESSAGE) && depth < DEPTH => {
            file.mail = value.get(16..).and_then(|stream| read(stream, depth + 1)).map(Box::new);
        }
        DATA if kind == 0x0D => file.bytes = value.get(16..).unwrap_or_default().to_vec(),
        DATA => file.bytes = value.to_vec(),
        _ => file.name_by(property, &text(kind, value, codepage)),
    });
}

fn text(kind: u16, value: &[u8], codepage: u32) -> String {
    if kind == 0x1F { utf16(value) } else { eight_bit(value, codepage) }
}

/// Gives the first value of every property: its identifier, its type and its bytes.
fn properties(data: &[u8], each: &mut dyn FnMut(u16, u16, &[u8])) -> Option<()> {
    let mut cursor = Cursor(data);
    let count = cursor.number32()?;
    for _ in 0..count.min(ITEMS as u32) {
        let kind = cursor.number16()?;
        let property = cursor.number16()?;
        if property >= 0x8000 {
            named(&mut cursor)?;
        }
        let (several, kind) = (kind & 0x1000 != 0, kind & !0x1000);
        let fixed = match kind {
            0x02 | 0x03 | 0x04 | 0x0A | 0x0B => Some(4),
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
            0x48 => Some(16),
            0x0D | 0x1E | 0x1F | 0x102 => None,
            _ => return None,
        };
        let values = if several || fixed.is_none() { cursor.number32()? } else { 1 };
        for value in 0..values.min(ITEMS as u32) {
            let length = match fixed {
                Some(length) => length,
                None => cursor.number32()? as usize,
            };
            let bytes = cursor.take(length)?;
            cursor.skip_padding(length);
            if value == 0 {
                each(property, kind, bytes);
            }
        }
    }
    Some(())
}

/// The name of a named property: a set, and a number or a text.
fn named(cursor: &mut Cursor<'_>) -> Option<()> {
    cursor.take(16)?;
    if cursor.number32()? == 0 {
        cursor.number32()?;
        return Some(());
    }
    let length = cursor.number32()? as usize;
    cursor.take(length)?;
    cursor.skip_padding(length);
    Some(())
}

/// Little-endian numbers from the front.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn number32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// Values are padded to four bytes.
    fn skip_padding(&mut self, length: usize) {
        let padding = length.wrapping_neg() % 4;
        self.0 = self.0.get(padding..).unwrap_or_default();
    }
}
