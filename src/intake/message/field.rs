//! The bytes of a message or part → its header fields and its body (RFC 5322 section 2.2), leniently.
//!
//! Fields are unfolded and their raw 8-bit text is decoded, each field by itself; encoded words stay,
//! because structured fields are taken apart before those are decoded. Lines that are no fields belong to
//! the field before them (a fold that lost its blank), or begin the body where no field follows.

use crate::intake::message::charset;

/// The longest name of a field.
const NAME_BYTES: usize = 100;
/// The names by which an undeclared message is recognised.
const USUAL: [&str; 9] = ["received", "return-path", "from", "to", "subject", "date", "message-id", "mime-version", "content-type"];

/// What is left of the header allowances of a whole mail.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Bytes of header fields.
    pub bytes: usize,
    /// The number of header fields.
    pub fields: usize,
    /// Whether something had to be left out.
    pub exceeded: bool,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name in lower case.
    pub name: String,
    /// The unfolded value, encoded words untouched.
    pub value: String,
}

/// A header and what follows it.
#[derive(Debug, Clone, Default)]
pub struct Entity<'a> {
    /// The fields in their order.
    pub fields: Vec<Field>,
    /// The body.
    pub body: &'a [u8],
}

impl Entity<'_> {
    /// The first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// Every field of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_str())
    }
}

/// Splits a message or part; the header ends at the first empty line.
pub fn split<'a>(entity: &'a [u8], budget: &mut Budget) -> Entity<'a> {
    let mut raw: Vec<(String, Vec<u8>)> = Vec::new();
    // Lines since the last field that are none: where they begin, and their bytes.
    let mut stray: Option<(usize, Vec<u8>)> = None;
    let mut offset = 0;
    let mut lines = entity.split_inclusive(|byte| *byte == b'\n').map(trim_line_end_of).peekable();
    while let Some((content, length)) = lines.next() {
        let start = offset;
        offset += length;
        // Blanks alone are an obsolete fold (RFC 5322 section 4.2), or an empty line that something padded.
        let is_blank = content.trim_ascii().is_empty() && !lines.peek().is_some_and(|(next, _)| belongs_to_header(next));
        if content.is_empty() || is_blank {
            break;
        }
        let continues = content.first().is_some_and(|byte| b" \t".contains(byte));
        let field = if continues { None } else { name_and_value(content) };
        if budget.bytes < content.len() || (field.is_some() && budget.fields == 0) {
            budget.exceeded = true;
            continue;
        }
        match (field, &mut stray, raw.last_mut()) {
            (Some((name, value)), _, last) => {
                if let (Some((_, bytes)), Some((_, before))) = (stray.take(), last) {
                    before.extend(bytes);
                }
                raw.push((name, value.to_vec()));
                budget.fields -= 1;
            }
            (None, None, Some((_, value))) if continues => value.extend_from_slice(content),
            (None, Some((_, bytes)), _) => bytes.extend_from_slice(content),
            (None, None, _) => stray = Some((start, content.to_vec())),
        }
        budget.bytes -= content.len();
    }
    let body = stray.map_or(offset, |(start, _)| start);
    let fields = raw.into_iter().map(|(name, value)| Field { name, value: charset::decode(value.trim_ascii(), None) }).collect();
    Entity { fields, body: entity.get(body..).unwrap_or_default() }
}

/// Whether bytes look like a message: two of the usual fields near the top.
pub fn looks_like_message(bytes: &[u8]) -> bool {
    let mut budget = Budget { bytes: 8 << 10, fields: 40, exceeded: false };
    let head = bytes.get(..8 << 10).unwrap_or(bytes);
    let fields = split(skip_leading(head), &mut budget).fields;
    USUAL.iter().filter(|usual| fields.iter().any(|field| field.name == **usual)).count() >= 2
}

