//! The same form more than once in a mail: as another format, as an earlier version.
//!
//! One of them becomes the case, the others are copies. Where what they say differs, a coordinator is asked.

use super::names::folded;
use crate::intake::form::Form;
use crate::intake::text;
use crate::intake::unpack::File;
use crate::model::document::Format;

/// Words of a version that was the last, and of one that was not.
const FINAL: [&str; 16] = [
    "最终",
    "终稿",
    "定稿",
    "终版",
    "正式",
    "最新",
    "修改后",
    "补正",
    "修改稿",
    "修改版",
    "修订",
    "改后",
    "更正",
    "更新",
    "新版",
    "以此为准",
];
const DRAFT: [&str; 22] = [
    "初稿",
    "草稿",
    "旧版",
    "旧稿",
    "作废",
    "草案",
    "修改前",
    "征求意见",
    "未修改",
    "原稿",
    "未修订",
    "修订前",
    "待修改",
    "待修订",
    "更新前",
    "未更新",
    "待更新",
    "更正前",
    "未更正",
    "补正前",
    "未补正",
    "非最终",
];
/// As much of a text as is held against another.
const COMPARED: usize = 6000;
/// Texts of two formats that differ by no more than what their readers lose.
const ALIKE: f64 = 0.97;

/// Whether two forms are one case's.
pub(super) fn are_one_case(one: &Form, other: &Form) -> bool {
    let title = |form: &Form| form.title.as_deref().map(folded).unwrap_or_default();
    let unit = |form: &Form| form.unit.as_deref().map(folded).unwrap_or_default();
    let (has_title, same_title, same_unit) = (!title(one).is_empty(), title(one) == title(other), unit(one) == unit(other));
    let same_text = || !words(one).is_empty() && words(one) == words(other);
    (has_title && same_title && same_unit)
        || (same_unit && !unit(one).is_empty() && same_text() && (same_title || title(one).is_empty() || title(other).is_empty()))
}

/// Whether two files are versions of one case whose title was changed (申报表_初稿, 申报表_终稿), or a form and its page with a
/// title that was read otherwise: all else is the same.
pub(super) fn are_versions(one: (&File, &Form), other: (&File, &Form)) -> bool {
    let of_one = |of: fn(&Form) -> String| !of(one.1).is_empty() && of(one.1) == of(other.1);
    let unit: fn(&Form) -> String = |form| form.unit.as_deref().map(folded).unwrap_or_default();
    let differ = version(&one.0.path) != version(&other.0.path) || is_editable(one.0) != is_editable(other.0);
    differ && of_one(unit) && of_one(|form| folded(&form.contact)) && of_one(words)
}

/// Whether they say the same, as far as their formats let us see it.
pub(super) fn say_the_same(one: (&File, &Form), other: (&File, &Form)) -> bool {
    let (a, b) = (words(one.1), words(other.1));
    let contact = |form: &Form| folded(&form.contact);
    let title = |form: &Form| form.title.as_deref().map(folded);
    let same_title = title(one.1).zip(title(other.1)).is_none_or(|(one, other)| one == other);
    let same_fields = contact(one.1) == contact(other.1) && one.1.choice.categories == other.1.choice.categories;
    let same_format = one.0.file_type == other.0.file_type;
    let same_text = a == b || (!same_format && strsim::sorensen_dice(&a, &b) >= ALIKE);
    same_title && same_text && (same_fields || !same_format)
}

/// Which of two versions is the case: the one that calls itself final, the one that is filled in further, the
/// one that can be edited; else the first.
pub(super) fn is_better(new: (&File, &Form), known: (&File, &Form)) -> bool {
    rank(new) > rank(known)
}

fn rank((file, form): (&File, &Form)) -> (i8, Version, usize, bool) {
    let own = [
        form.title.is_some(),
        form.unit.is_some(),
        !form.choice.categories.is_empty(),
        !form.contact.trim().is_empty(),
        !words(form).is_empty(),
    ];
    (version(&file.path), numbered(&file.name), own.iter().filter(|filled| **filled).count(), is_editable(file))
}

fn is_editable(file: &File) -> bool {
    !matches!(file.file_type, crate::intake::unpack::FileType::Document(Format::Pdf | Format::Ofd))
}

