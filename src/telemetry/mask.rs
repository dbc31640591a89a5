//! Whom a line of the log would name, made unrecognisable: telephone numbers, and what stands before the `@` of an
//! address. Names, titles and texts of mails are never logged; but a server's answer may repeat an address or a number.

use regex::{Captures, Regex};
use std::{borrow::Cow, io, sync::LazyLock};
use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

/// An address, or a mobile or landline number as people write it. What JSON or a terminal escapes before it is no
/// part of it.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let escape = r#"\x1b\[[0-9;]*m|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]"#;
    let address = r"(?<head>[\w.%+-])[\w.%+-]*(?<domain>@\w)";
    let number = r"(?<number>(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}|0[0-9]{2,3}[ -][0-9]{7,8})";
    Regex::new(&format!("(?<escape>{escape})?(?:{address}|{number})")).ok()
});

/// A writer of whole lines that masks them.
#[derive(Debug)]
pub(super) struct Masking<W>(pub W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Masking<W> {
    type Writer = Masking<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Masking(self.0.make_writer())
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Self::Writer {
        Masking(self.0.make_writer_for(meta))
    }
}

impl<W: io::Write> io::Write for Masking<W> {
    /// A line comes in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) => self.0.write_all(masked(text).as_bytes())?,
            Err(_) => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// `139******45`, `z***@unit.example`; the rest as it is.
fn masked(text: &str) -> Cow<'_, str> {
    let Some(pattern) = NAMED.as_ref() else { return Cow::Borrowed(text) };
    pattern.replace_all(text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        match found.name("number") {
            Some(number) if stands_alone(text, found, number.end()) => format!("{}{}", part("escape"), stars(number.as_str())),
            Some(_) => part_of(found).to_owned(),
            None => format!("{}{}***{}", part("escape"), part("head"), part("domain")),
        }
    })
}

fn part_of<'a>(found: &Captures<'a>) -> &'a str {
    found.get(0).map_or("", |all| all.as_str())
}

/// Neither within a hash or a longer number, nor a bare number of JSON.
fn stands_alone(text: &str, found: &Captures<'_>, end: usize) -> bool {
    let start = found.get(0).map_or(0, |all| all.start());
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let is_inside = before.ends_with(|c: char| c.is_ascii_hexdigit()) || before.ends_with("\":");
    (found.name("escape").is_some() || !is_inside) && !after.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Three digits at the head and two at the end stay.
fn stars(number: &str) -> String {
    let length = number.chars().count();
    number.chars().enumerate().map(|(at, c)| if c.is_ascii_digit() && at >= 3 && at + 2 < length { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn numbers_and_addresses_are_masked_and_nothing_else() {
        for (line, shown) in [
            ("电话13900012345，", "电话139******45，"),
            ("\"a\\n139 0001 2345\"", "\"a\\n139 **** **45\""),
            ("+86-13900012345 0719-5526248", "+86-*********45 071*-*****48"),
            ("550 <zhang.san@unit.example>", "550 <z***@unit.example>"),
            ("\"\\u000b13900012345\\\"张三@unit.example\"", "\"\\u000b139******45\\\"张***@unit.example\""),
            ("=\u{1b}[0mzhang@unit.example", "=\u{1b}[0mz***@unit.example"),
            // A hash, a number of JSON, an instant, a longer number.
            ("a13900012345f0", "a13900012345f0"),
            ("{\"bytes\":13900012345}", "{\"bytes\":13900012345}"),
            ("2023-06-30T23:59:59+08:00 1390001234567", "2023-06-30T23:59:59+08:00 1390001234567"),
            ("JCZH-2023-0001", "JCZH-2023-0001"),
        ] {
            assert_eq!(masked(line), shown);
        }
    }
}
