//! The passwords that a sender tells in the mail: 解压密码：123456, 密码为 abc, pwd=…, in the subject, the text or
//! a file's own name.

use super::names;
use crate::intake::message::charset;
use crate::intake::text::narrowed;
use crate::model::message::Attachment;
use regex::Regex;
use std::sync::LazyLock;

/// How much of a text is searched.
const TEXT_BYTES: usize = 64 << 10;

/// The shortest password that is looked for behind words of a sentence.
const SHORTEST_TAIL: usize = 4;

/// A word that announces a password, then the password itself.
static TOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:密\s*码|口令|密钥|解压码|\bpassword|\bpasswd|\bpassword|\bpwd|\bpass(?:code)?)(?:都|均|统一)?\s*(?:就是|设置为|设为|即为|为|是|如下)?\s*[:：=＝]?\s*[“"'‘「『【\[（(《<]?\s*([^\s，。；;、,“”"'‘’「」『』【】\[\]（）()《》<>：:=！]{1,64})"#,
    )
    .ok()
});

/// What a text file says, under its name: of 解压密码.txt that may be the password alone.
pub fn note(file: &Attachment) -> Option<String> {
    let name = names::stem(&file.name, ".txt")?;
    let text = charset::decode(file.bytes.get(..TEXT_BYTES).unwrap_or(&file.bytes), None);
    Some(format!("{name}：{}\n{text}", text.trim_start().lines().next().unwrap_or_default()))
}

/// The candidates in the order in which they stand, each once: as written, narrow, and their leading ASCII alone.
pub fn told<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let Some(pattern) = TOLD.as_ref() else { return found };
    for text in texts {
        let text = text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or_default();
        for capture in pattern.captures_iter(text) {
            let Some(word) = capture.get(1).map(|word| word.as_str()) else { continue };
            let ascii: String = narrowed(word).chars().take_while(char::is_ascii_graphic).collect();
            // A file's name goes on with its extension: 材料密码123456.zip.
            let bare = word.rsplit_once('.').filter(|(_, extension)| is_archive(extension)).map_or(word, |(bare, _)| bare);
            let ascii_bare = ascii.rsplit_once('.').filter(|(_, extension)| is_archive(extension)).map_or(ascii.as_str(), |(bare, _)| bare);
            // 密码为今天日期20230912: words of the sentence stand before it.
            let behind = bare.rsplit(|c: char| !c.is_ascii_graphic()).next().filter(|tail| tail.len() >= SHORTEST_TAIL).unwrap_or_default();
            for candidate in [bare, ascii_bare, ascii_bare.trim_end_matches(['.', '!', '?', '~']), behind] {
                if !candidate.is_empty() && !found.iter().any(|known| known == candidate) {
                    found.push(candidate.to_owned());
                }
            }
        }
    }
    found
}

fn is_archive(extension: &str) -> bool {
    ["zip", "rar", "7z", "001"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_as_people_write_them() {
        for (text, password) in [
            ("附件解压密码：123456，请查收。", "123456"),
            ("解压密码 abc123", "abc123"),
            ("密码为“Jczh@2023”。", "Jczh@2023"),
            ("压缩包密码是jczh2023。", "jczh2023"),
            ("pwd=Xy_9!z", "Xy_9!z"),
            ("Password: hello", "hello"),
            ("密 码： 8888\n谢谢", "8888"),
            ("密码均为１２３４５６", "123456"),
            ("密码：质汇2023", "质汇2023"),
            ("材料（密码123456）.zip", "123456"),
            ("材料 密码123456.zip", "123456"),
            ("密码为今天日期20230912", "20230912"),
            ("（解压密码：027-87654321）", "027-87654321"),
        ] {
            assert!(told([text]).iter().any(|found| found == password), "{text}: {:?}", told([text]));
        }
        assert!(told(["现将材料报上，请查收。"]).is_empty());
    }

    #[test]
    fn a_note_is_read_under_its_name() {
        let told_in = |name: &str, text: &str| {
            let bytes = text.as_bytes().to_vec();
            let file = Attachment { name: name.into(), within: Vec::new(), media_type: String::new(), inline: false, bytes };
            told(note(&file).as_deref())
        };
        for (name, text) in
            [("解压密码.txt", "\u{feff}Jz#2023a\r\n"), ("解压密码.TXT", "解压密码：Jz#2023a"), ("说明.txt", "密码 Jz#2023a")]
        {
            assert!(told_in(name, text).contains(&"Jz#2023a".to_owned()), "{name}: {:?}", told_in(name, text));
        }
        assert!(told_in("说明.txt", &format!("{}\n密码：Jz#2023a", "说明材料。".repeat(1000))).contains(&"Jz#2023a".to_owned()));
        assert!(told_in("说明.txt", "Jz#2023a").is_empty() && told_in("密码.docx", "Jz#2023a").is_empty());
    }
}