/// A message without the byte order mark, the empty lines and the mbox line that some stores put first.
pub fn skip_leading(raw: &[u8]) -> &[u8] {
    let unmarked = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
    let start = unmarked.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let trimmed = unmarked.get(start..).unwrap_or_default();
    let (first, rest) = match trimmed.iter().position(|byte| *byte == b'\n') {
        Some(end) => trimmed.split_at_checked(end + 1).unwrap_or((trimmed, b"")),
        None => (trimmed, &b""[..]),
    };
    if first.starts_with(b"From ") || first.starts_with(b">From ") {
        return rest;
    }
    // Only where a field follows: otherwise the empty line is the end of an empty header.
    if name_and_value(trim_line_end(first)).is_some() { trimmed } else { unmarked }
}

fn trim_line_end_of(line: &[u8]) -> (&[u8], usize) {
    (trim_line_end(line), line.len())
}

fn belongs_to_header(line: &[u8]) -> bool {
    line.starts_with(b" ") || line.starts_with(b"\t") || name_and_value(line).is_some()
}

fn trim_line_end(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b"\n").or_else(|| line.strip_suffix(b"\r")) {
        line = shorter;
    }
    line
}

/// A field's name in lower case, and its value; blanks before the colon are obsolete syntax.
fn name_and_value(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().take(NAME_BYTES).position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    valid.then(|| (String::from_utf8_lossy(name).to_ascii_lowercase(), value.strip_prefix(b":").unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget { bytes: 10_000, fields: 100, exceeded: false }
    }

    fn read(raw: &[u8]) -> (Vec<(String, String)>, String) {
        let entity = split(raw, &mut budget());
        (entity.fields.into_iter().map(|field| (field.name, field.value)).collect(), String::from_utf8_lossy(entity.body).into_owned())
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn fields_are_unfolded() {
        for raw in [
            "Subject : a\n b\n\tc\nTo:d\n\nbody\n",
            "Subject : a\r\n b\r\n\tc\r\nTo:d\r\n\r\nbody\n",
            "Subject : a\r\r\n b\r\n\tc\r\nTo:d\r\r\n\r\nbody\n",
        ] {
            assert_eq!(read(raw.as_bytes()), (vec![pair("subject", "a b\tc"), pair("to", "d")], "body\n".into()), "{raw:?}");
        }
    }

    #[test]
    fn stray_lines_belong_to_the_field_before_or_begin_the_body() {
        assert_eq!(read("Subject: 关于\n报送\nTo: a\n\nb".as_bytes()).0, [pair("subject", "关于报送"), pair("to", "a")]);
        assert_eq!(read(b"To: a\nHello there\n\nb"), (vec![pair("to", "a")], "Hello there\n\nb".into()));
        assert_eq!(read(b"no header at all"), (vec![], "no header at all".into()));
        assert_eq!(read(b"\nbody: x\n"), (vec![], "body: x\n".into()));
        assert_eq!(read(b""), (vec![], String::new()));
        assert_eq!(read(b"To: a\n \n--b\n\n"), (vec![pair("to", "a")], "--b\n\n".into()));
        assert_eq!(read(b"To: a\n \n\tb\n\nc"), (vec![pair("to", "a \tb")], "c".into()));
    }

    #[test]
    fn allowances_hold() {
        let mut budget = Budget { bytes: 20, fields: 5, exceeded: false };
        let raw = format!("A: {}\nB: b\n\nbody", "x".repeat(100));
        let entity = split(raw.as_bytes(), &mut budget);
        assert!(budget.exceeded);
        assert_eq!((entity.fields.len(), entity.body), (1, &b"body"[..]));
        let mut budget = Budget { bytes: 1000, fields: 2, exceeded: false };
        assert_eq!(split("A: a\n".repeat(5).as_bytes(), &mut budget).fields.len(), 2);
        assert!(budget.exceeded);
    }

    #[test]
    fn what_stores_put_first_is_skipped() {
        for raw in ["\n\r\nTo: a\n", "From x Mon Jan 1\nTo: a\n", "\u{feff}To: a\n"] {
            assert_eq!(skip_leading(raw.as_bytes()), b"To: a\n", "{raw:?}");
        }
        assert_eq!(skip_leading(b"\nplain text"), b"\nplain text");
    }

    #[test]
    fn messages_are_recognised() {
        assert!(looks_like_message(b"From: a\nSubject: b\n\nc"));
        assert!(!looks_like_message(b"PK\x03\x04From: a"));
    }
}
