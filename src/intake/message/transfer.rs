//! Transfer-encoded bodies → bytes (RFC 2045 section 6; uuencode after POSIX), never failing.
//!
//! Line breaks of quoted-printable become CRLF, as RFC 2045 section 6.7 says, whatever the store did to
//! the mail's own. Bodies without an encoding stay as they are.

use mail_parser::decoders::base64::base64_decode;
use std::borrow::Cow;

/// The body without its `Content-Transfer-Encoding`.
pub fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    let token: String = encoding.trim().chars().take_while(|character| !character.is_whitespace() && !";(".contains(*character)).collect();
    match token.to_ascii_lowercase().as_str() {
        "base64" => base64(body).into(),
        "quoted-printable" => quoted_printable(body).into(),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => match uuencoded(body).0.pop() {
            Some(file) => file.bytes.into(),
            None => body.into(),
        },
        _ => body.into(),
    }
}

/// How much base64 is decoded at a time.
const STEP: usize = 64 << 10;

/// Base64 with blanks, missing padding and stray characters forgiven. What follows padding counts only
/// while it is base64 too: lists and scanners write their footers there.
pub fn base64(body: &[u8]) -> Vec<u8> {
    // The library forgives blanks, and takes 0xFF for the end.
    let plain = if memchr::memchr(0xFF, body).is_none() { base64_decode(body) } else { None };
    plain.unwrap_or_else(|| base64_among_others(body))
}

/// The same where there is something else among it.
fn base64_among_others(body: &[u8]) -> Vec<u8> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() | matches!(byte, b'+' | b'/' | b'=');
    // No early end: so the compiler looks at many bytes at a time.
    let is_clean = |line: &[u8]| line.iter().fold(true, |clean, byte| clean & is_base64(byte));
    let (mut out, mut clean, mut padded) = (Vec::with_capacity(body.len() / 4 * 3), Vec::new(), false);
    for line in lines(body) {
        let line = line.trim_ascii();
        if is_clean(line) {
            clean.extend_from_slice(line);
        } else if clean.ends_with(b"=") {
            break;
        } else {
            clean.extend(line.iter().copied().filter(is_base64));
        }
        padded |= line.contains(&b'=');
        // Groups of four stand by themselves until padding comes: so a large file is never held twice.
        if clean.len() >= STEP && !padded {
            let rest = clean.split_off(clean.len() / 4 * 4);
            out.extend(base64_decode(&clean).unwrap_or_default());
            clean = rest;
        }
    }
    out.extend(base64_decode(&clean).unwrap_or_default());
    out
}

/// The lines of some bytes, each with its end.
pub(in crate::intake) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, tail) = rest.split_at_checked(end)?;
        rest = tail;
        (!line.is_empty()).then_some(line)
    })
}

/// Quoted-printable with broken escapes kept as they stand.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii_end();
        let (content, soft) = match content.strip_suffix(b"=") {
            Some(content) => (content, true),
            None => (content, false),
        };
        out.extend(hexadecimal(content, b'='));
        if !soft && line.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

/// Bytes written as an escape and two hexadecimal digits; an escape without them stands for itself.
pub fn hexadecimal(text: &[u8], escape: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if byte == escape => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A file that stood encoded in a text.
pub struct Encoded {
    /// The name as written.
    pub name: Vec<u8>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The uuencoded files of a text, and the text without them. A file needs its `end`, so that a sentence
/// that opens with “begin” is none.
pub fn uuencoded(body: &[u8]) -> (Vec<Encoded>, Cow<'_, [u8]>) {
    let mut files = Vec::new();
    if memchr::memmem::find(body, b"begin ").is_none() {
        return (files, body.into());
    }
    let mut text = Vec::new();
    // The file in hand, and where it began: its lines are put back if it turns out to be none.
    let mut open: Option<(Encoded, usize)> = None;
    let mut end = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let start = end;
        end += line.len();
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        match open.take() {
            Some((file, _)) if content.trim_ascii_end() == b"end" => files.push(file),
            Some((mut file, from)) => match uu_line(content) {
                Some(bytes) => {
                    file.bytes.extend(bytes);
                    open = Some((file, from));
                }
                None => text.extend_from_slice(body.get(from..end).unwrap_or_default()),
            },
            None => match uu_name(content) {
                Some(name) => open = Some((Encoded { name: name.to_vec(), bytes: Vec::new() }, start)),
                None => text.extend_from_slice(line),
            },
        }
    }
    if let Some((_, from)) = open {
        text.extend_from_slice(body.get(from..).unwrap_or_default());
    }
    if files.is_empty() { (files, body.into()) } else { (files, text.into()) }
}

/// The name of `begin 644 name`.
fn uu_name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let (mode, name) = rest.split_at_checked(rest.iter().position(|byte| *byte == b' ')?)?;
    ((3..=4).contains(&mode.len()) && mode.iter().all(|byte| (b'0'..=b'7').contains(byte))).then(|| name.trim_ascii())
}

