//! Bytes of text → characters, whatever the label says (RFC 2978, the WHATWG Encoding Standard, GB 18030).
//!
//! Labels in Chinese mail are often missing or wrong, so every reading is checked: a label holds only
//! where the bytes fit it, otherwise UTF-8, GB 18030 and a statistical guess compete. It never fails; what
//! fits nothing keeps replacement characters.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// How much of a text is shown to the statistical detector.
const SAMPLE_BYTES: usize = 64 << 10;
/// How many characters a guess must save.
const GUESS_HANDICAP: usize = 3;

/// The characters of some bytes, by their label where it is true.
pub fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let label = label.map(|label| label.trim().to_ascii_lowercase()).unwrap_or_default();
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned();
    }
    match label.as_str() {
        "hz" | "hz-gb-2312" => return decode_hz(bytes),
        "utf-7" | "unicode-1-1-utf-7" => {
            if let Some(decoder) = charset_decoder(b"utf-7") {
                return decoder(bytes);
            }
        }
        _ => {}
    }
    choose(bytes, encoding_for(&label))
}

/// The encoding that a label stands for; the national sets are all read as their superset GB 18030.
/// `us-ascii` says nothing about 8-bit bytes.
pub fn encoding_for(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().to_ascii_lowercase();
    match label.as_str() {
        "us-ascii" | "ascii" | "unknown-8bit" | "x-unknown" | "default" | "binary" | "8bit" => None,
        "cp936" | "ms936" | "windows-936" | "gb18030-2000" | "gb-18030" | "gb_2312" | "gb-2312" | "euc-cn" => Some(GB18030),
        "utf8mb4" | "utf_8" => Some(UTF_8),
        "cp950" | "ms950" => Some(BIG5),
        other => Encoding::for_label_no_replacement(other.as_bytes()).map(|found| if found == encoding_rs::GBK { GB18030 } else { found }),
    }
}

/// The label's reading where the bytes bear it out, otherwise the best other one.
fn choose(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    let utf8 = std::str::from_utf8(bytes).ok();
    match (declared, utf8) {
        (Some(encoding), Some(text)) if encoding == UTF_8 => return text.into(),
        (Some(encoding), _) if !encoding.is_ascii_compatible() => {
            if let Some(text) = strictly(encoding, bytes) {
                return text;
            }
        }
        (_, Some(text)) if text.is_ascii() || is_convincing(text) => return text.into(),
        _ => {}
    }
    match declared {
        Some(encoding) if encoding == WINDOWS_1252 && (looks_national(bytes) || is_chinese(bytes)) => lossily(GB18030, bytes),
        Some(encoding) if encoding != UTF_8 => strictly(encoding, bytes).unwrap_or_else(|| detect(bytes, declared)),
        None if looks_national(bytes) => lossily(GB18030, bytes),
        _ => match utf8 {
            Some(text) => text.into(),
            None => detect(bytes, declared),
        },
    }
}

/// The reading that leaves the fewest replacement characters; the first of equals. A guess must be clearly
/// better, since it is not worth much on a short text.
fn detect(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    if is_cut_utf8(bytes) {
        return lossily(UTF_8, bytes);
    }
    if looks_western(bytes) {
        return lossily(WINDOWS_1252, bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..SAMPLE_BYTES).unwrap_or(bytes), true);
    let guess = detector.guess(Some(b"cn"), Utf8Detection::Allow);
    let traditional = (guess == BIG5 && !looks_national(bytes)).then_some(guess);
    [(declared, 0), (Some(UTF_8), 0), (traditional, 0), (Some(GB18030), 0), (Some(guess), GUESS_HANDICAP)]
        .into_iter()
        .filter_map(|(encoding, handicap)| Some((lossily(encoding?, bytes), handicap)))
        .min_by_key(|(text, handicap)| handicap + text.chars().filter(|character| *character == char::REPLACEMENT_CHARACTER).count())
        .map(|(text, _)| text)
        .unwrap_or_default()
}

/// Whether only the last character is missing some bytes.
fn is_cut_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| {
        error.error_len().is_none()
            && bytes.get(..error.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok()).is_some_and(is_convincing)
    })
}

fn strictly(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(Into::into)
}

