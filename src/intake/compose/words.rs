//! Turns values into words that may stand in a letter: cleaned strings, sizes, days and windows.
//!
//! Values come from hostile mail. [`plain`] takes everything out of them that could end a line, start
//! a header field or change how the rest is shown (Unicode TR 36 section 3: bidirectional and invisible
//! characters). It doesn't escape HTML: the layout does, for all of a letter at once.

use crate::model::{campaign::Campaign, reading::WindowPlace};
use jiff::civil::{Date, DateTime};

/// The most characters of a case's title in a subject line.
pub(super) const SUBJECT_TITLE: usize = 40;
/// The most characters of any other value.
pub(super) const VALUE: usize = 200;

/// The most characters of a paragraph that a person wrote.
pub(super) const PARAGRAPH: usize = 4000;

/// The value as one line of visible characters, at most `limit` of them, the last an ellipsis if cut.
pub fn plain(value: &str, limit: usize) -> String {
    let visible: String = value.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    line.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// Characters that show nothing themselves but hide or turn round what stands beside them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}')
}

/// A file's name, cut in the middle so that its extension stays to be seen.
pub(super) fn file_name(name: &str) -> String {
    const LIMIT: usize = 80;
    const TAIL: usize = 16;
    let name = plain(name, 4 * VALUE);
    let count = name.chars().count();
    match count {
        0 => "（未命名文件）".to_owned(),
        1..=LIMIT => name,
        _ => name.chars().take(LIMIT - TAIL - 1).chain(['…']).chain(name.chars().skip(count - TAIL)).collect(),
    }
}

/// `38 KB`, `1.2 MB`: what a unit compares with its own folder.
pub(super) fn size(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = KB * KB;
    if bytes < MB - KB / 2 {
        return format!("{} KB", bytes.div_ceil(KB));
    }
    let tenths = (bytes.saturating_mul(10).saturating_add(MB / 2)) / MB;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// `2023年6月30日`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%Y年%-m月%-d日").to_string()
}

/// `2023年7月7日 17:30`.
pub(super) fn minute(at: DateTime) -> String {
    at.strftime("%Y年%-m月%-d日 %H:%M").to_string()
}

/// The windows of a case as units read them: `2023年6月常态化征集、上半年阶段性征集`.
pub fn window_words(place: &WindowPlace, campaign: &Campaign) -> String {
    let month = place.month.as_deref().and_then(month_words);
    let batch = place.batch.as_deref().and_then(|id| campaign.calendar.batches.iter().find(|batch| batch.id == id));
    let words: Vec<String> = month.into_iter().chain(batch.map(|batch| batch.name.clone())).collect();
    if words.is_empty() { "征集截止后收到".to_owned() } else { words.join("、") }
}

fn month_words(month: &str) -> Option<String> {
    let (year, month) = month.split_once('-')?;
    Some(format!("{}年{}月常态化征集", year.parse::<u16>().ok()?, month.parse::<u8>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_visible_line() {
        assert_eq!(plain("标题\r\nBcc: a@b.c\0\t\u{2028}完", 99), "标题 Bcc: a@b.c 完");
        assert_eq!(plain("a\u{202e}fdp.exe\u{200b}\u{2066}", 99), "afdp.exe");
        assert_eq!(plain("一二三四五", 4), "一二三…");
    }

    #[test]
    fn a_long_file_name_keeps_its_extension() {
        let name = file_name(&format!("{}.docx", "长".repeat(200)));
        assert_eq!(name.chars().count(), 80);
        assert!(name.ends_with(".docx"), "{name}");
        assert_eq!(file_name("\r\n"), "（未命名文件）");
    }

    #[test]
    fn sizes_read_like_a_folder() {
        for (bytes, shown) in [(0, "0 KB"), (1, "1 KB"), (38_000, "38 KB"), (1_048_575, "1.0 MB"), (1_258_291, "1.2 MB")] {
            assert_eq!(size(bytes), shown);
        }
        assert_eq!(size(u64::MAX).split_once(' ').map(|(_, unit)| unit), Some("MB"));
    }
}
