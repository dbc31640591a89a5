//! What stands before a label and what follows it: numbering, hints in brackets, colons.

use super::LabelForm;
use crate::intake::text;

/// Cuts `一、`, `（一）`, `1.`, `①`, `第一部分`, `*` and blanks off the head.
pub fn skip_numbering(text: &str) -> &str {
    let head = text.trim_start_matches(|c: char| c.is_whitespace() || is_bullet(c));
    if let Some(rest) = head.strip_prefix(is_enclosed_number) {
        return skip_blanks(rest.trim_start_matches(is_number_end));
    }
    let part = head.strip_prefix('第').and_then(|rest| {
        let unit = ["部分", "章", "节"].iter().find_map(|unit| rest.trim_start_matches(is_number).strip_prefix(unit))?;
        rest.starts_with(is_number).then_some(unit)
    });
    if let Some(rest) = part {
        return skip_blanks(rest.trim_start_matches(is_number_end));
    }
    let unbracketed = head.trim_start_matches(['(', '（']).trim_start();
    let digits = unbracketed.trim_start_matches(is_number);
    let marked = digits.trim_start();
    // “07106765500，QQ：…” begins with a telephone number, not with numbering.
    let length = unbracketed.strip_suffix(digits).map_or(0, |number| number.chars().count());
    if (1..=3).contains(&length) && marked.starts_with(is_number_end) {
        return skip_blanks(marked.trim_start_matches(is_number_end));
    }
    // “1 案例题目”: a blank alone parts the number from the word.
    let spaced = marked.len() < digits.len() && (1..=2).contains(&length);
    if spaced { skip_blanks(marked) } else { head }
}

fn is_bullet(c: char) -> bool {
    matches!(
        c,
        '*' | '＊'
            | '★'
            | '☆'
            | '●'
            | '◆'
            | '◇'
            | '※'
            | '•'
            | '·'
            | '▲'
            | '►'
            | '▶'
            | '➢'
            | '➤'
            | '❖'
            | '■'
            | '\u{feff}'
            | '\u{200b}'
    )
}

/// ①, ⑴, ⒈, ㈠, Ⅰ: a number that is one character.
fn is_enclosed_number(c: char) -> bool {
    matches!(c, '①'..='⒛' | '㈠'..='㈩' | '㊀'..='㊉' | 'Ⅰ'..='Ⅻ')
}

fn is_number(c: char) -> bool {
    "一二三四五六七八九十壹贰叁肆伍".contains(c) || text::narrow(c).is_ascii_digit()
}

fn is_number_end(c: char) -> bool {
    matches!(c, '、' | '.' | '．' | ')' | '）' | ',' | '，' | '。' | ':' | '：')
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '＊' | '\u{fffc}'))
}

/// What follows a label: hints in brackets and blanks are skipped; none where the word simply goes on.
pub(super) fn after_label(tail: &str) -> Option<(LabelForm, &str)> {
    let mut rest = skip_blanks(tail);
    let mut parted = rest.len() < tail.len();
    while let Some(after) = skip_hint(rest).or_else(|| skip_last_brackets(rest)) {
        rest = skip_blanks(after);
        parted = true;
    }
    let colon = rest.trim_start_matches([':', '：', '﹕', '︰', '∶']);
    if colon.len() < rest.len() {
        let mut value = colon;
        while let Some(after) = skip_hint(skip_blanks(value)).filter(|after| !after.is_empty() || is_hint_only(value)) {
            value = after;
        }
        return Some((if value.trim().is_empty() { LabelForm::Alone } else { LabelForm::Colon }, value));
    }
    if rest.trim().is_empty() {
        return Some((LabelForm::Alone, ""));
    }
    parted.then_some((LabelForm::Blank, rest))
}

fn is_hint_only(value: &str) -> bool {
    skip_hint(skip_blanks(value)).is_some_and(|after| after.trim().is_empty())
}

/// Skips one `（…）` that is a hint of the form: what to fill in, how long, where to stamp.
fn skip_hint(text: &str) -> Option<&str> {
    let open = text.chars().next()?;
    let close = match open {
        '(' | '（' => [')', '）'],
        '[' | '［' => [']', '］'],
        '【' => ['】', '】'],
        _ => return None,
    };
    let inner = text.get(open.len_utf8()..)?;
    let end = inner.find(close)?;
    let hint = inner.get(..end)?;
    // （√） and （  ） are a tick and a box, not hints.
    let bare: String = hint.chars().filter(|c| !c.is_whitespace()).collect();
    let is_hint = bare.chars().count() <= 40
        && bare.chars().any(char::is_alphanumeric)
        && [
            "字",
            "盖章",
            "公章",
            "单选",
            "多选",
            "可选",
            "填写",
            "必填",
            "选填",
            "勾",
            "√",
            "另附",
            "附",
            "签",
            "全称",
            "请",
            "如有",
            "限",
            "打",
            "手机",
            "座机",
            "电话",
            "联系方式",
        ]
        .iter()
        .any(|word| bare.contains(word));
    let closing = inner.get(end..)?.chars().next()?;
    inner.get(end + closing.len_utf8()..).filter(|_| is_hint)
}

/// Skips brackets right behind a label, whatever they say, where a colon, a tab, a line break or the end
/// follows: `案例题目（标题）：`.
fn skip_last_brackets(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(['(', '（', '[', '［', '【'])?;
    let (within, after) = inner.split_once([')', '）', ']', '］', '】'])?;
    // 案例题目（名称）　某某: blanks part a short word in brackets from a value.
    let parted = after.starts_with("  ") || after.starts_with('\u{3000}');
    let named = parted && within.chars().count() <= 8 && within.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '、' | '/' | '／'));
    let ends = named || after.starts_with(['\t', '\n']) || skip_blanks(after).chars().next().is_none_or(|c| text::narrow(c) == ':');
    let digits = within.chars().filter(|c| text::narrow(*c).is_ascii_digit()).count();
    (ends && digits < 7 && within.chars().count() <= 60).then_some(after)
}
