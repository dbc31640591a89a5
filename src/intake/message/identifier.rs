//! `Message-ID`, `In-Reply-To` and `References` values → message identifiers (RFC 5322 section 3.6.4).
//!
//! Each keeps its angle brackets and gets them where they are missing; words around them (an old
//! `In-Reply-To` is prose) are left out.

use crate::intake::message::{name, words};

/// How many identifiers are kept, the newest.
const IDENTIFIERS: usize = 200;
/// The longest identifier: a line's length.
const BYTES: usize = 998;

/// The identifiers of a value in their order.
pub fn all(value: &str) -> Vec<String> {
    let value = name::clean(&words::decode(value));
    let mut found: Vec<String> = Vec::new();
    let bracketed = value.contains('<');
    for piece in value.split('<').skip(usize::from(bracketed)) {
        if bracketed {
            // Folding puts blanks into long identifiers; one that is not closed ends at the blank.
            let inner = piece.split_once('>').map_or_else(|| piece.split(' ').next().unwrap_or_default(), |(inner, _)| inner);
            found.extend(wrap(inner));
        } else {
            found.extend(piece.split([' ', ',', ';']).filter(|word| word.contains('@')).filter_map(wrap));
        }
    }
    found.split_off(found.len().saturating_sub(IDENTIFIERS))
}

/// The one identifier of a `Message-ID`; a lone word is one even without `@`.
pub fn own(value: &str) -> Option<String> {
    let found = all(value).into_iter().next();
    found.or_else(|| wrap(&name::clean(&words::decode(value))).filter(|_| !value.trim().contains(' ')))
}

fn wrap(inner: &str) -> Option<String> {
    let inner: String = inner.chars().filter(|character| !character.is_whitespace() && !"<>".contains(*character)).collect();
    (!inner.is_empty() && inner.len() <= BYTES).then(|| format!("<{inner}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_among_junk() {
        for (value, expected) in [
            ("<a@b> <c@d>", vec!["<a@b>", "<c@d>"]),
            ("<a@b><c@d>", vec!["<a@b>", "<c@d>"]),
            ("Your message of Mon <a@b> (x)", vec!["<a@b>"]),
            ("<a @\tb>", vec!["<a@b>"]),
            ("<a@b c", vec!["<a@b>"]),
            ("a@b, c@d", vec!["<a@b>", "<c@d>"]),
            ("=?utf-8?Q?=3Ca=40b=3E?=", vec!["<a@b>"]),
            ("nothing here", vec![]),
            ("<>", vec![]),
        ] {
            assert_eq!(all(value), expected, "{value}");
        }
        assert_eq!(own("tencent_0123"), Some("<tencent_0123>".into()));
        assert_eq!(own("<a@b>"), Some("<a@b>".into()));
        assert_eq!(own(" "), None);
    }

    #[test]
    fn only_the_newest_of_many_are_kept() {
        let value: String = (0..1000).map(|number| format!("<{number}@x>")).collect();
        let found = all(&value);
        assert_eq!((found.len(), found.last().map(String::as_str)), (IDENTIFIERS, Some("<999@x>")));
    }
}
