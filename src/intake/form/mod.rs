//! One application form: a [`Document`] into the fields of Annex 2, as the unit filled them in.
//!
//! It reads; whether what was read is enough is [`check`](crate::intake::check)'s business.

mod astray;
pub mod contact;
mod heading;
pub mod introduction;
mod joint;
mod lines;
pub mod locate;
pub mod located;
pub mod opinion;
pub mod spots;
pub mod ticks;
mod torn;
mod units;
pub mod wording;

use crate::intake::labels::{Field, LabelForm, Labels};
use crate::intake::text;
use crate::model::campaign::Campaign;
use crate::model::document::{Document, Inline};
use crate::model::reading::{Contact, FieldTrace, Opinion};
use contact::RegionKnown;
use locate::{Line, Located};
use located::Strays;
use wording::Wording;

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
    /// Pictures of its evidence: those that lie in the other cells and don't float.
    pub evidence_pictures: Vec<usize>,
    /// Pictures of the whole document.
    pub pictures: usize,
    /// Whether its cells were worked out from where words stand.
    pub guessed: bool,
    /// Fields of which such a cell holds another's words too, or lacks some of its own: they are left blank.
    pub torn: Vec<Field>,
    /// Fields of which all that counts was struck out: they keep it.
    pub struck: Vec<Field>,
    /// The fields whose labels were met.
    pub met: Vec<Field>,
    /// What belongs to no field.
    pub strays: Strays,
    /// Where each value stood.
    pub trace: Vec<FieldTrace>,
    /// Where remarks on it belong.
    pub spots: spots::Spots,
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

    /// Whether the labels of unit, contact and introduction were met, and surely nothing stands beside them.
    pub fn is_plainly_empty(&self) -> bool {
        let met = |fields: &[Field]| fields.iter().any(|field| self.met.contains(field));
        let all = met(&[Field::Unit]) && met(&[Field::Contact, Field::ContactName]) && met(&[Field::Introduction]);
        let empty = self.unit.is_none() && self.contact.trim().is_empty() && self.introduction.introduction.text.is_none();
        all && empty && !self.guessed && self.torn.is_empty() && !self.strays.any
    }

    /// Whether a label announced the title: a ledger of enterprises has none.
    pub fn names_a_case(&self) -> bool {
        self.trace.iter().any(|trace| trace.field == Field::Title.as_str())
    }

    /// Whether it asks for what only our form does: others have an opinion of the unit that applies (申报单位意见).
    pub fn asks_as_ours(&self) -> bool {
        self.met.contains(&Field::Category) || self.label_of(Field::Opinion).is_some_and(|label| label.contains("报送"))
    }

    /// Whether it asks for more than who applies with what: a mail's own text may name these to say what is enclosed.
    pub fn asks_for_a_case(&self) -> bool {
        [Field::Category, Field::Introduction, Field::Opinion].into_iter().any(|field| self.met.contains(&field))
    }

    /// Whether it is a form of another kind: it names a project (项目名称) and no case, introduces none, and asks for nothing
    /// that only ours does.
    pub fn is_of_a_project(&self) -> bool {
        !self.asks_as_ours() && !self.introduces_a_case() && self.label_of(Field::Title).is_some_and(|label| !speaks_of_a_case(label))
    }

    /// Whether it could be a case's, though its labels don't say so: unit, contact and introduction stand in it, and a title that
    /// is not called a project's, or a row that nobody knows.
    pub fn could_be_a_case(&self) -> bool {
        let is_filled = self.unit.is_some() && !self.contact.trim().is_empty() && self.introduction.introduction.text.is_some();
        is_filled && self.label_of(Field::Title).map_or(self.strays.any, |label| !label.contains("项目"))
    }

    /// Whether its introduction is called one of a case, or has the parts that ours asks for.
    fn introduces_a_case(&self) -> bool {
        let read = &self.introduction.introduction;
        let parts = [&read.background, &read.practices, &read.results].into_iter().flatten().count();
        parts >= 2 || self.label_of(Field::Introduction).is_some_and(speaks_of_a_case)
    }

    /// What announced a field.
    fn label_of(&self, field: Field) -> Option<&str> {
        self.trace.iter().find(|trace| trace.field == field.as_str()).map(|trace| trace.because.as_str())
    }

    /// Whether something stands in a blank one that may have been filled in and was not read.
    pub fn may_say_something(&self) -> bool {
        self.is_blank()
            && (self.guessed || self.strays.any || self.choice.doubt.is_some() || self.materials.is_some() || self.opinion.text.is_some())
    }

    /// With the struck-out values of the fields that have no other.
    fn or_struck(mut self, whole: Form) -> Form {
        let has = |form: &Form, test: fn(&Contact) -> bool| contact::read(&form.contact, RegionKnown::No).all.iter().any(test);
        let loses = |test: fn(&Contact) -> bool| has(&whole, test) && !has(&self, test);
        let (own, all) = (&self.introduction.introduction.text, &whole.introduction.introduction.text);
        let lost = [
            (Field::Title, self.title.is_none() && whole.title.is_some()),
            (Field::Unit, self.unit.is_none() && whole.unit.is_some()),
            (Field::ContactName, loses(|contact| contact.name.is_some())),
            (Field::ContactPhone, loses(|contact| !contact.phones.is_empty())),
            (Field::Introduction, own.is_none() && all.is_some()),
            (Field::Opinion, self.opinion.text.is_none() && whole.opinion.text.is_some()),
            (Field::Opinion, self.opinion.date.is_none() && whole.opinion.date.is_some()),
        ];
        self.struck = lost.into_iter().filter(|(_, lost)| *lost).map(|(field, _)| field).collect();
        self.struck.dedup();
        let is_lost = |field: Field| self.struck.contains(&field);
        if is_lost(Field::Unit) {
            self.joint_units = whole.joint_units;
        }
        if is_lost(Field::ContactName) || is_lost(Field::ContactPhone) {
            self.contact = whole.contact;
        }
        if is_lost(Field::Introduction) {
            self.introduction = whole.introduction;
        }
        self.title = self.title.or(whole.title);
        self.unit = self.unit.or(whole.unit);
        self.materials = self.materials.or(whole.materials);
        self.opinion = Opinion { text: self.opinion.text.or(whole.opinion.text), date: self.opinion.date.or(whole.opinion.date) };
        self
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

/// Whether a label names or introduces a case: 案例介绍, 题目.
fn speaks_of_a_case(label: &str) -> bool {
    ["案例", "题", "标"].iter().any(|word| label.contains(word))
}

/// Every form of a document; none where its labels make none.
pub fn read(document: &Document, campaign: &Campaign, labels: &Labels) -> Vec<Form> {
    let forms = locate::locate(document, labels).into_iter().filter(Located::is_form);
    // A line across a page's words may be a table's.
    let settled = |form: Located| match document.guessed {
        true => assemble(&astray::settled(&form, labels, &campaign.categories), document, campaign, labels),
        false => {
            let whole = assemble(&form, document, campaign, labels);
            match form.without_struck() {
                Some(rest) => assemble(&rest, document, campaign, labels).or_struck(whole),
                None => whole,
            }
        }
    };
    forms.map(settled).collect()
}

fn assemble(located: &Located, document: &Document, campaign: &Campaign, labels: &Labels) -> Form {
    let wording = labels.wording();
    let mut units = units::read(located, labels).into_iter();
    let mut choice = ticks::read(located.lines(Field::Category), document, &campaign.categories);
    let torn = if document.guessed { torn::fields(located, &campaign.categories) } else { Vec::new() };
    let whole = |field: Field| !torn.contains(&field);
    if !whole(Field::Category) && choice.doubt.is_none() {
        choice.doubt = Some("选项可能没有读全");
    }
    let mut materials = opinion::materials(&located.text(Field::Materials), wording);
    let mut opinion = opinion::read(located.lines(Field::Opinion), wording);
    if document.guessed {
        opinion::take_from_materials(&mut opinion, &mut materials);
    }
    let unit = units.next().filter(|_| whole(Field::Unit));
    opinion.text = opinion.text.and_then(|text| units::without_signature(&text, unit.as_deref()));
    let title = short(located.lines(Field::Title), wording).map(|title| without_own_label(title, Field::Title, labels));
    Form {
        title: title.filter(|_| whole(Field::Title)),
        unit,
        joint_units: if whole(Field::Unit) { units.collect() } else { Vec::new() },
        contact: if whole(Field::Contact) { contact_text(located, wording) } else { String::new() },
        introduction: introduction::read(&located.text(Field::Introduction), wording),
        materials,
        opinion,
        evidence_pictures: evidence_pictures(located, document),
        seal_pictures: seal_pictures(located, document),
        pictures: document.pictures.len(),
        torn,
        struck: Vec::new(),
        guessed: document.guessed,
        met: located.fields().map(|(field, _)| field).collect(),
        strays: Strays { any: located.strays.any || holds_a_text(located), ..located.strays },
        trace: located.fields().map(|(field, slot)| trace(field, slot, &choice, document)).collect(),
        spots: spots::Spots::of(located),
        choice,
    }
}

/// Whether a field of a line or two holds far more: a text whose own label was not met.
fn holds_a_text(located: &Located) -> bool {
    const MOST: usize = 400;
    let short = located.fields().filter(|(field, _)| !field.is_section());
    short.map(|(_, slot)| slot.lines.iter().map(|line| line.text().chars().count()).sum::<usize>()).any(|length| length > MOST)
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
fn short(lines: &[Line], wording: &Wording) -> Option<String> {
    let own: Vec<String> = lines.iter().flat_map(|line| own_lines(line, wording)).collect();
    let value = introduction::without_torn_hint(text::joined(own.iter().map(String::as_str)));
    (!value.is_empty() && !says_nothing(&value, wording)).then_some(value)
}

/// `题目：某某` beside the label 案例题目: the label once more is no value.
fn without_own_label(value: String, field: Field, labels: &Labels) -> String {
    let label = labels.announced(&value).filter(|found| found.field == field && found.form == LabelForm::Colon);
    label.map(|found| text::tidy(found.rest)).filter(|rest| !rest.is_empty()).unwrap_or(value)
}

fn own_lines(line: &Line, wording: &Wording) -> Vec<String> {
    let content = line.text();
    content.split('\n').filter_map(|line| introduction::own_words(line, wording)).collect()
}

fn says_nothing(value: &str, wording: &Wording) -> bool {
    let bare = value.trim();
    wording.is_empty_value(bare) || !bare.chars().any(char::is_alphanumeric)
}

/// The contact cells, a line each: where as many numbers as names stand in cells of their own, each with its name.
fn contact_text(located: &Located, wording: &Wording) -> String {
    let own = |field: Field| -> Vec<String> {
        let lines = located.lines(field).iter().flat_map(|line| own_lines(line, wording));
        lines.filter(|line| !says_nothing(line, wording)).collect()
    };
    let (both, names, phones) = (own(Field::Contact), own(Field::ContactName), own(Field::ContactPhone));
    // Beside a cell of names 联系人电话 holds the numbers.
    let beside = if phones.is_empty() { &both } else { &phones };
    match contact::paired(&names, beside) {
        Some(people) if phones.is_empty() => people.join("\n"),
        Some(people) => both.into_iter().chain(people).collect::<Vec<_>>().join("\n"),
        None => both.into_iter().chain(names).chain(phones).collect::<Vec<_>>().join("\n"),
    }
}

fn evidence_pictures(located: &Located, document: &Document) -> Vec<usize> {
    let lines = [Field::Introduction, Field::Materials].iter().flat_map(|field| located.lines(*field));
    let inline = |index: &usize| document.pictures.get(*index).is_some_and(|picture| !picture.floating);
    lines.flat_map(|line| line.pictures().collect::<Vec<_>>()).filter(inline).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;
    use crate::intake::document::{Limits, html};

    #[test]
    fn a_title_goes_on_only_where_a_line_shows_it() {
        let campaign = CampaignFile::builtin().unwrap().campaign;
        let titled = |title: &str, beneath: &[&str], is_table: bool| {
            let line = |line: &str| if is_table { format!("<tr><td>{line}</td></tr>") } else { format!("<p>{line}</p>") };
            let lines = beneath.iter().chain(&["报送单位：宜昌市检测所", "联系人及电话：李四 19900000002", "一、案例介绍", "服务企业。"]);
            let lines: String = std::iter::once(line(&format!("案例题目：{title}"))).chain(lines.map(|text| line(text))).collect();
            let page = if is_table { format!("<table>{lines}</table>") } else { lines };
            let document = html::read_text(&page, &Limits::default()).unwrap();
            read(&document, &campaign, &Labels::new(&campaign.form)).remove(0).title.unwrap()
        };
        for (title, line) in [
            ("首席质量官", "+NQI的融合实践"),
            ("以“计量”为抓手", "助推专用汽车产业高质量发展的实践"),
            ("首席质量官＋", "NQI的融合实践"),
            ("推动“一站式", "服务”的实践"),
            ("计量与", "标准的融合实践"),
            ("首席质量官", "——某市的实践"),
        ] {
            assert_eq!(titled(title, &[line], false), format!("{title}{line}"), "{line}");
            assert_eq!(titled(title, &[line], true), format!("{title}{line}"), "{line}");
        }
        for line in [
            "宜昌市计量检定测试所",
            "2023年6月",
            "所属行业 装备制造业",
            "水清 13912345678",
            "现随函报送 望予采纳",
            "一、背景和意义",
            "一、基本情况",
            "某某县某某镇",
            "+86 13912345678",
        ] {
            for title in ["计量助力装备制造业", "公众参与"] {
                assert_eq!(titled(title, &[line], false), title, "{line}");
                assert_eq!(titled(title, &[line], true), title, "{line}");
            }
            if line.contains("宜昌") || line.contains('1') || line.contains("、") {
                assert_eq!(titled("计量、", &[line], false), "计量、", "{line}");
            }
        }
        assert_eq!(titled("首席质量官", &["+NQI的融合实践", "助力产业发展"], false), "首席质量官+NQI的融合实践", "one line of it");
    }

    #[test]
    fn a_form_that_introduces_a_case_is_ours_whatever_its_title_is_called() {
        let campaign = CampaignFile::builtin().unwrap().campaign;
        let of_a_project = |title: &str, introduction: &str, text: &str| {
            let rows =
                [(title, "检测赋能光电产业"), ("报送单位", "宜昌市检测所"), ("联系人及电话", "李四 19900000002"), (introduction, text)];
            let rows: String = rows.iter().map(|(label, value)| format!("<tr><td>{label}</td><td>{value}</td></tr>")).collect();
            let document = html::read_text(&format!("<table>{rows}</table>"), &Limits::default()).unwrap();
            read(&document, &campaign, &Labels::new(&campaign.form)).remove(0).is_of_a_project()
        };
        let parts = "<p>一、背景和意义</p><p>服务企业。</p><p>二、主要做法和创新点</p><p>三项。</p><p>三、工作成效</p><p>较好。</p>";
        for title in ["项目名称", "名称", "成果名称", "案例题目"] {
            assert!(!of_a_project(title, "一、案例介绍", "服务企业。"), "{title}");
            assert!(!of_a_project(title, "项目简介", parts), "{title}");
        }
        assert!(of_a_project("项目名称", "项目简介", "研究一种新方法。"));
    }
}
