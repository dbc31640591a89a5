//! What differs between two readings of a case's form, field by field, in words for people.

use crate::model::reading::{CaseReading, Contact};
use serde::Serialize;
use std::collections::BTreeSet;

/// One field that differs. Neither value: there was nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field's JSON key.
    pub field: &'static str,
    /// What a table shows.
    pub label: &'static str,
    /// What stood there.
    pub before: Option<String>,
    /// What stands there now.
    pub after: Option<String>,
}

/// Every field that differs, in the form's order.
pub fn between(before: &CaseReading, after: &CaseReading) -> Vec<Difference> {
    let (old, new) = (values(before), values(after));
    old.into_iter()
        .zip(new)
        .filter(|(old, new)| old.2 != new.2)
        .map(|((field, label, before), (_, _, after))| Difference { field, label, before, after })
        .collect()
}

type Value = (&'static str, &'static str, Option<String>);

fn values(case: &CaseReading) -> Vec<Value> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let contacts = std::iter::once(&case.contact).chain(&case.more_contacts).map(contact);
    let categories = case.categories.iter().map(|category| category.as_str());
    let window = [case.window.month.as_deref(), case.window.batch.as_deref(), case.window.late.then_some("逾期")];
    let introduction = &case.introduction;
    vec![
        ("form", "申报表文件", Some(case.form.file.clone())),
        ("title", "案例题目", case.title.clone()),
        ("unit", "报送单位", case.unit.clone()),
        ("joint_units", "联合单位", some(case.joint_units.join("、"))),
        ("region", "市州", case.region.clone()),
        ("channel", "渠道", Some(case.channel.as_str().to_owned())),
        ("categories", "案例分类", some(categories.collect::<Vec<_>>().join("、"))),
        ("category_other", "其它类别", case.category_other.clone()),
        ("contact", "联系人及电话", some(contacts.filter(|contact| !contact.is_empty()).collect::<Vec<_>>().join("；"))),
        ("introduction.background", "背景和意义", introduction.background.clone()),
        ("introduction.practices", "主要做法和创新点", introduction.practices.clone()),
        ("introduction.results", "工作成效", introduction.results.clone()),
        ("introduction.text", "案例介绍", introduction.text.clone()),
        ("introduction.words", "介绍字数", Some(introduction.words.to_string())),
        ("materials", "相关证明材料", case.materials.clone()),
        ("opinion.text", "报送单位意见", case.opinion.text.clone()),
        ("opinion.date", "意见日期", case.opinion.date.clone()),
        ("seal", "公章", Some(case.seal.as_str().to_owned())),
        ("focus_areas", "重点方面", some(case.focus_areas.iter().map(|area| area.id.as_str()).collect::<Vec<_>>().join("、"))),
        ("window", "征集窗口", some(window.into_iter().flatten().collect::<Vec<_>>().join(" "))),
        ("status", "状态", Some(case.status.label().to_owned())),
        ("defects", "问题", some(sorted(case.defects.iter().map(|defect| defect.message.as_str()), "；"))),
        ("evidence", "材料", some(sorted(case.evidence.iter().map(|file| file.name.as_str()), "、"))),
    ]
}

fn contact(contact: &Contact) -> String {
    let parts: Vec<&str> = contact.name.iter().chain(&contact.phones).map(String::as_str).collect();
    parts.join(" ")
}

/// Order says nothing here.
fn sorted<'a>(values: impl Iterator<Item = &'a str>, between: &str) -> String {
    values.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(between)
}
