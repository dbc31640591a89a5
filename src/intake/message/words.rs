//! Encoded words within a header value → its characters (RFC 2047), as tolerantly as mail needs.
//!
//! Bytes of adjacent words of one charset are joined before they are decoded, because mailers split
//! characters between words and base64 groups too. Words are found wherever they stand: without blanks
//! between them, within quoted strings, with blanks inside, without their end. Raw 8-bit text is decoded
//! before it comes here.

use crate::intake::message::{charset, transfer};
use data_encoding::BASE64_NOPAD;

/// The longest charset label that is looked at, with RFC 2231's language.
const LABEL_CHARS: usize = 40;

/// One encoded word.
struct Word {
    label: String,
    base64: bool,
    text: String,
}

/// The value with its encoded words decoded.
pub fn decode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut run: Vec<Word> = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("=?") {
        let word = parse(after);
        if word.is_none() || run.is_empty() || !before.trim().is_empty() {
            flush(&mut run, &mut out);
            out.push_str(before);
        }
        match word {
            Some((word, tail)) => {
                run.push(word);
                rest = tail;
            }
            None => {
                out.push_str("=?");
                rest = after;
            }
        }
    }
    flush(&mut run, &mut out);
    out.push_str(rest);
    out
}

/// The word that follows `=?`, and what follows it.
fn parse(after: &str) -> Option<(Word, &str)> {
    let (label, rest) = after.split_once('?')?;
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+*".contains(&byte);
    if label.is_empty() || label.len() > LABEL_CHARS || !label.bytes().all(is_label) {
        return None;
    }
    let (encoding, rest) = rest.split_once('?').filter(|(encoding, _)| encoding.len() == 1)?;
    let base64 = match encoding {
        "B" | "b" => true,
        "Q" | "q" => false,
        _ => return None,
    };
    let (text, tail) = split_end(rest);
    let label = label.split('*').next().unwrap_or_default().to_ascii_lowercase();
    Some((Word { label, base64, text: text.into() }, tail))
}

/// The encoded text up to `?=`; one that was never closed ends where the next word begins.
fn split_end(rest: &str) -> (&str, &str) {
    let bytes = rest.as_bytes();
    for (at, window) in bytes.windows(2).enumerate() {
        match window {
            b"?=" => return (rest.get(..at).unwrap_or_default(), rest.get(at + 2..).unwrap_or_default()),
            // `=?=` is padding before the end.
            b"=?" if bytes.get(at + 2) != Some(&b'=') => return rest.split_at_checked(at).unwrap_or((rest, "")),
            _ => {}
        }
    }
    (rest, "")
}

/// Decodes the words gathered so far, those of one charset together.
fn flush(run: &mut Vec<Word>, out: &mut String) {
    for words in run.chunk_by(|one, next| one.label == next.label) {
        let Some(first) = words.first() else { continue };
        let separate = charset::decode(&separately(words), Some(&first.label));
        if words.iter().all(Word::is_whole) || words.len() == 1 {
            out.push_str(&separate);
            continue;
        }
        let joined = charset::decode(&jointly(words), Some(&first.label));
        out.push_str(if joined.contains(char::REPLACEMENT_CHARACTER) { &separate } else { &joined });
    }
    run.clear();
}

/// The bytes of the words, each decoded by itself.
fn separately(words: &[Word]) -> Vec<u8> {
    words.iter().flat_map(|word| if word.base64 { transfer::base64(word.text.as_bytes()) } else { quoted(&word.text) }).collect()
}

/// The bytes of the words where one base64 text was cut without regard to its groups.
fn jointly(words: &[Word]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for group in words.chunk_by(|one, next| one.base64 == next.base64) {
        if group.iter().all(|word| word.base64) {
            let text: String = group.iter().map(|word| word.text.as_str()).collect();
            bytes.extend(transfer::base64(text.as_bytes()));
        } else {
            bytes.extend(separately(group));
        }
    }
    bytes
}

