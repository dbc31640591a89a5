//! `Content-Type` and `Content-Disposition` values → token and parameters (RFC 2045, 2183, 2231).
//!
//! Takes what mailers write for names: quotes that never close, quotes within quotes, blanks and
//! semicolons without quotes, encoded words (RFC 2047 forbids them here), pieces in any order, charsets that
//! are missing or wrong, broken percent-encoding.

use crate::intake::message::{charset, transfer, words};
use encoding_rs::UTF_8;
use std::collections::BTreeMap;

/// How much of a value is looked at.
const VALUE_BYTES: usize = 16 << 10;
/// How many parameters are looked at.
const PARAMETERS: usize = 100;

/// A value taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameterised {
    /// What stands before the first semicolon, in lower case, without comments.
    pub token: String,
    /// The parameters as written: names in lower case with their `*`, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Parameterised {
    /// Takes a field's value apart.
    pub fn parse(value: &str) -> Self {
        let value = value.get(..value.floor_char_boundary(VALUE_BYTES)).unwrap_or_default();
        let (head, mut rest) = value.split_once(';').unwrap_or((value, ""));
        let token: String = head.trim().chars().take_while(|character| !character.is_whitespace() && *character != '(').collect();
        let mut parameters = Vec::new();
        // `attachment filename=…`, or no token at all.
        if head.contains('=') {
            rest = value;
        }
        while let Some((name, after)) = next_name(rest).filter(|_| parameters.len() < PARAMETERS) {
            let (text, tail) = next_value(after);
            parameters.push((name.to_ascii_lowercase(), text));
            rest = tail;
        }
        Self { token: token.to_ascii_lowercase(), parameters }
    }

    /// A parameter by its plain name, the extended notation (RFC 2231) first, encoded words decoded.
    pub fn get(&self, name: &str) -> Option<String> {
        self.extended(name).into_iter().chain(self.plain(name)).find(|text| !text.trim().is_empty())
    }

    /// Every reading of a parameter, best first, for names that one mailer writes in several ways.
    pub fn readings(&self, name: &str) -> impl Iterator<Item = String> {
        self.extended(name).into_iter().chain(self.plain(name))
    }

    /// A parameter's first word, for values that hold no blanks (`charset`).
    pub fn word(&self, name: &str) -> Option<String> {
        let text = self.get(name)?;
        text.split([' ', '\t', ',', '(']).next().map(|word| word.trim_matches(['\'', '"']).to_owned()).filter(|word| !word.is_empty())
    }

    fn plain(&self, name: &str) -> Option<String> {
        let (_, text) = self.parameters.iter().find(|(own, text)| own == name && !text.is_empty())?;
        if let Some((label, rest)) = split_charset(text) {
            return Some(charset::decode(&transfer::hexadecimal(rest.as_bytes(), b'%'), Some(label)));
        }
        Some(undo_percent(words::decode(text)))
    }

    /// `name*`, or `name*0`, `name*1*` … in the order of their numbers.
    fn extended(&self, name: &str) -> Option<String> {
        let mut pieces: BTreeMap<u32, (&str, bool)> = BTreeMap::new();
        for (own, text) in &self.parameters {
            let Some(suffix) = own.strip_prefix(name).and_then(|rest| rest.strip_prefix('*')) else { continue };
            let (number, encoded) = match suffix.strip_suffix('*') {
                Some(number) => (number, true),
                None => (suffix, suffix.is_empty()),
            };
            if let Ok(number) = if number.is_empty() { Ok(0) } else { number.parse() } {
                pieces.entry(number).or_insert((text, encoded));
            }
        }
        let (_, (first, encoded)) = pieces.first_key_value()?;
        let prefix = if *encoded { split_charset(first) } else { None };
        let label = prefix.map(|(label, _)| label);
        let encoding = label.and_then(charset::encoding_for).unwrap_or(UTF_8);
        let mut bytes = Vec::new();
        // Some mailers cut within an escape: `%E` and `7%94`.
        let mut escaped: Vec<u8> = Vec::new();
        for (index, (text, encoded)) in pieces.values().enumerate() {
            let text = if index == 0 { prefix.map_or(*text, |(_, rest)| rest) } else { text };
            let own = encoding.encode(text).0;
            if *encoded {
                escaped.extend_from_slice(&own);
            } else {
                bytes.extend(transfer::hexadecimal(&std::mem::take(&mut escaped), b'%'));
                bytes.extend_from_slice(&own);
            }
        }
        bytes.extend(transfer::hexadecimal(&escaped, b'%'));
        Some(words::decode(&charset::decode(&bytes, label)))
    }
}

