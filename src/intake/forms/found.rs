//! The cases among the files: a form each; where there is none, a form that can't be read, or a picture of one.

use super::look::{Content, Item};
use crate::intake::form::Form;
use crate::intake::screen;
use crate::intake::unpack::{File, Unpacked};
use crate::model::campaign::Words;
use crate::model::defect::DefectCode;
use crate::model::reading::Role;

/// A case before it is checked.
pub(super) enum Found<'a> {
    Form { file: &'a File, form: Box<Form> },
    Unreadable { file: &'a File, code: DefectCode, message: String },
}

impl Found<'_> {
    pub(super) fn names_a_case(&self) -> bool {
        matches!(self, Found::Form { form, .. } if form.names_a_case())
    }

    pub(super) fn file(&self) -> &File {
        match self {
            Found::Form { file, .. } | Found::Unreadable { file, .. } => file,
        }
    }
}

/// The cases of a mail: a form each. Where there is none, a form that can't be read, or a picture named as one.
pub(super) fn cases<'a>(items: &[Item<'a>], unpacked: &Unpacked, words: &Words) -> Vec<Found<'a>> {
    let filled = items.iter().flat_map(|item| match &item.content {
        Content::Forms(forms) => forms.iter().filter(|form| !form.is_blank()).map(|form| (item.file, form.clone())).collect(),
        Content::CaseText(_) | Content::Scan | Content::Plain | Content::Unreadable(_) | Content::Unsupported | Content::File => Vec::new(),
    });
    let mut found: Vec<Found<'a>> = Vec::new();
    for (file, form) in filled {
        if !found.iter().any(|known| matches!(known, Found::Form { form: earlier, .. } if is_copy(earlier, &form))) {
            found.push(Found::Form { file, form: Box::new(form) });
        }
    }
    // A document without 案例题目 beside a form with one is a ledger or a letter.
    if found.iter().any(Found::names_a_case) {
        found.retain(Found::names_a_case);
    }
    if !found.is_empty() || items.iter().any(|item| matches!(item.content, Content::Forms(_))) {
        return found;
    }
    let unreadable = items.iter().find_map(|item| match item.content {
        Content::Unreadable(why) if item.role != Role::SummaryTable => Some((item.file, why)),
        _ => None,
    });
    if let Some((file, why)) = unreadable {
        let message = format!("附件“{}”无法读取（{why}）", file.name);
        return vec![Found::Unreadable { file, code: DefectCode::FormUnreadable, message }];
    }
    if let Some(item) = items.iter().find(|item| unpacked.encrypted.contains(&item.file.path)) {
        let message = format!("压缩包“{}”设有密码，无法打开", item.file.name);
        return vec![Found::Unreadable { file: item.file, code: DefectCode::ArchiveEncrypted, message }];
    }
    let unsupported = items.iter().any(Item::is_unread_candidate);
    let pictured = items.iter().find(|item| item.is_picture() && screen::contains_any(&item.file.name, &words.form_names));
    match pictured {
        Some(item) if !unsupported => {
            let message = "只收到申报表的扫描件或照片，未收到可编辑的申报表".to_owned();
            vec![Found::Unreadable { file: item.file, code: DefectCode::FormScanOnly, message }]
        }
        _ => Vec::new(),
    }
}

/// The same form once more (in the mail twice, or as another format beside it).
fn is_copy(one: &Form, other: &Form) -> bool {
    one.title.is_some() && one.title == other.title && one.unit == other.unit && one.contact == other.contact
}