fn lossily(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether text that is valid UTF-8 is UTF-8 for sure: short GBK text can be valid by chance (一些 is
/// `һЩ`), but then it has no characters of three bytes.
fn is_convincing(text: &str) -> bool {
    text.chars().any(|character| character >= '\u{2000}')
}

/// Whether all 8-bit bytes stand in pairs of GB 2312, two of them together: the usual unlabelled mail.
fn looks_national(bytes: &[u8]) -> bool {
    let mut longest = 0;
    for run in bytes.split(u8::is_ascii) {
        let (whole, rest) = run.as_chunks::<2>();
        if !rest.is_empty() || !whole.iter().all(|[lead, trail]| (0xA1..=0xF7).contains(lead) && (0xA1..=0xFE).contains(trail)) {
            return false;
        }
        longest = longest.max(whole.len());
    }
    longest >= 2
}

/// Whether it reads as Chinese in GB 18030, rare characters (喆, 㛃) and all: a western text has no long runs of 8-bit bytes.
fn is_chinese(bytes: &[u8]) -> bool {
    const RUN: usize = 16;
    let runs = || bytes.split(u8::is_ascii).any(|run| run.len() >= RUN);
    let text = || strictly(GB18030, bytes).unwrap_or_default();
    runs() && {
        let (han, others) = text().chars().filter(|c| !c.is_ascii()).fold((0_usize, 0_usize), |(han, others), c| match c {
            '\u{4e00}'..='\u{9fff}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}' => (han + 1, others),
            _ => (han, others + 1),
        });
        han >= RUN && others * 10 <= han
    }
}

/// Whether no two 8-bit bytes stand together: the accents of a western text.
fn looks_western(bytes: &[u8]) -> bool {
    bytes.split(u8::is_ascii).all(|run| run.len() <= 1)
}

/// HZ (RFC 1843): GB 2312 in seven bits between `~{` and `~}`.
fn decode_hz(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (byte, rest.peek()) {
            (b'~', Some(b'{')) => shifted = true,
            (b'~', Some(b'}')) => shifted = false,
            (b'~', Some(b'~')) if !shifted => plain.push(b'~'),
            (b'~', Some(b'\n')) => {}
            _ => {
                plain.push(if shifted && byte.is_ascii_graphic() { byte | 0x80 } else { byte });
                continue;
            }
        }
        rest.next();
    }
    lossily(GB18030, &plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn reads_true_labels() {
        for label in ["gb2312", "GBK", "gb18030", "cp936", "x-gbk", "MS936", "chinese"] {
            assert_eq!(decode(&gbk("朱镕基㐀"), Some(label)), "朱镕基㐀", "{label}");
            assert_eq!(decode(&gbk("中文"), Some(label)), "中文", "{label}");
        }
        assert_eq!(decode("中文".as_bytes(), Some("utf8")), "中文");
        assert_eq!(decode(&BIG5.encode("湖北計量").0, Some("big5")), "湖北計量");
        assert_eq!(decode(b"~{VPND~} 2023~~", Some("HZ-GB-2312")), "中文 2023~");
        assert_eq!(decode(b"+Ti1lhw-", Some("utf-7")), "中文");
        assert_eq!(decode(b"\xFF\xFE\x2d\x4e\x87\x65", None), "中文");
        assert_eq!(decode(b"\x1b$BF|K\\\x1b(B", Some("iso-2022-jp")), "日本");
        assert_eq!(decode(b"M\xfcller", Some("iso-8859-1")), "Müller");
        let rare = "联系人：田喆，报送单位：国家农副加工食品质量检验检测中心";
        assert_eq!(decode(&gbk(rare), Some("iso-8859-1")), rare);
        let western = "Les données de qualité ont été transmises à l'équipe ; où êtes-vous ?";
        let bytes = encoding_rs::WINDOWS_1252.encode(western).0;
        assert_eq!(decode(&bytes, Some("iso-8859-1")), western);
    }

    #[test]
    fn corrects_wrong_and_missing_labels() {
        for label in [None, Some("utf-8"), Some("us-ascii"), Some("iso-8859-1"), Some("nonsense"), Some("gbk")] {
            assert_eq!(decode(&gbk("关于报送典型案例的函"), label), "关于报送典型案例的函", "{label:?}");
            assert_eq!(decode("关于报送典型案例的函".as_bytes(), label), "关于报送典型案例的函", "{label:?}");
        }
        assert_eq!(decode(&gbk("珺喆"), None), "珺喆");
    }

    #[test]
    fn short_gbk_that_is_valid_utf8_stays_gbk() {
        assert_eq!(decode(&gbk("一些"), None), "一些");
        assert_eq!(decode(&gbk("一些"), Some("gb2312")), "一些");
        assert_eq!(decode("Mülle® ä".as_bytes(), None), "Mülle® ä");
        assert_eq!(decode(b"M\xfcller", None), "Müller");
    }

    #[test]
    fn a_text_cut_inside_a_character_loses_only_that() {
        let bytes = gbk("湖北省计量院");
        assert_eq!(decode(&bytes[..bytes.len() - 1], Some("gbk")), "湖北省计量\u{fffd}");
        let bytes = "湖北省计量院".as_bytes();
        assert_eq!(decode(&bytes[..bytes.len() - 1], Some("utf-8")), "湖北省计量\u{fffd}");
    }
}