/// The next parameter's name, and what follows its `=`.
fn next_name(rest: &str) -> Option<(&str, &str)> {
    let mut rest = rest;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';', ',']);
        let end = rest.find([';', '='])?;
        let (name, after) = rest.split_at_checked(end)?;
        if let Some(after) = after.strip_prefix('=') {
            // A word without a value may stand before the name: `attachment filename=…`.
            return Some((name.trim().rsplit(' ').next().unwrap_or_default(), after.trim_start()));
        }
        rest = after;
    }
}

/// A parameter's value, and what follows it.
fn next_value(after: &str) -> (String, &str) {
    match after.strip_prefix('"') {
        Some(quoted) => {
            let (text, tail) = split_quoted(quoted);
            (unescape(text), tail)
        }
        None => {
            let (text, tail) = split_unquoted(after);
            (text.trim().trim_matches('\'').to_owned(), tail)
        }
    }
}

/// The quote that closes is the one after which the value can end. Where none does, the value ends
/// before the next parameter.
fn split_quoted(quoted: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        if character == '"' && !escaped {
            let tail = quoted.get(at + 1..).unwrap_or_default();
            if ends_value(tail) {
                return (quoted.get(..at).unwrap_or_default(), tail);
            }
        }
        escaped = character == '\\' && !escaped;
    }
    let (text, tail) = split_unquoted(quoted);
    (text.trim_end().trim_end_matches('"'), tail)
}

/// A semicolon ends a value only where a parameter follows, or nothing.
fn split_unquoted(text: &str) -> (&str, &str) {
    for (at, _) in text.match_indices(';') {
        let tail = text.get(at..).unwrap_or_default();
        if ends_value(tail) {
            return (text.get(..at).unwrap_or_default(), tail);
        }
    }
    (text, "")
}

/// Whether a value may end here: nothing follows, or a parameter does, with a semicolon or without.
fn ends_value(tail: &str) -> bool {
    let next = tail.trim_start_matches([' ', '\t', ';']);
    if next.is_empty() {
        return true;
    }
    let name: &str =
        next.get(..next.find(|c: char| !c.is_ascii_alphanumeric() && !"-_*".contains(c)).unwrap_or(next.len())).unwrap_or_default();
    let separated = next.len() < tail.len();
    let after = next.get(name.len()..).unwrap_or_default().trim_start();
    separated
        && (1..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && after.starts_with('=')
        && !after.starts_with("==")
}

/// `\"` and `\\`; a backslash before anything else is a Windows path's own.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, rest.peek()) {
            ('\\', Some(next @ ('"' | '\\'))) => {
                out.push(*next);
                rest.next();
            }
            _ => out.push(character),
        }
    }
    out
}

/// `charset'language'rest`, or with one apostrophe where the charset is known.
fn split_charset(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.split_once('\'')?;
    if label.is_empty() && rest.starts_with('\'') {
        return Some(("", rest.trim_start_matches('\'')));
    }
    charset::encoding_for(label).filter(|_| label.len() <= 40)?;
    match rest.split_once('\'') {
        Some((language, rest)) if language.len() <= 20 && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
            Some((label, rest))
        }
        _ => Some((label, rest)),
    }
}

