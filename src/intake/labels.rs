//! Labels: which field a cell or a paragraph announces, and what of it is already value.
//!
//! Units space labels out, star them, add hints in brackets, number them and put the value behind the
//! colon; all of that is compared away. The wordings come from the campaign file.

mod after;
mod parts;
#[cfg(test)]
mod tests;

use crate::intake::form::wording::Wording;
use crate::intake::text;
use crate::model::campaign::FormRules;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use after::after_label;
pub use after::skip_numbering;
pub(super) use parts::LONGEST as LONGEST_LABEL;
use parts::Parts;

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
    parts: Parts,
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
        Labels { by_key, parts: Parts::new(&rules.label_words), wording: Wording::new(rules) }
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
        // Before blanks only the campaign's own wordings count: prose may begin like a label.
        let sure = known.filter(|found| found.form != LabelForm::Blank);
        let composed = sure.or_else(|| self.composed(body)).filter(|found| found.form != LabelForm::Blank || known.is_none());
        composed.or(known).or_else(|| self.bracketed(body)).or_else(|| someone_elses_opinion(body))
    }

    /// `【案例题目】某某`: a label of the form's own in brackets. Other words in brackets head a unit's own paragraphs (【摘要】).
    fn bracketed<'a>(&self, body: &'a str) -> Option<Announced<'a>> {
        const PAIRS: [(char, char); 4] = [('【', '】'), ('[', ']'), ('［', '］'), ('〔', '〕')];
        let (inner, tail) = PAIRS.iter().find_map(|(open, close)| body.strip_prefix(*open)?.split_once(*close))?;
        let field = self.field(&text::key(inner)).filter(|field| *field != Field::Other)?;
        let label = body.strip_suffix(tail)?;
        let rest = tail.trim_start().trim_start_matches([':', '：']).trim_start();
        let form = if rest.is_empty() { LabelForm::Alone } else { LabelForm::Colon };
        Some(Announced { field, label, rest, form })
    }
}

impl Labels {
    /// Of how many fields the form's own labels stand in a text that speaks of a case, wherever they stand: torn from
    /// their values, say.
    pub fn spoken_of(&self, content: &str) -> usize {
        /// As much of a text is looked through, in bytes.
        const BEGINNING: usize = 16 << 10;
        /// A shorter label is a word of any text.
        const SHORTEST: usize = 4;
        let content = text::key(content.get(..content.floor_char_boundary(BEGINNING)).unwrap_or_default());
        let contact = |field: Field| if matches!(field, Field::ContactName | Field::ContactPhone) { Field::Contact } else { field };
        let known = self.by_key.iter().map(|(key, field)| (key, contact(*field)));
        let own = known.filter(|(key, field)| !matches!(field, Field::Other | Field::JointUnit) && key.chars().count() >= SHORTEST);
        let mut found = BTreeSet::new();
        for (key, field) in own {
            if !found.contains(&field) && content.contains(key.as_str()) {
                found.insert(field);
            }
        }
        // A ledger of enterprises has units, contacts and categories.
        let of_a_case = found.contains(&Field::Title) || found.contains(&Field::Introduction);
        if of_a_case { found.len() } else { 0 }
    }

    /// The field of a label's key, from a list or from its words.
    fn field(&self, key: &str) -> Option<Field> {
        self.by_key.get(key).copied().or_else(|| self.parts.field(key))
    }

    /// A label with a hint within it (报送单位（盖章）意见), or that no list names, alone on its line or before a colon.
    fn composed<'a>(&self, body: &'a str) -> Option<Announced<'a>> {
        let mut key = String::new();
        let mut close = None;
        let mut colon = None;
        let mut blank = false;
        for (at, c) in body.char_indices() {
            match (close, text::narrow(c)) {
                (Some(bracket), c) => close = Some(bracket).filter(|bracket| *bracket != c),
                (None, '(') => close = Some(')'),
                (None, '[') => close = Some(']'),
                (None, '【') => close = Some('】'),
                (None, ':') => {
                    colon = Some(at);
                    break;
                }
                // 案例所属类型⇥☑计量: a tab, or blanks, part the label from its value.
                (None, c) if c == '\t' || blank && c == ' ' => {
                    if let Some(field) = self.field(&key) {
                        let (label, tail) = body.split_at_checked(at)?;
                        return Some(Announced { field, label: label.trim(), rest: tail.trim_start(), form: LabelForm::Blank });
                    }
                }
                (None, _) => key.extend(text::key_char(c)),
            }
            blank = text::narrow(c) == ' ';
            if at > parts::LONGEST * 16 || key.chars().nth(parts::LONGEST).is_some() {
                return None;
            }
        }
        let field = self.field(&key).filter(|_| close.is_none())?;
        let (label, tail) = body.split_at_checked(colon.unwrap_or(body.len()))?;
        let (form, rest) = after_label(tail)?;
        (form != LabelForm::Blank).then_some(Announced { field, label: label.trim(), rest, form })
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
