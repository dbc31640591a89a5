//! Decoded text from a header → text to show, and names of files → names as data, never paths.
//!
//! Control characters, bidirectional controls and NUL are taken out, so that `gpj.exe` can't be shown as
//! `exe.jpg` and nothing breaks a line of a log or a table. Whether a name is true is not asked.

/// The longest name of a file; what is longer loses the end of its stem.
const NAME_CHARS: usize = 200;

/// One line of text: blanks for line breaks and tabs, no controls, no blanks around it.
pub fn clean(text: &str) -> String {
    let line: String =
        text.chars().map(|character| if character.is_whitespace() { ' ' } else { character }).filter(|c| !is_hidden(*c)).collect();
    line.trim().to_owned()
}

/// The name of a file from what a header says: what follows the last `/` or `\`.
pub fn file_name(text: &str) -> String {
    let name = clean(text);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.chars().all(|character| character == '.') {
        return String::new();
    }
    shorten(name)
}

/// What a mail within a mail is called that has no name: after its subject.
pub fn mail_name(subject: &str) -> String {
    let subject = file_name(&subject.replace(['/', '\\'], "_"));
    format!("{}.eml", if subject.is_empty() { "无主题" } else { &subject })
}

/// The value without its comments, which nest and may be left open (RFC 5322 section 3.2.2).
pub fn without_comments(value: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::new();
    for character in value.chars() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                out.push(' ');
            }
            _ if depth == 0 => out.push(character),
            _ => {}
        }
    }
    out
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS {
        return name.into();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 10 => {
            let stem: String = stem.chars().take(NAME_CHARS - 11).collect();
            format!("{stem}.{extension}")
        }
        _ => name.chars().take(NAME_CHARS).collect(),
    }
}

/// Characters that are not seen but change what is seen.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_never_paths() {
        for (text, name) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\用户\\桌面\\申报表.docx", "申报表.docx"),
            ("..", ""),
            ("a/", ""),
            (" 申报 表.docx\t", "申报 表.docx"),
            ("盖章\u{202e}gpj.exe\0\r\n", "盖章gpj.exe"),
        ] {
            assert_eq!(file_name(text), name, "{text:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = file_name(&format!("{}.docx", "案".repeat(5000)));
        assert!(name.ends_with("案.docx") && name.chars().count() <= NAME_CHARS);
    }
}
