//! Characters as forms are compared: blanks, full-width forms, brackets, and 字数 as Word counts it.

/// A file's name without its last extension.
pub fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Full-width ASCII (U+FF01 to U+FF5E) as half-width, the ideographic space as a space, every dash (and the line of a box that is
/// typed for one) as `-`.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' | '─' | '━' => '-',
        other => other,
    }
}

/// A character of the form's labels, of its options or of a city's name as it is written in 简体.
pub fn simplified(c: char) -> char {
    match c {
        '題' => '题',
        '報' => '报',
        '單' => '单',
        '稱' => '称',
        '類' => '类',
        '聯' => '联',
        '繫' | '係' => '系',
        '電' => '电',
        '話' => '话',
        '機' => '机',
        '號' => '号',
        '紹' => '绍',
        '義' => '义',
        '創' => '创',
        '點' => '点',
        '關' => '关',
        '證' => '证',
        '見' => '见',
        '蓋' => '盖',
        '計' => '计',
        '標' => '标',
        '準' => '准',
        '檢' => '检',
        '驗' => '验',
        '測' => '测',
        '認' => '认',
        '請' => '请',
        '縣' => '县',
        '漢' => '汉',
        '黃' => '黄',
        '陽' => '阳',
        '荊' => '荆',
        '門' => '门',
        '岡' => '冈',
        '寧' => '宁',
        '隨' => '随',
        '潛' => '潜',
        '農' => '农',
        '區' => '区',
        '總' => '总',
        '榮' => '荣',
        '譽' => '誉',
        '傳' => '传',
        '獲' => '获',
        '產' => '产',
        '權' => '权',
        '識' => '识',
        '專' => '专',
        '體' => '体',
        '況' => '况',
        '內' => '内',
        other => other,
    }
}

/// [`narrow`] over a string.
pub fn narrowed(text: &str) -> String {
    text.chars().map(narrow).collect()
}

/// Whether a character takes no room: zero-width marks that copying leaves behind.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{fffc}')
}

/// The key by which labels, headings and guidance are compared: no blanks, marks or joining words, narrow.
///
/// `联系人及电话`, `联系人、电话` and `联 系 人／电 话` have the same key.
pub fn key(text: &str) -> String {
    text.chars().filter_map(key_char).collect()
}

/// What a character adds to a [`key`], if anything.
pub fn key_char(c: char) -> Option<char> {
    // Most of a form is Han characters, which have no case: looking them up in Unicode's tables took most of the time.
    if matches!(c, '\u{4e00}'..='\u{9fff}') {
        return (!matches!(c, '及' | '和' | '与' | '與')).then(|| simplified(c));
    }
    let c = narrow(c);
    (c.is_alphanumeric() && !matches!(c, '及' | '和' | '与')).then(|| c.to_lowercase().next().unwrap_or(c))
}

/// A value without blanks at its ends, invisible marks and the underscores of a blank to fill in.
pub fn tidy(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    visible.trim_matches(|c: char| c.is_whitespace() || matches!(c, '_' | '＿' | '\u{3000}')).to_owned()
}

/// Lines of one value as one line: Chinese is joined as it stands, other words with a space.
pub fn joined<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for piece in lines.into_iter().flat_map(|line| line.split(['\n', '\t'])).map(tidy).filter(|piece| !piece.is_empty()) {
        let between_words =
            out.chars().last().is_some_and(|c| c.is_ascii_alphanumeric()) && piece.starts_with(|c: char| c.is_ascii_alphanumeric());
        if between_words {
            out.push(' ');
        }
        out.push_str(&piece);
    }
    out
}

/// Whether 字数 counts the character by itself: Han, kana, bopomofo, Hangul and full-width marks.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fff}' | '\u{3001}'..='\u{33ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff01}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}'
        | '‘' | '’' | '“' | '”' | '—' | '…' | '·' | '―' | '‖' | '×' | '÷' | '℃' | '①'..='⓿' | '■'..='◿' | '★'..='☆')
}

/// 字数 as Word and WPS count it: each Han character and each full-width mark is 1, a run of other
/// non-blank characters is 1.
pub fn count_words(text: &str) -> u32 {
    let mut count = 0;
    let mut in_run = false;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        let wide = is_wide(c);
        let starts_run = !wide && !c.is_whitespace() && !in_run;
        if wide || starts_run {
            count += 1;
        }
        in_run = !wide && !c.is_whitespace();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_word_does() {
        assert_eq!(count_words("质量基础设施"), 6);
        assert_eq!(count_words("通过ISO 9001认证，提升20%。"), 2 + 1 + 1 + 2 + 1 + 2 + 1 + 1);
        assert_eq!(count_words(" \n\t　"), 0);
        assert_eq!(count_words("𬭚㛃“计量”"), 6);
    }

    #[test]
    fn keys_ignore_how_a_label_is_written() {
        for label in ["联系人及电话", "联 系 人／电 话", "联系人、电话：", "*联系人\n电话"] {
            assert_eq!(key(label), "联系人电话");
        }
    }

    #[test]
    fn lines_join_without_gaps_in_chinese() {
        assert_eq!(joined(["计量强基\n服务", " 产业链 "]), "计量强基服务产业链");
        assert_eq!(joined(["ISO", "9001"]), "ISO 9001");
    }
}
