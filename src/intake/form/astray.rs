//! What stands beside the wrong label, where cells were worked out from where words stand: no neighbour's words are a
//! value.
//!
//! Lines that plainly are another field's go there: the introduction's from its first heading or guidance on, options of
//! 案例分类. Lines that are nothing but a label or a heading go.

use super::locate::{Line, Located};
use super::ticks;
use crate::intake::labels::{Field, LabelForm, Labels};
use crate::model::campaign::CategoryRule;

/// The fields of a line or two.
const SHORT: [Field; 6] = [Field::Title, Field::Unit, Field::Category, Field::Contact, Field::ContactName, Field::ContactPhone];

/// The form with what is astray where it belongs.
pub(super) fn settled(located: &Located, labels: &Labels, rules: &[CategoryRule]) -> Located {
    let mut settled = located.clone();
    for field in SHORT {
        introduction(&mut settled, field, labels);
        options(&mut settled, field, rules);
        if let Some(slot) = settled.fields.get_mut(&field) {
            slot.lines.retain(|line| !is_anothers(line, field, labels));
        }
    }
    settled
}

/// The introduction's first lines, which were dealt to a field above it.
fn introduction(form: &mut Located, field: Field, labels: &Labels) {
    let Some(below) = form.slot(Field::Introduction).map(|slot| slot.place) else { return };
    let wording = labels.wording();
    let Some(slot) = form.fields.get_mut(&field).filter(|slot| slot.place.is_above(below)) else { return };
    let begins = |line: &Line| {
        let text = line.text();
        wording.is_guidance_of_text(&text) || wording.headings.opened_by(&text).is_some()
    };
    let Some(at) = slot.lines.iter().position(begins) else { return };
    let astray = slot.lines.split_off(at);
    if let Some(introduction) = form.fields.get_mut(&Field::Introduction) {
        introduction.lines.splice(0..0, astray);
    }
}

/// Options of 案例分类 at the end of the field above it, and at the head of the one below.
fn options(form: &mut Located, field: Field, rules: &[CategoryRule]) {
    let Some(own) = form.slot(Field::Category).map(|slot| slot.place).filter(|_| field != Field::Category) else { return };
    let is_option = |line: &Line| {
        let text = line.text();
        let boxed = text.contains(ticks::is_tick) || ["()", "( )", "（）", "（ ）", "[]", "[ ]"].iter().any(|pair| text.contains(pair));
        let text = text.trim();
        boxed && rules.iter().any(|rule| rule.on_form && text.ends_with(rule.label.as_str()))
    };
    let Some(slot) = form.fields.get_mut(&field) else { return };
    let above = slot.place.is_above(own);
    let astray: Vec<Line> = if above {
        let kept = slot.lines.iter().rposition(|line| !is_option(line)).map_or(0, |at| at + 1);
        slot.lines.split_off(kept)
    } else {
        let astray = slot.lines.iter().position(|line| !is_option(line)).unwrap_or(slot.lines.len());
        slot.lines.drain(..astray).collect()
    };
    let Some(category) = form.fields.get_mut(&Field::Category) else { return };
    let at = if above { 0 } else { category.lines.len() };
    category.lines.splice(at..at, astray);
}

/// Whether a line is nothing but the label of another field, or a heading of the introduction.
fn is_anothers(line: &Line, field: Field, labels: &Labels) -> bool {
    let text = line.text();
    let text = text.trim();
    let contact = |field: Field| matches!(field, Field::Contact | Field::ContactName | Field::ContactPhone);
    let label = labels.announced(text).filter(|found| found.form == LabelForm::Alone && found.field != Field::Other);
    let heading = || labels.wording().headings.opened_by(text).is_some_and(|(_, rest)| rest.trim().is_empty());
    label.is_some_and(|found| found.field != field && !(contact(found.field) && contact(field))) || heading()
}

#[cfg(test)]
mod tests {
    use crate::config::CampaignFile;
    use crate::intake::document::{Limits, html};
    use crate::intake::form::{Form, read};
    use crate::intake::labels::Labels;

    /// The form of a table whose cells were worked out from where words stand; a row's cell has lines.
    fn guessed(rows: &[(&str, &[&str])]) -> Form {
        let cell = |lines: &[&str]| lines.iter().map(|line| format!("<p>{line}</p>")).collect::<String>();
        let rows: String = rows.iter().map(|(label, value)| format!("<tr><td>{label}</td><td>{}</td></tr>", cell(value))).collect();
        let mut document = html::read_text(&format!("<table>{rows}</table>"), &Limits::default()).unwrap();
        document.guessed = true;
        let campaign = CampaignFile::builtin().unwrap().campaign;
        read(&document, &campaign, &Labels::new(&campaign.form)).remove(0)
    }

    #[test]
    fn the_introductions_head_beside_the_contacts_label_is_the_introductions() {
        for head in ["总体情况介绍，1500字以内。", "一、背景与意义"] {
            let form = guessed(&[
                ("案例题目", &["某题目"]),
                ("报送单位", &["某检测中心"]),
                ("联系人及电话", &["12852651666", head, "企业多为中小企业。"]),
                ("一、案例介绍", &["二、主要做法", "上门服务。"]),
            ]);
            assert_eq!(form.contact, "12852651666", "{head}");
            assert_eq!(form.introduction.introduction.text.as_deref(), Some("企业多为中小企业。\n上门服务。"), "{head}");
        }
    }

    #[test]
    fn options_beside_a_neighbours_label_are_options() {
        let form = guessed(&[
            ("案例题目", &["某题目"]),
            ("报送单位", &["某检测中心", "□计量", "☑标准"]),
            ("案例分类", &["□检验检测", "□认证"]),
            ("联系人及电话", &["□其它", "张三 19900000001"]),
        ]);
        assert_eq!(form.unit.as_deref(), Some("某检测中心"));
        assert_eq!(form.choice.categories, [crate::model::campaign::Category::Standards]);
        assert_eq!((form.choice.doubt, form.contact.as_str()), (None, "张三 19900000001"));
    }

    #[test]
    fn a_label_or_a_heading_is_nobodys_value() {
        let form = guessed(&[
            ("案例题目", &["某题目", "背景和意义"]),
            ("报送单位", &["某检测中心"]),
            ("联系人及电话", &["工作成效", "19900000001"]),
        ]);
        assert_eq!((form.title.as_deref(), form.contact.as_str()), (Some("某题目"), "19900000001"));
    }
}
