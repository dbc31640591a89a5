//! Labels: which field a cell or a paragraph announces, and what of it is already value.
//!
//! Units space labels out, star them, add hints in brackets, number them and put the value behind the
//! colon; all of that is compared away. The wordings come from the campaign file.

use crate::intake::form::wording::Wording;
use crate::intake::text;
use crate::model::campaign::FormRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

/// A field of Annex 2, as labels announce it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// 案例题目.
    Title,
    /// 报送单位.
    Unit,
    /// 联合申报单位: further units.
    JointUnit,
    /// 案例分类.
    Category,
    /// 联系人及电话.
    Contact,
    /// 联系人 in a cell of its own.
    ContactName,
    /// 联系电话 in a cell of its own.
    ContactPhone,
    /// 案例介绍.
    Introduction,
    /// 相关证明材料.
    Materials,
    /// 报送单位意见.
    Opinion,
    /// A row that Annex 2 doesn't have.
    Other,
}

impl Field {
    /// Whether the value is long text that may run over rows and paragraphs.
    pub fn is_section(self) -> bool {
        matches!(self, Field::Introduction | Field::Materials | Field::Opinion)
    }

    /// The field's JSON key.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Unit => "unit",
            Field::JointUnit => "joint_units",
            Field::Category => "categories",
            Field::Contact | Field::ContactName | Field::ContactPhone => "contact",
            Field::Introduction => "introduction",
            Field::Materials => "materials",
            Field::Opinion => "opinion",
            Field::Other => "other",
        }
    }
}

/// The labels of one campaign, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Labels {
    /// In the order of the keys, so that those with one beginning stand together.
    by_key: BTreeMap<String, Field>,
    wording: Wording,
}

/// A label at the head of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced<'a> {
    /// Which field.
    pub field: Field,
    /// The label as it stands.
    pub label: &'a str,
    /// What follows it.
    pub rest: &'a str,
    /// How sure it is.
    pub form: LabelForm,
}

/// How a label stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelForm {
    /// Nothing else stands there.
    Alone,
    /// A colon follows.
    Colon,
    /// Blanks, a line break or a bracketed hint follow, then more text.
    Blank,
}

impl Labels {
    /// Takes the wordings of a campaign file.
    pub fn new(rules: &FormRules) -> Labels {
        let own = &rules.labels;
        let groups = [
            (Field::Other, &rules.other_labels),
            (Field::Title, &own.title),
            (Field::Unit, &own.unit),
            (Field::JointUnit, &own.joint_unit),
            (Field::Category, &own.category),
            (Field::ContactName, &own.contact_name),
            (Field::ContactPhone, &own.contact_phone),
            // Behind the phone's: 联络人及电话 and 联络人电话 are compared alike, and both may be in it.
            (Field::Contact, &own.contact),
            (Field::Introduction, &own.introduction),
            (Field::Materials, &own.materials),
            (Field::Opinion, &own.opinion),
        ];
        let mut by_key: BTreeMap<String, Field> = groups
            .iter()
            .flat_map(|(field, words)| words.iter().map(|word| (text::key(word), *field)))
            .filter(|(key, _)| !key.is_empty())
            .collect();
        // 联系人及座机, 经办人/手机: whoever is named, and however they are reached, in one cell.
        for name in &own.contact_name {
            for phone in &own.contact_phone {
                by_key.entry(text::key(name) + &text::key(phone)).or_insert(Field::Contact);
            }
        }
        Labels { by_key, wording: Wording::new(rules) }
    }

    /// The form's other words.
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The first label of those that begin so.
    fn next(&self, key: &str) -> Option<(&String, &Field)> {
        let from = (Bound::Included(key), Bound::Unbounded);
        self.by_key.range::<str, _>(from).next().filter(|(next, _)| next.starts_with(key))
    }

    /// The longest label that the text begins with.
    pub fn announced<'a>(&self, text: &'a str) -> Option<Announced<'a>> {
        let body = skip_numbering(text);
        let mut key = String::new();
        let mut best: Option<(Field, usize)> = None;
        for (at, c) in body.char_indices() {
            // A bracket within a label goes on: 项目（案例）名称. Behind one it is a hint.
            let ends = match text::narrow(c) {
                ':' => !key.is_empty(),
                '(' | '[' | '【' => best.is_some(),
                _ => false,
            };
            if ends {
                break;
            }
            let Some(part) = text::key_char(c) else { continue };
            key.push(part);
            // Prose ends here with its first character or two: no label begins so.
            let Some((next, field)) = self.next(&key) else { break };
            if next.len() == key.len() {
                best = Some((*field, at + c.len_utf8()));
            }
        }
        let known = best.and_then(|(field, end)| {
            let (label, tail) = body.split_at_checked(end)?;
            let (form, rest) = after_label(tail)?;
            Some(Announced { field, label, rest, form })
        });
        known.or_else(|| someone_elses_opinion(body))
    }
}

