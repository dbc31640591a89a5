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
const DRAFT: [&str; 10] = ["初稿", "草稿", "旧版", "旧稿", "作废", "草案", "修改前", "征求意见", "未修改", "原稿"];
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

/// Whether they say the same, as far as their formats let us see it.
pub(super) fn say_the_same(one: (&File, &Form), other: (&File, &Form)) -> bool {
    let (a, b) = (words(one.1), words(other.1));
    let contact = |form: &Form| folded(&form.contact);
    let same_fields = contact(one.1) == contact(other.1) && one.1.choice.categories == other.1.choice.categories;
    let same_format = one.0.file_type == other.0.file_type;
    let same_text = a == b || (!same_format && strsim::sorensen_dice(&a, &b) >= ALIKE);
    same_text && (same_fields || !same_format)
}

/// Which of two versions is the case: the one that calls itself final, the one that is filled in further, the
/// one that can be edited; else the first.
pub(super) fn is_better(new: (&File, &Form), known: (&File, &Form)) -> bool {
    rank(new) > rank(known)
}

fn rank((file, form): (&File, &Form)) -> (i8, u32, usize, bool) {
    let says = |words: &[&str]| words.iter().any(|word| file.path.contains(word));
    let version = i8::from(says(&FINAL)) - i8::from(says(&DRAFT));
    let own = [
        form.title.is_some(),
        form.unit.is_some(),
        !form.choice.categories.is_empty(),
        !form.contact.trim().is_empty(),
        !words(form).is_empty(),
    ];
    let editable = !matches!(file.file_type, crate::intake::unpack::FileType::Document(Format::Pdf | Format::Ofd));
    (version, numbered(&file.name), own.iter().filter(|filled| **filled).count(), editable)
}

/// `申报表v2.docx`, `申报表（第3稿）.docx`: which version a name says that it is; 0 where it says nothing.
fn numbered(name: &str) -> u32 {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let narrow: String = stem.chars().map(text::narrow).collect();
    let by_letter = narrow.rsplit_once(['v', 'V']).map(|(_, rest)| rest.trim_start_matches(['.', '-', '_']));
    let by_word = narrow.rsplit_once('第').and_then(|(_, rest)| rest.split_once(['稿', '版'])).map(|(number, _)| number);
    let digits = |text: &str| text.trim_end_matches(')').parse::<u32>().ok().filter(|number| *number < 100);
    by_letter.and_then(digits).or_else(|| by_word.and_then(digits)).unwrap_or(0)
}

fn words(form: &Form) -> String {
    folded(form.introduction.introduction.text.as_deref().unwrap_or_default()).chars().take(COMPARED).collect()
}
