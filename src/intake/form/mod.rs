//! One application form: a [`Document`] into the fields of Annex 2, as the unit filled them in.
//!
//! It reads; whether what was read is enough is [`check`](crate::intake::check)'s business.

pub mod contact;
pub mod introduction;
mod joint;
pub mod locate;
pub mod opinion;
pub mod ticks;

use crate::intake::labels::{Field, Labels};
use crate::intake::text;
use crate::model::campaign::Campaign;
use crate::model::document::{Document, Inline};
use crate::model::reading::{FieldTrace, Opinion};
use locate::{Line, Located};
use regex::Regex;
use std::sync::LazyLock;

/// A form's content, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// Further units of a joint application.
    pub joint_units: Vec<String>,
    /// 案例分类.
    pub choice: ticks::Choice,
    /// The contact cells as written, a line each.
    pub contact: String,
    /// 案例介绍.
    pub introduction: introduction::Read,
    /// 相关证明材料.
    pub materials: Option<String>,
    /// 报送单位意见.
    pub opinion: Opinion,
    /// Pictures that could be a seal: those of the opinion and unit cells, and those that float.
    pub seal_pictures: Vec<SealPicture>,
    /// Where each value stood.
    pub trace: Vec<FieldTrace>,
}

/// A picture of the form that could be its seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealPicture {
    /// Its index in [`Document::pictures`].
    pub index: usize,
    /// Whether it floats over the text.
    pub floating: bool,
}

impl Form {
    /// Whether it only looks like a form: somebody's ledger with a few of the labels, which names neither a
    /// unit nor a contact and introduces nothing (design rule 16).
    pub fn is_ledger(&self) -> bool {
        !self.is_blank() && self.unit.is_none() && self.contact.trim().is_empty() && self.introduction.introduction.text.is_none()
    }

    /// Whether a label announced the title: a ledger of enterprises has none.
    pub fn names_a_case(&self) -> bool {
        self.trace.iter().any(|trace| trace.field == Field::Title.as_str())
    }

    /// Whether nothing was filled in.
    pub fn is_blank(&self) -> bool {
        self.title.is_none()
            && self.unit.is_none()
            && self.choice.categories.is_empty()
            && self.contact.trim().is_empty()
            && self.introduction.introduction.text.is_none()
    }
}

/// Every form of a document; none where its labels make none.
pub fn read(document: &Document, campaign: &Campaign, labels: &Labels) -> Vec<Form> {
    let located = locate::locate(document, labels);
    located.iter().filter(|form| form.is_form()).map(|form| assemble(form, document, campaign)).collect()
}

fn assemble(located: &Located, document: &Document, campaign: &Campaign) -> Form {
    let rules = &campaign.form;
    let mut units = units(located.lines(Field::Unit), campaign).into_iter();
    let choice = ticks::read(located.lines(Field::Category), document, &campaign.categories);
    Form {
        title: short(located.lines(Field::Title), campaign),
        unit: units.next(),
        joint_units: units.collect(),
        contact: contact_text(located, campaign),
        introduction: introduction::read(located.lines(Field::Introduction), rules),
        materials: opinion::materials(located.lines(Field::Materials), rules),
        opinion: opinion::read(located.lines(Field::Opinion), rules),
        seal_pictures: seal_pictures(located, document),
        trace: located.fields().map(|(field, slot)| trace(field, slot, &choice, document)).collect(),
        choice,
    }
}

fn trace(field: Field, slot: &locate::Slot, choice: &ticks::Choice, document: &Document) -> FieldTrace {
    let value = slot.lines.iter().find(|line| !line.text().trim().is_empty());
    let place = value.map_or(slot.place, |line| line.place).describe();
    let page = value.and_then(|line| document.page_of(&line.text())).or_else(|| document.page_of(&slot.label));
    // Of a tick a coordinator wants to know which mark was believed.
    let because = if field == Field::Category { format!("{}：{}", slot.label, choice.because) } else { slot.label.clone() };
    let place = page.map_or_else(|| place.clone(), |page| format!("第{page}页 {place}"));
    FieldTrace { field: field.as_str().to_owned(), place, because }
}