/// The bytes of one line: a length, then groups of four characters. Trailing blanks may have been cut.
fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let (&length, data) = match line.split_first() {
        Some(found) => found,
        None => return Some(Vec::new()),
    };
    if !line.iter().all(|byte| (0x20..=0x60).contains(byte)) {
        return None;
    }
    let length = usize::from((length - 0x20) & 0x3F);
    let wanted = length.div_ceil(3) * 4;
    if data.len() > wanted + 4 {
        return None;
    }
    let mut bytes = Vec::with_capacity(length + 3);
    let padded: Vec<u8> = data.iter().copied().chain(std::iter::repeat(b' ')).take(wanted).map(|byte| (byte - 0x20) & 0x3F).collect();
    for [one, two, three, four] in padded.as_chunks::<4>().0 {
        bytes.extend([one << 2 | two >> 4, two << 4 | three >> 2, three << 6 | four]);
    }
    bytes.truncate(length);
    Some(bytes)
}

/// The yEnc files of a text (yEnc 1.3), and the text without them; those in several mails stay.
pub fn yencoded(body: &[u8]) -> (Vec<Encoded>, Cow<'_, [u8]>) {
    let mut files = Vec::new();
    if memchr::memmem::find(body, b"=ybegin ").is_none() {
        return (files, body.into());
    }
    let mut text = Vec::new();
    let mut open: Option<Encoded> = None;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        match open.take() {
            Some(file) if content.starts_with(b"=yend") => files.push(file),
            Some(mut file) => {
                if !content.starts_with(b"=ypart ") {
                    yenc_line(content, &mut file.bytes);
                }
                open = Some(file);
            }
            None => match yenc_name(content) {
                Some(name) => open = Some(Encoded { name: name.to_vec(), bytes: Vec::new() }),
                None => text.extend_from_slice(line),
            },
        }
    }
    (files, text.into())
}

/// The name of `=ybegin line=128 size=5 name=x`, where it is the whole file.
fn yenc_name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"=ybegin ")?;
    let at = rest.windows(5).position(|window| window == b"name=")?;
    let (fields, name) = rest.split_at_checked(at + 5)?;
    let several = fields.windows(6).any(|window| window == b"total=") && !fields.windows(8).any(|window| window == b"total=1 ");
    (!several).then(|| name.trim_ascii())
}

/// Each byte is 42 more than it should be, and one after `=` 64 more again.
fn yenc_line(line: &[u8], out: &mut Vec<u8>) {
    let mut escaped = false;
    for byte in line {
        match (escaped, byte) {
            (false, b'=') => escaped = true,
            _ => {
                out.push(byte.wrapping_sub(if escaped { 106 } else { 42 }));
                escaped = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_forgives() {
        for text in ["SGVsbG8h", "SGVs\r\nbG8h", "SGVs bG8h\n", "S-G-V-sbG8h", "SGVsbG8h\nQ"] {
            assert_eq!(base64(text.as_bytes()), b"Hello!", "{text}");
        }
        assert_eq!(base64(b"SGVsbA"), b"Hell");
        assert_eq!(base64(b"SGVsbA==\nbyE=\n"), b"Hello!");
        assert_eq!(base64(b"SGVsbA==\n\n____\nScanned by a gateway\n"), b"Hell");
        assert_eq!(base64(b"\x80\x00"), b"");
        assert_eq!(base64(b"SGVs\xFFbG8h"), b"Hello!");
        let long = "SGVsbG8hSGV\n".repeat(4 * STEP / 11);
        let whole = base64_decode(long.replace('\n', "").as_bytes());
        assert_eq!(Some(base64_among_others(long.as_bytes())), whole, "lines that are no groups of four, over several steps");
    }

    #[test]
    fn quoted_printable_forgives() {
        assert_eq!(quoted_printable(b"a=3D=\nb =\r\nc=ZZ=4  \n=e6=B5=8b"), "a=b c=ZZ=4\r\n测".as_bytes());
        assert_eq!(quoted_printable(b"x="), b"x");
    }

    #[test]
    fn encodings_are_named_loosely() {
        assert_eq!(&*decode(b"SGVsbG8h", " BASE64 (x); y"), b"Hello!");
        assert_eq!(&*decode(b"a=3D", "8bit"), b"a=3D");
        assert_eq!(&*decode(b"begin 644 x\n#0V%T\n`\nend\n", "x-uuencode"), b"Cat");
    }

    #[test]
    fn uuencoded_files_are_taken_out_of_a_text() {
        let (files, text) = uuencoded(b"before\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nafter\r\n");
        assert_eq!((files.len(), &*text), (1, &b"before\r\nafter\r\n"[..]));
        assert!(files.iter().all(|file| file.name == b"cat.txt" && file.bytes == b"Cat"));
    }

    #[test]
    fn yencoded_files_are_taken_out_of_a_text() {
        let (files, text) = yencoded(b"before\r\n=ybegin line=128 size=4 name=cat.txt\r\n\x6d\x8b\x9e=\x7d\r\n=yend size=4\r\nafter\r\n");
        assert_eq!((files.len(), &*text), (1, &b"before\r\nafter\r\n"[..]));
        assert!(files.iter().all(|file| file.name == b"cat.txt" && file.bytes == b"Cat\x13"));
        assert!(yencoded(b"=ybegin part=1 total=3 line=128 size=9 name=a\nxx\n=yend\n").0.is_empty());
    }

    #[test]
    fn a_sentence_is_no_file() {
        for text in ["begin 644 words of a text\nthat goes on\nend\n", "begin 644 cut\n#0V%T\n", "begin now\n"] {
            let (files, rest) = uuencoded(text.as_bytes());
            assert!(files.is_empty());
            assert_eq!(&*rest, text.as_bytes());
        }
    }
}
