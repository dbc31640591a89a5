//! Glyph names as characters, as far as a form's numbers and words go (Adobe Glyph List, shortened).

/// The ASCII characters whose names aren't themselves.
const NAMED: [(&str, char); 55] = [
    ("space", ' '),
    ("exclam", '!'),
    ("quotedbl", '"'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("percent", '%'),
    ("ampersand", '&'),
    ("quotesingle", '\''),
    ("parenleft", '('),
    ("parenright", ')'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("minus", '-'),
    ("period", '.'),
    ("slash", '/'),
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("less", '<'),
    ("equal", '='),
    ("greater", '>'),
    ("question", '?'),
    ("at", '@'),
    ("bracketleft", '['),
    ("backslash", '\\'),
    ("bracketright", ']'),
    ("asciicircum", '^'),
    ("underscore", '_'),
    ("grave", '`'),
    ("braceleft", '{'),
    ("bar", '|'),
    ("braceright", '}'),
    ("asciitilde", '~'),
    ("quoteleft", '‘'),
    ("quoteright", '’'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("bullet", '•'),
    ("endash", '–'),
    ("emdash", '—'),
    ("periodcentered", '·'),
    ("a20", '✔'),
    ("a19", '✓'),
    ("a73", '■'),
];

/// The character of a glyph name, such as `A`, `comma`, `uni4E2D` or `u4E2D`.
pub(super) fn character(name: &str) -> Option<char> {
    let stem = name.split('.').next().unwrap_or(name);
    let mut single = stem.chars();
    if let (Some(c), None) = (single.next(), single.next()) {
        return Some(c);
    }
    if let Some((_, c)) = NAMED.iter().find(|(known, _)| *known == stem) {
        return Some(*c);
    }
    let digits = stem.strip_prefix("uni").and_then(|hex| hex.get(..4)).or_else(|| stem.strip_prefix('u').filter(|hex| hex.len() >= 4))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}
