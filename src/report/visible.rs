//! What came from mail, so that it only says something: nothing of it moves a cursor, turns a line or hides.

/// Control and direction characters as escapes: neither a terminal nor a page obeys them.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            c if c.is_control() || is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// As [`visible`], but lines stay lines.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// As much of a text as is shown, and how long it is.
pub fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most).and_then(|(at, _)| text.split_at_checked(at)) {
        Some((shown, _)) => format!("{shown}……（共{}字符）", text.chars().count()),
        None => text.to_owned(),
    }
}

/// What takes no room, turns the direction of what follows, or ends a line.
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_told() {
        assert_eq!([bounded("光电子", 3), bounded("光电子产业", 3)], ["光电子", "光电子……（共5字符）"]);
    }

    #[test]
    fn nothing_from_mail_reaches_a_reader_raw() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c d");
        assert_eq!(visible("零\u{200b}宽"), "零\\u{200b}宽");
        assert_eq!(visible_lines("一\u{7}\n二\r\n"), "一\\u{7}\n二");
    }
}