impl Word {
    /// Whether its base64 ends at the end of a byte.
    fn is_whole(&self) -> bool {
        let text: Vec<u8> = self.text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        !self.base64 || BASE64_NOPAD.decode(String::from_utf8_lossy(&text).trim_end_matches('=').as_bytes()).is_ok()
    }
}

/// The Q encoding (RFC 2047 section 4.2).
fn quoted(text: &str) -> Vec<u8> {
    transfer::hexadecimal(text.replace('_', " ").as_bytes(), b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;
    use encoding_rs::GB18030;

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    fn word(label: &str, bytes: &[u8]) -> String {
        format!("=?{label}?B?{}?=", BASE64.encode(bytes))
    }

    #[test]
    fn decodes_both_encodings() {
        assert_eq!(decode("=?GBK?B?19u6z7/G?="), "综合科");
        assert_eq!(decode("Re: =?utf-8?q?=E6=B5=8B_=E8=AF=95?= (2)"), "Re: 测 试 (2)");
        assert_eq!(decode("=?UTF-8*zh-CN?B?5rWL6K+V?="), "测试");
        assert_eq!(decode("plain =? text ?= a=?b"), "plain =? text ?= a=?b");
    }

    #[test]
    fn joins_words_that_split_a_character() {
        let bytes = gbk("关于报送典型案例的函");
        let (one, two) = bytes.split_at(5);
        assert_eq!(decode(&format!("{} {}", word("gb2312", one), word("GB2312", two))), "关于报送典型案例的函");
        let (one, two) = "关于报送".as_bytes().split_at(4);
        assert_eq!(decode(&format!("{}\r\n\t{}", word("utf-8", one), word("utf-8", two))), "关于报送");
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("={byte:02X}")).collect::<String>();
        assert_eq!(decode(&format!("=?utf-8?Q?{}?= =?utf-8?Q?{}?=", hex(one), hex(two))), "关于报送");
    }

    #[test]
    fn joins_base64_that_is_cut_anywhere() {
        for text in [gbk("湖北省计量测试技术研究院"), "湖北省计量测试技术研究院".as_bytes().to_vec()] {
            let label = if text.len() == 24 { "gbk" } else { "utf-8" };
            let encoded = BASE64.encode(&text);
            for cut in 1..encoded.len() - 1 {
                let (one, two) = encoded.split_at(cut);
                assert_eq!(decode(&format!("=?{label}?B?{one}?= =?{label}?B?{two}?=")), "湖北省计量测试技术研究院", "{label} {cut}");
            }
        }
    }

    #[test]
    fn forgives_missing_padding_and_blanks() {
        assert_eq!(decode("=?utf-8?B?5rWL6K+V5a?= ="), "测试\u{fffd} =");
        assert_eq!(decode("=?gbk?B?suI?="), "测");
        assert_eq!(decode("=?gbk?B?suLK1A?= =?gbk?B?suLK1A?="), "测试测试");
        assert_eq!(decode("=?utf-8?Q?=E6=B5=8B =E8=AF=95 a?="), "测 试 a");
        assert_eq!(decode("=?utf-8?B?5rWL?==?utf-8?B?6K+V?=x"), "测试x");
        assert_eq!(decode("\"=?utf-8?B?5rWL?= =?utf-8?B?6K+V?=\""), "\"测试\"");
        assert_eq!(decode("=?utf-8?B?5rWL6K+V"), "测试");
        assert_eq!(decode("=?utf-8?B?5rWL =?utf-8?B?6K+V?="), "测试");
    }

    #[test]
    fn corrects_wrong_labels() {
        assert_eq!(decode(&word("utf-8", &gbk("典型案例"))), "典型案例");
        assert_eq!(decode(&word("gb2312", "典型案例".as_bytes())), "典型案例");
        assert_eq!(decode(&word("x-unheard-of", &gbk("典型案例"))), "典型案例");
    }

    #[test]
    fn many_unclosed_words_cost_no_more_than_their_length() {
        let hostile = "=?a?b?".repeat(100_000);
        assert!(decode(&hostile).is_empty());
    }
}
