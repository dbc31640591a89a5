//! `From` and `Reply-To` values → the first mailbox (RFC 5322 section 3.4), names decoded.
//!
//! Groups, comments, missing brackets, unquoted and broken names and whole mailboxes within an encoded
//! word are taken. Whether the address exists or is true is not asked.

use crate::{
    intake::message::{name, words},
    model::address::Address,
};

/// How much of a value is looked at.
const VALUE_BYTES: usize = 16 << 10;

/// The first mailbox of a value that has an address; without one, what name there is.
pub fn first(value: &str) -> Address {
    let value = value.get(..value.floor_char_boundary(VALUE_BYTES)).unwrap_or_default();
    let found = first_of(value);
    if !found.address.is_empty() {
        return found;
    }
    let decoded = first_of(&words::decode(value));
    if decoded.address.is_empty() { found } else { decoded }
}

/// Every mailbox of a value that has an address, at most ten.
pub fn all(value: &str) -> Vec<Address> {
    let value = value.get(..value.floor_char_boundary(VALUE_BYTES)).unwrap_or_default();
    pieces(value).into_iter().map(mailbox).filter(|found| !found.address.is_empty()).take(10).collect()
}

fn first_of(value: &str) -> Address {
    let mut fallback = None;
    for piece in pieces(value) {
        let mailbox = mailbox(piece);
        if !mailbox.address.is_empty() {
            return mailbox;
        }
        if fallback.is_none() && mailbox.name.is_some() {
            fallback = Some(mailbox);
        }
    }
    fallback.unwrap_or_default()
}

/// The value cut at commas, semicolons and the colon of a group, outside quotes, comments, brackets and
/// encoded words. Quotes that don't close are no quotes.
fn pieces(value: &str) -> Vec<&str> {
    let quotes_close = value.replace("\\\"", "").matches('"').count().is_multiple_of(2);
    let is_group = value.trim_end().ends_with(';');
    let (mut quoted, mut escaped, mut comments, mut angled) = (false, false, 0_u32, false);
    let mut word_marks = 0_u32;
    let mut start = 0;
    let mut pieces = Vec::new();
    let mut before = ' ';
    for (at, character) in value.char_indices() {
        match character {
            _ if escaped => {}
            '"' if quotes_close && comments == 0 => quoted = !quoted,
            '(' if !quoted => comments += 1,
            ')' if !quoted => comments = comments.saturating_sub(1),
            '<' if !quoted => angled = true,
            '>' if !quoted => angled = false,
            // `=?charset?Q?text?=` has four question marks; the commas within separate nothing.
            '?' if before == '=' && word_marks == 0 => word_marks = 4,
            ',' | ';' | '，' | '；' if !quoted && comments == 0 && !angled && word_marks == 0 => {
                pieces.push(value.get(start..at).unwrap_or_default());
                start = at + character.len_utf8();
            }
            ':' if is_group && !quoted && comments == 0 && !angled && word_marks == 0 => start = at + 1,
            _ => {}
        }
        if character == '?' {
            word_marks = word_marks.saturating_sub(1);
        }
        escaped = character == '\\' && !escaped && (quoted || comments > 0);
        before = character;
    }
    pieces.push(value.get(start..).unwrap_or_default());
    pieces
}

/// One mailbox: `name <address>`, `<address>`, `address (name)`, `address`, `name`.
fn mailbox(piece: &str) -> Address {
    if let Some((name, rest)) = piece.rsplit_once('<') {
        let inner = rest.split('>').next().unwrap_or_default();
        let address = bare(inner.rsplit(':').next().unwrap_or_default());
        if !address.is_empty() {
            return Address { name: display(name), address };
        }
    }
    let (plain, comment) = match piece.split_once('(') {
        Some((plain, comment)) => (plain, comment.rsplit_once(')').map_or(comment, |(comment, _)| comment)),
        None => (piece, ""),
    };
    let word = plain.split_whitespace().find(|word| word.contains('@'));
    match word.map(bare).filter(|address| !address.is_empty()) {
        Some(address) => {
            let around = plain.replace(word.unwrap_or_default(), " ");
            Address { name: display(&around).or_else(|| display(comment)), address }
        }
        None => Address { name: display(piece), address: String::new() },
    }
}

/// `local@domain` without blanks and what some mailers wrap around it.
fn bare(text: &str) -> String {
    let plain = name::without_comments(text);
    let text: String = plain
        .trim()
        .trim_start_matches("mailto:")
        .chars()
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .collect();
    let text = text.trim_matches(['<', '>', '\'', '"', '[', ']', ',', ';']);
    let whole = text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if whole { text.to_owned() } else { String::new() }
}

/// A display name without quotes and escapes, decoded.
fn display(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text).trim();
    let unquoted = text.strip_prefix('"').unwrap_or(text);
    let unquoted = unquoted.strip_suffix('"').filter(|inner| !inner.ends_with('\\')).unwrap_or(unquoted);
    let name = name::clean(&words::decode(&unquoted.replace("\\\"", "\"").replace("\\\\", "\\")));
    // Some mailers encode the quotes with the name.
    let name = name.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(&name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_of_every_shape() {
        for (value, name, address) in [
            ("a@unit.example", "", "a@unit.example"),
            ("<a@unit.example>", "", "a@unit.example"),
            ("张三 <a@unit.example>", "张三", "a@unit.example"),
            ("\"张三, 计量处\" <a@unit.example>, b@unit.example", "张三, 计量处", "a@unit.example"),
            ("=?GBK?B?19u6z7/G?= <a@unit.example>", "综合科", "a@unit.example"),
            ("\"=?GBK?B?19u6z7/G?=\"<a@unit.example>", "综合科", "a@unit.example"),
            ("=?utf-8?Q?Li,_Wei?= <a@unit.example>", "Li, Wei", "a@unit.example"),
            ("=?utf-8?B?IuW8oOS4iSIgPGFAdW5pdC5leGFtcGxlPg==?=", "张三", "a@unit.example"),
            ("a@unit.example (张三)", "张三", "a@unit.example"),
            ("张三 a@unit.example", "张三", "a@unit.example"),
            ("张三 <a@unit.example", "张三", "a@unit.example"),
            ("张三 <办公室> <a@unit.example>", "张三 <办公室>", "a@unit.example"),
            ("\"张三 <a@unit.example>", "张三", "a@unit.example"),
            ("报送组: 张三 <a@unit.example>, b@unit.example;", "张三", "a@unit.example"),
            ("undisclosed-recipients:;", "", ""),
            ("报送: 张三 <a@unit.example>", "报送: 张三", "a@unit.example"),
            ("<a(x)@unit.example(y)>", "", "a@unit.example"),
            ("<mailto:a@unit.example>", "", "a@unit.example"),
            ("<@relay.example:a@unit.example>", "", "a@unit.example"),
            ("< a@unit.\texample >", "", "a@unit.example"),
            ("MAILER-DAEMON", "MAILER-DAEMON", ""),
            ("<>", "", ""),
            ("", "", ""),
            ("张\"三\\\" <a@unit.example>", "张\"三\"", "a@unit.example"),
        ] {
            let found = first(value);
            assert_eq!((found.name.unwrap_or_default().as_str(), found.address.as_str()), (name, address), "{value}");
        }
    }

    #[test]
    fn hostile_values_end() {
        for piece in ["<", "\"", "(", "a@b", "=?", ",", "\\"] {
            first(&piece.repeat(100_000));
        }
    }
}