/// A value of one line: guidance, blanks and words that say nothing are no value.
fn short(lines: &[Line], campaign: &Campaign) -> Option<String> {
    let own: Vec<String> = lines.iter().flat_map(|line| own_lines(line, campaign)).collect();
    let value = text::joined(own.iter().map(String::as_str));
    (!value.is_empty() && !says_nothing(&value, campaign)).then_some(value)
}

fn own_lines(line: &Line, campaign: &Campaign) -> Vec<String> {
    let content = line.text();
    content.split('\n').filter_map(|line| introduction::own_words(line, &campaign.form)).collect()
}

fn says_nothing(value: &str, campaign: &Campaign) -> bool {
    let bare = value.trim();
    campaign.form.empty_values.iter().any(|empty| empty == bare) || !bare.chars().any(char::is_alphanumeric)
}

/// 报送单位: one, or several where lines or marks part names that are each a unit's.
fn units(lines: &[Line], campaign: &Campaign) -> Vec<String> {
    let Some(whole) = short(lines, campaign) else { return Vec::new() };
    let by_line: Vec<String> = lines.iter().flat_map(|line| own_lines(line, campaign)).collect();
    let parts: Vec<String> = joint::pieces(if by_line.len() > 1 { &by_line } else { std::slice::from_ref(&whole) });
    let parts: Vec<String> = parts.iter().map(|part| without_stamp_hint(part)).filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() && parts.iter().all(|part| is_unit_name(part)) { parts } else { vec![without_stamp_hint(&whole)] }
}

/// `某局（盖章）` is 某局.
fn without_stamp_hint(unit: &str) -> String {
    let bare = text::tidy(unit);
    STAMP_HINT.as_ref().map_or(bare.clone(), |hint| text::tidy(&hint.replace(&bare, "")))
}

static STAMP_HINT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:[(（]\s*(?:需?加?\s*盖?\s*(?:单\s*位)?\s*公\s*章|加?\s*盖\s*章|签\s*章)\s*[)）]|盖\s*章)$").ok());

fn is_unit_name(name: &str) -> bool {
    const ENDS: [&str; 18] =
        ["局", "院", "所", "中心", "公司", "学会", "协会", "集团", "大学", "学院", "站", "处", "委员会", "厅", "馆", "联盟", "厂", "分院"];
    let bare = without_last_brackets(name.trim());
    bare.chars().count() >= 4 && ENDS.iter().any(|end| bare.ends_with(end))
}

/// `国家某中心（湖北）` ends as 国家某中心 does.
fn without_last_brackets(name: &str) -> &str {
    let closed = name.ends_with([')', '）']);
    closed.then(|| name.rfind(['(', '（'])).flatten().and_then(|at| name.get(..at)).unwrap_or(name)
}

fn contact_text(located: &Located, campaign: &Campaign) -> String {
    let fields = [Field::Contact, Field::ContactName, Field::ContactPhone];
    let lines: Vec<String> = fields
        .iter()
        .flat_map(|field| located.lines(*field))
        .flat_map(|line| own_lines(line, campaign))
        .filter(|line| !says_nothing(line, campaign))
        .collect();
    lines.join("\n")
}

fn seal_pictures(located: &Located, document: &Document) -> Vec<SealPicture> {
    let at_the_seal =
        [Field::Opinion, Field::Unit].iter().flat_map(|field| located.lines(*field)).flat_map(|line| line.pictures().collect::<Vec<_>>());
    let mut indexes: Vec<usize> = at_the_seal.collect();
    let anywhere = located.fields().flat_map(|(_, slot)| &slot.lines).flat_map(|line| &line.inlines);
    indexes.extend(anywhere.filter_map(|inline| match inline {
        Inline::Picture(index) if document.pictures.get(*index).is_some_and(|picture| picture.floating) => Some(*index),
        Inline::Picture(_) | Inline::Text(_) | Inline::Tick(_) => None,
    }));
    indexes.sort_unstable();
    indexes.dedup();
    let floating = |index: usize| document.pictures.get(index).is_some_and(|picture| picture.floating);
    indexes.into_iter().map(|index| SealPicture { index, floating: floating(index) }).collect()
}