/// Some web mailers percent-encode a plain name: undone where the result is Chinese in UTF-8.
fn undo_percent(text: String) -> String {
    let bytes = transfer::hexadecimal(text.as_bytes(), b'%');
    match String::from_utf8(bytes) {
        Ok(plain) if plain != text && plain.chars().any(|character| character >= '\u{2e80}') => plain,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filename(value: &str) -> String {
        Parameterised::parse(value).get("filename").unwrap_or_default()
    }

    #[test]
    fn plain_values() {
        let parsed = Parameterised::parse("Multipart/Mixed (x); boundary=\"a b\\\"c\"; CHARSET = gbk (y) ;report-type=x");
        assert_eq!(parsed.token, "multipart/mixed");
        assert_eq!(parsed.get("boundary").as_deref(), Some("a b\"c"));
        assert_eq!(parsed.word("charset").as_deref(), Some("gbk"));
        assert_eq!(parsed.get("report-type").as_deref(), Some("x"));
        assert_eq!(parsed.get("none"), None);
    }

    #[test]
    fn odd_names() {
        for (value, name) in [
            ("attachment; filename=附件2;申报表 (终).docx; size=5", "附件2;申报表 (终).docx"),
            ("attachment; filename=附件2 申报表.docx", "附件2 申报表.docx"),
            ("attachment; filename=\"附件2;申报表.docx; size=5", "附件2;申报表.docx"),
            ("attachment; filename=\"附件2", "附件2"),
            ("attachment; filename=\"关于\"荆楚质汇\"的函.docx\"; size=5", "关于\"荆楚质汇\"的函.docx"),
            ("attachment; filename=\"a.docx\" size=5", "a.docx"),
            ("attachment; filename=\"C:\\x\\a.docx\"", "C:\\x\\a.docx"),
            ("attachment; filename='a.docx'", "a.docx"),
            ("attachment filename=a.docx", "a.docx"),
            ("attachment; filename==?GBK?B?yeqxqLHtLmRvY3g=?=", "申报表.docx"),
            ("attachment; filename=\"=?GBK?B?yeqxqLHt?= =?GBK?B?LmRvY3g=?=\"", "申报表.docx"),
            ("attachment; filename=\"%E7%94%B3%E6%8A%A5.docx\"", "申报.docx"),
            ("attachment; filename=\"100%.docx\"", "100%.docx"),
            ("attachment; filename=\"\"; filename=b", "b"),
        ] {
            assert_eq!(filename(value), name, "{value}");
        }
    }

    #[test]
    fn extended_names() {
        for (value, name) in [
            ("a; filename*=UTF-8''%E7%94%B3%E6%8A%A5%E8%A1%A8.docx", "申报表.docx"),
            ("a; filename=\"sbb.docx\"; filename*=gbk'zh-CN'%C9%EA%B1%A8%B1%ED.docx", "申报表.docx"),
            ("a; filename*=\"utf-8''%E7%94%B3%E6%8A%A5.docx\"", "申报.docx"),
            ("a; filename*=utf-8'%E7%94%B3.docx", "申.docx"),
            ("a; filename*=%E7%94%B3%E6%8A%A5.docx", "申报.docx"),
            ("a; filename=\"utf-8''%E7%94%B3.docx\"", "申.docx"),
            ("a; filename*=utf-8''%C9%EA%B1%A8%B1%ED.docx", "申报表.docx"),
            ("a; filename*=utf-8''%E7%94%B3100%.doc%zz", "申100%.doc%zz"),
            ("a; filename*1*=%A5%E8%A1%A8; filename*0*=utf-8''%E7%94%B3%E6%8A; filename*2=.docx", "申报表.docx"),
            ("a; filename*0=\"sheng\"; filename*1=\"bao.docx\"", "shengbao.docx"),
            ("a; filename*0*=utf-8''%E7%94%B3%E; filename*1*=6%8A%A5.docx", "申报.docx"),
            ("a; filename*10*=c; filename*2*=b; filename*0*=utf-8''a", "abc"),
            ("a; filename*0*=gb2312''%C9%EA; filename*1=报.docx", "申报.docx"),
            ("a; filename*0=\"=?utf-8?B?55Sz\"; filename*1=\"5oql?=.docx\"", "申报.docx"),
        ] {
            assert_eq!(filename(value), name, "{value}");
        }
    }

    #[test]
    fn hostile_values_end() {
        for piece in ["a=\"x; ", "a=\"\" ", ";", "a*0=x;", "\\\"", "=", "a=;"] {
            let value = format!("x; {}", piece.repeat(100_000));
            assert!(Parameterised::parse(&value).parameters.len() <= PARAMETERS);
        }
    }
}