/// Whether a path says that it is the last version (1) or was not (-1).
fn version(path: &str) -> i8 {
    let says = |path: &str, words: &[&str]| words.iter().any(|word| path.contains(word));
    // 未修订 is not 修订.
    let rest = DRAFT.iter().fold(path.to_owned(), |path, word| path.replace(word, "-"));
    i8::from(says(&rest, &FINAL)) - i8::from(says(path, &DRAFT))
}

/// A version's number, and the number behind its point.
type Version = (u32, u32);

/// `申报表v2.docx`, `申报表v1.2(1).docx`, `申报表（第二稿）.docx`: which version a name says that it is; zeros where it says
/// nothing. What a download puts behind it doesn't count.
fn numbered(name: &str) -> Version {
    let stem = text::stem(name).to_lowercase();
    let narrow: String = stem.chars().map(text::narrow).collect();
    let by_letter = narrow.rsplit_once('v').and_then(|(_, rest)| {
        let (major, rest) = leading(rest.trim_start_matches(['.', '-', '_']))?;
        Some((major, rest.strip_prefix('.').and_then(leading).map_or(0, |(minor, _)| minor)))
    });
    let by_word = || narrow.rsplit_once('第').and_then(|(_, rest)| rest.split_once(['稿', '版'])).and_then(|(number, _)| spelt(number));
    let by_draft = || {
        let (before, _) = narrow.rsplit_once('稿')?;
        // 统一稿 is no first one.
        spelt(before.trim_start_matches(|c| !NUMERALS.contains(c))).filter(|number| *number > 1)
    };
    by_letter.or_else(|| Some((by_word().or_else(by_draft)?, 0))).unwrap_or_default()
}

/// A number of at most two digits that a text begins with, and what follows.
fn leading(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))?;
    number.parse().ok().filter(|number| *number < 100).map(|number| (number, rest))
}

/// The Chinese numerals up to ten, in order.
const NUMERALS: &str = "一二三四五六七八九十";

/// `2`, `二`, `十二`.
fn spelt(number: &str) -> Option<u32> {
    let value = |numeral: &str| (1..).zip(NUMERALS.chars()).find(|(_, c)| numeral.chars().eq([*c])).map(|(value, _)| value);
    let number = number.trim();
    match number.strip_prefix('十') {
        Some(ones) if !ones.is_empty() => value(ones).filter(|ones| *ones < 10).map(|ones| 10 + ones),
        _ => value(number).or_else(|| leading(number).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number)),
    }
}

fn words(form: &Form) -> String {
    folded(form.introduction.introduction.text.as_deref().unwrap_or_default()).chars().take(COMPARED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_version() {
        for (older, newer) in [
            ("申报表v1.docx", "申报表v2(1).docx"),
            ("申报表V1.2.docx", "申报表V1.10.docx"),
            ("申报表v2.docx", "申报表v10最后.docx"),
            ("申报表第一稿.docx", "申报表第二稿.docx"),
            ("申报表（第九稿）.docx", "申报表（第十稿）(2).docx"),
            ("申报表第十稿.docx", "申报表第十一稿.docx"),
            ("申报表第2版.docx", "申报表第 三 版.docx"),
            ("申报表.docx", "申报表二稿.docx"),
        ] {
            assert!(numbered(older) < numbered(newer), "{older} {newer}: {:?} {:?}", numbered(older), numbered(newer));
        }
        for plain in
            ["申报表.docx", "申报表(2).docx", "统一稿.docx", "申报表2023版.docx", "vivo服务站.docx", "申报表v20230612.docx", "终稿.docx"]
        {
            assert_eq!(numbered(plain), (0, 0), "{plain}");
        }
    }

    #[test]
    fn what_was_not_revised_is_the_older() {
        let form = Form::default();
        let file = |name: &str| File {
            name: name.to_owned(),
            path: name.to_owned(),
            forwarded: false,
            file_type: crate::intake::unpack::FileType::Document(Format::Docx),
            media_type: String::new(),
            sha256: String::new(),
            bytes: Vec::new(),
        };
        for (older, newer) in [
            ("申报表未修订.docx", "申报表.docx"),
            ("申报表（待修改）.docx", "申报表.docx"),
            ("申报表更新前.docx", "申报表.docx"),
            ("申报表.docx", "申报表（已修订）.docx"),
            ("申报表修订前.docx", "申报表修订后.docx"),
        ] {
            assert!(is_better((&file(newer), &form), (&file(older), &form)), "{older} {newer}");
            assert!(!is_better((&file(older), &form), (&file(newer), &form)), "{older} {newer}");
        }
    }
}