/// `县（市、区）市场监管局推荐意见`: another's opinion, under whatever name, alone on its line or before a colon.
fn someone_elses_opinion(body: &str) -> Option<Announced<'_>> {
    const WORD: &str = "意见";
    /// Bytes that it may take, blanks among them.
    const ANOTHERS: usize = 256;
    let head = body.get(..body.floor_char_boundary(ANOTHERS))?;
    let end = head.find(WORD)? + WORD.len();
    let (label, tail) = body.split_at_checked(end)?;
    let is_name = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '(' | ')' | '（' | '）' | '、' | '/' | '／');
    let length = label.chars().filter(|c| !c.is_whitespace()).count();
    let speaks = ["局", "厅", "部门", "推荐", "专家", "处室", "协会", "主管"].iter().any(|word| label.contains(word));
    if !(4..=24).contains(&length) || !label.chars().all(is_name) || !speaks {
        return None;
    }
    let (form, rest) = after_label(tail)?;
    (form != LabelForm::Blank).then_some(Announced { field: Field::Other, label, rest, form })
}

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
fn after_label(tail: &str) -> Option<(LabelForm, &str)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        let by_key = [
            ("案例题目", Field::Title),
            ("报送单位", Field::Unit),
            ("报送单位意见", Field::Opinion),
            ("联系人及电话", Field::Contact),
            ("案例介绍", Field::Introduction),
            ("案例分类", Field::Category),
        ]
        .into_iter()
        .map(|(word, field)| (text::key(word), field))
        .collect();
        Labels { by_key, wording: Wording::default() }
    }

    #[test]
    fn a_label_is_known_however_it_is_dressed() {
        let labels = labels();
        for (text, field, form, rest) in [
            ("案 例 题 目", Field::Title, LabelForm::Alone, ""),
            ("*案例\n题目（50字以内）：", Field::Title, LabelForm::Alone, ""),
            ("案例题目（50字以内）：黄石：“NQI+”", Field::Title, LabelForm::Colon, "黄石：“NQI+”"),
            ("报送单位（盖章）", Field::Unit, LabelForm::Alone, ""),
            ("报送单位意见：同意", Field::Opinion, LabelForm::Colon, "同意"),
            ("一 、案例介绍", Field::Introduction, LabelForm::Alone, ""),
            ("（ 一 ） 案 例 题 目", Field::Title, LabelForm::Alone, ""),
            ("①案例题目：茶", Field::Title, LabelForm::Colon, "茶"),
            ("第一部分 案例介绍", Field::Introduction, LabelForm::Alone, ""),
            ("案例题目（标题）：", Field::Title, LabelForm::Alone, ""),
            ("案例题目（名称）   茶", Field::Title, LabelForm::Blank, "茶"),
            ("案例分类（√）", Field::Category, LabelForm::Alone, ""),
            ("案例分类（√）\t√计量 标准", Field::Category, LabelForm::Blank, "√计量 标准"),
            ("联系人（及）电话*：", Field::Contact, LabelForm::Alone, ""),
            ("壹、案例介绍", Field::Introduction, LabelForm::Alone, ""),
            ("联 系 人 及 电 话 （ 手 机 ）", Field::Contact, LabelForm::Alone, ""),
            ("案例分类：（  ）计量（√）标准", Field::Category, LabelForm::Colon, "（  ）计量（√）标准"),
            ("案例分类：（√）计量（  ）标准", Field::Category, LabelForm::Colon, "（√）计量（  ）标准"),
            ("1、案例介绍（1500字以内）", Field::Introduction, LabelForm::Alone, ""),
            ("联系人、电话：张三", Field::Contact, LabelForm::Colon, "张三"),
            ("报送单位  某某局", Field::Unit, LabelForm::Blank, "某某局"),
            ("报送单位：（盖章）某某局", Field::Unit, LabelForm::Colon, "某某局"),
        ] {
            let found = labels.announced(text).unwrap_or_else(|| panic!("no label in {text}"));
            assert_eq!((found.field, found.form, found.rest), (field, form, rest), "{text}");
        }
    }

    #[test]
    fn a_word_that_goes_on_is_no_label() {
        assert_eq!(labels().announced("案例介绍了如下做法"), None);
        assert_eq!(labels().announced("07106765500，报送单位：某局"), None);
        assert_eq!(labels().announced("报送单位众多，涉及全省"), None);
    }
}
